package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.lane.Obstacle;
import dev.leasehold.store.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Why a task is not running now: its row, its lane, the engine, in this order. */
class WhyRouteTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static String create(String fields) throws Exception {
        return fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"" + fields + "}")
                .json()
                .get("id")
                .textValue();
    }

    private static JsonNode why(String id) throws Exception {
        return fixture.get("/api/v1/tasks/" + id + "/why").json();
    }

    private static String code(String id) throws Exception {
        return why(id).get("code").textValue();
    }

    @Test
    void tellsWhatTheRowSays() throws Exception {
        String id = create(",\"schedule\":{\"kind\":\"once\",\"at\":\"2090-01-01T00:00:00Z\"}");

        assertThat(code(id)).isEqualTo("due_later");
        fixture.call("POST", "/api/v1/tasks/" + id + "/pause", null);
        assertThat(code(id)).isEqualTo("paused");
        fixture.database.execute(
                "UPDATE leasehold.task SET state = 'needs_intervention', due_at = NULL WHERE id = " + id);
        assertThat(why(id).get("message").textValue())
                .startsWith("its failures have stopped it")
                .contains("waits for a person");
        fixture.database.execute("UPDATE leasehold.task SET pattern = '{\"reason\": \"dependency\"}' WHERE id = " + id);
        assertThat(why(id).get("message").textValue())
                .startsWith("a task that it waits for was cancelled")
                .contains("waits for a person");
        fixture.database.execute("UPDATE leasehold.task SET state = 'blocked' WHERE id = " + id);
        fixture.database.execute("INSERT INTO leasehold.dependency VALUES (77, " + id + ")");
        assertThat(code(id)).isEqualTo("blocked");
        assertThat(why(id).get("message").textValue()).contains("77");
        fixture.call("DELETE", "/api/v1/tasks/" + id, null);
        assertThat(code(id)).isEqualTo("cancelled");
        assertThat(fixture.get("/api/v1/tasks/987654/why").status()).isEqualTo(404);
    }

    @Test
    void tellsWhoOwnsTheLaneAndAsksTheEngineOfOnesOwn() throws Exception {
        String id = create("");
        String lane = why(id).get("lane").toString();

        fixture.database.execute("UPDATE leasehold.lane SET owner = NULL WHERE no = " + lane);
        assertThat(code(id)).isEqualTo("lane_without_owner");
        fixture.database.execute(
                "INSERT INTO leasehold.node (incarnation, name, address, lock_key) VALUES ('n-other', 'b', 'b', 7)"
                        + " ON CONFLICT DO NOTHING");
        fixture.database.execute("UPDATE leasehold.lane SET owner = 'n-other' WHERE no = " + lane);
        assertThat(code(id)).isEqualTo("lane_elsewhere");
        assertThat(why(id).get("owner").textValue()).isEqualTo("n-other");
        assertThat(why(id).get("message").textValue()).endsWith("ask http://b/api/v1/tasks/" + id + "/why");
        fixture.database.execute(
                "UPDATE leasehold.lane SET owner = '" + StillEngine.INCARNATION + "' WHERE no = " + lane);
        fixture.engine.obstacle.set(new Obstacle(Obstacle.Kind.KEY_BUSY, "the key is busy"));
        assertThat(code(id)).isEqualTo("key_busy");
        assertThat(why(id).get("message").textValue()).isEqualTo("the key is busy");
        assertThat(why(id).get("until").isNull()).isTrue();
        Instant until = Instant.parse("2030-01-01T00:00:00Z");
        fixture.engine.obstacle.set(new Obstacle(Obstacle.Kind.RATE_LIMITED, "the rate is used up", until));
        assertThat(code(id)).isEqualTo("rate_limited");
        assertThat(why(id).get("until").textValue()).isEqualTo(until.toString());
    }

    @Test
    void describesEveryCodeThatTheEngineCanAnswer() throws Exception {
        JsonNode schema = Json.tree(fixture.get("/api/v1/openapi.json").text()).at("/components/schemas/Why");
        List<String> described = new ArrayList<>();
        schema.at("/properties/code/enum").forEach(code -> described.add(code.textValue()));
        List<String> fields = new ArrayList<>();
        why(create("")).fieldNames().forEachRemaining(fields::add);

        assertThat(described)
                .containsAll(Arrays.stream(Obstacle.Kind.values())
                        .map(Obstacle.Kind::label)
                        .toList());
        schema.get("required").forEach(field -> assertThat(fields).contains(field.textValue()));
        assertThat(fields).hasSameSizeAs(schema.get("required"));
    }
}
