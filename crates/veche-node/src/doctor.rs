//! What may be wrong with a node before anybody notices: each finding with what to do.

mod certificate;

use crate::fsck::fsck;
use crate::health::{DISK_FREE_MIN, disk_free};
use crate::keyfile;
use crate::node::Node;
use crate::reach::{Roster, channel};
use crate::store::{Durability, Store, StoreFault, is_shared, is_slot};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use veche_charter::Charter;
use veche_ledger::keystore::KeystoreError;
use veche_ledger::{PartyId, Seconds, UnixSeconds};

/// How far two clocks may be apart before that is told: more than those of two machines that are kept in time.
const CLOCK_APART_MAX: Seconds = Seconds::minutes(5);
/// The first hour of 2026, before which this program was not there: a clock that says less was never set.
const CLOCK_MIN: UnixSeconds = UnixSeconds(1_767_225_600);
/// Less room than this, in bytes, is a warning: days of records at ten a second.
const DISK_FREE_WARN: u64 = 16 * DISK_FREE_MIN;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It will be a fault, or may be one.
    Warn,
    /// A fault.
    Fail,
}

impl Level {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was looked at and what was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// What was looked at.
    pub area: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub what: String,
    /// What to do.
    pub todo: Option<String>,
}

/// What is to be looked at.
#[derive(Debug)]
pub struct Asked<'a> {
    /// The node's store.
    pub store: &'a Path,
    /// The node's passphrase, to try its keys with.
    pub passphrase: Option<&'a [u8]>,
    /// The file of people to tell.
    pub reach: Option<&'a Path>,
    /// The charter and party for that file, if the node has its store to itself.
    pub context: Option<(Charter, PartyId)>,
    /// Addresses that the node is to listen on.
    pub listen: &'a [SocketAddr],
    /// Files with certificates.
    pub certificates: &'a [PathBuf],
    /// The hour.
    pub now: UnixSeconds,
    /// True if every record is to be checked, which takes minutes for a million.
    pub is_thorough: bool,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, area: &'static str, what: impl Into<String>) {
        self.0.push(Finding { area, level: Level::Ok, what: what.into(), todo: None });
    }

    fn warn(&mut self, area: &'static str, what: impl Into<String>, todo: &str) {
        let todo = Some(todo.to_owned());
        self.0.push(Finding { area, level: Level::Warn, what: what.into(), todo });
    }

    fn fail(&mut self, area: &'static str, what: impl Into<String>, todo: &str) {
        let todo = Some(todo.to_owned());
        self.0.push(Finding { area, level: Level::Fail, what: what.into(), todo });
    }
}

/// Looks at a node.
#[must_use]
pub fn examine(asked: &Asked<'_>) -> Vec<Finding> {
    let mut found = Findings::default();
    clock(&mut found, asked);
    disk(&mut found, asked.store);
    rights(&mut found, "store rights", asked.store);
    let mut context = asked.context.clone();
    let is_running = match Store::open_existing(asked.store, Durability::Full) {
        Ok(store) => {
            context = inside(&mut found, asked, store).or(context);
            false
        }
        Err(error) => {
            let is_running = matches!(error.what, StoreFault::InUse | StoreFault::Writer { .. });
            unopened(&mut found, &error.what);
            if matches!(error.what, StoreFault::Writer { .. }) {
                // What another writes can be read beside it.
                match Store::open_standby(asked.store) {
                    Ok(store) => context = inside(&mut found, asked, store).or(context),
                    Err(error) => unopened(&mut found, &error.what),
                }
            }
            is_running
        }
    };
    ports(&mut found, asked.listen, is_running);
    for path in asked.certificates {
        certificate::examine(&mut found, path, asked.now);
    }
    if let Some(path) = asked.reach {
        people(&mut found, path, context.as_ref());
    }
    found.0
}

/// Compares this machine's clock with the times of the store's files: nothing was written in the future.
fn clock(found: &mut Findings, asked: &Asked<'_>) {
    let area = "clock";
    let set = "set the clock, and let NTP keep it: deadlines are told by it";
    if asked.now < CLOCK_MIN {
        return found.fail(area, format!("it says {}: it was never set", asked.now), set);
    }
    let mut wal = asked.store.as_os_str().to_owned();
    wal.push("-wal");
    let written = [asked.store.to_owned(), PathBuf::from(wal)];
    let written = written.iter().filter_map(|path| std::fs::metadata(path).ok()?.modified().ok());
    let latest = written.filter_map(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()).max();
    let latest = latest.map(|since| UnixSeconds(since.as_secs()));
    match latest.filter(|at| *at > asked.now + CLOCK_APART_MAX) {
        Some(at) => found.fail(
            area,
            format!("the store was written at {at}, which is yet to come: it is behind"),
            set,
        ),
        None => found.ok(area, format!("it says {}, and no file is from the future", asked.now)),
    }
}

fn disk(found: &mut Findings, store: &Path) {
    let area = "disk";
    if is_shared(store) {
        return found
            .ok(area, "the store is in a database: how much room that has, its server knows");
    }
    let Some(free) = disk_free(store) else {
        return found.warn(
            area,
            "how much room it has is not known",
            "look whether the store is there",
        );
    };
    let said = format!("{} MiB are left", free / (1024 * 1024));
    let todo = "make room, or move the store: a node on a full disk reads, and takes nothing";
    match free {
        ..DISK_FREE_MIN => found.fail(area, said, todo),
        DISK_FREE_MIN..DISK_FREE_WARN => found.warn(area, said, todo),
        _ => found.ok(area, said),
    }
}

/// Warns of a file with secrets that others of this machine may read.
#[cfg(unix)]
fn rights(found: &mut Findings, area: &'static str, path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(meta) = std::fs::metadata(path) else { return };
    let mode = meta.permissions().mode() & 0o777;
    let shown = path.display();
    if mode & 0o077 == 0 {
        found.ok(area, format!("`{shown}` is its owner's alone"));
    } else {
        let todo = format!("chmod 600 {shown}");
        found.warn(
            area,
            format!("`{shown}` may be read by others of this machine ({mode:03o})"),
            &todo,
        );
    }
}

#[cfg(not(unix))]
fn rights(_: &mut Findings, _: &'static str, _: &Path) {}

fn unopened(found: &mut Findings, what: &StoreFault) {
    let area = "store";
    match what {
        StoreFault::InUse => found.warn(
            area,
            "a node has it open: charter, keys and records were not looked at",
            "ask the node's `/readyz`, or end it first",
        ),
        StoreFault::Missing => found.fail(area, what.to_string(), "name it by `--store`, or make it with `veche node init`"),
        StoreFault::DiskFull
        | StoreFault::NotWritten(_)
        | StoreFault::NotSynced
        | StoreFault::NotRead(_)
        | StoreFault::File(_)
        | StoreFault::Exists => found.fail(area, what.to_string(), "make room, and look at the rights of its folder"),
        StoreFault::Locked
        | StoreFault::NoStoreKey
        | StoreFault::StoreKey(_)
        | StoreFault::OtherStoreKey => found.fail(area, what.to_string(), "give the node's passphrase with `--passphrase-file`"),
        StoreFault::TooNew(_) => found.fail(area, what.to_string(), "install the program that wrote it, or a later one"),
        StoreFault::Writer { .. } | StoreFault::Standby => found.warn(
            area,
            what.to_string(),
            "that is as it should be where another machine of this member writes",
        ),
        StoreFault::Address(_)
        | StoreFault::NoConnection(_)
        | StoreFault::Lost
        | StoreFault::NotWriter
        | StoreFault::Replica
        | StoreFault::Encoding(_)
        | StoreFault::UnsafeServer(_)
        | StoreFault::FileAlone(_) => {
            found.fail(area, what.to_string(), "see to the database and to the address, and try again");
        }
        StoreFault::Damaged(_) | StoreFault::Unsealed(_) | StoreFault::Sql(_) => found.fail(
            area,
            what.to_string(),
            "leave it as it is, see `veche fsck`, and restore the last backup: the other nodes hold what came after it",
        ),
    }
}

/// Looks into a store that nobody has open; returns its charter in force and its party.
fn inside(found: &mut Findings, asked: &Asked<'_>, mut store: Store) -> Option<(Charter, PartyId)> {
    if let Some(Err(error)) = asked.passphrase.map(|words| store.unlock(words)) {
        unopened(found, &error.what);
    }
    whole(found, &store, asked.is_thorough);
    let texts = [store.meta("charter"), store.meta("party")].map(|meta| meta.ok().flatten());
    let [Some(charter), Some(party)] = texts else {
        found.fail(
            "charter",
            "the store names none: it is no node's",
            "make a node's store with `veche node init`",
        );
        return None;
    };
    let party = PartyId::parse(&String::from_utf8_lossy(&party)).ok()?;
    keys(found, &store, &charter, &party, asked.passphrase);
    if store.is_locked() {
        let said = "contents are sealed: records and state were not looked at";
        found.warn("records", said, "give `--passphrase-file`");
        return None;
    }
    let node = Node::open(party.clone(), store, &charter, BTreeMap::new(), keyfile::salts());
    let node = match node {
        Ok(node) => node,
        Err(error) => {
            found.fail("records", error.to_string(), "see `veche fsck`");
            return None;
        }
    };
    in_force(found, &node);
    heard(found, &node, asked.now);
    Some(((**node.charter()).clone(), party))
}

fn whole(found: &mut Findings, store: &Store, is_thorough: bool) {
    let area = "store";
    let todo = "leave it as it is, see `veche fsck`, and restore the last backup: the other nodes hold what came after it";
    if !is_thorough {
        return match store.check_file() {
            Ok(()) if store.is_shared() => {
                found.ok(area, "the database answers; `--thorough` checks each record");
            }
            Ok(()) => found.ok(area, "the file is whole; `--thorough` checks each record"),
            Err(error) => found.fail(area, error.what.to_string(), todo),
        };
    }
    match fsck(store) {
        Err(error) => found.fail(area, error.what.to_string(), todo),
        Ok(report) if report.fault_count == 0 => {
            let records: u64 = report.logs.values().sum();
            found.ok(
                area,
                format!("{records} records and {} signatures are whole", report.signatures),
            );
        }
        Ok(report) => {
            let first = report.faults.first().cloned().unwrap_or_default();
            found.fail(area, format!("{} faults, the first: {first}", report.fault_count), todo);
        }
    }
}

/// Compares the keys in the store with those that the charter lists.
fn keys(
    found: &mut Findings,
    store: &Store,
    charter: &[u8],
    party: &PartyId,
    passphrase: Option<&[u8]>,
) {
    let area = "keys";
    let Ok(charter) = Charter::load(charter, "charter.toml") else { return };
    let listed = charter.parties.get(party).map(|party| party.keys.clone()).unwrap_or_default();
    let held = match store.keys() {
        Ok(held) => held.into_iter().filter(|(name, _)| !is_slot(name)).collect::<Vec<_>>(),
        Err(error) => return found.fail(area, error.what.to_string(), "see `veche fsck`"),
    };
    let role = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let roles: Vec<String> = held.iter().map(|(name, _)| role(name)).collect();
    if roles.iter().any(|role| role == "root") {
        found.fail(
            area,
            "the root key is in the store",
            "take it off this machine: it alone can withdraw the others",
        );
    }
    let needed = ["1", "witness"].map(str::to_owned);
    let missing: Vec<&String> = needed.iter().filter(|need| !roles.contains(need)).collect();
    for role in missing {
        found.fail(
            area,
            format!("the store has no key `{role}`"),
            "put it in with `veche node init` over the folder of keys",
        );
    }
    let unheld: Vec<&str> = listed
        .officers
        .keys()
        .filter(|officer| !roles.contains(officer))
        .map(String::as_str)
        .collect();
    if !unheld.is_empty() {
        let said = format!("the store has no key of {}: they sign elsewhere", unheld.join(", "));
        found.warn(area, said, "nothing, if that is so");
    }
    let Some(passphrase) = passphrase else {
        return found.warn(
            area,
            format!("{} locked keys were not tried", held.len()),
            "give `--passphrase-file`",
        );
    };
    for (name, text) in &held {
        let role = role(name);
        let expected = match role.as_str() {
            "1" => listed.log.as_ref(),
            "witness" => listed.witness.as_ref(),
            officer => listed.officers.get(officer),
        };
        match (keyfile::unlock(text, passphrase), expected) {
            (Ok(key), Some(expected)) if key.verifying_key().to_string() == *expected => {
                found.ok(area, format!("`{role}` opens, and is the one that the charter lists"));
            }
            (Ok(_), Some(_)) => found.warn(
                area,
                format!("`{role}` is not the one that the charter began with"),
                "nothing, if it was changed by a record of the root key; else put the right one in",
            ),
            (Ok(_), None) => found.ok(area, format!("`{role}` opens")),
            (Err(keyfile::KeyError::Locked { error: KeystoreError::WrongPassphrase, .. }), _)
                if role.parse::<u32>().is_err() && role != "witness" =>
            {
                found.ok(
                    area,
                    format!(
                        "`{role}` does not open with the node's passphrase: it has one of its own"
                    ),
                );
            }
            (Err(error), _) => {
                found.fail(area, error.to_string(), "look whether it is the node's passphrase");
            }
        }
    }
}

fn in_force(found: &mut Findings, node: &Node) {
    let area = "charter";
    if let Some(outdated) = node.council().outdated() {
        found.fail(area, outdated.to_string(), "install a newer program");
    } else if !node.council().rival_charters().is_empty() {
        let todo = "let the members adopt one text in place of the two";
        found.warn(area, "two versions replace the same one", todo);
    } else {
        let charter = node.charter();
        found.ok(
            area,
            format!("{}, version {}, {}", charter.title, charter.version, charter.hash.short()),
        );
    }
    let forked: Vec<String> = node.forks().keys().map(ToString::to_string).collect();
    if !forked.is_empty() {
        let said = format!("two histories were shown of {}", forked.join(", "));
        found.fail("records", said, "tell its party: only a new epoch by its root key ends that");
    }
}

/// Compares the clock with the receipts of other parties' nodes.
fn heard(found: &mut Findings, node: &Node, now: UnixSeconds) {
    let area = "other clocks";
    let heard = node.council().last_heard();
    let ahead: Vec<String> = heard
        .iter()
        .filter(|(party, at)| *party != node.party() && **at > now + CLOCK_APART_MAX)
        .map(|(party, at)| format!("{party} ({at})"))
        .collect();
    if ahead.is_empty() {
        return found
            .ok(area, format!("of {} parties that were heard, none is ahead", heard.len()));
    }
    let todo = "compare this machine's clock with a third: one of the two is wrong";
    found.warn(area, format!("ahead of this machine's: {}", ahead.join(", ")), todo);
}

fn ports(found: &mut Findings, listen: &[SocketAddr], is_running: bool) {
    let area = "port";
    for address in listen {
        match TcpListener::bind(address) {
            Ok(_) => found.ok(area, format!("{address} is free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && is_running => {
                found.ok(area, format!("{address} is taken, and a node runs"));
            }
            Err(error) => found.fail(
                area,
                format!("{address}: {error}"),
                "end the program that listens there (`ss -ltnp`), or take another address",
            ),
        }
    }
}

fn people(found: &mut Findings, path: &Path, context: Option<&(Charter, PartyId)>) {
    let area = "people";
    let Some((charter, party)) = context else {
        let todo = "look at the store first";
        return found.warn(area, "without a charter the file of people cannot be read", todo);
    };
    let roster = match Roster::load(path, charter, party) {
        Ok(roster) => roster,
        Err(error) => {
            return found.fail(
                area,
                error.to_string(),
                "mend the file: the node does not start with it",
            );
        }
    };
    let kept: Vec<&PartyId> = roster.rosters.iter().map(|roster| &roster.party).collect();
    if !kept.contains(&party) {
        found.fail(area, format!("nobody is told of what waits for {party}"), "add a `[[roster]]`");
    }
    if roster.desk.is_none() {
        found.warn(
            area,
            "messages carry no links: `desk` is not set",
            "set `desk` to the address of the desk",
        );
    }
    for (name, way) in &roster.channels {
        match channel::probe(way) {
            Ok(said) => found.ok("channel", format!("{name}: {said}")),
            Err(said) => found.fail(
                "channel",
                format!("{name}: {said}"),
                "mend it, then `veche contact test`",
            ),
        }
        for secret in way.secrets() {
            rights(found, "channel", secret);
        }
    }
}
