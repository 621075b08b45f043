-- When the first attempt of the run was due; null unless a retry is pending, whose moment is due_at. The schedule goes on
-- from here: the times that pass while a retry is waited for are missed like others, not lost.
ALTER TABLE leasehold.task ADD COLUMN run_due_at timestamptz;

-- Attempts of the run that ended at a provider's limit. As those in lease_attempts they are not counted as faults.
ALTER TABLE leasehold.task ADD COLUMN limit_attempts integer NOT NULL DEFAULT 0;
