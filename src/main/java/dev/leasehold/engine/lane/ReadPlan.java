package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import dev.leasehold.store.KeyStarts;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.OtherTenants;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the next read asks for. Only one is under way at a time, over all lanes.
 *
 * @param types that are read where a piece names none
 * @param pausedQueues whose tasks are left where they are
 * @param full limits on queues and tenants of whose tasks enough wait in memory
 * @param counts keys whose starts within the window of their rate are to be counted; they are among the free keys
 * @param own tasks that the owner made due behind its cursors, by id
 * @param checks tasks that have waited in memory for a while and are to be looked at again before they start
 * @param nextDueLanes lanes whose next due time is wanted
 * @param look past what crowds, for tasks of other tenants; null for none
 */
public record ReadPlan(
        List<Piece> pieces,
        Set<String> types,
        Set<String> pausedQueues,
        Set<LimitKey> full,
        List<String> busyKeys,
        List<DueTasks.FreeKey> freeKeys,
        List<KeyStarts.Start> counts,
        Map<Long, Own> own,
        Map<Long, LaneFence> checks,
        Set<Integer> nextDueLanes,
        LookPast.@Nullable Look look) {

    /**
     * One range of one lane. A null cursor means the slow pass.
     *
     * @param until where it ends; null for what is due last
     * @param leaves types whose rows are left to cursors of their own, or to later reads
     * @param reads types and limits whose tasks the cursors leave out and this piece does not
     * @param walk rows that are walked over at most
     */
    record Piece(
            LaneState lane,
            int priority,
            @Nullable String type,
            @Nullable ReadCursor cursor,
            Position from,
            @Nullable Position until,
            Set<String> leaves,
            Set<LimitKey> reads,
            int limit,
            int walk) {

        /** Reads what all cursors read. */
        Piece(LaneState lane, int priority, @Nullable String type, ReadCursor cursor, Set<String> leaves) {
            this(lane, priority, type, cursor, cursor.at(), null, leaves, Set.of(), 0, 0);
        }

        DueTasks.Cursor toCursor(Set<String> pausedQueues) {
            Set<String> queues = names(reads, LimitKey.Kind.QUEUE);
            queues.removeAll(pausedQueues);
            DueTasks.Cursor open = new DueTasks.Cursor(
                            lane.fence(), priority, type, leaves, from.dueAt(), from.id(), limit, walk)
                    .reads(queues, names(reads, LimitKey.Kind.TENANT));
            return until == null ? open : open.until(until.dueAt(), until.id());
        }

        Piece leaving(Set<String> types) {
            if (type != null || leaves.containsAll(types)) {
                return this;
            }
            Set<String> all = new HashSet<>(leaves);
            all.addAll(types);
            return new Piece(lane, priority, null, cursor, from, until, all, reads, limit, walk);
        }

        Piece bounded(int atMost, int walkAtMost) {
            return new Piece(lane, priority, type, cursor, from, until, leaves, reads, atMost, walkAtMost);
        }
    }

    /** A due time that the owner set behind its own cursor. */
    record Own(LaneFence fence, Instant due) {}

    /** What came of a plan. */
    public record Answer(
            DueTasks.Read read,
            List<DueTask> byKey,
            List<DueTask> byId,
            Map<Integer, Instant> nextDue,
            List<List<Instant>> starts,
            OtherTenants.@Nullable Seen past) {

        /** Where no starts were to be counted, and nothing was to be looked for past others. */
        public Answer(DueTasks.Read read, List<DueTask> byKey, List<DueTask> byId, Map<Integer, Instant> nextDue) {
            this(read, byKey, byId, nextDue, List.of(), null);
        }
    }

    /** Ownerships that the answer shows to be over: an empty piece of theirs says nothing. */
    public Set<LaneFence> lost(Answer answer) {
        Set<LaneFence> lost = new HashSet<>();
        for (Piece piece : pieces) {
            LaneFence fence = piece.lane().fence();
            if (answer.read().lost().contains(fence.lane())) {
                lost.add(fence);
            }
        }
        return lost;
    }

    /** True when the answer shows that all of these ownerships last: each was asked about, and none is over. */
    public boolean confirms(Collection<LaneFence> owned, Answer answer) {
        Set<LaneFence> asked = new HashSet<>();
        pieces.forEach(piece -> asked.add(piece.lane().fence()));
        return !asked.isEmpty() && lost(answer).isEmpty() && asked.containsAll(owned);
    }

    /** True when how long the read takes says something about the pieces of the slow pass. */
    boolean isSlowPassAlone() {
        return !pieces.isEmpty()
                && pieces.stream().allMatch(piece -> piece.cursor() == null)
                && isNothingBesidePieces();
    }

    boolean isEmpty() {
        return pieces.isEmpty() && isNothingBesidePieces();
    }

    private boolean isNothingBesidePieces() {
        return look == null && freeKeys.isEmpty() && own.isEmpty() && checks.isEmpty() && nextDueLanes.isEmpty();
    }

    private static Set<String> names(Set<LimitKey> limits, LimitKey.Kind kind) {
        Set<String> names = new HashSet<>();
        limits.stream().filter(key -> key.kind() == kind).forEach(key -> names.add(key.name()));
        return names;
    }

    /** The main read passes over these; reads of single tasks do not pass over those that are only full. */
    private Set<String> leftQueues() {
        if (full.isEmpty()) {
            return pausedQueues;
        }
        Set<String> queues = names(full, LimitKey.Kind.QUEUE);
        queues.addAll(pausedQueues);
        return queues;
    }

    /**
     * Carries the plan out.
     *
     * <p>The order matters: keys after cursors, since a row that a cursor passed over because its key was busy must be there
     * for the key's own look; next due times after the instant of the cursors' read, since nothing may fall between.
     *
     * @param allTypes the types that this node has handlers for
     */
    public Answer read(Connection connection, String owner, Collection<String> allTypes) throws SQLException {
        DueTasks.Read read = DueTasks.read(
                connection,
                owner,
                pieces.stream().map(piece -> piece.toCursor(pausedQueues)).toList(),
                types,
                busyKeys,
                leftQueues(),
                names(full, LimitKey.Kind.TENANT));
        List<DueTask> byKey =
                freeKeys.isEmpty() ? List.of() : DueTasks.byKeys(connection, owner, freeKeys, allTypes, pausedQueues);
        List<List<Instant>> starts = counts.isEmpty() ? List.of() : KeyStarts.count(connection, counts);
        Set<Long> ids = new HashSet<>(own.keySet());
        ids.addAll(checks.keySet());
        Set<LaneFence> fences = new HashSet<>(checks.values());
        own.values().forEach(each -> fences.add(each.fence()));
        OtherTenants.Seen past =
                look == null ? null : OtherTenants.look(connection, owner, look.places(), look.wanted());
        if (look != null && past != null) {
            ids.addAll(past.ids());
            look.places().forEach(place -> fences.add(place.fence()));
        }
        List<DueTask> byId = ids.isEmpty()
                ? List.of()
                : DueTasks.byIds(connection, owner, List.copyOf(fences), ids, allTypes, pausedQueues);
        Map<Integer, Instant> nextDue =
                nextDueLanes.isEmpty() ? Map.of() : DueTasks.nextDue(connection, nextDueLanes, read.now());
        return new Answer(read, byKey, byId, nextDue, starts, past);
    }
}
