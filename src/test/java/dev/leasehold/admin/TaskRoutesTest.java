package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.RunningView;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TaskRoutesTest {

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
    void createsTaskWithDefaultsAndWakesItsLane() throws Exception {
        AdminFixture.Answer answer = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}");

        JsonNode task = answer.json();
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(task.get("created").booleanValue()).isTrue();
        assertThat(task.get("key")).isEqualTo(task.get("id"));
        assertThat(task.get("tenant").textValue()).isEqualTo("default");
        assertThat(task.get("queue").textValue()).isEqualTo("default");
        assertThat(task.get("priority").textValue()).isEqualTo("normal");
        assertThat(task.get("state").textValue()).isEqualTo("active");
        assertThat(task.get("payload").toString()).isEqualTo("{}");
        assertThat(task.get("last_run").isNull()).isTrue();
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/tasks/" + task.get("id").textValue());
        assertThat(fixture.engine.woken)
                .anyMatch(created ->
                        Long.toString(created.id()).equals(task.get("id").textValue()));
    }

    @Test
    void keepsEveryFieldOfTaskThatIsGiven() throws Exception {
        String body = """
                {"type":"demo-sleep","key":"full-1","tenant":"acme","queue":"reports","priority":"high",
                 "concurrency_key":"c","payload":{"millis":17},"timeout":"PT90S",
                 "schedule":{"kind":"cron","expression":"0 9 * * MON-FRI","zone":"Europe/Berlin"},
                 "retry":{"max_attempts":3,"backoff":"PT2S","factor":3,"max_backoff":"PT1M","jitter":0.5}}""";

        String id = fixture.post("/api/v1/tasks", body).json().get("id").textValue();

        JsonNode task = fixture.get("/api/v1/tasks/" + id).json();
        assertThat(task.get("key").textValue()).isEqualTo("full-1");
        assertThat(task.get("tenant").textValue()).isEqualTo("acme");
        assertThat(task.get("queue").textValue()).isEqualTo("reports");
        assertThat(task.get("priority").textValue()).isEqualTo("high");
        assertThat(task.at("/payload/millis").intValue()).isEqualTo(17);
        assertThat(task.get("timeout").textValue()).isEqualTo("PT1M30S");
        assertThat(task.at("/schedule/zone").textValue()).isEqualTo("Europe/Berlin");
        assertThat(task.at("/retry/max_attempts").intValue()).isEqualTo(3);
        assertThat(task.get("due_at").textValue()).endsWith(":00:00Z");
    }

    @Test
    void answersLiveTaskOfSameKeyInsteadOfSecond() throws Exception {
        String body = "{\"type\":\"demo-sleep\",\"key\":\"twice\"}";

        AdminFixture.Answer first = fixture.post("/api/v1/tasks", body);
        AdminFixture.Answer second = fixture.post("/api/v1/tasks", body);

        assertThat(first.status()).isEqualTo(201);
        assertThat(second.status()).isEqualTo(200);
        assertThat(second.json().get("created").booleanValue()).isFalse();
        assertThat(second.json().get("id")).isEqualTo(first.json().get("id"));
    }

    @Test
    void answersRepeatedIdempotencyKeyWithFirstTaskAndRefusesAnotherBody() throws Exception {
        String body = "{\"type\":\"demo-sleep\",\"payload\":{\"millis\":5}}";

        AdminFixture.Answer first = withIdempotencyKey("key-1", body);
        AdminFixture.Answer repeat = withIdempotencyKey("key-1", body);
        AdminFixture.Answer other = withIdempotencyKey("key-1", "{\"type\":\"demo-sleep\"}");

        assertThat(first.status()).isEqualTo(201);
        assertThat(repeat.status()).isEqualTo(200);
        assertThat(repeat.json().get("id")).isEqualTo(first.json().get("id"));
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.json().get("code").textValue()).isEqualTo("LH-4090");
        assertThat(withIdempotencyKey("x".repeat(300), body).status()).isEqualTo(422);
    }

    private static AdminFixture.Answer withIdempotencyKey(String key, String body) throws Exception {
        return fixture.send(fixture.request("POST", "/api/v1/tasks", body)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .header("Idempotency-Key", key));
    }

    @Test
    @Tag("row57")
    void pagesThroughListWithStableCursor() throws Exception {
        for (int i = 0; i < 7; i++) {
            fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"tenant\":\"pages\",\"key\":\"page-" + i + "\"}");
        }

        List<String> keys = new ArrayList<>();
        String next = "";
        do {
            JsonNode page =
                    fixture.get("/api/v1/tasks?tenant=pages&limit=3" + next).json();
            page.get("items").forEach(task -> keys.add(task.get("key").textValue()));
            next = page.get("next").isNull()
                    ? ""
                    : "&cursor=" + page.get("next").textValue();
        } while (!next.isEmpty());

        assertThat(keys).containsExactly("page-6", "page-5", "page-4", "page-3", "page-2", "page-1", "page-0");
    }

    @Test
    void answersDoneTasksFromHistory() throws Exception {
        fixture.database.execute("""
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, snapshot)
                SELECT 700000 + i, 1, 1, true, 'success', 'demo-sleep', 'history', 0, 1, 'node-a', now(), now(),
                       now() - make_interval(secs => i),
                       jsonb_build_object('priority', 2, 'version', 1, 'key', 'done-' || i, 'queue', 'default',
                                          'payload', '{}'::jsonb, 'created_at', now())
                FROM generate_series(1, 3) AS i
                """);

        JsonNode first =
                fixture.get("/api/v1/tasks?state=done&tenant=history&limit=2").json();
        JsonNode second = fixture.get("/api/v1/tasks?state=done&tenant=history&limit=2&cursor="
                        + first.get("next").textValue())
                .json();
        JsonNode one = fixture.get("/api/v1/tasks/700002").json();

        assertThat(first.get("items").findValuesAsText("key")).containsExactly("done-1", "done-2");
        assertThat(second.get("items").findValuesAsText("key")).containsExactly("done-3");
        assertThat(second.get("next").isNull()).isTrue();
        assertThat(one.get("state").textValue()).isEqualTo("done");
        assertThat(one.at("/last_run/outcome").textValue()).isEqualTo("success");
        assertThat(fixture.call("DELETE", "/api/v1/tasks/700002", null).status())
                .isEqualTo(409);
    }

    @Test
    void filtersListByEveryParameter() throws Exception {
        fixture.post(
                "/api/v1/tasks",
                "{\"type\":\"demo-fail\",\"tenant\":\"filters\",\"queue\":\"q1\",\"key\":\"needle in hay\"}");
        fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"tenant\":\"filters\",\"key\":\"other\"}");

        for (String filter :
                List.of("type=demo-fail", "queue=q1", "q=needle", "q=needle%20in", "state=active&queue=q1")) {
            JsonNode items =
                    fixture.get("/api/v1/tasks?tenant=filters&" + filter).json().get("items");
            assertThat(items).as(filter).hasSize(1);
            assertThat(items.get(0).get("key").textValue()).isEqualTo("needle in hay");
        }
        assertThat(fixture.get("/api/v1/tasks?tenant=filters&state=done").json().get("items"))
                .isEmpty();
    }

    @Test
    void runsPausesResumesAndCancels() throws Exception {
        String id = fixture.post(
                        "/api/v1/tasks",
                        "{\"type\":\"demo-sleep\",\"schedule\":{\"kind\":\"once\",\"at\":\"2090-01-01T00:00:00Z\"}}")
                .json()
                .get("id")
                .textValue();

        AdminFixture.Answer paused = fixture.call("POST", "/api/v1/tasks/" + id + "/pause", null);
        AdminFixture.Answer runPaused = fixture.call("POST", "/api/v1/tasks/" + id + "/run", null);
        AdminFixture.Answer resumed = fixture.call("POST", "/api/v1/tasks/" + id + "/resume", null);
        AdminFixture.Answer run = fixture.call("POST", "/api/v1/tasks/" + id + "/run", null);
        AdminFixture.Answer cancelled = fixture.call("DELETE", "/api/v1/tasks/" + id, null);
        AdminFixture.Answer again = fixture.call("DELETE", "/api/v1/tasks/" + id, null);

        assertThat(paused.status()).isEqualTo(202);
        assertThat(paused.json().get("state").textValue()).isEqualTo("paused");
        assertThat(runPaused.status()).isEqualTo(409);
        assertThat(resumed.json().get("state").textValue()).isEqualTo("active");
        assertThat(resumed.json().get("due_at").textValue()).isEqualTo("2090-01-01T00:00:00Z");
        assertThat(run.status()).isEqualTo(202);
        assertThat(run.json().get("run_id").textValue()).isEqualTo(id + ".1");
        assertThat(cancelled.status()).isEqualTo(202);
        assertThat(cancelled.json().get("state").textValue()).isEqualTo("cancelled");
        assertThat(again.status()).isEqualTo(409);
        assertThat(fixture.engine.changes)
                .extracting(task -> task.id() + " " + task.state())
                .contains(id + " paused", id + " active", id + " cancelled");
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE target = '" + id + "'"))
                .isEqualTo(4);
        assertThat(fixture.get("/api/v1/events").json().get("items"))
                .filteredOn(event -> id.equals(event.path("task_id").textValue()))
                .extracting(event -> event.get("type").textValue() + ", "
                        + event.get("message").textValue())
                .containsExactly(
                        "job_cancelled, cancelled by admin",
                        "job_triggered, told to run now by admin",
                        "job_resumed, resumed by admin",
                        "job_paused, paused by admin",
                        "job_scheduled, scheduled by admin");
    }

    @Test
    void findsRunsUnderWayBehindManyOthers() throws Exception {
        Instant start = Instant.parse("2026-11-21T12:00:00Z");
        for (int i = 0; i < 60; i++) {
            fixture.engine.underWay.add(new RunningView(
                    900_000 + i,
                    1,
                    1,
                    0,
                    "demo-sleep",
                    i == 59 ? "rare" : "common",
                    start,
                    start.plusSeconds(i),
                    "running",
                    null,
                    null));
        }
        try (Connection connection = fixture.database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("""
                    INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at)
                    SELECT 800000 + n, 1, 1, 0, 1, CASE WHEN n = 0 THEN 'node-a' ELSE 'node-b' END, 'demo-sleep',
                           CASE WHEN n < 2 THEN 'rare' ELSE 'common' END, now(), '2026-11-21T13:00:00Z'
                    FROM generate_series(0, 59) AS n
                    """);
        }

        JsonNode rare = fixture.get("/api/v1/runs?outcome=running&tenant=rare&limit=10")
                .json()
                .get("items");
        JsonNode one = fixture.get("/api/v1/runs?outcome=running&task_id=800040&limit=1")
                .json()
                .get("items");
        fixture.engine.underWay.clear();

        // The ledger's entry of this very node is the engine's to tell.
        assertThat(rare).extracting(run -> run.get("task_id").textValue()).containsExactly("800001", "900059");
        assertThat(one).extracting(run -> run.get("task_id").textValue()).containsExactly("800040");
    }

    @Test
    void answersRunThatWaitsForItsStart() throws Exception {
        String id = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}")
                .json()
                .get("id")
                .textValue();

        AdminFixture.Answer run = fixture.get("/api/v1/runs/" + id + ".1");

        assertThat(run.status()).isEqualTo(200);
        assertThat(run.json().get("state").textValue()).isEqualTo("waiting");
        assertThat(run.json().get("outcome").isNull()).isTrue();
        assertThat(fixture.get("/api/v1/runs/" + id + ".2").status()).isEqualTo(404);
        assertThat(fixture.get("/api/v1/runs/nonsense").status()).isEqualTo(404);
        assertThat(fixture.get("/api/v1/tasks/" + id + "/runs").json().get("items"))
                .isEmpty();
    }

    @Test
    void patchesOnlyVersionThatCallerSaw() throws Exception {
        AdminFixture.Answer created =
                fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"payload\":{\"millis\":1}}");
        String path = created.header("Location");

        AdminFixture.Answer blind = fixture.call("PATCH", path, "{\"priority\":\"low\"}");
        AdminFixture.Answer patched = patch(path, created.header("ETag"), "{\"payload\":{\"millis\":2}}");
        AdminFixture.Answer stale = patch(path, created.header("ETag"), "{\"payload\":{\"millis\":3}}");
        AdminFixture.Answer wrong = patch(path, "*", "{\"payload\":{\"millis\":\"x\"},\"type\":\"sql\"}");

        assertThat(blind.status()).isEqualTo(428);
        assertThat(patched.status()).as(patched.text()).isEqualTo(200);
        assertThat(patched.json().at("/payload/millis").intValue()).isEqualTo(2);
        assertThat(stale.status()).isEqualTo(412);
        assertThat(wrong.status()).isEqualTo(422);
        assertThat(wrong.json().get("errors").findValuesAsText("path"))
                .containsExactlyInAnyOrder("payload.millis", "type");
    }

    @Test
    void refusesNullInPatchInsteadOfIgnoringIt() throws Exception {
        String path = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"timeout\":\"PT9S\"}")
                .header("Location");

        AdminFixture.Answer answer = patch(path, "*", "{\"timeout\":null,\"retry\":null,\"priority\":\"low\"}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("errors").findValuesAsText("path")).containsExactly("retry", "timeout");
        assertThat(fixture.get(path).json().get("priority").textValue()).isEqualTo("normal");
    }

    @Test
    void doesNothingToTaskThatChangedSinceCallerSawIt() throws Exception {
        AdminFixture.Answer created = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\"}");
        String path = created.header("Location");
        fixture.call("POST", path + "/pause", null);

        AdminFixture.Answer stale = delete(path, created.header("ETag"));
        AdminFixture.Answer standing = fixture.get(path);
        AdminFixture.Answer fresh = delete(path, standing.header("ETag"));

        assertThat(stale.status()).as(stale.text()).isEqualTo(412);
        assertThat(standing.json().get("state").textValue()).isEqualTo("paused");
        assertThat(fresh.status()).isEqualTo(202);
    }

    private static AdminFixture.Answer delete(String path, String etag) throws Exception {
        return fixture.send(fixture.request("DELETE", path, null)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .header("If-Match", etag));
    }

    private static AdminFixture.Answer patch(String path, String etag, String body) throws Exception {
        return fixture.send(fixture.request("PATCH", path, body)
                .header("Authorization", "Bearer " + AdminFixture.TOKEN)
                .header("If-Match", etag));
    }

    @Test
    void createsBulkInOrderGiven() throws Exception {
        fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"tenant\":\"bulk\",\"key\":\"b\"}");

        AdminFixture.Answer answer = fixture.post(
                "/api/v1/tasks/bulk",
                "[{\"type\":\"demo-sleep\",\"tenant\":\"bulk\",\"key\":\"a\"},"
                        + "{\"type\":\"demo-sleep\",\"tenant\":\"bulk\",\"key\":\"b\"},"
                        + "{\"type\":\"demo-sleep\",\"tenant\":\"bulk\",\"key\":\"c\"}]");

        JsonNode json = answer.json();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(json.get("created").intValue()).isEqualTo(2);
        assertThat(json.get("existing").intValue()).isEqualTo(1);
        List<String> keys = new ArrayList<>();
        for (JsonNode id : json.get("ids")) {
            keys.add(fixture.get("/api/v1/tasks/" + id.textValue())
                    .json()
                    .get("key")
                    .textValue());
        }
        assertThat(keys).containsExactly("a", "b", "c");
    }

    @Test
    void writesNothingOfBulkWithOneWrongTask() throws Exception {
        AdminFixture.Answer answer = fixture.post(
                "/api/v1/tasks/bulk",
                "[{\"type\":\"demo-sleep\",\"tenant\":\"half\"},{\"type\":\"nope\"},7,"
                        + "{\"type\":\"demo-sleep\",\"payload\":{\"millis\":-1}}]");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("errors").findValuesAsText("path"))
                .containsExactly("[1].type", "[2]", "[3].payload.millis");
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task WHERE tenant = 'half'"))
                .isZero();
    }

    @Test
    void answersEachLineOfStream() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 2500; i++) {
            lines.append("{\"type\":\"demo-sleep\",\"tenant\":\"lines\",\"key\":\"")
                    .append(i)
                    .append("\"}\n");
        }
        lines.insert(0, "{\"type\":\"nope\"}\n\nnot json\n");

        AdminFixture.Answer answer = fixture.send(fixture.request("POST", "/api/v1/tasks/bulk", lines.toString())
                .setHeader("Content-Type", "application/x-ndjson")
                .header("Authorization", "Bearer " + AdminFixture.TOKEN));

        List<String> answers = answer.text().lines().toList();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answers).hasSize(2502);
        assertThat(answers.get(0)).contains("LH-4220").contains("\"path\":\"type\"", "\"line\":1,");
        assertThat(answers.get(1)).contains("LH-4001", "\"line\":3,");
        assertThat(answers.get(2)).contains("\"created\":true", "\"line\":4,");
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task WHERE tenant = 'lines'"))
                .isEqualTo(2500);
    }
}
