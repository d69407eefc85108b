//! `veche forecast calibration`: how often what was given a chance happened.

use super::load;
use crate::answer::Answer;
use crate::failure::Failure;
use serde_json::json;
use std::path::PathBuf;
use veche_picture::forecast::score::calibration::{Reliability, reliability};
use veche_picture::forecast::track::{EDGES, Judged};

/// Tells the calibration of runs, their past forecasts together.
pub(crate) fn run(paths: &[PathBuf]) -> Result<Answer, Failure> {
    let mut judged: Vec<Judged> = Vec::new();
    let mut origins = Vec::new();
    for path in paths {
        let (run, worked) = load::run(path)?;
        origins.push(json!({ "origin": run.origin(), "rule": run.rule() }));
        judged.extend(worked.record().units.concat());
    }
    let cases: Vec<(f64, bool)> = judged.iter().map(|one| (one.chance, one.happened)).collect();
    let table = reliability(&cases, &EDGES);
    let covered = covered(&judged, |_| true);
    let with_deaths = self::covered(&judged, |one| one.came > 0);
    let told = json!({
        "runs": origins, "forecasts": judged.len(), "edges": EDGES, "reliability": table,
        "covered": covered, "covered_with_deaths": with_deaths,
    });
    Ok(Answer::new(text(&table, judged.len(), covered, with_deaths), told))
}

/// Returns the share of months within the 90 % interval, of those that are meant.
fn covered(judged: &[Judged], is_meant: impl Fn(&Judged) -> bool) -> Option<f64> {
    let meant: Vec<&Judged> = judged.iter().filter(|one| is_meant(one)).collect();
    let inside = meant.iter().filter(|one| (one.low..=one.high).contains(&u64::from(one.came)));
    (!meant.is_empty()).then(|| inside.count() as f64 / meant.len() as f64)
}

fn text(
    table: &[Reliability],
    all: usize,
    covered: Option<f64>,
    with_deaths: Option<f64>,
) -> String {
    let mut lines = vec![
        format!("{all} past forecasts of 25 deaths or more in three months:"),
        "  chance given      forecasts   mean said   happened".to_owned(),
    ];
    for (class, line) in table.iter().enumerate() {
        let from = class.checked_sub(1).and_then(|at| EDGES.get(at)).copied().unwrap_or(0.0);
        let to = EDGES.get(class).copied().unwrap_or(1.0);
        let shares = if line.forecasts == 0 {
            "          –          –".to_owned()
        } else {
            format!("{:>11.3} {:>10.3}", line.said, line.happened)
        };
        lines.push(format!("  {from:.2} to {to:.2}    {:>11} {shares}", line.forecasts));
    }
    let share = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share:.3}"));
    lines.push(format!(
        "within the 90 % interval, three months ahead: {} of all months, {} of those with deaths",
        share(covered),
        share(with_deaths)
    ));
    lines.join("\n")
}
