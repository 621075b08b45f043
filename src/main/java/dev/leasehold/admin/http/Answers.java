package dev.leasehold.admin.http;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.store.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Responses, complete in memory. */
public final class Answers {

    private Answers() {}

    /** 200 with this JSON. */
    public static HttpResponse ok(JsonNode json) {
        return json(200, json);
    }

    public static HttpResponse json(int status, JsonNode json) {
        return HttpResponse.create()
                .withStatus(status)
                .withEntity(HttpEntities.create(
                        ContentTypes.APPLICATION_JSON, Json.write(json).getBytes(StandardCharsets.UTF_8)));
    }

    /** 200 with one page of a list. */
    public static <T> HttpResponse page(List<T> items, Function<T, ? extends JsonNode> view, @Nullable String next) {
        ObjectNode json = Json.MAPPER.createObjectNode();
        ArrayNode list = json.putArray("items");
        items.forEach(item -> list.add(view.apply(item)));
        return ok(json.put("next", next));
    }

    public static HttpResponse html(int status, String page) {
        return HttpResponse.create()
                .withStatus(status)
                .withEntity(HttpEntities.create(ContentTypes.TEXT_HTML_UTF8, page));
    }

    /** Sends the browser on, with a GET. */
    public static HttpResponse seeOther(String path) {
        return HttpResponse.create().withStatus(303).addHeader(RawHeader.create("Location", path));
    }

    /** Text of a media type that Akka HTTP does not know by name. */
    public static HttpResponse entity(int status, String mediaType, String text) {
        return bytes(status, mediaType, text.getBytes(StandardCharsets.UTF_8));
    }

    public static HttpResponse bytes(int status, String mediaType, byte[] content) {
        return HttpResponse.create()
                .withStatus(status)
                .withEntity(HttpEntities.create(contentType(mediaType), content));
    }

    /**
     * The parsed media type.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static ContentType contentType(String mediaType) {
        ContentType parsed = ContentTypes.parse(mediaType);
        if (parsed == null) {
            throw new IllegalArgumentException("not a media type: " + mediaType);
        }
        return parsed;
    }
}
