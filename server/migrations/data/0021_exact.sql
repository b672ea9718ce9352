-- What the replay log restores exactly, and what people are told when their data was restored.

-- When each was changed last; none: as at registration. An entry of the replay log that is older changes nothing.
ALTER TABLE person ADD COLUMN password_at BIGINT;
ALTER TABLE person ADD COLUMN phone_at BIGINT;
ALTER TABLE person ADD COLUMN username_at BIGINT;
-- Restorations that ended by then were read and put away.
ALTER TABLE person ADD COLUMN restored_read_at BIGINT;

-- Each time that this data was restored from a backup and caught up with the replay log.
CREATE TABLE restoration (
    id       TEXT   NOT NULL PRIMARY KEY,
    -- The newest thing that the backup knew.
    as_of    BIGINT NOT NULL,
    -- When the data had caught up; none: it is about to.
    ended_at BIGINT
);
