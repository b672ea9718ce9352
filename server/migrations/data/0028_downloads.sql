-- Where a piece begins in its package, in bytes: a download that goes on is served from there. A sealed piece is 45 bytes longer
-- than what is in it.
ALTER TABLE export_part ADD COLUMN starts_at BIGINT NOT NULL DEFAULT 0;
UPDATE export_part SET starts_at = whole.starts_at FROM (
    SELECT export_id, attempt, position,
        SUM(LENGTH(sealed) - 45) OVER (PARTITION BY export_id, attempt ORDER BY position) - (LENGTH(sealed) - 45) AS starts_at
    FROM export_part
) AS whole
WHERE whole.export_id = export_part.export_id AND whole.attempt = export_part.attempt AND whole.position = export_part.position;
CREATE INDEX export_part_by_start ON export_part (export_id, attempt, starts_at, position);

-- Which session has begun to download which package, and when: it may go on for a while. Gone minutes later.
CREATE TABLE download (
    session_id TEXT   NOT NULL REFERENCES session (id),
    export_id  TEXT   NOT NULL REFERENCES export (id),
    begun_at   BIGINT NOT NULL,
    PRIMARY KEY (session_id, export_id)
);
CREATE INDEX download_by_export ON download (export_id);
CREATE INDEX download_by_time ON download (begun_at);
