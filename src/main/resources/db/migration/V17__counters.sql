-- Every completion adds a delta, and a node folds them into the totals now and then. Before, each flush updated the totals of
-- its lanes: while somebody holds a transaction open no old version of a row goes, so each update walked over more of
-- them. Deltas and totals are of no lane any more (-1); the rows by lane of before stay, since all who read take the sum. Nodes of
-- before go on beside this, but for their recount, which fails until they are replaced. The id lets a fold begin behind the
-- dead rows of what was folded before.
ALTER TABLE leasehold.stat_delta
    ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY,
    ADD CONSTRAINT stat_delta_pkey PRIMARY KEY (id),
    ALTER COLUMN lane SET DEFAULT -1;
