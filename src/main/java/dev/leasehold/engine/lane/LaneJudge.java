package dev.leasehold.engine.lane;

import dev.leasehold.store.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says which lanes may be taken, from what the database shows alone: free ones, those of owners that said goodbye, and those
 * of owners that are dead. Remembers since when it has seen a lock free. Pure.
 */
final class LaneJudge {

    /**
     * A lane that may be taken.
     *
     * @param epoch under which it was judged; a take-over compares it
     * @param crashed its owner died without goodbye
     * @param from the owner's incarnation, empty when it was free
     */
    record Verdict(int lane, long epoch, boolean crashed, String from) {}

    private final String self;
    private final LaneSettings settings;
    private final Map<String, Long> lockFreeSince = new HashMap<>();

    LaneJudge(String self, LaneSettings settings) {
        this.self = self;
        this.settings = settings;
    }

    /**
     * Judges all lanes.
     *
     * @param owned numbers of the lanes that this node knows to own
     * @param serverUp since the server's start: it frees all locks and ages all heartbeats at once
     * @param nowNanos monotonic, of this node
     */
    List<Verdict> judge(List<Lanes.Lane> lanes, Set<Integer> owned, Duration serverUp, long nowNanos) {
        List<Verdict> verdicts = new ArrayList<>();
        lockFreeSince
                .keySet()
                .removeIf(owner -> lanes.stream().noneMatch(lane -> owner.equals(lane.owner()) && !lane.lockHeld()));
        boolean serverIsYoung = serverUp.compareTo(settings.serverGrace()) < 0;
        for (Lanes.Lane lane : lanes) {
            String owner = lane.owner();
            if (owner == null) {
                verdicts.add(new Verdict(lane.no(), lane.epoch(), false, ""));
            } else if (owner.equals(self)) {
                if (!owned.contains(lane.no())) {
                    // Ours without our knowing: the answer to a take-over was lost.
                    verdicts.add(new Verdict(lane.no(), lane.epoch(), false, self));
                }
            } else if (lane.ownerStopped()) {
                verdicts.add(new Verdict(lane.no(), lane.epoch(), false, owner));
            } else if (!serverIsYoung && isDead(lane, owner, nowNanos)) {
                verdicts.add(new Verdict(lane.no(), lane.epoch(), true, owner));
            }
        }
        return verdicts;
    }

    private boolean isDead(Lanes.Lane lane, String owner, long nowNanos) {
        if (lane.beatAge().compareTo(settings.deadAfter()) > 0) {
            return true;
        }
        if (lane.lockHeld()) {
            return false;
        }
        long since = lockFreeSince.computeIfAbsent(owner, o -> nowNanos);
        return nowNanos - since >= settings.lockFreeFor().toNanos();
    }
}
