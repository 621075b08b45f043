package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Fault;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Problem;
import dev.leasehold.admin.http.ProblemException;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.schedule.SchedulePreview.ClockChange;
import dev.leasehold.schedule.SchedulePreview.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Shows when a schedule would fire, without creating anything: the next times, and those around the next clock change. */
final class SchedulePreview {

    private static final int LARGEST = 64 * 1024;

    private final Clock clock;

    SchedulePreview(Clock clock) {
        this.clock = clock;
    }

    Endpoint endpoint() {
        return Endpoint.post("/api/v1/schedules/preview", Scope.READ, this::preview);
    }

    private CompletionStage<HttpResponse> preview(Call call) {
        return call.json(LARGEST).thenApply(body -> {
            Schedule schedule = read(body);
            dev.leasehold.schedule.SchedulePreview preview;
            try {
                preview = dev.leasehold.schedule.SchedulePreview.of(schedule, clock.instant());
            } catch (IllegalArgumentException over) {
                throw new ProblemException(
                        Problem.invalid(List.of(new Fault("schedule", String.valueOf(over.getMessage())))));
            }
            ObjectNode json = Views.object().put("zone", preview.zone().getId());
            fill(json.putArray("items"), preview.times());
            json.putNull("clock_change");
            preview.clockChange().ifPresent(change -> json.set("clock_change", show(change)));
            return Answers.ok(json);
        });
    }

    private static ObjectNode show(ClockChange change) {
        ObjectNode json = Views.object()
                .put("at", change.at().toString())
                .put("kind", change.kind() == Kind.GAP ? "gap" : "overlap")
                .put(
                        "shift",
                        Duration.between(
                                        change.from().toLocalDateTime(),
                                        change.to().toLocalDateTime())
                                .toString())
                .put("from", change.from().toString())
                .put("to", change.to().toString());
        ArrayNode items = json.putArray("items");
        fill(items, change.timesBefore());
        fill(items, change.timesAfter());
        return json;
    }

    /** The body is {@code {"schedule": {…}}}. */
    private static Schedule read(JsonNode body) {
        Faults faults = new Faults();
        if (!body.isObject()) {
            faults.add("$", "the body must be an object");
            faults.check();
        }
        TaskFields fields = new TaskFields(body, "", faults);
        fields.refuseUnknown(Set.of("schedule"));
        if (!fields.has("schedule")) {
            fields.fault("schedule", "schedule is required");
        }
        Schedule schedule = fields.schedule();
        faults.check();
        return schedule == null ? Schedule.now() : schedule;
    }

    private static void fill(ArrayNode list, List<OffsetDateTime> times) {
        times.forEach(
                time -> list.addObject().put("at", time.toInstant().toString()).put("local", time.toString()));
    }
}
