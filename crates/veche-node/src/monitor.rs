//! A log as anybody can look at it (`formats/monitor.md`): checked whole in a folder, and followed from one checkpoint to the next.

mod compare;

pub use compare::{Continues, Divergence, compare};

use crate::intake::feed::Seal;
use crate::intake::fetch::{Fetcher, Limits};
use crate::run::system_time;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use url::Url;
use veche_charter::Charter;
use veche_council::ingest;
use veche_council::redaction::Content;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::keyring::KeyringFault;
use veche_ledger::record::{Record, Signed};
use veche_ledger::sync::{Resource, parse_openings};
use veche_ledger::tile::{
    TILE_HEIGHT, TILE_WIDTH, TileKind, TilePath, node_from_tiles, parse_bundle, parse_tile,
    tile_bytes,
};
use veche_ledger::{
    Checkpoint, Frontier, Hash, Keyring, LeafIndex, Origin, PartyId, SignedCheckpoint,
    VerifyingKey, tree,
};

/// Deepest folder in which a log is looked for: an origin of so many parts.
const DEPTH_MAX: usize = 12;

/// Most faults that a report lists; all are counted.
const FAULTS_LISTED_MAX: usize = 100;

/// Where a log is published.
#[derive(Debug)]
pub enum Source {
    /// The log's own folder.
    Folder(PathBuf),
    /// The log's own address, below which its files are.
    Web(Box<Fetcher>, Url),
}

/// Why something that is published cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file.
    #[error("cannot read `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A server.
    #[error("`{url}`: {why}")]
    Web {
        /// The address.
        url: String,
        /// What it answered.
        why: String,
    },
    /// More bytes than such a file can have.
    #[error("`{0}` is longer than it can be")]
    TooLong(String),
}

impl Source {
    /// Returns the source that a text names: an `http` or `https` address, or a folder.
    ///
    /// # Errors
    /// The text, if it is an address that cannot be one.
    pub fn of(text: &str) -> Result<Self, String> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Folder(PathBuf::from(text)));
        }
        let url = Url::parse(&format!("{}/", text.trim_end_matches('/')));
        let url = url.map_err(|error| format!("`{text}` is no address: {error}"))?;
        Ok(Self::Web(Box::new(Fetcher::new(Limits::default())), url))
    }

    /// Returns the bytes of a file of the log; `None` if it is not there.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn get(&self, name: &str, len_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
        match self {
            Self::Folder(folder) => read(&folder.join(name), len_max),
            Self::Web(fetcher, url) => ask(fetcher, url, name, len_max),
        }
    }
}

fn read(path: &Path, len_max: usize) -> Result<Option<Vec<u8>>, SourceError> {
    let fail = |source| SourceError::File { path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let mut bytes = Vec::new();
    file.take(len_max as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() > len_max {
        return Err(SourceError::TooLong(path.display().to_string()));
    }
    Ok(Some(bytes))
}

fn ask(
    fetcher: &Fetcher,
    url: &Url,
    name: &str,
    len_max: usize,
) -> Result<Option<Vec<u8>>, SourceError> {
    let fail = |why: String| SourceError::Web { url: format!("{url}{name}"), why };
    let at = url.join(name).map_err(|error| fail(error.to_string()))?;
    // Whoever follows a log names its address: one of a private network is meant.
    let got = fetcher.get(&at, &Seal::default(), true, len_max as u64, system_time());
    let got = got.map_err(|error| fail(error.to_string()))?;
    match got.status {
        200 => Ok(Some(got.body)),
        404 | 410 => Ok(None),
        status => Err(fail(format!("it answers with status {status}"))),
    }
}

/// Who cosigned a checkpoint, and how many of them the charter asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cosigned {
    /// Witnesses whose cosignature is good, by party.
    pub by: BTreeSet<String>,
    /// Outside witnesses whose cosignature is good, by the charter's name for them: they saw the checkpoint, and no record.
    pub outside: BTreeSet<String>,
    /// How many it takes: of parties' nodes alone, or of both where the charter says how many vouch for a history.
    pub quorum: u32,
}

impl Cosigned {
    /// Returns how many cosigned that count.
    #[must_use]
    pub fn count(&self) -> usize {
        self.by.len() + self.outside.len()
    }

    /// Returns true if enough witnesses cosigned.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        self.count() >= usize::try_from(self.quorum).unwrap_or(usize::MAX)
    }
}

/// Counts the cosignatures on a checkpoint by those whose nodes witness this log.
fn cosigned(charter: &Charter, signed: &SignedCheckpoint) -> Cosigned {
    let owner = PartyId::parse(signed.checkpoint().origin.party()).ok();
    let witnesses = ingest::witness_keys(charter).into_iter().filter(|(party, _)| {
        owner.as_ref().is_some_and(|owner| veche_council::times::witnesses(charter, party, owner))
    });
    let is_good = |key: &VerifyingKey| !signed.cosignatures(std::slice::from_ref(key)).is_empty();
    let by = witnesses.filter(|(_, key)| is_good(key)).map(|(party, _)| party.to_string());
    let outside = charter.outside.iter().filter(|(_, witness)| is_good(&witness.key));
    Cosigned {
        by: by.collect(),
        outside: outside.map(|(name, _)| name.to_string()).collect(),
        quorum: charter.witnessing.histories.unwrap_or(charter.witnessing.quorum),
    }
}

/// What a check of one published log found.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct LogReport {
    /// The log.
    pub log: String,
    /// Records that its checkpoint covers.
    pub size: u64,
    /// Records that are there, of the form, signed by keys that the charter lists.
    pub records: u64,
    /// Contents that match their records.
    pub openings: u64,
    /// Tiles of hashes that are what is below them.
    pub tiles: u64,
    /// Who cosigned the checkpoint.
    pub cosigned: Cosigned,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first of them.
    pub faults: Vec<String>,
}

impl LogReport {
    fn fault(&mut self, place: impl std::fmt::Display, what: impl std::fmt::Display) {
        self.fault_count += 1;
        if self.faults.len() < FAULTS_LISTED_MAX {
            self.faults.push(format!("{place}: {what}"));
        }
    }
}

/// Finds the logs below a folder: the relative paths of those with a checkpoint.
///
/// # Errors
/// [`SourceError::File`].
pub fn logs_in(folder: &Path) -> Result<Vec<Origin>, SourceError> {
    let mut found = Vec::new();
    look(folder, "", 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn look(
    folder: &Path,
    name: &str,
    depth: usize,
    found: &mut Vec<Origin>,
) -> Result<(), SourceError> {
    let here = folder.join(name);
    let fail = |source| SourceError::File { path: here.clone(), source };
    if here.join("checkpoint").is_file() {
        found.extend(Origin::parse(name).ok());
        return Ok(());
    }
    for entry in fs::read_dir(&here).map_err(fail)?.flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let below = entry.file_name().to_string_lossy().into_owned();
        if is_folder && depth < DEPTH_MAX {
            let name = if name.is_empty() { below } else { format!("{name}/{below}") };
            look(folder, &name, depth + 1, found)?;
        }
    }
    Ok(())
}

/// Checks a published log from its raw bytes up: entries, tree, checkpoint, cosignatures, keys by a charter.
///
/// # Errors
/// [`SourceError`] if something cannot be read at all; what is wrong in it is in the report.
pub fn verify(source: &Source, log: &Origin, charter: &Charter) -> Result<LogReport, SourceError> {
    let mut report = LogReport { log: log.to_string(), ..LogReport::default() };
    let Some((signed, keyring)) = head(source, log, charter, &mut report)? else {
        return Ok(report);
    };
    report.size = signed.checkpoint().size;
    report.cosigned = cosigned(charter, &signed);
    let mut leaves = Vec::new();
    for (index, path) in (0..).zip(bundles(report.size)) {
        match bundle(source, log, &keyring, path, &mut report)? {
            Some(of_bundle) => leaves.extend(of_bundle),
            None => {
                let place = format!("tile/0 and tile/entries, number {index}");
                report.fault(place, "neither is there whole: what follows cannot be checked");
                return Ok(report);
            }
        }
    }
    check_tiles(source, &leaves, &mut report)?;
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.append(*leaf));
    if frontier.root() != signed.checkpoint().root {
        report.fault("checkpoint", "what is there does not give the root that it signs");
    }
    Ok(report)
}

/// Reads the checkpoint and finds the log's key.
pub(crate) fn head(
    source: &Source,
    log: &Origin,
    charter: &Charter,
    report: &mut LogReport,
) -> Result<Option<(SignedCheckpoint, Keyring)>, SourceError> {
    let mut keyring = match ingest::keyring(charter) {
        Ok(keyring) => keyring,
        Err(error) => {
            report.fault("charter", error);
            return Ok(None);
        }
    };
    let what = Resource::Checkpoint(log.clone());
    let Some(note) = source.get("checkpoint", what.len_max())? else {
        report.fault("checkpoint", "it is not there");
        return Ok(None);
    };
    if keyring.log(log).is_none() {
        // The first record of a later epoch brings its key, signed by the party's root key.
        if let Err(why) = introduce(source, log, &note, &mut keyring)? {
            report.fault("key", why);
        }
    }
    let Some(key) = keyring.log(log).map(|keys| keys.log_key().clone()) else {
        report.fault("key", "the charter lists no key of this log");
        return Ok(None);
    };
    match SignedCheckpoint::verify(&note, &key) {
        Ok(signed) if signed.checkpoint().origin == *log => Ok(Some((signed, keyring))),
        Ok(_) => {
            report.fault("checkpoint", "it is of another log");
            Ok(None)
        }
        Err(error) => {
            report.fault("checkpoint", error);
            Ok(None)
        }
    }
}

fn introduce(
    source: &Source,
    log: &Origin,
    note: &[u8],
    keyring: &mut Keyring,
) -> Result<Result<(), KeyringFault>, SourceError> {
    let size = SignedCheckpoint::claimed(note).map_or(0, |Checkpoint { size, .. }| size);
    let Some(path) = bundles(size).next() else { return Ok(Ok(())) };
    let what = Resource::Openings(log.clone(), path);
    let name = path.to_string().replacen("tile/entries", "openings", 1);
    let Some(bytes) = source.get(&name, what.len_max())? else { return Ok(Ok(())) };
    let openings = parse_openings(&bytes, path.width()).unwrap_or_default();
    let first = openings.first().copied().flatten();
    let opening = first.and_then(|bytes| Opening::from_bytes(Domain::Terms, bytes).ok());
    let Some(opening) = opening else { return Ok(Ok(())) };
    Ok(ingest::open_epoch(keyring, log, &opening.bytes))
}

/// Returns the paths of the entry bundles of a log of a size.
fn bundles(size: u64) -> impl Iterator<Item = TilePath> {
    (0..size.div_ceil(TILE_WIDTH)).filter_map(move |index| {
        let width = (size - index * TILE_WIDTH).min(TILE_WIDTH);
        TilePath::new(TileKind::Entries, index, u16::try_from(width).unwrap_or(256))
    })
}

/// Checks one bundle; returns its leaf hashes, from its records where they are there, else from the tile of hashes.
fn bundle(
    source: &Source,
    log: &Origin,
    keyring: &Keyring,
    path: TilePath,
    report: &mut LogReport,
) -> Result<Option<Vec<Hash>>, SourceError> {
    let len_max = Resource::Tile(log.clone(), path).len_max();
    let Some(bytes) = source.get(&path.to_string(), len_max)? else {
        let hashes = TilePath::new(TileKind::Hashes(0), path.index(), path.width());
        let Some(hashes) = hashes else { return Ok(None) };
        let bytes = source.get(&hashes.to_string(), usize::from(path.width()) * 32)?;
        return Ok(bytes.and_then(|bytes| parse_tile(&bytes, path.width()).ok()));
    };
    let entries = match parse_bundle(&bytes, path.width()) {
        Ok(entries) => entries,
        Err(error) => {
            report.fault(path, error);
            return Ok(None);
        }
    };
    let name = path.to_string().replacen("tile/entries", "openings", 1);
    let opened = source.get(&name, Resource::Openings(log.clone(), path).len_max())?;
    let openings = opened.as_deref().map(|bytes| parse_openings(bytes, path.width()));
    let openings = match openings {
        Some(Ok(openings)) => openings,
        Some(Err(error)) => {
            report.fault(&name, error);
            Vec::new()
        }
        None => Vec::new(),
    };
    for (at, leaf) in entries.iter().enumerate() {
        let index = path.index() * TILE_WIDTH + at as u64;
        let opening = openings.get(at).copied().flatten();
        match record(log, keyring, index, leaf, opening) {
            Ok(has_opening) => {
                report.records += 1;
                report.openings += u64::from(has_opening);
            }
            Err(why) => report.fault(format_args!("record {index}"), why),
        }
    }
    Ok(Some(entries.into_iter().map(tree::leaf_hash).collect()))
}

fn record(
    log: &Origin,
    keyring: &Keyring,
    index: u64,
    leaf: &[u8],
    opening: Option<&[u8]>,
) -> Result<bool, String> {
    let record = Record::decode(log, LeafIndex(index), leaf).map_err(|error| error.to_string())?;
    let signed = Signed::verify(record, keyring).map_err(|error| error.to_string())?;
    let content = opening.map(Content::from_bytes).transpose();
    let content = content.map_err(|error| error.to_string())?;
    // Whether it opens what the record commits to is all that is asked here, so that any label does.
    let label = &signed.record().header().label;
    let entry = ingest::entry_of(&signed, content.as_ref(), label);
    entry.map(|_| content.is_some()).map_err(|error| error.to_string())
}

/// Compares each level's tiles with the hashes that the leaves give.
fn check_tiles(
    source: &Source,
    leaves: &[Hash],
    report: &mut LogReport,
) -> Result<(), SourceError> {
    let width = usize::try_from(TILE_WIDTH).unwrap_or(usize::MAX);
    let (mut row, mut level) = (leaves.to_vec(), 0);
    while !row.is_empty() {
        for (index, hashes) in (0..).zip(row.chunks(width)) {
            let of = u16::try_from(hashes.len()).unwrap_or(256);
            let Some(path) = TilePath::new(TileKind::Hashes(level), index, of) else { continue };
            match source.get(&path.to_string(), hashes.len() * 32)? {
                Some(bytes) if bytes == tile_bytes(hashes) => report.tiles += 1,
                Some(_) => report.fault(path, "it is not what is below it"),
                None => report.fault(path, "it is not there"),
            }
        }
        row = row.chunks_exact(width).map(root_of).collect();
        level += 1;
    }
    Ok(())
}

fn root_of(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.append(*hash));
    frontier.root()
}

/// What a look at a log that is followed found.
#[derive(Debug)]
pub struct Followed {
    /// The checkpoint that is there now.
    pub now: SignedCheckpoint,
    /// Records of the one seen before; `None`: this is the first look.
    pub before: Option<u64>,
    /// How the two stand to one another.
    pub continues: Continues,
    /// Who cosigned it.
    pub cosigned: Cosigned,
}

/// Why a log cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// What is published.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No checkpoint, or one that does not hold.
    #[error("{0}")]
    Checkpoint(String),
    /// What was kept of the last look.
    #[error(
        "the state of the last look is damaged: {0}; if you have no copy of it, a new one begins with what is there now and proves nothing of before"
    )]
    State(String),
}

/// Looks at a log: its checkpoint must continue the one that was seen before. `seen`: that one's note.
///
/// # Errors
/// [`FollowError`].
pub fn follow(
    source: &Source,
    log: &Origin,
    charter: &Charter,
    seen: Option<&[u8]>,
) -> Result<Followed, FollowError> {
    let mut report = LogReport::default();
    let found = head(source, log, charter, &mut report)?;
    let (now, keyring) = found.ok_or_else(|| FollowError::Checkpoint(report.faults.join("; ")))?;
    let cosigned = cosigned(charter, &now);
    let key = keyring.log(log).map(|keys| keys.log_key().clone());
    let before = match (seen, key) {
        (Some(note), Some(key)) => Some(
            SignedCheckpoint::verify(note, &key)
                .map_err(|error| FollowError::State(error.to_string()))?,
        ),
        (Some(_) | None, _) => None,
    };
    let Some(before) = before else {
        return Ok(Followed { now, before: None, continues: Continues::Grown, cosigned });
    };
    let tiles = Tiles::new(source, now.checkpoint().size);
    let continues = compare(&before, &now, &|level, index| tiles.node(level, index));
    if let Some(error) = tiles.read.into_inner().1 {
        return Err(error.into());
    }
    let size = before.checkpoint().size;
    Ok(Followed { now, before: Some(size), continues, cosigned })
}

/// Tiles that were read; `None`: one that is not there, or of another form.
type ReadTiles = BTreeMap<TilePath, Option<Vec<Hash>>>;

/// The tiles of a published log, read as they are asked for; the first error is kept.
pub(crate) struct Tiles<'a> {
    source: &'a Source,
    size: u64,
    read: RefCell<(ReadTiles, Option<SourceError>)>,
}

impl<'a> Tiles<'a> {
    pub(crate) fn new(source: &'a Source, size: u64) -> Self {
        Self { source, size, read: RefCell::default() }
    }

    pub(crate) fn node(&self, level: u32, index: u64) -> Option<Hash> {
        node_from_tiles(level, index, |level, number| self.tile(level, number))
    }

    fn tile(&self, level: u8, number: u64) -> Option<Vec<Hash>> {
        let nodes = self.size >> (u32::from(level) * TILE_HEIGHT);
        let width = nodes.checked_sub(number * TILE_WIDTH)?.min(TILE_WIDTH);
        let width = u16::try_from(width).ok()?;
        let path = TilePath::new(TileKind::Hashes(level), number, width)?;
        if let Some(read) = self.read.borrow().0.get(&path) {
            return read.clone();
        }
        let hashes = match self.source.get(&path.to_string(), usize::from(width) * 32) {
            Ok(bytes) => bytes.and_then(|bytes| parse_tile(&bytes, width).ok()),
            Err(error) => {
                let _first = self.read.borrow_mut().1.get_or_insert(error);
                None
            }
        };
        let _none = self.read.borrow_mut().0.insert(path, hashes.clone());
        hashes
    }
}

/// Returns the proof of a fork as JSON text, for whoever it is shown to.
#[must_use]
pub fn proof_text(proof: &Divergence) -> String {
    String::from_utf8(proof.to_value().to_bytes()).unwrap_or_default()
}
