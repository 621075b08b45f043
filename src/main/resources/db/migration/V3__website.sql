-- What the type website-analysis knows of sites: the newest sight of each page, findings with their history, and one row
-- an analysis.

CREATE TABLE leasehold.website (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT website_pkey PRIMARY KEY,
    tenant text NOT NULL,
    url text NOT NULL,
    kind text NOT NULL CONSTRAINT website_kind_check CHECK (kind IN ('own', 'competitor')),
    analysed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT website_tenant_url_kind_key UNIQUE (tenant, url, kind)
);

CREATE TABLE leasehold.website_analysis (
    website_id bigint NOT NULL
        CONSTRAINT website_analysis_website_id_fkey REFERENCES leasehold.website (id) ON DELETE CASCADE,
    run text NOT NULL,
    analysed_at timestamptz NOT NULL DEFAULT now(),
    complete boolean NOT NULL,
    pages integer NOT NULL,
    findings integer NOT NULL,
    changes jsonb NOT NULL,
    CONSTRAINT website_analysis_pkey PRIMARY KEY (website_id, run)
);

CREATE TABLE leasehold.website_page (
    website_id bigint NOT NULL
        CONSTRAINT website_page_website_id_fkey REFERENCES leasehold.website (id) ON DELETE CASCADE,
    url text NOT NULL,
    report jsonb NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT website_page_pkey PRIMARY KEY (website_id, url)
);

-- identity is a hash of rule, page and evidence: the same again is the same finding, with its age.
CREATE TABLE leasehold.website_finding (
    website_id bigint NOT NULL
        CONSTRAINT website_finding_website_id_fkey REFERENCES leasehold.website (id) ON DELETE CASCADE,
    identity text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL CONSTRAINT website_finding_severity_check CHECK (severity IN ('error', 'warning', 'info')),
    page text NOT NULL,
    evidence text NOT NULL,
    first_seen timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    fixed_at timestamptz,
    CONSTRAINT website_finding_pkey PRIMARY KEY (website_id, identity)
);
