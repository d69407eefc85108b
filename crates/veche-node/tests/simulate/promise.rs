//! What holds in every world.

use crate::world::{Host, World};
use std::collections::BTreeMap;
use veche_charter::act::Readers;
use veche_council::Head;
use veche_council::certificate::verify;
use veche_council::entry::FORK;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::parse_canonical;
use veche_ledger::record::Record;
use veche_ledger::sync::{Push, Resource, parse_openings};
use veche_ledger::tile::TILE_WIDTH;
use veche_ledger::tree::leaf_hash;
use veche_ledger::{ForkProof, Hash, Kind, LeafIndex, Origin};
use veche_node::node::Node;
use veche_node::peer::{Asked, Reply};

/// No content leaves an honest node for one whose party its label keeps it from. What each record's label is was noted when it was said.
/// Returns how many contents were looked at.
pub(crate) fn no_leak(world: &World, from: usize, to: usize, asked: &Asked, reply: &Reply) -> u64 {
    let Asked::Get(Resource::Openings(log, path)) = asked else { return 0 };
    let (Some(node), 200) = (&world.hosts[from].node, reply.status) else { return 0 };
    let openings = parse_openings(&reply.body, path.width()).expect("an honest node's answer");
    let start = path.index() * TILE_WIDTH;
    let leaves =
        node.store().entries(log, start, u64::from(path.width())).expect("its own records");
    let sent = leaves.iter().zip(&openings).filter(|(_, opening)| opening.is_some());
    let sent = sent.filter(|_| !is_own(world, to, log));
    sent.map(|(entry, _)| look(world, from, to, leaf_hash(&entry.leaf))).sum()
}

/// The same of what is sent unasked.
pub(crate) fn no_leak_in_push(
    world: &World,
    from: usize,
    to: usize,
    log: &Origin,
    body: &[u8],
) -> u64 {
    if is_own(world, to, log) {
        return 0;
    }
    let push = Push::parse(body).expect("an honest node's push");
    let sent = push.records.iter().filter(|(_, opening)| opening.is_some());
    sent.map(|(leaf, _)| look(world, from, to, leaf_hash(leaf))).sum()
}

/// Returns true if a log is that of a node's own party, which reads what it said itself.
fn is_own(world: &World, node: usize, log: &Origin) -> bool {
    log.party() == world.hosts[node].party.as_str()
}

fn look(world: &World, from: usize, to: usize, leaf: Hash) -> u64 {
    let Some(label) = world.labels.get(&leaf) else { return 0 };
    let (from, to) = (&world.hosts[from].party, &world.hosts[to].party);
    let may = match world.charter.readers(label) {
        Readers::Everyone => true,
        Readers::Only(readers) => readers.contains(to),
    };
    assert!(
        may,
        "seed {}: `{from}` gave `{to}` the content of a record labelled `{label}`",
        world.seed
    );
    1
}

fn nodes(world: &World) -> Vec<(&Host, &Node)> {
    world.honest().filter_map(|host| Some((host, host.node.as_ref()?))).collect()
}

/// Honest nodes hold the same records of honest logs; where they hold the same of all logs, their state is the same.
pub(crate) fn agree(world: &World) -> Result<(), String> {
    let nodes = nodes(world);
    let Some((first, _)) = nodes.first() else { return Ok(()) };
    let liar = world.liar.map(|liar| world.hosts[liar].party.clone());
    let is_honest = |log: &Origin| liar.as_ref().is_none_or(|liar| liar.as_str() != log.party());
    let heads = |node: &Node| -> BTreeMap<Origin, (u64, Hash)> {
        let heads = node.heads().filter(|head| is_honest(&head.log));
        heads.map(|head| (head.log, (head.size, head.root))).collect()
    };
    let all = |node: &Node| -> Vec<_> { node.heads().collect() };
    for (host, node) in &nodes {
        let (one, other) = (heads(nodes[0].1), heads(node));
        if one != other {
            return Err(format!(
                "`{}` holds {one:?}, `{}` holds {other:?}",
                first.party, host.party
            ));
        }
        let same_records = all(nodes[0].1) == all(node);
        // Which receipts of a forked log a node believes still hangs on what it held when they came: a known gap (`docs/plan.md`).
        if same_records
            && !world.has_two_faces()
            && node.council().digest() != nodes[0].1.council().digest()
        {
            return Err(format!(
                "`{}` and `{}` differ over the same records",
                first.party, host.party
            ));
        }
    }
    Ok(())
}

/// Asks at the end that all holds.
pub(crate) fn check(world: &mut World) {
    let seed = world.seed;
    agree(world).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    nothing_is_lost(world);
    no_honest_log_is_forked(world);
    let decided = certificates_hold(world);
    world.tally.decided += decided;
    if two_histories_are_held(world) {
        world.tally.forks_met += 1;
        world.tally.forks_proved += a_fork_becomes_a_record(world);
    }
}

/// What an honest node acknowledged, all honest nodes hold.
fn nothing_is_lost(world: &World) {
    let acknowledged = world.acknowledged.iter().filter(|(at, ..)| !world.lies(*at));
    for (_, log, index, leaf) in acknowledged {
        for (host, node) in nodes(world) {
            let stored = node.store().entries(log, *index, 1).expect("a store");
            let found = stored.first().map(|entry| leaf_hash(&entry.leaf));
            assert_eq!(found, Some(*leaf), "seed {}: `{}`, {log} {index}", world.seed, host.party);
        }
    }
}

/// Nodes whose certificates are verified: where all agree, those of the others are the same.
const VERIFIED_AT: usize = 2;

/// Each certificate that an honest node makes is good, and no two of them contradict one another.
fn certificates_hold(world: &World) -> u64 {
    let mut results: BTreeMap<Hash, Vec<String>> = BTreeMap::new();
    let mut verified = 0;
    for (host, node) in nodes(world).into_iter().take(VERIFIED_AT) {
        for text in &world.texts {
            let Ok(certificate) = node.certificate(text) else { continue };
            let bytes = certificate.to_bytes();
            let good = verify(&bytes, Some(world.charter.hash));
            let good = good
                .unwrap_or_else(|fault| panic!("seed {}: `{}`: {fault}", world.seed, host.party));
            verified += 1;
            let outcome: Vec<String> = good
                .decisions
                .iter()
                .map(|(unit, end)| format!("{unit:?} {}", end.state))
                .collect();
            let known = results.entry(*text).or_insert_with(|| outcome.clone());
            assert_eq!(*known, outcome, "seed {}: two certificates of {text}", world.seed);
        }
    }
    verified
}

/// Nobody holds a proof against somebody who does not lie: whoever came back from a backup went on where it was.
fn no_honest_log_is_forked(world: &World) {
    let lies = world.liar.map(|liar| world.hosts[liar].party.clone());
    for (host, node) in nodes(world) {
        for log in node.forks().keys() {
            let is_liar = lies.as_ref().is_some_and(|liar| liar.as_str() == log.party());
            assert!(is_liar, "seed {}: `{}` holds that `{log}` is forked", world.seed, host.party);
        }
    }
}

/// Returns true if two honest nodes hold other records of the liar at one place.
fn two_histories_are_held(world: &World) -> bool {
    let Some(liar) = world.liar.map(|liar| world.hosts[liar].party.clone()) else { return false };
    let nodes = nodes(world);
    let heads = |node: &Node| -> Vec<Head> {
        node.heads().filter(|head| head.log.party() == liar.as_str()).collect()
    };
    let differs = |node: &Node, head: &Head| {
        let own = node.root_at(&head.log, head.size);
        head.size <= node.size_of(&head.log) && own.is_some_and(|own| own != head.root)
    };
    nodes.iter().any(|(_, one)| {
        let heads = heads(one);
        nodes.iter().any(|(_, other)| heads.iter().any(|head| differs(other, head)))
    })
}

/// A fork that honest nodes hold both sides of ends as a record of one of them, held by all, whose proof holds under the key of the
/// log. Returns how many such records there are.
fn a_fork_becomes_a_record(world: &World) -> u64 {
    let liar = world.liar.map(|liar| world.hosts[liar].party.clone()).expect("who forked");
    let mut proved = u64::MAX;
    for (host, node) in nodes(world) {
        let found = fork_records(node).filter(|log| log.party() == liar.as_str()).count() as u64;
        assert!(
            found > 0,
            "seed {}: `{liar}` showed two histories, and `{}` holds no proof of it",
            world.seed,
            host.party
        );
        proved = proved.min(found);
    }
    proved
}

/// Returns the logs of which a node holds a record with a proof that they are forked. Each proof is verified.
fn fork_records(node: &Node) -> impl Iterator<Item = Origin> {
    let logs: Vec<Origin> = node.heads().map(|head| head.log).collect();
    let kind = Kind::parse(FORK).expect("a kind");
    logs.into_iter().flat_map(move |log| {
        let entries = node.store().entries(&log, 0, u64::MAX).expect("a store");
        let kind = kind.clone();
        let proofs = (0..).zip(entries).filter_map(move |(index, entry)| {
            let record = Record::decode(&log, LeafIndex(index), &entry.leaf).expect("a record");
            if record.header().kind != kind {
                return None;
            }
            let opening = Opening::from_bytes(Domain::Terms, &entry.opening?).expect("an opening");
            let terms = parse_canonical(&opening.bytes).expect("terms");
            let of = Origin::parse(terms.get("log")?.as_text()?).expect("a log");
            let proof = ForkProof::from_value(terms.get("proof")?).expect("a proof");
            let fork =
                proof.verify(node.keyring().log(&of)?.log_key()).expect("a proof that holds");
            assert_eq!(fork.origin, of, "a proof of another log");
            Some(of)
        });
        proofs.collect::<Vec<_>>()
    })
}
