package dev.leasehold.lease.chaos;

import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.chaos.Event.Kind;
import dev.leasehold.testing.OwnPostgres;
import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks on from outside: the server's backends over a connection past the proxy, the guardians' accounts, threads, heap. */
final class Observer implements AutoCloseable {

    private static final Duration BACKENDS_EVERY = Duration.ofMillis(20);
    private static final Duration LEDGER_EVERY = Duration.ofMillis(50);
    private static final Duration STACKS_EVERY = Duration.ofMillis(40);
    private static final Duration BEAT = Duration.ofMillis(5);
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(150);

    /** What a thread of actors must not be inside of. */
    private static final List<String> BLOCKING =
            List.of("org.postgresql.", "java.sql.", "com.zaxxer.", "sun.nio.ch.NioSocketImpl", "java.net.Socket");

    private static final String COUNT = """
            SELECT count(*) FILTER (WHERE application_name NOT LIKE '%:control'),
                count(*) FILTER (WHERE application_name LIKE '%:control')
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND usename = ?
            """;

    private static final String LEFT = """
            SELECT count(*) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND usename = ?
            """;

    private final Scene scene;
    private final OwnPostgres server;
    private final int budget;
    private final int controls;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final List<Thread> threads;

    Observer(Scene scene, OwnPostgres server, int budget, int controls) {
        this.scene = scene;
        this.server = server;
        this.budget = budget;
        this.controls = controls;
        this.threads = List.of(
                start("backends", this::countBackends),
                start("ledger", () -> every(LEDGER_EVERY, this::askLedgers)),
                start("stacks", () -> every(STACKS_EVERY, this::lookAtStacks)),
                start("pauses", this::findPauses));
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, "chaos-observer-" + name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private boolean rest(Duration length) {
        try {
            return stop.await(length.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return true;
        }
    }

    private void every(Duration pause, Runnable look) {
        while (!rest(pause)) {
            look.run();
        }
    }

    private void countBackends() {
        while (!rest(BACKENDS_EVERY)) {
            try (Connection connection = server.superuser();
                    PreparedStatement count = connection.prepareStatement(COUNT)) {
                count.setString(1, scene.role);
                while (!rest(BACKENDS_EVERY)) {
                    countOnce(count);
                }
            } catch (SQLException e) {
                rest(BACKENDS_EVERY); // the server is away
            }
        }
    }

    private void countOnce(PreparedStatement count) throws SQLException {
        try (ResultSet row = count.executeQuery()) {
            row.next();
            scene.history.add(Kind.BACKENDS, "pools", 0, row.getInt(1), Integer.toString(budget));
            scene.history.add(Kind.BACKENDS, "control", 0, row.getInt(2), Integer.toString(controls));
        }
    }

    private void askLedgers() {
        for (PoolName pool : PoolName.values()) {
            scene.pools.status(pool).whenComplete((status, failure) -> {
                if (status != null && !stopped()) {
                    int all = status.checkedIn()
                            + status.checkedOut()
                            + status.opening()
                            + status.cleaning()
                            + status.retiring();
                    scene.history.add(
                            Kind.LEDGER,
                            pool.label(),
                            0,
                            all,
                            status.max() + " " + status.granted() + " " + status.ended() + " " + status.checkedOut());
                }
            });
        }
    }

    private boolean stopped() {
        return stop.getCount() == 0;
    }

    private void lookAtStacks() {
        int looked = 0;
        StringBuilder found = new StringBuilder();
        Map<Thread, StackTraceElement[]> threads = Thread.getAllStackTraces();
        countOpeners(threads.entrySet());
        for (Map.Entry<Thread, StackTraceElement[]> each : threads.entrySet()) {
            if (each.getKey().getName().contains("dispatcher")) {
                looked++;
                for (StackTraceElement frame : each.getValue()) {
                    if (BLOCKING.stream().anyMatch(frame.getClassName()::startsWith)) {
                        found.append(each.getKey().getName())
                                .append(" in ")
                                .append(frame)
                                .append("; ");
                    }
                }
            }
        }
        scene.history.add(Kind.STACKS, "", 0, looked, found.toString());
    }

    private void countOpeners(Collection<Map.Entry<Thread, StackTraceElement[]>> threads) {
        for (PoolName pool : PoolName.values()) {
            String chore = "leasehold-chore-" + pool.label();
            long openers = threads.stream()
                    .filter(each -> each.getKey().getName().startsWith(chore))
                    .filter(each -> Stream.of(each.getValue())
                            .anyMatch(frame -> frame.getClassName().endsWith("HikariSource")
                                    && frame.getMethodName().equals("open")))
                    .count();
            scene.history.add(Kind.OPENERS, pool.label(), 0, openers, "");
        }
    }

    private void findPauses() {
        long before = System.nanoTime();
        while (!rest(BEAT)) {
            long now = System.nanoTime();
            if (now - before > PAUSE) {
                scene.history.add(Kind.PAUSE, "", 0, now - before, "");
            }
            before = now;
        }
    }

    /** Collects garbage first. */
    void measure() {
        System.gc();
        long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        long threads = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("leasehold-"))
                .count();
        scene.history.add(Kind.SIZE, "", 0, used, Long.toString(threads));
    }

    /** Backends of the node's role that stand now. */
    int left() {
        try (Connection connection = server.superuser();
                PreparedStatement count = connection.prepareStatement(LEFT)) {
            count.setString(1, scene.role);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                return row.getInt(1);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
