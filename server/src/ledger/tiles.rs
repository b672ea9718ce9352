//! The log's hashes in tiles, by C2SP tlog-tiles: a tile holds up to 256 hashes of one level, and a full tile's own root
//! is one hash of the level above. What a log of n leaves must read to grow is one tile per level: log256(n) rows.

use std::mem;

use app::proof::merkle::{CompactRange, Hash};

/// Levels of the Merkle tree between two levels of tiles: 2^8 = 256.
const HEIGHT: u32 = 8;
/// Hashes in a full tile.
const WIDTH: u64 = 1 << HEIGHT;
/// Bytes of a hash.
const HASH_BYTES: usize = size_of::<Hash>();

/// One tile, full or (at the right edge) partial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Its level; level 0 holds the leaves' hashes.
    pub level: u32,
    /// Its place on the level, from 0.
    pub index: u64,
    /// The hashes, one after the other.
    pub hashes: Vec<u8>,
}

/// A log that can grow.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    range: CompactRange,
    /// The tile at the right edge of each level. Never full; empty if the level's last tile has just been filled.
    edge: Vec<Tile>,
    /// Tiles filled since [`Tree::take_full`].
    full: Vec<Tile>,
}

impl Tree {
    /// The tiles at the right edge of a log of `size` leaves, lowest level first: level, index, and how many bytes of
    /// hashes it has; a tile of no bytes is not stored.
    pub fn edge_at(size: u64) -> impl Iterator<Item = (u32, u64, usize)> {
        let on_level = move |level: u32| size.checked_shr(level * HEIGHT).filter(|count| *count > 0);
        (0..).map_while(move |level| {
            let count = on_level(level)?;
            Some((level, count / WIDTH, (count % WIDTH) as usize * HASH_BYTES))
        })
    }

    /// Takes up a log of `size` leaves from the tiles that [`Tree::edge_at`] names; none if they are not those.
    pub fn resume(size: u64, edge: Vec<Tile>) -> Option<Self> {
        let found = edge.iter().map(|tile| (tile.level, tile.index, tile.hashes.len()));
        if !found.eq(Self::edge_at(size)) {
            return None;
        }
        let mut subtrees = Vec::new();
        for tile in edge.iter().rev() {
            // Within a tile, hashes combine as leaves do.
            let mut range = CompactRange::default();
            let (hashes, _) = tile.hashes.as_chunks::<HASH_BYTES>();
            hashes.iter().for_each(|hash| range.append(*hash, |_, _| ()));
            subtrees.extend_from_slice(range.subtrees());
        }
        Some(Self { range: CompactRange::resume(size, subtrees)?, edge, full: Vec::new() })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.range.size()
    }

    /// The root over all leaves, by RFC 6962.
    pub fn root(&self) -> Hash {
        self.range.root()
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Hash) {
        let Self { range, edge, full } = self;
        range.append(leaf, |height, hash| {
            if height % HEIGHT != 0 {
                return;
            }
            let level = height / HEIGHT;
            if edge.len() == level as usize {
                edge.push(Tile { level, index: 0, hashes: Vec::new() });
            }
            let tile = &mut edge[level as usize];
            tile.hashes.extend_from_slice(&hash);
            if tile.hashes.len() == WIDTH as usize * HASH_BYTES {
                let next = Tile { level, index: tile.index + 1, hashes: Vec::new() };
                full.push(mem::replace(tile, next));
            }
        });
    }

    /// The tiles that were filled since this was last asked.
    pub fn take_full(&mut self) -> Vec<Tile> {
        mem::take(&mut self.full)
    }

    /// The partial tiles that have grown since the log had `size` leaves.
    pub fn grown_since(&self, size: u64) -> impl Iterator<Item = &Tile> {
        let count = move |size: u64, level: u32| size.checked_shr(level * HEIGHT).unwrap_or(0);
        self.edge
            .iter()
            .filter(move |tile| !tile.hashes.is_empty() && count(size, tile.level) != count(self.size(), tile.level))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::reference;
    use super::*;
    use proptest::prelude::*;

    type Stored = BTreeMap<(u32, u64), Vec<u8>>;

    fn store(tree: &mut Tree, before: u64, stored: &mut Stored) {
        for tile in tree.take_full() {
            stored.insert((tile.level, tile.index), tile.hashes);
        }
        for tile in tree.grown_since(before) {
            stored.insert((tile.level, tile.index), tile.hashes.clone());
        }
    }

    fn load(size: u64, stored: &Stored) -> Option<Tree> {
        let tile = |(level, index, bytes)| {
            let hashes = if bytes == 0 { Vec::new() } else { stored[&(level, index)].clone() };
            Tile { level, index, hashes }
        };
        Tree::resume(size, Tree::edge_at(size).map(tile).collect())
    }

    /// The example of tlog-tiles: "a tree of size 70,000 will be represented by …".
    #[test]
    fn the_specifications_example_has_its_partial_tiles() {
        let edge: Vec<_> = Tree::edge_at(70_000).collect();
        assert_eq!(edge, [(0, 273, 112 * 32), (1, 1, 17 * 32), (2, 0, 32)]);
        let just_full: Vec<_> = Tree::edge_at(256).collect();
        assert_eq!(just_full, [(0, 1, 0), (1, 0, 32)]);
    }

    #[test]
    fn tiles_of_another_size_are_refused() {
        let mut tree = Tree::default();
        reference::leaves(3).into_iter().for_each(|leaf| tree.append(leaf));
        assert!(Tree::resume(3, tree.edge.clone()).is_some());
        assert!(Tree::resume(2, tree.edge.clone()).is_none());
        assert!(Tree::resume(3, Vec::new()).is_none());
    }

    #[test]
    fn all_hashes_of_a_tile_are_roots_of_its_leaves() {
        let leaves = reference::leaves(256 * 256 + 300);
        let (mut tree, mut stored) = (Tree::default(), Stored::new());
        leaves.iter().for_each(|leaf| tree.append(*leaf));
        store(&mut tree, 0, &mut stored);
        assert_eq!(stored.len(), 257 + 1 + 2 + 1);
        for ((level, index), hashes) in &stored {
            let span = 256usize.pow(*level);
            for (i, hash) in hashes.as_chunks::<32>().0.iter().enumerate() {
                let first = (*index as usize * 256 + i) * span;
                assert_eq!(*hash, reference::root(&leaves[first..first + span]));
            }
        }
        assert_eq!(tree.root(), reference::root(&leaves));
    }

    proptest! {
        #[test]
        fn a_log_that_grows_in_batches_through_its_tiles_has_the_root_of_the_definition(
            batches in prop::collection::vec(1usize..700, 1..5)
        ) {
            let leaves = reference::leaves(batches.iter().sum());
            let mut stored = Stored::new();
            let mut size = 0;
            for batch in batches {
                let mut tree = load(size as u64, &stored).expect("fits");
                leaves[size..size + batch].iter().for_each(|leaf| tree.append(*leaf));
                store(&mut tree, size as u64, &mut stored);
                size += batch;
                prop_assert_eq!(tree.size(), size as u64);
                prop_assert_eq!(tree.root(), reference::root(&leaves[..size]));
            }
        }
    }
}
