package dev.leasehold.lease.chaos;

import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.lease.chaos.Event.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What owners do under a lease: some of it well, most of it badly. */
final class Deeds {

    private static final Logger LOG = LoggerFactory.getLogger(Deeds.class);

    /** A hold for which the server's limit comes well before the lease's. */
    static final long LONG_HOLD = 2_000;

    private static final int BIG = 3_000_000;

    private static final String SESSION = """
            SELECT current_setting('search_path') || ' ' || (current_user = session_user)
                || ' ' || current_setting('default_transaction_isolation')
                || ' ' || (current_setting('application_name') LIKE 'leasehold:%')
                || ' ' || (SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND pg_table_is_visible(oid)
                           AND relkind = 'r')
                || ' ' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())
                || ' ' || (SELECT count(*) FROM pg_listening_channels())
                || ' ' || (SELECT count(*) FROM pg_cursors WHERE is_holdable)
            """;

    private static final String LIKE_NEW = "true \"$user\", public true read committed true 0 0 0 0";

    private static final String DIRT = """
            SET search_path = pg_catalog; SET application_name = 'mine'; SET lock_timeout = 77;
            SET default_transaction_isolation = 'serializable';
            CREATE TEMP TABLE leftover (a int); SELECT pg_advisory_lock(%d); LISTEN somewhere
            """;

    private static final String INSERT = "INSERT INTO chaos_row (call, lease) VALUES (?, ?)";

    private static final String BIG_INSERT = "INSERT INTO chaos_row (call, lease, size) VALUES (?, ?, length(?))";

    /** Something done with a lease. */
    private interface Deed {
        void of(Hand hand) throws Exception;
    }

    private final Scene scene;
    private final SplittableRandom random;

    Deeds(Scene scene, SplittableRandom random) {
        this.scene = scene;
        this.random = random;
    }

    /** One of them, drawn; to be run on a thread that may block. */
    Runnable choose(Hand hand, long holdMillis) {
        Deed deed = draw(holdMillis);
        return () -> {
            try {
                deed.of(hand);
            } catch (Exception | AssertionError e) {
                LOG.trace("as it goes", e);
            }
            Thread.interrupted(); // what a deed left is not the next one's business
        };
    }

    private Deed draw(long hold) {
        if (hold == LONG_HOLD && random.nextInt(2) == 0) {
            return hand -> overrunByLimit(hand, hold);
        }
        int dice = random.nextInt(100);
        if (dice < 30) {
            return this::read;
        } else if (dice < 45) {
            return this::write;
        } else if (dice < 57) {
            return hand -> transaction(hand, false);
        } else if (dice < 63) {
            return hand -> transaction(hand, true);
        } else if (dice < 69) {
            return hand -> overrunInRead(hand, hold);
        } else if (dice < 76) {
            return hand -> overrunInWrite(hand, hold);
        } else if (dice < 79) {
            return this::bigWrite;
        } else if (dice < 81) {
            return hand -> hand.scene.history.written(); // a leak: nothing is ever called
        } else if (dice < 85) {
            return hand -> leakAndGoOn(hand, hold);
        } else if (dice < 90) {
            return this::releaseTwice;
        } else {
            return dice < 95 ? this::leaveDirt : this::useLate;
        }
    }

    private void read(Hand hand) throws Exception {
        hand.run(connection -> {
            hand.call("session", () -> look(hand, connection));
            int times = 1 + random.nextInt(5);
            for (int no = 0; no < times; no++) {
                int asleep = random.nextInt(20);
                hand.call("read", () -> execute(connection, "SELECT pg_sleep(" + asleep / 1000.0 + ")"));
            }
            return true;
        });
    }

    private void look(Hand hand, Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SESSION)) {
            row.next();
            String found = connection.getAutoCommit() + " " + row.getString(1);
            scene.history.add(Kind.SESSION, "", hand.key, 0, LIKE_NEW + " IS " + found);
        }
    }

    private void write(Hand hand) throws Exception {
        hand.run(connection -> {
            int times = 1 + random.nextInt(4);
            for (int no = 0; no < times; no++) {
                long id = scene.nextCall();
                hand.call("write", id, () -> insert(connection, INSERT, id, hand.key, null));
            }
            return true;
        });
    }

    private void transaction(Hand hand, boolean loseTheAnswer) throws Exception {
        long id = scene.nextCall();
        hand.call(
                "write in transaction",
                id,
                () -> hand.inTransaction(connection -> {
                    hand.call("insert", () -> insert(connection, INSERT, id, hand.key, null));
                    if (loseTheAnswer) {
                        hand.call(
                                "port", () -> scene.proxy.link(port(connection)).dropNextAnswer());
                    }
                    return true;
                }));
    }

    private static int port(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT inet_client_port()")) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Without the server's limit, so that the guardian has to act. */
    private void overrunInRead(Hand hand, long hold) throws Exception {
        hand.run(connection -> {
            hand.call("lift the limit", () -> execute(connection, "SET statement_timeout = 0"));
            hand.call("overrun", () -> execute(connection, "SELECT pg_sleep(" + (hold + 700) / 1000.0 + ")"));
            return true;
        });
    }

    private void overrunInWrite(Hand hand, long hold) throws Exception {
        long id = scene.nextCall();
        hand.run(connection -> {
            hand.call("lift the limit", () -> execute(connection, "SET statement_timeout = 0"));
            String sql = "INSERT INTO chaos_row (call, lease) SELECT " + id + ", " + hand.key
                    + " FROM (SELECT pg_sleep(" + (hold + random.nextInt(700)) / 1000.0 + ")) AS asleep";
            hand.call("write late", id, () -> execute(connection, sql));
            return true;
        });
    }

    private void overrunByLimit(Hand hand, long hold) throws Exception {
        hand.run(connection -> {
            hand.call("overrun by limit", () -> execute(connection, "SELECT pg_sleep(" + hold / 500.0 + ")"));
            return true;
        });
    }

    /** Long enough to be stuck in the write when the wire is dead. */
    private void bigWrite(Hand hand) throws Exception {
        long id = scene.nextCall();
        hand.run(connection -> {
            hand.call("write much", id, () -> insert(connection, BIG_INSERT, id, hand.key, new byte[BIG]));
            return true;
        });
    }

    /** Holds a transaction and computes; swallows what it is told and tries again and again. */
    private void leakAndGoOn(Hand hand, long hold) throws Exception {
        hand.run(connection -> {
            hand.call("autocommit off", () -> connection.setAutoCommit(false));
            long id = scene.nextCall();
            hand.call("insert", id, () -> insert(connection, INSERT, id, hand.key, null));
            pauseThroughInterrupts(Duration.ofMillis(hold + 300));
            for (int no = 0; no < 5; no++) {
                long again = scene.nextCall();
                try {
                    hand.call("go on", again, () -> insert(connection, INSERT, again, hand.key, null));
                } catch (Exception e) {
                    LOG.trace("goes on all the same", e);
                }
            }
            return true;
        });
    }

    private static void pauseThroughInterrupts(Duration length) {
        CountDownLatch never = new CountDownLatch(1);
        long until = System.nanoTime() + length.toNanos();
        while (System.nanoTime() - until < 0) {
            try {
                never.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                LOG.trace("swallowed, as bad code does", e);
            }
        }
    }

    private void releaseTwice(Hand hand) throws Exception {
        read(hand);
        hand.lease.release();
        PoolName pool = hand.key % 2 == 1 ? PoolName.PLATFORM : PoolName.USERDATA;
        scene.pools.guardian(pool).tell(new PoolGuardian.Release(hand.lease.id()));
    }

    private void leaveDirt(Hand hand) throws Exception {
        boolean inTransaction = random.nextBoolean();
        hand.run(connection -> {
            hand.call("dirt", () -> execute(connection, DIRT.formatted(hand.key)));
            if (inTransaction) {
                hand.call("begin", () -> execute(connection, "BEGIN"));
                hand.call("in SQL", () -> execute(connection, "DECLARE c CURSOR WITH HOLD FOR SELECT 1"));
            }
            return true;
        });
    }

    private void useLate(Hand hand) throws Exception {
        Connection[] kept = new Connection[1];
        SqlWork<Object> keep = connection -> {
            kept[0] = connection;
            hand.call("read", () -> execute(connection, "SELECT 1"));
            return true;
        };
        hand.run(keep);
        for (int no = 0; no < 3; no++) {
            long id = scene.nextCall();
            try {
                hand.call("write late", id, () -> insert(kept[0], INSERT, id, hand.key, null));
            } catch (RuntimeException e) {
                LOG.trace("refused", e);
            }
        }
    }

    private static void insert(
            Connection connection, String sql, long call, long lease, byte @org.jspecify.annotations.Nullable [] much)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, call);
            statement.setLong(2, lease);
            if (much != null) {
                statement.setBytes(3, much);
            }
            statement.executeUpdate();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
