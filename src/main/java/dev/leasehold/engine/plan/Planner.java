package dev.leasehold.engine.plan;

import com.fasterxml.jackson.databind.JsonNode;
import dev.leasehold.engine.plan.FailureRules.Failure;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.schedule.Once;
import dev.leasehold.schedule.Schedule;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completion.Action;
import dev.leasehold.store.Completions.Standing;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.Json;
import dev.leasehold.store.PolicyJson;
import dev.leasehold.store.StoreException;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.Reason;
import dev.leasehold.task.RetryPolicy;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a task and the end of its attempt what shall be written: the only place that decides about retries, next due
 * times and interventions. Same input, same plan.
 */
public final class Planner {

    private static final int ERROR_MAX = 8_000;
    private static final int RESULT_MAX = 1024 * 1024;

    /** No handler and no provider puts an attempt off for longer. */
    private static final Duration WAIT_MAX = Duration.ofDays(366);

    /** What the table and the cursors can hold; a due time outside is a mistake of whoever said it. */
    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");

    private final FailureRules rules;

    public Planner(FailureRules rules) {
        this.rules = rules;
    }

    /**
     * The plan for an attempt of a task that nobody changed meanwhile.
     *
     * @param retry of the type, for tasks that bring none
     * @param history {@link History#NONE} unless {@link #wantsHistory} said otherwise of an earlier plan
     */
    public Completion plan(DueTask task, RetryPolicy retry, Ending ending, History history) {
        return plan(task, task.version(), task.schedule(), retry, ending, history);
    }

    /** Whether the plan is that of a run failed for good, which the task's history may change. */
    public static boolean wantsHistory(Completion plan) {
        return plan.isFinal() && plan.outcome().equals("failed");
    }

    /**
     * The plan after somebody changed the task while its run was under way: the row as it stands now decides about what
     * follows. A paused or cancelled task stays what it is; only a one-shot that has done its work is closed although
     * paused, since it would run again otherwise.
     *
     * @param standing of a row that is there
     */
    public Completion replan(DueTask task, Standing standing, RetryPolicy retry, Ending ending, History history) {
        long version = standing.version() == null ? task.version() : standing.version();
        Completion plan = plan(task, version, standing.schedule(), retry, ending, history);
        boolean active = "active".equals(standing.state());
        boolean done = plan.action() == Action.CLOSE && !"cancelled".equals(standing.state());
        if (active || done) {
            return plan;
        }
        @Nullable Instant due = "paused".equals(standing.state()) && plan.action() == Action.NEXT ? plan.dueAt() : null;
        return finished(plan).replanned(version, Action.RECORD, due);
    }

    private Completion plan(
            DueTask task, long version, @Nullable String schedule, RetryPolicy retry, Ending ending, History history) {
        Outcome outcome = ending.outcome();
        if (outcome.kind() != Outcome.Kind.FAILED) {
            return next(task, version, schedule, ending, 0);
        }
        Reason reason = outcome.reason() == null ? Reason.UNKNOWN : outcome.reason();
        if (reason == Reason.LEASE) {
            return task.leaseAttempts() < rules.leaseRestarts()
                    ? again(
                            task,
                            version,
                            ending,
                            ending.finishedAt(),
                            Spared.of(task).andLease())
                    : failedForGood(task, version, schedule, ending, history, reason);
        }
        RetryPolicy policy = task.retry() == null ? retry : policy(task.retry(), retry);
        int attempt = Math.max(1, task.attempt() - task.leaseAttempts() - task.limitAttempts());
        boolean mayHelp = outcome.retryable() && reason != Reason.CONFIG;
        if (mayHelp && reason == Reason.API_LIMIT && task.limitAttempts() < rules.limitWaits()) {
            // Who wants no pause between attempts does not mean to go on against a provider that says stop.
            RetryPolicy waits = policy.backoff().isZero() ? RetryPolicy.DEFAULT : policy;
            Instant due = after(waits.waitAfter(task.limitAttempts() + 1, ending.random()), ending);
            return again(task, version, ending, due, Spared.of(task).andLimit());
        }
        if (mayHelp && reason != Reason.API_LIMIT && attempt < policy.maxAttempts()) {
            return again(
                    task, version, ending, after(policy.waitAfter(attempt, ending.random()), ending), Spared.of(task));
        }
        return failedForGood(task, version, schedule, ending, history, reason);
    }

    /** The wait that the policy says, or that the other side asks for where that is longer. */
    private static Instant after(Duration wait, Ending ending) {
        Duration asked = ending.outcome().retryAfter();
        Duration longer = asked != null && asked.compareTo(wait) > 0 ? asked : wait;
        return ending.finishedAt().plus(longer.compareTo(WAIT_MAX) > 0 ? WAIT_MAX : longer);
    }

    private Completion failedForGood(
            DueTask task, long version, @Nullable String schedule, Ending ending, History history, Reason reason) {
        int failures = task.consecutiveFailures() + (reason == Reason.API_LIMIT ? 0 : 1);
        Completion next = next(task, version, schedule, ending, failures);
        boolean oneShot = next.action() == Action.CLOSE;
        boolean waitedInVain = reason == Reason.API_LIMIT && task.limitAttempts() >= rules.limitWaits();
        if (!oneShot && reason != Reason.POISON && !waitedInVain && !rules.stops(failures, history)) {
            return next;
        }
        @Nullable Instant probe = oneShot ? null : ending.finishedAt().plus(rules.restAfter(reason));
        Failure now = new Failure(FailureRules.label(reason), ending.outcome().message());
        String pattern = rules.pattern(failures, now, history, probe);
        return completion(task, version, Action.INTERVENE, probe, true, ending, failures, Spared.NONE, pattern);
    }

    private Completion next(DueTask task, long version, @Nullable String schedule, Ending ending, int failures) {
        Instant wanted = ending.outcome().nextDueAt();
        Optional<Instant> due;
        try {
            due = wanted != null ? Optional.of(wanted) : nextDue(task, schedule, ending);
        } catch (IllegalArgumentException | StoreException | DateTimeException | ArithmeticException e) {
            // Written past the API. The run is what it is; the task waits for a person, with the fault named.
            Failure fault = new Failure(FailureRules.label(Reason.CONFIG), "schedule: " + e.getMessage());
            String pattern = rules.pattern(failures, fault, History.NONE, null);
            return completion(task, version, Action.INTERVENE, null, true, ending, failures, Spared.NONE, pattern);
        }
        Action action = due.isPresent() ? Action.NEXT : Action.CLOSE;
        return completion(
                task,
                version,
                action,
                due.map(Planner::storable).orElse(null),
                true,
                ending,
                failures,
                Spared.NONE,
                null);
    }

    private static Instant storable(Instant due) {
        if (due.isBefore(Instant.EPOCH)) {
            return Instant.EPOCH;
        }
        return due.isAfter(LATEST) ? LATEST : due;
    }

    private static Optional<Instant> nextDue(DueTask task, @Nullable String json, Ending ending) {
        if (json == null) {
            return Optional.empty();
        }
        Schedule schedule = StoredSchedules.read(json);
        if (schedule.rhythm() instanceof Once once) {
            // Put off by somebody while this run was under way: the new time is still to come.
            return once.at().filter(at -> at.isAfter(ending.finishedAt()));
        }
        return schedule.next(task.firstDueAt(), ending.startedAt(), ending.finishedAt());
    }

    private Completion again(DueTask task, long version, Ending ending, Instant due, Spared spared) {
        return completion(task, version, Action.RETRY, due, false, ending, task.consecutiveFailures(), spared, null);
    }

    private static Completion completion(
            DueTask task,
            long version,
            Action action,
            @Nullable Instant due,
            boolean isFinal,
            Ending ending,
            int failures,
            Spared spared,
            @Nullable String pattern) {
        Outcome outcome = ending.outcome();
        Progress progress = ending.said().progress();
        Reason reason = outcome.kind() != Outcome.Kind.FAILED
                ? null
                : outcome.reason() == null ? Reason.UNKNOWN : outcome.reason();
        return new Completion(
                task.id(),
                task.lane(),
                version,
                action,
                due,
                task.dueAt(),
                isFinal,
                outcome.kind().name().toLowerCase(Locale.ROOT),
                reason == null ? null : FailureRules.label(reason),
                error(outcome.message()),
                result(outcome.result()),
                log(ending.said().log()),
                progress == null ? null : progress.json(),
                ending.startedAt(),
                ending.finishedAt(),
                failures,
                spared.lease(),
                spared.limit(),
                pattern);
    }

    /** Attempts of a run so far that are not counted among those its retry policy allows. */
    private record Spared(int lease, int limit) {

        static final Spared NONE = new Spared(0, 0);

        static Spared of(DueTask task) {
            return new Spared(task.leaseAttempts(), task.limitAttempts());
        }

        Spared andLease() {
            return new Spared(lease + 1, limit);
        }

        Spared andLimit() {
            return new Spared(lease, limit + 1);
        }
    }

    private static @Nullable String error(@Nullable String message) {
        return message == null ? null : Texts.storable(Secrets.masked(message), ERROR_MAX);
    }

    private static @Nullable String result(@Nullable Object result) {
        String json = result instanceof JsonNode tree ? Json.write(tree) : Json.writeNullable(result);
        if (json != null && json.length() > RESULT_MAX) {
            throw new IllegalArgumentException(
                    "a result has at most " + RESULT_MAX + " characters of JSON, not " + json.length());
        }
        return json;
    }

    private static @Nullable String log(List<String> lines) {
        return lines.isEmpty() ? null : Json.write(lines);
    }

    private static RetryPolicy policy(String json, RetryPolicy fallback) {
        try {
            return PolicyJson.readRetry(Json.tree(json));
        } catch (IllegalArgumentException | StoreException e) {
            // Written by somebody past the API: the type's policy keeps the task going.
            return fallback;
        }
    }

    /** A run that will not be attempted again, since its task was stopped: final, whatever the plan was. */
    private static Completion finished(Completion plan) {
        return plan.isFinal()
                ? plan
                : new Completion(
                        plan.taskId(),
                        plan.lane(),
                        plan.version(),
                        plan.action(),
                        plan.dueAt(),
                        plan.runDueAt(),
                        true,
                        plan.outcome(),
                        plan.reason(),
                        plan.error(),
                        plan.result(),
                        plan.log(),
                        plan.progress(),
                        plan.startedAt(),
                        plan.finishedAt(),
                        plan.consecutiveFailures(),
                        plan.leaseAttempts(),
                        plan.limitAttempts(),
                        plan.pattern());
    }
}
