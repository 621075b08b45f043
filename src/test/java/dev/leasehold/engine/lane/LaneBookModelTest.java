package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.OtherTenants;
import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Random interleavings of enqueues, late commits, reads that see the table as it was, starts, ends, changes of ownership:
 * nothing runs twice at once, nothing runs without being due, and in the end everything has run.
 */
class LaneBookModelTest {

    private static final int BACKLOG = 200;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    /** A table of tasks with versions, of which reads see a snapshot. */
    private static final class Table {
        private final Map<Long, DueTask> rows = new TreeMap<>();
        private Instant now = START;
        private long ids;
        private final boolean keyed;

        Table(boolean keyed) {
            this.keyed = keyed;
        }

        DueTask insert(Random random, Instant due) {
            long id = ++ids;
            int lane = (int) (id % 2);
            String key = keyed || random.nextInt(3) == 0 ? "k" + random.nextInt(2) : null;
            String type = random.nextBoolean() ? "a" : "b";
            DueTask row = row(id, key == null ? lane : 0, random.nextInt(4), due, 1, type, key);
            rows.put(id, row);
            return row;
        }

        List<DueTask> snapshot() {
            return new ArrayList<>(rows.values());
        }
    }

    private static DueTask row(
            long id, int lane, int priority, Instant due, long version, String type, @Nullable String key) {
        // Those of a backlog, which come first, are of one tenant.
        String tenant = id <= BACKLOG ? "hog" : "t" + id % 3;
        return new DueTask(
                id, lane, priority, due, version, 1, 1, 0, 0, 0, tenant, type, null, key, "{}", null, null, null);
    }

    private static final class Node {
        private final Table table;
        private final Random random;
        private final LaneBook book = new LaneBook(Map.of("a", 2, "b", 50), 40).slowPiecesOf(3);
        private final Map<Long, Ready> running = new HashMap<>();
        private final Set<String> runningKeys = new HashSet<>();
        private final List<Ready> lost = new ArrayList<>();
        private final List<Runnable> lateCommits = new ArrayList<>();
        private @Nullable ReadPlan plan;
        private @Nullable List<DueTask> seen;
        private @Nullable Instant seenAt;
        private long epoch;
        private final Map<String, List<Instant>> starts = new HashMap<>();
        private final @Nullable StartRate rate;
        private int foundPast;
        private int partsOfRounds;

        Node(Table table, Random random, @Nullable StartRate rate) {
            this.table = table;
            this.random = random;
            this.rate = rate;
            if (rate != null) {
                book.rules(new LaneRules(Set.of(), Map.of(), Map.of("a", rate), Map.of()));
            }
            own(0);
            own(1);
        }

        void own(int lane) {
            book.own(new LaneFence(lane, ++epoch, new UUID(0, epoch)), null);
        }

        void step() {
            table.now = table.now.plusMillis(random.nextInt(300));
            switch (random.nextInt(14)) {
                case 0, 1 -> enqueue();
                case 2 -> enqueueLate();
                case 3 -> {
                    if (!lateCommits.isEmpty()) {
                        lateCommits.remove(random.nextInt(lateCommits.size())).run();
                    }
                }
                case 4, 5 -> send();
                case 6, 7 -> answer();
                case 8, 9 -> end();
                case 11, 12 -> change();
                case 10 -> {
                    if (random.nextInt(rate == null ? 8 : 2) == 0) {
                        changeOwnership(random.nextInt(2));
                    }
                }
                default -> {
                    switch (random.nextInt(3)) {
                        case 0 -> book.lookSlowly(random.nextInt(2));
                        case 1 -> book.notified(random.nextInt(2));
                        default -> book.lookEverywhere();
                    }
                }
            }
            start();
        }

        private void enqueue() {
            DueTask row = table.insert(random, table.now.plusMillis(random.nextInt(400)));
            if (random.nextInt(4) > 0) { // a wake-up may be lost
                book.wake(row.lane(), row.priority(), row.dueAt(), table.now);
            }
        }

        /** A transaction that computed its due time a while before it commits. */
        private void enqueueLate() {
            Instant due = table.now;
            lateCommits.add(() -> table.insert(random, due));
        }

        /** Somebody patches or pauses a task that is not running; its payload goes with its version. */
        private void change() {
            ReadPlan asked = plan;
            boolean isReadSeen = asked != null && seen != null;
            boolean isLookedPast = asked != null && asked.look() != null && isReadSeen;
            List<DueTask> idle = table.rows.values().stream()
                    .filter(row -> !running.containsKey(row.id()))
                    .filter(row -> !isLookedPast || row.id() > BACKLOG)
                    .toList();
            if (idle.isEmpty()) {
                return;
            }
            DueTask row = idle.get(random.nextInt(idle.size()));
            Instant due = random.nextInt(3) == 0 ? null : table.now.plusMillis(random.nextInt(3) * 100L - 100);
            if (due == null) {
                table.rows.remove(row.id());
            } else {
                table.rows.put(
                        row.id(),
                        row(
                                row.id(),
                                row.lane(),
                                row.priority(),
                                due,
                                row.version() + 1,
                                row.type(),
                                row.concurrencyKey()));
            }
            book.changed(row.lane(), row.priority(), row.id(), due, table.now);
            if (isReadSeen && random.nextInt(2) == 0) {
                changeOwnership(row.lane()); // what the read has seen is older than both
            }
        }

        private void send() {
            if (plan == null) {
                plan = book.nextRead(table.now).orElse(null);
                seen = null;
            } else if (seen == null) {
                seen = table.snapshot();
                seenAt = table.now;
            }
        }

        private void answer() {
            if (plan == null || seen == null || seenAt == null) {
                return;
            }
            ReadPlan asked = plan;
            plan = null;
            if (random.nextInt(6) == 0) {
                book.failed();
            } else {
                book.answered(read(asked, seen, seenAt), Duration.ofMillis(random.nextInt(4)));
            }
        }

        private ReadPlan.Answer read(ReadPlan asked, List<DueTask> rows, Instant at) {
            DueTasks.Read read = WalkModel.read(
                    asked,
                    WalkModel.inOrder(rows),
                    at,
                    piece -> 1
                            + random.nextInt(5), // far fewer rows than are due: most walks end before they find enough
                    piece -> book.owns(piece.lane().fence()) || random.nextBoolean());
            List<DueTask> byKey = asked.freeKeys().stream()
                    .flatMap(key -> rows.stream()
                            .filter(row -> key.key().equals(row.concurrencyKey())
                                    && !row.dueAt().isAfter(at))
                            .min(Comparator.comparingInt(DueTask::priority).thenComparing(DueTask::dueAt))
                            .stream())
                    .toList();
            partsOfRounds += (int) asked.pieces().stream()
                    .filter(piece -> piece.until() != null)
                    .count();
            OtherTenants.Seen past = PastModel.look(asked.look(), rows, at, place -> 1 + random.nextInt(40));
            foundPast += past == null ? 0 : past.ids().size();
            List<DueTask> byId = rows.stream()
                    .filter(row -> (asked.own().containsKey(row.id())
                                    || asked.checks().containsKey(row.id())
                                    || (past != null && past.ids().contains(row.id())))
                            && !row.dueAt().isAfter(at))
                    .toList();
            Map<Integer, Instant> nextDue = new HashMap<>();
            for (int lane : asked.nextDueLanes()) {
                Optional<Instant> next = rows.stream()
                        .filter(row -> row.lane() == lane && row.dueAt().isAfter(at))
                        .map(DueTask::dueAt)
                        .min(Comparator.naturalOrder());
                next.ifPresent(due -> nextDue.put(lane, due));
            }
            List<List<Instant>> counts = asked.counts().stream()
                    .map(count -> started(count.key()).stream()
                            .filter(each -> each.isAfter(at.minus(count.rate().window())))
                            .toList())
                    .toList();
            return new ReadPlan.Answer(read, byKey, byId, nextDue, counts, past);
        }

        private List<Instant> started(String key) {
            return starts.computeIfAbsent(key, first -> new ArrayList<>());
        }

        /** In the table first, then the owner remembers it. */
        private void startUnderRate(Ready ready, StartRate held) {
            List<Instant> before = started(String.valueOf(ready.task().concurrencyKey()));
            assertThat(before.stream().filter(each -> each.isAfter(table.now.minus(held.window()))))
                    .as("starts of the key within the window before this one")
                    .hasSizeLessThan(held.starts());
            before.add(table.now);
            book.ratedStart(ready, table.now);
        }

        private void start() {
            for (Ready ready : book.start(10, table.now)) {
                DueTask task = ready.task();
                assertThat(running).as("a task runs once at a time").doesNotContainKey(task.id());
                assertThat(task.dueAt()).as("not before it is due").isBeforeOrEqualTo(table.now);
                DueTask row = table.rows.get(task.id());
                assertThat(row)
                        .as("a task that is done is not started: " + task)
                        .isNotNull();
                assertThat(task.version())
                        .as("nor as it was before its last run")
                        .isEqualTo(row.version());
                if (task.concurrencyKey() != null) {
                    assertThat(runningKeys.add(task.concurrencyKey()) || !lost.isEmpty())
                            .as("one run a key")
                            .isTrue();
                }
                running.put(task.id(), ready);
                if (rate != null && book.isRated(ready)) {
                    startUnderRate(ready, rate);
                }
            }
        }

        private void end() {
            if (running.isEmpty()) {
                return;
            }
            List<Ready> all = new ArrayList<>(running.values());
            Ready ready = all.get(random.nextInt(all.size()));
            DueTask task = ready.task();
            running.remove(task.id());
            runningKeys.remove(task.concurrencyKey());
            if (lost.remove(ready)) {
                book.ended(ready, null); // fenced: nothing is written
                return;
            }
            Instant due = null;
            if (random.nextInt(4) == 0) {
                due = table.now.plusMillis(random.nextInt(3) * 100L - 100);
                table.rows.put(
                        task.id(),
                        row(
                                task.id(),
                                task.lane(),
                                task.priority(),
                                due,
                                task.version() + 1,
                                task.type(),
                                task.concurrencyKey()));
            } else {
                table.rows.remove(task.id());
            }
            book.ended(ready, due);
        }

        private void changeOwnership(int lane) {
            book.lose(lane);
            running.values().stream()
                    .filter(ready -> ready.fence().lane() == lane && !lost.contains(ready))
                    .forEach(lost::add);
            own(lane);
        }

        /** From here on nothing happens by itself: everything must come to its end. */
        void settle() {
            lateCommits.forEach(Runnable::run);
            lateCommits.clear();
            for (int i = 0; i < 3_000 && !(table.rows.isEmpty() && running.isEmpty()); i++) {
                table.now = table.now.plus(Duration.ofMillis(rate == null ? 50 : 300));
                if (i % 10 == 0) {
                    book.lookEverywhere();
                    book.lookSlowly(i / 10 % 2);
                }
                send();
                send();
                answer();
                start();
                end();
                end();
            }
            assertThat(running).isEmpty();
            assertThat(table.rows.values()).as("everything due has run").isEmpty();
        }
    }

    @Property(tries = 400)
    @Tag("A6")
    @Tag("A8")
    @Tag("A9")
    @Tag("A10")
    void runsEachTaskOnceAtATimeAndOverlooksNone(@ForAll long seed) {
        Random random = new Random(seed);
        Node node = new Node(new Table(false), random, null);

        for (int i = 0; i < 300; i++) {
            node.step();
        }

        node.settle();
        Statistics.label("the slow pass goes in pieces").collect(node.partsOfRounds == 0 ? "no" : "yes");
        Statistics.label("the slow pass goes in pieces")
                .coverage(coverage -> coverage.check("yes").percentage(percent -> percent > 50));
    }

    /** Ownerships change in between: the next owner counts what has started before it. */
    @Property(tries = 300)
    void startsNoMoreThanTheRateOfAKeyAllowsAndOverlooksNone(@ForAll long seed) {
        Random random = new Random(seed);
        StartRate rate = new StartRate(1 + random.nextInt(2), Duration.ofMillis(1_000 + random.nextInt(4_000)));
        Node node = new Node(new Table(true), random, rate);

        for (int i = 0; i < 300; i++) {
            node.step();
        }

        node.settle();
    }

    /** Looks past the backlog of one tenant find tasks of others before the cursors come to them. */
    @Property(tries = 2000)
    void runsEachTaskOnceAtATimeWithABacklogThatIsLookedPast(@ForAll long seed) {
        Random random = new Random(seed);
        Table table = new Table(false);
        for (int i = 0; i < BACKLOG; i++) {
            table.insert(random, START.minusSeconds(600).plusMillis(i));
        }
        Node node = new Node(table, random, null);

        for (int i = 0; i < 300; i++) {
            node.step();
        }

        node.settle();
        Statistics.label("tasks found past a backlog").collect(node.foundPast == 0 ? "none" : "some");
        Statistics.label("tasks found past a backlog")
                .coverage(coverage -> coverage.check("some").percentage(percent -> percent > 50));
    }
}
