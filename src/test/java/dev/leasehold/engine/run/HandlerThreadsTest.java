package dev.leasehold.engine.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The bounded pool that stands in for virtual threads. */
class HandlerThreadsTest {

    private final CountDownLatch mayLeave = new CountDownLatch(1);
    private final AtomicInteger inside = new AtomicInteger();

    private void wait(HandlerThreads threads) {
        threads.execute(() -> {
            inside.incrementAndGet();
            try {
                mayLeave.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Test
    void takesNoMoreThanThereAreSlotsForAndWorksOnNoMoreThanItHasThreads() {
        try (HandlerThreads threads = HandlerThreads.pooled(2, 3)) {
            for (int i = 0; i < 2 + 2 * 3; i++) {
                wait(threads);
            }

            await().until(() -> inside.get() == 2);
            assertThat(threads.queued()).isEqualTo(6);
            assertThatThrownBy(() -> wait(threads)).isInstanceOf(RejectedExecutionException.class);
            assertThat(inside).hasValue(2);
            mayLeave.countDown();
        }
    }

    @Test
    @Tag("H16")
    void givesAZombieASubstituteAndTakesItBack() {
        try (HandlerThreads threads = HandlerThreads.pooled(1, 10)) {
            wait(threads);
            wait(threads);
            await().until(() -> inside.get() == 1);

            threads.zombie();

            await().until(() -> inside.get() == 2);
            threads.zombieLeft();
            wait(threads);
            assertThat(threads.queued()).isEqualTo(1);
            mayLeave.countDown();
            await().until(() -> inside.get() == 3);
        }
    }
}
