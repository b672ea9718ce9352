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

/// All that a growing log must remember to know its root: the complete subtrees that cover it, largest first, one for
/// each set bit of its size.
#[derive(Clone, Debug, Default)]
pub struct CompactRange {
    size: u64,
    subtrees: Vec<Hash>,
}

impl CompactRange {
    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the covering subtrees, largest first.
    pub fn subtrees(&self) -> &[Hash] {
        &self.subtrees
    }

    /// Takes up a range again from its subtrees; none if they are not as many as the size asks for.
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
    pub fn root(&self) -> Hash {
        let smallest_first = self.subtrees.iter().rev().copied();
        smallest_first.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
pub mod reference {
    use super::*;

    /// RFC 6962's own recursive definition of the root.
    pub fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
                node_hash(&root(left), &root(right))
            }
        }
    }

    pub fn leaves(count: usize) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
    }

    pub fn hex(hash: &Hash) -> String {
        hash.iter().map(|b| format!("{b:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reference::hex;

    /// Leaves of the reference tree of Certificate Transparency (transparency-dev/merkle, testonly/constants.go).
    const LEAVES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    /// Its roots at the sizes 0 to 8.
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_reference_tree_has_the_reference_roots() {
        let mut range = CompactRange::default();
        assert_eq!(hex(&range.root()), ROOTS[0]);
        for (leaf, root) in LEAVES.iter().zip(&ROOTS[1..]) {
            range.append(leaf_hash(leaf), |_, _| ());
            assert_eq!(hex(&range.root()), *root);
        }
    }

    #[test]
    fn the_fourth_leaf_completes_the_reference_subtrees() {
        let mut range = CompactRange::default();
        let mut completed = Vec::new();
        for leaf in &LEAVES[..4] {
            completed.clear();
            range.append(leaf_hash(leaf), |height, hash| completed.push((height, hex(&hash))));
        }
        let expected = [
            (0, "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7"),
            (1, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"),
            (2, ROOTS[4]),
        ];
        assert_eq!(completed, expected.map(|(height, hash)| (height, hash.to_owned())));
    }

    #[test]
    fn at_every_size_the_root_is_the_definitions() {
        let leaves = reference::leaves(600);
        let mut range = CompactRange::default();
        for size in 0..leaves.len() {
            assert_eq!(range.root(), reference::root(&leaves[..size]), "size {size}");
            range.append(leaves[size], |_, _| ());
        }
    }
}
