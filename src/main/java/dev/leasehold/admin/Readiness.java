package dev.leasehold.admin;

import akka.actor.ActorSystem;
import akka.actor.typed.Extension;
import akka.actor.typed.ExtensionId;
import akka.actor.typed.javadsl.Adapter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whether the node should be sent work: pools probed and lanes owned. Not ready until the wiring has said how to tell. */
public final class Readiness implements Extension {

    private static final Id ID = new Id();

    private volatile @Nullable Check check;

    private Readiness() {}

    /** Answers within a second. */
    @FunctionalInterface
    public interface Check {
        CompletionStage<Boolean> ready();
    }

    static Readiness on(akka.actor.typed.ActorSystem<?> system) {
        return ID.apply(system);
    }

    void set(Check newCheck) {
        check = newCheck;
    }

    private CompletionStage<Boolean> ready() {
        Check known = check;
        return known == null ? CompletableFuture.completedFuture(false) : known.ready();
    }

    private static final class Id extends ExtensionId<Readiness> {
        @Override
        public Readiness createExtension(akka.actor.typed.ActorSystem<?> system) {
            return new Readiness();
        }
    }

    /** What Akka Management asks; named in {@code leasehold-akka.conf}. */
    public static final class Probe implements Supplier<CompletionStage<Boolean>> {

        private final Readiness readiness;

        public Probe(ActorSystem system) {
            this.readiness = on(Adapter.toTyped(system));
        }

        @Override
        public CompletionStage<Boolean> get() {
            return readiness.ready();
        }
    }
}
