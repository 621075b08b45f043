package dev.leasehold.cli;

import ch.qos.logback.classic.LoggerContext;
import dev.leasehold.config.InvalidSettingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Logging of the process. It is set up here and not by a {@code logback.xml} on the class path, so that an application
 * that embeds Leasehold keeps its own.
 */
final class Logging {

    private static final String FILE = "logback.configurationFile";

    /** Not a key of reference.conf: logging is there before the configuration is read, and says what is wrong with it. */
    private static final String FORMAT = "LEASEHOLD_LOG_FORMAT";

    private Logging() {}

    /**
     * To be called before the first logger is made. {@code -Dlogback.configurationFile} wins.
     *
     * @throws InvalidSettingException when the format is none that is known
     */
    static void configure(Map<String, String> environment) {
        String format = environment.getOrDefault(FORMAT, "");
        if (!Set.of("", "text", "json").contains(format)) {
            throw new InvalidSettingException(FORMAT + " is '" + format + "'; allowed: text, json");
        }
        if (System.getProperty(FILE) == null) {
            System.setProperty(
                    FILE,
                    format.equals("json")
                            ? "leasehold-logback-json.xml"
                            : isTerminal() ? "leasehold-logback-terminal.xml" : "leasehold-logback.xml");
        }
    }

    /** Writes out what is still queued; nothing is logged after it. */
    static void flush() {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (factory instanceof LoggerContext context) {
            context.stop();
        }
    }

    /** Whether standard error is one. Java itself can only tell for all streams together; without /proc, plain is safe. */
    private static boolean isTerminal() {
        if (System.getenv("NO_COLOR") != null || "dumb".equals(System.getenv("TERM"))) {
            return false;
        }
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException e) {
            return false;
        }
    }
}
