package dev.leasehold.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import org.junit.jupiter.api.Test;

class TestPostgresTest {

    @Test
    void givesADatabaseOwnedByAPlainRole() throws Exception {
        TestPostgres.Database database = TestPostgres.freshDatabase();

        try (Connection connection = database.connect();
                ResultSet row = connection
                        .createStatement()
                        .executeQuery(
                                "SELECT current_setting('is_superuser'), current_setting('server_version_num')::int")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo("off");
            assertThat(row.getInt(2)).isGreaterThanOrEqualTo(180000);
        }
    }
}
