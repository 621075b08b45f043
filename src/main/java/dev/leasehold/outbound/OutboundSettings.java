package dev.leasehold.outbound;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/** Limits of calls to the outside; see {@code leasehold.outbound} in reference.conf. */
public record OutboundSettings(
        Duration connectTimeout,
        Duration firstByteTimeout,
        Duration totalTimeout,
        int maxBody,
        int maxDecoded,
        int maxRatio,
        int maxRedirects,
        int maxConnections,
        Duration maxConnectionWait,
        String userAgent) {

    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final int LARGEST = 1 << 30;

    /** Reads the block {@code leasehold.outbound} of the whole configuration. */
    public static OutboundSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.outbound");
        int maxBody = settings.integer("max-body", 1024, LARGEST);
        String userAgent = settings.text("user-agent");
        if (!userAgent.chars().allMatch(c -> c >= 32 && c < 127)) {
            throw settings.wrong("user-agent", "visible ASCII");
        }
        return new OutboundSettings(
                settings.duration("connect-timeout", SHORTEST, LONGEST),
                settings.duration("first-byte-timeout", SHORTEST, LONGEST),
                settings.duration("total-timeout", SHORTEST, LONGEST),
                maxBody,
                settings.integer("max-decoded", maxBody, LARGEST),
                settings.integer("max-ratio", 1, 10_000),
                settings.integer("max-redirects", 0, 20),
                settings.integer("max-connections", 1, 10_000),
                settings.duration("max-connection-wait", SHORTEST, LONGEST),
                userAgent);
    }
}
