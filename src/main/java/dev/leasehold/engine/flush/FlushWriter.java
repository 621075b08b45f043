package dev.leasehold.engine.flush;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.leasehold.engine.flush.Settled.How;
import dev.leasehold.engine.lane.OwnedLanes;
import dev.leasehold.engine.plan.FailureRules;
import dev.leasehold.engine.plan.FailureRules.History;
import dev.leasehold.engine.plan.Planner;
import dev.leasehold.store.Alerts;
import dev.leasehold.store.Completion;
import dev.leasehold.store.Completion.Action;
import dev.leasehold.store.Completions;
import dev.leasehold.store.Completions.Standing;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.Events;
import dev.leasehold.store.Json;
import dev.leasehold.store.LaneFence;
import dev.leasehold.store.Outbox;
import dev.leasehold.store.Runs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One flush on one connection: what to write, and what the answer means. Knows nothing of retries. */
final class FlushWriter {

    private final String node;
    private final OwnedLanes owned;
    private final Planner planner;
    private final FailureRules rules;

    FlushWriter(String node, OwnedLanes owned, Planner planner, FailureRules rules) {
        this.node = node;
        this.owned = owned;
        this.planner = planner;
        this.rules = rules;
    }

    /**
     * What came of a batch.
     *
     * @param again to be flushed again, some of them with a new plan
     * @param locked how many of those only because somebody else had their row locked
     * @param lost ownerships that the database does not know any more
     * @param emitted whether events were written
     * @param endedNeeds whether others wait for one that has ended
     */
    record Flushed(
            List<Settled> settled,
            List<Result> again,
            int locked,
            Set<LaneFence> lost,
            boolean emitted,
            boolean endedNeeds) {}

    /** Whether the batch says something beside the results themselves, and so needs a transaction around it. */
    static boolean needsTransaction(List<Result> batch) {
        return batch.stream()
                .anyMatch(result -> tells(result.completion())
                        || !result.ending().said().alerts().isEmpty()
                        || EventWriter.emits(result.ending()));
    }

    private static boolean tells(Completion completion) {
        return Planner.wantsHistory(completion) || completion.action() == Action.INTERVENE;
    }

    /**
     * Writes a batch. A repetition after a lost answer writes only what is missing.
     *
     * @param careful does not wait for rows that somebody else has locked
     */
    Flushed write(Connection connection, List<Result> batch, boolean careful) throws SQLException {
        List<Settled> settled = new ArrayList<>();
        List<Result> again = new ArrayList<>();
        Map<Long, Result> chosen = choose(batch, settled, again);
        withHistory(connection, chosen);
        Set<LaneFence> fences = new HashSet<>();
        chosen.values().forEach(result -> fences.add(result.run().fence()));
        List<Completion> completions = chosen.values().stream()
                .map(Result::completion)
                .map(completion -> careful ? completion.asAny() : completion)
                .toList();
        if (completions.isEmpty()) {
            return new Flushed(settled, again, 0, Set.of(), false, false);
        }
        Completions.Written written = Completions.flush(connection, node, fences, completions);
        Set<LaneFence> lost = new HashSet<>();
        List<Result> open = new ArrayList<>();
        List<Result> done = new ArrayList<>();
        for (Result result : chosen.values()) {
            Long version = written.versions().get(result.completion().taskId());
            if (version != null) {
                done.add(result);
                settled.add(Settled.of(result, How.WRITTEN, version));
            } else if (!written.lanesPassed().contains(result.run().fence().lane())) {
                lost.add(result.run().fence());
                settled.add(Settled.of(result, How.FENCED, 0));
            } else {
                open.add(result);
            }
        }
        tell(connection, done);
        boolean emitted = emit(connection, done);
        int locked = explain(connection, open, careful, settled, again);
        return new Flushed(settled, again, locked, lost, emitted, written.endedNeeds());
    }

    /** At most one result a task and one ownership a lane; those of an ownership given up are refused here already. */
    private Map<Long, Result> choose(List<Result> batch, List<Settled> settled, List<Result> again) {
        Map<Long, Result> chosen = new HashMap<>();
        for (Result result : batch) {
            if (!owned.owns(result.run().fence())) {
                settled.add(Settled.of(result, How.FENCED, 0));
            } else if (chosen.putIfAbsent(result.completion().taskId(), result) != null) {
                again.add(result);
            }
        }
        Map<Integer, LaneFence> byLane = new HashMap<>();
        chosen.values().removeIf(result -> {
            LaneFence fence = result.run().fence();
            LaneFence other = byLane.putIfAbsent(fence.lane(), fence);
            boolean second = other != null && !other.equals(fence);
            if (second) {
                again.add(result);
            }
            return second;
        });
        return chosen;
    }

    /**
     * The failure rules look at the past of a task only when a run of it has failed for good. A plan that was made anew for
     * a changed row goes without: its row decides.
     */
    private void withHistory(Connection connection, Map<Long, Result> chosen) throws SQLException {
        List<Result> failed = chosen.values().stream()
                .filter(result -> Planner.wantsHistory(result.completion())
                        && result.completion().version() == result.run().task().version())
                .toList();
        if (failed.isEmpty()) {
            return;
        }
        Instant since = failed.get(0).ending().finishedAt().minus(rules.window());
        Map<Long, Runs.Failures> past = Runs.failures(
                connection,
                failed.stream().map(result -> result.completion().taskId()).toList(),
                since);
        for (Result each : failed) {
            long id = each.completion().taskId();
            Completion plan = planner.plan(each.run().task(), each.retry(), each.ending(), history(past.get(id)));
            chosen.put(id, each.planned(plan));
        }
    }

    private static History history(Runs.@Nullable Failures past) {
        return past == null
                ? History.NONE
                : new History(
                        past.count(),
                        past.newest().stream()
                                .map(each -> new FailureRules.Failure(each.reason(), each.error()))
                                .toList());
    }

    private void tell(Connection connection, List<Result> written) throws SQLException {
        List<Events.Event> events = new ArrayList<>();
        for (Result result : written) {
            AlertWriter.write(
                    connection, result.run().task(), result.ending().said().alerts());
            Completion completion = result.completion();
            if (!tells(completion)) {
                continue;
            }
            events.add(event("job_failed", result, completion));
            if (completion.action() == Action.INTERVENE) {
                events.add(event("needs_intervention", result, completion));
                Alerts.raise(connection, alert(result));
            }
        }
        if (!events.isEmpty()) {
            Events.insert(connection, events);
        }
    }

    /** In one statement, in the order of the results: two of one task never meet in a flush. */
    private static boolean emit(Connection connection, List<Result> written) throws SQLException {
        List<Outbox.NewEvent> events = written.stream()
                .filter(result -> EventWriter.emits(result.ending()))
                .flatMap(result -> EventWriter.events(result.run(), result.ending()).stream())
                .toList();
        if (!events.isEmpty()) {
            Outbox.insert(connection, events);
        }
        return !events.isEmpty();
    }

    private Events.Event event(String type, Result result, Completion completion) {
        DueTask task = result.run().task();
        ObjectNode data = Json.MAPPER.createObjectNode();
        data.put("run_id", task.id() + "." + task.runNo()).put("attempt", task.attempt());
        data.put("reason", completion.reason()).put("consecutive_failures", completion.consecutiveFailures());
        return new Events.Event(
                type, node, task.id(), task.type(), task.tenant(), completion.error(), Json.write(data));
    }

    private static Alerts.Alert alert(Result result) {
        DueTask task = result.run().task();
        String said = result.completion().error();
        return new Alerts.Alert(
                "task/" + task.id(),
                "needs_intervention",
                "error",
                "task " + task.id() + " of type " + task.type() + " was stopped" + (said == null ? "" : ": " + said),
                task.id(),
                task.type(),
                task.tenant());
    }

    /** Rows that were not written are never dropped: they are looked at, and planned anew. */
    private int explain(
            Connection connection, List<Result> open, boolean careful, List<Settled> settled, List<Result> again)
            throws SQLException {
        if (open.isEmpty()) {
            return 0;
        }
        Map<Long, Result> byTask = new HashMap<>();
        open.forEach(result -> byTask.put(result.completion().taskId(), result));
        List<DueTask> attempts =
                open.stream().map(result -> result.run().task()).toList();
        int locked = 0;
        for (Standing standing : Completions.explain(connection, attempts)) {
            Result result = byTask.get(standing.taskId());
            if (result == null) {
                continue;
            }
            Long version = standing.version();
            if (standing.recorded()) {
                settled.add(Settled.of(result, How.WRITTEN_BEFORE, 0));
            } else if (version == null) {
                settled.add(Settled.of(result, How.GONE, 0));
            } else if (version == result.completion().version()) {
                Completion completion = result.completion();
                boolean waited = !careful && completion.isPlainEnd();
                locked += waited ? 0 : 1; // why else it was left shows next
                again.add(result.planned(completion.asAny()));
            } else {
                again.add(result.planned(
                        planner.replan(result.run().task(), standing, result.retry(), result.ending(), History.NONE)));
            }
        }
        return locked;
    }
}
