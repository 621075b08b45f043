package dev.leasehold.bench;

import java.util.List;

/** Leases against bare HikariCP. */
final class LeaseBenchmark {

    static final List<Integer> OWNERS = List.of(1, 8, 64, 1_000);

    private LeaseBenchmark() {}

    /** One owner is the standard case and has the plain names. */
    static String suffix(int owners) {
        return owners == 1 ? "" : "_" + owners + "_owners";
    }
}
