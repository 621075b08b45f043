package dev.leasehold.engine.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TypesToReadTest {

    private final TypesToRead types = new TypesToRead(
            List.of(Set.of("a", "b"), Set.of("a")), Set.of("b", "full", "rated"), Set.of("b", "full"), Set.of("rated"));

    @Test
    void readsSlowlyWhatIsHeldButNothingThatRests() {
        assertThat(types.read()).containsExactlyInAnyOrder("a", "b", "full");
    }

    @Test
    void holdsAllTypesOfAPriorityThatIsNotRead() {
        assertThat(types.heldAt(1)).containsExactlyInAnyOrder("b", "full");
        assertThat(types.heldAt(2)).containsExactlyInAnyOrder("a", "b", "full");
        assertThat(types.areUrgentOnly()).isTrue();
    }
}
