package dev.leasehold.engine.cycle;

import akka.actor.typed.ActorRef;
import dev.leasehold.engine.flush.Flush;
import dev.leasehold.engine.flush.Result;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.Ending;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.engine.plan.Timetable;
import dev.leasehold.engine.run.TypeSupervisor;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.RetryPolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Hands due tasks to the supervisors of their types, and those that kill nodes to nobody. */
public final class RunStarter {

    /** Crashes at which a task is quarantined. */
    static final int POISON_CRASHES = 3;

    private final Map<String, ActorRef<TypeSupervisor.Command>> supervisors;
    private final Flush flush;
    private final Planner planner;
    private final DatabaseClock clock;

    public RunStarter(
            Map<String, ActorRef<TypeSupervisor.Command>> supervisors,
            Flush flush,
            Planner planner,
            DatabaseClock clock) {
        this.supervisors = Map.copyOf(supervisors);
        this.flush = flush;
        this.planner = planner;
        this.clock = clock;
    }

    void start(List<Ready> runs) {
        tell(runs, TypeSupervisor.Start::new);
    }

    /**
     * Starts all that may start at once.
     *
     * @param waits which of the others must not start before something is written
     * @return those, and the cautious ones, which are to be entered in the ledger before they start
     */
    List<Ready> startPlain(List<Ready> handedOut, Predicate<Ready> waits) {
        List<Ready> plain = new ArrayList<>(handedOut.size());
        List<Ready> waiting = new ArrayList<>();
        for (Ready each : handedOut) {
            if (!setAside(each)) {
                (each.cautious() || waits.test(each) ? waiting : plain).add(each);
            }
        }
        start(plain);
        return waiting;
    }

    /** Tells runs to end without a result, also those whose start is still on its way. */
    void abandon(List<Ready> runs) {
        tell(runs, TypeSupervisor.Abandon::new);
    }

    private void tell(List<Ready> runs, Function<List<Ready>, TypeSupervisor.Command> command) {
        Map<String, List<Ready>> byType = new HashMap<>();
        for (Ready each : runs) {
            byType.computeIfAbsent(each.task().type(), type -> new ArrayList<>())
                    .add(each);
        }
        byType.forEach((type, ofType) -> {
            ActorRef<TypeSupervisor.Command> supervisor = supervisors.get(type);
            if (supervisor == null) {
                throw new IllegalStateException("no supervisor for type " + type);
            }
            supervisor.tell(command.apply(ofType));
        });
    }

    /** True for a run that is not to be started; its end is then written like any other. */
    boolean setAside(Ready run) {
        DueTask task = run.task();
        if (task.crashes() >= POISON_CRASHES) {
            // It stays until a person looks at it.
            end(
                    run,
                    Outcome.failed(Reason.POISON, "it was in flight at the deaths of " + task.crashes() + " nodes")
                            .permanent());
            return true;
        }
        Optional<Schedule.Start.LeaveOut> late = Timetable.leftOut(task, clock.get());
        late.ifPresent(leaveOut -> {
            Outcome skipped = Outcome.skipped("it came too late and is left out, as its schedule says");
            end(run, leaveOut.next().map(skipped::nextDueAt).orElse(skipped));
        });
        return late.isPresent();
    }

    private void end(Ready run, Outcome outcome) {
        Instant now = clock.get();
        Ending ending = new Ending(outcome, now, now, List.of(), List.of(), 0);
        flush.offer(new Result(
                run,
                RetryPolicy.none(),
                ending,
                planner.plan(run.task(), RetryPolicy.none(), ending, History.NONE),
                null));
    }
}
