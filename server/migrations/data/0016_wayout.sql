-- What the host reports as open between it and a person: orders, disputes, balances, coupons. id is derived from the person and
-- the host's own id. The newest report wins; what is settled stays as a row without content, so that an older report does not
-- bring it back. content is sealed under a key of its own category.
CREATE TABLE affair (
    id        TEXT    NOT NULL PRIMARY KEY,
    person_id TEXT    NOT NULL REFERENCES person (id),
    at        BIGINT  NOT NULL,
    is_open   BOOLEAN NOT NULL,
    content   BLOB,
    CHECK (is_open = (content IS NOT NULL))
);
CREATE INDEX affair_by_person ON affair (person_id) WHERE is_open;

-- Money that was given up in writing, for one attempt to leave. content (which obstacle, how much, what was typed) is sealed.
CREATE TABLE waiver (
    id              TEXT   NOT NULL PRIMARY KEY,
    cancellation_id TEXT   NOT NULL REFERENCES cancellation (id),
    person_id       TEXT   NOT NULL REFERENCES person (id),
    content         BLOB   NOT NULL,
    made_at         BIGINT NOT NULL
);
CREATE INDEX waiver_by_cancellation ON waiver (cancellation_id);
CREATE INDEX waiver_by_person ON waiver (person_id);

-- The request by which a human looks at the orders that were recognised, while it waits.
ALTER TABLE cancellation ADD COLUMN review_id TEXT;
-- What was shown and picked then; sealed, and gone once the human has answered.
ALTER TABLE cancellation ADD COLUMN proof BLOB;
-- What stood in the way when it was refused; sealed.
ALTER TABLE cancellation ADD COLUMN obstacles BLOB;
-- Not before this it is looked up again what stands in the way of one that is due.
ALTER TABLE cancellation ADD COLUMN check_at BIGINT;
