package dev.leasehold.cli;

import dev.leasehold.config.StartMode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code leasehold start}. */
@Command(
        name = "start",
        description = "Starts a node on the database that LEASEHOLD_DATABASE_URL names.",
        mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        return new NodeProcess(StartMode.PRODUCTION).run();
    }
}
