package dev.leasehold.lease.chaos;

import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import dev.leasehold.lease.DatabaseAddress;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.lease.Pools;
import dev.leasehold.lease.chaos.Event.Asked;
import dev.leasehold.lease.chaos.Event.Kind;
import dev.leasehold.testing.MovableClock;
import dev.leasehold.testing.OwnPostgres;
import dev.leasehold.testing.TcpProxy;
import dev.leasehold.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** One run: two pools over a proxy to a server of their own, owners, troubles, an observer; and the history of it. */
final class ChaosRun {

    private static final int OWNERS = 24;
    private static final Duration REST_LIMIT = Duration.ofSeconds(40);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(15);
    private static final int CONTROLS = 2;

    private static final String SETTINGS = """
            leasehold {
              pool {
                hold = 3s, hard-cap = 10s, leak-in-transaction = 1s, leak-outside = 2s, server-grace = 1s, linger = 1s
                cancel-timeout = 1s, connect-timeout = 2s, stack-sample-every = 1
              }
              platform-pool { size = 2, max-overflow = 1, reserved = 1, recycle = 5s }
              userdata-pool { size = 2, max-overflow = 4, reserved = 1, recycle = 5s }
            }
            """;

    private static final String ROWS = """
            SELECT call, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint FROM chaos_row
            """;

    private final OwnPostgres server;
    private final Database database;
    private final boolean tls;
    private final SplittableRandom random;
    private final Path file;

    ChaosRun(OwnPostgres server, boolean tls, long seed, Path file) throws SQLException {
        this.server = server;
        this.database = server.freshDatabase();
        this.tls = tls;
        this.random = new SplittableRandom(seed);
        this.file = file;
    }

    /** Makes the history. */
    Path play(Duration length) throws Exception {
        database.execute("CREATE TABLE chaos_row (call bigint, lease bigint, size bigint)");
        MovableClock clock = new MovableClock();
        try (History history = new History(file);
                TcpProxy proxy = new TcpProxy(server.port());
                PlainPools plain = startPools(proxy, clock)) {
            Pools pools = plain.pools();
            ActorTestKit kit = plain.kit();
            for (PoolName pool : PoolName.values()) {
                pools.ready(pool, REST_LIMIT).toCompletableFuture().join();
            }
            Scene scene = new Scene(pools, history, proxy, "chaos", database.user(), length);
            for (PoolName pool : PoolName.values()) {
                scene.recorders.put(pool, kit.spawn(Recorder.create(pool, scene), "recorder-" + pool.label()));
            }
            play(scene, kit, clock, length);
        }
        return file;
    }

    private void play(Scene scene, ActorTestKit kit, MovableClock clock, Duration length) throws Exception {
        int budget = 0;
        for (PoolName pool : PoolName.values()) {
            budget += status(scene, pool).max();
        }
        try (Observer observer = new Observer(scene, server, budget, CONTROLS)) {
            ActorRef<Crowd.Leave> crowd = kit.spawn(Crowd.create(scene, OWNERS, random.split()), "crowd");
            Thread troubles =
                    new Thread(new Troubles(scene, server, observer, clock, random.split()), "chaos-troubles");
            troubles.start();
            scene.pause(length);
            scene.end();
            troubles.join();
            leave(scene, kit, crowd);
            observer.measure();
            for (PoolName pool : PoolName.values()) {
                leaseAll(scene, kit, pool);
            }
            noteRows(scene);
            scene.pools.close(Duration.ofSeconds(1)).toCompletableFuture().join();
            await().atMost(CLOSE_LIMIT).pollInterval(Duration.ofMillis(50)).until(() -> observer.left() == 0);
            scene.history.add(Kind.CLOSED, "", 0, observer.left(), "");
        } finally {
            scene.close();
        }
    }

    private PlainPools startPools(TcpProxy proxy, MovableClock clock) {
        String url = database.url().replace(":" + server.port() + "/", ":" + proxy.port() + "/") + "?sslmode="
                + (tls ? "require" : "disable");
        return new PlainPools(new DatabaseAddress(url, database.user(), database.password()), SETTINGS, clock);
    }

    private static PoolStatus status(Scene scene, PoolName pool) {
        return scene.pools
                .status(pool)
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    private static void leave(Scene scene, ActorTestKit kit, ActorRef<Crowd.Leave> crowd) {
        TestProbe<String> probe = kit.createTestProbe(String.class);
        crowd.tell(Crowd.Leave.INSTANCE);
        probe.expectTerminated(crowd, REST_LIMIT);
        await().atMost(REST_LIMIT)
                .pollInterval(Duration.ofMillis(100))
                .ignoreException(CompletionException.class)
                .until(() -> {
                    for (PoolName pool : PoolName.values()) {
                        PoolStatus status = status(scene, pool);
                        if (status.checkedOut() + status.retiring() + status.waiting() + status.opening() > 0) {
                            return false;
                        }
                    }
                    return true;
                });
    }

    /** All permits at once, by the class that may have all. */
    private static void leaseAll(Scene scene, ActorTestKit kit, PoolName pool) {
        int permits = status(scene, pool).max();
        TestProbe<ChaosOwner.Command> owner = kit.createTestProbe("census-" + pool.label(), ChaosOwner.Command.class);
        List<LeaseEvent.Granted> granted = new ArrayList<>();
        for (int no = 0; no < permits; no++) {
            long request = PoolGuardian.nextRequestId();
            Asked what = new Asked(pool.label(), LeaseClass.CONTROL.name(), "", 9_000, 15_000);
            String name = owner.getRef().path().name();
            scene.askers.put(request, owner.getRef());
            scene.history.add(Kind.ASKED, name, 0, request, what.text());
            scene.pools
                    .guardian(pool)
                    .tell(new PoolGuardian.Acquire(
                            request,
                            owner.getRef(),
                            0,
                            scene.recorder(pool),
                            LeaseClass.CONTROL,
                            Hold.atMost(Duration.ofMillis(what.holdMillis())),
                            Holder.named(name),
                            "",
                            Duration.ofMillis(what.waitMillis())));
            scene.history.add(Kind.TOLD, name, 0, request, "");
        }
        for (int no = 0; no < permits; no++) {
            ChaosOwner.Heard heard = owner.expectMessageClass(ChaosOwner.Heard.class, Duration.ofSeconds(20));
            if (heard.event() instanceof LeaseEvent.Granted each && each.lease().claim()) {
                granted.add(each);
            }
        }
        scene.history.add(Kind.CAPACITY, pool.label(), 0, granted.size(), Integer.toString(permits));
        granted.forEach(each -> new Hand(scene, pool.label(), each.lease()).release());
        await().until(() -> status(scene, pool).checkedOut() == 0);
    }

    private void noteRows(Scene scene) throws SQLException {
        String name = database.url().replaceFirst(".*/", "");
        try (Connection connection = server.superuser(name);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(ROWS)) {
            while (rows.next()) {
                scene.history.add(Kind.ROW, "", 0, rows.getLong(1), Long.toString(rows.getLong(2)));
            }
        }
    }
}
