package dev.leasehold.engine.watch;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * When a pool's numbers become alerts; the block {@code leasehold.engine.pool-alerts}.
 *
 * @param look between two looks at the pools
 * @param saturatedPercent of a pool's connections in use, from which on it is saturated
 * @param saturatedClearPercent below which it is not any more; between the two nothing changes
 * @param timeouts so many requests that waited in vain within {@code timeoutsWithin}
 * @param leaks so many leases that leaked within {@code leaksWithin}, or look as if they would
 * @param clearAfter how long everything must have been well until an alert is over
 */
public record PoolAlertSettings(
        Duration look,
        int saturatedPercent,
        int saturatedClearPercent,
        Duration saturatedFor,
        Duration waitingFor,
        int timeouts,
        Duration timeoutsWithin,
        int leaks,
        Duration leaksWithin,
        Duration clearAfter) {

    public PoolAlertSettings {
        if (saturatedClearPercent > saturatedPercent) {
            throw new IllegalArgumentException("leasehold.engine.pool-alerts.saturated.clear-percent ("
                    + saturatedClearPercent + ") must not be above leasehold.engine.pool-alerts.saturated.percent ("
                    + saturatedPercent + ")");
        }
    }

    /** Reads and checks the block of the whole configuration. */
    public static PoolAlertSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.pool-alerts");
        Duration hour = Duration.ofHours(1);
        Duration second = Duration.ofSeconds(1);
        return new PoolAlertSettings(
                settings.duration("look", Duration.ofMillis(10), Duration.ofMinutes(1)),
                settings.integer("saturated.percent", 1, 100),
                settings.integer("saturated.clear-percent", 1, 100),
                settings.duration("saturated.for", Duration.ZERO, hour),
                settings.duration("waiting.for", Duration.ZERO, hour),
                settings.integer("timeouts.count", 1, 1_000_000),
                settings.duration("timeouts.within", second, hour),
                settings.integer("leaks.count", 1, 1_000_000),
                settings.duration("leaks.within", second, hour),
                settings.duration("clear-after", Duration.ZERO, hour));
    }
}
