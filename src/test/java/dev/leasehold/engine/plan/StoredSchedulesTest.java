package dev.leasehold.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.testing.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StoredSchedulesTest {

    @Test
    void knowsAPlainOneShotByTheTextThatPostgresqlGives() throws Exception {
        Once once = new Once(Optional.of(Instant.parse("2026-11-22T10:00:00.123456Z")));
        String stored = stored(PolicyJson.write(once).toString());

        assertThat(StoredSchedules.isPlainOnce(stored)).isTrue();
        assertThat(StoredSchedules.read(stored)).isEqualTo(once);
    }

    @Test
    void readsAOneShotWithRulesInFull() throws Exception {
        String stored = stored("{\"kind\":\"once\",\"at\":\"2026-11-22T10:00:00Z\",\"misfire\":\"skip\"}");

        assertThat(StoredSchedules.isPlainOnce(stored)).isFalse();
        assertThat(StoredSchedules.read(stored).rules().misfire().name()).isEqualTo("SKIP");
    }

    @Test
    void tellsPlainOneShotsApartWhoseTextsComeInTurns() {
        for (int no = 0; no < 4; no++) {
            String at = "2026-11-22T10:00:0" + no % 2 + "Z";

            assertThat(StoredSchedules.read("{\"at\": \"" + at + "\", \"kind\": \"once\"}"))
                    .isEqualTo(new Once(Optional.of(Instant.parse(at))));
        }
    }

    @Test
    void readsTheSameTextOnce() {
        String text = "{\"kind\": \"cron\", \"expression\": \"0 0 5 * * *\", \"zone\": \"Europe/Berlin\"}";

        Schedule first = StoredSchedules.read(text);

        assertThat(StoredSchedules.read(new String(text.toCharArray()))).isSameAs(first);
    }

    @Test
    void namesTheFaultOfAOneShotWithoutATime() {
        assertThatThrownBy(() -> StoredSchedules.read("{\"at\": \"tomorrow\", \"kind\": \"once\"}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at");
    }

    private static String stored(String json) throws Exception {
        try (Connection connection = TestPostgres.superuser();
                PreparedStatement statement = connection.prepareStatement("SELECT ?::jsonb::text")) {
            statement.setString(1, json);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getString(1);
            }
        }
    }
}
