-- What the run that closed a task keeps of it, in columns: an object of the same cost the server 6 us a task. The snapshot
-- stays for what most tasks leave at its default, and for the runs of before.
ALTER TABLE leasehold.run
    ADD COLUMN closed_version bigint,
    ADD COLUMN payload jsonb,
    ADD COLUMN schedule jsonb,
    ADD COLUMN created_at timestamptz;
