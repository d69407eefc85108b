//! From a data set's file to events.

use super::kept;
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::picture::import::Stream;
use crate::screen;
use serde_json::{Value, json};
use std::path::Path;
use veche_picture::source::reported::{Format, read};
use veche_picture::source::{Report, SourceFault};
use veche_picture::{ReportedEvent, SourceError};

/// A format, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum FormatArg {
    /// GDELT 2.0 events, 61 columns
    Gdelt,
    /// ICEWS
    Icews,
    /// POLECAT
    Polecat,
    /// ACLED
    Acled,
    /// Phoenix, as PETRARCH2 writes it
    Phoenix,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Gdelt => Self::Gdelt,
            FormatArg::Icews => Self::Icews,
            FormatArg::Polecat => Self::Polecat,
            FormatArg::Acled => Self::Acled,
            FormatArg::Phoenix => Self::Phoenix,
        }
    }
}

/// Imports the events of a file. Lines to standard output are told as they are read; a Parquet file is made whole.
pub(super) fn run(format: FormatArg, path: &Path, out: Option<&Path>) -> Result<Answer, Failure> {
    let mut input = Stream::open(path)?;
    let name = input.name().to_owned();
    let mut events: Vec<ReportedEvent> = Vec::new();
    let mut heard = Ok(true);
    let mut take = |event: ReportedEvent| {
        if out.is_some() {
            events.push(event);
        } else if matches!(heard, Ok(true)) {
            heard = screen::stream(&kept::line(&event));
        }
    };
    let report = read(format.into(), &mut input.bytes, &mut |_| {}, &mut take);
    let report = report.map_err(|error| source_failed(path, &error))?;
    heard?;
    if out.is_some() {
        let parts = [kept::digest(&events)];
        kept::write(events, kept::vintage(&parts), out)?;
    }
    screen::note(&summary(&name, &report));
    for problem in &report.examples {
        screen::note(&format!("  {}", screen::one_line(&problem.to_string())));
    }
    let exit = if report.kept == 0 { Exit::INVALID } else { Exit::OK };
    Ok(Answer::new("", if out.is_some() { told(&report) } else { Value::Null }).ending(exit))
}

fn source_failed(path: &Path, error: &SourceError) -> Failure {
    let hint = matches!(error.fault, SourceFault::MissingColumn { .. })
        .then(|| "is it another data set's file, or one without its header?".to_owned());
    let what = format!("line {}: {}", error.line, error.fault);
    Failure::new(FailureKind::Events { path: path.to_owned(), what }).hinting(hint)
}

fn summary(name: &str, report: &Report) -> String {
    let kept = usize::try_from(report.kept).unwrap_or(usize::MAX);
    let skipped: Vec<String> =
        report.faults.iter().map(|(fault, count)| format!("{count} with: {fault}")).collect();
    let skipped = if skipped.is_empty() {
        String::new()
    } else {
        format!("; passed over {}", skipped.join(", "))
    };
    format!("{}: {}{skipped}", screen::one_line(name), counted(kept, "event"))
}

fn told(report: &Report) -> Value {
    let faults =
        report.faults.iter().map(|(fault, count)| (fault.to_string(), Value::from(*count)));
    json!({
        "rows": report.rows,
        "kept": report.kept,
        "skipped": faults.collect::<serde_json::Map<_, _>>(),
    })
}
