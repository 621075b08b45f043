package dev.leasehold.bench;

import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** The owners that lease: by call, as applications do, or as actors, as runs do. */
final class LeaseOwners {

    /** The default of the pools: other lengths cost a round trip more. */
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(30));

    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final LeasePools pools;
    private final PoolName pool;

    LeaseOwners(LeasePools pools, PoolName pool) {
        this.pools = pools;
        this.pool = pool;
    }

    /** Calls {@code leases().run}; waits from the call to the first line of the work. */
    void autocommit(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        call(turn, recorder, work, false);
    }

    /** Calls {@code leases().inTransaction}. */
    void transaction(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        call(turn, recorder, work, true);
    }

    private void call(Turn turn, Recorder recorder, SqlWork<Boolean> work, boolean inTransaction) {
        if (turn.isOver()) {
            turn.done();
            return;
        }
        long askedAt = System.nanoTime();
        SqlWork<Boolean> recorded = connection -> {
            recorder.add(System.nanoTime() - askedAt);
            return work.apply(connection);
        };
        CompletionStage<Boolean> answer = inTransaction
                ? pools.pools().leases().inTransaction(pool, LeaseClass.TASK, Holder.named("bench"), HOLD, recorded)
                : pools.pools().leases().run(pool, LeaseClass.TASK, Holder.named("bench"), HOLD, recorded);
        answer.whenComplete((worked, failure) -> {
            if (failure == null) {
                call(turn, recorder, work, inTransaction);
            } else {
                turn.failed(failure);
            }
        });
    }

    /** Calls {@code leases().call} on a thread of the owner's own, as HikariCP's owners have one. */
    void autocommitOnOwnThread(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        thread(turn, recorder, work, false);
    }

    /** Calls {@code leases().callInTransaction}. */
    void transactionOnOwnThread(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        thread(turn, recorder, work, true);
    }

    private void thread(Turn turn, Recorder recorder, SqlWork<Boolean> work, boolean inTransaction) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!turn.isOver()) {
                            once(recorder, work, inTransaction);
                        }
                        turn.done();
                    } catch (Exception e) {
                        turn.failed(e);
                    }
                },
                "lease-owner");
        thread.setDaemon(true);
        thread.start();
    }

    private void once(Recorder recorder, SqlWork<Boolean> work, boolean inTransaction) throws Exception {
        long askedAt = System.nanoTime();
        SqlWork<Boolean> recorded = connection -> {
            recorder.add(System.nanoTime() - askedAt);
            return work.apply(connection);
        };
        Leases leases = pools.pools().leases();
        Holder holder = Holder.named("bench");
        if (inTransaction) {
            leases.callInTransaction(pool, LeaseClass.TASK, holder, HOLD, recorded);
        } else {
            leases.call(pool, LeaseClass.TASK, holder, HOLD, recorded);
        }
    }

    /** An actor that asks, claims and gives back, without SQL; waits from the request to the grant. */
    void actor(Turn turn, Recorder recorder) {
        Behavior<LeaseEvent> owner = Behaviors.setup(context -> new ActorOwner(context, turn, recorder).asking());
        pools.system().systemActorOf(owner, "lease-owner-" + NUMBER.incrementAndGet(), Props.empty());
    }

    private final class ActorOwner {
        private final ActorContext<LeaseEvent> context;
        private final Turn turn;
        private final Recorder recorder;
        private long askedAt;

        private ActorOwner(ActorContext<LeaseEvent> context, Turn turn, Recorder recorder) {
            this.context = context;
            this.turn = turn;
            this.recorder = recorder;
        }

        private Behavior<LeaseEvent> asking() {
            ask();
            return Behaviors.receive(LeaseEvent.class)
                    .onMessage(LeaseEvent.Granted.class, granted -> onGranted(granted.lease()))
                    .onMessage(LeaseEvent.Denied.class, denied -> onDenied(denied.toException()))
                    .onAnyMessage(other -> Behaviors.same())
                    .build();
        }

        private Behavior<LeaseEvent> onGranted(Lease lease) {
            recorder.add(System.nanoTime() - askedAt);
            lease.claim();
            lease.release();
            if (turn.isOver()) {
                turn.done();
                return Behaviors.stopped();
            }
            ask();
            return Behaviors.same();
        }

        private Behavior<LeaseEvent> onDenied(Exception denied) {
            turn.failed(denied);
            return Behaviors.stopped();
        }

        private void ask() {
            askedAt = System.nanoTime();
            pools.pools()
                    .guardian(pool)
                    .tell(new PoolGuardian.Acquire(
                            PoolGuardian.nextRequestId(),
                            context.getSelf(),
                            0,
                            context.getSelf(),
                            LeaseClass.TASK,
                            HOLD,
                            Holder.named("bench"),
                            "",
                            WAIT));
        }
    }
}
