//! `veche key new`, `keep`, `epoch`, `sign`: new keys, and the record of the root key that lists them.

use super::{key_text, role_of, unlock_signing, write_new};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::{node_failure, node_fault, now, open, passphrase};
use crate::pkcs11::OnToken;
use crate::record::{FILE_LEN_MAX, signed_file};
use crate::signer::Signing;
use serde_json::json;
use std::path::{Path, PathBuf};
use veche_council::Head;
use veche_ledger::json::parse_canonical;
use veche_ledger::keyring::Role;
use veche_ledger::{Hash, KeyName, PartyId, VerifyingKey};
use veche_node::keyfile::{self, KeyKind};
use veche_node::node::{EpochDraft, Node};
use veche_node::store::{Durability, Store};

/// A key to be made.
#[derive(Debug, clap::Args)]
pub(crate) struct New {
    /// The organisation's name, as its charter writes it
    #[arg(long)]
    organisation: String,
    /// The party
    #[arg(long)]
    party: String,
    /// The officer's name, or the number of the log's next epoch
    #[arg(long)]
    name: String,
    /// Make a pair: an Ed25519 key and an ML-DSA-44 key, which sign together and count together alone
    #[arg(long)]
    post_quantum: bool,
    /// A file with the passphrase that locks it; needed without `--pkcs11`
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "pkcs11",
        conflicts_with = "pkcs11"
    )]
    passphrase_file: Option<PathBuf>,
    /// The key file, a new one; needed without `--pkcs11`
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "pkcs11",
        conflicts_with = "pkcs11"
    )]
    out: Option<PathBuf>,
    #[command(flatten)]
    on_token: OnToken,
}

impl New {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let party = PartyId::parse(&self.party).map_err(node_fault)?;
        let (Some(words), Some(out)) = (&self.passphrase_file, &self.out) else {
            return self.on_token(&party);
        };
        if ["root", "witness"].contains(&self.name.as_str()) {
            let said =
                format!("`{}` is no officer and no epoch: a party has one such key", self.name);
            let hint = "`veche node keys` makes it, with all others of a new party".to_owned();
            return Err(node_fault(said).hinting(Some(hint)));
        }
        let words = passphrase(words)?;
        let kind = KeyKind::of(self.post_quantum);
        let (public, text) =
            keyfile::make_one(&self.organisation, &party, &self.name, kind, &words)
                .map_err(node_fault)?;
        write_new(out, &text)?;
        let said = public.to_string();
        Ok(Answer::new(said.clone(), json!({"file": out, "key": said})))
    }

    /// Makes the key on a token, which keeps it.
    fn on_token(&self, party: &PartyId) -> Result<Answer, Failure> {
        let refused =
            |said: String, hint: &str| Err(node_fault(said).hinting(Some(hint.to_owned())));
        if self.post_quantum {
            let hint = "a pair lies in a key file: `--out` and `--passphrase-file`; or leave `--post-quantum` out";
            return refused(
                "a token makes no pair of keys: it signs with Ed25519 alone".to_owned(),
                hint,
            );
        }
        if self.name == "witness" || self.name.parse::<u32>().is_ok() {
            let hint =
                "on a token lie the root key and officers' keys, which sign when a person is there";
            let said = format!(
                "a key `{}` signs at any hour by itself: it belongs into the node's store",
                self.name
            );
            return refused(said, hint);
        }
        let name = format!("{}/{party}/{}", self.organisation, self.name);
        let name = KeyName::parse(&name).map_err(node_fault)?;
        let connection = self.on_token.connect(true)?;
        connection.log_in(self.on_token.pin_file.as_deref())?;
        let said = connection.make(&name)?.to_string();
        Ok(Answer::new(said.clone(), json!({"token": connection.label(), "key": said})))
    }
}

/// A key file to be kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Keep {
    /// The key file
    key: PathBuf,
    /// The node's store
    #[arg(long)]
    store: PathBuf,
}

impl Keep {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let name = keep(&self.store, &self.key)?;
        let said = format!("{}: keeps `{name}`, locked", self.store.display());
        Ok(Answer::new(said, json!({"store": self.store, "key": name})))
    }
}

/// Puts a locked key into a store; one of that name that is there already stays, unless it is the same text.
fn keep(store: &Path, path: &Path) -> Result<String, Failure> {
    let text = key_text(path)?;
    let name = keyfile::name_of(&text)
        .ok_or_else(|| node_fault(format!("`{}` is no key file", path.display())))?;
    if role_of(&name) == "root" {
        let hint = "sign with it elsewhere: `veche key sign`, `veche record sign`".to_owned();
        let said = "the root key stays off the node: it alone can withdraw the others";
        return Err(node_fault(said).hinting(Some(hint)));
    }
    let opened = Store::open_existing(store, Durability::Full).map_err(Failure::of_store)?;
    let party = opened.meta("party").map_err(Failure::of_store)?;
    let party = party.and_then(|party| String::from_utf8(party).ok());
    let party = party.ok_or_else(|| Failure::new(FailureKind::NotANode(store.to_owned())))?;
    if name.rsplit('/').nth(1) != Some(party.as_str()) {
        return Err(node_fault(format!("`{name}` is no key of `{party}`, whose node this is")));
    }
    let held = opened.keys().map_err(Failure::of_store)?;
    if held.iter().any(|(known, locked)| *known == name && *locked != text) {
        let said =
            format!("`{}` keeps another key `{name}`: keys are never overwritten", store.display());
        return Err(node_fault(said));
    }
    opened.set_key(&name, &text).map_err(Failure::of_store)?;
    Ok(name)
}

/// The next epoch of a log.
#[derive(Debug, clap::Args)]
pub(crate) struct DrawUp {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// The key file of the new log, locked under the node's passphrase; it is put into the store
    #[arg(long)]
    log_key: PathBuf,
    /// The public key of an officer who signs from now on; again for others
    #[arg(long, value_name = "VKEY")]
    add: Vec<String>,
    /// The name of an officer who signs no more; again for others
    #[arg(long, value_name = "NAME")]
    drop: Vec<String>,
    /// How many records of the old log stand; without it all that are held here
    #[arg(long, value_name = "COUNT")]
    last_good: Option<u64>,
    /// The root of the old log at that size, if it is not held here: as another party's `veche --json node status` shows it
    #[arg(long, requires = "last_good", value_name = "HASH")]
    root: Option<String>,
    /// A file with the node's passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// The draft
    #[arg(long)]
    out: PathBuf,
}

impl DrawUp {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let words = passphrase(&self.passphrase_file)?;
        let key = unlock_signing(&self.log_key, &self.passphrase_file)?.verifying_key();
        let mut node = open(&self.store, &[], &words)?;
        let party = node.party().clone();
        let last_good = self.last_good(&node, &party)?;
        let new = format!("{}/{}", party_name(last_good.log.as_str()), last_good.log.epoch() + 1);
        if key.name().as_str() != new {
            let hint = format!("make it: `veche key new --name {}`", last_good.log.epoch() + 1);
            let said = format!("the log key is named `{}`, and the new log is `{new}`", key.name());
            return Err(node_fault(said).hinting(Some(hint)));
        }
        let officers = self.officers(&node, &party, &last_good)?;
        let draft =
            node.prepare_epoch(&party, key, officers, &last_good, now()).map_err(node_failure)?;
        drop(node);
        keep(&self.store, &self.log_key)?;
        file::write(&self.out, format!("{}\n", draft.to_value()).as_bytes())?;
        let said = format!(
            "{}: to be signed by `{}/root`\n{}",
            self.out.display(),
            party_name(draft.epoch.old.as_str()),
            says(&draft)
        );
        Ok(Answer::new(said, told(&draft, &self.out)))
    }

    /// Returns where the old log ends.
    fn last_good(&self, node: &Node, party: &PartyId) -> Result<Head, Failure> {
        let held = node.open_head(party).map_err(node_failure)?;
        let Some(size) = self.last_good else { return Ok(held) };
        let known = node.root_at(&held.log, size);
        let given = self.root.as_deref().map(Hash::parse).transpose().map_err(node_fault)?;
        let root = match (known, given) {
            (Some(known), Some(given)) if known != given => {
                let said = format!("the root of `{}` at {size} records is {known} here", held.log);
                return Err(node_fault(said));
            }
            (Some(root), _) | (None, Some(root)) => root,
            (None, None) => {
                let hint =
                    "ask another party for its `veche --json node status`, and give `--root`";
                let said = format!("`{}` has {} records here, not {size}", held.log, held.size);
                return Err(node_fault(said).hinting(Some(hint.to_owned())));
            }
        };
        Ok(Head { size, root, ..held })
    }

    /// Returns who signs in the new log: the officers in force but those dropped, and those added. Of a log that is not held whole nobody is
    /// taken over: which keys were withdrawn in the part that is lost is not known here.
    fn officers(
        &self,
        node: &Node,
        party: &PartyId,
        last_good: &Head,
    ) -> Result<Vec<VerifyingKey>, Failure> {
        let is_whole = node.size_of(&last_good.log) >= last_good.size;
        let states = node.key_states(party).map_err(node_failure)?;
        let in_force = states.iter().filter(|s| s.is_in_force && s.role == Role::Officer);
        let mut keys: Vec<VerifyingKey> =
            in_force.filter(|_| is_whole).map(|state| state.key.clone()).collect();
        for name in &self.drop {
            let before = keys.len();
            keys.retain(|key| role_of(key.name().as_str()) != name);
            if keys.len() == before {
                let known: Vec<&str> = keys.iter().map(|k| role_of(k.name().as_str())).collect();
                let hint = format!("in force are: {}", known.join(", "));
                let said = format!("no officer `{name}` is in force");
                return Err(node_fault(said).hinting(Some(hint)));
            }
        }
        for text in &self.add {
            let key = VerifyingKey::parse(text).map_err(node_fault)?;
            let name = role_of(key.name().as_str());
            let is_plain = name.parse::<u32>().is_err() && !["root", "witness"].contains(&name);
            let log = node.log_of(party).map_err(node_failure)?;
            if !is_plain || party_name(key.name().as_str()) != party_name(log.as_str()) {
                return Err(node_fault(format!(
                    "`{}` is no officer's key of `{party}`",
                    key.name()
                )));
            }
            if keys.iter().any(|known| known.name() == key.name()) {
                let hint = format!("give `--drop {name}` as well: the new key takes its place");
                let said = format!("an officer `{name}` is in force already");
                return Err(node_fault(said).hinting(Some(hint)));
            }
            keys.push(key);
        }
        if keys.is_empty() {
            let failure = node_fault("nobody could sign in the new log: add an officer's key");
            let hint = "the old log is not held whole here, so that nobody is taken over: name all with `--add`";
            return Err(failure.hinting((!is_whole).then(|| hint.to_owned())));
        }
        Ok(keys)
    }
}

/// Returns organisation and party of a log's or key's name.
fn party_name(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(party, _)| party)
}

/// Says what the root key will state.
fn says(draft: &EpochDraft) -> String {
    let epoch = &draft.epoch;
    let names: Vec<&str> = draft.officers.iter().map(|key| role_of(key.name().as_str())).collect();
    format!(
        "ends {} at {} records, root {}\nbegins {} with the log key {}\nofficers who sign in it: {}",
        epoch.old,
        epoch.last_good_size,
        epoch.root,
        epoch.new,
        epoch.key.id(),
        names.join(", ")
    )
}

fn told(draft: &EpochDraft, out: &Path) -> serde_json::Value {
    let officers: Vec<String> = draft.officers.iter().map(ToString::to_string).collect();
    let epoch = &draft.epoch;
    json!({
        "file": out,
        "old": epoch.old.to_string(),
        "last_good_size": epoch.last_good_size,
        "root": epoch.root.to_string(),
        "new": epoch.new.to_string(),
        "key": epoch.key.to_string(),
        "officers": officers,
    })
}

/// A draft to be signed by the root key.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// What `veche key epoch` wrote
    draft: PathBuf,
    #[command(flatten)]
    signing: Signing,
    /// The signed record
    #[arg(long)]
    out: PathBuf,
}

impl Sign {
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let bytes = file::read(&self.draft, FILE_LEN_MAX)?;
        let named = |what: String| node_fault(format!("`{}`: {what}", self.draft.display()));
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let value = parse_canonical(line).map_err(|error| named(error.to_string()))?;
        let draft = EpochDraft::from_value(&value).map_err(|fault| named(fault.to_string()))?;
        let signer = self.signing.open()?;
        let root = signer.verifying_key();
        let statement = draft.statement(root.name()).map_err(|fault| named(fault.to_string()))?;
        let line = signer.sign(&statement)?;
        let (record, opening) =
            draft.stated(&root, &line).map_err(|fault| named(fault.to_string()))?;
        let lines = [signer.sign(record.text())?];
        let leaf = record.assemble(&lines).map_err(|fault| named(fault.to_string()))?;
        let file = signed_file(&leaf, &opening)?;
        file::write(&self.out, format!("{file}\n").as_bytes())?;
        let said = format!("{}: signed by {}\n{}", self.out.display(), root.name(), says(&draft));
        Ok(Answer::new(said, told(&draft, &self.out)))
    }
}
