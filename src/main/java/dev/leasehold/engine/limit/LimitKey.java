package dev.leasehold.engine.limit;

import dev.leasehold.store.DueTask;
import dev.leasehold.task.LaneOf;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a limit is about: a queue, a type or a tenant. */
public record LimitKey(Kind kind, String name) {

    /** The order is the one in which a task collects its slots: all nodes keep to it, so that none waits in a circle. */
    public enum Kind {
        QUEUE,
        TENANT,
        TYPE;

        /** As rows and answers write it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Empty for a word that newer nodes may know. */
        public static Optional<Kind> of(String label) {
            return Arrays.stream(values())
                    .filter(kind -> kind.label().equals(label))
                    .findFirst();
        }
    }

    /** Whether the limit counts a run of this task. */
    public boolean isAbout(DueTask task) {
        return name.equals(
                switch (kind) {
                    case QUEUE -> task.queue();
                    case TENANT -> task.tenant();
                    case TYPE -> task.type();
                });
    }

    /** The lane whose owner hands out its slots. */
    public int home(int lanes) {
        return LaneOf.name(name, lanes);
    }

    @Override
    public String toString() {
        return kind.label() + " " + name;
    }
}
