package dev.leasehold.engine.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OutboxPositionTest {

    private final OutboxPosition position = new OutboxPosition();

    @Test
    void startsBehindWhatWasDeliveredAndALittleBefore() {
        assertThat(position.after()).isZero();

        position.delivered(List.of(4000L, 5000L), List.of());

        assertThat(position.after()).isEqualTo(5000 - OutboxPosition.OUT_OF_ORDER);
    }

    @Test
    void staysBeforeAnEventThatIsToBeDeliveredAgain() {
        position.delivered(List.of(10L), List.of(11L));
        position.delivered(List.of(9000L), List.of());

        assertThat(position.after()).isEqualTo(10);

        position.delivered(List.of(11L), List.of());

        assertThat(position.after()).isEqualTo(9000 - OutboxPosition.OUT_OF_ORDER);
    }

    @Test
    void looksAtAllWhenItIsReset() {
        position.delivered(List.of(9000L), List.of(8999L));

        position.reset();

        assertThat(position.after()).isZero();
    }
}
