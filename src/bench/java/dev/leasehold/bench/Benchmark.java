package dev.leasehold.bench;

import dev.leasehold.bench.BenchSettings.Part;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Runs the side-by-side benchmark and writes its report; see docs/benchmark.md. */
public final class Benchmark {

    private Benchmark() {}

    /** May fail as whatever it measures does. */
    @FunctionalInterface
    private interface Measurement {
        void run() throws Exception;
    }

    /** Exit status 0 when everything could be measured, whatever the figures are; else 1. */
    public static void main(String[] arguments) throws Exception {
        BenchSettings settings = BenchSettings.fromSystemProperties();
        Files.createDirectories(settings.folder());
        Results results = new Results();
        double loadBefore = Machine.loadAverage();
        Instant startedAt = Instant.now();
        try (Server server = Server.start(settings.folder().resolve("data"))) {
            new Rounds(server, settings, results).run();
            part(settings, results, Part.LEASES, () -> new LeaseBenchmark(server, settings, results).run());
            part(settings, results, Part.CONNECTIONS, () -> new ConnectionBenchmark(server, settings, results).run());
            part(settings, results, Part.CONNECTIONS, () -> new PoolSizeBenchmark(server, settings, results).run());
            Machine machine = Machine.look(server, loadBefore);
            new Report(settings, results, machine, startedAt, Duration.between(startedAt, Instant.now())).write();
        }
        System.out.println("report: " + settings.folder().resolve("report.md"));
        // Peers leave threads behind that are no daemons.
        System.exit(results.failures().isEmpty() ? 0 : 1);
    }

    private static void part(BenchSettings settings, Results results, Part part, Measurement measurement) {
        if (!settings.parts().contains(part)) {
            return;
        }
        System.out.println(part.name().toLowerCase(Locale.ROOT));
        try {
            measurement.run();
        } catch (Exception e) {
            results.failed(part.name().toLowerCase(Locale.ROOT), e);
        }
    }
}
