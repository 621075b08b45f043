package dev.leasehold.engine.lane;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What keeps a task that is active and due from starting on this node. Told by the code that starts tasks, or does not: it
 * asks the same questions in the same order.
 *
 * @param message for people, with the numbers that led to it
 * @param until when it is over at the earliest; null when nobody knows
 */
public record Obstacle(Kind kind, String message, @Nullable Instant until) {

    /** One whose end nobody knows. */
    public Obstacle(Kind kind, String message) {
        this(kind, message, null);
    }

    /** What it can be. */
    public enum Kind {
        /** None: a run of it is under way here. */
        RUNNING,
        /** This node does not own its lane. */
        LANE_NOT_HERE,
        /** This node is stopping and starts nothing. */
        STOPPING,
        /** The database has confirmed nothing for a while, so this node may have lost its lanes. */
        SUSPENDED,
        /** This node has not heard yet what people have laid down. */
        RULES_UNKNOWN,
        /** Its queue is paused. */
        QUEUE_PAUSED,
        /** No handler for its type is on this node. */
        NO_HANDLER,
        /** A thread of an earlier run of it has not left its handler. */
        THREAD_INSIDE,
        /** A run of another task with its concurrency key is under way, or was a moment ago. */
        KEY_BUSY,
        /** The rate of its concurrency key is used up, or is being counted. */
        RATE_LIMITED,
        /** A task that was in flight at crashes runs alone on this node. */
        ONE_RUNS_ALONE,
        /** It was in flight at crashes itself, and has to wait until nothing else runs here. */
        MUST_RUN_ALONE,
        /** Its lane has seen a crash lately, and few runs of such lanes go at once. */
        LANE_CAUTIOUS,
        /** Its type rests, since its runs kept losing their leases. */
        TYPE_RESTS,
        /** All slots of its type are taken. */
        TYPE_FULL,
        /** All slots of this node are taken. */
        NODE_FULL,
        /** A limit that holds over all nodes is reached, or its slots are being counted. */
        LIMIT_REACHED,
        /** All threads for handlers are taken. */
        THREADS_BUSY,
        /** Nothing is in its way: others are before it. */
        ITS_TURN_COMES,
        /** It has not been read yet. */
        NOT_READ_YET;

        /** As answers write it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The task that is asked about, as its row is now. */
    public record Question(
            long task,
            int lane,
            String type,
            String queue,
            String tenant,
            @Nullable String key) {}

    /**
     * How the node stands beside its lanes.
     *
     * @param starts the database has confirmed lately that this node owns its lanes
     * @param threads for handlers that are free
     */
    public record Node(boolean draining, boolean starts, int threads) {}

    private static @Nullable Obstacle rate(String key, LaneKeys keys) {
        RatedKeys.Rest rest = keys.rates().rest(key);
        if (rest == null) {
            return null;
        }
        Instant until = rest.until();
        String rate = "the rate of " + rest.rate() + " of its concurrency key " + key + ", set for type " + rest.type();
        return until == null
                ? new Obstacle(Kind.RATE_LIMITED, "what has started lately under " + rate + ", is being counted")
                : new Obstacle(Kind.RATE_LIMITED, rate + ", is used up: the next start is at " + until, until);
    }

    /** Asked in the order in which the way of a task meets them. */
    static Obstacle of(
            Question asked,
            Node node,
            @Nullable LaneState lane,
            @Nullable LaneRules rules,
            Slots slots,
            Strays strays) {
        String type = asked.type();
        if (slots.isRunning(asked.task())) {
            return new Obstacle(Kind.RUNNING, "a run of it is under way on this node");
        }
        if (lane == null) {
            return new Obstacle(Kind.LANE_NOT_HERE, "this node does not own lane " + asked.lane());
        }
        if (node.draining()) {
            return new Obstacle(Kind.STOPPING, "the node that owns its lane is stopping and starts nothing more");
        }
        if (!node.starts()) {
            return new Obstacle(
                    Kind.SUSPENDED,
                    "the database has confirmed nothing for a while, so nothing is started until it does");
        }
        if (rules == null) {
            return new Obstacle(Kind.RULES_UNKNOWN, "this node has not read yet which queues are paused");
        }
        if (rules.pausedQueues().contains(asked.queue())) {
            return new Obstacle(Kind.QUEUE_PAUSED, "its queue " + asked.queue() + " is paused");
        }
        if (!slots.types().contains(type)) {
            return new Obstacle(Kind.NO_HANDLER, "the node that owns its lane has no handler for type " + type);
        }
        if (strays.holds(asked.task())) {
            return new Obstacle(
                    Kind.THREAD_INSIDE, "a thread of an earlier run of it is still inside its handler on this node");
        }
        Obstacle ofSlots = slots.obstacle(asked.task(), type);
        if (ofSlots != null) {
            boolean threads = ofSlots.kind() == Kind.ITS_TURN_COMES && node.threads() == 0;
            return threads ? new Obstacle(Kind.THREADS_BUSY, "all threads for handlers are taken") : ofSlots;
        }
        Obstacle rated = asked.key() == null ? null : rate(asked.key(), lane.keys());
        if (rated != null) {
            return rated;
        }
        if (asked.key() != null && lane.keys().isBusy(asked.key())) {
            return new Obstacle(
                    Kind.KEY_BUSY, "a run of another task with the concurrency key " + asked.key() + " is under way");
        }
        Obstacle overLimit = slots.overLimit(asked.queue(), asked.tenant(), type);
        if (overLimit != null) {
            return overLimit;
        }
        return new Obstacle(
                Kind.NOT_READ_YET,
                slots.room(type) > 0
                        ? "it has not been read yet; the next reads of its lane come to it"
                        : "it has not been read yet, since enough tasks of type " + type + " wait for a slot");
    }
}
