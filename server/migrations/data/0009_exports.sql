-- 个人信息副本: one row per package that was asked for, to keep or to be sent. scope is JSON of business functions and dates,
-- no personal data.
CREATE TABLE export (
    id          TEXT   NOT NULL PRIMARY KEY,
    person_id   TEXT   NOT NULL REFERENCES person (id),
    request_id  TEXT   NOT NULL REFERENCES request (id),
    purpose     TEXT   NOT NULL CHECK (purpose IN ('keep', 'transfer')),
    state       TEXT   NOT NULL,
    scope       TEXT   NOT NULL,
    -- Which try this is. A worker that lost its lease writes under an older one, and nobody reads it.
    attempt     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    -- Steps, of which total are to be done.
    done        BIGINT NOT NULL,
    total       BIGINT NOT NULL,
    bytes       BIGINT NOT NULL,
    asked_at    BIGINT NOT NULL,
    ends_at     BIGINT,
    ended_at    BIGINT
);
CREATE INDEX export_by_person ON export (person_id, asked_at);
CREATE INDEX export_open ON export (asked_at) WHERE ended_at IS NULL;

-- The package, piece by piece, sealed under a key of its own that dies with it.
CREATE TABLE export_part (
    export_id TEXT   NOT NULL REFERENCES export (id),
    attempt   BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    sealed    BLOB   NOT NULL,
    PRIMARY KEY (export_id, attempt, position)
);
