package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import java.util.List;
import java.util.Set;

/** What a guardian hears from those who work for it and from the other pool's guardian. */
sealed interface GuardianNews extends PoolGuardian.Command {

    /** From the opener. */
    record Opened(Opener.Order order, ServerConnection connection) implements GuardianNews {}

    /** From the opener: it goes on trying, or, when a person must act, less often. */
    record OpenFails(boolean forGood) implements GuardianNews {}

    /** From the opener: the order was dropped. */
    record OpenGivenUp(Opener.Order order) implements GuardianNews {}

    /** From a chore thread. */
    record Cleaned(ServerConnection connection, boolean fit) implements GuardianNews {}

    /** From the undertaker. */
    record Gone(Corpse corpse) implements GuardianNews {}

    /** From the control connection, at each connect. */
    record ServerAnswers(String startedAt) implements GuardianNews {}

    /** The server may have been away: idle connections must answer before they are granted again. */
    enum Suspect implements GuardianNews {
        INSTANCE
    }

    /**
     * From the other pool's guardian: all its leases are out, and somebody who holds one here waits there.
     *
     * @param holders the scopes of its leases
     */
    record AllWait(ActorRef<PoolGuardian.Command> from, Set<String> holders, List<Standoff.Waiter> waiters)
            implements GuardianNews {}

    /** The answer, if it is one of those there who has to give way. */
    record GiveWay(long requestId) implements GuardianNews {}

    /** To itself: what is still leased at the close is taken back now. */
    enum PatienceOver implements GuardianNews {
        INSTANCE
    }

    /** From a thread at the desk, since timers are the guardian's: look within so many nanoseconds. */
    record LookWithin(long nanos) implements GuardianNews {}

    /** To itself: a deadline is due. */
    enum Tick implements GuardianNews {
        INSTANCE
    }
}
