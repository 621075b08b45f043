package dev.leasehold.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Three nodes, two home lanes, messages that are lost, doubled and late, lanes that change hands, nodes that die: no limit is
 * ever exceeded by runs whose results count, and when the faults end, every task runs and every slot comes back.
 */
class SlotModelTest {

    private static final int LANES = 6;
    private static final Map<LimitKey, Integer> LIMITS = Map.of(
            new LimitKey(LimitKey.Kind.QUEUE, "mail"), 2,
            new LimitKey(LimitKey.Kind.TENANT, "acme"), 1,
            new LimitKey(LimitKey.Kind.TYPE, "send"), 3);

    private record Post(String to, Object message) {}

    /** The lane table, and what is on its way. */
    private static final class World {
        private final Random random;
        private final Map<String, Node> nodes = new TreeMap<>();
        private final String[] owners = new String[LANES];
        private final long[] epochs = new long[LANES];
        private final List<Post> posts = new ArrayList<>();
        private boolean faults = true;
        private int born;
        private long tasks;

        World(Random random) {
            this.random = random;
            for (int i = 0; i < 3; i++) {
                join();
            }
            for (int lane = 0; lane < LANES; lane++) {
                take(lane, anyNode());
            }
        }

        Node join() {
            Node node = new Node(this, "n" + ++born);
            nodes.put(node.name, node);
            return node;
        }

        Node anyNode() {
            return List.copyOf(nodes.values()).get(random.nextInt(nodes.size()));
        }

        Roster roster() {
            List<Roster.Place> places = new ArrayList<>();
            for (int lane = 0; lane < LANES; lane++) {
                places.add(new Roster.Place(lane, owners[lane], epochs[lane], null));
            }
            return new Roster(places);
        }

        /** At COMMIT; the old owner, where it lives, may learn of it later. */
        void take(int lane, Node by) {
            by.look(); // a node judges by a look, and with it notices first what it has lost itself
            Node old = owners[lane] == null ? null : nodes.get(owners[lane]);
            owners[lane] = by.name;
            epochs[lane]++;
            by.own(lane, epochs[lane]);
            if (old != null && old != by && (!faults || random.nextBoolean())) {
                old.look();
            }
        }

        void kill(Node node) {
            nodes.remove(node.name);
            for (int lane = 0; lane < LANES; lane++) {
                if (node.name.equals(owners[lane])) {
                    take(lane, anyNode());
                }
            }
        }

        void post(Post post) {
            if (!faults || random.nextInt(5) > 0) {
                posts.add(post);
            }
            if (faults && random.nextInt(5) == 0) {
                posts.add(post);
            }
        }

        void deliver() {
            if (posts.isEmpty()) {
                return;
            }
            Post post = posts.remove(faults ? random.nextInt(posts.size()) : 0);
            Node to = nodes.get(post.to());
            if (to != null) {
                to.receive(post);
            }
        }

        void check() {
            LIMITS.forEach((key, limit) -> {
                int running = 0;
                for (Node node : nodes.values()) {
                    running += (int) node.running.values().stream()
                            .filter(task -> node.accepted(task)
                                    && node.desk
                                            .about(task.queue(), task.tenant(), task.type())
                                            .contains(key))
                            .count();
                }
                assertThat(running).as("runs under way of %s", key).isLessThanOrEqualTo(limit);
            });
        }
    }

    private static final class Node {
        private final World world;
        private final String name;
        private final SlotDesk desk;
        private final SlotHomes homes = new SlotHomes();
        private final Map<Integer, Long> owned = new HashMap<>();
        private final List<DueTask> waiting = new ArrayList<>();
        private final Map<Long, DueTask> running = new TreeMap<>();
        private Roster roster = Roster.UNKNOWN;

        Node(World world, String name) {
            this.world = world;
            this.name = name;
            desk = new SlotDesk(name);
            desk.limits(LIMITS, List.of());
            homes.limits(LIMITS);
        }

        /** A run is of the lane and the epoch under which it started: its result counts as long as that holds. */
        boolean accepted(DueTask task) {
            return name.equals(world.owners[task.lane()]) && task.version() == world.epochs[task.lane()];
        }

        void own(int lane, long epoch) {
            owned.put(lane, epoch);
            homes.own(lane, epoch);
        }

        /** A heartbeat: what is lost is noticed before anything else. */
        void look() {
            roster = world.roster();
            for (Roster.Place place : roster.places()) {
                Long epoch = owned.get(place.lane());
                if (epoch != null && (!name.equals(place.owner()) || place.epoch() != epoch)) {
                    owned.remove(place.lane());
                    homes.lose(place.lane(), epoch);
                    waiting.removeIf(task -> task.lane() == place.lane());
                    if (owned.isEmpty()) {
                        desk.forget();
                    }
                }
            }
            homes.roster(roster);
            desk.roster(roster);
            send();
        }

        void enqueue() {
            if (owned.isEmpty()) {
                return;
            }
            List<Integer> lanes = List.copyOf(owned.keySet());
            int lane = lanes.get(world.random.nextInt(lanes.size()));
            waiting.add(task(
                    ++world.tasks,
                    lane,
                    world.random.nextBoolean() ? "mail" : "other",
                    world.random.nextInt(3) == 0 ? "acme" : "other",
                    world.random.nextBoolean() ? "send" : "other"));
        }

        void start() {
            for (DueTask task : List.copyOf(waiting)) {
                if (desk.inTheWay(task.queue(), task.tenant(), task.type()) == null) {
                    waiting.remove(task);
                    DueTask started = withEpoch(task, owned.getOrDefault(task.lane(), 0L));
                    running.put(task.id(), started);
                    desk.taken(started);
                }
            }
            want();
        }

        void end() {
            if (!running.isEmpty()) {
                DueTask task = List.copyOf(running.values()).get(world.random.nextInt(running.size()));
                running.remove(task.id());
                desk.ended(task);
            }
            start();
        }

        private void want() {
            Map<LimitKey, Integer> wanted = new HashMap<>();
            for (DueTask task : waiting) {
                for (LimitKey key : desk.about(task.queue(), task.tenant(), task.type())) {
                    wanted.merge(key, 1, Integer::sum);
                    if (desk.free(key) <= 0) {
                        break;
                    }
                }
            }
            desk.wanted(wanted);
            send();
        }

        void again() {
            send(desk.unsettled());
        }

        void send() {
            send(desk.news());
        }

        private void send(List<Ask> asks) {
            for (Ask ask : asks) {
                Roster.Place home = roster.home(ask.key());
                if (home != null && home.owner() != null) {
                    world.post(new Post(home.owner(), ask));
                }
            }
            homes.takeOut().forEach((to, all) -> all.forEach(told -> world.post(new Post(to, told))));
        }

        void receive(Post post) {
            if (post.message() instanceof Ask ask) {
                homes.ask(ask);
            } else if (post.message() instanceof Told told) {
                desk.told(told);
                start();
            }
            send();
        }
    }

    private static DueTask task(long id, int lane, String queue, String tenant, String type) {
        return task(id, lane, 0, queue, tenant, type);
    }

    private static DueTask withEpoch(DueTask task, long epoch) {
        return task(task.id(), task.lane(), epoch, task.queue(), task.tenant(), task.type());
    }

    private static DueTask task(long id, int lane, long epoch, String queue, String tenant, String type) {
        return new DueTask(
                id,
                lane,
                2,
                Instant.EPOCH,
                null,
                epoch,
                1,
                1,
                0,
                0,
                0,
                0,
                tenant,
                type,
                queue,
                null,
                null,
                "{}",
                null,
                null,
                null);
    }

    @Property(tries = 300)
    void neverExceedsALimitAndLosesNoSlot(@ForAll long seed) {
        Random random = new Random(seed);
        World world = new World(random);

        for (int i = 0; i < 600; i++) {
            step(world, random);
            world.check();
        }

        world.faults = false;
        int rounds = 0;
        while (!isDone(world) && rounds++ < 400) {
            world.nodes.values().forEach(Node::look);
            world.nodes.values().forEach(Node::again);
            while (!world.posts.isEmpty()) {
                world.deliver();
                world.check();
            }
            world.nodes.values().forEach(Node::end);
            world.check();
        }
        assertThat(world.nodes.values()).as("every task has run").allSatisfy(node -> {
            assertThat(node.waiting).isEmpty();
            assertThat(node.running).isEmpty();
        });
        assertSlotsAreBack(world);
    }

    private static void step(World world, Random random) {
        Node node = world.anyNode();
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> node.enqueue();
            case 4, 5 -> node.look();
            case 6 -> node.again();
            case 7, 8, 9 -> node.end();
            case 10, 11 -> node.start();
            case 12 -> {
                int what = random.nextInt(12);
                if (what == 0 && world.nodes.size() > 1) {
                    world.kill(node);
                } else if (what == 1 && world.nodes.size() < 4) {
                    world.join();
                } else if (what < 5) {
                    world.take(random.nextInt(LANES), node);
                }
            }
            default -> world.deliver();
        }
    }

    private static boolean isDone(World world) {
        return world.nodes.values().stream().allMatch(node -> node.waiting.isEmpty() && node.running.isEmpty());
    }

    private static void assertSlotsAreBack(World world) {
        for (int i = 0; i < 3; i++) {
            world.nodes.values().forEach(Node::look);
            world.nodes.values().forEach(Node::start);
            world.nodes.values().forEach(Node::again);
            while (!world.posts.isEmpty()) {
                world.deliver();
            }
        }
        for (LimitKey key : LIMITS.keySet()) {
            String home = world.owners[key.home(LANES)];
            assertThat(world.nodes.get(home))
                    .satisfies(node -> assertThat(node.homes.outstanding(key))
                            .as("slots out of %s", key)
                            .isEqualTo(0));
        }
    }
}
