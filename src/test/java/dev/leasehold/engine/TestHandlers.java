package dev.leasehold.engine;

import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.RetryPolicy;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/** Handlers small enough to see through, for tests of the engine. */
final class TestHandlers {

    private static final RetryPolicy QUICK = new RetryPolicy(3, Duration.ofMillis(10), 1, Duration.ofMillis(10), 0);

    private TestHandlers() {}

    record Nothing() {}

    record Text(String text) {}

    record Times(int times) {}

    interface Body<P> {
        Outcome run(P payload, TaskContext context) throws Exception;
    }

    private record Handler<P>(TaskType<P> type, Body<P> body) implements TaskHandler<P> {
        @Override
        public Outcome run(P payload, TaskContext context) throws Exception {
            return body.run(payload, context);
        }
    }

    static <P> TaskHandler<P> of(String name, Class<P> payload, Body<P> body) {
        return new Handler<>(TaskType.of(name, payload).retry(QUICK), body);
    }

    static <P> TaskHandler<P> of(TaskType<P> type, Body<P> body) {
        return new Handler<>(type, body);
    }

    static TaskHandler<Text> echo() {
        return of("echo", Text.class, (payload, context) -> {
            context.log("attempt " + context.attempt());
            return Outcome.success(Map.of("said", payload.text()));
        });
    }

    /** Fails so many attempts, then succeeds. */
    static TaskHandler<Times> fail() {
        return of("fail", Times.class, (payload, context) -> {
            if (context.attempt() <= payload.times()) {
                return Outcome.failed(Reason.NETWORK, "attempt " + context.attempt());
            }
            return Outcome.success();
        });
    }

    /** Takes a lease and never gives it back by itself. */
    static TaskHandler<Nothing> leak() {
        return of(
                "leak",
                Nothing.class,
                (payload, context) ->
                        context.withConnection(TaskContext.USERDATA, Duration.ofSeconds(1), connection -> {
                            connection.createStatement().execute("SELECT 1");
                            new CountDownLatch(1).await();
                            return Outcome.success();
                        }));
    }

    /** Waits until the test lets it go on, and says when it is inside. */
    static final class Gate implements TaskHandler<Text> {

        private final TaskType<Text> type;
        private final BlockingQueue<TaskContext> inside = new LinkedBlockingQueue<>();
        private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();

        Gate(String name) {
            this(TaskType.of(name, Text.class).retry(QUICK));
        }

        Gate(TaskType<Text> type) {
            this.type = type;
        }

        @Override
        public TaskType<Text> type() {
            return type;
        }

        @Override
        public Outcome run(Text payload, TaskContext context) throws Exception {
            inside.add(context);
            return outcomes.take();
        }

        TaskContext awaitInside() throws InterruptedException {
            TaskContext context = inside.poll(20, java.util.concurrent.TimeUnit.SECONDS);
            if (context == null) {
                throw new AssertionError("nobody came");
            }
            return context;
        }

        void letGo(Outcome outcome) {
            outcomes.add(outcome);
        }
    }

    static List<TaskHandler<?>> plain() {
        return List.of(echo(), fail(), leak());
    }
}
