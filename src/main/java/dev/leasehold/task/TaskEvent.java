package dev.leasehold.task;

/**
 * Something that happened in a run and that others want to know.
 *
 * @param name what happened, a short stable word such as {@code invoice.sent}; subscribers choose by it
 * @param payload a value that Jackson writes as JSON
 */
public record TaskEvent(String name, Object payload) {

    private static final int NAME_MAX = 200;

    public TaskEvent {
        if (name.isBlank() || name.length() > NAME_MAX) {
            throw new IllegalArgumentException("an event's name must be 1 to " + NAME_MAX + " characters");
        }
    }
}
