package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

/** The clock that due times follow. */
public final class DatabaseClock {

    private DatabaseClock() {}

    private static final String NOW = "SELECT clock_timestamp() AS now";

    /** What time it is there. */
    public static Instant now(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(NOW);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return Times.read(row, "now");
        }
    }
}
