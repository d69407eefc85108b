//! `veche picture import`: from a data set's file to a table of the store.

use super::names::Names;
use super::store::{NAMES_LEN_MAX, Store, Writer, table_failure};
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::node::now;
use crate::progress::Bar;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use veche_charter::fault::did_you_mean;
use veche_ledger::Hash;
use veche_picture::history::{Gap, gaps};
use veche_picture::import::{Taken, take_counts, take_events, take_incidents, take_views};
use veche_picture::source::SourceFault;
use veche_picture::source::counts::Wanted;
use veche_picture::table::{Row, Table};
use veche_picture::vintage::{Catalogue, Entry, Rewrite, Shelved};
use veche_picture::{
    CountTable, Date, Merged, Month, Report, Scheme, Series, SourceError, Vintage,
};

/// Most bytes of an input that is held whole: eight times the full GED.
const INPUT_LEN_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Bytes of an input that are read at once.
const CHUNK_LEN: usize = 256 * 1024;

/// Whose data an input is, on what terms, and since when it is known.
#[derive(Debug)]
pub(crate) struct Claim {
    /// Whose, and which release.
    pub(crate) source: String,
    /// The terms.
    pub(crate) licence: String,
    /// The day; today, if it is a new input.
    pub(crate) known: Option<Date>,
}

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
pub(crate) fn events(file: &Path, claim: &Claim, store: &Store) -> Result<Answer, Failure> {
    let mut input = Stream::open(file)?;
    let writer = store.writer()?;
    let mut bar = Bar::new();
    let taken = take_events(&mut input.bytes, &mut |step| bar.show(step))
        .map_err(|error| source_failed(&input.name, error))?;
    let kept = keep(store, &writer, Shelved::Events, taken, claim, &mut bar, |_, _, _| None)?;
    Ok(Done { input: input.name, of: "events".to_owned(), names: None, gaps: None, kept }.answer())
}

/// Imports incidents.
pub(crate) fn incidents(file: &Path, claim: &Claim, store: &Store) -> Result<Answer, Failure> {
    let mut input = Stream::open(file)?;
    let writer = store.writer()?;
    let mut bar = Bar::new();
    let taken = take_incidents(&mut input.bytes, &mut |step| bar.show(step))
        .map_err(|error| source_failed(&input.name, error))?;
    let kept = keep(store, &writer, Shelved::Incidents, taken, claim, &mut bar, |_, _, _| None)?;
    Ok(Done { input: input.name, of: "incidents".to_owned(), names: None, gaps: None, kept }
        .answer())
}

/// Imports counts of VIEWS.
pub(crate) fn views(
    wanted: &Panel<'_>,
    begins: Option<Month>,
    claim: &Claim,
    store: &Store,
) -> Result<Answer, Failure> {
    let mut input = Stream::open(wanted.file)?;
    let writer = store.writer()?;
    let mut bar = Bar::new();
    let columns = Wanted { scheme: wanted.scheme, column: wanted.column };
    let (series, taken) = take_views(&mut input.bytes, columns, begins, &mut |step| bar.show(step))
        .map_err(|error| source_failed(&input.name, error))?;
    let of = Shelved::Counts(series.clone());
    let kept = keep(store, &writer, of, taken, claim, &mut bar, rewritten)?;
    let gaps = gaps_of(store, &series)?;
    Ok(Done { input: input.name, of: series.to_string(), names: None, gaps, kept }.answer())
}

/// Returns what to know of months without a row, if there are any.
fn gaps_of(store: &Store, series: &Series) -> Result<Option<String>, Failure> {
    if !store.has(&Shelved::Counts(series.clone())) {
        return Ok(None);
    }
    let gaps = gaps(&store.counts(series, None)?, series);
    let Some(first) = gaps.first() else { return Ok(None) };
    let Gap { area, after, months } = first;
    let areas: BTreeSet<_> = gaps.iter().map(|gap| gap.area).collect();
    Ok(Some(format!(
        "{} with {}, the first of {area} after {after}, {}: no month without a row is taken for one of zero, and a history \
         begins after its last gap",
        counted(areas.len(), "area"),
        counted(gaps.len(), "gap"),
        counted(*months, "month")
    )))
}

/// Imports counts, and the names of their areas.
pub(crate) fn counts(wanted: &Panel<'_>, claim: &Claim, store: &Store) -> Result<Answer, Failure> {
    let mut input = Stream::open(wanted.file)?;
    let named = wanted.names.map(|path| read_names(path, wanted.scheme)).transpose()?;
    let writer = store.writer()?;
    let mut bar = Bar::new();
    let columns = Wanted { scheme: wanted.scheme, column: wanted.column };
    let (series, taken) = take_counts(&mut input.bytes, columns, &mut |step| bar.show(step))
        .map_err(|error| source_failed(&input.name, error))?;
    // Which table it is, is known only now: the series is a column's name.
    let of = Shelved::Counts(series.clone());
    let kept = keep(store, &writer, of, taken, claim, &mut bar, rewritten)?;
    let names = named.as_ref().map(Names::len);
    if let Some(named) = named {
        let mut all = store.names()?;
        all.extend(named);
        writer.put_names(&all)?;
    }
    let gaps = gaps_of(store, &series)?;
    Ok(Done { input: input.name, of: series.to_string(), names, gaps, kept }.answer())
}

/// Returns what counts say otherwise than the table did before them, in one line.
fn rewritten(before: &CountTable, own: &CountTable, vintage: Vintage) -> Option<String> {
    Rewrite::summary(&Rewrite::between(before, own, own.span(vintage)?))
}

/// What an import left behind.
struct Kept {
    table: PathBuf,
    rows: usize,
    is_changed: bool,
    report: Report,
    merged: Merged,
    vintage: Vintage,
    /// How the input is listed; `None` if it has no row.
    entry: Option<Entry>,
    /// What it says otherwise than what was known before it.
    rewritten: Option<String>,
}

/// Puts the rows of an input where they belong: into the vintages for good, and into the table in their turn.
fn keep<R: Row>(
    store: &Store,
    writer: &Writer<'_>,
    of: Shelved,
    taken: Taken<R>,
    claim: &Claim,
    bar: &mut Bar,
    rewritten: impl Fn(&Table<R>, &Table<R>, Vintage) -> Option<String>,
) -> Result<Kept, Failure> {
    let Taken { rows, report, vintage } = taken;
    let path = store.path_of(&of);
    let fail = |error| table_failure(&path, error);
    let mut catalogue = store.catalogue()?;
    let listed = catalogue.clone();
    let mut own = Table::default();
    let repeated = own.merge(rows, vintage).map_err(fail)?.repeated;
    let old = store.bytes(&path)?;
    let mut kept = Kept {
        table: path.clone(),
        rows: own.len(),
        is_changed: false,
        report,
        merged: Merged { repeated, ..Merged::default() },
        vintage,
        entry: None,
        rewritten: None,
    };
    let Some((first, last)) = own.span(vintage) else { return Ok(kept) };
    let mut entry = entry(&listed, of.clone(), vintage, claim)?;
    (entry.rows, entry.first, entry.last) = (own.len() as u64, first, last);
    let own_bytes = own.to_parquet(&mut |step| bar.show(step)).map_err(fail)?;
    let turn = Turn::of(store, &listed, &entry);
    let mut table = turn.before(old.as_ref())?;
    kept.rewritten = rewritten(&table, &own, vintage);
    kept.merged = Merged { repeated, ..table.absorb(own).map_err(fail)? };
    (entry.rewritten, entry.untold) = (kept.merged.replaced, table.untold(vintage));
    table.absorb(store.fold(&of, &turn.later)?).map_err(fail)?;
    kept.rows = table.len();
    // Before anything is written, the list must take the input.
    let is_new = list(&mut catalogue, &entry, store)?;
    writer.keep_vintage(&of, vintage, &own_bytes)?;
    let bytes = if table.vintages() == [vintage] {
        own_bytes
    } else {
        table.to_parquet(&mut |step| bar.show(step)).map_err(fail)?
    };
    kept.is_changed = writer.put(&path, &bytes, old.as_deref())?;
    // Last: an input that is listed is in the table.
    if is_new {
        writer.put_catalogue(&catalogue)?;
    }
    kept.entry = Some(entry);
    Ok(kept)
}

fn list(catalogue: &mut Catalogue, entry: &Entry, store: &Store) -> Result<bool, Failure> {
    catalogue.add(entry.clone()).map_err(|error| {
        let (store, what) = (store.dir().to_owned(), error.to_string());
        Failure::new(FailureKind::Vintages { store, what })
    })
}

/// An input's turn among those of its table.
struct Turn<'c> {
    store: &'c Store,
    catalogue: &'c Catalogue,
    of: Shelved,
    /// Those that became known before it; of its day, those imported before.
    earlier: Vec<&'c Entry>,
    /// Those after it.
    later: Vec<&'c Entry>,
}

impl<'c> Turn<'c> {
    fn of(store: &'c Store, catalogue: &'c Catalogue, entry: &Entry) -> Self {
        let mut earlier = catalogue.of(&entry.of);
        let listed = earlier.iter().position(|one| one.vintage == entry.vintage);
        let later = match listed {
            Some(at) => {
                let later = earlier.split_off(at + 1);
                earlier.truncate(at);
                later
            }
            None => earlier.split_off(earlier.partition_point(|one| one.known <= entry.known)),
        };
        Self { store, catalogue, of: entry.of.clone(), earlier, later }
    }

    /// Returns the table as it was before the input: as it is, if that is the newest.
    fn before<R: Row>(&self, now: Option<&Vec<u8>>) -> Result<Table<R>, Failure> {
        match now {
            None => Ok(Table::default()),
            Some(bytes) if self.later.is_empty() => Table::from_parquet(bytes.clone())
                .map_err(|error| table_failure(&self.store.path_of(&self.of), error)),
            Some(_) => {
                self.store.listed::<R>(&self.of, self.catalogue)?;
                self.store.fold(&self.of, &self.earlier)
            }
        }
    }
}

/// Returns how an input is listed; one that is listed already keeps what was said of it, unless another day is claimed.
fn entry(
    catalogue: &Catalogue,
    of: Shelved,
    vintage: Vintage,
    claim: &Claim,
) -> Result<Entry, Failure> {
    let held = catalogue.find(&of, vintage).cloned();
    let known = match (claim.known, &held) {
        (Some(known), _) => known,
        (None, Some(held)) => held.known,
        (None, None) => today()?,
    };
    let (first, last) = (known.month(), known.month());
    let fresh = Entry {
        vintage,
        of,
        source: claim.source.clone(),
        licence: claim.licence.clone(),
        known,
        rows: 0,
        first,
        last,
        rewritten: 0,
        untold: 0,
    };
    Ok(held.map_or(fresh, |held| Entry { known, ..held }))
}

fn today() -> Result<Date, Failure> {
    const DAY: u64 = 24 * 3600;
    let internal = |what: String| Failure::new(FailureKind::Internal(what));
    let days = i32::try_from(now().0 / DAY).map_err(|error| internal(error.to_string()))?;
    Date::from_unix_days(days).map_err(|error| internal(error.to_string()))
}

fn read_names(path: &Path, scheme: Scheme) -> Result<Names, Failure> {
    Names::read(path, &file::read(path, NAMES_LEN_MAX)?, Some(scheme))
}

/// An input that is read once, from its beginning to its end, and never held.
pub(crate) struct Stream {
    name: String,
    /// What is read.
    pub(crate) bytes: BufReader<Box<dyn io::Read>>,
}

impl Stream {
    /// Returns its name for people.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Opens a file, or standard input.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let (name, read): (String, Box<dyn io::Read>) = if path.as_os_str() == file::STDIN {
            ("standard input".to_owned(), Box::new(io::stdin()))
        } else {
            let fail = |error| Failure::reading(path, error);
            let opened = File::open(path).map_err(fail)?;
            if opened.metadata().map_err(fail)?.is_dir() {
                return Err(Failure::new(FailureKind::Directory(path.to_owned())));
            }
            (path.display().to_string(), Box::new(opened))
        };
        Ok(Self { name, bytes: BufReader::with_capacity(CHUNK_LEN, read) })
    }
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
    source_failed(&input.name, error)
}

/// Returns the same failure of an input by its name.
pub(crate) fn source_failed(input: &str, error: SourceError) -> Failure {
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
        SourceFault::OtherCalendar { stated, .. } => (
            None,
            Some(format!(
                "if `month_id` is VIEWS's, where 121 is January 1990, state its first month instead of {stated}; else number \
                 the months so"
            )),
        ),
        // These are about the whole, or name the line themselves.
        SourceFault::Empty
        | SourceFault::Json { .. }
        | SourceFault::LongJson { .. }
        | SourceFault::Parquet(_)
        | SourceFault::Zip
        | SourceFault::Utf16
        | SourceFault::NoUsableRow { .. } => (None, None),
    };
    let failure = Failure::new(FailureKind::Source { input: input.to_owned(), source });
    Failure { place, hint, ..failure }
}

/// What an import came to.
struct Done {
    input: String,
    of: String,
    names: Option<usize>,
    gaps: Option<String>,
    kept: Kept,
}

impl Done {
    fn answer(&self) -> Answer {
        Answer::new(self.text(), self.json())
    }

    fn text(&self) -> String {
        let Kept { table, rows: table_rows, is_changed, report, merged, rewritten, .. } =
            &self.kept;
        let Merged { inserted, replaced, confirmed, unchanged, outdated, repeated } = merged;
        let Report { rows, kept, .. } = report;
        let mut lines = vec![
            format!("{} from `{}`: {kept} of {rows} rows kept", self.of, self.input),
            format!(
                "  {inserted} new, {replaced} replaced, {} as before, {outdated} older than what is \
                 there, {repeated} twice in the file",
                confirmed + unchanged
            ),
        ];
        let now = if *is_changed { "now has" } else { "is unchanged, with" };
        lines.push(format!("  `{}` {now} {table_rows} rows", table.display()));
        if let Some(names) = self.names {
            lines.push(format!("  {names} names of areas"));
        }
        if let Some(rewritten) = rewritten {
            lines.push(format!("  rewrites what was known: {rewritten}"));
        }
        lines.extend(self.oddities().into_iter().map(|oddity| format!("  note: {oddity}")));
        if report.skipped() > 0 {
            lines.push(format!("skipped {} rows:", report.skipped()));
            let faults = report.faults.iter();
            lines.extend(faults.map(|(fault, count)| format!("  {count:>8}  {fault}")));
            lines.push("the first of them:".to_owned());
            lines.extend(report.examples.iter().map(|problem| format!("  {problem}")));
        }
        lines.join("\n")
    }

    /// Returns what a reader should know of rows that were kept.
    fn oddities(&self) -> Vec<String> {
        let Report { delimiter, odd_estimates, sources_dropped, over_month_ends, .. } =
            self.kept.report;
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
        if over_month_ends > 0 {
            out.push(format!(
                "{over_month_ends} events end in a later month than they begin in; each counts whole in the month of its last day"
            ));
        }
        out.extend(self.gaps.clone());
        if sources_dropped > 0 {
            out.push(format!("{sources_dropped} source texts are too long and were not kept"));
        }
        out
    }

    fn json(&self) -> Value {
        let Kept { report, merged, .. } = &self.kept;
        let Merged { inserted, replaced, confirmed, unchanged, outdated, repeated } = merged;
        let faults: serde_json::Map<String, Value> =
            report.faults.iter().map(|(fault, n)| (fault.to_string(), json!(n))).collect();
        let example = |problem: &veche_picture::source::RowProblem| {
            json!({
                "line": problem.line,
                "column": problem.column,
                "fault": problem.fault.to_string(),
                "found": problem.found,
            })
        };
        json!({
            "input": self.input,
            "vintage": self.kept.vintage,
            "listed": self.kept.entry,
            "rewritten": self.kept.rewritten,
            "table": self.kept.table.display().to_string(),
            "of": self.of,
            "table_rows": self.kept.rows,
            "changed": self.kept.is_changed,
            "rows": report.rows,
            "kept": report.kept,
            "skipped": report.skipped(),
            "faults": faults,
            "examples": report.examples.iter().map(example).collect::<Vec<_>>(),
            "notes": self.oddities(),
            "names": self.names,
            "merged": {
                "inserted": inserted, "replaced": replaced, "confirmed": confirmed,
                "unchanged": unchanged, "outdated": outdated, "repeated": repeated,
            },
        })
    }
}
