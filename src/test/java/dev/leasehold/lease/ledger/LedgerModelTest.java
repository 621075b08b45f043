package dev.leasehold.lease.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** P1, P2, P3, P4, P7, P8, P9, P10, P11, P12, P13 and P18 of the ledger, over random interleavings. */
class LedgerModelTest {

    private static final int SEQUENCES = 100_000;
    private static final int STEPS_MAX = 300;

    /** Few, and shrunk to the shortest steps that fail. */
    @Property(tries = 1_000)
    void keepsItsInvariantsOverAnyInterleaving(@ForAll @Size(min = 1, max = STEPS_MAX) List<Integer> steps) {
        LedgerModel model = new LedgerModel();
        steps.forEach(model::step);
        model.settle();
    }

    /** Many. The seed of a sequence is its number, so a failure can be played again. */
    @Test
    @Tag("long")
    @Tag("P1")
    @Tag("P4")
    @Tag("P5")
    @Tag("P8")
    @Tag("H8")
    @Tag("H19")
    void keepsItsInvariantsOverAHundredThousandSequences() {
        long granted = 0;
        for (int seed = 0; seed < SEQUENCES; seed++) {
            granted += play(seed);
        }

        // A model that grants nothing would hold everything.
        assertThat(granted).isGreaterThan(10L * SEQUENCES);
    }

    /** Plays one sequence to its end; returns how many leases it granted. */
    static long play(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        LedgerModel model = new LedgerModel();
        int steps = 1 + random.nextInt(STEPS_MAX);
        try {
            for (int step = 0; step < steps; step++) {
                model.step(random.nextInt());
            }
            model.settle();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("sequence " + seed + ": " + e, e);
        }
        return model.granted();
    }
}
