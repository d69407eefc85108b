//! What somebody can make of a certificate under pairs of keys who has broken one of the two algorithms, or takes its lines away.

use super::forge::{Forge, Keys};
use super::mutants::{each_line, each_log, line};
use super::scenes::Scene;
use crate::world::{id, secrets};
use veche_ledger::checkpoint::CHECKPOINT_LIMITS;
use veche_ledger::note::{Beside, NoteLimits};
use veche_ledger::record::RECORD_LIMITS;
use veche_ledger::{KeyName, Note, NoteSignature, Origin, SigningKey};

/// Returns files that must all be refused, each with what was done.
pub(crate) fn halves(scene: &Scene) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let good = scene.certificate.to_bytes();
    for (kind, make) in [
        (
            "cosignature-second-half-taken",
            cosignature_second_half_taken as fn(&Scene, &mut Vec<Vec<u8>>),
        ),
        ("cosignature-first-half-taken", cosignature_first_half_taken),
        ("cosignature-halves-of-two-logs", cosignature_halves_of_two_logs),
        ("checkpoint-half-taken", checkpoint_half_taken),
        ("record-half-taken", record_half_taken),
        ("record-half-of-another-record", record_half_of_another_record),
        ("record-by-who-broke-ed25519", record_by_who_broke_ed25519),
        ("record-by-who-broke-ml-dsa", record_by_who_broke_ml_dsa),
    ] {
        let mut made = Vec::new();
        make(scene, &mut made);
        // A log whose last record only the root key signed is left as it is.
        made.retain(|bytes| *bytes != good);
        assert!(made.len() >= 3, "{kind}: only {}", made.len());
        all.extend(made.into_iter().map(|bytes| (kind, bytes)));
    }
    all
}

fn restate(forge: &mut Forge<'_>, log: &Origin, at: usize, by: &dyn Fn(&str, &str) -> String) {
    let stated = line(forge, log, at);
    let (first, second) = stated[2].as_str().unwrap_or_default().split_once('.').expect("a pair");
    let restated = by(first, second);
    if let Some(lines) = forge.lines(log) {
        lines[at][2] = restated.into();
    }
    forge.copy_lines(log);
}

fn cosignature_second_half_taken(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        restate(forge, log, at, &|first, _| first.to_owned());
    });
}

fn cosignature_first_half_taken(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_line(scene, out, |forge, log, at| {
        restate(forge, log, at, &|_, second| second.to_owned());
    });
}

/// The ML-DSA-44 half of the same witness on another log.
fn cosignature_halves_of_two_logs(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    let all = Forge::new(scene).all_lines();
    each_line(scene, out, |forge, log, at| {
        let own = line(forge, log, at);
        let mut elsewhere = all.iter().filter(|(other, _)| other != log);
        let other = elsewhere.find_map(|(other, at)| {
            let stated = line(forge, other, *at);
            (stated[0] == own[0]).then_some(stated)
        });
        // Of q witnesses on each log some may be on one alone.
        let Some(other) = other else { return };
        let second = other[2].as_str().and_then(|text| text.split('.').nth(1)).unwrap_or_default();
        restate(forge, log, at, &|first, _| format!("{first}.{second}"));
    });
}

/// Returns a note with the lines that `keep` gives of its own.
fn with_lines(
    bytes: &[u8],
    limits: NoteLimits,
    keep: impl FnOnce(Vec<NoteSignature>) -> Vec<NoteSignature>,
) -> Vec<u8> {
    let note = Note::parse(bytes, limits).expect("a note");
    let lines = keep(note.signatures().to_vec());
    Note::assemble(note.text(), &lines, limits).expect("a note").to_bytes()
}

fn checkpoint_half_taken(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for half in 0..2 {
        each_log(scene, out, |forge, log| {
            let Some(part) = forge.parts.logs.get_mut(log) else { return };
            part.checkpoint = with_lines(&part.checkpoint, CHECKPOINT_LIMITS, |mut lines| {
                lines.remove(half);
                lines
            });
        });
    }
}

/// Changes the last record of each log that the party's duty officer signed, and makes all that rests on it anew with everybody's keys.
fn each_last(
    scene: &Scene,
    out: &mut Vec<Vec<u8>>,
    change: impl Fn(&Note, &SigningKey) -> Option<Vec<NoteSignature>>,
) {
    each_log(scene, out, |forge, log| {
        let own = secrets(&scene.charter, &id(log.party()));
        let keys = [own.officers.get("duty"), own.logs.get(&log.epoch())];
        let Some(part) = forge.parts.logs.get_mut(log) else { return };
        let Some(last) = part.leaves.last_mut() else { return };
        let note = Note::parse(last, RECORD_LIMITS).expect("a record");
        let mut signed = keys.into_iter().flatten();
        let key = signed.find(|key| note.signature_of(&key.verifying_key()).is_some());
        let Some(lines) = key.and_then(|key| change(&note, key)) else { return };
        *last = Note::assemble(note.text(), &lines, RECORD_LIMITS).expect("a record").to_bytes();
        forge.remake(log, &Keys::All);
    });
}

fn record_half_taken(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    for half in 0..2 {
        each_last(scene, out, |note, key| {
            let signature = note.signature_of(&key.verifying_key())?;
            Some(vec![signature.into_lines().swap_remove(half)])
        });
    }
}

/// Returns the key's true signature with the second half replaced.
fn with_second(text: &str, key: &SigningKey, second: Beside) -> Vec<NoteSignature> {
    vec![NoteSignature { beside: Some(second), ..NoteSignature::sign(text, key) }]
}

fn record_half_of_another_record(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_last(scene, out, |note, key| {
        let other = NoteSignature::sign(&note.text().replace("\"v\":1", "\"v\":2"), key);
        Some(with_second(note.text(), key, other.beside?))
    });
}

/// Everybody's Ed25519 keys are known; the ML-DSA-44 line is made with a key of the adversary's own, under the id of the listed one.
fn record_by_who_broke_ed25519(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_last(scene, out, |note, key| {
        let name = KeyName::parse(key.name().as_str()).ok()?;
        let own = NoteSignature::sign(note.text(), &SigningKey::pair_from_seed(name, &[9; 32]));
        let key_id = key.verifying_key().second_id()?;
        Some(with_second(note.text(), key, Beside { key_id, ..own.beside? }))
    });
}

/// The other way: the ML-DSA-44 half is true, the Ed25519 line is the adversary's.
fn record_by_who_broke_ml_dsa(scene: &Scene, out: &mut Vec<Vec<u8>>) {
    each_last(scene, out, |note, key| {
        let name = KeyName::parse(key.name().as_str()).ok()?;
        let own = NoteSignature::sign(note.text(), &SigningKey::from_seed(name, &[9; 32]));
        let truly = NoteSignature::sign(note.text(), key);
        Some(vec![NoteSignature { bytes: own.bytes, ..truly }])
    });
}
