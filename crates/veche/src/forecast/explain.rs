//! `veche forecast explain`: the sentence of a unit, with its numbers.

use super::load;
use crate::answer::Answer;
use crate::failure::Failure;
use crate::screen;
use serde_json::json;
use std::path::Path;
use veche_picture::forecast::explain::{Explanation, percent};
use veche_picture::forecast::run::{Run, Unit};
use veche_picture::forecast::sums::{DEATHS, SPANS};
use veche_picture::forecast::track::{Judged, Means, means};

/// Past forecasts that the answer shows.
const SHOWN_MAX: usize = 24;

/// Explains a unit's forecast.
pub(crate) fn run(path: &Path, wanted: &str) -> Result<Answer, Failure> {
    let (run, worked) = load::run(path)?;
    let (at, unit) = load::unit(&run, wanted)?;
    let record = worked.record();
    let judged = record.units.get(at).cloned().unwrap_or_default();
    let explanation = Explanation::of(&run, at, &worked);
    let told = json!({
        "unit": unit.area(), "name": unit.name(), "origin": run.origin(), "rule": run.rule(),
        "series": run.series(), "inputs": run.vintages(),
        "sentence": explanation.sentence(),
        "explanation": explanation,
        "past": judged, "means": means(&judged), "all": record,
    });
    Ok(Answer::new(text(&run, unit, &explanation, &judged), told))
}

fn text(run: &Run, unit: &Unit, told: &Explanation, judged: &[Judged]) -> String {
    let area = unit.area().to_string();
    let name = screen::one_line(unit.name());
    let called = if name == area { area } else { format!("{name} ({area})") };
    let mut lines = vec![
        format!(
            "{called}, `{}` from the end of {}, by {}",
            run.series(),
            run.origin().said(),
            run.rule()
        ),
        told.sentence(),
        "chances:".to_owned(),
        format!(
            "  {:12}{}",
            "months",
            DEATHS.map(|deaths| format!("{:>12}", format!(">= {deaths}"))).concat()
        ),
    ];
    for (span, row) in SPANS.iter().zip(told.chances) {
        lines.push(format!(
            "  {span:<12}{}",
            row.map(|chance| format!("{:>12}", percent(chance))).concat()
        ));
    }
    if let Some(means) = means(judged) {
        lines.push(against(&means));
        lines.push("past forecasts, three months ahead: 90 % between, and what came".to_owned());
        for one in judged.iter().rev().take(SHOWN_MAX) {
            let is_inside = (one.low..=one.high).contains(&u64::from(one.came));
            let mark = if is_inside { "" } else { "  missed" };
            lines.push(format!(
                "  {}  {:>7} to {:>7}  {:>7}{mark}",
                one.month, one.low, one.high, one.came
            ));
        }
    } else {
        lines
            .push("no past forecast can be judged: the past is too short, or not known".to_owned());
    }
    lines.push("inputs (SHA-256 of the files read):".to_owned());
    lines.extend(run.vintages().iter().map(|vintage| format!("  {vintage}")));
    lines.join("\n")
}

/// Returns the means of past forecasts beside those of conflictology.
fn against(means: &Means) -> String {
    format!(
        "mean of {} past forecasts (conflictology): ignorance {:.3} ({:.3}) bits, CRPS of logarithms {:.3} ({:.3}), CRPS {:.2} ({:.2}) deaths",
        means.forecasts,
        means.ours.ignorance,
        means.base.ignorance,
        means.ours.crps_log,
        means.base.crps_log,
        means.ours.crps,
        means.base.crps
    )
}
