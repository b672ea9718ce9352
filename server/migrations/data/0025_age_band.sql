-- The age band that a person chose at registration: sealed under their own key, as all of the account. An account from before
-- this column has it in its Registered event, from where it is read once (accounts/band.rs).
ALTER TABLE person ADD COLUMN age_band BLOB;
CREATE INDEX person_without_age_band ON person (id) WHERE age_band IS NULL;
