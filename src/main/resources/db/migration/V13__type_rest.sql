-- Types that rest because their runs kept losing their leases: known to all nodes, and after a restart. A row stays until a
-- run of the type has ended otherwise after its rest, or somebody has released it.
CREATE TABLE leasehold.type_rest (
    type text CONSTRAINT type_rest_pkey PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz NOT NULL,
    node text NOT NULL,
    message text NOT NULL
) WITH (fillfactor = 80);
