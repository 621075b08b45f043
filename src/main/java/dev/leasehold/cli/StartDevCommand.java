package dev.leasehold.cli;

import dev.leasehold.config.StartMode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code leasehold start-dev}. */
@Command(
        name = "start-dev",
        description = "Starts a node to try things out: demo tasks, and an embedded PostgreSQL unless "
                + "LEASEHOLD_DATABASE_URL names another.",
        mixinStandardHelpOptions = true)
final class StartDevCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        return new NodeProcess(StartMode.DEV).run();
    }
}
