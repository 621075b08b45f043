package dev.leasehold.admin.api;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.admin.http.Answers;
import dev.leasehold.admin.http.Call;
import dev.leasehold.admin.http.Endpoint;
import dev.leasehold.admin.http.Faults;
import dev.leasehold.admin.http.Scope;
import dev.leasehold.schedule.Cron;
import dev.leasehold.schedule.Schedule;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Shows when a schedule would fire, without creating anything: the next times, and those around the next clock change. */
final class SchedulePreview {

    private static final int TIMES = 20;
    private static final int TIMES_AROUND_A_CHANGE = 6;
    private static final Duration AROUND = Duration.ofDays(1);
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
            Instant now = clock.instant();
            ZoneId zone = schedule instanceof Cron cron ? cron.zone() : ZoneOffset.UTC;
            ObjectNode json = Views.object().put("zone", zone.getId());
            fill(json.putArray("items"), schedule, Optional.of(schedule.first(now)), zone, TIMES);
            ZoneOffsetTransition change = zone.getRules().nextTransition(now);
            if (change == null || !(schedule instanceof Cron)) {
                json.putNull("clock_change");
            } else {
                ObjectNode around = json.putObject("clock_change")
                        .put("at", change.getInstant().toString())
                        .put("kind", change.isGap() ? "gap" : "overlap")
                        .put("shift", change.getDuration().toString());
                Instant start = change.getInstant().minus(AROUND);
                fill(around.putArray("items"), schedule, schedule.next(start, start), zone, TIMES_AROUND_A_CHANGE);
            }
            return Answers.ok(json);
        });
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

    private static void fill(ArrayNode list, Schedule schedule, Optional<Instant> first, ZoneId zone, int count) {
        Optional<Instant> next = first;
        for (int i = 0; i < count && next.isPresent(); i++) {
            Instant due = next.get();
            list.addObject()
                    .put("at", due.toString())
                    .put("local", due.atZone(zone).toOffsetDateTime().toString());
            next = schedule.next(due, due);
        }
    }
}
