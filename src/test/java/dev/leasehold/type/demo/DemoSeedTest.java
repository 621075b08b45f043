package dev.leasehold.type.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.leasehold.store.Json;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.type.ShippedTypes;
import dev.leasehold.type.http.HttpCall;
import dev.leasehold.type.monitoring.Monitoring;
import dev.leasehold.type.oauth.OAuthToken;
import dev.leasehold.type.sql.SqlCall;
import dev.leasehold.type.web.WebsiteAnalysis;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoSeedTest {

    private static final Map<String, Class<?>> PAYLOADS = Map.of(
            "http-call", HttpCall.class,
            "website-analysis", WebsiteAnalysis.class,
            "monitoring", Monitoring.class,
            "oauth-token", OAuthToken.class,
            "sql", SqlCall.class,
            "demo-sleep", DemoSleep.Payload.class,
            "demo-fail", DemoFail.Payload.class,
            "demo-leak", DemoLeak.Payload.class);

    private final List<TaskSpec> tasks = DemoSeed.tasks("http://127.0.0.1:4321");

    @Test
    void hasATaskOfEachTypeUnderAKeyOfItsOwn() {
        assertThat(tasks).extracting(TaskSpec::type).containsAll(PAYLOADS.keySet());
        assertThat(tasks).extracting(TaskSpec::key).doesNotContainNull().doesNotHaveDuplicates();
        assertThat(ShippedTypes.demoHandlers())
                .extracting(handler -> handler.type().name())
                .allMatch(name -> tasks.stream().anyMatch(task -> task.type().equals(name)));
    }

    @Test
    void payloadsSurviveTheWayThroughTheDatabase() throws Exception {
        for (TaskSpec task : tasks) {
            String json = Json.write(task.payload());

            Object read = Json.MAPPER.readValue(json, PAYLOADS.getOrDefault(task.type(), Object.class));

            assertThat(Json.write(read)).as(task.type()).isEqualTo(json);
        }
    }
}
