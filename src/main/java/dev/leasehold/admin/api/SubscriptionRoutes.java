package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.ErrorCode;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Query;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Audit;
import dev.leasehold.store.Outbox;
import dev.leasehold.store.Subscriptions;
import dev.leasehold.store.Subscriptions.Subscription;
import dev.leasehold.task.RunId;
import dev.leasehold.task.TaskId;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Who wants the events that handlers emit, and the feed from which programs in any language fetch them. */
final class SubscriptionRoutes {

    private static final int LARGEST = 256 * 1024;
    private static final int MOST_EVENTS = 100;
    private static final int MOST_ACKS = 10_000;

    private final Database database;

    SubscriptionRoutes(Database database) {
        this.database = database;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.get("/api/v1/subscriptions", Scope.READ, this::list),
                Endpoint.post("/api/v1/subscriptions", Scope.EDIT, this::create),
                Endpoint.delete("/api/v1/subscriptions/{name}", Scope.EDIT, this::remove),
                Endpoint.get("/api/v1/subscriptions/{name}/events", Scope.READ, this::events),
                Endpoint.post("/api/v1/subscriptions/{name}/ack", Scope.OPERATE, this::acknowledge),
                Endpoint.post("/api/v1/subscriptions/{name}/redrive", Scope.OPERATE, this::redrive));
    }

    private CompletionStage<HttpResponse> list(Call call) {
        call.query().check();
        return database.read("subscriptions", Subscriptions::list)
                .thenApply(all -> Answers.page(all, SubscriptionRoutes::view, null));
    }

    private static ObjectNode view(Subscription subscription) {
        ObjectNode json = Views.object().put("name", subscription.name()).put("kind", subscription.kind());
        List<String> events = subscription.events();
        if (events == null) {
            json.putNull("events");
        } else {
            events.forEach(json.putArray("events")::add);
        }
        return json.put("created_at", subscription.createdAt().toString())
                .put("open", subscription.open())
                .put("oldest_at", Views.text(subscription.oldestAt()))
                .put("given_up", subscription.givenUp());
    }

    private CompletionStage<HttpResponse> create(Call call) {
        return call.json(LARGEST).thenCompose(body -> {
            Faults faults = new Faults();
            if (!body.isObject()) {
                faults.add("$", "the body must be an object");
            }
            faults.check();
            TaskFields fields = new TaskFields(body, "", faults);
            fields.refuseUnknown(Set.of("name", "events"));
            String name = fields.text("name", TaskFields.LONGEST_NAME);
            if (name == null && !fields.has("name")) {
                faults.add("name", "name is required");
            }
            List<String> events = texts(body.path("events"), "events", MOST_EVENTS, faults);
            faults.check();
            return save(call, String.valueOf(name), events);
        });
    }

    private CompletionStage<HttpResponse> save(Call call, String name, List<String> events) {
        return database.change("subscriptions", connection -> {
                    if (!Subscriptions.save(connection, name, Subscriptions.Kind.FEED, events)) {
                        throw new ProblemException(
                                ErrorCode.STATE_CONFLICT, "'" + name + "' is a subscription of an application's code");
                    }
                    Audit.insert(connection, call.who(), "subscription.save", name, call.requestId(), null);
                    return Subscriptions.get(connection, name).orElseThrow();
                })
                .thenApply(saved -> Answers.json(201, view(saved)));
    }

    private CompletionStage<HttpResponse> remove(Call call) {
        String name = call.parameter("name");
        return database.read("subscriptions", connection -> found(connection, name))
                .thenCompose(gone -> emptied(name)
                        .thenCompose(empty -> database.change("subscriptions", connection -> {
                            found(connection, name);
                            Subscriptions.remove(connection, name);
                            Subscriptions.clearAlerts(connection, name);
                            Audit.insert(connection, call.who(), "subscription.remove", name, call.requestId(), null);
                            return gone;
                        })))
                .thenApply(gone -> Answers.json(200, view(gone)));
    }

    /** In pieces, each a transaction: what has collected may be more than one can remove in the time of a lease. */
    private CompletionStage<Boolean> emptied(String name) {
        return database.change("subscriptions", connection -> Subscriptions.removeSome(connection, name))
                .thenCompose(more -> more ? emptied(name) : CompletableFuture.completedFuture(true));
    }

    private CompletionStage<HttpResponse> events(Call call) {
        String name = call.parameter("name");
        Query query = call.query();
        int limit = query.limit();
        query.check();
        return database.read("subscription events", connection -> {
                    found(connection, name);
                    return Outbox.open(connection, name, limit);
                })
                .thenApply(events -> Answers.page(events, SubscriptionRoutes::view, null));
    }

    private static ObjectNode view(Outbox.Event event) {
        TaskId task = new TaskId(event.taskId());
        ObjectNode json = Views.object().put("id", Long.toString(event.id())).put("name", event.name());
        Views.setJson(json, "payload", event.payload());
        return json.put("task_id", task.toString())
                .put("run_id", new RunId(task, event.runNo()).toString())
                .put("attempt", event.attempt())
                .put("type", event.type())
                .put("tenant", event.tenant())
                .put("key", event.key() == null ? task.toString() : event.key())
                .put("emitted_at", event.emittedAt().toString())
                .put("tries", event.tries())
                .put("error", event.error());
    }

    /** Acknowledged events leave the feed; those that are gone already are not counted. */
    private CompletionStage<HttpResponse> acknowledge(Call call) {
        String name = call.parameter("name");
        return call.json(LARGEST).thenCompose(body -> {
            Faults faults = new Faults();
            List<String> texts = texts(body.path("ids"), "ids", MOST_ACKS, faults);
            List<Long> ids = new ArrayList<>(texts.size());
            for (int i = 0; i < texts.size(); i++) {
                if (texts.get(i).matches("[0-9]{1,18}")) {
                    ids.add(Long.valueOf(texts.get(i)));
                } else {
                    faults.add("ids[" + i + "]", "not the id of an event");
                }
            }
            faults.check();
            return database.change("ack events", connection -> {
                        Subscription feed = found(connection, name);
                        if (!feed.kind().equals(Subscriptions.Kind.FEED.label())) {
                            throw new ProblemException(
                                    ErrorCode.STATE_CONFLICT, "the events of '" + name + "' are delivered to code");
                        }
                        return Outbox.delivered(connection, name, ids);
                    })
                    .thenApply(count -> Answers.ok(Views.object().put("acknowledged", count)));
        });
    }

    private CompletionStage<HttpResponse> redrive(Call call) {
        String name = call.parameter("name");
        return database.change("redrive events", connection -> {
                    found(connection, name);
                    int count = Outbox.redrive(connection, name);
                    Alerts.clear(connection, "outbox/" + name, "given_up");
                    Audit.insert(connection, call.who(), "subscription.redrive", name, call.requestId(), null);
                    return count;
                })
                .thenApply(count -> Answers.json(202, Views.object().put("redriven", count)));
    }

    private static List<String> texts(JsonNode array, String field, int most, Faults faults) {
        List<String> texts = new ArrayList<>();
        if (array.isMissingNode() || array.isNull()) {
            return texts;
        }
        if (!array.isArray() || array.size() > most) {
            faults.add(field, field + " must be an array of at most " + most + " strings");
            return texts;
        }
        for (int i = 0; i < array.size(); i++) {
            JsonNode each = array.get(i);
            if (each.isTextual()
                    && !each.textValue().isEmpty()
                    && each.textValue().length() <= 200) {
                texts.add(each.textValue());
            } else {
                faults.add(field + "[" + i + "]", "must be a string of 1 to 200 characters");
            }
        }
        return texts;
    }

    private static Subscription found(Connection connection, String name) throws SQLException {
        return Subscriptions.get(connection, name).orElseThrow(() -> notThere(name));
    }

    private static ProblemException notThere(String name) {
        return new ProblemException(
                Problem.notFound("subscription " + (name.length() > 40 ? name.substring(0, 40) + "…" : name)));
    }
}
