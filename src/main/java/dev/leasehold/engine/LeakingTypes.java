package dev.leasehold.engine;

import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * When a type rests because its runs keep losing their leases; the block {@code leasehold.engine.leaking-types}.
 *
 * @param runs so many that failed for good with reason {@code lease}
 * @param within this time
 * @param rest before one run is tried
 */
public record LeakingTypes(int runs, Duration within, Duration rest) {

    static LeakingTypes from(com.typesafe.config.Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.leaking-types");
        Duration day = Duration.ofDays(1);
        return new LeakingTypes(
                settings.integer("runs", 1, 100_000),
                settings.duration("within", Duration.ofSeconds(1), day),
                settings.duration("rest", Duration.ofMillis(100), day));
    }
}
