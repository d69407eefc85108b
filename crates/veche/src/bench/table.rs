//! The tables of the forecasting benchmark, in Markdown and as JSON.

use serde_json::{Value, json};
use std::fmt::Write as _;
use veche_picture::forecast::Scores;
use veche_picture::forecast::benchmark::{CONFLICTOLOGY, NAMES, POOLED, RECENT, Results};
use veche_picture::forecast::score::calibration::reliability;

/// Classes of probability of the reliability table.
const EDGES: [f64; 8] = [0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];

/// A score by which models are compared: its name, and where it is.
type Compared = (&'static str, fn(&Scores) -> f64);

const COMPARED: [Compared; 4] = [
    ("CRPS", |scores| scores.crps),
    ("IGN", |scores| scores.ignorance),
    ("log-CRPS", |scores| scores.crps_log),
    ("IS90", |scores| scores.interval),
];

/// Returns the tables as Markdown.
pub(crate) fn markdown(results: &Results) -> String {
    let mut out = String::new();
    lines(results, &mut out);
    for (other, heading) in [(CONFLICTOLOGY, "conflictology"), (RECENT, "L2")] {
        differences(results, other, heading, &mut out);
    }
    calibration(results, &mut out);
    constants(results, &mut out);
    out
}

/// Adds a line. A string takes whatever is written, so that there is no error to tell.
macro_rules! add {
    ($out:expr, $($what:tt)*) => {
        let _always_ok = writeln!($out, $($what)*);
    };
}

fn lines(results: &Results, out: &mut String) {
    add!(
        out,
        "| model | window | CRPS | IGN | log-CRPS | IS90 | Brier 25 | covered | covered, deaths > 0 |"
    );
    add!(out, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (model, name) in NAMES.iter().enumerate() {
        let windows = results.windows().iter().enumerate();
        let windows = windows.map(|(at, year)| (Some(at), year.to_string()));
        for (at, window) in windows.chain([(None, "mean".to_owned())]) {
            let Some(line) = results.line(model, at) else { continue };
            let Scores { crps, ignorance, crps_log, interval, brier, covered } = line.scores;
            add!(
                out,
                "| {name} | {window} | {crps:.2} | {ignorance:.4} | {crps_log:.4} | {interval:.0} | {brier:.4} | \
                 {covered:.3} | {:.3} |",
                line.covered_nonzero
            );
        }
    }
}

fn differences(results: &Results, other: usize, heading: &str, out: &mut String) {
    add!(
        out,
        "\nAgainst {heading}, all windows, in %; in brackets where 90 % of 2000 draws of countries lie:\n"
    );
    add!(out, "| model | CRPS | IGN | log-CRPS | IS90 |");
    add!(out, "| --- | --- | --- | --- | --- |");
    for (model, name) in NAMES.iter().enumerate().filter(|(model, _)| *model != other) {
        let cells = COMPARED.map(|(_, score)| {
            results.difference(model, other, score).map_or_else(String::new, |found| {
                let [share, low, high] = [found.share, found.low, found.high].map(|x| x * 100.0);
                format!("{share:+.1} ({low:+.1}..{high:+.1})")
            })
        });
        add!(out, "| {name} | {} |", cells.join(" | "));
    }
}

fn calibration(results: &Results, out: &mut String) {
    add!(
        out,
        "\nProbability of 25 deaths or more in a month, {}, and how often they came:\n",
        NAMES[POOLED]
    );
    add!(out, "| forecasts | said | came |");
    add!(out, "| --- | --- | --- |");
    for line in reliability(&results.conflict(POOLED), &EDGES) {
        add!(out, "| {} | {:.3} | {:.3} |", line.forecasts, line.said, line.happened);
    }
}

fn constants(results: &Results, out: &mut String) {
    let told = results
        .windows()
        .iter()
        .zip(results.chosen())
        .map(|(year, pooling)| format!("{year}: {pooling}"));
    add!(
        out,
        "\nHow {} was pooled, chosen on the other windows: {}.",
        NAMES[POOLED],
        told.collect::<Vec<_>>().join("; ")
    );
}

/// Returns the same for programs.
pub(crate) fn json(results: &Results) -> Value {
    let models = NAMES.iter().enumerate().map(|(model, name)| {
        let windows = results
            .windows()
            .iter()
            .enumerate()
            .map(|(at, year)| json!({ "window": year, "line": results.line(model, Some(at)) }));
        let against = |other: usize| -> Value {
            let found = COMPARED.map(|(name, score)| {
                (name.to_owned(), json!(results.difference(model, other, score)))
            });
            found.into_iter().collect::<serde_json::Map<_, _>>().into()
        };
        json!({
            "model": name,
            "windows": windows.collect::<Vec<_>>(),
            "mean": results.line(model, None),
            "against_conflictology": against(CONFLICTOLOGY),
            "against_recent": against(RECENT),
        })
    });
    let chosen: Vec<String> = results.chosen().iter().map(ToString::to_string).collect();
    json!({
        "models": models.collect::<Vec<_>>(),
        "chosen": chosen,
        "reliability": reliability(&results.conflict(POOLED), &EDGES),
    })
}
