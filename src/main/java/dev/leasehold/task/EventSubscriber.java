package dev.leasehold.task;

import java.util.Set;

/**
 * Code of an application that is told the events that handlers emit. Each event is delivered at least once, those of one
 * task in their order. What throws is tried again with growing waits, and then given up with an alert; until then the later
 * events of the same task wait.
 *
 * <p>A subscription is durable: events that are emitted while no node with this subscriber runs are delivered later.
 */
public interface EventSubscriber {

    /** Stable, and unique among an application's subscribers: under it the subscription lasts. */
    String name();

    /** Names of the events that are wanted; empty: all. */
    default Set<String> events() {
        return Set.of();
    }

    /** Takes one event; to return is to have taken it. May block; called on a thread of the subscriber's own. */
    void deliver(EmittedEvent event) throws Exception;
}
