package dev.leasehold.engine.cycle;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.lane.LaneBook;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.run.RunLedger;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.KeyStarts;
import dev.leasehold.task.StartRate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last steps of tasks that were handed out, before they start. Most start at once. Those whose concurrency key has a rate
 * are written down as started first, so that the next owner of their lane counts them; those of a lane that saw a crash are
 * entered in the ledger first. Used by the check cycle alone.
 */
final class HandOver {

    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

    private static final Holder HOLDER = Holder.node("key-starts", Holder.Session.AS_IS);
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    /**
     * Starts under a rate were written down, or not.
     *
     * @param accepted their places; the lanes of the others have another owner, or nothing was written
     */
    record Noted(List<Ready> runs, Set<Integer> accepted) {}

    private final CycleParts parts;
    private final LaneBook book;
    private final CycleRecords records;
    private final ActorRef<RunLedger.Entered> entered;
    private final Consumer<CompletionStage<Noted>> noted;
    private final BooleanSupplier starts;

    /**
     * @param entered hears of runs that were entered in the ledger
     * @param noted brings what came of a write back to the check cycle
     * @param starts whether anything may start, asked anew after each wait
     */
    HandOver(
            CycleParts parts,
            LaneBook book,
            CycleRecords records,
            ActorRef<RunLedger.Entered> entered,
            Consumer<CompletionStage<Noted>> noted,
            BooleanSupplier starts) {
        this.parts = parts;
        this.book = book;
        this.records = records;
        this.entered = entered;
        this.noted = noted;
        this.starts = starts;
    }

    /** These hold their slots from now on. */
    void start(List<Ready> handedOut) {
        if (handedOut.isEmpty()) {
            return;
        }
        records.handedOut(handedOut);
        List<Ready> rated = new ArrayList<>();
        List<Ready> cautious = new ArrayList<>();
        for (Ready each : parts.starter().startPlain(handedOut, book::isRated)) {
            (book.isRated(each) ? rated : cautious).add(each);
        }
        enterFirst(cautious);
        if (!rated.isEmpty()) {
            noted.accept(note(rated));
        }
    }

    private void enterFirst(List<Ready> cautious) {
        if (!cautious.isEmpty()) {
            parts.ledger().tell(new RunLedger.EnterFirst(cautious, entered));
        }
    }

    private CompletionStage<Noted> note(List<Ready> runs) {
        List<KeyStarts.Start> wanted = new ArrayList<>();
        for (Ready each : runs) {
            StartRate rate = book.rate(each);
            @Nullable String key = each.task().concurrencyKey();
            if (rate != null && key != null) {
                wanted.add(new KeyStarts.Start(each.fence(), each.task().type(), key, rate));
            }
        }
        return parts.leases()
                .run(
                        PoolName.PLATFORM,
                        LeaseClass.CONTROL,
                        HOLDER,
                        HOLD,
                        connection -> new Noted(runs, KeyStarts.write(connection, parts.node(), wanted)))
                .exceptionally(failure -> {
                    LOG.warn("{} starts under a rate not written down, their tasks stay due", runs.size(), failure);
                    return new Noted(runs, Set.of());
                });
    }

    /** Some were written down: they start, unless that took so long that they must not any more. */
    void noted(Noted written) {
        List<Ready> mayStart = new ArrayList<>();
        List<Ready> cautious = new ArrayList<>();
        for (int i = 0; i < written.runs().size(); i++) {
            Ready each = written.runs().get(i);
            if (written.accepted().contains(i) && starts.getAsBoolean() && book.owns(each.fence())) {
                book.ratedStart(each, parts.clock().get());
                (each.cautious() ? cautious : mayStart).add(each);
            } else {
                abandoned(each);
            }
        }
        enterFirst(cautious);
        parts.starter().start(mayStart);
    }

    /** They were handed out before they were entered; what was lost or stopped meanwhile must not start. */
    void entered(List<Ready> runs) {
        boolean allowed = starts.getAsBoolean();
        List<Ready> mayStart = new ArrayList<>();
        for (Ready each : runs) {
            if (allowed && book.owns(each.fence())) {
                mayStart.add(each);
            } else {
                abandoned(each);
            }
        }
        parts.starter().start(mayStart);
    }

    /** Still due, and behind the cursor: to be read again by its id, if the lane is still ours. */
    void abandoned(Ready run) {
        records.abandoned(run);
        parts.ledger().tell(new RunLedger.Forget(run));
        book.ended(run, run.task().dueAt());
    }
}
