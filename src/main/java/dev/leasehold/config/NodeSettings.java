package dev.leasehold.config;

import com.typesafe.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The settings of the node itself, read and checked at once so that a wrong one stops the start before anything else
 * has begun. The blocks of single packages have records of their own.
 *
 * @param database empty: the embedded server
 * @param userdataDatabase empty: the platform database
 * @param connectionBudget empty: the role's limit, else derived from the server
 * @param adminToken empty: one is made at first start
 * @param behindProxy a proxy with TLS stands before the HTTP server, so that it may listen beyond loopback
 * @param keyFile empty: one is made in the data folder
 */
public record NodeSettings(
        Path dataDir,
        Optional<Path> keyFile,
        boolean demo,
        PrivateTargets allowedPrivateTargets,
        OptionalInt connectionBudget,
        boolean migrateOnStart,
        Optional<String> adminToken,
        Endpoint http,
        boolean behindProxy,
        Endpoint remoting,
        Optional<DatabaseSettings> database,
        Optional<DatabaseSettings> userdataDatabase) {

    public NodeSettings {
        if (!behindProxy && !http.isLoopback()) {
            throw new InvalidSettingException("leasehold.http.host (LEASEHOLD_HTTP_HOST) is '" + http.host()
                    + "', which other machines can reach, and this server has no TLS of its own; allowed: a loopback"
                    + " address, or any other with leasehold.http.behind-proxy = on (LEASEHOLD_HTTP_BEHIND_PROXY=on)"
                    + " where a proxy in front of it ends TLS");
        }
        if (http.port() != 0 && http.port() == remoting.port() && http.host().equals(remoting.host())) {
            throw new InvalidSettingException("leasehold.http.port and leasehold.remoting.port (LEASEHOLD_HTTP_PORT, "
                    + "LEASEHOLD_REMOTING_PORT) are both " + http.port() + "; allowed: two different ports");
        }
    }

    /**
     * Reads and checks all of them.
     *
     * @throws InvalidSettingException for the first one that is not allowed
     */
    public static NodeSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, ConfigLoader.ROOT);
        return new NodeSettings(
                settings.file("data-dir"),
                keyFile(settings),
                settings.isSet("demo") && settings.onOff("demo"),
                PrivateTargets.from(config),
                settings.isSet("connection-budget")
                        ? OptionalInt.of(settings.integer("connection-budget", 4, 100_000))
                        : OptionalInt.empty(),
                settings.onOff("migrate-on-start"),
                adminToken(settings),
                Endpoint.from(config, "leasehold.http"),
                settings.onOff("http.behind-proxy"),
                Endpoint.from(config, "leasehold.remoting"),
                DatabaseSettings.platform(config),
                DatabaseSettings.userdata(config));
    }

    private static Optional<Path> keyFile(SettingReader settings) {
        if (!settings.isSet("key-file")) {
            return Optional.empty();
        }
        Path file = settings.file("key-file");
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw settings.wrong("key-file", "the path of an existing, readable file");
        }
        return Optional.of(file);
    }

    private static Optional<String> adminToken(SettingReader settings) {
        Optional<String> token = settings.optionalText("admin-token");
        if (token.isPresent() && !token.get().matches("[!-~]{32,256}")) {
            throw settings.wrong("admin-token", "32 to 256 visible ASCII characters");
        }
        return token;
    }

    /** Without the token. */
    @Override
    public String toString() {
        return "NodeSettings[data folder " + dataDir + ", http " + http + ", remoting " + remoting + ", database "
                + database.map(DatabaseSettings::url).orElse("embedded") + "]";
    }
}
