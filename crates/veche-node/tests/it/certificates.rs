//! Certificates: good ones from many courses of events hold, and whatever is changed in one is refused.

mod forge;
mod halves;
mod mutants;
mod scenes;

use crate::world::{World, charter_text, statement};
use forge::{Forge, Keys, bent};
use halves::halves;
use mutants::mutants;
use scenes::{Scene, pairs, scenes};
use std::collections::BTreeMap;
use std::path::PathBuf;
use veche_council::certificate::{Certificate, CertificateFault, verify};
use veche_council::closing::ClosingFault;
use veche_ledger::record::{Draft, Record};
use veche_ledger::{Hash, LeafIndex, Origin};

/// Mutants kept of each kind: 41 kinds make more than 2,000, and both debug threads verify them in half a minute.
const MUTANTS_OF_A_KIND: usize = 56;

#[test]
fn good_certificates_of_many_courses_of_events_hold() {
    assert!(scenes().len() >= 20, "{}", scenes().len());
    for scene in scenes() {
        let bytes = scene.certificate.to_bytes();
        keep("good", scene.name, scene.charter.hash, &bytes);
        let verified = verify(&bytes, Some(scene.charter.hash));
        let verified = verified.unwrap_or_else(|fault| panic!("{}: {fault}", scene.name));
        let states: Vec<&str> =
            verified.decisions.iter().map(|(_, decision)| decision.state.as_str()).collect();
        assert_eq!(states, scene.states, "{}", scene.name);
    }
}

#[test]
fn two_thousand_mutants_are_all_refused() {
    let mutants = mutants(scenes(), 6, MUTANTS_OF_A_KIND);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (n, mutant) in mutants.iter().enumerate() {
        *counts.entry(mutant.kind).or_default() += 1;
        keep(
            "bad",
            &format!("{}-{}-{n:04}", mutant.kind, mutant.scene),
            mutant.expected,
            &mutant.bytes,
        );
    }
    assert!(mutants.len() >= 2000, "only {} mutants: {counts:?}", mutants.len());
    let half = mutants.len() / 2;
    let accepted: Vec<String> = std::thread::scope(|scope| {
        let parts = [&mutants[..half], &mutants[half..]].map(|part| scope.spawn(|| accepted(part)));
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(accepted.is_empty(), "{} of {} accepted: {accepted:#?}", accepted.len(), mutants.len());
}

#[test]
fn under_pairs_of_keys_a_certificate_holds_and_no_half_of_a_signature_does() {
    for scene in pairs() {
        let bytes = scene.certificate.to_bytes();
        keep("good", scene.name, scene.charter.hash, &bytes);
        let verified = verify(&bytes, Some(scene.charter.hash)).unwrap();
        let states: Vec<&str> =
            verified.decisions.iter().map(|(_, decision)| decision.state.as_str()).collect();
        assert_eq!(states, scene.states, "{}", scene.name);
        for (n, (kind, bytes)) in halves(scene).into_iter().enumerate() {
            keep("bad", &format!("{kind}-{}-{n:03}", scene.name), scene.charter.hash, &bytes);
            assert!(verify(&bytes, Some(scene.charter.hash)).is_err(), "{kind} of {}", scene.name);
        }
    }
}

#[test]
fn what_is_changed_in_a_certificate_of_pairs_is_refused_as_in_any_other() {
    let mutants = mutants(pairs(), 0, 12);
    for (n, mutant) in mutants.iter().enumerate() {
        let name = format!("pairs-{}-{}-{n:04}", mutant.kind, mutant.scene);
        keep("bad", &name, mutant.expected, &mutant.bytes);
    }
    assert!(mutants.len() > 200, "{}", mutants.len());
    let accepted = accepted(&mutants);
    assert!(accepted.is_empty(), "{accepted:#?}");
}

fn accepted(mutants: &[mutants::Mutant]) -> Vec<String> {
    let is_accepted =
        |mutant: &&mutants::Mutant| verify(&mutant.bytes, Some(mutant.expected)).is_ok();
    mutants
        .iter()
        .filter(is_accepted)
        .map(|mutant| format!("{} of {}", mutant.kind, mutant.scene))
        .collect()
}

/// Writes a file for other verifiers to judge, if `VECHE_MUTANTS_OUT` names a folder: into `good` or `bad`, and there into a
/// folder named after the hash of the charter that the reader expects.
fn keep(verdict: &str, name: &str, charter: Hash, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("VECHE_MUTANTS_OUT") else { return };
    let folder = PathBuf::from(folder).join(verdict).join(charter.to_string());
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.zip")), bytes).unwrap();
}

#[test]
fn any_changed_byte_of_a_file_is_refused() {
    // The container's checksums catch every one of these.
    let good = scenes()[1].certificate.to_bytes();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(Certificate::read(&bytes).is_err(), "byte {at}");
    }
}

/// Bytes of each file inside that are tried with good checksums: a prime, so that all columns of a line are met.
const STRIDE: usize = 47;

#[test]
fn a_changed_byte_inside_is_refused_though_the_container_is_made_anew() {
    let scene = &scenes()[1];
    let good = scene.certificate.to_bytes();
    let files = Certificate::read(&good).unwrap();
    let mut tried = 0;
    let mut check = |changed: Certificate| {
        let bytes = changed.to_bytes();
        tried += 1;
        assert!(
            bytes == good || verify(&bytes, Some(scene.charter.hash)).is_err(),
            "change {tried}"
        );
    };
    let spots = |len: usize| (0..len).step_by(STRIDE);
    for (log, part) in &files.logs {
        for (n, leaf) in part.leaves.iter().enumerate() {
            for at in spots(leaf.len()) {
                let mut changed = files.clone();
                changed.logs.get_mut(log).unwrap().leaves[n][at] ^= 1;
                check(changed);
            }
        }
        for at in spots(part.checkpoint.len()) {
            let mut changed = files.clone();
            changed.logs.get_mut(log).unwrap().checkpoint[at] ^= 1;
            check(changed);
        }
    }
    for (commit, bytes) in &files.openings {
        for at in spots(bytes.len()) {
            let mut changed = files.clone();
            changed.openings.get_mut(commit).unwrap()[at] ^= 1;
            check(changed);
        }
    }
    for at in spots(files.charter.len()) {
        let mut changed = files.clone();
        changed.charter[at] ^= 1;
        check(changed);
    }
    assert!(tried > 250, "{tried}");
}

/// Leaves out records of a log from a place of its range on, with the openings of their terms.
fn cut_off(forge: &mut Forge<'_>, log: &Origin, kept: usize) {
    let part = forge.parts.logs.get_mut(log).unwrap();
    for leaf in part.leaves.split_off(kept) {
        let record = Record::decode(log, LeafIndex(0), &leaf).unwrap();
        forge.parts.openings.remove(&record.header().terms.commit);
    }
}

#[test]
fn a_log_that_an_epoch_ended_cannot_be_cut_before_an_objection_that_stands() {
    let scene = scenes().iter().find(|scene| scene.name == "six-before-epoch").unwrap();
    let log = Origin::parse("two-banks.example/belm/1").unwrap();
    for kept in 0..scene.certificate.logs[&log].leaves.len() {
        let mut forge = Forge::new(scene);
        cut_off(&mut forge, &log, kept);
        // The checkpoint of that size exists: its log key signed it at the time. Its head is not needed, and not there.
        forge.heads().retain(|head| head[0] != log.as_str());
        forge.remake(&log, &Keys::of(&["belm"]));
        forge.claim_adopted();
        let fault = verify(&forge.bytes(), Some(scene.charter.hash)).unwrap_err();
        assert!(
            matches!(fault, CertificateFault::Closing(ClosingFault::CutNotClosed { .. })),
            "{kept}: {fault}"
        );
    }
}

#[test]
fn a_cosignature_that_its_witness_never_gave_proves_nothing() {
    let scene = &scenes()[0];
    let mut forge = Forge::new(scene);
    let (log, at) = forge.all_lines().remove(0);
    let line = &mut forge.lines(&log).unwrap()[at][2];
    *line = bent(line.as_str().unwrap(), 40).into();
    // Note and closing state the same.
    assert!(forge.copy_lines(&log));
    let fault = verify(&forge.bytes(), Some(scene.charter.hash)).unwrap_err();
    assert!(fault.to_string().contains("does not verify"), "{fault}");
}

#[test]
fn a_text_that_cites_the_future_of_a_log_hides_no_objection_from_its_certificate() {
    let mut world = World::new(&charter_text("two-banks"));
    let (log, now, keys) = (world.log("belm", 1), world.now, world.keys("office"));
    let node = world.node_mut("office");
    let (draft, opening) =
        node.prepare(&statement("office", "proposal", &[], &scenes::text(&["one"])), now).unwrap();
    let mut header = draft.header().clone();
    // Belm's receipt and Belm's objection will be the next two records of its log.
    let cited = header.seen.iter_mut().find(|head| head.origin == log).unwrap();
    (cited.size, cited.root) = (cited.size + 2, Hash::of(&[b"made up"]));
    let leaf = Draft::new(header).unwrap().sign(&[&keys.officers["duty"]]).unwrap();
    let proposal = node.submit(&leaf, &opening, 0, now).unwrap().leaf;
    world.network.exchange(now).unwrap();
    world.wait(10);
    world.say("belm", "position", &[proposal], &scenes::says("no", &[1]));
    world.wait(30);
    world.close("office", &proposal).unwrap();
    assert_eq!(world.state_of("arven", &proposal, 0), "broken");
    let certificate = world.certificate("office", &proposal);
    let scene = Scene { name: "future", charter: world.charter, certificate, states: Vec::new() };
    let mut forge = Forge::new(&scene);
    assert!(forge.parts.openings.len() < 9, "the objection is behind the beginning of the range");
    forge.claim_adopted();
    forge.decisions()[0]["at"] = "2027-03-01T09:30:00Z".into();
    let fault = verify(&forge.bytes(), Some(scene.charter.hash)).unwrap_err();
    assert!(fault.to_string().contains("cites another root"), "{fault}");
}
