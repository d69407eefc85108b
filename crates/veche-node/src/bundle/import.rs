//! A bundle as a peer: what it has is fetched from it as over a line, through the same checks.

use super::volume::{BundleFault, Volume, VolumeError};
use super::{export, keep_seen};
use crate::node::{Node, NodeError, Overshared};
use crate::peer::{Asked, Effect, Event, Exchange, Reply};
use crate::store::StoreError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use veche_ledger::bundle::{LogLine, Manifest, Member, parse_cosignatures};
use veche_ledger::sync::{Resource, Window, parse_listing, parse_openings};
use veche_ledger::tile::{TileKind, TilePath};
use veche_ledger::{Checkpoint, Hash, Origin, PartyId, SignedCheckpoint, UnixSeconds};

/// Rounds through a bundle: each new epoch or change of the charter in it may open logs that the next round takes.
const ROUNDS_MAX: usize = 64;

/// Why nothing of a bundle was taken.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A volume is not what it should be.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl From<StoreError> for ImportError {
    fn from(error: StoreError) -> Self {
        Self::Node(error.into())
    }
}

/// What came of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTaken {
    /// The log.
    pub log: Origin,
    /// Records held before.
    pub before: u64,
    /// Records held now.
    pub after: u64,
    /// Records up to which the bundle goes.
    pub size: u64,
    /// Why it does not go on to there.
    pub lacks: Option<String>,
}

/// A matter of this node's parties that had ended: the record that closes it, or what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedMatter {
    /// Its first record.
    pub procedure: Hash,
    /// The closing record, or why there is none.
    pub closed: Result<Hash, String>,
}

/// What came of a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Whose node made it.
    pub from: Option<PartyId>,
    /// Its id.
    pub id: String,
    /// Volumes that were given, and how many there are.
    pub volumes: (BTreeSet<u16>, u16),
    /// Its logs with news.
    pub logs: Vec<LogTaken>,
    /// Cosignatures of other witnesses that were news.
    pub cosignatures: usize,
    /// Heads of it that this node cosigned.
    pub cosigned: usize,
    /// Forks that it showed.
    pub forks: Vec<Origin>,
    /// What was not taken, and why, by log.
    pub refused: Vec<(Origin, String)>,
    /// Contents that no party here may read, and were thrown away.
    pub overshared: Vec<Overshared>,
    /// Matters of this node's parties that had ended.
    pub matters: Vec<ClosedMatter>,
    /// Why this node could not log what it cosigned: it was restored, and others are to be heard first.
    pub waits: Option<String>,
}

impl Imported {
    /// Returns true if all that the volumes have was taken.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.logs.iter().all(|log| log.lacks.is_none()) && self.refused.is_empty()
    }
}

/// The volumes of one bundle that are here.
struct Bundle {
    volumes: BTreeMap<u16, Volume>,
}

impl Bundle {
    fn first(&self) -> Option<&Manifest> {
        self.volumes.values().next().map(|volume| &volume.manifest)
    }

    fn serve(&mut self, what: &Resource) -> Result<Option<Vec<u8>>, BundleFault> {
        for volume in self.volumes.values_mut() {
            if let Some(bytes) = volume.serve(what)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    fn member(&mut self, member: &Member) -> Result<Option<Vec<u8>>, BundleFault> {
        for volume in self.volumes.values_mut() {
            if let Some(bytes) = volume.read(member)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// Answers as a peer would that holds this and no more.
    fn answer(&mut self, what: &Resource) -> Result<Vec<u8>, String> {
        match self.serve(what) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err("it is not in the volumes that are here".to_owned()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}

/// Reads volumes from end to end and checks who made them for whom; nothing is taken. Returns them by bundle, in the order of their making.
///
/// # Errors
/// [`ImportError::Volume`].
pub fn look_into(node: &mut Node, files: &[PathBuf]) -> Result<Vec<Vec<Manifest>>, ImportError> {
    let bundles = open(node, files)?;
    let manifests = |bundle: Bundle| {
        bundle.volumes.into_values().map(|volume| volume.manifest).collect::<Vec<_>>()
    };
    Ok(bundles.into_iter().map(manifests).collect())
}

/// Returns what a party's node held when it made a bundle for this one.
///
/// # Errors
/// [`ImportError::Volume`]; one that another party's node made is none.
pub fn held_by(
    node: &mut Node,
    file: &Path,
    party: &PartyId,
) -> Result<Vec<Checkpoint>, ImportError> {
    let mut bundles = open(node, &[file.to_owned()])?;
    let Some(bundle) = bundles.first_mut() else { return Ok(Vec::new()) };
    match bundle.first().filter(|manifest| manifest.from.party() != party.as_str()) {
        Some(other) => {
            let said = format!("it was made by {}, and not by the node of `{party}`", other.from);
            let what = BundleFault::Foreign(said);
            Err(VolumeError { path: file.to_owned(), what }.into())
        }
        None => heads_of(bundle),
    }
}

/// Takes what is in the volumes given, whatever their order; several bundles are taken one after the other.
///
/// # Errors
/// [`ImportError::Volume`]: nothing was taken then; [`ImportError::Node`] if the node's own store failed: what was taken before stays.
pub fn import(
    node: &mut Node,
    files: &[PathBuf],
    now: UnixSeconds,
) -> Result<Vec<Imported>, ImportError> {
    let bundles = open(node, files)?;
    bundles.into_iter().map(|bundle| take(node, bundle, now)).collect()
}

fn open(node: &mut Node, files: &[PathBuf]) -> Result<Vec<Bundle>, ImportError> {
    let identities = node.bundle_identities();
    let mut bundles: BTreeMap<(UnixSeconds, String), Bundle> = BTreeMap::new();
    for path in files {
        let fail = |what| VolumeError { path: path.clone(), what };
        let mut volume = Volume::open(path, &identities)?;
        check_who(node, &mut volume).map_err(fail)?;
        let key = (volume.manifest.made, volume.manifest.id.clone());
        let bundle = bundles.entry(key).or_insert_with(|| Bundle { volumes: BTreeMap::new() });
        add(bundle, volume).map_err(fail)?;
    }
    Ok(bundles.into_values().collect())
}

/// Adds a volume to those of its bundle. The same one again changes nothing.
fn add(bundle: &mut Bundle, volume: Volume) -> Result<(), BundleFault> {
    let new = &volume.manifest;
    if let Some(other) = bundle.first()
        && (other.from != new.from || other.part.of != new.part.of)
    {
        return Err(BundleFault::Volumes("another maker, or another number of volumes"));
    }
    match bundle.volumes.get(&new.part.number) {
        Some(same) if same.manifest == *new => Ok(()),
        Some(_) => Err(BundleFault::Volumes("two volumes have one number")),
        None => {
            let _none = bundle.volumes.insert(new.part.number, volume);
            Ok(())
        }
    }
}

/// Checks that a volume was made in this organisation, by a node of it, for this one.
fn check_who(node: &mut Node, volume: &mut Volume) -> Result<(), BundleFault> {
    let manifest = volume.manifest.clone();
    if manifest.charter != node.genesis_hash() {
        let said = format!(
            "its charter is {}, and here it is {}",
            manifest.charter.short(),
            node.genesis_hash().short()
        );
        return Err(BundleFault::Foreign(said));
    }
    if node.keyring().log(&manifest.from).is_none() {
        introduce(node, volume, &manifest.from)?;
    }
    let key = node.keyring().log(&manifest.from).map(|keys| keys.log_key().clone());
    let key = key.ok_or_else(|| {
        BundleFault::Foreign(format!("no charter here knows the log `{}`", manifest.from))
    })?;
    manifest.verify(&volume.note, &key)?;
    if manifest.from.party() == node.party().as_str() {
        return Err(BundleFault::Own(manifest.recipient));
    }
    if manifest.recipient != *node.party() {
        return Err(BundleFault::ForAnother(manifest.recipient));
    }
    Ok(())
}

/// Learns the key of a maker's new epoch from the record that opens it, if the volume has that.
fn introduce(node: &mut Node, volume: &mut Volume, log: &Origin) -> Result<(), BundleFault> {
    let line = volume.manifest.logs.iter().find(|line| line.log == *log && line.first == 0);
    let width = line.and_then(|line| u16::try_from(line.size.min(256)).ok()).unwrap_or_default();
    let path = TilePath::new(TileKind::Entries, 0, width);
    let Some(openings) = path.map(|path| Resource::Openings(log.clone(), path)) else {
        return Ok(());
    };
    let Some(bytes) = volume.read(&Member::Resource(openings))? else { return Ok(()) };
    let openings = parse_openings(&bytes, width).unwrap_or_default();
    // What it does not bring is told by whoever asks for the key next.
    let _learnt = node.introduce(log, openings.first().copied().flatten());
    Ok(())
}

fn take(node: &mut Node, mut bundle: Bundle, now: UnixSeconds) -> Result<Imported, ImportError> {
    let Some(manifest) = bundle.first().cloned() else { return Ok(Imported::default()) };
    let peer = PartyId::parse(manifest.from.party()).map_err(NodeError::from)?;
    let lines = lines_of(&bundle);
    let before: BTreeMap<Origin, u64> =
        lines.keys().map(|log| (log.clone(), node.size_of(log))).collect();
    let (forks, overshared): (BTreeSet<Origin>, usize) =
        (node.forks().keys().cloned().collect(), node.overshared().len());
    let heads = heads_of(&mut bundle)?;
    let refused = fetch_all(node, &mut bundle, &peer, &heads, now)?;
    compare_same_sizes(node, &mut bundle, &heads, now)?;
    keep_recipient_of(node, &mut bundle, &peer)?;
    if node.log_of(&peer).is_ok_and(|open| open == manifest.from) {
        // One that says it comes from the future would outlast all that are made until then. And the key of a log that has ended signs for
        // nobody: what it brings is proved by itself, but what the party holds by now is not for it to say.
        keep_seen(node.store(), &peer, manifest.made.min(now), &heads)?;
    }
    let cosignatures = take_cosignatures(node, &mut bundle, &heads)?;
    let cosigned = node.cosign_those_held(&heads, now)?.len();
    let waits = say_receipts(node, now)?;
    let matters = close_matters(node, now)?;
    let given: BTreeSet<u16> = bundle.volumes.keys().copied().collect();
    let logs = lines.values().map(|line| taken(node, line, &before, &given, &manifest)).collect();
    let is_news = |log: &&Origin| !forks.contains(*log);
    Ok(Imported {
        from: Some(peer),
        id: manifest.id,
        volumes: (given, manifest.part.of),
        logs,
        cosignatures,
        cosigned,
        forks: node.forks().keys().filter(is_news).cloned().collect(),
        refused,
        overshared: node.overshared().get(overshared..).unwrap_or_default().to_vec(),
        matters,
        waits,
    })
}

/// Returns what the volumes have of each log: the earliest of the lines, which says from where on.
fn lines_of(bundle: &Bundle) -> BTreeMap<Origin, LogLine> {
    let mut lines: BTreeMap<Origin, LogLine> = BTreeMap::new();
    for line in bundle.volumes.values().flat_map(|volume| &volume.manifest.logs) {
        let _first = lines.entry(line.log.clone()).or_insert_with(|| line.clone());
    }
    lines
}

fn heads_of(bundle: &mut Bundle) -> Result<Vec<Checkpoint>, ImportError> {
    let path = bundle.volumes.values().next().map(|volume| volume.path.clone()).unwrap_or_default();
    let fail = |what| VolumeError { path: path.clone(), what };
    let bytes = bundle.serve(&Resource::Heads).map_err(fail)?.unwrap_or_default();
    let heads = parse_listing(&bytes);
    Ok(heads.map_err(|_| fail(BundleFault::Differs("heads".to_owned())))?)
}

/// Fetches until a round brings nothing more; returns what the last one did not take.
fn fetch_all(
    node: &mut Node,
    bundle: &mut Bundle,
    peer: &PartyId,
    heads: &[Checkpoint],
    now: UnixSeconds,
) -> Result<Vec<(Origin, String)>, ImportError> {
    let mut refused: BTreeMap<Origin, String> = BTreeMap::new();
    for _ in 0..ROUNDS_MAX {
        let before = (node.council().len(), node.keyring().logs().count());
        let exchange = fetch(node, bundle, peer, heads, now)?;
        let troubles = exchange.troubles().iter();
        refused = troubles.map(|(_, _, log, why)| (log.clone(), why.clone())).collect();
        node.settle();
        if before == (node.council().len(), node.keyring().logs().count()) {
            break;
        }
    }
    Ok(refused.into_iter().collect())
}

/// Goes once through a bundle as through a peer's answers.
fn fetch(
    node: &mut Node,
    bundle: &mut Bundle,
    peer: &PartyId,
    heads: &[Checkpoint],
    now: UnixSeconds,
) -> Result<Exchange, ImportError> {
    let mut exchange = Exchange::new([], Window::default());
    let carried = Event::Carried { peer: peer.clone(), heads: heads.to_vec() };
    let (effects, done) = exchange.step(node, carried, now);
    done?;
    let mut asked: VecDeque<Effect> = effects.into();
    while let Some(effect) = asked.pop_front() {
        let event = match effect {
            Effect::Fetch { id, what, .. } => Event::Answer { id, body: bundle.answer(&what) },
            Effect::Send { peer, asked: Asked::Get(what), .. } => {
                let reply = bundle.answer(&what).map(Reply::ok);
                Event::Sent { peer, asked: Asked::Get(what), reply }
            }
            // Nobody is at the other end: what this node says travels with its next bundle.
            Effect::Send { .. } => continue,
        };
        let (effects, done) = exchange.step(node, event, now);
        done?;
        asked.extend(effects);
    }
    Ok(exchange)
}

/// Looks for two checkpoints of one size: proof of a fork where the tree below is not in the bundle.
fn compare_same_sizes(
    node: &mut Node,
    bundle: &mut Bundle,
    heads: &[Checkpoint],
    now: UnixSeconds,
) -> Result<(), ImportError> {
    for head in heads {
        let held = node.root_at(&head.origin, head.size);
        if held.is_none_or(|root| root == head.root) || node.forks().contains_key(&head.origin) {
            continue;
        }
        let Ok(checkpoint) = bundle.answer(&Resource::Checkpoint(head.origin.clone())) else {
            continue;
        };
        // A checkpoint alone is an offer of no records: it is compared with the history held.
        let is_of = SignedCheckpoint::claimed(&checkpoint).is_ok_and(|claimed| claimed == *head);
        let (log, start) = (head.origin.clone(), head.size);
        let offer = crate::node::Offer { log, start, records: Vec::new(), checkpoint };
        if let Some(Err(NodeError::Store(error))) = is_of.then(|| node.accept(&offer, now)) {
            return Err(error.into());
        }
    }
    Ok(())
}

fn keep_recipient_of(node: &Node, bundle: &mut Bundle, peer: &PartyId) -> Result<(), ImportError> {
    let Ok(Some(note)) = bundle.member(&Member::Recipient) else { return Ok(()) };
    match export::keep_recipient(node, peer, &note) {
        Err(export::ExportError::Node(error)) => Err(error.into()),
        // One that does not hold says nothing; it is asked for when a bundle is made.
        Ok(()) | Err(_) => Ok(()),
    }
}

fn take_cosignatures(
    node: &mut Node,
    bundle: &mut Bundle,
    heads: &[Checkpoint],
) -> Result<usize, ImportError> {
    let mut news = 0;
    for head in heads {
        let member = Member::Cosignatures(head.origin.clone());
        let Ok(Some(bytes)) = bundle.member(&member) else { continue };
        let Some(lines) = parse_cosignatures(&bytes) else { continue };
        news += node.take_carried_cosignatures(&head.origin, &lines)?;
    }
    Ok(news)
}

/// Logs what was cosigned, and forks that were met; returns why not, where others are to be heard first.
fn say_receipts(node: &mut Node, now: UnixSeconds) -> Result<Option<String>, ImportError> {
    let said = node.flush(now).and_then(|_| node.log_forks(now));
    match said {
        Ok(()) => Ok(None),
        Err(error) if error.is_catching_up() => Ok(Some(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

/// Closes what has ended, of the parties whose logs are kept here.
fn close_matters(node: &mut Node, now: UnixSeconds) -> Result<Vec<ClosedMatter>, ImportError> {
    let kept: BTreeSet<PartyId> = node.kept().cloned().collect();
    let ended = node.council().closable_of(now, &|author| kept.contains(author));
    let mut matters = Vec::new();
    for procedure in ended {
        let closed = match node.close_carried(&procedure, now) {
            Ok(appended) => Ok(appended.leaf),
            Err(NodeError::Store(error)) => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        matters.push(ClosedMatter { procedure, closed });
    }
    Ok(matters)
}

/// Says how far a log came, and what it lacks.
fn taken(
    node: &Node,
    line: &LogLine,
    before: &BTreeMap<Origin, u64>,
    given: &BTreeSet<u16>,
    manifest: &Manifest,
) -> LogTaken {
    let (log, before) = (line.log.clone(), before.get(&line.log).copied().unwrap_or_default());
    let after = node.size_of(&log);
    let missing: Vec<String> = (1..=manifest.part.of)
        .filter(|number| !given.contains(number))
        .map(|number| number.to_string())
        .collect();
    let lacks = if after >= line.size {
        None
    } else if line.from > after && line.first <= line.from {
        Some(format!(
            "it begins at record {}, and {after} are held: ask for one with `--since nothing`",
            line.from
        ))
    } else if missing.is_empty() {
        Some("see what was refused".to_owned())
    } else {
        Some(format!(
            "what follows record {after} is in volume {} of {}: import it, in any order with these",
            missing.join(", "),
            manifest.part.of
        ))
    };
    LogTaken { log, before, after, size: line.size, lacks }
}
