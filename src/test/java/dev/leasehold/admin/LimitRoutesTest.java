package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LimitRoutesTest {

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
    void setsChangesAndLiftsALimitAndSaysWhoDidIt() throws Exception {
        String path = "/api/v1/limits/queue/night%20work";
        assertThat(fixture.get(path).status()).isEqualTo(404);

        AdminFixture.Answer set = fixture.call("PUT", path, "{\"max_running\":3}");

        assertThat(set.status()).as(set.text()).isEqualTo(200);
        assertThat(set.json().get("kind").textValue()).isEqualTo("queue");
        assertThat(set.json().get("name").textValue()).isEqualTo("night work");
        assertThat(set.json().get("max_running").intValue()).isEqualTo(3);
        assertThat(fixture.get(path).json()).isEqualTo(set.json());
        assertThat(fixture.call("PUT", path, "{\"max_running\":3}").json())
                .as("the same again changes nothing")
                .isEqualTo(set.json());
        fixture.call("PUT", path, "{\"max_running\":5}");
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE action = 'limit.set'"
                        + " AND target = 'queue night work'"))
                .isEqualTo(2);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.event WHERE type = 'limit_changed'"
                        + " AND message LIKE '%night work%5 runs%'"))
                .isEqualTo(1);

        AdminFixture.Answer lifted = fixture.call("DELETE", path, null);

        assertThat(lifted.json().get("max_running").intValue()).isEqualTo(5);
        assertThat(fixture.get(path).status()).isEqualTo(404);
        assertThat(fixture.call("DELETE", path, null).status()).isEqualTo(404);
    }

    @Test
    void listsLimitsByKindAndName() throws Exception {
        fixture.call("PUT", "/api/v1/limits/type/demo-sleep", "{\"max_running\":1}");
        fixture.call("PUT", "/api/v1/limits/tenant/acme", "{\"max_running\":2}");

        JsonNode items = fixture.get("/api/v1/limits").json().get("items");

        assertThat(items).extracting(each -> each.get("kind").textValue()).containsExactly("tenant", "type");
    }

    @Test
    void setsAndLiftsTheRateOfATypesKeys() throws Exception {
        String path = "/api/v1/rates/demo-sleep";

        AdminFixture.Answer set = fixture.call("PUT", path, "{\"starts\":10,\"window\":\"PT1M\"}");

        assertThat(set.status()).as(set.text()).isEqualTo(200);
        assertThat(set.json().get("starts").intValue()).isEqualTo(10);
        assertThat(set.json().get("window").textValue()).isEqualTo("PT1M");
        assertThat(fixture.get(path).json()).isEqualTo(set.json());
        assertThat(fixture.get("/api/v1/rates").json().get("items").get(0)).isEqualTo(set.json());
        for (String body : new String[] {
            "{}",
            "{\"starts\":1}",
            "{\"starts\":0,\"window\":\"PT1M\"}",
            "{\"starts\":10001,\"window\":\"PT1M\"}",
            "{\"starts\":1,\"window\":\"a minute\"}",
            "{\"starts\":1,\"window\":\"PT0S\"}",
            "{\"starts\":1,\"window\":\"P32D\"}"
        }) {
            assertThat(fixture.call("PUT", path, body).status()).as(body).isEqualTo(422);
        }

        assertThat(fixture.call("DELETE", path, null).json().get("starts").intValue())
                .isEqualTo(10);
        assertThat(fixture.get(path).status()).isEqualTo(404);
        assertThat(fixture.call("DELETE", path, null).status()).isEqualTo(404);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE action IN ('rate.set', 'rate.remove')"
                        + " AND target = 'demo-sleep'"))
                .isEqualTo(2);
    }

    @Test
    void setsAndLiftsTheWeightOfATenant() throws Exception {
        String path = "/api/v1/weights/acme";

        AdminFixture.Answer set = fixture.call("PUT", path, "{\"weight\":3}");

        assertThat(set.status()).as(set.text()).isEqualTo(200);
        assertThat(set.json().get("tenant").textValue()).isEqualTo("acme");
        assertThat(set.json().get("weight").intValue()).isEqualTo(3);
        assertThat(fixture.get(path).json()).isEqualTo(set.json());
        assertThat(fixture.get("/api/v1/weights").json().get("items").get(0)).isEqualTo(set.json());
        for (String body : new String[] {"{}", "{\"weight\":0}", "{\"weight\":1001}", "{\"weight\":\"2\"}"}) {
            assertThat(fixture.call("PUT", path, body).status()).as(body).isEqualTo(422);
        }

        assertThat(fixture.call("DELETE", path, null).json().get("weight").intValue())
                .isEqualTo(3);
        assertThat(fixture.get(path).status()).isEqualTo(404);
        assertThat(fixture.call("DELETE", path, null).status()).isEqualTo(404);
        assertThat(fixture.count("SELECT count(*) FROM leasehold.audit WHERE action IN ('weight.set', 'weight.remove')"
                        + " AND target = 'acme'"))
                .isEqualTo(2);
    }

    @Test
    void refusesWhatIsNoLimit() throws Exception {
        assertThat(fixture.call("PUT", "/api/v1/limits/node/x", "{\"max_running\":1}")
                        .status())
                .isEqualTo(404);
        for (String body : new String[] {
            "{}",
            "{\"max_running\":0}",
            "{\"max_running\":1.5}",
            "{\"max_running\":\"1\"}",
            "{\"max_running\":1,\"x\":1}"
        }) {
            AdminFixture.Answer answer = fixture.call("PUT", "/api/v1/limits/queue/x", body);
            assertThat(answer.status()).as(body).isEqualTo(422);
            assertThat(answer.json().get("errors")).as(body).isNotEmpty();
        }
        assertThat(fixture.get("/api/v1/limits/queue/x").status()).isEqualTo(404);
    }
}
