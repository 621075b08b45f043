package dev.leasehold.lease.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What the checker found about one property. */
final class Verdict {

    private static final int KEPT_MAX = 20;

    private final String property;
    private final String says;
    private final List<String> violations = new ArrayList<>();
    private long checks;
    private long violated;

    Verdict(String property, String says) {
        this.property = property;
        this.says = says;
    }

    void check(boolean holds, Supplier<String> otherwise) {
        checks++;
        if (!holds) {
            violated++;
            if (violations.size() < KEPT_MAX) {
                violations.add(otherwise.get());
            }
        }
    }

    String property() {
        return property;
    }

    long checks() {
        return checks;
    }

    long violated() {
        return violated;
    }

    List<String> violations() {
        return violations;
    }

    @Override
    public String toString() {
        return "%-4s %9d checks %4d violations  %s".formatted(property, checks, violated, says);
    }
}
