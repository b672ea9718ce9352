-- Limits of codes by SMS that all servers share, and browsers in which an account was used.

-- Asked for from a browser in which the phone's account was used before: strangers take nothing from it.
ALTER TABLE one_time_code ADD COLUMN known_device BOOLEAN NOT NULL DEFAULT FALSE;

-- Each code that was asked for within the last hour, once for each limit that it counts against.
CREATE TABLE code_count (
    id            TEXT   NOT NULL PRIMARY KEY,
    -- Which limit: a keyed hash of an address, of an account, or of what is counted for all. Nothing else uses it.
    counter_index BLOB   NOT NULL,
    -- Whose account asked, where that is what is limited.
    person_id     TEXT   REFERENCES person (id),
    at            BIGINT NOT NULL
);
CREATE INDEX code_count_by_counter ON code_count (counter_index, at);
CREATE INDEX code_count_by_age ON code_count (at);
CREATE INDEX code_count_by_person ON code_count (person_id) WHERE person_id IS NOT NULL;

-- Browsers in which an account was used. The index is a keyed hash of the browser's own token and the account: two accounts that
-- were used in one browser can't be told to have been.
CREATE TABLE known_device (
    id           TEXT   NOT NULL PRIMARY KEY,
    device_index BLOB   NOT NULL UNIQUE,
    person_id    TEXT   NOT NULL REFERENCES person (id),
    used_at      BIGINT NOT NULL
);
CREATE INDEX known_device_by_person ON known_device (person_id);
CREATE INDEX known_device_by_age ON known_device (used_at);
