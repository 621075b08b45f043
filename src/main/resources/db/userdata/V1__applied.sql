-- What a run has done in a user-data database that is not the platform database: the transaction of the work inserts the
-- run's key here, so that a repetition of the run finds it and skips the work.
CREATE TABLE IF NOT EXISTS leasehold.applied (
    task_id bigint NOT NULL,
    run_no integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT applied_pkey PRIMARY KEY (task_id, run_no)
);
