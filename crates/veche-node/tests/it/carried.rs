//! Nodes that no line joins: what one says reaches the others in a courier's pocket, and what somebody put into it on the way does not.

use crate::world::{World, charter_text, edited, id, statement};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use veche_ledger::age::{self, CHUNK_LEN, Fresh, Identity, PREFIX_LEN, Recipient, TAG_LEN};
use veche_ledger::bundle::tar::{self, BLOCK_LEN};
use veche_ledger::bundle::{FileLine, Manifest, Member};
use veche_ledger::{Hash, Origin};
use veche_node::bundle::{Exported, Imported, Since, export, import, keep_recipient};
use veche_node::fsck::fsck;
use veche_node::node::Appended;
use veche_node::store::Store;

/// Nodes, and a folder for what a courier carries.
struct Courier {
    world: World,
    folder: TempDir,
    written: usize,
}

impl Courier {
    fn new(charter: &str) -> Self {
        let world = World::new(charter);
        let folder = tempfile::tempdir().unwrap();
        let courier = Self { world, folder, written: 0 };
        courier.introduce_all();
        courier
    }

    /// Every node knows to whom bundles for each other are encrypted.
    fn introduce_all(&self) {
        for node in self.world.network.nodes() {
            for other in self.world.network.nodes().filter(|other| other.party() != node.party()) {
                let note = other.recipient_note().unwrap();
                keep_recipient(node, other.party(), &note).unwrap();
            }
        }
    }

    /// Writes a bundle.
    fn write(&mut self, from: &str, to: &str, since: &Since, volume: Option<u64>) -> Exported {
        self.written += 1;
        let out = self.folder.path().join(format!("{}.bundle", self.written));
        let now = self.world.now;
        export(self.world.node_mut(from), &id(to), since, &out, volume, now).unwrap()
    }

    /// Takes files in, in this order.
    fn take(&mut self, at: &str, files: &[PathBuf]) -> Result<Vec<Imported>, String> {
        let now = self.world.now;
        let taken = import(self.world.node_mut(at), files, now);
        taken.map_err(|error| error.to_string())
    }

    /// Carries one bundle, whole.
    fn carry(&mut self, from: &str, to: &str) -> Imported {
        let files = paths(&self.write(from, to, &Since::Shown, None));
        self.take(to, &files).unwrap().remove(0)
    }

    fn say(
        &mut self,
        party: &str,
        kind: &str,
        about: &[Hash],
        terms: &serde_json::Value,
    ) -> Appended {
        let (now, said) = (self.world.now, statement(party, kind, about, terms));
        self.world.node_mut(party).append(&said, now).unwrap()
    }

    fn report(&mut self, party: &str, title: &str) -> Appended {
        self.say(party, "report", &[], &json!({"title": title, "text": "Rising."}))
    }

    /// The one file of a bundle, as the archive in it.
    fn plain(&self, path: &Path, to: &str) -> Vec<u8> {
        unseal(&std::fs::read(path).unwrap(), &self.identity(to))
    }

    fn identity(&self, party: &str) -> Identity {
        Identity::of_log_key(&self.world.keys(party).logs[&1])
    }

    /// Encrypts an archive for a party's node.
    fn put(&mut self, plain: &[u8], to: &str) -> PathBuf {
        self.written += 1;
        let path = self.folder.path().join(format!("{}.made", self.written));
        std::fs::write(&path, seal(plain, &self.identity(to).recipient())).unwrap();
        path
    }

    #[track_caller]
    fn is_whole(&self, party: &str) {
        let report = fsck(self.world.node(party).store()).unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "{party}");
    }

    fn seen(&self, party: &str) -> (u64, Hash, Vec<(Origin, u64)>) {
        let node = self.world.node(party);
        let sizes = node.heads().map(|head| (head.log, head.size)).collect();
        (node.council().len(), node.council().digest(), sizes)
    }
}

fn paths(written: &Exported) -> Vec<PathBuf> {
    written.files.iter().map(|(path, _)| path.clone()).collect()
}

fn unseal(bytes: &[u8], identity: &Identity) -> Vec<u8> {
    let prefix = bytes.first_chunk::<PREFIX_LEN>().unwrap();
    let contents = age::open(prefix, std::slice::from_ref(identity)).unwrap();
    let sealed: Vec<&[u8]> = bytes[PREFIX_LEN..].chunks(CHUNK_LEN + TAG_LEN).collect();
    let mut plain = Vec::new();
    for (number, chunk) in (0..).zip(&sealed) {
        let is_last = number + 1 == sealed.len() as u64;
        plain.extend(contents.open(number, is_last, chunk).unwrap());
    }
    plain
}

fn seal(plain: &[u8], recipient: &Recipient) -> Vec<u8> {
    let fresh = Fresh { file_key: [1; 16], ephemeral: [2; 32], nonce: [3; 16] };
    let (mut bytes, contents) = age::begin(recipient, &fresh).unwrap();
    let chunks: Vec<&[u8]> = plain.chunks(CHUNK_LEN).collect();
    for (number, chunk) in (0..).zip(&chunks) {
        bytes.extend(contents.seal(number, number + 1 == chunks.len() as u64, chunk));
    }
    bytes
}

/// The members of an archive: path and bytes.
fn members(plain: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut at, mut found) = (0, Vec::new());
    loop {
        let block = plain[at..].first_chunk::<BLOCK_LEN>().unwrap();
        match tar::parse(block).unwrap() {
            tar::Head::End => return found,
            tar::Head::Member { path, len } => {
                let len = usize::try_from(len).unwrap();
                found.push((path, plain[at + BLOCK_LEN..at + BLOCK_LEN + len].to_vec()));
                at += BLOCK_LEN + len.next_multiple_of(BLOCK_LEN);
            }
        }
    }
}

/// An archive of members, each of the form.
fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut plain = Vec::new();
    for (path, bytes) in members {
        plain.extend(tar::header(path, bytes.len() as u64).unwrap());
        plain.extend(bytes);
        plain.resize(plain.len().next_multiple_of(BLOCK_LEN), 0);
    }
    plain.resize(plain.len() + 2 * BLOCK_LEN, 0);
    plain
}

/// The Two Banks Accord with two nodes: the office's log is kept by Arven's.
fn two_nodes() -> String {
    let text = charter_text("two-banks");
    let witnessing = "by = [\"member\", \"staff\"]\nquorum = 2\ncolluding = 1";
    let text = edited(&text, witnessing, "by = [\"member\"]\nquorum = 1\ncolluding = 0");
    let office = "name = \"Joint Office\"\nstatus = \"staff\"";
    edited(&text, office, &format!("{office}\nhosted_by = \"arven\""))
}

fn text() -> serde_json::Value {
    json!({"title": "Quay", "paragraphs": [{"n": 1, "text": "The quay is closed."}]})
}

#[test]
fn two_nodes_that_no_line_joins_adopt_a_text() {
    let mut courier = Courier::new(&two_nodes());
    let proposal = courier.say("office", "proposal", &[], &text()).leaf;
    let out = courier.carry("arven", "belm");
    assert!(out.is_whole() && out.cosigned > 0, "{out:?}");
    let back = courier.carry("belm", "arven");
    assert!(back.is_whole() && back.cosignatures > 0, "{back:?}");
    let receipts = courier.world.node("arven").council().record(&proposal).unwrap().receipts;
    assert!(receipts.contains_key("belm"), "the receipt came back: {receipts:?}");
    courier.world.wait(31);
    assert_eq!(courier.carry("arven", "belm").matters, [], "Belm did not open it");
    let back = courier.carry("belm", "arven");
    assert!(back.matters.iter().any(|matter| matter.closed.is_ok()), "{:?}", back.matters);
    assert_eq!(courier.world.state_of("arven", &proposal, 0), "adopted");
    let last = courier.carry("arven", "belm");
    assert!(last.is_whole(), "{last:?}");
    assert_eq!(courier.world.state_of("belm", &proposal, 0), "adopted");
    // The last receipt comes back; of a receipt nobody says that it was had.
    courier.carry("belm", "arven");
    let digest = |party| courier.world.node(party).council().digest();
    assert_eq!(digest("arven"), digest("belm"));
    let certificate = courier.world.certificate("belm", &proposal);
    assert_eq!(certificate.to_bytes(), courier.world.certificate("arven", &proposal).to_bytes());
    for party in ["arven", "belm"] {
        courier.is_whole(party);
    }
}

#[test]
fn three_nodes_adopt_a_text_by_couriers_alone() {
    let mut courier = Courier::new(&charter_text("two-banks"));
    let proposal = courier.say("office", "proposal", &[], &text()).leaf;
    // Both leave at once, come back, and what the one brought goes to the other.
    for _ in 0..4 {
        let out: Vec<_> = ["arven", "belm"]
            .map(|to| (to, courier.write("office", to, &Since::Shown, None)))
            .into_iter()
            .collect();
        for (to, written) in out {
            courier.take(to, &paths(&written)).unwrap();
            courier.world.wait(1);
            courier.carry(to, "office");
        }
        courier.world.wait(31);
    }
    assert_eq!(courier.world.state_of("office", &proposal, 0), "adopted");
    let decided = courier.world.node("office").certificate(&proposal);
    assert!(decided.is_ok(), "{:?}", decided.err());
    courier.is_whole("office");
}

/// A node with a log long enough for several volumes, and the bundle in so many files.
fn in_volumes() -> (Courier, Vec<PathBuf>) {
    let mut courier = Courier::new(&charter_text("two-banks"));
    for number in 0..600 {
        courier.report("arven", &format!("Report {number}"));
    }
    let whole = courier.write("arven", "belm", &Since::Nothing, None).files.remove(0).1;
    let written = courier.write("arven", "belm", &Since::Nothing, Some(whole / 2));
    assert!(written.files.iter().all(|(_, len)| *len <= whole / 2), "{written:?}");
    let files = paths(&written);
    assert_eq!(files.len(), 3, "{written:?}");
    (courier, files)
}

#[test]
fn volumes_come_in_any_order_and_again_and_what_lacks_is_named() {
    let (mut courier, files) = in_volumes();
    let log = courier.world.log("arven", 1);
    let held = |courier: &Courier| courier.world.node("belm").size_of(&log);
    let lacks = |taken: &[Imported]| {
        let row = taken[0].logs.iter().find(|row| row.log == log).unwrap();
        row.lacks.clone().unwrap_or_default()
    };
    let before = courier.seen("belm");
    let taken = courier.take("belm", &files[2..]).unwrap();
    assert!(lacks(&taken).contains("is in volume 1, 2 of 3"), "{taken:?}");
    assert!(!taken[0].is_whole());
    assert_eq!(held(&courier), before.2.iter().find(|(of, _)| *of == log).unwrap().1);
    let taken = courier.take("belm", &files[..1]).unwrap();
    assert!(held(&courier) >= 255 && lacks(&taken).contains("volume 2, 3 of 3"), "{taken:?}");
    let first = courier.seen("belm");
    courier.take("belm", &files[..1]).unwrap();
    assert_eq!(courier.seen("belm"), first, "the same again changes nothing");
    // The last with the first: what is between lacks.
    let taken = courier.take("belm", &[files[2].clone(), files[0].clone()]).unwrap();
    assert!(lacks(&taken).contains("volume 2 of 3"), "{taken:?}");
    let taken = courier.take("belm", &[files[2].clone(), files[1].clone()]).unwrap();
    assert!(taken[0].is_whole(), "{taken:?}");
    assert_eq!(held(&courier), courier.world.node("arven").size_of(&log));
    courier.is_whole("belm");
    // All at once, last first, to another who reads the same.
    let mut other = Courier::new(&charter_text("two-banks"));
    for number in 0..600 {
        other.report("arven", &format!("Report {number}"));
    }
    let mut files = paths(&other.write("arven", "belm", &Since::Nothing, Some(600_000)));
    files.reverse();
    files.push(files[0].clone());
    assert!(other.take("belm", &files).unwrap()[0].is_whole());
    other.is_whole("belm");
}

#[test]
fn a_volume_that_is_too_small_is_refused_with_one_that_would_do() {
    let mut courier = Courier::new(&charter_text("two-banks"));
    let out = courier.folder.path().join("small.bundle");
    let now = courier.world.now;
    let node = courier.world.node_mut("arven");
    let refused = export(node, &id("belm"), &Since::Nothing, &out, Some(2000), now).unwrap_err();
    assert!(refused.to_string().contains("a volume of 2000 bytes is too small"), "{refused}");
    assert_eq!(std::fs::read_dir(courier.folder.path()).unwrap().count(), 0);
    std::fs::write(&out, b"there").unwrap();
    let node = courier.world.node_mut("arven");
    let refused = export(node, &id("belm"), &Since::Nothing, &out, None, now).unwrap_err();
    assert!(refused.to_string().contains("nothing is overwritten"), "{refused}");
    assert_eq!(std::fs::read(&out).unwrap(), b"there");
}

/// A bundle in one file that brings Belm a report of Arven's.
fn one_report() -> (Courier, PathBuf) {
    let mut courier = Courier::new(&charter_text("two-banks"));
    courier.report("arven", "River at 4.2 m");
    let file = paths(&courier.write("arven", "belm", &Since::Nothing, None)).remove(0);
    (courier, file)
}

#[test]
fn a_bundle_that_was_cut_or_changed_anywhere_is_refused_and_nothing_of_it_taken() {
    let (mut courier, file) = one_report();
    let (good, before) = (std::fs::read(&file).unwrap(), courier.seen("belm"));
    let bad = courier.folder.path().join("bad.bundle");
    let lengths = (0..good.len()).step_by(389).chain([1, PREFIX_LEN, good.len() - 1]);
    for len in lengths {
        std::fs::write(&bad, &good[..len]).unwrap();
        let refused = courier.take("belm", std::slice::from_ref(&bad)).unwrap_err();
        assert!(refused.contains("bad.bundle"), "{len}: {refused}");
    }
    for at in (0..good.len()).step_by(211).chain(0..PREFIX_LEN).chain([good.len() - 1]) {
        let mut changed = good.clone();
        changed[at] ^= 1;
        std::fs::write(&bad, &changed).unwrap();
        assert!(courier.take("belm", std::slice::from_ref(&bad)).is_err(), "byte {at}");
    }
    std::fs::write(&bad, [good.as_slice(), b"x"].concat()).unwrap();
    assert!(courier.take("belm", std::slice::from_ref(&bad)).is_err(), "longer");
    // A good one beside a bad one: neither is taken.
    let both = courier.take("belm", &[file.clone(), bad.clone()]);
    assert!(both.is_err());
    assert_eq!(courier.seen("belm"), before);
    for garbage in [&b""[..], b"not a bundle", &[0; 4096]] {
        std::fs::write(&bad, garbage).unwrap();
        let refused = courier.take("belm", std::slice::from_ref(&bad)).unwrap_err();
        assert!(refused.contains("it is no bundle"), "{refused}");
    }
    assert!(courier.take("belm", &[file]).unwrap()[0].is_whole());
}

#[test]
fn a_bundle_opens_for_its_recipient_and_is_taken_by_nobody_else() {
    let (mut courier, file) = one_report();
    let refused = courier.take("office", std::slice::from_ref(&file)).unwrap_err();
    assert!(refused.contains("no key of this node opens it"), "{refused}");
    // Encrypted anew for the office by somebody: the manifest says for whom it was.
    let plain = courier.plain(&file, "belm");
    let made = courier.put(&plain, "office");
    let refused = courier.take("office", &[made]).unwrap_err();
    assert!(refused.contains("it is for the node of `belm`"), "{refused}");
    let made = courier.put(&plain, "arven");
    let refused = courier.take("arven", &[made]).unwrap_err();
    assert!(refused.contains("this node made it itself"), "{refused}");
    // Another organisation of the same name, whose parties have the same names and, here, keys.
    let other = edited(&charter_text("two-banks"), "Two Banks Accord", "Two Banks Pact");
    let mut other = Courier::new(&other);
    let refused = other.take("belm", &[file]).unwrap_err();
    assert!(refused.contains("made in another organisation: its charter is"), "{refused}");
}

/// Changes the archive of a bundle, signs its manifest anew where `signs` names a party, and tells how it is refused.
#[track_caller]
fn refused(why: &str, signs: Option<&str>, change: impl FnOnce(&mut Vec<(String, Vec<u8>)>)) {
    let (mut courier, file) = one_report();
    let before = courier.seen("belm");
    let mut all = members(&courier.plain(&file, "belm"));
    change(&mut all);
    if let Some(party) = signs {
        let mut manifest = Manifest::claimed(&all[0].1).unwrap();
        manifest.files = listed(&all[1..]);
        all[0].1 = manifest.sign(&courier.world.keys(party).logs[&1]);
    }
    let made = courier.put(&archive(&all), "belm");
    let said = courier.take("belm", &[made]).unwrap_err();
    assert!(said.contains(why), "{said}");
    assert_eq!(courier.seen("belm"), before, "{why}");
}

fn listed(members: &[(String, Vec<u8>)]) -> Vec<FileLine> {
    let line = |(path, bytes): &(String, Vec<u8>)| FileLine {
        member: Member::parse(path).unwrap(),
        len: bytes.len() as u64,
        sha256: Hash::of(&[bytes]),
    };
    members.iter().map(line).collect()
}

#[test]
fn an_archive_with_more_less_or_other_than_its_manifest_lists_is_refused() {
    let arven = Some("arven");
    refused("the first one is no manifest", None, |all| all.swap(0, 1));
    refused("the first one is no manifest", None, |all| drop(all.remove(0)));
    refused("`heads` is not as its manifest lists it", None, |all| all.swap(1, 2));
    refused("is not as its manifest lists it", None, |all| all.last_mut().unwrap().1.push(0));
    refused("is not as its manifest lists it", None, |all| drop(all.pop()));
    refused("its path is none of a bundle", None, |all| "../heads".clone_into(&mut all[1].0));
    refused("its path is none of a bundle", None, |all| "/etc/passwd".clone_into(&mut all[1].0));
    refused("its manifest does not list it", None, |all| all.push(("more".to_owned(), vec![1])));
    refused("there is one of that path already", arven, |all| all.push(all[1].clone()));
    refused("did not sign it", Some("office"), |_| {});
    refused("line 2 is not of the form", None, |all| all[0].1[20] = b'x');
    refused("it is no signed note", None, |all| all[0].1.truncate(100));
    refused("its path is none of a bundle", None, |all| {
        all.insert(1, ("manifest".to_owned(), all[0].1.clone()));
    });
}

#[test]
fn an_archive_of_another_form_is_refused() {
    let (mut courier, file) = one_report();
    let plain = courier.plain(&file, "belm");
    let before = courier.seen("belm");
    let mut check = |why: &str, plain: &[u8]| {
        let made = courier.put(plain, "belm");
        let said = courier.take("belm", &[made]).unwrap_err();
        assert!(said.contains(why), "{why}: {said}");
    };
    check("bytes follow the end", &[plain.as_slice(), &[0; BLOCK_LEN]].concat());
    check("the archive ends before it", &plain[..plain.len() - BLOCK_LEN]);
    check("cut short", &plain[..BLOCK_LEN]);
    check("cut short", &plain[..BLOCK_LEN + 100]);
    // A link to elsewhere, with its checksum right.
    let mut link = plain.clone();
    (link[156], link[157]) = (b'2', b'/');
    let sum: u32 = link[..BLOCK_LEN].iter().map(|byte| u32::from(*byte)).sum();
    let had: u32 = link[148..156].iter().map(|byte| u32::from(*byte)).sum();
    link[148..156].copy_from_slice(format!("{:06o}\0 ", sum - had + 8 * 32).as_bytes());
    check("its header is not that of a plain file", &link);
    // A manifest longer than any: nothing of that length is read.
    let mut long = plain.clone();
    long[..BLOCK_LEN].copy_from_slice(&tar::header("manifest", 1 << 32).unwrap());
    check("longer than a manifest can be", &long);
    // Something behind a member's end.
    let manifest = members(&plain)[0].1.len();
    let mut hidden = plain.clone();
    assert!(!manifest.is_multiple_of(BLOCK_LEN));
    hidden[BLOCK_LEN + manifest] = 1;
    check("something is hidden behind its end", &hidden);
    assert_eq!(courier.seen("belm"), before);
}

/// Who speaks to its group.
const AUTHOR: &str = "tamrin";

/// A courier of an organisation with groups; a group's member has spoken; a party outside of the group, and one in it.
fn told_the_group() -> (Courier, Appended, String, String) {
    let mut courier = Courier::new(&charter_text("six-rivers"));
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let said = courier.say(AUTHOR, "lab_report", &[], &report);
    let world = &courier.world;
    let others = || world.network.nodes().map(|node| node.party()).filter(|p| p.as_str() != AUTHOR);
    let council = world.node(AUTHOR).council();
    let reads = |party: &veche_ledger::PartyId| {
        council.visible(party, &said.leaf, world.now).unwrap().is_content()
    };
    let outside = others().find(|party| !reads(party)).unwrap().to_string();
    let inside = others().find(|party| reads(party)).unwrap().to_string();
    (courier, said, outside, inside)
}

fn has(bytes: &[u8], what: &str) -> bool {
    bytes.windows(what.len()).any(|at| at == what.as_bytes())
}

#[test]
fn a_bundle_holds_no_byte_that_its_recipient_may_not_read() {
    let (mut courier, said, outside, inside) = told_the_group();
    for (to, is_there) in [(&outside, false), (&inside, true)] {
        let file = paths(&courier.write(AUTHOR, to, &Since::Nothing, None)).remove(0);
        assert_eq!(has(&courier.plain(&file, to), "six cases"), is_there, "{to}");
        assert!(!has(&std::fs::read(&file).unwrap(), "six cases"), "encrypted on the medium");
        assert!(courier.take(to, &[file]).unwrap()[0].is_whole(), "{to}");
        let stored = courier.world.node(to).store().entries(&said.log, said.index, 1).unwrap();
        assert_eq!(stored[0].opening.is_some(), is_there, "{to}");
    }
}

#[test]
fn content_that_was_put_into_a_bundle_for_the_wrong_node_is_thrown_away_and_told() {
    let (mut courier, said, outside, inside) = told_the_group();
    let file = paths(&courier.write(AUTHOR, &inside, &Since::Nothing, None)).remove(0);
    let mut all = members(&courier.plain(&file, &inside));
    let mut manifest = Manifest::claimed(&all[0].1).unwrap();
    manifest.recipient = id(&outside);
    all[0].1 = manifest.sign(&courier.world.keys(AUTHOR).logs[&1]);
    let made = courier.put(&archive(&all), &outside);
    let taken = courier.take(&outside, &[made]).unwrap().remove(0);
    let told: BTreeSet<u64> = taken.overshared.iter().map(|over| over.index).collect();
    assert!(told.contains(&said.index), "{taken:?}");
    let node = courier.world.node(&outside);
    let stored = node.store().entries(&said.log, said.index, 1).unwrap();
    assert_eq!(stored[0].opening, None);
    courier.is_whole(&outside);
}

/// Arven's node and a second one over a copy of its store, which says something else.
fn forked(first: usize, more: usize) -> Courier {
    let mut courier = Courier::new(&charter_text("two-banks"));
    let copy = courier.world.node("arven").store().copy_to(Store::in_memory().unwrap()).unwrap();
    let second = courier.world.open_node(&id("arven"), copy, 1);
    for _ in 0..first {
        courier.report("arven", "River at 4.2 m");
    }
    courier.carry("arven", "belm");
    courier.world.network.replace(second);
    courier.introduce_all();
    for _ in 0..more {
        courier.report("arven", "River at 2.4 m");
    }
    let to_office = paths(&courier.write("arven", "office", &Since::Nothing, None));
    courier.take("office", &to_office).unwrap();
    courier
}

#[test]
fn a_bundle_that_shows_another_history_of_a_log_proves_the_fork_and_the_proof_becomes_a_record() {
    // Of one size, shorter and longer than the history that is held.
    for (first, more) in [(1, 1), (1, 2), (1, 300), (3, 1), (300, 2)] {
        let mut courier = forked(first, more);
        let log = courier.world.log("arven", 1);
        let said = courier.world.node("belm").size_of(&courier.world.log("belm", 1));
        let taken = courier.carry("office", "belm");
        assert_eq!(taken.forks, std::slice::from_ref(&log), "{more}: {taken:?}");
        let node = courier.world.node("belm");
        assert!(node.forks().contains_key(&log));
        let records = node.store().entries(&courier.world.log("belm", 1), said, 100).unwrap();
        let is_told = records.iter().any(|entry| has(&entry.leaf, "\"kind\":\"fork\""));
        assert!(is_told, "{more}: the proof is a record");
        courier.carry("belm", "office");
        assert!(courier.world.node("office").forks().contains_key(&log), "{more}");
    }
}

#[test]
fn what_a_node_has_shown_that_it_holds_is_not_sent_again_and_what_was_lost_is() {
    let mut courier = Courier::new(&charter_text("two-banks"));
    for _ in 0..300 {
        courier.report("arven", "River at 4.2 m");
    }
    let log = courier.world.log("arven", 1);
    let from = |written: &Exported| {
        written.logs.iter().find(|(of, _, _)| *of == log).map(|(_, from, _)| *from)
    };
    let lost = courier.write("arven", "belm", &Since::Shown, None);
    assert_eq!(from(&lost), Some(0));
    courier.report("arven", "River at 4.4 m");
    let after = courier.write("arven", "belm", &Since::Sent, None);
    let taken = courier.take("belm", &paths(&after)).unwrap().remove(0);
    let lacks = taken.logs.iter().find(|row| row.log == log).unwrap().lacks.clone();
    assert!(lacks.unwrap().contains("ask for one with `--since nothing`"), "{taken:?}");
    let again = courier.write("arven", "belm", &Since::Shown, None);
    assert_eq!(from(&again), Some(0), "nothing came back that says that it arrived");
    assert!(courier.take("belm", &paths(&again)).unwrap()[0].is_whole());
    courier.carry("belm", "arven");
    assert!(
        from(&courier.write("arven", "belm", &Since::Shown, None)).is_none_or(|from| from >= 300)
    );
}

#[test]
fn a_bundle_is_for_the_node_of_a_party_whose_key_says_so() {
    let mut courier = Courier::new(&two_nodes());
    let (out, now) = (courier.folder.path().join("x.bundle"), courier.world.now);
    let mut check = |party: &str, why: &str| {
        let node = courier.world.node_mut("arven");
        let refused = export(node, &id(party), &Since::Shown, &out, None, now).unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    };
    check("arven", "is this node's own party");
    check("office", "has no node of its own");
    check("corin", "has no node of its own");
    let node = courier.world.node("arven");
    let own = node.recipient_note().unwrap();
    let refused = keep_recipient(node, &id("belm"), &own).unwrap_err().to_string();
    assert!(refused.contains("which is no open log of that party here"), "{refused}");
    let belm = courier.world.node("belm").recipient_note().unwrap();
    let changed = String::from_utf8(belm).unwrap().replace("belm/1\n", "belm/2\n").into_bytes();
    assert!(keep_recipient(node, &id("belm"), &changed).is_err());
}

#[test]
fn a_file_is_byte_for_byte_the_one_that_another_program_of_age_opened() {
    let plain: Vec<u8> = (0..70_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let made = seal(&plain, &Identity::from_bytes(&[9; 32]).recipient());
    // Made by another implementation of these keys, and opened by the crate `age` 0.12.1.
    assert_eq!(
        Hash::of(&[&made]).to_string(),
        "3594a93ad3a339ef913744b1d5b8b8c1870ab5e45d70bc7c55ef16c2ed1a0d8f"
    );
}
