package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.OtherTenants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** What a look past a backlog finds in a table of the model. */
final class PastModel {

    private PastModel() {}

    /** @param walks rows that are walked over from each place: as many as the look says, or fewer */
    static OtherTenants.@Nullable Seen look(
            LookPast.@Nullable Look look, List<DueTask> rows, Instant at, ToIntFunction<OtherTenants.Place> walks) {
        if (look == null) {
            return null;
        }
        List<Long> ids = new ArrayList<>();
        List<OtherTenants.@Nullable End> ends = new ArrayList<>();
        for (OtherTenants.Place place : look.places()) {
            int walk = walks.applyAsInt(place);
            List<DueTask> walked = rows.stream()
                    .filter(row -> row.lane() == place.fence().lane()
                            && row.priority() == place.priority()
                            && !row.dueAt().isAfter(at))
                    .filter(row -> new Position(row.dueAt(), row.id())
                                    .compareTo(new Position(place.afterAt(), place.afterId()))
                            > 0)
                    .sorted(Comparator.comparing(DueTask::dueAt).thenComparingLong(DueTask::id))
                    .limit(walk)
                    .toList();
            DueTask last = walked.isEmpty() ? null : walked.get(walked.size() - 1);
            ends.add(last == null ? null : new OtherTenants.End(last.dueAt(), last.id(), walked.size() == walk));
            walked.stream()
                    .filter(row -> look.wanted().types().contains(row.type())
                            && !look.wanted().crowds().contains(new OtherTenants.Crowd(row.type(), row.tenant()))
                            && (row.concurrencyKey() == null
                                    || !look.wanted().busyKeys().contains(row.concurrencyKey())))
                    .forEach(row -> ids.add(row.id()));
        }
        return new OtherTenants.Seen(ids, ends);
    }
}
