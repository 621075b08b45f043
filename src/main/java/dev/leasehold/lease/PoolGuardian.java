package dev.leasehold.lease;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PreRestart;
import akka.actor.typed.Terminated;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.ledger.Ledger;
import dev.leasehold.lease.ledger.Request;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Owns every connection of one pool of this node and hands out leases of them.
 *
 * <pre>
 *   running --Drain--> draining --Close--> closing --last backend gone--> closed
 *      '---------------------Close-----------'
 *   a failure in any state: restart in the next epoch; all leases of the old one are closed by that, all waiters denied
 *   more than ten failures in a minute: the node stops
 * </pre>
 *
 * It calls no JDBC: connections are opened by the {@link Opener}, reset on the chore threads and destroyed by the {@link
 * Undertaker}, which answer with messages. Who holds what is decided by the {@link Ledger}.
 */
public final class PoolGuardian {

    /** What the guardian understands. It is of this node only: an owner elsewhere is refused. */
    public sealed interface Command
            permits Acquire,
                    CancelAcquire,
                    Release,
                    Renew,
                    GetStatus,
                    GetLeases,
                    SetBudget,
                    Drain,
                    Close,
                    GuardianNews {}

    /**
     * Asks for a lease. Told, never asked: answered once by {@link LeaseEvent.Granted} or {@link LeaseEvent.Denied}, unless
     * the owner stops or {@link CancelAcquire} comes first.
     *
     * @param requestId from {@link #nextRequestId}, never used twice
     * @param owner is watched: when it stops, the request is dropped and the lease taken back
     * @param ownerLife raised at each restart of the owner; a request of a higher life takes back what lower ones hold
     * @param scope one lease of a pool at a time under this name, usually the run's id; empty for no such rule
     * @param queueWait how long to stay in the queue
     * @param askedAt where the code stands that asked, if known: it helps to find the culprit later
     */
    public record Acquire(
            long requestId,
            ActorRef<?> owner,
            long ownerLife,
            ActorRef<LeaseEvent> replyTo,
            LeaseClass leaseClass,
            Hold hold,
            Holder holder,
            String scope,
            Duration queueWait,
            @Nullable CallSite askedAt)
            implements Command {

        /** Without a stack. */
        public Acquire(
                long requestId,
                ActorRef<?> owner,
                long ownerLife,
                ActorRef<LeaseEvent> replyTo,
                LeaseClass leaseClass,
                Hold hold,
                Holder holder,
                String scope,
                Duration queueWait) {
            this(requestId, owner, ownerLife, replyTo, leaseClass, hold, holder, scope, queueWait, null);
        }
    }

    /** The requester has lost interest. Nothing is answered; a grant that crossed this must still be released. */
    public record CancelAcquire(long requestId) implements Command {}

    /** Ends a lease; {@link Lease#release} sends it. Twice, late or for an unknown lease it changes nothing. */
    public record Release(long leaseId) implements Command {}

    /** Moves the deadline to {@code extra} from now, at most to the hard cap. Nothing is answered; see {@link Lease#remaining}. */
    public record Renew(long leaseId, Duration extra) implements Command {}

    /** Answered once, in any state. */
    public record GetStatus(ActorRef<PoolStatus> replyTo) implements Command {}

    /** Answered once, in any state. */
    public record GetLeases(ActorRef<LiveLeases> replyTo) implements Command {}

    /** All live leases, those being taken back included. */
    public record LiveLeases(List<LiveLease> leases) {}

    /** How many connections the cluster allows this node now; what is above falls as leases end. */
    public record SetBudget(int permits) implements Command {}

    /** Only control leases from now on; waiters of other classes are denied. */
    public enum Drain implements Command {
        INSTANCE
    }

    /**
     * Drains, waits at most {@code patience} for the leases that are out, takes the rest back and closes all connections.
     * Answered once, when no backend is left; a second one is answered instead of the first.
     */
    public record Close(Duration patience, ActorRef<Closed> replyTo) implements Command {}

    /** No backend of the pool is left, the control connection's excepted. */
    public enum Closed {
        INSTANCE
    }

    private static final AtomicLong REQUEST_IDS = new AtomicLong();

    private final Alarm<Command> alarm;
    private final PoolEstate estate;
    private final ActorRef<Command> self;
    private final Desk desk;
    private final Owners owners;
    private final GuardianDeeds deeds;
    private final Ledger<Acquire> ledger;
    private final Standoff standoff;
    private final Closing closing;
    private @Nullable Acquire inHand;

    /** For {@link Acquire}. */
    public static long nextRequestId() {
        return REQUEST_IDS.incrementAndGet();
    }

    /** Must be supervised with restart. */
    static Behavior<Command> create(
            PoolEstate estate, ActorRef<Opener.Command> opener, ActorRef<Undertaker.Command> undertaker) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            Desk desk = new Desk(estate, context.getSelf());
            Behavior<Command> running = new PoolGuardian(context, timers, estate, desk, opener, undertaker).running();
            return Behaviors.intercept(() -> desk, running);
        }));
    }

    private PoolGuardian(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            PoolEstate estate,
            Desk desk,
            ActorRef<Opener.Command> opener,
            ActorRef<Undertaker.Command> undertaker) {
        context.setLoggerName(PoolGuardian.class);
        this.alarm = new Alarm<>(timers, GuardianNews.Tick.INSTANCE);
        this.estate = estate;
        this.owners = new Owners(context);
        this.self = context.getSelf();
        this.desk = desk;
        this.deeds = new GuardianDeeds(self, estate, desk, owners, opener, undertaker);
        this.ledger = deeds.takeOver(context.getLog());
        this.standoff = new Standoff(estate, ledger, self);
        this.closing = new Closing(estate, timers, ledger, deeds);
        closing.resume();
        desk.open(new AtDesk());
    }

    private Behavior<Command> running() {
        return Behaviors.receive(Command.class)
                .onMessage(Acquire.class, this::onAcquire)
                .onMessage(CancelAcquire.class, cancel -> done(() -> ledger.cancel(cancel.requestId(), null, now())))
                .onMessage(Release.class, this::onRelease)
                .onMessage(Renew.class, this::onRenew)
                .onMessage(GetStatus.class, get -> answer(get.replyTo(), deeds.status(ledger.view())))
                .onMessage(
                        GetLeases.class, get -> answer(get.replyTo(), new LiveLeases(deeds.liveLeases(ledger.view()))))
                .onMessage(SetBudget.class, this::onSetBudget)
                .onMessageEquals(Drain.INSTANCE, () -> done(closing::drain))
                .onMessage(Close.class, this::onClose)
                .onMessage(GuardianNews.Opened.class, this::onOpened)
                .onMessage(GuardianNews.OpenFails.class, fails -> done(() -> ledger.serverDown(fails.forGood(), now())))
                .onMessage(GuardianNews.OpenGivenUp.class, this::onOpenGivenUp)
                .onMessage(GuardianNews.Cleaned.class, this::onCleaned)
                .onMessage(GuardianNews.Gone.class, this::onGone)
                .onMessage(GuardianNews.ServerAnswers.class, this::onServerAnswers)
                .onMessageEquals(GuardianNews.Suspect.INSTANCE, () -> done(() -> ledger.suspectAll(now())))
                .onMessage(GuardianNews.AllWait.class, there -> done(() -> standoff.decide(there, now())))
                .onMessage(GuardianNews.GiveWay.class, last -> done(() -> standoff.giveWay(last.requestId(), now())))
                .onMessageEquals(GuardianNews.PatienceOver.INSTANCE, () -> done(closing::closeNow))
                .onMessage(GuardianNews.LookWithin.class, look -> done(() -> wake(look.nanos(), now())))
                .onMessageEquals(GuardianNews.Tick.INSTANCE, this::onTick)
                .onSignal(Terminated.class, this::onOwnerStopped)
                .onSignal(PreRestart.class, signal -> onFailure())
                .build();
    }

    private long now() {
        return estate.ticker().nanos();
    }

    private Behavior<Command> done(Runnable step) {
        step.run();
        lookAfterGrants();
        Close close = estate.orders().close();
        if (close != null && desk.isDirect()) {
            self.tell(new GuardianNews.LookWithin(0));
        } else if (close != null) {
            closing.goOn(close);
        }
        estate.metrics().show(ledger.view());
        return Behaviors.same();
    }

    /** A lease may be granted at any step, long after it was asked for. */
    private void lookAfterGrants() {
        long look = deeds.takeFirstLook();
        if (look < Long.MAX_VALUE) {
            wake(look, now());
        }
    }

    private void wake(long nanos, long now) {
        if (!desk.isDirect()) {
            alarm.within(nanos, now);
        } else if (!alarm.isSetWithin(nanos, now)) {
            self.tell(new GuardianNews.LookWithin(nanos));
        }
    }

    /** Leases are closed by one write before anything else happens; then whoever waits is told to ask again. */
    private Behavior<Command> onFailure() {
        estate.epoch().next();
        desk.close();
        deeds.answerUnfinished(inHand, ledger.abandon());
        return Behaviors.same();
    }

    private Behavior<Command> onServerAnswers(GuardianNews.ServerAnswers server) {
        return done(() -> {
            if (estate.orders().of(server.startedAt()) == StandingOrders.Generation.NEW) {
                ledger.newGeneration(now());
            } else {
                ledger.suspectAll(now());
            }
        });
    }

    private Behavior<Command> onAcquire(Acquire acquire) {
        inHand = acquire;
        if (acquire.owner().path().address().hasGlobalScope()) {
            deeds.refuseRemote(acquire);
        } else {
            takeIn(acquire, now());
        }
        inHand = null;
        return Behaviors.same();
    }

    private void takeIn(Acquire acquire, long now) {
        if (!estate.isBridge(acquire.owner())) {
            owners.watch(acquire.owner());
        }
        Holder holder = acquire.holder();
        long hold = acquire.hold().atMost().toNanos();
        long wait = acquire.queueWait().toNanos();
        Request<Acquire> request = new Request<>(
                acquire.requestId(),
                acquire.owner(),
                acquire.ownerLife(),
                acquire.leaseClass().no(),
                hold,
                now + wait,
                acquire.scope(),
                holder.type(),
                holder.tenant(),
                now,
                acquire);
        ledger.acquire(request, now);
        wake(wait, now);
        lookAfterGrants();
        standoff.lookInto(acquire.scope());
        estate.metrics().show(ledger.view());
    }

    private Behavior<Command> onSetBudget(SetBudget budget) {
        estate.setBudget(budget.permits());
        return done(() -> ledger.setBudget(estate.budget(), now()));
    }

    private Behavior<Command> onRelease(Release release) {
        if (ledger.view().lease(release.leaseId()) == null) {
            estate.metrics().lateRelease();
        }
        return done(() -> ledger.release(release.leaseId(), now()));
    }

    private Behavior<Command> onRenew(Renew renew) {
        if (ledger.renew(renew.leaseId(), renew.extra().toNanos(), now())) {
            alarm.within(0, now());
        }
        return Behaviors.same();
    }

    private Behavior<Command> onOpened(GuardianNews.Opened opened) {
        return done(() -> {
            if (deeds.receive(opened)) {
                StandingOrders.Generation generation =
                        estate.orders().of(opened.connection().generation());
                if (generation == StandingOrders.Generation.NEW) {
                    ledger.newGeneration(now());
                }
                ledger.opened(opened.order().slot(), generation != StandingOrders.Generation.EARLIER, now());
                alarm.within(estate.lease().linger().toNanos(), now());
            }
        });
    }

    private Behavior<Command> onOpenGivenUp(GuardianNews.OpenGivenUp givenUp) {
        return done(() -> {
            Opener.Order order = givenUp.order();
            int slot = order.epoch() == deeds.epoch() ? order.slot() : deeds.unbornGivenUp(order);
            if (slot >= 0) {
                ledger.openFailed(slot, now());
            }
        });
    }

    private Behavior<Command> onCleaned(GuardianNews.Cleaned cleaned) {
        return done(() -> {
            int slot = deeds.slotInCleaning(cleaned.connection());
            if (slot >= 0) {
                ledger.cleaned(slot, cleaned.fit(), now());
                alarm.within(estate.lease().linger().toNanos(), now());
            }
        });
    }

    private Behavior<Command> onGone(GuardianNews.Gone gone) {
        return done(() -> {
            if (estate.bury(gone.corpse())) {
                ledger.gone(gone.corpse().slot(), now());
            }
        });
    }

    private Behavior<Command> onOwnerStopped(Terminated stopped) {
        return done(() -> {
            owners.forget(stopped.getRef());
            ledger.ownerGone(stopped.getRef(), now());
        });
    }

    private Behavior<Command> onClose(Close close) {
        closing.begin(close);
        return done(closing::drain);
    }

    /** What threads do here; the same as by message. */
    private final class AtDesk implements Desk.Clerk {

        @Override
        public void acquire(Acquire acquire) {
            onAcquire(acquire);
        }

        @Override
        public void release(long leaseId) {
            onRelease(new Release(leaseId));
        }

        @Override
        public void refuse(Acquire acquire) {
            deeds.answerUnfinished(acquire, Set.of());
        }
    }

    private static <T> Behavior<Command> answer(ActorRef<T> replyTo, T answer) {
        replyTo.tell(answer);
        return Behaviors.same();
    }

    private Behavior<Command> onTick() {
        alarm.rang();
        long now = now();
        return done(() -> {
            ledger.tick(now);
            standoff.lookAgain();
            long until = ledger.untilNextLook(now);
            if (until < Long.MAX_VALUE) {
                alarm.within(until, now);
            }
        });
    }
}
