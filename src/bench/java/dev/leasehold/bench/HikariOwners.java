package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.lease.SqlWork;
import java.sql.Connection;

/** The owners that take a connection from bare HikariCP: a thread each. */
final class HikariOwners {

    private final HikariDataSource pool;

    HikariOwners(HikariDataSource pool) {
        this.pool = pool;
    }

    void autocommit(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        thread(turn, recorder, work, false);
    }

    void transaction(Turn turn, Recorder recorder, SqlWork<Boolean> work) {
        thread(turn, recorder, work, true);
    }

    /** Takes and gives back, without SQL. */
    void bare(Turn turn, Recorder recorder) {
        thread(turn, recorder, connection -> true, false);
    }

    private void thread(Turn turn, Recorder recorder, SqlWork<Boolean> work, boolean inTransaction) {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (!turn.isOver()) {
                            once(recorder, work, inTransaction);
                        }
                        turn.done();
                    } catch (Exception e) {
                        turn.failed(e);
                    }
                },
                "hikari-owner");
        thread.setDaemon(true);
        thread.start();
    }

    private void once(Recorder recorder, SqlWork<Boolean> work, boolean inTransaction) throws Exception {
        long askedAt = System.nanoTime();
        try (Connection connection = pool.getConnection()) {
            recorder.add(System.nanoTime() - askedAt);
            if (inTransaction) {
                connection.setAutoCommit(false);
            }
            work.apply(connection);
            if (inTransaction) {
                connection.commit();
            }
        }
    }
}
