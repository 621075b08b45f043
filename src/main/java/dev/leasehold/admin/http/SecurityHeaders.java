package dev.leasehold.admin.http;

import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import java.util.ArrayList;
import java.util.List;

/** The headers that every answer carries, so that no route can forget them. */
public final class SecurityHeaders {

    /** Nothing but our own files, and no frame around us. */
    public static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; "
            + "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static final List<HttpHeader> ALWAYS = List.of(
            RawHeader.create("Content-Security-Policy", CONTENT_SECURITY_POLICY),
            RawHeader.create("X-Content-Type-Options", "nosniff"),
            RawHeader.create("Referrer-Policy", "no-referrer"),
            RawHeader.create("Cross-Origin-Opener-Policy", "same-origin"),
            RawHeader.create("Cross-Origin-Resource-Policy", "same-origin"),
            RawHeader.create("X-Frame-Options", "DENY"));

    private static final HttpHeader NO_STORE = RawHeader.create("Cache-Control", "no-store");

    private SecurityHeaders() {}

    /** The response with them; what says nothing about caching is not cached. */
    public static HttpResponse on(HttpResponse response) {
        List<HttpHeader> headers = new ArrayList<>(ALWAYS);
        if (response.getHeader("Cache-Control").isEmpty()) {
            headers.add(NO_STORE);
        }
        return response.addHeaders(headers);
    }
}
