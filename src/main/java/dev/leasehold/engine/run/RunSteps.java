package dev.leasehold.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.leasehold.engine.lane.Ready;
import dev.leasehold.engine.plan.StoredJson;
import dev.leasehold.lease.Lease;
import dev.leasehold.store.Completions;
import dev.leasehold.store.DueTask;
import dev.leasehold.store.Json;
import dev.leasehold.store.Steps;
import dev.leasehold.store.StoreException;
import dev.leasehold.task.ConnectionWork;
import dev.leasehold.task.StepWork;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The steps of one attempt, on its handler's thread. Those of the attempts before are read once, at the first step; a failure
 * whose outcome is not known makes the next step read them again.
 */
final class RunSteps {

    static final Duration HOLD = Duration.ofSeconds(30);
    private static final int NAME_MAX = 200;

    /** Gives a lease of the platform pool to this run. */
    interface LeaseSource {
        Lease lease() throws InterruptedException;
    }

    private final RunParts parts;
    private final Ready run;
    private final LeaseSource leases;
    private @Nullable Map<String, String> done;

    RunSteps(RunParts parts, RunState state, LeaseSource leases) {
        this.parts = parts;
        this.run = state.ready();
        this.leases = leases;
    }

    <T> T step(String name, Class<T> type, StepWork<T> work) throws Exception {
        Map<String, String> known = known(name);
        String stored = known.get(name);
        if (stored == null) {
            String result = StoredJson.json(work.run());
            done = null; // until the answer is there
            boolean kept = leases.lease()
                    .run(connection ->
                            Steps.store(connection, parts.node(), run.fence(), run.task(), null, name, result));
            check(kept, name);
            known.put(name, result);
            done = known;
            stored = result;
        }
        return read(name, type, stored);
    }

    <T> T transactionalStep(String name, Class<T> type, ConnectionWork<T> work) throws Exception {
        Map<String, String> known = known(name);
        String stored = known.get(name);
        if (stored == null) {
            DueTask task = run.task();
            String mark = task.id() + "." + task.runNo() + "." + task.attempt() + "/" + name + "/"
                    + run.fence().token();
            done = null;
            String result = leases.lease().inTransaction(connection -> {
                Completions.mark(connection, mark);
                String json = StoredJson.json(work.apply(connection));
                // The fence comes last, so that the lane is locked for one COMMIT only.
                check(Steps.store(connection, parts.node(), run.fence(), task, mark, name, json), name);
                return json;
            });
            known.put(name, result);
            done = known;
            stored = result;
        }
        return read(name, type, stored);
    }

    private Map<String, String> known(String name) throws Exception {
        if (name.isEmpty() || name.length() > NAME_MAX) {
            throw new IllegalArgumentException("a step's name must be 1 to " + NAME_MAX + " characters");
        }
        Map<String, String> known = done;
        if (known == null) {
            DueTask task = run.task();
            known = new HashMap<>(leases.lease().run(connection -> Steps.ofRun(connection, task.id(), task.runNo())));
            done = known;
        }
        return known;
    }

    private void check(boolean kept, String name) {
        if (!kept) {
            throw new TransactionEnd.Fenced("step " + name + " of run " + TaskRunner.runId(run.task())
                    + " was not stored: its attempt does not count any more, or its transaction was ended");
        }
    }

    private static <T> T read(String name, Class<T> type, String json) {
        try {
            return Json.MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new StoreException("the stored result of step " + name + " is no " + type.getName(), e);
        }
    }
}
