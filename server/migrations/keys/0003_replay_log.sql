-- What a restored backup of the data must be told before anybody is served: every erasure and withdrawal, in order. Lives
-- with the keys, so that no backup of the data takes it back in time. No personal data: subject is a keyed hash of the
-- person's id, body names kinds, purposes and rows. Append-only.
CREATE TABLE replay_log (
    position BIGINT NOT NULL PRIMARY KEY,
    id       TEXT   NOT NULL UNIQUE,
    subject  BLOB   NOT NULL,
    kind     TEXT   NOT NULL,
    body     TEXT   NOT NULL,
    at       BIGINT NOT NULL
);
