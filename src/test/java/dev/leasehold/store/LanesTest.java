package dev.leasehold.store;

import static dev.leasehold.store.StoreFixture.NODE;
import static dev.leasehold.store.StoreFixture.count;
import static dev.leasehold.store.StoreFixture.due;
import static dev.leasehold.store.StoreFixture.insert;
import static dev.leasehold.store.StoreFixture.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LanesTest {

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
    @Tag("A4")
    void takesALaneOnlyUnderTheEpochThatWasJudged() throws Exception {
        Lanes.Lane judged = Lanes.list(connection).get(0);
        StoreFixture.take(connection, 0, judged.epoch(), "node-b", true);

        assertThat(Lanes.takeOver(connection, 0, judged.epoch(), "node-c", true))
                .isEmpty();
        assertThat(Lanes.list(connection).get(0).owner()).isEqualTo("node-b");
    }

    @Test
    @Tag("A14")
    void tellsWhetherTheOwnerLives() throws Exception {
        try (Connection control = store.connect()) {
            assertThat(Nodes.tryLock(control, 42)).isTrue();
            assertThat(Lanes.list(connection)).allMatch(Lanes.Lane::lockHeld).noneMatch(Lanes.Lane::ownerStopped);
        }
        store.database.execute("UPDATE leasehold.node SET beat_at = clock_timestamp() - interval '7 seconds'");

        // The server frees the lock when it has noticed that the connection is closed.
        Awaitility.await()
                .untilAsserted(() -> assertThat(Lanes.list(connection))
                        .noneMatch(Lanes.Lane::lockHeld)
                        .allMatch(lane -> lane.beatAge().compareTo(Duration.ofSeconds(7)) >= 0));

        Nodes.stop(connection, NODE);
        assertThat(Lanes.list(connection)).allMatch(Lanes.Lane::ownerStopped);
    }

    private static Ledger.Entry entry(long task, Lanes.Lane lane, boolean cautious) {
        Instant started = Instant.now();
        return new Ledger.Entry(
                task, 1, 1, lane.no(), lane.epoch(), NODE, "t", "default", started, started, null, null, cautious);
    }

    @Test
    @Tag("A12")
    void passesByNoEntryThatIsNotCommittedYet() throws Exception {
        long id = insert(connection, task("t"));
        Lanes.Lane lane = Lanes.list(connection).get((int) (id % StoreFixture.LANES));
        try (Connection entering = store.connect()) {
            entering.setAutoCommit(false);
            Ledger.enter(entering, NODE, List.of(entry(id, lane, false)));
            try (Statement statement = connection.createStatement()) {
                statement.execute("SET lock_timeout = '100ms'");
            }

            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> Lanes.takeOver(connection, lane.no(), lane.epoch(), "node-b", true))
                    .satisfies(waited -> assertThat(waited.getSQLState()).isEqualTo(SqlState.LOCK_NOT_AVAILABLE));

            entering.commit();
        }
        Lanes.takeOver(connection, lane.no(), lane.epoch(), "node-b", true);
        assertThat(count(connection, "SELECT crashes FROM leasehold.task")).isEqualTo(1);
        assertThat(count(connection, "SELECT count(*) FROM leasehold.running")).isZero();
    }

    @Test
    @Tag("A12")
    void convictsWhatWasInTheLedgerWhenTheOwnerDied() throws Exception {
        long id = insert(connection, task("t"));
        DueTask read = due(connection).get(0);
        Lanes.Lane lane = Lanes.list(connection).get(read.lane());
        List<Ledger.Seen> entered = Ledger.enter(connection, NODE, List.of(entry(id, lane, false)));

        Lanes.takeOver(connection, read.lane(), lane.epoch(), "node-b", true);

        assertThat(entered).containsExactly(new Ledger.Seen(id, "active"));
        assertThat(count(connection, "SELECT crashes FROM leasehold.task")).isEqualTo(1);
        assertThat(count(connection, "SELECT count(*) FROM leasehold.running")).isZero();
        assertThat(Ledger.enter(connection, NODE, List.of(entry(id, lane, false))))
                .isEmpty();
    }

    @Test
    void convictsOnlyTheCautiousWhereThereAreAny() throws Exception {
        long bystander = insert(connection, task("t"));
        long suspect = bystander;
        while ((suspect = insert(connection, task("t"))) % StoreFixture.LANES != bystander % StoreFixture.LANES) {}
        int lane = (int) (bystander % StoreFixture.LANES);
        Lanes.Lane before = Lanes.list(connection).get(lane);
        Ledger.enter(connection, NODE, List.of(entry(bystander, before, false), entry(suspect, before, true)));

        Lanes.takeOver(connection, lane, before.epoch(), "node-b", true);

        assertThat(count(connection, "SELECT crashes FROM leasehold.task WHERE id = " + bystander))
                .isZero();
        assertThat(count(connection, "SELECT crashes FROM leasehold.task WHERE id = " + suspect))
                .isEqualTo(1);
    }

    @Test
    void givesALaneBackOnlyIfItIsStillItsOwn() throws Exception {
        LaneFence mine = StoreFixture.fences(connection).get(2);
        StoreFixture.take(connection, 2, mine.epoch(), "node-b", false);

        assertThat(Lanes.release(connection, NODE, mine)).isFalse();
        assertThat(Lanes.release(
                        connection, NODE, StoreFixture.fences(connection).get(0)))
                .isTrue();
    }

    @Test
    void keepsTheNumberOfLanesOfTheFirstStart() throws Exception {
        assertThat(Lanes.ensure(connection, 64)).isEqualTo(StoreFixture.LANES);
        assertThat(Lanes.list(connection)).hasSize(StoreFixture.LANES);
    }
}
