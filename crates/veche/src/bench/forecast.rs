//! `veche bench forecast`: reads the benchmark's files, fits and scores window by window, tells the tables.

use super::table;
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::picture::import::{Input, source_failure};
use crate::progress::Bar;
use crate::screen;
use std::path::Path;
use veche_picture::forecast::Grid;
use veche_picture::forecast::benchmark::{
    Benchmark, BenchmarkError, DEVELOPMENT, RELEASE, Results,
};
use veche_picture::import::ImportError;
use veche_picture::source::counts::Wanted;
use veche_picture::{Panel, Scheme, import_counts};

/// The counts that models learn from.
const PANEL: &str = "cm_panel_199001_202212.csv.gz";
/// Its column of deaths in all violence.
const WIDER: &str = "all_best";
/// What happened.
const ACTUALS: &str = "challenge_actuals_cm.csv.gz";
/// The column of it that counts.
const OUTCOME: &str = "outcome";
/// Most bytes of a document that tables are put into.
const DOCUMENT_LEN_MAX: u64 = 4 * 1024 * 1024;
/// What stands before and after the tables.
const MARKERS: [&str; 2] =
    ["<!-- begin: veche bench forecast -->", "<!-- end: veche bench forecast -->"];

/// Scores the ladder.
pub(crate) fn run(data: &Path, release: bool, write: Option<&Path>) -> Result<Answer, Failure> {
    // What cannot be written is told before minutes of work.
    let document = write.map(Document::read).transpose()?;
    let wider = grid(&data.join(PANEL), Some(WIDER))?;
    let history = grid(&data.join(PANEL), None)?.beside(&wider);
    let outcomes = grid(&data.join(ACTUALS), Some(OUTCOME))?;
    let benchmark = Benchmark::new(&history, &outcomes).map_err(|error| failure(data, error))?;
    let mut years = DEVELOPMENT.to_vec();
    years.extend(release.then_some(RELEASE));
    let mut windows = Vec::new();
    for (at, year) in years.iter().enumerate() {
        screen::note(&format!("window {year} ({} of {})", at + 1, years.len()));
        windows.push(benchmark.window(*year).map_err(|error| failure(data, error))?);
    }
    let results = Results::new(&windows);
    let told = table::markdown(&results);
    if let Some(document) = document {
        document.write(&told)?;
    }
    Ok(Answer::document(&told, table::json(&results)))
}

fn grid(path: &Path, column: Option<&str>) -> Result<Grid, Failure> {
    let input = Input::read(path)?;
    let wanted = Wanted { scheme: Scheme::Views, column };
    let mut bar = Bar::new();
    let read =
        import_counts(None, &mut &*input.bytes, wanted, input.vintage, &mut |step| bar.show(step));
    drop(bar);
    let unusable =
        |what: String| Failure::new(FailureKind::Benchmark { path: path.to_owned(), what });
    let (series, imported) = read.map_err(|error| match error {
        ImportError::Source(error) => source_failure(&input, error),
        ImportError::Table(error) => unusable(error.to_string()),
    })?;
    if let Some(problem) = imported.report.examples.first() {
        // A benchmark over fewer rows would be another benchmark.
        return Err(unusable(problem.to_string()));
    }
    Grid::new(&Panel::from_counts(&imported.table, &series))
        .map_err(|error| unusable(error.to_string()))
}

fn failure(data: &Path, error: BenchmarkError) -> Failure {
    let path = data.to_owned();
    Failure::new(FailureKind::Benchmark { path, what: error.to_string() })
        .hinting(Some(format!("`{PANEL}` and `{ACTUALS}` must be of the same data set")))
}

/// A document with room for the tables.
struct Document<'a> {
    path: &'a Path,
    before: String,
    after: String,
}

impl<'a> Document<'a> {
    fn read(path: &'a Path) -> Result<Self, Failure> {
        let bytes = file::read(path, DOCUMENT_LEN_MAX)?;
        let text = String::from_utf8_lossy(&bytes);
        let parts = text
            .split_once(MARKERS[0])
            .and_then(|(before, rest)| Some((before, rest.split_once(MARKERS[1])?.1)));
        let (before, after) = parts.ok_or_else(|| {
            let what = "it lacks the markers between which the tables stand".to_owned();
            Failure::new(FailureKind::Benchmark { path: path.to_owned(), what }).hinting(Some(
                format!("put `{}` and `{}` on lines of their own", MARKERS[0], MARKERS[1]),
            ))
        })?;
        Ok(Self { path, before: before.to_owned(), after: after.to_owned() })
    }

    fn write(&self, tables: &str) -> Result<(), Failure> {
        let [begin, end] = MARKERS;
        let text = format!("{}{begin}\n\n{tables}\n{end}{}", self.before, self.after);
        file::write(self.path, text.as_bytes())
    }
}
