package dev.leasehold.admin;

import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Problems;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.Json;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Says whether the node is healthy: to everybody in one word, to those with a token check by check. */
public final class Health {

    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final List<HealthCheck> checks;
    private final Clock clock;

    public Health(List<HealthCheck> checks, Clock clock) {
        this.checks = List.copyOf(checks);
        this.clock = clock;
    }

    private record Checked(String name, HealthCheck.Result result, Instant at, long millis) {}

    public Endpoint endpoint() {
        return Endpoint.open(HttpMethods.GET, "/health", this::answer);
    }

    /** Whether every check is healthy now. */
    public CompletionStage<Boolean> healthy() {
        return all().thenApply(Health::healthy);
    }

    private CompletionStage<HttpResponse> answer(Call call) {
        boolean details =
                call.principal().map(principal -> principal.may(Scope.READ)).orElse(false);
        return all().thenApply(checked -> {
            boolean healthy = healthy(checked);
            ObjectNode json = Json.MAPPER.createObjectNode().put("status", word(healthy));
            if (details) {
                checked.forEach(one -> json.withArray("checks")
                        .addObject()
                        .put("name", one.name())
                        .put("status", word(one.result().healthy()))
                        .put("detail", one.result().detail())
                        .put("checked_at", one.at().toString())
                        .put("took_ms", one.millis()));
            }
            return Answers.json(healthy ? 200 : 503, json);
        });
    }

    private static String word(boolean healthy) {
        return healthy ? "healthy" : "unhealthy";
    }

    private static boolean healthy(List<Checked> checked) {
        return checked.stream().allMatch(one -> one.result().healthy());
    }

    private CompletionStage<List<Checked>> all() {
        List<CompletableFuture<Checked>> running =
                checks.stream().map(check -> run(check).toCompletableFuture()).toList();
        return CompletableFuture.allOf(running.toArray(CompletableFuture[]::new))
                .thenApply(done -> running.stream().map(CompletableFuture::join).toList());
    }

    private CompletionStage<Checked> run(HealthCheck check) {
        Instant start = clock.instant();
        CompletionStage<HealthCheck.Result> result;
        try {
            result = check.check().get();
        } catch (RuntimeException e) {
            result = CompletableFuture.failedFuture(e);
        }
        return result.toCompletableFuture()
                .copy()
                .orTimeout(LIMIT.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(failure -> HealthCheck.Result.unhealthy(
                        "did not answer: " + Problems.unwrap(failure).getClass().getSimpleName()))
                .thenApply(found -> {
                    Instant end = clock.instant();
                    return new Checked(
                            check.name(),
                            found,
                            end,
                            Duration.between(start, end).toMillis());
                });
    }
}
