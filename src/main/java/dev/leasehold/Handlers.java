package dev.leasehold;

import dev.leasehold.task.TaskHandler;
import java.util.List;

/** The handlers that an application brings, beside those of the types that ship. */
public record Handlers(List<TaskHandler<?>> handlers) {

    public Handlers {
        handlers = List.copyOf(handlers);
    }

    public static Handlers of(TaskHandler<?>... handlers) {
        return new Handlers(List.of(handlers));
    }

    /** Only the types that ship. */
    public static Handlers none() {
        return of();
    }
}
