package dev.leasehold.engine.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RestorationStep;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import dev.leasehold.testing.DirectLeases;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RestorationTest {

    record Check(String account) {
        Check {
            if (account == null || account.isBlank()) {
                throw new IllegalArgumentException("account must not be blank");
            }
        }
    }

    private static final TaskHandler<Check> HANDLER = new TaskHandler<>() {
        @Override
        public TaskType<Check> type() {
            return TaskType.of("account-check", Check.class);
        }

        @Override
        public Outcome run(Check payload, TaskContext context) {
            return Outcome.success();
        }
    };

    private final Specs specs = new Specs(new TypeRegistry(List.of(HANDLER)), Clock.systemUTC());
    private TestPostgres.Database database;

    @BeforeEach
    void migrate() throws Exception {
        database = TestPostgres.freshDatabase();
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            Lanes.ensure(connection, 4);
            Partitions.ensure(connection, 1);
        }
    }

    /** One missing check an account that has none, found by one statement. */
    private static RestorationStep accounts(int count) {
        return new RestorationStep() {
            @Override
            public String name() {
                return "accounts";
            }

            @Override
            public List<TaskSpec> missing(Connection connection) throws Exception {
                List<TaskSpec> missing = new ArrayList<>();
                try (ResultSet row = connection
                        .createStatement()
                        .executeQuery(
                                "SELECT 'a' || a FROM generate_series(1, " + count + ") AS a WHERE NOT EXISTS ("
                                        + "SELECT FROM leasehold.task t WHERE t.type = 'account-check' AND t.key = 'a' || a)")) {
                    while (row.next()) {
                        missing.add(TaskSpec.of("account-check", new Check(row.getString(1)))
                                .key(row.getString(1))
                                .schedule(Schedule.fixedDelay(Duration.ofDays(7))));
                    }
                }
                return missing;
            }
        };
    }

    private static RestorationStep broken() {
        return new RestorationStep() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public List<TaskSpec> missing(Connection connection) throws Exception {
                connection.createStatement().execute("SELECT * FROM no_such_table");
                return List.of();
            }
        };
    }

    private List<Restoration.Report> run(String node, RestorationStep... steps) {
        return new Restoration(new DirectLeases(database), specs, node)
                .run(List.of(steps))
                .toCompletableFuture()
                .join();
    }

    private long tasks() throws Exception {
        try (Connection connection = database.connect()) {
            return Tasks.list(connection, new Tasks.Filter("account-check", "active", null, null, null, null, 20000))
                    .size();
        }
    }

    @Test
    @Tag("row58")
    @Tag("row59")
    @Tag("row48")
    void createsEachMissingTaskOnceThoughTwoNodesStartTogether() throws Exception {
        List<CompletableFuture<List<Restoration.Report>>> starts = IntStream.range(0, 2)
                .mapToObj(node -> CompletableFuture.supplyAsync(() -> run("node-" + node, accounts(2500))))
                .toList();

        int created = starts.stream()
                .flatMap(start -> start.join().stream())
                .mapToInt(Restoration.Report::created)
                .sum();

        assertThat(created).isEqualTo(2500);
        assertThat(tasks()).isEqualTo(2500);
    }

    @Test
    @Tag("row58")
    void createsNothingAtTheNextStart() throws Exception {
        run("node", accounts(3));

        assertThat(run("node", accounts(3))).containsExactly(new Restoration.Report("accounts", 0, false));
        assertThat(tasks()).isEqualTo(3);
    }

    @Test
    @Tag("row26")
    void goesOnWhenAStepFailsAndTellsIt() throws Exception {
        List<Restoration.Report> reports = run("node", broken(), accounts(3));

        assertThat(reports)
                .containsExactly(
                        new Restoration.Report("broken", 0, true), new Restoration.Report("accounts", 3, false));
        try (Connection connection = database.connect()) {
            assertThat(Alerts.list(connection, null, true, 10)).singleElement().satisfies(row -> {
                assertThat(row.alert().source()).isEqualTo("restoration/broken");
                assertThat(row.alert().message()).contains("no_such_table");
            });
            assertThat(Events.list(connection, new Events.Filter("restoration_failed", null, null, 0, 10)))
                    .hasSize(1);
        }
    }

    @Test
    void refusesASpecThatItsTypeRefuses() {
        assertThatThrownBy(() -> specs.row(TaskSpec.of("account-check", java.util.Map.of("account", " "))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("account must not be blank");
        assertThatThrownBy(() -> specs.row(TaskSpec.of("nobody", new Check("a"))))
                .hasMessageContaining("no handler of this node is of type 'nobody'");
        assertThatThrownBy(() -> specs.row(TaskSpec.of("account-check", List.of())))
                .hasMessageContaining("must be written as a JSON object");
    }
}
