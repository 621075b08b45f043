package dev.leasehold;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The root of a node's actors. It has no work of its own: what a step of the start brings is started as its child, within its
 * context. A child that fails beyond its own supervision ends the actor system, and with it the node.
 */
final class NodeGuardian {

    /** Starts something within the guardian's context; answered once, by the result or the failure. */
    record Start<T>(Function<ActorContext<Start<?>>, T> work, CompletableFuture<T> answer) {

        void carryOut(ActorContext<Start<?>> context) {
            try {
                answer.complete(work.apply(context));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        }
    }

    private NodeGuardian() {}

    static Behavior<Start<?>> create() {
        return Behaviors.setup(context -> Behaviors.receiveMessage(start -> {
            start.carryOut(context);
            return Behaviors.same();
        }));
    }
}
