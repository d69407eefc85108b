//! Plays an exercise folder headless and prints what failed: `play exercises/lantern [CERTIFICATES-FOLDER]`.
#![expect(clippy::print_stdout, reason = "a tool for whoever writes a script")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use veche_node::exercise::play::Defence;
use veche_node::exercise::{Game, ScoreSheet, Script};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(args.first().ok_or("which folder?")?);
    let off = args.iter().find_map(|arg| Defence::parse(arg.strip_prefix("--without=")?));
    let script =
        Script::parse(&std::fs::read_to_string(folder.join("exercise.toml"))?, "exercise.toml")?;
    let charter = folder.join("../../charters").join(&script.exercise.charter).join("charter.toml");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        files.insert(
            entry.file_name().to_string_lossy().into_owned(),
            std::fs::read_to_string(entry.path())?,
        );
    }
    let mut game = Game::new(script, &std::fs::read_to_string(charter)?, files, None, off)?;
    let begun = Instant::now();
    let mut millis = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    while game.play_next(&mut millis)? {
        let Some(outcome) = game.outcomes().last() else { continue };
        println!(
            "inject {:>2} at {}: {} checks, {} ms",
            outcome.id,
            outcome.at,
            outcome.seen.len(),
            outcome.millis
        );
        for seen in outcome.seen.iter().filter(|seen| !seen.passed) {
            println!(
                "   FAIL {} at {}: {} expected {}, observed {}",
                seen.clause, seen.node, seen.asked, seen.expected, seen.observed
            );
        }
        for (by, log, why) in &outcome.refusals {
            println!("   refused by {by}: {log}: {why}");
        }
    }
    for (procedure, why) in game.open_closings() {
        println!("not closed: {procedure}: {why}");
    }
    let sheet = ScoreSheet::of(&game);
    println!(
        "{} passed ({} in part), {} failed; {} distinct digests; duties {} met, {} late, {} overdue; {} receipts",
        sheet.passed,
        sheet.partly,
        sheet.failed,
        sheet.distinct_digests,
        sheet.duties_met,
        sheet.duties_late,
        sheet.duties_overdue,
        sheet.receipts
    );
    if let Some(out) = args.get(1).filter(|arg| !arg.starts_with("--")) {
        std::fs::create_dir_all(out)?;
        for node in game.network().nodes() {
            for id in node.council().procedures() {
                if let Ok(certificate) = node.certificate(&id) {
                    let number = node
                        .council()
                        .procedure(&id, game.now())
                        .map(|view| view.number)
                        .unwrap_or_default();
                    std::fs::write(
                        Path::new(out).join(format!("{number}.{}.decision.zip", node.party())),
                        certificate.to_bytes(),
                    )?;
                }
            }
        }
    }
    Ok(())
}
