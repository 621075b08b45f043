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
