package dev.leasehold.engine.lane;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.engine.lane.LaneJudge.Verdict;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Lanes;
import dev.leasehold.store.Nodes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Knows which lanes this node owns, beats its heart, and takes over what has no living owner.
 *
 * <pre>
 *   keeping --Beat--> (asks) --Beaten--> judged --free, stopped or dead--> taking over, one lane after the other
 *      |                                    '--ours in the table, not known here--> taken over anew
 *      '--Release--> releasing --> stopped
 * </pre>
 *
 * The database decides who lives; nothing starts under an ownership before its COMMIT is known. At most one beat and one
 * take-over are under way.
 */
public final class LaneKeeper {

    /** What it understands. */
    public sealed interface Command {}

    /** From flush and runs: the database refused this ownership. Twice or late it changes nothing. */
    public record Lost(LaneFence fence) implements Command {}

    /** Gives every lane back and says goodbye; answered once. To be sent when nothing is in flight any more. */
    public record Release(ActorRef<Done> replyTo) implements Command {}

    /** The server tells another history than before: what was taken may never have been. */
    private enum HistoryChanged implements Command {
        INSTANCE
    }

    private enum Beat implements Command {
        INSTANCE
    }

    private record Beaten(List<LaneFence> fences, List<Lanes.Lane> lanes, Duration serverUp, long sentNanos)
            implements Command {}

    private record BeatFailed(Throwable failure) implements Command {}

    private record TakenOver(Verdict verdict, TakeOver.Taken taken) implements Command {}

    private record TakeOverFailed(Verdict verdict, Throwable failure) implements Command {}

    private record Released(ActorRef<Done> replyTo) implements Command {}

    private static final Duration BEAT_LIMIT = Duration.ofSeconds(3);

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final ControlConnection control;
    private final NodeSession session;
    private final OwnedLanes owned;
    private final LaneListener listener;
    private final Ticker ticker;
    private final LaneJudge judge;
    private final TakeOver takeOver;
    private final Deque<Verdict> toTake = new ArrayDeque<>();
    /** When the take-over of each lane was known here, by the ticker. */
    private final Map<Integer, Long> takenNanos = new HashMap<>();

    private final Set<String> deadOwners = new HashSet<>();
    private final List<String> news = new ArrayList<>();
    private boolean beating;
    private @Nullable Verdict taking;

    /** Starts to keep lanes as soon as the control connection is there. */
    public static Behavior<Command> create(
            NodeSession.Identity identity,
            ControlConnection control,
            Leases leases,
            LaneSettings settings,
            OwnedLanes owned,
            LaneListener listener,
            Ticker ticker) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new LaneKeeper(context, timers, identity, control, leases, settings, owned, listener, ticker)
                        .keeping()));
    }

    private LaneKeeper(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            NodeSession.Identity identity,
            ControlConnection control,
            Leases leases,
            LaneSettings settings,
            OwnedLanes owned,
            LaneListener listener,
            Ticker ticker) {
        context.setLoggerName(LaneKeeper.class);
        this.context = context;
        this.timers = timers;
        this.control = control;
        this.owned = owned;
        this.listener = listener;
        this.ticker = ticker;
        this.judge = new LaneJudge(identity.incarnation(), settings);
        this.takeOver = new TakeOver(context.getSystem(), control, leases, identity.incarnation(), settings.patience());
        ActorRef<Command> self = context.getSelf();
        this.session = new NodeSession(identity, settings.count(), () -> self.tell(HistoryChanged.INSTANCE));
        control.onConnected(session::connected);
        control.listen("leasehold", this::notified);
        timers.startTimerWithFixedDelay(Beat.INSTANCE, Duration.ZERO, settings.beat());
    }

    /** On the control thread. */
    private void notified(String payload) {
        try {
            listener.notified(Integer.parseInt(payload));
        } catch (NumberFormatException e) {
            // Anybody may notify on this channel; what is no lane's number is not for us.
            context.getSystem().log().debug("notification without a lane: {}", payload);
        }
    }

    private Behavior<Command> keeping() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Beat.INSTANCE, this::onBeat)
                .onMessage(Beaten.class, this::onBeaten)
                .onMessage(BeatFailed.class, this::onBeatFailed)
                .onMessage(TakenOver.class, this::onTakenOver)
                .onMessage(TakeOverFailed.class, this::onTakeOverFailed)
                .onMessage(Lost.class, lost -> lose(lost.fence()))
                .onMessageEquals(HistoryChanged.INSTANCE, this::onHistoryChanged)
                .onMessage(Release.class, this::onRelease)
                .onMessage(Released.class, released -> Behaviors.same())
                .build();
    }

    private Behavior<Command> onBeat() {
        if (beating) {
            return Behaviors.same();
        }
        beating = true;
        long sent = ticker.nanos();
        context.pipeToSelf(
                control.execute(
                        BEAT_LIMIT,
                        connection -> new Beaten(
                                Nodes.beat(connection, session.incarnation()),
                                Lanes.list(connection),
                                Lanes.serverUp(connection),
                                sent)),
                (beaten, failure) -> beaten == null ? new BeatFailed(failure) : beaten);
        return Behaviors.same();
    }

    private Behavior<Command> onBeaten(Beaten beaten) {
        beating = false;
        listener.confirmed(beaten.sentNanos());
        Set<Integer> known = new HashSet<>();
        for (LaneFence fence : owned.all()) {
            known.add(fence.lane());
            // A lane that was taken after the look was sent may be missing in it: that look is older than the
            // take-over.
            if (!beaten.fences().contains(fence) && takenBefore(fence, beaten.sentNanos())) {
                context.getLog().warn("lane {} has another owner", fence.lane());
                lose(fence);
            }
        }
        listener.seen(beaten.lanes());
        if (toTake.isEmpty() && taking == null) {
            List<Verdict> verdicts = judge.judge(beaten.lanes(), known, beaten.serverUp(), ticker.nanos());
            toTake.addAll(verdicts);
            if (verdicts.isEmpty() && !beaten.lanes().isEmpty()) {
                boolean standby = owned.all().isEmpty()
                        && beaten.lanes().stream().allMatch(lane -> lane.owner() != null && lane.lockHeld());
                if (standby || !owned.all().isEmpty()) {
                    listener.settled(beaten.lanes().size(), standby);
                }
            }
            return takeNext();
        }
        return Behaviors.same();
    }

    private boolean takenBefore(LaneFence fence, long nanos) {
        Long taken = takenNanos.get(fence.lane());
        return taken == null || taken - nanos < 0;
    }

    private Behavior<Command> onBeatFailed(BeatFailed failed) {
        beating = false;
        context.getLog().debug("heartbeat failed", failed.failure());
        return Behaviors.same();
    }

    private Behavior<Command> takeNext() {
        Verdict next = toTake.poll();
        taking = next;
        if (next == null) {
            finishRound();
            return Behaviors.same();
        }
        context.pipeToSelf(
                takeOver.take(next),
                (taken, failure) -> taken == null ? new TakeOverFailed(next, failure) : new TakenOver(next, taken));
        return Behaviors.same();
    }

    private Behavior<Command> onTakenOver(TakenOver over) {
        LaneFence fence = over.taken().fence();
        if (fence != null) {
            owned.own(fence);
            takenNanos.put(fence.lane(), ticker.nanos());
            listener.owned(fence, over.taken().cautiousUntil());
            news.add(Integer.toString(fence.lane()));
            if (over.verdict().crashed()) {
                deadOwners.add(over.verdict().from());
            }
        }
        return takeNext();
    }

    private Behavior<Command> onTakeOverFailed(TakeOverFailed failed) {
        context.getLog()
                .warn(
                        "take-over of lane {} failed: {}",
                        failed.verdict().lane(),
                        failed.failure().toString());
        toTake.clear(); // the next beat judges anew, also those whose answer was lost
        return takeNext();
    }

    private void finishRound() {
        if (news.isEmpty()) {
            return;
        }
        context.getLog().info("took {} lanes{}", news.size(), deadOwners.isEmpty() ? "" : " of dead " + deadOwners);
        takeOver.tell(List.copyOf(news), Set.copyOf(deadOwners));
        news.clear();
        deadOwners.clear();
        context.getSelf().tell(Beat.INSTANCE); // whether all are settled is told by a look, at once
    }

    private Behavior<Command> lose(LaneFence fence) {
        if (owned.owns(fence)) {
            owned.lose(fence);
            listener.lost(fence);
        }
        return Behaviors.same();
    }

    private Behavior<Command> onHistoryChanged() {
        context.getLog().warn("the database tells another history than before: all lanes are taken anew");
        owned.all().forEach(this::lose);
        return Behaviors.same();
    }

    private Behavior<Command> onRelease(Release release) {
        timers.cancelAll();
        context.pipeToSelf(takeOver.release(owned.all()), (released, failure) -> new Released(release.replyTo()));
        owned.loseAll();
        return Behaviors.receive(Command.class)
                .onMessage(Released.class, released -> {
                    released.replyTo().tell(Done.getInstance());
                    return Behaviors.stopped();
                })
                .onMessage(TakenOver.class, late -> Behaviors.same())
                .onAnyMessage(other -> Behaviors.same())
                .build();
    }
}
