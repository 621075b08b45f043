package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each kind of broken body gets a clear error that names its place, and leaves the table as it was. */
class BrokenBodiesTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static Arguments body(int status, String code, String path, String body) {
        return Arguments.of(status, code, path, body);
    }

    private static Arguments unreadable(String body) {
        return body(400, "LH-4001", "", body);
    }

    private static Arguments wrong(String path, String body) {
        return body(422, "LH-4220", path, body);
    }

    private static Arguments field(String path, String fields) {
        return wrong(path, "{\"type\":\"demo-sleep\"," + fields + "}");
    }

    static Stream<Arguments> bodies() {
        return Stream.of(unreadableOnes(), wrongOnes(), wrongFields(), wrongSchedules(), wrongPolicies())
                .flatMap(bodies -> bodies);
    }

    private static Stream<Arguments> unreadableOnes() {
        return Stream.of(
                unreadable(""),
                unreadable("   "),
                unreadable("{"),
                unreadable("nonsense"),
                unreadable("{\"type\":\"demo-sleep\"} trailing"),
                unreadable("{\"type\":\"demo-sleep\"}{}"),
                unreadable("{\"type\":\"demo-sleep\",\"type\":\"sql\"}"),
                unreadable("{\"type\":\"demo-sleep\",}"),
                unreadable("{'type':'demo-sleep'}"),
                unreadable("{\"type\":\"demo-sleep\",\"payload\":{\"millis\":NaN}}"),
                unreadable("{\"type\":\"demo-sleep\",\"payload\":" + "[".repeat(2000) + "]".repeat(2000) + "}"),
                unreadable("{\"type\":\"demo-sleep\",\"payload\":{\"millis\":" + "9".repeat(5000) + "}}"),
                unreadable("{\"type\":\"demo-sleep\",\"key\":\"tab\there\"}"),
                unreadable("{\"" + "k".repeat(5000) + "\":1}"));
    }

    private static Stream<Arguments> wrongOnes() {
        return Stream.of(
                wrong("$", "[]"),
                wrong("$", "null"),
                wrong("$", "\"demo-sleep\""),
                wrong("$", "17"),
                wrong("type", "{}"),
                wrong("type", "{\"type\":null}"),
                wrong("type", "{\"type\":7}"),
                wrong("type", "{\"type\":\"\"}"),
                wrong("type", "{\"type\":\"no-such-type\"}"),
                wrong("type", "{\"type\":\"" + "t".repeat(200) + "\"}"),
                wrong("tpye", "{\"type\":\"demo-sleep\",\"tpye\":1}"),
                wrong("payload.statement", "{\"type\":\"sql\"}"),
                wrong("payload.pool", "{\"type\":\"sql\",\"payload\":{\"pool\":5,\"statement\":\"SELECT 1\"}}"),
                wrong("payload.pool", "{\"type\":\"sql\",\"payload\":{\"pool\":\"x\",\"statement\":\"SELECT 1\"}}"),
                wrong(
                        "payload.parameters",
                        "{\"type\":\"sql\",\"payload\":{\"statement\":\"SELECT ?\",\"parameters\":7}}"));
    }

    private static Stream<Arguments> wrongFields() {
        return Stream.of(
                field("key", "\"key\":\"\""),
                field("key", "\"key\":17"),
                field("key", "\"key\":\"" + "k".repeat(513) + "\""),
                field("key", "\"key\":\"a\\u0000b\""),
                field("key", "\"key\":\"\\ud800\""),
                field("tenant", "\"tenant\":[]"),
                field("tenant", "\"tenant\":\"" + "t".repeat(129) + "\""),
                field("queue", "\"queue\":{}"),
                field("priority", "\"priority\":\"urgent\""),
                field("priority", "\"priority\":1"),
                field("payload", "\"payload\":[]"),
                field("payload", "\"payload\":\"text\""),
                field("payload.millis", "\"payload\":{\"millis\":\"soon\"}"),
                field("payload.millis", "\"payload\":{\"millis\":\"5\"}"),
                field("payload.millis", "\"payload\":{\"millis\":-1}"),
                field("payload.millis", "\"payload\":{\"millis\":1.5}"),
                field("payload.millis", "\"payload\":{\"millis\":99999999999999999999}"),
                field("payload.mills", "\"payload\":{\"mills\":5}"),
                field("payload.millis", "\"payload\":{\"millis\":1e999999}"),
                field("payload.note", "\"payload\":{\"note\":\"nul \\u0000\"}"));
    }

    private static Stream<Arguments> wrongSchedules() {
        return Stream.of(
                field("schedule", "\"schedule\":\"daily\""),
                field("schedule.kind", "\"schedule\":{}"),
                field("schedule.kind", "\"schedule\":{\"kind\":\"sometimes\"}"),
                field("schedule.at", "\"schedule\":{\"kind\":\"once\",\"at\":\"tomorrow\"}"),
                field("schedule.at", "\"schedule\":{\"kind\":\"once\",\"at\":\"2026-02-30T00:00:00Z\"}"),
                field("schedule.at", "\"schedule\":{\"kind\":\"once\",\"at\":\"+999999999-01-01T00:00:00Z\"}"),
                field("schedule.at", "\"schedule\":{\"kind\":\"once\",\"at\":1700000000}"),
                field("schedule.interval", "\"schedule\":{\"kind\":\"every\"}"),
                field("schedule.interval", "\"schedule\":{\"kind\":\"every\",\"interval\":\"15m\"}"),
                field("schedule.interval", "\"schedule\":{\"kind\":\"every\",\"interval\":\"PT0S\"}"),
                field("schedule.interval", "\"schedule\":{\"kind\":\"every\",\"interval\":\"-PT1H\"}"),
                field("schedule.mode", "\"schedule\":{\"kind\":\"every\",\"interval\":\"PT1H\",\"mode\":\"x\"}"),
                field("schedule.expression", "\"schedule\":{\"kind\":\"cron\"}"),
                field("schedule.expression", "\"schedule\":{\"kind\":\"cron\",\"expression\":\"61 * * * *\"}"),
                field("schedule.expression", "\"schedule\":{\"kind\":\"cron\",\"expression\":\"0 0 30 2 *\"}"),
                field(
                        "schedule.zone",
                        "\"schedule\":{\"kind\":\"cron\",\"expression\":\"0 9 * * *\",\"zone\":\"Mars/Base\"}"),
                field("schedule.att", "\"schedule\":{\"kind\":\"once\",\"att\":\"2030-01-01T00:00:00Z\"}"));
    }

    private static Stream<Arguments> wrongPolicies() {
        return Stream.of(
                field("retry", "\"retry\":5"),
                field("retry.max_attempts", "\"retry\":{\"max_attempts\":0}"),
                field("retry.max_attempts", "\"retry\":{\"max_attempts\":\"3\"}"),
                field("retry.backoff", "\"retry\":{\"backoff\":\"1s\"}"),
                field("retry.jitter", "\"retry\":{\"jitter\":2}"),
                field("retry.factor", "\"retry\":{\"factor\":0.5}"),
                field("timeout", "\"timeout\":30"),
                field("timeout", "\"timeout\":\"PT0S\""),
                field("timeout", "\"timeout\":\"half an hour\""),
                field("timeout", "\"timeout\":\"P9999D\""));
    }

    @ParameterizedTest(name = "{0} {1} {2} #{index}")
    @MethodSource("bodies")
    void answersBrokenBodyClearlyAndWritesNothing(int status, String code, String path, String body) throws Exception {
        long before = fixture.count("SELECT count(*) FROM leasehold.task");

        AdminFixture.Answer answer = fixture.post("/api/v1/tasks", body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertIsProblem(answer, code);
        if (!path.isEmpty()) {
            assertThat(answer.json().path("errors").findValuesAsText("path"))
                    .as(answer.text())
                    .containsExactly(path);
        }
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task")).isEqualTo(before);
    }

    private static void assertIsProblem(AdminFixture.Answer answer, String code) {
        JsonNode problem = answer.json();
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(problem.get("code").textValue()).as(answer.text()).isEqualTo(code);
        assertThat(problem.get("status").intValue()).isEqualTo(answer.status());
        assertThat(problem.get("title").textValue()).isNotBlank();
        assertThat(problem.get("detail").textValue()).isNotBlank();
        assertThat(answer.text())
                .doesNotContain("Exception")
                .doesNotContain("dev.leasehold")
                .doesNotContain("\tat ")
                .doesNotContain("com.fasterxml")
                .doesNotContain("REDACTED")
                .doesNotContain("StreamReadFeature");
    }

    @Test
    void listsEveryFaultOfBodyAtOnce() throws Exception {
        AdminFixture.Answer answer = fixture.post(
                "/api/v1/tasks",
                "{\"type\":\"demo-sleep\",\"key\":7,\"priority\":\"x\",\"timeout\":1,\"more\":1,\"schedule\":{\"kind\":\"x\"}}");

        assertThat(answer.json().get("errors").findValuesAsText("path"))
                .containsExactlyInAnyOrder("key", "priority", "timeout", "more", "schedule.kind");
    }

    @Test
    void refusesOtherMediaTypesAndEncodings() throws Exception {
        HttpRequest.Builder form = fixture.request("POST", "/api/v1/tasks", "type=demo-sleep")
                .setHeader("Content-Type", "application/x-www-form-urlencoded")
                .header("Authorization", "Bearer " + AdminFixture.TOKEN);
        HttpRequest.Builder utf16 = HttpRequest.newBuilder(fixture.uri("/api/v1/tasks"))
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        "{\"type\":\"demo-sleep\"}".getBytes(StandardCharsets.UTF_16)))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + AdminFixture.TOKEN);

        AdminFixture.Answer formAnswer = fixture.send(form);
        AdminFixture.Answer utf16Answer = fixture.send(utf16);

        HttpRequest.Builder untyped = HttpRequest.newBuilder(fixture.uri("/api/v1/tasks"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .header("Authorization", "Bearer " + AdminFixture.TOKEN);

        assertThat(fixture.send(untyped).text()).contains("415").doesNotContain("none/none");
        assertThat(formAnswer.status()).isEqualTo(415);
        assertIsProblem(formAnswer, "LH-4150");
        assertThat(utf16Answer.status()).isEqualTo(400);
        assertIsProblem(utf16Answer, "LH-4001");
    }

    @Test
    void refusesBodiesThatAreTooLarge() throws Exception {
        String oneTooLarge = "{\"type\":\"demo-sleep\",\"key\":\"" + "x".repeat(1024 * 1024) + "\"}";
        String bulkTooLarge = "[" + "{\"type\":\"demo-sleep\"},".repeat(800_000) + "{}]";
        String tooMany = "[" + "{\"type\":\"demo-sleep\"},".repeat(10_000) + "{\"type\":\"demo-sleep\"}]";
        long before = fixture.count("SELECT count(*) FROM leasehold.task");

        AdminFixture.Answer one = fixture.post("/api/v1/tasks", oneTooLarge);
        AdminFixture.Answer bulk = fixture.post("/api/v1/tasks/bulk", bulkTooLarge);
        AdminFixture.Answer many = fixture.post("/api/v1/tasks/bulk", tooMany);

        assertThat(one.status()).isEqualTo(413);
        assertIsProblem(one, "LH-4130");
        assertThat(bulk.status()).isEqualTo(413);
        assertThat(many.status()).isEqualTo(422);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task")).isEqualTo(before);
    }

    @Test
    void answersEachWrongParameterOfLists() throws Exception {
        for (String query : List.of(
                "tasks?limit=0",
                "tasks?limit=-1",
                "tasks?limit=x",
                "tasks?limit=1&limit=2",
                "tasks?state=broken",
                "tasks?cursor=!!!",
                "tasks?cursor=cnVuc3wxfDI",
                "tasks?q=%00",
                "runs?outcome=meh",
                "runs?task_id=x",
                "events?since=yesterday",
                "events?cursor=dGFza3N8MQ",
                "leases?pool=x",
                "leases/revoked?cursor=cmV2b2tlZHx4",
                "pools?cluster=maybe",
                "alerts?open=1",
                "tasks?limt=5",
                "runs?type=sql&task=1",
                "events?task_id=1",
                "alerts?acked=true")) {
            AdminFixture.Answer answer = fixture.get("/api/v1/" + query);

            assertThat(answer.status()).as(query + " " + answer.text()).isEqualTo(422);
            assertIsProblem(answer, "LH-4220");
        }
        assertThat(fixture.get("/api/v1/tasks?limit=100000").status()).isEqualTo(200);
    }
}
