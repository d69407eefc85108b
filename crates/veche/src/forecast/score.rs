//! `veche forecast score`: a run against what came.

use super::{Columns, load};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use serde_json::json;
use std::path::Path;
use veche_picture::forecast::Scores;
use veche_picture::forecast::score::compare::Difference;
use veche_picture::forecast::verdict::{self, Verdict, VerdictError};

/// Scores a run.
pub(crate) fn run(path: &Path, truth: &Path, columns: &Columns) -> Result<Answer, Failure> {
    let (run, worked) = load::run(path)?;
    let came = load::panel(truth, columns)?;
    let verdict = verdict::score(&run, &worked, &came).map_err(|error| {
        let hint = match &error {
            VerdictError::Mismatch { .. } => {
                "the truth must be of the same data and calendar as the run's counts"
            }
            VerdictError::NothingCame(_) => "give a panel that reaches beyond the origin",
        };
        let what = error.to_string();
        let from = truth.display().to_string();
        Failure::new(FailureKind::Forecast { from, what }).hinting(Some(hint.to_owned()))
    })?;
    let told = json!({
        "origin": run.origin(), "rule": run.rule(), "series": run.series(), "truth": came.vintages(),
        "verdict": verdict,
    });
    Ok(Answer::new(text(&verdict), told))
}

fn text(verdict: &Verdict) -> String {
    let mut lines = vec![
        format!(
            "{} months of {} units scored; {} months of the past agree with the truth",
            verdict.cells, verdict.units, verdict.agreeing
        ),
        "months ahead   ignorance        log-CRPS             CRPS     covered, 90 %   (conflictology)".to_owned(),
    ];
    let row = |name: &str, ours: &Scores, base: &Scores| {
        format!(
            "{name:>12}   {:.3} ({:.3})   {:.3} ({:.3})   {:.2} ({:.2})   {:.3} ({:.3})",
            ours.ignorance,
            base.ignorance,
            ours.crps_log,
            base.crps_log,
            ours.crps,
            base.crps,
            ours.covered,
            base.covered
        )
    };
    for (ahead, ours, base) in &verdict.horizons {
        lines.push(row(&ahead.to_string(), ours, base));
    }
    lines.push(row("all", &verdict.ours, &verdict.base));
    lines.push("against conflictology, 90 % of resamples of the units between:".to_owned());
    let all =
        [("ignorance", verdict.ignorance), ("log-CRPS", verdict.crps_log), ("CRPS", verdict.crps)];
    lines.extend(all.iter().map(|(name, difference)| format!("  {name:10} {}", said(*difference))));
    lines.join("\n")
}

/// Returns a difference in percent with its interval.
pub(crate) fn said(difference: Option<Difference>) -> String {
    let Some(Difference { share, low, high }) = difference else {
        return "nothing to compare with".to_owned();
    };
    let (share, low, high) = (share * 100.0, low * 100.0, high * 100.0);
    format!("{share:+.1} % ({low:+.1} to {high:+.1})")
}
