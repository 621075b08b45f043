package dev.leasehold.admin.overview;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.RunningView;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Json;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.RevokedLeases;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.RunId;
import dev.leasehold.task.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Rows of the store as values of a page. */
final class OverviewRows {

    private static final List<String> PRIORITIES = List.of("critical", "high", "normal", "low");
    private static final int LONGEST_ERROR = 300;
    private static final Duration SILENT = Duration.ofSeconds(10);

    private OverviewRows() {}

    static Overview.Run run(RunningView run) {
        return new Overview.Run(
                new RunId(new TaskId(run.taskId()), run.runNo()).toString(),
                Long.toString(run.taskId()),
                run.type(),
                run.tenant(),
                run.attempt(),
                run.startedAt(),
                null,
                null,
                run.state(),
                null,
                run.message(),
                run.progress(),
                false);
    }

    static Overview.Run run(Runs.Row run) {
        String error = run.error();
        return new Overview.Run(
                new RunId(new TaskId(run.taskId()), run.runNo()).toString(),
                Long.toString(run.taskId()),
                run.type(),
                run.tenant(),
                run.attempt(),
                run.startedAt(),
                run.finishedAt(),
                run.outcome(),
                null,
                run.reason(),
                error != null && error.length() > LONGEST_ERROR ? error.substring(0, LONGEST_ERROR) + "…" : error,
                null,
                run.isFinal());
    }

    /** Empty for a task without a due time, which waits for nothing. */
    static Stream<Overview.Due> due(TaskRow task) {
        Instant dueAt = task.dueAt();
        return dueAt == null
                ? Stream.empty()
                : Stream.of(new Overview.Due(
                        Long.toString(task.id()),
                        task.type(),
                        task.keyOrId(),
                        task.tenant(),
                        PRIORITIES.get(task.priority()),
                        dueAt,
                        task.attempt(),
                        schedule(task)));
    }

    private static String schedule(TaskRow task) {
        String text = task.schedule();
        if (text == null) {
            return "once";
        }
        JsonNode schedule = Json.tree(text);
        return switch (schedule.path("kind").asText()) {
            case "every" ->
                "every " + schedule.path("interval").asText().replace("PT", "").toLowerCase(Locale.ROOT);
            case "cron" -> schedule.path("expression").asText();
            default -> "once";
        };
    }

    static Overview.Revoked revoked(RevokedLeases.Numbered numbered) {
        RevokedLeases.Row lease = numbered.lease();
        String holder = lease.holderStack();
        return new Overview.Revoked(
                lease.leaseId(),
                lease.pool(),
                lease.taskId(),
                lease.type(),
                lease.actor(),
                lease.cause(),
                lease.revokedAt(),
                lease.heldMillis(),
                lease.idleMillis(),
                lease.inTransaction(),
                lease.sql(),
                holder == null ? lease.acquiredStack() : holder,
                lease.reclaimedBy(),
                lease.reclaimMillis());
    }

    static Overview.Alert alert(Alerts.Row row) {
        return new Overview.Alert(
                Long.toString(row.id()),
                row.alert().severity(),
                row.alert().source(),
                row.alert().message(),
                row.times(),
                row.updatedAt());
    }

    /** One that died says no goodbye: it is gone when its heartbeat is far behind the newest one. */
    static List<Overview.Member> members(List<Nodes.Node> nodes, String own) {
        Instant newest = nodes.stream()
                .map(Nodes.Node::beatAt)
                .max(Comparator.naturalOrder())
                .orElse(Instant.EPOCH);
        return nodes.stream()
                .map(node -> new Overview.Member(
                        node.name(),
                        node.address(),
                        node.lanes(),
                        node.stoppedAt() == null && node.beatAt().isAfter(newest.minus(SILENT)),
                        node.incarnation().equals(own)))
                .toList();
    }
}
