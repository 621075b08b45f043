package dev.leasehold.lease.chaos;

import java.util.List;

/** Reads a history and says of each property how often it was checked and how often it did not hold. */
final class Checker {

    /** What may meet the lease's own end instead of the server's limit. */
    private static final double SERVER_FIRST = 0.99;

    private final List<Verdict> verdicts;

    Checker(List<Event> history) {
        Story story = new Story(history);
        LeaseChecks leases = new LeaseChecks(story);
        QueueChecks queues = new QueueChecks(story);
        ServerChecks server = new ServerChecks(story);
        verdicts = List.of(
                server.ledgerKeepsItsBudget(),
                leases.endOnce(),
                leases.nothingEntersAfterTheEnd(),
                leases.neverShared(),
                server.serverCountsNoMore(),
                leases.noRowAfterTheEnd(),
                queues.firstComeFirstServed(),
                leases.deadOwnersHoldNothing(),
                queues.everyRequestIsAnsweredOnce(),
                queues.nobodyStarves(),
                server.sessionsAreLikeNew(),
                server.noPermitIsLost(),
                queues.scopesNeverWaitForThemselves(),
                leases.wallClockMeansNothing(),
                server.actorsNeverBlock(),
                server.comesBackAfterARestart(),
                leases.serverGivesUpFirst(),
                server.leavesNothing(),
                leases.outcomesAreTrue(),
                server.oneOpensAtATime(),
                server.staysFlat());
    }

    List<Verdict> verdicts() {
        return verdicts;
    }

    /** Those that did not hold; of a property about a share, only when the share is too small. */
    List<Verdict> violated() {
        return verdicts.stream().filter(Checker::isViolated).toList();
    }

    private static boolean isViolated(Verdict verdict) {
        if (verdict.property().equals("P17")) {
            return verdict.violated() > Math.max(1, (1 - SERVER_FIRST) * verdict.checks());
        }
        return verdict.violated() > 0;
    }
}
