//! The picture at scale: scoring draws, weeks of pairs, months of cells, a panel of ten million rows.
//!
//! Each part runs in a process of its own, so that the memory told is its alone. Inputs are made from counters. Seconds are those of
//! the processor.
//!
//! `cargo bench -p veche-picture --bench scale [-- PART]`. `score` leaves its draws in the system's temporary folder, and
//! `python3 crates/veche-picture/benches/peers.py` scores the same file with `properscoring` and `scoringrules`.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark reports to whoever runs it, reads the clock, and stops at what should not be"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Instant;
use veche_picture::cell::{COLUMNS, ROWS};
use veche_picture::forecast::random::{number, share};
use veche_picture::forecast::score::Predictive as _;
use veche_picture::forecast::{Draws, Scores};
use veche_picture::import::take_counts;
use veche_picture::source::counts::Wanted;
use veche_picture::units::cells::{CellMonths, MONTHS};
use veche_picture::units::weeks::{WINDOW, Weeks};
use veche_picture::units::{UnitName, sheet};
use veche_picture::{CellId, CountTable, Month, Scheme, Week};

/// Cells scored: as many as the challenge's score file has.
const CELLS: u64 = 45_840;
/// Draws of each.
const DRAWS: u64 = 1000;
/// Pairs of parties.
const PAIRS: u64 = 20_000;
/// Cells of PRIO-GRID on land.
const LAND: usize = 64_818;
/// Rows of the panel.
const ROWS_OF_PANEL: u64 = 10_000_000;
/// Months of each of its areas.
const PANEL_MONTHS: u64 = 400;
/// Runs of what is quick.
const RUNS: usize = 7;

const PARTS: [(&str, fn()); 4] =
    [("score", score), ("weekly", weekly), ("grid", grid), ("panel", panel)];

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.as_slice() {
        [] => PARTS.iter().for_each(|(name, _)| again(name)),
        [wanted] => {
            let (_, part) = PARTS.iter().find(|(name, _)| name == wanted).expect("a part");
            part();
            println!("  at most {} MB resident", peak_kib() / 1024);
        }
        _ => panic!("one argument: score, weekly, grid or panel"),
    }
}

fn again(part: &str) {
    let program = std::env::current_exe().expect("this program");
    let status = Command::new(program).arg(part).status().expect("it starts");
    assert!(status.success(), "{part}");
}

/// Most memory that this process had resident, in KiB; 0 where the system does not say.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or_default()
}

/// Seconds that this thread had a processor, which others on the machine do not lengthen; by the clock where the system does
/// not say.
fn seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat.split_whitespace().next().and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or_else(|| BEGUN.get_or_init(Instant::now).elapsed().as_secs_f64(), |n| n / 1e9)
}

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Least, median and largest seconds of some runs.
fn timed(runs: usize, mut work: impl FnMut()) -> String {
    let mut seconds: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = seconds();
            work();
            seconds() - begun
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    let (least, most) = (seconds[0], seconds[seconds.len() - 1]);
    format!("{least:.3} / {:.3} / {most:.3} s", seconds[seconds.len() / 2])
}

fn draws_path() -> PathBuf {
    std::env::temp_dir().join("veche-draws.f64")
}

/// A quarter of the cells at war, from skirmishes to tens of thousands of deaths a month; the others at peace.
fn write_draws() {
    let mut out = BufWriter::new(File::create(draws_path()).expect("a file"));
    for cell in 0..CELLS {
        let level = if cell % 4 == 0 { (cell / 4 % 11) as f64 } else { 0.0 };
        // What came, then the draws.
        for at in 0..=DRAWS {
            let size = level * (0.5 + share(cell, at)) * 0.7;
            let count = (size.exp() - 1.0).min(30_000.0).round();
            out.write_all(&count.to_le_bytes()).expect("room");
        }
    }
    out.flush().expect("room");
}

fn score() {
    write_draws();
    let mut bytes = Vec::new();
    File::open(draws_path()).expect("the file").read_to_end(&mut bytes).expect("it reads");
    let row = usize::try_from(8 * (DRAWS + 1)).expect("small");
    let cells: Vec<Vec<f64>> = bytes
        .chunks(row)
        .map(|row| {
            row.chunks(8)
                .map(|value| f64::from_le_bytes(value.try_into().expect("eight")))
                .collect()
        })
        .collect();
    drop(bytes);
    let whole = |value: f64| CountOf(value).whole();
    let mut mean = 0.0;
    let told = timed(RUNS, || {
        let of =
            |cell: &Vec<f64>| Draws::new(cell[1..].to_vec()).expect("draws").crps(whole(cell[0]));
        mean = cells.iter().map(of).sum::<f64>() / cells.len() as f64;
    });
    println!("CRPS of {CELLS} cells x {DRAWS} draws: {told}, mean {mean:.9}");
    let told = timed(RUNS, || {
        for cell in &cells {
            let draws = Draws::new(cell[1..].to_vec()).expect("draws");
            std::hint::black_box(Scores::of(&draws, whole(cell[0])));
        }
    });
    println!("all six scores: {told}");
    println!("  draws: {}", draws_path().display());
}

/// A count that was written as a number with a point.
struct CountOf(f64);

impl CountOf {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and at most 30,000, as it was written"
    )]
    const fn whole(self) -> u64 {
        self.0 as u64
    }
}

fn weekly() {
    let last = Week::parse("2024-W20").expect("a week");
    let mut rows: BTreeMap<UnitName, BTreeMap<Week, u32>> = BTreeMap::new();
    for pair in 0..PAIRS {
        let name = UnitName::pair(&format!("Party {pair}"), "State").expect("a name");
        // One pair in ten fights each week, three in ten now and then, the others hardly ever.
        let chance = [0.9, 0.2, 0.2, 0.2][usize::try_from(pair % 10).expect("small").min(3)];
        let chance = if pair % 10 < 4 { chance } else { 0.01 };
        let weeks = (0..WINDOW as u64).map(|back| {
            let happened = share(pair, back) < chance;
            let count = if happened { 1 + number(pair, back + 1000) % 30 } else { 0 };
            let week = last.plus(-i32::try_from(back).expect("small")).expect("a week");
            (week, u32::try_from(count).expect("small"))
        });
        rows.insert(name, weeks.collect());
    }
    let weeks = Weeks::of_rows(rows).expect("weeks");
    let mut len = 0;
    let told = timed(3, || len = sheet::weekly(&weeks, &mut |_| {}).len());
    println!("{PAIRS} pairs x {WINDOW} weeks, 8 weeks ahead, table of {} MB: {told}", len >> 20);
}

fn grid() {
    let last = Month::new(2024, 5).expect("a month");
    let mut rows: BTreeMap<CellId, BTreeMap<Month, u32>> = BTreeMap::new();
    // Blocks of land between the polar circles, one cell in fifty at war.
    let land = (47 * COLUMNS..ROWS * COLUMNS).filter(|cell| cell / 36 % 2 == 0).take(LAND);
    for cell in land {
        let id = CellId::new(cell + 1).expect("a cell");
        let months = (0..MONTHS as u64).map(|back| {
            let at_war = number(9, u64::from(cell)).is_multiple_of(50);
            let count = if at_war { number(u64::from(cell), back) % 40 } else { 0 };
            let month = last.plus(-i32::try_from(back).expect("small")).expect("a month");
            (month, u32::try_from(count).expect("small"))
        });
        rows.insert(id, months.collect());
    }
    let grid = CellMonths::of_rows(&rows).expect("cells");
    drop(rows);
    let mut len = 0;
    let told = timed(3, || {
        len = sheet::monthly(&grid, &mut |_| {}).len() + sheet::monthly_onset(&grid).len();
    });
    println!("{} cells with neighbours, tables of {} MB: {told}", grid.cells().len(), len >> 20);
}

/// Makes the rows of a panel as they are read, so that the input takes no memory.
struct Made {
    row: u64,
}

impl Read for Made {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut line = String::new();
        if self.row == 0 {
            line.push_str("month_id,country_id,ged_sb\n");
        }
        while line.len() + 40 < out.len() && self.row < ROWS_OF_PANEL {
            let (area, month) = (self.row / PANEL_MONTHS + 1, self.row % PANEL_MONTHS + 121);
            let count =
                if number(3, self.row).is_multiple_of(16) { number(4, self.row) % 1000 } else { 0 };
            writeln!(line, "{month},{area},{count}").expect("a string takes what is written");
            self.row += 1;
        }
        out[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

fn panel() {
    let mut input = BufReader::with_capacity(1 << 18, Made { row: 0 });
    let input: &mut dyn BufRead = &mut input;
    let wanted = Wanted { scheme: Scheme::Views, column: None };
    let begun = seconds();
    let (_, taken) = take_counts(input, wanted, &mut |_| {}).expect("a panel");
    let read = seconds() - begun;
    println!(
        "panel of {ROWS_OF_PANEL} rows: read and hashed in {read:.1} s, {} MB resident",
        peak_kib() / 1024
    );
    let mut table = CountTable::default();
    table.merge(taken.rows, taken.vintage).expect("a table");
    println!("  put in order after {:.1} s, {} MB", (seconds() - begun), peak_kib() / 1024);
    let file = table.to_parquet(&mut |_| {}).expect("a file");
    let written = seconds() - begun;
    println!("  written as {} MB of Parquet after {written:.1} s", file.len() >> 20);
}
