package dev.leasehold.admin.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.Uri;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the endpoint of a request. A fixed segment wins over a parameter. */
public final class Router {

    private final List<Endpoint> endpoints;

    /**
     * A router of these endpoints.
     *
     * @throws IllegalArgumentException when two endpoints answer the same
     */
    public Router(List<Endpoint> endpoints) {
        this.endpoints = List.copyOf(endpoints);
        Map<String, Endpoint> seen = new HashMap<>();
        for (Endpoint endpoint : endpoints) {
            String shape = endpoint.method().value() + " " + endpoint.path().replaceAll("\\{[^}]*}", "{}");
            if (seen.put(shape, endpoint) != null) {
                throw new IllegalArgumentException("two endpoints answer " + shape);
            }
        }
    }

    /** The endpoint and what the path says for its parameters. */
    public record Match(Endpoint endpoint, Map<String, String> parameters) {}

    public List<Endpoint> endpoints() {
        return endpoints;
    }

    /** HEAD is answered like GET; Akka HTTP leaves the body out. */
    public Optional<Match> find(HttpMethod method, Uri uri) {
        HttpMethod sought = method.equals(HttpMethods.HEAD) ? HttpMethods.GET : method;
        return matches(uri).stream()
                .filter(match -> match.endpoint().method().equals(sought))
                .findFirst();
    }

    /** The methods that the path knows, for {@code Allow}; empty when there is no such path. */
    public String allowed(Uri uri) {
        TreeSet<String> methods = new TreeSet<>();
        for (Match match : matches(uri)) {
            methods.add(match.endpoint().method().value());
            if (match.endpoint().method().equals(HttpMethods.GET)) {
                methods.add(HttpMethods.HEAD.value());
            }
        }
        return String.join(", ", methods);
    }

    /** All that match, the ones with fewer parameters first. */
    private List<Match> matches(Uri uri) {
        List<String> segments = new ArrayList<>();
        uri.pathSegments().forEach(segments::add);
        if (segments.isEmpty()) {
            segments.add("");
        } else if (uri.path().endsWith("/")) {
            segments.add("");
        }
        List<Match> found = new ArrayList<>();
        for (Endpoint endpoint : endpoints) {
            match(endpoint, segments).ifPresent(found::add);
        }
        found.sort(
                (a, b) -> Integer.compare(a.parameters().size(), b.parameters().size()));
        return found;
    }

    private static Optional<Match> match(Endpoint endpoint, List<String> segments) {
        List<String> pattern = endpoint.segments();
        if (pattern.size() != segments.size()) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String expected = pattern.get(i);
            String actual = segments.get(i);
            if (expected.startsWith("{") && !actual.isEmpty()) {
                parameters.put(expected.substring(1, expected.length() - 1), actual);
            } else if (!expected.equals(actual)) {
                return Optional.empty();
            }
        }
        return Optional.of(new Match(endpoint, parameters));
    }
}
