package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** When a session needs a reset. The calls after the settlement are those of threads that the holder forgot. */
@Tag("H38")
class FenceTouchTest {

    private final Fence fence = new Fence(new Epoch(), 0, 1_000);

    private void call(boolean inTransaction) {
        assertThat(fence.enter(1)).isTrue();
        fence.exit(2, inTransaction);
    }

    @Test
    void isCleanWithoutACall() {
        assertThat(fence.isTouched()).isFalse();
    }

    @Test
    void isTouchedUntilTheHolderHasSettled() {
        call(false);
        assertThat(fence.isTouched()).isTrue();

        fence.settle();

        assertThat(fence.isTouched()).isFalse();
    }

    @Test
    void isTouchedForGoodByACallThatSpoils() {
        call(false);
        fence.spoil();
        fence.settle();
        assertThat(fence.isTouched()).isTrue();
    }

    @Test
    void isTouchedByATransactionThatIsBegunAfterTheSettlement() {
        call(false);
        fence.settle();

        call(true);

        assertThat(fence.isTouched()).isTrue();
    }
}
