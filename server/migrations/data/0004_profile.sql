-- 个人资料 and 实名信息. Every payload is sealed.
CREATE TABLE avatar (
    person_id  TEXT   NOT NULL PRIMARY KEY REFERENCES person (id),
    image      BLOB   NOT NULL,
    changed_at BIGINT NOT NULL
);

-- 收货地址: consignee, phone, region and street in one sealed payload.
CREATE TABLE address (
    id         TEXT    NOT NULL PRIMARY KEY,
    person_id  TEXT    NOT NULL REFERENCES person (id),
    payload    BLOB    NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL,
    changed_at BIGINT  NOT NULL
);
CREATE INDEX address_by_person ON address (person_id, created_at);

-- 实名信息: name and ID number in one sealed payload.
CREATE TABLE real_name (
    person_id   TEXT   NOT NULL PRIMARY KEY REFERENCES person (id),
    payload     BLOB   NOT NULL,
    verified_at BIGINT NOT NULL
);
