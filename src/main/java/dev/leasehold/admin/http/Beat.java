package dev.leasehold.admin.http;

import akka.actor.typed.ActorSystem;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads something once a second as long as somebody listens, never twice at once, and hands on what was read. */
public final class Beat {

    private static final Logger LOG = LoggerFactory.getLogger(Beat.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private Beat() {}

    /**
     * Starts it; it ends with the system.
     *
     * @param wanted whether somebody listens
     * @param read a failure is logged and the next beat tries again
     */
    public static <T> void start(
            ActorSystem<?> system, BooleanSupplier wanted, Supplier<CompletionStage<T>> read, Consumer<T> publish) {
        AtomicBoolean reading = new AtomicBoolean();
        system.scheduler()
                .scheduleWithFixedDelay(
                        INTERVAL,
                        INTERVAL,
                        () -> {
                            if (wanted.getAsBoolean() && reading.compareAndSet(false, true)) {
                                beat(read, publish, reading);
                            }
                        },
                        system.executionContext());
    }

    private static <T> void beat(Supplier<CompletionStage<T>> read, Consumer<T> publish, AtomicBoolean reading) {
        CompletionStage<T> stage;
        try {
            stage = read.get();
        } catch (RuntimeException e) {
            reading.set(false);
            LOG.warn("nothing to send: {}", e.toString());
            return;
        }
        stage.thenAccept(publish).whenComplete((done, failure) -> {
            reading.set(false);
            if (failure != null) {
                LOG.debug("nothing to send", failure);
            }
        });
    }
}
