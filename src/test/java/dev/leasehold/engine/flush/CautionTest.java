package dev.leasehold.engine.flush;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a flush waits for nobody's rows. */
class CautionTest {

    private final AtomicLong now = new AtomicLong(-Caution.AFTER_LOCKS.toNanos() / 2);
    private final Caution caution = new Caution(now::get);

    @Test
    void isNotDueToTheFirstTryOfABatch() {
        assertThat(caution.isDueTo(false, 0)).isFalse();
    }

    @Test
    void isDueInATransactionAndAfterAFailure() {
        assertThat(caution.isDueTo(true, 0)).isTrue();
        assertThat(caution.isDueTo(false, 1)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"55P03", "57014"})
    void lastsForAllBatchesAfterALock(String state) {
        caution.afterFailure(state);

        assertThat(caution.isDueTo(false, 0)).isTrue();
        now.addAndGet(Caution.AFTER_LOCKS.toNanos() - 1);
        assertThat(caution.isDueTo(false, 0)).isTrue();
        now.addAndGet(1);
        assertThat(caution.isDueTo(false, 0)).isFalse();
    }

    @Test
    void beginsAnewWithEachLock() {
        caution.afterFailure("55P03");
        now.addAndGet(Caution.AFTER_LOCKS.toNanos() - 1);
        caution.afterFailure("55P03");
        now.addAndGet(Caution.AFTER_LOCKS.toNanos() - 1);

        assertThat(caution.isDueTo(false, 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "40001", "08006", "23505"})
    void doesNotComeOfOtherFailures(String state) {
        caution.afterFailure(state);

        assertThat(caution.isDueTo(false, 0)).isFalse();
    }
}
