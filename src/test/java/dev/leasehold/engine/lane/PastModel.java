package dev.leasehold.engine.lane;

import dev.leasehold.store.DueTask;
import dev.leasehold.store.OtherTenants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** What a look past a backlog finds in a table of the model; walks are of any length. */
final class PastModel {

    private PastModel() {}

    static OtherTenants.@Nullable Seen look(
            LookPast.@Nullable Look look, List<DueTask> rows, Instant at, Random random) {
        if (look == null) {
            return null;
        }
        List<Long> ids = new ArrayList<>();
        List<OtherTenants.@Nullable End> ends = new ArrayList<>();
        for (OtherTenants.Place place : look.places()) {
            int walk = 1 + random.nextInt(40);
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
