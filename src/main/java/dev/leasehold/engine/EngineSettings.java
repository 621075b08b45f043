package dev.leasehold.engine;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import dev.leasehold.engine.cycle.CycleSettings;
import dev.leasehold.engine.flush.FlushSettings;
import dev.leasehold.engine.lane.LaneSettings;
import dev.leasehold.engine.outbox.OutboxSettings;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.watch.PoolAlertSettings;
import dev.leasehold.task.Reason;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * The block {@code leasehold.engine}.
 *
 * @param handlerThreads handlers at work at once where the JVM has no virtual threads
 * @param leaseWait how long a handler waits for a lease
 * @param zombieGrace how long a run that was told to end waits for its thread
 * @param janitorInterval between two rounds of upkeep
 * @param doctorInterval between two looks whether the rows are as they must be
 */
public record EngineSettings(
        LaneSettings lanes,
        CycleSettings cycle,
        FlushSettings flush,
        FailureRules rules,
        OutboxSettings outbox,
        LeakingTypes leakingTypes,
        PoolAlertSettings poolAlerts,
        int handlerThreads,
        Duration leaseWait,
        Duration zombieGrace,
        Duration janitorInterval,
        Duration doctorInterval) {

    /** Reads and checks the block of the whole configuration. */
    public static EngineSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine");
        Duration hour = Duration.ofHours(1);
        return new EngineSettings(
                LaneSettings.from(config),
                CycleSettings.from(config),
                FlushSettings.from(config),
                rules(config),
                OutboxSettings.from(config),
                LeakingTypes.from(config),
                PoolAlertSettings.from(config),
                settings.integer("handler-threads", 1, 10_000),
                settings.duration("lease-wait", Duration.ofMillis(10), hour),
                settings.duration("zombie-grace", Duration.ofMillis(10), hour),
                settings.duration("janitor-interval", Duration.ofSeconds(1), Duration.ofDays(1)),
                settings.duration("doctor-interval", Duration.ofSeconds(1), Duration.ofDays(1)));
    }

    private static FailureRules rules(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.failures");
        Duration year = Duration.ofDays(366);
        Duration plain = settings.duration("cool-off", Duration.ofSeconds(1), year);
        Map<Reason, Duration> byReason = new EnumMap<>(Reason.class);
        for (Reason reason : Reason.values()) {
            String key = "cool-off-" + FailureRules.label(reason).replace('_', '-');
            byReason.put(reason, settings.isSet(key) ? settings.duration(key, Duration.ofSeconds(1), year) : plain);
        }
        return new FailureRules(
                settings.integer("consecutive", 1, 1000),
                settings.integer("in-window", 1, 1000),
                settings.duration("window", Duration.ofMinutes(1), year),
                byReason,
                settings.integer("lease-restarts", 0, 100),
                settings.integer("limit-waits", 0, 1000));
    }
}
