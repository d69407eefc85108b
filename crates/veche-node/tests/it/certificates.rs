//! Certificates: good ones from many courses of events hold, and whatever is changed in one is refused.

mod forge;
mod mutants;
mod scenes;

use mutants::mutants;
use scenes::scenes;
use std::collections::BTreeMap;
use std::path::PathBuf;
use veche_council::certificate::{Certificate, verify};

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
    let mutants = mutants(scenes(), MUTANTS_OF_A_KIND);
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

fn accepted(mutants: &[mutants::Mutant]) -> Vec<String> {
    let is_accepted =
        |mutant: &&mutants::Mutant| verify(&mutant.bytes, Some(mutant.expected)).is_ok();
    mutants
        .iter()
        .filter(is_accepted)
        .map(|mutant| format!("{} of {}", mutant.kind, mutant.scene))
        .collect()
}

/// Writes a file for other verifiers to judge, if `VECHE_MUTANTS_OUT` names a folder: `good/NAME.zip` or `bad/NAME.zip`, and
/// beside it the charter's hash that the reader expects, `NAME.charter`.
fn keep(verdict: &str, name: &str, charter: veche_ledger::Hash, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("VECHE_MUTANTS_OUT") else { return };
    let folder = PathBuf::from(folder).join(verdict);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.zip")), bytes).unwrap();
    std::fs::write(folder.join(format!("{name}.charter")), format!("{charter}\n")).unwrap();
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
