package dev.leasehold;

import dev.leasehold.engine.NewTasks;
import dev.leasehold.engine.RestorationStep;
import dev.leasehold.engine.run.TypeRegistry;
import dev.leasehold.store.DoneTasks;
import dev.leasehold.store.NewTask;
import dev.leasehold.store.Tasks;
import dev.leasehold.task.TaskSpec;
import dev.leasehold.type.demo.DemoSeed;
import dev.leasehold.type.demo.DemoServer;
import dev.leasehold.type.secret.Vault;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Seeds the demo: its OAuth connection and a task of each type, each once in the life of a database. */
final class DemoRestoration implements RestorationStep {

    private final DemoServer server;
    private final Vault vault;
    private final NewTasks newTasks;

    DemoRestoration(DemoServer server, Vault vault, TypeRegistry types) {
        this.server = server;
        this.vault = vault;
        this.newTasks = new NewTasks(types);
    }

    @Override
    public String name() {
        return "demo";
    }

    @Override
    public int restore(Connection connection) throws Exception {
        DemoSeed.connect(connection, vault, server);
        List<NewTask> missing = new ArrayList<>();
        for (TaskSpec spec : DemoSeed.tasks(server.baseUrl())) {
            NewTask task = newTasks.of(spec, Instant.EPOCH);
            // A one-shot that is done has left the table; it is not to come back at every start.
            if (!DoneTasks.exists(connection, task)) {
                missing.add(task.dueNow());
            }
        }
        return (int) Tasks.create(connection, missing).stream()
                .filter(Tasks.Created::created)
                .count();
    }
}
