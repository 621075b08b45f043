package dev.leasehold.cluster.budget;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.TimerScheduler;
import dev.leasehold.cluster.budget.BudgetPlan.Finding;
import dev.leasehold.lease.ControlConnection;
import dev.leasehold.lease.Hold;
import dev.leasehold.lease.Holder;
import dev.leasehold.lease.LeaseClass;
import dev.leasehold.lease.Leases;
import dev.leasehold.lease.PoolGuardian;
import dev.leasehold.lease.PoolName;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.ServerLimits;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this node to its share of the connections: asks the servers what they give, divides it by the members, tells the
 * guardians, and writes down what a person should know.
 *
 * <pre>
 *   waiting --Look--> looking --Looked, LookFailed--> waiting   (the next Look comes by timer)
 * </pre>
 *
 * The limits are read over the control connections, so no lease is needed for it. A limit that somebody changes on the
 * server is followed at the next look.
 */
public final class BudgetKeeper {

    /** What the keeper understands. */
    public sealed interface Command {}

    /**
     * Who may hold connections now, this node among them: for the cluster's membership, once it was stable. Never answered;
     * the same set again changes nothing.
     */
    public record Members(SortedSet<String> incarnations) implements Command {}

    enum Look implements Command {
        INSTANCE
    }

    private record Looked(Map<PoolName, ServerLimits> limits) implements Command {}

    private record LookFailed(Throwable cause) implements Command {}

    private record Written(List<String> summaries) implements Command {}

    private record NotWritten(Throwable cause) implements Command {}

    /**
     * What the keeper works with.
     *
     * @param configured {@code LEASEHOLD_CONNECTION_BUDGET}
     * @param wanted connections of each pool by its own settings, the control connection not counted
     */
    public record Setup(
            String incarnation,
            OptionalInt configured,
            Map<PoolName, Integer> wanted,
            Map<PoolName, ControlConnection> controls,
            Map<PoolName, ActorRef<PoolGuardian.Command>> guardians,
            Leases leases,
            BudgetBoard board) {}

    private static final Duration LOOK_EVERY = Duration.ofSeconds(15);
    private static final Duration AGAIN_AFTER = Duration.ofSeconds(1);
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(3);
    private static final Holder HOLDER = Holder.node("connection-budget");
    private static final Hold HOLD = Hold.atMost(Duration.ofSeconds(5));

    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final Setup setup;
    private final CompletableFuture<Optional<String>> first;
    private SortedSet<String> members;
    private Map<PoolName, ServerLimits> limits = Map.of();
    private List<String> written = List.of();
    private boolean writing;

    /**
     * The keeper, to be spawned beside the pools before anything is leased.
     *
     * @param first completed after the first look, by when the guardians know their permits; with a sentence when the
     *     budget is too small for a node
     */
    public static Behavior<Command> create(Setup setup, CompletableFuture<Optional<String>> first) {
        return Behaviors.setup(
                context -> Behaviors.withTimers(timers -> new BudgetKeeper(context, timers, setup, first).look()));
    }

    private BudgetKeeper(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Setup setup,
            CompletableFuture<Optional<String>> first) {
        context.setLoggerName(BudgetKeeper.class);
        this.context = context;
        this.timers = timers;
        this.setup = setup;
        this.first = first;
        this.members = new TreeSet<>(List.of(setup.incarnation()));
    }

    private Behavior<Command> waiting() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, this::look)
                .onMessage(Members.class, this::onMembers)
                .onMessage(Written.class, this::onWritten)
                .onMessage(NotWritten.class, this::onNotWritten)
                .onMessage(Looked.class, looked -> Behaviors.unhandled())
                .onMessage(LookFailed.class, failed -> Behaviors.unhandled())
                .build();
    }

    private Behavior<Command> looking() {
        return Behaviors.receive(Command.class)
                .onMessageEquals(Look.INSTANCE, Behaviors::same)
                .onMessage(Members.class, this::onMembers)
                .onMessage(Written.class, this::onWritten)
                .onMessage(NotWritten.class, this::onNotWritten)
                .onMessage(Looked.class, looked -> {
                    limits = looked.limits();
                    share();
                    timers.startSingleTimer(Look.INSTANCE, LOOK_EVERY);
                    return waiting();
                })
                .onMessage(LookFailed.class, failed -> {
                    context.getLog().debug("limits of the server not read", failed.cause());
                    timers.startSingleTimer(Look.INSTANCE, AGAIN_AFTER);
                    return waiting();
                })
                .build();
    }

    private Behavior<Command> look() {
        CompletionStage<Map<PoolName, ServerLimits>> all =
                CompletableFuture.completedFuture(new EnumMap<>(PoolName.class));
        for (Map.Entry<PoolName, ControlConnection> each : setup.controls().entrySet()) {
            all = all.thenCombine(each.getValue().execute(LOOK_LIMIT, ServerLimits::read), (found, read) -> {
                found.put(each.getKey(), read);
                return found;
            });
        }
        context.pipeToSelf(
                all, (found, failure) -> found == null ? new LookFailed(reason(failure)) : new Looked(found));
        return looking();
    }

    private static Throwable reason(@Nullable Throwable failure) {
        return failure == null ? new IllegalStateException("no answer and no reason") : failure;
    }

    private Behavior<Command> onMembers(Members now) {
        if (!now.incarnations().equals(members)) {
            members = new TreeSet<>(now.incarnations());
            if (!limits.isEmpty()) {
                share();
            }
        }
        return Behaviors.same();
    }

    private void share() {
        List<BudgetPlan> plans =
                BudgetPlans.of(limits, setup.configured(), setup.wanted(), members, setup.incarnation());
        List<String> before = summaries(setup.board().plans());
        setup.board().show(plans);
        for (BudgetPlan plan : plans) {
            plan.permits().forEach((pool, permits) -> {
                ActorRef<PoolGuardian.Command> guardian = setup.guardians().get(pool);
                if (guardian != null) {
                    guardian.tell(new PoolGuardian.SetBudget(permits));
                }
            });
        }
        if (!summaries(plans).equals(before)) {
            for (BudgetPlan plan : plans) {
                context.getLog().info("connections: {}", plan.summary());
                plan.findings().forEach(finding -> context.getLog().warn("{}", finding.message()));
            }
        }
        first.complete(plans.stream().flatMap(plan -> plan.refusal().stream()).findFirst());
        write(plans);
    }

    private static List<String> summaries(List<BudgetPlan> plans) {
        return plans.stream()
                .map(plan -> plan.label() + ": " + plan.summary() + plan.findings())
                .toList();
    }

    /** What is not written now, since the tables are not there or the database is away, is written after a later look. */
    private void write(List<BudgetPlan> plans) {
        List<String> wanted = summaries(plans);
        if (writing || wanted.equals(written)) {
            return;
        }
        writing = true;
        context.pipeToSelf(
                setup.leases().inTransaction(PoolName.PLATFORM, LeaseClass.CONTROL, HOLDER, HOLD, connection -> {
                    for (BudgetPlan plan : plans) {
                        record(connection, plan);
                    }
                    return wanted;
                }),
                (done, failure) -> done == null ? new NotWritten(reason(failure)) : new Written(done));
    }

    private void record(Connection connection, BudgetPlan plan) throws SQLException {
        Events.insert(
                connection,
                List.of(Events.Event.node("budget_changed", setup.incarnation(), "connections: " + plan.summary())));
        String source = "pool/" + plan.label();
        for (String name : BudgetPlan.NAMES) {
            Optional<Finding> found = plan.findings().stream()
                    .filter(finding -> finding.name().equals(name))
                    .findFirst();
            if (found.isPresent()) {
                Finding finding = found.get();
                Alerts.raise(
                        connection,
                        new Alerts.Alert(source, name, finding.severity(), finding.message(), null, null, null));
            } else {
                Alerts.clear(connection, source, name);
            }
        }
    }

    private Behavior<Command> onWritten(Written done) {
        writing = false;
        written = done.summaries();
        write(setup.board().plans()); // what changed meanwhile
        return Behaviors.same();
    }

    /** At the very first start there is no table's partition yet. */
    private Behavior<Command> onNotWritten(NotWritten failed) {
        writing = false;
        context.getLog().debug("budget not recorded", failed.cause());
        timers.startSingleTimer(Look.INSTANCE, AGAIN_AFTER);
        return Behaviors.same();
    }
}
