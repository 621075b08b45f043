package dev.leasehold.bench;

import dev.leasehold.bench.BenchSettings.Part;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The systems in turns: each round runs every part with every system, and begins with another one. Each scenario has a
 * database of its own.
 */
final class Rounds {

    private final Server server;
    private final BenchSettings settings;
    private final Results results;

    /** Filled once and copied for each round. */
    private final Map<String, BenchDatabase> filledWithFuture = new HashMap<>();

    /** One part for one system. */
    @FunctionalInterface
    private interface Scenario {
        void run(String system) throws Exception;
    }

    Rounds(Server server, BenchSettings settings, Results results) {
        this.server = server;
        this.settings = settings;
        this.results = results;
    }

    void run() {
        for (String system : settings.systems()) {
            guarded("warm-up", system, this::warmUp);
        }
        for (int round = 0; round < settings.rounds(); round++) {
            System.out.printf("round %d of %d%n", round + 1, settings.rounds());
            List<String> order = new ArrayList<>(settings.systems());
            Collections.rotate(order, -round);
            order.forEach(system -> scenario(Part.DRAIN, system, this::drain));
            order.forEach(system -> scenario(Part.PICKUP, system, this::pickup));
            order.forEach(system -> scenario(Part.HELD, system, this::held));
            order.forEach(system -> scenario(Part.FUTURE, system, this::future));
        }
        filledWithFuture.forEach(
                (system, database) -> guarded("removal of future tasks", system, dropped -> server.drop(database)));
        if (settings.longHold()) {
            settings.systems().forEach(system -> scenario(Part.HELD, system, this::longHold));
        }
    }

    /**
     * Compiles the hot code of system and driver, for as long in each unless it takes too many drains, which are as long as those
     * that are measured: short ones compile the start of a system more than its work. Nothing of it is counted.
     */
    private void warmUp(String system) throws Exception {
        int tasks = settings.drainTasks(system);
        double seconds = 0;
        int drains = 0;
        do {
            BenchDatabase database = installed(system);
            Drain.Figures figures = new Drain(server, system, database, settings.limit()).run(tasks);
            server.drop(database);
            seconds += tasks / figures.drainPerSecond();
            drains++;
        } while (seconds < settings.warmUpFor().toSeconds() && drains < settings.warmUpDrainsMax());
        System.out.printf(Locale.ROOT, "  %s was warmed up for %.0f s in %d drains%n", system, seconds, drains);
    }

    private void drain(String system) throws Exception {
        BenchDatabase database = installed(system);
        Drain.Figures figures = new Drain(server, system, database, settings.limit()).run(settings.drainTasks(system));
        results.add(system, "drain_per_second", figures.drainPerSecond());
        results.add(system, "insert_per_second", figures.insertPerSecond());
        results.add(system, "wal_bytes_per_task", figures.walBytesPerTask());
        results.add(system, "transactions_per_task", figures.transactionsPerTask());
        results.add(system, "connections_max", figures.connectionsMax());
        server.drop(database);
    }

    private void pickup(String system) throws Exception {
        if (!hasPickup(system)) {
            return;
        }
        BenchDatabase database = installed(system);
        int tasks = settings.idleSamples() + settings.load() * (settings.warmUpLoadSeconds() + settings.loadSeconds());
        Arrivals arrivals = new Arrivals(tasks);
        try (Contender contender = Contenders.open(system, database, arrivals)) {
            contender.begin();
            Pickup pickup = new Pickup(contender, arrivals, tasks, settings.limit());
            Samples idle = pickup.idle(settings.idleSamples());
            results.add(system, "pickup_ms_p50", idle.millis(0.50));
            results.add(system, "pickup_ms_p99", idle.millis(0.99));
            pickup.loaded(settings.load(), settings.warmUpLoadSeconds()); // the drains enqueued nothing singly
            Pickup.Loaded loaded = pickup.loaded(settings.load(), settings.loadSeconds());
            results.add(system, "pickup_ms_p50_loaded", loaded.all().millis(0.50));
            results.add(system, "pickup_ms_p99_loaded", loaded.all().millis(0.99));
            results.add(system, "enqueued_per_second_loaded", loaded.enqueuedPerSecond());
        }
        server.drop(database);
    }

    private void held(String system) throws Exception {
        BenchDatabase database = installed(system);
        try (HeldTransaction held = new HeldTransaction(server, database)) {
            Drain.Figures figures =
                    new Drain(server, system, database, settings.limit()).run(settings.drainTasks(system));
            held.checkHeld();
            results.add(system, "drain_per_second_held_transaction", figures.drainPerSecond());
        }
        server.drop(database);
    }

    private void future(String system) throws Exception {
        BenchDatabase filled = filledWithFuture.get(system);
        if (filled == null) {
            filled = installed(system);
            fillFuture(system, filled);
            filledWithFuture.put(system, filled);
        }
        // A copy for each, as the plain figures have a database each: what a drain leaves to be cleaned up is not asked
        // here.
        BenchDatabase drained = server.copy(filled);
        Drain.Figures figures = new Drain(server, system, drained, settings.limit()).run(settings.drainTasks(system));
        results.add(system, "drain_per_second_million_future", figures.drainPerSecond());
        server.drop(drained);
        if (hasPickup(system)) {
            BenchDatabase database = server.copy(filled);
            Arrivals arrivals = new Arrivals(settings.idleSamples());
            try (Contender contender = Contenders.open(system, database, arrivals)) {
                contender.begin();
                Samples idle = new Pickup(contender, arrivals, settings.idleSamples(), settings.limit())
                        .idle(settings.idleSamples());
                results.add(system, "pickup_ms_p50_million_future", idle.millis(0.50));
                results.add(system, "pickup_ms_p99_million_future", idle.millis(0.99));
            }
            server.drop(database);
        }
    }

    private void fillFuture(String system, BenchDatabase database) throws Exception {
        try (Contender filler = Contenders.open(system, database, new Arrivals(1))) {
            filler.fillFuture(settings.futureTasks());
        }
        try (Connection connection = server.superuser(database.name());
                Statement statement = connection.createStatement()) {
            statement.execute("VACUUM ANALYZE");
        }
    }

    /** Early and late are the first and the last minute of ten. */
    private void longHold(String system) throws Exception {
        if (!hasPickup(system)) {
            return;
        }
        BenchDatabase database = installed(system);
        int tasks = settings.load() * (settings.warmUpLoadSeconds() + settings.longSeconds());
        Arrivals arrivals = new Arrivals(tasks);
        try (HeldTransaction held = new HeldTransaction(server, database);
                Contender contender = Contenders.open(system, database, arrivals)) {
            contender.begin();
            Pickup pickup = new Pickup(contender, arrivals, tasks, settings.limit());
            pickup.loaded(settings.load(), settings.warmUpLoadSeconds());
            Pickup.Loaded loaded = pickup.loaded(settings.load(), settings.longSeconds());
            held.checkHeld();
            results.add(system, "enqueued_per_second_held_10_min", loaded.enqueuedPerSecond());
            results.add(
                    system, "pickup_ms_p50_held_first_minute", loaded.early().millis(0.50));
            results.add(
                    system, "pickup_ms_p99_held_first_minute", loaded.early().millis(0.99));
            results.add(system, "pickup_ms_p50_held_last_minute", loaded.late().millis(0.50));
            results.add(system, "pickup_ms_p99_held_last_minute", loaded.late().millis(0.99));
        }
        server.drop(database);
    }

    private static boolean hasPickup(String system) {
        return !system.startsWith("raw");
    }

    private BenchDatabase installed(String system) throws Exception {
        BenchDatabase database = server.freshDatabase(system);
        try (Contender installer = Contenders.open(system, database, new Arrivals(1))) {
            installer.install();
            results.settings(system, installer.settings());
        }
        return database;
    }

    private void scenario(Part part, String system, Scenario scenario) {
        if (settings.parts().contains(part)) {
            guarded(part.name().toLowerCase(Locale.ROOT), system, scenario);
        }
    }

    /** One system that fails must not take the figures of the others with it; the build fails at the end. */
    private void guarded(String what, String system, Scenario scenario) {
        System.out.printf("%s of %s%n", what, system);
        try {
            scenario.run(system);
        } catch (Exception e) {
            results.failed(what + " of " + system, e);
        }
    }
}
