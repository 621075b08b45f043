-- OAuth connections and what providers answered. Everything secret is ciphertext (columns _ct), bound to its row, field and
-- generation: copied to another place it cannot be read.

-- Keys that encrypt columns, wrapped by the key file, which is not in the database.
CREATE TABLE leasehold.keyset (
    name text CONSTRAINT keyset_pkey PRIMARY KEY,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now()
);

-- presented counts how often the present refresh token may have reached the provider without an answer that we know.
CREATE TABLE leasehold.credential (
    tenant text NOT NULL,
    id text NOT NULL,
    provider text NOT NULL,
    account text NOT NULL,
    token_endpoint text NOT NULL,
    client_id text NOT NULL,
    client_secret_ct bytea,
    scope text,
    policy text CONSTRAINT credential_policy_check CHECK (policy IN ('none', 'lenient', 'grace', 'strict')),
    generation bigint NOT NULL DEFAULT 1,
    refresh_ct bytea NOT NULL,
    refresh_hash text NOT NULL,
    refresh_expires_at timestamptz,
    access_ct bytea,
    access_issued_at timestamptz,
    access_expires_at timestamptz,
    expiry_assumed boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'idle'
        CONSTRAINT credential_state_check CHECK (state IN ('idle', 'refreshing', 'unknown', 'reconnect')),
    state_reason text,
    attempt_id uuid,
    attempt_until timestamptz,
    presented integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT credential_pkey PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70);

-- Every token answer that was received, written before anything else is done with it. Never updated but for adopted.
CREATE TABLE leasehold.token_result (
    attempt_id uuid CONSTRAINT token_result_pkey PRIMARY KEY,
    tenant text NOT NULL,
    connection text NOT NULL,
    parent_hash text NOT NULL,
    answer_ct bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    adopted boolean NOT NULL DEFAULT false,
    CONSTRAINT token_result_credential_fkey FOREIGN KEY (tenant, connection)
        REFERENCES leasehold.credential (tenant, id) ON DELETE CASCADE
);

CREATE INDEX token_result_connection_idx ON leasehold.token_result (tenant, connection, received_at);
