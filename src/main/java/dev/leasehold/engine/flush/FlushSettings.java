package dev.leasehold.engine.flush;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * The block {@code leasehold.engine.flush}.
 *
 * @param batch results in one transaction at most
 * @param fill longest wait for further results
 * @param parallelism flushes under way at once, each for its share of the lanes
 */
public record FlushSettings(int batch, Duration fill, int parallelism) {

    /** Reads and checks the block. */
    public static FlushSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.flush");
        return new FlushSettings(
                settings.integer("batch", 1, 10_000),
                settings.duration("fill", Duration.ofMillis(1), Duration.ofSeconds(1)),
                settings.integer("parallelism", 1, 8));
    }
}
