//! Proofs from a log's published tiles (C2SP tlog-tiles): which tiles a part of the log needs, and its hash from them. For
//! whoever makes a proof, the server or anybody who follows the log.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::merkle::{CompactRange, Hash, node_hash};

/// Levels of the Merkle tree between two levels of tiles.
const HEIGHT: u32 = 8;
/// Hashes in a full tile.
pub const WIDTH: u64 = 1 << HEIGHT;

/// A tile by its place, as a log of one size has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its level; level 0 holds the leaves' hashes.
    pub level: u32,
    /// Its place on the level, from 0.
    pub index: u64,
    /// How many hashes it has, 1 to 256.
    pub width: usize,
}

/// Tiles that were fetched: their hashes, one after the other.
pub type Tiles = BTreeMap<Place, Vec<u8>>;

/// The complete subtrees that cover a part of a log, largest first: height and number of each.
fn subtrees(part: &Range<u64>) -> Vec<(u32, u64)> {
    let (mut start, mut found) = (part.start, Vec::new());
    while start < part.end {
        let fits = (part.end - start).ilog2();
        let height = if start == 0 { fits } else { fits.min(start.trailing_zeros()) };
        found.push((height, start >> height));
        start += 1 << height;
    }
    found
}

/// The tile that a subtree's hash is made from, and which hashes of it.
fn place_of((height, number): (u32, u64), size: u64) -> (Place, Range<usize>) {
    let level = height / HEIGHT;
    let first = number << (height % HEIGHT);
    let on_level = size.checked_shr(level * HEIGHT).unwrap_or(0);
    let index = first / WIDTH;
    let width = (on_level - index * WIDTH).min(WIDTH) as usize;
    let start = (first % WIDTH) as usize;
    (Place { level, index, width }, start..start + (1 << (height % HEIGHT)))
}

/// The tiles of a log of `size` that the hashes of these parts are made from. The parts lie within the log.
#[must_use]
pub fn needed(parts: &[Range<u64>], size: u64) -> BTreeSet<Place> {
    parts.iter().flat_map(subtrees).map(|subtree| place_of(subtree, size).0).collect()
}

/// The hash over a part of a log of `size`; none if a tile is missing or too short.
#[must_use]
pub fn hash_of(part: &Range<u64>, size: u64, tiles: &Tiles) -> Option<Hash> {
    let roots = subtrees(part).into_iter().map(|subtree| {
        let (place, hashes) = place_of(subtree, size);
        let (all, _) = tiles.get(&place)?.as_chunks::<32>();
        let mut range = CompactRange::default();
        all.get(hashes)?.iter().for_each(|hash| range.append(*hash, |_, _| ()));
        Some(range.root())
    });
    let roots = roots.collect::<Option<Vec<_>>>()?;
    roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::merkle::{consistency_path, extends, includes, inclusion_path, leaf_hash};
    use super::*;

    /// Every tile that a log of these leaves ever had at that size.
    fn tiles(leaves: &[Hash]) -> Tiles {
        let (mut tiles, mut level, mut hashes) = (Tiles::new(), 0, leaves.to_vec());
        while !hashes.is_empty() {
            for (index, tile) in hashes.chunks(WIDTH as usize).enumerate() {
                tiles.insert(Place { level, index: index as u64, width: tile.len() }, tile.concat());
            }
            let (full, _) = hashes.as_chunks::<{ WIDTH as usize }>();
            hashes = full.iter().map(|tile| root(tile)).collect();
            level += 1;
        }
        tiles
    }

    fn root(leaves: &[Hash]) -> Hash {
        let mut range = CompactRange::default();
        leaves.iter().for_each(|leaf| range.append(*leaf, |_, _| ()));
        range.root()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn proofs_from_tiles_prove(
            size in 1u64..70_000, at in any::<prop::sample::Index>(), before in any::<prop::sample::Index>()
        ) {
            let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_le_bytes())).collect();
            let (tiles, root_now) = (tiles(&leaves), root(&leaves));
            let index = at.index(size as usize) as u64;
            let old = before.index(size as usize) as u64 + 1;
            for (is_inclusion, parts) in [(true, inclusion_path(index, size)), (false, consistency_path(old, size))] {
                prop_assert!(needed(&parts, size).iter().all(|place| tiles.contains_key(place)));
                let path: Vec<_> = parts.iter().map(|part| hash_of(part, size, &tiles).expect("all there")).collect();
                let proved = if is_inclusion {
                    includes(&root_now, size, (index, leaves[index as usize]), &path)
                } else {
                    extends((old, &root(&leaves[..old as usize])), (size, &root_now), &path)
                };
                prop_assert!(proved);
            }
            prop_assert_eq!(hash_of(&(0..size), size, &tiles), Some(root_now));
            prop_assert_eq!(hash_of(&(0..size), size, &Tiles::new()), None);
        }
    }
}
