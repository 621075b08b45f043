package dev.leasehold.engine;

import akka.Done;
import akka.actor.typed.ActorRef;
import dev.leasehold.engine.cycle.CheckCycle;
import dev.leasehold.engine.cycle.SessionCounters;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.flush.Settled;
import dev.leasehold.engine.lane.LaneKeeper;
import dev.leasehold.engine.lane.LaneListener;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.limit.Roster;
import dev.leasehold.engine.limit.SlotOffice;
import dev.leasehold.engine.outbox.OutboxRelay;
import dev.leasehold.engine.run.RunListener;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Lanes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Turns what flush, runs and lanes say on their threads into messages, so that none of them knows the others. */
final class EngineSwitch implements Flush.Listener, RunListener, LaneListener {

    private final SessionCounters counters;
    private final CompletableFuture<Done> firstSettled = new CompletableFuture<>();
    private volatile @Nullable ActorRef<CheckCycle.Command> cycle;
    private volatile @Nullable ActorRef<LaneKeeper.Command> lanes;
    private volatile @Nullable ActorRef<SlotOffice.Command> office;
    private volatile List<ActorRef<OutboxRelay.Command>> relays = List.of();
    private volatile @Nullable ActorRef<Unblocker.Command> unblocker;
    private volatile @Nullable TypeQuarantine quarantine;
    private volatile int laneCount;
    private volatile boolean standby;

    EngineSwitch(SessionCounters counters) {
        this.counters = counters;
    }

    void connectQuarantine(TypeQuarantine to) {
        quarantine = to;
    }

    private void look(Settled settled) {
        TypeQuarantine to = quarantine;
        if (to != null) {
            to.settled(settled);
        }
    }

    void connect(ActorRef<CheckCycle.Command> to) {
        cycle = to;
    }

    void connectOffice(ActorRef<SlotOffice.Command> to) {
        office = to;
    }

    private void tell(SlotOffice.Command command) {
        ActorRef<SlotOffice.Command> to = office;
        if (to != null) {
            to.tell(command);
        }
    }

    void connectLanes(ActorRef<LaneKeeper.Command> to) {
        lanes = to;
    }

    private void tell(CheckCycle.Command command) {
        ActorRef<CheckCycle.Command> to = cycle;
        if (to != null) {
            to.tell(command);
        }
    }

    void connectRelays(List<ActorRef<OutboxRelay.Command>> to) {
        relays = to;
    }

    void connectUnblocker(ActorRef<Unblocker.Command> to) {
        unblocker = to;
    }

    @Override
    public void endedNeeds() {
        ActorRef<Unblocker.Command> to = unblocker;
        if (to != null) {
            to.tell(Unblocker.Ended.INSTANCE);
        }
    }

    @Override
    public void emitted() {
        relays.forEach(relay -> relay.tell(OutboxRelay.Emitted.INSTANCE));
    }

    /** Completes when every lane is owned, or has a living owner elsewhere, for the first time. */
    CompletionStage<Done> firstSettled() {
        return firstSettled;
    }

    int laneCount() {
        return laneCount;
    }

    boolean standby() {
        return standby;
    }

    @Override
    public void settled(List<Settled> settled) {
        List<Settled> over = new ArrayList<>(settled.size());
        for (Settled each : settled) {
            ActorRef<Settled> replyTo = each.replyTo();
            if (replyTo == null) {
                look(each);
                over.add(each);
            } else {
                replyTo.tell(each); // it passes it on when it is ready for what follows
            }
        }
        if (!over.isEmpty()) {
            tell(new CheckCycle.SettledRuns(over));
        }
    }

    @Override
    public void lost(Set<LaneFence> fences) {
        fences.forEach(this::lost);
    }

    @Override
    public void flushed(Duration took, int size, int locked) {
        counters.flushed(took, locked);
    }

    @Override
    public void settled(Settled settled) {
        look(settled);
        tell(new CheckCycle.SettledRuns(List.of(settled)));
    }

    @Override
    public void abandoned(Ready run) {
        tell(new CheckCycle.Abandoned(run));
    }

    @Override
    public void strayed(long task) {
        tell(new CheckCycle.Strayed(task));
    }

    @Override
    public void left(long task) {
        tell(new CheckCycle.Left(task));
    }

    /** From a flush, a run, or the lanes themselves: the keeper decides, the cycle follows. */
    @Override
    public void lost(LaneFence fence) {
        ActorRef<LaneKeeper.Command> to = lanes;
        if (to != null) {
            to.tell(new LaneKeeper.Lost(fence));
        }
        tell(new SlotOffice.Lost(fence.lane(), fence.epoch()));
        tell(new CheckCycle.Lost(fence));
    }

    @Override
    public void restarted(String type) {
        counters.restarted(type);
    }

    @Override
    public void owned(LaneFence fence, @Nullable Instant cautiousUntil) {
        tell(new SlotOffice.Owned(fence.lane(), fence.epoch()));
        tell(new CheckCycle.Owned(fence, cautiousUntil));
    }

    @Override
    public void seen(List<Lanes.Lane> all) {
        tell(new SlotOffice.Seen(new Roster(all.stream()
                .map(lane -> new Roster.Place(lane.no(), lane.owner(), lane.epoch(), lane.address()))
                .toList())));
    }

    @Override
    public void confirmed(long sentNanos) {
        tell(new CheckCycle.Confirmed(sentNanos));
    }

    @Override
    public void settled(int count, boolean isStandby) {
        laneCount = count;
        standby = isStandby;
        firstSettled.complete(Done.getInstance());
    }

    @Override
    public void notified(int lane) {
        tell(new CheckCycle.Notified(lane));
    }
}
