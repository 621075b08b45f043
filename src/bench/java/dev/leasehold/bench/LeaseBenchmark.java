package dev.leasehold.bench;

import com.zaxxer.hikari.HikariDataSource;
import dev.leasehold.lease.PoolName;
import dev.leasehold.lease.SqlWork;
import java.sql.PreparedStatement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Leases against bare HikariCP: equal pools on one database, the same statements, slices of time in turns. Leased
 * connections pass through the whole of it: guardian, fenced JDBC, armed server limits, books.
 */
final class LeaseBenchmark {

    /** Leases whose work is done by the thread that asks, beside those that bring a thread. */
    static final String ON_OWN_THREAD = "leasehold-call";

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
                            "actors for the grant alone; chained calls of run and inTransaction for leasehold; a thread each"
                                    + " for leasehold-call (call and callInTransaction) and for HikariCP"));
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
        Turn.run(owners, millis, (turn, recorder) -> leases.autocommitOnOwnThread(turn, recorder, SINGLE), uncounted);
        Turn.run(owners, millis, (turn, recorder) -> hikari.autocommit(turn, recorder, SINGLE), uncounted);
    }

    /** Asking, getting and giving back alone. An owner of ours is an actor, as a run is; one of HikariCP's is a thread. */
    private void grants(int owners, LeaseOwners leases, HikariOwners hikari) throws InterruptedException {
        Map<String, Turn.Owner> both = new LinkedHashMap<>();
        both.put("leasehold", leases::actor);
        both.put("hikari", hikari::bare);
        inTurns(owners, both, (system, total) -> {
            Samples waits = total.waits();
            results.add(system, "lease_us_p50" + suffix(owners), waits.micros(0.50));
            results.add(system, "lease_us_p99" + suffix(owners), waits.micros(0.99));
            results.add(system, "leases_per_second" + suffix(owners), total.perSecond());
        });
    }

    private void statements(String kind, int owners, LeaseOwners leases, HikariOwners hikari)
            throws InterruptedException {
        boolean single = kind.equals("single");
        Map<String, Turn.Owner> all = new LinkedHashMap<>();
        all.put(
                "leasehold",
                single
                        ? (turn, recorder) -> leases.autocommit(turn, recorder, SINGLE)
                        : (turn, recorder) -> leases.transaction(turn, recorder, ONE_MILLISECOND));
        all.put(
                ON_OWN_THREAD,
                single
                        ? (turn, recorder) -> leases.autocommitOnOwnThread(turn, recorder, SINGLE)
                        : (turn, recorder) -> leases.transactionOnOwnThread(turn, recorder, ONE_MILLISECOND));
        all.put(
                "hikari",
                single
                        ? (turn, recorder) -> hikari.autocommit(turn, recorder, SINGLE)
                        : (turn, recorder) -> hikari.transaction(turn, recorder, ONE_MILLISECOND));
        inTurns(owners, all, (system, total) -> {
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

    private void inTurns(int owners, Map<String, Turn.Owner> systems, Sink sink) throws InterruptedException {
        Map<String, Turn.Total> totals = new LinkedHashMap<>();
        for (int slice = 0; slice < settings.leaseSlices(); slice++) {
            for (Map.Entry<String, Turn.Owner> each : systems.entrySet()) {
                Turn.Total total = totals.computeIfAbsent(each.getKey(), system -> new Turn.Total());
                Turn.run(owners, settings.leaseSliceMillis(), each.getValue(), total);
            }
        }
        totals.forEach(sink::accept);
    }
}
