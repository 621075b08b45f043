package dev.leasehold.engine.lane;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * The block {@code leasehold.engine.lanes}.
 *
 * @param count fixed at the first start of all
 * @param beat between two heartbeats
 * @param deadAfter age of a heartbeat at which its node is dead
 * @param lockFreeFor how long a node's session lock must be seen free
 * @param serverGrace nobody is judged dead so soon after the server's start
 * @param patience how long a take-over waits for those in its way before they are ended
 */
public record LaneSettings(
        int count, Duration beat, Duration deadAfter, Duration lockFreeFor, Duration serverGrace, Duration patience) {

    /** Reads and checks the block. */
    public static LaneSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.lanes");
        Duration second = Duration.ofSeconds(1);
        Duration minute = Duration.ofMinutes(1);
        return new LaneSettings(
                settings.integer("count", 1, 1024),
                settings.duration("beat", Duration.ofMillis(100), Duration.ofSeconds(5)),
                settings.duration("dead-after", second, minute),
                settings.duration("lock-free-for", Duration.ofMillis(100), minute),
                settings.duration("server-grace", Duration.ZERO, minute),
                settings.duration("patience", Duration.ofMillis(100), minute));
    }
}
