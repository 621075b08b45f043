package dev.leasehold.admin.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.cluster.budget.BudgetPlan;
import dev.leasehold.engine.RunningView;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.Ledger;
import dev.leasehold.store.Nodes;
import dev.leasehold.store.RevokedLeases;
import dev.leasehold.store.Runs;
import dev.leasehold.store.TaskRow;
import dev.leasehold.task.RunId;
import dev.leasehold.task.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Rows as the API shows them. Nothing is left out because it is null: a field that is there is always there. */
public final class Views {

    private Views() {}

    static ObjectNode object() {
        return Json.MAPPER.createObjectNode();
    }

    static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    static void setJson(ObjectNode json, String field, @Nullable String text) {
        if (text == null) {
            json.putNull(field);
        } else {
            json.set(field, Json.tree(text));
        }
    }

    /**
     * A task.
     *
     * @param running a run of it is under way
     * @param lastRun as {@link #run} shows it; null when it has not run
     */
    public static ObjectNode task(TaskRow task, boolean running, @Nullable ObjectNode lastRun) {
        ObjectNode json = object().put("id", Long.toString(task.id()))
                .put("type", task.type())
                .put("key", task.keyOrId())
                .put("tenant", task.tenant())
                .put("queue", task.queue())
                .put("priority", Priorities.label(task.priority()))
                .put("concurrency_key", task.concurrencyKey());
        setJson(json, "payload", task.payload());
        setJson(json, "schedule", task.schedule() == null ? "{\"kind\":\"once\"}" : task.schedule());
        setJson(json, "retry", task.retry());
        json.put(
                        "timeout",
                        task.timeoutMillis() == null
                                ? null
                                : Duration.ofMillis(task.timeoutMillis()).toString())
                .put("created", false)
                .put("created_at", task.createdAt().toString())
                .put("state", task.state())
                .put("running", running)
                .put("due_at", text(task.dueAt()))
                .put("attempt", task.attempt())
                .put("consecutive_failures", task.consecutiveFailures());
        setJson(json, "failure_pattern", task.pattern());
        json.put("lane", task.lane()).put("etag", etag(task));
        json.set("last_run", lastRun);
        return json;
    }

    /** Names the version of a task's row, as {@code ETag} and {@code If-Match} carry it. */
    static String etag(TaskRow task) {
        return "\"" + task.version() + "\"";
    }

    /** An attempt that has ended. */
    public static ObjectNode run(Runs.Row run) {
        ObjectNode json = started(
                        run.taskId(), run.runNo(), run.attempt(), run.type(), run.tenant(), run.lane(), run.node())
                .put("due_at", run.dueAt().toString())
                .put("started_at", run.startedAt().toString())
                .put("finished_at", run.finishedAt().toString())
                .put(
                        "duration_ms",
                        Duration.between(run.startedAt(), run.finishedAt()).toMillis())
                .put("outcome", run.outcome())
                .put("reason", run.reason())
                .put("error", run.error())
                .put("final", run.isFinal());
        setJson(json, "result", run.result());
        setJson(json, "log", run.log());
        setJson(json, "progress", run.progress());
        return json;
    }

    /** An attempt under way, as the engine of this node knows it. */
    public static ObjectNode run(RunningView run, String node) {
        ObjectNode json = underWay(
                started(run.taskId(), run.runNo(), run.attempt(), run.type(), run.tenant(), run.lane(), node),
                run.dueAt(),
                run.startedAt(),
                run.state(),
                run.progress(),
                run.message());
        if (!run.log().isEmpty()) {
            run.log().forEach(json.putArray("log")::add);
        }
        return json;
    }

    /** An attempt under way on any node, as the ledger knows it. */
    public static ObjectNode run(Ledger.Entry run) {
        return underWay(
                started(run.taskId(), run.runNo(), run.attempt(), run.type(), run.tenant(), run.lane(), run.node()),
                run.dueAt(),
                run.startedAt(),
                "running",
                run.progress(),
                run.message());
    }

    /** A run that waits for its start. */
    static ObjectNode waitingRun(TaskRow task) {
        return underWay(
                started(task.id(), task.runNo(), task.attempt(), task.type(), task.tenant(), task.lane(), null),
                task.dueAt(),
                null,
                "waiting",
                null,
                null);
    }

    private static ObjectNode started(
            long taskId, int runNo, int attempt, String type, String tenant, int lane, @Nullable String node) {
        return object().put("id", new RunId(new TaskId(taskId), runNo).toString())
                .put("task_id", Long.toString(taskId))
                .put("type", type)
                .put("tenant", tenant)
                .put("attempt", attempt)
                .put("lane", lane)
                .put("node", node);
    }

    private static ObjectNode underWay(
            ObjectNode json,
            @Nullable Instant dueAt,
            @Nullable Instant startedAt,
            String state,
            @Nullable Integer progress,
            @Nullable String message) {
        json.put("due_at", text(dueAt))
                .put("started_at", text(startedAt))
                .putNull("finished_at")
                .putNull("duration_ms")
                .putNull("outcome")
                .putNull("reason")
                .putNull("error")
                .put("final", false)
                .putNull("result")
                .putNull("log")
                .put("state", state);
        json.set(
                "progress",
                progress == null && message == null
                        ? null
                        : object().put("percent", progress).put("message", message));
        return json;
    }

    static ObjectNode event(Events.Row row) {
        Events.Event event = row.event();
        ObjectNode json = object().put("id", Long.toString(row.id()))
                .put("at", row.at().toString())
                .put("type", event.type())
                .put("node", event.node())
                .put("task_id", event.taskId() == null ? null : Long.toString(event.taskId()))
                .put("task_type", event.taskType())
                .put("tenant", event.tenant())
                .put("message", event.message());
        setJson(json, "data", event.data());
        return json;
    }

    static ObjectNode revoked(RevokedLeases.Numbered numbered) {
        RevokedLeases.Row lease = numbered.lease();
        return object().put("lease_id", lease.leaseId())
                .put("pool", lease.pool())
                .put("class", lease.leaseClass())
                .put("task_id", lease.taskId())
                .put("run_id", lease.runId())
                .put("type", lease.type())
                .put("tenant", lease.tenant())
                .put("actor", lease.actor())
                .put("node", lease.node())
                .put("cause", lease.cause())
                .put("granted_at", lease.grantedAt().toString())
                .put("revoked_at", lease.revokedAt().toString())
                .put("held_ms", lease.heldMillis())
                .put("idle_ms", lease.idleMillis())
                .put("in_transaction", lease.inTransaction())
                .put("sql", lease.sql())
                .put("acquired_stack", lease.acquiredStack())
                .put("holder_stack", lease.holderStack())
                .put("reclaimed_by", lease.reclaimedBy())
                .put("reclaim_ms", lease.reclaimMillis());
    }

    static ObjectNode alert(Alerts.Row row) {
        Alerts.Alert alert = row.alert();
        return object().put("id", Long.toString(row.id()))
                .put("source", alert.source())
                .put("name", alert.name())
                .put("severity", alert.severity())
                .put("message", alert.message())
                .put("task_id", alert.taskId() == null ? null : Long.toString(alert.taskId()))
                .put("task_type", alert.taskType())
                .put("tenant", alert.tenant())
                .put("times", row.times())
                .put("raised_at", row.raisedAt().toString())
                .put("updated_at", row.updatedAt().toString())
                .put("acked_at", text(row.ackedAt()))
                .put("acked_by", row.ackedBy())
                .put("cleared_at", text(row.clearedAt()));
    }

    static ObjectNode node(Nodes.Node node) {
        return object().put("incarnation", node.incarnation())
                .put("name", node.name())
                .put("address", node.address())
                .put("started_at", node.startedAt().toString())
                .put("beat_at", node.beatAt().toString())
                .put("stopped_at", text(node.stoppedAt()))
                .put("lanes_owned", node.lanes());
    }

    static ObjectNode budget(BudgetPlan plan) {
        ObjectNode json = object().put("role", plan.role())
                .put("connections", plan.total())
                .put("share", plan.share())
                .put("held", plan.held());
        ObjectNode permits = json.putObject("permits");
        new EnumMap<>(plan.permits()).forEach((pool, connections) -> permits.put(pool.label(), connections));
        ObjectNode shares = json.putObject("shares");
        new TreeMap<>(plan.shares()).forEach(shares::put);
        return json;
    }
}
