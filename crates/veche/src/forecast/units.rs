//! `veche forecast units`: weeks of pairs and border sectors, months of cells.

use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::file;
use crate::picture::import::{Stream, source_failed};
use crate::picture::store::Store;
use crate::progress::Bar;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use veche_picture::units::cells::CellMonths;
use veche_picture::units::read::{self, NotUnits};
use veche_picture::units::weeks::{self, LeftOut, Weeks, pair_of, sector_of};
use veche_picture::units::{Happening, UnitName, cells, sheet};
use veche_picture::vintage::Shelved;
use veche_picture::{CellId, Date, EventTable, IncidentTable, Progress, Stage, Vintage};

/// What `units.json` says of its form.
const FORMAT: &str = "veche-units/1";

/// What is forecast, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct UnitsArgs {
    /// Counts as CSV, plain or gzip: `unit` or `side_a` and `side_b`, `week`, `count`; for cells `cell`, a month, a count
    #[arg(required_unless_present = "store", conflicts_with = "store")]
    file: Option<PathBuf>,
    /// What the units are
    #[arg(long, value_enum)]
    of: UnitArg,
    /// A store of imported tables in place of a file
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Which table of the store is counted
    #[arg(long, value_enum, default_value = "incidents", requires = "store")]
    from: FromArg,
    /// What was known on this day, from the vintages of the store
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = Date::parse, requires = "store")]
    as_of: Option<Date>,
    /// Which cells each border sector has: CSV with `sector` and `cell`
    #[arg(long, value_name = "FILE", requires = "store")]
    sectors: Option<PathBuf>,
    /// The directory to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A kind of unit, as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UnitArg {
    /// Conflict events of a pair of parties, by week
    PairWeek,
    /// Conflict events in a border sector, by week
    SectorWeek,
    /// Deaths in a cell of PRIO-GRID, by month
    CellMonth,
}

/// A table of the store, as typed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum FromArg {
    /// Incidents of ACLED
    Incidents,
    /// Events of UCDP
    Events,
}

/// What was counted.
enum Counted {
    Weekly(Weeks),
    Monthly(CellMonths),
}

/// Forecasts, and writes what came out.
pub(crate) fn run(arguments: &UnitsArgs) -> Result<Answer, Failure> {
    let (counted, vintages) = match &arguments.store {
        Some(dir) => from_store(&Store::open(dir)?, arguments)?,
        None => from_file(arguments)?,
    };
    match counted {
        Counted::Weekly(weeks) => weekly(&weeks, &vintages, &arguments.out),
        Counted::Monthly(grid) => monthly(&grid, &vintages, &arguments.out),
    }
}

fn from_file(arguments: &UnitsArgs) -> Result<(Counted, Vec<Vintage>), Failure> {
    let path = arguments.file.clone().unwrap_or_else(|| PathBuf::from(file::STDIN));
    let mut input = Stream::open(&path)?;
    let mut bar = Bar::new();
    let mut step = |progress| bar.show(progress);
    let read = veche_picture::source::pinned(&mut input.bytes, |bytes| {
        // What is wrong with the rows is told after the bytes are hashed.
        Ok(match arguments.of {
            UnitArg::PairWeek | UnitArg::SectorWeek => {
                read::weekly(bytes, &mut step).map(Counted::Weekly)
            }
            UnitArg::CellMonth => read::monthly(bytes, &mut step).map(Counted::Monthly),
        })
    });
    drop(bar);
    let (counted, vintage) = read.map_err(|error| source_failed(input.name(), error))?;
    Ok((counted.map_err(|error| unusable(input.name(), error))?, vec![vintage]))
}

fn unusable(from: &str, error: NotUnits) -> Failure {
    match error {
        NotUnits::Source(error) => source_failed(from, error),
        NotUnits::Row(_) | NotUnits::Twice { .. } | NotUnits::Weeks(_) | NotUnits::Cells(_) => {
            let (from, what) = (from.to_owned(), error.to_string());
            Failure::new(FailureKind::Forecast { from, what })
        }
    }
}

fn from_store(store: &Store, arguments: &UnitsArgs) -> Result<(Counted, Vec<Vintage>), Failure> {
    let from = store.dir().display().to_string();
    match arguments.from {
        FromArg::Incidents => {
            let table: IncidentTable = store.read(&Shelved::Incidents, arguments.as_of)?;
            let rows = table.rows().map(|(row, _)| Happening::from(row));
            Ok((count(rows, arguments, &from)?, table.vintages().to_vec()))
        }
        FromArg::Events => {
            let table: EventTable = store.read(&Shelved::Events, arguments.as_of)?;
            let rows = table.rows().map(|(row, _)| Happening::from(row));
            Ok((count(rows, arguments, &from)?, table.vintages().to_vec()))
        }
    }
}

fn count<'a>(
    rows: impl Iterator<Item = Happening<'a>> + Clone,
    arguments: &UnitsArgs,
    from: &str,
) -> Result<Counted, Failure> {
    let weeks = |error: weeks::NoWeeks| unusable(from, error.into());
    match arguments.of {
        UnitArg::PairWeek => Weeks::count(rows, pair_of).map(Counted::Weekly).map_err(weeks),
        UnitArg::SectorWeek => {
            let sectors = sectors(arguments.sectors.as_deref())?;
            let counted = Weeks::count(rows, |one| sector_of(&sectors, one));
            counted.map(Counted::Weekly).map_err(weeks)
        }
        UnitArg::CellMonth => {
            let counted = CellMonths::count(rows);
            counted.map(Counted::Monthly).map_err(|error| unusable(from, error.into()))
        }
    }
}

fn sectors(path: Option<&Path>) -> Result<BTreeMap<CellId, UnitName>, Failure> {
    let Some(path) = path else {
        let what = "a sector is known by its cells".to_owned();
        let hint = "give `--sectors FILE`, CSV with `sector` and `cell`".to_owned();
        let from = "the store".to_owned();
        return Err(Failure::new(FailureKind::Forecast { from, what }).hinting(Some(hint)));
    };
    let mut input = Stream::open(path)?;
    let read = read::sectors(&mut input.bytes, &mut |_| {});
    read.map_err(|error| unusable(input.name(), error))
}

fn weekly(weeks: &Weeks, vintages: &[Vintage], out: &Path) -> Result<Answer, Failure> {
    let of = weeks.units().len();
    let table = with_bar(of, |done| sheet::weekly(weeks, done));
    let quiet = weeks.quiet().len();
    let files = Files {
        table,
        onset: sheet::weekly_onset(weeks),
        codebook: sheet::weekly_codebook(),
        about: json!({
            "format": FORMAT, "rule": weeks::RULE, "origin": weeks.last(), "weeks": weeks.weeks(), "units": of,
            "window": weeks::WINDOW, "half_life_near": weeks::HALF_LIFE_NEAR, "near": weeks::NEAR,
            "half_life_far": weeks::HALF_LIFE_FAR, "size": weeks::SIZE, "quiet": quiet,
            "left_out": weeks.left_out(), "inputs": vintages, "skill": "none claimed",
        }),
    };
    let head = format!(
        "{} over {} to the end of {}, by {}: {} weeks ahead",
        counted(of, "unit"),
        counted(weeks.weeks(), "week"),
        weeks.last(),
        weeks::RULE,
        weeks::HORIZONS
    );
    files.write(&head, quiet, weeks.left_out(), out)
}

fn monthly(grid: &CellMonths, vintages: &[Vintage], out: &Path) -> Result<Answer, Failure> {
    let of = grid.cells().len();
    let table = with_bar(of, |done| sheet::monthly(grid, done));
    let quiet = grid.quiet().len();
    let files = Files {
        table,
        onset: sheet::monthly_onset(grid),
        codebook: sheet::monthly_codebook(),
        about: json!({
            "format": FORMAT, "rule": cells::RULE, "origin": grid.last(), "months": cells::MONTHS, "units": of,
            "quiet": quiet, "left_out": grid.left_out(), "inputs": vintages, "skill": "none claimed",
        }),
    };
    let head = format!(
        "{} to the end of {}, by {}: the same for any month ahead",
        counted(of, "cell"),
        grid.last(),
        cells::RULE
    );
    files.write(&head, quiet, grid.left_out(), out)
}

fn with_bar(of: usize, make: impl FnOnce(&mut dyn FnMut(usize)) -> String) -> String {
    let mut bar = Bar::new();
    let of = of as u64;
    make(&mut |done| {
        let done = done as u64;
        bar.show(Progress { stage: Stage::Forecast, done, bytes: 0, of: Some(of) });
    })
}

/// What is written.
struct Files {
    table: String,
    onset: String,
    codebook: String,
    about: serde_json::Value,
}

impl Files {
    fn write(
        self,
        head: &str,
        quiet: usize,
        left_out: LeftOut,
        out: &Path,
    ) -> Result<Answer, Failure> {
        fs::create_dir_all(out).map_err(|error| Failure::writing(out, error))?;
        let about = format!("{:#}\n", self.about);
        for (name, text) in [
            ("forecast.csv", &self.table),
            ("onset.csv", &self.onset),
            ("CODEBOOK.md", &self.codebook),
            ("units.json", &about),
        ] {
            file::write(&out.join(name), text.as_bytes())?;
        }
        let LeftOut { undated, of_no_unit, outside } = left_out;
        let lines = [
            head.to_owned(),
            "no skill is claimed: the rule's constants are declared, not fitted".to_owned(),
            format!("  {quiet} of them quiet, listed in onset.csv: {}", sheet::UNPROVEN),
            format!(
                "  not counted: {undated} without a week, {of_no_unit} of no unit, {outside} outside the time covered"
            ),
            format!(
                "written to `{}`: forecast.csv, onset.csv, units.json, CODEBOOK.md",
                out.display()
            ),
        ];
        Ok(Answer::new(lines.join("\n"), self.about))
    }
}
