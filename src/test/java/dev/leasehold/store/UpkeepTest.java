package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.count;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class UpkeepTest {

    private StoreFixture store;
    private Connection connection;

    @BeforeEach
    void open() throws Exception {
        store = new StoreFixture();
        connection = store.connect();
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
    }

    @Test
    void makesPartitionsAheadAndDropsOldDays() throws Exception {
        Partitions.ensure(connection, 7);
        store.database.execute("""
                CREATE TABLE leasehold.run_20200101 (LIKE leasehold.run INCLUDING DEFAULTS);
                ALTER TABLE leasehold.run ATTACH PARTITION leasehold.run_20200101
                    FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')
                """);

        assertThat(Partitions.daysAhead(connection)).isEqualTo(7);
        assertThat(Partitions.prune(connection)).containsExactly("run_20200101");
        assertThat(Partitions.prune(connection)).isEmpty();
        assertThat(Partitions.daysAhead(connection)).isEqualTo(7);
    }

    /** PostgreSQL refuses to detach any other partition of a table of which one is half detached. */
    @Test
    void finishesWhatALockCutShort() throws Exception {
        Partitions.ensure(connection, 7);
        for (int day = 1; day <= 2; day++) {
            store.database.execute("""
                    CREATE TABLE leasehold.run_2020010%1$d (LIKE leasehold.run INCLUDING DEFAULTS);
                    ALTER TABLE leasehold.run ATTACH PARTITION leasehold.run_2020010%1$d
                        FOR VALUES FROM ('2020-01-0%1$d 00:00:00+00') TO ('2020-01-0%2$d 00:00:00+00')
                    """.formatted(day, day + 1));
        }
        try (Connection reader = store.connect()) {
            reader.setAutoCommit(false);
            count(reader, "SELECT count(*) FROM leasehold.run");
            assertThatThrownBy(() -> Partitions.prune(connection))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            refused -> assertThat(refused.getSQLState()).isEqualTo(SqlState.LOCK_NOT_AVAILABLE));
            assertThat(count(connection, "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"))
                    .isEqualTo(1);
            reader.rollback();
        }

        assertThat(Partitions.prune(connection)).containsExactly("run_20200101", "run_20200102");
        assertThat(count(connection, "SELECT count(*) FROM pg_class WHERE relname LIKE 'run_2020010%'"))
                .isZero();
    }

    @Test
    void alertsOfEventsThatNobodyFetchesAndRemovesThemWithTheirSubscription() throws Exception {
        Subscriptions.save(connection, "feed", Subscriptions.Kind.FEED, List.of());
        Subscriptions.save(connection, "other", Subscriptions.Kind.FEED, List.of());
        store.database.execute("""
                INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant, name, payload,
                                              emitted_at, given_up_at)
                SELECT s.name, 0, 1, 1, 1, 't', 'default', 'e', '1', now() - make_interval(hours => s.age),
                       CASE WHEN n > 12000 THEN now() END
                FROM (VALUES ('feed', 25), ('other', 23)) AS s (name, age), generate_series(1, 13000) AS n
                """);

        Subscriptions.alertLate(connection, Duration.ofHours(24));
        assertThat(Alerts.list(connection, null, true, 10))
                .singleElement()
                .satisfies(row -> assertThat(row.alert().source()).isEqualTo("outbox/feed"));

        assertThat(Subscriptions.removeSome(connection, "feed")).isTrue();
        assertThat(count(connection, "SELECT count(*) FROM leasehold.outbox WHERE subscription = 'feed'"))
                .isEqualTo(2000);
        Subscriptions.alertLate(connection, Duration.ofHours(26));
        assertThat(Alerts.list(connection, null, true, 10)).isEmpty();
        assertThat(Subscriptions.remove(connection, "feed")).isTrue();
        assertThat(Subscriptions.remove(connection, "feed")).isFalse();
        store.database.execute("DELETE FROM leasehold.subscription");
        assertThat(Subscriptions.prune(connection)).isEqualTo(10_000);
        assertThat(Subscriptions.prune(connection)).isEqualTo(3_000);
        assertThat(count(connection, "SELECT count(*) FROM leasehold.outbox")).isZero();
    }

    @Test
    void tellsForHowLongAnOpenTransactionHoldsVacuumBack() throws Exception {
        try (Connection reader = store.connect()) {
            reader.setAutoCommit(false);
            reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            count(reader, "SELECT 1");
            for (int i = 0; i < 20; i++) {
                count(connection, "SELECT pg_current_xact_id()::text::bigint");
            }

            assertThat(Backends.xminAge(connection)).isBetween(20, 10_000);
        }
    }

    @Test
    @Tag("row54")
    @Tag("row47")
    void numbersCyclesWithoutGapThoughATransactionFails() throws Exception {
        assertThat(Events.insertCycle(connection, "n", "first", "{}")).isEqualTo(1);
        connection.setAutoCommit(false);
        Events.insertCycle(connection, "n", "lost", "{}");
        connection.rollback();
        connection.setAutoCommit(true);

        assertThat(Events.insertCycle(connection, "n", "second", "{\"found\":3}"))
                .isEqualTo(2);
        assertThat(Stats.read(connection).checkCycles())
                .isEqualTo(count(connection, "SELECT count(*) FROM leasehold.event WHERE type = 'check_cycle'"));
        assertThat(Events.list(connection, new Events.Filter("check_cycle", null, null, 0, 10)))
                .extracting(row -> row.event().message())
                .containsExactly("second", "first");
    }

    @Test
    @Tag("row57")
    void pagesThroughEventsWithoutLossOrRepetition() throws Exception {
        Events.insert(
                connection,
                IntStream.range(0, 25)
                        .mapToObj(i -> Events.Event.node("e", "n", "event " + i))
                        .toList());

        List<Events.Row> first = Events.list(connection, new Events.Filter("e", null, null, 0, 20));
        Events.Row last = first.get(19);
        List<Events.Row> rest = Events.list(connection, new Events.Filter("e", null, last.at(), last.id(), 20));

        assertThat(first).hasSize(20);
        assertThat(rest).hasSize(5);
        assertThat(rest).doesNotContainAnyElementsOf(first);
        assertThat(Events.since(connection, last.id(), 100)).hasSize(19);
    }

    @Test
    void raisesAnAlertOnceAndClearsIt() throws Exception {
        Alerts.Alert alert =
                new Alerts.Alert("task/1", "threshold", "warning", "too high", 1L, "monitoring", "default");

        Alerts.raise(connection, alert);
        Alerts.raise(connection, alert);

        assertThat(Alerts.list(connection, null, true, 10)).singleElement().satisfies(row -> {
            assertThat(row.times()).isEqualTo(2);
            assertThat(Alerts.ack(connection, row.id(), "eve"))
                    .get()
                    .extracting(Alerts.Row::ackedBy)
                    .isEqualTo("eve");
            assertThat(Alerts.ack(connection, row.id(), "bob"))
                    .get()
                    .extracting(Alerts.Row::ackedBy)
                    .isEqualTo("eve");
        });
        assertThat(Alerts.clear(connection, "task/1", "threshold")).isTrue();
        assertThat(Alerts.clear(connection, "task/1", "threshold")).isFalse();
        assertThat(Alerts.list(connection, null, true, 10)).isEmpty();
    }

    @Test
    void migratesAnEmptyDatabaseAndFindsNothingToDoThen() {
        Migrations.migratePlatform(store.database.url(), store.database.user(), store.database.password());
        Migrations.validatePlatform(store.database.url(), store.database.user(), store.database.password());
        Migrations.migrateUserData(store.database.url(), store.database.user(), store.database.password());
    }
}
