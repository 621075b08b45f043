package dev.leasehold.cli;

import dev.leasehold.config.InvalidSettingException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program {@code leasehold}. */
@Command(
        name = "leasehold",
        description = "A task scheduler for PostgreSQL in which every database connection is a lease.",
        subcommands = {StartDevCommand.class, StartCommand.class, DoctorCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            " 0:ended as asked",
            " 1:could not start or failed; the reason is on standard error",
            " 2:a setting or an argument is not allowed; which one is on standard error",
            " 143:ended by SIGTERM"
        })
public final class Main implements Runnable {

    @Spec
    private @org.jspecify.annotations.Nullable CommandSpec spec;

    /** Runs a command and ends the JVM with its status. */
    public static void main(String[] arguments) {
        try {
            Logging.configure(System.getenv());
        } catch (InvalidSettingException e) {
            System.err.println("leasehold: " + e.getMessage());
            System.exit(NodeProcess.NOT_ALLOWED);
        }
        System.exit(run(arguments));
    }

    /** Runs a command and answers its exit status. */
    static int run(String... arguments) {
        return new CommandLine(new Main()).execute(arguments);
    }

    @Override
    public void run() {
        throw new ParameterException(
                java.util.Objects.requireNonNull(spec).commandLine(), "Name a command: start-dev, start or doctor");
    }

    /** The version that the build wrote into the jar. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            Properties properties = new Properties();
            try (InputStream in = Main.class.getResourceAsStream("/leasehold-version.properties")) {
                if (in != null) {
                    properties.load(in);
                }
            }
            return new String[] {"leasehold " + properties.getProperty("version", "of unknown version")};
        }
    }
}
