package dev.leasehold.admin.http;

import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.store.Json;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An error as its sender sees it: {@code application/problem+json} (RFC 9457) with a stable code.
 *
 * @param detail what happened and what to do, for people
 * @param errors every fault of the request; empty unless it had faults
 * @param headers further response headers
 */
public record Problem(ErrorCode code, String detail, List<Fault> errors, Map<String, String> headers) {

    static final String MEDIA_TYPE = "application/problem+json";

    public static Problem of(ErrorCode code, String detail) {
        return new Problem(code, detail, List.of(), Map.of());
    }

    /** The request could be read, and these things in it are wrong. */
    public static Problem invalid(List<Fault> faults) {
        String detail =
                faults.size() == 1 ? faults.get(0).message() : faults.size() + " things are wrong; errors names each";
        return new Problem(ErrorCode.INVALID, detail, List.copyOf(faults), Map.of());
    }

    /** What this path names is not there. */
    public static Problem notFound(String what) {
        return of(ErrorCode.NOT_FOUND, what + " is not there");
    }

    public Problem header(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Problem(code, detail, errors, more);
    }

    /** A repetition after this long may help. */
    public Problem retryAfter(Duration wait) {
        return header("Retry-After", Long.toString(Math.max(1, wait.toSeconds())));
    }

    /** The JSON of it. */
    public ObjectNode json() {
        ObjectNode json = Json.MAPPER
                .createObjectNode()
                .put("type", "about:blank")
                .put("title", code.title())
                .put("status", code.status())
                .put("code", code.code())
                .put("detail", detail);
        if (!errors.isEmpty()) {
            ArrayNode list = json.putArray("errors");
            errors.forEach(fault -> list.addObject().put("path", fault.path()).put("message", fault.message()));
        }
        return json;
    }

    public HttpResponse response() {
        HttpResponse response = Answers.entity(code.status(), MEDIA_TYPE, Json.write(json()));
        for (Map.Entry<String, String> header : headers.entrySet()) {
            response = response.addHeader(RawHeader.create(header.getKey(), header.getValue()));
        }
        return response;
    }
}
