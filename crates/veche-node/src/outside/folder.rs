//! What an outside witness keeps: the latest checkpoint of each log, on the disk before its cosignature is given away.

use crate::store::sync_folder;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use veche_ledger::checkpoint::{CHECKPOINT_LIMITS, CheckpointError};
use veche_ledger::witness::Latest;
use veche_ledger::{Hash, Note, Origin, SignedCheckpoint, UnixSeconds, VerifyingKey};

/// The first word of each file.
const VERSION: &str = "veche-outside/v1 ";

/// The file that says whose folder it is.
const OWNER: &str = "witness";

/// Longest file, in bytes: a checkpoint note and its head.
const FILE_LEN_MAX: u64 = 64 * 1024 + 64;

/// The folder of one witness, held by this process alone.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Unlocked when it is closed.
    _lock: File,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// There is one already.
    #[error("`{}` is a witness's folder already: another key needs another folder", .0.display())]
    Exists(PathBuf),
    /// Another process is at work on it.
    #[error("`{}` is in use: two processes could cosign two histories", .0.display())]
    InUse(PathBuf),
    /// Another key's.
    #[error("`{}` belongs to the witness key `{key}`", path.display())]
    OtherKey {
        /// The folder.
        path: PathBuf,
        /// Whose it is.
        key: String,
    },
    /// Not what this program wrote.
    #[error("`{}` is damaged: {why}; take a new key, for what was cosigned before is not known", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

impl Folder {
    /// Makes the folder of a new key.
    ///
    /// # Errors
    /// [`FolderError::Exists`], [`FolderError::File`].
    pub fn make(path: &Path, key: &VerifyingKey) -> Result<(), FolderError> {
        let owner = path.join(OWNER);
        if owner.exists() {
            return Err(FolderError::Exists(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(fail(path))?;
        write(&owner, format!("{VERSION}{key}\n").as_bytes())
    }

    /// Opens the folder of a key for this process alone.
    ///
    /// # Errors
    /// [`FolderError::File`] if it was not made, [`FolderError::OtherKey`], [`FolderError::InUse`].
    pub fn open(path: &Path, key: &VerifyingKey) -> Result<Self, FolderError> {
        let owner = path.join(OWNER);
        let text = read(&owner)?.ok_or_else(|| FolderError::File {
            path: owner.clone(),
            source: io::ErrorKind::NotFound.into(),
        })?;
        let said = text.strip_prefix(VERSION).map(str::trim_end).unwrap_or_default();
        if said != key.to_string() {
            return Err(FolderError::OtherKey { path: path.to_owned(), key: said.to_owned() });
        }
        let name = path.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&name);
        let lock = lock.map_err(fail(&name))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(FolderError::File { path: name, source }),
        }
    }

    fn file(&self, origin: &Origin) -> PathBuf {
        self.path.join(Hash::of(&[origin.as_str().as_bytes()]).to_string())
    }

    /// Returns what was cosigned last of a log; `None` if nothing was.
    ///
    /// # Errors
    /// [`FolderError::File`], [`FolderError::Damaged`].
    pub(super) fn latest(
        &self,
        origin: &Origin,
        log_key: &VerifyingKey,
    ) -> Result<Option<Latest>, FolderError> {
        let path = self.file(origin);
        let Some(text) = read(&path)? else { return Ok(None) };
        let damaged = |why: String| FolderError::Damaged { path: path.clone(), why };
        let (head, note) =
            text.split_once('\n').ok_or_else(|| damaged("it has one line".to_owned()))?;
        let time = head.strip_prefix(VERSION).and_then(|time| time.parse().ok());
        let time = time.ok_or_else(|| damaged("its first line is no time".to_owned()))?;
        let checkpoint = SignedCheckpoint::verify(note.as_bytes(), log_key)
            .map_err(|error: CheckpointError| damaged(error.to_string()))?;
        Ok(Some(Latest { checkpoint, cosigned_at: UnixSeconds(time) }))
    }

    /// Keeps what is about to be cosigned: on the disk when this returns.
    ///
    /// # Errors
    /// [`FolderError::File`]: nothing may be cosigned then.
    pub(super) fn keep(&self, origin: &Origin, latest: &Latest) -> Result<(), FolderError> {
        let note = latest.checkpoint.note();
        // Lines of others that came along are nobody's business here, and no room is given to them.
        let own: Vec<_> =
            note.signatures().iter().filter(|l| l.name == origin.as_str()).cloned().collect();
        let note = Note::assemble(note.text(), &own, CHECKPOINT_LIMITS).map_err(|error| {
            FolderError::Damaged { path: self.file(origin), why: error.to_string() }
        })?;
        let mut bytes = format!("{VERSION}{}\n", latest.cosigned_at.0).into_bytes();
        bytes.extend(note.to_bytes());
        write(&self.file(origin), &bytes)
    }
}

fn fail(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::File { path, source }
}

fn read(path: &Path) -> Result<Option<String>, FolderError> {
    let len = match fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(path)(error)),
    };
    if len > FILE_LEN_MAX {
        let why = format!("it has {len} bytes, more than it can have");
        return Err(FolderError::Damaged { path: path.to_owned(), why });
    }
    fs::read_to_string(path).map(Some).map_err(fail(path))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let partial = path.with_extension("part");
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))
    });
    written.map_err(fail(path))
}
