-- What the data database must not be behind of. Lives with the keys, so that no backup of the data takes it back in time.

-- One row: the newest checkpoint of the ledger's log that was signed.
CREATE TABLE log_head (
    tree_size BIGINT NOT NULL,
    root_hash BLOB   NOT NULL,
    note      TEXT   NOT NULL
);

-- Each name under which the log was continued after its data had been put back to an earlier state: checkpoints above
-- tree_size are signed under the new one. lost_note is the newest checkpoint under the name before. The first name has no row.
CREATE TABLE log_generation (
    number    BIGINT NOT NULL PRIMARY KEY,
    tree_size BIGINT NOT NULL,
    lost_note TEXT   NOT NULL,
    begun_at  BIGINT NOT NULL
);
