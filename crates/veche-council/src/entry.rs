//! What the fold takes: a verified record, its place, and its terms if they are held.

use veche_ledger::{Hash, KeyName, Kind, Label, LeafIndex, Origin, UnixSeconds};

/// A record as the fold sees it. Its bytes were verified before: signature, canonical form, place in the tree, terms
/// against their commitment, and for a `closing` the cosignatures in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub log: Origin,
    /// Its number there.
    pub index: LeafIndex,
    /// The hash of its leaf: its name in other records.
    pub leaf: Hash,
    /// What kind of record it is; inside a sealed one, the kind that was sealed.
    pub kind: Kind,
    /// Who may read it; inside a sealed one, the label that was sealed.
    pub label: Label,
    /// The charter that its author acted under.
    pub charter: Hash,
    /// True if it belongs to an exercise.
    pub drill: bool,
    /// True if it travels sealed: parties outside its label see a size and nothing else.
    pub is_sealed: bool,
    /// What it is about; the first is the procedure that it acts on.
    pub about: Vec<Hash>,
    /// Heads of other logs that its author had seen.
    pub seen: Vec<Head>,
    /// Its author's clock; proves nothing.
    pub time: UnixSeconds,
    /// Who signed.
    pub signers: Vec<Signer>,
    /// What it says.
    pub terms: Terms,
}

/// A signature that was checked, and the key's role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key's name.
    pub key: KeyName,
    /// What the key is for.
    pub role: SignerRole,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignerRole {
    /// A person who acts for the party.
    Officer,
    /// The party's node.
    Node,
    /// The party itself, offline.
    Root,
}

/// Size and root of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Head {
    /// The log.
    pub log: Origin,
    /// How many records it had.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// The terms of a record: what the fold reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Terms {
    /// Canonical JSON.
    Held(Box<[u8]>),
    /// Not held here: withheld by label, or not yet arrived.
    Missing,
}

impl Entry {
    /// Returns true if a record of this kind is the fold's own: no charter lists it.
    #[must_use]
    pub fn is_system(&self) -> bool {
        SYSTEM_KINDS.contains(&self.kind.as_str())
    }
}

/// A receipt list: which heads of other logs a node cosigned, and when. `formats/record.md`, section witness.
pub const WITNESS: &str = "witness";
/// The closing of a procedure over a named cut. `formats/certificate.md`.
pub const CLOSING: &str = "closing";
/// The digest of the fold at a cut, so that a node that diverges is noticed.
pub const DIGEST: &str = "digest";
/// The first record of a log after its party's first: opened by the root key.
pub const EPOCH: &str = "epoch";
/// The withdrawal of a key.
pub const REVOCATION: &str = "revocation";
/// The signing again of a record that a revoked key signed.
pub const RESIGNING: &str = "resigning";
/// Two heads of one log that cannot both be true.
pub const FORK: &str = "fork";

/// Words of a record that their author takes back. It is no kind of the ledger's own: it is read by those who read what it is about.
pub const REDACTION: &str = "redaction";

/// Kinds that the ledger and the fold need for themselves. A charter cannot name them.
pub const SYSTEM_KINDS: [&str; 7] = [WITNESS, CLOSING, DIGEST, EPOCH, REVOCATION, RESIGNING, FORK];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_charter_can_name_an_act_like_a_record_of_the_folds_own() {
        let mut reserved = SYSTEM_KINDS.to_vec();
        reserved.push(REDACTION);
        assert_eq!(reserved, veche_charter::act::RESERVED_KINDS);
    }
}
