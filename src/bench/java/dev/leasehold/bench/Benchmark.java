package dev.leasehold.bench;

import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;

/** Runs the side-by-side benchmark and writes its report; see docs/benchmark.md. */
public final class Benchmark {

    private Benchmark() {}

    /** Exit status 0 when everything could be measured, whatever the figures are; else 1. */
    public static void main(String[] arguments) throws Exception {
        BenchSettings settings = BenchSettings.fromSystemProperties();
        Files.createDirectories(settings.folder());
        Results results = new Results();
        Instant startedAt = Instant.now();
        try (Server server = Server.start(settings.folder().resolve("data"))) {
            new Rounds(server, settings, results).run();
            Machine machine = Machine.look(server);
            new Report(settings, results, machine, startedAt, Duration.between(startedAt, Instant.now())).write();
        }
        System.out.println("report: " + settings.folder().resolve("report.md"));
        // Peers leave threads behind that are no daemons.
        System.exit(results.failures().isEmpty() ? 0 : 1);
    }
}
