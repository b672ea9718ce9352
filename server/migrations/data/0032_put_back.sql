-- That this data was put back to an earlier state, and has not been brought up since: 'restored' from a backup, or 'lost' where
-- the ledger's log shows that events of a later state are gone. No entry of the replay log need tell of it.
ALTER TABLE replayed ADD COLUMN put_back TEXT;
