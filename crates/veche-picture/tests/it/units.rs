//! Weeks of pairs and sectors, months of cells. The counts are made up: what holds here is arithmetic, and no skill.

use crate::real::shared;
use crate::support::{event_row, events_csv, read_events, silent};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use veche_picture::forecast::random;
use veche_picture::units::cells::{CellMonths, MONTHS, NoCells};
use veche_picture::units::read::{NotUnits, monthly, sectors, weekly};
use veche_picture::units::weeks::{Ahead, HORIZONS, NoWeeks, WEEKS_MIN, Weeks, pair_of, sector_of};
use veche_picture::units::{Happening, UnitName, sheet};
use veche_picture::{CellId, Date, Month, Week};

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn after(start: &str, days: i32) -> Date {
    Date::from_unix_days(day(start).unix_days() + days).unwrap()
}

fn name(text: &str) -> UnitName {
    UnitName::parse(text).unwrap()
}

fn happening(date: Date, sides: (&'static str, &'static str)) -> Happening<'static> {
    Happening {
        date,
        is_dated: true,
        cell: CellId::at(10.1, 20.1),
        sides: Some(sides),
        is_conflict: true,
        deaths: 3,
    }
}

/// A clash each day from Wednesday 2022-01-05 on; the sides come in either order.
fn daily(days: i32) -> Vec<Happening<'static>> {
    let sides = |at: i32| if at % 2 == 0 { ("Reds", "Blues") } else { ("Blues", "Reds") };
    (0..days).map(|at| happening(after("2022-01-05", at), sides(at))).collect()
}

#[test]
fn a_week_counts_if_it_is_covered_from_monday_to_sunday() {
    // Five days of the first week, 30 whole ones, two days of the last.
    let weeks = Weeks::count(daily(5 + 30 * 7 + 2).into_iter(), pair_of).unwrap();
    assert_eq!((weeks.weeks(), weeks.last()), (30, Week::parse("2022-W31").unwrap()));
    let units: Vec<_> = weeks.units().collect();
    assert_eq!(units, [(&name("Blues | Reds"), [7u32; 30].as_slice())]);
    assert_eq!(weeks.left_out().outside, 7);
    let short = Weeks::count(daily(5 + 7 * 25).into_iter(), pair_of);
    assert_eq!(short, Err(NoWeeks::Short(WEEKS_MIN - 1)));
    assert_eq!(Weeks::count(std::iter::empty(), pair_of), Err(NoWeeks::Short(0)));
}

#[test]
fn what_has_no_week_or_no_pair_is_left_out_and_counted() {
    let mut all = daily(5 + 30 * 7);
    all[20].is_dated = false;
    all[30].sides = None;
    all[40].is_conflict = false;
    let weeks = Weeks::count(all.iter().copied(), pair_of).unwrap();
    let left_out = weeks.left_out();
    assert_eq!((left_out.undated, left_out.of_no_unit, left_out.outside), (1, 1, 5));
    let total: u32 = weeks.units().flat_map(|(_, counts)| counts).sum();
    assert_eq!(total, 30 * 7 - 3);
}

#[test]
fn a_sector_is_its_cells() {
    let csv = format!("sector,cell\nNorth,{}\nSouth,7\n", CellId::at(10.1, 20.1).unwrap().number());
    let map = sectors(&mut csv.as_bytes(), &mut silent).unwrap();
    let mut all = daily(5 + 30 * 7);
    all[50].cell = CellId::at(-10.0, 20.0);
    all[51].cell = None;
    let weeks = Weeks::count(all.into_iter(), |one| sector_of(&map, one)).unwrap();
    assert_eq!(weeks.units().map(|(unit, _)| unit.as_str()).collect::<Vec<_>>(), ["North"]);
    assert_eq!(weeks.left_out().of_no_unit, 2);
    let twice = sectors(&mut &b"sector,cell\nNorth,7\nSouth,7\n"[..], &mut silent).unwrap_err();
    assert_eq!(twice.to_string(), "two rows are of cell:7 in `North` and another sector");
    let bad = sectors(&mut &b"sector,cell\nNorth,259201\n"[..], &mut silent).unwrap_err();
    assert!(bad.to_string().contains("none of 1 rows can be used"), "{bad}");
}

/// Sixty weeks of two units: one that never rests, one that fell quiet long ago.
fn weeks_csv() -> String {
    let mut csv = "side_a,side_b,week,count\n".to_owned();
    for at in 0..60 {
        let week = Week::parse("2022-W01").unwrap().plus(at).unwrap();
        writeln!(csv, "Reds,Blues,{week},{}", 3 + at % 4).unwrap();
        writeln!(csv, "Greens,Blues,{week},{}", u32::from(at == 3)).unwrap();
    }
    csv
}

#[test]
fn weekly_counts_are_forecast_eight_weeks_ahead() {
    let weeks = weekly(&mut weeks_csv().as_bytes(), &mut silent).unwrap();
    let counts: BTreeMap<_, _> = weeks.units().collect();
    let ahead = Ahead::of(counts[&name("Blues | Reds")]).unwrap();
    assert!((3.0..7.0).contains(&ahead.at(1).mean()), "{}", ahead.at(1).mean());
    // Old counts weigh more further ahead: a lone event of a year ago is likelier in week 8 than in week 1.
    let rare = Ahead::of(counts[&name("Blues | Greens")]).unwrap();
    assert!(rare.at(HORIZONS).at_least(1) > rare.at(1).at_least(1));
    assert!(rare.at(1).at_least(1) > 0.0);
    let quiet = weeks.quiet();
    assert_eq!(quiet.iter().map(|one| (one.weeks, one.total)).collect::<Vec<_>>(), [(Some(56), 1)]);
    let table = sheet::weekly(&weeks, &mut |_| {});
    assert_eq!(table.lines().count(), 1 + 2 * HORIZONS);
    let first = table.lines().nth(1).unwrap();
    assert!(first.starts_with("\"Blues | Greens\",2023-W08,2023-W09,1,"), "{first}");
    assert!(first.ends_with(",no skill proven"), "{first}");
    assert!(sheet::weekly_onset(&weeks).contains("\"Blues | Greens\",56,1,no skill proven"));
    assert!(sheet::weekly_codebook().contains("no skill is claimed"));
}

#[test]
fn a_file_of_weeks_is_read_whole_or_not_at_all() {
    let refused = |csv: &str| weekly(&mut csv.as_bytes(), &mut silent).unwrap_err().to_string();
    let csv = weeks_csv();
    assert_eq!(
        refused(&csv.replace("Reds,Blues,2022-W10,", "Reds,Blues,2022-W11,")),
        "two rows are of `Blues | Reds` in 2022-W11"
    );
    let gap = csv.lines().filter(|line| !line.starts_with("Reds,Blues,2022-W10,"));
    assert_eq!(
        refused(&gap.collect::<Vec<_>>().join("\n")),
        "`Blues | Reds` has no row of 2022-W10; give the week a row, with 0 if nothing happened"
    );
    for (bad, told) in [
        ("Reds,Blues,2022-W10,-1", "out of range: `-1`"),
        ("Reds,Blues,2022-W10,1000001", "out of range: `1000001`"),
        ("Reds,Blues,2022-W53,1", "not a date: `2022-W53`"),
        (",Blues,2022-W10,1", "no value"),
    ] {
        let line = csv.lines().find(|line| line.starts_with("Reds,Blues,2022-W10,")).unwrap();
        let refused = refused(&csv.replace(line, bad));
        assert!(refused.ends_with(told), "{refused}");
    }
    assert!(refused("unit,week,count\nA,2022-W10,1\n").contains("cover 1 whole weeks"));
}

/// Deaths in the cell at 10 N, 20 E, two a month; none around it.
fn cells_csv(cells: &[u32]) -> String {
    let middle = CellId::at(10.1, 20.1).unwrap().number();
    let mut csv = "priogrid_gid,month_id,ged_sb\n".to_owned();
    for cell in cells {
        for month in 500..514 {
            writeln!(csv, "{cell},{month},{}", if *cell == middle { month - 500 } else { 0 })
                .unwrap();
        }
    }
    csv
}

#[test]
fn a_cell_is_forecast_from_itself_and_its_neighbours() {
    let middle = CellId::at(10.1, 20.1).unwrap();
    let mut cells: Vec<u32> = middle.neighbours().iter().map(|cell| cell.number()).collect();
    cells.push(middle.number());
    // One far from it; the sea beside a corner cell has no rows.
    cells.push(1);
    let grid = monthly(&mut cells_csv(&cells).as_bytes(), &mut silent).unwrap();
    assert_eq!(grid.last(), Month::from_id(513).unwrap());
    let pool = grid.pool(middle).unwrap();
    // Months 502 to 513, and eight neighbours without a death.
    assert_eq!(pool.outcomes().len(), 9 * MONTHS);
    assert!((pool.mean() - f64::from((2..=13).sum::<u32>()) / 108.0).abs() < 1e-12);
    assert!((pool.at_least(13) - 1.0 / 108.0).abs() < 1e-12 && pool.at_least(14) == 0.0);
    assert_eq!((pool.quantile(500), pool.quantile(950), pool.quantile(1000)), (0, 8, 13));
    let corner = grid.pool(CellId::new(1).unwrap()).unwrap();
    assert_eq!(corner.outcomes(), [0; MONTHS]);
    assert_eq!(grid.pool(CellId::new(2).unwrap()), None);
    let quiet: Vec<u64> = grid.quiet().iter().map(|(_, deaths)| *deaths).collect();
    assert_eq!(quiet, [90; 8]);
    assert_eq!(sheet::monthly(&grid, &mut |_| {}).lines().count(), 11);
    assert_eq!(sheet::monthly_onset(&grid).lines().count(), 9);
}

#[test]
fn a_grid_with_a_gap_or_too_few_months_is_refused() {
    let csv = cells_csv(&[1, 2]);
    let gap = csv.replace("2,510,0\n", "");
    let refused = monthly(&mut gap.as_bytes(), &mut silent).unwrap_err();
    let month = Month::from_id(510).unwrap();
    assert!(
        matches!(refused, NotUnits::Cells(NoCells::Gap { cell, month: lacks })
        if cell.number() == 2 && lacks == month),
        "{refused}"
    );
    let short = "cell,month_id,count\n1,500,0\n";
    let refused = monthly(&mut short.as_bytes(), &mut silent).unwrap_err();
    assert!(matches!(refused, NotUnits::Cells(NoCells::Short(1))), "{refused}");
}

#[test]
fn events_of_ucdp_have_pairs_and_cells() {
    let csv = events_csv(&[event_row(1, 5), event_row(2, 7)]);
    let (events, _) = read_events(csv.as_bytes()).unwrap();
    let one = Happening::from(&events[0]);
    assert_eq!(pair_of(&one), Some(name("Norland | Reds")));
    assert_eq!(one.cell, CellId::at(10.5, -20.25));
    let mut vague = events[0].clone();
    (vague.where_precision, vague.date_precision) = (4, 4);
    let vague = Happening::from(&vague);
    assert_eq!((vague.cell, vague.is_dated), (None, false));
}

/// The column `priogrid_gid` of a month of UCDP Candidate, computed there: 2,391 places, 148 of them on a border of cells.
#[test]
fn cells_are_those_of_ucdp() {
    let Some(packed) = shared("ged_candidate_23_0_10.csv.gz") else { return };
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name| header.iter().position(|column| column == name).unwrap();
    let (latitude, longitude, gid) = (at("latitude"), at("longitude"), at("priogrid_gid"));
    let mut seen = 0;
    for row in reader.records() {
        let row = row.unwrap();
        let degrees = |at: usize| row[at].parse::<f64>().unwrap();
        let found = CellId::at(degrees(latitude), degrees(longitude)).unwrap();
        assert_eq!(found.number().to_string(), row[gid]);
        seen += 1;
    }
    assert_eq!(seen, 2391);
}

/// Adding a place elsewhere changes nothing here, and more deaths make no forecast smaller.
#[test]
fn forecasts_of_cells_depend_on_their_neighbourhood_alone_and_grow_with_it() {
    let middle = CellId::at(10.1, 20.1).unwrap();
    let make = |extra: u32, far: u32| -> Vec<Happening<'static>> {
        (0..400u32)
            .map(|at| {
                let mut one =
                    happening(after("2022-01-05", i32::try_from(at).unwrap()), ("a", "b"));
                let place = random::below(3, 11, u64::from(at));
                one.cell = CellId::at(10.1 + 0.5 * place as f64, 20.1);
                one.deaths = u32::try_from(random::below(9, 12, u64::from(at))).unwrap() + extra;
                if at < far {
                    one.cell = CellId::at(-40.0, 100.0);
                }
                one
            })
            .collect()
    };
    let pool = |all: Vec<Happening<'static>>| {
        CellMonths::count(all.into_iter()).unwrap().pool(middle).unwrap()
    };
    let (base, more) = (pool(make(0, 0)), pool(make(1, 0)));
    assert!(more.mean() > base.mean());
    assert!(base.outcomes().iter().zip(more.outcomes()).all(|(less, more)| less <= more));
    // The first days lie before the twelve months: moving them away changes nothing.
    assert_eq!(pool(make(0, 20)), base);
}
