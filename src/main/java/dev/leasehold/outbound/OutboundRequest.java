package dev.leasehold.outbound;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One call to the outside.
 *
 * @param headers names in any case; those that the connection itself sets are refused
 * @param body null for none
 * @param maxBytes how much of the answer, unpacked, is wanted; 0 for all that the settings allow
 * @param overflow what happens to an answer that is larger
 * @param maxRedirects 0 answers with the redirect itself
 */
@SuppressWarnings("ArrayRecordComponent") // bytes that nobody changes or compares
public record OutboundRequest(
        String method,
        TargetUrl url,
        Map<String, String> headers,
        byte @Nullable [] body,
        AllowedPorts ports,
        int maxBytes,
        Overflow overflow,
        int maxRedirects) {

    /** Methods that a request may have. */
    public static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private static final Set<String> CONNECTION_HEADERS = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "upgrade",
            "te",
            "trailer",
            "expect",
            "proxy-connection",
            "proxy-authorization",
            "accept-encoding");

    /** What happens to an answer larger than {@code maxBytes}. */
    public enum Overflow {
        /** The call fails. */
        FAIL,
        /** The rest is not read. */
        TRUNCATE
    }

    public OutboundRequest {
        if (!METHODS.contains(method)) {
            throw new IllegalArgumentException("method must be one of " + METHODS + ", not '" + method + "'");
        }
        Map<String, String> checked = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.forEach((name, value) -> {
            checkHeader(name, value);
            checked.put(name, value);
        });
        headers = checked;
    }

    /** A GET that follows five redirects and fails on an answer larger than the settings allow. */
    public static OutboundRequest get(TargetUrl url) {
        return new OutboundRequest("GET", url, Map.of(), null, AllowedPorts.ANY, 0, Overflow.FAIL, 5);
    }

    /** A request with a body, sent once and never redirected. */
    public static OutboundRequest send(String method, TargetUrl url, Map<String, String> headers, byte[] body) {
        return new OutboundRequest(method, url, headers, body, AllowedPorts.ANY, 0, Overflow.FAIL, 0);
    }

    public OutboundRequest method(String value) {
        return new OutboundRequest(value, url, headers, body, ports, maxBytes, overflow, maxRedirects);
    }

    public OutboundRequest headers(Map<String, String> value) {
        return new OutboundRequest(method, url, value, body, ports, maxBytes, overflow, maxRedirects);
    }

    public OutboundRequest ports(AllowedPorts value) {
        return new OutboundRequest(method, url, headers, body, value, maxBytes, overflow, maxRedirects);
    }

    public OutboundRequest redirects(int value) {
        return new OutboundRequest(method, url, headers, body, ports, maxBytes, overflow, value);
    }

    /** The same request that reads at most so many bytes of the answer. */
    public OutboundRequest truncatedAt(int bytes) {
        return new OutboundRequest(method, url, headers, body, ports, bytes, Overflow.TRUNCATE, maxRedirects);
    }

    /**
     * Whether a header may be set by a caller.
     *
     * @throws IllegalArgumentException when not; the message does not repeat the value
     */
    public static void checkHeader(String name, String value) {
        boolean token = !name.isEmpty()
                && name.length() <= 128
                && name.chars().allMatch(c -> c > 32 && c < 127 && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0);
        if (!token) {
            throw new IllegalArgumentException("header name '" + name + "' is not allowed");
        }
        if (CONNECTION_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException("header " + name + " is set by the connection");
        }
        if (value.length() > 8192 || !value.chars().allMatch(c -> c == '\t' || (c >= 32 && c < 127))) {
            throw new IllegalArgumentException("header " + name + " must be visible ASCII of at most 8192 characters");
        }
    }
}
