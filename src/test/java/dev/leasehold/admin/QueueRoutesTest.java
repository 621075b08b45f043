package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.store.TypeRests;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class QueueRoutesTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static JsonNode queue(String name) throws Exception {
        for (JsonNode each : fixture.get("/api/v1/queues").json().get("items")) {
            if (each.get("name").textValue().equals(name)) {
                return each;
            }
        }
        throw new AssertionError("no queue " + name);
    }

    @Test
    void pausesAndResumesAQueueAndSaysWhoDidIt() throws Exception {
        fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"queue\":\"night work\"}");
        assertThat(queue("night work").get("paused").booleanValue()).isFalse();

        AdminFixture.Answer paused = fixture.post("/api/v1/queues/night%20work/pause?reason=moving", "");

        assertThat(paused.status()).as(paused.text()).isEqualTo(202);
        assertThat(paused.json()).isEqualTo(queue("night work"));
        assertThat(paused.json().get("paused").booleanValue()).isTrue();
        assertThat(paused.json().get("reason").textValue()).isEqualTo("moving");
        assertThat(paused.json().get("due").intValue()).isEqualTo(1);
        assertThat(fixture.post("/api/v1/queues/night%20work/pause", "").status())
                .isEqualTo(202);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE action = 'queue.pause'"
                        + " AND target = 'night work'"))
                .isEqualTo(1);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.event WHERE type = 'queue_paused'"
                        + " AND message LIKE '%night work%'"))
                .isEqualTo(1);

        AdminFixture.Answer resumed = fixture.post("/api/v1/queues/night%20work/resume", "");

        assertThat(resumed.json().get("paused").booleanValue()).isFalse();
        assertThat(queue("night work").get("paused_by").isNull()).isTrue();
    }

    @Test
    void pausesAQueueThatHasNoTasksYet() throws Exception {
        fixture.post("/api/v1/queues/tomorrow/pause", "");

        assertThat(queue("tomorrow").get("tasks").intValue()).isZero();
        assertThat(queue("tomorrow").get("paused").booleanValue()).isTrue();
    }

    @Test
    void listsTypesThatRestAndReleasesOne() throws Exception {
        try (var connection = fixture.database.connect()) {
            TypeRests.rest(connection, "leaky one", Duration.ofHours(1), "n-1", "it leaks");
            TypeRests.rest(connection, "probed", Duration.ofMillis(-1), "n-1", "it leaked");
        }

        JsonNode resting = fixture.get("/api/v1/types/resting").json().get("items");
        AdminFixture.Answer released = fixture.post("/api/v1/types/leaky%20one/release", "");

        assertThat(resting)
                .extracting(rest ->
                        rest.get("type").textValue() + " " + rest.get("state").textValue())
                .containsExactly("leaky one resting", "probed probing");
        assertThat(released.status()).as(released.text()).isEqualTo(202);
        assertThat(fixture.get("/api/v1/types/resting").json().get("items")).hasSize(1);
        assertThat(fixture.post("/api/v1/types/leaky%20one/release", "").status())
                .isEqualTo(404);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE action = 'type.release'"
                        + " AND target = 'leaky one'"))
                .isEqualTo(1);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.alert WHERE source = 'type/leaky one'"
                        + " AND cleared_at IS NOT NULL"))
                .isEqualTo(1);
    }
}
