-- Records of any kind of the data catalogue, as the host sends them. id is derived from the person and the host's own id
-- for the record, so that the same record never stands here twice. content is sealed under the person's key for that kind.
CREATE TABLE record (
    id            TEXT   NOT NULL PRIMARY KEY,
    person_id     TEXT   NOT NULL REFERENCES person (id),
    field         TEXT   NOT NULL,
    -- When it came about; its retention counts from here.
    at            BIGINT NOT NULL,
    source        TEXT   NOT NULL,
    basis         TEXT   NOT NULL,
    content       BLOB   NOT NULL,
    corrected_at  BIGINT,
    -- Since when it is stored only, because a law keeps it (个保法 47): nothing but the retention job touches it.
    restricted_at BIGINT
);
CREATE INDEX record_by_kind ON record (person_id, field, at, id);
CREATE INDEX record_by_time ON record (person_id, at, id);
CREATE INDEX record_by_age ON record (field, at);

-- How many records a person has of each kind: the projection that answers without counting.
CREATE TABLE record_total (
    person_id  TEXT   NOT NULL REFERENCES person (id),
    field      TEXT   NOT NULL,
    held       BIGINT NOT NULL,
    restricted BIGINT NOT NULL,
    latest_at  BIGINT NOT NULL,
    PRIMARY KEY (person_id, field)
);

-- Who corrected a record and when. Never what it said before.
CREATE TABLE correction (
    id           TEXT   NOT NULL PRIMARY KEY,
    record_id    TEXT   NOT NULL,
    person_id    TEXT   NOT NULL REFERENCES person (id),
    corrected_by TEXT   NOT NULL,
    corrected_at BIGINT NOT NULL
);
CREATE INDEX correction_by_record ON correction (record_id, corrected_at);

-- Records that were erased one by one: the host sending one again does not bring it back.
CREATE TABLE erased_record (
    id TEXT NOT NULL PRIMARY KEY
);

-- Kinds that were erased as a whole, and when: an older record does not come back.
CREATE TABLE erased_kind (
    person_id TEXT   NOT NULL REFERENCES person (id),
    field     TEXT   NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (person_id, field)
);

-- Each erasure as an intent, written with what it removes; then its keys are destroyed, then it is done. What stands open
-- is finished at the next run. keys: ids, one a line.
CREATE TABLE erasure (
    id          TEXT   NOT NULL PRIMARY KEY,
    person_id   TEXT   NOT NULL REFERENCES person (id),
    keys        TEXT   NOT NULL,
    intended_at BIGINT NOT NULL,
    done_at     BIGINT
);
CREATE INDEX erasure_open ON erasure (intended_at) WHERE done_at IS NULL;

-- One row: how many erasures there were. Who seals in bulk looks here whether the keys in hand are still the right ones.
CREATE TABLE erasure_count (
    erasures BIGINT NOT NULL
);
INSERT INTO erasure_count (erasures) VALUES (0);

-- 实名信息 can be stored only, too.
ALTER TABLE real_name ADD COLUMN restricted_at BIGINT;
