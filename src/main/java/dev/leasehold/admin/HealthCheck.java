package dev.leasehold.admin;

import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * One thing that has to be right for the node to be healthy.
 *
 * @param check answers within a second from what is known, or by a connection of its own; never waits for a lease
 */
public record HealthCheck(String name, Supplier<CompletionStage<Result>> check) {

    /**
     * What a check found.
     *
     * @param detail one line for people
     */
    public record Result(boolean healthy, String detail) {

        public static Result healthy(String detail) {
            return new Result(true, detail);
        }

        public static Result unhealthy(String detail) {
            return new Result(false, detail);
        }
    }
}
