-- 注销账号: one row per attempt to leave; at most one of a person's is open.
CREATE TABLE cancellation (
    id            TEXT   NOT NULL PRIMARY KEY,
    person_id     TEXT   NOT NULL REFERENCES person (id),
    state         TEXT   NOT NULL,
    drafted_at    BIGINT NOT NULL,
    verified_at   BIGINT,
    submitted_at  BIGINT,
    -- When the cooling-off ends and execution may begin.
    due_at        BIGINT,
    ended_at      BIGINT
);
CREATE UNIQUE INDEX cancellation_open ON cancellation (person_id) WHERE ended_at IS NULL;
