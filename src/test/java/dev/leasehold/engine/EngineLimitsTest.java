package dev.leasehold.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.engine.TestHandlers.Text;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.store.RunLimits;
import dev.leasehold.task.LaneOf;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.task.TaskType;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Limits on runs at once that hold over all nodes, on real engines. */
class EngineLimitsTest {

    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int LANES = 32;

    private static final String REMOTE = """
            akka.actor.provider = cluster
            akka.actor.serialization-bindings { "dev.leasehold.cluster.RemoteMessage" = jackson-cbor }
            akka.remote.artery { transport = tcp, canonical { hostname = "127.0.0.1", port = 0 } }
            akka.cluster.jmx.enabled = off
            """;

    /** Counts who is inside; each leaves with one permit. */
    private static final class Busy implements TaskHandler<Text> {
        private final AtomicInteger inside = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final Semaphore leave = new Semaphore(0);

        @Override
        public TaskType<Text> type() {
            return TaskType.of("busy", Text.class).concurrency(20);
        }

        @Override
        public Outcome run(Text payload, TaskContext context) throws Exception {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            try {
                leave.acquire();
            } finally {
                inside.decrementAndGet();
            }
            return Outcome.success();
        }
    }

    private static TaskSpec busy(String queue) {
        return TaskSpec.of("busy", new Text("x")).queue(queue);
    }

    private static void limit(EngineFixture node, String kind, String name, int most) {
        node.read(connection -> RunLimits.set(connection, kind, name, most, "a person"));
    }

    private static Obstacle obstacle(EngineFixture node, long task) {
        return EngineFixture.get(
                node.engine().obstacle(node.task(task).orElseThrow()).toCompletableFuture());
    }

    @Test
    void startsNoMoreThanTheLimitLetsOthersPassAndSaysWhy() {
        Busy busy = new Busy();
        EngineFixture node = EngineFixture.start("", List.of(busy)).awaitReady();
        limit(node, "queue", "narrow", 2);
        limit(node, "tenant", "acme", 1);
        List<Long> narrow = node
                .create(IntStream.range(0, 300).mapToObj(i -> busy("narrow")).toList())
                .stream()
                .map(created -> created.id())
                .toList();
        await().atMost(LONG).until(() -> busy.inside.get() >= 2);

        // More wait than memory is to hold of them; this one came last.
        long other = node.create(busy("wide").tenant("acme"));

        await().atMost(LONG).until(() -> busy.inside.get() == 3);
        assertThat(narrow)
                .filteredOn(id -> obstacle(node, id).kind() == Obstacle.Kind.RUNNING)
                .hasSize(2);
        Obstacle why = obstacle(node, narrow.get(299));
        assertThat(why.kind()).isEqualTo(Obstacle.Kind.LIMIT_REACHED);
        assertThat(why.message()).contains("queue narrow", "2");
        assertThat(obstacle(node, other).kind()).isEqualTo(Obstacle.Kind.RUNNING);
        long another = node.create(busy("wide").tenant("acme"));
        await().atMost(LONG).until(() -> obstacle(node, another).kind() == Obstacle.Kind.LIMIT_REACHED);

        busy.leave.release(302);

        await().atMost(LONG)
                .until(() -> node.count("SELECT count(*) FROM leasehold.run WHERE outcome = 'success'") == 302);
        assertThat(busy.most.get()).isLessThanOrEqualTo(3);
        node.stop();
    }

    @Test
    void startsMoreAsSoonAsALimitIsLifted() {
        Busy busy = new Busy();
        EngineFixture node = EngineFixture.start("", List.of(busy));
        limit(node, "type", "busy", 1);
        node.awaitReady();
        node.create(IntStream.range(0, 5).mapToObj(i -> busy("any")).toList());
        await().atMost(LONG).until(() -> busy.inside.get() == 1);

        limit(node, "type", "busy", 3);
        await().atMost(LONG).until(() -> busy.inside.get() == 3);
        node.read(connection -> RunLimits.remove(connection, "type", "busy"));
        await().atMost(LONG).until(() -> busy.inside.get() == 5);

        busy.leave.release(5);
        node.stop();
    }

    @Tag("long")
    @Test
    void holdsOverTwoNodesAndOverTheDeathOfTheOneThatHandsTheSlotsOut() {
        Busy atHome = new Busy();
        Busy away = new Busy();
        EngineFixture home = EngineFixture.start(REMOTE, List.of(atHome)).awaitReady();
        limit(home, "queue", "narrow", 3);
        EngineFixture other =
                EngineFixture.on(home.database(), REMOTE, List.of(away)).awaitReady();
        int lane = LaneOf.name("narrow", LANES);
        home.execute("UPDATE leasehold.lane SET owner = '" + other.incarnation()
                + "', epoch = epoch + 1, token = gen_random_uuid() WHERE no % 2 <> " + lane % 2);
        await().atMost(LONG)
                .until(() -> home.engine().status().owned().size() == LANES / 2
                        && other.engine().status().owned().size() == LANES / 2);
        home.create(IntStream.range(0, 60).mapToObj(i -> busy("narrow")).toList());

        for (int i = 0; i < 20; i++) {
            await().atMost(LONG).until(() -> atHome.inside.get() + away.inside.get() == 3);
            (away.inside.get() > 0 && i % 2 == 0 ? away : atHome.inside.get() > 0 ? atHome : away).leave.release();
            await().atMost(LONG).until(() -> atHome.inside.get() + away.inside.get() <= 3);
        }
        await().atMost(LONG).until(() -> atHome.inside.get() > 0 && away.inside.get() > 0);
        assertThat(atHome.inside.get() + away.inside.get()).isLessThanOrEqualTo(3);

        home.close();

        await().atMost(LONG).until(() -> away.inside.get() == 3);
        away.leave.release(100);
        await().atMost(LONG)
                .until(() -> other.count("SELECT count(*) FROM leasehold.run WHERE outcome = 'success'") == 60);
        assertThat(away.most.get()).isEqualTo(3);
        assertThat(other.count("SELECT count(DISTINCT node) FROM leasehold.run WHERE outcome = 'success'"))
                .isEqualTo(2);
        atHome.leave.release(100);
        other.stop();
    }
}
