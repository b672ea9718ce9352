-- Executing a cancellation, and what a law keeps afterwards.

-- How far each execution has come. Once it is over, nothing in it names the person but their pseudonym.
CREATE TABLE execution (
    -- Random: it tells neither whose it is nor when it began.
    id          TEXT   NOT NULL PRIMARY KEY,
    -- Whose account; nobody's once it is over.
    person_id   TEXT,
    -- The step that comes next.
    step        TEXT   NOT NULL,
    -- Which try this is. A worker that lost its lease has an older one, and changes nothing more.
    attempt     BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    begun_at    BIGINT NOT NULL,
    -- What is needed once the person's keys are gone: sealed under a key of the execution's own.
    content     BLOB,
    -- SHA-256 of the token of the secret link.
    token_hash  BLOB   UNIQUE,
    -- Ids of the person's keys, one a line, written down before they are destroyed.
    keys        TEXT   NOT NULL,
    -- The person's name in the ledger, once it is over: the certificate is made from its events.
    pseudonym   TEXT,
    ended_at    BIGINT,
    -- When its own keys were destroyed.
    closed_at   BIGINT,
    CHECK ((ended_at IS NULL) = (person_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (pseudonym IS NULL))
);
CREATE UNIQUE INDEX execution_of_person ON execution (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX execution_open ON execution (begun_at) WHERE ended_at IS NULL;
CREATE INDEX execution_unclosed ON execution (ended_at) WHERE closed_at IS NULL;

-- What an execution has done so far, written with what it did. Gone with the last step: the ledger's event tells it.
CREATE TABLE execution_count (
    execution_id TEXT   NOT NULL REFERENCES execution (id),
    -- erased or kept.
    outcome      TEXT   NOT NULL,
    -- A kind of the data catalogue, a table, or the retention that keeps it.
    kind         TEXT   NOT NULL,
    counted      BIGINT NOT NULL,
    -- Kept: until when, the last of them.
    until_at     BIGINT NOT NULL,
    PRIMARY KEY (execution_id, outcome, kind)
);

-- The legal hold: what a law keeps of somebody who has left, by law and by the month in which it ends. Each bucket has a key
-- of its own, which is destroyed with its last record.
CREATE TABLE legal_hold_bucket (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- A blind index of the phone that is used nowhere else.
    phone_index BLOB   NOT NULL,
    -- The retention that keeps it, by its id in data.toml, or disclosure.
    ground      TEXT   NOT NULL,
    -- When its last record ended: its key is about to be destroyed.
    emptied_at  BIGINT
);
CREATE INDEX legal_hold_bucket_by_phone ON legal_hold_bucket (phone_index);
CREATE INDEX legal_hold_bucket_emptied ON legal_hold_bucket (emptied_at) WHERE emptied_at IS NOT NULL;

CREATE TABLE legal_hold_record (
    id        TEXT   NOT NULL PRIMARY KEY,
    bucket_id TEXT   NOT NULL REFERENCES legal_hold_bucket (id),
    -- From then on no law keeps it.
    ends_at   BIGINT NOT NULL,
    content   BLOB   NOT NULL
);
CREATE INDEX legal_hold_record_by_bucket ON legal_hold_record (bucket_id);
CREATE INDEX legal_hold_record_by_end ON legal_hold_record (ends_at);
