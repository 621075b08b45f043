package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batches and waiting tasks over HTTP. */
class BatchRoutesTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void createsABatchWithItsCompletionBlocked() throws Exception {
        AdminFixture.Answer made = fixture.post("/api/v1/batches", """
                {"tasks":[{"type":"demo-sleep"},{"type":"demo-sleep"}],"completion":{"type":"demo-sleep","key":"all-done"}}""");

        assertThat(made.status()).as(made.text()).isEqualTo(201);
        String id = made.json().get("completion").textValue();
        JsonNode batch = fixture.get("/api/v1/batches/" + id).json();
        assertThat(batch.get("size").intValue()).isEqualTo(2);
        assertThat(batch.get("open").intValue()).isEqualTo(2);
        JsonNode completion = fixture.get("/api/v1/tasks/" + id).json();
        assertThat(completion.get("state").textValue()).isEqualTo("blocked");
        assertThat(completion.get("waits_for")).isEqualTo(made.json().get("ids"));
        assertThat(fixture.get("/api/v1/tasks?state=blocked")
                        .json()
                        .at("/items/0/id")
                        .textValue())
                .isEqualTo(id);
    }

    @Test
    void createsABatchOnceForOneIdempotencyKey() throws Exception {
        String body = "{\"tasks\":[{\"type\":\"demo-sleep\"}],\"completion\":{\"type\":\"demo-sleep\"}}";

        AdminFixture.Answer first = once(body);
        AdminFixture.Answer again = once(body);
        AdminFixture.Answer other = once(body + " ");

        assertThat(first.status()).as(first.text()).isEqualTo(201);
        assertThat(again.status()).as(again.text()).isEqualTo(200);
        assertThat(again.json()).isEqualTo(first.json());
        assertThat(other.status()).isEqualTo(409);
    }

    private static AdminFixture.Answer once(String body) throws Exception {
        return fixture.send(fixture.request("POST", "/api/v1/batches", body)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .header("Idempotency-Key", "batch-1"));
    }

    @Test
    void keepsWhatTheCompletionWaitsForByItself() throws Exception {
        String need = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}")
                .json()
                .get("id")
                .textValue();

        JsonNode made = fixture.post(
                        "/api/v1/batches",
                        "{\"tasks\":[{\"type\":\"demo-sleep\"}],\"completion\":{\"type\":\"demo-sleep\",\"after\":[\""
                                + need + "\"]}}")
                .json();

        assertThat(fixture.get("/api/v1/tasks/" + made.get("id").textValue())
                        .json()
                        .get("waits_for"))
                .extracting(JsonNode::textValue)
                .containsExactlyInAnyOrder(need, made.at("/ids/0").textValue());
        assertThat(fixture.get("/api/v1/batches/" + made.get("id").textValue())
                        .json()
                        .get("size")
                        .intValue())
                .isEqualTo(2);
    }

    @Test
    void namesWhatIsWrongInABatchAndWritesNothing() throws Exception {
        AdminFixture.Answer wrong = fixture.post("/api/v1/batches", """
                {"tasks":[{"type":"demo-sleep","key":"never"},{"type":"nope"}],"completion":{"priority":"urgent"}}""");

        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.json().findValuesAsText("path"))
                .contains("tasks[1].type", "completion.type", "completion.priority");
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task WHERE key = 'never'"))
                .isZero();
    }

    @Test
    void refusesToWaitForWhatIsNotThereOrNoId() throws Exception {
        assertThat(fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"after\":[\"99999999\"]}")
                        .text())
                .contains("LH-4220", "task 99999999 is not there");
        assertThat(fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"after\":[\"x\"]}")
                        .text())
                .contains("after[0]");
    }

    @Test
    void waitsForATaskThatIsNamed() throws Exception {
        String need = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}")
                .json()
                .get("id")
                .textValue();

        JsonNode task = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"after\":[\"" + need + "\"]}")
                .json();

        assertThat(task.get("state").textValue()).isEqualTo("blocked");
        assertThat(fixture.get("/api/v1/tasks/" + task.get("id").textValue() + "/why")
                        .text())
                .contains("\"blocked\"", "the first of them " + need);
        assertThat(fixture.call("DELETE", "/api/v1/tasks/" + need, null).status())
                .isEqualTo(202);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task_end WHERE NOT success AND task_id = " + need))
                .isEqualTo(1);
    }
}
