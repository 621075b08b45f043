package dev.leasehold.admin.auth;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.ProblemException;
import java.util.Optional;

/**
 * Refuses what another site makes a browser send: a change must say, in headers that scripts cannot set, that it comes
 * from our own pages.
 */
final class SameOrigin {

    private SameOrigin() {}

    /** Throws the 403 for a change that does not come from our own pages. */
    static void check(HttpRequest request) {
        boolean safe =
                request.method().equals(HttpMethods.GET) || request.method().equals(HttpMethods.HEAD);
        if (!safe && !isOurs(request)) {
            throw new ProblemException(
                    ErrorCode.CROSS_SITE, "a change by a browser session must come from Leasehold's own pages");
        }
    }

    private static boolean isOurs(HttpRequest request) {
        Optional<String> site = request.getHeader("Sec-Fetch-Site").map(header -> header.value());
        if (site.isPresent()) {
            return site.get().equals("same-origin");
        }
        Optional<String> origin = request.getHeader("Origin").map(header -> header.value());
        Optional<String> host = request.getHeader("Host").map(header -> header.value());
        return origin.isPresent()
                && host.isPresent()
                && (origin.get().equals("http://" + host.get()) || origin.get().equals("https://" + host.get()));
    }
}
