package dev.leasehold.bench;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;

/**
 * Puts due tasks in, starts the system and lets it work them off. A drain lasts from the first line of the first handler
 * to the moment when the last result is committed; the start of the system is in none of it.
 */
final class Drain {

    private final Server server;
    private final String system;
    private final BenchDatabase database;
    private final Duration limit;

    /** What one drain showed. */
    record Figures(
            double insertPerSecond,
            double drainPerSecond,
            double walBytesPerTask,
            double transactionsPerTask,
            int connectionsMax) {}

    Drain(Server server, String system, BenchDatabase database, Duration limit) {
        this.server = server;
        this.system = system;
        this.database = database;
        this.limit = limit;
    }

    /** The tables must be there. */
    Figures run(int tasks) throws Exception {
        double insertPerSecond;
        try (Contender filler = Contenders.open(system, database, new Arrivals(tasks))) {
            filler.prepareFill();
            long before = System.nanoTime();
            filler.fill(0, tasks);
            insertPerSecond = tasks * 1e9 / (System.nanoTime() - before);
        }
        analyze();
        Arrivals arrivals = new Arrivals(tasks);
        try (Observer observer = new Observer(server, database)) {
            long commits = observer.commits();
            double wal = observer.walBytes();
            long doneAt;
            try (Contender contender = Contenders.open(system, database, arrivals)) {
                contender.begin();
                doneAt = awaitDrained(contender, arrivals, tasks);
                wal = observer.walBytes() - wal;
            }
            commits = observer.commits() - commits;
            if (arrivals.repeated() > 0) {
                throw new IllegalStateException(system + " ran " + arrivals.repeated() + " tasks more than once");
            }
            return new Figures(
                    insertPerSecond,
                    tasks * 1e9 / (doneAt - arrivals.firstAt()),
                    wal / tasks,
                    (double) commits / tasks,
                    observer.sessionsMax());
        }
    }

    /**
     * So that each has the plans that it has in the long run: autovacuum would come some seconds into the drain, and up to
     * then the bare SQL, above all, sorts all that is due for each batch.
     */
    private void analyze() throws Exception {
        try (Connection connection = server.superuser(database.name());
                Statement statement = connection.createStatement()) {
            statement.execute("ANALYZE");
        }
    }

    /** Asks the database only once all handlers were called, and in one transaction, so that it hardly counts. */
    private long awaitDrained(Contender contender, Arrivals arrivals, int tasks) throws Exception {
        Waiting.until(system + " ran " + tasks + " tasks", limit, () -> arrivals.count() == tasks);
        try (Connection connection = server.superuser(database.name());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            Waiting.until(system + " finished " + tasks + " tasks", limit, () -> contender.isDrained(statement, tasks));
            long doneAt = System.nanoTime();
            connection.rollback();
            return doneAt;
        }
    }
}
