package dev.leasehold.admin.api;

import dev.leasehold.task.Priority;
import java.util.List;
import java.util.Locale;

/** Priorities as the API names them and as the column ranks them. */
final class Priorities {

    private static final List<Priority> BY_RANK =
            List.of(Priority.CRITICAL, Priority.HIGH, Priority.NORMAL, Priority.LOW);

    private Priorities() {}

    /** 0 critical to 3 low. */
    static int rank(Priority priority) {
        return BY_RANK.indexOf(priority);
    }

    static String label(Priority priority) {
        return priority.name().toLowerCase(Locale.ROOT);
    }

    static String label(int rank) {
        return label(BY_RANK.get(rank));
    }
}
