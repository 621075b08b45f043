-- Events that handlers emit: written in the transaction of the run's end, delivered afterwards, at least once.

-- Who wants events. kind java: delivered by the nodes to code of the application; kind feed: fetched over HTTP and
-- acknowledged. events null: all of them.
CREATE TABLE leasehold.subscription (
    name text CONSTRAINT subscription_pkey PRIMARY KEY,
    kind text NOT NULL,
    events text[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT subscription_kind_known CHECK (kind IN ('java', 'feed'))
) WITH (fillfactor = 80);

-- One row an event and subscription, removed by the delivery. No foreign key: a flush must not wait for a subscription's
-- change. Ids follow the order of a task's runs, which never overlap; between tasks they are not in the order of COMMITs,
-- so nobody reads "behind the last id": the relay takes what is there.
CREATE TABLE leasehold.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
    subscription text NOT NULL,
    lane smallint NOT NULL,
    task_id bigint NOT NULL,
    run_no integer NOT NULL,
    attempt integer NOT NULL,
    type text NOT NULL,
    tenant text NOT NULL,
    key text,
    name text NOT NULL,
    payload jsonb NOT NULL,
    emitted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    given_up_at timestamptz,
    error text
) WITH (fillfactor = 90, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.05);

-- What is open of a subscription, in order; and what of a task stands before an event.
CREATE INDEX outbox_open ON leasehold.outbox (subscription, id) WHERE given_up_at IS NULL;
CREATE INDEX outbox_held ON leasehold.outbox (subscription, task_id, id) WHERE given_up_at IS NULL AND tries > 0;
CREATE INDEX outbox_given_up ON leasehold.outbox (subscription, id) WHERE given_up_at IS NOT NULL;
