package dev.leasehold.store;

/**
 * The one statement that writes results: fence, rows, history, ledger and counters. It has two forms that differ in how
 * they lock the task's row and where they count: the flush of many, and the completion inside a handler's transaction.
 *
 * <p>The order in which it locks is the same everywhere: lanes ascending, task rows by id, ledger, counters by key. The
 * fence is FOR SHARE: with less (no lock, or FOR KEY SHARE) an old owner passes. Everything after the rows is written from
 * what they returned, never from the input, so a repetition after a lost answer writes only what is missing.
 */
final class CompletionSql {

    private CompletionSql() {}

    private static final String INPUT = """
            WITH input AS MATERIALIZED (
                SELECT id, version, action, final, outcome, reason, error, result::jsonb AS result, log::jsonb AS log,
                       'epoch'::timestamptz + due * interval '1 microsecond' AS due_at,
                       'epoch'::timestamptz + started * interval '1 microsecond' AS started_at,
                       'epoch'::timestamptz + finished * interval '1 microsecond' AS finished_at,
                       failures, lease_attempts, pattern::jsonb AS pattern
                FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[],
                            ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::int[], ?::int[], ?::text[])
                         AS i (id, version, action, final, outcome, reason, error, result, log, due, started, finished,
                               failures, lease_attempts, pattern)
            ),
            fence AS MATERIALIZED (
                SELECT l.no, l.epoch
                FROM leasehold.lane l
                JOIN unnest(?::smallint[], ?::bigint[], ?::uuid[]) AS f (no, epoch, token)
                  ON l.no = f.no AND l.epoch = f.epoch AND l.token = f.token
                WHERE l.owner = ?
                ORDER BY l.no
                FOR SHARE OF l
            ),
            """;

    /** A row that somebody else has locked is left for the next flush: it must not hold up the others. */
    private static final String LOCK_AND_SKIP = """
            mine AS MATERIALIZED (
                SELECT t.*
                FROM input i
                JOIN leasehold.task t ON t.id = i.id AND t.version = i.version
                WHERE t.lane IN (SELECT no FROM fence)
                ORDER BY t.id
                FOR UPDATE OF t SKIP LOCKED
            ),
            """;

    /** The mark says that the transaction is still the one that was begun for this run: user SQL did not end it. */
    private static final String LOCK_AND_WAIT = """
            mine AS MATERIALIZED (
                SELECT t.*
                FROM input i
                JOIN leasehold.task t ON t.id = i.id AND t.version = i.version
                WHERE t.lane IN (SELECT no FROM fence)
                  AND current_setting('leasehold.run', true) = ?
                ORDER BY t.id
                FOR UPDATE OF t
            ),
            """;

    private static final String WRITE = """
            closed AS (
                DELETE FROM leasehold.task t
                USING mine m JOIN input i USING (id)
                WHERE t.id = m.id AND i.action = 'CLOSE'
                RETURNING t.id, 0::bigint AS version
            ),
            kept AS (
                UPDATE leasehold.task t
                SET version = t.version + 1,
                    state = CASE WHEN i.action = 'INTERVENE' THEN 'needs_intervention' ELSE t.state END,
                    due_at = CASE
                        WHEN i.action IN ('NEXT', 'RETRY', 'INTERVENE') THEN i.due_at
                        ELSE coalesce(i.due_at, t.due_at)
                    END,
                    run_no = CASE WHEN i.action = 'RETRY' THEN t.run_no ELSE t.run_no + 1 END,
                    attempt = CASE WHEN i.action = 'RETRY' THEN t.attempt + 1 ELSE 1 END,
                    lease_attempts = CASE WHEN i.action = 'RETRY' THEN i.lease_attempts ELSE 0 END,
                    crashes = CASE WHEN i.outcome IN ('success', 'partial') THEN 0 ELSE t.crashes END,
                    consecutive_failures = i.failures,
                    pattern = i.pattern
                FROM mine m JOIN input i USING (id)
                WHERE t.id = m.id AND i.action <> 'CLOSE'
                RETURNING t.id, t.version
            ),
            written AS (
                SELECT id, version FROM closed
                UNION ALL
                SELECT id, version FROM kept
            ),
            history AS (
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, reason, error, result, log, snapshot)
                SELECT m.id, m.run_no, m.attempt, i.final, i.outcome, m.type, m.tenant, m.lane, f.epoch, ?,
                       coalesce(m.due_at, i.started_at), -- a task that was cancelled meanwhile is not due any more

                       i.started_at, i.finished_at, i.reason, i.error, i.result, i.log,
                       CASE WHEN i.action = 'CLOSE' THEN
                           jsonb_build_object('key', m.key, 'queue', m.queue, 'priority', m.priority, 'payload', m.payload,
                                              'schedule', m.schedule, 'retry', m.retry, 'timeout_ms', m.timeout_ms,
                                              'concurrency_key', m.concurrency_key, 'created_at', m.created_at,
                                              'version', m.version)
                       END
                FROM written w
                JOIN mine m ON m.id = w.id
                JOIN input i ON i.id = w.id
                JOIN fence f ON f.no = m.lane
                RETURNING type, lane, (finished_at AT TIME ZONE 'UTC')::date AS day, attempt, final, outcome
            ),
            ledger AS (
                DELETE FROM leasehold.running r USING written w WHERE r.task_id = w.id
            ),
            counted AS (
                SELECT type, lane, day,
                       count(*) FILTER (WHERE attempt = 1) AS found,
                       count(*) FILTER (WHERE final AND outcome IN ('success', 'partial')) AS executed,
                       count(*) FILTER (WHERE final AND outcome = 'failed') AS failed,
                       count(*) FILTER (WHERE final AND outcome = 'skipped') AS skipped,
                       count(*) FILTER (WHERE final AND outcome = 'cancelled') AS cancelled,
                       count(*) FILTER (WHERE NOT final) AS retried
                FROM history
                GROUP BY type, lane, day
            ),
            """;

    private static final String COUNT_IN_TOTALS = """
            folded AS (
                DELETE FROM leasehold.stat_delta d USING fence f WHERE d.lane = f.no
                RETURNING d.type, d.lane, d.day, d.found, d.executed, d.failed, d.skipped, d.cancelled, d.retried
            ),
            totals AS (
                INSERT INTO leasehold.stat AS s (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, lane, day, sum(found), sum(executed), sum(failed), sum(skipped), sum(cancelled), sum(retried)
                FROM (SELECT * FROM counted UNION ALL SELECT * FROM folded) AS c
                GROUP BY type, lane, day
                ORDER BY type, lane, day
                ON CONFLICT (type, lane, day) DO UPDATE
                SET found = s.found + excluded.found, executed = s.executed + excluded.executed,
                    failed = s.failed + excluded.failed, skipped = s.skipped + excluded.skipped,
                    cancelled = s.cancelled + excluded.cancelled, retried = s.retried + excluded.retried
            )
            """;

    /** Transactional handlers of one type and lane would queue behind each other's COMMIT on a total. */
    private static final String COUNT_IN_DELTAS = """
            deltas AS (
                INSERT INTO leasehold.stat_delta (type, lane, day, found, executed, failed, skipped, cancelled, retried)
                SELECT type, lane, day, found, executed, failed, skipped, cancelled, retried FROM counted
            )
            """;

    private static final String ANSWER = """
            SELECT (SELECT array_agg(no) FROM fence) AS lanes_passed,
                   (SELECT array_agg(id ORDER BY id) FROM written) AS ids,
                   (SELECT array_agg(version ORDER BY id) FROM written) AS versions
            """;

    static final String FLUSH = INPUT + LOCK_AND_SKIP + WRITE + COUNT_IN_TOTALS + ANSWER;

    static final String IN_TRANSACTION = INPUT + LOCK_AND_WAIT + WRITE + COUNT_IN_DELTAS + ANSWER;
}
