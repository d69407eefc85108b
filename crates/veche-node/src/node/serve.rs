//! What a node gives to its peers: leaves to all of them, contents by label.

use super::{HeldLog, Node, NodeError, Offer};
use crate::peer::OpenLog;
use crate::store::StoredEntry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_council::Marked;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::{Header, Record, Sealed};
use veche_ledger::sync::{Resource, listing_bytes, openings_bytes};
use veche_ledger::tile::{TILE_WIDTH, TileKind, TilePath, bundle_bytes};
use veche_ledger::{Checkpoint, Hash, LeafIndex, Origin, PartyId, SigningKey, UnixSeconds};

/// The bytes of a listing (`formats/sync.md`, section 2), and their hash.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub hash: Hash,
}

impl Listing {
    fn of(bytes: Vec<u8>) -> Self {
        let hash = Hash::of(&[&bytes]);
        Self { bytes, hash }
    }
}

impl Node {
    /// Returns the records of a log from `start` for a peer, with the openings that it may read by now; `None` if there are none.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn offer(
        &self,
        peer: &BTreeSet<PartyId>,
        log: &Origin,
        start: u64,
        now: UnixSeconds,
    ) -> Result<Option<Offer>, NodeError> {
        let Some(held) = self.logs.get(log) else { return Ok(None) };
        let size = held.signed_size();
        if start > size {
            return Ok(None);
        }
        let Some(checkpoint) = self.checkpoint_note(log) else { return Ok(None) };
        let mut records = Vec::new();
        for (index, stored) in (start..).zip(self.store.entries(log, start, size - start)?) {
            let opening = match stored.opening {
                Some(ref held) if self.may_read(peer, log, index, &stored, now) => {
                    self.given(log, index, held)
                }
                _ => None,
            };
            records.push((stored.leaf, opening));
        }
        Ok(Some(Offer { log: log.clone(), start, records, checkpoint }))
    }

    /// Returns true if one of the parties of a peer's node may read a record's content.
    fn may_read(
        &self,
        peer: &BTreeSet<PartyId>,
        log: &Origin,
        index: u64,
        stored: &StoredEntry,
        now: UnixSeconds,
    ) -> bool {
        let Ok(record) = Record::decode(log, LeafIndex(index), &stored.leaf) else { return false };
        let Some(header) = opened_header(&record, stored.opening.as_deref()) else { return false };
        let Ok(author) = PartyId::parse(log.party()) else { return false };
        // Of what names a charter that is not in force here, its author knows who may read it, and others do not yet.
        let is_own = self.secrets.contains_key(&author);
        let is_known = self.council.charter_named(&header.charter).is_some();
        let charter = if is_own && !is_known { self.genesis.hash } else { header.charter };
        let marked = Marked {
            author: &author,
            leaf: &record.leaf(),
            label: &header.label,
            charter: &charter,
            is_sealed: record.header().is_sealed(),
            time: header.time,
        };
        peer.iter().any(|party| self.council.visible_as(party, &marked, now).is_content())
    }

    /// Returns the parties whose logs a peer's node keeps: it may read what one of them may.
    #[must_use]
    pub fn readers_at(&self, peer: &PartyId) -> BTreeSet<PartyId> {
        let is_there = |(party, entry): &(&PartyId, &veche_charter::model::Party)| {
            veche_council::times::host(party, entry) == peer
        };
        let parties = self.charter().parties.iter().filter(is_there);
        parties.map(|(party, _)| party.clone()).collect()
    }

    /// Returns the open logs of the parties in force, with their keys: who may be a peer.
    #[must_use]
    pub fn open_logs(&self) -> BTreeMap<Origin, OpenLog> {
        let parties = &self.charter().parties;
        let is_open = |(log, keys): &(&Origin, &veche_ledger::keyring::LogKeys)| {
            let party = PartyId::parse(log.party());
            keys.ended_at().is_none() && party.is_ok_and(|party| parties.contains_key(&party))
        };
        let open = self.keyring.logs().filter(is_open);
        let open = open.filter_map(|(log, keys)| {
            let (key, root) = (keys.log_key().clone(), keys.root()?.clone());
            Some((log.clone(), OpenLog { key, root }))
        });
        open.collect()
    }

    /// Returns the log of this node's own party, and its key if it is unlocked: what vouches for connections.
    #[must_use]
    pub fn vouching_key(&self) -> Option<(Origin, &SigningKey)> {
        let log = self.log_of(&self.party).ok()?;
        let key = self.log_key(&log).ok()?;
        Some((log, key))
    }

    /// Returns how many records of a log the last checkpoint held covers.
    #[must_use]
    pub fn signed_size_of(&self, log: &Origin) -> u64 {
        self.logs.get(log).map_or(0, HeldLog::signed_size)
    }

    /// Returns the logs that are held, as far as checkpoints cover them.
    #[must_use]
    pub fn signed_heads(&self) -> Vec<Checkpoint> {
        self.logs.keys().filter_map(|log| self.signed_head(log)).collect()
    }

    /// Returns the same of the logs that are kept here.
    #[must_use]
    pub fn kept_heads(&self) -> Vec<Checkpoint> {
        let is_kept = |log: &&Origin| self.kept().any(|party| party.as_str() == log.party());
        self.logs.keys().filter(is_kept).filter_map(|log| self.signed_head(log)).collect()
    }

    fn signed_head(&self, log: &Origin) -> Option<Checkpoint> {
        let size = self.signed_size_of(log);
        let root = (size > 0).then(|| self.root_at(log, size)).flatten()?;
        Some(Checkpoint { origin: log.clone(), size, root })
    }

    /// Returns the listing of what is held. It is the same for whoever asks, and made once until a head changes.
    #[must_use]
    pub fn listing(&self) -> Arc<Listing> {
        Arc::clone(
            self.listing.get_or_init(|| Arc::new(Listing::of(listing_bytes(&self.signed_heads())))),
        )
    }

    /// Returns the bytes of a resource for the node of some parties, as they may read it by now; `None` if it is not held so far.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn serve(
        &self,
        readers: &BTreeSet<PartyId>,
        what: &Resource,
        now: UnixSeconds,
    ) -> Result<Option<Vec<u8>>, NodeError> {
        match what {
            Resource::Heads => Ok(Some(self.listing().bytes.clone())),
            Resource::Checkpoint(log) => Ok(self.checkpoint_note(log)),
            Resource::Tile(log, path) => match path.kind() {
                TileKind::Hashes(level) => self.hashes(log, level, *path),
                TileKind::Entries => {
                    let Some(entries) = self.bundle(log, *path)? else { return Ok(None) };
                    // No record is longer than an entry may be.
                    Ok(bundle_bytes(entries.iter().map(|entry| entry.leaf.as_slice())).ok())
                }
            },
            Resource::Openings(log, path) => {
                let Some(entries) = self.bundle(log, *path)? else { return Ok(None) };
                let readable = |(index, entry): (u64, &StoredEntry)| {
                    let held = entry.opening.as_deref()?;
                    let may_read = self.may_read(readers, log, index, entry, now);
                    may_read.then(|| self.given(log, index, held)).flatten()
                };
                let openings: Vec<Option<Vec<u8>>> =
                    (path.index() * TILE_WIDTH..).zip(&entries).map(readable).collect();
                Ok(Some(openings_bytes(openings.iter().map(Option::as_deref))))
            }
        }
    }

    fn hashes(
        &self,
        log: &Origin,
        level: u8,
        path: TilePath,
    ) -> Result<Option<Vec<u8>>, NodeError> {
        let tile = self.store.tile(log, level.into(), path.index())?;
        Ok(tile.and_then(|tile| Some(tile.get(..usize::from(path.width()) * 32)?.to_vec())))
    }

    /// Returns the entries of a bundle, all of them or none.
    fn bundle(&self, log: &Origin, path: TilePath) -> Result<Option<Vec<StoredEntry>>, NodeError> {
        let (start, width) = (path.index() * TILE_WIDTH, u64::from(path.width()));
        if start + width > self.size_of(log) {
            return Ok(None);
        }
        let entries = self.store.entries(log, start, width)?;
        Ok(Some(entries).filter(|entries| entries.len() as u64 == width))
    }
}

/// Returns a record's header; of a sealed one, that inside.
fn opened_header(record: &Record, opening: Option<&[u8]>) -> Option<Header> {
    let outer = record.header();
    if !outer.is_sealed() {
        return Some(outer.clone());
    }
    let opening = Opening::from_bytes(Domain::Terms, opening?).ok()?;
    Some(Sealed::unseal(outer, &opening).ok()?.header(outer))
}
