-- What the type monitoring has measured, one row a run.
CREATE TABLE leasehold.measurement (
    task_id bigint NOT NULL,
    run_no integer NOT NULL,
    measured_at timestamptz NOT NULL DEFAULT now(),
    -- Milliseconds of an HTTP check, the compared value of an SQL check; null where nothing could be measured.
    value double precision,
    met boolean NOT NULL,
    detail text,
    CONSTRAINT measurement_pkey PRIMARY KEY (task_id, run_no)
);

CREATE INDEX measurement_measured_at_idx ON leasehold.measurement (measured_at);
