package dev.leasehold.embedded;

import java.util.Locale;

/** For which machines binaries are on the class path. */
final class Platform {

    private Platform() {}

    /** Name of the archive with this machine's binaries. */
    static String archive() {
        return archive(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
    }

    static String archive(String osName, String osArch) {
        String os = osName.toLowerCase(Locale.ROOT);
        String system = os.startsWith("linux") ? "linux" : os.startsWith("mac") ? "darwin" : "";
        String machine = switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "arm_64";
            default -> "";
        };
        if (system.isEmpty() || machine.isEmpty()) {
            throw new EmbeddedPostgresException("there is no embedded PostgreSQL for " + osName + " on " + osArch
                    + " (only Linux and macOS on x86-64 and arm64); set LEASEHOLD_DATABASE_URL");
        }
        return "postgres-" + system + "-" + machine + ".txz";
    }
}
