package dev.leasehold;

import dev.leasehold.config.InvalidSettingException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The start of a node goes step by step; it is the one place that waits. */
final class Steps {

    private Steps() {}

    /** The start is the one place that waits: it has a thread of its own. */
    static <T> T within(Duration limit, CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer within " + limit.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Runs one step of the start; a failure says which one it was. */
    static <T> T step(String name, Supplier<T> work) {
        try {
            return work.get();
        } catch (StartException | InvalidSettingException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new StartException("cannot " + name + ": " + reason(e), e);
        }
    }

    /** The messages from the outside in, each once: the innermost knows best, the outer ones say what it was for. */
    private static String reason(Throwable failure) {
        StringBuilder reason = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage())
                    .strip()
                    .lines()
                    .findFirst()
                    .orElse("");
            if (reason.indexOf(message) < 0) {
                reason.append(reason.isEmpty() ? "" : ": ").append(message);
            }
        }
        return reason.toString();
    }

    /** Between two looks at something that tells nobody when it changes. */
    static void pause(Duration time) {
        try {
            new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
