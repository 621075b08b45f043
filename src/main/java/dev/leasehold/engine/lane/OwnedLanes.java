package dev.leasehold.engine.lane;

import dev.leasehold.store.LaneFence;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The lanes that this node believes to own, for threads outside the actors. The fence in the database decides. */
public final class OwnedLanes {

    private final Map<Integer, LaneFence> fences = new ConcurrentHashMap<>();

    void own(LaneFence fence) {
        fences.put(fence.lane(), fence);
    }

    void lose(LaneFence fence) {
        fences.remove(fence.lane(), fence);
    }

    void loseAll() {
        fences.clear();
    }

    public boolean owns(LaneFence fence) {
        return fence.equals(fences.get(fence.lane()));
    }

    /** In the order of their numbers. */
    public List<LaneFence> all() {
        return fences.values().stream()
                .sorted(java.util.Comparator.comparingInt(LaneFence::lane))
                .toList();
    }
}
