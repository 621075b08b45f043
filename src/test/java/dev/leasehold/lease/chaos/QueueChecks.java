package dev.leasehold.lease.chaos;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What must hold of requests and of the order in which they are served. */
final class QueueChecks {

    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final long RESTART = TimeUnit.SECONDS.toNanos(7);
    /** Who waits this long must not starve. */
    private static final long PATIENT_MILLIS = 5_000;

    private final Story story;

    QueueChecks(Story story) {
        this.story = story;
    }

    /** P7. */
    Verdict firstComeFirstServed() {
        Verdict verdict = new Verdict("P7", "within a class who asked first is answered first");
        Map<String, List<LeaseStory>> granted = new HashMap<>();
        for (LeaseStory lease : story.leases.values()) {
            granted.computeIfAbsent(lease.request.queue(), queue -> new ArrayList<>())
                    .add(lease);
        }
        granted.values().forEach(leases -> {
            long youngest = Long.MIN_VALUE;
            for (LeaseStory lease : leases) { // in the order of the grants
                long seen = youngest;
                verdict.check(
                        lease.request.toldAt >= seen,
                        () -> lease.request + " was overtaken by one that asked "
                                + (seen - lease.request.toldAt) / 1_000 + " us later");
                youngest = Math.max(youngest, lease.request.askedAt);
            }
        });
        for (RequestStory request : story.requests.values()) {
            if (request.wasDenied("DEADLINE")) {
                List<LeaseStory> others = granted.getOrDefault(request.queue(), List.of());
                verdict.check(
                        others.stream()
                                .noneMatch(other -> other.request.askedAt > request.toldAt
                                        && other.grantedAt < request.deadlineAtLeast()),
                        () -> request + " was overtaken while it waited in vain");
            }
        }
        return verdict;
    }

    /** P9. */
    Verdict everyRequestIsAnsweredOnce() {
        Verdict verdict = new Verdict("P9", "each request has one answer in time, or its owner is gone");
        for (RequestStory request : story.requests.values()) {
            Event answer = request.answer();
            if (answer == null) {
                long until = request.deadlineAtLeast() + RESTART;
                verdict.check(
                        request.cancelled || story.isNewLife(request.owner, request.askedAt, until),
                        () -> request + " was never answered");
                continue;
            }
            verdict.check(request.answers.size() == 1, () -> request + " was answered " + request.answers.size());
            long latest = request.deadlineAtLeast();
            long slack = story.guardianIsWell(request.askedAt, latest + TICK) ? TICK : RESTART;
            verdict.check(
                    answer.at() <= latest + slack,
                    () -> request + " was answered " + (answer.at() - latest) / 1_000_000 + " ms too late");
        }
        return verdict;
    }

    /** P10. */
    Verdict nobodyStarves() {
        Verdict verdict = new Verdict("P10", "who is patient is served while server and network are well");
        for (RequestStory request : story.requests.values()) {
            Event answer = request.answer();
            if (answer != null
                    && request.asked.waitMillis() >= PATIENT_MILLIS
                    && story.isQuiet(request.askedAt, answer.at())) {
                verdict.check(
                        !request.wasDenied("DEADLINE") && !request.wasDenied("DOWN"),
                        () -> request + " waited in vain");
            }
        }
        return verdict;
    }

    /** P13. */
    Verdict scopesNeverWaitForThemselves() {
        Verdict verdict = new Verdict("P13", "a scope that holds a lease is refused a second one at once");
        Map<String, List<LeaseStory>> byScope = new HashMap<>();
        for (LeaseStory lease : story.leases.values()) {
            if (!lease.asked().scope().isEmpty()) {
                byScope.computeIfAbsent(lease.asked().pool() + lease.asked().scope(), scope -> new ArrayList<>())
                        .add(lease);
            }
        }
        byScope.values().forEach(leases -> leases.sort(Comparator.comparingLong(lease -> lease.grantedAt)));
        for (RequestStory request : story.requests.values()) {
            Event answer = request.answer();
            List<LeaseStory> leases = byScope.getOrDefault(request.asked.pool() + request.asked.scope(), List.of());
            if (answer == null || !story.guardianIsWell(request.askedAt, answer.at())) {
                continue;
            }
            for (LeaseStory lease : leases) {
                boolean holds = lease.request != request
                        && lease.grantedAt < request.askedAt
                        && Math.min(lease.revokedAt(), lease.releasingAt()) > answer.at();
                if (holds) {
                    verdict.check(
                            request.wasDenied("NESTED") && answer.at() - request.askedAt < TICK,
                            () -> request + " under " + lease + " was answered " + answer.line());
                }
            }
        }
        return verdict;
    }
}
