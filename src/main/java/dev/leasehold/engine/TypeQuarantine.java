package dev.leasehold.engine;

import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Events;
import dev.leasehold.task.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a type rest whose runs keep losing their leases, so that it does not keep the pools busy with taking connections back.
 *
 * <pre>
 *   free --so many runs failed for good by lease--> resting --time--> probing --one run ends otherwise--> free
 *                                                      ^-----------------'  loses its lease again
 * </pre>
 *
 * A type that rests has no slots, one that is probed has one; its tasks stay due meanwhile. Known to this node alone, and
 * forgotten with it: a restart is a probe too. Used from the threads that settle runs.
 */
final class TypeQuarantine {

    private static final Logger LOG = LoggerFactory.getLogger(TypeQuarantine.class);

    private static final String ALERT = "type_resting";
    private static final Holder HOLDER = Holder.node("type-quarantine");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    /** Calls something once, after a while. */
    @FunctionalInterface
    interface Later {
        void call(Duration wait, Runnable what);
    }

    private final LeakingTypes rules;
    private final String node;
    private final Leases leases;
    private final Later later;
    private final Map<String, Integer> slots;
    private final Map<String, Integer> normal;
    private final Map<String, Deque<Instant>> failures = new HashMap<>();
    private final Set<String> resting = new HashSet<>();
    private final Set<String> probing = new HashSet<>();

    /** @param slots by type; read by the check cycle at each start, and changed here */
    TypeQuarantine(LeakingTypes rules, String node, Leases leases, Later later, Map<String, Integer> slots) {
        this.rules = rules;
        this.node = node;
        this.leases = leases;
        this.later = later;
        this.slots = slots;
        this.normal = Map.copyOf(slots);
    }

    /** A run is over, or an attempt of it. */
    synchronized void settled(Settled settled) {
        Completion completion = settled.completion();
        if (!completion.isFinal() || !settled.isRecorded()) {
            return;
        }
        String type = settled.run().task().type();
        if (FailureRules.label(Reason.LEASE).equals(completion.reason())) {
            leaked(type, completion.finishedAt());
        } else if (probing.remove(type)) {
            slots.put(type, normal.getOrDefault(type, 1));
            failures.remove(type);
            LOG.info("type {} has kept to its lease: it runs again", type);
            tell(type, "type_released", "a run of type " + type + " has kept to its lease: the type runs again");
        }
    }

    private void leaked(String type, Instant at) {
        Deque<Instant> recent = failures.computeIfAbsent(type, name -> new ArrayDeque<>());
        recent.addLast(at);
        while (recent.getFirst().isBefore(at.minus(rules.within())) || recent.size() > rules.runs()) {
            recent.removeFirst();
        }
        if (resting.contains(type) || (!probing.remove(type) && recent.size() < rules.runs())) {
            return;
        }
        resting.add(type);
        slots.put(type, 0);
        String message = recent.size() + " runs of type " + type + " within " + rules.within()
                + " failed because their leases were taken back: the type rests for " + rules.rest();
        LOG.error("{}", message);
        tell(type, "type_resting", message);
        later.call(rules.rest(), () -> probe(type));
    }

    private synchronized void probe(String type) {
        resting.remove(type);
        probing.add(type);
        slots.put(type, 1);
    }

    private void tell(String type, String event, String message) {
        leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    Events.insert(connection, List.of(new Events.Event(event, node, null, type, null, message, null)));
                    String source = "type/" + type;
                    if (event.equals(ALERT)) {
                        Alerts.raise(connection, new Alerts.Alert(source, ALERT, "error", message, null, type, null));
                    } else {
                        Alerts.clear(connection, source, ALERT);
                    }
                    return true;
                })
                .exceptionally(failure -> {
                    LOG.warn("not recorded: {}", message, failure);
                    return false;
                });
    }
}
