package dev.leasehold.lease;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Knows whether plain statements stay plain in this database: whether there is code behind its tables, views, defaults,
 * policies, operators and casts that could leave something in a session. While it does not know, it says no.
 *
 * <p>It looks over the control connection, every second as a rule. A lease that may change the schema ends all trust before
 * its statement goes out, and a look counts only when it began after the session of that lease was reset or is gone.
 */
final class SchemaWatch {

    // Written after initdb: from this object id on. Extensions named here do nothing to a session unless their
    // functions
    // are called by name, and such a call is not plain. A rule, default or condition is code too, and may call what the
    // server itself brings; their trees name every function by its id. To update pg_settings is to call set_config. Our
    // functions are known by their text: a role that may not use our schema gets no id of them by name. Partitions
    // repeat the trees of their parent, so each tree is looked at once.
    private static final String LOOK = """
            WITH ours AS (
                SELECT f.oid
                FROM pg_catalog.pg_proc AS f
                JOIN pg_catalog.pg_namespace AS s ON s.oid = f.pronamespace
                WHERE s.nspname = 'leasehold'
                    AND f.proname || '(' || pg_catalog.oidvectortypes(f.proargtypes) || ')' IN (
                        'enqueue(text, jsonb, text, text, timestamp with time zone, text, text)',
                        'lane_of(bigint, text, bigint)',
                        'task_cancelled()')
            ), harmless AS (
                SELECT d.classid, d.objid
                FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_depend AS d
                    ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid = e.oid
                WHERE d.deptype = 'e'
                    AND e.extname IN ('btree_gin', 'btree_gist', 'citext', 'cube', 'fuzzystrmatch', 'hstore', 'intarray',
                                      'ltree', 'pg_trgm', 'pgcrypto', 'unaccent', 'uuid-ossp')
                UNION ALL
                SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid FROM ours
            ), code AS (
                SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS classid, oid FROM pg_catalog.pg_proc WHERE oid >= 16384
                UNION ALL
                SELECT 'pg_catalog.pg_operator'::pg_catalog.regclass, oid FROM pg_catalog.pg_operator WHERE oid >= 16384
                UNION ALL
                SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid FROM pg_catalog.pg_cast WHERE oid >= 16384
            ), tree AS (
                SELECT false AS inserts, ev_action::text || ev_qual::text AS nodes
                FROM pg_catalog.pg_rewrite WHERE oid >= 16384
                UNION
                SELECT true, adbin::text FROM pg_catalog.pg_attrdef
                UNION
                SELECT true, typdefaultbin::text FROM pg_catalog.pg_type WHERE oid >= 16384 AND typdefaultbin IS NOT NULL
                UNION
                SELECT false, conbin::text FROM pg_catalog.pg_constraint WHERE oid >= 16384 AND conbin IS NOT NULL
                UNION
                SELECT false, pg_catalog.concat(polqual, ' ', polwithcheck) FROM pg_catalog.pg_policy
                UNION
                SELECT false, tgqual::text FROM pg_catalog.pg_trigger WHERE tgqual IS NOT NULL
            )
            SELECT
                EXISTS (
                    SELECT FROM code
                    WHERE NOT EXISTS (
                        SELECT FROM harmless AS h WHERE h.classid = code.classid AND h.objid = code.oid))
                OR EXISTS (
                    SELECT FROM tree
                    WHERE nodes LIKE '%:relid ' || 'pg_catalog.pg_settings'::pg_catalog.regclass::pg_catalog.oid || ' %'
                        OR EXISTS (
                            SELECT
                            FROM pg_catalog.regexp_matches(nodes, ':(?:funcid|opfuncid|winfnoid|aggfnoid) (\\d+)', 'g') AS m
                            JOIN pg_catalog.pg_proc AS f ON f.oid = m[1]::pg_catalog.oid
                            WHERE f.provolatile = 'v'
                                AND f.proname NOT IN ('random', 'clock_timestamp', 'timeofday', 'gen_random_uuid', 'uuidv4',
                                                      'uuidv7', 'uuid_generate_v1', 'uuid_generate_v4')
                                AND NOT (tree.inserts AND f.proname = 'nextval'))),
                EXISTS (SELECT FROM pg_catalog.pg_class WHERE relkind = 'S'),
                EXISTS (SELECT FROM ours)
            """;

    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Duration LOOK_LIMIT = Duration.ofMillis(500);
    private static final Duration LIMIT = Duration.ofSeconds(5);
    /** A look may take at most so small a part of the time. */
    private static final int SHARE = 100;

    private final PoolControl control;
    private final Executor chores;
    private final Ticker ticker;
    private final Set<ServerConnection> changing = ConcurrentHashMap.newKeySet();
    private final AtomicLong doubts = new AtomicLong();
    private volatile Trust trust = Trust.NONE;
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile boolean stopped;
    private Runnable onDistrust = () -> {};
    private boolean given;
    private long lastNo;

    /**
     * What may be trusted, as of one moment.
     *
     * @param no another one after each time that nothing was trusted; 0 for nothing
     * @param ours the functions of our own schema are there, and no others: {@code task_cancelled}, behind each change of a
     *     task, draws numbers
     */
    record Trust(long no, boolean sequences, boolean ours) {

        static final Trust NONE = new Trust(0, true, true);

        /** Such a statement leaves nothing at all. */
        boolean isPlain(PlainSql.Verdict verdict) {
            return no > 0
                    && !ours
                    && (verdict == PlainSql.Verdict.PLAIN || (verdict == PlainSql.Verdict.DRAWING && !sequences));
        }

        /** Such a statement leaves numbers of sequences at most. */
        boolean leavesNumbersOnly(PlainSql.Verdict verdict) {
            return no > 0 && verdict.compareTo(PlainSql.Verdict.DRAWING) <= 0;
        }
    }

    private record Found(boolean code, boolean sequences, boolean ours) {}

    SchemaWatch(PoolControl control, Executor chores, Ticker ticker) {
        this.control = control;
        this.chores = chores;
        this.ticker = ticker;
    }

    /** The same number later: what was plain has been so all the time, as far as anybody knows. */
    Trust trust() {
        return trust;
    }

    /** Before a statement goes out that may change the schema. */
    void changes(ServerConnection by) {
        changing.add(by);
        doubts.incrementAndGet();
        trust = Trust.NONE;
    }

    /** What that session did has been committed or undone. */
    void changed(ServerConnection by) {
        changing.remove(by);
    }

    /**
     * Once the control connection is there; again, it is nothing.
     *
     * @param whenDistrusted no session may be granted before it was reset
     */
    void start(Runnable whenDistrusted) {
        if (started.compareAndSet(false, true)) {
            onDistrust = whenDistrusted;
            look();
        }
    }

    void stop() {
        stopped = true;
        trust = Trust.NONE;
    }

    private void look() {
        if (stopped) {
            return;
        }
        long since = ticker.nanos();
        lookOnce().whenComplete((nothing, failure) -> {
            long pause = Math.max(EVERY.toNanos(), (ticker.nanos() - since) * SHARE);
            CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS, chores)
                    .execute(this::look);
        });
    }

    /** Beside the regular ones; done when it counts. */
    CompletionStage<Boolean> lookOnce() {
        long doubtsBefore = doubts.get();
        boolean settled = changing.isEmpty();
        return control.execute(LIMIT, SchemaWatch::find).handle((found, failure) -> {
            if (failure == null && settled && !found.code()) {
                trust(found, doubtsBefore);
            } else {
                distrust();
            }
            return trust.no() > 0;
        });
    }

    private synchronized void trust(Found found, long doubtsBefore) {
        Trust before = trust;
        if (before.no() == 0 || before.sequences() != found.sequences() || before.ours() != found.ours()) {
            if (before.no() > 0) {
                distrust();
            }
            given = true;
            trust = new Trust(++lastNo, found.sequences(), found.ours());
        }
        if (doubts.get() != doubtsBefore) {
            distrust(); // it came in between
        }
    }

    /** Sessions that were not reset since trust was given may have met what nobody knew of. */
    private synchronized void distrust() {
        trust = Trust.NONE;
        if (given) {
            given = false;
            onDistrust.run();
        }
    }

    /** The control connection has more urgent work than to wait for a large catalog: then nothing is trusted. */
    private static Found find(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement limit = connection.createStatement();
                PreparedStatement look = connection.prepareStatement(LOOK)) { // planned once for many
            limit.execute("SET LOCAL statement_timeout = " + LOOK_LIMIT.toMillis());
            try (ResultSet row = look.executeQuery()) {
                row.next();
                return new Found(row.getBoolean(1), row.getBoolean(2), row.getBoolean(3));
            }
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }
}
