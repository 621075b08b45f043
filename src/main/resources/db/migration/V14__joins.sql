-- Read without a lock that keeps others out: V9 only says that it holds from now on.
ALTER TABLE leasehold.task VALIDATE CONSTRAINT task_state_known;

-- A task that was stopped because one of its needs was cancelled keeps the others: resumed, it waits for them again. What it
-- waited for is forgotten when it is cancelled, or told to run without them.
CREATE OR REPLACE FUNCTION leasehold.task_cancelled() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NEW.needed AND NEW.state = 'cancelled' THEN
        INSERT INTO leasehold.task_end (task_id, success) VALUES (NEW.id, false);
        PERFORM pg_notify('leasehold_ends', '');
    END IF;
    IF OLD.state <> 'active' THEN
        DELETE FROM leasehold.dependency WHERE task_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER task_cancelled ON leasehold.task;

-- The condition is looked at before the function is called: the end of a common task pays a comparison.
CREATE TRIGGER task_cancelled
    AFTER UPDATE OF state ON leasehold.task
    FOR EACH ROW
    WHEN ((NEW.state = 'cancelled' AND OLD.state <> 'cancelled' AND (NEW.needed OR OLD.state <> 'active'))
          OR (NEW.state = 'active' AND OLD.state = 'needs_intervention'))
    EXECUTE FUNCTION leasehold.task_cancelled();
