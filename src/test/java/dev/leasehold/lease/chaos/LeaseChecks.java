package dev.leasehold.lease.chaos;

import dev.leasehold.lease.chaos.Event.Kind;
import dev.leasehold.lease.chaos.LeaseStory.Call;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What must hold of each lease by itself and of leases that use the same backend. */
final class LeaseChecks {

    /** Cancel, wait, abort, with the limits of the settings, on a loaded machine. */
    private static final long LADDER = TimeUnit.SECONDS.toNanos(6);

    private static final long OFFER = TimeUnit.SECONDS.toNanos(1);
    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final Set<String> TAKEN_BACK = Set.of("REVOKED", "LAPSED");

    private final Story story;

    LeaseChecks(Story story) {
        this.story = story;
    }

    /** P2. */
    Verdict endOnce() {
        Verdict verdict = new Verdict("P2", "every grant ends exactly once");
        for (LeaseStory lease : story.leases.values()) {
            int endings = lease.revoked.size();
            boolean once = lease.fence.equals("RELEASED") ? endings == 0 : lease.wasRevoked() && endings == 1;
            verdict.check(once, () -> lease + " is " + lease.fence + " and was revoked " + endings + " times");
        }
        for (Event each : story.all(Kind.LEDGER)) {
            String[] part = each.text().split(" ", -1);
            long granted = Long.parseLong(part[1]);
            long endedAndLive = Long.parseLong(part[2]) + Long.parseLong(part[3]);
            verdict.check(
                    granted == endedAndLive,
                    () -> each.who() + " granted " + granted + ", ended or live are " + endedAndLive);
        }
        return verdict;
    }

    /** P3. */
    Verdict nothingEntersAfterTheEnd() {
        Verdict verdict =
                new Verdict("P3", "after revocation or release no call enters the driver; those inside come back");
        for (LeaseStory lease : story.leases.values()) {
            long over = Math.min(lease.revokedAt(), lease.releasedAt());
            for (Call call : lease.calls) {
                if (call.began > over) {
                    verdict.check(call.wasRefused(), () -> lease + " was over before " + call);
                } else if (call.over > over) {
                    verdict.check(call.over - over < LADDER, () -> call + " stayed inside after the end of " + lease);
                } else {
                    verdict.check(true, () -> "");
                }
            }
        }
        return verdict;
    }

    /** P4. */
    Verdict neverShared() {
        Verdict verdict = new Verdict("P4", "no backend is in calls of two leases, none is granted after a revocation");
        Map<String, List<LeaseStory>> byBackend = new HashMap<>();
        for (LeaseStory lease : story.leases.values()) {
            byBackend
                    .computeIfAbsent(lease.backend, backend -> new ArrayList<>())
                    .add(lease);
        }
        byBackend.values().forEach(leases -> {
            List<Call> calls = new ArrayList<>();
            boolean revoked = false;
            for (LeaseStory lease : leases) { // in the order of their ids, which is that of their grants
                boolean already = revoked;
                verdict.check(!already, () -> lease + " was granted after a revocation on that backend");
                revoked |= lease.wasRevoked();
                lease.calls.stream().filter(call -> !call.wasRefused()).forEach(calls::add);
            }
            calls.sort(Comparator.comparingLong(call -> call.began));
            for (int no = 1; no < calls.size(); no++) {
                Call before = calls.get(no - 1);
                Call after = calls.get(no);
                verdict.check(
                        before.lease == after.lease || before.over <= after.began,
                        () -> before + " and " + after + " overlap on " + leases.get(0).backend);
            }
        });
        return verdict;
    }

    /** P6. */
    Verdict noRowAfterTheEnd() {
        Verdict verdict =
                new Verdict("P6", "no row of a statement sent after the end, none committed after LeaseEnded");
        for (LeaseStory lease : story.leases.values()) {
            long over = Math.min(lease.revokedAt(), lease.releasedAt());
            Event ended = lease.ended;
            for (Call call : lease.calls) {
                for (long committed : call.committedAt) {
                    verdict.check(call.began <= over, () -> call + " wrote after the end of " + lease);
                    if (ended != null) {
                        verdict.check(
                                committed <= ended.number(),
                                () -> call + " took effect after " + lease + " was told as ended");
                    }
                }
            }
        }
        return verdict;
    }

    /** H14: what a holder was told of its writes is what the table says. */
    Verdict outcomesAreTrue() {
        Verdict verdict = new Verdict("H14", "what was told as written is there once, what was refused is not");
        for (Call call : story.calls.values()) {
            if (!call.what.startsWith("write")) {
                continue;
            }
            if (call.outcome.equals("ok")) {
                verdict.check(call.committedAt.size() == 1, () -> call + " wrote " + call.committedAt.size() + " rows");
            } else if (call.wasRefused() || call.outcome.equals("57014")) {
                verdict.check(call.committedAt.isEmpty(), () -> call + " wrote all the same");
            } else {
                verdict.check(call.committedAt.size() <= 1, () -> call + " wrote more than once");
            }
        }
        return verdict;
    }

    /** P8. */
    Verdict deadOwnersHoldNothing() {
        Verdict verdict = new Verdict("P8", "no grant to a dead owner; what it held is taken back and gone in time");
        for (LeaseStory lease : story.leases.values()) {
            Long stopped = story.stoppedAt.get(lease.request.owner);
            if (stopped == null) {
                continue;
            }
            verdict.check(lease.grantedAt - stopped <= OFFER, () -> lease + " was granted to a dead owner");
            long over = Math.min(lease.revokedAt(), lease.releasedAt());
            if (over > stopped && story.guardianIsWell(stopped, stopped + TICK)) {
                verdict.check(over - stopped <= TICK, () -> lease + " outlived its owner");
            }
            Event ended = lease.ended;
            if (TAKEN_BACK.contains(lease.fence) && story.isQuiet(stopped, stopped + LADDER)) {
                verdict.check(ended != null && ended.at() - stopped <= LADDER, () -> lease + " keeps its permit");
            }
        }
        return verdict;
    }

    /** P14. */
    Verdict wallClockMeansNothing() {
        Verdict verdict = new Verdict("P14", "leases expire when their time is over, whatever the wall clock says");
        if (story.all(Kind.CLOCK_SET).isEmpty()) {
            return verdict;
        }
        for (LeaseStory lease : story.leases.values()) {
            boolean expired =
                    lease.revoked.stream().anyMatch(event -> event.text().equals("EXPIRED"));
            long hold = TimeUnit.MILLISECONDS.toNanos(lease.asked().holdMillis());
            long limit = lease.calls.isEmpty() ? Math.min(hold, OFFER) : hold;
            if (expired) {
                verdict.check(lease.revokedAt() - lease.grantedAt >= limit, () -> lease + " expired too soon");
            }
            long latest = lease.grantedAt + hold + TICK;
            long over = Math.min(lease.revokedAt(), lease.releasedAt());
            if (story.guardianIsWell(lease.grantedAt, latest)) {
                verdict.check(over <= latest, () -> lease + " outlived its deadline");
            }
        }
        return verdict;
    }

    /** P17: the share is judged by the caller. */
    Verdict serverGivesUpFirst() {
        Verdict verdict = new Verdict("P17", "the server ends overrunning statements before the lease does (99 %)");
        for (LeaseStory lease : story.leases.values()) {
            for (Call call : lease.calls) {
                boolean otherwise =
                        lease.revoked.stream().anyMatch(event -> !event.text().equals("EXPIRED"));
                if (call.what.equals("overrun by limit") && !otherwise && story.isQuiet(call.began, call.over)) {
                    verdict.check(call.outcome.equals("57014"), () -> call + " of " + lease + " met the lease's end");
                }
            }
        }
        return verdict;
    }
}
