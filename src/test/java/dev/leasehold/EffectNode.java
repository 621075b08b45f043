package dev.leasehold;

import dev.leasehold.config.ConfigLoader;
import dev.leasehold.config.StartMode;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.PreparedStatement;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;

/**
 * A process of its own with a node on its embedded server and two types: one whose runs leave a row each, committed with
 * their completion, and one whose runs leave nothing. It is there to be killed, and ends by itself when its standard input
 * does, so that it does not outlive the test.
 */
final class EffectNode {

    static final String EFFECT = "leave-a-row";
    static final String PLAIN = "leave-nothing";

    /** A line of this and the time (milliseconds since 1970) says that the node is ready. */
    static final String READY = "ready ";

    private static final String INSERT = "INSERT INTO effect (task_id) VALUES (?)";

    private EffectNode() {}

    public record Empty() {}

    public static void main(String[] arguments) {
        ConfigLoader loader = new ConfigLoader(StartMode.PRODUCTION, System.getenv(), Map.of(), Optional.empty());
        Leasehold leasehold = Leasehold.start(loader.load(), Handlers.of(new LeaveARow(), new LeaveNothing()));
        Runtime.getRuntime().addShutdownHook(new Thread(leasehold::close));
        System.out.println(READY + Clock.systemUTC().millis());
        System.out.flush();
        awaitEndOfInput();
        System.exit(0);
    }

    private static void awaitEndOfInput() {
        try {
            while (System.in.read() >= 0) {
                // Nothing is said to it.
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class LeaveARow implements TaskHandler<Empty> {

        @Override
        public TaskType<Empty> type() {
            return TaskType.of(EFFECT, Empty.class);
        }

        @Override
        public Outcome run(Empty payload, TaskContext context) throws Exception {
            return context.transaction(connection -> {
                try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
                    statement.setLong(1, context.taskId().value());
                    statement.executeUpdate();
                }
                return Outcome.success();
            });
        }
    }

    private static final class LeaveNothing implements TaskHandler<Empty> {

        @Override
        public TaskType<Empty> type() {
            return TaskType.of(PLAIN, Empty.class);
        }

        @Override
        public Outcome run(Empty payload, TaskContext context) {
            return Outcome.success();
        }
    }
}
