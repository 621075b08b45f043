package dev.leasehold.lease.chaos;

import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.chaos.Event.Kind;
import dev.leasehold.testing.MovableClock;
import dev.leasehold.testing.OwnPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes trouble for a while, then lets everything come to rest, again and again. */
final class Troubles implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Troubles.class);

    private static final int NOISE_MILLIS = 6_000;
    private static final Duration REST = Duration.ofSeconds(5);

    /** What comes after the last restart must still be seen. */
    private static final long RESTART_AND_RETURN = TimeUnit.SECONDS.toNanos(14);

    private static final long FAILURES_APART = TimeUnit.SECONDS.toNanos(7);

    private final Scene scene;
    private final OwnPostgres server;
    private final Observer observer;
    private final MovableClock clock;
    private final SplittableRandom random;
    private final AtomicLong ids = new AtomicLong();
    private final Map<PoolName, Long> failedAt = new EnumMap<>(PoolName.class);

    Troubles(Scene scene, OwnPostgres server, Observer observer, MovableClock clock, SplittableRandom random) {
        this.scene = scene;
        this.server = server;
        this.observer = observer;
        this.clock = clock;
        this.random = random;
    }

    @Override
    public void run() {
        while (!scene.isOver()) {
            observer.measure();
            if (scene.pause(REST)) {
                return;
            }
            observer.measure();
            long until = System.nanoTime() + Duration.ofMillis(NOISE_MILLIS).toNanos();
            setClock();
            failGuardian();
            if (scene.remaining() > RESTART_AND_RETURN) {
                restartServer();
            }
            while (System.nanoTime() - until < 0 && !scene.isOver()) {
                make();
                scene.pause(Duration.ofMillis(100 + random.nextInt(300)));
            }
        }
    }

    private void make() {
        switch (random.nextInt(8)) {
            case 0, 1 -> trouble("slow", 300, 1_500, on -> scene.proxy.delay(Duration.ofMillis(on ? 40 : 0)));
            case 2 -> trouble("cut", 1, 2, on -> scene.proxy.cutAll());
            case 3 -> trouble("black hole", 300, 2_500, scene.proxy::blackHole);
            case 4 -> trouble("dead wire", 300, 1_800, scene.proxy::stall);
            case 5 -> trouble("terminate", 1, 2, on -> terminateSome());
            case 6 -> setClock();
            default -> failGuardian();
        }
    }

    private interface Switch {
        void turn(boolean on);
    }

    private void trouble(String what, int least, int most, Switch trouble) {
        long id = ids.incrementAndGet();
        scene.history.add(Kind.TROUBLE, what, 0, id, "");
        trouble.turn(true);
        scene.pause(Duration.ofMillis(least + random.nextInt(most - least)));
        trouble.turn(false);
        scene.history.add(Kind.CALM, what, 0, id, "");
    }

    private void restartServer() {
        long id = ids.incrementAndGet();
        scene.history.add(Kind.TROUBLE, "restart", 0, id, "");
        scene.history.add(Kind.SERVER_DOWN, "", 0, 0, "");
        server.stopNow();
        long down = micros();
        scene.pause(Duration.ofMillis(random.nextInt(1_500)));
        server.startAgain();
        scene.history.add(Kind.SERVER_UP, "", 0, micros(), Long.toString(down));
        scene.pause(Duration.ofMillis(2_500));
        scene.history.add(Kind.CALM, "restart", 0, id, "");
    }

    private static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private void terminateSome() {
        try {
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + scene.role
                    + "' AND random() < 0.4");
        } catch (SQLException e) {
            LOG.warn("nobody was terminated", e);
        }
    }

    private void setClock() {
        int seconds = random.nextBoolean() ? 3_600 : -3_600;
        clock.move(Duration.ofSeconds(seconds));
        scene.history.add(Kind.CLOCK_SET, "", 0, seconds, "");
    }

    /** A message that no guardian can work with. */
    @SuppressWarnings("NullAway") // on purpose
    private void failGuardian() {
        PoolName pool = random.nextInt(3) == 0 ? PoolName.PLATFORM : PoolName.USERDATA;
        // One that fails often waits longer before it comes back, and ten in a minute end the node.
        long now = System.nanoTime();
        if (now - failedAt.getOrDefault(pool, now - FAILURES_APART) < FAILURES_APART) {
            return;
        }
        failedAt.put(pool, now);
        scene.history.add(Kind.GUARDIAN_FAILED, pool.label(), 0, 0, "");
        scene.pools.guardian(pool).tell(new PoolGuardian.GetStatus(null));
    }
}
