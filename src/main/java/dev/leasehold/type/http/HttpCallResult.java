package dev.leasehold.type.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.leasehold.outbound.OutboundResponse;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What came back from a call.
 *
 * @param headers those that help a person or a later step; never cookies
 * @param body the first 64 KiB, where it is text
 * @param bodyBase64 the same, where it is not
 * @param truncated whether more was there
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HttpCallResult(
        int status,
        String url,
        Map<String, String> headers,
        @Nullable String body,
        @Nullable String bodyBase64,
        boolean truncated,
        long millis) {

    /** How much of an answer is kept. */
    static final int KEPT = 64 * 1024;

    private static final Set<String> OF_INTEREST = Set.of(
            "content-language",
            "content-type",
            "date",
            "etag",
            "last-modified",
            "link",
            "location",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "request-id",
            "retry-after",
            "server",
            "x-correlation-id",
            "x-request-id");

    static HttpCallResult of(OutboundResponse answer) {
        Map<String, String> headers = new TreeMap<>();
        answer.headers().forEach(header -> {
            String name = header.name().toLowerCase(Locale.ROOT);
            if (OF_INTEREST.contains(name)) {
                headers.putIfAbsent(name, header.value());
            }
        });
        String text = isText(answer) ? answer.text() : null;
        String base64 = text == null ? Base64.getEncoder().encodeToString(answer.body()) : null;
        return new HttpCallResult(
                answer.status(),
                answer.url().display(),
                headers,
                text,
                base64,
                answer.truncated(),
                answer.elapsed().toMillis());
    }

    /** A zero byte is in no text, and PostgreSQL stores none in JSON. */
    private static boolean isText(OutboundResponse answer) {
        for (byte b : answer.body()) {
            if (b == 0) {
                return false;
            }
        }
        String type = answer.header("Content-Type").orElse("text/plain").toLowerCase(Locale.ROOT);
        return !(type.startsWith("image/")
                || type.startsWith("audio/")
                || type.startsWith("video/")
                || type.startsWith("font/")
                || type.startsWith("application/octet-stream")
                || type.startsWith("application/pdf")
                || type.startsWith("application/zip"));
    }
}
