package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * One connection outside the pools, for commands that look at a database and end: there is no node to lease from. It is
 * closed when the work returns.
 */
public final class OneConnection {

    private static final String SECONDS = "5";

    private OneConnection() {}

    /** Does the work on it; fails with what opening it or the work fails with. */
    public static <T> T with(DatabaseAddress address, SqlWork<T> work) throws Exception {
        Properties properties = new Properties();
        if (address.user() != null) {
            properties.setProperty("user", address.user());
        }
        if (address.password() != null) {
            properties.setProperty("password", address.password());
        }
        properties.setProperty("connectTimeout", SECONDS);
        properties.setProperty("loginTimeout", SECONDS);
        properties.setProperty("ApplicationName", "leasehold-doctor");
        try (Connection connection = new Driver().connect(address.url(), properties)) {
            if (connection == null) {
                throw new SQLException("not a JDBC URL of PostgreSQL");
            }
            return work.apply(connection);
        }
    }
}
