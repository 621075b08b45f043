package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.OtherTenants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * What one tenant's backlog keeps from being read is found past it, wherever the cursors stand. Pure: rows are a map, time is a
 * number.
 */
class LaneBookPastTest {

    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
    private static final int LANES = 32;
    private static final int BACKLOG = 300 * LANES;

    private final NavigableMap<Position, DueTask> table = new TreeMap<>();
    private final Deque<Ready> running = new ArrayDeque<>();
    private final Set<String> tenantsStarted = new HashSet<>();
    private final Random random = new Random(5);
    private Instant now = START;
    private long id;
    private int started;
    private LaneBook book = new LaneBook(Map.of(), 1);

    private void start(Map<String, Integer> slots) {
        book = new LaneBook(slots, 10_000);
        // Where a weight is set, the node knows that there are several tenants.
        book.rules(new LaneRules(Set.of(), Map.of(), Map.of(), Map.of("partner", 3)));
        for (int lane = 0; lane < LANES; lane++) {
            book.own(new LaneFence(lane, 1, new UUID(0, lane)), null);
        }
    }

    private DueTask insert(String tenant, Instant due) {
        long no = ++id;
        int lane = (int) (no % LANES);
        DueTask row = new DueTask(
                no, lane, 2, due, null, 1, 1, 1, 0, 0, 0, 0, tenant, "narrow", "default", null, null, "{}", null, null,
                null);
        table.put(new Position(due, no), row);
        return row;
    }

    private void backlog() {
        for (int i = 0; i < BACKLOG; i++) {
            insert("hog", START.minusSeconds(3_600).plusMillis(i));
        }
    }

    /** A read, if one is wanted, and what starts then; a run ends now and then. */
    private void turn() {
        now = now.plusMillis(5);
        Optional<ReadPlan> wanted = book.nextRead(now);
        wanted.ifPresent(this::answer);
        startAll();
        if (random.nextInt(10) == 0 && !running.isEmpty()) {
            Ready over = running.remove();
            table.remove(new Position(over.task().dueAt(), over.task().id()));
            book.ended(over, null);
        }
    }

    private void answer(ReadPlan plan) {
        DueTasks.Read read = WalkModel.read(plan, table, now, ReadPlan.Piece::walk, piece -> true);
        Set<Long> looked = new HashSet<>(plan.checks().keySet());
        looked.addAll(plan.own().keySet());
        var past = PastModel.look(plan.look(), List.copyOf(table.values()), now, OtherTenants.Place::walk);
        if (past != null) {
            looked.addAll(past.ids());
        }
        List<DueTask> byId =
                table.values().stream().filter(row -> looked.contains(row.id())).toList();
        book.answered(new ReadPlan.Answer(read, List.of(), byId, Map.of(), List.of(), past), Duration.ofMillis(1));
    }

    private void startAll() {
        for (Ready ready : book.start(1_000, now)) {
            running.add(ready);
            tenantsStarted.add(ready.task().tenant());
            started++;
        }
    }

    private boolean within(Duration time, BooleanSupplier done) {
        Instant end = now.plus(time);
        while (!done.getAsBoolean() && now.isBefore(end)) {
            turn();
        }
        return done.getAsBoolean();
    }

    private void findsWhatLiesBehindTheBacklog() {
        insert("behind", START.minusSeconds(600));
        assertThat(within(Duration.ofSeconds(60), () -> tenantsStarted.contains("behind")))
                .as("started within a minute, of a backlog of an hour, after %s others", started)
                .isTrue();
        assertThat(started).isLessThan(BACKLOG / 4);
    }

    @Test
    void findsTasksBehindABacklogWhoseTypeHasTheNodeToItself() {
        start(Map.of("narrow", 2));
        backlog();
        findsWhatLiesBehindTheBacklog();
    }

    @Test
    void findsTasksBehindABacklogThatTheMainCursorsPassForAnotherType() {
        start(Map.of("narrow", 2, "echo", 10));
        backlog();
        findsWhatLiesBehindTheBacklog();
    }

    @Test
    void findsTasksBehindABacklogOfWhichMoreWasReadThanMemoryHolds() {
        start(Map.of("narrow", 2));
        backlog();
        for (int lane = 0; lane < LANES; lane++) {
            // 200 rows of each, most of which are given up again and left to a cursor of their own.
            book.lookSlowly(lane);
        }
        assertThat(within(Duration.ofSeconds(60), () -> started > 500)).isTrue();
        findsWhatLiesBehindTheBacklog();
    }

    @Test
    void findsATaskThatBecomesDueWhereTheCursorStandsBeforeItsRoundComesToTheLane() {
        start(Map.of("narrow", 2));
        for (int i = 0; i < 4 * LANES; i++) {
            insert("hog", START.minusSeconds(3_600).plusMillis(i));
        }
        assertThat(within(Duration.ofSeconds(1), () -> book.waiting() > 2 * LANES))
                .isTrue();
        DueTask fresh = insert("fresh", now.minusMillis(100)); // by a clock that is slow: the cursor goes back to it
        book.wake(fresh.lane(), fresh.priority(), fresh.dueAt(), now);
        assertThat(within(Duration.ofMillis(200), () -> tenantsStarted.contains("fresh") || waits(fresh)))
                .isTrue();
    }

    private boolean waits(DueTask task) {
        var asked = new Obstacle.Question(task.id(), task.lane(), task.type(), task.queue(), task.tenant(), null);
        return book.obstacle(asked, new Obstacle.Node(false, true, 10)).kind() == Obstacle.Kind.TYPE_FULL;
    }
}
