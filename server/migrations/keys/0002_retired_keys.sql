-- A key that is about to be destroyed is retired first: it still opens what it sealed, and seals nothing more. So nothing
-- new is ever sealed under a key that is about to go.
CREATE TABLE data_key_next (
    id         TEXT   NOT NULL PRIMARY KEY,
    person_id  TEXT   NOT NULL,
    category   TEXT   NOT NULL,
    root_id    TEXT   NOT NULL REFERENCES root_key (id),
    wrapped    BLOB   NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);
INSERT INTO data_key_next (id, person_id, category, root_id, wrapped, created_at)
    SELECT id, person_id, category, root_id, wrapped, created_at FROM data_key;
DROP TABLE data_key;
ALTER TABLE data_key_next RENAME TO data_key;
CREATE UNIQUE INDEX data_key_in_use ON data_key (person_id, category) WHERE retired_at IS NULL;
CREATE INDEX data_key_by_person ON data_key (person_id, category);
