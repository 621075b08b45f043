package dev.leasehold.config;

import com.typesafe.config.Config;

/** Where something listens. */
public record Endpoint(String host, int port) {

    /** Reads {@code host} and {@code port} of a block. */
    public static Endpoint from(Config config, String block) {
        SettingReader settings = SettingReader.of(config, block);
        return new Endpoint(settings.host("host"), settings.port("port"));
    }

    /** As it stands in a URL. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
    }
}
