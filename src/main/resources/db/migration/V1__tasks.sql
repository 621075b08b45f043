-- The core: lanes and who owns them, tasks, the history of their runs, counters and events.
-- Every statement of ours names the schema, so that the search path stays the users' own.

-- One row a setting that is fixed at the first start (number of lanes), and the counters without gaps (check cycles).
CREATE TABLE leasehold.setting (
    name text CONSTRAINT setting_pkey PRIMARY KEY,
    value bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- One life of one node. beat_at is written once a second; lock_key is the session advisory lock that the incarnation
-- holds on its control connection, so that its death frees it.
CREATE TABLE leasehold.node (
    incarnation text CONSTRAINT node_pkey PRIMARY KEY,
    name text NOT NULL,
    address text NOT NULL,
    lock_key bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

-- Ownership. Written by take-over and hand-over only (no heartbeat here): every flush locks these rows for share.
CREATE TABLE leasehold.lane (
    no smallint CONSTRAINT lane_pkey PRIMARY KEY,
    owner text,
    epoch bigint NOT NULL DEFAULT 0,
    token uuid NOT NULL DEFAULT gen_random_uuid(),
    cautious_until timestamptz,
    taken_at timestamptz
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0);

CREATE SEQUENCE leasehold.task_id AS bigint CACHE 1;

-- key is null where the caller gave none: the task's id stands in for it. version grows with every write of the row.
CREATE TABLE leasehold.task (
    id bigint CONSTRAINT task_pkey PRIMARY KEY,
    lane smallint NOT NULL,
    priority smallint NOT NULL DEFAULT 2,
    due_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    run_no integer NOT NULL DEFAULT 1,
    attempt integer NOT NULL DEFAULT 1,
    lease_attempts integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    consecutive_failures integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'active',
    tenant text NOT NULL DEFAULT 'default',
    type text NOT NULL,
    key text,
    queue text NOT NULL DEFAULT 'default',
    concurrency_key text,
    payload jsonb NOT NULL DEFAULT '{}',
    schedule jsonb,
    retry jsonb,
    timeout_ms bigint,
    pattern jsonb,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at timestamptz,
    CONSTRAINT task_state_known CHECK (state IN ('active', 'paused', 'needs_intervention', 'cancelled')),
    CONSTRAINT task_priority_known CHECK (priority BETWEEN 0 AND 3),
    CONSTRAINT task_active_is_due CHECK (state <> 'active' OR due_at IS NOT NULL),
    CONSTRAINT task_key_length CHECK (length(key) BETWEEN 1 AND 512)
) WITH (
    fillfactor = 90,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.05,
    autovacuum_vacuum_insert_scale_factor = 0.1
);

-- Done one-shots leave the table, so the rows that are here and not cancelled are those that the key must be unique among.
CREATE UNIQUE INDEX task_key_unique ON leasehold.task (tenant, type, key)
    WHERE key IS NOT NULL AND state <> 'cancelled';

-- What the owner of a lane reads, behind its cursor.
CREATE INDEX task_due ON leasehold.task (lane, priority, due_at, id) WHERE state = 'active';

-- What is read when a slot of a concurrency key is free again.
CREATE INDEX task_concurrency_key ON leasehold.task (lane, concurrency_key, priority, due_at)
    WHERE concurrency_key IS NOT NULL AND state = 'active';

-- For lists of what a person must look at; few rows.
CREATE INDEX task_not_active ON leasehold.task (state, id) WHERE state <> 'active';

-- The lane in which a task lives for its whole life: by concurrency key where it has one, so that one node decides for
-- the key, else by id. The Java code computes the same (LaneOf); a test holds both together.
CREATE FUNCTION leasehold.lane_of(id bigint, concurrency_key text, lanes bigint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN concurrency_key IS NULL THEN (id % lanes)::smallint
        ELSE ((('x' || left(md5(concurrency_key), 8))::bit(32)::bigint & 2147483647) % lanes)::smallint
    END;

-- Runs that are under way for longer than a moment. Removed by the flush that completes them.
CREATE TABLE leasehold.running (
    task_id bigint CONSTRAINT running_pkey PRIMARY KEY,
    run_no integer NOT NULL,
    attempt integer NOT NULL,
    lane smallint NOT NULL,
    epoch bigint NOT NULL,
    node text NOT NULL,
    type text NOT NULL,
    tenant text NOT NULL,
    due_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    progress smallint,
    message text,
    cautious boolean NOT NULL DEFAULT false
) WITH (fillfactor = 70, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE INDEX running_lane ON leasehold.running (lane);

-- One row an attempt. snapshot is filled where the task's row left the table with this run.
CREATE TABLE leasehold.run (
    task_id bigint NOT NULL,
    run_no integer NOT NULL,
    attempt integer NOT NULL,
    final boolean NOT NULL,
    outcome text NOT NULL,
    type text NOT NULL,
    tenant text NOT NULL,
    lane smallint NOT NULL,
    epoch bigint NOT NULL,
    node text NOT NULL,
    due_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    reason text,
    error text,
    result jsonb,
    log jsonb,
    snapshot jsonb
) PARTITION BY RANGE (finished_at);

CREATE INDEX run_task ON leasehold.run (task_id, run_no, attempt);
CREATE INDEX run_finished ON leasehold.run (finished_at);

-- Totals that outlive the history. Only the flush updates these rows, in the order of their key; a transactional
-- completion inserts a delta, which the lane's next flush folds in.
CREATE TABLE leasehold.stat (
    type text NOT NULL,
    lane smallint NOT NULL,
    day date NOT NULL,
    found bigint NOT NULL DEFAULT 0,
    executed bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    skipped bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    retried bigint NOT NULL DEFAULT 0,
    CONSTRAINT stat_pkey PRIMARY KEY (type, lane, day)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE leasehold.stat_delta (
    type text NOT NULL,
    lane smallint NOT NULL,
    day date NOT NULL,
    found bigint NOT NULL,
    executed bigint NOT NULL,
    failed bigint NOT NULL,
    skipped bigint NOT NULL,
    cancelled bigint NOT NULL,
    retried bigint NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

CREATE INDEX stat_delta_lane ON leasehold.stat_delta (lane);

-- What happened, beside the runs: starts and stops, check cycles, take-overs, revoked leases, changes by people.
CREATE TABLE leasehold.event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    type text NOT NULL,
    node text,
    task_id bigint,
    task_type text,
    tenant text,
    message text,
    data jsonb
) PARTITION BY RANGE (at);

CREATE INDEX event_at ON leasehold.event (at, id);
CREATE INDEX event_id ON leasehold.event (id);
CREATE INDEX event_type ON leasehold.event (type, at, id);

-- Leases that did not end by release, with the culprit.
CREATE TABLE leasehold.revoked_lease (
    id bigint GENERATED ALWAYS AS IDENTITY,
    lease_id text NOT NULL,
    pool text NOT NULL,
    class text NOT NULL,
    task_id text,
    run_id text,
    type text,
    tenant text,
    actor text NOT NULL,
    node text NOT NULL,
    cause text NOT NULL,
    granted_at timestamptz NOT NULL,
    revoked_at timestamptz NOT NULL,
    held_ms bigint NOT NULL,
    idle_ms bigint NOT NULL,
    in_transaction boolean NOT NULL,
    sql text,
    acquired_stack text,
    holder_stack text,
    reclaimed_by text NOT NULL,
    reclaim_ms bigint NOT NULL
) PARTITION BY RANGE (revoked_at);

CREATE INDEX revoked_lease_at ON leasehold.revoked_lease (revoked_at, id);

-- What a person must see. One open alert a (source, name): a repetition updates it.
CREATE TABLE leasehold.alert (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT alert_pkey PRIMARY KEY,
    source text NOT NULL,
    name text NOT NULL,
    severity text NOT NULL,
    message text NOT NULL,
    task_id bigint,
    task_type text,
    tenant text,
    times bigint NOT NULL DEFAULT 1,
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    acked_at timestamptz,
    acked_by text,
    cleared_at timestamptz,
    CONSTRAINT alert_severity_known CHECK (severity IN ('info', 'warning', 'error'))
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX alert_open ON leasehold.alert (source, name) WHERE cleared_at IS NULL;

-- Who did what over the API.
CREATE TABLE leasehold.audit (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT audit_pkey PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who text NOT NULL,
    action text NOT NULL,
    target text,
    request_id text,
    data jsonb
);

CREATE TABLE leasehold.api_token (
    id text CONSTRAINT api_token_pkey PRIMARY KEY,
    name text NOT NULL,
    hash text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
) WITH (fillfactor = 80);

-- Answers to requests that carried an Idempotency-Key, kept for a day.
CREATE TABLE leasehold.idempotency_key (
    tenant text NOT NULL,
    key text NOT NULL,
    body_hash bytea NOT NULL,
    task_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_key_pkey PRIMARY KEY (tenant, key)
);

CREATE INDEX idempotency_key_age ON leasehold.idempotency_key (created_at);

-- Plain SQL enqueue: from any language, inside the caller's own transaction. The owner of the lane hears of it at COMMIT.
CREATE FUNCTION leasehold.enqueue(
    type text,
    payload jsonb,
    key text DEFAULT NULL,
    tenant text DEFAULT 'default',
    due_at timestamptz DEFAULT now(),
    priority text DEFAULT 'normal',
    queue text DEFAULT 'default'
) RETURNS text
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    new_id bigint := nextval('leasehold.task_id');
    lanes bigint := (SELECT s.value FROM leasehold.setting s WHERE s.name = 'lanes');
    lane_no smallint := leasehold.lane_of(new_id, NULL, lanes);
    rank smallint := array_position(ARRAY['critical', 'high', 'normal', 'low'], enqueue.priority) - 1;
    found_id bigint;
BEGIN
    IF lanes IS NULL THEN
        RAISE EXCEPTION 'no Leasehold node has started on this database yet: the number of lanes is not set';
    END IF;
    IF rank IS NULL THEN
        RAISE EXCEPTION 'priority must be critical, high, normal or low, not %', enqueue.priority
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF jsonb_typeof(enqueue.payload) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'payload must be a JSON object' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    LOOP
        -- A due time of "now" is the clock's, not the transaction's start, so that it is not behind the reader's cursor.
        INSERT INTO leasehold.task (id, lane, priority, due_at, tenant, type, key, queue, payload)
        VALUES (new_id, lane_no, rank,
                CASE WHEN enqueue.due_at <= clock_timestamp() THEN clock_timestamp() ELSE enqueue.due_at END,
                enqueue.tenant, enqueue.type, enqueue.key, enqueue.queue, enqueue.payload)
        ON CONFLICT (tenant, type, key) WHERE key IS NOT NULL AND state <> 'cancelled' DO NOTHING
        RETURNING id INTO found_id;
        IF found_id IS NOT NULL THEN
            PERFORM pg_notify('leasehold', lane_no::text);
            RETURN found_id::text;
        END IF;
        SELECT t.id INTO found_id FROM leasehold.task t
        WHERE t.tenant = enqueue.tenant AND t.type = enqueue.type AND t.key = enqueue.key AND t.state <> 'cancelled';
        IF found_id IS NOT NULL THEN
            RETURN found_id::text;
        END IF;
    END LOOP;
END
$$;
