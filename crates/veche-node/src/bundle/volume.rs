//! A volume of a bundle as read: all of it is looked at, from end to end, before anything in it is used.

use super::sealed::SealedFile;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use veche_ledger::age::Identity;
use veche_ledger::bundle::manifest::MANIFEST_LEN_MAX;
use veche_ledger::bundle::tar::{self, BLOCK_LEN, Head};
use veche_ledger::bundle::{FileLine, Manifest, Member, NotAManifest};
use veche_ledger::sync::Resource;
use veche_ledger::tile::{TileKind, TilePath, parse_bundle, tile_bytes};
use veche_ledger::{Hash, PartyId, tree};

/// What is wrong with a volume, and which.
#[derive(Debug, thiserror::Error)]
#[error("bundle `{}`: {what}", path.display())]
pub struct VolumeError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub what: BundleFault,
}

/// What is wrong with a volume of a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleFault {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    File(#[from] io::Error),
    /// Another file.
    #[error("it is no bundle: `veche bundle export` writes them")]
    NotABundle,
    /// No key of this node opens it.
    #[error(
        "no key of this node opens it: it is for another party's node, or for a log key that is not in this store; ask its sender for whom it was made"
    )]
    NoKey,
    /// Cut, or changed.
    #[error(
        "it was cut short or changed on the way; copy it again from the medium, or ask for another"
    )]
    Damaged,
    /// A member of another form.
    #[error(
        "member {number} is not of the form of a bundle: {why}; whoever made it did not use this program"
    )]
    Member {
        /// Its number, the manifest's is 1.
        number: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The manifest.
    #[error("its manifest: {0}")]
    Manifest(#[from] NotAManifest),
    /// What is in it is not what its manifest lists.
    #[error("`{0}` is not as its manifest lists it")]
    Differs(String),
    /// Made in another organisation.
    #[error("it was made in another organisation: {0}")]
    Foreign(String),
    /// For another party's node.
    #[error("it is for the node of `{0}`")]
    ForAnother(PartyId),
    /// Made by the node that reads it.
    #[error("this node made it itself: take it to the node of `{0}`")]
    Own(PartyId),
    /// Two volumes contradict one another.
    #[error("it contradicts another volume of the same bundle: {0}")]
    Volumes(&'static str),
}

/// A volume that was read from end to end: encrypted for this node, of the form, and with just the files that its manifest lists.
#[derive(Debug)]
pub struct Volume {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself. Its signature is for whoever knows the keys.
    pub manifest: Manifest,
    /// The manifest's note.
    pub(super) note: Vec<u8>,
    file: SealedFile,
    /// Where each member's bytes begin, and how many there are.
    places: BTreeMap<Member, (u64, u64)>,
}

impl Volume {
    /// Reads a volume from end to end.
    ///
    /// # Errors
    /// [`VolumeError`] with [`BundleFault::File`] to [`BundleFault::Differs`].
    pub fn open(path: &Path, identities: &[Identity]) -> Result<Self, VolumeError> {
        let fail = |what| VolumeError { path: path.to_owned(), what };
        let mut file = SealedFile::open(path, identities).map_err(fail)?;
        let (note, manifest, end) = read_manifest(&mut file).map_err(fail)?;
        let places = read_members(&mut file, &manifest, end).map_err(fail)?;
        Ok(Self { path: path.to_owned(), manifest, note, file, places })
    }

    /// Returns the bytes of a member; `None` if it is not in this volume.
    ///
    /// # Errors
    /// [`BundleFault::File`], [`BundleFault::Damaged`] if the file changed since it was opened.
    pub fn read(&mut self, member: &Member) -> Result<Option<Vec<u8>>, BundleFault> {
        let Some((at, len)) = self.places.get(member).copied() else { return Ok(None) };
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        self.file.read_exact(at, len).map(Some)
    }

    /// Returns what a node serves under a path. A tile of leaf hashes that is not there follows from the entries.
    pub(super) fn serve(&mut self, what: &Resource) -> Result<Option<Vec<u8>>, BundleFault> {
        if let Some(bytes) = self.read(&Member::Resource(what.clone()))? {
            return Ok(Some(bytes));
        }
        let Resource::Tile(log, path) = what else { return Ok(None) };
        if path.kind() != TileKind::Hashes(0) {
            return Ok(None);
        }
        let entries = TilePath::new(TileKind::Entries, path.index(), path.width());
        let Some(entries) = entries.map(|path| Resource::Tile(log.clone(), path)) else {
            return Ok(None);
        };
        let Some(bytes) = self.read(&Member::Resource(entries))? else { return Ok(None) };
        let Ok(entries) = parse_bundle(&bytes, path.width()) else { return Ok(None) };
        let leaves: Vec<Hash> = entries.into_iter().map(tree::leaf_hash).collect();
        Ok(Some(tile_bytes(&leaves)))
    }
}

/// Reads the manifest; returns its note, what it says, and where the next member begins.
fn read_manifest(file: &mut SealedFile) -> Result<(Vec<u8>, Manifest, u64), BundleFault> {
    let fault = |why| BundleFault::Member { number: 1, why };
    let len = match read_head(file, 0).map_err(|why| why.at(1))? {
        Head::Member { path, len } if path == "manifest" => len,
        Head::Member { .. } | Head::End => return Err(fault("the first one is no manifest")),
    };
    let fits = usize::try_from(len).ok().filter(|len| *len <= MANIFEST_LEN_MAX);
    let len = fits.ok_or_else(|| fault("it is longer than a manifest can be"))?;
    let note = file.read_exact(BLOCK_LEN as u64, len)?;
    let end = pad(file, BLOCK_LEN as u64 + len as u64).map_err(|why| why.at(1))?;
    let manifest = Manifest::claimed(&note)?;
    Ok((note, manifest, end))
}

/// Looks at all members after the manifest: just those that it lists, in their order, and then the end.
fn read_members(
    file: &mut SealedFile,
    manifest: &Manifest,
    mut at: u64,
) -> Result<BTreeMap<Member, (u64, u64)>, BundleFault> {
    let mut places = BTreeMap::new();
    for (number, FileLine { member, len, sha256 }) in (2..).zip(&manifest.files) {
        let differs = || BundleFault::Differs(member.to_string());
        let found = match read_head(file, at).map_err(|why| why.at(number))? {
            Head::Member { path, len } => (path, len),
            Head::End => return Err(differs()),
        };
        if Member::parse(&found.0).is_none() {
            let why = "its path is none of a bundle";
            return Err(BundleFault::Member { number, why });
        }
        if found != (member.to_string(), *len) {
            return Err(differs());
        }
        let begin = at + BLOCK_LEN as u64;
        if hash_of(file, begin, *len)? != *sha256 {
            return Err(differs());
        }
        if places.insert(member.clone(), (begin, *len)).is_some() {
            return Err(BundleFault::Member { number, why: "there is one of that path already" });
        }
        at = pad(file, begin + len).map_err(|why| why.at(number))?;
    }
    let number = manifest.files.len() + 2;
    for _ in 0..2 {
        if read_head(file, at).map_err(|why| why.at(number))? != Head::End {
            return Err(BundleFault::Member { number, why: "its manifest does not list it" });
        }
        at += BLOCK_LEN as u64;
    }
    if at != file.len() {
        return Err(BundleFault::Member { number, why: "bytes follow the end" });
    }
    Ok(places)
}

/// What is wrong with a member whose number is still to be told.
enum Odd {
    Form(&'static str),
    Fault(BundleFault),
}

impl Odd {
    fn at(self, number: usize) -> BundleFault {
        match self {
            Self::Form(why) => BundleFault::Member { number, why },
            Self::Fault(fault) => fault,
        }
    }
}

fn read_head(file: &mut SealedFile, at: u64) -> Result<Head, Odd> {
    if file.len().saturating_sub(at) < BLOCK_LEN as u64 {
        return Err(Odd::Form("the archive ends before it"));
    }
    let bytes = file.read_exact(at, BLOCK_LEN).map_err(Odd::Fault)?;
    let block = bytes.first_chunk::<BLOCK_LEN>().and_then(tar::parse);
    block.ok_or(Odd::Form("its header is not that of a plain file"))
}

/// Returns where the block ends in which a place is; what lies between is zero.
fn pad(file: &mut SealedFile, at: u64) -> Result<u64, Odd> {
    let end = at.next_multiple_of(BLOCK_LEN as u64);
    if end > file.len() {
        return Err(Odd::Form("the archive ends within it"));
    }
    let len = usize::try_from(end - at).unwrap_or_default();
    let padding = file.read_exact(at, len).map_err(Odd::Fault)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(Odd::Form("something is hidden behind its end"));
    }
    Ok(end)
}

fn hash_of(file: &mut SealedFile, begin: u64, len: u64) -> Result<Hash, BundleFault> {
    let (mut hasher, mut done) = (Sha256::new(), 0);
    while done < len {
        let room = usize::try_from(len - done).unwrap_or(usize::MAX);
        let some = file.read_some(begin + done, room)?;
        if some.is_empty() {
            return Err(BundleFault::Damaged);
        }
        hasher.update(some);
        done += some.len() as u64;
    }
    Ok(Hash(hasher.finalize().into()))
}
