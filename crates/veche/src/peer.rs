//! `veche peer`: where the other parties' nodes are, and whether they answer.

use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::invitation::Invitation;
use crate::node::{node_fault, open, passphrase};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_ledger::{Hash, PartyId};
use veche_node::peer::ping::{Pong, ping};
use veche_node::store::{Durability, Store};

/// Longest address, in bytes: a host name, a colon, a port.
const ADDRESS_LEN_MAX: usize = 262;

/// What can be done about peers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Note where a party's node can be reached; an address noted before is replaced
    ///
    /// Nothing is trusted for standing here: whoever answers there must show that the party's log key vouches for it.
    #[command(after_help = "Example:\n  veche peer add belm belm.example:7443 --store arven.db")]
    Add {
        /// The party
        party: String,
        /// Where its node listens for peers: HOST:PORT
        address: String,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Forget where a party's node can be reached
    #[command(after_help = "Example:\n  veche peer remove belm --store arven.db")]
    Remove {
        /// The party
        party: String,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// List the parties with nodes, where they can be reached, and how much of their logs is held
    #[command(after_help = "Example:\n  veche peer list --store arven.db")]
    List {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
    /// Write the one file with which another member joins: the genesis charter, and where nodes are
    #[command(
        after_help = "Example:\n  veche peer invite --store office.db --own office.example:7443 --out two-banks.json"
    )]
    Invite {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// Where this node listens for peers: HOST:PORT
        #[arg(long)]
        own: String,
        /// The invitation, a new file
        #[arg(long)]
        out: PathBuf,
    },
    /// Ask the peers what they hold, each once: whether they answer, who they are, how fast
    ///
    /// The node itself must not run meanwhile: its store is its own.
    #[command(
        after_help = "Example:\n  veche peer ping --store arven.db --passphrase-file pass.txt"
    )]
    Ping {
        /// The party; without one, all whose address is known
        party: Option<String>,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// A file with the passphrase: the log key shows the peer who asks
        #[arg(long)]
        passphrase_file: PathBuf,
    },
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the store, the passphrase, a party that there is not.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::Add { party, address, store } => add(&store, &party, &address),
            Self::Remove { party, store } => remove(&store, &party),
            Self::List { store } => list(&store),
            Self::Invite { store, own, out } => invite(&store, &own, &out),
            Self::Ping { party, store, passphrase_file } => {
                ping_all(&store, party.as_deref(), &passphrase_file)
            }
        }
    }
}

/// Checks an address: `HOST:PORT`, an IPv6 address in brackets.
pub(crate) fn address(text: &str) -> Result<String, Failure> {
    let is_host = |host: &str| {
        let name = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match name {
            Some(inside) => inside.parse::<std::net::Ipv6Addr>().is_ok(),
            None => {
                !host.is_empty()
                    && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c))
            }
        }
    };
    let parts = text.rsplit_once(':');
    let is_address = text.len() <= ADDRESS_LEN_MAX
        && parts
            .is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok_and(|p| p > 0));
    if is_address {
        return Ok(text.to_owned());
    }
    let hint = "write `belm.example:7443`, `192.0.2.7:7443` or `[2001:db8::7]:7443`";
    let shown: String = text.chars().take(100).collect();
    Err(node_fault(format!("`{shown}` is no address of a peer")).hinting(Some(hint.to_owned())))
}

/// Finds a party of a node's charter that is another's.
fn other_party(store: &Path, text: &str) -> Result<PartyId, Failure> {
    let node = open(store, &[], &[])?;
    let parties = &node.charter().parties;
    let party = PartyId::parse(text).map_err(node_fault)?;
    if party == *node.party() {
        return Err(node_fault(format!("`{party}` is this node's own party")));
    }
    match parties.get(&party) {
        Some(entry) => match &entry.hosted_by {
            Some(host) => {
                let said = format!("`{party}` has no node: its log is kept by that of `{host}`");
                Err(node_fault(said))
            }
            None => Ok(party),
        },
        None => {
            let near = veche_charter::fault::nearest(text, parties.keys().map(PartyId::as_str));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            Err(node_fault(format!("the charter has no party `{party}`")).hinting(hint))
        }
    }
}

fn opened(store: &Path) -> Result<Store, Failure> {
    Store::open_existing(store, Durability::Full).map_err(Failure::of_store)
}

fn add(store: &Path, party: &str, at: &str) -> Result<Answer, Failure> {
    let (party, at) = (other_party(store, party)?, address(at)?);
    opened(store)?.set_peer(party.as_str(), &at).map_err(Failure::of_store)?;
    let said = format!("{party} at {at}");
    Ok(Answer::new(said, json!({"party": party.to_string(), "address": at})))
}

fn remove(store: &Path, party: &str) -> Result<Answer, Failure> {
    let was_known = opened(store)?.remove_peer(party).map_err(Failure::of_store)?;
    if !was_known {
        return Err(node_fault(format!("no address of `{party}` is known")));
    }
    Ok(Answer::new(format!("{party} forgotten"), json!({"party": party})))
}

fn list(store: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let known = node.store().peers().map_err(Failure::of_store)?;
    let others = node
        .charter()
        .parties
        .iter()
        .filter(|(id, entry)| entry.hosted_by.is_none() && *id != node.party());
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for (party, _) in others {
        let at = known.iter().find(|(known, _)| known == party.as_str()).map(|(_, at)| at.as_str());
        let held = node.log_of(party).map(|log| node.size_of(&log)).unwrap_or_default();
        let shown = at.unwrap_or("address not known");
        lines.push(format!("{party}: {shown}, {held} records of its log held"));
        rows.push(json!({"party": party.to_string(), "address": at, "held": held}));
    }
    Ok(Answer::new(lines.join("\n"), json!({"peers": rows})))
}

fn invite(store: &Path, own: &str, out: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &[])?;
    let known = node.store().peers().map_err(Failure::of_store)?;
    let mut peers = BTreeMap::from([(node.party().clone(), address(own)?)]);
    for (party, at) in known {
        peers.insert(PartyId::parse(&party).map_err(node_fault)?, at);
    }
    let charter = node.store().meta("charter").map_err(Failure::of_store)?.unwrap_or_default();
    let hash = Hash::of(&[&charter]);
    let invitation = Invitation { charter, peers };
    if out.exists() {
        return Err(node_fault(format!("`{}` is there already", out.display())));
    }
    file::write(out, invitation.to_text().as_bytes())?;
    let count = invitation.peers.len();
    let said = format!(
        "{}: charter {hash}, addresses of {}; tell the hash by another way, so that nobody is invited elsewhere",
        out.display(),
        counted(count, "node")
    );
    Ok(Answer::new(said, json!({"file": out, "charter": hash.to_string(), "addresses": count})))
}

fn ping_all(store: &Path, party: Option<&str>, words: &Path) -> Result<Answer, Failure> {
    let node = open(store, &[], &passphrase(words)?)?;
    let mut known = node.store().peers().map_err(Failure::of_store)?;
    known.retain(|(known, _)| party.is_none_or(|party| party == known));
    if known.is_empty() {
        let hint = "note one with `veche peer add PARTY HOST:PORT --store STORE`";
        let said = "no address of such a peer is known";
        return Err(node_fault(said).hinting(Some(hint.to_owned())));
    }
    let pongs = ping(&node, &known, veche_node::run::system_time)
        .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    let lines: Vec<String> = pongs.iter().map(line).collect();
    let rows: Vec<_> = pongs
        .iter()
        .map(|pong| {
            json!({
                "party": pong.party.to_string(), "address": pong.address,
                "millis": pong.found.as_ref().ok().map(|found| found.millis),
                "they_have_more": pong.found.as_ref().ok().map(|found| found.ahead),
                "we_have_more": pong.found.as_ref().ok().map(|found| found.behind),
                "trouble": pong.found.as_ref().err(),
            })
        })
        .collect();
    let all_answer = pongs.iter().all(|pong| pong.found.is_ok());
    let answer = Answer::new(lines.join("\n"), json!({"peers": rows}));
    Ok(if all_answer { answer } else { answer.ending(crate::exit::Exit::PEER) })
}

fn line(pong: &Pong) -> String {
    match &pong.found {
        Ok(found) => {
            let more = counted(usize::try_from(found.ahead).unwrap_or(usize::MAX), "record");
            format!(
                "{} at {}: it is {0}, and answers in {} ms; it has {more} more than this node, and lacks {}",
                pong.party, pong.address, found.millis, found.behind
            )
        }
        // What says where needs not be told twice.
        Err(why) if why.contains(&pong.address) => format!("{}: {why}", pong.party),
        Err(why) => format!("{} at {}: {why}", pong.party, pong.address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for good in ["belm.example:7443", "192.0.2.7:1", "[2001:db8::7]:65535", "localhost:7443"] {
            assert_eq!(address(good).ok().as_deref(), Some(good));
        }
        for bad in [
            "belm.example",
            "belm.example:0",
            "belm.example:65536",
            ":7443",
            "https://belm.example:7443",
            "belm example:7443",
            "2001:db8::7:7443",
            "[belm]:7443",
            "",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }
}
