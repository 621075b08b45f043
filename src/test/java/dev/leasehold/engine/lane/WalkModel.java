package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.DueTasks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What the pieces of a read find in a table of the model, and where their walks end. */
final class WalkModel {

    private final NavigableMap<Position, DueTask> rows;
    private int walked;

    private WalkModel(NavigableMap<Position, DueTask> rows) {
        this.rows = rows;
    }

    static NavigableMap<Position, DueTask> inOrder(Collection<DueTask> rows) {
        NavigableMap<Position, DueTask> ordered = new TreeMap<>();
        rows.forEach(row -> ordered.put(new Position(row.dueAt(), row.id()), row));
        return ordered;
    }

    /**
     * @param walk how far each piece walks: as far as the plan says, or less, so that it is felt among few rows
     * @param owned whether the lane of a piece is still owned
     */
    static DueTasks.Read read(
            ReadPlan plan,
            NavigableMap<Position, DueTask> rows,
            Instant at,
            ToIntFunction<ReadPlan.Piece> walk,
            Predicate<ReadPlan.Piece> owned) {
        List<List<DueTask>> byCursor = new ArrayList<>();
        List<DueTasks.@Nullable End> cut = new ArrayList<>();
        WalkModel model = new WalkModel(rows);
        for (ReadPlan.Piece piece : plan.pieces()) {
            List<DueTask> found = new ArrayList<>();
            cut.add(owned.test(piece) ? model.walk(plan, piece, at, walk.applyAsInt(piece), found) : null);
            byCursor.add(found);
        }
        return new DueTasks.Read(byCursor, cut, at, Set.of());
    }

    /** Rows that a plan may walk over. */
    static int most(ReadPlan plan) {
        return plan.pieces().stream().mapToInt(ReadPlan.Piece::walk).sum();
    }

    private DueTasks.@Nullable End walk(
            ReadPlan plan, ReadPlan.Piece piece, Instant at, int atMost, List<DueTask> found) {
        walked = 0;
        for (DueTask row : rows.tailMap(piece.from(), false).values()) {
            Position until = piece.until();
            boolean behindItsEnd = until != null && new Position(row.dueAt(), row.id()).compareTo(until) > 0;
            if (row.dueAt().isAfter(at) || behindItsEnd || found.size() >= piece.limit()) {
                return null;
            }
            if (row.lane() != piece.lane().fence().lane() || row.priority() != piece.priority()) {
                continue;
            }
            walked++;
            if (fits(plan, piece, row)) {
                found.add(row);
            }
            if (walked == atMost && found.size() < piece.limit()) {
                return new DueTasks.End(row.dueAt(), row.id());
            }
        }
        return null;
    }

    private static boolean fits(ReadPlan plan, ReadPlan.Piece piece, DueTask row) {
        boolean ofType = piece.type() == null
                ? plan.types().contains(row.type()) && !piece.leaves().contains(row.type())
                : row.type().equals(piece.type());
        return ofType
                && (row.concurrencyKey() == null || !plan.busyKeys().contains(row.concurrencyKey()))
                && !plan.pausedQueues().contains(row.queue())
                && !leaves(plan, piece, new LimitKey(LimitKey.Kind.QUEUE, row.queue()))
                && !leaves(plan, piece, new LimitKey(LimitKey.Kind.TENANT, row.tenant()));
    }

    private static boolean leaves(ReadPlan plan, ReadPlan.Piece piece, LimitKey limit) {
        return plan.full().contains(limit) && !piece.reads().contains(limit);
    }
}
