package dev.leasehold.task;

/** The id of a task: opaque outside; inside, the number of its row. */
public record TaskId(long value) {

    /**
     * Reads an id as {@link #toString} writes it.
     *
     * @throws IllegalArgumentException when the text is no id
     */
    public static TaskId parse(String text) {
        try {
            return new TaskId(Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a task id: " + text, e);
        }
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
