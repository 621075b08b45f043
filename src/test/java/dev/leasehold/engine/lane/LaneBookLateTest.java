package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.engine.limit.LimitKey;
import dev.leasehold.store.DueTask;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Rows that become visible behind all cursors, of which nobody hears, while enough others of their kind wait: the slow pass
 * finds them all the same, and leaves the backlog to the cursors.
 */
class LaneBookLateTest extends LaneBookFixture {

    private static final Instant LONG_AGO = START.minusSeconds(3_600);
    private static final int BACKLOG = 5_000;

    /** Turns of the lane in the slow pass, in which nothing ends. */
    private void slowTurns(int turns) {
        for (int i = 0; i < turns; i++) {
            book.lookSlowly(0);
            readAll();
        }
    }

    private void readAll() {
        for (int i = 0; turn(); i++) {
            assertThat(i).as("reads").isLessThan(500);
        }
    }

    /** The backlog waits as far as memory goes, and nothing more of it may be read. */
    private void crowd(String type, String queue) {
        backlog(type, queue, BACKLOG, LONG_AGO.plusMillis(1));
        readAll();
        assertThat(started.size() + book.waiting()).isLessThan(BACKLOG / 2);
        readsNoneOfTheBacklogSlowly();
    }

    private void readsNoneOfTheBacklogSlowly() {
        int before = book.waiting();
        slowTurns(20);
        assertThat(book.waiting()).as("the slow pass leaves the backlog").isEqualTo(before);
    }

    private void findsOneThatComesLate(String type, String queue, Instant due) {
        int before = book.waiting();
        insert(type, queue, due);
        slowTurns(20);
        assertThat(book.waiting())
                .as("the late one, and no more of the backlog")
                .isEqualTo(before + 1);
    }

    @Test
    void findsOneOfATypeOfWhichEnoughWaitWhileOthersAreRead() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        crowd("full", "default");
        findsOneThatComesLate("full", "default", LONG_AGO);
    }

    @Test
    void findsOneOfATypeOfWhichEnoughWaitWhileNothingElseIsRead() {
        start(Map.of("full", 1), LaneRules.NONE);
        crowd("full", "default");
        findsOneThatComesLate("full", "default", LONG_AGO);
    }

    @Test
    void findsOneOfAQueueOfWhichEnoughWaitUnderItsLimit() {
        start(Map.of("a", 500), limited(1, "q"));
        crowd("a", "q");
        findsOneThatComesLate("a", "q", LONG_AGO);
    }

    @Test
    void findsOneOfATenantOfWhichEnoughWaitUnderItsLimit() {
        LimitKey tenant = new LimitKey(LimitKey.Kind.TENANT, "default");
        start(Map.of("a", 500), new LaneRules(Set.of(), Map.of(tenant, 1), Map.of(), Map.of()));
        crowd("a", "q");
        findsOneThatComesLate("a", "q", LONG_AGO);
    }

    @Test
    void findsOneOfATypeOfWhichEnoughWaitUnderItsLimit() {
        LimitKey type = new LimitKey(LimitKey.Kind.TYPE, "a");
        start(Map.of("a", 500, "other", 5), new LaneRules(Set.of(), Map.of(type, 1), Map.of(), Map.of()));
        crowd("a", "q");
        findsOneThatComesLate("a", "q", LONG_AGO);
    }

    @Test
    void findsOneOfTheSecondOfTwoQueuesBehindWhereTheFirstIsPassedOver() {
        start(Map.of("a", 500), limited(1, "q1", "q2"));
        crowd("a", "q1");
        Instant behind = LONG_AGO.plusMillis(BACKLOG + 10);
        backlog("a", "q2", BACKLOG, behind.plusMillis(1));
        for (DueTask each : table.values()) {
            book.wake(0, 2, each.dueAt(), now);
        }
        readAll();
        readsNoneOfTheBacklogSlowly();
        findsOneThatComesLate("a", "q2", behind);
    }

    @Test
    void leavesTheBacklogToACursorThatGoesBackAsSoonAsThereIsRoom() {
        start(Map.of("full", 1), LaneRules.NONE);
        crowd("full", "default");
        enqueue("full", "default", LONG_AGO);
        readsNoneOfTheBacklogSlowly();
    }

    @Test
    void doesNotLetTheCursorsReadWhatItReads() {
        start(Map.of("full", 1, "other", 5), LaneRules.NONE);
        crowd("full", "default");
        for (int i = 0; i < 20; i++) {
            enqueue("full", "default", now);
            readsNoneOfTheBacklogSlowly();
        }
        DueTask other = enqueue("other", "default", now);
        slowTurns(1);
        assertThat(started).contains(other);
    }

    @Test
    void holdsUpNothingThatIsMoreUrgent() {
        start(Map.of("full", 1), LaneRules.NONE);
        crowd("full", "default");
        int before = book.waiting();
        DueTask urgent = insert("full", "default", now, 0);
        book.wake(0, 0, urgent.dueAt(), now);
        for (int i = 0; i < 20; i++) { // of 5 ms
            book.lookSlowly(0);
            turn();
        }
        assertThat(book.waiting()).isEqualTo(before + 1);
    }

    @Test
    void endsItsRoundsAlthoughTheCursorsOfABacklogMoveOn() {
        start(Map.of("full", 100, "other", 5), LaneRules.NONE);
        crowd("full", "default");
        for (int i = 0; i < 5; i++) {
            slowTurnOfADrain();
        }
        DueTask other = insert("other", "default", LONG_AGO);
        DueTask full = insert("full", "default", LONG_AGO);
        for (int i = 0; i < 20; i++) {
            slowTurnOfADrain();
        }
        assertThat(of("default")).as("of the backlog, as it drains").isGreaterThan(1_000L);
        assertThat(started).contains(other, full);
    }

    private long of(String queue) {
        return started.stream().filter(task -> task.queue().equals(queue)).count();
    }

    private void slowTurnOfADrain() {
        turn(); // reads more of it, so that enough wait again
        book.lookSlowly(0);
        turn();
        end(task -> task.type().equals("full"), 60);
    }

    @Test
    void leavesManyLateOnesToTheCursorOfTheirType() {
        start(Map.of("full", 100, "other", 5), LaneRules.NONE);
        crowd("full", "default");
        takesFewOfManyThatComeLate("full", "default");
    }

    @Test
    void leavesManyLateOnesToTheCursorThatGoesBackForTheirLimit() {
        start(Map.of("a", 500), limited(100, "q"));
        crowd("a", "q");
        takesFewOfManyThatComeLate("a", "q");
    }

    private void takesFewOfManyThatComeLate(String type, String queue) {
        int before = book.waiting();
        backlog(type, queue, 3_000, LONG_AGO.minusSeconds(60));
        for (int i = 0; i < 50; i++) {
            book.notified(0); // hurries it
            slowTurns(1);
        }
        assertThat(book.waiting()).isBetween(before + 100, before + 300);

        for (int i = 0; i < 1_000 && !table.isEmpty(); i++) {
            turn();
            end(task -> true, 100);
        }
        assertThat(table.values()).as("everything has run").isEmpty();
    }

    @Test
    void readsNowAndThenOnlyWhileNothingElseIsReadHoweverOftenItHearsOfSomethingNew() {
        start(Map.of("full", 1), LaneRules.NONE);
        crowd("full", "default");
        int before = slowReads;
        for (int i = 0; i < 200; i++) { // a second
            book.notified(0);
            turn();
        }
        assertThat(slowReads - before).isBetween(15, 21);
    }

    @Test
    void findsLateOnesOfManyLimitsInTurns() {
        String[] queues = IntStream.range(0, 60).mapToObj(no -> "q" + no).toArray(String[]::new);
        start(Map.of("a", 500), limited(1, queues));
        Instant due = LONG_AGO.plusMillis(1);
        for (String queue : queues) {
            backlog("a", queue, 200, due);
            due = due.plusSeconds(1);
        }
        readAll();
        int before = book.waiting();
        for (String queue : queues) {
            insert("a", queue, LONG_AGO);
        }
        slowTurns(400);
        assertThat(book.waiting()).isBetween(before + 60, before + 60 + 2 * 60);
    }
}
