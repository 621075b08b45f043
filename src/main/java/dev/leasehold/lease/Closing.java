package dev.leasehold.lease;

import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.PoolGuardian.Acquire;
import dev.leasehold.lease.PoolGuardian.Close;
import dev.leasehold.lease.PoolGuardian.Closed;
import dev.leasehold.lease.PoolGuardian.Command;
import dev.leasehold.lease.ledger.Ledger;

/** How a guardian comes to its end; what an earlier one was told about it holds for the next one too. */
final class Closing {

    private final PoolEstate estate;
    private final TimerScheduler<Command> timers;
    private final Ledger<Acquire> ledger;
    private final GuardianDeeds deeds;

    Closing(PoolEstate estate, TimerScheduler<Command> timers, Ledger<Acquire> ledger, GuardianDeeds deeds) {
        this.estate = estate;
        this.timers = timers;
        this.ledger = ledger;
        this.deeds = deeds;
    }

    private long now() {
        return estate.ticker().nanos();
    }

    /** At the birth of a guardian. */
    void resume() {
        Close close = estate.orders().close();
        if (close != null) {
            timers.startSingleTimer(GuardianNews.PatienceOver.INSTANCE, close.patience());
        }
        if (estate.orders().draining()) {
            ledger.drain(now());
        }
    }

    void drain() {
        estate.orders().drain();
        ledger.drain(now());
    }

    void begin(Close close) {
        estate.orders().setClose(close);
        timers.startSingleTimer(GuardianNews.PatienceOver.INSTANCE, close.patience());
    }

    /** After each step, while there is an order to close. */
    void goOn(Close close) {
        if (ledger.view().leased() == 0) {
            closeNow();
        }
        if (ledger.view().isEmpty()) {
            timers.cancel(GuardianNews.PatienceOver.INSTANCE);
            close.replyTo().tell(Closed.INSTANCE);
            estate.orders().setClose(null);
        }
    }

    /** Whatever is still out is taken back. */
    void closeNow() {
        deeds.stopOpening();
        ledger.close(now());
    }
}
