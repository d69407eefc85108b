//! Backups: a consistent copy of a store in one file, with a manifest that says what is in it (`formats/backup.md`).

use crate::fsck::{Report, fsck};
use crate::store::place::{BESIDE, beside, remove, take_name};
use crate::store::{self, Durability, Frozen, Store, StoreError, is_shared, is_slot};
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

/// A store at one moment, its file frozen: to be written as a backup while its node goes on.
#[derive(Debug)]
pub struct Snapshot(Frozen);

/// Freezes a store, for [`Snapshot::write`]. It takes as long as moving some pages into the file does. Whoever freezes it lets go of it with
/// [`end`], whatever came of the backup.
///
/// # Errors
/// [`StoreError`]: nothing is frozen then.
pub fn begin(store: &Store) -> Result<Snapshot, StoreError> {
    store.freeze().map(Snapshot)
}

/// Lets a store that was frozen move its last writes into its file again.
///
/// # Errors
/// [`StoreError`]: nothing is lost, and the file beside the store grows until the node ends.
pub fn end(store: &Store) -> Result<(), StoreError> {
    store.thaw()
}

impl Snapshot {
    /// Writes the backup, reads it again from its first byte to its last, and only then gives it its name. Without `with_keys` no private
    /// key is in it, locked or not.
    ///
    /// # Errors
    /// [`BackupFault::Exists`], [`BackupFault::Store`], [`BackupFault::File`], [`BackupFault::OtherBytes`]. No file is there then.
    pub fn write(
        &self,
        file: &Path,
        with_keys: bool,
        now: UnixSeconds,
    ) -> Result<Manifest, BackupError> {
        if file.exists() {
            return Err(at(file)(BackupFault::Exists));
        }
        Unfinished::sweep(file);
        let copy = Unfinished::beside(file, COPY).map_err(at(file))?;
        let part = Unfinished::beside(file, PART).map_err(at(file))?;
        let manifest = self.write_parts(&copy, &part, with_keys, now).map_err(at(file))?;
        take_name(&part.0, file).map_err(at(file))?;
        Ok(manifest)
    }

    fn write_parts(
        &self,
        copy: &Unfinished,
        part: &Unfinished,
        with_keys: bool,
        now: UnixSeconds,
    ) -> Result<Manifest, BackupFault> {
        self.0.write::<BackupFault>(&copy.0, copy.create()?)?;
        store::leave_out(&copy.0, with_keys)?;
        let copied = Store::open_existing(&copy.0, Durability::Full)?;
        let party = copied.meta("party")?.and_then(|party| String::from_utf8(party).ok());
        let logs = heads(&copied)?;
        // In order: what could not be moved into the file would be missing from its copy.
        copied.close()?;
        let (len, sha256) = hash_of(File::open(&copy.0)?)?;
        let manifest = Manifest {
            party: party.ok_or(BackupFault::Form("the store is of no party's node"))?,
            made_at: now.to_string(),
            has_keys: with_keys,
            logs,
            len,
            sha256,
        };
        let mut out = part.create()?;
        out.write_all(manifest.to_text().as_bytes())?;
        io::copy(&mut File::open(&copy.0)?, &mut out)?;
        out.sync_all()?;
        drop(out);
        // What was read back is what will be there when it is needed.
        let (written, _) = read(&part.0)?;
        if written == manifest { Ok(manifest) } else { Err(BackupFault::OtherBytes) }
    }
}

/// Writes a backup of an open store: freezes it for as long as that takes.
///
/// # Errors
/// As [`Snapshot::write`].
pub fn make(
    store: &Store,
    file: &Path,
    with_keys: bool,
    now: UnixSeconds,
) -> Result<Manifest, BackupError> {
    let snapshot = begin(store).map_err(at(file))?;
    let made = snapshot.write(file, with_keys, now);
    let ended = end(store).map_err(at(file));
    made.and_then(|manifest| ended.map(|()| manifest))
}

/// How names of unfinished files end: a copy of a store, a file that takes its name next, a copy that is looked through.
const COPY: &str = "copy";
const PART: &str = "part";
const VERIFY: &str = "verify";

/// A file under a name that nobody else has, until it is whole; removed when dropped, with what SQLite leaves beside it.
struct Unfinished(PathBuf);

impl Unfinished {
    /// Removes what tries that were cut short left of a file: names with 16 hexadecimal digits that only this program gives. A try of another
    /// process that goes on just now loses its file so, and ends with an error.
    fn sweep(file: &Path) {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let (Some(name), Ok(entries)) =
            (file.file_name().and_then(|n| n.to_str()), folder.read_dir())
        else {
            return;
        };
        let is_left = |found: &str| {
            let rest = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
            let parts = rest.and_then(|rest| rest.split_once('.'));
            parts.is_some_and(|(digits, end)| {
                let end = BESIDE.iter().find_map(|beside| end.strip_suffix(beside)).unwrap_or(end);
                digits.len() == 16
                    && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                    && [COPY, PART, VERIFY].contains(&end)
            })
        };
        for entry in entries.flatten() {
            if entry.file_name().to_str().is_some_and(is_left) {
                // What cannot be removed is in nobody's way.
                let _gone = std::fs::remove_file(entry.path());
            }
        }
    }

    fn beside(file: &Path, end: &str) -> Result<Self, BackupFault> {
        let random =
            crate::keyfile::random::<8>().map_err(|error| io::Error::other(error.to_string()))?;
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{:016x}.{end}", u64::from_be_bytes(random)));
        Ok(Self(PathBuf::from(name)))
    }

    /// Makes the file, for its owner alone: a copy has the private keys in it until they are taken out.
    fn create(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.0)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What took its name is gone already.
        remove(&self.0);
    }
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

/// Checks a backup: its bytes against the manifest, and every record in it from raw bytes up. `passphrase`: of a sealed store whose keys
/// are in it; without it contents are counted and not looked into.
///
/// # Errors
/// [`BackupFault`] if it is not the file that was written. What is wrong in the store that it was made of is in the report.
pub fn verify(file: &Path, passphrase: Option<&[u8]>) -> Result<(Manifest, Report), BackupError> {
    let check = || -> Result<(Manifest, Report), BackupFault> {
        Unfinished::sweep(file);
        let copy = Unfinished::beside(file, VERIFY)?;
        let manifest = unpack(file, &copy)?;
        let mut store = Store::open_existing(&copy.0, Durability::Full)?;
        if let Some(words) = passphrase.filter(|_| manifest.has_keys) {
            store.unlock(words)?;
        }
        let mut report = fsck(&store)?;
        report.compare(&heads(&store)?, &manifest.logs);
        Ok((manifest, report))
    };
    check().map_err(at(file))
}

fn unpack(file: &Path, to: &Unfinished) -> Result<Manifest, BackupFault> {
    let (manifest, mut reader) = read(file)?;
    let mut out = to.create()?;
    io::copy(&mut reader, &mut out)?;
    out.sync_all()?;
    drop(out);
    let store = Store::open_existing(&to.0, Durability::Full)?;
    let party = store.meta("party")?;
    if party.as_deref() != Some(manifest.party.as_bytes()) {
        return Err(BackupFault::Form(
            "the copy in it is of another party's node than its manifest says",
        ));
    }
    Ok(manifest)
}

/// Makes a store of a backup, marked: its node says nothing in its own logs before it has heard how much of them the others hold. `keys`:
/// names and locked texts that are put into it.
///
/// # Errors
/// [`BackupFault::Exists`] if there is a store of that name; [`BackupFault`] if the backup is damaged. No store is there then.
pub fn restore(
    file: &Path,
    to: &Path,
    keys: &[(String, String)],
    now: UnixSeconds,
) -> Result<Manifest, BackupError> {
    if is_shared(to) {
        return restore_shared(file, to, keys, now);
    }
    // What a store that is gone left beside its name would be taken for the restored one's last writes.
    for end in [""].into_iter().chain(BESIDE) {
        let name = beside(to, end);
        if name.exists() {
            return Err(at(&name)(BackupFault::Exists));
        }
    }
    let restored = || -> Result<Manifest, BackupFault> {
        Unfinished::sweep(to);
        let part = Unfinished::beside(to, PART)?;
        let manifest = unpack(file, &part)?;
        let store = Store::open_existing(&part.0, Durability::Full)?;
        mark(&store, keys, now)?;
        // In order, so that all is in the one file that takes the name.
        store.close()?;
        File::open(&part.0)?.sync_all()?;
        // A store without its mark would fork its log: it is looked for in the file that takes the name.
        if Store::open_existing(&part.0, Durability::Full)?.restored_at()?.is_none() {
            return Err(BackupFault::Form("the mark of a restore did not reach the disk"));
        }
        take_name(&part.0, to)?;
        Ok(manifest)
    };
    restored().map_err(at(file))
}

/// Puts keys and the mark of a restore into a store made of a backup.
fn mark(store: &Store, keys: &[(String, String)], now: UnixSeconds) -> Result<(), StoreError> {
    let slots = store.slots()?;
    for (name, text) in keys {
        // A slot that is there opens this store; the one given may be of another.
        if is_slot(name) && (!store.is_sealed() || !slots.is_empty()) {
            continue;
        }
        store.set_key(name, text)?;
    }
    store.mark_restored(now)
}

/// Makes a shared store of a backup as [`restore`]: all of it in one transaction.
fn restore_shared(
    file: &Path,
    to: &Path,
    keys: &[(String, String)],
    now: UnixSeconds,
) -> Result<Manifest, BackupError> {
    let restored = || -> Result<Manifest, BackupFault> {
        // The copy is opened beside the backup, where there is room for it.
        Unfinished::sweep(file);
        let part = Unfinished::beside(file, PART)?;
        let manifest = unpack(file, &part)?;
        let store = Store::open_existing(&part.0, Durability::Full)?;
        Store::make(to, |made| {
            made.take_over(&store)?;
            mark(made, keys, now)
        })?;
        Ok(manifest)
    };
    restored().map_err(at(file))
}
