//! From files to counts and runs.

use super::{Columns, RunArgs};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::picture::find;
use crate::picture::import::{Input, source_failure};
use crate::picture::names::Names;
use crate::picture::store::{NAMES_LEN_MAX, Store};
use crate::progress::Bar;
use crate::screen;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use veche_charter::fault::did_you_mean;
use veche_picture::forecast::observed::{Observed, ObservedError};
use veche_picture::forecast::run::{Run, Unit};
use veche_picture::forecast::worked::Worked;
use veche_picture::source::counts::Wanted;
use veche_picture::vintage::Widening;
use veche_picture::{AreaId, Date, Progress, Series, Stage};

/// The file of a run in its directory.
pub(crate) const RUN: &str = "run.json";
/// Most bytes of it: a thousand times the countries of the world.
const RUN_LEN_MAX: u64 = 64 * 1024 * 1024;
/// What was worked out from a run, beside it.
pub(crate) const WORKED: &str = "worked.json";
/// Most bytes of that: a hundred times the countries of the world.
const WORKED_LEN_MAX: u64 = 512 * 1024 * 1024;

/// Reads a panel of counts strictly.
pub(crate) fn panel(path: &Path, columns: &Columns) -> Result<Observed, Failure> {
    column(&Input::read(path)?, columns, columns.column.as_deref())
}

/// Reads one column of counts.
fn column(input: &Input, columns: &Columns, column: Option<&str>) -> Result<Observed, Failure> {
    let wanted = Wanted { scheme: columns.scheme.into(), column };
    let mut bar = Bar::new();
    let read =
        Observed::read(&mut &*input.bytes, wanted, input.vintage, &mut |step| bar.show(step));
    drop(bar);
    read.map_err(|error| {
        let hint = hint(&error);
        if let ObservedError::Source(error) = error {
            source_failure(input, error)
        } else {
            unusable(input.name(), error.to_string(), hint)
        }
    })
}

/// What a run is asked to rest on.
pub(crate) struct Asked {
    /// The counts.
    pub(crate) observed: Observed,
    /// Counts of a wider kind.
    pub(crate) wider: Option<Observed>,
    /// What the units are called.
    pub(crate) names: BTreeMap<AreaId, String>,
    /// Where the counts are from.
    pub(crate) from: String,
}

/// Reads the counts and names that a run is asked for.
pub(crate) fn asked(arguments: &RunArgs) -> Result<Asked, Failure> {
    let scheme = arguments.columns.scheme.into();
    let named = arguments
        .names
        .as_deref()
        .map(|path| Names::read(path, &file::read(path, NAMES_LEN_MAX)?, Some(scheme)));
    let mut names = Names::default();
    let wanted = arguments.wider.as_deref();
    let (observed, wider, from) = if let Some(dir) = &arguments.store {
        let store = Store::open(dir)?;
        let series = match arguments.series.clone() {
            Some(series) => find::named(&store, series)?,
            None => find::meant(&store)?,
        };
        names = store.names()?;
        let (from, day) = (dir.display().to_string(), arguments.as_of);
        let wider = wanted.map(|name| wider_series(&store, name, day, &from)).transpose()?;
        (of_store(&store, &series, day, &from)?, wider, from)
    } else {
        let path = arguments.file.clone().unwrap_or_else(|| PathBuf::from(file::STDIN));
        let (input, columns) = (Input::read(&path)?, &arguments.columns);
        let observed = column(&input, columns, columns.column.as_deref())?;
        let wider = wanted.map(|name| column(&input, columns, Some(name))).transpose()?;
        (observed, wider, path.display().to_string())
    };
    if let Some(named) = named {
        names.extend(named?);
    }
    let names = names.iter().map(|(area, named)| (area, named.name.clone())).collect();
    Ok(Asked { observed, wider, names, from })
}

fn wider_series(
    store: &Store,
    name: &str,
    as_of: Option<Date>,
    from: &str,
) -> Result<Observed, Failure> {
    let series = Series::parse(name).map_err(|error| unusable(from, error.to_string(), None))?;
    of_store(store, &find::named(store, series)?, as_of, from)
}

fn of_store(
    store: &Store,
    series: &Series,
    as_of: Option<Date>,
    from: &str,
) -> Result<Observed, Failure> {
    Observed::from_table(&store.counts(series, as_of)?, series)
        .map_err(|error| unusable(from, error.to_string(), hint(&error)))
}

/// Widens a run from a store by what the store's vintages teach; returns why not where they teach nothing.
pub(crate) fn widened(run: Run, arguments: &RunArgs) -> Result<(Run, Option<String>), Failure> {
    let Some(dir) = &arguments.store else { return Ok((run, None)) };
    let shelf = Store::open(dir)?.shelf(run.series(), arguments.as_of)?;
    Ok(match Widening::learn(&shelf, run.origin()) {
        Ok(widening) => (run.widened(widening), None),
        Err(why) => (run, Some(why.to_string())),
    })
}

/// Returns the failure of counts that do not serve.
pub(crate) fn unusable(from: &str, what: String, hint: Option<String>) -> Failure {
    Failure::new(FailureKind::Forecast { from: from.to_owned(), what }).hinting(hint)
}

fn hint(error: &ObservedError) -> Option<String> {
    match error {
        ObservedError::Twice { .. } => Some("leave one row a unit and month".to_owned()),
        ObservedError::Row(_) => {
            Some("mend the row, or leave it out if its unit is not to be forecast".to_owned())
        }
        ObservedError::Source(_) | ObservedError::Huge { .. } | ObservedError::Nothing(_) => None,
    }
}

/// Reads a run by its directory or by its file, with what follows from it: as it was kept beside the run or, where that does
/// not fit, worked out anew.
pub(crate) fn run(path: &Path) -> Result<(Run, Worked), Failure> {
    let inside = path.join(RUN);
    let path = if path.is_dir() { &inside } else { path };
    let bytes = file::read(path, RUN_LEN_MAX).map_err(|failure| {
        if failure.is_no_file() {
            failure.hinting(Some("`veche forecast run FILE --out DIR` makes a run".to_owned()))
        } else {
            failure
        }
    })?;
    let run: Run = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::new(FailureKind::NotARun { path: path.to_owned(), what: error.to_string() })
    })?;
    let worked = kept(&run, &bytes, &path.with_file_name(WORKED))?;
    let worked = worked.unwrap_or_else(|| work_out(&run));
    Ok((run, worked))
}

/// Returns what was kept beside a run, if it is there and fits.
fn kept(run: &Run, run_text: &[u8], path: &Path) -> Result<Option<Worked>, Failure> {
    let text = match file::read(path, WORKED_LEN_MAX) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(failure) if failure.is_no_file() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    match Worked::read(run, run_text, &text) {
        Ok(worked) => Ok(Some(worked)),
        Err(why) => {
            screen::note(&format!("`{}` is not used: {why}", path.display()));
            Ok(None)
        }
    }
}

/// Works out what follows from a run, and shows how far that has come.
pub(crate) fn work_out(run: &Run) -> Worked {
    if run.rule().learns() {
        screen::note(&format!("{} learns from {} units", run.rule(), run.units().len()));
    }
    let mut bar = Bar::new();
    let of = Some(run.units().len() as u64);
    Worked::of(run, &mut |done| {
        bar.show(Progress { stage: Stage::Judge, done: done as u64, bytes: 0, of });
    })
}

/// Finds a unit of a run by its number or name; returns its place too.
pub(crate) fn unit<'r>(run: &'r Run, wanted: &str) -> Result<(usize, &'r Unit), Failure> {
    let unit = named(run, wanted)?;
    let at = run.units().partition_point(|other| other.area() < unit.area());
    Ok((at, unit))
}

fn named<'r>(run: &'r Run, wanted: &str) -> Result<&'r Unit, Failure> {
    if let Some(unit) = AreaId::parse(wanted).ok().and_then(|area| run.unit(area)) {
        return Ok(unit);
    }
    let same = |name: &str| name.to_lowercase() == wanted.to_lowercase();
    let named: Vec<&Unit> = run.units().iter().filter(|unit| same(unit.name())).collect();
    let left =
        run.left_out().iter().find(|left| left.area.to_string() == wanted || same(&left.name));
    let unknown = |hint| {
        let series = format!("forecast of {}", run.series());
        let area = wanted.to_owned();
        Failure::new(FailureKind::UnknownArea { series, area }).hinting(hint)
    };
    match (named.as_slice(), left) {
        ([only], _) => Ok(only),
        ([], Some(left)) => Err(unknown(Some(format!("it is not forecast: {}", left.why)))),
        ([], None) => Err(unknown(did_you_mean(wanted, run.units().iter().map(Unit::name)))),
        (several, _) => {
            let areas: Vec<String> = several.iter().map(|unit| unit.area().to_string()).collect();
            let (name, areas) = (wanted.to_owned(), areas.join(", "));
            Err(Failure::new(FailureKind::SeveralAreas { name, areas })
                .hinting(Some("give its number".to_owned())))
        }
    }
}
