-- The log's hashes as C2SP tlog-tiles: hashes holds up to 256 hashes of 32 bytes, one after the other. Hash i of tile n on
-- level l is the root over the leaves (n * 256 + i) * 256^l and the 256^l - 1 after it; level 0 repeats leaf.leaf_hash.
-- A tile grows to the right and is never changed otherwise, so the tile of an earlier size is a prefix.
CREATE TABLE tile (
    level      BIGINT NOT NULL,
    tile_index BIGINT NOT NULL,
    hashes     BLOB   NOT NULL,
    PRIMARY KEY (level, tile_index)
);
