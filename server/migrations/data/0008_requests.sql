-- 权利申请: what people ask of us. wish and answer are sealed; about names a kind, a record or a purpose by its id.
CREATE TABLE request (
    id        TEXT   NOT NULL PRIMARY KEY,
    person_id TEXT   NOT NULL REFERENCES person (id),
    kind      TEXT   NOT NULL,
    about     TEXT   NOT NULL,
    status    TEXT   NOT NULL,
    wish      BLOB   NOT NULL,
    made_at   BIGINT NOT NULL,
    -- Last moment of the 15th working day.
    due_at    BIGINT NOT NULL,
    ended_at  BIGINT,
    answer    BLOB,
    -- Why it was refused; there is no refusal without it.
    ground    TEXT,
    CHECK (status <> 'denied' OR ground IS NOT NULL)
);
CREATE INDEX request_by_person ON request (person_id, made_at);
CREATE INDEX request_by_due ON request (due_at) WHERE ended_at IS NULL;
