-- What was given to whom, as the host tells it; kept for three years (网数条例 12), and until then not to be erased. id is
-- derived from the person and the host's own id for it, so that the same one never stands here twice. content is sealed.
CREATE TABLE disclosure (
    id        TEXT    NOT NULL PRIMARY KEY,
    person_id TEXT    NOT NULL REFERENCES person (id),
    -- An id of recipients.toml.
    recipient TEXT    NOT NULL,
    at        BIGINT  NOT NULL,
    ground    TEXT    NOT NULL,
    -- With consent as its ground: for which purpose.
    purpose   TEXT,
    -- Anybody can see it.
    is_public BOOLEAN NOT NULL,
    -- Consent is its ground, and none stood at that time.
    unfounded BOOLEAN NOT NULL,
    content   BLOB    NOT NULL
);
CREATE INDEX disclosure_by_recipient ON disclosure (person_id, recipient, at, id);
CREATE INDEX disclosure_by_time ON disclosure (person_id, is_public, at, id);
CREATE INDEX disclosure_by_age ON disclosure (at);
