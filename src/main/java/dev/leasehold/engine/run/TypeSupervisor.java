package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.util.List;

/** The parent of the actors of all runs of one type, each of which sees to one after the other. A run that dies of a fault of ours is recorded as failed, never started again and again. */
public final class TypeSupervisor extends AbstractBehavior<TypeSupervisor.Command> {

    /** What a type's supervisor understands. */
    public sealed interface Command {}

    /** Starts these runs; each is reported over exactly once. */
    public record Start(List<Ready> runs) implements Command {}

    /** Ends these runs without a result: their tasks stay due. Nothing for those that are over. */
    public record Abandon(List<Ready> runs) implements Command {}

    private record Stopped(Runner runner) implements Command {}

    private final RunParts parts;
    private final TypeRegistry.Registered<?> type;
    private final Runner.Rest rest = new Runner.Rest();
    private long number;

    public static Behavior<Command> create(RunParts parts, TypeRegistry.Registered<?> type) {
        return Behaviors.setup(context -> new TypeSupervisor(context, parts, type));
    }

    private TypeSupervisor(ActorContext<Command> context, RunParts parts, TypeRegistry.Registered<?> type) {
        super(context);
        context.setLoggerName(TypeSupervisor.class);
        this.parts = parts;
        this.type = type;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Start.class, this::onStart)
                .onMessage(Abandon.class, this::onAbandon)
                .onMessage(Stopped.class, this::onStopped)
                .build();
    }

    private Behavior<Command> onStart(Start start) {
        for (Ready ready : start.runs()) {
            RunState run = new RunState(
                    ready, type.type(), parts.now().get(), parts.ticker().nanos());
            parts.board().add(run);
            start(run);
        }
        return this;
    }

    private void start(RunState run) {
        Runner runner = rest.poll();
        ActorRef<TaskRunner.Command> actor = runner == null ? null : runner.actor();
        if (runner == null || actor == null) {
            runner = new Runner(rest, run);
            actor = getContext().spawn(TaskRunner.create(parts, runner, type), "run-" + ++number);
            runner.actor(actor);
            getContext().watchWith(actor, new Stopped(runner));
        } else {
            runner.take(run);
        }
        run.actor(actor); // at once: an Abandon may be the next message here
        if (!TaskRunner.hand(parts, run, type, actor)) {
            run.call().stop(HandlerCall.Stop.ABANDONED);
            actor.tell(new TaskRunner.Returned(run.call(), null, null));
        }
    }

    private Behavior<Command> onAbandon(Abandon abandon) {
        abandon.runs()
                .forEach(run -> RunLedger.abandon(parts.board(), run.task().id()));
        return this;
    }

    private Behavior<Command> onStopped(Stopped stopped) {
        rest.remove(stopped.runner());
        RunState run = stopped.runner().run();
        if (run != null && !run.over()) {
            getContext().getLog().error("the actor of run {} has failed", run.taskId());
            RunEnd end = new RunEnd(parts, run);
            run.call().stop(HandlerCall.Stop.ABANDONED);
            end.leaveThread(run.call());
            end.write(Outcome.failed(Reason.UNKNOWN, "the run's actor failed; see the node's log"));
        }
        return this;
    }
}
