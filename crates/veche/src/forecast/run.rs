//! `veche forecast run`: counts, an origin and a rule become a run and its table.

use super::load::{self, RUN, WORKED};
use super::{Format, RunArgs};
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::progress::Bar;
use crate::screen;
use serde_json::{Value, json};
use std::fs;
use veche_picture::forecast::explain::percent;
use veche_picture::forecast::run::{Run, RunError, Unit};
use veche_picture::forecast::score::CONFLICT_DEATHS;
use veche_picture::forecast::sheet::{self, Line};
use veche_picture::forecast::worked::Worked;
use veche_picture::{Progress, Stage};

/// The page that says what the columns mean.
const CODEBOOK: &str = "CODEBOOK.md";
/// Units that the answer names.
const SHOWN_MAX: usize = 10;

/// Forecasts, and writes what came out.
pub(crate) fn run(arguments: &RunArgs) -> Result<Answer, Failure> {
    let asked = load::asked(arguments)?;
    let (rule, wider) = (arguments.rule.into(), asked.wider.as_ref());
    let run = Run::new(&asked.observed, wider, rule, arguments.origin, &asked.names)
        .map_err(|error| load::unusable(&asked.from, error.to_string(), hint(&error)))?;
    let (run, not_widened) = load::widened(run, arguments)?;
    let worked = load::work_out(&run);
    let mut bar = Bar::new();
    let of = run.units().len() as u64;
    let lines = sheet::lines(&run, &worked, &mut |done| {
        let done = done as u64;
        bar.show(Progress { stage: Stage::Forecast, done, bytes: 0, of: Some(of) });
    });
    drop(bar);
    let table = write(&run, &worked, &lines, arguments)?;
    let ranked = ranked(&run, &worked);
    let mut lines = vec![text(&run, &ranked, arguments, table)];
    lines.extend(vintages(&run, arguments, not_widened));
    Ok(Answer::new(lines.join("\n"), told(&run, &ranked, arguments, table)))
}

fn hint(error: &RunError) -> Option<String> {
    match error {
        RunError::Gap { .. } => Some(
            "give the month a row, with 0 if nothing happened: a month without a row is not a month without deaths"
                .to_owned(),
        ),
        RunError::AfterData { last, .. } => Some(format!("`--origin {last}` is the latest")),
        RunError::BeforeData { .. } | RunError::NoUnit { .. } | RunError::Empty => None,
    }
}

fn write(
    run: &Run,
    worked: &Worked,
    lines: &[Line],
    arguments: &RunArgs,
) -> Result<&'static str, Failure> {
    let out = &arguments.out;
    fs::create_dir_all(out).map_err(|error| Failure::writing(out, error))?;
    let internal = |what: String| Failure::new(FailureKind::Internal(what));
    let (name, bytes) = match arguments.format {
        Format::Csv => ("forecast.csv", sheet::csv(lines).into_bytes()),
        Format::Json => ("forecast.json", format!("{}\n", sheet::json(lines)).into_bytes()),
        Format::Parquet => {
            let bytes = sheet::parquet(run, lines).map_err(|error| internal(error.to_string()))?;
            ("forecast.parquet", bytes)
        }
    };
    let own = serde_json::to_string(run).map_err(|error| internal(error.to_string()))?;
    let own = format!("{own}\n");
    let kept = worked.text(own.as_bytes()).map_err(|error| internal(error.to_string()))?;
    file::write(&out.join(name), &bytes)?;
    file::write(&out.join(CODEBOOK), sheet::codebook(run).as_bytes())?;
    file::write(&out.join(WORKED), kept.as_bytes())?;
    // Last: where there is a run, its table is there too.
    file::write(&out.join(RUN), own.as_bytes())?;
    Ok(name)
}

/// Returns units with their chance of 25 deaths or more in three months, likeliest first.
fn ranked<'r>(run: &'r Run, worked: &Worked) -> Vec<(&'r Unit, f64)> {
    let of = |(at, unit)| (unit, worked.ahead(run, at).chance_soon(CONFLICT_DEATHS));
    let mut all: Vec<_> = run.units().iter().enumerate().map(of).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

fn text(run: &Run, ranked: &[(&Unit, f64)], arguments: &RunArgs, table: &str) -> String {
    let quiet = run.units().iter().filter(|unit| unit.is_quiet()).count();
    let mut lines = vec![
        format!(
            "{} of `{}` from the end of {}, by {}",
            counted(run.units().len(), "unit"),
            run.series(),
            run.origin().said(),
            run.rule()
        ),
        format!("  {quiet} of them without a count for three years: no skill proven"),
    ];
    lines.extend(wider_said(run, arguments));
    lines.push("chance of 25 deaths or more in the three months ahead:".to_owned());
    for (unit, chance) in ranked.iter().take(SHOWN_MAX).filter(|(_, chance)| *chance > 0.0) {
        let area = unit.area().to_string();
        lines.push(format!(
            "  {:>9}  {area:11}  {}",
            percent(*chance),
            screen::one_line(unit.name())
        ));
    }
    if !run.left_out().is_empty() {
        lines.push(format!("not forecast: {}", counted(run.left_out().len(), "unit")));
        for left in run.left_out().iter().take(SHOWN_MAX) {
            lines.push(format!("  {:11}  {}", left.area.to_string(), left.why));
        }
    }
    let out = arguments.out.display();
    lines.push(format!("written to `{out}`: {RUN}, {WORKED}, {table}, {CODEBOOK}"));
    lines.join("\n")
}

/// Returns what is to be said of counts of all violence, if anything is.
fn wider_said(run: &Run, arguments: &RunArgs) -> Option<String> {
    match (run.rule().learns(), run.has_wider(), &arguments.wider) {
        (true, false, _) => Some(
            "  learnt without deaths in violence of all kinds: `--wider COLUMN` says where they are"
                .to_owned(),
        ),
        (true, true, Some(name)) => Some(format!("  learnt with `{name}` besides")),
        (false, _, Some(name)) => {
            Some(format!("  `{name}` is not used: {} learns nothing", run.rule()))
        }
        (true, true, None) | (false, _, None) => None,
    }
}

/// Returns the lines on what a run from a store rests on: its vintages, and what they teach of the latest months.
fn vintages(run: &Run, arguments: &RunArgs, not_widened: Option<String>) -> Vec<String> {
    if arguments.store.is_none() {
        return Vec::new();
    }
    let day = arguments.as_of.map_or(String::new(), |day| format!(", as known on {day}"));
    let mut lines = vec![format!("from {}{day}:", counted(run.vintages().len(), "vintage"))];
    lines.extend(run.vintages().iter().map(|vintage| format!("  {vintage}")));
    if let Some(widening) = run.widening() {
        lines.push(format!(
            "the latest months are widened by what {} releases taught:",
            widening.releases
        ));
        lines.extend(widening.said().into_iter().map(|line| format!("  {line}")));
    }
    lines.extend(not_widened.map(|why| format!("the latest months are not widened: {why}")));
    lines
}

fn told(run: &Run, ranked: &[(&Unit, f64)], arguments: &RunArgs, table: &str) -> Value {
    let unit = |(unit, chance): &(&Unit, f64)| {
        json!({
            "unit": unit.area(), "name": unit.name(), "chance": chance,
            "skill": if unit.is_quiet() { "unproven" } else { "" },
        })
    };
    json!({
        "series": run.series(), "origin": run.origin(), "rule": run.rule(), "inputs": run.vintages(),
        "wider": arguments.wider.as_ref().filter(|_| run.has_wider()),
        "widening": run.widening(),
        "units": ranked.iter().map(unit).collect::<Vec<_>>(),
        "left_out": run.left_out(),
        "out": arguments.out.to_string_lossy(), "files": [RUN, WORKED, table, CODEBOOK],
    })
}
