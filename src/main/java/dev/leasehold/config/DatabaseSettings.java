package dev.leasehold.config;

import com.typesafe.config.Config;
import java.util.List;
import java.util.Optional;

/**
 * How to reach one database. The URL carries no user or password, whatever form they were given in, and may be shown.
 *
 * @param password empty when the server asks for none
 */
public record DatabaseSettings(String url, String user, String password) {

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
            for (String key : List.of("user", "password")) {
                if (settings.isSet(key)) {
                    throw new InvalidSettingException(
                            settings.named(key) + " is set, but there is no database URL that it belongs to");
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
        // Without a user, PostgreSQL's own clients take that of the operating system.
        String user = settings.optionalText("user").or(url::user).orElseGet(() -> System.getProperty("user.name"));
        String password = settings.optionalText("password").or(url::password).orElse("");
        return Optional.of(new DatabaseSettings(url.url(), user, password));
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "DatabaseSettings[" + url + ", user " + user + "]";
    }
}
