package dev.leasehold.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;

/**
 * Brings a database's schema {@code leasehold} to this version. Runs before the pools open, on connections of its own that
 * are closed when it returns; nodes that start together wait for each other.
 */
public final class Migrations {

    private static final String SCHEMA = "leasehold";

    private Migrations() {}

    /**
     * Migrates the platform database.
     *
     * @throws StoreException when the database is not reached, refuses, or is of a newer version
     */
    public static void migratePlatform(String url, String user, String password) {
        migrate(
                configure(url, user, password)
                        .locations("classpath:db/migration")
                        .table("schema_version")
                        .callbacks(new AcceptOldDependencies()),
                "platform");
    }

    // V9 added its constraint with a scan of the whole table under a lock that keeps all others out. It does so without
    // the scan now, and V14 looks at the rows under a lock that lets them go on. Where it has run in its first form
    // nothing is to be done again: both forms leave the same table.
    private static final String OLD_DEPENDENCIES = """
            UPDATE leasehold.schema_version SET checksum = ? WHERE version = '9' AND checksum = ?
            """;

    static final int V9_WITH_SCAN = 1_277_048_487;
    static final int V9_WITHOUT_SCAN = -1_048_851_677;

    /** Before Flyway compares what has run with what there is. */
    private static final class AcceptOldDependencies extends BaseCallback {

        @Override
        public boolean supports(Event event, Context context) {
            return event == Event.BEFORE_VALIDATE;
        }

        @Override
        public void handle(Event event, Context context) {
            Connection connection = context.getConnection();
            try (Statement look = connection.createStatement();
                    ResultSet there = look.executeQuery("SELECT to_regclass('leasehold.schema_version') IS NOT NULL")) {
                there.next();
                if (there.getBoolean(1)) {
                    try (PreparedStatement accept = connection.prepareStatement(OLD_DEPENDENCIES)) {
                        accept.setInt(1, V9_WITHOUT_SCAN);
                        accept.setInt(2, V9_WITH_SCAN);
                        accept.executeUpdate();
                    }
                }
            } catch (SQLException e) {
                throw new StoreException("cannot migrate the platform database", e);
            }
        }
    }

    /** As {@link #migratePlatform} for a user-data database that is another one than the platform database. */
    public static void migrateUserData(String url, String user, String password) {
        migrate(
                configure(url, user, password)
                        .locations("classpath:db/userdata")
                        .table("userdata_schema_version"),
                "user-data");
    }

    /**
     * Checks that the platform database is of this version, for nodes that may not migrate.
     *
     * @throws StoreException when it is not
     */
    public static void validatePlatform(String url, String user, String password) {
        try {
            configure(url, user, password)
                    .locations("classpath:db/migration")
                    .table("schema_version")
                    .load()
                    .validate();
        } catch (FlywayException e) {
            throw new StoreException("the platform database does not have the schema of this version", e);
        }
    }

    private static FluentConfiguration configure(String url, String user, String password) {
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(url, user, password)
                .defaultSchema(SCHEMA)
                .schemas(SCHEMA)
                .createSchemas(true)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .connectRetries(0)
                .failOnMissingLocations(true);
    }

    private static void migrate(FluentConfiguration configuration, String database) {
        try {
            configuration.load().migrate();
        } catch (FlywayException e) {
            throw new StoreException("cannot migrate the " + database + " database", e);
        }
    }
}
