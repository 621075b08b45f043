package dev.leasehold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
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
