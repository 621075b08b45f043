package dev.leasehold;

import dev.leasehold.task.EventSubscriber;
import dev.leasehold.task.TaskHandler;
import java.util.List;
import java.util.stream.Stream;

/**
 * The handlers that an application brings, beside those of the types that ship.
 *
 * @param subscribers code that is told the events which handlers emit
 */
public record Handlers(List<TaskHandler<?>> handlers, List<EventSubscriber> subscribers) {

    public Handlers {
        handlers = List.copyOf(handlers);
        subscribers = List.copyOf(subscribers);
        if (subscribers.stream().map(EventSubscriber::name).distinct().count() < subscribers.size()) {
            throw new IllegalArgumentException("two subscribers of one name");
        }
    }

    /** Handlers, and nobody who wants events. */
    public Handlers(List<TaskHandler<?>> handlers) {
        this(handlers, List.of());
    }

    public static Handlers of(TaskHandler<?>... handlers) {
        return new Handlers(List.of(handlers));
    }

    /** Only the types that ship. */
    public static Handlers none() {
        return of();
    }

    /** The same, and this subscriber too. */
    public Handlers subscribe(EventSubscriber subscriber) {
        return new Handlers(
                handlers,
                Stream.concat(subscribers.stream(), Stream.of(subscriber)).toList());
    }
}
