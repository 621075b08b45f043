package dev.leasehold.type.http;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.outbound.OutboundRequest;
import dev.leasehold.outbound.TargetUrl;
import dev.leasehold.task.PayloadField;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an {@code http-call} calls.
 *
 * @param method POST when absent
 * @param body a string is sent as it is, anything else as JSON; null for none
 * @param expect which answers count as success; any 2xx when absent
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HttpCall(
        @PayloadField(value = "what to call: http or https", required = true)
        String url,

        @PayloadField("POST when absent") String method,
        @PayloadField("sent with the request") Map<String, String> headers,

        @PayloadField("a string is sent as it is, anything else as JSON") @Nullable
        JsonNode body,

        @PayloadField("which answers count as success; 2xx when absent") @Nullable
        Expect expect) {

    private static final Set<String> BODILESS = Set.of("GET", "HEAD", "OPTIONS");
    private static final int LONGEST_BODY = 1 << 20;

    /** The status codes that count as success. */
    public record Expect(
            @PayloadField(value = "status codes", required = true)
            List<Integer> status) {

        public Expect {
            if (status == null || status.isEmpty() || status.size() > 100) {
                throw new IllegalArgumentException("expect.status must list 1 to 100 status codes");
            }
            for (Integer code : status) {
                if (code == null || code < 100 || code > 599) {
                    throw new IllegalArgumentException("expect.status must hold codes of 100 to 599, not " + code);
                }
            }
            status = List.copyOf(status);
        }
    }

    public HttpCall {
        require(url != null && !url.isBlank(), "url is required");
        try {
            TargetUrl.parse(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("url " + e.getMessage(), e);
        }
        method = method == null ? "POST" : method.toUpperCase(Locale.ROOT);
        require(
                OutboundRequest.METHODS.contains(method),
                "method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
        headers = headers == null ? Map.of() : headers;
        require(headers.size() <= 50, "headers must be at most 50");
        headers.forEach(HttpCall::checkHeader);
        headers = Map.copyOf(headers);
        body = body == null || body.isNull() ? null : body;
        require(body == null || !BODILESS.contains(method), "body is not sent with " + method);
        require(body == null || body.toString().length() <= LONGEST_BODY, "body must be at most 1 MiB");
    }

    private static void checkHeader(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException("headers: " + name + " has no value");
        }
        try {
            OutboundRequest.checkHeader(name, value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("headers: " + e.getMessage(), e);
        }
        String lower = name.toLowerCase(Locale.ROOT);
        require(
                !lower.startsWith("leasehold-") && !lower.equals("idempotency-key"),
                "headers: " + name + " is set by Leasehold");
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /** Whether a status counts as success. */
    @JsonIgnore
    public boolean expects(int status) {
        return expect == null ? status >= 200 && status < 300 : expect.status().contains(status);
    }

    /** Header values and body may hold secrets of the other side. */
    @Override
    public String toString() {
        return "HttpCall[" + method + " " + TargetUrl.parse(url).display() + "]";
    }
}
