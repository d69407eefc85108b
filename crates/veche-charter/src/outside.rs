//! Witnesses that are no parties, and what their word is worth (`formats/witness.md`).
//!
//! An outside witness sees checkpoints and consistency proofs, never a record or a content. Its cosignature says that a log
//! showed one history at a time. It does not say that anything reached anybody: it is no receipt.
//!
//! **Invariant:** an outside witness has an [`OutsideName`](crate::name::OutsideName) and no party's id. The fold takes receipts and heads
//! by party alone, so that nothing of it can count one.

use crate::model::Charter;
use std::collections::BTreeSet;
use veche_ledger::{PartyId, VerifyingKey};

/// A witness that is no party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutsideWitness {
    /// Who it is, for people.
    pub who: Option<String>,
    /// The key that it cosigns with.
    pub key: VerifyingKey,
    /// Where it is reached: an `http` or `https` address without a slash at its end.
    pub at: String,
}

/// A history that enough witnesses vouch for cannot have a second one: 2h - (w + b) > f.
///
/// `w`: parties' nodes that witness the log; `b`: outside witnesses; `h`: how many of both must have cosigned; `f`: how many collude.
#[must_use]
pub const fn is_safe(w: u64, b: u64, h: u64, f: u64) -> bool {
    h >= 1 && h <= w.saturating_add(b) && 2 * h as u128 > w as u128 + b as u128 + f as u128
}

impl Charter {
    /// Returns the nodes that witness a party's log: one for each witnessing party that runs or shares one, without its own.
    #[must_use]
    pub fn witnesses_of<'c>(&'c self, party: &'c PartyId) -> BTreeSet<&'c PartyId> {
        let node =
            |id: &'c PartyId| self.parties.get(id).and_then(|p| p.hosted_by.as_ref()).unwrap_or(id);
        let own = node(party);
        let by = self.parties.iter().filter(|(_, p)| self.witnessing.by.contains(&p.status));
        by.map(|(id, _)| node(id)).filter(|id| *id != own && *id != party).collect()
    }

    /// Returns every key of a party that the charter lists: key text and whose it is.
    pub(crate) fn keys_of_parties(&self) -> impl Iterator<Item = (&str, &PartyId)> {
        self.parties.iter().flat_map(|(id, party)| {
            let keys = &party.keys;
            let own = [&keys.root, &keys.log, &keys.witness].into_iter().flatten();
            own.chain(keys.officers.values()).map(move |key| (key.as_str(), id))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_quorums_of_histories_share_an_honest_witness() {
        // Two parties' nodes and two from outside, one in league: three vouch, two do not.
        assert!(is_safe(2, 2, 3, 1) && !is_safe(2, 2, 2, 1) && !is_safe(2, 2, 3, 2));
        assert!(!is_safe(2, 2, 5, 0) && !is_safe(0, 0, 0, 0));
        assert!(!is_safe(u64::MAX, u64::MAX, u64::MAX, u64::MAX));
    }
}
