package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.limit.Ask;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.engine.limit.Roster;
import dev.leasehold.engine.limit.Told;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.LaneFence;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

/** A book with one lane on a table that is a map, where time is a number and all that is asked for is granted. */
abstract class LaneBookFixture {

    static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    final NavigableMap<Position, DueTask> table = new TreeMap<>();
    final List<Ready> running = new ArrayList<>();
    final List<DueTask> started = new ArrayList<>();
    final Set<Long> ids = new HashSet<>();
    Instant now = START;
    long id;
    LaneBook book = new LaneBook(Map.of(), 1);
    LaneRules rules = LaneRules.NONE;
    int walkAtMost = Integer.MAX_VALUE;
    int reads;
    int slowReads;
    boolean cut;

    void start(Map<String, Integer> slots, LaneRules laidDown) {
        book = new LaneBook(slots, 10_000);
        book.own(new LaneFence(0, 1, new UUID(0, 1)), null);
        rules = laidDown;
        book.rules(laidDown);
        book.roster(new Roster(List.of(new Roster.Place(0, "alone", 1, null))));
    }

    DueTask insert(String type, String queue, Instant due) {
        return insert(type, queue, due, 2);
    }

    DueTask insert(String type, String queue, Instant due, int priority) {
        DueTask row = new DueTask(
                ++id, 0, priority, due, null, 1, 1, 1, 0, 0, 0, 0, "default", type, queue, null, null, "{}", null, null,
                null);
        table.put(new Position(due, id), row);
        return row;
    }

    DueTask enqueue(String type, String queue, Instant due) {
        DueTask row = insert(type, queue, due);
        book.wake(0, 2, due, now);
        return row;
    }

    void backlog(String type, String queue, int count, Instant from) {
        for (int i = 0; i < count; i++) {
            insert(type, queue, from.plusMillis(i));
        }
    }

    /** One read, if one is wanted, and what starts then. */
    boolean turn() {
        return turn(() -> {});
    }

    /** The same, with what happens after the read has seen the table and before its answer is there. */
    boolean turn(Runnable meanwhile) {
        now = now.plusMillis(5);
        Optional<ReadPlan> wanted = book.nextRead(now);
        wanted.ifPresent(plan -> {
            reads++;
            slowReads += plan.pieces().stream().anyMatch(piece -> piece.cursor() == null) ? 1 : 0;
            assertThat(WalkModel.most(plan)).as("rows walked over").isLessThanOrEqualTo(2 * Pieces.WALK_MAX);
            DueTasks.Read read =
                    WalkModel.read(plan, table, now, piece -> Math.min(walkAtMost, piece.walk()), piece -> true);
            cut = read.isCut();
            List<DueTask> byId = table.values().stream()
                    .filter(row ->
                            plan.checks().containsKey(row.id()) || plan.own().containsKey(row.id()))
                    .toList();
            meanwhile.run();
            book.answered(new ReadPlan.Answer(read, List.of(), byId, Map.of()), Duration.ofMillis(1));
        });
        startAll();
        return wanted.isPresent();
    }

    void startAll() {
        for (int i = 0; i < 3; i++) { // account opened, slots asked for, slots given
            List<Told> told = book.asks(true, true).stream().map(this::grant).toList();
            book.told(told);
        }
        for (Ready ready : book.start(1_000, now)) {
            assertThat(ids.add(ready.task().id())).as("started once").isTrue();
            running.add(ready);
            started.add(ready.task());
        }
    }

    Told grant(Ask ask) {
        if (ask.epoch() == 0) {
            return new Told(ask.key(), 1, 0, 0, 0, Integer.MAX_VALUE);
        }
        long held = ask.given() - ask.returned();
        long more = Math.max(0, Math.min(rules.limits().getOrDefault(ask.key(), 0), ask.target()) - held);
        return new Told(ask.key(), 1, ask.session(), ask.given() + more, ask.returned(), Integer.MAX_VALUE);
    }

    void end(Predicate<DueTask> which, int most) {
        int[] left = {most};
        running.removeIf(ready -> {
            boolean ends = which.test(ready.task()) && left[0]-- > 0;
            if (ends) {
                table.remove(new Position(ready.task().dueAt(), ready.task().id()));
                book.ended(ready, null);
            }
            return ends;
        });
        startAll();
    }

    static LimitKey queue(String name) {
        return new LimitKey(LimitKey.Kind.QUEUE, name);
    }

    static LaneRules limited(int runs, String... queues) {
        Map<LimitKey, Integer> limits = new HashMap<>();
        for (String each : queues) {
            limits.put(queue(each), runs);
        }
        return new LaneRules(Set.of(), limits, Map.of(), Map.of());
    }
}
