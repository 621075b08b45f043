package dev.leasehold;

import com.typesafe.config.Config;
import java.time.Clock;

/**
 * A node within a Java application: its handlers run here, its tasks are created here, and the same HTTP API, dashboard and
 * metrics are there as in a service of its own.
 *
 * <pre>{@code
 * Leasehold leasehold = Leasehold.start(config, Handlers.of(new InvoiceReminder()));
 * leasehold.tasks().create(TaskSpec.of("invoice-reminder", new Invoice(42)).key("inv-42").dueAt(monday));
 * leasehold.close();
 * }</pre>
 */
public final class Leasehold implements AutoCloseable {

    private final Node node;
    private final LeaseholdTasks tasks;
    private final LeaseholdLeases leases;

    private Leasehold(Node node, Clock clock) {
        this.node = node;
        this.tasks = new LeaseholdTasks(node.engine(), clock);
        this.leases = new LeaseholdLeases(node.leases());
    }

    /**
     * Starts a node and returns when it is ready.
     *
     * @param config the whole configuration, from {@link dev.leasehold.config.ConfigLoader}
     * @throws dev.leasehold.config.InvalidSettingException when a setting is not allowed; nothing was started
     * @throws StartException when anything else is in the way; everything started is stopped again
     */
    public static Leasehold start(Config config, Handlers handlers) {
        return start(config, Clock.systemUTC(), handlers);
    }

    /** As above, by another clock than this machine's; what is due follows the database's clock in any case. */
    public static Leasehold start(Config config, Clock clock, Handlers handlers) {
        return new Leasehold(Node.start(config, clock, handlers), clock);
    }

    public LeaseholdTasks tasks() {
        return tasks;
    }

    public LeaseholdLeases leases() {
        return leases;
    }

    /** The node itself: its address, its login link, its engine. */
    public Node node() {
        return node;
    }

    /** Drains, stops and returns when everything is stopped: within 20 s whatever handlers do. */
    @Override
    public void close() {
        node.stop().toCompletableFuture().join();
    }
}
