-- What each person has decided: the projection of the ledger's decision events that answers "may I?".
CREATE TABLE decision (
    person_id      TEXT    NOT NULL REFERENCES person (id),
    purpose        TEXT    NOT NULL,
    granted        BOOLEAN NOT NULL,
    decided_at     BIGINT  NOT NULL,
    policy_version TEXT    NOT NULL,
    words_hash     TEXT    NOT NULL,
    surface        TEXT    NOT NULL,
    -- Where in the person's chain the event stands that made it.
    position       BIGINT  NOT NULL,
    PRIMARY KEY (person_id, purpose)
);
