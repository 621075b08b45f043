package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How leases end and connections come and go, step by step; the model test says that it holds in any order. */
class LedgerLifeTest extends LedgerFixture {

    private long used(boolean inTransaction) {
        long id = ask(TASK);
        Held<String> held = books.lease(id);
        assertThat(held).isNotNull();
        if (held != null) {
            assertThat(held.fence().enter(now)).isTrue();
            held.fence().exit(now, inTransaction);
        }
        return id;
    }

    @Test
    @Tag("H45")
    void takesALeaseForALeakSoonerWithinATransactionThanOutside() {
        long outside = used(false);
        long within = used(true);

        ledger.tick(now + 19_999 * MS);
        assertThat(holds(within)).isTrue();
        ledger.tick(now + 20_000 * MS);
        assertThat(holds(within)).isFalse();
        ledger.tick(now + 49_999 * MS);
        assertThat(holds(outside)).isTrue();
        ledger.tick(now + 50_000 * MS);
        assertThat(holds(outside)).isFalse();
    }

    /** Held is not idle: only the deadline ends it, and that can be moved, up to the cap. */
    @Test
    @Tag("H45")
    void takesNoLeaseForALeakThatIsWithinACallAndEndsItAtItsDeadline() {
        long id = ask(TASK);
        Held<String> held = books.lease(id);
        assertThat(held).isNotNull();
        if (held != null) {
            assertThat(held.fence().enter(now)).isTrue();
            ledger.tick(now + 99_999 * MS);
            assertThat(holds(id)).isTrue();
            assertThat(ledger.renew(held.id(), 10_000_000 * MS, now + 99_999 * MS))
                    .isTrue();
            ledger.tick(now + 599_999 * MS);
            assertThat(holds(id)).isTrue();
            ledger.tick(now + 600_000 * MS);
            assertThat(holds(id)).isFalse();
        }
    }

    @Test
    @Tag("H33")
    @Tag("row27")
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
    @Tag("H33")
    void grantsTheWarmestSoThatTheColdestCanGo() {
        long[] held = {ask(TASK), ask(TASK), ask(TASK)};
        int[] slots = new int[held.length];
        for (int no = 0; no < held.length; no++) {
            Held<String> lease = books.lease(held[no]);
            assertThat(lease).isNotNull();
            slots[no] = lease == null ? -1 : lease.slot();
        }
        for (long each : held) {
            release(each);
            now += 40 * MS;
        }

        Held<String> next = books.lease(ask(TASK));
        assertThat(next).isNotNull();
        assertThat(next == null ? -1 : next.slot()).isEqualTo(slots[2]);
        ledger.tick(now);

        // The first that came back has been idle for longer than the linger, the second has not.
        assertThat(books.retiredSlots).containsExactly(slots[0]);
    }

    @Test
    @Tag("H34")
    @Tag("row29")
    void replacesThoseOfOneAgeAtDifferentTimes() {
        ledger = ledger(2, 2, 0, 0, 0);
        chance = 1;
        long early = ask(TASK);
        chance = 0;
        long late = ask(TASK);
        release(early);
        release(late);

        ledger.tick(now + 899_999 * MS);
        assertThat(books.retired).isEmpty();
        ledger.tick(now + 900_000 * MS);
        assertThat(books.retired).containsExactly(Retirement.RECYCLED);
        ledger.tick(now + 999_999 * MS);
        assertThat(books.retired).hasSize(1);
        ledger.tick(now + 1_000_000 * MS);
        assertThat(books.retired).containsExactly(Retirement.RECYCLED, Retirement.RECYCLED);
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
