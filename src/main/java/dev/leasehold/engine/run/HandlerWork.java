package dev.leasehold.engine.run;

import akka.actor.typed.ActorRef;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import org.jspecify.annotations.Nullable;

/** What a handler's thread does for one attempt: calls the handler and tells the run's actor what it left. */
final class HandlerWork implements Runnable {

    private final RunParts parts;
    private final RunState state;
    private final TypeRegistry.Registered<?> type;
    private final HandlerCall call;
    private final ActorRef<TaskRunner.Command> runner;
    private final RunContext handed;

    HandlerWork(RunParts parts, RunState state, TypeRegistry.Registered<?> type, ActorRef<TaskRunner.Command> runner) {
        this.parts = parts;
        this.state = state;
        this.type = type;
        this.call = state.call();
        this.runner = runner;
        this.handed = new RunContext(parts, state, call, runner);
    }

    @Override
    public void run() {
        if (!call.enter()) {
            runner.tell(new TaskRunner.Returned(call, null, null));
            return;
        }
        state.began(parts.now().get(), parts.ticker().nanos());
        Outcome outcome = null;
        Throwable failure = null;
        try {
            outcome = invoke(type);
        } catch (Throwable e) { // the edge of the thread: whatever a handler throws is the end of its attempt
            failure = e;
        }
        if (call.leave()) {
            parts.threads().zombieLeft();
            parts.listener().left(state.taskId());
        }
        runner.tell(new TaskRunner.Returned(call, outcome, failure));
    }

    private <P> @Nullable Outcome invoke(TypeRegistry.Registered<P> registered) throws Exception {
        P payload;
        try {
            payload = registered.payload(state.task().payload());
        } catch (IllegalArgumentException e) {
            return Outcome.failed(Reason.CONFIG, "payload: " + e.getMessage()).permanent();
        }
        Outcome outcome = registered.handler().run(payload, handed);
        return outcome == null
                ? Outcome.failed(Reason.CONFIG, "the handler returned no outcome")
                        .permanent()
                : outcome;
    }
}
