package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Who is served, who is denied and when, step by step; the model test says that it holds in any order. */
class LedgerRulesTest extends LedgerFixture {

    /** Were it only refused when its turn comes, it would wait for a connection that its own scope holds. */
    @Test
    @Tag("H24")
    @Tag("row5")
    @Tag("P13")
    void refusesAScopeThatHoldsOneAtOnceAlsoWhenNothingIsFree() {
        ledger = ledger(1, 1, 0, 0, 0);
        long held = ask(TASK, "run-1", "type", "tenant");
        assertThat(holds(held)).isTrue();

        long nested = ask(TASK, "run-1", "type", "tenant");
        long other = ask(TASK, "run-2", "type", "tenant");

        assertThat(books.denied).containsExactly(Map.entry(nested, Denial.NESTED));
        assertThat(ledger.view().waitingRequests()).extracting(Request::id).containsExactly(other);
        release(held);
        assertThat(holds(other)).isTrue();
    }

    /** Two of one scope may wait; once one of them holds, the other is refused at its turn. */
    @Test
    @Tag("H24")
    @Tag("P13")
    void refusesTheSecondOfAScopeThatWaitedTwice() {
        ledger = ledger(2, 2, 0, 0, 0);
        long one = ask(TASK);
        long two = ask(TASK);
        long first = ask(TASK, "run-1", "type", "tenant");
        long second = ask(TASK, "run-1", "type", "tenant");

        release(one);
        assertThat(holds(first)).isTrue();
        release(two);

        assertThat(holds(second)).isFalse();
        assertThat(books.denied).containsExactly(Map.entry(second, Denial.NESTED));
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
    @Tag("H26")
    void shedsNobodyAsLongAsSomebodyIsServedSoon() {
        long[] held = {ask(TASK), ask(TASK), ask(TASK)};
        long first = ask(INTERACTIVE);
        now += 20 * MS;
        release(held[0]);
        assertThat(holds(first)).isTrue();
        long patient = ask(INTERACTIVE);
        now += 190 * MS;

        ledger.tick(now);

        assertThat(books.denied).isEmpty();
        assertThat(ledger.view().waitingRequests()).extracting(Request::id).containsExactly(patient);
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
        long control = ask(CONTROL);
        assertThat(holds(control)).isTrue();
        // Its connection is kept, and is no more for the others than before.
        release(control);
        assertThat(ledger.view().idle()).isEqualTo(1);
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
}
