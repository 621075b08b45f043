package dev.leasehold.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.leasehold.testing.TestPostgres;
import dev.leasehold.testing.TestPostgres.Database;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An error that no restart can heal ends the process; the server cleans up after it. */
class FatalErrorTest {

    @Test
    @Tag("H21")
    void aFatalErrorInAGuardianEndsTheProcessAndTheServerEndsItsSessions() throws Exception {
        Database database = TestPostgres.freshDatabase();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FatalNode.class.getName(),
                        database.url(),
                        database.user(),
                        database.password())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader()) {
            String line = said.readLine();
            while (line != null && !line.equals("asleep")) {
                line = said.readLine();
            }
            assertThat(line).isEqualTo("asleep");
            assertThat(sessions(database)).isPositive();

            process.getOutputStream().write('\n'); // now
            process.getOutputStream().flush();

            while (said.readLine() != null) {
                // Until its end.
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isNotZero();
        } finally {
            process.destroyForcibly();
        }
        // A statement that was under way ends too, because the server looks after its client each second.
        await().atMost(Duration.ofSeconds(20)).until(() -> sessions(database) == 0);
    }

    private static int sessions(Database database) throws SQLException {
        try (Connection connection = TestPostgres.superuser();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM pg_stat_activity WHERE usename = '" + database.user() + "'")) {
            row.next();
            return row.getInt(1);
        }
    }
}
