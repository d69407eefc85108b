//! Certificates changed in one respect, each of which must be refused.
//!
//! An adversary is given the keys of a log's own party and of as many witnesses as the charter says may collude, or fewer. A
//! kind that is marked `all keys` goes further: everything that follows from the change is signed anew with everybody's real
//! keys, so that nothing but the one check in question can refuse it.

use super::forge::{Forge, Keys, bent, party_of};
use super::scenes::{Scene, scenes};
use crate::world::{id, secrets};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use veche_council::certificate::{AmendmentPart, Certificate};
use veche_ledger::record::{Draft, Record};
use veche_ledger::tree::leaf_hash;
use veche_ledger::{Hash, LeafIndex, Origin, UnixSeconds};

/// A file that must be refused, and how it came to be.
pub(crate) struct Mutant {
    pub(crate) kind: &'static str,
    pub(crate) scene: &'static str,
    pub(crate) expected: Hash,
    pub(crate) bytes: Vec<u8>,
}

/// A kind of change: it makes what mutants it can of a scene.
type Maker = fn(&Scene, &mut Vec<Vec<u8>>);

/// Every kind, with its name.
pub(crate) const KINDS: [(&str, Maker); 42] = [
    ("cosignature-dropped", cosignature_dropped),
    ("cosignature-dropped-in-one-place", cosignature_dropped_in_one_place),
    ("cosignature-twice", cosignature_twice),
    ("cosignature-added", cosignature_added),
    ("cosignature-restated", cosignature_restated),
    ("cosignature-before-the-end", cosignature_before_the_end),
    ("cosignature-of-another-head", cosignature_of_another_head),
    ("cosignature-bent", cosignature_bent),
    ("cosignature-by-a-stranger", cosignature_by_a_stranger),
    ("cosignatures-unsorted", cosignatures_unsorted),
    ("own-node-replaced", own_node_replaced),
    ("head-dropped", head_dropped),
    ("head-twice", head_twice),
    ("heads-unsorted", heads_unsorted),
    ("head-of-a-log-outside", head_of_a_log_outside),
    ("log-dropped", log_dropped),
    ("log-dropped-in-one-place", log_dropped_in_one_place),
    ("cut-twice", cut_twice),
    ("cut-restated", cut_restated),
    ("cut-shortened", cut_shortened),
    ("cut-shortened-by-its-owner", cut_shortened_by_its_owner),
    ("record-dropped", record_dropped),
    ("record-dropped-by-its-owner", record_dropped_by_its_owner),
    ("records-swapped", records_swapped),
    ("record-of-another-log", record_of_another_log),
    ("record-signed-by-a-stranger", record_signed_by_a_stranger),
    ("range-begun-later", range_begun_later),
    ("frontier-bent", frontier_bent),
    ("checkpoint-bent", checkpoint_bent),
    ("opening-dropped", opening_dropped),
    ("opening-bent", opening_bent),
    ("openings-swapped", openings_swapped),
    ("opening-added", opening_added),
    ("earlier-dropped", earlier_dropped),
    ("earlier-bent", earlier_bent),
    ("results-edited", results_edited),
    ("decisions-edited", decisions_edited),
    ("both-edited", both_edited),
    ("statement-edited", statement_edited),
    ("texts-edited", texts_edited),
    ("charter-changed", charter_changed),
    ("amendment-changed", amendment_changed),
];

/// Returns the mutants of all scenes, at least `least` and at most `most` of a kind, spread evenly over the scenes and places.
pub(crate) fn mutants(scenes: &[Scene], least: usize, most: usize) -> Vec<Mutant> {
    let mut all = Vec::new();
    for (n, (kind, make)) in KINDS.into_iter().enumerate() {
        let mut made: Vec<Mutant> = Vec::new();
        // Each kind visits every third scene, another third than the kind before it.
        for scene in scenes.iter().skip(n % 3).step_by(3) {
            let good = scene.certificate.to_bytes();
            let mut bytes = Vec::new();
            make(scene, &mut bytes);
            bytes.retain(|bytes| *bytes != good);
            let of_scene =
                |bytes| Mutant { kind, scene: scene.name, expected: scene.charter.hash, bytes };
            made.extend(bytes.into_iter().map(of_scene));
        }
        assert!(made.len() >= least, "{kind}: only {} mutants", made.len());
        let (len, kept) = (made.len(), made.len().min(most));
        let is_kept = |at: usize| (at * kept) / len != (at + 1) * kept / len;
        all.extend(
            made.into_iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, mutant)| mutant),
        );
    }
    all
}

pub(super) fn each_line(
    scene: &Scene,
    out: &mut Vec<Vec<u8>>,
    change: impl Fn(&mut Forge<'_>, &Origin, usize),
) {
    for (log, at) in Forge::new(scene).all_lines() {
        let mut forge = Forge::new(scene);
        change(&mut forge, &log, at);
        out.push(forge.bytes());
    }
}

pub(super) fn each_log(
    scene: &Scene,
    out: &mut Vec<Vec<u8>>,
    change: impl Fn(&mut Forge<'_>, &Origin),
) {
    for log in Forge::new(scene).logs() {
        let mut forge = Forge::new(scene);
        change(&mut forge, &log);
        out.push(forge.bytes());
    }
}

/// Leaves, by log and place in its range.
fn places(scene: &Scene) -> Vec<(Origin, usize)> {
    let logs = scene.certificate.logs.iter();
    logs.flat_map(|(log, part)| (0..part.leaves.len()).map(move |at| (log.clone(), at))).collect()
}

pub(super) fn line(forge: &mut Forge<'_>, log: &Origin, at: usize) -> Json {
    forge.lines(log).map(|lines| lines[at].clone()).unwrap_or_default()
}

/// A party that may collude with a log's owner.
fn colluder(scene: &Scene, owner: &str) -> String {
    let mut members = scene
        .charter
        .parties
        .iter()
        .filter(|(party, entry)| entry.status.as_str() == "member" && party.as_str() != owner);
    members.next_back().map(|(party, _)| party.to_string()).unwrap_or_default()
}

fn owner_and_colluder(scene: &Scene, log: &Origin) -> Keys {
    Keys::of(&[log.party(), &colluder(scene, log.party())])
}

fn is_member(scene: &Scene, log: &Origin) -> bool {
    scene
        .charter
        .parties
        .get(&id(log.party()))
        .is_some_and(|party| party.status.as_str() == "member")
}

fn waived(scene: &Scene) -> BTreeSet<String> {
    let decisions = Forge::new(scene).json["decisions"].as_array().cloned().unwrap_or_default();
    let names = decisions.iter().flat_map(|d| d["waived"].as_array().cloned().unwrap_or_default());
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

// ------------------------------------------------------------------------------------------------ cosignatures and heads

fn cosignature_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        forge.lines(log).map(|lines| lines.remove(at));
        forge.copy_lines(log);
    });
}

fn cosignature_dropped_in_one_place(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let kept = forge.lines(log).cloned();
        forge.lines(log).map(|lines| lines.remove(at));
        if at.is_multiple_of(2) {
            forge.copy_lines(log);
            if let (Some(lines), Some(kept)) = (forge.lines(log), kept) {
                *lines = kept;
            }
        }
    });
}

fn cosignature_twice(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let line = line(forge, log, at);
        if let Some(lines) = forge.lines(log) {
            lines.insert(at, line);
        }
        forge.copy_lines(log);
    });
}

/// All keys: one good cosignature more than `q`.
fn cosignature_added(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| {
        let signed: BTreeSet<String> =
            forge.lines(log).into_iter().flatten().map(|line| party_of(line)).collect();
        let time = line_time(forge, log);
        let other = scene.charter.parties.keys().find(|party| !signed.contains(party.as_str()));
        if let (Some(other), false) = (other, signed.is_empty()) {
            forge.cosign(log, usize::MAX, other.as_str(), time);
            forge.sort_lines(log);
            forge.copy_lines(log);
        }
    });
}

fn line_time(forge: &mut Forge<'_>, log: &Origin) -> UnixSeconds {
    let time =
        forge.lines(log).and_then(|lines| UnixSeconds::parse(lines.first()?[1].as_str()?).ok());
    time.unwrap_or_default()
}

/// The time stated is another than the one signed.
fn cosignature_restated(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let stated = line_time(forge, log);
        let moved = UnixSeconds(if at.is_multiple_of(2) { stated.0 + 60 } else { stated.0 - 1 });
        if let Some(lines) = forge.lines(log) {
            lines[at][1] = moved.to_string().into();
        }
        forge.sort_lines(log);
        forge.copy_lines(log);
    });
}

/// All keys: a real cosignature, given before the state that is certified was entered.
fn cosignature_before_the_end(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    // Whose silence is waived, and a log that has ended, need not speak: their heads may be older.
    each_line(scene, out, |forge, log, at| {
        if !must_speak(scene, log) {
            return;
        }
        let entered = forge
            .decisions()
            .iter()
            .filter_map(|d| UnixSeconds::parse(d["at"].as_str()?).ok())
            .max();
        let party = party_of(&line(forge, log, at));
        forge.cosign(log, at, &party, UnixSeconds(entered.unwrap_or_default().0 - 1));
        forge.sort_lines(log);
        forge.copy_lines(log);
    });
}

fn cosignature_of_another_head(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let name = line(forge, log, at)[0].clone();
        let others = forge.heads().clone();
        let others = others
            .iter()
            .filter(|head| head[0] != log.as_str())
            .flat_map(|head| head[1].as_array().cloned().unwrap_or_default());
        if let Some(other) = others.into_iter().find(|line| line[0] == name) {
            forge.lines(log).map(|lines| std::mem::replace(&mut lines[at], other));
        }
        forge.copy_lines(log);
    });
}

fn cosignature_bent(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let stated = line(forge, log, at);
        if let Some(lines) = forge.lines(log) {
            lines[at][2] = bent(stated[2].as_str().unwrap_or_default(), at * 17).into();
        }
        forge.copy_lines(log);
    });
}

/// A party whose node witnesses nothing cosigns in the place of one that does.
fn cosignature_by_a_stranger(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        let stranger = scene.charter.parties.iter().find(|(party, entry)| {
            !scene.charter.witnessing.by.contains(&entry.status) && party.as_str() != log.party()
        });
        let party = party_of(&line(forge, log, at));
        let time = line_time(forge, log);
        match stranger {
            Some((stranger, _)) => forge.cosign(log, at, stranger.as_str(), time),
            // Everybody witnesses here: the log's own node takes the witness's place, or one witness two.
            None => {
                let lines = forge.lines(log).cloned().unwrap_or_default();
                let other =
                    lines.iter().map(party_of).find(|other| *other != party).unwrap_or_default();
                forge.cosign(log, at, &other, time);
            }
        }
        forge.sort_lines(log);
        forge.copy_lines(log);
    });
}

fn cosignatures_unsorted(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        if let Some(lines) = forge.lines(log) {
            let next = (at + 1) % lines.len();
            lines.swap(at, next);
        }
        forge.copy_lines(log);
    });
}

/// All keys: a further witness in the place of the log's own node. What its party has said since is not spoken for.
fn own_node_replaced(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| {
        let lines = forge.lines(log).cloned().unwrap_or_default();
        let signed: BTreeSet<String> = lines.iter().map(party_of).collect();
        let time = line_time(forge, log);
        let Some(own) = lines.iter().position(|line| party_of(line) == log.party()) else { return };
        let other = scene.charter.parties.iter().find(|(party, entry)| {
            scene.charter.witnessing.by.contains(&entry.status) && !signed.contains(party.as_str())
        });
        match other {
            Some((other, _)) => forge.cosign(log, own, other.as_str(), time),
            None => drop(forge.lines(log).map(|lines| lines.remove(own))),
        }
        forge.sort_lines(log);
        forge.copy_lines(log);
    });
}

/// True if the head of a log must be there: of a member that is not waived, and of its last epoch.
fn must_speak(scene: &Scene, log: &Origin) -> bool {
    let mut logs = scene.certificate.logs.keys();
    let has_ended = logs.any(|other| other.party() == log.party() && other.epoch() > log.epoch());
    is_member(scene, log) && !waived(scene).contains(log.party()) && !has_ended
}

fn head_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for log in Forge::new(scene).logs().iter().filter(|log| must_speak(scene, log)) {
        let mut forge = Forge::new(scene);
        forge.heads().retain(|head| head[0] != log.as_str());
        out.push(forge.clone().bytes());
        forge.copy_lines(log);
        out.push(forge.bytes());
    }
}

fn head_twice(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for at in 0..Forge::new(scene).heads().len() {
        let mut forge = Forge::new(scene);
        let head = forge.heads()[at].clone();
        forge.heads().insert(at, head);
        out.push(forge.bytes());
    }
}

fn heads_unsorted(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for at in 1..Forge::new(scene).heads().len() {
        let mut forge = Forge::new(scene);
        forge.heads().swap(at - 1, at);
        out.push(forge.bytes());
        let mut forge = Forge::new(scene);
        forge.cut().swap(at - 1, at);
        out.push(forge.bytes());
    }
}

/// A member's log is left out, and its head stays, or a made-up one of a later epoch stands in for it.
fn head_of_a_log_outside(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| {
        if waived(scene).contains(log.party()) {
            return;
        }
        forge.parts.logs.remove(log);
        forge.cut().retain(|head| head[0] != log.as_str());
    });
    each_log(scene, out, |forge, log| {
        let later = format!("{}/{}/9", scene.charter.organisation, log.party());
        let stated = forge.heads().iter().position(|head| head[0] == log.as_str());
        if let Some(at) = stated {
            forge.heads()[at][0] = later.into();
            forge.copy_lines(log);
        } else {
            forge.heads().clear();
        }
    });
}

// ----------------------------------------------------------------------------------------------------------- cut and logs

fn log_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| {
        // A log of one who is waived and has said nothing since the text was tabled bears on nothing.
        if waived(scene).contains(log.party()) {
            return;
        }
        forge.parts.logs.remove(log);
        forge.cut().retain(|head| head[0] != log.as_str());
        forge.heads().retain(|head| head[0] != log.as_str());
    });
}

fn log_dropped_in_one_place(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| drop(forge.parts.logs.remove(log)));
    each_log(scene, out, |forge, log| forge.cut().retain(|head| head[0] != log.as_str()));
}

/// The cut names a log twice, or every log: the second time shorter, with the root that it really had.
fn cut_twice(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let shorter = |forge: &mut Forge<'_>, log: &Origin, kept: usize| {
        let part = forge.parts.logs[log].clone();
        let mut tree = part.before;
        part.leaves.iter().take(kept).for_each(|leaf| tree.append(leaf_hash(leaf)));
        let at = forge.cut().iter().position(|head| head[0] == log.as_str()).unwrap_or_default();
        forge.cut().insert(at + 1, json!([log.as_str(), tree.size(), tree.root().to_string()]));
    };
    for kept in 0..4 {
        each_log(scene, out, |forge, log| shorter(forge, log, kept));
        let mut forge = Forge::new(scene);
        forge.logs().iter().for_each(|log| shorter(&mut forge, log, kept));
        out.push(forge.clone().bytes());
        forge.claim_adopted();
        out.push(forge.bytes());
    }
}

fn cut_restated(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let changes: [fn(&mut Json); 3] = [
        |head| head[1] = (head[1].as_u64().unwrap_or_default() + 1).into(),
        |head| head[1] = head[1].as_u64().unwrap_or_default().saturating_sub(1).into(),
        |head| head[2] = Hash::of(&[b"another tree"]).to_string().into(),
    ];
    for change in changes {
        each_log(scene, out, |forge, log| forge.cut_of(log).map_or((), change));
    }
}

/// The last records of a log are left out; its head is what it was then, cosigned by nobody anew.
fn cut_shortened(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for keys in [Keys::None, Keys::Of(BTreeSet::new())] {
        for by in 1..4 {
            each_log(scene, out, |forge, log| {
                let part = forge.parts.logs.get_mut(log).map(|part| &mut part.leaves);
                if let Some(leaves) = part {
                    leaves.truncate(leaves.len().saturating_sub(by));
                }
                forge.remake(log, &keys);
                if by == 2 {
                    forge.claim_adopted();
                }
            });
        }
    }
}

/// The same by the log's owner and a colluding witness: their own signatures are good, the other witnesses' are not.
fn cut_shortened_by_its_owner(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for by in 1..4 {
        for log in Forge::new(scene).logs().iter().filter(|log| must_speak(scene, log)) {
            let mut forge = Forge::new(scene);
            if let Some(part) = forge.parts.logs.get_mut(log) {
                part.leaves.truncate(part.leaves.len().saturating_sub(by));
            }
            forge.remake(log, &owner_and_colluder(scene, log));
            out.push(forge.clone().bytes());
            forge.claim_adopted();
            out.push(forge.bytes());
        }
    }
}

fn record_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for (log, at) in places(scene) {
        for does_remake in [false, true] {
            let mut forge = Forge::new(scene);
            forge.parts.logs.get_mut(&log).map(|part| part.leaves.remove(at));
            if does_remake {
                forge.remake(&log, &Keys::None);
            }
            out.push(forge.bytes());
        }
    }
}

/// A record is left out and everything that follows is made anew, by its owner and a colluding witness; the opening of its
/// terms goes with it, and the result is what it would be.
fn record_dropped_by_its_owner(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for (log, at) in places(scene).into_iter().filter(|(log, _)| is_member(scene, log)) {
        let mut forge = Forge::new(scene);
        let Some(leaf) = forge.parts.logs.get_mut(&log).map(|part| part.leaves.remove(at)) else {
            continue;
        };
        if let Some(commit) = commitment(&log, &leaf) {
            forge.parts.openings.remove(&commit);
        }
        forge.remake(&log, &owner_and_colluder(scene, &log));
        out.push(forge.clone().bytes());
        forge.claim_adopted();
        out.push(forge.bytes());
    }
}

fn commitment(log: &Origin, leaf: &[u8]) -> Option<Hash> {
    Some(Record::decode(log, LeafIndex(0), leaf).ok()?.header().terms.commit)
}

/// Two neighbours change places. With the owner's and a colluder's keys too.
fn records_swapped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for (log, at) in places(scene).into_iter().filter(|(log, at)| *at > 0 && is_member(scene, log))
    {
        for keys in [Keys::None, owner_and_colluder(scene, &log)] {
            let mut forge = Forge::new(scene);
            if let Some(part) = forge.parts.logs.get_mut(&log) {
                part.leaves.swap(at - 1, at);
            }
            forge.remake(&log, &keys);
            out.push(forge.bytes());
        }
    }
}

/// All keys: a record of one log stands in another.
fn record_of_another_log(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let all = places(scene);
    for (n, (log, at)) in all.iter().enumerate() {
        let Some((other, there)) =
            all.iter().cycle().skip(n + 1).take(all.len()).find(|(other, _)| other != log)
        else {
            continue;
        };
        let mut forge = Forge::new(scene);
        let foreign = forge.parts.logs[other].leaves[*there].clone();
        forge.parts.logs.get_mut(log).map(|part| std::mem::replace(&mut part.leaves[*at], foreign));
        forge.remake(log, &Keys::All);
        out.push(forge.bytes());
    }
}

/// All keys but one: the last record of a log is signed by a key that the charter does not list, under a listed name.
fn record_signed_by_a_stranger(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_log(scene, out, |forge, log| {
        let Some(last) = forge.parts.logs[log].leaves.last().cloned() else { return };
        let text = String::from_utf8(last).unwrap_or_default();
        let header = text.split_inclusive('\n').next().unwrap_or_default();
        let name = veche_ledger::KeyName::parse(&format!(
            "{}/{}/duty",
            scene.charter.organisation,
            log.party()
        ));
        let (Ok(draft), Ok(name)) = (Draft::from_text(header), name) else { return };
        let stranger = veche_ledger::SigningKey::from_seed(name, &[9; 32]);
        let Ok(leaf) = draft.sign(&[&stranger]) else { return };
        forge
            .parts
            .logs
            .get_mut(log)
            .and_then(|part| part.leaves.last_mut().map(|last| *last = leaf));
        forge.remake(log, &Keys::All);
    });
}

/// The first records of a range are behind its beginning: the tree is the same, and nobody needs to sign anything.
fn range_begun_later(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for by in 1..4 {
        each_log(scene, out, |forge, log| {
            let Some(part) = forge.parts.logs.get_mut(log) else { return };
            let hidden: Vec<Vec<u8>> = part.leaves.drain(..by.min(part.leaves.len())).collect();
            for leaf in hidden {
                part.before.append(leaf_hash(&leaf));
                if let Some(commit) = commitment(log, &leaf) {
                    forge.parts.openings.remove(&commit);
                }
            }
        });
    }
}

fn frontier_bent(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for at in [9, 20, 39] {
        each_log(scene, out, |forge, log| {
            let Some(part) = forge.parts.logs.get_mut(log) else { return };
            let mut bytes = part.before.to_bytes();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1;
            }
            if let Ok(before) = veche_ledger::Frontier::from_bytes(&bytes) {
                part.before = before;
            }
        });
    }
}

fn checkpoint_bent(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for at in 0..4 {
        each_log(scene, out, |forge, log| {
            let Some(part) = forge.parts.logs.get_mut(log) else { return };
            let text = String::from_utf8(part.checkpoint.clone()).unwrap_or_default();
            let signature = text
                .lines()
                .nth(4)
                .and_then(|line| line.rsplit(' ').next())
                .unwrap_or_default()
                .to_owned();
            part.checkpoint = text.replacen(&signature, &bent(&signature, at * 23), 1).into_bytes();
        });
    }
}

// ------------------------------------------------------------------------------------------------- openings and ancestors

fn each_opening(
    scene: &Scene,
    out: &mut Vec<Vec<u8>>,
    change: impl Fn(&mut BTreeMap<Hash, Vec<u8>>, Hash, usize),
) {
    for (n, commit) in scene.certificate.openings.keys().enumerate() {
        let mut forge = Forge::new(scene);
        change(&mut forge.parts.openings, *commit, n);
        out.push(forge.bytes());
    }
}

fn opening_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_opening(scene, out, |openings, commit, _| drop(openings.remove(&commit)));
}

/// Another salt, or other terms.
fn opening_bent(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for salt in [true, false] {
        each_opening(scene, out, |openings, commit, n| {
            let bytes = openings.entry(commit).or_default();
            let at = if salt { n % 32 } else { 32 + n % (bytes.len() - 32) };
            bytes[at] ^= 1;
        });
    }
}

fn openings_swapped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let all: Vec<(Hash, Vec<u8>)> = scene.certificate.openings.clone().into_iter().collect();
    each_opening(scene, out, |openings, commit, n| {
        let (other, bytes) = all[(n + 1) % all.len()].clone();
        let mine = openings.insert(commit, bytes);
        openings.insert(other, mine.unwrap_or_default());
    });
}

fn opening_added(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_opening(scene, out, |openings, commit, n| {
        let bytes = openings[&commit].clone();
        openings.insert(Hash::of(&[&commit.0, &n.to_be_bytes()]), bytes);
    });
}

fn earlier_dropped(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for (log, part) in &scene.certificate.logs {
        for index in part.earlier.keys() {
            let mut forge = Forge::new(scene);
            let gone = forge.parts.logs.get_mut(log).and_then(|part| part.earlier.remove(index));
            out.push(forge.clone().bytes());
            if let Some(commit) = gone.and_then(|(leaf, _)| commitment(log, &leaf)) {
                forge.parts.openings.remove(&commit);
                out.push(forge.bytes());
            }
        }
    }
}

fn earlier_bent(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for (log, part) in &scene.certificate.logs {
        for (index, (leaf, proof)) in &part.earlier {
            let mut versions = vec![(*index + 1, leaf.clone(), proof.clone())];
            let mut other = leaf.clone();
            other[40] ^= 1;
            versions.push((*index, other, proof.clone()));
            versions.push((
                *index,
                leaf.clone(),
                proof.iter().copied().chain([Hash([3; 32])]).collect(),
            ));
            versions.push((*index, leaf.clone(), proof.iter().skip(1).copied().collect()));
            for (index, leaf, proof) in versions {
                let mut forge = Forge::new(scene);
                if let Some(part) = forge.parts.logs.get_mut(log) {
                    part.earlier = BTreeMap::from([(index, (leaf, proof))]);
                }
                out.push(forge.bytes());
            }
        }
    }
}

// ------------------------------------------------------------------------------------------------------- what it states

fn results_edited(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let changes: [fn(&mut Vec<Json>, usize); 7] = [
        |results, at| {
            results[at]["state"] =
                if results[at]["state"] == "adopted" { "broken" } else { "adopted" }.into();
        },
        |results, at| results[at]["binds"] = json!([]),
        |results, at| {
            if let Some(binds) = results[at]["binds"].as_array_mut() {
                binds.push("office".into());
            }
        },
        |results, at| drop(results.remove(at)),
        |results, at| results.push(results[at].clone()),
        |results, at| results[at]["paragraph"] = 7.into(),
        |results, _| results.reverse(),
    ];
    for change in changes {
        for at in 0..Forge::new(scene).results().len() {
            let mut forge = Forge::new(scene);
            change(forge.results(), at);
            out.push(forge.bytes());
        }
    }
}

fn decisions_edited(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let changes: [fn(&mut Vec<Json>, usize); 10] = [
        |all, at| all[at]["state"] = "withdrawn".into(),
        |all, at| {
            all[at]["outcome"] =
                if all[at]["outcome"] == "adopted" { "rejected" } else { "adopted" }.into();
        },
        |all, at| all[at]["at"] = "2027-03-01T09:31:01Z".into(),
        |all, at| all[at]["binds"] = json!(["arven"]),
        |all, at| all[at]["waived"] = json!(["arven", "belm"]),
        |all, at| all[at]["positions"] = json!({"belm": {"position": "yes"}}),
        |all, at| all[at]["positions"]["office"] = json!({"position": "yes"}),
        |all, at| drop(all.remove(at)),
        |all, at| all.push(all[at].clone()),
        |all, at| all[at]["paragraph"] = 7.into(),
    ];
    for change in changes {
        for at in 0..Forge::new(scene).decisions().len() {
            let mut forge = Forge::new(scene);
            change(forge.decisions(), at);
            out.push(forge.bytes());
        }
    }
}

/// Decisions and results tell the same wrong story.
fn both_edited(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for unit in 0..Forge::new(scene).results().len() {
        for (state, outcome, binds) in [
            ("adopted", "adopted", json!(["arven", "belm", "corin"])),
            ("broken", "rejected", json!([])),
            ("blocked", "lapsed", json!([])),
        ] {
            let mut forge = Forge::new(scene);
            forge.claim(unit, state, outcome, &binds);
            // An honest result told with the same words is no mutant.
            if forge.json["decisions"] != Forge::new(scene).json["decisions"] {
                out.push(forge.bytes());
            }
        }
        let mut forge = Forge::new(scene);
        forge.results().remove(unit);
        forge.decisions().remove(unit);
        out.push(forge.bytes());
    }
}

fn statement_edited(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let another = Hash::of(&[b"another"]).to_string();
    let leaves = scene
        .certificate
        .logs
        .values()
        .flat_map(|part| part.leaves.iter().map(|leaf| leaf_hash(leaf).to_string()));
    for leaf in leaves {
        let mut forge = Forge::new(scene);
        if forge.json["opener"]["leaf"] != leaf.as_str() {
            forge.json["opener"]["leaf"] = leaf.into();
            out.push(forge.bytes());
        }
    }
    let changes: [&dyn Fn(&mut Json); 8] = [
        &|json| json["charter"] = another.clone().into(),
        &|json| json["organisation"] = "six-rivers.test".into(),
        &|json| json["v"] = 2.into(),
        &|json| json["note"] = "adopted by all".into(),
        &|json| json["closing"]["note"] = "adopted by all".into(),
        &|json| json["opener"]["index"] = 99.into(),
        &|json| json["opener"]["log"] = format!("{}/nobody/1", scene.charter.organisation).into(),
        &|json| drop(json.as_object_mut().map(|map| map.remove("opener"))),
    ];
    for change in changes {
        let mut forge = Forge::new(scene);
        change(&mut forge.json);
        out.push(forge.bytes());
    }
}

fn texts_edited(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for change in [
        (|forge: &mut Forge<'_>| forge.parts.readme.push_str("Adopted by all.\n"))
            as fn(&mut Forge<'_>),
        |forge| forge.parts.readme = forge.parts.readme.replace("no network", "the network"),
        |forge| {
            forge.parts.policy =
                forge.parts.policy.lines().skip(1).map(|line| format!("{line}\n")).collect();
        },
        |forge| forge.parts.policy.push('\n'),
    ] {
        let mut forge = Forge::new(scene);
        change(&mut forge);
        out.push(forge.bytes());
    }
}

/// A charter with other rules, or another's keys, under a hash that the reader does not expect.
fn charter_changed(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let text = String::from_utf8(scene.certificate.charter.clone()).unwrap_or_default();
    let stranger = secrets(&scene.charter, &id("nobody")).public().witness.unwrap_or_default();
    let witness =
        text.lines().find(|line| line.starts_with("witness = ")).unwrap_or_default().to_owned();
    for other in [
        format!("{text}\n"),
        text.replacen("colluding = 1", "colluding = 0", 1),
        text.replace("none = [\"no\"", "none = [\"never\""),
        text.replacen(&witness, &format!("witness = \"{stranger}\""), 1),
        text.replacen("version = 1", "version = 2", 1),
    ] {
        let mut forge = Forge::new(scene);
        forge.parts.charter = other.into_bytes();
        out.push(forge.clone().bytes());
        forge.json["charter"] = Hash::of(&[&forge.parts.charter]).to_string().into();
        out.push(forge.bytes());
    }
}

/// How the charter came into force is taken out, exchanged, bent, or put where there was no amendment.
fn amendment_changed(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let amended = scenes().iter().filter_map(|other| other.certificate.amendment.clone());
    let Some(part) = &scene.certificate.amendment else {
        out.extend(amended.map(|part| with_amendment(scene, Some(part))));
        return;
    };
    out.push(with_amendment(scene, None));
    let inner = Certificate::read(&part.certificate).expect("a certificate");
    // The amendment before: it made another charter.
    out.push(with_amendment(scene, inner.amendment.clone()));
    let before = inner.charter.clone();
    let mut swapped = scene.certificate.clone();
    swapped.charter = before;
    out.push(swapped.to_bytes());
    let with_inner = |change: &dyn Fn(&mut Certificate)| {
        let mut inner = inner.clone();
        change(&mut inner);
        let certificate = inner.to_bytes();
        with_amendment(scene, Some(AmendmentPart { certificate, ..part.clone() }))
    };
    out.push(with_inner(&|inner| inner.amendment = None));
    out.push(with_inner(&|inner| inner.readme.push('\n')));
    out.push(with_inner(&|inner| {
        inner.openings.pop_first();
    }));
    out.push(with_inner(&|inner| {
        let part = inner.logs.values_mut().next().expect("a log");
        part.leaves.pop();
    }));
    let leaf = part.closing.len();
    for at in [0, leaf / 3, leaf / 2, leaf - 2] {
        let mut closing = part.closing.clone();
        closing[at] ^= 1;
        out.push(with_amendment(scene, Some(AmendmentPart { closing, ..part.clone() })));
    }
}

fn with_amendment(scene: &Scene, amendment: Option<AmendmentPart>) -> Vec<u8> {
    Certificate { amendment, ..scene.certificate.clone() }.to_bytes()
}
