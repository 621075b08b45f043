package dev.leasehold.engine.lane;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.OtherTenants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for tasks of other tenants behind those of tenants that fill what may wait of a type: the cursors of such a type
 * stand before their backlog until it is worked off. What is found is offered beside the cursors, which come to it later and find it
 * in flight or gone; nothing is overlooked if this finds nothing.
 *
 * <p>Bounded: a look walks over so many rows at most, one is sent at a time and only so often. What becomes due while a
 * backlog waits is looked at where it lies, at once; the rest is walked over lane by lane, in rounds. Where only one tenant
 * was ever seen, it looks rarely.
 */
final class LookPast {

    private static final Duration FRESH_EVERY = Duration.ofMillis(50);
    private static final Duration ROUND_EVERY = Duration.ofMillis(250);

    /** After a look that found something: more may lie there. */
    private static final Duration ROUND_SOON = Duration.ofMillis(100);

    /** As long as one tenant is known. */
    private static final int ALONE_FACTOR = 20;

    private static final int WALK = 20_000;
    private static final int WALK_ALONE = 4_000;
    private static final int PER_TENANT = 256;
    private static final int FOUND_MAX = 1_024;

    /** Where a place is noted when its walk has ended. */
    private enum Of {
        FRESH,
        ROUND
    }

    private record From(LaneState lane, int priority, Of of) {}

    /**
     * One look.
     *
     * @param froms what the places stand for, in their order
     */
    record Look(List<OtherTenants.Place> places, OtherTenants.Wanted wanted, List<From> froms) {}

    private @Nullable String tenant;
    private boolean several;
    private @Nullable Instant lookedAt;
    private @Nullable Instant roundAt;
    private boolean found;
    private int nextLane;

    /** A task of this tenant was read. */
    void met(DueTask task) {
        if (!several && !task.tenant().equals(tenant)) {
            several = tenant != null;
            tenant = task.tenant();
        }
    }

    /** The next look, if it is time for one and tenants crowd; null otherwise. */
    @Nullable
    Look next(
            Map<Integer, LaneState> lanes,
            Slots slots,
            LaneRules rules,
            Set<LimitKey> full,
            Collection<String> crowdedTypes,
            Instant now) {
        boolean alone = !several && rules.tenantWeights().isEmpty();
        int factor = alone ? ALONE_FACTOR : 1;
        if (crowdedTypes.isEmpty() || isWithin(lookedAt, FRESH_EVERY.multipliedBy(factor), now)) {
            return null;
        }
        List<OtherTenants.Crowd> crowds = slots.crowds(crowdedTypes);
        if (crowds.isEmpty() || slots.waiting() >= Slots.WAITING_MAX) {
            return null;
        }
        List<From> froms = new ArrayList<>();
        lanes.values().forEach(lane -> {
            for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
                if (lane.ahead().isFresh(priority, lane.unread(priority, crowdedTypes))) {
                    froms.add(new From(lane, priority, Of.FRESH));
                }
            }
        });
        if (!isWithin(roundAt, (found ? ROUND_SOON : ROUND_EVERY).multipliedBy(factor), now)) {
            roundAt = now;
            LaneState lane = List.copyOf(lanes.values()).get(nextLane++ % lanes.size());
            for (int priority = 0; priority < LaneState.PRIORITIES; priority++) {
                froms.add(new From(lane, priority, Of.ROUND));
            }
        }
        if (froms.isEmpty()) {
            return null;
        }
        lookedAt = now;
        int walk = Math.max(1, (alone ? WALK_ALONE : WALK) / froms.size());
        List<OtherTenants.Place> places = new ArrayList<>();
        for (From from : froms) {
            Position at = place(from, crowdedTypes);
            places.add(new OtherTenants.Place(from.lane().fence(), from.priority(), at.dueAt(), at.id(), walk));
        }
        return new Look(places, wanted(crowdedTypes, crowds, lanes, rules, full), froms);
    }

    private static boolean isWithin(@Nullable Instant last, Duration pause, Instant now) {
        // A clock that stepped back must not keep it from looking.
        return last != null && now.isBefore(last.plus(pause)) && !now.isBefore(last);
    }

    /** Where the cursors stand that read such types: the main one may be far ahead of them, on its way for others. */
    private static Position cursor(From from, Collection<String> types) {
        return from.lane().unread(from.priority(), types);
    }

    private static Position place(From from, Collection<String> types) {
        Position cursor = cursor(from, types);
        Ahead ahead = from.lane().ahead();
        return from.of() == Of.FRESH ? ahead.fresh(from.priority(), cursor) : ahead.round(from.priority(), cursor);
    }

    private static OtherTenants.Wanted wanted(
            Collection<String> types,
            List<OtherTenants.Crowd> crowds,
            Map<Integer, LaneState> lanes,
            LaneRules rules,
            Set<LimitKey> full) {
        Set<String> queues = new HashSet<>(rules.pausedQueues());
        Set<String> tenants = new HashSet<>();
        for (LimitKey key : full) {
            switch (key.kind()) {
                case QUEUE -> queues.add(key.name());
                case TENANT -> tenants.add(key.name());
                case TYPE -> {} // not among the types that are looked for
            }
        }
        List<String> busy = new ArrayList<>();
        lanes.values().forEach(lane -> busy.addAll(lane.keys().busy()));
        return new OtherTenants.Wanted(types, crowds, busy, queues, tenants, PER_TENANT, FOUND_MAX);
    }

    /** A look failed: what was fresh is so still. */
    void failed(Look look) {
        for (int i = 0; i < look.froms().size(); i++) {
            From from = look.froms().get(i);
            OtherTenants.Place place = look.places().get(i);
            if (from.of() == Of.FRESH) {
                from.lane().ahead().freshWalked(from.priority(), new Position(place.afterAt(), place.afterId()));
            }
        }
    }

    /** A look came back: where it ended, the next one goes on; behind the last row, the next round begins. */
    void answered(Look look, OtherTenants.Seen seen) {
        found = !seen.ids().isEmpty();
        for (int i = 0; i < look.froms().size(); i++) {
            From from = look.froms().get(i);
            OtherTenants.End end = seen.ends().get(i);
            Position on = end != null && end.full() ? new Position(end.dueAt(), end.id()) : null;
            if (from.of() == Of.FRESH) {
                from.lane().ahead().freshWalked(from.priority(), on);
            } else {
                from.lane().ahead().roundWalked(from.priority(), on);
            }
        }
    }
}
