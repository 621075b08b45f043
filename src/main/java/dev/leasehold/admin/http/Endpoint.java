package dev.leasehold.admin.http;

import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * One row of the table of routes.
 *
 * @param path with parameters in braces, as OpenAPI writes it: {@code /api/v1/tasks/{id}}
 * @param scope what the caller must have; empty: open to everybody
 */
public record Endpoint(HttpMethod method, String path, Optional<Scope> scope, Handler handler) {

    /** Answers one call. What it throws, or its stage fails with, becomes a problem. */
    @FunctionalInterface
    public interface Handler {
        CompletionStage<HttpResponse> handle(Call call) throws Exception;
    }

    public static Endpoint open(HttpMethod method, String path, Handler handler) {
        return new Endpoint(method, path, Optional.empty(), handler);
    }

    public static Endpoint get(String path, Scope scope, Handler handler) {
        return new Endpoint(HttpMethods.GET, path, Optional.of(scope), handler);
    }

    public static Endpoint post(String path, Scope scope, Handler handler) {
        return new Endpoint(HttpMethods.POST, path, Optional.of(scope), handler);
    }

    public static Endpoint put(String path, Scope scope, Handler handler) {
        return new Endpoint(HttpMethods.PUT, path, Optional.of(scope), handler);
    }

    public static Endpoint delete(String path, Scope scope, Handler handler) {
        return new Endpoint(HttpMethods.DELETE, path, Optional.of(scope), handler);
    }

    List<String> segments() {
        return List.of(path.substring(1).split("/", -1));
    }
}
