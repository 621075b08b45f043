package dev.leasehold.store;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
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
                        .table("schema_version"),
                "platform");
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
