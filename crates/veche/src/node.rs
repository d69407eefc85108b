//! `veche node`: a party's own node: its keys, its store, what it holds.

mod run;
mod seal;

use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::invitation::Invitation;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use veche_charter::{Charter, with_keys};
use veche_ledger::keystore::KeystoreError;
use veche_ledger::{PartyId, SigningKey, UnixSeconds};
use veche_node::keyfile;
use veche_node::keyfile::{KeyError, KeyKind};
use veche_node::node::{Node, NodeError};
use veche_node::store::{Durability, Store};

/// Longest charter, in bytes: the largest shipped one fits twenty times over.
const CHARTER_LEN_MAX: u64 = 1024 * 1024;

/// Longest passphrase file, in bytes.
const PASSPHRASE_LEN_MAX: u64 = 1024;

/// Longest key file, in bytes.
const KEY_LEN_MAX: u64 = 4096;

/// What can be done with a node.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Make a party's keys, locked under a passphrase, and print what the charter must list
    ///
    /// The file `root.key` opens epochs and revokes keys: take it off this machine.
    #[command(
        after_help = "Example:\n  veche node keys --organisation two-banks.example --party arven --officers duty,delegate --folder keys --passphrase-file pass.txt"
    )]
    Keys {
        /// The organisation's name, as its charter writes it
        #[arg(long)]
        organisation: String,
        /// The party
        #[arg(long)]
        party: String,
        /// Officers, with commas between
        #[arg(long, value_delimiter = ',', default_value = "duty")]
        officers: Vec<String>,
        /// Make pairs: each key an Ed25519 key and an ML-DSA-44 key, which sign together and count together alone
        #[arg(long)]
        post_quantum: bool,
        /// Where the key files go; it must not hold any yet
        #[arg(long)]
        folder: PathBuf,
        /// A file with the passphrase; its last line end does not count
        #[arg(long)]
        passphrase_file: PathBuf,
    },
    /// Put the keys of all parties into a charter: the genesis that every record names
    #[command(
        after_help = "Example:\n  veche node genesis charters/two-banks/charter.toml --keys arven.toml --keys belm.toml --keys office.toml --out genesis.toml"
    )]
    Genesis {
        /// The charter without keys
        charter: PathBuf,
        /// What `veche node keys` printed, a file a party
        #[arg(long, required = true)]
        keys: Vec<PathBuf>,
        /// The genesis
        #[arg(long)]
        out: PathBuf,
    },
    /// Make a node's store from the genesis charter, or from an invitation with it, and its keys
    #[command(
        after_help = "Examples:\n  veche node init --invitation two-banks.json --party arven --keys keys --store arven.db\n  veche node init --charter genesis.toml --party arven --keys keys --store arven.db"
    )]
    Init {
        /// What `veche peer invite` wrote: the genesis charter, and where the other nodes are
        #[arg(long, required_unless_present = "charter", conflicts_with = "charter")]
        invitation: Option<PathBuf>,
        /// The genesis charter alone
        #[arg(long)]
        charter: Option<PathBuf>,
        /// The party
        #[arg(long)]
        party: String,
        /// The folder that `veche node keys` wrote
        #[arg(long)]
        keys: PathBuf,
        /// The store, a new file
        #[arg(long)]
        store: PathBuf,
        /// A file with the node's passphrase: contents are sealed under it, and the store's key goes to the folder of keys as well
        #[arg(long, value_name = "FILE")]
        seal_with: Option<PathBuf>,
    },
    /// Seal a store: what was said lies in its file encrypted, under the node's passphrase
    ///
    /// A store that is not sealed is taken over whole, or not at all; cut short, it goes on when it is said again. Without the store's key
    /// nobody reads the contents again: a copy of it, locked, goes to a file.
    #[command(
        after_help = "Examples:\n  veche node seal --store arven.db --passphrase-file pass.txt --store-key keys/store.key\n  veche node seal --store arven.db --passphrase-file pass.txt --from keys/store.key"
    )]
    Seal(seal::Seal),
    /// Run a node: its desk and API in a browser, until Ctrl-C
    ///
    /// Prints one address: a link that signs the first of the officers in, once. The links of the others go to standard error.
    /// Links and sessions end with the node; the records are in the store, which is the node's alone while it runs.
    #[command(
        after_help = "Example:\n  veche node run --store arven.db --officers duty,delegate --passphrase-file pass.txt --port 8080"
    )]
    Run(Box<run::Run>),
    /// Print the charter in force, with its keys; or all that were, and what put each into force
    #[command(
        after_help = "Examples:\n  veche node charter --store arven.db > charter.toml\n  veche node charter --store arven.db --history"
    )]
    Charter {
        /// The store
        #[arg(long)]
        store: PathBuf,
        /// List the versions instead
        #[arg(long)]
        history: bool,
    },
    /// Lock an officer's key under a passphrase of its own, which no other officer knows
    ///
    /// Without it, whoever knows the node's passphrase can act as every officer, and four eyes are one pair. The key file that
    /// `veche node keys` wrote keeps the old passphrase: take it off this machine.
    #[command(
        after_help = "Example:\n  veche node passphrase --store arven.db --officer delegate --passphrase-file pass.txt --new-passphrase-file delegate.txt"
    )]
    Passphrase {
        /// The store
        #[arg(long)]
        store: PathBuf,
        /// The officer
        #[arg(long)]
        officer: String,
        /// A file with the passphrase that the key has now
        #[arg(long)]
        passphrase_file: PathBuf,
        /// A file with the new one
        #[arg(long)]
        new_passphrase_file: PathBuf,
    },
    /// Show what a node's store holds
    #[command(after_help = "Example:\n  veche node status --store arven.db")]
    Status {
        /// The store
        #[arg(long)]
        store: PathBuf,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: files, passphrase, charter.
    pub(crate) fn run(self, json: bool) -> Result<Answer, Failure> {
        match self {
            Self::Keys { organisation, party, officers, post_quantum, folder, passphrase_file } => {
                let kind = KeyKind::of(post_quantum);
                make_keys(&organisation, &party, &officers, kind, &folder, &passphrase_file)
            }
            Self::Genesis { charter, keys, out } => genesis(&charter, &keys, &out),
            Self::Init { invitation, charter, party, keys, store, seal_with } => {
                let (invitation, named) = match (invitation, charter) {
                    (Some(path), _) => (Invitation::read(&path)?, path),
                    (None, path) => {
                        let path = path.unwrap_or_default();
                        let charter = file::read(&path, CHARTER_LEN_MAX)?;
                        (Invitation { charter, peers: BTreeMap::new() }, path)
                    }
                };
                let made = init(&invitation, &named, &party, &keys, &store)?;
                if let Some(words) = seal_with {
                    seal::Seal::new_store(&store, &words, &keys).run()?;
                }
                Ok(made)
            }
            Self::Seal(seal) => seal.run(),
            Self::Run(run) => run.run(json),
            Self::Charter { store, history } => charter(&store, history),
            Self::Passphrase { store, officer, passphrase_file, new_passphrase_file } => {
                lock_anew(&store, &officer, &passphrase_file, &new_passphrase_file)
            }
            Self::Status { store } => status(&store),
        }
    }
}

/// Returns the failure of a node.
pub(crate) fn node_fault(error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Node(error.to_string()))
}

/// The file that `--unlock` named. Said once, when the program starts: every verb that reads a store may need it, and none has a rule of its
/// own for it.
static UNLOCK: OnceLock<PathBuf> = OnceLock::new();

/// Says which file has the passphrase of sealed stores.
pub(crate) fn unlock_with(file: Option<PathBuf>) {
    if let Some(file) = file {
        // It is said once.
        let _first = UNLOCK.set(file);
    }
}

/// Reads the passphrase that `--unlock` names, if it does.
pub(crate) fn unlocking() -> Result<Option<Vec<u8>>, Failure> {
    UNLOCK.get().map(|file| passphrase(file)).transpose()
}

/// Opens the vault of a sealed store with the words that the verb was given, or else with those of `--unlock`. Without either it stays
/// locked, and what needs contents says so.
pub(crate) fn unlock(store: &mut Store, words: &[u8]) -> Result<(), Failure> {
    if !store.is_locked() {
        return Ok(());
    }
    let words = match unlocking()? {
        Some(words) => words,
        None if words.is_empty() => return Ok(()),
        None => words.to_vec(),
    };
    store.unlock(&words).map_err(Failure::of_store)
}

/// Returns the hour.
pub(crate) fn now() -> UnixSeconds {
    veche_node::run::system_time()
}

/// Reads a passphrase.
pub(crate) fn passphrase(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = file::read(path, PASSPHRASE_LEN_MAX)?;
    let text = bytes
        .strip_suffix(b"\n")
        .map_or(&bytes[..], |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
    if text.is_empty() {
        return Err(node_fault(format!("the passphrase file `{}` is empty", path.display())));
    }
    Ok(text.to_vec())
}

fn party_of(text: &str) -> Result<PartyId, Failure> {
    PartyId::parse(text).map_err(node_fault)
}

fn make_keys(
    organisation: &str,
    party: &str,
    officers: &[String],
    kind: KeyKind,
    folder: &Path,
    passphrase_file: &Path,
) -> Result<Answer, Failure> {
    let party = party_of(party)?;
    let words = passphrase(passphrase_file)?;
    let keys = keyfile::make(organisation, &party, officers, kind, &words).map_err(node_fault)?;
    std::fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, error))?;
    for role in keys.locked.keys() {
        let path = folder.join(format!("{role}.key"));
        if path.exists() {
            return Err(node_fault(format!(
                "`{}` is there already: keys are never overwritten",
                path.display()
            )));
        }
    }
    for (role, text) in &keys.locked {
        file::write_private(&folder.join(format!("{role}.key")), text.as_bytes())?;
    }
    let table = with_keys("", &BTreeMap::from([(party.clone(), keys.public)]));
    Ok(Answer::new(
        table.trim().to_owned(),
        json!({"party": party.to_string(), "table": table.trim()}),
    ))
}

fn genesis(charter: &Path, keys: &[PathBuf], out: &Path) -> Result<Answer, Failure> {
    let mut text = String::from_utf8(file::read(charter, CHARTER_LEN_MAX)?).map_err(node_fault)?;
    text.truncate(text.trim_end().len());
    for path in keys {
        let table = String::from_utf8(file::read(path, CHARTER_LEN_MAX)?).map_err(node_fault)?;
        text.push_str("\n\n");
        text.push_str(table.trim());
    }
    text.push('\n');
    let checked = Charter::load(text.as_bytes(), &out.display().to_string()).map_err(node_fault)?;
    veche_council::ingest::keyring(&checked).map_err(node_fault)?;
    file::write(out, text.as_bytes())?;
    let hash = checked.hash.to_string();
    Ok(Answer::new(format!("{}\n{hash}", out.display()), json!({"file": out, "hash": hash})))
}

fn init(
    invitation: &Invitation,
    named: &Path,
    party: &str,
    keys: &Path,
    store: &Path,
) -> Result<Answer, Failure> {
    if store.exists() {
        return Err(node_fault(format!(
            "`{}` is there already: a store is never overwritten",
            store.display()
        )));
    }
    let bytes = &invitation.charter;
    let checked = Charter::load(bytes, &named.display().to_string()).map_err(node_fault)?;
    let party = party_of(party)?;
    if !checked.parties.contains_key(&party) {
        return Err(node_fault(format!("the charter has no party `{party}`")));
    }
    let locked = locked_keys(keys)?;
    check_keys(&locked, keys, &party, &checked)?;
    Store::make(store, |made| {
        for (name, text) in &locked {
            made.set_key(name, text)?;
        }
        made.set_meta("charter", bytes)?;
        for (peer, address) in invitation.peers.iter().filter(|(peer, _)| **peer != party) {
            made.set_peer(peer.as_str(), address)?;
        }
        made.set_meta("party", party.as_str().as_bytes())
    })
    .map_err(Failure::of_store)?;
    let known = invitation.peers.keys().filter(|peer| **peer != party).count();
    let said = format!(
        "{}: node of `{party}`, {}, charter {}{}",
        store.display(),
        counted(locked.len(), "locked key"),
        checked.hash.short(),
        if known == 0 {
            String::new()
        } else {
            format!(", where {}", counted(known, "peer")) + " can be reached"
        }
    );
    Ok(Answer::new(
        said,
        json!({"store": store, "party": party.to_string(), "charter": checked.hash.to_string()}),
    ))
}

/// Refuses keys that no node of a party can run with: a passphrase would tell, and is not asked for yet.
fn check_keys(
    locked: &[(String, String)],
    folder: &Path,
    party: &PartyId,
    charter: &Charter,
) -> Result<(), Failure> {
    let listed = charter.parties.get(party).and_then(|party| party.keys.log.as_ref());
    let Some(listed) = listed else {
        let hint = "`veche node genesis` writes the keys of all parties into a charter";
        return Err(node_fault(format!("the charter lists no keys of `{party}` yet"))
            .hinting(Some(hint.to_owned())));
    };
    let shown = folder.display();
    // A node keeps its own log, and those of parties without one.
    let kept = charter
        .parties
        .iter()
        .filter(|(other, entry)| *other == party || entry.hosted_by.as_ref() == Some(party))
        .map(|(other, _)| format!("{}/{other}/", charter.organisation))
        .collect::<Vec<_>>();
    let is_kept = |name: &str| kept.iter().any(|own| name.starts_with(own));
    if let Some((other, _)) = locked.iter().find(|(name, _)| !is_kept(name)) {
        let own = format!("{}/{party}/", charter.organisation);
        let hint = format!("name the folder of the keys whose names begin with `{own}`");
        return Err(node_fault(format!(
            "`{shown}` has the key `{other}`, which is none of `{party}`"
        ))
        .hinting(Some(hint)));
    }
    let log_key = listed.split('+').next().unwrap_or_default();
    if locked.iter().all(|(name, _)| name != log_key) {
        return Err(node_fault(format!(
            "`{shown}` has no key `{log_key}`, with which the node signs"
        ))
        .hinting(Some("it is the file `1.key` that `veche node keys` made".to_owned())));
    }
    Ok(())
}

/// Reads the key files of a folder, the root key's left out: name and locked text.
pub(crate) fn locked_keys(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::reading(folder, error))?;
    let mut keys = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::reading(folder, error))?;
        if entry.file_name() == "root.key" {
            continue;
        }
        let text =
            String::from_utf8(file::read(&entry.path(), KEY_LEN_MAX)?).map_err(node_fault)?;
        if let Some(name) = text.split(' ').nth(1).map(str::to_owned) {
            keys.push((name, text));
        }
    }
    Ok(keys)
}

/// Opens a node over its store, with its own keys and the officers named unlocked.
pub(crate) fn open(store: &Path, officers: &[String], words: &[u8]) -> Result<Node, Failure> {
    open_having(store, officers, words, (words, BTreeMap::new()))
}

/// Opens a node as [`open`], with keys of officers that are unlocked already.
fn open_having(
    store: &Path,
    officers: &[String],
    words: &[u8],
    (unlocking, keys): (&[u8], BTreeMap<String, SigningKey>),
) -> Result<Node, Failure> {
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let mut node = over(opened, store, officers, words, (unlocking, keys))?;
    node.watch_own_logs(now()).map_err(node_failure)?;
    Ok(node)
}

/// Opens a node that stands by, over a shared store into which another machine writes. It signs nothing: no key of it is unlocked.
fn open_standby(store: &Path, words: &[u8]) -> Result<Node, Failure> {
    let opened = Store::open_standby(store).map_err(Failure::of_store)?;
    over(opened, store, &[], &[], (words, BTreeMap::new()))
}

/// Opens a node over a store that is open, as [`open_having`].
fn over(
    mut opened: Store,
    store: &Path,
    officers: &[String],
    words: &[u8],
    (unlocking, keys): (&[u8], BTreeMap<String, SigningKey>),
) -> Result<Node, Failure> {
    let meta = |key: &str| opened.meta(key).map_err(Failure::of_store);
    let no_node = || {
        let hint = "make one under another name with `veche node init`";
        Failure::new(FailureKind::NotANode(store.to_owned())).hinting(Some(hint.to_owned()))
    };
    let charter = meta("charter")?.ok_or_else(no_node)?;
    let party = String::from_utf8(meta("party")?.ok_or_else(no_node)?).map_err(node_fault)?;
    let party = party_of(&party)?;
    let secrets = if words.is_empty() {
        BTreeMap::new()
    } else {
        let secrets = keyfile::from_store(&opened, officers, words);
        let mut secrets = secrets.map_err(|error| key_failure(store, error))?;
        secrets.officers.extend(keys);
        BTreeMap::from([(party.clone(), secrets)])
    };
    unlock(&mut opened, unlocking)?;
    Node::open(party, opened, &charter, secrets, keyfile::salts()).map_err(node_failure)
}

fn lock_anew(store: &Path, officer: &str, old: &Path, new: &Path) -> Result<Answer, Failure> {
    let (old, new) = (passphrase(old)?, passphrase(new)?);
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    keyfile::lock_anew(&opened, officer, &old, &new).map_err(|error| key_failure(store, error))?;
    let said = format!("{}: the key of `{officer}` has a passphrase of its own", store.display());
    Ok(Answer::new(said, json!({"store": store, "officer": officer})))
}

/// Opens a node as an officer who proves with his passphrase that he is: none of its keys is unlocked for longer than that.
pub(crate) fn open_as(store: &Path, officer: &str, words: &[u8]) -> Result<Node, Failure> {
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let key = keyfile::officer_from_store(&opened, officer, words);
    key.map_err(|error| key_failure(store, error))?;
    drop(opened);
    open_having(store, &[], &[], (words, BTreeMap::new()))
}

/// Opens a node as [`open`], its officers' keys unlocked with passphrases of their own where `own` names files, in the order of the
/// officers; the rest with the node's.
pub(crate) fn open_with(
    store: &Path,
    officers: &[String],
    words: &[u8],
    own: &[PathBuf],
) -> Result<Node, Failure> {
    let (with_own, others) = officers.split_at(own.len().min(officers.len()));
    if own.len() > officers.len() {
        return Err(node_fault("there are more passphrase files of officers than officers"));
    }
    let mut keys = BTreeMap::new();
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    for (officer, file) in with_own.iter().zip(own) {
        let key = keyfile::officer_from_store(&opened, officer, &passphrase(file)?);
        keys.insert(officer.clone(), key.map_err(|error| key_failure(store, error))?);
    }
    drop(opened);
    open_having(store, others, words, (words, keys))
}

/// Returns the failure of something that a node did not do.
pub(crate) fn node_failure(error: NodeError) -> Failure {
    if let NodeError::Store(error) = error { Failure::of_store(error) } else { node_fault(error) }
}

/// Returns the failure of keys that are not there or do not open.
pub(crate) fn key_failure(store: &Path, error: KeyError) -> Failure {
    match error {
        KeyError::Store(error) => Failure::of_store(error),
        KeyError::Locked { name, error: KeystoreError::WrongPassphrase } => {
            let hint = "the passphrase is the one that `veche node keys` was given, or the officer's own (`veche node passphrase`)";
            Failure::new(FailureKind::WrongPassphrase { key: name })
                .at(format!("store `{}`", store.display()))
                .hinting(Some(hint.to_owned()))
        }
        KeyError::NoOfficer { officer, known } => {
            let near = veche_charter::fault::nearest(&officer, known.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("it keeps those of: {}", known.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Failure::new(FailureKind::UnknownOfficer { officer, store: store.to_owned() })
                .hinting(Some(hint))
        }
        other @ (KeyError::Random(_)
        | KeyError::Name(_)
        | KeyError::Share(_)
        | KeyError::Locked { .. }) => node_fault(other),
    }
}

fn status(store: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let answer = veche_node::api::get(&node, "/status", &BTreeMap::new(), now());
    let answer = answer.map_err(|problem| node_fault(problem.detail))?;
    let mut lines = vec![
        format!("{}, node of `{}`", node.charter().title, node.party()),
        format!("charter {}, version {}", node.charter().hash, node.charter().version),
        format!(
            "{}, state digest {}",
            counted(usize::try_from(node.council().len()).unwrap_or(usize::MAX), "record"),
            node.council().digest().short()
        ),
    ];
    lines.extend(node.holds_back());
    for word in node.store().gone_on().map_err(Failure::of_store)? {
        lines.push(format!(
            "after a restore it went on without hearing all, at the word of `{}`, {}: {}",
            word.officer, word.at, word.reason
        ));
    }
    let suspended = node.suspended(node.party()).len();
    if suspended > 0 {
        let said = counted(suspended, "record");
        lines.push(format!("{said} of a withdrawn key, not signed anew: `veche key resign`"));
    }
    let outdated = node.council().outdated();
    lines.extend(outdated.map(|outdated| outdated.to_string()));
    lines.extend(node.heads().map(|head| {
        let hosting = node.charter().hosting(head.log.party());
        let hosting = hosting.map_or_else(String::new, |hosting| format!(", {hosting}"));
        format!("{}: {} records, root {}{hosting}", head.log, head.size, head.root.short())
    }));
    Ok(Answer::new(lines.join("\n"), answer))
}

fn charter(store: &Path, history: bool) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let answer = veche_node::api::get(&node, "/charter", &BTreeMap::new(), now());
    let answer = answer.map_err(|problem| node_fault(problem.detail))?;
    if !history {
        return Ok(Answer::new(node.charter().text.trim_end(), answer));
    }
    let line = |in_force: veche_council::version::InForce<'_>| {
        let (charter, closing) = (in_force.charter, in_force.closing.map(|leaf| leaf.short()));
        let how = closing
            .map_or_else(|| "genesis".to_owned(), |leaf| format!("adopted, closed by {leaf}"));
        let mark = if in_force.is_current { ", in force for new matters" } else { "" };
        format!("version {}, hash {}, {how}{mark}", charter.version, charter.hash.short())
    };
    let mut lines: Vec<String> = node.council().charters().map(line).collect();
    if !node.council().rival_charters().is_empty() {
        lines.push(
            "two versions replace the same one: members adopted both, and should adopt one in place of the two"
                .to_owned(),
        );
    }
    Ok(Answer::new(lines.join("\n"), answer))
}
