package dev.leasehold.store;

/**
 * The one statement that writes results: fence, rows, history, ledger and counters. It has three forms: the flush of many; a
 * shorter one for the plain ends among them, which knows no ledger; and the completion inside a handler's transaction, which
 * differs in how it locks the task's row.
 *
 * <p>The order in which it locks is the same everywhere: lanes ascending, task rows by id, ledger. Where the
 * plain form meets rows in another order, it gives up before it can be part of a deadlock. The
 * fence is FOR SHARE: with less (no lock, or FOR KEY SHARE) an old owner passes. Everything after the rows is written from
 * what they returned, never from the input, so a repetition after a lost answer writes only what is missing.
 */
final class CompletionSql {

    /**
     * So long a plain end waits for each row that somebody else has locked, as a change of a task may take; well below the time
     * after which the server looks for deadlocks. From there on it holds for all else in the transaction, too.
     */
    private static final int LOCK_WAIT_MILLIS = 100;

    private CompletionSql() {}

    private static final String FENCE = """
            WITH fence AS MATERIALIZED (
                SELECT l.no
                FROM leasehold.lane l
                JOIN unnest(?::smallint[], ?::bigint[], ?::uuid[]) AS f (no, epoch, token)
                  ON l.no = f.no AND l.epoch = f.epoch AND l.token = f.token
                WHERE l.owner = ?
                ORDER BY l.no
                FOR SHARE OF l
            ),
            """;

    /**
     * The rows that may be written, locked, with what is to become of each. It hands on where the row lies, so that it is
     * not looked for twice: whoever changed it between the look and the lock has moved it, and then nothing is written and
     * the result is explained. No two of these sets are joined again: their size is unknown to the planner, which would
     * compare each with each. The lanes that passed are an array for the same reason: joined, they made it look up each row
     * once for every lane of the node.
     */
    private static final String MINE = """
            mine AS MATERIALIZED (
                SELECT t.ctid AS place, t.run_no AS run_no_then, t.attempt AS attempt_then, i.*
                FROM unnest(?::bigint[], ?::smallint[], ?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[],
                            ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::int[],
                            ?::int[], ?::int[], ?::text[])
                         AS i (id, lane, epoch, version, action, final, outcome, reason, error, result, log, progress, due, run_due, started, finished,
                               failures, next_lease_attempts, next_limit_attempts, next_pattern)
                JOIN leasehold.task t ON t.id = i.id AND t.version = i.version AND t.lane = i.lane
                WHERE t.lane = ANY (ARRAY(SELECT no FROM fence))
            """;

    /** A row that somebody else has locked is left for the next flush: it must not hold up the others. */
    private static final String LOCK_AND_SKIP = MINE + """
                ORDER BY t.id
                FOR UPDATE OF t SKIP LOCKED
            ),
            """;

    /** The mark says that the transaction is still the one that was begun for this run: user SQL did not end it. */
    private static final String LOCK_AND_WAIT = MINE + """
                  AND current_setting('leasehold.run', true) = ?
                ORDER BY t.id
                FOR UPDATE OF t
            ),
            """;

    /**
     * What of a closed task most leave at its default. Its payload and the like have columns of their own in the history: to
     * make an object of them as well cost the server a sixth of the write.
     */
    private static final String SNAPSHOT = """
            CASE
                WHEN t.key IS NOT NULL OR t.queue <> 'default' OR t.priority <> 2 OR t.retry IS NOT NULL
                     OR t.timeout_ms IS NOT NULL OR t.concurrency_key IS NOT NULL
                THEN jsonb_build_object('key', t.key, 'queue', t.queue, 'priority', t.priority, 'retry', t.retry,
                                        'timeout_ms', t.timeout_ms, 'concurrency_key', t.concurrency_key)
            END""";

    private static String time(String micros) {
        return "'epoch'::timestamptz + " + micros + " * interval '1 microsecond'";
    }

    private static final String WRITE = """
            closed AS (
                DELETE FROM leasehold.task t
                USING mine m
                WHERE t.ctid = m.place AND t.id = m.id AND m.action = 'CLOSE'
                RETURNING m.id, t.run_no, t.attempt, m.final, m.outcome, m.action, t.type, t.tenant, t.lane, m.epoch,
                          m.run_due, m.started, m.finished, m.reason, m.error, m.result, m.log, m.progress, t.needed,
                          t.version AS closed_version, t.payload, t.schedule, t.created_at, %1$s AS snapshot
            ),
            kept AS (
                UPDATE leasehold.task t
                SET version = t.version + 1,
                    state = CASE WHEN m.action = 'INTERVENE' THEN 'needs_intervention' ELSE t.state END,
                    due_at = CASE
                        WHEN m.action IN ('NEXT', 'RETRY', 'INTERVENE') THEN %2$s
                        ELSE coalesce(%2$s, t.due_at)
                    END,
                    run_due_at = CASE WHEN m.action = 'RETRY' THEN coalesce(t.run_due_at, %3$s) END,
                    run_no = CASE WHEN m.action = 'RETRY' THEN t.run_no ELSE t.run_no + 1 END,
                    attempt = CASE WHEN m.action = 'RETRY' THEN t.attempt + 1 ELSE 1 END,
                    lease_attempts = CASE WHEN m.action = 'RETRY' THEN m.next_lease_attempts ELSE 0 END,
                    limit_attempts = CASE WHEN m.action = 'RETRY' THEN m.next_limit_attempts ELSE 0 END,
                    crashes = CASE WHEN m.outcome IN ('success', 'partial') THEN 0 ELSE t.crashes END,
                    consecutive_failures = m.failures,
                    pattern = m.next_pattern::jsonb
                FROM mine m
                WHERE t.ctid = m.place AND t.id = m.id AND m.action <> 'CLOSE'
                RETURNING m.id, m.run_no_then AS run_no, m.attempt_then AS attempt, m.final, m.outcome, m.action, t.type,
                          t.tenant, t.lane, m.epoch, m.run_due, m.started, m.finished, m.reason, m.error, m.result, m.log,
                          m.progress, t.needed, NULL::bigint AS closed_version, NULL::jsonb AS payload,
                          NULL::jsonb AS schedule, NULL::timestamptz AS created_at, NULL::jsonb AS snapshot
            ),
            history AS (
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, reason, error, result, log, progress, closed_version,
                                           payload, schedule, created_at, snapshot)
                SELECT w.id, w.run_no, w.attempt, w.final, w.outcome, w.type, w.tenant, w.lane, w.epoch, ?,
                       %6$s, %4$s, %5$s, w.reason, w.error, w.result::jsonb, w.log::jsonb, w.progress::jsonb,
                       w.closed_version, w.payload, w.schedule, w.created_at, w.snapshot
                FROM (SELECT * FROM closed UNION ALL SELECT * FROM kept) w
                RETURNING task_id, type, (finished_at AT TIME ZONE 'UTC')::date AS day, attempt, final, outcome
            ),
            ends AS (
                INSERT INTO leasehold.task_end (task_id, success)
                SELECT w.id, w.outcome IN ('success', 'partial', 'skipped')
                FROM (SELECT * FROM closed UNION ALL SELECT * FROM kept) w
                WHERE w.needed AND w.final AND (w.outcome IN ('success', 'partial', 'skipped') OR w.action = 'CLOSE')
                RETURNING task_id
            ),
            ledger AS (
                DELETE FROM leasehold.running r USING history h WHERE r.task_id = h.task_id
            ),
            """.formatted(
            SNAPSHOT, time("m.due"), time("m.run_due"), time("w.started"), time("w.finished"), time("w.run_due"));

    /** Deltas only: a total would be a row for which all who complete wait, and which is updated by each of them. */
    private static final String COUNT = """
            counted AS (
                INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, day,
                       count(*) FILTER (WHERE attempt = 1),
                       count(*) FILTER (WHERE final AND outcome IN ('success', 'partial')),
                       count(*) FILTER (WHERE final AND outcome = 'failed'),
                       count(*) FILTER (WHERE final AND outcome = 'skipped'),
                       count(*) FILTER (WHERE final AND outcome = 'cancelled'),
                       count(*) FILTER (WHERE NOT final)
                FROM history
                GROUP BY type, day
            )
            """;

    private static final String ANSWER = """
            SELECT (SELECT array_agg(no) FROM fence) AS lanes_passed,
                   (SELECT array_agg(task_id) FROM history) AS ids,
                   EXISTS (SELECT FROM ends) AS ended_needs
            """;

    /**
     * What most results are: the success of a task that leaves the table, of a run that the ledger never had. All have the same
     * version, so that no row has to be joined with what is to be written about it, which costs the server as much as its
     * removal: what differs from one to the next is found in arrays in the order of their ids. That a row is in the lane that was
     * said is not asked: to move it would raise its version. Times are seconds: microseconds times an interval cost the
     * server more.
     *
     * <p>Rows are not locked before they go; one that somebody else has locked ends the statement after a moment
     * ({@code 55P03}), and the other statement does it.
     */
    private static final String WRITE_PLAIN = """
            closed AS (
                DELETE FROM leasehold.task t
                WHERE t.id = ANY (?::bigint[]) AND t.version = ?
                  AND t.lane = ANY (ARRAY(SELECT no FROM fence))
                  AND (SELECT set_config('lock_timeout', '%d', true)) IS NOT NULL
                RETURNING t.id, t.run_no, t.attempt, t.type, t.tenant, t.lane, t.due_at, t.needed,
                          t.version AS closed_version, t.payload, t.schedule, t.created_at, %s AS snapshot,
                          width_bucket(t.id, ?::bigint[]) AS no
            ),
            history AS (
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, result, closed_version, payload, schedule, created_at, snapshot)
                SELECT w.id, w.run_no, w.attempt, true, 'success', w.type, w.tenant, w.lane, (?::bigint[])[w.lane + 1], ?,
                       w.due_at, to_timestamp((?::float8[])[w.no]), to_timestamp((?::float8[])[w.no]), (?::text[])[w.no]::jsonb,
                       w.closed_version, w.payload, w.schedule, w.created_at, w.snapshot
                FROM closed w
                RETURNING task_id, type, (finished_at AT TIME ZONE 'UTC')::date AS day, attempt
            ),
            ends AS (
                INSERT INTO leasehold.task_end (task_id, success) SELECT w.id, true FROM closed w WHERE w.needed
                RETURNING task_id
            ),
            counted AS (
                INSERT INTO leasehold.stat_delta (type, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, day, count(*) FILTER (WHERE attempt = 1), count(*), 0, 0, 0, 0
                FROM history
                GROUP BY type, day
            )
            """.formatted(LOCK_WAIT_MILLIS, SNAPSHOT);

    static final String FLUSH_PLAIN = FENCE + WRITE_PLAIN + ANSWER;

    static final String FLUSH = FENCE + LOCK_AND_SKIP + WRITE + COUNT + ANSWER;

    static final String IN_TRANSACTION = FENCE + LOCK_AND_WAIT + WRITE + COUNT + ANSWER;
}
