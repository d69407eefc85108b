//! What goes into a bundle for a party's node, cut into volumes, and written.
//!
//! The store is read twice: once for lengths and hashes, which the manifest at the beginning names, and once for the bytes. So nothing lies
//! unencrypted on the disk, and memory holds one bundle of entries.

use super::sealed::{SealedWriter, sealed_len};
use super::{recipient_key, seen, sent_key};
use crate::keyfile::{self, KeyError};
use crate::node::{Node, NodeError};
use crate::peer::guard::{self, Leak};
use crate::store::StoreError;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use veche_ledger::age::{Fresh, Recipient};
use veche_ledger::bundle::manifest::{FILES_MAX, VOLUMES_MAX};
use veche_ledger::bundle::{
    FileLine, LogLine, Manifest, Member, NotARecipient, Part, RecipientNote, cosignatures_bytes,
    tar,
};
use veche_ledger::sync::{Resource, listing_bytes, parse_listing};
use veche_ledger::tile::{TILE_HEIGHT, TILE_LEVEL_MAX, TILE_WIDTH, TileKind, TilePath};
use veche_ledger::{Checkpoint, Hash, Origin, PartyId, SigningKey, UnixSeconds};

/// Bytes of a manifest beside its lines of logs and files.
const MANIFEST_REST: u64 = 1024;

/// Bytes of a manifest's line beside a path or origin: hash, numbers, words.
const LINE_REST: u64 = 160;

/// What the recipient is taken to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// What its own last bundle showed, or nothing.
    Shown,
    /// What the last bundle for it went up to: it is taken to have arrived.
    Sent,
    /// Nothing.
    Nothing,
    /// This.
    Heads(Vec<Checkpoint>),
}

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// The files, a volume each, in their order.
    pub files: Vec<(PathBuf, u64)>,
    /// Its id.
    pub id: String,
    /// What it has of each log with news: of how many records the recipient was taken to hold, and up to which size it goes.
    pub logs: Vec<(Origin, u64, u64)>,
}

/// Why no bundle was written. None of its files is there then.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The party has no node, or is none.
    #[error(
        "`{0}` has no node of its own in this organisation: a bundle is for the node of a party"
    )]
    NoNode(PartyId),
    /// It is this node.
    #[error("`{0}` is this node's own party")]
    Own(PartyId),
    /// Nobody knows to whom to encrypt it.
    #[error(
        "nothing says to whom a bundle for `{0}` is encrypted: get what `veche bundle recipient` prints there, and name it with `--recipient`"
    )]
    NoRecipient(PartyId),
    /// A recipient note that does not hold.
    #[error("the recipient note for `{party}` does not hold: {why}")]
    Recipient {
        /// The party.
        party: PartyId,
        /// What is wrong with it.
        why: RecipientFault,
    },
    /// The log's key is locked.
    #[error(
        "the key of this node's log is locked or not in this store: a bundle is signed with it"
    )]
    NoKey,
    /// A file that is there.
    #[error("`{}` is there already: nothing is overwritten", .0.display())]
    Exists(PathBuf),
    /// A volume cannot be so small.
    #[error(
        "a volume of {limit} bytes is too small: the records of `{log}` from {first} on need one of {needs}"
    )]
    VolumeTooSmall {
        /// What was asked for.
        limit: u64,
        /// The log.
        log: Origin,
        /// The first record that does not fit.
        first: u64,
        /// Bytes that would do.
        needs: u64,
    },
    /// It would have more volumes than a bundle can have.
    #[error("it would have {0} volumes, and a bundle has at most {VOLUMES_MAX}: allow larger ones")]
    TooManyVolumes(usize),
    /// The name of a log is longer than an archive can hold.
    #[error("the path `{0}` is too long for an archive")]
    PathTooLong(String),
    /// What would have left for somebody who may not read it.
    #[error(transparent)]
    Leak(#[from] Leak),
    /// The store changed while it was read.
    #[error(
        "`{0}` is not the same at the second reading: this is a fault of the program, report it"
    )]
    Changed(String),
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// Random bytes.
    #[error(transparent)]
    Random(#[from] KeyError),
    /// A file cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

/// What is wrong with a recipient note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecipientFault {
    /// It is none, or not signed.
    #[error(transparent)]
    Note(#[from] NotARecipient),
    /// It is of another log than the party's open one.
    #[error("it is of the log `{0}`, which is no open log of that party here")]
    OtherLog(Origin),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Node(error.into())
    }
}

/// Reads a recipient note for a party's node: its open log's key has signed it.
fn check_recipient(node: &Node, party: &PartyId, note: &[u8]) -> Result<Recipient, RecipientFault> {
    let log = RecipientNote::claimed(note)?;
    let open = node.open_logs();
    let key = open.get(&log).filter(|_| log.party() == party.as_str());
    let key = key.ok_or_else(|| RecipientFault::OtherLog(log.clone()))?;
    Ok(RecipientNote::verify(note, &key.key)?.recipient)
}

/// Keeps a recipient note for a party's node, for this and later bundles.
///
/// # Errors
/// [`ExportError::Recipient`], [`ExportError::Node`] if the store cannot be written.
pub fn keep_recipient(node: &Node, party: &PartyId, note: &[u8]) -> Result<(), ExportError> {
    check_recipient(node, party, note)
        .map_err(|why| ExportError::Recipient { party: party.clone(), why })?;
    Ok(node.store().set_meta(&recipient_key(party), note)?)
}

/// Returns whom a bundle for a party's node is encrypted to, if that is known and still holds.
///
/// # Errors
/// [`ExportError::NoRecipient`], [`ExportError::Recipient`].
pub fn known_recipient(node: &Node, party: &PartyId) -> Result<Recipient, ExportError> {
    let note = node.store().meta(&recipient_key(party))?;
    let note = note.ok_or_else(|| ExportError::NoRecipient(party.clone()))?;
    check_recipient(node, party, &note)
        .map_err(|why| ExportError::Recipient { party: party.clone(), why })
}

/// Writes a bundle for a party's node. What was cosigned here is logged first, and all heads are cosigned: the recipient can close over them.
///
/// `volume_len`: the most bytes of a file; `None`: one file, whatever its length.
///
/// # Errors
/// [`ExportError`]. No file is there then.
pub fn export(
    node: &mut Node,
    party: &PartyId,
    since: &Since,
    out: &Path,
    volume_len: Option<u64>,
    now: UnixSeconds,
) -> Result<Exported, ExportError> {
    let recipient = check_party(node, party)?;
    said_first(node, now)?;
    let heads = node.signed_heads();
    let known = known_heads(node, party, since)?;
    let mut plan = Plan::new(node, party, &heads, volume_len.unwrap_or(u64::MAX), now);
    for head in &heads {
        plan.log(head, from(node, head, &known))?;
    }
    let (volumes, id) = (plan.finish()?, id()?);
    let paths = paths(out, volumes.len())?;
    let of = u16::try_from(volumes.len()).unwrap_or(u16::MAX);
    let mut written = Vec::new();
    let result = (1..).zip(volumes.iter().zip(&paths)).try_for_each(|(number, (volume, path))| {
        let part = Part { number, of };
        let partial = beside(path);
        written.push(partial.clone());
        let writer = Writer { node, party, heads: &heads, recipient: &recipient };
        writer.volume(volume, &id, part, now, &partial)
    });
    let result = result.and_then(|()| take_names(&paths));
    // Those that took their names are not there any more; what failed leaves nothing.
    for partial in written {
        let _gone = fs::remove_file(partial);
    }
    let files = result?;
    node.store().set_meta(&sent_key(party), &listing_bytes(&heads))?;
    let news = |head: &Checkpoint| {
        let from = from(node, head, &known);
        (from < head.size).then(|| (head.origin.clone(), from, head.size))
    };
    Ok(Exported { files, id, logs: heads.iter().filter_map(news).collect() })
}

fn check_party(node: &Node, party: &PartyId) -> Result<Recipient, ExportError> {
    if party == node.party() {
        return Err(ExportError::Own(party.clone()));
    }
    if node.readers_at(party).is_empty() {
        return Err(ExportError::NoNode(party.clone()));
    }
    known_recipient(node, party)
}

/// Says what this node has to say before it is heard no more for days: first records, receipts, proofs of forks, its word on all heads.
fn said_first(node: &mut Node, now: UnixSeconds) -> Result<(), ExportError> {
    let said =
        node.begin_logs(now).and_then(|()| node.flush(now)).and_then(|_| node.log_forks(now));
    match said {
        // A restored node says nothing yet; what it holds it can give.
        Err(error) if !error.is_catching_up() => return Err(error.into()),
        _ => {}
    }
    let heads = node.signed_heads();
    node.cosign_those_held(&heads, now)?;
    Ok(())
}

/// Returns what the recipient is taken to hold of each log.
fn known_heads(
    node: &Node,
    party: &PartyId,
    since: &Since,
) -> Result<BTreeMap<Origin, Checkpoint>, ExportError> {
    let heads = match since {
        Since::Nothing => Vec::new(),
        Since::Heads(heads) => heads.clone(),
        Since::Shown => seen(node.store(), party)?.map(|(_, heads)| heads).unwrap_or_default(),
        Since::Sent => {
            let listing = node.store().meta(&sent_key(party))?;
            listing.and_then(|bytes| parse_listing(&bytes).ok()).unwrap_or_default()
        }
    };
    Ok(heads.into_iter().map(|head| (head.origin.clone(), head)).collect())
}

/// Returns from where on a log is sent: all of it where the recipient holds another history, so that it can find out where they part.
fn from(node: &Node, head: &Checkpoint, known: &BTreeMap<Origin, Checkpoint>) -> u64 {
    let Some(known) = known.get(&head.origin) else { return 0 };
    if known.size >= head.size {
        let is_same = known.size > head.size || known.root == head.root;
        return if is_same { head.size } else { 0 };
    }
    let is_same = node.root_at(&head.origin, known.size) == Some(known.root);
    if is_same { known.size } else { 0 }
}

fn id() -> Result<String, ExportError> {
    let bytes: [u8; 16] = keyfile::random()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Returns the names of the volumes: the one given, or that with a number behind.
fn paths(out: &Path, count: usize) -> Result<Vec<PathBuf>, ExportError> {
    let numbered = |number: usize| {
        let mut name = out.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let paths = if count == 1 {
        vec![out.to_owned()]
    } else {
        (1..=count).map(numbered).collect::<Vec<_>>()
    };
    match paths.iter().find(|path| path.exists()) {
        Some(there) => Err(ExportError::Exists(there.clone())),
        None => Ok(paths),
    }
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

fn take_names(paths: &[PathBuf]) -> Result<Vec<(PathBuf, u64)>, ExportError> {
    let mut named = Vec::new();
    for path in paths {
        let fail = |source| ExportError::File { path: path.clone(), source };
        if let Err(error) = fs::rename(beside(path), path) {
            // Half of the volumes under their names would look like all.
            for (path, _) in named {
                let _gone = fs::remove_file(path);
            }
            return Err(fail(error));
        }
        named.push((path.clone(), fs::metadata(path).map_err(fail)?.len()));
    }
    Ok(named)
}

/// A volume as planned.
#[derive(Debug, Default)]
struct PlannedVolume {
    logs: Vec<LogLine>,
    files: Vec<FileLine>,
    /// Bytes of the archive, its manifest's with them.
    len: u64,
    /// True once it has entries: what a volume is for.
    has_entries: bool,
}

/// What goes into which volume.
struct Plan<'a> {
    node: &'a Node,
    readers: BTreeSet<PartyId>,
    heads: &'a [Checkpoint],
    limit: u64,
    /// When it is made: what may be read depends on it.
    at: UnixSeconds,
    volumes: Vec<PlannedVolume>,
    now: PlannedVolume,
}

impl<'a> Plan<'a> {
    fn new(
        node: &'a Node,
        party: &PartyId,
        heads: &'a [Checkpoint],
        limit: u64,
        at: UnixSeconds,
    ) -> Self {
        let readers = node.readers_at(party);
        Self { node, readers, heads, limit, at, volumes: Vec::new(), now: PlannedVolume::default() }
    }

    /// Plans what goes of a log, from a record on.
    fn log(&mut self, head: &Checkpoint, from: u64) -> Result<(), ExportError> {
        self.head(head, from, from)?;
        let log = &head.origin;
        if from == head.size {
            return Ok(());
        }
        for index in from / TILE_WIDTH..head.size.div_ceil(TILE_WIDTH) {
            let first = index * TILE_WIDTH;
            let width = u16::try_from((head.size - first).min(TILE_WIDTH)).unwrap_or(256);
            let Some(path) = TilePath::new(TileKind::Entries, index, width) else { continue };
            let entries = self.file(Member::Resource(Resource::Tile(log.clone(), path)))?;
            let openings = self.file(Member::Resource(Resource::Openings(log.clone(), path)))?;
            let more = room(&entries)? + room(&openings)?;
            let is_full = sealed_len(self.now.len + more) > self.limit
                || self.now.files.len() + 2 > FILES_MAX;
            if is_full && self.now.has_entries {
                self.volumes.push(std::mem::take(&mut self.now));
                self.head(head, from, first.max(from))?;
            }
            self.fits(log, first, more)?;
            self.now.len += more;
            self.now.files.extend([entries, openings]);
            self.now.has_entries = true;
            if let Some(line) = self.now.logs.last_mut() {
                line.end = first + u64::from(width);
            }
        }
        Ok(())
    }

    /// Plans what every volume with a part of a log has of it: checkpoint, cosignatures, and hashes over what is new.
    fn head(&mut self, head: &Checkpoint, from: u64, first: u64) -> Result<(), ExportError> {
        let log = &head.origin;
        let mut members = vec![
            Member::Resource(Resource::Checkpoint(log.clone())),
            Member::Cosignatures(log.clone()),
        ];
        let has_news = from < head.size;
        if has_news {
            let tile = |path| Member::Resource(Resource::Tile(log.clone(), path));
            members.extend(hashes(from, head.size).into_iter().map(tile));
        }
        let files: Vec<FileLine> =
            members.into_iter().map(|member| self.file(member)).collect::<Result<_, _>>()?;
        let mut more = files.iter().map(room).sum::<Result<u64, ExportError>>()?;
        if has_news {
            more += log.as_str().len() as u64 + LINE_REST;
        }
        let is_full = sealed_len(self.now.len + more) > self.limit
            || self.now.files.len() + files.len() > FILES_MAX;
        if is_full && self.now.has_entries {
            self.volumes.push(std::mem::take(&mut self.now));
        }
        self.base()?;
        self.fits(log, first, more)?;
        self.now.len += more;
        self.now.files.extend(files);
        if has_news {
            let (size, root) = (head.size, head.root);
            self.now.logs.push(LogLine { log: log.clone(), from, first, end: first, size, root });
        }
        Ok(())
    }

    /// Plans what every volume begins with.
    fn base(&mut self) -> Result<(), ExportError> {
        if !self.now.files.is_empty() {
            return Ok(());
        }
        self.now.len = 2 * tar::BLOCK_LEN as u64 + MANIFEST_REST;
        for member in [Member::Resource(Resource::Heads), Member::Recipient] {
            let file = self.file(member)?;
            self.now.len += room(&file)?;
            self.now.files.push(file);
        }
        Ok(())
    }

    /// Tells whether so much more fits into a volume that has nothing that could be left to the next.
    fn fits(&self, log: &Origin, first: u64, more: u64) -> Result<(), ExportError> {
        let needs = sealed_len(self.now.len + more);
        if needs > self.limit {
            let (limit, log) = (self.limit, log.clone());
            return Err(ExportError::VolumeTooSmall { limit, log, first, needs });
        }
        Ok(())
    }

    fn file(&self, member: Member) -> Result<FileLine, ExportError> {
        let bytes = content(self.node, &self.readers, self.heads, &member, self.at)?;
        let sha256 = Hash(Sha256::digest(&bytes).into());
        Ok(FileLine { member, len: bytes.len() as u64, sha256 })
    }

    fn finish(mut self) -> Result<Vec<PlannedVolume>, ExportError> {
        self.volumes.push(self.now);
        let count = self.volumes.len();
        if count > usize::from(VOLUMES_MAX) {
            return Err(ExportError::TooManyVolumes(count));
        }
        Ok(self.volumes)
    }
}

/// Returns the bytes that a file takes up in an archive, its line of the manifest with them.
fn room(file: &FileLine) -> Result<u64, ExportError> {
    let path = file.member.to_string();
    if tar::header(&path, file.len).is_none() {
        return Err(ExportError::PathTooLong(path));
    }
    Ok(tar::room(file.len) + path.len() as u64 + LINE_REST)
}

/// Returns the tiles that prove records from one on: the hashes of level 1 over them, the right edge of the tree, and the last leaves.
fn hashes(from: u64, size: u64) -> Vec<TilePath> {
    let nodes = |level: u8| size >> (u32::from(level) * TILE_HEIGHT);
    let tile = |level: u8, index: u64| {
        let width = (nodes(level) - index * TILE_WIDTH).min(TILE_WIDTH);
        TilePath::new(TileKind::Hashes(level), index, u16::try_from(width).unwrap_or(256))
    };
    let edge = |level: u8| {
        let index = nodes(level) / TILE_WIDTH;
        (nodes(level) % TILE_WIDTH > 0).then(|| tile(level, index)).flatten()
    };
    let whole = (from / TILE_WIDTH / TILE_WIDTH)..(nodes(1) / TILE_WIDTH);
    let mut paths: Vec<TilePath> = whole.filter_map(|index| tile(1, index)).collect();
    paths.extend((0..=TILE_LEVEL_MAX).filter_map(edge));
    paths
}

/// Returns the bytes of a member, for the parties that read them; the guard looks at what is about to leave.
fn content(
    node: &Node,
    readers: &BTreeSet<PartyId>,
    heads: &[Checkpoint],
    member: &Member,
    now: UnixSeconds,
) -> Result<Vec<u8>, ExportError> {
    match member {
        Member::Recipient => node.recipient_note().ok_or(ExportError::NoKey),
        Member::Cosignatures(log) => {
            let lines = node.carried_cosignatures(log)?;
            Ok(cosignatures_bytes(lines.iter().map(|(size, line)| (*size, line))))
        }
        Member::Resource(Resource::Heads) => Ok(listing_bytes(heads)),
        Member::Resource(what) => {
            let bytes = node.serve(readers, what, now)?;
            let bytes = bytes.ok_or_else(|| ExportError::Changed(what.to_string()))?;
            guard::check_openings(node, readers, what, &bytes, now)?;
            Ok(bytes)
        }
    }
}

/// What a volume is written with.
struct Writer<'a> {
    node: &'a Node,
    party: &'a PartyId,
    heads: &'a [Checkpoint],
    recipient: &'a Recipient,
}

impl Writer<'_> {
    fn volume(
        &self,
        volume: &PlannedVolume,
        id: &str,
        part: Part,
        now: UnixSeconds,
        path: &Path,
    ) -> Result<(), ExportError> {
        let (log, key): (Origin, &SigningKey) =
            self.node.vouching_key().ok_or(ExportError::NoKey)?;
        let manifest = Manifest {
            id: id.to_owned(),
            charter: self.node.genesis_hash(),
            from: log,
            recipient: self.party.clone(),
            made: now,
            part,
            logs: volume.logs.clone(),
            files: volume.files.clone(),
        };
        let fail = |source| ExportError::File { path: path.to_owned(), source };
        let fresh = Fresh {
            file_key: keyfile::random()?,
            ephemeral: keyfile::random()?,
            nonce: keyfile::random()?,
        };
        let out = BufWriter::new(File::create(path).map_err(fail)?);
        let mut out = SealedWriter::begin(out, self.recipient, &fresh).map_err(fail)?;
        write_member(&mut out, "manifest", &manifest.sign(key)).map_err(fail)?;
        let readers = self.node.readers_at(self.party);
        for FileLine { member, sha256, .. } in &volume.files {
            let bytes = content(self.node, &readers, self.heads, member, now)?;
            if Hash(Sha256::digest(&bytes).into()) != *sha256 {
                return Err(ExportError::Changed(member.to_string()));
            }
            write_member(&mut out, &member.to_string(), &bytes).map_err(fail)?;
        }
        out.write(&[0; 2 * tar::BLOCK_LEN]).map_err(fail)?;
        let mut out = out.finish().map_err(fail)?;
        out.flush().map_err(fail)?;
        out.get_ref().sync_all().map_err(fail)
    }
}

fn write_member<W: io::Write>(
    out: &mut SealedWriter<W>,
    path: &str,
    bytes: &[u8],
) -> io::Result<()> {
    let len = bytes.len() as u64;
    let header = tar::header(path, len).ok_or_else(|| io::Error::other("a path is too long"))?;
    out.write(&header)?;
    out.write(bytes)?;
    let padding = tar::room(len) - tar::BLOCK_LEN as u64 - len;
    out.write(&[0; tar::BLOCK_LEN][..usize::try_from(padding).unwrap_or_default()])
}
