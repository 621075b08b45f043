package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.sql.PreparedStatement;
import java.util.List;
import java.util.Map;

/**
 * Leases against bare HikariCP: equal pools on one database, the same statements, slices of time in turns. Leased
 * connections pass through the whole of it: guardian, fenced JDBC, armed server limits, books.
 */
final class LeaseBenchmark {

    static final List<Integer> OWNERS = List.of(1, 8, 64, 1_000);

    private static final SqlWork<Boolean> SINGLE = connection -> {
        try (PreparedStatement statement = connection.prepareStatement("SELECT 1")) {
            return statement.execute();
        }
    };

    private static final SqlWork<Boolean> ONE_MILLISECOND = connection -> {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_sleep(0.001)")) {
            return statement.execute();
        }
    };

    private final Server server;
    private final BenchSettings settings;
    private final Results results;

    LeaseBenchmark(Server server, BenchSettings settings, Results results) {
        this.server = server;
        this.settings = settings;
        this.results = results;
    }

    /** One owner is the standard case and has the plain names. */
    static String suffix(int owners) {
        return owners == 1 ? "" : "_" + owners + "_owners";
    }

    void run() throws Exception {
        BenchDatabase database = server.freshDatabase("leases");
        try (LeasePools pools = LeasePools.start(database, BenchSettings.CONNECTIONS, 0);
                HikariDataSource pool = database.pool(BenchSettings.CONNECTIONS)) {
            results.settings(
                    "leases and HikariCP",
                    Map.of(
                            "connections of each pool",
                            Integer.toString(BenchSettings.CONNECTIONS),
                            "slices",
                            settings.leaseSlices() + " of " + settings.leaseSliceMillis() + " ms each, in turns",
                            "owners",
                            "actors for the grant alone, chained calls of the Java API else; a thread each for HikariCP"));
            LeaseOwners leases = new LeaseOwners(pools, PoolName.USERDATA);
            HikariOwners hikari = new HikariOwners(pool);
            warmUp(leases, hikari);
            for (int round = 0; round < settings.rounds(); round++) {
                for (int owners : OWNERS) {
                    grants(owners, leases, hikari);
                    statements("single", owners, leases, hikari);
                    statements("1ms", owners, leases, hikari);
                }
            }
            new ReclaimBenchmark(pools, settings, results).run();
        }
        server.drop(database);
    }

    /** Also opens all connections of both. */
    private void warmUp(LeaseOwners leases, HikariOwners hikari) throws InterruptedException {
        Turn.Total uncounted = new Turn.Total();
        long millis = 2 * settings.leaseSliceMillis();
        int owners = 4 * BenchSettings.CONNECTIONS;
        Turn.run(owners, millis, leases::actor, uncounted);
        Turn.run(owners, millis, hikari::bare, uncounted);
        Turn.run(owners, millis, (turn, recorder) -> leases.transaction(turn, recorder, ONE_MILLISECOND), uncounted);
        Turn.run(owners, millis, (turn, recorder) -> hikari.transaction(turn, recorder, ONE_MILLISECOND), uncounted);
        Turn.run(owners, millis, (turn, recorder) -> leases.autocommit(turn, recorder, SINGLE), uncounted);
        Turn.run(owners, millis, (turn, recorder) -> hikari.autocommit(turn, recorder, SINGLE), uncounted);
    }

    /** Asking, getting and giving back alone. An owner of ours is an actor, as a run is; one of HikariCP's is a thread. */
    private void grants(int owners, LeaseOwners leases, HikariOwners hikari) throws InterruptedException {
        inTurns(owners, leases::actor, hikari::bare, (system, total) -> {
            Samples waits = total.waits();
            results.add(system, "lease_us_p50" + suffix(owners), waits.micros(0.50));
            results.add(system, "lease_us_p99" + suffix(owners), waits.micros(0.99));
            results.add(system, "leases_per_second" + suffix(owners), total.perSecond());
        });
    }

    private void statements(String kind, int owners, LeaseOwners leases, HikariOwners hikari)
            throws InterruptedException {
        Turn.Owner ours = kind.equals("single")
                ? (turn, recorder) -> leases.autocommit(turn, recorder, SINGLE)
                : (turn, recorder) -> leases.transaction(turn, recorder, ONE_MILLISECOND);
        Turn.Owner theirs = kind.equals("single")
                ? (turn, recorder) -> hikari.autocommit(turn, recorder, SINGLE)
                : (turn, recorder) -> hikari.transaction(turn, recorder, ONE_MILLISECOND);
        inTurns(owners, ours, theirs, (system, total) -> {
            Samples waits = total.waits();
            results.add(system, "lease_throughput_" + kind + suffix(owners), total.perSecond());
            results.add(system, "lease_wait_us_p50_" + kind + suffix(owners), waits.micros(0.50));
            results.add(system, "lease_wait_us_p99_" + kind + suffix(owners), waits.micros(0.99));
        });
    }

    /** Takes what one system's slices of a round came to. */
    @FunctionalInterface
    private interface Sink {
        void accept(String system, Turn.Total total);
    }

    private void inTurns(int owners, Turn.Owner ours, Turn.Owner theirs, Sink sink) throws InterruptedException {
        Turn.Total leasehold = new Turn.Total();
        Turn.Total hikari = new Turn.Total();
        for (int slice = 0; slice < settings.leaseSlices(); slice++) {
            Turn.run(owners, settings.leaseSliceMillis(), ours, leasehold);
            Turn.run(owners, settings.leaseSliceMillis(), theirs, hikari);
        }
        sink.accept("leasehold", leasehold);
        sink.accept("hikari", hikari);
    }
}
