//! Backups: a consistent copy of a store in one file, with a manifest that says what is in it (`formats/backup.md`).

use crate::fsck::{Report, fsck};
use crate::store::place::{beside, remove, take_name};
use crate::store::{Durability, Store, StoreError};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use veche_ledger::{Frontier, Hash, Origin, PartyId, UnixSeconds, tree};

/// The first line of a backup.
const FIRST_LINE: &str = "veche backup v1";

/// Longest manifest, in bytes: some thousand logs.
const MANIFEST_LEN_MAX: u64 = 1024 * 1024;

/// What went wrong with a backup, and which.
#[derive(Debug, thiserror::Error)]
#[error("backup `{}`: {what}", path.display())]
pub struct BackupError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub what: BackupFault,
}

/// What went wrong with a backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// A file cannot be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// There is a file of that name, and it is left as it is.
    #[error("it is there already: nothing is overwritten")]
    Exists,
    /// The file is no backup, or its manifest is damaged.
    #[error("it is no backup of version 1: {0}")]
    Form(&'static str),
    /// The copy in it is not the one that was made.
    #[error("the copy in it is damaged: its hash is not the manifest's")]
    OtherBytes,
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far a log goes in a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LogHead {
    /// The log.
    pub log: String,
    /// Its records.
    pub size: u64,
    /// The root over them.
    pub root: String,
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Manifest {
    /// Whose node.
    pub party: String,
    /// When it was made.
    pub made_at: String,
    /// True if the locked private keys are in it.
    pub has_keys: bool,
    /// How far each log goes.
    pub logs: Vec<LogHead>,
    /// Bytes of the copy.
    pub len: u64,
    /// SHA-256 of the copy, as 64 hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    fn to_text(&self) -> String {
        let Self { party, made_at, has_keys, logs, len, sha256 } = self;
        let keys = if *has_keys { "locked" } else { "none" };
        let mut text = format!("{FIRST_LINE}\nparty {party}\nmade {made_at}\nkeys {keys}\n");
        for LogHead { log, size, root } in logs {
            let _whole = writeln!(text, "log {log} {size} {root}");
        }
        let _whole = write!(text, "length {len}\nsha256 {sha256}\n\n");
        text
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let mut field =
            |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned);
        if field("veche")? != "backup v1" {
            return None;
        }
        let (party, made_at) = (field("party")?, field("made")?);
        let has_keys = match field("keys")?.as_str() {
            "none" => false,
            "locked" => true,
            _ => return None,
        };
        let (party_name, time) = (PartyId::parse(&party).ok()?, UnixSeconds::parse(&made_at).ok()?);
        let mut logs = Vec::new();
        let rest: Vec<&str> = lines.collect();
        let (heads, [length, sha256]) = rest.split_last_chunk::<2>()?;
        for line in heads {
            let mut words = line.strip_prefix("log ")?.split(' ');
            let (log, size, root) = (words.next()?, words.next()?, words.next()?);
            Origin::parse(log).ok()?;
            Hash::parse(root).ok()?;
            let head =
                LogHead { log: log.to_owned(), size: size.parse().ok()?, root: root.to_owned() };
            logs.push(head);
        }
        let manifest = Self {
            party: party_name.to_string(),
            made_at: time.to_string(),
            has_keys,
            logs,
            len: length.strip_prefix("length ")?.parse().ok()?,
            sha256: sha256.strip_prefix("sha256 ")?.to_owned(),
        };
        // One backup has one manifest: what would be written otherwise is none.
        (manifest.to_text() == format!("{text}\n")).then_some(manifest)
    }
}

fn at<F: Into<BackupFault>>(path: &Path) -> impl Fn(F) -> BackupError {
    move |what| BackupError { path: path.to_owned(), what: what.into() }
}

fn hash_of(mut from: impl Read) -> io::Result<(u64, String)> {
    let (mut hasher, mut len, mut block) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            let digest = Hash(hasher.finalize().into());
            return Ok((len, digest.to_string()));
        }
        hasher.update(block.get(..read).unwrap_or_default());
        len += read as u64;
    }
}

/// Returns how far each log in a store goes, from its tiles.
fn heads(store: &Store) -> Result<Vec<LogHead>, StoreError> {
    let mut heads = Vec::new();
    for (_, log) in store.logs()? {
        let size = store.size(&log)?;
        let nodes = |level, index| store.tree_node(&log, level, index).ok().flatten();
        let frontier =
            if size == 0 { Some(Frontier::EMPTY) } else { tree::frontier_at(size, &nodes) };
        let frontier =
            frontier.ok_or_else(|| store.damaged(format!("the tiles of `{log}` are missing")))?;
        heads.push(LogHead { log: log.to_string(), size, root: frontier.root().to_string() });
    }
    Ok(heads)
}

/// Writes a backup of an open store; its node may go on meanwhile. Without `with_keys` no private key is in it, locked or not.
///
/// # Errors
/// [`BackupFault::Exists`], [`BackupFault::Store`], [`BackupFault::File`]. No file is there then.
pub fn make(
    store: &Store,
    file: &Path,
    with_keys: bool,
    now: UnixSeconds,
) -> Result<Manifest, BackupError> {
    if file.exists() {
        return Err(at(file)(BackupFault::Exists));
    }
    let (copy, part) = (beside(file, ".copy"), beside(file, ".part"));
    let made = write(store, &copy, &part, with_keys, now).map_err(at(file));
    let made = made.and_then(|manifest| {
        take_name(&part, file).map_err(at(file))?;
        Ok(manifest)
    });
    // The second is there only if something failed; the first error is the one to tell.
    remove(&copy);
    remove(&part);
    made
}

fn write(
    store: &Store,
    copy: &Path,
    part: &Path,
    with_keys: bool,
    now: UnixSeconds,
) -> Result<Manifest, BackupFault> {
    remove(copy);
    store.copy_into(copy, with_keys)?;
    let copied = Store::open_existing(copy, Durability::Full)?;
    let party = copied.meta("party")?.and_then(|party| String::from_utf8(party).ok());
    let logs = heads(&copied)?;
    drop(copied);
    let (len, sha256) = hash_of(File::open(copy)?)?;
    let manifest = Manifest {
        party: party.ok_or(BackupFault::Form("the store is of no party's node"))?,
        made_at: now.to_string(),
        has_keys: with_keys,
        logs,
        len,
        sha256,
    };
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).open(part)?;
    out.write_all(manifest.to_text().as_bytes())?;
    io::copy(&mut File::open(copy)?, &mut out)?;
    out.sync_all()?;
    Ok(manifest)
}

/// Reads the manifest of a backup and compares the copy in it with its hash. The reader returned stands where the copy begins.
fn read(file: &Path) -> Result<(Manifest, BufReader<File>), BackupFault> {
    let mut reader = BufReader::new(File::open(file)?);
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        let room = MANIFEST_LEN_MAX.saturating_sub(text.len() as u64);
        reader.by_ref().take(room).read_until(b'\n', &mut line)?;
        match std::str::from_utf8(&line) {
            Ok("\n") => break,
            Ok(line) if line.ends_with('\n') => text.push_str(line),
            Ok(_) | Err(_) => return Err(BackupFault::Form("it has no manifest")),
        }
    }
    let manifest = Manifest::read(&text).ok_or(BackupFault::Form("its manifest is damaged"))?;
    let begin = text.len() as u64 + 1;
    let (len, sha256) = hash_of(&mut reader)?;
    if (len, &sha256) != (manifest.len, &manifest.sha256) {
        return Err(BackupFault::OtherBytes);
    }
    reader.seek(SeekFrom::Start(begin))?;
    Ok((manifest, reader))
}

/// Checks a backup: its bytes against the manifest, and every record in it from raw bytes up.
///
/// # Errors
/// [`BackupFault`] if it is not the file that was written. What is wrong in the store that it was made of is in the report.
pub fn verify(file: &Path) -> Result<(Manifest, Report), BackupError> {
    let copy = beside(file, ".verify");
    // What SQLite left beside one that was cut short would be taken for this one's.
    remove(&copy);
    let checked = unpack(file, &copy).and_then(|manifest| {
        let store = Store::open_existing(&copy, Durability::Full)?;
        let mut report = fsck(&store)?;
        report.compare(&heads(&store)?, &manifest.logs);
        Ok((manifest, report))
    });
    remove(&copy);
    checked.map_err(at(file))
}

fn unpack(file: &Path, to: &Path) -> Result<Manifest, BackupFault> {
    let (manifest, mut reader) = read(file)?;
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).open(to)?;
    io::copy(&mut reader, &mut out)?;
    out.sync_all()?;
    Ok(manifest)
}

/// Makes a store of a backup, marked: its node says nothing in its own logs before it has heard how much of them the others hold.
/// `keys`: names and locked keys to put into it.
///
/// # Errors
/// [`BackupFault::Exists`] if there is a store of that name; [`BackupFault`] if the backup is damaged. No store is there then.
pub fn restore(
    file: &Path,
    to: &Path,
    keys: &[(String, String)],
    now: UnixSeconds,
) -> Result<Manifest, BackupError> {
    // What a store that is gone left beside its name would be taken for the restored one's last writes.
    for end in ["", "-wal", "-shm", "-journal"] {
        let name = beside(to, end);
        if name.exists() {
            return Err(at(&name)(BackupFault::Exists));
        }
    }
    let part = beside(to, ".part");
    remove(&part);
    let restored = unpack(file, &part).and_then(|manifest| {
        let store = Store::open_existing(&part, Durability::Full)?;
        store.mark_restored(now)?;
        for (name, text) in keys {
            store.set_key(name, text)?;
        }
        // With the mark in the one file that takes the name, or not at all: without it the node would sign a second history.
        store.close_as(to)?;
        Ok(manifest)
    });
    if restored.is_err() {
        remove(&part);
    }
    restored.map_err(at(file))
}
