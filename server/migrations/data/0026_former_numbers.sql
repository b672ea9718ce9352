-- Numbers that an account has given up, by erasure or by a change of phone: what is dated up to then is not the next owner's. The
-- index is made under a key of its day, which is destroyed once nothing that old is taken in any more.
CREATE TABLE former_number (
    number_index BLOB   NOT NULL PRIMARY KEY,
    day          BIGINT NOT NULL,
    at           BIGINT NOT NULL
);
CREATE INDEX former_number_by_day ON former_number (day);

-- A correction of what is no record, and which kind it is (姓名, 身份证号).
ALTER TABLE correction ADD COLUMN field TEXT;

-- Numbers that were given up before this table was there left no tombstone. This row is of a day that has no key: so what is dated
-- up to then, and not the present owner's for certain, is taken for somebody else's until it is too old to be taken at all. The
-- last event of the ledger is no earlier than the last number that was given up.
INSERT INTO former_number (number_index, day, at)
SELECT hash, at / 86400000, at FROM event WHERE at = (SELECT MAX(at) FROM event) LIMIT 1;
