package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Nothing;
import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.task.EmittedEvent;
import dev.leasehold.task.EventSubscriber;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskEvent;
import dev.leasehold.task.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Events that handlers emit, on their way to the application's subscribers. */
class EngineOutboxTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private static final Ears ALL = new Ears("all", Set.of());
    private static final Ears PAID = new Ears("paid-only", Set.of("paid"));
    private static final AtomicInteger RUNS = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private static EngineFixture node;

    /** Remembers what it was told, and refuses what a test asks it to. */
    private static final class Ears implements EventSubscriber {

        private final String name;
        private final Set<String> events;
        private final List<EmittedEvent> heard = new CopyOnWriteArrayList<>();
        private final AtomicInteger refusals = new AtomicInteger();

        Ears(String name, Set<String> events) {
            this.name = name;
            this.events = events;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Set<String> events() {
            return events;
        }

        @Override
        public void deliver(EmittedEvent event) throws InterruptedException {
            if (event.name().startsWith("bad") && refusals.incrementAndGet() > 0) {
                throw new IllegalStateException("not this one, password=hunter2");
            }
            if (event.name().equals("flaky") && refusals.incrementAndGet() <= 2) {
                throw new IllegalStateException("not yet");
            }
            if (event.name().equals("stuck") && refusals.incrementAndGet() == 1) {
                new CountDownLatch(1).await();
            }
            heard.add(event);
        }

        List<String> of(long task) {
            return heard.stream()
                    .filter(event -> event.taskId().value() == task)
                    .map(EmittedEvent::name)
                    .toList();
        }
    }

    private static Outcome emitting(Text names, TaskContext context) {
        for (String name : names.text().split(",", -1)) {
            context.emit(new TaskEvent(name, Map.of("attempt", context.attempt())));
        }
        return Outcome.success();
    }

    @BeforeAll
    static void start() {
        node = EngineFixture.start(
                        "leasehold.engine.outbox { look = 50ms, tries = 3, delivery-limit = 300ms, backoff = 1ms, max-backoff = 1ms }",
                        List.of(
                                TestHandlers.of("emit", Text.class, EngineOutboxTest::emitting),
                                TestHandlers.of(
                                        "emit-together",
                                        Text.class,
                                        (payload, context) ->
                                                context.transaction(connection -> emitting(payload, context))),
                                TestHandlers.of("emit-late", Text.class, (payload, context) -> {
                                    emitting(payload, context);
                                    return context.attempt() == 1
                                            ? Outcome.failed(Reason.NETWORK, "once more")
                                            : Outcome.success();
                                }),
                                TestHandlers.of("emit-often", Nothing.class, (payload, context) -> {
                                    int run = RUNS.incrementAndGet();
                                    context.emit(new TaskEvent("run-" + run + "-first", run));
                                    context.emit(new TaskEvent("run-" + run + "-second", run));
                                    return Outcome.success();
                                })),
                        List.of(ALL, PAID))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    @Test
    void deliversWhatASuccessfulRunEmittedToEachWhoWantsIt() {
        long id = node.create(TaskSpec.of("emit", new Text("sent,paid")).key("order-1"));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("sent", "paid"));
        await().atMost(LONG).untilAsserted(() -> assertThat(PAID.of(id)).containsExactly("paid"));
        EmittedEvent event = PAID.heard.get(0);
        assertThat(event.payload()).isEqualTo("{\"attempt\": 1}");
        assertThat(event.key()).isEqualTo("order-1");
        assertThat(event.runId()).hasToString(id + ".1");
        assertNothingWaits(id);
    }

    @Test
    void deliversWhatWasEmittedInATransactionWithItsEffect() {
        long id = node.create(TaskSpec.of("emit-together", new Text("moved")));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("moved"));
        assertNothingWaits(id);
    }

    @Test
    void keepsToItselfWhatAFailedAttemptEmitted() {
        long id = node.create(TaskSpec.of("emit-late", new Text("done")));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("done"));
        assertThat(ALL.heard.stream().filter(event -> event.taskId().value() == id))
                .extracting(EmittedEvent::attempt)
                .containsExactly(2);
    }

    @Test
    void keepsTheOrderOfATasksEventsOverItsRuns() {
        long id = node.create(
                TaskSpec.of("emit-often", new Nothing()).schedule(Schedule.fixedDelay(Duration.ofMillis(100))));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).hasSizeGreaterThan(5));
        node.execute("UPDATE leasehold.task SET state = 'paused', version = version + 1 WHERE id = " + id);
        List<String> heard = ALL.of(id);
        for (int i = 0; i + 1 < heard.size(); i += 2) {
            int run = i / 2 + 1;
            assertThat(heard.subList(i, i + 2)).containsExactly("run-" + run + "-first", "run-" + run + "-second");
        }
    }

    @Test
    void triesAgainAndHoldsBackWhatStandsBehind() {
        ALL.refusals.set(0);
        long id = node.create(TaskSpec.of("emit", new Text("flaky,after")));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("flaky", "after"));
        assertNothingWaits(id);
    }

    @Test
    void interruptsASubscriberThatHangsAndTriesAgain() {
        ALL.refusals.set(0);
        long id = node.create(TaskSpec.of("emit", new Text("stuck,after")));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("stuck", "after"));
        assertNothingWaits(id);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.text("SELECT message FROM leasehold.alert"
                                + " WHERE source = 'outbox/all' AND name = 'hangs' AND task_id = " + id))
                        .hasValueSatisfying(message -> assertThat(message).contains("PT0.3S", "interrupted")));
    }

    @Test
    void givesUpWithAnAlertAndGoesOnBehind() {
        long id = node.create(TaskSpec.of("emit", new Text("bad,after")));

        await().atMost(LONG).untilAsserted(() -> assertThat(ALL.of(id)).containsExactly("after"));
        assertThat(node.text("SELECT error FROM leasehold.outbox WHERE given_up_at IS NOT NULL AND tries = 3"
                        + " AND task_id = " + id))
                .hasValueSatisfying(
                        error -> assertThat(error).contains("not this one").doesNotContain("hunter2"));
        assertThat(
                        node.text(
                                "SELECT message FROM leasehold.alert WHERE source = 'outbox/all' AND name = 'given_up' AND cleared_at IS NULL"))
                .hasValueSatisfying(message -> assertThat(message).contains("task " + id, "3 tries"));
    }

    private static void assertNothingWaits(long task) {
        await().atMost(LONG)
                .untilAsserted(
                        () -> assertThat(node.count("SELECT count(*) FROM leasehold.outbox WHERE task_id = " + task))
                                .isZero());
    }
}
