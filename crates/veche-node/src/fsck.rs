//! Checking a store from its raw bytes up: every leaf, signature, opening, tile and checkpoint, and the fold over them.
//!
//! Nothing in the store is believed: keys come from the charter and from records that were checked before, hashes from
//! the bytes.

use crate::backup::LogHead;
use crate::delegation::{self, Roles};
use crate::node::{all_text, words_of};
use crate::roots::Roots;
use crate::store::{Indexed, Store, StoreError, StoredEntry};
use serde::Serialize;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_charter::Charter;
use veche_council::ingest::Unproven;
use veche_council::redaction::Content;
use veche_council::{ApplyError, Council, Entry, ingest};
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::json::parse_canonical;
use veche_ledger::record::{Record, Signed};
use veche_ledger::tile::TILE_WIDTH;
use veche_ledger::{
    Checkpoint, Cosignature, Frontier, Hash, Keyring, LeafIndex, Note, NoteSignature, Origin,
    PartyId, VerifyingKey, tree,
};

/// Most faults that a report lists; all are counted.
pub const FAULTS_LISTED_MAX: usize = 100;

/// What to do about an index that is wrong. Nothing is lost with it: all its words are in the records.
const REMAKE: &str =
    "throw it away with `veche fsck --forget-index`, and the next start makes it anew";

/// What a check of a store found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Records read, by log.
    pub logs: BTreeMap<String, u64>,
    /// Signatures that were verified.
    pub signatures: u64,
    /// Openings that matched their commitment.
    pub openings: u64,
    /// Records in place of whose content stands their author's redaction.
    pub redacted: u64,
    /// Tiles that matched the leaves.
    pub tiles: u64,
    /// Checkpoints that were verified, of every size that was signed.
    pub checkpoints: u64,
    /// Cosignatures of witnesses that were verified.
    pub cosignatures: u64,
    /// Drafts whose content is the one that their last step names. They are this node's alone.
    pub drafts: u64,
    /// Records whose words the index for search has, as they say them.
    pub words: u64,
    /// Records that the index does not know yet: the node reads them when it starts.
    pub words_behind: u64,
    /// Contents that are sealed and were not looked into, because the passphrase was not given.
    pub sealed: u64,
    /// The digest of the fold over everything; empty where contents were not looked into.
    pub digest: String,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first of them: where and what.
    pub faults: Vec<String>,
}

impl Report {
    /// Says how much was verified, in a line.
    #[must_use]
    pub fn verified(&self) -> String {
        if self.sealed > 0 {
            return format!(
                "{} signatures, {} tiles, {} checkpoints, {} cosignatures verified; {} contents are sealed and were not looked into",
                self.signatures, self.tiles, self.checkpoints, self.cosignatures, self.sealed
            );
        }
        format!(
            "{} signatures, {} openings{}, {} tiles, {} checkpoints, {} cosignatures verified; digest {}",
            self.signatures,
            self.openings,
            match self.redacted {
                0 => String::new(),
                redacted => format!(" ({redacted} redacted)"),
            },
            self.tiles,
            self.checkpoints,
            self.cosignatures,
            self.digest
        )
    }

    fn fault(&mut self, place: &str, what: impl std::fmt::Display) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_LISTED_MAX {
            self.faults.push(format!("{place}: {what}"));
        }
    }
}

impl Report {
    /// Compares how far the logs go with how far somebody said that they go.
    pub(crate) fn compare(&mut self, found: &[LogHead], said: &[LogHead]) {
        for head in said.iter().filter(|head| !found.contains(head)) {
            self.fault(
                &head.log,
                format_args!("{} records with root {} are not in it", head.size, head.root),
            );
        }
        for head in found.iter().filter(|head| !said.contains(head)) {
            self.fault(
                &head.log,
                format_args!("{} records that nothing says are in it", head.size),
            );
        }
    }
}

/// Checks a store.
///
/// # Errors
/// [`StoreError`] if it cannot be read at all. What is wrong inside it is in the report.
pub fn fsck(store: &Store) -> Result<Report, StoreError> {
    let mut report = Report::default();
    if let Err(error) = store.check_file() {
        report.fault("file", error);
    }
    let Some(bytes) = store.meta("charter")? else {
        report.fault("charter", "the store names none");
        return Ok(report);
    };
    let charter = match Charter::load(&bytes, "charter.toml") {
        Ok(charter) => Arc::new(charter),
        Err(faults) => {
            report.fault("charter", faults);
            return Ok(report);
        }
    };
    let keyring = match ingest::keyring(&charter) {
        Ok(keyring) => keyring,
        Err(error) => {
            report.fault("charter", error);
            return Ok(report);
        }
    };
    let council = Council::new(charter);
    let (held, roots, leaves) = (BTreeMap::new(), Roots::default(), BTreeMap::new());
    let (unlike, beginnings) = (Vec::new(), 0);
    let mut check =
        Check { store, keyring, council, report, held, roots, leaves, unlike, beginnings };
    let mut logs: Vec<Origin> = store.logs()?.into_iter().map(|(_, log)| log).collect();
    while !logs.is_empty() {
        // A party that an amendment brought is known once what adopted it is read.
        let (known, later): (Vec<_>, Vec<_>) =
            logs.into_iter().partition(|log| check.council.knows_log(log));
        if known.is_empty() {
            // What would make it known may be sealed.
            for log in later.iter().filter(|_| !store.is_locked()) {
                check.report.fault(log.as_str(), "no charter in force knows this log");
            }
            break;
        }
        for log in &known {
            check.log(log)?;
        }
        check.learn_charters();
        logs = later;
    }
    check.council.settle();
    for (log, leaves) in std::mem::take(&mut check.leaves) {
        check.signed(&log, &leaves)?;
    }
    if store.is_locked() {
        return Ok(check.report);
    }
    check.report.digest = check.council.digest().to_string();
    check.snapshot()?;
    check.drafts()?;
    check.report_unlike()?;
    check.words()?;
    Ok(check.report)
}

struct Check<'a> {
    store: &'a Store,
    keyring: Keyring,
    council: Council,
    report: Report,
    /// How much of each log was folded.
    held: BTreeMap<Origin, Frontier>,
    roots: Roots,
    /// The leaves of each log: what is signed over them is looked at once all keys are known.
    leaves: BTreeMap<Origin, Vec<Hash>>,
    /// Records of which the index for search has other words.
    unlike: Vec<(Origin, u64, Option<String>)>,
    /// Of how many beginnings of words a sealed index for search has to consist.
    beginnings: u64,
}

/// Records read at once.
const BATCH: u64 = 4096;

impl Check<'_> {
    /// Learns the keys that a charter in force has brought.
    fn learn_charters(&mut self) {
        self.council.settle();
        for in_force in self.council.charters() {
            if let Err(error) = ingest::add_keys(&mut self.keyring, in_force.charter) {
                self.report.fault("charter", error);
            }
        }
    }

    fn log(&mut self, log: &Origin) -> Result<(), StoreError> {
        let mut frontier = Frontier::new();
        let mut leaves = Vec::new();
        loop {
            let entries = self.store.entries_as_stored(log, frontier.size(), BATCH)?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                let index = frontier.size();
                let opening = self.opening(log, index, &entry);
                self.record(log, index, &entry.leaf, opening.as_deref());
                let hash = tree::leaf_hash(&entry.leaf);
                frontier.append(hash);
                leaves.push(hash);
                self.council.prove(log, frontier.size(), || frontier.root());
                self.held.insert(log.clone(), frontier.clone());
            }
        }
        self.report.logs.insert(log.to_string(), frontier.size());
        self.tiles(log, leaves.clone())?;
        self.leaves.insert(log.clone(), leaves);
        Ok(())
    }

    /// Returns the content of an entry as it was said; `None` if it is not held, or cannot be looked into.
    fn opening(&mut self, log: &Origin, index: u64, entry: &StoredEntry) -> Option<Vec<u8>> {
        if self.store.is_locked() {
            self.report.sealed += u64::from(entry.opening.is_some());
            return None;
        }
        match self.store.opened(log, index, entry.clone()) {
            Ok(entry) => entry.opening,
            Err(error) => {
                self.report.fault(&format!("record {index} of {log}"), error.what);
                None
            }
        }
    }

    fn record(&mut self, log: &Origin, index: u64, leaf: &[u8], opening: Option<&[u8]>) {
        let place = format!("record {index} of {log}");
        let content = match opening.map(Content::from_bytes).transpose() {
            Ok(content) => content,
            Err(error) => return self.report.fault(&place, error),
        };
        let opening = content.as_ref().and_then(Content::opening);
        // The keys of a later epoch are in its first content.
        if index == 0 && log.epoch() > 1 && !self.store.is_locked() {
            let terms = opening.map(|opening| opening.bytes.clone()).unwrap_or_default();
            if let Err(fault) = ingest::open_epoch(&mut self.keyring, log, &terms) {
                self.report.fault(&place, fault);
            }
        }
        let record = match Record::decode(log, LeafIndex(index), leaf) {
            Ok(record) => record,
            Err(error) => return self.report.fault(&place, error),
        };
        let signed = match Signed::verify(record, &self.keyring) {
            Ok(signed) => signed,
            // A key that a sealed content brought is not known.
            Err(_) if self.store.is_locked() && self.keyring.log(log).is_none() => return,
            Err(error) => return self.report.fault(&place, error),
        };
        self.report.signatures += signed.signers().len() as u64;
        match ingest::entry_of(&signed, content.as_ref(), self.council.for_all()) {
            Ok(mut entry) => {
                let unproven = self.unproven(&mut entry);
                self.indexed(log, index, words_of(&entry));
                self.report.openings += u64::from(opening.is_some());
                self.report.redacted += u64::from(content.is_some() && opening.is_none());
                if let Err(fault) = ingest::learn(&mut self.keyring, &entry) {
                    self.report.fault(&place, fault);
                }
                match self.council.apply(entry) {
                    Ok(()) => self.council.claim(log, LeafIndex(index), &unproven),
                    Err(ApplyError::BadTerms { .. }) => {}
                    Err(_) if self.store.is_locked() => {}
                    Err(error) => self.report.fault(&place, error),
                }
            }
            Err(error) => self.report.fault(&place, error),
        }
    }

    /// Leaves out of an entry what a node would: heads that contradict the logs, and those beyond what was folded.
    fn unproven(&mut self, entry: &mut Entry) -> Unproven {
        let (store, logs) = (self.store, &self.held);
        let roots = RefCell::new(&mut self.roots);
        let root_at = |log: &Origin, size: u64| {
            let held = logs.get(log)?;
            match size.cmp(&held.size()) {
                Ordering::Equal => Some(held.root()),
                Ordering::Less => roots.borrow_mut().at(store, log, size),
                Ordering::Greater => None,
            }
        };
        let _contradicted = ingest::check_evidence(entry, &root_at);
        ingest::take_unproven(entry, &|log| logs.get(log).map_or(0, Frontier::size))
    }

    /// Compares each level's tiles with the hashes that the leaves give.
    fn tiles(&mut self, log: &Origin, leaves: Vec<Hash>) -> Result<(), StoreError> {
        let mut level = 0;
        let mut row = leaves;
        while !row.is_empty() {
            let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
            for (n, hashes) in row.chunks(width).enumerate() {
                let expected: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
                if self.store.tile(log, level, n as u64)?.as_deref() == Some(&expected[..]) {
                    self.report.tiles += 1;
                } else {
                    self.report.fault(
                        &format!("tile {level}/{n} of {log}"),
                        "it is not what the records give",
                    );
                }
            }
            row = row.chunks_exact(width).map(root_of).collect();
            level += 1;
        }
        Ok(())
    }

    /// Verifies what the log's key and the witnesses signed, at each size that they signed, over the roots that the records give.
    fn signed(&mut self, log: &Origin, leaves: &[Hash]) -> Result<(), StoreError> {
        let lines = self.store.checkpoint_lines(log)?;
        let cosignatures = self.store.all_cosignatures(log)?;
        let size = leaves.len() as u64;
        if lines.last().map(|(size, _)| *size) != Some(size) {
            let place = format!("checkpoint {size} of {log}");
            self.report.fault(&place, "the log key's signature is missing");
        }
        let sizes = lines.iter().map(|(size, _)| *size).chain(cosignatures.iter().map(|c| c.0));
        let roots = roots_at(leaves, sizes.collect());
        let checkpoint = |size: u64| {
            let root = *roots.get(&size)?;
            Some(Checkpoint { origin: log.clone(), size, root })
        };
        let key = self.keyring.log(log).map(|keys| keys.log_key().clone());
        if key.is_none() && self.store.is_locked() {
            return Ok(());
        }
        for (size, line) in &lines {
            let note =
                checkpoint(*size).zip(NoteSignature::parse(line)).and_then(|(text, line)| {
                    Note::assemble(&text.to_string(), &[line], CHECKPOINT_LIMITS).ok()
                });
            let is_signed = key.as_ref().zip(note).is_some_and(|(key, note)| {
                veche_ledger::SignedCheckpoint::verify(&note.to_bytes(), key).is_ok()
            });
            if is_signed {
                self.report.checkpoints += 1;
            } else {
                let place = format!("checkpoint {size} of {log}");
                self.report.fault(&place, "the log key did not sign what the records give");
            }
        }
        for (size, witness, line) in &cosignatures {
            let keys = self.witness_keys();
            let key = keys.iter().find(|key| key.name().as_str() == witness.as_str());
            if key.is_none() && self.store.is_locked() {
                continue;
            }
            let is_good = checkpoint(*size).zip(NoteSignature::parse(line)).zip(key).is_some_and(
                |((checkpoint, line), key)| Cosignature::verify(&checkpoint, &line, key).is_ok(),
            );
            if is_good {
                self.report.cosignatures += 1;
            } else {
                let place = format!("cosignature of `{witness}` on {size} of {log}");
                self.report.fault(&place, "the witness did not sign what the records give");
            }
        }
        Ok(())
    }

    /// Returns the witnesses' keys of all charters in force so far.
    fn witness_keys(&self) -> Vec<VerifyingKey> {
        let keys =
            |charter: &Charter| ingest::witness_keys(charter).into_iter().map(|(_, key)| key);
        self.council
            .charters()
            .flat_map(|version| keys(version.charter).collect::<Vec<_>>())
            .collect()
    }

    /// Drafts and the delegation's rules stand beside the logs; a draft that was signed names a record that is held.
    fn drafts(&mut self) -> Result<(), StoreError> {
        let found = delegation::check(self.store)?;
        for (draft, fault) in found.faults {
            self.report.fault(&format!("draft {draft}"), fault);
        }
        for draft in &found.whole {
            match draft.leaf() {
                Some(leaf) if self.council.record(&leaf).is_none() => {
                    let what = format!("it became record {}, which is not held", leaf.short());
                    self.report.fault(&format!("draft {}", draft.id), what);
                }
                Some(_) | None => self.report.drafts += 1,
            }
        }
        let party = self.store.meta("party")?.and_then(|bytes| String::from_utf8(bytes).ok());
        let party = party.and_then(|party| PartyId::parse(&party).ok());
        if let (Some(party), Some(text)) = (party, self.store.roles()?)
            && let Err(fault) = Roles::read(&text, self.council.charter(), &party)
        {
            self.report.fault("roles of the delegation", fault);
        }
        Ok(())
    }

    /// Compares what the index for search has of a record with what the record says.
    fn indexed(&mut self, log: &Origin, index: u64, said: Option<String>) {
        if self.store.is_locked() {
            return;
        }
        let found = self.store.compare_words(log, index, said.as_deref()).and_then(|found| {
            let kept = said.as_deref().filter(|_| !matches!(found, Indexed::NotYet));
            self.beginnings += kept.map_or(Ok(0), |text| self.store.beginnings_of(text))?;
            Ok(found)
        });
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.report.fault("index for search", error),
        };
        match found {
            Indexed::NotYet => self.report.words_behind += 1,
            Indexed::Same => self.report.words += u64::from(said.is_some()),
            // Its author may have taken words back: that stands behind it in its log.
            Indexed::Other => self.unlike.push((log.clone(), index, said)),
        }
    }

    /// Reports words in the index that are neither what a record says nor what is left of it.
    fn report_unlike(&mut self) -> Result<(), StoreError> {
        for (log, index, said) in std::mem::take(&mut self.unlike) {
            let view = self.council.record_at(&log, index);
            let left = view.filter(|view| view.redacted.is_some()).and_then(|view| view.terms);
            let left = left.and_then(|terms| parse_canonical(terms.as_bytes()).ok());
            let left = left.as_ref().map(all_text);
            let is_left =
                matches!(self.store.compare_words(&log, index, left.as_deref())?, Indexed::Same);
            if left.is_some() && is_left {
                let of = |text: Option<String>| {
                    text.map_or(Ok(0), |text| self.store.beginnings_of(&text))
                };
                self.beginnings = self.beginnings + of(left)? - of(said)?;
            } else {
                let place = format!("record {index} of {log}, index for search");
                self.report.fault(&place, format!("its words are not the record's; {REMAKE}"));
            }
        }
        Ok(())
    }

    /// The index for search has nothing that no record says.
    fn words(&mut self) -> Result<(), StoreError> {
        let strange = self.store.words_without_record()?;
        let beginnings = self.store.sealed_beginnings()?;
        if beginnings != self.beginnings {
            let what = format!(
                "{beginnings} beginnings of words in place of {}; {REMAKE}",
                self.beginnings
            );
            self.report.fault("index for search", what);
        }
        if strange > 0 {
            let what = format!("words of {strange} entries that no record has; {REMAKE}");
            self.report.fault("index for search", what);
        }
        Ok(())
    }

    /// A snapshot must continue to what the whole logs give.
    fn snapshot(&mut self) -> Result<(), StoreError> {
        let Some(bytes) = self.store.snapshot()? else { return Ok(()) };
        let resumed = match Council::resume(Arc::clone(self.council.genesis()), &bytes) {
            Ok(resumed) => resumed,
            Err(error) => {
                self.report.fault("snapshot", error);
                return Ok(());
            }
        };
        let is_whole = self.council.sizes().all(|(log, size)| resumed.size_of(log) == size);
        if is_whole && resumed.digest() != self.council.digest() {
            self.report.fault("snapshot", "it gives another state than the logs");
        }
        Ok(())
    }
}

/// Returns the roots over so many of the first leaves, for each size asked that is not beyond them.
fn roots_at(leaves: &[Hash], sizes: BTreeSet<u64>) -> BTreeMap<u64, Hash> {
    let (mut frontier, mut roots, mut rest) = (Frontier::new(), BTreeMap::new(), leaves.iter());
    for size in sizes.into_iter().filter(|size| *size <= leaves.len() as u64) {
        while frontier.size() < size {
            let Some(leaf) = rest.next() else { break };
            frontier.append(*leaf);
        }
        roots.insert(size, frontier.root());
    }
    roots
}

fn root_of(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.append(*hash));
    frontier.root()
}
