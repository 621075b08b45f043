package dev.leasehold.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AbsenceTest {

    @Test
    void believesInAnAbsenceOnlyAfterThatManyLooksInARow() {
        Absence absence = new Absence(3);

        assertThat(absence.isSureAfter(false)).isFalse();
        assertThat(absence.isSureAfter(false)).isFalse();
        assertThat(absence.isSureAfter(true)).isFalse();
        assertThat(absence.isSureAfter(false)).isFalse();
        assertThat(absence.isSureAfter(false)).isFalse();
        assertThat(absence.isSureAfter(false)).isTrue();
    }
}
