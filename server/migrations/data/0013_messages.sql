-- A message that is being handed to its gateway: written in the transaction that looked whether it may, gone when the gateway
-- has answered. purpose is the one whose "no" waits for it.
CREATE TABLE hand_over (
    id        TEXT   NOT NULL PRIMARY KEY,
    person_id TEXT   NOT NULL REFERENCES person (id),
    purpose   TEXT   NOT NULL,
    begun_at  BIGINT NOT NULL
);
CREATE INDEX hand_over_by_person ON hand_over (person_id, purpose);

-- The link under every marketing mail, one per person and channel. The token is derived from the id and the vault's key, so
-- reading this table unsubscribes nobody; only its SHA-256 is kept, to find the row.
CREATE TABLE unsubscribe_link (
    id         TEXT NOT NULL PRIMARY KEY,
    person_id  TEXT NOT NULL REFERENCES person (id),
    channel    TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    UNIQUE (person_id, channel)
);

-- A link (or the picture) of a mail whose person has agreed to 邮件信标跟踪. content (subject, and where the link leads) is
-- sealed; the token is kept as its SHA-256 only.
CREATE TABLE mail_link (
    id         TEXT   NOT NULL PRIMARY KEY,
    person_id  TEXT   NOT NULL REFERENCES person (id),
    token_hash BLOB   NOT NULL UNIQUE,
    content    BLOB   NOT NULL,
    made_at    BIGINT NOT NULL
);
CREATE INDEX mail_link_by_age ON mail_link (made_at);
