//! A party's keys through their life: which are in force, the next epoch of its log, what a withdrawn key signed and nobody has signed anew.

use super::{Appended, Node, NodeError, Statement, Way};
use std::collections::BTreeSet;
use veche_council::Head;
use veche_council::entry::{EPOCH, RESIGNING, REVOCATION};
use veche_council::ingest;
use veche_council::view::RecordView;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::keyring::{EPOCH_LIMITS, Epoch, Force, ListedKey, Role};
use veche_ledger::record::{Draft, Header, Record};
use veche_ledger::{
    Hash, KeyName, Kind, LeafIndex, Note, NoteSignature, Origin, PartyId, SigningKey, UnixSeconds,
    VerifyingKey,
};

/// Records of a log read from the store at once.
const READ_BATCH: u64 = 4096;

/// A key as one log lists it, and what is known of its use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// The log.
    pub log: Origin,
    /// The key.
    pub key: VerifyingKey,
    /// What it is for.
    pub role: Role,
    /// The first record at which it counts.
    pub from: u64,
    /// The first at which it no longer does: it was taken off the list, or the log ended.
    pub until: Option<u64>,
    /// How many records stand of what it signed, if it was withdrawn.
    pub revoked_from: Option<u64>,
    /// True if it may sign the next record of the log (a witness key: the next cosignature).
    pub is_in_force: bool,
    /// How many records it signed that are held here.
    pub records: u64,
    /// The last of them: its number and its author's time.
    pub last_used: Option<(u64, UnixSeconds)>,
}

/// The next epoch of a log, drawn up at the node and signed by the root key elsewhere.
///
/// The record's terms hold a statement that the root key signs by itself, so that the record's header can be finished after that alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochDraft {
    /// What the root key states.
    pub epoch: Epoch,
    /// Who signs in the new log.
    pub officers: Vec<VerifyingKey>,
    /// The record's header, its commitment still to be filled in.
    header: Header,
    salt: [u8; 32],
}

/// What is wrong with a draft of an epoch. Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum EpochDraftFault {
    /// Not of the form, or of another program.
    #[error("it is no draft of an epoch: {0}")]
    Form(&'static str),
    /// The key is not the root key of that party.
    #[error("`{key}` signs no epoch of `{log}`: that takes `{needed}`")]
    NotTheRoot {
        /// The key given.
        key: KeyName,
        /// The log that is to be ended.
        log: Origin,
        /// The name of the key that is needed.
        needed: String,
    },
    /// The record cannot be made.
    #[error(transparent)]
    Record(#[from] veche_ledger::record::RecordFault),
}

impl EpochDraft {
    /// Returns the record and its opening, signed by a root key that is at hand.
    ///
    /// # Errors
    /// As [`Self::stated`].
    pub fn sign(&self, root: &SigningKey) -> Result<(Vec<u8>, Opening), EpochDraftFault> {
        let line = NoteSignature::sign(&self.statement(root.name())?, root);
        let (record, opening) = self.stated(&root.verifying_key(), &line)?;
        Ok((record.sign(&[root])?, opening))
    }

    /// Returns what the root key signs first: the text of the statement, with its line end.
    ///
    /// # Errors
    /// [`EpochDraftFault::NotTheRoot`] for a key of another name.
    pub fn statement(&self, root: &KeyName) -> Result<String, EpochDraftFault> {
        let needed = root_name(&self.epoch.old);
        if root.as_str() != needed {
            let (key, log) = (root.clone(), self.epoch.old.clone());
            return Err(EpochDraftFault::NotTheRoot { key, log, needed });
        }
        Ok(self.epoch.text())
    }

    /// Returns the record, which the root key signs last, and its opening. `line`: the root key's signature of [`Self::statement`].
    ///
    /// # Errors
    /// As [`Self::statement`]; [`EpochDraftFault::Form`] for what is no next epoch, or is not signed by this key; [`EpochDraftFault::Record`].
    pub fn stated(
        &self,
        root: &VerifyingKey,
        line: &NoteSignature,
    ) -> Result<(Draft, Opening), EpochDraftFault> {
        let text = self.statement(root.name())?;
        let signed = Note::assemble(&text, std::slice::from_ref(line), EPOCH_LIMITS)
            .map_err(|_| EpochDraftFault::Form("its statement is too long"))?
            .to_bytes();
        // What every reader will ask of it is asked here, before it leaves the root key's machine.
        let is_next = Epoch::verify(&signed, root).as_ref() == Ok(&self.epoch);
        if !is_next || self.epoch.key.name().as_str() != self.epoch.new.as_str() {
            let what =
                "it does not open the next epoch of the log that it ends, with a key of that name";
            return Err(EpochDraftFault::Form(what));
        }
        let statement = String::from_utf8(signed).unwrap_or_default();
        let terms = Value::map([
            ("last_good_size", Value::int(self.epoch.last_good_size).unwrap_or(Value::Int(0))),
            ("officers", Value::List(self.officers.iter().map(Value::text).collect())),
            ("old_log", Value::text(&self.epoch.old)),
            ("statement", Value::Text(statement)),
        ]);
        let opening = Opening { salt: self.salt, bytes: terms.to_bytes() };
        let header = Header { terms: opening.commit(Domain::Terms), ..self.header.clone() };
        Ok((Draft::new(header)?, opening))
    }

    /// Returns the draft as canonical JSON, for the way to the root key.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let Epoch { new, old, last_good_size, root, key } = &self.epoch;
        Value::map([
            ("header", self.header.to_value()),
            ("key", Value::text(key)),
            ("last_good_size", Value::int(*last_good_size).unwrap_or(Value::Int(0))),
            ("new", Value::text(new)),
            ("officers", Value::List(self.officers.iter().map(Value::text).collect())),
            ("old", Value::text(old)),
            ("root", Value::text(root)),
            ("salt", Value::text(Hash(self.salt))),
            ("veche_epoch_draft", Value::Int(1)),
        ])
    }

    /// Reads what [`Self::to_value`] wrote.
    ///
    /// # Errors
    /// [`EpochDraftFault::Form`] with what is missing, [`EpochDraftFault::Record`] for a header that is none.
    pub fn from_value(value: &Value) -> Result<Self, EpochDraftFault> {
        let form = EpochDraftFault::Form;
        if value.get("veche_epoch_draft").and_then(Value::as_size) != Some(1) {
            return Err(form("it does not say `\"veche_epoch_draft\":1`"));
        }
        let text = |key: &'static str| value.get(key).and_then(Value::as_text);
        let origin = |key| text(key).and_then(|text| Origin::parse(text).ok());
        let hash = |key| text(key).and_then(|text| Hash::parse(text).ok());
        let vkey = |text: &str| VerifyingKey::parse(text).ok();
        let epoch = Epoch {
            new: origin("new").ok_or(form("`new` is no log"))?,
            old: origin("old").ok_or(form("`old` is no log"))?,
            last_good_size: value
                .get("last_good_size")
                .and_then(Value::as_size)
                .ok_or(form("`last_good_size` is no number"))?,
            root: hash("root").ok_or(form("`root` is no hash"))?,
            key: text("key").and_then(vkey).ok_or(form("`key` is no public key"))?,
        };
        let officers = value.get("officers").and_then(Value::as_list).unwrap_or_default();
        let officers: Option<Vec<VerifyingKey>> =
            officers.iter().map(|officer| officer.as_text().and_then(vkey)).collect();
        let header = value.get("header").cloned().ok_or(form("it has no `header`"))?;
        let header = Header::from_value(header)?;
        if header.log != epoch.new {
            return Err(form("its header is of another log than `new`"));
        }
        Ok(Self {
            epoch,
            officers: officers.ok_or(form("`officers` are no public keys"))?,
            header,
            salt: hash("salt").ok_or(form("`salt` is no 32 bytes"))?.0,
        })
    }
}

/// Returns the name of the root key of a log's party.
fn root_name(log: &Origin) -> String {
    let party = log.as_str().rsplit_once('/').map_or(log.as_str(), |(party, _)| party);
    format!("{party}/root")
}

impl Node {
    /// Returns the officers of a party whose keys are in force at the end of its open log, by the last parts of their names. Before any
    /// record they are those of the charter; a new epoch or a revocation changes them.
    #[must_use]
    pub fn officers(&self, party: &PartyId) -> BTreeSet<String> {
        let Ok(log) = self.log_of(party) else { return BTreeSet::new() };
        let Some(keys) = self.keyring.log(&log) else { return BTreeSet::new() };
        let at = LeafIndex(self.size_of(&log));
        let listed = keys.keys().iter().filter(|listed| {
            listed.role == Role::Officer && keys.force_at(listed, at) == Force::InForce
        });
        listed
            .filter_map(|listed| listed.key.name().as_str().rsplit('/').next())
            .map(str::to_owned)
            .collect()
    }

    /// Returns the keys of a party as its logs list them, the oldest log first, with their use as far as it is held here.
    ///
    /// # Errors
    /// [`NodeError::Store`]: every record of these logs is read.
    pub fn key_states(&self, party: &PartyId) -> Result<Vec<KeyState>, NodeError> {
        let mut states = Vec::new();
        let logs = self.keyring.logs().filter(|(log, _)| log.party() == party.as_str());
        let mut logs: Vec<_> = logs.collect();
        logs.sort_by_key(|(log, _)| log.epoch());
        for (log, keys) in logs {
            let first = states.len();
            let at = LeafIndex(self.size_of(log));
            for listed in keys.keys() {
                let revoked = keys.revocations().iter().filter(|r| r.key == listed.key);
                let ended = [listed.until.map(|until| until.0), keys.ended_at()];
                states.push(KeyState {
                    log: log.clone(),
                    key: listed.key.clone(),
                    role: listed.role,
                    from: listed.from.0,
                    // A witness's key cosigns other logs: the end of its own does not touch it.
                    until: ended.into_iter().flatten().min().filter(|_| !is_witness(listed)),
                    revoked_from: revoked.map(|r| r.last_good_size).min(),
                    is_in_force: is_witness(listed)
                        || keys.ended_at().is_none() && keys.force_at(listed, at) == Force::InForce,
                    records: 0,
                    last_used: None,
                });
            }
            let states: &mut [KeyState] = states.get_mut(first..).unwrap_or_default();
            self.note_uses(log, states)?;
        }
        Ok(states)
    }

    fn note_uses(&self, log: &Origin, states: &mut [KeyState]) -> Result<(), NodeError> {
        let mut start = 0;
        loop {
            let entries = self.store.entries(log, start, READ_BATCH)?;
            if entries.is_empty() {
                return Ok(());
            }
            for (index, stored) in (start..).zip(&entries) {
                let time = Record::decode(log, LeafIndex(index), &stored.leaf)?.header().time;
                for signer in super::parse_signers(&stored.signers) {
                    let used = states
                        .iter_mut()
                        .find(|state| *state.key.name() == signer.key && state.role == signer.role);
                    if let Some(state) = used {
                        state.records += 1;
                        state.last_used = Some((index, time));
                    }
                }
            }
            start += entries.len() as u64;
        }
    }

    /// Returns the head of a party's open log as it is held here.
    ///
    /// # Errors
    /// [`NodeError::NotKept`].
    pub fn open_head(&self, party: &PartyId) -> Result<Head, NodeError> {
        let log = self.log_of(party)?;
        let size = self.size_of(&log);
        let root = self.root_at(&log, size).unwrap_or(veche_ledger::Frontier::EMPTY.root());
        Ok(Head { log, size, root })
    }

    /// Draws up the next epoch of a party's log, for its root key to sign: after a fork, the loss of the log key, or to change keys.
    ///
    /// `key`: the new log's, named after it. `officers`: who signs in it, all of them. `last_good`: how much of the old log stands.
    ///
    /// # Errors
    /// [`NodeError::NotKept`]; [`NodeError::Record`] if no record can be made of it.
    pub fn prepare_epoch(
        &mut self,
        party: &PartyId,
        key: VerifyingKey,
        officers: Vec<VerifyingKey>,
        last_good: &Head,
        now: UnixSeconds,
    ) -> Result<EpochDraft, NodeError> {
        let old = last_good.log.clone();
        let new = ingest::origin(&self.genesis, party, old.epoch() + 1)?;
        let statement = Statement {
            party: party.clone(),
            officers: vec!["root".to_owned()],
            kind: Kind::parse(EPOCH)?,
            label: Some(self.charter().default_label.clone()),
            about: Vec::new(),
            drill: false,
            terms: Value::map([]),
        };
        let (header, opening) = self.header(&new, &statement, now)?;
        let epoch = Epoch { new, old, last_good_size: last_good.size, root: last_good.root, key };
        Ok(EpochDraft { epoch, officers, header, salt: opening.salt })
    }

    /// Opens the next epoch of a party kept here, with its root key and the new log's key at hand: exercises alone have both in one place.
    ///
    /// `last_good`: how much of the old log stands, as peers hold it.
    ///
    /// # Errors
    /// [`NodeError::NoOfficer`] if the root key is not here; as [`Self::append`].
    pub fn open_next_epoch(
        &mut self,
        party: &PartyId,
        last_good: &Head,
        now: UnixSeconds,
    ) -> Result<Appended, NodeError> {
        let no_root = || NodeError::NoOfficer { party: party.clone(), officer: "root".to_owned() };
        let not_kept = || NodeError::NotKept(party.clone());
        let secrets = self.secrets.get(party).ok_or_else(not_kept)?;
        let key = secrets.logs.get(&(last_good.log.epoch() + 1)).ok_or_else(not_kept)?;
        let key = key.verifying_key();
        let officers = secrets.officers.values().map(SigningKey::verifying_key).collect();
        let draft = self.prepare_epoch(party, key, officers, last_good, now)?;
        let secrets = self.secrets.get(party).ok_or_else(not_kept)?;
        let root = secrets.root.as_ref().ok_or_else(no_root)?;
        let (leaf, opening) = draft.sign(root).map_err(|fault| match fault {
            EpochDraftFault::Record(fault) => NodeError::Record(fault),
            EpochDraftFault::Form(_) | EpochDraftFault::NotTheRoot { .. } => no_root(),
        })?;
        let falls = self.said_from(&last_good.log, last_good.size).len() as u64;
        self.submit_epoch(&draft.epoch.new, &leaf, &opening, falls)
    }

    /// Takes the record that opens an epoch of a log kept here. The keys of the old log end with it.
    pub(super) fn submit_epoch(
        &mut self,
        log: &Origin,
        leaf: &[u8],
        opening: &Opening,
        falls: u64,
    ) -> Result<Appended, NodeError> {
        let before = self.keyring.clone();
        ingest::open_epoch(&mut self.keyring, log, &opening.bytes)?;
        let stands = self.check_last_good(log, falls);
        let appended = stands.and_then(|()| self.append_signed(Way::Own, log, leaf, opening));
        if appended.is_err() {
            self.keyring = before;
        }
        self.watch_all();
        appended
    }

    /// What the root key states of the old log must be what is held of it: else a slip of a digit would end the log where it never was. And
    /// what was said while the draft was on its way to the root key falls by nobody's oversight.
    fn check_last_good(&self, new: &Origin, falls: u64) -> Result<(), NodeError> {
        let stated = self.keyring.logs().find_map(|(old, keys)| {
            let epoch = keys.ended_by().filter(|epoch| epoch.new == *new)?;
            Some((old.clone(), epoch.last_good_size, epoch.root))
        });
        let Some((old, size, root)) = stated else { return Ok(()) };
        match self.root_at(&old, size) {
            Some(held) if held != root => Err(NodeError::OtherLastGood { log: old, size }),
            Some(_) => {
                let records = self.said_from(&old, size);
                if records.len() as u64 == falls {
                    return Ok(());
                }
                Err(NodeError::RecordsFall { log: old, size, records })
            }
            // Beyond what is held here: what peers told, after the disk was lost with the key.
            None => Ok(()),
        }
    }

    /// Returns the numbers of the records of a log from one on that officers said: what its end there takes back, beside what the node
    /// itself wrote.
    #[must_use]
    pub fn said_from(&self, log: &Origin, from: u64) -> Vec<u64> {
        let is_said = |index: &u64| {
            let view = self.council.record_at(log, *index);
            let role = view.as_ref().and_then(|view| view.signer.rsplit('/').next());
            role.is_some_and(|role| role.parse::<u32>().is_err())
        };
        (from..self.size_of(log)).filter(is_said).collect()
    }

    /// Returns the statements of the root key by which the party's own open log follows on the first: for peers that do not know it yet.
    pub(crate) fn own_epochs(&self) -> Vec<Vec<u8>> {
        let Ok(open) = self.log_of(&self.party) else { return Vec::new() };
        let statement = |epoch: u32| {
            let log = ingest::origin(&self.genesis, &self.party, epoch).ok()?;
            let first = self.store.entries(&log, 0, 1).ok()?.into_iter().next()?;
            let opening = Opening::from_bytes(Domain::Terms, first.opening.as_ref()?).ok()?;
            let terms = parse_canonical(&opening.bytes).ok()?;
            Some(terms.get("statement")?.as_text()?.as_bytes().to_vec())
        };
        (2..=open.epoch()).filter_map(statement).collect()
    }

    /// Prepares the withdrawal of a key of a party kept here, for its root key to sign.
    ///
    /// `last_good_size`: records of the open log that stand, counted from its first.
    ///
    /// # Errors
    /// [`NodeError::NoKey`] for a key that the open log does not list; as [`Self::prepare`].
    pub fn prepare_revocation(
        &mut self,
        party: &PartyId,
        key: &KeyName,
        last_good_size: u64,
        reason: &str,
        now: UnixSeconds,
    ) -> Result<(Draft, Opening), NodeError> {
        let log = self.log_of(party)?;
        let keys = self.keyring.log(&log).map(veche_ledger::keyring::LogKeys::keys);
        let is_it = |listed: &ListedKey| listed.key.name() == key && listed.role == Role::Officer;
        if !keys.unwrap_or_default().iter().any(is_it) {
            return Err(NodeError::NoKey { key: key.clone(), log });
        }
        let terms = Value::map([
            ("key", Value::text(key)),
            ("last_good_size", Value::int(last_good_size).unwrap_or(Value::Int(0))),
            ("reason", reason.into()),
        ]);
        let kind = Kind::parse(REVOCATION)?;
        let label = Some(self.charter().default_label.clone());
        let (party, officers, about) = (party.clone(), Vec::new(), Vec::new());
        let statement = Statement { party, officers, kind, label, about, drill: false, terms };
        self.prepare(&statement, now)
    }

    /// Returns the records of a party's open log that this key signed first, from a number on: what its withdrawal takes back.
    #[must_use]
    pub fn signed_by_from(&self, party: &PartyId, key: &KeyName, from: u64) -> Vec<RecordView> {
        let Ok(log) = self.log_of(party) else { return Vec::new() };
        let views = (from..self.size_of(&log)).filter_map(|i| self.council.record_at(&log, i));
        views.filter(|view| view.signer == key.as_str()).collect()
    }

    /// Returns the records of a party's open log that a withdrawn key signed and that nobody has signed anew.
    #[must_use]
    pub fn suspended(&self, party: &PartyId) -> Vec<RecordView> {
        let Ok(log) = self.log_of(party) else { return Vec::new() };
        let revocations = self.council.revocations(&log);
        let Some(from) = revocations.iter().map(|(_, size)| *size).min() else {
            return Vec::new();
        };
        let views = (from..self.size_of(&log)).filter_map(|i| self.council.record_at(&log, i));
        views.filter(|view| view.ruling == QUARANTINED).collect()
    }

    /// Returns what an officer says to sign a suspended record anew.
    ///
    /// # Errors
    /// [`NodeError::Name`] never in practice: the kind is one of the fold's own.
    pub fn resigning(
        &self,
        party: &PartyId,
        officer: &str,
        record: &RecordView,
        leaf: Hash,
    ) -> Result<Statement, NodeError> {
        let text = format!("signed anew in place of `{}`, which was withdrawn", record.signer);
        Ok(Statement {
            party: party.clone(),
            officers: vec![officer.to_owned()],
            kind: Kind::parse(RESIGNING)?,
            label: Some(self.charter().default_label.clone()),
            about: vec![leaf],
            drill: record.is_drill,
            terms: Value::map([("text", Value::Text(text))]),
        })
    }
}

/// Numbers shown of records that fall; the rest is counted.
const NUMBERS_SHOWN: usize = 12;

/// Says which records, for people.
pub(super) fn numbers(records: &[u64]) -> String {
    let shown: Vec<String> = records.iter().take(NUMBERS_SHOWN).map(u64::to_string).collect();
    match records.len().checked_sub(NUMBERS_SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn is_witness(listed: &ListedKey) -> bool {
    listed.role == Role::Witness
}

/// How the fold calls a record whose key was withdrawn from before it on.
const QUARANTINED: &str = "quarantined";
