package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.Partitions;
import dev.leasehold.store.Tasks;
import dev.leasehold.testing.DirectLeases;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a start creates because it should exist and does not. */
class RestorationTest {

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

    /** A task for each account that has none, found by one statement. */
    private record Accounts(int count) implements RestorationStep {
        @Override
        public String name() {
            return "accounts";
        }

        @Override
        public int restore(Connection connection) throws Exception {
            List<NewTask> missing = new ArrayList<>();
            try (ResultSet row = connection
                    .createStatement()
                    .executeQuery("SELECT 'a' || a FROM generate_series(1, " + count + ") AS a WHERE NOT EXISTS ("
                            + "SELECT FROM leasehold.task t WHERE t.type = 'check' AND t.key = 'a' || a)")) {
                while (row.next()) {
                    missing.add(new NewTask(
                            "default", "check", row.getString(1), "default", 2, null, "{}", null, null, null, null));
                }
            }
            return (int) Tasks.create(connection, missing).stream()
                    .filter(Tasks.Created::created)
                    .count();
        }
    }

    private record Broken() implements RestorationStep {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public int restore(Connection connection) throws Exception {
            connection.createStatement().execute("SELECT * FROM no_such_table");
            return 1;
        }
    }

    private void run(String node, RestorationStep... steps) {
        new Restoration(new DirectLeases(database), node, List.of(steps))
                .run()
                .toCompletableFuture()
                .join();
    }

    private List<Events.Row> events(String type) throws Exception {
        try (Connection connection = database.connect()) {
            return Events.list(connection, new Events.Filter(type, null, null, 0, 10));
        }
    }

    private int tasks() throws Exception {
        try (Connection connection = database.connect()) {
            return Tasks.list(connection, new Tasks.Filter("check", null, null, null, null, null, 10_000))
                    .size();
        }
    }

    @Test
    @Tag("row58")
    @Tag("row59")
    @Tag("row48")
    void createsEachMissingTaskOnceThoughTwoNodesStartTogether() throws Exception {
        List<CompletableFuture<Void>> starts = IntStream.range(0, 2)
                .mapToObj(node -> CompletableFuture.runAsync(() -> run("node-" + node, new Accounts(2500))))
                .toList();
        starts.forEach(CompletableFuture::join);

        assertThat(tasks()).isEqualTo(2500);
        run("node-2", new Accounts(2500));
        assertThat(tasks()).isEqualTo(2500);
    }

    @Test
    @Tag("row26")
    void goesOnWhenAStepFailsAndTellsIt() throws Exception {
        run("node", new Broken(), new Accounts(3));

        assertThat(tasks()).isEqualTo(3);
        assertThat(events("restoration_failed")).hasSize(1);
        assertThat(events("start"))
                .singleElement()
                .satisfies(start -> assertThat(start.event().data())
                        .contains("\"broken\": 0")
                        .contains("\"accounts\": 3"));
        try (Connection connection = database.connect()) {
            assertThat(Alerts.list(connection, null, true, 10)).singleElement().satisfies(row -> {
                assertThat(row.alert().source()).isEqualTo("restoration/broken");
                assertThat(row.alert().message()).contains("no_such_table");
            });
        }
    }
}
