//! A log as files that any web server can serve (`formats/monitor.md`, section 1).

use crate::node::{Node, NodeError};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use veche_charter::act::Readers;
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::Record;
use veche_ledger::sync::{Resource, openings_bytes};
use veche_ledger::tile::{TILE_WIDTH, TileKind, TilePath, tiles_between};
use veche_ledger::{LeafIndex, Note, Origin, UnixSeconds};

/// How much of a log is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Hashes and checkpoint: that nothing was changed can be followed, and nothing read.
    Hashes,
    /// The records too, without their contents: who said when what kind of thing.
    Headers,
    /// And the contents that everybody may read.
    Public,
}

/// Why a log was not published. The checkpoint there is the last one that was whole.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Nothing is held of it.
    #[error("no signed record of `{0}` is held here")]
    NotHeld(Origin),
    /// The folder has another history.
    #[error("`{}` is there with other bytes: this folder has another log, or another history of this one; nothing is overwritten", .0.display())]
    OtherBytes(PathBuf),
    /// A file cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// Writes what is new of a log below `FOLDER/ORIGIN`, the checkpoint last; returns how many records it covers and how many files are new.
///
/// # Errors
/// [`PublishError`].
pub fn publish(
    node: &Node,
    log: &Origin,
    folder: &Path,
    depth: Depth,
) -> Result<(u64, u64), PublishError> {
    let size = node.signed_size_of(log);
    let checkpoint = checkpoint(node, log, size)?;
    let root = folder.join(log.as_str());
    let mut new = 0;
    for path in tiles_between(0, size) {
        if path.kind() == TileKind::Entries && depth == Depth::Hashes {
            continue;
        }
        // Tiles are for everyone, at any time.
        let tile = Resource::Tile(log.clone(), path);
        let bytes = node.serve(&BTreeSet::new(), &tile, UnixSeconds(0))?;
        let bytes = bytes.ok_or_else(|| PublishError::NotHeld(log.clone()))?;
        new += u64::from(keep(&root.join(path.to_string()), &bytes)?);
        if path.kind() == TileKind::Entries && depth == Depth::Public {
            let openings = public_openings(node, log, path)?;
            let name = path.to_string().replacen("tile/entries", "openings", 1);
            // Labels run out, and words are taken back: what everybody may read changes.
            new += u64::from(replace(&root.join(name), &openings)?);
        }
    }
    write(&root.join("checkpoint"), &checkpoint)?;
    Ok((size, new))
}

/// Returns the checkpoint with the cosignatures on just that size.
fn checkpoint(node: &Node, log: &Origin, size: u64) -> Result<Vec<u8>, PublishError> {
    let none = || PublishError::NotHeld(log.clone());
    let note = node.checkpoint_note(log).filter(|_| size > 0).ok_or_else(none)?;
    let mut note = Note::parse(&note, CHECKPOINT_LIMITS).map_err(|_| none())?;
    let mut lines = note.signatures().to_vec();
    let carried = node.carried_cosignatures(log)?;
    lines.extend(carried.into_iter().filter(|(of, _)| *of == size).map(|(_, line)| line));
    if let Ok(whole) = Note::assemble(note.text(), &lines, CHECKPOINT_LIMITS) {
        note = whole;
    }
    Ok(note.to_bytes())
}

/// Returns the openings of a bundle that everybody may read by every charter that was in force.
fn public_openings(node: &Node, log: &Origin, path: TilePath) -> Result<Vec<u8>, PublishError> {
    let (start, width) = (path.index() * TILE_WIDTH, u64::from(path.width()));
    let entries = node.store().entries(log, start, width).map_err(NodeError::from)?;
    let is_public = |index: u64, leaf: &[u8], opening: &[u8]| {
        let Ok(record) = Record::decode(log, LeafIndex(index), leaf) else { return false };
        let header = record.header();
        let opens = Opening::from_bytes(Domain::Terms, opening);
        let is_its = opens.is_ok_and(|opening| opening.check(Domain::Terms, &header.terms).is_ok());
        let is_everyones = node
            .council()
            .charters()
            .all(|version| matches!(version.charter.readers(&header.label), Readers::Everyone));
        let is_whole = node.council().redacted_at(log, index).is_none();
        !header.is_sealed() && is_its && is_everyones && is_whole
    };
    let openings: Vec<Option<Vec<u8>>> = (start..)
        .zip(entries)
        .map(|(index, entry)| {
            entry.opening.filter(|opening| is_public(index, &entry.leaf, opening))
        })
        .collect();
    Ok(openings_bytes(openings.iter().map(Option::as_deref)))
}

/// Writes a file that never changes; one that is there stays. Returns whether it is new.
fn keep(path: &Path, bytes: &[u8]) -> Result<bool, PublishError> {
    match fs::read(path) {
        Ok(there) if there == bytes => Ok(false),
        Ok(_) => Err(PublishError::OtherBytes(path.to_owned())),
        Err(_) => write(path, bytes).map(|()| true),
    }
}

/// Writes a file that may change. Returns whether it is another one now.
fn replace(path: &Path, bytes: &[u8]) -> Result<bool, PublishError> {
    match fs::read(path) {
        Ok(there) if there == bytes => Ok(false),
        Ok(_) | Err(_) => write(path, bytes).map(|()| true),
    }
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
    let fail = |source| PublishError::File { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(fail)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = File::create(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // Best effort: the first error is the one to tell.
        let _kept = fs::remove_file(&partial);
    }
    written.map_err(fail)
}
