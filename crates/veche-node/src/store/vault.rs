//! Contents at rest: what the store's file holds of them is sealed, once the store is (`formats/store.md`).
//!
//! The rest of the store sees contents as they are: they are sealed on their way into a table and opened on their way out of it.

use super::sql::{Row, SqlError, values};
use super::{Store, StoreError, StoreFault, StoredEntry, drafts, words};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use veche_ledger::keystore::KeystoreError;
use veche_ledger::record::Record;
use veche_ledger::vault::{LabelKey, Place, StoreKey, VaultError, label_of};
use veche_ledger::{Label, LeafIndex, Origin, tree};
use zeroize::Zeroizing;

/// The table of label keys.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS label_keys (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, wrapped BLOB NOT NULL);
";

/// The name of the slot under the node's passphrase. No key of a party is called so: names have no `@`.
pub const SLOT: &str = "@store";

/// The settings: that the store is sealed, and in which form; what a key is tried on; that free pages may still hold contents.
pub(super) const SEALED: &str = "vault";
const CHECK: &str = "vault check";
const SWEEP: &str = "vault sweep";

/// The form of `formats/store.md`.
const FORM: &[u8] = b"1";

/// The version of the tables of a sealed store: an older program must not take what is sealed for damage.
const SEALED_SCHEMA: &[u8] = b"2";

/// The tables that hold contents.
const HOLDING_CONTENTS: [&str; 6] =
    ["entries", "snapshots", "drafts", "draft_steps", "instructions", "sealed_words"];

/// Entries that are sealed at once when a store is taken over.
const BATCH: i64 = 1024;

/// Returns whether a name in the table of keys is a slot of the store key and no key of the party.
#[must_use]
pub fn is_slot(name: &str) -> bool {
    name.starts_with(SLOT)
}

/// Returns the name of an officer's slot.
pub(crate) fn slot_of(officer: &str) -> String {
    format!("{SLOT}.{officer}")
}

/// How a store keeps contents.
#[derive(Debug)]
pub(super) enum Vault {
    /// As they are.
    Absent,
    /// Sealed, and nobody has given the key yet.
    Locked,
    /// Sealed, with the key at hand.
    Open(Box<Unlocked>),
}

/// The keys of an open vault.
#[derive(Debug)]
pub(super) struct Unlocked {
    key: StoreKey,
    pub(super) words: words::Tokens,
    /// Those that were read from the table: a row is never changed.
    labels: RefCell<BTreeMap<u32, Arc<LabelKey>>>,
}

impl Unlocked {
    fn new(key: StoreKey) -> Result<Self, SqlError> {
        let words = words::Tokens::new(key.words())?;
        Ok(Self { key, words, labels: RefCell::default() })
    }
}

impl Vault {
    /// Returns the keys; `None` where contents are kept as they are.
    fn keys(&self) -> Result<Option<&Unlocked>, StoreFault> {
        match self {
            Self::Absent => Ok(None),
            Self::Locked => Err(StoreFault::Locked),
            Self::Open(keys) => Ok(Some(keys)),
        }
    }
}

/// What keeps a store from being sealed.
enum Sealing {
    Store(StoreError),
    Sql(SqlError),
}

impl From<SqlError> for Sealing {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

/// An entry whose content is not sealed yet: its place in its log, leaf, content.
type PlainRow = (i64, Vec<u8>, Vec<u8>);

fn random<const N: usize>() -> Result<[u8; N], StoreFault> {
    crate::keyfile::random().map_err(|error| StoreFault::Unsealed(error.to_string()))
}

fn secret() -> Result<(Zeroizing<[u8; 32]>, [u8; 24]), StoreFault> {
    Ok((Zeroizing::new(random()?), random()?))
}

impl Store {
    /// Returns whether contents are sealed in the file.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        !matches!(self.vault, Vault::Absent)
    }

    /// Returns whether contents are sealed and the key was not given: what needs them is refused.
    #[must_use]
    pub const fn is_locked(&self) -> bool {
        matches!(self.vault, Vault::Locked)
    }

    /// Finds out whether the store is sealed.
    pub(super) fn find_vault(&mut self) -> Result<(), StoreError> {
        self.vault = match self.meta(SEALED)?.as_deref() {
            None => Vault::Absent,
            Some(FORM) => Vault::Locked,
            Some(other) => {
                let form = String::from_utf8_lossy(other).into_owned();
                return Err(self.damaged(format!("its contents are sealed in a form `{form}`")));
            }
        };
        Ok(())
    }

    /// Opens the vault of a sealed store with a passphrase that opens any of its slots. A store that is not sealed stays as it is.
    ///
    /// Where a taking over was cut short after its transaction, what it left in the file's free pages is swept now.
    ///
    /// # Errors
    /// [`StoreFault::NoStoreKey`], [`StoreFault::StoreKey`], [`StoreFault::OtherStoreKey`]; nothing is changed then.
    pub fn unlock(&mut self, passphrase: &[u8]) -> Result<(), StoreError> {
        if !self.is_locked() {
            return Ok(());
        }
        let key = self.store_key(passphrase)?;
        let opened = Unlocked::new(key).map_err(|error| self.fail(error))?;
        self.vault = Vault::Open(Box::new(opened));
        if !self.stands_by() && self.meta(SWEEP)?.is_some() {
            self.sweep()?;
        }
        Ok(())
    }

    /// Returns the store key of a sealed store.
    fn store_key(&self, passphrase: &[u8]) -> Result<StoreKey, StoreError> {
        let slots: Vec<String> = self.slots()?.into_iter().map(|(_, text)| text).collect();
        let mut fault = StoreFault::NoStoreKey;
        for slot in slots {
            match StoreKey::unlock(&slot, passphrase) {
                Ok(key) => return self.tried(key),
                // Another slot may open. What is damaged is told before what is wrong.
                Err(KeystoreError::WrongPassphrase) => {
                    if matches!(fault, StoreFault::NoStoreKey) {
                        fault = StoreFault::StoreKey(KeystoreError::WrongPassphrase);
                    }
                }
                Err(error) => fault = StoreFault::StoreKey(error),
            }
        }
        Err(self.what(fault))
    }

    /// Tries a key on what was sealed with the store's own.
    fn tried(&self, key: StoreKey) -> Result<StoreKey, StoreError> {
        let check = self.meta(CHECK)?.unwrap_or_default();
        match key.open("check", &check) {
            Ok(_) => Ok(key),
            Err(_) => Err(self.what(StoreFault::OtherStoreKey)),
        }
    }

    /// Returns the slots of the store key: names and locked texts.
    ///
    /// # Errors
    /// [`StoreError`] if the store cannot be read.
    pub fn slots(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(self.keys()?.into_iter().filter(|(name, _)| is_slot(name)).collect())
    }

    /// Locks the store key of a sealed store under a further passphrase as well, in a slot of an officer's. A store that is not sealed
    /// has none.
    ///
    /// # Errors
    /// As [`Self::unlock`] for the passphrase that opens it now.
    pub(crate) fn add_slot(
        &self,
        officer: &str,
        passphrase: &[u8],
        new: &[u8],
    ) -> Result<(), StoreError> {
        if !self.is_sealed() {
            return Ok(());
        }
        let (key, slot) = (self.store_key(passphrase)?, slot_of(officer));
        let (salt, nonce) = self.told(random().and_then(|salt| Ok((salt, random()?))))?;
        let locked = key.lock(&slot, new, salt, nonce).map_err(StoreFault::StoreKey);
        self.set_key(&slot, &self.told(locked)?)
    }

    /// Puts a slot into a sealed store that has lost it.
    ///
    /// # Errors
    /// [`StoreFault::StoreKey`], [`StoreFault::OtherStoreKey`]: the slot does not open this store, and is not put in.
    pub fn put_slot(&self, text: &str, passphrase: &[u8]) -> Result<(), StoreError> {
        let key = StoreKey::unlock(text, passphrase).map_err(StoreFault::StoreKey);
        self.tried(self.told(key)?)?;
        self.set_key(SLOT, text)
    }

    /// Seals a store: all contents in it, now and from now on. Returns the slot of its new key, which must be kept elsewhere as well.
    ///
    /// `keep`: is given the slot before anything is sealed under it. All is done in one transaction; then the file is written anew, so
    /// that its free pages hold none of it.
    ///
    /// # Errors
    /// What `keep` says; [`StoreError`]. Unless the transaction was done, the store is as it was; if it was, [`Self::unlock`] goes on.
    pub fn seal<E: From<StoreError>>(
        &mut self,
        passphrase: &[u8],
        keep: impl FnOnce(&str) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.is_sealed() {
            return Ok(());
        }
        let made = random::<32>().and_then(|bytes| {
            let key = StoreKey::new(Zeroizing::new(bytes));
            let slot = key.lock(SLOT, passphrase, random()?, random()?);
            Ok((key, slot.map_err(StoreFault::StoreKey)?))
        });
        let (key, slot) = self.told(made)?;
        keep(&slot)?;
        Ok(self.seal_with(key, &slot)?)
    }

    fn seal_with(&mut self, key: StoreKey, slot: &str) -> Result<(), StoreError> {
        let keys = Unlocked::new(key).map_err(|error| self.fail(error))?;
        // Not before: what seals from now on stands or falls with the transaction.
        self.vault = Vault::Open(Box::new(keys));
        let seal = || self.seal_all(slot).map_err(Sealing::Store);
        let sealed =
            self.database.patiently(|| self.database.transaction(seal)).map_err(
                |error| match error {
                    Sealing::Store(error) => error,
                    Sealing::Sql(error) => self.fail(error),
                },
            );
        if let Err(error) = sealed {
            self.vault = Vault::Absent;
            return Err(error);
        }
        self.sweep()
    }

    fn seal_all(&self, slot: &str) -> Result<(), StoreError> {
        self.set_key(SLOT, slot)?;
        self.set_meta(CHECK, &self.seal_blob("check", b"veche")?)?;
        self.set_meta(SWEEP, b"due")?;
        for (_, log) in self.logs()? {
            self.seal_log(&log)?;
        }
        drafts::seal_all(self)?;
        self.seal_words()?;
        let sql = "DELETE FROM snapshots";
        self.database.execute(sql, &[]).map_err(|error| self.fail(error))?;
        self.set_meta("schema", SEALED_SCHEMA)?;
        self.set_meta(SEALED, FORM)
    }

    fn seal_log(&self, log: &Origin) -> Result<(), StoreError> {
        let mut after = -1;
        loop {
            let rows = self.plain_rows(log, after).map_err(|error| self.fail(error))?;
            let Some((last, _, _)) = rows.last() else { return Ok(()) };
            after = *last;
            for (index, leaf, opening) in &rows {
                let place = (log, u64::try_from(*index).unwrap_or_default());
                let sealed = self.sealed(place, leaf, opening)?;
                let sql = "UPDATE entries SET opening = ?3 WHERE idx = ?2
                           AND log = (SELECT id FROM logs WHERE origin = ?1)";
                let done = self.database.execute(sql, values![log.as_str(), *index, &sealed]);
                done.map_err(|error| self.fail(error))?;
            }
        }
    }

    fn plain_rows(&self, log: &Origin, after: i64) -> Result<Vec<PlainRow>, SqlError> {
        let sql = "SELECT idx, leaf, opening FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1)
                   AND idx > ?2 AND opening IS NOT NULL ORDER BY idx LIMIT ?3";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        self.database.rows(sql, values![log.as_str(), after, BATCH], read)
    }

    /// Writes the file anew, so that no page of it holds what was there before.
    fn sweep(&self) -> Result<(), StoreError> {
        if self.database.file().is_some() {
            self.database.batch("VACUUM").map_err(|error| self.fail(error))?;
        }
        for table in HOLDING_CONTENTS {
            self.write_anew(table)?;
        }
        let sql = "DELETE FROM meta WHERE key = ?1";
        let done = self.database.execute(sql, values![SWEEP]);
        done.map(drop).map_err(|error| self.fail(error))
    }

    /// Returns the keys that words are made unreadable with; `None` where the index has the words themselves.
    pub(super) fn vault_keys(&self) -> Result<Option<&Unlocked>, StoreError> {
        self.vault.keys().map_err(|fault| self.what(fault))
    }

    /// Returns entries as they are to be stored. `from`: the first one's place in its log.
    pub(super) fn sealed_entries<'a>(
        &self,
        log: &Origin,
        from: u64,
        entries: &'a [StoredEntry],
    ) -> Result<Cow<'a, [StoredEntry]>, StoreError> {
        if self.vault_keys()?.is_none() {
            return Ok(Cow::Borrowed(entries));
        }
        let sealed = (from..).zip(entries).map(|(index, entry)| {
            let opening = entry.opening.as_ref();
            let opening = opening.map(|opening| self.sealed((log, index), &entry.leaf, opening));
            let opening = opening.transpose()?;
            Ok(StoredEntry { opening, ..entry.clone() })
        });
        sealed.collect::<Result<Vec<_>, _>>().map(Cow::Owned)
    }

    /// Returns a content as it is to be stored, of a record that is.
    pub(super) fn sealed_opening<'a>(
        &self,
        log: &Origin,
        index: u64,
        opening: &'a [u8],
    ) -> Result<Cow<'a, [u8]>, StoreError> {
        if self.vault_keys()?.is_none() {
            return Ok(Cow::Borrowed(opening));
        }
        let sql = "SELECT leaf FROM entries WHERE log = (SELECT id FROM logs WHERE origin = ?1) AND idx = ?2";
        let place = values![log.as_str(), super::integer(index)];
        let leaf = self.database.row(sql, place, |row| row.get::<Vec<u8>>(0));
        // Of a record that is not stored no content is, either.
        let leaf = leaf.map_err(|error| self.fail(error))?.unwrap_or_default();
        self.sealed((log, index), &leaf, opening).map(Cow::Owned)
    }

    fn sealed(
        &self,
        (log, index): (&Origin, u64),
        leaf: &[u8],
        opening: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let label = Record::header_of(leaf).map(|header| header.label);
        let label = label.map_err(|error| {
            self.what(StoreFault::Unsealed(format!("record {index} of `{log}`: {error}")))
        })?;
        let key = self.label_key(&label)?;
        let place = Place { log, index: LeafIndex(index), leaf: tree::leaf_hash(leaf) };
        Ok(key.seal(&place, opening, self.told(secret())?))
    }

    /// Returns the key of a label, a new one if it has none. That is on the disk before anything is sealed under it: outside of the
    /// transaction in which the content is, which may be taken back.
    fn label_key(&self, label: &Label) -> Result<Arc<LabelKey>, StoreError> {
        let sql = "SELECT id FROM label_keys WHERE label = ?1";
        let id = self.database.row(sql, values![label.as_str()], |row| row.count(0));
        if let Some(id) = id.map_err(|error| self.fail(error))? {
            return self.label_key_of(u32::try_from(id).unwrap_or_default());
        }
        let Some(keys) = self.vault_keys()? else { return Err(self.what(StoreFault::Locked)) };
        let sql = "SELECT COALESCE(MAX(id), 0) + 1 FROM label_keys";
        let next = self.database.one::<i64>(sql, &[]).map_err(|error| self.fail(error))?;
        let next = u32::try_from(next).unwrap_or_default();
        let (_, wrapped) = keys.key.make_label(next, label, self.told(secret())?);
        let sql = "INSERT INTO label_keys (id, label, wrapped) VALUES (?1, ?2, ?3)";
        let done = self.database.execute(sql, values![next, label.as_str(), &wrapped]);
        done.map_err(|error| self.fail(error))?;
        self.label_key_of(next)
    }

    fn label_key_of(&self, id: u32) -> Result<Arc<LabelKey>, StoreError> {
        let Some(keys) = self.vault_keys()? else { return Err(self.what(StoreFault::Locked)) };
        if let Some(key) = keys.labels.borrow().get(&id) {
            return Ok(Arc::clone(key));
        }
        let sql = "SELECT label, wrapped FROM label_keys WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?));
        let row = self.database.row(sql, values![id], read).map_err(|error| self.fail(error))?;
        let (label, wrapped) =
            row.ok_or_else(|| self.damaged(format!("label key {id} is missing")))?;
        let label = Label::parse(&label).map_err(|error| self.damaged(error.to_string()))?;
        let key = keys.key.open_label(id, &label, &wrapped);
        let key =
            key.map_err(|error| self.damaged(format!("the key of label `{label}`: {error}")))?;
        let key = Arc::new(key);
        // Inside of a transaction that seals the whole store as well: what it makes is forgotten with it.
        keys.labels.borrow_mut().insert(id, Arc::clone(&key));
        Ok(key)
    }

    /// Opens the content of an entry as it was stored.
    pub(crate) fn opened(
        &self,
        log: &Origin,
        index: u64,
        entry: StoredEntry,
    ) -> Result<StoredEntry, StoreError> {
        let Some(sealed) = &entry.opening else { return Ok(entry) };
        if self.vault_keys()?.is_none() {
            return Ok(entry);
        }
        let fail = |error: VaultError| {
            self.damaged(format!("the content of record {index} of `{log}`: {error}"))
        };
        let key = self.label_key_of(label_of(sealed).map_err(fail)?)?;
        let place = Place { log, index: LeafIndex(index), leaf: tree::leaf_hash(&entry.leaf) };
        let opening = Some(key.open(&place, sealed).map_err(fail)?);
        Ok(StoredEntry { opening, ..entry })
    }

    /// Seals what belongs to no record.
    pub(super) fn seal_blob(&self, what: &str, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let Some(keys) = self.vault_keys()? else { return Ok(bytes.to_vec()) };
        Ok(keys.key.seal(what, bytes, self.told(random())?))
    }

    /// Opens what belongs to no record.
    pub(super) fn open_blob(&self, what: &str, bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let Some(keys) = self.vault_keys()? else { return Ok(bytes) };
        keys.key.open(what, &bytes).map_err(|error| self.damaged(format!("{what}: {error}")))
    }

    /// Seals a text that belongs to no record, as a text.
    pub(super) fn seal_text(&self, what: &str, text: &str) -> Result<String, StoreError> {
        if text.is_empty() || self.vault_keys()?.is_none() {
            return Ok(text.to_owned());
        }
        Ok(STANDARD.encode(self.seal_blob(what, text.as_bytes())?))
    }

    /// Opens a text that belongs to no record.
    pub(super) fn open_text(&self, what: &str, text: String) -> Result<String, StoreError> {
        if text.is_empty() || self.vault_keys()?.is_none() {
            return Ok(text);
        }
        let sealed =
            STANDARD.decode(&text).map_err(|_| self.damaged(format!("{what}: not sealed")))?;
        let opened = self.open_blob(what, sealed)?;
        String::from_utf8(opened).map_err(|_| self.damaged(format!("{what}: no text")))
    }

    fn told<T>(&self, result: Result<T, StoreFault>) -> Result<T, StoreError> {
        result.map_err(|fault| self.what(fault))
    }

    fn what(&self, what: StoreFault) -> StoreError {
        self.fault(what)
    }
}
