package dev.leasehold.engine.cycle;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.TimerScheduler;
import org.jspecify.annotations.Nullable;

/** That a node starts nothing more, and who waits for the end of its runs. Used by the check cycle alone. */
final class Draining {

    private final TimerScheduler<CheckCycle.Command> timers;
    private boolean on;
    private @Nullable ActorRef<Done> awaitedBy;

    Draining(TimerScheduler<CheckCycle.Command> timers) {
        this.timers = timers;
    }

    boolean isOn() {
        return on;
    }

    /** It was asked for, and is not answered yet. */
    boolean isAwaited() {
        return on && awaitedBy != null;
    }

    void begin(CheckCycle.Drain asked) {
        on = true;
        awaitedBy = asked.replyTo();
        timers.startSingleTimer(new CheckCycle.Ticked(CycleTick.DRAIN_OVER), asked.limit());
    }

    /** Once; again, it is nothing. */
    void answer() {
        ActorRef<Done> to = awaitedBy;
        if (to != null) {
            to.tell(Done.getInstance());
            awaitedBy = null;
            timers.cancel(new CheckCycle.Ticked(CycleTick.DRAIN_OVER));
            timers.cancel(new CheckCycle.Ticked(CycleTick.DRAIN_END));
        }
    }
}
