package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.leasehold.store.Migrations;
import dev.leasehold.testing.TestPostgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Sessions that the node's own work has used, on a pool of one connection to the platform database: the next own lease takes
 * them as they are, anybody else gets them as new.
 */
@Tag("H38")
class OwnSessionTest {

    private static final Holder OWN = Holder.node("own-work");
    private static final Holder TUNED = Holder.node("tuned-work", Holder.Session.TUNED);
    private static final Holder AS_IS = Holder.node("work", Holder.Session.AS_IS);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));
    private static final Hold BRIEF = Hold.atMost(Duration.ofSeconds(8));
    private static final String TUNED_SETTINGS = "force_generic_plan off";
    private static final String TIME_OUT = "SHOW statement_timeout";
    private static final String NO_NUMBER_DRAWN = "55000";
    private static final String DRAW = "SELECT leasehold.lane_of(nextval('leasehold.task_id'), NULL, 32)";

    private TestPools pools;
    private Database database;

    @BeforeEach
    void start() throws Exception {
        pools = new TestPools("leasehold.platform-pool { size = 1, max-overflow = 0, reserved = 0 }");
        database = pools.database;
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        awaitTrust(true);
    }

    @AfterEach
    void stop() throws Exception {
        pools.close();
    }

    private SchemaWatch watch() {
        return pools.pools.schema(PoolName.PLATFORM);
    }

    private void awaitTrust(boolean trusted) {
        await().until(() -> TestPools.get(watch().lookOnce()) == trusted);
        await().until(() -> pools.status(PoolName.PLATFORM).cleaning() == 0);
    }

    private long resets() {
        await().until(() -> pools.status(PoolName.PLATFORM).cleaning() == 0);
        return pools.registry
                .get("leasehold_pool_cleaning")
                .tag("pool", "platform")
                .timer()
                .count();
    }

    /** The one value that the statement answers, or the state of its error; null for a statement without rows. */
    private String ask(Holder holder, String sql) throws Exception {
        return ask(holder, HOLD, sql);
    }

    private String ask(Holder holder, Hold hold, String sql) throws Exception {
        return TestPools.get(pools.pools
                .leases()
                .run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, holder, hold, connection -> answer(connection, sql)));
    }

    private String settings(Holder holder) throws Exception {
        return TestPools.get(pools.pools
                .leases()
                .run(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        holder,
                        HOLD,
                        connection -> answer(connection, "SHOW plan_cache_mode") + " "
                                + answer(connection, "SHOW enable_seqscan")));
    }

    private static String answer(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (ResultSet row = statement.getResultSet()) {
                return row.next() ? String.valueOf(row.getString(1)) : "";
            }
        } catch (SQLException e) {
            return String.valueOf(e.getSQLState());
        }
    }

    /** Resets of the session by this work, in a time when nothing shook the trust, as a late look does on a busy machine. */
    private long resetsBy(Work work) throws Exception {
        long trusted;
        long resets;
        do {
            awaitTrust(true);
            trusted = watch().trust().no();
            long before = resets();
            work.run();
            resets = resets() - before;
        } while (trusted == 0 || watch().trust().no() != trusted);
        return resets;
    }

    private interface Work {
        void run() throws Exception;
    }

    @Test
    void knowsTheFunctionsOfOurSchema() {
        assertThat(watch().trust().no()).isPositive();
        assertThat(watch().trust().ours()).isTrue();
    }

    /** As a pool of another role has it, in the same database. */
    @Test
    void knowsThemWhereItMayNotUseTheSchema() throws Exception {
        database.execute("REVOKE USAGE ON SCHEMA leasehold FROM CURRENT_USER");

        assertThat(TestPools.get(watch().lookOnce())).isTrue();
        assertThat(watch().trust().ours()).isTrue();
    }

    @Test
    void keepsTheSessionAmongOwnLeases() throws Exception {
        assertThat(resetsBy(() -> {
                    ask(OWN, DRAW);
                    ask(OWN, "SELECT count(*) FROM leasehold.task");
                    ask(OWN, "INSERT INTO leasehold.event (type) VALUES ('own')");
                    ask(OWN, DRAW);
                }))
                .isZero();
    }

    @Test
    void givesNobodyElseASessionThatTheNodeHasUsed() throws Exception {
        String pid = ask(OWN, "SELECT pg_backend_pid()");
        assertThat(resetsBy(() -> ask(OWN, DRAW))).isZero();

        assertThat(ask(TestPools.HOLDER, "SELECT lastval()")).isEqualTo(NO_NUMBER_DRAWN);
        assertThat(ask(OWN, "SELECT pg_backend_pid()")).isEqualTo(pid);
    }

    @Test
    void resetsAfterEverybodyElse() throws Exception {
        assertThat(resetsBy(() -> ask(TestPools.HOLDER, "SELECT count(*) FROM leasehold.task")))
                .isPositive();
        assertThat(resetsBy(() -> ask(TestPools.HOLDER, DRAW))).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET search_path = pg_catalog",
                "SELECT set_config('mine.secret', 'x', false)",
                "SELECT pg_advisory_lock(7)",
                "SELECT leasehold.enqueue('a', '{}')"
            })
    void resetsAfterOwnStatementsThatLeaveMoreThanNumbers(String sql) throws Exception {
        assertThat(resetsBy(() -> ask(OWN, sql))).isPositive();
    }

    @Test
    void resetsAfterOwnLeasesWhereThereIsCodeOfSomebodyElse() throws Exception {
        database.execute("""
                CREATE FUNCTION leasehold.enqueue() RETURNS trigger LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM set_config('mine.secret', 'x', false); RETURN NEW; END $$
                """);
        database.execute("""
                CREATE TRIGGER trap BEFORE INSERT ON leasehold.event FOR EACH ROW EXECUTE FUNCTION leasehold.enqueue()
                """);
        awaitTrust(false);

        ask(OWN, "INSERT INTO leasehold.event (type) VALUES ('own')");

        assertThat(ask(OWN, "SELECT current_setting('mine.secret', true)")).isIn("", "null");
    }

    @Test
    void givesNobodyElseWhatATriggerDrew() throws Exception {
        ask(TestPools.HOLDER, "INSERT INTO leasehold.setting (name, value) VALUES ('lanes', 4)");
        String task =
                ask(OWN, "INSERT INTO leasehold.task (id, lane, due_at, type, needed) VALUES (1, 1, now(), 'a', true)");
        assertThat(task).isEmpty();
        assertThat(resetsBy(() -> ask(OWN, "UPDATE leasehold.task SET due_at = now() WHERE id = 1")))
                .isZero();
        assertThat(resetsBy(() -> ask(OWN, "UPDATE leasehold.task SET state = 'cancelled' WHERE id = 1")))
                .isZero();

        assertThat(ask(TestPools.HOLDER, "SELECT lastval()")).isEqualTo(NO_NUMBER_DRAWN);
    }

    @Test
    void tunesASessionOnceForAllWhoWantItSo() throws Exception {
        assertThat(settings(OWN)).isEqualTo("auto on");
        assertThat(resetsBy(() -> {
                    assertThat(settings(TUNED)).isEqualTo(TUNED_SETTINGS);
                    assertThat(settings(AS_IS)).isEqualTo(TUNED_SETTINGS);
                    assertThat(settings(TUNED)).isEqualTo(TUNED_SETTINGS);
                }))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givesATunedSessionAsNewToAllOthers(boolean own) throws Exception {
        String pid = ask(TUNED, "SELECT pg_backend_pid()");

        assertThat(settings(own ? OWN : TestPools.HOLDER)).isEqualTo("auto on");
        assertThat(settings(TUNED)).isEqualTo(TUNED_SETTINGS);
        assertThat(ask(OWN, "SELECT pg_backend_pid()")).isEqualTo(pid);
    }

    @Test
    void tunesASessionThatWasResetInBetween() throws Exception {
        assertThat(settings(TUNED)).isEqualTo(TUNED_SETTINGS);
        assertThat(resetsBy(() -> ask(TUNED, "SELECT set_config('enable_seqscan', 'on', false)")))
                .isPositive();

        assertThat(settings(TUNED)).isEqualTo(TUNED_SETTINGS);
    }

    @Test
    void tunesBeforeTheTransactionSoThatARollbackLeavesIt() throws Exception {
        assertThatThrownBy(() -> TestPools.get(pools.pools
                        .leases()
                        .inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, TUNED, HOLD, connection -> {
                            answer(connection, "SELECT count(*) FROM leasehold.task");
                            throw new IllegalStateException("rolled back");
                        })))
                .hasMessageContaining("rolled back");

        assertThat(settings(AS_IS)).isEqualTo(TUNED_SETTINGS);
    }

    @Test
    void keepsTheTimeOutOfAShortLeaseForTheNextOwnOneThatIsAsShort() throws Exception {
        String ordinary = ask(OWN, TIME_OUT);
        assertThat(resetsBy(() -> {
                    long armed = millis(ask(OWN, BRIEF, TIME_OUT));
                    assertThat(armed).isBetween(1L, BRIEF.atMost().toMillis());
                    assertThat(millis(ask(OWN, BRIEF, TIME_OUT))).isEqualTo(armed);
                    assertThat(ask(OWN, TIME_OUT)).isEqualTo(ordinary);
                    assertThat(millis(ask(OWN, BRIEF, TIME_OUT))).isLessThanOrEqualTo(armed + 1_000);
                }))
                .isZero();

        assertThat(ask(TestPools.HOLDER, TIME_OUT)).isEqualTo(ordinary);
        assertThat(millis(ask(OWN, BRIEF, TIME_OUT))).isLessThan(BRIEF.atMost().toMillis());
    }

    @Test
    void setsTheTimeOutBeforeTheTransactionSoThatARollbackLeavesIt() throws Exception {
        assertThat(resetsBy(() -> assertThatThrownBy(() -> TestPools.get(pools.pools
                                .leases()
                                .inTransaction(PoolName.PLATFORM, LeaseClass.INTERACTIVE, OWN, BRIEF, connection -> {
                                    answer(connection, "SELECT count(*) FROM leasehold.task");
                                    throw new IllegalStateException("rolled back");
                                })))
                        .hasMessageContaining("rolled back")))
                .isZero();

        assertThat(millis(ask(OWN, BRIEF, TIME_OUT))).isLessThan(BRIEF.atMost().toMillis());
    }

    @Test
    void givesNobodyElseWhatWasSetForWorkThatSentNothing() throws Exception {
        String ordinary = ask(TestPools.HOLDER, TIME_OUT);
        TestPools.get(pools.pools
                .leases()
                .run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, TUNED, BRIEF, connection -> "nothing"));

        assertThat(ask(TestPools.HOLDER, TIME_OUT)).isEqualTo(ordinary);
        assertThat(settings(TestPools.HOLDER)).isEqualTo("auto on");
    }

    /** What is set because little time is left is for this lease alone. */
    @Test
    void resetsAfterATimeOutThatWasShortenedOnTheWay() throws Exception {
        assertThat(resetsBy(() -> TestPools.get(pools.pools
                        .leases()
                        .run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, OWN, BRIEF, connection -> {
                            long begun = System.nanoTime();
                            while (System.nanoTime() - begun < 600_000_000) {
                                Thread.onSpinWait(); // as work that computes between two statements
                            }
                            return answer(connection, TIME_OUT);
                        }))))
                .isPositive();

        assertThat(millis(ask(OWN, BRIEF, TIME_OUT))).isGreaterThan(7_000);
    }

    private static long millis(String timeOut) {
        return timeOut.endsWith("ms")
                ? Long.parseLong(timeOut.replace("ms", ""))
                : 1_000 * Long.parseLong(timeOut.replace("s", ""));
    }

    @Test
    void letsNobodyElseJoinAnOwnLease() throws Exception {
        SqlWork<CompletionStage<String>> guest = connection -> pools.pools
                .leases()
                .joinTransaction(
                        PoolName.PLATFORM,
                        LeaseClass.INTERACTIVE,
                        TestPools.HOLDER,
                        HOLD,
                        joined -> answer(joined, "SELECT 1"));

        CompletionStage<String> refused =
                TestPools.get(pools.pools.leases().run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, OWN, HOLD, guest));

        assertThatThrownBy(() -> TestPools.get(refused))
                .isInstanceOfSatisfying(
                        LeaseException.class, no -> assertThat(no.kind()).isEqualTo(LeaseException.Kind.NESTED));
    }

    @Test
    void worksOnNoSessionThatCouldNotBeReset() throws Exception {
        int pid = Integer.parseInt(ask(OWN, "SELECT pg_backend_pid()"));
        assertThat(resetsBy(() -> ask(OWN, DRAW))).isZero();
        pools.terminate("%platform");
        await().until(() -> !pools.isStanding(pid));

        AtomicInteger begun = new AtomicInteger();
        await().ignoreExceptionsMatching(lost -> lost instanceof SQLException || lost instanceof LeaseException)
                .until(() -> TestPools.get(pools.pools
                        .leases()
                        .run(PoolName.PLATFORM, LeaseClass.INTERACTIVE, TestPools.HOLDER, HOLD, connection -> {
                            begun.incrementAndGet();
                            return answer(connection, "SELECT lastval()").equals(NO_NUMBER_DRAWN);
                        })));
        assertThat(begun).hasValue(1);
    }
}
