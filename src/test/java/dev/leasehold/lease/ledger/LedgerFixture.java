package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Books whose deeds nobody does but the test. */
abstract class LedgerFixture {

    static final long MS = 1_000_000;
    static final int CONTROL = 0;
    static final int INTERACTIVE = 1;
    static final int TASK = 2;

    final Books books = new Books();
    final Epoch epoch = new Epoch();
    long now = 1_000 * MS;
    long ids;
    /** Of the connections that are opened from now on. */
    double chance = 0.5;

    Ledger<String> ledger = ledger(2, 4, 1, 0, 0);

    /** Remembers what the ledger wants done; nobody does it but the test. */
    static final class Books implements Effects<String> {
        final List<Held<String>> granted = new ArrayList<>();
        final Map<Long, Denial> denied = new HashMap<>();
        final List<Integer> toOpen = new ArrayList<>();
        final List<Integer> toClean = new ArrayList<>();
        final List<Retirement> retired = new ArrayList<>();
        final List<Integer> retiredSlots = new ArrayList<>();

        @Override
        public void granted(Held<String> held) {
            granted.add(held);
        }

        @Override
        public void denied(Request<String> request, Denial reason, long retryAfterNanos) {
            denied.put(request.id(), reason);
        }

        @Override
        public void warned(Held<String> held, long remainingNanos) {
            assertThat(remainingNanos).isPositive();
        }

        @Override
        public void revoked(Held<String> held, Ending how) {
            granted.remove(held);
        }

        @Override
        public void open(int slot) {
            toOpen.add(slot);
        }

        @Override
        public void clean(int slot) {
            toClean.add(slot);
        }

        @Override
        public void retire(int slot, Retirement why) {
            retired.add(why);
            retiredSlots.add(slot);
        }

        @Override
        public void released(Held<String> held) {
            granted.remove(held);
        }

        @Override
        public void ownerIdle(Object owner) {
            assertThat(owner).isNotNull();
        }

        @Nullable
        Held<String> lease(long request) {
            return granted.stream()
                    .filter(each -> each.request().id() == request)
                    .findFirst()
                    .orElse(null);
        }
    }

    Ledger<String> ledger(int size, int max, int reserved, int quotaPerType, int quotaPerTenant) {
        epoch.next();
        return new Ledger<>(
                new LedgerSettings(
                        size,
                        max,
                        reserved,
                        1_000_000 * MS,
                        100 * MS,
                        1_000 * MS,
                        600_000 * MS,
                        20_000 * MS,
                        50_000 * MS,
                        quotaPerType,
                        quotaPerTenant,
                        List.of(
                                new ClassPolicy(16, 3, true, 0, 0, true),
                                new ClassPolicy(4, 20, false, 50 * MS, 200 * MS, false),
                                new ClassPolicy(1, 3, false, 0, 0, false))),
                books,
                epoch,
                now,
                0,
                0,
                () -> chance);
    }

    long ask(int classNo) {
        return ask(classNo, "type", "tenant");
    }

    long ask(int classNo, String type, String tenant) {
        return ask(classNo, "", type, tenant);
    }

    long ask(int classNo, String scope, String type, String tenant) {
        long id = ++ids;
        ledger.acquire(
                new Request<>(
                        id, "owner" + id, 0, classNo, 100_000 * MS, now + 50_000 * MS, scope, type, tenant, now, ""),
                now);
        openAll();
        return id;
    }

    void openAll() {
        while (!books.toOpen.isEmpty()) {
            ledger.opened(books.toOpen.remove(0), true, now);
        }
    }

    void release(long request) {
        Held<String> held = books.lease(request);
        assertThat(held).isNotNull();
        if (held != null) {
            held.fence().claim();
            held.fence().enter(now);
            held.fence().exit(now, false);
            held.fence().release();
            ledger.release(held.id(), now);
            while (!books.toClean.isEmpty()) {
                ledger.cleaned(books.toClean.remove(0), true, now);
            }
        }
    }

    boolean holds(long request) {
        return books.lease(request) != null;
    }
}
