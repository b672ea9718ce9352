-- Replies to SMS that no program understood: each waits for a human, and until then no marketing goes to that number.
CREATE TABLE sms_reply (
    id           TEXT   NOT NULL PRIMARY KEY,
    person_id    TEXT   NOT NULL REFERENCES person (id),
    -- What it says: sealed under a key of its own, which goes with its answer.
    content      BLOB,
    -- A keyed hash by which what is delivered twice is taken once. Made of the text it is gone with the answer, too.
    repeat_index BLOB   UNIQUE,
    received_at  BIGINT NOT NULL,
    -- Last moment by which somebody has read it.
    due_at       BIGINT NOT NULL,
    answered_at  BIGINT,
    -- What the human found: opt_out or nothing.
    outcome      TEXT,
    CHECK ((answered_at IS NULL) = (outcome IS NULL)),
    CHECK (answered_at IS NULL OR content IS NULL)
);
CREATE INDEX sms_reply_by_person ON sms_reply (person_id);
CREATE INDEX sms_reply_waiting ON sms_reply (due_at) WHERE answered_at IS NULL;
CREATE INDEX sms_reply_answered ON sms_reply (answered_at) WHERE answered_at IS NOT NULL;
