package dev.leasehold.type.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Pages as they are stored. */
final class WebsiteJson {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private WebsiteJson() {}

    static Map<String, JsonNode> trees(Map<String, Page> pages) {
        Map<String, JsonNode> trees = new LinkedHashMap<>();
        pages.forEach((url, page) -> trees.put(url, MAPPER.valueToTree(page)));
        return trees;
    }

    static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records and trees are always JSON", e);
        }
    }

    static JsonNode tree(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("jsonb is always JSON", e);
        }
    }
}
