package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Events;
import dev.leasehold.store.KeyRates;
import dev.leasehold.task.StartRate;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How often tasks of a type may start, for each concurrency key by itself; nodes obey within a second or two. */
final class RateRoutes {

    private static final int LARGEST = 4 * 1024;
    private static final int LONGEST_DURATION = 40;

    private final Database database;

    RateRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        String one = "/api/v1/rates/{type}";
        return List.of(
                Endpoint.get("/api/v1/rates", Scope.READ, this::list),
                Endpoint.get(one, Scope.READ, this::get),
                Endpoint.put(one, Scope.OPERATE, this::set),
                Endpoint.delete(one, Scope.OPERATE, this::remove));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("rates", KeyRates::list).thenApply(rates -> Answers.page(rates, RateRoutes::view, null));
    }

    private CompletionStage<HttpResponse> get(Call call) {
        String type = type(call);
        call.query().check();
        return database.read("rate", connection -> found(connection, type)).thenApply(rate -> Answers.ok(view(rate)));
    }

    private CompletionStage<HttpResponse> set(Call call) {
        String type = type(call);
        call.query().check();
        return call.json(LARGEST).thenCompose(body -> {
            StartRate rate = rate(body);
            return database.change("set rate", connection -> {
                        if (KeyRates.set(connection, type, rate, call.who())) {
                            note(connection, call, type, "set", rate + " of each concurrency key");
                        }
                        return found(connection, type);
                    })
                    .thenApply(set -> Answers.ok(view(set)));
        });
    }

    private static StartRate rate(JsonNode body) {
        Faults faults = new Faults();
        if (!body.isObject()) {
            faults.add("$", "the body must be an object");
        }
        faults.check();
        TaskFields fields = new TaskFields(body, "", faults);
        fields.refuseUnknown(Set.of("starts", "window"));
        JsonNode starts = body.path("starts");
        if (!starts.isIntegralNumber()
                || !starts.canConvertToInt()
                || starts.intValue() < 1
                || starts.intValue() > StartRate.STARTS_MAX) {
            faults.add("starts", "starts must be a whole number from 1 to " + StartRate.STARTS_MAX);
        }
        Duration window = window(fields.text("window", LONGEST_DURATION));
        if (window.compareTo(StartRate.WINDOW_MIN) < 0 || window.compareTo(StartRate.WINDOW_MAX) > 0) {
            faults.add(
                    "window",
                    "window must be an ISO 8601 duration from " + StartRate.WINDOW_MIN + " to " + StartRate.WINDOW_MAX);
        }
        faults.check();
        return new StartRate(starts.intValue(), window);
    }

    /** Zero, which is refused, where it is none. */
    private static Duration window(@Nullable String text) {
        try {
            return text == null ? Duration.ZERO : Duration.parse(text);
        } catch (DateTimeParseException e) {
            return Duration.ZERO;
        }
    }

    private CompletionStage<HttpResponse> remove(Call call) {
        String type = type(call);
        call.query().check();
        return database.change("remove rate", connection -> {
                    KeyRates.Row gone = found(connection, type);
                    KeyRates.remove(connection, type);
                    note(connection, call, type, "remove", "as the type's definition says");
                    return gone;
                })
                .thenApply(gone -> Answers.ok(view(gone)));
    }

    private static void note(Connection connection, Call call, String type, String action, String what)
            throws SQLException {
        Audit.insert(connection, call.who(), "rate." + action, type, call.requestId(), null);
        String message = "rate of type " + type + ": " + what + ", by " + call.who();
        Events.insert(connection, List.of(new Events.Event("rate_changed", null, null, null, null, message, null)));
    }

    private static KeyRates.Row found(Connection connection, String type) throws SQLException {
        return KeyRates.get(connection, type)
                .orElseThrow(() -> new ProblemException(Problem.notFound("a rate that was set for this type")));
    }

    private static ObjectNode view(KeyRates.Row row) {
        return Views.object()
                .put("type", row.type())
                .put("starts", row.rate().starts())
                .put("window", row.rate().window().toString())
                .put("set_at", row.setAt().toString())
                .put("set_by", row.setBy());
    }

    private static String type(Call call) {
        String type = call.parameter("type");
        if (type.isEmpty() || type.codePointCount(0, type.length()) > TaskFields.LONGEST_NAME || type.indexOf(0) >= 0) {
            throw new ProblemException(Problem.notFound("such a type"));
        }
        return type;
    }
}
