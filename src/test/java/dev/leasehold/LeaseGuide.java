package dev.leasehold;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;

import dev.leasehold.lease.Hold;
import dev.leasehold.lease.LeaseException;
import dev.leasehold.lease.QueryResult;
import dev.leasehold.lease.RetryingQuery;
import dev.leasehold.lease.SqlWork;
import dev.leasehold.task.Outcome;
import dev.leasehold.task.TaskContext;
import dev.leasehold.task.TaskHandler;
import dev.leasehold.task.TaskType;
import java.math.BigDecimal;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The examples of docs/leases.md: {@link LeaseholdTest} holds the document to this text, and runs it. */
final class LeaseGuide {

    private final Leasehold leasehold;

    LeaseGuide(Leasehold leasehold) {
        this.leasehold = leasehold;
    }

    // [one piece of work]
    CompletionStage<Long> unremindedInvoices() {
        return leasehold.leases().run("userdata", Hold.atMost(ofSeconds(5)), connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT count(*) FROM invoice WHERE NOT reminded")) {
                row.next();
                return row.getLong(1);
            }
        });
    }
    // [end]

    // [on the calling thread]
    long unremindedInvoicesNow() throws Exception {
        return leasehold.leases().call("userdata", Hold.atMost(ofSeconds(5)), connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("SELECT count(*) FROM invoice WHERE NOT reminded")) {
                row.next();
                return row.getLong(1);
            }
        });
    }
    // [end]

    // [one transaction]
    CompletionStage<Boolean> remind(long invoice) {
        return leasehold.leases().inTransaction("userdata", Hold.atMost(ofSeconds(5)), connection -> {
            try (var update = connection.prepareStatement("UPDATE invoice SET reminded = true WHERE id = ?")) {
                update.setLong(1, invoice);
                return update.executeUpdate() == 1; // committed when this returns, rolled back when it throws
            }
        });
    }
    // [end]

    // [under a lease or not]
    /** May be called by anybody: in his transaction where he has one, else in one of its own. */
    CompletionStage<Boolean> log(String text) {
        return leasehold.leases().joinTransaction("userdata", Hold.atMost(ofSeconds(5)), connection -> {
            try (var insert = connection.prepareStatement("INSERT INTO note (text) VALUES (?)")) {
                insert.setString(1, text);
                return insert.executeUpdate() == 1;
            }
        });
    }
    // [end]

    // [no lease]
    CompletionStage<String> nameOrNothing(long customer) {
        Hold hold = Hold.atMost(ofSeconds(1)).waitingAtMost(ofMillis(200));
        return leasehold
                .leases()
                .run("userdata", hold, connection -> "customer " + customer)
                .exceptionally(failure -> {
                    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
                    if (cause instanceof LeaseException lease && lease.kind() == LeaseException.Kind.TIMEOUT) {
                        return ""; // all connections are in use, and this can do without
                    }
                    throw new CompletionException(cause);
                });
    }
    // [end]

    // [retry]
    QueryResult balance(TaskContext context, long account) throws Exception {
        RetryingQuery query = new RetryingQuery(new RetryingQuery.Transactions() {
            @Override
            public <T> T run(SqlWork<T> work) throws Exception {
                return context.inTransaction(TaskContext.USERDATA, ofSeconds(5), work::apply);
            }
        });
        return query.run("SELECT balance FROM account WHERE id = ?", account);
    }
    // [end]

    // [a handler]
    static final class FetchRates implements TaskHandler<FetchRates.Pair> {

        record Pair(String from, String to) {}

        @Override
        public TaskType<Pair> type() {
            return TaskType.of("fetch-rates", Pair.class);
        }

        @Override
        public Outcome run(Pair pair, TaskContext context) throws Exception {
            BigDecimal rate = fetch(pair); // no lease is held while the network answers
            return context.transaction(connection -> {
                try (var insert = connection.prepareStatement("INSERT INTO rate VALUES (?, ?, ?)")) {
                    insert.setString(1, pair.from());
                    insert.setString(2, pair.to());
                    insert.setBigDecimal(3, rate);
                    insert.executeUpdate();
                    return Outcome.success();
                }
            });
        }

        private static BigDecimal fetch(Pair pair) {
            return pair.from().equals(pair.to()) ? BigDecimal.ONE : BigDecimal.TEN;
        }
    }
    // [end]
}
