-- What leaving needs beside its own tables.

-- How it was proved who asks: password, code or review (a human looked at the orders that were recognised).
ALTER TABLE cancellation ADD COLUMN proved_by TEXT;
-- Why it was refused, in the person's words; there is no refusal without it.
ALTER TABLE cancellation ADD COLUMN refusal TEXT CHECK (state <> 'refused' OR refusal IS NOT NULL);
CREATE INDEX cancellation_due ON cancellation (due_at) WHERE state = 'cooling_off';

-- Messages of the centre's own that must arrive whatever dies meanwhile: each keeps its id from the first try to the last.
-- content (phone and text) is sealed under the owner's key and goes when the message has gone.
CREATE TABLE outgoing_message (
    id       TEXT   NOT NULL PRIMARY KEY,
    -- Whose key seals it: a person, or an execution, which outlives them.
    owner    TEXT   NOT NULL,
    content  BLOB,
    attempts BIGINT NOT NULL,
    -- Not before this: its time, a pause after a failed try, or the lease of the sender at work.
    next_at  BIGINT NOT NULL,
    -- When a gateway took it, or when it was given up or called off.
    ended_at BIGINT,
    outcome  TEXT,
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CHECK (ended_at IS NULL OR content IS NULL)
);
CREATE INDEX outgoing_message_due ON outgoing_message (next_at) WHERE ended_at IS NULL;
CREATE INDEX outgoing_message_by_owner ON outgoing_message (owner);

-- What each recipient is told (Standard Webhooks): id is the webhook-id, the same at every try. body is sealed under the
-- owner's key and goes when the recipient has taken it.
CREATE TABLE delivery (
    id           TEXT   NOT NULL PRIMARY KEY,
    -- Whose key seals it: a person, or an execution, which outlives them.
    owner        TEXT   NOT NULL,
    -- An id of recipients.toml, or host.
    recipient    TEXT   NOT NULL,
    -- erasure, correction or withdrawal.
    notice       TEXT   NOT NULL,
    -- What about, by ids of the catalogue; no personal data.
    about        TEXT   NOT NULL,
    body         BLOB,
    -- waiting, sent, accepted, completed, retained or dead.
    state        TEXT   NOT NULL,
    attempts     BIGINT NOT NULL,
    next_at      BIGINT NOT NULL,
    made_at      BIGINT NOT NULL,
    -- Last moment by which the recipient is to have completed it.
    due_at       BIGINT NOT NULL,
    sent_at      BIGINT,
    accepted_at  BIGINT,
    completed_at BIGINT,
    -- Why the last try failed; no personal data.
    failure      TEXT
);
CREATE INDEX delivery_by_owner ON delivery (owner, made_at);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'waiting';

-- Entries of the replay log (in the key store) that were written with their change, and are still to be copied there.
CREATE TABLE replay_pending (
    id      TEXT   NOT NULL PRIMARY KEY,
    subject BLOB   NOT NULL,
    kind    TEXT   NOT NULL,
    body    TEXT   NOT NULL,
    at      BIGINT NOT NULL
);
-- One row: up to which position of the replay log this database has everything.
CREATE TABLE replayed (
    position BIGINT NOT NULL
);
INSERT INTO replayed (position) VALUES (0);
