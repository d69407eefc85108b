//! Files read whole within a limit, and written whole or not at all.

use crate::failure::{Failure, FailureKind};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

/// What stands for standard input.
pub(crate) const STDIN: &str = "-";

/// Reads a file of at most `len_max` bytes.
///
/// # Errors
/// [`FailureKind::NoFile`], [`FailureKind::Directory`], [`FailureKind::Read`], [`FailureKind::TooLong`].
pub(crate) fn read(path: &Path, len_max: u64) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| Failure::reading(path, error))?;
    bounded(file, path, len_max)
}

/// Reads a file, or standard input where the path is [`STDIN`].
///
/// # Errors
/// As [`read`].
pub(crate) fn read_input(path: &Path, len_max: u64) -> Result<Vec<u8>, Failure> {
    if path.as_os_str() == STDIN {
        return bounded(io::stdin().lock(), Path::new("standard input"), len_max);
    }
    read(path, len_max)
}

fn bounded(from: impl Read, path: &Path, len_max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = from.take(len_max.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Failure::reading(path, error))?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= len_max) {
        Ok(bytes)
    } else {
        Err(Failure::new(FailureKind::TooLong { path: path.to_owned(), len_max }))
    }
}

/// Writes a file whole: a write that fails or is cut short leaves what was there before.
///
/// The bytes go to a file beside it, to the disk, and then take the name; the directory goes to the disk last, so that the
/// name is there after a loss of power.
///
/// # Errors
/// [`FailureKind::Write`].
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes, Readers::Others)
}

/// Writes a file as [`write()`], for its owner alone: rights of a file that was there before are not believed.
///
/// # Errors
/// As [`write()`].
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    put(path, bytes, Readers::OwnerAlone)
}

/// Who may read a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Whoever the process's own mask lets.
    Others,
    OwnerAlone,
}

fn put(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Failure> {
    let beside = beside(path);
    let written = write_through(&beside, bytes, readers).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // Best effort: the first error is the one to tell.
        let _kept = fs::remove_file(&beside);
        return Err(Failure::writing(path, error));
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    sync_directory(directory.unwrap_or(Path::new(".")))
        .map_err(|error| Failure::writing(path, error))
}

/// Returns the name that a file has until it is whole: of this process, since two may write beside each other.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{UNFINISHED}", std::process::id()))
}

/// How the name of an unfinished file ends.
const UNFINISHED: &str = ".part";

/// Removes what a process that was killed while writing left in a directory; the caller knows that no other writes there.
pub(crate) fn remove_unfinished(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(UNFINISHED) {
            // What cannot be removed does no harm but take room.
            let _kept = fs::remove_file(entry.path());
        }
    }
}

fn write_through(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    match readers {
        Readers::Others => options.create(true).truncate(true),
        Readers::OwnerAlone => {
            if path.exists() {
                // Left by a killed process of the same number, with whatever rights.
                fs::remove_file(path)?;
            }
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.create_new(true)
        }
    };
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file, and the rename is journalled.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_refused_and_one_at_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("four");
        fs::write(&path, b"1234").unwrap();
        assert_eq!(read(&path, 4).unwrap(), b"1234");
        let refused = read(&path, 3).unwrap_err();
        assert!(matches!(*refused.what, FailureKind::TooLong { len_max: 3, .. }), "{refused:?}");
    }

    #[test]
    fn a_write_that_fails_leaves_what_was_there_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        // A directory that is not empty cannot be replaced by a file.
        let path = dir.path().join("taken");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), b"old").unwrap();
        let failed = write(&path, b"new").unwrap_err();
        assert!(matches!(*failed.what, FailureKind::Write { .. }), "{failed:?}");
        assert_eq!(fs::read(path.join("old")).unwrap(), b"old");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_takes_the_place_of_an_open_one_and_is_never_absent() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("links.json");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        // Somebody who holds the old file open goes on reading the old one: it was replaced, not emptied.
        let mut held = File::open(&path).unwrap();
        write_private(&path, b"new").unwrap();
        let mut old = String::new();
        held.read_to_string(&mut old).unwrap();
        assert_eq!((old.as_str(), fs::read(&path).unwrap().as_slice()), ("old", &b"new"[..]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_unfinished_files_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        for name in [".x.parquet.12.part", "x.parquet", ".lock", "notes.part"] {
            fs::write(dir.path().join(name), b"").unwrap();
        }
        remove_unfinished(dir.path());
        let left: std::collections::BTreeSet<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [".lock", "notes.part", "x.parquet"]);
    }
}
