package dev.leasehold.lease;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * Size and waiting times of one pool; the block {@code leasehold.platform-pool} or {@code leasehold.userdata-pool}.
 *
 * @param size connections kept open without need
 * @param maxOverflow connections beyond {@code size} that may be opened under load
 * @param recycle age at which a connection is replaced
 * @param timeout how long a request waits for a lease when it names nothing else
 * @param reserved leases that only the control class may have
 */
public record PoolSettings(PoolName name, int size, int maxOverflow, Duration recycle, Duration timeout, int reserved) {

    private static final int CONNECTIONS_MAX = 1_000;
    private static final Duration LONGEST = Duration.ofDays(365);

    public PoolSettings {
        range(name, "size", size, 1, CONNECTIONS_MAX);
        range(name, "max-overflow", maxOverflow, 0, CONNECTIONS_MAX);
        atLeastASecond(name, "recycle", recycle);
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException(key(name, "timeout") + " must be a positive duration, not " + timeout);
        }
        range(name, "reserved", reserved, 0, CONNECTIONS_MAX);
    }

    /** The pool's block of the whole configuration. */
    public static PoolSettings from(Config config, PoolName name) {
        SettingReader settings = SettingReader.of(config, "leasehold." + name.label() + "-pool");
        return new PoolSettings(
                name,
                settings.integer("size", 1, CONNECTIONS_MAX),
                settings.integer("max-overflow", 0, CONNECTIONS_MAX),
                settings.seconds("recycle", Duration.ofSeconds(1), LONGEST),
                settings.seconds("timeout", Duration.ofMillis(1), LONGEST),
                settings.integer("reserved", 0, CONNECTIONS_MAX));
    }

    /** Connections at most, the control connection not counted. */
    public int max() {
        return size + maxOverflow;
    }

    private static void range(PoolName name, String key, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    key(name, key) + " must be from " + least + " to " + most + ", not " + value);
        }
    }

    private static void atLeastASecond(PoolName name, String key, Duration value) {
        if (value.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(key(name, key) + " must be at least a second, not " + value);
        }
    }

    private static String key(PoolName name, String key) {
        return "leasehold." + name.label() + "-pool." + key;
    }
}
