package dev.leasehold.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.postgresql.util.DriverInfo;

/**
 * Where the figures come from.
 *
 * @param facts machine, operating system and JVM
 * @param postgres the server's settings that matter here
 */
record Machine(Map<String, String> facts, Map<String, String> postgres) {

    static Machine look(Server server, double loadBefore) throws SQLException {
        Map<String, String> facts = new LinkedHashMap<>();
        Runtime runtime = Runtime.getRuntime();
        facts.put(
                "processor", firstOf("/proc/cpuinfo", "model name") + ", " + runtime.availableProcessors() + " cores");
        facts.put("memory", firstOf("/proc/meminfo", "MemTotal"));
        facts.put(
                "operating system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        facts.put(
                "JVM",
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version") + ", heap "
                        + runtime.maxMemory() / (1 << 20) + " MiB");
        facts.put("JDBC driver", DriverInfo.DRIVER_VERSION);
        facts.put("load average before and after", loadBefore + ", " + loadAverage());
        return new Machine(facts, server.settings());
    }

    /** Of the last minute; what the machine was busy with besides. */
    static double loadAverage() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    /** Linux tells these in files; elsewhere the report says that it does not know. */
    private static String firstOf(String file, String key) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
