package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** What observers saw from outside: on the server, in the threads, on the heap, at the end. */
final class ServerChecks {

    /** To make an exception whose class is of JDBC is no call of JDBC. */
    private static final Pattern EXCEPTION_MADE = Pattern.compile("[^;]*Exception\\.<init>\\([^;]*; ");

    /** The opener's longest wait is 5 s; connecting and a loaded machine come on top. */
    private static final long BACKOFF = TimeUnit.SECONDS.toNanos(8);

    private static final int SAMPLES_MIN = 6;
    private static final long HEAP_SLACK = 24L * 1024 * 1024;
    private static final long THREADS_SLACK = 12;

    private final Story story;

    ServerChecks(Story story) {
        this.story = story;
    }

    /** P1. */
    Verdict ledgerKeepsItsBudget() {
        Verdict verdict =
                new Verdict("P1", "idle + opening + leased + cleaning + retiring never exceed size + overflow");
        for (Event each : story.all(Kind.LEDGER)) {
            long max = Long.parseLong(each.text().split(" ", -1)[0]);
            verdict.check(each.number() <= max, () -> each.who() + " has " + each.number() + " of " + max);
        }
        return verdict;
    }

    /** P5. */
    Verdict serverCountsNoMore() {
        Verdict verdict = new Verdict("P5", "pg_stat_activity never shows more backends than the budget");
        for (Event each : story.all(Kind.BACKENDS)) {
            verdict.check(
                    each.number() <= Long.parseLong(each.text()),
                    () -> each.number() + " backends of " + each.who() + ", " + each.text() + " may be");
        }
        return verdict;
    }

    /** P11. */
    Verdict sessionsAreLikeNew() {
        Verdict verdict = new Verdict("P11", "a lease finds its session as new, whatever the one before left in it");
        for (Event each : story.all(Kind.SESSION)) {
            String[] part = each.text().split(" IS ", 2);
            verdict.check(part[0].equals(part[1]), () -> "lease " + each.lease() + " found " + each.text());
        }
        return verdict;
    }

    /** P12. */
    Verdict noPermitIsLost() {
        Verdict verdict =
                new Verdict("P12", "guardians that failed lost no permit: all can be leased together at the end");
        int failed = story.all(Kind.GUARDIAN_FAILED).size();
        for (Event each : story.all(Kind.CAPACITY)) {
            verdict.check(
                    failed > 0 && each.number() == Long.parseLong(each.text()),
                    () -> each.who() + " grants " + each.number() + " of " + each.text() + " after " + failed
                            + " failures");
        }
        return verdict;
    }

    /** P15. */
    Verdict actorsNeverBlock() {
        Verdict verdict = new Verdict("P15", "no thread of the actors' dispatcher is ever inside JDBC or a socket");
        for (Event each : story.all(Kind.STACKS)) {
            String inside = EXCEPTION_MADE.matcher(each.text()).replaceAll("");
            verdict.check(inside.isEmpty(), each::text);
        }
        return verdict;
    }

    /** H23. */
    Verdict oneOpensAtATime() {
        Verdict verdict = new Verdict("H23", "no second thread of a pool ever waits in HikariCP");
        for (Event each : story.all(Kind.OPENERS)) {
            verdict.check(each.number() <= 1, () -> each.number() + " threads of " + each.who() + " open connections");
        }
        return verdict;
    }

    /** P16. */
    Verdict comesBackAfterARestart() {
        Verdict verdict =
                new Verdict("P16", "after a restart the next grant comes within the backoff, none on an old backend");
        List<Event> ups = story.all(Kind.SERVER_UP);
        for (Event up : ups) {
            boolean soon = story.leases.values().stream()
                    .anyMatch(lease -> lease.backendStartMicros >= up.number() - 1_000_000
                            && lease.grantedAt - up.at() > -TimeUnit.SECONDS.toNanos(2)
                            && lease.grantedAt - up.at() < BACKOFF
                            && lease.calls.stream().anyMatch(call -> call.outcome.equals("ok")));
            verdict.check(soon, () -> "no lease worked within the backoff after " + up.line());
        }
        Map<Long, Integer> newest = new HashMap<>();
        for (LeaseStory lease : story.leases.values()) {
            long pool = lease.key % 2;
            int generation = (int) ups.stream()
                    .filter(up -> lease.backendStartMicros >= downBefore(up))
                    .count();
            int seen = newest.getOrDefault(pool, 0);
            verdict.check(generation >= seen, () -> lease + " was granted after one of a later server start");
            newest.put(pool, Math.max(seen, generation));
        }
        return verdict;
    }

    /** Wall clock of the server's end before this start, which is told with it. */
    private static long downBefore(Event up) {
        return Long.parseLong(up.text());
    }

    /** P18. */
    Verdict leavesNothing() {
        Verdict verdict = new Verdict("P18", "after the close no backend of the node is left");
        for (Event each : story.all(Kind.CLOSED)) {
            verdict.check(each.number() == 0, () -> each.number() + " backends are left");
        }
        return verdict;
    }

    /** Row 15, and the soak's flat lines. */
    Verdict staysFlat() {
        Verdict verdict = new Verdict("flat", "heap after a collection and threads do not grow over the run");
        List<Event> sizes = story.all(Kind.SIZE);
        if (sizes.size() < SAMPLES_MIN) {
            return verdict;
        }
        List<Event> first = sizes.subList(0, sizes.size() / 3);
        List<Event> last = sizes.subList(sizes.size() - sizes.size() / 3, sizes.size());
        long heapBefore = most(first, true);
        long heapAfter = most(last, true);
        verdict.check(
                heapAfter <= heapBefore + heapBefore / 5 + HEAP_SLACK,
                () -> "heap grew from " + heapBefore + " to " + heapAfter);
        long threadsBefore = most(first, false);
        long threadsAfter = most(last, false);
        verdict.check(
                threadsAfter <= threadsBefore + THREADS_SLACK,
                () -> "threads grew from " + threadsBefore + " to " + threadsAfter);
        return verdict;
    }

    private static long most(List<Event> sizes, boolean heap) {
        List<Long> values = new ArrayList<>();
        sizes.forEach(each -> values.add(heap ? each.number() : Long.parseLong(each.text())));
        return values.stream().mapToLong(Long::longValue).max().orElse(0);
    }
}
