package dev.leasehold.type.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares what was seen of pages the last time and now, field by field. */
final class Changes {

    private static final List<String> FIELDS = List.of("status", "final_url", "robots_header");
    private static final List<String> CONTENT_FIELDS =
            List.of("title", "description", "canonical", "robots_meta", "language", "first_headings", "text_hash");

    /** One field of one page that is not what it was; null where there was, or is, nothing. */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Change(
            String page,
            String field,
            @Nullable String before,
            @Nullable String after) {}

    private Changes() {}

    /**
     * What has changed.
     *
     * @param complete whether now everything was visited: only then is a page that was not seen a page that is gone
     */
    static List<Change> between(Map<String, JsonNode> before, Map<String, JsonNode> now, boolean complete) {
        List<Change> changes = new ArrayList<>();
        now.forEach((url, page) -> {
            JsonNode old = before.get(url);
            if (old == null) {
                changes.add(new Change(url, "page", null, "new"));
            } else {
                compare(url, FIELDS, old, page, changes);
                compare(url, CONTENT_FIELDS, old.path("content"), page.path("content"), changes);
            }
        });
        if (complete) {
            before.keySet().stream()
                    .filter(url -> !now.containsKey(url))
                    .forEach(url -> changes.add(new Change(url, "page", "was there", "gone")));
        }
        return List.copyOf(changes);
    }

    private static void compare(String url, List<String> fields, JsonNode before, JsonNode now, List<Change> changes) {
        for (String field : fields) {
            String old = text(before.path(field));
            String current = text(now.path(field));
            if (!Objects.equals(old, current)) {
                changes.add(new Change(url, field.equals("text_hash") ? "text" : field, old, current));
            }
        }
    }

    private static @Nullable String text(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        return value.isValueNode() ? value.asText() : value.toString();
    }
}
