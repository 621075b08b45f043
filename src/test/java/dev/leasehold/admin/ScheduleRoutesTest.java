package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ScheduleRoutesTest {

    private static final String OVER =
            "{\"kind\":\"cron\",\"expression\":\"@daily\",\"end\":\"2020-01-01T00:00:00Z\",\"start\":\"2019-01-01T00:00:00Z\"}";

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
    void previewsTheNextTwentyTimesAndThoseAroundTheNextChangeOfTheClock() throws Exception {
        JsonNode preview = fixture.post("/api/v1/schedules/preview", """
                        {"schedule":{"kind":"cron","expression":"30 2 * * *","zone":"Europe/Berlin","jitter":"PT1M"}}""").json();

        assertThat(preview.get("zone").textValue()).isEqualTo("Europe/Berlin");
        assertThat(preview.get("items")).hasSize(20);
        assertThat(preview.at("/clock_change/kind").textValue()).isIn("gap", "overlap");
        assertThat(preview.at("/clock_change/items").size()).isBetween(3, 5);
        assertThat(preview.at("/clock_change/items/0/at").textValue()).endsWith("Z");
    }

    @Test
    void refusesAScheduleThatIsOverWhereverItIsGiven() throws Exception {
        String task = "{\"type\":\"demo-sleep\",\"schedule\":" + OVER + "}";
        String plain = "{\"type\":\"demo-sleep\"}";

        assertOver(fixture.post("/api/v1/schedules/preview", "{\"schedule\":" + OVER + "}"), "schedule");
        assertOver(fixture.post("/api/v1/tasks", task), "schedule");
        assertOver(fixture.post("/api/v1/tasks/bulk", "[" + plain + "," + task + "]"), "[1].schedule");
    }

    @Test
    void keepsTheRulesOfAScheduleAndSettlesIt() throws Exception {
        String id = fixture.post("/api/v1/tasks", """
                        {"type":"demo-sleep","schedule":{"kind":"every","interval":"PT1H","mode":"fixed_rate",
                         "jitter":"PT1M","misfire":"all","overlap":"queue"}}""").json().get("id").textValue();

        JsonNode schedule = fixture.get("/api/v1/tasks/" + id).json().get("schedule");

        assertThat(schedule.get("misfire").textValue()).isEqualTo("all");
        assertThat(schedule.get("overlap").textValue()).isEqualTo("queue");
        assertThat(schedule.get("start").textValue()).endsWith("Z");
        assertThat(schedule.get("jitter_seed").isIntegralNumber()).isTrue();
    }

    private static void assertOver(AdminFixture.Answer answer, String path) throws Exception {
        assertThat(answer.status()).as(answer.text()).isEqualTo(422);
        assertThat(answer.json().at("/errors/0/path").textValue()).isEqualTo(path);
        assertThat(answer.json().at("/errors/0/message").textValue()).contains("nothing is due after");
    }
}
