package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The work whose statements {@link QueryPlansTest} explains. */
final class PlanCases {

    /**
     * A piece of work.
     *
     * @param index part of the name of one that must be in its plans
     * @param rowsMax that each of its statements may take into its hands
     * @param pagesMax that each of its statements may touch
     */
    record Case(String index, int rowsMax, int pagesMax, Plans.Work work) {

        /** The same, in a transaction in which an index is not there. */
        Case without(String name) {
            return new Case(index, rowsMax, pagesMax, connection -> {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("DROP INDEX leasehold." + name);
                    statement.execute("SET LOCAL statement_timeout = '300ms'");
                }
                work.on(connection);
            });
        }
    }

    private static final Set<String> COMMON = Set.of("common", "second", "rare");

    private final PlanFixture fixture;
    private final List<LaneFence> fences;

    PlanCases(PlanFixture fixture) throws SQLException {
        this.fixture = fixture;
        this.fences = fixture.fences();
    }

    Map<String, Case> engine() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("due by cursor", new Case("task_due", 3000, 20_000, connection -> read(connection, null, 20)));
        cases.put(
                "nothing due before all that is due later",
                new Case("task_due", 500, 2_000, connection -> read(connection, null, 20, Instant.now())));
        cases.put(
                "due of one type", new Case("task_due", 20_000, 40_000, connection -> read(connection, "second", 20)));
        cases.put(
                "due past what is passed over",
                new Case("task_due", 20_000, 40_000, connection -> read(connection, "nobody-has-it", 20)));
        cases.put(
                "due of free keys",
                new Case(
                        "task_concurrency_key",
                        50,
                        200,
                        connection -> DueTasks.byKeys(
                                connection,
                                PlanFixture.OWNER,
                                List.of(new DueTasks.FreeKey(fences.get(7), "busy")),
                                COMMON,
                                Set.of())));
        cases.put(
                "due by id",
                new Case(
                        "task_pkey",
                        200,
                        400,
                        connection -> DueTasks.byIds(
                                connection,
                                PlanFixture.OWNER,
                                fences,
                                List.of(1L, 32_005L, 400_100L),
                                COMMON,
                                Set.of())));
        cases.put(
                "next due times",
                new Case(
                        "task_due",
                        200,
                        1500,
                        connection -> DueTasks.nextDue(
                                connection, IntStream.range(0, 32).boxed().toList(), Instant.now())));
        writing(cases);
        others(cases);
        return cases;
    }

    private void writing(Map<String, Case> cases) {
        cases.put("flush", new Case("task_pkey", 1000, 20_000, connection -> flush(connection, false)));
        cases.put("flush of plain ends", new Case("task_pkey", 1000, 20_000, connection -> flush(connection, true)));
        cases.put("completion in a transaction", new Case("task_pkey", 200, 2000, this::complete));
        cases.put(
                "explanation of what was not written",
                new Case("task_id_run_no_attempt", 60, 600, connection -> Completions.explain(connection, due(10))));
        cases.put(
                "take-over",
                new Case("running_lane", 1000, 8000, connection -> Lanes.takeOver(connection, 8, 1, "node-b", true)));
        cases.put("ledger", new Case("task_pkey", 3000, 3000, this::enterAndLeave));
    }

    private void others(Map<String, Case> cases) {
        cases.put("events for the application's code", new Case("outbox_", 2000, 5000, connection -> {
            List<Outbox.Event> events = Outbox.next(connection, PlanFixture.OWNER, "ledger", 0, 200);
            assertThat(events).hasSize(200);
            Outbox.delivered(
                    connection, "ledger", events.stream().map(Outbox.Event::id).toList());
        }));
        cases.put(
                "a delivery that failed",
                new Case(
                        "outbox_pkey",
                        10,
                        100,
                        connection -> Outbox.failed(connection, 5000, Duration.ofSeconds(1), "no")));
        cases.put(
                "events of a feed",
                new Case("outbox_open", 100, 300, connection -> Outbox.open(connection, "ledger", 50)));
        cases.put(
                "what has ended for others",
                new Case("dependency_pkey", 3000, 20_000, connection -> Dependencies.workOff(connection, 0)));
        cases.put("one task", new Case("task_pkey", 10, 50, connection -> Tasks.get(connection, 4711)));
        cases.put(
                "tasks to be created",
                new Case(
                        "task_key_unique",
                        100,
                        2000,
                        connection -> Tasks.create(
                                connection,
                                List.of(StoreFixture.keyed("rare", "new"), StoreFixture.keyed("common", "key-1010")))));
        cases.put("how much waits", new Case("task_due", 140_000, 300_000, Stats::waiting));
    }

    static Map<String, Case> upkeep() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("probes", new Case("task_not_active", 3000, 20_000, Probes::start));
        cases.put("keys that are over", new Case("idempotency_key_age", 10, 50, IdempotencyKeys::prune));
        cases.put(
                "cancelled tasks",
                new Case("task_not_active", 30_000, 60_000, connection -> Upkeep.pruneCancelled(connection, 30)));
        cases.put(
                "subscriptions that are late",
                new Case(
                        "outbox_open",
                        100,
                        2000,
                        connection -> Subscriptions.alertLate(connection, Duration.ofDays(1))));
        return cases;
    }

    static Map<String, Case> pages() {
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put(
                "page of tasks",
                new Case(
                        "task_pkey",
                        300,
                        1000,
                        connection ->
                                Tasks.list(connection, new Tasks.Filter(null, null, null, null, null, null, 50))));
        cases.put(
                "page of tasks further on",
                new Case(
                        "task_pkey",
                        300,
                        1000,
                        connection -> Tasks.list(
                                connection, new Tasks.Filter("common", null, "default", null, null, 500_000L, 50))));
        cases.put(
                "page of dead letters",
                new Case(
                        "task_not_active",
                        2000,
                        20_000,
                        connection -> Tasks.list(
                                connection, new Tasks.Filter(null, "needs_intervention", null, null, null, null, 50))));
        pagesOfHistory(cases);
        return cases;
    }

    private static void pagesOfHistory(Map<String, Case> cases) {
        cases.put(
                "page of runs",
                new Case(
                        "finished_at",
                        200,
                        500,
                        connection -> Runs.list(connection, new Runs.Filter(null, null, null, null, null, 50))));
        cases.put(
                "page of the runs of a task",
                new Case(
                        "task_id_run_no_attempt",
                        1000,
                        3000,
                        connection -> Runs.list(connection, new Runs.Filter(777L, null, null, null, null, 50))));
        cases.put(
                "last runs of the tasks of a page",
                new Case(
                        "task_id_run_no_attempt",
                        200,
                        2000,
                        connection -> Runs.lastOfTasks(
                                connection,
                                IntStream.range(0, 50).mapToObj(n -> (long) n).toList())));
        cases.put(
                "failures of a task",
                new Case(
                        "task_id_run_no_attempt",
                        500,
                        2000,
                        connection -> Runs.failures(connection, List.of(1L, 2L), Instant.EPOCH)));
        cases.put(
                "page of done tasks",
                new Case(
                        "finished_at",
                        500,
                        1000,
                        connection ->
                                DoneTasks.list(connection, new Tasks.Filter(null, null, null, null, null, null, 50))));
        cases.put(
                "one done task",
                new Case("task_id_run_no_attempt", 20, 100, connection -> DoneTasks.get(connection, 2_000_042)));
        cases.put(
                "page of events",
                new Case(
                        "at",
                        200,
                        500,
                        connection -> Events.list(connection, new Events.Filter(null, null, null, 0, 50))));
        cases.put("events since", new Case("_id_idx", 200, 500, connection -> Events.since(connection, 99_900, 50)));
        cases.put("what comes next", new Case("task_due", 20_000, 60_000, connection -> NextDue.list(connection, 20)));
    }

    private void read(Connection connection, @Nullable String type, int limit) throws SQLException {
        read(connection, type, limit, Instant.EPOCH);
    }

    private void read(Connection connection, @Nullable String type, int limit, Instant from) throws SQLException {
        List<DueTasks.Cursor> cursors = fences.stream()
                .flatMap(fence -> IntStream.range(0, 4)
                        .mapToObj(priority -> new DueTasks.Cursor(
                                fence, priority, type, Set.of(), from, 0, limit, Math.max(limit, 20_000 / 128))))
                .toList();
        DueTasks.read(connection, PlanFixture.OWNER, cursors, COMMON, Set.of("busy"), Set.of(), Set.of());
    }

    private List<DueTask> due(int count) throws SQLException {
        // Outside of what is explained.
        try (Connection own = fixture.connect()) {
            List<DueTasks.Cursor> cursors =
                    List.of(new DueTasks.Cursor(fences.get(5), 2, null, Set.of(), Instant.EPOCH, 0, count, 20_000));
            return DueTasks.read(own, PlanFixture.OWNER, cursors, COMMON, Set.of(), Set.of(), Set.of())
                    .tasks();
        }
    }

    private void flush(Connection connection, boolean plain) throws SQLException {
        List<Completion> completions = due(300).stream()
                .map(task -> plain
                        ? StoreFixture.success(task)
                        : StoreFixture.success(task).asAny())
                .toList();
        assertThat(Completions.flush(connection, PlanFixture.OWNER, fences, completions)
                        .versions())
                .hasSize(300);
    }

    private void complete(Connection connection) throws SQLException {
        Completions.mark(connection, "run");
        Completion one = StoreFixture.success(due(1).get(0));
        assertThat(Completions.inTransaction(connection, PlanFixture.OWNER, fences.get(5), one, "run")
                        .versions())
                .hasSize(1);
    }

    private void enterAndLeave(Connection connection) throws SQLException {
        Instant now = Instant.now();
        List<Ledger.Entry> entries = due(50).stream()
                .map(task -> new Ledger.Entry(
                        task.id(),
                        task.runNo(),
                        task.attempt(),
                        task.lane(),
                        1,
                        PlanFixture.OWNER,
                        task.type(),
                        task.tenant(),
                        task.dueAt(),
                        now,
                        null,
                        null,
                        false))
                .toList();
        assertThat(Ledger.enter(connection, PlanFixture.OWNER, entries)).hasSize(50);
        Ledger.leave(
                connection,
                PlanFixture.OWNER,
                entries.stream()
                        .map(entry -> new Ledger.Left(entry.taskId(), entry.runNo(), entry.attempt(), 1))
                        .toList());
    }
}
