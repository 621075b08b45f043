-- How often tasks of a type may start, for each concurrency key by itself, and by which weights tenants share the slots.

-- A rule on a name; the type's definition may bring one, which this replaces.
CREATE TABLE leasehold.key_rate (
    type text CONSTRAINT key_rate_pkey PRIMARY KEY,
    starts int NOT NULL CONSTRAINT key_rate_starts_check CHECK (starts > 0),
    window_ms bigint NOT NULL CONSTRAINT key_rate_window_check CHECK (window_ms > 0),
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by text NOT NULL
) WITH (fillfactor = 80);

-- Starts of tasks under a rate, written before they start, so that the next owner of their lane counts them too. Nothing
-- is asked of a row after its window; the janitor removes it then.
CREATE TABLE leasehold.key_start (
    type text NOT NULL,
    key text NOT NULL,
    started_at timestamptz NOT NULL,
    over_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX key_start_counted ON leasehold.key_start (type, key, started_at);
CREATE INDEX key_start_over ON leasehold.key_start (over_at);

-- How the starts of a type are shared where tasks of several tenants wait; a tenant without a row has weight 1.
CREATE TABLE leasehold.tenant_weight (
    tenant text CONSTRAINT tenant_weight_pkey PRIMARY KEY,
    weight int NOT NULL CONSTRAINT tenant_weight_weight_check CHECK (weight BETWEEN 1 AND 1000),
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by text NOT NULL
) WITH (fillfactor = 80);
