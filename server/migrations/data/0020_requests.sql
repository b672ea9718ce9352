-- 投诉与反馈, 近亲属 and 生前安排.

-- Since when somebody works on it.
ALTER TABLE request ADD COLUMN begun_at BIGINT;
-- It waits until then for what its person is to add, which is told in asked (sealed).
ALTER TABLE request ADD COLUMN expires_at BIGINT;
ALTER TABLE request ADD COLUMN asked BLOB;
-- When it was first noticed that the answer is late.
ALTER TABLE request ADD COLUMN overdue_at BIGINT;
CREATE INDEX request_by_expiry ON request (expires_at) WHERE expires_at IS NOT NULL;

-- 近亲属: what a request claims (account, relation, what for), sealed; and the package that was granted.
CREATE TABLE kin_request (
    request_id TEXT   NOT NULL PRIMARY KEY REFERENCES request (id),
    -- Who asks.
    person_id  TEXT   NOT NULL REFERENCES person (id),
    claim      BLOB   NOT NULL,
    -- The package of the account of the person who has died. Not a reference: it goes with that account.
    export_id  TEXT,
    -- When its one download began.
    taken_at   BIGINT
);
CREATE INDEX kin_request_by_person ON kin_request (person_id);

-- Proof of death and of kinship: sealed under a key of the request's own, gone with its answer.
CREATE TABLE kin_proof (
    id         TEXT   NOT NULL PRIMARY KEY,
    request_id TEXT   NOT NULL REFERENCES request (id),
    person_id  TEXT   NOT NULL REFERENCES person (id),
    -- death or kinship.
    shows      TEXT   NOT NULL,
    -- jpg, png or pdf, by its content.
    format     TEXT   NOT NULL,
    bytes      BIGINT NOT NULL,
    sealed     BLOB   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX kin_proof_by_request ON kin_proof (request_id);

-- 生前安排: sealed. No row: the law holds.
CREATE TABLE directive (
    person_id TEXT   NOT NULL PRIMARY KEY REFERENCES person (id),
    content   BLOB   NOT NULL,
    at        BIGINT NOT NULL
);
