package dev.leasehold.cli;

import com.typesafe.config.Config;
import dev.leasehold.config.InvalidSettingException;
import dev.leasehold.config.NodeSettings;
import dev.leasehold.config.StartMode;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code leasehold doctor}. */
@Command(
        name = "doctor",
        description = "Looks whether a node could run here, and whether the rows of its database are as they must be.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            " 0:nothing is wrong",
            " 1:something is wrong; the lines that begin with FAULT say what",
            " 2:a setting or an argument is not allowed; which one is on standard error"
        })
final class DoctorCommand implements Callable<Integer> {

    @Spec
    private @org.jspecify.annotations.Nullable CommandSpec spec;

    @Option(names = "--repair", description = "Repairs what can be repaired; each repair is an event.")
    private boolean repair;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Checkup checkup = new Checkup(out, Clock.systemUTC());
        try {
            Config config = NodeProcess.config(StartMode.PRODUCTION);
            checkup.java(Runtime.version().feature());
            NodeSettings settings = NodeSettings.from(config);
            checkup.settings(config, settings);
            checkup.dataFolder(settings.dataDir());
            checkup.ports(settings);
            checkup.database(config, settings, repair);
        } catch (InvalidSettingException e) {
            spec.commandLine().getErr().println("leasehold: " + e.getMessage());
            return NodeProcess.NOT_ALLOWED;
        } finally {
            out.flush();
        }
        return checkup.faults() == 0 ? 0 : NodeProcess.FAILED;
    }
}
