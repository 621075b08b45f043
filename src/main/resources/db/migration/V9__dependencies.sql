-- Tasks that run after the success of others. Such a task is "blocked" until the last of its needs has succeeded.
ALTER TABLE leasehold.task DROP CONSTRAINT task_state_known;
ALTER TABLE leasehold.task ADD CONSTRAINT task_state_known
    CHECK (state IN ('active', 'blocked', 'paused', 'needs_intervention', 'cancelled')) NOT VALID;

-- Others wait for this one: its end leaves a row in task_end. The end of a common task looks no further.
ALTER TABLE leasehold.task ADD COLUMN needed boolean NOT NULL DEFAULT false;

-- Needs that have not been met. No foreign keys: the end of a task must not look for those who wait for it.
CREATE TABLE leasehold.dependency (
    needs_id bigint NOT NULL,
    task_id bigint NOT NULL,
    CONSTRAINT dependency_pkey PRIMARY KEY (needs_id, task_id)
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX dependency_task ON leasehold.dependency (task_id);

-- Ends that others waited for; written with the completion or the cancellation, worked off outside of it.
CREATE TABLE leasehold.task_end (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT task_end_pkey PRIMARY KEY,
    task_id bigint NOT NULL,
    success boolean NOT NULL
) WITH (autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0.02);

-- A set of tasks with one that runs when all of them have succeeded; its number is that task's.
CREATE TABLE leasehold.batch (
    id bigint CONSTRAINT batch_pkey PRIMARY KEY,
    size integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- However a task is cancelled: those who wait for it hear of it, and what it waited for is forgotten.
CREATE FUNCTION leasehold.task_cancelled() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.needed THEN
        INSERT INTO leasehold.task_end (task_id, success) VALUES (NEW.id, false);
        PERFORM pg_notify('leasehold_ends', '');
    END IF;
    IF OLD.state = 'blocked' THEN
        DELETE FROM leasehold.dependency WHERE task_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

-- The condition is looked at before the function is called: the end of a common task pays a comparison.
CREATE TRIGGER task_cancelled
    AFTER UPDATE OF state ON leasehold.task
    FOR EACH ROW
    WHEN (NEW.state = 'cancelled' AND OLD.state <> 'cancelled' AND (NEW.needed OR OLD.state = 'blocked'))
    EXECUTE FUNCTION leasehold.task_cancelled();
