-- The ledger: what happened, in order, provably. Holds no personal data (a random pseudonym, kinds, hashes, times).

-- Append-only. Each person's events form a chain: an event holds the hash of the one before it.
CREATE TABLE event (
    pseudonym     TEXT   NOT NULL,
    position      BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    body          TEXT   NOT NULL,
    previous_hash BLOB   NOT NULL,
    hash          BLOB   NOT NULL,
    PRIMARY KEY (pseudonym, position)
);

-- How long each chain is, so that a missing last event shows.
CREATE TABLE chain_head (
    pseudonym TEXT   NOT NULL PRIMARY KEY,
    length    BIGINT NOT NULL,
    hash      BLOB   NOT NULL
);

-- Events that the sequencer has not folded into the log yet, each with the hash of its leaf to be.
CREATE TABLE pending_event (
    pseudonym TEXT   NOT NULL,
    position  BIGINT NOT NULL,
    leaf_hash BLOB   NOT NULL,
    PRIMARY KEY (pseudonym, position)
);

-- The one log of all events (RFC 6962 hashing). leaf_index is the event's place in it.
CREATE TABLE leaf (
    leaf_index BIGINT NOT NULL PRIMARY KEY,
    pseudonym  TEXT   NOT NULL,
    position   BIGINT NOT NULL,
    leaf_hash  BLOB   NOT NULL,
    UNIQUE (pseudonym, position)
);

-- Signed statements of the log's size and root (C2SP tlog-checkpoint as a signed note).
CREATE TABLE checkpoint (
    tree_size BIGINT NOT NULL PRIMARY KEY,
    root_hash BLOB   NOT NULL,
    note      TEXT   NOT NULL,
    at        BIGINT NOT NULL
);
