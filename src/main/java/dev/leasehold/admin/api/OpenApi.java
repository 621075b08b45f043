package dev.leasehold.admin.api;

import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;

/** Serves the description of all routes; a test holds every route against it. */
final class OpenApi {

    private static final String RESOURCE = "/dev/leasehold/admin/openapi.json";

    private OpenApi() {}

    static Endpoint endpoint() {
        byte[] description = load();
        return Endpoint.get(
                "/api/v1/openapi.json",
                Scope.READ,
                call -> CompletableFuture.completedFuture(Answers.bytes(200, "application/json", description)));
    }

    private static byte[] load() {
        try (InputStream in = OpenApi.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
