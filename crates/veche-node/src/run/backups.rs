//! Backups that a running node makes of itself, every so often (`formats/backup.md`).
//!
//! The store is frozen for the time of the writing, not the node: what it takes and says meanwhile goes into the write-ahead log.

use super::system_time;
use crate::backup::{self, BackupError, Snapshot};
use crate::http::Server;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use veche_ledger::PartyId;

/// Where a running node puts copies of its store, and when.
#[derive(Debug, Clone)]
pub struct BackupSetting {
    /// The folder.
    pub folder: PathBuf,
    /// How long from one to the next; the first is made at the start.
    pub every: Duration,
    /// How many are kept, the latest; `None`: all.
    pub keep: Option<NonZeroUsize>,
}

/// How the names of backups end.
const END: &str = ".backup";

/// Length of the hour in a name: `20261126T140000Z`.
const STAMP_LEN: usize = 16;

/// Makes backups until it is told to end. One that fails is told, leaves no file, and is tried again at the next hour due.
pub(super) fn keep_backups(server: &Server, setting: &BackupSetting, ended: &Receiver<()>) {
    loop {
        match one(server, setting) {
            None => return,
            Some(Ok(file)) => tracing::info!(file = %file.display(), "a backup was made"),
            Some(Err(error)) => tracing::error!(%error, "the backup was not made"),
        }
        if ended.recv_timeout(setting.every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Makes one backup. `None`: there is no node to make one of any more.
fn one(server: &Server, setting: &BackupSetting) -> Option<Result<PathBuf, BackupError>> {
    let now = system_time();
    let begun = server.read_site(|site| {
        let node = site.only_node()?;
        let name = format!("{}-{}{END}", node.party(), stamp(&now.to_string()));
        Some((node.party().clone(), setting.folder.join(name), backup::begin(node.store())))
    });
    let (party, file, begun) = begun.flatten()?;
    let fail = |error| BackupError { path: file.clone(), what: backup::BackupFault::Store(error) };
    let written = match begun.map_err(fail) {
        Ok(snapshot) => write(&snapshot, &file, now),
        Err(error) => Err(error),
    };
    let thawed = server.read_site(|site| site.only_node().map(|node| backup::end(node.store())));
    let done = written.and_then(|()| thawed.flatten().unwrap_or(Ok(())).map_err(fail));
    if let (Ok(()), Some(keep)) = (&done, setting.keep) {
        remove_old(&setting.folder, &party, keep, &file);
    }
    Some(done.map(|()| file))
}

fn write(
    snapshot: &Snapshot,
    file: &Path,
    now: veche_ledger::UnixSeconds,
) -> Result<(), BackupError> {
    snapshot.write(file, false, now).map(drop)
}

/// Returns an hour as it stands in a name.
fn stamp(time: &str) -> String {
    time.chars().filter(|c| c.is_ascii_alphanumeric()).collect()
}

/// Removes all backups of a party's node but the one just made and the latest beside it: after a clock was set back these are not the same.
/// What is not named as they are is left alone.
fn remove_old(folder: &Path, party: &PartyId, keep: NonZeroUsize, made: &Path) {
    let is_stamp = |text: &str| text.len() == STAMP_LEN && text.ends_with('Z') && text.is_ascii();
    let is_one = |name: &str| {
        let stamp = name.strip_prefix(party.as_str()).and_then(|rest| rest.strip_prefix('-'));
        stamp.and_then(|rest| rest.strip_suffix(END)).is_some_and(is_stamp)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_one(name) && made.file_name().is_none_or(|made| made != name.as_str()))
        .collect();
    names.sort_unstable();
    let old = (names.len() + 1).saturating_sub(keep.get());
    for name in names.iter().take(old) {
        if let Err(error) = fs::remove_file(folder.join(name)) {
            tracing::warn!(name, %error, "an old backup cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_backups_are_kept_and_other_files_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let name =
            |day: u32| format!("arven-{}.backup", stamp(&format!("2026-11-{day}T14:00:00Z")));
        let others = ["arven-.backup", "belm-20261126T140000Z.backup", "arven-by-hand.backup"];
        for name in [10, 11, 12, 13].map(name).iter().map(String::as_str).chain(others) {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let (party, two) = (PartyId::parse("arven").unwrap(), NonZeroUsize::new(2).unwrap());
        let left = |name: &str| folder.path().join(name).exists();
        let left = || [10, 11, 12, 13].map(|day| left(&name(day)));
        remove_old(folder.path(), &party, two, &folder.path().join(name(13)));
        assert_eq!(left(), [false, false, true, true]);
        // The clock was set back since: what was made last has not the latest name.
        fs::write(folder.path().join(name(10)), "").unwrap();
        remove_old(folder.path(), &party, two, &folder.path().join(name(10)));
        assert_eq!(left(), [true, false, false, true]);
        assert!(others.iter().all(|name| folder.path().join(name).exists()));
    }
}
