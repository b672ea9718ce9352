-- The key store. Lives in a database of its own, so that a backup of the data never carries a key.
-- Times are UTC milliseconds; ids are UUIDs as text.

-- Wraps every other key; is itself wrapped by the master key that only the operator holds.
CREATE TABLE root_key (
    id         TEXT   NOT NULL PRIMARY KEY,
    wrapped    BLOB   NOT NULL,
    created_at BIGINT NOT NULL
);

-- One per person and category of data. Deleting the row makes every copy of that data unreadable.
CREATE TABLE data_key (
    id         TEXT   NOT NULL PRIMARY KEY,
    person_id  TEXT   NOT NULL,
    category   TEXT   NOT NULL,
    root_id    TEXT   NOT NULL REFERENCES root_key (id),
    wrapped    BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, category)
);

-- Keys of the service itself: the blind index, the ledger's signature.
CREATE TABLE service_key (
    name       TEXT   NOT NULL PRIMARY KEY,
    root_id    TEXT   NOT NULL REFERENCES root_key (id),
    wrapped    BLOB   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Append-only. What is not in here was lost, not erased, and reading it is a fault.
CREATE TABLE erasure_log (
    key_id    TEXT   NOT NULL PRIMARY KEY,
    erased_at BIGINT NOT NULL
);
