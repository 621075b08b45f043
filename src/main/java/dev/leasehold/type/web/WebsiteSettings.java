package dev.leasehold.type.web;

import com.typesafe.config.Config;
import dev.leasehold.config.SettingReader;
import java.time.Duration;

/**
 * How politely sites are visited; see {@code leasehold.website-analysis} in reference.conf.
 *
 * @param delay between two requests to one host
 * @param privateDelay the same for hosts on the list of allowed private targets
 */
public record WebsiteSettings(Duration delay, Duration privateDelay) {

    /** Reads the block {@code leasehold.website-analysis} of the whole configuration. */
    public static WebsiteSettings from(Config config) {
        SettingReader settings = SettingReader.of(config, "leasehold.website-analysis");
        return new WebsiteSettings(
                settings.duration("delay", Duration.ofSeconds(1), Duration.ofMinutes(5)),
                settings.duration("private-delay", Duration.ZERO, Duration.ofMinutes(5)));
    }
}
