-- Queues that stand still. A queue is a name on tasks and needs no row; only its pause is kept.
CREATE TABLE leasehold.queue_pause (
    queue text CONSTRAINT queue_pause_pkey PRIMARY KEY,
    paused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    paused_by text NOT NULL,
    reason text
) WITH (fillfactor = 80);
