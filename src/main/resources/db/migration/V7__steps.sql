-- Results of the steps of a run under way: a further attempt skips what has been done. Removed by the janitor once the
-- run is over, so that the end of a common run has nothing to look for here.
CREATE TABLE leasehold.step (
    task_id bigint NOT NULL,
    run_no integer NOT NULL,
    name text NOT NULL,
    attempt integer NOT NULL,
    result jsonb NOT NULL,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT step_pkey PRIMARY KEY (task_id, run_no, name),
    CONSTRAINT step_name_length CHECK (length(name) BETWEEN 1 AND 200)
);
