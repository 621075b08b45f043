package dev.leasehold.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PayloadSchemaTest {

    enum Kind {
        OWN,
        COMPETITOR
    }

    record Inner(boolean on) {}

    record Payload(
            @PayloadField(value = "where", required = true) String baseUrl,
            Long maxPages,
            List<Inner> inner,
            Map<String, Double> weights,
            Kind kind,
            Instant since,
            Object anything) {}

    @Test
    void describesRecord() {
        Map<String, Object> schema = PayloadSchema.of(Payload.class);

        assertThat(schema)
                .containsEntry("type", "object")
                .containsEntry("required", List.of("base_url"))
                .containsEntry("additionalProperties", false);
        assertThat(schema.get("properties"))
                .isEqualTo(Map.of(
                        "base_url", Map.of("type", "string", "description", "where"),
                        "max_pages", Map.of("type", "integer"),
                        "inner",
                                Map.of(
                                        "type",
                                        "array",
                                        "items",
                                        Map.of(
                                                "type",
                                                "object",
                                                "properties",
                                                Map.of("on", Map.of("type", "boolean")),
                                                "additionalProperties",
                                                false)),
                        "weights", Map.of("type", "object", "additionalProperties", Map.of("type", "number")),
                        "kind", Map.of("type", "string", "enum", List.of("own", "competitor")),
                        "since", Map.of("type", "string", "format", "date-time"),
                        "anything", Map.of()));
    }

    @Test
    void knowsNothingOfOtherClasses() {
        assertThat(PayloadSchema.of(Map.class)).isEqualTo(Map.of("type", "object"));
    }
}
