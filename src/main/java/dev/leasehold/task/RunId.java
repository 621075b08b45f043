package dev.leasehold.task;

/**
 * The id of a run: the task and the number of its due time, starting at 1. All attempts of a run share it.
 */
public record RunId(TaskId task, int number) {

    /**
     * Reads an id as {@link #toString} writes it.
     *
     * @throws IllegalArgumentException when the text is no id
     */
    public static RunId parse(String text) {
        int dot = text.indexOf('.');
        try {
            return new RunId(TaskId.parse(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("not a run id: " + text, e);
        }
    }

    @Override
    public String toString() {
        return task + "." + number;
    }
}
