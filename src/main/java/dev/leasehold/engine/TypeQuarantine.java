package dev.leasehold.engine;

import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.store.Completion;
import dev.leasehold.store.TypeRests;
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
import java.util.function.Function;
import java.util.stream.Collectors;
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
 * A type that rests has no slots, one that is probed has one on each node; its tasks stay due meanwhile. Where a type stands
 * is a row of the database: every node does as it says, and one that starts does too. What a node has seen for itself holds
 * from that moment on, until its row is written. The failures are counted by each node alone. Used from the threads that
 * settle runs, and by the actor that reads the rows.
 */
final class TypeQuarantine {

    private static final Logger LOG = LoggerFactory.getLogger(TypeQuarantine.class);

    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);
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
    /** Resting by what this node has seen, while the database does not know yet. */
    private final Set<String> unwritten = new HashSet<>();

    /** @param slots by type; read by the check cycle at each start, and changed here */
    TypeQuarantine(LeakingTypes rules, String node, Leases leases, Later later, Map<String, Integer> slots) {
        this.rules = rules;
        this.node = node;
        this.leases = leases;
        this.later = later;
        this.slots = slots;
        this.normal = Map.copyOf(slots);
    }

    /** What the database says now. */
    synchronized void told(List<TypeRests.Rest> rests) {
        Map<String, TypeRests.Rest> known =
                rests.stream().collect(Collectors.toMap(TypeRests.Rest::type, Function.identity()));
        for (String type : normal.keySet()) {
            TypeRests.Rest rest = known.get(type);
            if (unwritten.contains(type)) {
                continue;
            }
            if (rest == null) {
                free(type);
            } else if (rest.isResting()) {
                rest(type);
            } else if (probing.add(type)) {
                resting.remove(type);
                slots.put(type, 1);
            }
        }
    }

    private void free(String type) {
        boolean rested = resting.remove(type);
        boolean probed = probing.remove(type);
        if (rested || probed) {
            slots.put(type, normal.getOrDefault(type, 1));
            failures.remove(type);
        }
    }

    private void rest(String type) {
        probing.remove(type);
        resting.add(type);
        slots.put(type, 0);
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
        } else if (probing.contains(type)) {
            free(type);
            LOG.info("type {} has kept to its lease: it runs again", type);
            String message = "a run of type " + type + " has kept to its lease: the type runs again";
            write(message, connection -> TypeRests.release(connection, type, node, message));
        }
    }

    private void leaked(String type, Instant at) {
        Deque<Instant> recent = failures.computeIfAbsent(type, name -> new ArrayDeque<>());
        recent.addLast(at);
        while (recent.getFirst().isBefore(at.minus(rules.within())) || recent.size() > rules.runs()) {
            recent.removeFirst();
        }
        if (resting.contains(type) || (!probing.contains(type) && recent.size() < rules.runs())) {
            return;
        }
        rest(type);
        unwritten.add(type);
        String message = recent.size() + " runs of type " + type + " within " + rules.within()
                + " failed because their leases were taken back: the type rests for " + rules.rest();
        LOG.error("{}", message);
        tellOfRest(type, message);
    }

    /** Until it is written: the type rests here meanwhile, and nowhere else. */
    private void tellOfRest(String type, String message) {
        SqlWork<Boolean> work = connection -> {
            TypeRests.rest(connection, type, rules.rest(), node, message);
            return true;
        };
        leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, work)
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        written(type);
                    } else {
                        LOG.warn("not recorded, trying again: {}", message, failure);
                        later.call(AGAIN_AFTER, () -> tellOfRest(type, message));
                    }
                });
    }

    private synchronized void written(String type) {
        unwritten.remove(type);
    }

    private void write(String message, SqlWork<Boolean> work) {
        leases.inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, work)
                .exceptionally(failure -> {
                    // Read back as probing: the next run that keeps to its lease releases it.
                    LOG.warn("not recorded: {}", message, failure);
                    return false;
                });
    }
}
