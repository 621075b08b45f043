package dev.leasehold.lease.ledger;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who holds or waits, how often, in which life; and which scopes hold. */
final class Owners {

    private static final class Entry {
        private int references;
        private long life;
    }

    private final Map<Object, Entry> entries = new HashMap<>();
    private final Set<String> scopes = new HashSet<>();
    private final Map<String, Integer> shares = new HashMap<>();

    /** True when this life is newer than the one that is known. */
    boolean isReborn(Object owner, long life) {
        Entry entry = entries.get(owner);
        return entry != null && life > entry.life;
    }

    /** True when a newer life of the owner was seen: the request is a ghost's. */
    private boolean isGhost(Object owner, long life) {
        Entry entry = entries.get(owner);
        return entry != null && life < entry.life;
    }

    void add(Request<?> request) {
        Entry entry = entries.computeIfAbsent(request.owner(), owner -> new Entry());
        entry.references++;
        entry.life = Math.max(entry.life, request.ownerLife());
        share(request, 1);
    }

    /** True when the owner has nothing left. */
    boolean remove(Request<?> request) {
        share(request, -1);
        Entry entry = entries.get(request.owner());
        if (entry == null) {
            return false;
        }
        entry.references--;
        if (entry.references == 0) {
            entries.remove(request.owner());
            return true;
        }
        return false;
    }

    boolean holds(String scope) {
        return !scope.isEmpty() && scopes.contains(scope);
    }

    void hold(String scope) {
        if (!scope.isEmpty()) {
            scopes.add(scope);
        }
    }

    void letGo(String scope) {
        scopes.remove(scope);
    }

    /** What is wrong with the request itself, or with so many of its kind. */
    @Nullable
    Denial refusal(Request<?> request, LedgerSettings settings) {
        boolean impossible = request.holdNanos() <= 0 || request.holdNanos() > settings.hardCap();
        if (impossible || isGhost(request.owner(), request.ownerLife())) {
            return Denial.INVALID;
        }
        if (holds(request.scope())) {
            return Denial.NESTED;
        }
        return isOver("type ", request.type(), settings.quotaPerType())
                        || isOver("tenant ", request.tenant(), settings.quotaPerTenant())
                ? Denial.QUOTA
                : null;
    }

    private boolean isOver(String kind, @Nullable String name, int quota) {
        return quota > 0 && name != null && shares.getOrDefault(kind + name, 0) >= quota;
    }

    private void share(Request<?> request, int change) {
        if (request.type() != null) {
            shares.merge("type " + request.type(), change, Owners::sumOrNothing);
        }
        if (request.tenant() != null) {
            shares.merge("tenant " + request.tenant(), change, Owners::sumOrNothing);
        }
    }

    @SuppressWarnings("NullAway") // null removes the entry, as Map.merge has it
    private static Integer sumOrNothing(Integer before, Integer change) {
        int sum = before + change;
        return sum == 0 ? null : sum;
    }
}
