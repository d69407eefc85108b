//! A few lines beside a store's file: how long the logs kept there had become when last one was written to.
//!
//! A copy of the file that is put back with `cp` knows nothing of what was said since; these lines, which are not in it, do. They are written
//! after a record is on the disk and need not reach it themselves: they may say too little, never too much. `formats/backup.md`.

use super::Store;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use veche_ledger::{Hash, Origin};

/// How the name ends.
const END: &str = ".sizes";

/// The first line.
const FIRST_LINE: &str = "veche sizes v1";

/// Longest that is read, in bytes: some hundred logs.
const LEN_MAX: u64 = 64 * 1024;

impl Store {
    /// Writes how long these logs are. `genesis`: the organisation's, so that another's store of the same name is not taken for this one.
    ///
    /// # Errors
    /// [`io::Error`]: what was there before still is. Nothing in the store depends on it.
    pub(crate) fn put_sizes_beside(
        &self,
        genesis: &Hash,
        sizes: &BTreeMap<Origin, u64>,
    ) -> io::Result<()> {
        self.beside().map_or(Ok(()), |file| put(&file, genesis, sizes))
    }

    /// Returns what [`Self::put_sizes_beside`] wrote last. What cannot be read says nothing.
    pub(crate) fn sizes_beside(&self, genesis: &Hash) -> BTreeMap<Origin, u64> {
        let read = || {
            let mut text = String::new();
            let file = fs::File::open(self.beside()?).ok()?;
            file.take(LEN_MAX).read_to_string(&mut text).ok()?;
            let rest = text.strip_prefix(&format!("{FIRST_LINE}\n{genesis}\n"))?;
            // A last line without its end was cut short.
            let lines = rest.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            let size = |line: &str| {
                let (log, size) = line.split_once(' ')?;
                Some((Origin::parse(log).ok()?, size.parse().ok()?))
            };
            lines.map(size).collect::<Option<_>>()
        };
        read().unwrap_or_default()
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`io::Error`] if it cannot be removed.
    pub(crate) fn remove_sizes_beside(&self) -> io::Result<()> {
        let Some(file) = self.beside() else { return Ok(()) };
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns its path; a store that is no file has none.
    fn beside(&self) -> Option<PathBuf> {
        self.path().is_file().then(|| super::place::beside(self.path(), END))
    }
}

/// Writes how long logs are into the file beside the store at `store`: as [`Store::put_sizes_beside`], for whoever does not hold the store.
///
/// # Errors
/// As there.
pub(crate) fn put_sizes_beside(
    store: &Path,
    genesis: &Hash,
    sizes: &BTreeMap<Origin, u64>,
) -> io::Result<()> {
    put(&super::place::beside(store, END), genesis, sizes)
}

fn put(file: &Path, genesis: &Hash, sizes: &BTreeMap<Origin, u64>) -> io::Result<()> {
    let lines: String = sizes.iter().map(|(log, size)| format!("{log} {size}\n")).collect();
    let unfinished = super::place::beside(file, ".part");
    let written = fs::write(&unfinished, format!("{FIRST_LINE}\n{genesis}\n{lines}"));
    written.and_then(|()| fs::rename(&unfinished, file)).inspect_err(|_| {
        let _gone = fs::remove_file(&unfinished);
    })
}

#[cfg(test)]
mod tests {
    use super::super::Durability;
    use super::*;

    #[test]
    fn sizes_are_read_as_they_were_written_and_anything_else_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("node.db"), Durability::Full).unwrap();
        let file = folder.path().join("node.db.sizes");
        let (genesis, other) = (Hash([1; 32]), Hash([2; 32]));
        let log = Origin::parse("six-rivers.example/orvessa/1").unwrap();
        let sizes = BTreeMap::from([(log, 812)]);
        assert_eq!(store.sizes_beside(&genesis), BTreeMap::new());
        store.put_sizes_beside(&genesis, &sizes).unwrap();
        assert_eq!(store.sizes_beside(&genesis), sizes);
        assert_eq!(store.sizes_beside(&other), BTreeMap::new(), "another organisation's");
        let whole = fs::read(&file).unwrap();
        for bad in [&whole[..whole.len() - 1], &whole[..20], b"", b"\xff\xfe", &[b'a'; 200_000]] {
            fs::write(&file, bad).unwrap();
            assert_eq!(store.sizes_beside(&genesis), BTreeMap::new());
        }
        store.remove_sizes_beside().unwrap();
        store.remove_sizes_beside().unwrap();
        assert!(!file.exists());
    }
}
