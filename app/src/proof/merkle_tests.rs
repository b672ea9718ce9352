//! The reference tree of Certificate Transparency; RFC 6962's own recursive definitions; every proof, and every changed one.

use proptest::prelude::*;

use super::*;

/// The root by its definition.
fn defined(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [one] => *one,
        many => {
            let (left, right) = many.split_at(many.len().next_power_of_two() / 2);
            node_hash(&defined(left), &defined(right))
        }
    }
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|n| leaf_hash(&n.to_le_bytes())).collect()
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

fn roots(leaves: &[Hash], path: &[Range<u64>]) -> Vec<Hash> {
    path.iter().map(|part| defined(&leaves[part.start as usize..part.end as usize])).collect()
}

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
    let leaves = leaves(600);
    let mut range = CompactRange::default();
    for size in 0..leaves.len() {
        assert_eq!(range.root(), defined(&leaves[..size]), "size {size}");
        range.append(leaves[size], |_, _| ());
    }
}

/// The path of Certificate Transparency's test data for leaf 5 of 8 (RFC 6962 test vectors of transparency-dev/merkle).
#[test]
fn the_reference_tree_has_the_reference_paths() {
    let leaves = LEAVES.map(leaf_hash);
    let path: Vec<_> = roots(&leaves, &inclusion_path(5, 8)).iter().map(hex).collect();
    let expected = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[4],
    ];
    assert_eq!(path, expected);
}

#[test]
fn every_leaf_is_proved_at_every_size_and_nowhere_else() {
    let leaves = leaves(40);
    for size in 1..=leaves.len() {
        let root = defined(&leaves[..size]);
        for index in 0..size as u64 {
            let path = roots(&leaves, &inclusion_path(index, size as u64));
            let leaf = leaves[index as usize];
            assert!(includes(&root, size as u64, (index, leaf), &path), "{index} of {size}");
            for other in (0..=size as u64).filter(|other| *other != index) {
                assert!(!includes(&root, size as u64, (other, leaf), &path), "{index} as {other} of {size}");
            }
        }
    }
}

#[test]
fn every_log_is_proved_to_begin_every_later_one() {
    let leaves = leaves(40);
    for new in 0..=leaves.len() {
        for old in 0..=new {
            let path = roots(&leaves, &consistency_path(old as u64, new as u64));
            let (old_root, new_root) = (defined(&leaves[..old]), defined(&leaves[..new]));
            assert!(extends((old as u64, &old_root), (new as u64, &new_root), &path), "{old} in {new}");
            assert!(old == new || !extends((new as u64, &new_root), (old as u64, &old_root), &path));
        }
    }
}

proptest! {
    #[test]
    fn a_changed_proof_proves_nothing(
        size in 1u64..3000, at in any::<prop::sample::Index>(), bit in 0usize..256, shorter in any::<bool>()
    ) {
        let leaves = leaves(size as usize);
        let index = at.index(size as usize) as u64;
        let root = defined(&leaves);
        let path = roots(&leaves, &inclusion_path(index, size));
        let leaf = leaves[index as usize];
        prop_assert!(includes(&root, size, (index, leaf), &path));
        let longer = [path.clone(), vec![leaf]].concat();
        prop_assert!(!includes(&root, size, (index, leaf), &longer));
        let mut changed = path;
        if shorter && changed.pop().is_some() {
            prop_assert!(!includes(&root, size, (index, leaf), &changed));
        }
        for part in 0..changed.len() {
            let mut changed = changed.clone();
            changed[part][bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!includes(&root, size, (index, leaf), &changed));
        }
        let mut other = leaf;
        other[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!includes(&root, size, (index, other), &changed));
    }

    #[test]
    fn a_log_that_was_changed_begins_no_later_one(
        new in 2u64..3000, at in any::<prop::sample::Index>(), changed in any::<prop::sample::Index>()
    ) {
        let mut leaves = leaves(new as usize);
        let old = at.index(new as usize - 1) as u64 + 1;
        let old_root = defined(&leaves[..old as usize]);
        let path = roots(&leaves, &consistency_path(old, new));
        let new_root = defined(&leaves);
        prop_assert!(extends((old, &old_root), (new, &new_root), &path));
        leaves[changed.index(old as usize)][0] ^= 1;
        let path = roots(&leaves, &consistency_path(old, new));
        prop_assert!(!extends((old, &old_root), (new, &defined(&leaves)), &path));
    }
}
