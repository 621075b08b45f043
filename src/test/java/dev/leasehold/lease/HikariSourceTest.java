package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import dev.leasehold.lease.ledger.Epoch;
import dev.leasehold.testing.TestPostgres;
import dev.leasehold.testing.TestPostgres.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** HikariCP, as far as it is used: it opens for whoever has a permit, and neither queues nor opens by itself. */
@Tag("H23")
class HikariSourceTest {

    private static final int MAX = 3;
    private static final Duration CONNECT = Duration.ofSeconds(5);

    private final Database database = TestPostgres.freshDatabase();
    private final LeaseSettings lease = LeaseSettings.from(
            ConfigFactory.parseString("leasehold.pool.connect-timeout = " + CONNECT.toSeconds() + "s")
                    .withFallback(ConfigFactory.load())
                    .resolve());
    private final ServerAddress address = new ServerAddress(
            new DatabaseAddress(database.url(), database.user(), database.password()),
            lease,
            PoolName.USERDATA,
            "source",
            new Epoch());
    private final HikariSource source = new HikariSource(
            new PoolSettings(PoolName.USERDATA, 1, MAX - 1, Duration.ofMinutes(30), Duration.ofSeconds(30), 0),
            lease,
            address);
    private final List<ServerConnection> open = new ArrayList<>();
    private ServerFacts facts = new ServerFacts(0, "", "", false);

    @BeforeEach
    void learn() throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT current_setting('server_version_num')::int, pg_postmaster_start_time()::text")) {
            row.next();
            facts = new ServerFacts(row.getInt(1), row.getString(2), "", true);
        }
    }

    @AfterEach
    void close() {
        source.close();
    }

    private void openOne() throws Exception {
        long began = Ticker.SYSTEM.nanos();
        open.add(source.open(facts));
        // In a queue it would have stayed for three times the connect's limit.
        assertThat(Duration.ofNanos(Ticker.SYSTEM.nanos() - began)).isLessThan(CONNECT.multipliedBy(2));
    }

    private int backends() throws Exception {
        try (Connection connection = TestPostgres.superuser();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'leasehold:source:%' AND"
                                + " usename = '" + database.user() + "'")) {
            row.next();
            return row.getInt(1);
        }
    }

    @Test
    void whoHasAPermitIsServedWithoutAQueueUpToTheLastOne() throws Exception {
        for (int no = 0; no < MAX; no++) {
            openOne();
        }

        assertThat(open).extracting(ServerConnection::pid).doesNotHaveDuplicates();
        assertThat(backends()).isEqualTo(MAX);
    }

    @Test
    void whatWasForgottenMakesRoomForAnother() throws Exception {
        for (int no = 0; no < MAX; no++) {
            openOne();
        }
        for (int no = 0; no < 4; no++) {
            ServerConnection gone = open.remove(0);
            gone.raw().close();
            source.forget(gone);

            openOne();
        }

        assertThat(open).hasSize(MAX);
    }

    @Test
    void nothingIsOpenedThatNobodyWaitsFor() throws Exception {
        openOne();
        ServerConnection gone = open.remove(0);
        gone.raw().close();
        source.forget(gone);

        // As long as HikariCP would need to fill up again.
        await().until(() -> backends() == 0);
        await().during(Duration.ofMillis(200)).until(() -> backends() == 0);
    }
}
