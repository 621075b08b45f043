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
                       progress::jsonb AS progress,
                       'epoch'::timestamptz + due * interval '1 microsecond' AS next_due_at,
                       'epoch'::timestamptz + run_due * interval '1 microsecond' AS run_due_at,
                       'epoch'::timestamptz + started * interval '1 microsecond' AS started_at,
                       'epoch'::timestamptz + finished * interval '1 microsecond' AS finished_at,
                       failures, lease_attempts AS next_lease_attempts,
                       limit_attempts AS next_limit_attempts, pattern::jsonb AS next_pattern
                FROM unnest(?::bigint[], ?::bigint[], ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[], ?::text[],
                            ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::int[],
                            ?::int[], ?::int[], ?::text[])
                         AS i (id, version, action, final, outcome, reason, error, result, log, progress, due, run_due, started, finished,
                               failures, lease_attempts, limit_attempts, pattern)
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

    /**
     * The rows with all that is to become of them. What follows finds each by its id and hands these columns on, and joins
     * no two of these sets again: their size is unknown to the planner, which would compare each with each.
     */
    private static final String MINE = """
            mine AS MATERIALIZED (
                SELECT t.id, t.lane, t.run_no, t.attempt, t.type, t.tenant, t.key, t.queue, t.priority, t.payload,
                       t.schedule, t.retry, t.timeout_ms, t.concurrency_key, t.created_at, t.version, t.needed,
                       f.epoch,
                       i.action, i.final, i.outcome, i.reason, i.error, i.result, i.log, i.progress, i.next_due_at, i.run_due_at,
                       i.started_at, i.finished_at, i.failures, i.next_lease_attempts, i.next_limit_attempts,
                       i.next_pattern
                FROM input i
                JOIN leasehold.task t ON t.id = i.id AND t.version = i.version
                JOIN fence f ON f.no = t.lane
            """;

    /** A row that somebody else has locked is left for the next flush: it must not hold up the others. */
    private static final String LOCK_AND_SKIP = MINE + """
                ORDER BY t.id
                FOR UPDATE OF t SKIP LOCKED
            ),
            """;

    /** The mark says that the transaction is still the one that was begun for this run: user SQL did not end it. */
    private static final String LOCK_AND_WAIT = MINE + """
                WHERE current_setting('leasehold.run', true) = ?
                ORDER BY t.id
                FOR UPDATE OF t
            ),
            """;

    private static final String WRITE = """
            closed AS (
                DELETE FROM leasehold.task t
                USING mine m
                WHERE t.id = m.id AND m.action = 'CLOSE'
                RETURNING m.*, 0::bigint AS version_now
            ),
            kept AS (
                UPDATE leasehold.task t
                SET version = t.version + 1,
                    state = CASE WHEN m.action = 'INTERVENE' THEN 'needs_intervention' ELSE t.state END,
                    due_at = CASE
                        WHEN m.action IN ('NEXT', 'RETRY', 'INTERVENE') THEN m.next_due_at
                        ELSE coalesce(m.next_due_at, t.due_at)
                    END,
                    run_due_at = CASE WHEN m.action = 'RETRY' THEN coalesce(t.run_due_at, m.run_due_at) END,
                    run_no = CASE WHEN m.action = 'RETRY' THEN t.run_no ELSE t.run_no + 1 END,
                    attempt = CASE WHEN m.action = 'RETRY' THEN t.attempt + 1 ELSE 1 END,
                    lease_attempts = CASE WHEN m.action = 'RETRY' THEN m.next_lease_attempts ELSE 0 END,
                    limit_attempts = CASE WHEN m.action = 'RETRY' THEN m.next_limit_attempts ELSE 0 END,
                    crashes = CASE WHEN m.outcome IN ('success', 'partial') THEN 0 ELSE t.crashes END,
                    consecutive_failures = m.failures,
                    pattern = m.next_pattern
                FROM mine m
                WHERE t.id = m.id AND m.action <> 'CLOSE'
                RETURNING m.*, t.version AS version_now
            ),
            written AS (
                SELECT * FROM closed
                UNION ALL
                SELECT * FROM kept
            ),
            history AS (
                INSERT INTO leasehold.run (task_id, run_no, attempt, final, outcome, type, tenant, lane, epoch, node, due_at,
                                           started_at, finished_at, reason, error, result, log, progress, snapshot)
                SELECT w.id, w.run_no, w.attempt, w.final, w.outcome, w.type, w.tenant, w.lane, w.epoch, ?,
                       w.run_due_at, w.started_at, w.finished_at, w.reason, w.error, w.result, w.log, w.progress,
                       CASE WHEN w.action = 'CLOSE' THEN
                           jsonb_build_object('key', w.key, 'queue', w.queue, 'priority', w.priority, 'payload', w.payload,
                                              'schedule', w.schedule, 'retry', w.retry, 'timeout_ms', w.timeout_ms,
                                              'concurrency_key', w.concurrency_key, 'created_at', w.created_at,
                                              'version', w.version)
                       END
                FROM written w
                RETURNING type, lane, (finished_at AT TIME ZONE 'UTC')::date AS day, attempt, final, outcome
            ),
            ends AS (
                INSERT INTO leasehold.task_end (task_id, success)
                SELECT w.id, w.outcome IN ('success', 'partial', 'skipped') FROM written w
                WHERE w.needed AND w.final AND (w.outcome IN ('success', 'partial', 'skipped') OR w.action = 'CLOSE')
                RETURNING task_id
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
                   (SELECT array_agg(version_now ORDER BY id) FROM written) AS versions,
                   EXISTS (SELECT FROM ends) AS ended_needs
            """;

    static final String FLUSH = INPUT + LOCK_AND_SKIP + WRITE + COUNT_IN_TOTALS + ANSWER;

    static final String IN_TRANSACTION = INPUT + LOCK_AND_WAIT + WRITE + COUNT_IN_DELTAS + ANSWER;
}
