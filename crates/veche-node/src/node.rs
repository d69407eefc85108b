//! One party's node: its store, its keys, the logs that it holds and the fold over them.
//!
//! A node does four things: it appends its own parties' records, takes other logs' records after checking every byte,
//! cosigns what it holds, and offers what it holds to whoever may read it. It never moves bytes by itself: a transport
//! carries [`Offer`]s from node to node.

mod carry;
mod forks;
mod keys;
mod late;
mod redact;
mod restored;
mod serve;
mod standby;
mod take;
mod together;

use crate::delegation::{Duty, Roles, RolesFault};
use crate::keys::PartySecrets;
use crate::roots::Roots;
use crate::store::{Changes, NumberedEntry, Store, StoreError, StoredEntry};
use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_charter::Charter;
use veche_council::certificate::{AssembleError, Certificate, Sources, assemble};
use veche_council::closing::{ClosingFault, HeadCosignature, HeadEvidence};
use veche_council::council::Naive;
use veche_council::entry::{CLOSING, DIGEST, FORK, REDACTION, WITNESS};
use veche_council::ingest::{self, IngestError, KeysError};
use veche_council::redaction::{Content, RedactionFault};
use veche_council::view::RecordPlace;
use veche_council::{ApplyError, Council, Entry, Head, Terms};
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::Value;
use veche_ledger::keyring::{KeyringFault, Role};
use veche_ledger::record::{
    Draft, Header, Record, RecordError, RecordFault, SealError, Sealed, SignatureError, Signed,
};
use veche_ledger::witness::{AddCheckpoint, GROWTH_PER_HOUR, Latest, WitnessRefusal};
use veche_ledger::{
    Checkpoint, Cosignature, Frontier, Hash, Keyring, Kind, Label, LeafIndex, NoteSignature,
    Origin, PartyId, Seconds, SigningKey, UnixSeconds, VerifyingKey, Witness, tree,
};

/// How far an author's clock may be ahead of this node's before that is shown: more than two clocks set by hand differ.
pub const CLOCK_AHEAD_MAX: Seconds = Seconds::minutes(5);

/// A record that came with a time of the future: its author's clock is ahead, or this node's behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockAhead {
    /// The record.
    pub index: u64,
    /// The author's time.
    pub claimed: UnixSeconds,
    /// This node's time when it came.
    pub received_at: UnixSeconds,
}

/// Gives 32 fresh random bytes at each call: salts.
pub type Salts = Box<dyn FnMut() -> [u8; 32] + Send>;

impl From<RedactionFault> for NodeError {
    fn from(fault: RedactionFault) -> Self {
        Self::Redaction(fault)
    }
}

impl NodeError {
    /// Returns true if the node was restored from a backup and has yet to catch up: it goes on by itself once it has.
    #[must_use]
    pub const fn is_catching_up(&self) -> bool {
        matches!(
            self,
            Self::RestoredTooOld { .. } | Self::NotHeardYet { .. } | Self::AsksFirst { .. }
        )
    }
}

/// What a node could not do, sorted by whose it is to act.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The charter's keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The charter has faults.
    #[error("the charter has faults:\n{0}")]
    Charter(String),
    /// The charter in force is for a later program.
    #[error(transparent)]
    Outdated(#[from] veche_council::version::Outdated),
    /// The store belongs to another charter.
    #[error("the store was made under charter `{stored}`, and this is `{given}`")]
    OtherCharter {
        /// The hash in the store.
        stored: String,
        /// The hash of the one given.
        given: String,
    },
    /// This node does not keep that party's log.
    #[error("this node does not keep the log of `{0}`")]
    NotKept(PartyId),
    /// No such officer has unlocked a key here.
    #[error("no officer `{officer}` of `{party}` has unlocked a key here")]
    NoOfficer {
        /// The party.
        party: PartyId,
        /// The officer.
        officer: String,
    },
    /// The record is not of the form.
    #[error("the record is not of the form: {0}")]
    Record(#[from] RecordFault),
    /// A received record is not of the form.
    #[error(transparent)]
    Received(#[from] RecordError),
    /// A received record's signatures do not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A received opening does not hold.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The fold does not take it.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// A key statement does not hold.
    #[error("the key statement does not hold: {0}")]
    Keyring(#[from] KeyringFault),
    /// A name is none.
    #[error(transparent)]
    Name(#[from] veche_ledger::name::NotAName),
    /// Records were offered that do not follow on what is held.
    #[error("the records offered of `{log}` begin at {start}, and {held} are held")]
    Gap {
        /// The log.
        log: Origin,
        /// Where they begin.
        start: u64,
        /// How many are held.
        held: u64,
    },
    /// The log as offered is not the log as held: its owner shows two histories.
    #[error("`{log}` shows two histories: other records at a size that is held already")]
    Forked {
        /// The log.
        log: Origin,
    },
    /// Content that this node may hold was left out of the offer.
    #[error("record {index} of `{log}` came without its terms, which this node may read")]
    Withheld {
        /// The log.
        log: Origin,
        /// The record.
        index: u64,
    },
    /// The root after the records offered is not the one that the checkpoint signs.
    #[error("the records offered of `{log}` do not give the root that its checkpoint signs")]
    OtherRoot {
        /// The log.
        log: Origin,
    },
    /// The checkpoint is not the log's own.
    #[error("the checkpoint offered of `{log}` is not signed by its key")]
    Checkpoint {
        /// The log.
        log: Origin,
    },
    /// Peers hold more of this node's own log than it does: it was restored from a backup, and must catch up first.
    #[error(
        "`{log}` has {held} records here, and peers hold {peers}: this node was restored from a backup; let it catch up before it appends"
    )]
    RestoredTooOld {
        /// The log.
        log: Origin,
        /// How many are held here.
        held: u64,
        /// How many peers hold.
        peers: u64,
    },
    /// The store was restored from a backup, and not all who may hold more of this log have said how much they hold.
    #[error(
        "`{log}` cannot go on yet: this node was restored from a backup, and {} not said yet how much of the log is held there; let them answer, or see `veche backup alone`", restored::waiting(.waits_for)
    )]
    NotHeardYet {
        /// The log.
        log: Origin,
        /// Whose nodes are waited for.
        waits_for: BTreeSet<PartyId>,
    },
    /// The node has just started, and has not heard its peers yet.
    #[error(
        "`{log}` cannot go on yet: this node has just started, or was told of more of this log, and asks its peers first how much of the log they hold; {} not answered; try again in some seconds", restored::waiting(.waits_for)
    )]
    AsksFirst {
        /// The log.
        log: Origin,
        /// Who has not answered.
        waits_for: BTreeSet<PartyId>,
    },
    /// The root key states a root of the old log that is not the one held.
    #[error(
        "the root key ends `{log}` at {size} records with a root that is not the one held here: draw the epoch up again"
    )]
    OtherLastGood {
        /// The old log.
        log: Origin,
        /// Its size as stated.
        size: u64,
    },
    /// The old log grew beyond what the root key lets stand of it, after that was drawn up.
    #[error(
        "the root key ends `{log}` at {size} records, and officers said {} after them, which would fall: {}. Draw the epoch up again, or say \
         that {} fall",
        .records.len(), keys::numbers(.records), .records.len()
    )]
    RecordsFall {
        /// The old log.
        log: Origin,
        /// How many of its records stand.
        size: u64,
        /// Which would fall, by number.
        records: Vec<u64>,
    },
    /// Words cannot be taken back so.
    #[error("nothing was taken back: {0}")]
    Redaction(RedactionFault),
    /// A certificate would have to open it.
    #[error(
        "nothing was taken back: a matter that can be decided rests on the record, and the decision's certificate would have to open it"
    )]
    RestedOn,
    /// The very same record is in the log already.
    #[error("it is record {index} of `{log}` already: it is not taken twice")]
    SaidAlready {
        /// The log.
        log: Origin,
        /// Where in it.
        index: u64,
    },
    /// The open log lists no such officer's key.
    #[error(
        "`{log}` lists no officer's key `{key}`; a log key is not withdrawn but replaced: `veche key epoch`"
    )]
    NoKey {
        /// The key.
        key: veche_ledger::KeyName,
        /// The log.
        log: Origin,
    },
    /// Cosigning was refused.
    #[error("not cosigned: {0}")]
    Witness(#[from] WitnessRefusal),
    /// A closing does not hold.
    #[error("it cannot be closed: {0}")]
    Closing(#[from] ClosingFault),
    /// A certificate cannot be made.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// A certificate would hold a statement of another history of a log in it.
    #[error(
        "no certificate can be made: record {index} of `{log}` states another history of `{other}` than the one held here; the log's own page tells whether a proof of the fork is known"
    )]
    TwoHistories {
        /// The log that states it.
        log: Origin,
        /// Where.
        index: u64,
        /// Of which log.
        other: Origin,
    },
    /// The delegation's own rules cannot be read.
    #[error(
        "the roles of this delegation cannot be read: {0}; write them anew with `veche draft roles`"
    )]
    Roles(#[from] RolesFault),
    /// The delegation's own rules do not let this officer sign.
    #[error("`{officer}` does not sign in this delegation; who does: {who}")]
    NotASigner {
        /// The officer.
        officer: String,
        /// Who signs.
        who: String,
    },
    /// The delegation signs approved drafts alone.
    #[error(
        "this delegation signs nothing but approved drafts; write one with `veche draft new`, or keep it as a draft at the desk"
    )]
    OnlyApproved,
}

/// The way by which a record comes to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By an officer, as it is said.
    Said,
    /// By an officer, from an approved draft.
    Approved,
    /// By the node, or by the root key.
    Own,
}

/// One log as a node holds it.
#[derive(Debug)]
struct HeldLog {
    frontier: Frontier,
    /// The last checkpoint held: its size, and the log key's line on it. Records after it are on their way.
    signed: Option<(u64, NoteSignature)>,
    /// Size up to which there was a record other than a receipt: what is worth cosigning.
    acts_until: u64,
    /// Cosignatures on the head held, by witness's party.
    cosignatures: BTreeMap<PartyId, Cosignature>,
}

/// What somebody wants to say, before it is signed.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Whose log.
    pub party: PartyId,
    /// The officers who sign; empty: the node.
    pub officers: Vec<String>,
    /// The kind of act.
    pub kind: Kind,
    /// Its label; `None`: the act's default.
    pub label: Option<Label>,
    /// What it is about.
    pub about: Vec<Hash>,
    /// True in an exercise.
    pub drill: bool,
    /// What it says.
    pub terms: Value,
}

/// Where a record came to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The log.
    pub log: Origin,
    /// Its number.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: Hash,
}

/// Records of one log on their way from one node to another.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The log.
    pub log: Origin,
    /// The number of the first record.
    pub start: u64,
    /// Leaves, each with the opening of its terms if the receiver may read it.
    pub records: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// The signed checkpoint after the last.
    pub checkpoint: Vec<u8>,
}

pub use keys::{EpochDraft, EpochDraftFault, KeyState};
pub use redact::{Bytes, KEPT_FOR, Taken};
pub use restored::GoneOn;
pub use serve::Listing;
pub use standby::Followed;
pub use take::Overshared;
pub use together::Pending;

/// One party's node.
pub struct Node {
    party: PartyId,
    store: Store,
    /// How its writes get onto the disk.
    together: together::Together,
    /// The charter that the organisation began with. Those that replaced it are in the fold.
    genesis: Arc<Charter>,
    /// How many charters in force the keys are known of.
    charters_known: usize,
    keyring: Keyring,
    witness_keys: Vec<(PartyId, VerifyingKey)>,
    witness: Option<Witness>,
    council: Council,
    logs: BTreeMap<Origin, HeldLog>,
    /// What peers are told of them, until the last checkpoint of one changes.
    listing: OnceCell<Arc<Listing>>,
    /// Roots of the logs at the sizes that records cite.
    roots: Roots,
    /// How many records' state came from a snapshot at the start.
    resumed: u64,
    secrets: BTreeMap<PartyId, PartySecrets>,
    salts: Salts,
    /// Heads cosigned since the last `witness` record, by time.
    unlogged: BTreeMap<UnixSeconds, BTreeMap<Origin, (u64, Hash)>>,
    /// Forks met, by log: the proof's value.
    forks: BTreeMap<Origin, Value>,
    /// Those of them that no record held here proves yet.
    forks_unlogged: BTreeSet<Origin>,
    /// The last record of each log that came with a time of the future. For whoever looks; the fold does not know of it.
    clocks_ahead: BTreeMap<Origin, ClockAhead>,
    /// Sizes of this node's own logs that peers have shown.
    peers_hold: BTreeMap<Origin, u64>,
    /// What is still to be heard after a restore from a backup.
    restored: Option<restored::Restored>,
    /// What is still to be heard after a start.
    starting: Option<restored::Starting>,
    /// How this node finds out that its store is an old one.
    own_logs: restored::OwnLogs,
    /// The restore guard; switched off only to show what happens without it.
    guards_restore: bool,
    /// The comparison of histories; switched off only to show what happens without it.
    checks_forks: bool,
    /// Records in the snapshot that the store has.
    snapshot_len: u64,
    /// Who in this node's own delegation may do what.
    roles: Roles,
    /// Contents that came and may not be read here: whoever sent them did not look at the label.
    overshared: Vec<Overshared>,
    /// How far the store was when it was last read, where another process writes into it.
    seen: Changes,
    /// Since when one that stands by could not read what is written.
    unfollowed_since: Option<UnixSeconds>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("party", &self.party).finish_non_exhaustive()
    }
}

impl Node {
    /// Opens a node over its store: reads the charter's keys, the logs and the fold.
    ///
    /// `secrets`: the keys of the parties whose logs it keeps, its own party's first of all.
    ///
    /// # Errors
    /// [`NodeError::Charter`], [`NodeError::OtherCharter`], [`NodeError::Keys`]; [`NodeError::Store`] if what is stored is not whole.
    pub fn open(
        party: PartyId,
        store: Store,
        charter_bytes: &[u8],
        mut secrets: BTreeMap<PartyId, PartySecrets>,
        salts: Salts,
    ) -> Result<Self, NodeError> {
        let charter = Charter::load(charter_bytes, "charter.toml");
        let charter = Arc::new(charter.map_err(|faults| NodeError::Charter(faults.to_string()))?);
        let given = charter.hash.to_string();
        match store.meta("charter")? {
            None => store.set_meta("charter", charter_bytes)?,
            Some(stored) if stored == charter_bytes => {}
            Some(stored) => {
                return Err(NodeError::OtherCharter {
                    stored: Hash::of(&[&stored]).to_string(),
                    given,
                });
            }
        }
        let roles = match store.roles()? {
            Some(text) => Roles::read(&text, &charter, &party)?,
            None => Roles::default(),
        };
        // Before all that is read: what comes meanwhile is read again.
        let seen = store.changes()?;
        let keyring = ingest::keyring(&charter)?;
        let witness_keys = ingest::witness_keys(&charter);
        let witness = secrets.get_mut(&party).and_then(|own| own.witness.take());
        let mut node = Self {
            council: Council::new(Arc::clone(&charter)),
            witness: witness.map(|key| Witness::new(key, GROWTH_PER_HOUR)),
            party,
            store,
            together: together::Together::default(),
            genesis: charter,
            charters_known: 1,
            keyring,
            witness_keys,
            logs: BTreeMap::new(),
            listing: OnceCell::new(),
            roots: Roots::default(),
            resumed: 0,
            secrets,
            salts,
            unlogged: BTreeMap::new(),
            forks: BTreeMap::new(),
            forks_unlogged: BTreeSet::new(),
            restored: None,
            starting: None,
            own_logs: restored::OwnLogs::default(),
            clocks_ahead: BTreeMap::new(),
            peers_hold: BTreeMap::new(),
            guards_restore: true,
            checks_forks: true,
            snapshot_len: 0,
            roles,
            overshared: Vec::new(),
            seen,
            unfollowed_since: None,
        };
        node.watch_all();
        node.load()?;
        node.load_forks()?;
        node.load_witness()?;
        node.load_restored()?;
        Ok(node)
    }

    fn watch_all(&mut self) {
        if let Some(witness) = &mut self.witness {
            for (origin, keys) in self.keyring.logs() {
                if witness.latest(origin).is_none() {
                    witness.watch(origin.clone(), keys.log_key().clone(), None);
                }
            }
        }
    }

    /// Takes up what this node cosigned last of each log, so that it goes on where it was: as held, and never behind its own word.
    fn load_witness(&mut self) -> Result<(), NodeError> {
        let Some(witness) = &mut self.witness else { return Ok(()) };
        for (log, keys) in self.keyring.logs() {
            let Some(last) = self.store.last_cosigned(log, witness.name())? else { continue };
            let root = root_at(&self.store, &self.logs, log, last.size);
            let line = NoteSignature::parse(&last.log_line);
            let note = root.zip(line).and_then(|(root, line)| {
                let text = Checkpoint { origin: log.clone(), size: last.size, root }.to_string();
                veche_ledger::Note::assemble(
                    &text,
                    &[line],
                    veche_ledger::checkpoint::CHECKPOINT_LIMITS,
                )
                .ok()
            });
            let signed = note.and_then(|note| {
                veche_ledger::SignedCheckpoint::verify(&note.to_bytes(), keys.log_key()).ok()
            });
            let checkpoint = signed.ok_or_else(|| {
                let size = last.size;
                self.store
                    .damaged(format!("`{log}` was cosigned at size {size}, and is not held so"))
            })?;
            let latest = Latest { checkpoint, cosigned_at: UnixSeconds(last.time) };
            witness.watch(log.clone(), keys.log_key().clone(), Some(latest));
        }
        Ok(())
    }

    /// Takes up the fold from its snapshot, if there is one that fits, and reads what came after it from the store. The
    /// store keeps only what was verified.
    fn load(&mut self) -> Result<(), NodeError> {
        if self.resume() {
            self.resumed = self.council.len();
            self.snapshot_len = self.resumed;
        } else {
            self.council = Council::new(Arc::clone(&self.genesis));
            self.keyring = ingest::keyring(&self.genesis)?;
            self.logs.clear();
        }
        self.learn_charters()?;
        self.load_logs()?;
        self.read_words()
    }

    /// Folds what is stored of each log after what is held of it.
    fn load_logs(&mut self) -> Result<(), NodeError> {
        let mut logs: Vec<Origin> = self.store.logs()?.into_iter().map(|(_, log)| log).collect();
        while !logs.is_empty() {
            let (known, later): (Vec<_>, Vec<_>) =
                logs.into_iter().partition(|log| self.council.knows_log(log));
            if known.is_empty() {
                return Err(self
                    .store
                    .damaged(format!("no charter knows the log `{}`", later[0]))
                    .into());
            }
            for log in &known {
                self.load_log(log)?;
            }
            // What these say may put a charter into force that brings the parties of the others.
            self.settle();
            logs = later;
        }
        self.settle();
        Ok(())
    }

    fn load_log(&mut self, log: &Origin) -> Result<(), NodeError> {
        let mut start = self.size_of(log);
        loop {
            let entries = self.store.entries(log, start, LOAD_BATCH)?;
            if entries.is_empty() {
                break;
            }
            for stored in entries {
                self.take_stored(log, start, &stored)?;
                start += 1;
            }
        }
        let last = self.store.last_checkpoint(log)?.filter(|(size, _)| *size <= start);
        if let Some(held) = self.logs.get_mut(log) {
            held.signed = last.and_then(|(size, line)| Some((size, NoteSignature::parse(&line)?)));
        }
        let _old = self.listing.take();
        Ok(())
    }

    /// Learns the keys of the parties that a charter in force has brought since the last time.
    fn learn_charters(&mut self) -> Result<(), NodeError> {
        let charters: Vec<Arc<Charter>> =
            self.council.charters().map(|c| Arc::clone(c.charter)).collect();
        for charter in charters.iter().skip(self.charters_known) {
            ingest::add_keys(&mut self.keyring, charter)?;
            for (party, key) in ingest::witness_keys(charter) {
                if self.witness_keys.iter().all(|(known, _)| *known != party) {
                    self.witness_keys.push((party, key));
                }
            }
        }
        self.charters_known = charters.len();
        self.watch_all();
        Ok(())
    }

    /// Takes up the last snapshot. False if there is none, or one that is damaged, of another version, or of other logs than
    /// those in the store: nothing depends on it, and all is then folded from the first record.
    fn resume(&mut self) -> bool {
        let (Ok(Some(bytes)), Ok(Some(heads))) =
            (self.store.snapshot(), self.store.snapshot_heads())
        else {
            return false;
        };
        let Ok(council) = Council::resume(Arc::clone(&self.genesis), &bytes) else { return false };
        self.council = council;
        self.learn_charters().is_ok() && self.take_up_logs().is_ok() && self.heads_text() == heads
    }

    /// Returns the heads as a snapshot names them: a line a log with its size and root.
    fn heads_text(&self) -> String {
        let line = |head: Head| format!("{} {} {}\n", head.log, head.size, head.root);
        self.heads().filter(|head| head.size > 0).map(line).collect()
    }

    /// Finds the trees of the logs in a snapshot again, from their tiles, and the keys that their records changed.
    fn take_up_logs(&mut self) -> Result<(), NodeError> {
        let sizes: Vec<(Origin, u64)> =
            self.council.sizes().map(|(log, size)| (log.clone(), size)).collect();
        for (log, size) in sizes.into_iter().filter(|(_, size)| *size > 0) {
            if log.epoch() > 1 {
                let first = self.store.entries(&log, 0, 1)?;
                self.open_epoch(&log, first.first().and_then(|stored| stored.opening.as_deref()))?;
            }
            for (name, last_good_size) in self.council.revocations(&log) {
                let listed = self
                    .keyring
                    .log(&log)
                    .map(veche_ledger::keyring::LogKeys::keys)
                    .unwrap_or_default();
                let key = listed.iter().find(|listed| listed.key.name().as_str() == name);
                if let Some(key) = key.map(|listed| listed.key.clone()) {
                    let revocation = veche_ledger::keyring::Revocation { key, last_good_size };
                    self.keyring.revoke(&log, revocation).map_err(|error| error.what)?;
                }
            }
            let nodes = |level, index| self.store.tree_node(&log, level, index).ok().flatten();
            let frontier = tree::frontier_at(size, &nodes);
            let frontier = frontier
                .ok_or_else(|| self.store.damaged(format!("the tiles of `{log}` are missing")))?;
            let acts_until = self.council.acts_until(&log);
            self.logs.insert(
                log,
                HeldLog { frontier, signed: None, acts_until, cosignatures: BTreeMap::new() },
            );
        }
        Ok(())
    }

    /// Writes a snapshot of the fold, so that the next start is quick.
    ///
    /// # Errors
    /// [`NodeError::Store`]; the last snapshot is then still there.
    pub fn save_snapshot(&mut self) -> Result<(), NodeError> {
        self.council.settle();
        let (records, heads) = (self.council.len(), self.heads_text());
        self.store.set_snapshot(records, &heads, &self.council.snapshot())?;
        self.snapshot_len = records;
        Ok(())
    }

    /// Writes a snapshot of the fold if records came since the last; returns whether one was written.
    ///
    /// # Errors
    /// As [`Self::save_snapshot`].
    pub fn keep_snapshot(&mut self) -> Result<bool, NodeError> {
        if self.store.stands_by() {
            return Ok(false);
        }
        let has_news = self.council.len() != self.snapshot_len;
        if has_news {
            self.save_snapshot()?;
        }
        Ok(has_news)
    }

    fn take_stored(
        &mut self,
        log: &Origin,
        index: u64,
        stored: &StoredEntry,
    ) -> Result<(), NodeError> {
        if index == 0 && log.epoch() > 1 {
            self.open_epoch(log, stored.opening.as_deref())?;
        }
        let record = Record::decode(log, LeafIndex(index), &stored.leaf)?;
        let signed = Signed::from_verified_store(record, parse_signers(&stored.signers));
        let content = stored.opening.as_deref().and_then(|bytes| Content::from_bytes(bytes).ok());
        self.fold(&signed, content.as_ref()).map(drop)
    }

    fn open_epoch(&mut self, log: &Origin, opening: Option<&[u8]>) -> Result<(), NodeError> {
        let opening = opening.and_then(|bytes| Opening::from_bytes(Domain::Terms, bytes).ok());
        let opening = opening.ok_or_else(|| NodeError::Withheld { log: log.clone(), index: 0 })?;
        ingest::open_epoch(&mut self.keyring, log, &opening.bytes)?;
        self.watch_all();
        Ok(())
    }

    /// Puts a verified record into the fold and the held log's tree. Returns the heads that it states beyond what is held.
    fn fold(&mut self, signed: &Signed, content: Option<&Content>) -> Result<Vec<Head>, NodeError> {
        let mut entry = ingest::entry_of(signed, content, &self.genesis.default_label)?;
        // A head that contradicts the log as held is left out of the entry: another history's receipt proves nothing here.
        let _contradicted = {
            let store = &self.store;
            let logs = &self.logs;
            let roots = RefCell::new(&mut self.roots);
            let root_at = |log: &Origin, size: u64| {
                let held = &logs.get(log)?.frontier;
                match size.cmp(&held.size()) {
                    Ordering::Equal => Some(held.root()),
                    Ordering::Less => roots.borrow_mut().at(store, log, size),
                    Ordering::Greater => None,
                }
            };
            ingest::check_evidence(&mut entry, &root_at)
        };
        let held = |log: &Origin| self.logs.get(log).map_or(0, |held| held.frontier.size());
        let unproven = ingest::take_unproven(&mut entry, &held);
        ingest::learn(&mut self.keyring, &entry)?;
        self.learn_fork(&entry);
        let (log, leaf) = (signed.record().log().clone(), signed.record().leaf());
        let is_act = entry.kind.as_str() != WITNESS;
        let is_redaction = entry.kind.as_str() == REDACTION;
        let index = entry.index;
        match self.council.apply(entry) {
            Ok(()) => self.council.claim(&log, index, &unproven),
            Err(ApplyError::BadTerms { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let held = self.logs.entry(log.clone()).or_insert_with(HeldLog::empty);
        held.frontier.append(leaf);
        self.council.prove(&log, held.frontier.size(), || held.frontier.root());
        if is_act {
            held.acts_until = held.frontier.size();
        }
        if is_redaction {
            self.forget_words(&log, index.0)?;
        }
        Ok(unproven.heads)
    }

    /// Ends the node and returns its store: all that a new start has.
    #[must_use]
    pub fn into_store(self) -> Store {
        self.store
    }

    /// Returns whose node this is.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// Returns how many records' state the node took up from a snapshot when it was opened; 0: it folded all of them.
    #[must_use]
    pub const fn resumed(&self) -> u64 {
        self.resumed
    }

    /// Returns the parties whose logs it keeps.
    pub fn kept(&self) -> impl Iterator<Item = &PartyId> {
        self.secrets.keys()
    }

    /// Returns true if an officer of a party can sign here: the key is unlocked, and so is the log's.
    #[must_use]
    pub fn can_sign(&self, party: &PartyId, officer: &str) -> bool {
        let has_officer =
            self.secrets.get(party).is_some_and(|secrets| secrets.officers.contains_key(officer));
        has_officer && self.log_of(party).is_ok_and(|log| self.log_key(&log).is_ok())
    }

    /// Returns the fold.
    #[must_use]
    pub const fn council(&self) -> &Council {
        &self.council
    }

    /// Returns the charter under which new matters are opened.
    #[must_use]
    pub fn charter(&self) -> &Arc<Charter> {
        self.council.charter()
    }

    /// Returns who in this node's own delegation may do what.
    #[must_use]
    pub const fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Returns the store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Returns the keyring as the records have made it.
    #[must_use]
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Returns the last record of each log that came with a time of the future since this node started.
    #[must_use]
    pub const fn clocks_ahead(&self) -> &BTreeMap<Origin, ClockAhead> {
        &self.clocks_ahead
    }

    /// Returns whether histories are compared.
    pub(crate) const fn checks_forks(&self) -> bool {
        self.checks_forks
    }

    /// Switches off the comparison of histories: for the exercise that shows what it is good for.
    pub fn set_fork_check(&mut self, is_on: bool) {
        self.checks_forks = is_on;
    }

    /// Makes the fold naive: for the exercise that shows what its rules are good for.
    pub fn set_naive(&mut self, naive: Naive) {
        self.council.set_naive(naive);
    }

    /// Returns how much of each log is held, with the root.
    pub fn heads(&self) -> impl Iterator<Item = Head> {
        self.logs.iter().map(|(log, held)| Head {
            log: log.clone(),
            size: held.frontier.size(),
            root: held.frontier.root(),
        })
    }

    /// Returns how many records of a log are held.
    #[must_use]
    pub fn size_of(&self, log: &Origin) -> u64 {
        self.logs.get(log).map_or(0, |held| held.frontier.size())
    }

    /// Returns the log that a party appends to: the last epoch that is open.
    ///
    /// # Errors
    /// [`NodeError::NotKept`].
    pub fn log_of(&self, party: &PartyId) -> Result<Origin, NodeError> {
        let is_open = |(log, keys): &(&Origin, &veche_ledger::keyring::LogKeys)| {
            log.party() == party.as_str() && keys.ended_at().is_none()
        };
        let open =
            self.keyring.logs().filter(is_open).map(|(log, _)| log).max_by_key(|log| log.epoch());
        open.cloned().ok_or_else(|| NodeError::NotKept(party.clone()))
    }

    /// Says something in the log of a party that this node keeps: signs it, stores it, folds it, in this order; before it,
    /// a `witness` record with what was cosigned since the last.
    ///
    /// # Errors
    /// [`NodeError::NotKept`], [`NodeError::NoOfficer`], [`NodeError::RestoredTooOld`], [`NodeError::Record`],
    /// [`NodeError::Store`]. Nothing is appended then.
    pub fn append(
        &mut self,
        statement: &Statement,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        self.append_claiming(statement, now, now)
    }

    /// Says something while the author's clock shows another hour: as [`Self::append`], with `claimed` in the header.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_claiming(
        &mut self,
        statement: &Statement,
        claimed: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let way = if statement.officers.is_empty() { Way::Own } else { Way::Said };
        self.append_by(way, statement, claimed, now)
    }

    /// Says what the delegation approved: as [`Self::append`].
    pub(crate) fn append_approved(
        &mut self,
        statement: &Statement,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        self.append_by(Way::Approved, statement, now, now)
    }

    fn append_by(
        &mut self,
        way: Way,
        statement: &Statement,
        claimed: UnixSeconds,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        self.store.check_writes()?;
        self.flush(now)?;
        let log = self.log_of(&statement.party)?;
        let (header, opening) = self.header(&log, statement, claimed)?;
        let draft = Draft::new(header)?;
        let leaf = draft.sign(&self.signing_keys(statement, &log)?)?;
        self.append_signed(way, &log, &leaf, &opening)
    }

    /// Asks the delegation's own rules about a record that its officers signed.
    fn check_roles(&self, way: Way, signed: &Signed) -> Result<(), NodeError> {
        let is_own = signed.record().log().party() == self.party.as_str();
        if way == Way::Own || !is_own || self.roles == Roles::default() {
            return Ok(());
        }
        let officers = self.officers(&self.party);
        let names = signed.signers().iter().map(|signer| signer.key.to_string());
        for name in names {
            let officer = name.rsplit('/').next().unwrap_or_default();
            let is_officer = officers.contains(officer);
            if is_officer && !self.roles.may(officer, Duty::Sign) {
                let who = self.roles.who(Duty::Sign);
                return Err(NodeError::NotASigner { officer: officer.to_owned(), who });
            }
            if is_officer && self.roles.only_approved && way != Way::Approved {
                return Err(NodeError::OnlyApproved);
            }
        }
        Ok(())
    }

    /// Prepares what [`Self::append`] would sign: the text for a signature made elsewhere, and the opening to hand in with it.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn prepare(
        &mut self,
        statement: &Statement,
        now: UnixSeconds,
    ) -> Result<(Draft, Opening), NodeError> {
        let log = self.log_of(&statement.party)?;
        let (header, opening) = self.header(&log, statement, now)?;
        Ok((Draft::new(header)?, opening))
    }

    /// Takes a record that was signed elsewhere into the log that it names.
    ///
    /// `falls`: if it opens a new epoch, how many of the officers' records in the old log it is known to take back; else 0.
    ///
    /// # Errors
    /// [`NodeError::NotKept`] for another's log; [`NodeError::RecordsFall`] if it takes back another number of records; the signature's and
    /// the opening's own errors.
    pub fn submit(
        &mut self,
        leaf: &[u8],
        opening: &Opening,
        falls: u64,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let text = std::str::from_utf8(leaf).unwrap_or_default();
        let line = text.split_inclusive('\n').next().unwrap_or_default();
        let log = Draft::from_text(line)?.header().log.clone();
        let party = PartyId::parse(log.party())?;
        if !self.secrets.contains_key(&party) {
            return Err(NodeError::NotKept(party));
        }
        let place = LeafIndex(self.size_of(&log));
        let leaf_hash = Record::decode(&log, place, leaf)?.leaf();
        if let Some(view) = self.council.record(&leaf_hash) {
            return Err(NodeError::SaidAlready { log, index: view.record.index });
        }
        if self.keyring.log(&log).is_none() {
            // What is still to be logged is logged in the new log: in the old one it would fall.
            return self.submit_epoch(&log, leaf, opening, falls);
        }
        self.flush(now)?;
        self.append_signed(Way::Said, &log, leaf, opening)
    }

    fn append_signed(
        &mut self,
        way: Way,
        log: &Origin,
        leaf: &[u8],
        opening: &Opening,
    ) -> Result<Appended, NodeError> {
        self.check_restored(log)?;
        let index = self.size_of(log);
        let record = Record::decode(log, LeafIndex(index), leaf)?;
        let signed = Signed::verify(record, &self.keyring)?;
        self.check_roles(way, &signed)?;
        opening.check(Domain::Terms, &signed.record().header().terms).map_err(IngestError::from)?;
        let before = self.logs.get(log).map_or(Frontier::EMPTY, |held| held.frontier.clone());
        let mut after = before.clone();
        after.append(signed.record().leaf());
        let line = self.checkpoint_line(log, &after)?;
        let content = Content::Opening(opening.clone());
        let stored = stored(&signed, leaf, Some(&content));
        let words = words_of(&ingest::entry(&signed, Some(opening), &self.genesis.default_label)?);
        let text = line.to_string();
        self.write(|store| store.append_read(log, &before, &[stored], &[words], Some(&text)))?;
        let _stated = self.fold(&signed, Some(&content))?;
        self.settle();
        self.set_line(log, line);
        self.note_own_sizes();
        Ok(Appended { log: log.clone(), index, leaf: signed.record().leaf() })
    }

    fn set_line(&mut self, log: &Origin, line: NoteSignature) {
        let _old = self.listing.take();
        if let Some(held) = self.logs.get_mut(log) {
            held.signed = Some((held.frontier.size(), line));
            held.cosignatures.clear();
        }
    }

    fn checkpoint_line(&self, log: &Origin, after: &Frontier) -> Result<NoteSignature, NodeError> {
        let checkpoint = Checkpoint { origin: log.clone(), size: after.size(), root: after.root() };
        Ok(NoteSignature::sign(&checkpoint.to_string(), self.log_key(log)?))
    }

    fn log_key(&self, log: &Origin) -> Result<&SigningKey, NodeError> {
        let party = PartyId::parse(log.party())?;
        let key = self.secrets.get(&party).and_then(|secrets| secrets.logs.get(&log.epoch()));
        key.ok_or(NodeError::NotKept(party))
    }

    fn signing_keys(
        &self,
        statement: &Statement,
        log: &Origin,
    ) -> Result<Vec<&SigningKey>, NodeError> {
        let party = &statement.party;
        let secrets = self.secrets.get(party).ok_or_else(|| NodeError::NotKept(party.clone()))?;
        if statement.officers.is_empty() {
            return Ok(vec![self.log_key(log)?]);
        }
        let find = |officer: &String| {
            let key = if officer == "root" {
                secrets.root.as_ref()
            } else {
                secrets.officers.get(officer)
            };
            key.ok_or_else(|| NodeError::NoOfficer {
                party: party.clone(),
                officer: officer.clone(),
            })
        };
        statement.officers.iter().map(find).collect()
    }

    fn header(
        &mut self,
        log: &Origin,
        statement: &Statement,
        now: UnixSeconds,
    ) -> Result<(Header, Opening), NodeError> {
        let (kind, about) = (&statement.kind, statement.about.first());
        let named = self.council.charter_to_name(kind, about, statement.drill);
        let charter = Arc::clone(self.council.charter_named(&named).unwrap_or(&self.genesis));
        let label = statement.label.clone().unwrap_or_else(|| label_of(&charter, &statement.kind));
        let salt = (self.salts)();
        let heads = self.heads().filter(|head| head.log != *log && head.size > 0);
        let seen = heads
            .map(|head| Checkpoint { origin: head.log, size: head.size, root: head.root })
            .collect();
        let mut header = Header {
            about: statement.about.clone(),
            annex: Vec::new(),
            audience: None,
            charter: named,
            drill: statement.drill,
            kind: statement.kind.clone(),
            label: label.clone(),
            log: log.clone(),
            seen,
            terms: veche_ledger::Commitment { commit: Hash([0; 32]), size: 0 },
            time: now,
        };
        let opening = if charter.is_sealed(&label) {
            let (about, kind) = (statement.about.clone(), statement.kind.clone());
            let sealed =
                Sealed { about, annex: Vec::new(), kind, label, terms: statement.terms.clone() };
            let (opening, audience) = sealed.seal(salt)?;
            header.about = Vec::new();
            header.audience = Some(audience);
            header.kind = Kind::parse(veche_ledger::record::SEALED)?;
            header.label = Label::parse(veche_ledger::record::SEALED)?;
            opening
        } else {
            Opening { salt, bytes: statement.terms.to_bytes() }
        };
        header.terms = opening.commit(Domain::Terms);
        Ok((header, opening))
    }

    /// Returns the label of an act that names none: the act's own, else the charter's.
    #[must_use]
    pub fn default_label(&self, kind: &Kind) -> Label {
        label_of(self.charter(), kind)
    }

    /// Returns true if something was cosigned that no `witness` record tells yet.
    #[must_use]
    pub fn has_receipts(&self) -> bool {
        !self.unlogged.is_empty()
    }

    /// Logs what was cosigned since the last `witness` record: one record for each time.
    ///
    /// # Errors
    /// [`NodeError::Store`]; what was not logged stays to be logged.
    pub fn flush(&mut self, now: UnixSeconds) -> Result<bool, NodeError> {
        let mut has_written = false;
        while let Some((time, heads)) = self.unlogged.pop_first() {
            let head = |(log, (size, root)): (&Origin, &(u64, Hash))| {
                Value::List(vec![
                    Value::text(log),
                    Value::int(*size).unwrap_or(Value::Int(0)),
                    Value::text(root),
                ])
            };
            let terms = Value::map([
                ("heads", Value::List(heads.iter().map(head).collect())),
                ("time", Value::text(time)),
            ]);
            let written = self.append_system(WITNESS, Vec::new(), terms, now);
            if let Err(error) = written {
                self.unlogged.insert(time, heads);
                return Err(error);
            }
            has_written = true;
        }
        Ok(has_written)
    }

    /// Appends a record of the fold's own kinds to this node's party's log, signed by the node.
    fn append_system(
        &mut self,
        kind: &str,
        about: Vec<Hash>,
        terms: Value,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let party = self.party.clone();
        self.append_system_of(&party, kind, about, terms, now)
    }

    fn append_system_of(
        &mut self,
        party: &PartyId,
        kind: &str,
        about: Vec<Hash>,
        terms: Value,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let statement = Statement {
            party: party.clone(),
            officers: Vec::new(),
            kind: Kind::parse(kind)?,
            label: Some(self.charter().default_label.clone()),
            about,
            drill: false,
            terms,
        };
        let log = self.log_of(&statement.party)?;
        let (header, opening) = self.header(&log, &statement, now)?;
        let leaf = Draft::new(header)?.sign(&self.signing_keys(&statement, &log)?)?;
        self.append_signed(Way::Own, &log, &leaf, &opening)
    }

    /// Logs the digest of the fold, so that a node that computes another one is noticed.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn log_digest(&mut self, now: UnixSeconds) -> Result<Appended, NodeError> {
        let sizes: BTreeMap<String, Value> = self
            .council
            .sizes()
            .filter_map(|(log, size)| Some((log.to_string(), Value::int(size)?)))
            .collect();
        let terms = Value::map([
            ("digest", Value::text(self.council.digest())),
            ("sizes", Value::Map(sizes)),
        ]);
        self.append_system(DIGEST, Vec::new(), terms, now)
    }

    /// Writes a first record into each log kept here that has none: a log that is empty has no head, and without one nothing
    /// can be decided to which its party was entitled to object.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn begin_logs(&mut self, now: UnixSeconds) -> Result<(), NodeError> {
        let parties: Vec<PartyId> = self.secrets.keys().cloned().collect();
        for party in parties {
            let log = self.log_of(&party)?;
            if self.size_of(&log) == 0 && self.log_key(&log).is_ok() {
                let terms = Value::map([("digest", Value::text(self.council.digest()))]);
                self.append_system_of(&party, DIGEST, Vec::new(), terms, now)?;
            }
        }
        Ok(())
    }

    /// Logs a fork proof that this node has met.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn log_fork(
        &mut self,
        log: &Origin,
        now: UnixSeconds,
    ) -> Result<Option<Appended>, NodeError> {
        let Some(proof) = self.forks.get(log).cloned() else { return Ok(None) };
        let terms = Value::map([("log", Value::text(log)), ("proof", proof)]);
        self.append_system(FORK, Vec::new(), terms, now).map(Some)
    }

    /// Returns the last signed checkpoint of a log that is held, without cosignatures.
    #[must_use]
    pub fn checkpoint_note(&self, log: &Origin) -> Option<Vec<u8>> {
        let (size, line) = self.logs.get(log)?.signed.as_ref()?;
        let root = self.root_at(log, *size)?;
        let checkpoint = Checkpoint { origin: log.clone(), size: *size, root };
        let note = veche_ledger::Note::assemble(
            &checkpoint.to_string(),
            std::slice::from_ref(line),
            veche_ledger::checkpoint::CHECKPOINT_LIMITS,
        );
        Some(note.ok()?.to_bytes())
    }

    /// Cosigns a log as held: "at this time I hold it so far". To be logged with the next record.
    ///
    /// # Errors
    /// [`NodeError::Witness`] if the witness refuses; [`NodeError::NotKept`] if this node has no witness key.
    pub fn cosign(&mut self, log: &Origin, now: UnixSeconds) -> Result<Cosignature, NodeError> {
        let cosignature = self.cosign_head(log, now)?;
        if let Some(held) = self.logs.get(log) {
            let head = (held.frontier.size(), held.frontier.root());
            self.unlogged.entry(now).or_default().insert(log.clone(), head);
        }
        Ok(cosignature)
    }

    /// Cosigns a log as held for whoever closes something: the closing record holds it, so that it is logged nowhere else. A matter that
    /// cannot be closed yet would fill all logs with receipts otherwise.
    ///
    /// # Errors
    /// As [`Self::cosign`].
    pub fn cosign_head(
        &mut self,
        log: &Origin,
        now: UnixSeconds,
    ) -> Result<Cosignature, NodeError> {
        self.check_heard(log)?;
        let size = self.size_of(log);
        let is_whole = self.logs.get(log).is_some_and(|held| held.signed_size() == size);
        let note = self.checkpoint_note(log).filter(|_| is_whole);
        let note = note.ok_or_else(|| NodeError::Checkpoint { log: log.clone() })?;
        let witness =
            self.witness.as_mut().ok_or_else(|| NodeError::NotKept(self.party.clone()))?;
        let old_size = witness.latest(log).map_or(0, |latest| latest.checkpoint.checkpoint().size);
        let nodes = |level, index| self.store.tree_node(log, level, index).ok().flatten();
        let proof = if old_size == 0 || old_size == size {
            Vec::new()
        } else {
            tree::prove_consistency(old_size, size, &nodes)
                .ok_or_else(|| NodeError::Checkpoint { log: log.clone() })?
        };
        let cosignature =
            witness.add_checkpoint(&AddCheckpoint { old_size, proof, note }, true, now)?;
        let (witness, line) = (cosignature.witness().as_str(), cosignature.line().to_string());
        self.write(|store| store.add_cosignature(log, size, witness, now.0, &line))?;
        Ok(cosignature)
    }

    /// Takes a peer's cosignature on the head of a log as held here. One that is not good, or on another head, is let be.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn take_cosignature(
        &mut self,
        log: &Origin,
        by: &PartyId,
        cosignature: &Cosignature,
    ) -> Result<(), NodeError> {
        self.take_cosignature_line(log, by, cosignature.line())
    }

    /// Takes a peer's cosignature as a line: as [`Self::take_cosignature`].
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn take_cosignature_line(
        &mut self,
        log: &Origin,
        by: &PartyId,
        line: &NoteSignature,
    ) -> Result<(), NodeError> {
        let Some(held) = self.logs.get(log) else { return Ok(()) };
        let checkpoint = Checkpoint {
            origin: log.clone(),
            size: held.frontier.size(),
            root: held.frontier.root(),
        };
        let Some(cosignature) = self.read_cosignature(&checkpoint, by, line) else { return Ok(()) };
        let (witness, text) = (cosignature.witness().as_str(), line.to_string());
        let (size, time) = (checkpoint.size, cosignature.time().0);
        self.write_lazily(|store| store.add_cosignature(log, size, witness, time, &text))?;
        if let Some(held) = self.logs.get_mut(log) {
            held.cosignatures.insert(by.clone(), cosignature);
        }
        Ok(())
    }

    /// Reads a party's cosignature on a checkpoint, if its key has given it.
    #[must_use]
    pub fn read_cosignature(
        &self,
        checkpoint: &Checkpoint,
        by: &PartyId,
        line: &NoteSignature,
    ) -> Option<Cosignature> {
        let (_, key) = self.witness_keys.iter().find(|(party, _)| party == by)?;
        Cosignature::verify(checkpoint, line, key).ok()
    }

    /// Returns the cosignatures held on the head of a log, by the witness's party.
    #[must_use]
    pub fn cosignatures(&self, log: &Origin) -> BTreeMap<PartyId, Cosignature> {
        self.logs.get(log).map(|held| held.cosignatures.clone()).unwrap_or_default()
    }

    /// Closes a procedure over the heads held here, with the cosignatures given on them: appends a closing record.
    ///
    /// # Errors
    /// [`NodeError::Closing`] if nothing is decided yet or evidence is missing.
    pub fn close(
        &mut self,
        procedure: &Hash,
        cosignatures: &BTreeMap<Origin, BTreeMap<PartyId, Cosignature>>,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let head = |head: Head| Checkpoint { origin: head.log, size: head.size, root: head.root };
        let heads: Vec<Checkpoint> = self.heads().map(head).collect();
        self.close_over(procedure, &heads, cosignatures, now)
    }

    /// Closes a procedure over heads that were cosigned: as [`Self::close`].
    ///
    /// # Errors
    /// As [`Self::close`].
    pub fn close_over(
        &mut self,
        procedure: &Hash,
        heads: &[Checkpoint],
        cosignatures: &BTreeMap<Origin, BTreeMap<PartyId, Cosignature>>,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let head =
            |head: &Checkpoint| Head { log: head.origin.clone(), size: head.size, root: head.root };
        let concerns = |head: &Head| head.size > 0 && self.council.concerns(procedure, &head.log);
        let cut: Vec<Head> = heads.iter().map(head).filter(concerns).collect();
        if let Some(outdated) = self.council.outdated() {
            return Err(outdated.into());
        }
        let charter = self.council.charter_of(procedure).unwrap_or(&self.genesis);
        let evidence = evidence(charter, &cut, cosignatures);
        let terms = self.council.prepare_closing(procedure, cut, evidence)?;
        self.append_system(CLOSING, vec![*procedure], terms.to_value(), now)
    }

    /// Makes the certificate of a decided procedure.
    ///
    /// # Errors
    /// [`NodeError::Assemble`] if it is not decided, or this node does not hold what the certificate needs.
    pub fn certificate(&self, procedure: &Hash) -> Result<Certificate, NodeError> {
        let entry =
            |log: &Origin, index: u64| self.store.entries(log, index, 1).ok()?.into_iter().next();
        let leaf = |log: &Origin, index: u64| Some(entry(log, index)?.leaf);
        let opening = |log: &Origin, index: u64| {
            let stored = entry(log, index)?;
            let record = Record::decode(log, LeafIndex(index), &stored.leaf).ok()?;
            // What stands in place of words that were destroyed opens nothing.
            let content = Content::from_bytes(stored.opening.as_deref()?).ok()?;
            Some((record.header().terms.commit, content.opening()?.to_bytes()))
        };
        let node = |log: &Origin, level: u32, index: u64| {
            self.store.tree_node(log, level, index).ok().flatten()
        };
        let checkpoint_line = |log: &Origin, size: u64| {
            NoteSignature::parse(&self.store.checkpoint_line(log, size).ok().flatten()?)
        };
        let sources = Sources {
            leaf: &leaf,
            opening: &opening,
            node: &node,
            checkpoint_line: &checkpoint_line,
        };
        let certificate = assemble(&self.council, procedure, &sources)?;
        self.check_one_history(&certificate)?;
        Ok(certificate)
    }

    /// Refuses a certificate in which a record states another history of one of its logs: the fold leaves such a statement out, and whoever
    /// verifies cannot know which of the two is true.
    fn check_one_history(&self, certificate: &Certificate) -> Result<(), NodeError> {
        for (log, part) in &certificate.logs {
            let first = part.before.size();
            for (index, stored) in
                (first..).zip(self.store.entries(log, first, part.leaves.len() as u64)?)
            {
                let record = Record::decode(log, LeafIndex(index), &stored.leaf)?;
                let bytes = certificate.openings.get(&record.header().terms.commit);
                let Some(bytes) = bytes.filter(|_| record.header().kind.as_str() == WITNESS) else {
                    continue;
                };
                let opening =
                    Opening::from_bytes(Domain::Terms, bytes).map_err(IngestError::from)?;
                let signed = Signed::from_verified_store(record, parse_signers(&stored.signers));
                let mut entry =
                    ingest::entry(&signed, Some(&opening), &self.genesis.default_label)?;
                let root_at = |other: &Origin, size: u64| {
                    certificate.logs.get(other).and_then(|_| self.root_at(other, size))
                };
                if let Some(other) = ingest::check_evidence(&mut entry, &root_at).into_iter().next()
                {
                    return Err(NodeError::TwoHistories { log: log.clone(), index, other });
                }
            }
        }
        Ok(())
    }

    /// Returns the number of a record's entry in the store.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub(crate) fn number_of(&self, place: &RecordPlace) -> Result<Option<i64>, NodeError> {
        let Ok(log) = Origin::parse(&place.log) else { return Ok(None) };
        Ok(self.store.number_of(&log, place.index)?)
    }

    /// Returns the places of records in which each word asked begins a word, the newest first. Who may read them is for the caller
    /// to ask.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn find_words(
        &self,
        asked: &str,
        before: i64,
        limit: u64,
    ) -> Result<Vec<(i64, Origin, u64)>, NodeError> {
        self.read_words()?;
        Ok(self.store.find_words(asked, before, limit)?)
    }

    /// Puts into the index the words of what was stored without them: by an older program, or where the index could not be written.
    fn read_words(&self) -> Result<(), NodeError> {
        // Whoever writes keeps the index.
        if self.store.stands_by() {
            return Ok(());
        }
        loop {
            let unread = self.store.unread_words(LOAD_BATCH)?;
            let Some(last) = unread.last().map(|entry| entry.number) else { return Ok(()) };
            let text = |numbered: &NumberedEntry| {
                Some((numbered.number, words_of_stored(numbered, &self.genesis.default_label)?))
            };
            let texts: Vec<(i64, String)> = unread.iter().filter_map(text).collect();
            self.store.add_words(&texts, last)?;
        }
    }

    /// Returns the root of a log at a size, if it is held so far.
    #[must_use]
    pub fn root_at(&self, log: &Origin, size: u64) -> Option<Hash> {
        root_at(&self.store, &self.logs, log, size)
    }

    /// Settles the fold; queries speak of the state after it.
    pub fn settle(&mut self) {
        self.council.settle();
        if self.council.charters().count() > self.charters_known {
            // An amendment whose keys do not make a keyring is refused before it is tabled.
            let _none_is_bad = self.learn_charters();
        }
    }
}

/// Picks from the cosignatures on each head its own party's and the first `q` of its witnesses'.
fn evidence(
    charter: &Charter,
    cut: &[Head],
    cosignatures: &BTreeMap<Origin, BTreeMap<PartyId, Cosignature>>,
) -> Vec<HeadEvidence> {
    let quorum = charter.witnessing.quorum as usize;
    let mut evidence = Vec::new();
    for head in cut {
        let Some(given) = cosignatures.get(&head.log) else { continue };
        let Ok(owner) = PartyId::parse(head.log.party()) else { continue };
        let keeper = charter
            .parties
            .get(&owner)
            .map_or(&owner, |entry| veche_council::times::host(&owner, entry));
        let Some(own) = given.get(keeper) else { continue };
        let line = |c: &Cosignature| HeadCosignature {
            time: c.time(),
            witness: c.witness().clone(),
            signature: base64_of(c.line()),
        };
        let is_witness = |party: &&PartyId| veche_council::times::witnesses(charter, party, &owner);
        let mut others: Vec<HeadCosignature> =
            given.iter().filter(|(party, _)| is_witness(party)).map(|(_, c)| line(c)).collect();
        others.sort();
        others.truncate(quorum);
        if others.len() == quorum {
            others.push(line(own));
            others.sort();
            evidence.push(HeadEvidence { log: head.log.clone(), cosignatures: others });
        }
    }
    evidence
}

/// Returns the label of an act that names none: the act's own, else the charter's.
fn label_of(charter: &Charter, kind: &Kind) -> Label {
    let of_act = charter.acts.get(kind).and_then(|act| act.label_default.clone());
    of_act.unwrap_or_else(|| charter.default_label.clone())
}

/// Returns all texts in an entry's terms, if they are held; records of the fold's own have none to look for.
pub(crate) fn words_of(entry: &Entry) -> Option<String> {
    let Terms::Held(terms) = &entry.terms else { return None };
    if entry.is_system() {
        return None;
    }
    let text = all_text(&veche_ledger::json::parse_canonical(terms).ok()?);
    (!text.is_empty()).then_some(text)
}

/// Returns the same of an entry that was stored.
fn words_of_stored(numbered: &NumberedEntry, for_all: &Label) -> Option<String> {
    let NumberedEntry { log, index, entry, .. } = numbered;
    let record = Record::decode(log, LeafIndex(*index), &entry.leaf).ok()?;
    let signed = Signed::from_verified_store(record, parse_signers(&entry.signers));
    let content = Content::from_bytes(entry.opening.as_ref()?).ok()?;
    words_of(&ingest::entry_of(&signed, Some(&content), for_all).ok()?)
}

/// Joins all texts of a value.
#[must_use]
pub fn all_text(value: &Value) -> String {
    let join = |texts: Vec<String>| {
        texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(_) | Value::Bool(_) => String::new(),
        Value::List(items) => join(items.iter().map(all_text).collect()),
        Value::Map(map) => join(map.values().map(all_text).collect()),
    }
}

/// Records read from the store at once.
const LOAD_BATCH: u64 = 4096;

impl HeldLog {
    const fn empty() -> Self {
        Self {
            frontier: Frontier::EMPTY,
            signed: None,
            acts_until: 0,
            cosignatures: BTreeMap::new(),
        }
    }

    /// Returns how many records the last checkpoint held covers.
    fn signed_size(&self) -> u64 {
        self.signed.as_ref().map_or(0, |(size, _)| *size)
    }
}

/// Returns the root of a log at a size, if it is held so far.
fn root_at(
    store: &Store,
    logs: &BTreeMap<Origin, HeldLog>,
    log: &Origin,
    size: u64,
) -> Option<Hash> {
    let held = logs.get(log)?;
    if held.frontier.size() == size {
        return Some(held.frontier.root());
    }
    let nodes = |level, index| store.tree_node(log, level, index).ok().flatten();
    (size < held.frontier.size())
        .then(|| tree::frontier_at(size, &nodes))
        .flatten()
        .map(|f| f.root())
}

/// Returns the base64 part of a signature line.
fn base64_of(line: &NoteSignature) -> String {
    line.to_string().rsplit(' ').next().unwrap_or_default().to_owned()
}

fn stored(signed: &Signed, leaf: &[u8], content: Option<&Content>) -> StoredEntry {
    let signers: Vec<String> =
        signed.signers().iter().map(|s| format!("{} {}", s.key, role_word(s.role))).collect();
    StoredEntry {
        leaf: leaf.to_vec(),
        opening: content.map(Content::to_bytes),
        signers: signers.join("\n"),
    }
}

const fn role_word(role: Role) -> &'static str {
    match role {
        Role::Root => "root",
        Role::Log => "log",
        Role::Officer => "officer",
        Role::Witness => "witness",
    }
}

fn parse_signers(text: &str) -> Vec<veche_ledger::record::Signer> {
    let signer = |line: &str| {
        let (key, role) = line.split_once(' ')?;
        let role = match role {
            "root" => Role::Root,
            "log" => Role::Log,
            "officer" => Role::Officer,
            "witness" => Role::Witness,
            _ => return None,
        };
        Some(veche_ledger::record::Signer { key: veche_ledger::KeyName::parse(key).ok()?, role })
    };
    text.lines().filter_map(signer).collect()
}
