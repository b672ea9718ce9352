//! Merkle hashing by RFC 6962, section 2.1.

use sha2::{Digest as _, Sha256};

/// SHA-256.
pub type Hash = [u8; 32];

/// The hash of a leaf.
pub fn leaf_hash(data: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(data).finalize().into()
}

/// The hash of a node over its two children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of an empty log.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// A log's right edge: the complete subtrees that cover all leaves, largest first. One per set bit of the size.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    size: u64,
    subtrees: Vec<Hash>,
}

/// A complete subtree that an append has finished.
pub struct Finished {
    /// Its height; leaves are level 0.
    pub level: u32,
    /// Its place among the subtrees of its level.
    pub index: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Edge {
    /// The edge of a log of `size` leaves. `subtrees`: see [`Edge::needed`].
    pub fn new(size: u64, subtrees: Vec<Hash>) -> Option<Self> {
        (subtrees.len() == size.count_ones() as usize).then_some(Self { size, subtrees })
    }

    /// Level and index of each subtree that [`Edge::new`] needs for a log of that size, largest first.
    pub fn needed(size: u64) -> impl Iterator<Item = (u32, u64)> {
        (0..u64::BITS).rev().filter(move |level| size >> level & 1 == 1).map(move |level| {
            // All larger subtrees lie to its left.
            (level, (size >> level) - 1)
        })
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; returns every subtree that it completes, the leaf itself first.
    pub fn append(&mut self, leaf: Hash) -> Vec<Finished> {
        let mut finished = vec![Finished { level: 0, index: self.size, hash: leaf }];
        let mut hash = leaf;
        for level in 1..=self.size.trailing_ones() {
            // One subtree stands for each set bit, so there is one to merge with.
            let left = self.subtrees.pop().unwrap_or_else(empty_root);
            hash = node_hash(&left, &hash);
            finished.push(Finished { level, index: self.size >> level, hash });
        }
        self.subtrees.push(hash);
        self.size += 1;
        finished
    }

    /// The root of the log.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.subtrees.iter().rev();
        let Some(last) = subtrees.next() else { return empty_root() };
        subtrees.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The eight leaves and roots of Certificate Transparency's reference tree.
    #[test]
    fn the_reference_tree_has_the_reference_roots() {
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let mut edge = Edge::default();
        assert_eq!(hex(&edge.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let mut roots = Vec::new();
        for leaf in leaves {
            edge.append(leaf_hash(leaf));
            roots.push(hex(&edge.root()));
        }
        assert_eq!(roots[0], "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(roots[1], "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assert_eq!(roots[7], "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    /// RFC 6962's own recursive definition.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let half = many.len().next_power_of_two() / 2;
                node_hash(&by_definition(&many[..half]), &by_definition(&many[half..]))
            }
        }
    }

    proptest! {
        #[test]
        fn an_edge_has_the_root_of_the_definition(size in 0usize..300) {
            let leaves: Vec<_> = (0..size).map(|n| leaf_hash(&n.to_le_bytes())).collect();
            let mut edge = Edge::default();
            let mut all = std::collections::BTreeMap::new();
            for leaf in &leaves {
                for done in edge.append(*leaf) {
                    all.insert((done.level, done.index), done.hash);
                }
            }
            prop_assert_eq!(edge.root(), by_definition(&leaves));
            let again: Vec<_> = Edge::needed(size as u64).map(|at| all[&at]).collect();
            let again = Edge::new(size as u64, again).expect("fits");
            prop_assert_eq!(again.root(), edge.root());
        }
    }
}
