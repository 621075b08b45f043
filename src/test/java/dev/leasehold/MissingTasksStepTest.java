package dev.leasehold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.engine.NewTasks;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Migrations;
import dev.leasehold.store.Partitions;
import dev.leasehold.task.MissingTasks;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.type.oauth.OAuthToken;
import dev.leasehold.type.oauth.OAuthTokenHandler;
import dev.leasehold.type.oauth.UncheckedConnections;
import dev.leasehold.type.web.UnwatchedSites;
import dev.leasehold.type.web.WebsiteAnalysis;
import dev.leasehold.type.web.WebsiteAnalysisHandler;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the types that ship want to exist at start, as a node creates it. */
class MissingTasksStepTest {

    private final TestPostgres.Database database = TestPostgres.freshDatabase();
    private final NewTasks newTasks = new NewTasks(new TypeRegistry(List.of(
            idle(OAuthTokenHandler.NAME, OAuthToken.class), idle(WebsiteAnalysisHandler.NAME, WebsiteAnalysis.class))));

    private static <P> TaskHandler<P> idle(String name, Class<P> payload) {
        return new TaskHandler<>() {
            @Override
            public TaskType<P> type() {
                return TaskType.of(name, payload);
            }

            @Override
            public Outcome run(P given, TaskContext context) {
                return Outcome.success();
            }
        };
    }

    @BeforeEach
    void migrate() throws Exception {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            Lanes.ensure(connection, 4);
            Partitions.ensure(connection, 1);
        }
    }

    private int restore(MissingTasks missing) throws Exception {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            int created = new MissingTasksStep(missing, newTasks, Clock.systemUTC()).restore(connection);
            connection.commit();
            return created;
        }
    }

    /** Two nodes at once; how many tasks both made together. */
    private int restoreTwice(MissingTasks missing) throws Exception {
        ExecutorService nodes = Executors.newFixedThreadPool(2);
        try {
            CyclicBarrier together = new CyclicBarrier(2);
            List<Future<Integer>> created = new ArrayList<>();
            for (int node = 0; node < 2; node++) {
                created.add(nodes.submit(() -> {
                    together.await();
                    return restore(missing);
                }));
            }
            return created.get(0).get() + created.get(1).get();
        } finally {
            nodes.shutdown();
        }
    }

    private List<String> tasks(String columns) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("SELECT " + columns + " FROM leasehold.task ORDER BY tenant, key")) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private void store(String tenant, String connection, String state) throws SQLException {
        database.execute("""
                INSERT INTO leasehold.credential (tenant, id, provider, account, token_endpoint, client_id, refresh_ct,
                    refresh_hash, state)
                VALUES ('%s', '%s', 'p', 'a', 'http://127.0.0.1/token', 'c', '\\x00', 'h', '%s')
                """.formatted(tenant, connection, state));
    }

    @Test
    @Tag("row58")
    void eachStoredConnectionWithoutATaskGetsOneThoughTwoNodesStartTogether() throws Exception {
        store("anna", "search", "idle");
        store("anna", "ads", "unknown");
        store("bert", "search", "idle");
        store("bert", "lost", "reconnect"); // a person has to connect it again first

        assertThat(restoreTwice(new UncheckedConnections())).isEqualTo(3);

        assertThat(tasks("tenant || ' ' || key || ' ' || type || ' ' || (payload ->> 'connection') || ' ' || state"))
                .containsExactly(
                        "anna ads oauth-token ads active",
                        "anna search oauth-token search active",
                        "bert search oauth-token search active");
        assertThat(tasks("schedule ->> 'interval'")).containsOnly("PT1H");
        assertThat(restore(new UncheckedConnections())).isZero();
    }

    @Test
    @Tag("row58")
    void aCancelledTaskOfAConnectionIsNotMadeAgain() throws Exception {
        store("anna", "search", "idle");
        restore(new UncheckedConnections());
        database.execute("UPDATE leasehold.task SET state = 'cancelled', due_at = NULL");

        assertThat(restore(new UncheckedConnections())).isZero();
    }

    @Test
    @Tag("row59")
    void eachSiteOfEachKindWithoutATaskGetsOneThoughTwoNodesStartTogether() throws Exception {
        database.execute("""
                INSERT INTO leasehold.website (tenant, url, kind)
                VALUES ('anna', 'https://anna.example/', 'own'), ('anna', 'https://bert.example/', 'competitor'),
                    ('bert', 'https://bert.example/', 'own'), ('bert', 'https://bert.example/', 'competitor')
                """);

        assertThat(restoreTwice(new UnwatchedSites())).isEqualTo(4);

        assertThat(tasks(
                        "tenant || ' ' || key || ' ' || (payload ->> 'max_pages') || ' ' || (schedule ->> 'interval')"))
                .containsExactly(
                        "anna competitor https://bert.example/ 50 PT240H",
                        "anna own https://anna.example/ 50 PT720H",
                        "bert competitor https://bert.example/ 50 PT240H",
                        "bert own https://bert.example/ 50 PT720H");
        assertThat(restore(new UnwatchedSites())).isZero();
        database.execute(
                "DELETE FROM leasehold.task WHERE key = 'competitor https://bert.example/' AND tenant = 'bert'");
        assertThat(restore(new UnwatchedSites())).isEqualTo(1); // the other kind of the same site is no substitute
    }

    @Test
    void aSiteWhoseAnalysisIsDoneGetsNoTaskWhetherItsRunIsOfBeforeTheColumnsOrNot() throws Exception {
        database.execute("""
                INSERT INTO leasehold.website (tenant, url, kind)
                VALUES ('anna', 'https://new.example/', 'own'), ('anna', 'https://old.example/', 'competitor'),
                    ('anna', 'https://other.example/', 'own')
                """);
        database.execute("""
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, closed_version, payload, snapshot)
                VALUES (1, 1, 1, true, 'success', 'website-analysis', 'anna', 0, 1, 'n', now(), now(), now(), 1,
                        '{"url": "https://new.example/", "kind": "own"}', NULL),
                    (2, 1, 1, true, 'success', 'website-analysis', 'anna', 0, 1, 'n', now(), now(), now(), NULL, NULL,
                     '{"payload": {"url": "https://old.example/", "kind": "competitor"}}')
                """);

        assertThat(restore(new UnwatchedSites())).isEqualTo(1);
        assertThat(tasks("key")).containsExactly("own https://other.example/");
    }

    @Test
    void refusesATaskWithoutAKeyWhichEveryNodeWouldCreate() {
        MissingTasks keyless = new MissingTasks() {
            @Override
            public String name() {
                return "keyless";
            }

            @Override
            public List<TaskSpec> missing(Connection connection) {
                return List.of(TaskSpec.of(OAuthTokenHandler.NAME, new OAuthToken("x")));
            }
        };

        assertThatThrownBy(() -> restore(keyless))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("keyless");
    }
}
