package dev.leasehold.testing;

import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.FencingToken;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.RunId;
import dev.leasehold.task.StepWork;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskEvent;
import dev.leasehold.task.TaskId;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A context for tests of handlers: both pools are plain connections to one database, alerts and log lines are kept. */
public final class JdbcTaskContext implements TaskContext {

    private final TestPostgres.Database database;
    private final long task;
    private final int attempt;
    private final Map<String, String> alerts = new ConcurrentHashMap<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean cancelled;

    public JdbcTaskContext(TestPostgres.Database database, long task, int attempt) {
        this.database = database;
        this.task = task;
        this.attempt = attempt;
    }

    /** Alerts that are raised now, by name. */
    public Map<String, String> alerts() {
        return alerts;
    }

    /** Lines of the run's log. */
    public List<String> lines() {
        return lines;
    }

    /** Connections in use right now. */
    public int openConnections() {
        return open.get();
    }

    public void cancel() {
        cancelled = true;
    }

    @Override
    public TaskId taskId() {
        return new TaskId(task);
    }

    @Override
    public RunId runId() {
        return new RunId(taskId(), 1);
    }

    @Override
    public String type() {
        return "test";
    }

    @Override
    public String tenant() {
        return "default";
    }

    @Override
    public String key() {
        return Long.toString(task);
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public Instant dueAt() {
        return Instant.parse("2026-11-21T12:00:00Z");
    }

    @Override
    public FencingToken fence() {
        return new FencingToken(7, 3, attempt);
    }

    @Override
    public String idempotencyKey() {
        return task + ".1";
    }

    @Override
    public <T> T withConnection(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        open.incrementAndGet();
        try (Connection connection = database.connect()) {
            return work.apply(connection);
        } finally {
            open.decrementAndGet();
        }
    }

    @Override
    public <T> T inTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return withConnection(pool, atMost, connection -> {
            connection.setAutoCommit(false);
            T result = work.apply(connection);
            connection.commit();
            return result;
        });
    }

    @Override
    public <T> T joinTransaction(String pool, Duration atMost, ConnectionWork<T> work) throws Exception {
        return inTransaction(pool, atMost, work);
    }

    @Override
    public Outcome transaction(Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        return inTransaction(PLATFORM, atMost, work);
    }

    @Override
    public Outcome transactionOn(String pool, Duration atMost, ConnectionWork<Outcome> work) throws Exception {
        return inTransaction(pool, atMost, work);
    }

    @Override
    public void progress(int percent, String message) {
        lines.add(percent + " % " + message);
    }

    @Override
    public void log(String line) {
        lines.add(line);
    }

    @Override
    public void emit(TaskEvent event) {
        lines.add("event " + event.name());
    }

    @Override
    public <T> T step(String name, Class<T> type, StepWork<T> work) throws Exception {
        return work.run();
    }

    @Override
    public <T> T transactionalStep(String name, Class<T> type, ConnectionWork<T> work) throws Exception {
        return inTransaction(PLATFORM, Duration.ofSeconds(30), work);
    }

    @Override
    public void raiseAlert(String name, Severity severity, String message) {
        alerts.put(name, severity + ": " + message);
    }

    @Override
    public void clearAlert(String name) {
        alerts.remove(name);
    }

    @Override
    public boolean cancelled() {
        return cancelled;
    }
}
