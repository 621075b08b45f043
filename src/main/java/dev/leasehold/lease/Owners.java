package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.ActorContext;
import java.util.HashSet;
import java.util.Set;

/**
 * The guardian's watches: one an owner, however many leases it has. An owner with nothing left stays watched for a while,
 * since most ask again; too many of those are let go together.
 */
final class Owners {

    private static final int IDLE_MAX = 256;

    private final ActorContext<?> context;
    private final Set<ActorRef<?>> watched = new HashSet<>();
    private final Set<ActorRef<?>> idle = new HashSet<>();

    Owners(ActorContext<?> context) {
        this.context = context;
    }

    void watch(ActorRef<?> owner) {
        if (watched.add(owner)) {
            context.watch(owner);
        } else {
            idle.remove(owner);
        }
        if (idle.size() > IDLE_MAX) {
            for (ActorRef<?> each : idle) {
                context.unwatch(each);
                watched.remove(each);
            }
            idle.clear();
        }
    }

    /** On whatever thread: watches are let go later. */
    void idle(ActorRef<?> owner) {
        idle.add(owner);
    }

    void forget(ActorRef<?> owner) {
        watched.remove(owner);
        idle.remove(owner);
    }
}
