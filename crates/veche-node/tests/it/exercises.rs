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
        .flat_map(|outcome| outcome.seen.iter().filter(|seen| !seen.passed).map(|seen| (outcome.id, seen)))
        .map(|(id, s)| (id, format!("{} at {}: {} expected {}, observed {}", s.clause, s.node, s.asked, s.expected, s.observed)))
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
