package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.OtherTenants.Crowd;
import dev.leasehold.store.OtherTenants.Place;
import dev.leasehold.task.StartRate;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What rates and fairness ask of the tables. */
class KeyStartsTest {

    private static final StartRate RATE = new StartRate(2, Duration.ofMinutes(1));

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

    private LaneFence fence(int lane) throws Exception {
        return StoreFixture.fences(connection).stream()
                .filter(each -> each.lane() == lane)
                .findFirst()
                .orElseThrow();
    }

    private static KeyStarts.Start start(LaneFence fence, String key) {
        return new KeyStarts.Start(fence, "t", key, RATE);
    }

    @Test
    void writesStartsOfLanesThatAreOwnedAndNoOthers() throws Exception {
        LaneFence lost = fence(1);
        StoreFixture.take(connection, 1, lost.epoch(), "another", false);

        Set<Integer> accepted = KeyStarts.write(
                connection,
                StoreFixture.NODE,
                List.of(start(lost, "lost"), start(fence(2), "a"), start(fence(2), "b")));

        assertThat(accepted).containsExactlyInAnyOrder(1, 2);
        assertThat(KeyStarts.count(connection, List.of(start(lost, "lost"), start(fence(2), "a"))))
                .extracting(List::size)
                .containsExactly(0, 1);
    }

    @Test
    void countsTheNewestStartsWithinTheWindowOldestFirstAndForgetsTheOthers() throws Exception {
        store.database.execute("""
                INSERT INTO leasehold.key_start (type, key, started_at, over_at)
                SELECT 't', 'a', at, at + interval '1 minute'
                FROM unnest(ARRAY[now() - interval '61 s', now() - interval '30 s', now() - interval '20 s',
                                  now() - interval '10 s']) AS at
                """);

        List<Instant> starts =
                KeyStarts.count(connection, List.of(start(fence(1), "a"))).get(0);

        assertThat(starts).hasSize(2).isSorted();
        assertThat(Duration.between(starts.get(0), starts.get(1))).isEqualTo(Duration.ofSeconds(10));
        assertThat(KeyStarts.prune(connection)).isEqualTo(1);
        assertThat(KeyStarts.prune(connection)).isZero();
    }

    @Test
    void looksPastACrowdForTheFirstTasksOfOthersAndSaysWhereItEnded() throws Exception {
        store.database.execute("""
                INSERT INTO leasehold.task (id, lane, priority, due_at, tenant, type, queue, concurrency_key)
                SELECT i, 1, 2, now() - interval '1 hour' + i * interval '1 ms',
                       CASE WHEN i % 10 = 0 THEN 'b' WHEN i % 25 = 1 THEN 'c' ELSE 'hog' END, 't',
                       CASE WHEN i = 26 THEN 'left' ELSE 'default' END, CASE WHEN i = 51 THEN 'busy' END
                FROM generate_series(1, 100) AS i
                """);
        Place place = new Place(fence(1), 2, Instant.EPOCH, 0, 90);
        OtherTenants.Wanted wanted = new OtherTenants.Wanted(
                List.of("t"), List.of(new Crowd("t", "hog")), List.of("busy"), Set.of("left"), Set.of(), 3, 100);

        OtherTenants.Seen seen = OtherTenants.look(connection, StoreFixture.NODE, List.of(place), wanted);

        assertThat(seen.ids())
                .as("3 of b, those of c that may start")
                .containsExactlyInAnyOrder(10L, 20L, 30L, 1L, 76L);
        OtherTenants.End end = seen.ends().get(0);
        assertThat(end).isNotNull();
        assertThat(end.id()).isEqualTo(90);
        assertThat(end.full()).isTrue();
        Place on = new Place(fence(1), 2, end.dueAt(), end.id(), 90);
        OtherTenants.Seen rest = OtherTenants.look(connection, StoreFixture.NODE, List.of(on), wanted);
        assertThat(rest.ids()).containsExactly(100L);
        assertThat(rest.ends()).allSatisfy(each -> assertThat(each.full()).isFalse());
        Place foreign = new Place(new LaneFence(1, 99, fence(1).token()), 2, Instant.EPOCH, 0, 90);
        assertThat(OtherTenants.look(connection, StoreFixture.NODE, List.of(foreign), wanted)
                        .ids())
                .isEmpty();
    }
}
