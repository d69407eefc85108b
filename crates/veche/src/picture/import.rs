//! `veche picture import`: from a data set's file to a table of the store.

use super::names::Names;
use super::store::{NAMES_LEN_MAX, Store, table_failure};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::progress::Bar;
use serde_json::{Value, json};
use std::path::Path;
use veche_charter::fault::did_you_mean;
use veche_ledger::Hash;
use veche_picture::import::ImportError;
use veche_picture::source::counts::Wanted;
use veche_picture::source::{SourceFault, counts as panel};
use veche_picture::{CountTable, Merged, Report, Scheme, SourceError, Vintage, import_events};

/// Most bytes of an input: eight times the full GED, and little beside what its rows take in memory.
const INPUT_LEN_MAX: u64 = 2 * 1024 * 1024 * 1024;

/// A panel and what its columns do not say.
pub(crate) struct Panel<'a> {
    /// The file, or `-`.
    pub(crate) file: &'a Path,
    /// The list that its areas are from.
    pub(crate) scheme: Scheme,
    /// The column that counts; `None` for the first usual one.
    pub(crate) column: Option<&'a str>,
    /// A file with the areas' names.
    pub(crate) names: Option<&'a Path>,
}

/// Imports events.
pub(crate) fn events(file: &Path, store: &Store) -> Result<Answer, Failure> {
    let input = Input::read(file)?;
    let writer = store.writer()?;
    let path = store.events_path();
    let old = store.bytes(&path)?;
    let mut bar = Bar::new();
    let imported =
        import_events(old.clone(), &mut &*input.bytes, input.vintage, &mut |step| bar.show(step));
    drop(bar);
    let imported = imported.map_err(|error| match error {
        ImportError::Source(error) => source_failure(&input, error),
        ImportError::Table(error) => table_failure(&path, error),
    })?;
    let is_changed = writer.put(&path, &imported.file, old.as_deref())?;
    let done = Done {
        input: &input,
        table: &path,
        of: "events",
        rows: imported.table.len(),
        is_changed,
        report: &imported.report,
        merged: imported.merged,
        names: None,
    };
    Ok(done.answer())
}

/// Imports counts, and the names of their areas.
pub(crate) fn counts(wanted: &Panel<'_>, store: &Store) -> Result<Answer, Failure> {
    let input = Input::read(wanted.file)?;
    let named = wanted.names.map(|path| read_names(path, wanted.scheme)).transpose()?;
    let writer = store.writer()?;
    let mut bar = Bar::new();
    let mut rows = Vec::new();
    let (series, report) = panel::read(
        &mut &*input.bytes,
        Wanted { scheme: wanted.scheme, column: wanted.column },
        &mut |step| bar.show(step),
        &mut |row| rows.push(row),
    )
    .map_err(|error| source_failure(&input, error))?;
    // Which table it is, is known only now: the series is a column's name.
    let path = store.counts_path(&series);
    let fail = |error| table_failure(&path, error);
    let old = store.bytes(&path)?;
    let table = old.clone().map(CountTable::from_parquet).transpose().map_err(fail)?;
    let mut table = table.unwrap_or_default();
    let merged = table.merge(rows, input.vintage).map_err(fail)?;
    let bytes = table.to_parquet(&mut |step| bar.show(step)).map_err(fail)?;
    drop(bar);
    let is_changed = writer.put(&path, &bytes, old.as_deref())?;
    let names = named.as_ref().map(Names::len);
    if let Some(named) = named {
        let mut all = store.names()?;
        all.extend(named);
        writer.put_names(&all)?;
    }
    let done = Done {
        input: &input,
        table: &path,
        of: series.as_str(),
        rows: table.len(),
        is_changed,
        report: &report,
        merged,
        names,
    };
    Ok(done.answer())
}

fn read_names(path: &Path, scheme: Scheme) -> Result<Names, Failure> {
    Names::read(path, &file::read(path, NAMES_LEN_MAX)?, Some(scheme))
}

/// The bytes of an input, read once, so that the hash is that of what is imported.
pub(crate) struct Input {
    name: String,
    /// What was read.
    pub(crate) bytes: Vec<u8>,
    /// Their hash.
    pub(crate) vintage: Vintage,
}

impl Input {
    /// Returns its name for people.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads a file, or standard input.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = file::read_input(path, INPUT_LEN_MAX)?;
        let vintage = Vintage(Hash::of(&[&bytes]).0);
        let is_stdin = path.as_os_str() == file::STDIN;
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        Ok(Self { name, bytes, vintage })
    }
}

/// Returns the failure of reading an input, with its place and what to do.
pub(crate) fn source_failure(input: &Input, error: SourceError) -> Failure {
    let SourceError { line, fault: source } = error;
    let header = Some("the header".to_owned());
    let (place, hint) = match &source {
        SourceFault::MissingColumn { wanted, found } => {
            (header, did_you_mean(wanted, found.iter().map(String::as_str)))
        }
        SourceFault::NoCountColumn { .. } => (header, Some("give `--column NAME`".to_owned())),
        SourceFault::TwoColumns { .. }
        | SourceFault::Forms { .. }
        | SourceFault::ColumnName { .. }
        | SourceFault::LongHeader => (header, None),
        SourceFault::CutShort { .. }
        | SourceFault::Damaged { .. }
        | SourceFault::TooManyRows
        | SourceFault::Read(_) => (Some(format!("line {line}")), None),
        // These are about the whole, or name the line themselves.
        SourceFault::Empty
        | SourceFault::Zip
        | SourceFault::Utf16
        | SourceFault::NoUsableRow { .. } => (None, None),
    };
    let failure = Failure::new(FailureKind::Source { input: input.name.clone(), source });
    Failure { place, hint, ..failure }
}

/// What an import came to.
struct Done<'a> {
    input: &'a Input,
    table: &'a Path,
    of: &'a str,
    rows: usize,
    is_changed: bool,
    report: &'a Report,
    merged: Merged,
    names: Option<usize>,
}

impl Done<'_> {
    fn answer(&self) -> Answer {
        Answer::new(self.text(), self.json())
    }

    fn text(&self) -> String {
        let Merged { inserted, replaced, confirmed, unchanged, outdated, repeated } = self.merged;
        let Report { rows, kept, .. } = self.report;
        let mut lines = vec![
            format!("{} from `{}`: {kept} of {rows} rows kept", self.of, self.input.name),
            format!(
                "  {inserted} new, {replaced} replaced, {} as before, {outdated} older than what is \
                 there, {repeated} twice in the file",
                confirmed + unchanged
            ),
        ];
        lines.push(if self.is_changed {
            format!("  `{}` now has {} rows", self.table.display(), self.rows)
        } else {
            format!("  `{}` is unchanged, with {} rows", self.table.display(), self.rows)
        });
        if let Some(names) = self.names {
            lines.push(format!("  {names} names of areas"));
        }
        lines.extend(self.oddities().into_iter().map(|oddity| format!("  note: {oddity}")));
        if self.report.skipped() > 0 {
            lines.push(format!("skipped {} rows:", self.report.skipped()));
            let faults = self.report.faults.iter();
            lines.extend(faults.map(|(fault, count)| format!("  {count:>8}  {fault}")));
            lines.push("the first of them:".to_owned());
            lines.extend(self.report.examples.iter().map(|problem| format!("  {problem}")));
        }
        lines.join("\n")
    }

    /// Returns what a reader should know of rows that were kept.
    fn oddities(&self) -> Vec<String> {
        let Report { delimiter, odd_estimates, sources_dropped, .. } = *self.report;
        let mut out = Vec::new();
        match delimiter {
            ',' => {}
            '\t' => out.push("columns are separated by tabs, not by commas".to_owned()),
            other => out.push(format!("columns are separated by `{other}`, not by commas")),
        }
        if odd_estimates > 0 {
            out.push(format!(
                "{odd_estimates} best estimates lie outside their own low and high; kept as they are"
            ));
        }
        if sources_dropped > 0 {
            out.push(format!("{sources_dropped} source texts are too long and were not kept"));
        }
        out
    }

    fn json(&self) -> Value {
        let Merged { inserted, replaced, confirmed, unchanged, outdated, repeated } = self.merged;
        let faults: serde_json::Map<String, Value> =
            self.report.faults.iter().map(|(fault, n)| (fault.to_string(), json!(n))).collect();
        let example = |problem: &veche_picture::source::RowProblem| {
            json!({
                "line": problem.line,
                "column": problem.column,
                "fault": problem.fault.to_string(),
                "found": problem.found,
            })
        };
        json!({
            "input": self.input.name,
            "vintage": self.input.vintage,
            "table": self.table.display().to_string(),
            "of": self.of,
            "table_rows": self.rows,
            "changed": self.is_changed,
            "rows": self.report.rows,
            "kept": self.report.kept,
            "skipped": self.report.skipped(),
            "faults": faults,
            "examples": self.report.examples.iter().map(example).collect::<Vec<_>>(),
            "notes": self.oddities(),
            "names": self.names,
            "merged": {
                "inserted": inserted, "replaced": replaced, "confirmed": confirmed,
                "unchanged": unchanged, "outdated": outdated, "repeated": repeated,
            },
        })
    }
}
