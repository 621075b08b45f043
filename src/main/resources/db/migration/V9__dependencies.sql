-- Tasks that run after the success of others. Such a task is "blocked" until the last of its needs has succeeded.

ALTER TABLE leasehold.task DROP CONSTRAINT task_state_known;
ALTER TABLE leasehold.task ADD CONSTRAINT task_state_known
    CHECK (state IN ('active', 'blocked', 'paused', 'needs_intervention', 'cancelled')) NOT VALID;

-- Others wait for this one: its success leaves a row in task_success. The end of a common task looks no further.
ALTER TABLE leasehold.task ADD COLUMN needed boolean NOT NULL DEFAULT false;

-- Needs that have not been met. No foreign keys: the end of a task must not look for those who wait for it.
CREATE TABLE leasehold.dependency (
    needs_id bigint NOT NULL,
    task_id bigint NOT NULL,
    CONSTRAINT dependency_pkey PRIMARY KEY (needs_id, task_id)
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX dependency_task ON leasehold.dependency (task_id);

-- Successes that others waited for; written with the completion, worked off outside of it.
CREATE TABLE leasehold.task_success (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT task_success_pkey PRIMARY KEY,
    task_id bigint NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.02);

-- A set of tasks with one that runs when all of them have succeeded; its number is that task's.
CREATE TABLE leasehold.batch (
    id bigint CONSTRAINT batch_pkey PRIMARY KEY,
    size integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
