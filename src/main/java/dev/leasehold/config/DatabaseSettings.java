package dev.leasehold.config;

import com.typesafe.config.Config;
import java.util.Optional;

/**
 * How to reach one database. The URL carries no user or password, whatever form they were given in, and may be shown.
 */
public record DatabaseSettings(String url, Optional<String> user, Optional<String> password) {

    public static DatabaseSettings of(String url, String user, String password) {
        return new DatabaseSettings(url, Optional.of(user), Optional.of(password));
    }

    /** The platform database; empty when the embedded server is to be used. */
    public static Optional<DatabaseSettings> platform(Config config) {
        return read(SettingReader.of(config, "leasehold.database"));
    }

    /** The database of the user-data pool; empty when it is the platform database. */
    public static Optional<DatabaseSettings> userdata(Config config) {
        return read(SettingReader.of(config, "leasehold.userdata-database"));
    }

    private static Optional<DatabaseSettings> read(SettingReader settings) {
        if (!settings.isSet("url")) {
            for (String key : new String[] {"user", "password"}) {
                if (settings.isSet(key)) {
                    throw new InvalidSettingException(
                            settings.named(key) + " is set, but there is no database URL it belongs to");
                }
            }
            return Optional.empty();
        }
        DatabaseUrl url;
        try {
            url = DatabaseUrl.parse(settings.text("url"));
        } catch (IllegalArgumentException e) {
            throw settings.wrong("url", DatabaseUrl.ALLOWED);
        }
        return Optional.of(new DatabaseSettings(
                url.url(),
                settings.optionalText("user").or(url::user),
                settings.optionalText("password").or(url::password)));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "DatabaseSettings[" + url + ", user " + user.orElse("not set") + "]";
    }
}
