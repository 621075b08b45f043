package dev.leasehold.type.monitoring;

import java.util.Arrays;
import java.util.Optional;

/** How a value is compared with a threshold. */
enum Operator {
    GREATER(">"),
    LESS("<"),
    AT_LEAST(">="),
    AT_MOST("<="),
    EQUAL("="),
    UNEQUAL("!=");

    private final String sign;

    Operator(String sign) {
        this.sign = sign;
    }

    static Optional<Operator> of(String sign) {
        return Arrays.stream(values())
                .filter(operator -> operator.sign.equals(sign))
                .findFirst();
    }

    boolean holds(double value, double threshold) {
        int compared = Double.compare(value, threshold);
        return switch (this) {
            case GREATER -> compared > 0;
            case LESS -> compared < 0;
            case AT_LEAST -> compared >= 0;
            case AT_MOST -> compared <= 0;
            case EQUAL -> compared == 0;
            case UNEQUAL -> compared != 0;
        };
    }
}
