package dev.leasehold.cluster.budget;

import dev.leasehold.lease.PoolName;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;

/** Divides whole connections; every node comes to the same answer from the same members. */
final class Shares {

    private Shares() {}

    /** Equal parts; the first in order get one more each, until nothing is left. */
    static Map<String, Integer> ofNodes(int total, SortedSet<String> members) {
        Map<String, Integer> shares = new LinkedHashMap<>();
        int place = 0;
        for (String member : members) {
            int more = place < total % members.size() ? 1 : 0;
            shares.put(member, Math.max(0, total / members.size() + more));
            place++;
        }
        return shares;
    }

    /**
     * What each pool gets of so many connections: what it wants where there is enough, else in proportion to it, but one at
     * least, since a pool without any could never finish anything.
     */
    static Map<PoolName, Integer> ofPools(int connections, Map<PoolName, Integer> wanted) {
        int sum = wanted.values().stream().mapToInt(Integer::intValue).sum();
        Map<PoolName, Integer> shares = new EnumMap<>(wanted);
        if (connections >= sum) {
            return shares;
        }
        int left = Math.max(0, connections);
        for (Map.Entry<PoolName, Integer> each : shares.entrySet()) {
            int part = (int) ((long) Math.max(0, connections) * each.getValue() / sum);
            each.setValue(Math.max(1, part));
            left -= each.getValue();
        }
        for (Map.Entry<PoolName, Integer> each : shares.entrySet()) {
            if (left > 0 && each.getValue() < wanted.getOrDefault(each.getKey(), 0)) {
                each.setValue(each.getValue() + 1);
                left--;
            }
        }
        return shares;
    }
}
