//! Shipped exercises pass, and without a defence they fail where they should.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_node::exercise::play::Defence;
use veche_node::exercise::{Game, ScoreSheet, Script};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn game(name: &str, off: Option<Defence>) -> Game {
    let folder = root().join("exercises").join(name);
    let text = std::fs::read_to_string(folder.join("exercise.toml")).unwrap();
    let script = Script::parse(&text, "exercise.toml").unwrap();
    let charter = root().join("charters").join(&script.exercise.charter).join("charter.toml");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, std::fs::read_to_string(entry.path()).unwrap_or_default());
    }
    Game::new(script, &std::fs::read_to_string(charter).unwrap(), files, None, off).unwrap()
}

/// Plays to the end and returns a line for each check that failed.
fn failures(game: &mut Game) -> Vec<(u32, String)> {
    while game.play_next(&mut || 0).unwrap() {}
    let sheet = ScoreSheet::of(game);
    let outcomes = sheet.rows.iter().filter_map(|row| row.outcome.as_ref());
    outcomes
        .flat_map(|outcome| {
            outcome.seen.iter().filter(|seen| !seen.passed).map(|seen| (outcome.id, seen))
        })
        .map(|(id, s)| {
            (
                id,
                format!(
                    "{} at {}: {} expected {}, observed {}",
                    s.clause, s.node, s.asked, s.expected, s.observed
                ),
            )
        })
        .collect()
}

#[test]
fn first_hour_passes() {
    let mut game = game("first-hour", None);
    assert_eq!(failures(&mut game), [], "{:?}", game.open_closings());
    assert!(ScoreSheet::of(&game).is_pass());
}

#[test]
fn first_hour_without_evidence_of_time_fails_at_the_late_objection() {
    let failed = failures(&mut game("first-hour", Some(Defence::EvidenceTime)));
    assert!(failed.iter().any(|(id, _)| *id == 7), "{failed:?}");
}

#[test]
fn lantern_passes() {
    let mut game = game("lantern", None);
    assert_eq!(failures(&mut game), [], "{:?}", game.open_closings());
    let sheet = ScoreSheet::of(&game);
    assert!(sheet.is_pass());
    assert_eq!((sheet.rows.len(), sheet.distinct_digests), (56, 1));
    let partly: Vec<u32> =
        sheet.rows.iter().filter(|row| !row.partly.is_empty()).map(|row| row.id).collect();
    let may_be_partly = [4, 11, 12, 14, 15, 29, 32, 33, 36, 43, 44, 47, 51, 53, 54, 55];
    assert!(partly.iter().all(|id| may_be_partly.contains(id)), "{partly:?}");
}

/// Plays until the inject and returns which injects failed a check by then.
#[track_caller]
fn check_fault(defence: Defence, at: u32) {
    check_faults(defence, &[at]);
}

#[track_caller]
fn check_faults(defence: Defence, at: &[u32]) {
    let mut game = game("lantern", Some(defence));
    let last = at.last().copied().unwrap();
    while game.next().is_some_and(|inject| inject.id <= last) {
        assert!(game.play_next(&mut || 0).unwrap());
    }
    let failed: Vec<u32> = game
        .outcomes()
        .iter()
        .filter(|outcome| !outcome.passed())
        .map(|outcome| outcome.id)
        .collect();
    assert_eq!(failed, at, "without {defence:?}");
}

#[test]
fn lantern_without_the_fork_check_fails_at_the_restored_backup() {
    check_fault(Defence::ForkCheck, 6);
}

#[test]
fn lantern_without_the_rule_on_the_unreached_fails_at_the_partition() {
    check_fault(Defence::Unreached, 16);
}

#[test]
fn lantern_without_evidence_of_time_fails_at_the_late_objection() {
    check_fault(Defence::EvidenceTime, 26);
}

#[test]
fn lantern_without_signatures_fails_at_the_forged_statement() {
    check_fault(Defence::Signature, 34);
}

#[test]
fn lantern_without_revocation_fails_at_the_lost_key() {
    check_fault(Defence::Revocation, 48);
}

#[test]
fn lantern_without_retraction_fails_at_the_false_alarm() {
    check_fault(Defence::Retraction, 51);
}

#[test]
fn lantern_without_the_coder_fails_at_the_forty_reports_and_at_the_channel() {
    check_faults(Defence::Coder, &[4, 8]);
}

#[test]
fn lantern_without_grades_of_sources_fails_at_the_channel_that_cries_of_forty_dead() {
    check_faults(Defence::Reliability, &[8]);
}
