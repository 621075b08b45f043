package dev.leasehold.lease.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.Pools;
import dev.leasehold.testing.TestPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases are taken back in the middle of statements, again and again, beside neighbours on the same pool who must never see
 * a cancel that was meant for somebody else. {@code -Dleasehold.chaos.revocations} is how many, {@code
 * -Dleasehold.chaos.revocation-seconds} for how long at most.
 */
@Tag("long")
class RevocationHuntTest {

    private static final Logger LOG = LoggerFactory.getLogger(RevocationHuntTest.class);

    private static final long REVOCATIONS = Long.getLong("leasehold.chaos.revocations", 10_000);
    private static final long SECONDS = Long.getLong("leasehold.chaos.revocation-seconds", 15);
    private static final int VICTIMS = 4;
    private static final int NEIGHBOURS = 2;
    private static final Duration LONG = Duration.ofSeconds(30);

    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong revoked = new AtomicLong();
    private final AtomicLong statements = new AtomicLong();
    private final Queue<String> strays = new ConcurrentLinkedQueue<>();

    @Test
    @Tag("H10")
    @Tag("P4")
    @Tag("P6")
    void neighboursNeverSeeACancelThatWasMeantForOthers() throws Exception {
        TestPostgres.Database database = TestPostgres.freshDatabase();
        database.execute("CREATE TABLE mark (victim bigint)");
        long began = System.nanoTime();
        try (PlainPools plain = new PlainPools(database, """
                leasehold {
                  pool { hold = 10s, stack-sample-every = 0 }
                  userdata-pool { size = 6, max-overflow = 0 }
                }
                """)) {
            List<Thread> threads = new ArrayList<>();
            for (int no = 0; no < VICTIMS; no++) {
                SplittableRandom random = new SplittableRandom(no);
                threads.add(start("victim-" + no, () -> victim(plain.pools(), random)));
            }
            for (int no = 0; no < NEIGHBOURS; no++) {
                threads.add(start("neighbour-" + no, () -> neighbour(plain.pools())));
            }
            await().atMost(Duration.ofSeconds(SECONDS + 5))
                    .until(() -> revoked.get() >= REVOCATIONS || System.nanoTime() - began > SECONDS * 1_000_000_000L);
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        long written = rows(database);
        String summary = revoked + " revocations in " + (System.nanoTime() - began) / 1_000_000_000 + " s beside "
                + statements + " statements of neighbours: " + strays.size() + " saw a stray cancel, " + written
                + " rows of revoked statements\n";
        Path file = Path.of("target", "chaos", "summary-revocations.txt");
        Files.createDirectories(file.getParent());
        Files.writeString(file, summary);
        LOG.info(summary);

        assertThat(strays).isEmpty();
        assertThat(written).isZero();
        assertThat(revoked.get()).isGreaterThan(20);
        assertThat(statements.get()).isGreaterThan(revoked.get());
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Overruns by less than it takes to write: its row must never be there. */
    private void victim(Pools pools, SplittableRandom random) {
        while (!over.get() && revoked.get() < REVOCATIONS) {
            Hold hold = Hold.atMost(Duration.ofMillis(10 + random.nextInt(30))).waitingAtMost(LONG);
            try {
                pools.leases()
                        .run(PoolName.USERDATA, LeaseClass.TASK, Holder.named("victim"), hold, connection -> {
                            String sleep = "pg_sleep(5)";
                            return execute(connection, "SET statement_timeout = 0")
                                    || execute(connection, "INSERT INTO mark SELECT 1 FROM " + sleep);
                        })
                        .toCompletableFuture()
                        .join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof LeaseException lease && lease.kind() == LeaseException.Kind.REVOKED) {
                    revoked.incrementAndGet();
                }
            }
        }
    }

    private void neighbour(Pools pools) {
        while (!over.get()) {
            try {
                pools.leases()
                        .run(
                                PoolName.USERDATA,
                                LeaseClass.TASK,
                                Holder.named("neighbour"),
                                Hold.atMost(LONG),
                                connection -> {
                                    for (int no = 0; no < 5; no++) {
                                        execute(connection, "SELECT pg_sleep(0.001)");
                                        statements.incrementAndGet();
                                    }
                                    return true;
                                })
                        .toCompletableFuture()
                        .join();
            } catch (CompletionException e) {
                strays.add(String.valueOf(e.getCause()));
            }
        }
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    private static long rows(TestPostgres.Database database) throws SQLException {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                java.sql.ResultSet row = statement.executeQuery("SELECT count(*) FROM mark")) {
            row.next();
            return row.getLong(1);
        }
    }
}
