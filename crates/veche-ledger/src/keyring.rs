//! Keyrings: whose key counts for which log, and at which leaves (`formats/log.md`, sections 1 and 4).

use crate::hash::Hash;
use crate::json::{JsonError, Value, parse_canonical};
use crate::key::{Algorithm, SigningKey, VerifyingKey};
use crate::name::{KeyName, LeafIndex, Origin};
use crate::note::{Note, NoteError, NoteLimits, SignatureStanding};
use std::collections::BTreeMap;

/// The limits of an epoch statement as a note: two vkeys, two origins, a hash; a few witnesses may sign beside the root key.
pub const EPOCH_LIMITS: NoteLimits = NoteLimits { len_max: 8 * 1024, lines_max: 16 };

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The party's root key, offline: opens epochs, lists and revokes keys.
    Root,
    /// A log's own key, on the node: checkpoints, and records that no person signs.
    Log,
    /// A person's key: acts.
    Officer,
    /// A node's key for cosigning other logs; never signs records.
    Witness,
}

/// A key as a log lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// The key.
    pub key: VerifyingKey,
    /// What it is for.
    pub role: Role,
    /// The first leaf at which it counts.
    pub from: LeafIndex,
    /// The first leaf at which it no longer counts, if it ends.
    pub until: Option<LeafIndex>,
}

/// The withdrawal of a key: lost, stolen, its holder gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The key.
    pub key: VerifyingKey,
    /// Leaves that stand: at this index and later the key gives nothing.
    pub last_good_size: u64,
}

/// Whether a listed key counts at a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// It counts.
    InForce,
    /// The leaf is before its first or not before its last.
    NotInForce,
    /// It is revoked from a size that the leaf is beyond.
    Revoked {
        /// Leaves that stand.
        last_good_size: u64,
    },
}

/// The keys of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKeys {
    log_key: VerifyingKey,
    keys: Vec<ListedKey>,
    revocations: Vec<Revocation>,
    ended_by: Option<Epoch>,
}

/// The keys of all logs of an organisation, as charter and records have it at some moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keyring {
    logs: BTreeMap<Origin, LogKeys>,
}

/// The statement that opens the next epoch of a party's log, after a lost key or a fork.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// The log that begins.
    pub new: Origin,
    /// The log that ends.
    pub old: Origin,
    /// Leaves of the old log that stand.
    pub last_good_size: u64,
    /// Its root at that size.
    pub root: Hash,
    /// The key of the new log.
    pub key: VerifyingKey,
}

/// Why a keyring does not take a key or statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("log `{log}`: {what}")]
pub struct KeyringError {
    /// The log.
    pub log: Origin,
    /// What is wrong.
    pub what: KeyringFault,
}

/// Why a keyring does not take a key or statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringFault {
    /// The log is not in the keyring.
    #[error("the keyring knows no such log")]
    UnknownLog,
    /// The log is in the keyring already.
    #[error("the keyring has this log already")]
    KnownLog,
    /// A witness key under another role, or another key as witness: it would sign what it is not for.
    #[error("the key `{0}` has not the algorithm of its role")]
    Algorithm(KeyName),
    /// The log's key must bear the log's name.
    #[error("the key `{0}` must have the name of the log")]
    OtherName(KeyName),
    /// The revoked key is not listed.
    #[error("the key `{0}` is not listed, so it cannot be revoked")]
    NotListed(KeyName),
    /// The statement is no signed note.
    #[error("the epoch statement is not a signed note: {0}")]
    Note(NoteError),
    /// Its text is not one line of canonical JSON.
    #[error("the epoch statement is not canonical JSON: {0}")]
    Json(JsonError),
    /// It has not the fields of an epoch statement.
    #[error("the epoch statement has a wrong, unknown or missing field")]
    Fields,
    /// A later version of the statement: this node must be brought up to date.
    #[error("the epoch statement has version {0}, this node reads version 1")]
    NodeTooOld(u64),
    /// The new epoch is not the next one of the same party.
    #[error("`{0}` is not the next epoch")]
    NotNext(Origin),
    /// The party's root key did not sign, or did not sign this.
    #[error("the party's root key did not sign the statement")]
    NotSigned,
    /// The log was ended by another statement before: two of them are proof that the root key misbehaved.
    #[error("the log was ended by another statement")]
    EndedOtherwise,
}

impl Keyring {
    /// Makes an empty keyring.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a log with the root key of its party and its own key.
    ///
    /// # Errors
    /// [`KeyringFault::KnownLog`], [`KeyringFault::Algorithm`], [`KeyringFault::OtherName`].
    pub fn add_log(
        &mut self,
        log: &Origin,
        root: VerifyingKey,
        log_key: VerifyingKey,
    ) -> Result<(), KeyringError> {
        self.add(log, root, log_key).map_err(|what| KeyringError { log: log.clone(), what })
    }

    fn add(
        &mut self,
        log: &Origin,
        root: VerifyingKey,
        log_key: VerifyingKey,
    ) -> Result<(), KeyringFault> {
        if self.logs.contains_key(log) {
            return Err(KeyringFault::KnownLog);
        }
        if let Some(key) = [&root, &log_key].iter().find(|k| k.algorithm() != Algorithm::Ed25519) {
            return Err(KeyringFault::Algorithm(key.name().clone()));
        }
        if log_key.name().as_str() != log.as_str() {
            return Err(KeyringFault::OtherName(log_key.name().clone()));
        }
        let listed = |key, role| ListedKey { key, role, from: LeafIndex(0), until: None };
        let keys = vec![listed(root, Role::Root), listed(log_key.clone(), Role::Log)];
        let keys = LogKeys { log_key, keys, revocations: Vec::new(), ended_by: None };
        let _none = self.logs.insert(log.clone(), keys);
        Ok(())
    }

    /// Lists a key for a log. The same key may be listed again with other leaves, after a pause.
    ///
    /// # Errors
    /// [`KeyringFault::UnknownLog`]; [`KeyringFault::Algorithm`] for a witness key in another role or the reverse.
    pub fn list(&mut self, log: &Origin, key: ListedKey) -> Result<(), KeyringError> {
        let fail = |what| KeyringError { log: log.clone(), what };
        let keys = self.logs.get_mut(log).ok_or_else(|| fail(KeyringFault::UnknownLog))?;
        let is_witness = key.key.algorithm() == Algorithm::CosignatureV1;
        if is_witness != (key.role == Role::Witness) {
            return Err(fail(KeyringFault::Algorithm(key.key.name().clone())));
        }
        keys.keys.push(key);
        Ok(())
    }

    /// Revokes a listed key. Of two revocations the earlier size counts.
    ///
    /// # Errors
    /// [`KeyringFault::UnknownLog`], [`KeyringFault::NotListed`].
    pub fn revoke(&mut self, log: &Origin, revocation: Revocation) -> Result<(), KeyringError> {
        let fail = |what| KeyringError { log: log.clone(), what };
        let keys = self.logs.get_mut(log).ok_or_else(|| fail(KeyringFault::UnknownLog))?;
        if !keys.keys.iter().any(|listed| listed.key == revocation.key) {
            return Err(fail(KeyringFault::NotListed(revocation.key.name().clone())));
        }
        keys.revocations.push(revocation);
        Ok(())
    }

    /// Opens a new epoch on the strength of a statement signed by the party's root key.
    ///
    /// The old log's keys do not pass over, save the root key: who lost one key may have lost more. The same statement again
    /// changes nothing.
    ///
    /// # Errors
    /// [`KeyringFault`] in the order form, version, fields, old log known, next epoch, signature, no other statement, key.
    pub fn open_epoch(&mut self, statement: &[u8]) -> Result<Epoch, KeyringFault> {
        let (epoch, note) = Epoch::parse(statement)?;
        self.open(&epoch, &note).map(|()| epoch)
    }

    fn open(&mut self, epoch: &Epoch, note: &Note) -> Result<(), KeyringFault> {
        let old = self.logs.get(&epoch.old).ok_or(KeyringFault::UnknownLog)?;
        if !epoch.is_next() {
            return Err(KeyringFault::NotNext(epoch.new.clone()));
        }
        let root = old.root().ok_or(KeyringFault::NotSigned)?.clone();
        if note.standing_of(&root) != SignatureStanding::Good {
            return Err(KeyringFault::NotSigned);
        }
        match &old.ended_by {
            Some(other) if other == epoch => return Ok(()),
            Some(_) => return Err(KeyringFault::EndedOtherwise),
            None => {}
        }
        self.add(&epoch.new, root, epoch.key.clone())?;
        if let Some(old) = self.logs.get_mut(&epoch.old) {
            old.ended_by = Some(epoch.clone());
        }
        Ok(())
    }

    /// Returns the keys of a log.
    #[must_use]
    pub fn log(&self, log: &Origin) -> Option<&LogKeys> {
        self.logs.get(log)
    }

    /// Returns all logs with their keys, by origin.
    pub fn logs(&self) -> impl Iterator<Item = (&Origin, &LogKeys)> {
        self.logs.iter()
    }
}

impl LogKeys {
    /// Returns the key that signs the log's checkpoints.
    #[must_use]
    pub const fn log_key(&self) -> &VerifyingKey {
        &self.log_key
    }

    /// Returns the root key of the log's party.
    #[must_use]
    pub fn root(&self) -> Option<&VerifyingKey> {
        self.keys.iter().find(|listed| listed.role == Role::Root).map(|listed| &listed.key)
    }

    /// Returns the keys in the order of listing, the root key first.
    #[must_use]
    pub fn keys(&self) -> &[ListedKey] {
        &self.keys
    }

    /// Returns the size at which the next epoch says that this log ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<u64> {
        self.ended_by.as_ref().map(|epoch| epoch.last_good_size)
    }

    /// Returns the statement with which the next epoch ended this log.
    #[must_use]
    pub const fn ended_by(&self) -> Option<&Epoch> {
        self.ended_by.as_ref()
    }

    /// Returns the revocations, in the order in which they were learnt.
    #[must_use]
    pub fn revocations(&self) -> &[Revocation] {
        &self.revocations
    }

    /// Returns whether a listed key counts at a leaf.
    #[must_use]
    pub fn force_at(&self, listed: &ListedKey, index: LeafIndex) -> Force {
        let revoked = self.revocations.iter().filter(|r| r.key == listed.key);
        match revoked.map(|r| r.last_good_size).min() {
            Some(last_good_size) if index.0 >= last_good_size => Force::Revoked { last_good_size },
            Some(_) | None => {
                let is_in_force = index >= listed.from && listed.until.is_none_or(|u| index < u);
                if is_in_force { Force::InForce } else { Force::NotInForce }
            }
        }
    }
}

impl Epoch {
    /// Returns the text of the statement, which the party's root key signs: one line of canonical JSON, with its line end.
    #[must_use]
    pub fn text(&self) -> String {
        let value = Value::map([
            ("key", Value::text(&self.key)),
            ("last_good_size", Value::int(self.last_good_size).unwrap_or(Value::Bool(false))),
            ("new", Value::text(&self.new)),
            ("old", Value::text(&self.old)),
            ("root", Value::text(self.root)),
            ("v", Value::Int(1)),
        ]);
        format!("{value}\n")
    }

    /// Returns the statement signed by the party's root key.
    #[must_use]
    pub fn sign(&self, root: &SigningKey) -> Vec<u8> {
        Note::sign(&self.text(), root).to_bytes()
    }

    /// Reads a statement as far as it can be read without a keyring: its form, that it opens the next epoch, that this root key signed it.
    ///
    /// # Errors
    /// [`KeyringFault`] in the order form, version, fields, next epoch, signature.
    pub fn verify(statement: &[u8], root: &VerifyingKey) -> Result<Self, KeyringFault> {
        let (epoch, note) = Self::parse(statement)?;
        if !epoch.is_next() {
            return Err(KeyringFault::NotNext(epoch.new));
        }
        let is_good = note.standing_of(root) == SignatureStanding::Good;
        if is_good { Ok(epoch) } else { Err(KeyringFault::NotSigned) }
    }

    fn parse(statement: &[u8]) -> Result<(Self, Note), KeyringFault> {
        let note = Note::parse(statement, EPOCH_LIMITS).map_err(KeyringFault::Note)?;
        let line = note.text().strip_suffix('\n').unwrap_or_default();
        let value = parse_canonical(line.as_bytes()).map_err(KeyringFault::Json)?;
        match value.get("v").and_then(Value::as_size) {
            Some(1) => {}
            Some(newer) if newer > 1 => return Err(KeyringFault::NodeTooOld(newer)),
            Some(_) | None => return Err(KeyringFault::Fields),
        }
        let epoch = Self::read(&value).ok_or(KeyringFault::Fields)?;
        Ok((epoch, note))
    }

    fn read(value: &Value) -> Option<Self> {
        let map = value.as_map().filter(|map| map.len() == 6)?;
        let text = |key: &str| map.get(key).and_then(Value::as_text);
        Some(Self {
            new: Origin::parse(text("new")?).ok()?,
            old: Origin::parse(text("old")?).ok()?,
            last_good_size: map.get("last_good_size")?.as_size()?,
            root: Hash::parse(text("root")?).ok()?,
            key: VerifyingKey::parse(text("key")?).ok()?,
        })
    }

    fn is_next(&self) -> bool {
        let (Some((old_base, old)), Some((new_base, new))) =
            (self.old.as_str().rsplit_once('/'), self.new.as_str().rsplit_once('/'))
        else {
            return false;
        };
        let next = old.parse::<u32>().ok().and_then(|n| n.checked_add(1));
        old_base == new_base && next.is_some_and(|next| next.to_string() == new)
    }
}
