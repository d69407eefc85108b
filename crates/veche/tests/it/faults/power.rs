//! A power cut: what was written and not synced is taken back from the files, all of it or by chance.
//!
//! The model is POSIX's: bytes and lengths are safe once their file was synced, names once their folder was. Of what was not, any of the
//! writes may be on the disk, in any order; of the names a first part, as a journalling file system writes them.

use super::Random;
use super::shim::{Call, Watch};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// What survives of what was not synced.
pub(super) enum Survives {
    /// Nothing.
    Nothing,
    /// Some of it, by a seed.
    Some(u64),
}

/// Takes back what was not synced when the last process ended.
pub(super) fn cut(place: &Path, watch: &Watch, survives: &Survives) {
    let place = place.canonicalize().unwrap();
    let calls = watch.calls();
    assert!(calls.iter().all(|call| call.operation != "mapped"), "writes by memory are not seen");
    let pending = pending(&calls);
    let files = Files { place, watch };
    for call in pending.iter().rev() {
        files.undo(call);
    }
    let Survives::Some(seed) = survives else { return };
    let mut random = Random(*seed);
    let names = pending.iter().filter(|call| is_of_names(call)).count() as u64;
    let mut names_left = random.below(names + 1);
    for call in &pending {
        let is_there = if is_of_names(call) {
            names_left = names_left.saturating_sub(1);
            names_left > 0
        } else {
            random.below(2) == 0
        };
        if is_there {
            files.redo(call);
        }
    }
}

fn is_of_names(call: &Call) -> bool {
    ["create", "rename", "unlink"].contains(&call.operation.as_str())
}

/// The changes that no sync came after.
fn pending(calls: &[Call]) -> Vec<Call> {
    let mut pending: Vec<Call> = Vec::new();
    for call in calls.iter().filter(|call| !call.failed()) {
        match call.operation.as_str() {
            "write" | "truncate" | "create" | "rename" | "unlink" => pending.push(call.clone()),
            "sync" => {
                pending.retain(|known| is_of_names(known) || known.inode != call.inode);
            }
            "sync-folder" => {
                pending.retain(|known| !is_of_names(known) || folder_of(known) != call.path);
            }
            _ => {}
        }
    }
    pending
}

fn folder_of(call: &Call) -> &Path {
    let name = if call.operation == "rename" { Path::new(names(call).1) } else { &call.path };
    name.parent().unwrap()
}

struct Files<'a> {
    place: PathBuf,
    watch: &'a Watch,
}

impl Files<'_> {
    /// Where a file is now, if it is.
    fn at(&self, inode: u64) -> Option<PathBuf> {
        let mut folders = vec![self.place.clone(), self.watch.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let found = entry.metadata().unwrap();
                if found.is_dir() {
                    folders.push(entry.path());
                } else if found.ino() == inode {
                    return Some(entry.path());
                }
            }
        }
        None
    }

    fn open(&self, inode: u64) -> Option<File> {
        OpenOptions::new().read(true).write(true).open(self.at(inode)?).ok()
    }

    fn aside(&self, call: &Call) -> PathBuf {
        self.watch.path().join(format!("made.{}", call.inode))
    }

    fn undo(&self, call: &Call) {
        let size = |n: i64| u64::try_from(n).unwrap();
        match call.operation.as_str() {
            "write" => {
                let Some(file) = self.open(call.inode) else { return };
                file.write_all_at(&call.old, size(call.a)).unwrap();
                file.set_len(size(call.b)).unwrap();
            }
            "truncate" => {
                let Some(file) = self.open(call.inode) else { return };
                file.set_len(size(call.a)).unwrap();
                file.write_all_at(&call.old, size(call.b)).unwrap();
            }
            "create" if call.path.exists() => fs::rename(&call.path, self.aside(call)).unwrap(),
            "rename" => {
                let (from, to) = names(call);
                fs::rename(to, from).unwrap();
                if call.a > 0 {
                    fs::hard_link(self.watch.kept(call.b, call.a), to).unwrap();
                }
            }
            "unlink" if call.a > 0 => {
                fs::hard_link(self.watch.kept(call.b, call.a), &call.path).unwrap();
            }
            _ => {}
        }
    }

    fn redo(&self, call: &Call) {
        let size = |n: i64| u64::try_from(n).unwrap();
        match call.operation.as_str() {
            "write" => {
                let Some(file) = self.open(call.inode) else { return };
                file.write_all_at(&call.new, size(call.a)).unwrap();
            }
            "truncate" => {
                let Some(file) = self.open(call.inode) else { return };
                file.set_len(size(call.b)).unwrap();
            }
            "create" if self.aside(call).exists() => {
                fs::rename(self.aside(call), &call.path).unwrap();
            }
            "rename" => {
                let (from, to) = names(call);
                if Path::new(from).exists() {
                    fs::rename(from, to).unwrap();
                }
            }
            "unlink" if call.path.exists() => fs::remove_file(&call.path).unwrap(),
            _ => {}
        }
    }
}

/// The two names of a renaming.
fn names(call: &Call) -> (&str, &str) {
    call.path.to_str().unwrap().split_once('>').unwrap()
}
