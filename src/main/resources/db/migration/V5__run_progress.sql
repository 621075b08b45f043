-- What a run said last about how far it is, kept with its history: {"percent": 40, "message": "page 4 of 10"}.
ALTER TABLE leasehold.run ADD COLUMN progress jsonb;
