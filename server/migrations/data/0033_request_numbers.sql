-- Numbers that were given out, to whatever bears one: a request, a complaint, or a claim of a person who can't sign in. No two
-- get the same; a number is not given again when what bore it is gone. day: days since 1970-01-01 in China.
CREATE TABLE request_number (
    day  BIGINT NOT NULL,
    tail TEXT   NOT NULL,
    PRIMARY KEY (day, tail)
);
-- Until here two could get the same: those stay as they are, and are told apart by longer numbers.
INSERT INTO request_number (day, tail)
    SELECT DISTINCT (made_at + 28800000) / 86400000, UPPER(SUBSTR(id, 31))
    FROM (SELECT id, made_at FROM request UNION ALL SELECT id, made_at FROM lost_claim) AS made;
-- A number is looked up by its day.
CREATE INDEX request_by_day ON request (made_at);
CREATE INDEX lost_claim_by_day ON lost_claim (made_at);
