package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.store.Invariants.Check;
import dev.leasehold.store.Invariants.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each thing that must hold is broken by hand: it is found, repaired with an event, and not found again. */
class InvariantsTest {

    private final StoreFixture store = fixture();

    private static StoreFixture fixture() {
        try {
            return new StoreFixture();
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void makeDaysAhead() throws SQLException {
        try (Connection connection = store.connect()) {
            Partitions.ensure(connection, 7);
        }
    }

    private static final String BREAK = """
            LANE_MISSING;DELETE FROM leasehold.lane WHERE no = 1;lane/1
            TASK_IN_NO_LANE;UPDATE leasehold.task SET lane = 99 WHERE key = 'one';task/
            TASK_IN_NO_LANE;UPDATE leasehold.task SET lane = -1 WHERE key = 'one';task/
            TASK_NEVER_DUE;ALTER TABLE leasehold.task DROP CONSTRAINT task_active_is_due|UPDATE leasehold.task SET due_at = NULL WHERE key = 'one';task/
            STOPPED_FOR_EVER;UPDATE leasehold.task SET state = 'needs_intervention', due_at = NULL, pattern = '{"probe_at":"2090-01-01T00:00:00Z"}' WHERE key = 'one';task/
            BLOCKED_BY_NOTHING;UPDATE leasehold.task SET state = 'blocked' WHERE key = 'one';task/
            END_NOT_TOLD;UPDATE leasehold.task SET state = 'blocked' WHERE key = 'one'|INSERT INTO leasehold.dependency SELECT 4711, id FROM leasehold.task WHERE key = 'one';task/4711
            LEDGER_WITHOUT_OWNER;INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at) VALUES (987, 1, 1, 0, 1, 'x', 't', 'default', now(), now());task/987
            LEDGER_WITHOUT_OWNER;INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at) SELECT id, 1, 1, lane, 0, 'x', 't', 'default', now(), now() FROM leasehold.task WHERE key = 'one';task/
            COUNTER_WRONG;UPDATE leasehold.stat SET executed = executed + 5;stat/t/
            COUNTER_WRONG;DELETE FROM leasehold.stat;stat/t/
            COUNTER_WRONG;INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried) VALUES ('t', (now() AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, 7);stat/t/
            """;

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = BREAK)
    @Tag("row55")
    void findsAndRepairs(Check check, String statements, String subject) throws SQLException {
        try (Connection connection = store.connect()) {
            StoreFixture.insert(connection, StoreFixture.keyed("t", "one"));
            complete(connection);
            assertThat(Invariants.look(connection)).isEmpty();
            for (String statement : statements.split("\\|", -1)) {
                try (Statement jdbc = connection.createStatement()) {
                    jdbc.execute(statement);
                }
            }

            List<Finding> found = Invariants.look(connection);
            List<Finding> again = Invariants.look(connection);
            List<Finding> repaired = repair(connection);

            assertThat(found).isNotEmpty().allSatisfy(finding -> {
                assertThat(finding.check()).isEqualTo(check);
                assertThat(finding.subject()).startsWith(subject);
                assertThat(finding.message()).isNotBlank();
            });
            assertThat(again).isEqualTo(found);
            assertThat(repaired)
                    .extracting(Finding::subject)
                    .containsExactlyElementsOf(
                            found.stream().map(Finding::subject).toList());
            assertThat(Invariants.look(connection)).isEmpty();
            assertThat(events(connection)).isEqualTo(repaired.size());
        }
    }

    @Test
    void findsThatDaysRunOutAndMakesThem() throws SQLException {
        try (Connection connection = store.connect()) {
            try (Statement statement = connection.createStatement()) {
                statement.execute("DROP TABLE leasehold.event_"
                        + Partitions.today(connection).plusDays(1).toString().replace("-", ""));
            }

            assertThat(Invariants.look(connection)).extracting(Finding::check).containsExactly(Check.PARTITION_MISSING);
            assertThat(repair(connection)).hasSize(1);
            assertThat(Invariants.look(connection)).isEmpty();
            assertThat(Partitions.daysAhead(connection)).isEqualTo(7);
        }
    }

    @Test
    void leavesTheRepairToOneAtATime() throws SQLException {
        try (Connection connection = store.connect();
                Connection other = store.connect()) {
            StoreFixture.insert(connection, StoreFixture.keyed("t", "two"));
            complete(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute("DELETE FROM leasehold.stat");
            }
            connection.setAutoCommit(false);
            assertThat(Invariants.recount(connection, "a")).isNotEmpty();

            assertThat(repair(other)).isEmpty();

            connection.commit();
            assertThat(repair(other)).isEmpty();
            assertThat(Invariants.look(other)).isEmpty();
        }
    }

    @Test
    void repairsTheRestThoughTheRecountIsCutShort() throws SQLException {
        try (Connection connection = store.connect();
                Connection other = store.connect()) {
            other.setAutoCommit(false);
            try (Statement held = other.createStatement();
                    Statement own = connection.createStatement()) {
                held.execute("LOCK TABLE leasehold.stat");
                own.execute("DELETE FROM leasehold.lane WHERE no = 1");
                own.execute("SET lock_timeout = '100ms'");
            }

            assertThatThrownBy(() -> Invariants.repairNow(connection, "node-a")).isInstanceOf(SQLException.class);

            connection.rollback();
            assertThat(StoreFixture.count(connection, "SELECT count(*) FROM leasehold.lane WHERE no = 1"))
                    .isEqualTo(1);
            assertThat(events(connection)).isEqualTo(1);
            connection.rollback();
        }
    }

    /** Else each round of each node would read the history of a month, and a round across midnight count a part of a day. */
    @Test
    void recountsOnlyTheDaysThatCanStillBeWrong() throws SQLException {
        try (Connection connection = store.connect()) {
            store.database.execute("""
                    CREATE TABLE leasehold.run_20200101 (LIKE leasehold.run INCLUDING DEFAULTS);
                    ALTER TABLE leasehold.run ATTACH PARTITION leasehold.run_20200101
                        FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')
                    """);
            connection.setAutoCommit(false);

            Invariants.look(connection);
            Invariants.repair(connection, "node-a");
            Invariants.recount(connection, "node-a");

            assertThat(reads(connection, "run_20200101")).isZero();
            assertThat(reads(
                            connection,
                            "run_" + Partitions.today(connection).toString().replace("-", "")))
                    .isPositive();
            connection.rollback();
        }
    }

    private static long reads(Connection connection, String table) throws SQLException {
        return StoreFixture.count(
                connection,
                "SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables WHERE relname = '" + table
                        + "'");
    }

    private static List<Finding> repair(Connection connection) throws SQLException {
        List<Finding> repaired = Invariants.repairNow(connection, "node-a");
        connection.setAutoCommit(true);
        return repaired;
    }

    /** A run in history with its counters. */
    private static void complete(Connection connection) throws SQLException {
        StoreFixture.insert(connection, StoreFixture.task("t"));
        connection.setAutoCommit(false);
        DueTask due = StoreFixture.due(connection).stream()
                .filter(task -> task.key() == null)
                .findFirst()
                .orElseThrow();
        Completions.flush(
                connection, StoreFixture.NODE, StoreFixture.fences(connection), List.of(StoreFixture.success(due)));
        Stats.fold(connection, 0);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static long events(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT count(*) FROM leasehold.event WHERE type = 'repaired'"
                        + " AND node = 'node-a' AND data ->> 'check' IS NOT NULL")) {
            row.next();
            return row.getLong(1);
        }
    }
}
