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
