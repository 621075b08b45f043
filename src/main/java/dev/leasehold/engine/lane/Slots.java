package dev.leasehold.engine.lane;

import dev.leasehold.engine.lane.Obstacle.Kind;
import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.engine.limit.SlotDesk;
import dev.leasehold.engine.limit.Survey;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.OtherTenants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a slot and who has one: per type, per node, and for the cautious ones. The more urgent goes first; a type
 * without free slots does not hold up the others.
 */
final class Slots {

    /** Rows in memory beyond which those of types that hold more than their share are given up again. */
    static final int WAITING_MAX = 6_000;

    private static final int BUFFER_MIN = 64;
    private static final int BUFFER_MAX = 2_000;
    private static final int SHARE_MIN = 8;

    /** Tasks of one tenant and type that are enough of it to wait. */
    private static final int CROWD_MIN = 8;

    private static final int CROWD_PART = 16;

    /** Runs at once from lanes that saw a crash. */
    static final int CAUTIOUS_MAX = 4;

    /** Crashes after which a task runs alone on its node, as long as its lane is cautious. */
    static final int ALONE_CRASHES = 2;

    private final int nodeLimit;
    private final Map<String, SlotsOfType> types = new TreeMap<>();
    private final Map<Long, Ready> running = new HashMap<>();
    private final Set<Long> cautious = new HashSet<>();
    private final List<Ready> toCheck = new ArrayList<>();
    private final SlotDesk desk;
    private Map<String, Integer> weights = Map.of();
    private Survey survey = Survey.NONE;
    private boolean alone;
    private Ageing ageing = Ageing.NONE;
    private final List<SlotsOfType> inTurn;
    private int nextType;
    private int held;

    /**
     * @param limits slots by type, read at each start: a type that has none for the time being rests
     * @param nodeLimit slots of all types together
     * @param desk slots under limits that hold over all nodes
     */
    Slots(Map<String, Integer> limits, int nodeLimit, SlotDesk desk) {
        this.desk = desk;
        limits.keySet()
                .forEach(type -> types.put(type, new SlotsOfType(() -> limits.getOrDefault(type, 0), this::weight)));
        inTurn = List.copyOf(types.values());
        this.nodeLimit = nodeLimit;
    }

    void ageing(Ageing from) {
        ageing = from;
    }

    /** By these tenants share the starts of a type, from now on. */
    void weights(Map<String, Integer> now) {
        weights = now;
    }

    private int weight(String tenant) {
        return weights.getOrDefault(tenant, 1);
    }

    /** Tenants of whose tasks of these types enough wait not to be short of them for a moment. */
    List<OtherTenants.Crowd> crowds(Collection<String> ofTypes) {
        List<OtherTenants.Crowd> crowds = new ArrayList<>();
        for (String type : ofTypes) {
            SlotsOfType ofType = types.get(type);
            if (ofType != null) {
                int enough = Math.max(CROWD_MIN, buffer(ofType) / CROWD_PART);
                ofType.waiting().byTenant().forEach((tenant, count) -> {
                    if (count >= enough) {
                        crowds.add(new OtherTenants.Crowd(type, tenant));
                    }
                });
            }
        }
        return crowds;
    }

    Set<String> types() {
        return types.keySet();
    }

    /**
     * How many more rows of a type may be read; zero when enough wait. None until half of the buffer is free: fewer and
     * fuller reads.
     */
    int room(String type) {
        SlotsOfType ofType = types.get(type);
        if (ofType == null) {
            return 0;
        }
        int waits = ofType.waiting().size() - survey.blocked().getOrDefault(type, 0);
        return room(waits, buffer(ofType));
    }

    /** The same of one priority: less urgent ones, however many wait, do not keep the more urgent from being read. */
    int room(String type, int priority) {
        SlotsOfType ofType = types.get(type);
        int room = room(type);
        return ofType == null || room > 0 ? room : room(ofType.waiting().size(priority), buffer(ofType));
    }

    private static int room(int waits, int buffer) {
        return waits <= buffer / 2 ? buffer - waits : 0;
    }

    /** The more types have something waiting, the less each may have: those that are saturated must not crowd out others. */
    private int buffer(SlotsOfType ofType) {
        int others = 0;
        for (SlotsOfType each : types.values()) {
            others += each != ofType && each.waiting().size() > 0 ? 1 : 0;
        }
        int wanted = Math.min(BUFFER_MAX, Math.max(BUFFER_MIN, ofType.limit()));
        return Math.max(SHARE_MIN, Math.min(wanted, WAITING_MAX / 2 / (others + 1)));
    }

    int waiting() {
        int all = 0;
        for (SlotsOfType each : types.values()) {
            all += each.waiting().size();
        }
        return all;
    }

    int running() {
        return running.size();
    }

    Map<String, Long> runningByType() {
        Map<String, Long> counts = new TreeMap<>();
        types.forEach((type, ofType) -> counts.put(type, (long) ofType.running()));
        return counts;
    }

    /** One that was read a moment ago. */
    void add(Ready ready, Instant now) {
        SlotsOfType ofType = types.get(ready.task().type());
        if (ofType == null) {
            throw new IllegalArgumentException(
                    "no handler for type " + ready.task().type());
        }
        ofType.waiting().add(ready, now);
    }

    /**
     * Takes those that may start now, at most so many; each holds a slot until {@link #ended}.
     *
     * @param isCautious whether the lane of an ownership is, now
     */
    List<Ready> start(int most, Instant now, Predicate<LaneFence> isCautious) {
        UnaryOperator<Ready> asOfNow = ready -> ready.asOf(isCautious.test(ready.fence()));
        List<Ready> started = new ArrayList<>();
        held = 0;
        inTurn.forEach(SlotsOfType::nextRound);
        Predicate<Ready> may = each -> caution(each) == null && limit(each) == null;
        SlotsOfType.Round round = new SlotsOfType.Round(now, ageing.dueBy(now), asOfNow, may, toCheck);
        for (int urgency = 0; urgency < LaneState.PRIORITIES; urgency++) {
            boolean any = true;
            while (any && started.size() < most) {
                any = false;
                int first = nextType;
                for (int i = 0; i < inTurn.size() && started.size() < most; i++) {
                    int at = (first + i) % inTurn.size();
                    Ready ready = startOne(inTurn.get(at), urgency, round);
                    if (ready != null) {
                        any = started.add(ready);
                        nextType = at + 1;
                    }
                }
            }
        }
        return started;
    }

    private @Nullable Ready startOne(SlotsOfType ofType, int urgency, SlotsOfType.Round round) {
        if (ofType.holds() || full(ofType) != null || running.size() + held >= nodeLimit) {
            return null;
        }
        Ready ready = ofType.next(urgency, round);
        if (ready != null) {
            take(ofType, ready);
        } else if (ofType.holds()) {
            held++;
        }
        return ready;
    }

    /** What keeps every task of this type from a slot; null when nothing does. */
    private @Nullable Obstacle full(SlotsOfType ofType) {
        if (alone) {
            return new Obstacle(Kind.ONE_RUNS_ALONE, "a task that was in flight at crashes runs alone on this node");
        }
        if (ofType.limit() == 0) {
            return new Obstacle(
                    Kind.TYPE_RESTS, "its type rests on this node, since its runs kept losing their leases");
        }
        if (ofType.running() >= ofType.limit()) {
            return new Obstacle(Kind.TYPE_FULL, "all " + ofType.limit() + " slots of its type on this node are taken");
        }
        return running.size() < nodeLimit
                ? null
                : new Obstacle(Kind.NODE_FULL, "all " + nodeLimit + " slots of this node are taken");
    }

    /** The limit that keeps this one from a slot that is free; null when none does. */
    private @Nullable LimitKey limit(Ready ready) {
        DueTask task = ready.task();
        return desk.inTheWay(task.queue(), task.tenant(), task.type());
    }

    /** What keeps such a task from starting for a limit that holds over all nodes; null when nothing does. */
    @Nullable
    Obstacle overLimit(String queue, String tenant, String type) {
        LimitKey key = desk.inTheWay(queue, tenant, type);
        return key == null ? null : new Obstacle(Kind.LIMIT_REACHED, desk.explain(key));
    }

    /** What keeps this one from a slot that is free; bounded, since a quiet lane is not cautious any more. */
    private @Nullable Obstacle caution(Ready ready) {
        if (!ready.cautious()) {
            return null;
        }
        if (ready.task().crashes() >= ALONE_CRASHES) {
            return running.isEmpty()
                    ? null
                    : new Obstacle(
                            Kind.MUST_RUN_ALONE, "it was in flight at crashes, and waits until nothing else runs");
        }
        return cautious.size() < CAUTIOUS_MAX
                ? null
                : new Obstacle(
                        Kind.LANE_CAUTIOUS,
                        "its lane has seen a crash lately: at most " + CAUTIOUS_MAX + " runs of such lanes at once");
    }

    /** What keeps a task that waits here from starting; null when it does not wait here. */
    @Nullable
    Obstacle obstacle(long task, String type) {
        SlotsOfType ofType = types.get(type);
        Ready waits = ofType == null ? null : ofType.waiting().find(task);
        if (ofType == null || waits == null) {
            return null;
        }
        Obstacle full = full(ofType);
        Obstacle cautions = full == null ? caution(waits) : full;
        DueTask row = waits.task();
        Obstacle held = cautions == null ? overLimit(row.queue(), row.tenant(), row.type()) : cautions;
        return held == null ? new Obstacle(Kind.ITS_TURN_COMES, "it was read and starts in its turn") : held;
    }

    private void take(SlotsOfType ofType, Ready ready) {
        ofType.taken();
        running.put(ready.task().id(), ready);
        desk.taken(ready.task());
        if (ready.cautious()) {
            cautious.add(ready.task().id());
            alone = ready.task().crashes() >= ALONE_CRASHES;
        }
    }

    /** Counts anew what waits under limits that hold over all nodes. */
    Survey survey() {
        survey = desk.isEmpty()
                ? Survey.NONE
                : Survey.of(
                        desk,
                        WAITING_MAX / 2,
                        each -> types.values()
                                .forEach(ofType -> ofType.waiting().forEach(ready -> each.accept(ready.task()))));
        return survey;
    }

    /** Those that waited too long to be started without another look. */
    List<Ready> takeToCheck() {
        List<Ready> taken = List.copyOf(toCheck);
        toCheck.clear();
        return taken;
    }

    /** They were looked at; returns those that do not wait any more, because somebody changed them. */
    List<Ready> checked(Map<Long, DueTask> found, Instant now) {
        List<Ready> changed = new ArrayList<>();
        types.values().forEach(each -> changed.addAll(each.waiting().checked(found, now)));
        return changed;
    }

    /** The look failed. */
    void notChecked() {
        types.values().forEach(each -> each.waiting().notChecked());
    }

    List<Ready> allRunning() {
        return List.copyOf(running.values());
    }

    boolean isRunning(long task) {
        return running.containsKey(task);
    }

    /** Gives a slot back; again, it is nothing. */
    boolean ended(long task) {
        Ready ready = running.remove(task);
        if (ready == null) {
            return false;
        }
        desk.ended(ready.task());
        SlotsOfType ofType = types.get(ready.task().type());
        if (ofType != null) {
            ofType.ended();
        }
        if (cautious.remove(task)) {
            alone = false;
        }
        return true;
    }

    /** Forgets those who wait and match. */
    List<Ready> drop(Predicate<Ready> which) {
        List<Ready> dropped = new ArrayList<>();
        types.values().forEach(each -> dropped.addAll(each.waiting().removeIf(which)));
        return dropped;
    }

    /**
     * Where more wait than memory should hold: takes out what limits and types have beyond their share. Tasks with a concurrency key
     * stay: others of their key may have been passed over.
     */
    List<Ready> giveUp() {
        if (waiting() < WAITING_MAX) {
            return List.of();
        }
        List<Ready> given = new ArrayList<>(beyondEnough());
        if (waiting() >= WAITING_MAX) {
            for (SlotsOfType each : types.values()) {
                given.addAll(
                        each.waiting().cut(buffer(each), ready -> ready.task().concurrencyKey() == null));
            }
        }
        return given;
    }

    /**
     * Takes out what waits of limits beyond what is enough of each, as a read may bring it. As many stay as keep them full: they
     * would be read again at once.
     */
    private List<Ready> beyondEnough() {
        Survey now = survey();
        if (now.full().isEmpty()) {
            return List.of();
        }
        Map<LimitKey, Integer> kept = new HashMap<>();
        Predicate<Ready> isBeyond = ready -> {
            DueTask task = ready.task();
            List<LimitKey> keys = desk.about(task.queue(), task.tenant(), task.type());
            boolean beyond = task.concurrencyKey() == null
                    && keys.stream().anyMatch(key -> kept.getOrDefault(key, 0) >= now.enough());
            if (!beyond) {
                keys.forEach(key -> kept.merge(key, 1, Integer::sum));
            }
            return beyond;
        };
        return drop(isBeyond);
    }
}
