//! `veche forecast compare`: where two runs differ, and which was better in the past.

use super::load;
use super::score::said;
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use serde_json::json;
use std::path::Path;
use veche_picture::AreaId;
use veche_picture::forecast::Scores;
use veche_picture::forecast::explain::percent;
use veche_picture::forecast::run::{Run, Unit};
use veche_picture::forecast::score::CONFLICT_DEATHS;
use veche_picture::forecast::score::compare::{Difference, bootstrap};
use veche_picture::forecast::worked::Worked;

/// Where the counter of the resamples begins.
const SEED: u64 = 2;
/// Least difference of a chance that is told: half a percent.
const TOLD_MIN: f64 = 0.005;
/// Units that the answer names.
const SHOWN_MAX: usize = 15;

/// A run with what follows from it.
type With<'a> = (&'a Run, &'a Worked);

struct Moved {
    area: AreaId,
    name: String,
    first: f64,
    second: f64,
}

/// Compares two runs.
pub(crate) fn run(first: &Path, second: &Path) -> Result<Answer, Failure> {
    let ((one, one_worked), (two, two_worked)) = (load::run(first)?, load::run(second)?);
    if one.series() != two.series() {
        let what = format!("it counts `{}`, and the first `{}`", two.series(), one.series());
        let path = second.to_owned();
        return Err(Failure::new(FailureKind::NotARun { path, what })
            .hinting(Some("compare runs of one series".to_owned())));
    }
    let moved = moved((&one, &one_worked), (&two, &two_worked));
    let past = past((&one, &one_worked), (&two, &two_worked));
    let mut lines = vec![
        format!("first:  {} from the end of {}", one.rule(), one.origin().said()),
        format!("second: {} from the end of {}", two.rule(), two.origin().said()),
    ];
    match &past {
        Some((cells, differences)) => {
            lines.push(format!(
                "past forecasts of the second against the first, {cells} of the same months:"
            ));
            for (name, difference) in ["ignorance", "log-CRPS", "CRPS"].iter().zip(differences) {
                lines.push(format!("  {name:10} {}", said(*difference)));
            }
        }
        None => lines.push("no past forecast of both is of the same month".to_owned()),
    }
    lines.push(format!("{} units differ by half a percent or more", moved.len()));
    lines.push("chance of 25 deaths or more in three months, by how much it differs:".to_owned());
    for one in moved.iter().take(SHOWN_MAX) {
        let (area, name) = (one.area.to_string(), screen::one_line(&one.name));
        lines.push(format!(
            "  {:>9} {:>9}  {area:11}  {name}",
            percent(one.first),
            percent(one.second)
        ));
    }
    let units: Vec<_> = moved
        .iter()
        .map(|one| json!({"unit": one.area, "name": one.name, "first": one.first, "second": one.second}))
        .collect();
    let past = past.map(|(cells, [ignorance, crps_log, crps])| {
        json!({"forecasts": cells, "ignorance": ignorance, "crps_log": crps_log, "crps": crps})
    });
    let about =
        |run: &Run| json!({"rule": run.rule(), "origin": run.origin(), "inputs": run.vintages()});
    let told = json!({"first": about(&one), "second": about(&two), "past": past, "units": units});
    Ok(Answer::new(lines.join("\n"), told))
}

/// Returns the units of both runs by how much their chances differ.
fn moved(one: With<'_>, two: With<'_>) -> Vec<Moved> {
    let chance = |(run, worked): With<'_>, at| worked.ahead(run, at).chance_soon(CONFLICT_DEATHS);
    let both = |(at, unit): (usize, &Unit)| {
        let (area, name) = (unit.area(), unit.name().to_owned());
        let other = two.0.units().binary_search_by_key(&area, Unit::area).ok()?;
        Some(Moved { area, name, first: chance(one, at), second: chance(two, other) })
    };
    let mut all: Vec<Moved> = one.0.units().iter().enumerate().filter_map(both).collect();
    let by = |moved: &Moved| (moved.second - moved.first).abs();
    all.retain(|moved| by(moved) >= TOLD_MIN);
    all.sort_by(|a, b| by(b).total_cmp(&by(a)));
    all
}

/// Returns how many past forecasts are of a unit and month of both, and how the second's scores differ.
fn past(one: With<'_>, two: With<'_>) -> Option<(usize, [Option<Difference>; 3])> {
    let (first, second) = (one.1.record(), two.1.record());
    let mut pairs: Vec<Vec<(Scores, Scores)>> = Vec::new();
    for (unit, ours) in two.0.units().iter().zip(&second.units) {
        let at = one.0.units().iter().position(|other| other.area() == unit.area());
        let Some(others) = at.and_then(|at| first.units.get(at)) else { continue };
        let pair = |own: &veche_picture::forecast::track::Judged| {
            let other = others.iter().find(|other| other.month == own.month)?;
            Some((own.scores, other.scores))
        };
        let own: Vec<_> = ours.iter().filter_map(pair).collect();
        if !own.is_empty() {
            pairs.push(own);
        }
    }
    let cells = pairs.iter().map(Vec::len).sum();
    let difference = |score: fn(&Scores) -> f64| {
        let sums = |own: &Vec<(Scores, Scores)>| {
            own.iter().fold((0.0, 0.0), |sums, (a, b)| (sums.0 + score(a), sums.1 + score(b)))
        };
        bootstrap(&pairs.iter().map(sums).collect::<Vec<_>>(), SEED)
    };
    let differences = [
        difference(|scores| scores.ignorance),
        difference(|scores| scores.crps_log),
        difference(|scores| scores.crps),
    ];
    (cells > 0).then_some((cells, differences))
}
