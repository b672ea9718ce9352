-- 个人信息转移: a package that is sent to a service that its person named. receiver (name and address) and credential are sealed;
-- the credential goes when the transfer ends.
CREATE TABLE transfer (
    id         TEXT   NOT NULL PRIMARY KEY,
    person_id  TEXT   NOT NULL REFERENCES person (id),
    export_id  TEXT   NOT NULL REFERENCES export (id),
    request_id TEXT   NOT NULL REFERENCES request (id),
    receiver   BLOB   NOT NULL,
    credential BLOB,
    state      TEXT   NOT NULL,
    -- Why it was not delivered.
    failure    TEXT,
    -- Tries to send it. A sender that lost its lease writes under an older one.
    attempt    BIGINT NOT NULL,
    -- Not before this: a pause after a failed try, or the lease of the sender at work.
    next_at    BIGINT NOT NULL,
    sent_bytes BIGINT NOT NULL,
    asked_at   BIGINT NOT NULL,
    ended_at   BIGINT,
    CHECK (ended_at IS NULL OR credential IS NULL)
);
CREATE INDEX transfer_by_person ON transfer (person_id, asked_at);
CREATE INDEX transfer_open ON transfer (next_at) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX transfer_by_export ON transfer (export_id);
