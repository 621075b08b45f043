package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.RunningView;
import dev.leasehold.store.TaskRow;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One thing done to many tasks; above all, dead letters set going again. */
class BulkActionTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void empty() throws Exception {
        fixture.database.execute("TRUNCATE leasehold.task, leasehold.event, leasehold.audit, leasehold.running");
        fixture.engine.changes.clear();
        fixture.engine.underWay.clear();
    }

    private static void tasks(String tenant, String state, int count) throws Exception {
        fixture.database.execute("INSERT INTO leasehold.task (id, lane, tenant, type, key, state, due_at,"
                + " consecutive_failures, crashes, pattern)"
                + " SELECT nextval('leasehold.task_id'), 0, '" + tenant + "', 'demo-sleep', '" + state + "-' || n, '"
                + state + "', CASE WHEN '" + state
                + "' <> 'needs_intervention' THEN '2090-01-01T00:00:00Z'::timestamptz END,"
                + " 3, 3, '{}' FROM generate_series(1, " + count + ") AS n");
    }

    private static long count(String state) throws Exception {
        return fixture.count("SELECT count(*) FROM leasehold.task WHERE state = '" + state + "'");
    }

    private static JsonNode act(String body) throws Exception {
        AdminFixture.Answer answer = fixture.post("/api/v1/tasks/actions", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    @Test
    void tellsWhatARedriveWouldDoAndThenDoesIt() throws Exception {
        tasks("a", "needs_intervention", 2300);
        tasks("a", "paused", 2);
        tasks("b", "needs_intervention", 1);

        JsonNode told = act("{\"action\":\"redrive\",\"filter\":{\"tenant\":\"a\"},\"dry_run\":true}");
        long touched = fixture.count("SELECT count(*) FROM leasehold.task WHERE changed_at IS NOT NULL");
        JsonNode done = act("{\"action\":\"redrive\",\"filter\":{\"tenant\":\"a\"}}");

        assertThat(told.get("matched").longValue()).isEqualTo(2300);
        assertThat(told.get("changed").longValue()).isZero();
        assertThat(told.get("items")).hasSize(100);
        assertThat(touched).isZero();
        assertThat(done.get("changed").longValue()).isEqualTo(2300);
        assertThat(done.get("next").isNull()).isTrue();
        assertThat(done.at("/items/0/state").textValue()).isEqualTo("active");
        assertThat(count("active")).isEqualTo(2300);
        assertThat(count("paused")).isEqualTo(2);
        assertThat(count("needs_intervention")).isEqualTo(1);
        // As new: the failures before it do not stop it again at the first.
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task WHERE state = 'active' AND due_at <= now()"
                        + " AND consecutive_failures = 0 AND crashes = 0 AND pattern IS NULL"))
                .isEqualTo(2300);
        assertThat(fixture.engine.changes).hasSize(2300);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.event WHERE type = 'job_redriven'"))
                .isEqualTo(2300);
        assertThat(fixture.count("SELECT sum((data ->> 'tasks')::int) FROM leasehold.audit"
                        + " WHERE action = 'tasks.redrive' AND data @> '{\"filter\":{\"tenant\":\"a\"}}'"))
                .isEqualTo(2300);
    }

    @ParameterizedTest
    @CsvSource({
        "cancel, cancelled, 12",
        "pause, paused, 10",
        "resume, active, 11",
        "run, active, 10",
    })
    void doesEachActionToThoseThatMayHaveIt(String action, String leadsTo, int changed) throws Exception {
        tasks("a", "active", 5);
        tasks("a", "paused", action.equals("cancel") ? 2 : 6);
        tasks("a", "needs_intervention", 5);

        JsonNode done = act("{\"action\":\"" + action + "\",\"filter\":{\"type\":\"demo-sleep\"}}");

        assertThat(done.get("changed").intValue()).isEqualTo(changed);
        assertThat(done.get("items"))
                .hasSize(changed)
                .allSatisfy(task -> assertThat(task.get("state").textValue()).isEqualTo(leadsTo));
    }

    @Test
    void leavesThoseAloneOfWhichARunIsUnderWay() throws Exception {
        tasks("a", "active", 4);
        List<Long> ids = List.of(id("active-1"), id("active-2"), id("active-3"), id("active-4"));
        Instant now = Instant.parse("2026-11-21T12:00:00Z");
        fixture.engine.underWay.add(
                new RunningView(ids.get(1), 1, 1, 0, "demo-sleep", "a", now, now, "running", null, null));
        fixture.database.execute(
                "INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant,"
                        + " due_at, started_at) VALUES (" + ids.get(2)
                        + ", 1, 1, 0, 1, 'node-b', 'demo-sleep', 'a', now(), now())");

        JsonNode done = act("{\"action\":\"run\",\"filter\":{\"ids\":[\"" + ids.get(0) + "\",\"" + ids.get(1) + "\",\""
                + ids.get(2) + "\"]}}");

        assertThat(done.get("changed").intValue()).isEqualTo(1);
        assertThat(fixture.engine.changes).extracting(TaskRow::id).containsExactly(ids.get(0));
    }

    private static long id(String key) throws Exception {
        return fixture.count("SELECT id FROM leasehold.task WHERE key = '" + key + "'");
    }

    @Test
    void goesOnBehindACursor() throws Exception {
        tasks("a", "active", 3);
        JsonNode all = act("{\"action\":\"pause\",\"filter\":{\"tenant\":\"a\"},\"dry_run\":true}");
        String cursor = dev.leasehold.admin.http.Cursor.write(
                "actions", all.at("/items/0/id").textValue());

        JsonNode rest = act("{\"action\":\"pause\",\"filter\":{\"tenant\":\"a\"},\"cursor\":\"" + cursor + "\"}");

        assertThat(rest.get("changed").intValue()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "[];$",
                "{\"action\":\"pause\"};filter",
                "{\"action\":\"pause\",\"filter\":{}};filter",
                "{\"action\":\"pause\",\"filter\":{\"tenat\":\"a\"}};filter.tenat",
                "{\"action\":\"pause\",\"filter\":{\"ids\":\"1\"}};filter.ids",
                "{\"action\":\"pause\",\"filter\":{\"ids\":[\"x\"]}};filter.ids",
                "{\"action\":\"pause\",\"filter\":{\"state\":\"done\"}};filter.state",
                "{\"action\":\"explode\",\"filter\":{\"type\":\"a\"}};action",
                "{\"filter\":{\"type\":\"a\"}};action",
                "{\"action\":\"run\",\"filter\":{\"type\":\"a\"},\"dry_run\":\"yes\"};dry_run",
                "{\"action\":\"run\",\"filter\":{\"type\":\"a\"},\"cursor\":\"eHh8MQ\"};cursor",
            })
    void refusesWhatIsNotMeantOrNotSaid(String body, String path) throws Exception {
        tasks("a", "active", 3);

        AdminFixture.Answer answer = fixture.post("/api/v1/tasks/actions", body);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("errors"))
                .extracting(error -> error.get("path").textValue())
                .contains(path);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.task WHERE version > 1"))
                .isZero();
    }
}
