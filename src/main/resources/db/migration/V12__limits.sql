-- Runs at once over all nodes, by queue, type or tenant. A limit is a rule on a name and needs no task.
CREATE TABLE leasehold.run_limit (
    kind text NOT NULL CONSTRAINT run_limit_kind_check CHECK (kind IN ('queue', 'tenant', 'type')),
    name text NOT NULL,
    max_running int NOT NULL CONSTRAINT run_limit_max_running_check CHECK (max_running > 0),
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by text NOT NULL,
    CONSTRAINT run_limit_pkey PRIMARY KEY (kind, name)
) WITH (fillfactor = 80);
