package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;

/** Schemas of earlier days. */
class MigrationsTest {

    private static final String V9 = "SELECT checksum FROM leasehold.schema_version WHERE version = '9'";

    private final TestPostgres.Database database = TestPostgres.freshDatabase();

    @Test
    void goesOnWhereTheFirstFormOfTheDependenciesHasRun() throws Exception {
        Migrations.migratePlatform(database.url(), database.user(), database.password());
        try (Connection connection = database.connect()) {
            assertThat(StoreFixture.count(connection, V9)).isEqualTo(Migrations.V9_WITHOUT_SCAN);
            database.execute("UPDATE leasehold.schema_version SET checksum = " + Migrations.V9_WITH_SCAN
                    + " WHERE version = '9'");

            Migrations.migratePlatform(database.url(), database.user(), database.password());

            assertThat(StoreFixture.count(connection, V9)).isEqualTo(Migrations.V9_WITHOUT_SCAN);
            Migrations.validatePlatform(database.url(), database.user(), database.password());
        }
    }

    @Test
    void keepsTheCountersOfWhenTheyWereCountedByLane() throws Exception {
        Flyway.configure()
                .dataSource(database.url(), database.user(), database.password())
                .defaultSchema("leasehold")
                .table("schema_version")
                .locations("classpath:db/migration")
                .target("16")
                .load()
                .migrate();
        database.execute("""
                INSERT INTO leasehold.stat (type, lane, day, executed) VALUES ('t', 1, '2026-01-01', 1), ('t', 2, '2026-01-01', 2);
                INSERT INTO leasehold.stat_delta (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                VALUES ('t', 2, '2026-01-01', 0, 4, 0, 0, 0, 0), ('t', 3, '2026-01-01', 0, 8, 0, 0, 0, 0);
                """);

        Migrations.migratePlatform(database.url(), database.user(), database.password());

        try (Connection connection = database.connect()) {
            assertThat(Stats.read(connection).all().executed()).isEqualTo(15);
            assertThat(Stats.fold(connection, 0).rows()).isEqualTo(2);
            assertThat(Stats.read(connection).all().executed()).isEqualTo(15);
        }
    }

    @Test
    void leavesNoConstraintOfTasksUnchecked() throws Exception {
        Migrations.migratePlatform(database.url(), database.user(), database.password());

        try (Connection connection = database.connect()) {
            assertThat(StoreFixture.count(
                            connection,
                            "SELECT count(*) FROM pg_constraint"
                                    + " WHERE conrelid = 'leasehold.task'::regclass AND NOT convalidated"))
                    .isZero();
        }
    }
}
