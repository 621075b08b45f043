package dev.leasehold.cli;

import ch.qos.logback.classic.LoggerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Logging of the process. It is set up here and not by a {@code logback.xml} on the class path, so that an application
 * that embeds Leasehold keeps its own.
 */
final class Logging {

    private static final String FILE = "logback.configurationFile";

    private Logging() {}

    /** To be called before the first logger is made. {@code -Dlogback.configurationFile} wins. */
    static void configure() {
        if (System.getProperty(FILE) == null) {
            System.setProperty(FILE, isTerminal() ? "leasehold-logback-terminal.xml" : "leasehold-logback.xml");
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
