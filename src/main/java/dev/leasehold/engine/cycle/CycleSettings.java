package dev.leasehold.engine.cycle;

import com.typesafe.config.Config;
import dev.leasehold.config.InvalidSettingException;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * The block {@code leasehold.engine.check-cycle}, and {@code leasehold.engine.ageing}.
 *
 * @param idleMin between looks while there are active tasks
 * @param idleMax between looks while there are none
 * @param slowRound in which the slow pass has been through all lanes
 * @param slots runs at once on this node, results not yet written included
 * @param suspendAfter without a confirmed statement no run is started
 * @param cancelAfter without a confirmed statement running ones are cancelled
 * @param ageing after which what waits counts as more urgent by one class; zero for never
 */
public record CycleSettings(
        Duration idleMin,
        Duration idleMax,
        Duration slowRound,
        int slots,
        Duration suspendAfter,
        Duration cancelAfter,
        Duration ageing) {

    public CycleSettings {
        if (idleMin.compareTo(idleMax) > 0) {
            throw new InvalidSettingException("leasehold.engine.check-cycle.idle-min (" + idleMin
                    + ") must not be above leasehold.engine.check-cycle.idle-max (" + idleMax + ")");
        }
        if (suspendAfter.compareTo(cancelAfter) >= 0) {
            throw new InvalidSettingException("leasehold.engine.check-cycle.suspend-after (" + suspendAfter
                    + ") must be below leasehold.engine.check-cycle.cancel-after (" + cancelAfter + ")");
        }
    }

    /** Reads and checks the block. */
    public static CycleSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.check-cycle");
        Duration tenth = Duration.ofMillis(100);
        Duration hour = Duration.ofHours(1);
        return new CycleSettings(
                settings.duration("idle-min", tenth, hour),
                settings.duration("idle-max", tenth, hour),
                settings.duration("slow-round", Duration.ofSeconds(1), hour),
                settings.integer("slots", 1, 100_000),
                settings.duration("suspend-after", tenth, hour),
                settings.duration("cancel-after", tenth, hour),
                SettingReader.of(config, "leasehold.engine").duration("ageing", Duration.ZERO, Duration.ofDays(1)));
    }
}
