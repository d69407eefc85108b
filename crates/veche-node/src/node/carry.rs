//! What a node gives and takes by courier (`formats/bundle.md`): whom bundles for it are encrypted to, cosignatures that travel beside the
//! logs, and closing over sizes that were cosigned on the way.

use super::{Appended, Node, NodeError};
use crate::store::CosignatureRow;
use std::collections::BTreeMap;
use std::sync::Arc;
use veche_council::closing::ClosingFault;
use veche_ledger::age::Identity;
use veche_ledger::bundle::{COSIGNATURES_MAX, RecipientNote};
use veche_ledger::{Checkpoint, Cosignature, Hash, NoteSignature, Origin, PartyId, UnixSeconds};

/// Cuts that are tried before a matter is left open: each is larger or later than the one before.
const CUTS_MAX: usize = 32;

/// The cosignatures on one size of a log, by the witness's party.
type Given = BTreeMap<PartyId, Cosignature>;

impl Node {
    /// Returns what opens bundles for this node: of each epoch of its own party's log, the latest first.
    #[must_use]
    pub fn bundle_identities(&self) -> Vec<Identity> {
        let own = self.secrets.get(&self.party);
        own.into_iter()
            .flat_map(|secrets| secrets.logs.values().rev())
            .map(Identity::of_log_key)
            .collect()
    }

    /// Returns whom bundles for this node are encrypted to, signed by its log's key; `None` if that is locked.
    #[must_use]
    pub fn recipient_note(&self) -> Option<Vec<u8>> {
        let (log, key) = self.vouching_key()?;
        Some(RecipientNote::sign(&log, key))
    }

    /// Returns the hash of the charter that the organisation began with.
    #[must_use]
    pub fn genesis_hash(&self) -> Hash {
        self.genesis.hash
    }

    /// Cosigns those of some heads that are held just so. What is not cosigned now may be another time.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn cosign_those_held(
        &mut self,
        heads: &[Checkpoint],
        now: UnixSeconds,
    ) -> Result<Vec<(Origin, Cosignature)>, NodeError> {
        let held = self.signed_heads();
        let mut given = Vec::new();
        for head in heads.iter().filter(|head| held.contains(head)) {
            match self.cosign_head(&head.origin, now) {
                Ok(cosignature) => given.push((head.origin.clone(), cosignature)),
                Err(NodeError::Store(error)) => return Err(error.into()),
                // Another head of it may have been cosigned since; whoever asked counts what it gets.
                Err(_) => {}
            }
        }
        Ok(given)
    }

    /// Returns the cosignatures to carry of a log: the latest of each witness at each size, the largest sizes first.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn carried_cosignatures(
        &self,
        log: &Origin,
    ) -> Result<Vec<(u64, NoteSignature)>, NodeError> {
        let rows = self.store.recent_cosignatures(log, COSIGNATURES_MAX)?;
        let mut latest: BTreeMap<(u64, String), NoteSignature> = BTreeMap::new();
        for CosignatureRow { size, witness, line, .. } in rows {
            if let Some(line) = NoteSignature::parse(&line) {
                // The latest comes first.
                let _kept = latest.entry((size, witness)).or_insert(line);
            }
        }
        Ok(latest.into_iter().rev().map(|((size, _), line)| (size, line)).collect())
    }

    /// Takes cosignatures that were carried here: those that other witnesses' keys gave on a root that is held, each once. Returns how many
    /// were news.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn take_carried_cosignatures(
        &mut self,
        log: &Origin,
        lines: &[(u64, NoteSignature)],
    ) -> Result<usize, NodeError> {
        let mut news = 0;
        for (size, line) in lines {
            let by = self.witness_keys.iter().find(|(_, key)| line.is_of(key));
            let Some(by) = by.map(|(party, _)| party.clone()).filter(|by| *by != self.party) else {
                continue;
            };
            let Some(root) = self.root_at(log, *size) else { continue };
            let checkpoint = Checkpoint { origin: log.clone(), size: *size, root };
            let Some(cosignature) = self.read_cosignature(&checkpoint, &by, line) else { continue };
            let (witness, text) = (cosignature.witness().as_str(), line.to_string());
            if self.store.cosignatures(log, *size)?.iter().any(|(_, known)| *known == text) {
                continue;
            }
            self.store.add_cosignature(log, *size, witness, cosignature.time().0, &text)?;
            news += 1;
        }
        Ok(news)
    }

    /// Closes a matter over sizes that were cosigned by the log's own node and enough witnesses, whenever that was: between nodes that no
    /// line joins, nobody holds all heads of one moment.
    ///
    /// # Errors
    /// As [`Self::close`]: what is missing to the best of the cuts that were tried.
    pub fn close_carried(
        &mut self,
        procedure: &Hash,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let mut after = UnixSeconds(0);
        let mut least: BTreeMap<Origin, u64> = BTreeMap::new();
        for _ in 0..CUTS_MAX {
            let (heads, given) = self.cosigned_heads(procedure, after, &least)?;
            match self.close_over(procedure, &heads, &given, now) {
                Err(NodeError::Closing(ClosingFault::HeadTooOld { since, .. }))
                    if since > after =>
                {
                    after = since;
                }
                Err(NodeError::Closing(ClosingFault::CutNotClosed { log, witnessed, size }))
                    if witnessed > size && witnessed <= self.size_of(&log) =>
                {
                    let _less = least.insert(log, witnessed);
                }
                closed => return closed,
            }
        }
        Err(ClosingFault::NothingDecided.into())
    }

    /// Returns, of each log, the largest size that its own node and enough witnesses cosigned after a time, with their cosignatures; of a log
    /// without one the head held.
    fn cosigned_heads(
        &self,
        procedure: &Hash,
        after: UnixSeconds,
        least: &BTreeMap<Origin, u64>,
    ) -> Result<(Vec<Checkpoint>, BTreeMap<Origin, Given>), NodeError> {
        let (mut heads, mut all) = (Vec::new(), BTreeMap::new());
        for head in self.signed_heads() {
            let log = head.origin.clone();
            let least = least.get(&log).copied().unwrap_or_default();
            match self.best_cosigned(procedure, &log, after, least)? {
                Some((checkpoint, given)) => {
                    heads.push(checkpoint);
                    let _none = all.insert(log, given);
                }
                None => heads.push(head),
            }
        }
        Ok((heads, all))
    }

    fn best_cosigned(
        &self,
        procedure: &Hash,
        log: &Origin,
        after: UnixSeconds,
        least: u64,
    ) -> Result<Option<(Checkpoint, Given)>, NodeError> {
        let charter = Arc::clone(self.council.charter_of(procedure).unwrap_or(&self.genesis));
        let owner = PartyId::parse(log.party())?;
        let entry = charter.parties.get(&owner);
        let keeper = entry.map_or(&owner, |entry| veche_council::times::host(&owner, entry));
        let mut rows = self.store.recent_cosignatures(log, COSIGNATURES_MAX)?;
        rows.retain(|row| row.size >= least && UnixSeconds(row.time) > after);
        for of_size in rows.chunk_by(|one, other| one.size == other.size) {
            let Some(size) = of_size.first().map(|row| row.size) else { continue };
            let Some(root) = self.root_at(log, size) else { continue };
            let checkpoint = Checkpoint { origin: log.clone(), size, root };
            let given = self.read_rows(&checkpoint, of_size);
            let witnesses = given
                .keys()
                .filter(|party| veche_council::times::witnesses(&charter, party, &owner))
                .count();
            let quorum = usize::try_from(charter.witnessing.quorum).unwrap_or(usize::MAX);
            if given.contains_key(keeper) && witnesses >= quorum {
                return Ok(Some((checkpoint, given)));
            }
        }
        Ok(None)
    }

    /// Reads the rows of one size: the latest cosignature of each witness.
    fn read_rows(&self, checkpoint: &Checkpoint, rows: &[CosignatureRow]) -> Given {
        let mut given = Given::new();
        for row in rows {
            let Some(line) = NoteSignature::parse(&row.line) else { continue };
            let by = self.witness_keys.iter().find(|(_, key)| line.is_of(key));
            let Some((by, _)) = by.filter(|(by, _)| !given.contains_key(by)) else { continue };
            if let Some(cosignature) = self.read_cosignature(checkpoint, by, &line) {
                let _none = given.insert(by.clone(), cosignature);
            }
        }
        given
    }
}
