-- What a request made beside the task that it answers with: the members of a batch, in the order given.
ALTER TABLE leasehold.idempotency_key ADD COLUMN ids bigint[];
