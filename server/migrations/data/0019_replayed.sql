-- The id of the replay log's entry at that position. If the key store has another one there, its log was put back to an
-- earlier state or belongs to somebody else, and everything is replayed.
ALTER TABLE replayed ADD COLUMN entry_id TEXT;
