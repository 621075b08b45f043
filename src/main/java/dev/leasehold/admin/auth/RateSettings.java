package dev.leasehold.admin.auth;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;

/**
 * How many requests a caller may send.
 *
 * @param perSecond on average, for one token or the sessions of one
 * @param burst at once, after a rest
 * @param strangersPerSecond the same for one address whose credentials are missing or wrong
 * @param strangersBurst the same at once
 */
public record RateSettings(int perSecond, int burst, int strangersPerSecond, int strangersBurst) {

    private static final int MOST = 1_000_000;

    /** Reads and checks {@code leasehold.http.rate-limit}. */
    public static RateSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.http.rate-limit");
        return new RateSettings(
                settings.integer("per-second", 1, MOST),
                settings.integer("burst", 1, MOST),
                settings.integer("strangers-per-second", 1, MOST),
                settings.integer("strangers-burst", 1, MOST));
    }
}
