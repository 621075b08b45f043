package dev.leasehold.store;

import java.util.List;

/** What people and programs do to a task: from which states, and what it makes of the row. */
public enum TaskAction {
    /** Ends it; a run in flight is to be told by the engine. */
    CANCEL("active,blocked,paused,needs_intervention", """
            UPDATE leasehold.task t
            SET state = 'cancelled', due_at = NULL, version = version + 1, changed_at = clock_timestamp()
            """),
    /** Stops it until it is resumed; its due time is kept. A run in flight goes on. */
    PAUSE("active,needs_intervention", """
            UPDATE leasehold.task t
            SET state = 'paused', version = version + 1, changed_at = clock_timestamp()
            """),
    /**
     * Sets a stopped one going again: a paused one at its due time, one that needed intervention now, and one that still
     * waits for others when these have succeeded.
     */
    RESUME("paused,needs_intervention", Sql.RESUME),
    /** As resume, of dead letters alone: what a person has paused stays paused. */
    REDRIVE("needs_intervention", Sql.RESUME),
    /** Makes it due now, on the way that a scheduled run takes, whatever it still waits for. */
    RUN("active,needs_intervention", """
            UPDATE leasehold.task t
            SET state = 'active', due_at = clock_timestamp(), version = version + 1, changed_at = clock_timestamp(),
                crashes = CASE WHEN state = 'needs_intervention' THEN least(crashes, 2) ELSE crashes END
            """);

    private static final class Sql {
        private static final String RESUME = """
            UPDATE leasehold.task t
            SET state = CASE
                    WHEN EXISTS (SELECT FROM leasehold.dependency d WHERE d.task_id = t.id) THEN 'blocked' ELSE 'active'
                END,
                version = version + 1, changed_at = clock_timestamp(), consecutive_failures = 0,
                crashes = 0, pattern = NULL,
                due_at = CASE
                    WHEN state = 'paused' THEN greatest(due_at, clock_timestamp()) ELSE clock_timestamp()
                END
            """;
    }

    /** Separated by commas: an enum is to be immutable, which a list does not promise. */
    private final String from;

    private final String update;

    TaskAction(String from, String update) {
        this.from = from;
        this.update = update;
    }

    /** The states that allow it. */
    public List<String> from() {
        return List.of(from.split(",", -1));
    }

    String update() {
        return update;
    }
}
