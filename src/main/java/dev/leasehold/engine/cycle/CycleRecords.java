package dev.leasehold.engine.cycle;

import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.lease.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the check cycle counts in the session and records as events: the same in both. Used by the check cycle alone. */
final class CycleRecords {

    private final CycleLog log = new CycleLog();
    private final FoundOnce foundOnce = new FoundOnce();
    private final CycleWriter writer;
    private final SessionCounters counters;
    private final Ticker ticker;

    CycleRecords(CycleWriter writer, SessionCounters counters, Ticker ticker) {
        this.writer = writer;
        this.counters = counters;
        this.ticker = ticker;
    }

    /** These were handed out. */
    void handedOut(List<Ready> runs) {
        long now = ticker.nanos();
        int found = 0;
        for (Ready each : runs) {
            boolean first = foundOnce.isNew(each.task());
            log.started(each.task(), first, now);
            found += first ? 1 : 0;
        }
        counters.found(found);
    }

    /** This one was handed out for nothing: it will be again. */
    void abandoned(Ready run) {
        foundOnce.abandoned(run.task());
    }

    void settled(Settled settled) {
        log.settled(settled);
        counters.settled(settled);
    }

    /** A look found nothing to do. */
    void idle(Duration took, Duration interval) {
        log.idle(took, interval);
    }

    /** Closes the record when all is done or its time is over; true when there is one to write. */
    boolean close(boolean allDone, Duration interval) {
        return log.close(allDone, interval, ticker.nanos());
    }

    boolean isAnyUnwritten() {
        return log.isAnyUnwritten();
    }

    /** Starts to write the oldest record that waits; null when none does, or one is being written. */
    @Nullable
    CompletionStage<Long> write() {
        String record = log.next();
        return record == null ? null : writer.cycle(record);
    }

    /** It was written. */
    void written(Instant at) {
        log.written();
        counters.cycle(at);
    }

    /** It was not: it is kept. */
    void notWritten() {
        log.notWritten();
    }
}
