package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.store.Subscriptions;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The feed of events over HTTP. */
class SubscriptionRoutesTest {

    private static AdminFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    /** As a flush writes it. */
    private static void emit(String feed, long task, String name) throws Exception {
        fixture.database.execute(
                "INSERT INTO leasehold.outbox (subscription, lane, task_id, run_no, attempt, type, tenant,"
                        + " name, payload) VALUES ('" + feed + "', 0, " + task + ", 1, 1, 'demo-sleep', 'default', '"
                        + name
                        + "', '{\"n\": 1}')");
    }

    private static JsonNode events(String feed) throws Exception {
        return fixture.get("/api/v1/subscriptions/" + feed + "/events").json().get("items");
    }

    @Test
    void keepsEventsOfAFeedUntilTheyAreAcknowledged() throws Exception {
        AdminFixture.Answer made =
                fixture.post("/api/v1/subscriptions", "{\"name\":\"billing\",\"events\":[\"paid\"]}");
        assertThat(made.status()).as(made.text()).isEqualTo(201);
        assertThat(made.json().get("events").get(0).textValue()).isEqualTo("paid");
        emit("billing", 7, "paid");
        emit("billing", 8, "paid");

        JsonNode first = events("billing");
        assertThat(first.findValuesAsText("task_id")).containsExactly("7", "8");
        assertThat(events("billing")).isEqualTo(first);
        AdminFixture.Answer acknowledged = fixture.post(
                "/api/v1/subscriptions/billing/ack",
                "{\"ids\":[\"" + first.get(0).get("id").textValue() + "\",\"999999\"]}");

        assertThat(acknowledged.json().get("acknowledged").intValue()).isEqualTo(1);
        assertThat(events("billing").findValuesAsText("task_id")).containsExactly("8");
        assertThat(fixture.get("/api/v1/subscriptions")
                        .json()
                        .at("/items/0/open")
                        .intValue())
                .isEqualTo(1);
    }

    @Test
    void removesAFeedWithWhatWaitsForIt() throws Exception {
        fixture.post("/api/v1/subscriptions", "{\"name\":\"short-lived\"}");
        emit("short-lived", 9, "paid");

        assertThat(fixture.call("DELETE", "/api/v1/subscriptions/short-lived", null)
                        .status())
                .isEqualTo(200);

        assertThat(fixture.count("SELECT count(*) FROM leasehold.outbox WHERE subscription = 'short-lived'"))
                .isZero();
        assertThat(fixture.get("/api/v1/subscriptions/short-lived/events").status())
                .isEqualTo(404);
    }

    @Test
    void deliversAgainWhatWasGivenUp() throws Exception {
        fixture.post("/api/v1/subscriptions", "{\"name\":\"again\"}");
        emit("again", 10, "paid");
        fixture.database.execute("UPDATE leasehold.outbox SET given_up_at = now(), tries = 12 WHERE task_id = 10");
        assertThat(events("again")).isEmpty();

        AdminFixture.Answer redriven = fixture.post("/api/v1/subscriptions/again/redrive", "");

        assertThat(redriven.status()).isEqualTo(202);
        assertThat(redriven.json().get("redriven").intValue()).isEqualTo(1);
        assertThat(events("again").findValuesAsText("tries")).containsExactly("0");
    }

    @Test
    void leavesSubscriptionsOfCodeToTheCode() throws Exception {
        try (Connection connection = fixture.database.connect()) {
            Subscriptions.save(connection, "mailer", Subscriptions.Kind.JAVA, List.of());
        }
        emit("mailer", 11, "paid");

        assertThat(fixture.post("/api/v1/subscriptions", "{\"name\":\"mailer\"}")
                        .status())
                .isEqualTo(409);
        assertThat(fixture.post("/api/v1/subscriptions/mailer/ack", "{\"ids\":[\"1\"]}")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void namesWhatIsWrong() throws Exception {
        assertThat(fixture.post("/api/v1/subscriptions", "{\"events\":\"paid\",\"url\":1}")
                        .json()
                        .findValuesAsText("path"))
                .containsExactlyInAnyOrder("name", "events", "url");
        assertThat(fixture.post("/api/v1/subscriptions/nobody/ack", "{\"ids\":[]}")
                        .status())
                .isEqualTo(404);
        assertThat(fixture.post("/api/v1/subscriptions/nobody/ack", "{\"ids\":[\"x\"]}")
                        .status())
                .isEqualTo(422);
    }
}
