//! What a node of an exercise is opened with, wherever it runs.

use super::defence::Defence;
use super::script::Script;
use crate::keys::{PartySecrets, exercise_keys, exercise_pairs};
use crate::node::{Node, NodeError};
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use veche_charter::Charter;
use veche_council::council::Naive;
use veche_ledger::name::NotAName;
use veche_ledger::{Hash, PartyId};

/// Why a node of an exercise cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum CastError {
    /// The charter has faults.
    #[error("the charter has faults:\n{0}")]
    Charter(String),
    /// A party or an officer makes no key name.
    #[error(transparent)]
    Name(#[from] NotAName),
    /// There is no such defence.
    #[error("there is no defence `{0}`")]
    Defence(String),
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// What a node of an exercise is opened with: beside its store, all that two nodes need to be alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cast {
    /// Whose node.
    pub party: String,
    /// The text of the charter, with the exercise's keys.
    pub charter: String,
    /// What keys are made from.
    pub seed: String,
    /// Further officers by party.
    pub officers: BTreeMap<String, Vec<String>>,
    /// Parties whose logs open a second epoch.
    pub second_epochs: Vec<String>,
    /// Whether every key is a pair.
    pub pairs: bool,
    /// What the salts of this start are made from: another at each start, so that no salt comes twice.
    pub salt: String,
    /// The defence that is taken out.
    pub without: Option<String>,
    /// False to show what goes wrong without the restore guard.
    pub guards_restore: bool,
}

impl Cast {
    /// Opens the node over its store.
    ///
    /// # Errors
    /// [`CastError`].
    pub fn open(&self, store: Store) -> Result<Node, CastError> {
        let party = PartyId::parse(&self.party)?;
        let off = self
            .without
            .as_deref()
            .map(|name| Defence::parse(name).ok_or_else(|| CastError::Defence(name.to_owned())));
        let off = off.transpose()?;
        let charter = Charter::load(self.charter.as_bytes(), "charter.toml");
        let charter = charter.map_err(|faults| CastError::Charter(faults.to_string()))?;
        let source = KeySource {
            seed: &self.seed,
            officers: &self.officers,
            second_epochs: &self.second_epochs,
            pairs: self.pairs,
        };
        let mut secrets = BTreeMap::new();
        for (other, entry) in &charter.parties {
            if *veche_council::times::host(other, entry) == party {
                secrets.insert(other.clone(), source.keys_of(&charter, other)?);
            }
        }
        let mut counter = 0u64;
        let salt = self.salt.clone();
        let salts = Box::new(move || {
            counter += 1;
            Hash::of(&[b"veche/exercise-salt/v1\0", salt.as_bytes(), &counter.to_be_bytes()]).0
        });
        let mut node = Node::open(party, store, self.charter.as_bytes(), secrets, salts)?;
        node.set_fork_check(off != Some(Defence::ForkCheck));
        node.set_restore_guard(self.guards_restore);
        node.set_naive(Naive {
            trusts_author_clock: off == Some(Defence::EvidenceTime),
            ignores_revocation: off == Some(Defence::Revocation),
            ..Naive::default()
        });
        Ok(node)
    }
}

/// What the keys of an exercise are made from.
pub(super) struct KeySource<'a> {
    pub(super) seed: &'a str,
    pub(super) officers: &'a BTreeMap<String, Vec<String>>,
    pub(super) second_epochs: &'a [String],
    pub(super) pairs: bool,
}

impl<'a> From<&'a Script> for KeySource<'a> {
    fn from(script: &'a Script) -> Self {
        let about = &script.exercise;
        Self {
            seed: &about.seed,
            officers: &about.officers,
            second_epochs: &about.second_epochs,
            pairs: about.pairs,
        }
    }
}

impl KeySource<'_> {
    /// Returns the keys of a party.
    pub(super) fn keys_of(
        &self,
        charter: &Charter,
        party: &PartyId,
    ) -> Result<PartySecrets, NotAName> {
        let officers = self.officers.get(party.as_str()).map_or(&[][..], Vec::as_slice);
        let has_two = self.second_epochs.iter().any(|name| name == party.as_str());
        let make = if self.pairs { exercise_pairs } else { exercise_keys };
        make(self.seed, charter, party, officers, if has_two { 2 } else { 1 })
    }
}
