-- One row that is written to see whether the database can be written: its disk may be full. It tells nothing.
CREATE TABLE write_probe (
    id     BIGINT PRIMARY KEY,
    filler TEXT NOT NULL
);
INSERT INTO write_probe (id, filler) VALUES (1, '');
