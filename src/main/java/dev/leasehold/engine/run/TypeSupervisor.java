package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.store.DueTask;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import java.util.List;

/** The parent of all runs of one type. A run that dies of a fault of ours is recorded as failed, never started again and again. */
public final class TypeSupervisor extends AbstractBehavior<TypeSupervisor.Command> {

    /** What a type's supervisor understands. */
    public sealed interface Command {}

    /** Starts these runs; each is reported over exactly once. */
    public record Start(List<Ready> runs) implements Command {}

    /** Ends these runs without a result: their tasks stay due. Nothing for those that are over. */
    public record Abandon(List<Ready> runs) implements Command {}

    private record Stopped(RunState run) implements Command {}

    private final RunParts parts;
    private final TypeRegistry.Registered<?> type;
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
            DueTask task = ready.task();
            RunState run = new RunState(
                    ready, type.type(), parts.now().get(), parts.ticker().nanos());
            parts.board().add(run);
            String name = "run-" + task.id() + "." + task.runNo() + "-" + ++number;
            ActorRef<TaskRunner.Command> runner = getContext().spawn(TaskRunner.create(parts, run, type), name);
            run.actor(runner); // at once: an Abandon may be the next message here
            getContext().watchWith(runner, new Stopped(run));
        }
        return this;
    }

    private Behavior<Command> onAbandon(Abandon abandon) {
        abandon.runs()
                .forEach(run -> RunLedger.abandon(parts.board(), run.task().id()));
        return this;
    }

    private Behavior<Command> onStopped(Stopped stopped) {
        RunState run = stopped.run();
        if (!run.over()) {
            getContext().getLog().error("the actor of run {} has failed", run.taskId());
            RunEnd end = new RunEnd(parts, run);
            run.call().stop(HandlerCall.Stop.ABANDONED);
            end.leaveThread(run.call());
            end.write(Outcome.failed(Reason.UNKNOWN, "the run's actor failed; see the node's log"));
        }
        return this;
    }
}
