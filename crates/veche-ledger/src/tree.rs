//! The Merkle tree of a log: hashes, frontiers, proofs (RFC 6962, section 2; `formats/log.md`, section 2).

use crate::hash::Hash;

/// Most hashes of a proof: a tree of 2^63 leaves needs no more.
pub const PROOF_LEN_MAX: usize = 63;

/// Why a proof does not hold. The fault of whoever served it, or of the log's owner if it is the owner's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not the number of hashes that these sizes need.
    #[error("the proof has not the number of hashes that these sizes need")]
    Length,
    /// The leaf is not below the size, or the old size is above the new one.
    #[error("the proof is for a leaf or size beyond the tree")]
    Beyond,
    /// The hashes give another root.
    #[error("the proof gives another root")]
    OtherRoot,
}

/// Why bytes are not a frontier. The fault of whoever stored them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a frontier is its size in 8 bytes and 32 bytes for each 1 bit of it")]
pub struct NotAFrontier;

/// Returns the hash of a leaf: SHA-256(0x00, entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash::of(&[&[0], entry])
}

/// Returns the hash of a node: SHA-256(0x01, left, right).
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash::of(&[&[1], &left.0, &right.0])
}

/// Returns the root of the empty tree: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(&[])
}

/// The roots of the perfect subtrees that a size splits into, largest first: all that appending needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier of the empty tree.
    pub const EMPTY: Self = Self { size: 0, roots: Vec::new() };

    /// Makes the frontier of the empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self::EMPTY
    }

    /// Returns the number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the roots of the perfect subtrees, largest first.
    #[must_use]
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Appends a leaf.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // As many subtrees as the size has trailing 1 bits merge with the new leaf.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.roots.push(hash);
        self.size += 1;
    }

    /// Appends a perfect subtree of 2^`level` leaves by its root; `false`, and nothing is done, where none can begin: the size is no
    /// multiple of its leaves.
    #[must_use]
    pub fn append_subtree(&mut self, level: u32, root: Hash) -> bool {
        let leaves = 1_u64.checked_shl(level).unwrap_or_default();
        if leaves == 0 || !self.size.is_multiple_of(leaves) {
            return false;
        }
        let mut hash = root;
        for _ in 0..(self.size >> level).trailing_ones() {
            if let Some(left) = self.roots.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.roots.push(hash);
        self.size += leaves;
        true
    }

    /// Returns the frontier of the largest size within this one that is a multiple of 2^`level`.
    #[must_use]
    pub fn aligned(&self, level: u32) -> Self {
        let subtrees = self.size.checked_shr(level).unwrap_or_default();
        let roots = self.roots.iter().take(subtrees.count_ones() as usize).copied().collect();
        Self { size: subtrees.checked_shl(level).unwrap_or_default(), roots }
    }

    /// Returns the root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(smallest) = roots.next() else { return empty_root() };
        roots.fold(*smallest, |right, left| node_hash(*left, right))
    }

    /// Returns the bytes: size in 8 bytes, big-endian, and the roots.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        self.roots.iter().for_each(|root| bytes.extend_from_slice(&root.0));
        bytes
    }

    /// Parses the bytes. A false root in them shows only when the tree's root is compared.
    ///
    /// # Errors
    /// [`NotAFrontier`] if the length is not that of the size, or the size is above 2^53 - 1.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAFrontier> {
        let (size, roots) = bytes.split_first_chunk::<8>().ok_or(NotAFrontier)?;
        let size = u64::from_be_bytes(*size);
        let is_size = size <= crate::json::INT_MAX.unsigned_abs();
        if !is_size || roots.len() != size.count_ones() as usize * 32 {
            return Err(NotAFrontier);
        }
        let (roots, _) = roots.as_chunks::<32>();
        Ok(Self { size, roots: roots.iter().copied().map(Hash).collect() })
    }
}

/// Checks a range proof: the frontier at some size and all leaves from there give `root`.
///
/// # Errors
/// [`ProofError::OtherRoot`].
pub fn verify_range(
    before: &Frontier,
    leaves: impl IntoIterator<Item = Hash>,
    root: Hash,
) -> Result<Frontier, ProofError> {
    let mut frontier = before.clone();
    leaves.into_iter().for_each(|leaf| frontier.append(leaf));
    if frontier.root() == root { Ok(frontier) } else { Err(ProofError::OtherRoot) }
}

/// Gives the root of the perfect subtree at a level (0 is leaves) and an index in that level, if it is stored.
pub type Nodes<'a> = dyn Fn(u32, u64) -> Option<Hash> + 'a;

/// Returns the frontier at a size, from stored nodes; `None` if one is not stored.
#[must_use]
pub fn frontier_at(size: u64, nodes: &Nodes<'_>) -> Option<Frontier> {
    let mut frontier = Frontier { size, roots: Vec::new() };
    let mut start = 0;
    for level in (0..64).rev().filter(|level| size >> level & 1 == 1) {
        frontier.roots.push(nodes(level, start >> level)?);
        start += 1 << level;
    }
    Some(frontier)
}

/// Returns the inclusion proof of a leaf (RFC 6962, section 2.1.1); `None` if it is not below the size or a node is not
/// stored.
#[must_use]
pub fn prove_inclusion(index: u64, size: u64, nodes: &Nodes<'_>) -> Option<Vec<Hash>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to, mut proof) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(subtree(middle, to, nodes)?);
            to = middle;
        } else {
            proof.push(subtree(from, middle, nodes)?);
            from = middle;
        }
    }
    proof.reverse();
    Some(proof)
}

/// Returns the consistency proof between two sizes (RFC 6962, section 2.1.2), empty from 0 and between equal sizes;
/// `None` if the old one is larger or a node is not stored.
#[must_use]
pub fn prove_consistency(old: u64, new: u64, nodes: &Nodes<'_>) -> Option<Vec<Hash>> {
    if old > new {
        return None;
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Some(proof);
    }
    let (mut from, mut to) = (0, new);
    // Walk down to the node that ends at the old size; `from` stays 0 as long as that node is the old tree itself.
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            proof.push(subtree(middle, to, nodes)?);
            to = middle;
        } else {
            proof.push(subtree(from, middle, nodes)?);
            from = middle;
        }
    }
    if from != 0 {
        proof.push(subtree(from, to, nodes)?);
    }
    proof.reverse();
    Some(proof)
}

/// Checks that a leaf stands at an index under a root.
///
/// Source: RFC 9162, section 2.1.3.2.
///
/// # Errors
/// [`ProofError`] in the order index, length, root.
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    size: u64,
    root: Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::Beyond);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            // A right edge without siblings of its own rises to where it has one.
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if hash == root { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// Checks that a tree only appended to an older one.
///
/// Source: RFC 9162, section 2.1.4.2; from size 0, and between equal sizes, the proof is empty.
///
/// # Errors
/// [`ProofError`] in the order sizes, length, roots.
pub fn verify_consistency(
    (old, old_root): (u64, Hash),
    (new, new_root): (u64, Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::Beyond);
    }
    if old == 0 || old == new {
        let is_same = old_root == if old == new { new_root } else { empty_root() };
        return match (proof.is_empty(), is_same) {
            (false, _) => Err(ProofError::Length),
            (true, false) => Err(ProofError::OtherRoot),
            (true, true) => Ok(()),
        };
    }
    // A perfect old tree is itself the first hash of the path.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(ProofError::Length)?;
        (*first, rest)
    };
    let shift = (old - 1).trailing_ones();
    let (mut node, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last != 0 {
        return Err(ProofError::Length);
    }
    if old_hash == old_root && new_hash == new_root { Ok(()) } else { Err(ProofError::OtherRoot) }
}

/// Returns the largest power of two below `n`, for n > 1.
const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// Returns the root over leaves `from` to `to`, a range that the tree's own splitting reaches.
fn subtree(from: u64, to: u64, nodes: &Nodes<'_>) -> Option<Hash> {
    let len = to - from;
    if len.is_power_of_two() {
        let level = len.ilog2();
        return nodes(level, from >> level);
    }
    let middle = from + split(len);
    Some(node_hash(subtree(from, middle, nodes)?, subtree(middle, to, nodes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves of the test tree of the Certificate Transparency reference implementation, cited in RFC 6962's errata and tests.
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

    /// Its roots at sizes 1 to 8.
    const ROOTS: [&str; 8] = [
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
    fn whole_subtrees_give_the_frontier_that_their_leaves_give() {
        let leaf = |n: u64| leaf_hash(&n.to_be_bytes());
        let by_leaves = |size| {
            let mut frontier = Frontier::new();
            (0..size).for_each(|n| frontier.append(leaf(n)));
            frontier
        };
        for size in 0..70 {
            let whole = by_leaves(size);
            assert_eq!(whole.aligned(3), by_leaves(size / 8 * 8), "{size}");
            let mut grown = whole.aligned(3);
            let subtree = {
                let mut eight = Frontier::new();
                (0..8).for_each(|n| eight.append(leaf(grown.size() + n)));
                eight.root()
            };
            assert!(grown.append_subtree(3, subtree));
            assert_eq!(grown, by_leaves(size / 8 * 8 + 8), "{size}");
            assert_eq!(by_leaves(size).append_subtree(3, subtree), size % 8 == 0);
        }
    }

    #[test]
    fn roots_are_those_of_the_reference_implementation() {
        let mut frontier = Frontier::new();
        assert_eq!(
            frontier.root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            frontier.append(leaf_hash(leaf));
            assert_eq!(frontier.root().to_string(), root, "size {}", frontier.size());
        }
    }

    #[test]
    fn a_frontier_is_stored_and_read_back() {
        let mut frontier = Frontier::new();
        for (i, leaf) in LEAVES.iter().enumerate() {
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()), "{i}");
            assert_eq!(Frontier::from_bytes(&frontier.to_bytes()[1..]), Err(NotAFrontier));
            frontier.append(leaf_hash(leaf));
        }
    }
}
