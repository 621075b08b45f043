package dev.leasehold.admin.http;

import java.util.Locale;
import java.util.Set;

/** What credentials allow. A route names one; who has it, or a scope that includes it, may call. */
public enum Scope {
    /** The metrics. */
    METRICS,
    /** Everything that is shown. */
    READ,
    /** Run, pause, resume, cancel, acknowledge. */
    OPERATE,
    /** Create and change tasks. */
    EDIT,
    /** Everything. */
    ADMIN;

    /** As tokens and answers write it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The scope of this label.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Scope of(String label) {
        for (Scope scope : values()) {
            if (scope.label().equals(label)) {
                return scope;
            }
        }
        throw new IllegalArgumentException("scope must be metrics, read, operate, edit or admin, not '" + label + "'");
    }

    /** Whether credentials with {@code held} may do what asks for this scope. */
    public boolean isIn(Set<Scope> held) {
        return switch (this) {
            case METRICS -> held.contains(METRICS) || held.contains(ADMIN);
            case READ -> held.contains(READ) || held.contains(OPERATE) || held.contains(EDIT) || held.contains(ADMIN);
            case OPERATE -> held.contains(OPERATE) || held.contains(EDIT) || held.contains(ADMIN);
            case EDIT -> held.contains(EDIT) || held.contains(ADMIN);
            case ADMIN -> held.contains(ADMIN);
        };
    }
}
