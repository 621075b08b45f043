package dev.leasehold.task;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A kind of task.
 *
 * @param name lower case with dashes, unique among a node's types
 * @param payloadClass a record or bean that Jackson reads; what its constructor refuses is refused at creation
 * @param description one line for people
 * @param retry used by tasks that bring none
 * @param timeout longest time of an attempt, for tasks that bring none
 * @param concurrency attempts of this type at once on one node
 * @param keyRate how often tasks of this type may start, for each concurrency key by itself; null for no such limit. One
 *     that is set over the API takes its place
 */
public record TaskType<P>(
        String name,
        Class<P> payloadClass,
        String description,
        RetryPolicy retry,
        Duration timeout,
        int concurrency,
        @Nullable StartRate keyRate) {

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

    public TaskType {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("type name must match " + NAME + ", not '" + name + "'");
        }
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout of type " + name + " must be positive, not " + timeout);
        }
        if (concurrency < 1) {
            throw new IllegalArgumentException("concurrency of type " + name + " must be 1 or more");
        }
    }

    /** A type with the default policies: {@link RetryPolicy#DEFAULT}, five minutes, 64 at once. */
    public static <P> TaskType<P> of(String name, Class<P> payloadClass) {
        return new TaskType<>(name, payloadClass, "", RetryPolicy.DEFAULT, Duration.ofMinutes(5), 64, null);
    }

    public TaskType<P> description(String text) {
        return new TaskType<>(name, payloadClass, text, retry, timeout, concurrency, keyRate);
    }

    public TaskType<P> retry(RetryPolicy policy) {
        return new TaskType<>(name, payloadClass, description, policy, timeout, concurrency, keyRate);
    }

    public TaskType<P> timeout(Duration limit) {
        return new TaskType<>(name, payloadClass, description, retry, limit, concurrency, keyRate);
    }

    public TaskType<P> concurrency(int limit) {
        return new TaskType<>(name, payloadClass, description, retry, timeout, limit, keyRate);
    }

    /** For each concurrency key, at most so many starts in any stretch of time as long as the window, over all nodes. */
    public TaskType<P> keyRate(int starts, Duration window) {
        return new TaskType<>(
                name, payloadClass, description, retry, timeout, concurrency, new StartRate(starts, window));
    }
}
