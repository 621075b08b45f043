package dev.leasehold.engine.watch;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.PoolStatus;
import dev.leasehold.lease.Ticker;
import dev.leasehold.store.Alerts;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the pools of this node, and raises an alert when one of them is in trouble and clears it when that is over.
 *
 * <pre>
 *   resting --Look--> asking --Seen, NotSeen--> resting
 * </pre>
 *
 * Each alert is raised once, however long the trouble lasts. At most one write is under way, at any time; what could not be
 * written is written after a later look, if it is still so. The source of an alert carries the node's address, so that no
 * node clears what another has raised; the first write of a node clears what an earlier life of it left open.
 */
public final class PoolWatch {

    /** What it understands: nothing from outside. */
    public sealed interface Command {}

    private enum Look implements Command {
        INSTANCE
    }

    private record Seen(Map<PoolName, PoolStatus> pools) implements Command {}

    private record NotSeen(Throwable failure) implements Command {}

    private record Written(Map<Key, String> open) implements Command {}

    private record NotWritten(Throwable failure) implements Command {}

    /**
     * What the watch works with.
     *
     * @param address of this node: no other node has it, and its next life has it again
     */
    public record Setup(
            String address,
            PoolAlertSettings settings,
            Map<PoolName, ActorRef<PoolGuardian.Command>> guardians,
            Leases leases,
            Ticker ticker) {}

    /** An alert's source without the node, and its name. */
    private record Key(PoolName pool, String name) {}

    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(3);
    private static final Holder HOLDER = Holder.node("pool-watch");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    private final ActorContext<Command> context;
    private final Setup setup;
    private final Map<PoolName, PoolRules> rules = new EnumMap<>(PoolName.class);
    private Map<Key, String> open = Map.of();
    /** Null until the first write. */
    private @Nullable Map<Key, String> written;

    private boolean writing;

    /** The watch over the pools of one node. */
    public static Behavior<Command> create(Setup setup) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new PoolWatch(context, timers, setup).resting()));
    }

    private PoolWatch(ActorContext<Command> context, TimerScheduler<Command> timers, Setup setup) {
        context.setLoggerName(PoolWatch.class);
        this.context = context;
        this.setup = setup;
        setup.guardians().keySet().forEach(pool -> rules.put(pool, new PoolRules(setup.settings())));
        timers.startTimerWithFixedDelay(Look.INSTANCE, setup.settings().look());
    }

    private Behavior<Command> resting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessage(Seen.class, late -> Behaviors.same())
                .onMessage(NotSeen.class, late -> Behaviors.same())
                .onMessage(Written.class, this::onWritten)
                .onMessage(NotWritten.class, this::onNotWritten)
                .build();
    }

    private Behavior<Command> look() {
        CompletionStage<Map<PoolName, PoolStatus>> all =
                CompletableFuture.completedFuture(new EnumMap<>(PoolName.class));
        for (Map.Entry<PoolName, ActorRef<PoolGuardian.Command>> each :
                setup.guardians().entrySet()) {
            CompletionStage<PoolStatus> status = AskPattern.ask(
                    each.getValue(),
                    PoolGuardian.GetStatus::new,
                    ANSWER_LIMIT,
                    context.getSystem().scheduler());
            all = all.thenCombine(status, (found, read) -> {
                found.put(each.getKey(), read);
                return found;
            });
        }
        context.pipeToSelf(all, (found, failure) -> found == null ? new NotSeen(failure) : new Seen(found));
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessage(Seen.class, this::onSeen)
                .onMessage(NotSeen.class, this::onNotSeen)
                .onMessage(Written.class, this::onWritten)
                .onMessage(NotWritten.class, this::onNotWritten)
                .build();
    }

    private Behavior<Command> onSeen(Seen seen) {
        long now = setup.ticker().nanos();
        Map<Key, String> found = new HashMap<>();
        rules.forEach((pool, of) -> {
            PoolStatus status = seen.pools().get(pool);
            if (status != null) {
                of.see(status, now).forEach((name, message) -> found.put(new Key(pool, name), message));
            }
        });
        found.forEach((key, message) -> {
            if (!open.containsKey(key)) {
                context.getLog().warn("{}: {}", key.name(), message);
            }
        });
        open = found;
        write();
        return resting();
    }

    /** A guardian that fails answers nothing: the next look sees what became of it. */
    private Behavior<Command> onNotSeen(NotSeen failed) {
        context.getLog().debug("a pool does not say how it stands", failed.failure());
        return resting();
    }

    private void write() {
        Map<Key, String> wanted = open;
        if (writing || wanted.equals(written)) {
            return;
        }
        Map<Key, String> known = written == null ? Map.of() : written;
        Map<Key, @Nullable String> changes = new HashMap<>();
        for (PoolName pool : rules.keySet()) {
            for (String name : PoolRules.NAMES) {
                Key key = new Key(pool, name);
                String message = wanted.get(key);
                if (message == null ? written == null || known.containsKey(key) : !known.containsKey(key)) {
                    changes.put(key, message);
                }
            }
        }
        writing = true;
        context.pipeToSelf(
                setup.leases().inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    for (Map.Entry<Key, @Nullable String> each : changes.entrySet()) {
                        String source = source(each.getKey().pool());
                        String name = each.getKey().name();
                        String message = each.getValue();
                        if (message == null) {
                            Alerts.clear(connection, source, name);
                        } else {
                            Alerts.raise(
                                    connection, new Alerts.Alert(source, name, "warning", message, null, null, null));
                        }
                    }
                    return wanted;
                }),
                (done, failure) -> done == null ? new NotWritten(failure) : new Written(done));
    }

    private String source(PoolName pool) {
        return Alerts.poolOfNode(pool.label(), setup.address());
    }

    private Behavior<Command> onWritten(Written done) {
        writing = false;
        written = done.open();
        write(); // what changed meanwhile
        return Behaviors.same();
    }

    private Behavior<Command> onNotWritten(NotWritten failed) {
        writing = false;
        context.getLog().debug("alerts of the pools not written", failed.failure());
        return Behaviors.same();
    }
}
