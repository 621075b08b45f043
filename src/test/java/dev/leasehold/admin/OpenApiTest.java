package dev.leasehold.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.admin.api.Api;
import dev.leasehold.admin.api.Database;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Scope;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds every route against its description, and every answer against its schema. */
class OpenApiTest {

    private static AdminFixture fixture;
    private static JsonNode description;

    @BeforeAll
    static void start() throws Exception {
        fixture = new AdminFixture();
        description = fixture.get("/api/v1/openapi.json").json();
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @Test
    void describesEveryRouteWithItsScopeAndNoOther() {
        TreeSet<String> routes = new TreeSet<>(List.of(
                "get /health open",
                "get /alive open",
                "get /ready open",
                "get /metrics metrics",
                "get /cluster/members read",
                "get /cluster/members/{address} read"));
        for (Endpoint route : Api.endpoints(
                fixture.kit.system(),
                new Database(fixture.leases),
                fixture.engine,
                AdminFixture.pools(),
                Clock.systemUTC())) {
            routes.add(route.method().value().toLowerCase(Locale.ROOT) + " " + route.path() + " "
                    + route.scope().map(Scope::label).orElse("open"));
        }

        TreeSet<String> described = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : description.get("paths").properties()) {
            path.getValue()
                    .properties()
                    .forEach(operation -> described.add(operation.getKey() + " " + path.getKey() + " "
                            + operation.getValue().path("x-scope").asText("open")));
        }

        assertThat(described).isEqualTo(routes);
    }

    @Test
    void resolvesEveryReference() {
        List<String> references = description.findValuesAsText("$ref");

        assertThat(references).hasSizeGreaterThan(100);
        assertThat(references)
                .allSatisfy(reference -> assertThat(
                                description.at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @Test
    void answersWithWhatTheSchemasNameAndNothingElse() throws Exception {
        AdminFixture.Answer task = fixture.post("/api/v1/tasks", "{\"type\":\"demo-sleep\",\"key\":\"described\"}");
        String id = task.json().get("id").textValue();

        check("Task", task.json());
        check("Task", fixture.get("/api/v1/tasks").json().at("/items/0"));
        check("Run", fixture.get("/api/v1/runs/" + id + ".1").json(), "attempts");
        check("Pool", fixture.get("/api/v1/pools").json().get("platform"));
        check("Lease", fixture.get("/api/v1/leases").json().at("/items/0"));
        check("Type", fixture.get("/api/v1/types").json().at("/items/0"));
        check("Stats", fixture.get("/api/v1/stats").json());
        check("Nodes", fixture.get("/api/v1/nodes").json());
        check("Problem", fixture.post("/api/v1/tasks", "{}").json());
        check("Health", fixture.get("/health").json());
        check(
                "BulkActionResult",
                fixture.post("/api/v1/tasks/actions", "{\"action\":\"run\",\"filter\":{\"q\":\"none\"}}")
                        .json());
        fixture.database.execute("DELETE FROM leasehold.lane WHERE no = 3");
        check("Finding", fixture.get("/api/v1/doctor").json().at("/items/0"));
        check("Finding", fixture.post("/api/v1/doctor", "").json().at("/items/0"));
        assertThat(fixture.count("SELECT count(*) FROM leasehold.lane WHERE no = 3"))
                .isEqualTo(1);
        check("Bulk", fixture.post("/api/v1/tasks/bulk", "[]").json());
    }

    private static void check(String schema, JsonNode answer, String... more) {
        JsonNode described = description.at("/components/schemas/" + schema);
        List<String> allowed = new ArrayList<>(Arrays.asList(more));
        described.get("properties").fieldNames().forEachRemaining(allowed::add);
        List<String> fields = new ArrayList<>();
        answer.fieldNames().forEachRemaining(fields::add);

        assertThat(allowed).as(schema).containsAll(fields);
        described
                .path("required")
                .forEach(field -> assertThat(fields).as(schema).contains(field.textValue()));
    }

    @Test
    void givesEveryErrorCodeOnce() {
        assertThat(Arrays.stream(ErrorCode.values()).map(ErrorCode::code)).doesNotHaveDuplicates();
        assertThat(ErrorCode.values())
                .allSatisfy(code -> assertThat(code.code()).startsWith("LH-" + code.status()));
    }
}
