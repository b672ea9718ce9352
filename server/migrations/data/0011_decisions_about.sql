-- A decision can be about one recipient or one cookie within its purpose; about is empty where it is about the whole purpose.
CREATE TABLE decision_next (
    person_id      TEXT    NOT NULL REFERENCES person (id),
    purpose        TEXT    NOT NULL,
    about          TEXT    NOT NULL,
    granted        BOOLEAN NOT NULL,
    decided_at     BIGINT  NOT NULL,
    policy_version TEXT    NOT NULL,
    words_hash     TEXT    NOT NULL,
    surface        TEXT    NOT NULL,
    -- Where in the person's chain the event stands that made it.
    position       BIGINT  NOT NULL,
    PRIMARY KEY (person_id, purpose, about)
);
INSERT INTO decision_next
    SELECT person_id, purpose, '', granted, decided_at, policy_version, words_hash, surface, position FROM decision;
DROP TABLE decision;
ALTER TABLE decision_next RENAME TO decision;

-- The exact words that were ever shown before a decision, by their SHA-256 in hex: what an event's hash stands for can be
-- read for as long as somebody may ask. No personal data.
CREATE TABLE shown_words (
    hash TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);
