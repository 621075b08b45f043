package dev.leasehold.engine.limit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The slots of all limits whose home lanes this node owns, and who has them. Pure.
 *
 * <p>Invariants: no slot is given before every owner of a lane has said, under this ownership of the home lane, what it has
 * in use; what was given and not returned never exceeds the limit by a gift. A node that owns no lane any more, by the lane
 * table, has nothing that would be accepted: its slots come back.
 */
public final class SlotHomes {

    private static final class Holder {
        private final long session;
        private long given;
        private long returned;
        private long acknowledged;
        private int target;
        private long turn;
        private boolean listed;
        private int looksWithout;
        private int keep = Integer.MAX_VALUE;
        private boolean news = true;

        Holder(long session) {
            this.session = session;
        }

        int outstanding() {
            return (int) (given - returned);
        }

        boolean isHungry() {
            return listed && outstanding() < target;
        }
    }

    private static final class Home {
        private final long epoch;
        private final Map<LimitKey, Counter> counters = new HashMap<>();

        Home(long epoch) {
            this.epoch = epoch;
        }
    }

    private static final class Counter {
        private int limit;
        private final Map<String, Holder> holders = new TreeMap<>();
        private boolean open;

        Counter(int limit) {
            this.limit = limit;
        }

        int outstanding() {
            return holders.values().stream().mapToInt(Holder::outstanding).sum();
        }
    }

    private final Map<Integer, Home> homes = new HashMap<>();
    private final Map<String, List<Told>> out = new TreeMap<>();
    private Map<LimitKey, Integer> limits = Map.of();
    private Roster roster = Roster.UNKNOWN;
    private long turns;

    /** This node owns a lane. What was counted under an earlier ownership is nothing. */
    public void own(int lane, long epoch) {
        homes.put(lane, new Home(epoch));
    }

    /** It does not any more. */
    public void lose(int lane, long epoch) {
        Home home = homes.get(lane);
        if (home != null && home.epoch == epoch) {
            homes.remove(lane);
        }
    }

    /** From now on these limits hold. */
    public void limits(Map<LimitKey, Integer> now) {
        limits = Map.copyOf(now);
        homes.values().forEach(home -> home.counters.keySet().retainAll(limits.keySet()));
        roster(roster);
    }

    /** Who owns the lanes now: who must be asked, and who has nothing any more. */
    public void roster(Roster now) {
        roster = now;
        Set<String> owners = now.owners();
        limits.keySet().forEach(key -> look(key, owners, true));
    }

    private void look(LimitKey key, Set<String> owners, boolean again) {
        Roster.Place place = roster.home(key);
        Home home = home(key);
        Counter counter = counter(key);
        // A look that was sent before the take-over knows nothing of those who hold slots now.
        if (counter == null || place == null || home == null || place.epoch() != home.epoch) {
            return;
        }
        if (again) {
            counter.holders.entrySet().removeIf(entry -> hasNothing(entry.getValue(), owners.contains(entry.getKey())));
        } else {
            counter.holders.forEach((node, holder) -> holder.listed |= owners.contains(node));
        }
        counter.open |= counter.holders.keySet().containsAll(owners);
        if (!counter.open) {
            owners.stream()
                    .filter(owner -> !counter.holders.containsKey(owner))
                    .forEach(owner -> tell(owner, new Told(key, home.epoch, 0, 0, 0, Integer.MAX_VALUE)));
        }
        give(key, home.epoch, counter);
    }

    /**
     * At each look: whether what a node holds comes back. One that asked and was not listed yet may have taken its first lane
     * after the look was sent; the next look was sent later.
     */
    private static boolean hasNothing(Holder holder, boolean listed) {
        boolean was = holder.listed;
        holder.listed = listed;
        holder.looksWithout = listed ? 0 : holder.looksWithout + 1;
        // What was given and never acknowledged is said again: else a lost message would be a lost slot.
        holder.news |= holder.acknowledged < holder.given;
        return !listed && (was || holder.looksWithout > 1);
    }

    private @Nullable Home home(LimitKey key) {
        Roster.Place place = roster.home(key);
        return place == null ? null : homes.get(place.lane());
    }

    private @Nullable Counter counter(LimitKey key) {
        Integer limit = limits.get(key);
        Home home = home(key);
        if (limit == null || home == null) {
            return null;
        }
        Counter counter = home.counters.computeIfAbsent(key, created -> new Counter(limit));
        counter.limit = limit;
        return counter;
    }

    /** What a node says of its account. */
    public void ask(Ask ask) {
        Counter counter = counter(ask.key());
        Home home = home(ask.key());
        if (counter == null || home == null || ask.epoch() > home.epoch) {
            return;
        }
        if (ask.epoch() < home.epoch) {
            tell(ask.node(), new Told(ask.key(), home.epoch, 0, 0, 0, Integer.MAX_VALUE));
            return;
        }
        Holder holder = counter.holders.get(ask.node());
        if (holder == null || holder.session < ask.session()) {
            Holder opened = new Holder(ask.session());
            opened.listed = holder != null && holder.listed;
            opened.turn = holder == null ? 0 : holder.turn;
            opened.looksWithout = holder == null ? 0 : holder.looksWithout;
            holder = opened;
            counter.holders.put(ask.node(), holder);
        } else if (holder.session > ask.session()) {
            return;
        }
        holder.given = Math.max(holder.given, ask.given());
        holder.acknowledged = Math.max(holder.acknowledged, ask.given());
        holder.returned = Math.max(holder.returned, ask.returned());
        holder.target = ask.target();
        holder.news = true;
        // Whether it owns a lane, and whether it was the last one to be counted, the roster says.
        look(ask.key(), roster.owners(), false);
    }

    private void give(LimitKey key, long epoch, Counter counter) {
        if (counter.open) {
            int free = counter.limit - counter.outstanding();
            for (; free > 0; free--) {
                Holder next = counter.holders.values().stream()
                        .filter(Holder::isHungry)
                        .min(Comparator.comparingLong(holder -> holder.turn))
                        .orElse(null);
                if (next == null) {
                    break;
                }
                next.given++;
                next.turn = ++turns;
                next.news = true;
            }
            share(counter);
        }
        counter.holders.forEach((node, holder) -> {
            if (holder.news) {
                holder.news = false;
                tell(node, new Told(key, epoch, holder.session, holder.given, holder.returned, holder.keep));
            }
        });
    }

    /** Where somebody has less than its share and nothing is free, those who have more are to return it. */
    private static void share(Counter counter) {
        long wanting = counter.holders.values().stream()
                .filter(holder -> holder.listed && holder.target > 0)
                .count();
        int share = wanting == 0 ? Integer.MAX_VALUE : (int) (counter.limit / wanting);
        boolean pressed = counter.outstanding() > counter.limit // it was lowered
                || counter.holders.values().stream()
                        .anyMatch(holder -> holder.isHungry() && holder.outstanding() < Math.max(1, share));
        for (Holder each : counter.holders.values()) {
            int keep = pressed && each.outstanding() > share ? share : Integer.MAX_VALUE;
            each.news |= keep != each.keep;
            each.keep = keep;
        }
    }

    private void tell(String node, Told told) {
        out.computeIfAbsent(node, first -> new ArrayList<>()).add(told);
    }

    /** What is to be said, by node; it is said once. */
    public Map<String, List<Told>> takeOut() {
        Map<String, List<Told>> taken = new TreeMap<>(out);
        out.clear();
        return taken;
    }

    /** Slots that are not free, as this node counts them; null where it is not the one who counts, or has not counted yet. */
    @Nullable
    Integer outstanding(LimitKey key) {
        Counter counter = counter(key);
        return counter == null || !counter.open ? null : counter.outstanding();
    }
}
