package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attacks on the promise that a session is handed on as new, on a pool of one connection: a lease that leaves something
 * must be followed by a reset, and one that does not must not.
 */
@Tag("H38")
@Tag("P11")
class SessionStateTest {

    /** Whatever a holder can leave that another could see. */
    private static final String STATE = """
            SELECT current_setting('search_path') || current_setting('statement_timeout') || current_user
                || current_setting('application_name') || coalesce(current_setting('mine.secret', true), '')
                || (SELECT count(*) FROM pg_class WHERE relname = 'leftover')
                || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                || (SELECT count(*) FROM pg_listening_channels()) || (SELECT count(*) FROM pg_cursors)
            """;

    private static TestPools pools;
    private static Connection outside;

    @BeforeAll
    static void start() throws Exception {
        pools = new TestPools("leasehold.userdata-pool { size = 1, max-overflow = 0 }");
        outside = DriverManager.getConnection(pools.database.url(), pools.database.user(), pools.database.password());
        execute(outside, "CREATE TABLE item (a int)");
    }

    @AfterAll
    static void stop() throws Exception {
        outside.close();
        pools.close();
    }

    @BeforeEach
    void isTrusted() throws Exception {
        execute(outside, "DROP SCHEMA IF EXISTS trap CASCADE; CREATE SCHEMA trap");
        awaitTrust(true);
    }

    private static SchemaWatch watch() {
        return pools.pools.schema(PoolName.USERDATA);
    }

    /** Looks again while a session is on its way back that changed the schema. */
    private static void awaitTrust(boolean trusted) {
        await().until(() -> TestPools.get(watch().lookOnce()) == trusted);
        await().until(() -> pools.status().cleaning() == 0);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String state() throws Exception {
        return pools.run(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(STATE)) {
                row.next();
                return connection.getAutoCommit() + " " + connection.isReadOnly() + " " + row.getString(1);
            }
        });
    }

    private static long resets() {
        return pools.registry
                .get("leasehold_pool_cleaning")
                .tag("pool", "userdata")
                .timer()
                .count();
    }

    private static void run(String sql) throws Exception {
        pools.run(connection -> {
            execute(connection, sql);
            return true;
        });
    }

    /** The state is read twice, since reading it ends in a reset itself. */
    private static void assertNothingLeftBy(SqlWork<Boolean> work) throws Exception {
        String before = state();
        await().until(() -> pools.status().cleaning() == 0);
        pools.run(work);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void keepsASessionThatSawPlainStatementsOnly() throws Exception {
        long trusted;
        long resets;
        do {
            awaitTrust(true);
            trusted = watch().trust().no();
            long before = resets();
            doPlainWork();
            assertThat(pools.<Boolean>run(Connection::getAutoCommit)).isTrue();
            resets = resets() - before;
        } while (watch().trust().no() != trusted); // a look was late on a busy machine, which ends the trust

        assertThat(resets).isZero();
    }

    private static void doPlainWork() throws Exception {
        run("SELECT a, now() FROM item WHERE a = 1");
        run("UPDATE item SET a = 2");
        run("INSERT INTO item (a) VALUES (3)");
        Hold hold = Hold.atMost(Duration.ofSeconds(30));
        SqlWork<Boolean> delete =
                connection -> connection.prepareStatement("DELETE FROM item").execute();
        TestPools.get(
                pools.pools.leases().inTransaction(PoolName.USERDATA, LeaseClass.TASK, TestPools.HOLDER, hold, delete));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/* SELECT */ SET search_path = pg_catalog",
                "SELECT 1; SET statement_timeout = 12345",
                "SELECT set_config('mine.secret', 'x', false)",
                "SELECT pg_catalog.\"set_config\"('mine.secret', 'x', false)",
                "DO $$ BEGIN PERFORM set_config('mine.secret', 'x', false); END $$",
                "SELECT pg_advisory_lock(7)",
                "CREATE TEMP TABLE leftover (a int)",
                "SELECT 1 AS a INTO TEMP leftover",
                "LISTEN somewhere",
                "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT",
                "PREPARE trick AS SELECT set_config('mine.secret', 'x', false); EXECUTE trick; DEALLOCATE trick",
                "UPDATE pg_settings SET setting = 'pg_catalog' WHERE name = 'search_path'",
                "BEGIN; SELECT 1"
            })
    void handsOnNothingOf(String sql) throws Exception {
        assertNothingLeftBy(connection -> {
            execute(connection, sql);
            return true;
        });
    }

    @Test
    void handsOnNothingOfTheDriversOwnCalls() throws Exception {
        assertNothingLeftBy(connection -> {
            connection.setReadOnly(true);
            connection.setAutoCommit(false);
            connection.setSchema("pg_catalog");
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // a trigger
                """
                CREATE FUNCTION trap.set() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM set_config('mine.secret', 'x', false); RETURN NEW; END $$;
                CREATE TABLE trap.door (a int);
                CREATE TRIGGER set BEFORE INSERT ON trap.door FOR EACH ROW EXECUTE FUNCTION trap.set()
                """,
                // a default, without any function of one's own
                "CREATE TABLE trap.door (a int, b text DEFAULT set_config('mine.secret', 'x', false))",
                // a check
                "CREATE TABLE trap.door (a int CHECK (pg_try_advisory_lock(7)))",
                // a rule
                """
                CREATE TABLE trap.door (a int);
                CREATE RULE set AS ON INSERT TO trap.door DO ALSO SELECT set_config('mine.secret', 'x', false)
                """,
                // a policy
                """
                CREATE TABLE trap.door (a int);
                ALTER TABLE trap.door ENABLE ROW LEVEL SECURITY;
                ALTER TABLE trap.door FORCE ROW LEVEL SECURITY;
                CREATE POLICY set ON trap.door WITH CHECK (pg_try_advisory_lock(7))
                """,
                // a domain
                """
                CREATE DOMAIN trap.whole AS int CHECK (pg_try_advisory_lock(VALUE));
                CREATE TABLE trap.door (a trap.whole)
                """
            })
    void seesTrapsThatWaitBehindATable(String ddl) throws Exception {
        execute(outside, ddl);
        awaitTrust(false);

        assertNothingLeftBy(connection -> {
            execute(connection, "INSERT INTO trap.door VALUES (1)");
            return true;
        });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CREATE VIEW trap.door AS SELECT set_config('mine.secret', 'x', false) AS a",
                "CREATE VIEW trap.door AS SELECT 1 AS a WHERE pg_try_advisory_lock(7)",
                "CREATE VIEW trap.door AS SELECT a FROM item, pg_try_advisory_lock(7) AS b (c)",
                """
                CREATE OPERATOR trap.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = pg_try_advisory_lock);
                CREATE VIEW trap.door AS SELECT 7 OPERATOR(trap.===) 7 AS a
                """
            })
    void seesTrapsThatWaitBehindAView(String ddl) throws Exception {
        execute(outside, ddl);
        awaitTrust(false);

        assertNothingLeftBy(connection -> {
            execute(connection, "SELECT * FROM trap.door");
            return true;
        });
    }

    @Test
    void seesAViewThroughWhichSettingsAreMade() throws Exception {
        execute(outside, "CREATE VIEW trap.door AS SELECT name, setting FROM pg_settings");
        awaitTrust(false);

        assertNothingLeftBy(connection -> {
            execute(connection, "UPDATE trap.door SET setting = 'pg_catalog' WHERE name = 'search_path'");
            return true;
        });
    }

    @Test
    @Tag("P11")
    void handsOnNoRoleThatWasTakenOn() throws Exception {
        String user = pools.database.user();
        try (Connection admin = TestPostgres.superuser()) {
            execute(admin, "CREATE ROLE " + user + "_other; GRANT " + user + "_other TO " + user);
        }

        assertNothingLeftBy(connection -> {
            execute(connection, "SET ROLE " + user + "_other");
            return true;
        });
    }

    @Test
    void endsTrustBeforeALeaseSetsATrap() throws Exception {
        String before = state();
        await().until(() -> pools.status().cleaning() == 0);

        run("CREATE VIEW trap.door AS SELECT set_config('mine.secret', 'x', false) AS a");
        assertThat(watch().trust().no()).isZero();
        run("SELECT * FROM trap.door");

        assertThat(state()).isEqualTo(before);
    }

    @Test
    void resetsWhatMayHaveMetATrapBeforeItWasSeen() throws Exception {
        String before = state();
        await().until(() -> pools.status().cleaning() == 0);
        execute(outside, "CREATE VIEW trap.door AS SELECT set_config('mine.secret', 'x', false) AS a");
        run("SELECT * FROM trap.door"); // perhaps still trusted

        awaitTrust(false);

        assertThat(state()).isEqualTo(before);
    }

    @Test
    void knowsThatASequenceRemembers() throws Exception {
        execute(outside, "CREATE TABLE trap.door (id int GENERATED ALWAYS AS IDENTITY, a int)");
        awaitTrust(true);
        assertThat(watch().trust().sequences()).isTrue();

        run("INSERT INTO trap.door (a) VALUES (1)");

        assertThat(pools.<String>run(connection -> {
                    try {
                        execute(connection, "SELECT lastval()");
                        return "still there";
                    } catch (SQLException e) {
                        return e.getSQLState();
                    }
                }))
                .isEqualTo("55000");
    }
}
