//! Contents that come after their records: what a party may read by now, and did not get at first.

use super::{Node, NodeError, Overshared, parse_signers, words_of};
use std::collections::{BTreeMap, BTreeSet};
use veche_council::Terms;
use veche_council::ingest;
use veche_council::reading::Unread;
use veche_ledger::record::{Record, Signed};
use veche_ledger::tile::{TILE_WIDTH, TileKind, TilePath};
use veche_ledger::{LeafIndex, Origin, PartyId, UnixSeconds};

impl Node {
    /// Returns how many records there are whose content a party cannot read at this node, by log and by why.
    #[must_use]
    pub fn unread_counts(
        &self,
        reader: &PartyId,
        now: UnixSeconds,
    ) -> BTreeMap<(Origin, Unread), u64> {
        let here = self.readers_at(&self.party);
        if here.len() == 1 && here.contains(reader) {
            return self.council.unopened_counts(reader, now);
        }
        // What its host or another guest may read is held here as well.
        self.council.unread_counts(reader, now)
    }

    /// Returns the bundles in which contents are missing that a party here may read by now, and in each how many.
    #[must_use]
    pub fn lacking(&self, now: UnixSeconds) -> BTreeMap<(Origin, TilePath), usize> {
        let own: BTreeSet<PartyId> = self.kept().cloned().collect();
        let lacking = self.council.lacking(&own, now);
        let path = |(log, index): (Origin, u64)| {
            let bundle = index / TILE_WIDTH;
            let held = self.signed_size_of(&log).saturating_sub(bundle * TILE_WIDTH);
            let width = u16::try_from(held.min(TILE_WIDTH)).ok()?;
            Some((log, TilePath::new(TileKind::Entries, bundle, width)?))
        };
        let mut bundles = BTreeMap::new();
        for bundle in lacking.into_iter().filter_map(path) {
            *bundles.entry(bundle).or_default() += 1;
        }
        bundles
    }

    /// Takes the openings of a bundle whose records are held, as far as they were missing and may be read here: each is compared with its
    /// commitment, stored, and folded. Returns how many were taken.
    ///
    /// # Errors
    /// [`NodeError::Store`]; [`NodeError::Ingest`] for an opening of another record. What was taken before it stays.
    pub fn take_openings(
        &mut self,
        log: &Origin,
        path: TilePath,
        openings: &[Option<&[u8]>],
        now: UnixSeconds,
    ) -> Result<u64, NodeError> {
        let start = path.index() * TILE_WIDTH;
        let stored = self.store.entries(log, start, u64::from(path.width()))?;
        let (mut entries, mut fault) = (Vec::new(), None);
        for ((index, stored), bytes) in (start..).zip(stored).zip(openings) {
            // What is left of words that were taken back is here already.
            let is_missing =
                stored.opening.is_none() && self.council.redacted_at(log, index).is_none();
            let Some(bytes) = bytes.filter(|_| is_missing) else { continue };
            let record = Record::decode(log, LeafIndex(index), &stored.leaf)?;
            let signed = Signed::from_verified_store(record, parse_signers(&stored.signers));
            let entry = self.content_of(&signed, Some(bytes)).and_then(|content| {
                let for_all = &self.genesis.default_label;
                Ok(ingest::entry_of(&signed, content.as_ref(), for_all)?)
            });
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    fault = Some(error);
                    break;
                }
            };
            if entry.terms == Terms::Missing {
                continue;
            }
            if !self.may_keep(&entry, now) {
                let label = entry.label.clone();
                self.overshared.push(Overshared { log: log.clone(), index, label });
                continue;
            }
            if let Err(error) =
                self.store.set_opening(log, index, bytes, words_of(&entry).as_deref())
            {
                fault = Some(error.into());
                break;
            }
            entries.push(entry);
        }
        // Also after a fault: what is stored is not asked for again.
        let taken = self.council.fill(entries);
        if taken > 0 {
            self.snapshot_len = 0;
            self.settle();
        }
        fault.map_or(Ok(taken), Err)
    }
}
