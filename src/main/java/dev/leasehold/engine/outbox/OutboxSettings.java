package dev.leasehold.engine.outbox;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * The block {@code leasehold.engine.outbox}.
 *
 * @param look between two looks for events that nobody told of
 * @param tries deliveries of one event, until it is given up
 * @param backoff wait after the first failed delivery; it doubles with each
 * @param deliveryLimit after which a delivery is interrupted
 * @param alertAfter how old an event may get that was not delivered, until an alert says so
 */
public record OutboxSettings(
        Duration look, int tries, Duration backoff, Duration maxBackoff, Duration deliveryLimit, Duration alertAfter) {

    /** Reads and checks the block. */
    public static OutboxSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.engine.outbox");
        return new OutboxSettings(
                settings.duration("look", Duration.ofMillis(50), Duration.ofMinutes(1)),
                settings.integer("tries", 1, 1000),
                settings.duration("backoff", Duration.ofMillis(1), Duration.ofHours(1)),
                settings.duration("max-backoff", Duration.ofMillis(1), Duration.ofDays(1)),
                settings.duration("delivery-limit", Duration.ofMillis(50), Duration.ofDays(1)),
                settings.duration("alert-after", Duration.ofMinutes(1), Duration.ofDays(366)));
    }

    Duration waitAfter(int failures) {
        Duration wait = backoff.multipliedBy(1L << Math.min(failures, 20));
        return wait.compareTo(maxBackoff) < 0 ? wait : maxBackoff;
    }
}
