package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is served, who is denied and when, step by step; the model test says that it holds in any order. */
class LedgerRulesTest {

    private static final long MS = 1_000_000;
    private static final int CONTROL = 0;
    private static final int INTERACTIVE = 1;
    private static final int TASK = 2;

    private final Books books = new Books();
    private final Epoch epoch = new Epoch();
    private long now = 1_000 * MS;
    private long ids;
    private Ledger<String> ledger = ledger(2, 4, 1, 0, 0);

    /** Remembers what the ledger wants done; nobody does it but the test. */
    private static final class Books implements Effects<String> {
        private final List<Held<String>> granted = new ArrayList<>();
        private final Map<Long, Denial> denied = new HashMap<>();
        private final List<Integer> toOpen = new ArrayList<>();
        private final List<Integer> toClean = new ArrayList<>();
        private final List<Retirement> retired = new ArrayList<>();

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
        }

        @Override
        public void released(Held<String> held) {
            granted.remove(held);
        }

        @Override
        public void ownerIdle(Object owner) {
            assertThat(owner).isNotNull();
        }

        private @Nullable Held<String> lease(long request) {
            return granted.stream()
                    .filter(each -> each.request().id() == request)
                    .findFirst()
                    .orElse(null);
        }
    }

    private Ledger<String> ledger(int size, int max, int reserved, int quotaPerType, int quotaPerTenant) {
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
                        50_000 * MS,
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
                () -> 0.5);
    }

    private long ask(int classNo) {
        return ask(classNo, "type", "tenant");
    }

    private long ask(int classNo, String type, String tenant) {
        long id = ++ids;
        ledger.acquire(
                new Request<>(id, "owner" + id, 0, classNo, 100_000 * MS, now + 50_000 * MS, "", type, tenant, now, ""),
                now);
        openAll();
        return id;
    }

    private void openAll() {
        while (!books.toOpen.isEmpty()) {
            ledger.opened(books.toOpen.remove(0), true, now);
        }
    }

    private void release(long request) {
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

    private boolean holds(long request) {
        return books.lease(request) != null;
    }

    /** Owners of which each wants so many leases at once, in the worst order: all of them ask for one more in turn. */
    private int finishing(int owners, int leasesEach, int permits) {
        ledger = ledger(permits, permits, 0, 0, 0);
        books.granted.clear();
        List<List<Long>> asked = new ArrayList<>();
        for (int round = 0; round < leasesEach; round++) {
            for (int owner = 0; owner < owners; owner++) {
                if (round == 0) {
                    asked.add(new ArrayList<>());
                }
                asked.get(owner).add(ask(TASK));
            }
        }
        int finished = 0;
        while (asked.removeIf(leases -> {
            boolean complete = leases.stream().allMatch(this::holds);
            if (complete) {
                leases.forEach(this::release);
            }
            return complete;
        })) {
            finished = owners - asked.size();
        }
        return finished;
    }

    @Test
    @Tag("H25")
    void unavoidableNestingEndsWithThreadsTimesConnectionsLessOnePlusOneAndNotWithLess() {
        int[][] sizes = {{1, 2}, {2, 2}, {3, 2}, {2, 3}, {3, 3}, {3, 5}};

        for (int[] size : sizes) {
            int owners = size[0];
            int each = size[1];
            int enough = owners * (each - 1) + 1;
            assertThat(finishing(owners, each, enough)).isEqualTo(owners);
            assertThat(finishing(owners, each, enough - 1)).isZero();
        }
    }

    @Test
    @Tag("H26")
    void turnsAwayWhomItsQueueHasNoPlaceFor() {
        for (int no = 0; no < 3; no++) {
            assertThat(holds(ask(TASK))).isTrue();
        }
        for (int no = 0; no < 3; no++) {
            assertThat(holds(ask(TASK))).isFalse();
        }
        assertThat(books.denied).isEmpty();

        long tooMany = ask(TASK);

        assertThat(books.denied).containsExactly(Map.entry(tooMany, Denial.QUEUE_FULL));
        assertThat(holds(ask(CONTROL))).isTrue(); // each class has a queue of its own
    }

    @Test
    @Tag("H26")
    void shedsPeopleWhoWaitedTooLongWhileItIsOverloaded() {
        for (int no = 0; no < 3; no++) {
            ask(TASK);
        }
        long old = ask(INTERACTIVE);
        long task = ask(TASK);
        now += 150 * MS;
        long young = ask(INTERACTIVE);
        now += 60 * MS;

        ledger.tick(now);

        assertThat(books.denied).containsExactly(Map.entry(old, Denial.SHED));
        assertThat(ledger.view().waitingRequests()).extracting(Request::id).containsExactlyInAnyOrder(young, task);
    }

    @Test
    @Tag("H27")
    void keepsTheReserveForControlWhateverTheOthersWant() {
        for (int no = 0; no < 3; no++) {
            assertThat(holds(ask(TASK))).isTrue();
        }
        long task = ask(TASK);
        long person = ask(INTERACTIVE);

        assertThat(holds(task)).isFalse();
        assertThat(holds(person)).isFalse();
        assertThat(holds(ask(CONTROL))).isTrue();
    }

    @Test
    @Tag("H27")
    @Tag("H28")
    @Tag("P10")
    void servesTheHeavierClassFirstButNobodyForEver() {
        long[] held = {ask(TASK), ask(TASK), ask(TASK)};
        long task = ask(TASK);
        now += MS;
        long person = ask(INTERACTIVE);
        now += 10 * MS;

        release(held[0]);

        assertThat(holds(person)).isTrue();
        assertThat(holds(task)).isFalse();
        now += 200 * MS;
        ask(INTERACTIVE);
        now += 20 * MS;
        release(held[1]);
        assertThat(holds(task)).isTrue(); // it has waited more than four times as long
    }

    @Test
    @Tag("P7")
    void servesOneClassInTheOrderInWhichTheyCame() {
        long[] held = {ask(TASK), ask(TASK), ask(TASK)};
        long first = ask(TASK);
        long second = ask(TASK);

        release(held[1]);

        assertThat(holds(first)).isTrue();
        assertThat(holds(second)).isFalse();
    }

    @Test
    @Tag("H28")
    void givesOneTypeAndOneTenantNoMoreThanTheirQuota() {
        ledger = ledger(4, 8, 0, 2, 3);
        long first = ask(TASK, "crawl", "anna");
        ask(TASK, "crawl", "bert");

        assertThat(books.denied).isEmpty();
        long third = ask(TASK, "crawl", "cleo");
        long other = ask(TASK, "mail", "anna");
        ask(TASK, "call", "anna");
        long tooManyOfAnna = ask(TASK, "sync", "anna");

        assertThat(books.denied).containsOnly(Map.entry(third, Denial.QUOTA), Map.entry(tooManyOfAnna, Denial.QUOTA));
        assertThat(holds(other)).isTrue();
        release(first);
        assertThat(holds(ask(TASK, "crawl", "cleo"))).isTrue();
        assertThat(holds(ask(TASK, "sync", "anna"))).isTrue();
    }

    @Test
    @Tag("H33")
    void closesWhatItDoesNotNeedOneAtATimeTheColdestFirst() {
        long[] held = {ask(TASK), ask(TASK), ask(TASK), ask(CONTROL)};
        for (long each : held) {
            release(each);
        }
        ledger.tick(now + 99 * MS);
        assertThat(books.retired).isEmpty();

        ledger.tick(now + 101 * MS);
        assertThat(books.retired).containsExactly(Retirement.SURPLUS);
        ledger.tick(now + 102 * MS);
        ledger.tick(now + 103 * MS);
        assertThat(books.retired).hasSize(2);
        assertThat(ledger.view().idle()).isEqualTo(2);
    }

    @Test
    @Tag("H34")
    void recyclesALeasedConnectionOnlyOnceItIsBackAndGrantsNoneThatWouldGrowTooOld() {
        release(ask(TASK));
        now += 899_000 * MS;
        long held = ask(TASK);
        Held<String> lease = books.lease(held);
        assertThat(lease).isNotNull();
        if (lease != null) {
            lease.fence().enter(now); // at work all the time
        }
        now += 61_000 * MS;
        ledger.tick(now);
        assertThat(books.retired).isEmpty();
        assertThat(holds(held)).isTrue();

        if (lease != null) {
            lease.fence().exit(now, false);
        }
        release(held);
        assertThat(books.retired).containsExactly(Retirement.RECYCLED);

        release(ask(TASK));
        now += 905_000 * MS; // young enough now, too old before the lease would have to end
        assertThat(holds(ask(TASK))).isTrue();
        assertThat(books.retired).containsExactly(Retirement.RECYCLED, Retirement.RECYCLED);
    }
}
