-- People and how they prove who they are. Times are UTC milliseconds; ids are UUIDv7 as text.
-- A column of type BLOB that is not an index or a hash is sealed under a key of the person's own.

CREATE TABLE person (
    id             TEXT    NOT NULL PRIMARY KEY,
    state          TEXT    NOT NULL,
    phone_index    BLOB    NOT NULL UNIQUE,
    username_index BLOB    NOT NULL UNIQUE,
    phone          BLOB    NOT NULL,
    username       BLOB    NOT NULL,
    password_hash  BLOB    NOT NULL,
    -- The person's name in the ledger. Sealed, so the link dies with the key.
    pseudonym      BLOB    NOT NULL,
    care_mode      BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL
);

-- 登录设备. Only the SHA-256 of the token is kept: reading this table signs nobody in.
CREATE TABLE session (
    id            TEXT   NOT NULL PRIMARY KEY,
    person_id     TEXT   NOT NULL REFERENCES person (id),
    token_hash    BLOB   NOT NULL UNIQUE,
    client        BLOB   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_seen_at  BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    stepped_up_at BIGINT,
    ended_at      BIGINT
);
CREATE INDEX session_by_person ON session (person_id, last_seen_at);

-- One-time codes by SMS. The phone only as its blind index, the code only as its MAC.
CREATE TABLE one_time_code (
    id          TEXT   NOT NULL PRIMARY KEY,
    phone_index BLOB   NOT NULL,
    use_for     TEXT   NOT NULL,
    code_mac    BLOB   NOT NULL,
    sent_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    used_at     BIGINT
);
CREATE INDEX one_time_code_by_phone ON one_time_code (phone_index, sent_at);
