package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Why the fence has the form that it has: an old owner completes while its lane is being taken over, with the fence as it
 * is and with the forms that look as good. Those let it through, here as well.
 */
@Tag("A2")
class FenceTrapsTest {

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FOR SHARE OF l     | 0",
                "                   | 1",
                "FOR KEY SHARE OF l | 1",
            })
    void letsAnOldOwnerThroughUnlessTheLockIsForShare(String lock, int written) throws Exception {
        StoreFixture.insert(connection, StoreFixture.task("t"));
        DueTask read = StoreFixture.due(connection).get(0);
        LaneFence mine = StoreFixture.fences(connection).stream()
                .filter(fence -> fence.lane() == read.lane())
                .findFirst()
                .orElseThrow();
        try (Connection taker = store.connect()) {
            taker.setAutoCommit(false);
            StoreFixture.take(taker, mine.lane(), mine.epoch(), "node-b", true);

            CompletableFuture<Integer> old = CompletableFuture.supplyAsync(() -> delete(mine, read, lock));
            // Either it waits for the take-over, or it is through before the take-over commits.
            try (Connection observer = store.connect()) {
                Awaitility.await()
                        .until(() -> old.isDone()
                                || StoreFixture.count(
                                                observer,
                                                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                                        + " AND datname = current_database()")
                                        == 1);
            }
            taker.commit();

            assertThat(old.get(10, TimeUnit.SECONDS)).isEqualTo(written);
        }
    }

    /** The heart of the completing statement, with a lock of choice. */
    private int delete(LaneFence fence, DueTask task, String lock) {
        String sql = """
                WITH fence AS MATERIALIZED (
                    SELECT l.no FROM leasehold.lane l
                    WHERE l.no = ? AND l.owner = ? AND l.epoch = ? AND l.token = ?
                    ORDER BY l.no %s
                )
                DELETE FROM leasehold.task t USING fence WHERE t.lane = fence.no AND t.id = ? RETURNING t.id
                """.formatted(lock == null ? "" : lock);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setInt(1, fence.lane());
            statement.setString(2, StoreFixture.NODE);
            statement.setLong(3, fence.epoch());
            statement.setObject(4, fence.token());
            statement.setLong(5, task.id());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? 1 : 0;
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }
}
