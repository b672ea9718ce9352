//! Merkle hashing by RFC 6962, section 2.1, and the proofs of RFC 9162, section 2.1: that a leaf is in a log, and that a log
//! is the beginning of a later one.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of a node over its two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of an empty log.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// All that a growing log must remember to know its root: the complete subtrees that cover it, largest first, one for
/// each set bit of its size.
#[derive(Clone, Debug, Default)]
pub struct CompactRange {
    size: u64,
    subtrees: Vec<Hash>,
}

impl CompactRange {
    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the covering subtrees, largest first.
    #[must_use]
    pub fn subtrees(&self) -> &[Hash] {
        &self.subtrees
    }

    /// Takes up a range again from its subtrees; none if they are not as many as the size asks for.
    #[must_use]
    pub fn resume(size: u64, subtrees: Vec<Hash>) -> Option<Self> {
        (subtrees.len() == size.count_ones() as usize).then_some(Self { size, subtrees })
    }

    /// Appends a leaf and tells the height and root of each subtree that it completes, itself (height 0) first.
    pub fn append(&mut self, leaf: Hash, mut completed: impl FnMut(u32, Hash)) {
        completed(0, leaf);
        let mut hash = leaf;
        // Like a carry in binary addition: two subtrees of one height become one of the next.
        for height in 1..=self.size.trailing_ones() {
            let Some(left) = self.subtrees.pop() else { break };
            hash = node_hash(&left, &hash);
            completed(height, hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// The root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        let smallest_first = self.subtrees.iter().rev().copied();
        smallest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

/// Where a tree of `size` leaves, more than one, is split: at the largest power of two below its size.
const fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// The subtrees whose roots prove that leaf `index` is in a log of `size`, in the proof's order (RFC 6962, 2.1.1). Empty also
/// when there is no such leaf.
#[must_use]
pub fn inclusion_path(index: u64, size: u64) -> Vec<Range<u64>> {
    let (mut within, mut path) = (0..size, Vec::new());
    if index >= size {
        return path;
    }
    while within.end - within.start > 1 {
        let middle = within.start + split(within.end - within.start);
        if index < middle {
            path.push(middle..within.end);
            within.end = middle;
        } else {
            path.push(within.start..middle);
            within.start = middle;
        }
    }
    path.reverse();
    path
}

/// The subtrees whose roots prove that a log of `old` leaves is the beginning of one of `new`, in the proof's order (RFC 6962,
/// 2.1.2). Empty when nothing is to be proved (`old` is 0 or `new`), and when `old` is larger.
#[must_use]
pub fn consistency_path(old: u64, new: u64) -> Vec<Range<u64>> {
    let (mut within, mut path) = (0..new, Vec::new());
    if old == 0 || old >= new {
        return path;
    }
    while within.end != old {
        let middle = within.start + split(within.end - within.start);
        if old <= middle {
            path.push(middle..within.end);
            within.end = middle;
        } else {
            path.push(within.start..middle);
            within.start = middle;
        }
    }
    // The old root itself is known to whoever checks.
    if within.start > 0 {
        path.push(within);
    }
    path.reverse();
    path
}

/// Whether the path proves that the leaf stands at `index` in the log of that size and root (RFC 9162, 2.1.3.2).
#[must_use]
pub fn includes(root: &Hash, size: u64, (index, leaf): (u64, Hash), path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether the path proves that the log of the old size and root is the beginning of the new one (RFC 9162, 2.1.4.2).
#[must_use]
pub fn extends((old, old_root): (u64, &Hash), (new, new_root): (u64, &Hash), path: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == 0 {
        return path.is_empty() && *old_root == empty_root();
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    let is_whole = old.is_power_of_two();
    let mut path = is_whole.then_some(old_root).into_iter().chain(path);
    let Some(first) = path.next() else { return false };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

#[cfg(test)]
#[path = "merkle_tests.rs"]
mod tests;
