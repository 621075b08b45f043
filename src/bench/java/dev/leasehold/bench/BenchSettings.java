package dev.leasehold.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What is measured and how much of it, from the system properties {@code bench.*}.
 *
 * @param smoke everything once with tiny sizes, to see that it works; the figures mean nothing then
 * @param longHold also 10 minutes of steady load beside a held transaction
 * @param scale multiplies the number of tasks
 * @param folder where report, pictures and the server's data go
 */
record BenchSettings(
        boolean smoke, boolean longHold, int rounds, double scale, List<String> systems, Set<Part> parts, Path folder) {

    /** Connections of each system, however it shares them out. */
    static final int CONNECTIONS = 15;

    static final int WORKERS = 50;

    private static final List<String> ALL_SYSTEMS =
            List.of("leasehold", "raw", "raw-same-tables", "db-scheduler", "jobrunr", "quartz");

    /** What can be left out. */
    enum Part {
        /** drain, bulk insert, WAL, transactions, connections */
        DRAIN,
        /** pickup of single tasks, idle and loaded */
        PICKUP,
        /** drain beside a held transaction */
        HELD,
        /** drain and pickup with a million future tasks */
        FUTURE,
        /** leases against bare HikariCP */
        LEASES,
        /** connect-per-operation, and the connections of the old settings */
        CONNECTIONS
    }

    static BenchSettings fromSystemProperties() {
        boolean smoke = property("bench.mode", false, text -> switch (text) {
            case "smoke" -> true;
            case "full" -> false;
            default -> throw new IllegalArgumentException("bench.mode must be full or smoke, not " + text);
        });
        return new BenchSettings(
                smoke,
                property("bench.long", false, Boolean::parseBoolean),
                property("bench.rounds", smoke ? 1 : 3, Integer::parseInt),
                property("bench.scale", 1.0, Double::parseDouble),
                property("bench.systems", ALL_SYSTEMS, BenchSettings::systems),
                property("bench.parts", EnumSet.allOf(Part.class), BenchSettings::parts),
                Path.of(property("bench.folder", "target/bench", text -> text)));
    }

    /** The command that repeats this run. */
    static String command() {
        return System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("bench.") && !name.equals("bench.folder"))
                .filter(name -> !System.getProperty(name).isBlank())
                .sorted()
                .map(name -> " -D" + name + "=" + System.getProperty(name))
                .collect(Collectors.joining("", "mvn -Pbench verify", ""));
    }

    /**
     * Tasks of one drain. A slow system gets fewer, or one round would take an hour; each gets enough for some seconds.
     */
    int drainTasks(String system) {
        int full = switch (system) {
            case "leasehold" -> 400_000;
            case "raw" -> 800_000;
            case "raw-same-tables" -> 400_000;
            case "db-scheduler" -> 60_000;
            case "jobrunr" -> 5_000;
            default -> 1_500;
        };
        return scaled(smoke ? full / 50 : full);
    }

    /** How long the drains of a warm-up last together: the compiler takes a third of two cores for the first of them. */
    Duration warmUpFor() {
        return smoke ? Duration.ZERO : Duration.ofSeconds(30);
    }

    /** For a system that drains so fast that its warm-up would be nothing but filling. */
    int warmUpDrainsMax() {
        return 8;
    }

    int futureTasks() {
        return scaled(smoke ? 5_000 : 1_000_000);
    }

    /** Single tasks, one every 50 ms on average. */
    int idleSamples() {
        return smoke ? 20 : 300;
    }

    /** Tasks a second that are offered in the loaded cases, the same for each system. */
    int load() {
        return smoke ? 50 : 800;
    }

    /** Load before the one that is measured. */
    int warmUpLoadSeconds() {
        return smoke ? 1 : 15;
    }

    int loadSeconds() {
        return smoke ? 2 : 10;
    }

    /** For one drain, or for what is left of a load. */
    Duration limit() {
        return smoke ? Duration.ofSeconds(40) : Duration.ofMinutes(5);
    }

    int longSeconds() {
        return smoke ? 4 : 600;
    }

    /** One turn of a pool in the lease benchmark. */
    long leaseSliceMillis() {
        return smoke ? 100 : 1_000;
    }

    int leaseSlices() {
        return smoke ? 1 : 4;
    }

    /** Leases that are made to overrun. */
    int reclaims() {
        return smoke ? 3 : 100;
    }

    /** Operations of one caller, for each way to get a connection. */
    int operations() {
        return smoke ? 20 : 500;
    }

    private int scaled(int count) {
        return (int) Math.max(20, count * scale);
    }

    private static <T> T property(String name, T otherwise, Function<String, T> parse) {
        String text = System.getProperty(name, "").trim();
        return text.isEmpty() ? otherwise : parse.apply(text);
    }

    private static List<String> systems(String text) {
        List<String> systems =
                Arrays.stream(text.split(",", -1)).map(String::trim).toList();
        if (!ALL_SYSTEMS.containsAll(systems)) {
            throw new IllegalArgumentException("bench.systems must be of " + ALL_SYSTEMS + ", not " + text);
        }
        return systems;
    }

    private static Set<Part> parts(String text) {
        EnumSet<Part> parts = EnumSet.noneOf(Part.class);
        for (String part : text.split(",", -1)) {
            parts.add(Part.valueOf(part.trim().toUpperCase(Locale.ROOT)));
        }
        return parts;
    }
}
