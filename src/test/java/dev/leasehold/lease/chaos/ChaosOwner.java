package dev.leasehold.lease.chaos;

import akka.actor.typed.Behavior;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.Lease;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.LeaseEvent;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.chaos.Event.Asked;
import dev.leasehold.lease.chaos.Event.Kind;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An owner of leases that does whatever owners do, good and bad: asks, gives up, dies, restarts, leaves grants lying, works
 * and overruns. {@link Deeds} has what it does under a lease.
 */
final class ChaosOwner {

    sealed interface Command {}

    /** From the {@link Recorder}. */
    record Heard(LeaseEvent event) implements Command {}

    /** The last thing is done, in this life of the owner. */
    record Next(long life) implements Command {}

    /** While a request or a lease is out. */
    enum Fate implements Command {
        STOP,
        FAIL,
        CANCEL
    }

    private static final Duration REST_MAX = Duration.ofMillis(60);

    private final Scene scene;
    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final SplittableRandom random;
    private final long life;
    private final Deeds deeds;
    private long pending;
    private @Nullable Asked asked;

    static Behavior<Command> create(Scene scene, SplittableRandom random) {
        AtomicLong lives = new AtomicLong();
        return Behaviors.supervise(Behaviors.<Command>setup(context -> Behaviors.withTimers(timers ->
                        new ChaosOwner(scene, context, timers, random.split(), lives.getAndIncrement()).living())))
                .onFailure(SupervisorStrategy.restart().withLoggingEnabled(false));
    }

    private ChaosOwner(
            Scene scene,
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            SplittableRandom random,
            long life) {
        this.scene = scene;
        this.context = context;
        this.timers = timers;
        this.random = random;
        this.life = life;
        this.deeds = new Deeds(scene, random.split());
        if (life > 0) {
            scene.history.add(Kind.REBORN, context.getSelf().path().name(), 0, life, "");
        }
        rest();
    }

    private void rest() {
        timers.startSingleTimer(new Next(life), Duration.ofMillis(1 + random.nextLong(REST_MAX.toMillis())));
    }

    private Behavior<Command> living() {
        return Behaviors.receive(Command.class)
                .onMessage(Next.class, this::onNext)
                .onMessage(Heard.class, this::onHeard)
                .onMessageEquals(Fate.STOP, Behaviors::stopped)
                .onMessageEquals(Fate.FAIL, () -> {
                    throw new IllegalStateException("fails on purpose");
                })
                .onMessageEquals(Fate.CANCEL, this::onCancel)
                .build();
    }

    private Behavior<Command> onNext(Next next) {
        if (next.life() == life && !scene.isOver()) {
            ask(ordinary());
            int fate = random.nextInt(100);
            if (fate < 9) {
                Fate what = fate < 3 ? Fate.STOP : fate < 6 ? Fate.FAIL : Fate.CANCEL;
                timers.startSingleTimer(what, Duration.ofMillis(1 + random.nextLong(60)));
            }
        }
        return Behaviors.same();
    }

    private Asked ordinary() {
        PoolName pool = random.nextInt(5) == 0 ? PoolName.PLATFORM : PoolName.USERDATA;
        int dice = random.nextInt(10);
        LeaseClass leaseClass = dice == 0 ? LeaseClass.CONTROL : dice < 3 ? LeaseClass.INTERACTIVE : LeaseClass.TASK;
        long hold = random.nextInt(8) == 0 ? Deeds.LONG_HOLD : 150 + random.nextInt(500);
        long wait = random.nextInt(8) == 0 ? 20 + random.nextInt(300) : 6_000;
        String scope = context.getSelf().path().name() + "-" + life;
        return new Asked(pool.label(), leaseClass.name(), scope, hold, wait);
    }

    private void ask(Asked what) {
        asked = what;
        pending = PoolGuardian.nextRequestId();
        tell(what, pending);
    }

    private void tell(Asked what, long request) {
        String name = context.getSelf().path().name();
        PoolName pool = PoolName.valueOf(what.pool().toUpperCase(java.util.Locale.ROOT));
        PoolGuardian.Acquire acquire = new PoolGuardian.Acquire(
                request,
                context.getSelf(),
                life,
                scene.recorder(pool),
                LeaseClass.valueOf(what.leaseClass()),
                Hold.atMost(Duration.ofMillis(what.holdMillis())),
                Holder.named(name),
                what.scope(),
                Duration.ofMillis(what.waitMillis()));
        scene.askers.put(request, context.getSelf());
        scene.history.add(Kind.ASKED, name, 0, request, what.text());
        scene.pools.guardian(pool).tell(acquire);
        scene.history.add(Kind.TOLD, name, 0, request, "");
    }

    private Behavior<Command> onCancel() {
        if (pending != 0 && asked != null) {
            long request = pending;
            scene.history.add(Kind.CANCELLED, "", 0, request, "");
            PoolName pool = PoolName.valueOf(asked.pool().toUpperCase(java.util.Locale.ROOT));
            scene.pools.guardian(pool).tell(new PoolGuardian.CancelAcquire(request));
            pending = 0; // a grant that crosses this is released below
            rest();
        }
        return Behaviors.same();
    }

    private Behavior<Command> onHeard(Heard heard) {
        LeaseEvent event = heard.event();
        if (event instanceof LeaseEvent.Granted granted) {
            onGranted(granted);
        } else if (event instanceof LeaseEvent.Denied denied && denied.requestId() == pending) {
            pending = 0;
            rest();
        } else if (event instanceof LeaseEvent.LeaseRevoked revoked) {
            throw revoked.toException();
        }
        return Behaviors.same();
    }

    private void onGranted(LeaseEvent.Granted granted) {
        Lease lease = granted.lease();
        Asked what = asked;
        if (granted.requestId() != pending || what == null) {
            new Hand(scene, poolOf(lease), lease).release();
            return;
        }
        pending = 0;
        Hand hand = new Hand(scene, poolOf(lease), lease);
        if (random.nextInt(30) == 0) {
            return; // the offer is left lying
        }
        lease.claim();
        if (random.nextInt(12) == 0) {
            tell(new Asked(what.pool(), what.leaseClass(), what.scope(), 500, 6_000), PoolGuardian.nextRequestId());
        }
        int fate = random.nextInt(100);
        if (fate < 8) {
            timers.startSingleTimer(
                    fate < 4 ? Fate.STOP : Fate.FAIL, Duration.ofMillis(random.nextLong(what.holdMillis() / 2 + 1)));
        }
        Runnable deed = deeds.choose(hand, what.holdMillis());
        scene.onHand(() -> {
            deed.run();
            context.getSelf().tell(new Next(life));
        });
    }

    /** As its label has it. */
    private static String poolOf(Lease lease) {
        return lease.label().contains("-platform-") ? "platform" : "userdata";
    }
}
