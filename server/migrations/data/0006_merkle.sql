-- Hashes of complete subtrees of the log, as C2SP tlog-tiles numbers them: level 0 are the leaves themselves (table leaf),
-- node n of level l covers leaves n·2^l to (n+1)·2^l - 1. With them a new root costs O(log n).
CREATE TABLE merkle_node (
    level      BIGINT NOT NULL,
    node_index BIGINT NOT NULL,
    hash       BLOB   NOT NULL,
    PRIMARY KEY (level, node_index)
);
