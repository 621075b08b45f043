package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.ReadPlan.Piece;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.engine.limit.Survey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.KeyStarts;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.OtherTenants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The reads of a node's lanes, one at a time: what the next one asks for, and what is made of its answer. */
final class LaneReads {

    /** Keys that rest beyond which no more tasks of types with a rate are read: each read is told all of them. */
    private static final int RESTING_MAX = 20_000;

    /** While enough wait of each type, those that are more urgent are looked for so often: a read for each would cost more. */
    private static final Duration URGENT_EVERY = Duration.ofMillis(50);

    private final Map<Integer, LaneState> lanes;
    private final Slots slots;
    private final Strays strays;
    private LaneRules rules = LaneRules.NONE;
    private final LookPast lookPast = new LookPast();
    private @Nullable ReadPlan underWay;
    private final Quickness quickness = new Quickness();
    private @Nullable Instant urgentAt;
    private @Nullable Instant slowAt;

    LaneReads(Map<Integer, LaneState> lanes, Slots slots, Strays strays) {
        this.lanes = lanes;
        this.slots = slots;
        this.strays = strays;
    }

    boolean isUnderWay() {
        return underWay != null;
    }

    private boolean owns(LaneFence fence) {
        return current(fence).isPresent();
    }

    private Optional<LaneState> current(LaneFence fence) {
        return Optional.ofNullable(lanes.get(fence.lane()))
                .filter(lane -> lane.fence().equals(fence));
    }

    private boolean isPaused(DueTask task) {
        return rules.pausedQueues().contains(task.queue());
    }

    private static boolean isWithinAPause(@Nullable Instant last, Instant now) {
        // A clock that stepped back must not keep it from reading.
        return last != null && now.isBefore(last.plus(URGENT_EVERY)) && !now.isBefore(last);
    }

    /** The next read, if one is wanted and none is under way. To be answered by {@link #answered} or {@link #failed}. */
    Optional<ReadPlan> next(Instant now, LaneRules laidDown) {
        rules = laidDown;
        if (underWay != null) {
            return Optional.empty();
        }
        slots.giveUp().forEach(each -> current(each.fence()).ifPresent(lane -> lane.giveUp(each.task())));
        Survey survey = slots.survey();
        TypesToRead types = TypesToRead.of(slots, survey, resting(), isWithinAPause(urgentAt, now));
        ReadPlan plan = plan(types, survey.full(), now);
        if (plan.isEmpty()) {
            return Optional.empty();
        }
        plan.pieces().forEach(piece -> {
            if (piece.cursor() != null) {
                piece.cursor().sent();
            }
        });
        lanes.values().forEach(LaneState::forgetConfirmed);
        underWay = plan;
        return Optional.of(plan);
    }

    private Set<String> resting() {
        int keys = rules.keyRates().isEmpty()
                ? 0
                : lanes.values().stream()
                        .mapToInt(lane -> lane.keys().rates().resting())
                        .sum();
        return keys < RESTING_MAX ? Set.of() : rules.keyRates().keySet();
    }

    private ReadPlan plan(TypesToRead types, Set<LimitKey> full, Instant now) {
        List<Piece> pieces = new ArrayList<>();
        List<DueTasks.FreeKey> keys = new ArrayList<>();
        List<KeyStarts.Start> counts = new ArrayList<>();
        List<String> busy = new ArrayList<>();
        Map<Long, ReadPlan.Own> own = new HashMap<>();
        Set<Integer> nextDue = new HashSet<>();
        boolean slowly = !types.areUrgentOnly() || !isWithinAPause(slowAt, now);
        for (LaneState lane : lanes.values()) {
            lane.tick(now);
            lane.passed().comeBack(lane, full);
            Pieces.of(lane, types, full, pieces);
            if (slowly) {
                Pieces.slowly(lane, types, full, pieces);
            }
            lane.keys().takeToCount().forEach(rest -> counts.add(count(lane, rest)));
            busy.addAll(lane.keys().busy());
            lane.keys().takeFree().forEach(key -> keys.add(new DueTasks.FreeKey(lane.fence(), key)));
            lane.takeOwnDue(now).forEach((id, due) -> own.put(id, new ReadPlan.Own(lane.fence(), due)));
            if (lane.takeNextDueWanted()) {
                nextDue.add(lane.fence().lane());
            }
        }
        Map<Long, LaneFence> checks = new HashMap<>();
        slots.takeToCheck().forEach(each -> checks.put(each.task().id(), each.fence()));
        Set<String> read = types.main();
        if (pieces.stream().anyMatch(piece -> piece.cursor() == null)) {
            slowAt = now;
            read = types.read(); // the slow pass leaves out what it leaves piece by piece
            pieces.replaceAll(piece -> piece.cursor() == null ? piece : piece.leaving(types.held()));
        }
        ReadPlan plan = new ReadPlan(
                Pieces.limited(pieces, slots),
                read,
                rules.pausedQueues(),
                full,
                busy,
                keys,
                counts,
                own,
                checks,
                nextDue,
                lookPast.next(lanes, slots, rules, full, types.crowded(), now));
        if (types.areUrgentOnly() && plan.pieces().stream().anyMatch(piece -> piece.cursor() != null)) {
            urgentAt = now;
        }
        return plan;
    }

    /** The read under way came back. */
    void answered(ReadPlan.Answer answer, Duration took) {
        ReadPlan plan = over();
        boolean quick = !plan.pieces().isEmpty() && quickness.isQuick(took) && plan.isSlowPassAlone();
        Instant now = answer.read().now();
        for (int i = 0; i < plan.pieces().size(); i++) {
            piece(
                    plan.pieces().get(i),
                    answer.read().byCursor().get(i),
                    answer.read().cut().get(i),
                    now,
                    quick);
        }
        plan.pieces().forEach(LaneReads::met);
        counted(plan, answer.starts());
        for (DueTasks.FreeKey key : plan.freeKeys()) {
            current(key.fence()).ifPresent(lane -> lane.keys().release(List.of(key.key())));
        }
        for (DueTask task : answer.byKey()) {
            if (plan.freeKeys().stream().anyMatch(key -> key.fence().lane() == task.lane() && owns(key.fence()))) {
                offer(task, now);
            }
        }
        own(plan, answer.byId(), now);
        checked(plan, answer.byId(), now);
        lookedPast(plan, answer, now);
        for (int no : plan.nextDueLanes()) {
            LaneState lane = lanes.get(no);
            Instant due = answer.nextDue().get(no);
            if (lane != null && due != null) {
                lane.due(due);
            }
        }
    }

    private static KeyStarts.Start count(LaneState lane, RatedKeys.Rest rest) {
        return new KeyStarts.Start(lane.fence(), rest.type(), rest.key(), rest.rate());
    }

    /** Before the keys' tasks are offered: their rates say whether they may start. */
    private void counted(ReadPlan plan, List<List<Instant>> starts) {
        for (int i = 0; i < starts.size(); i++) {
            KeyStarts.Start asked = plan.counts().get(i);
            List<Instant> before = starts.get(i);
            current(asked.fence())
                    .ifPresent(lane -> lane.keys().rates().counted(asked.type(), asked.key(), asked.rate(), before));
        }
    }

    private void own(ReadPlan plan, List<DueTask> rows, Instant now) {
        plan.own().forEach((id, own) -> {
            if (own.due().isAfter(now)) {
                // Our estimate of the database's clock was ahead of it: a moment later, then.
                current(own.fence()).ifPresent(lane -> lane.putOwn(id, own.due()));
            }
        });
        for (DueTask task : rows) {
            ReadPlan.Own own = plan.own().get(task.id());
            if (own != null && owns(own.fence())) {
                offer(task, now);
            }
        }
    }

    private void checked(ReadPlan plan, List<DueTask> rows, Instant now) {
        if (plan.checks().isEmpty()) {
            return;
        }
        Map<Long, DueTask> found = new HashMap<>();
        rows.forEach(row -> found.put(row.id(), row));
        for (Ready old : slots.checked(found, now)) {
            DueTask row = found.get(old.task().id());
            if (row == null) {
                current(old.fence()).ifPresent(lane -> lane.notDue(old.task()));
            } else {
                slots.add(new Ready(row, old.fence(), old.cautious()), now);
            }
        }
    }

    private void piece(Piece piece, List<DueTask> rows, DueTasks.@Nullable End cut, Instant now, boolean quick) {
        if (lanes.get(piece.lane().fence().lane()) != piece.lane()) {
            return; // lost while the read was under way; what it saw is older than the new ownership
        }
        boolean full = cut != null || rows.size() >= piece.limit();
        Position last = rows.isEmpty() ? null : positionOf(rows.get(rows.size() - 1));
        if (cut != null) {
            last = new Position(cut.dueAt(), cut.id());
        }
        if (piece.cursor() == null) {
            List<DueTask> unknown =
                    rows.stream().filter(row -> !piece.lane().knows(row.id())).toList();
            SlowPieces.handOver(piece, unknown, full ? last : piece.until());
            Position cursor = piece.lane().main(piece.priority()).at();
            boolean news = cut != null || !unknown.isEmpty();
            piece.lane().slow(piece.priority()).answered(piece.until(), last, full, news, quick, cursor);
        } else {
            if (piece.type() == null) {
                piece.lane().answered(piece.priority(), piece.cursor(), last, full, now);
            } else {
                piece.cursor().answered(last, full, now);
            }
            piece.cursor().cut(cut != null);
        }
        for (DueTask row : rows) {
            lookPast.met(row);
            offer(row, now);
        }
    }

    /** After all pieces have moved on. */
    private static void met(Piece piece) {
        ReadCursor main = piece.lane().main(piece.priority());
        if (piece.type() != null) {
            piece.lane().lagging().met(piece.type(), piece.priority(), main.at());
        } else if (piece.cursor() != null && piece.cursor() != main) {
            piece.lane().returning().met(piece.priority(), main.at());
        }
    }

    private void lookedPast(ReadPlan plan, ReadPlan.Answer answer, Instant now) {
        LookPast.Look look = plan.look();
        OtherTenants.Seen seen = answer.past();
        if (look == null || seen == null) {
            return;
        }
        lookPast.answered(look, seen);
        Set<Long> ids = new HashSet<>(seen.ids());
        for (DueTask task : answer.byId()) {
            if (ids.contains(task.id()) && isLookedAt(look, task.lane())) {
                lookPast.met(task);
                offer(task, now);
            }
        }
    }

    /** What was seen of a lane that was lost meanwhile is older than what is known of it now, if it is owned again. */
    private boolean isLookedAt(LookPast.Look look, int lane) {
        return look.places().stream().anyMatch(place -> place.fence().lane() == lane && owns(place.fence()));
    }

    private static Position positionOf(DueTask task) {
        return new Position(task.dueAt(), task.id());
    }

    private void offer(DueTask task, Instant now) {
        LaneState lane = lanes.get(task.lane());
        if (lane == null) {
            return;
        }
        if (!isPaused(task) && !strays.holdsBack(task) && lane.offer(task, now)) {
            slots.add(new Ready(task, lane.fence(), lane.cautious(now)), now);
            lane.slow(task.priority()).read(task.dueAt(), task.id());
        }
    }

    /** The read under way failed: nothing was learned. */
    void failed() {
        ReadPlan plan = over();
        slots.notChecked();
        LookPast.Look look = plan.look();
        if (look != null) {
            lookPast.failed(look);
        }
        for (Piece piece : plan.pieces()) {
            if (piece.cursor() == null) {
                piece.lane().slow(piece.priority()).failed();
            } else {
                piece.cursor().failed();
            }
        }
        for (DueTasks.FreeKey key : plan.freeKeys()) {
            current(key.fence()).ifPresent(lane -> lane.keys().freeAgain(List.of(key.key())));
        }
        plan.own().forEach((id, own) -> current(own.fence()).ifPresent(lane -> lane.putOwn(id, own.due())));
        plan.nextDueLanes().forEach(no -> Optional.ofNullable(lanes.get(no)).ifPresent(LaneState::wantNextDue));
    }

    private ReadPlan over() {
        ReadPlan plan = underWay;
        if (plan == null) {
            throw new IllegalStateException("no read is under way");
        }
        underWay = null;
        return plan;
    }
}
