package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What comes and what is under way, as events and page by page. */
class RunsUnderWayTest {

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
    void tellsOfManyTasksThatComeByOneEvent() throws Exception {
        fixture.call(
                "POST",
                "/api/v1/tasks/bulk",
                "[{\"type\":\"demo-sleep\",\"tenant\":\"told\"},{\"type\":\"demo-sleep\",\"tenant\":\"told\"}]");

        assertThat(fixture.get("/api/v1/events?type=job_scheduled&limit=1")
                        .json()
                        .at("/items/0/message")
                        .textValue())
                .isEqualTo("2 tasks scheduled by admin, the first of type demo-sleep");
    }

    @Test
    void goesThroughTheRunsUnderWayPageByPage() throws Exception {
        fixture.database.execute("""
                INSERT INTO leasehold.running (task_id, run_no, attempt, lane, epoch, node, type, tenant, due_at, started_at)
                SELECT 710000 + n, 1, 1, 0, 1, 'elsewhere', 'demo-sleep', 'pages', now(),
                       '2026-11-20T00:00:00Z'::timestamptz + n / 2 * interval '1 s'
                FROM generate_series(1, 5) AS n
                """);

        List<String> seen = new ArrayList<>();
        String next = "";
        do {
            JsonNode page = fixture.get("/api/v1/runs?outcome=running&tenant=pages&limit=2" + next)
                    .json();
            page.get("items").forEach(run -> seen.add(run.get("task_id").textValue()));
            next = page.get("next").isNull()
                    ? ""
                    : "&cursor=" + page.get("next").textValue();
        } while (!next.isEmpty());

        assertThat(seen).containsExactly("710005", "710004", "710003", "710002", "710001");
    }
}
