//! A picture that is made up for an exercise, so that every page shows what it looks like.

use super::alarms::Counts;
use super::rounds::{Given, Rounds};
use crate::http::Shown;
use crate::pages::forecast::Board;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use veche_ledger::Hash;
use veche_picture::forecast::Grid;
use veche_picture::forecast::observed::Observed;
use veche_picture::forecast::random;
use veche_picture::forecast::run::{Rule, Run};
use veche_picture::forecast::worked::Worked;
use veche_picture::import::take_counts;
use veche_picture::source::counts::Wanted;
use veche_picture::source::stated::{Form, StatedRow};
use veche_picture::tournament::{Entries, Entry, Round, assemble};
use veche_picture::{AreaId, CountTable, Date, Month, Panel, Scheme, Vintage};

/// Months of counts.
const MONTHS: usize = 84;
/// The number of the first unit: no state has one as high.
const FIRST: u16 = 9001;
const NOTE: &str = "The counts behind this page are made up for the exercise: they show what it looks like, and say nothing of any state.";
/// The series: that of the shipped rules of alarms.
const SERIES: &str = "ged_sb";
/// Draws of a month that an institute is made to state.
const DRAWS: usize = 24;
/// Institutes, with the number of past months that each believes in.
const INSTITUTES: [(&str, usize); 3] =
    [("Harbour Institute", 12), ("Upland Observatory", 3), ("Delta Laboratory", 36)];

/// Returns a picture of units of these names, up to a month: forecasts, alarms, and two rounds of a tournament, one of them open
/// through the month after.
///
/// Each unit is at peace, in a skirmish now and then, or at war, by its place in the list; one of the quiet ones is not
/// quiet any more in the last month.
#[must_use]
pub fn made_up(names: &[String], last: Month) -> Option<Shown> {
    let csv = csv(names.len(), last)?;
    let named: BTreeMap<AreaId, String> = (FIRST..)
        .zip(names)
        .map(|(number, name)| (AreaId::new(Scheme::Gw, number), name.clone()))
        .collect();
    let vintage = Vintage(Hash::of(&[csv.as_bytes()]).0);
    let wanted = || Wanted { scheme: Scheme::Gw, column: None };
    let observed = Observed::read(&mut csv.as_bytes(), wanted(), vintage, &mut |_| {}).ok()?;
    let run = Run::new(&observed, None, Rule::Recent, None, &named).ok()?;
    let worked = Worked::of(&run, &mut |_| {});
    let (series, taken) = take_counts(&mut csv.as_bytes(), wanted(), &mut |_| {}).ok()?;
    let mut table = CountTable::default();
    table.merge(taken.rows, taken.vintage).ok()?;
    let mut panel = Panel::from_counts(&table, &series);
    named.iter().for_each(|(unit, name)| panel.set_name(*unit, name));
    let rounds = vec![round(&panel, last.plus(-4)?, 3)?, round(&panel, last, 3)?];
    Some(Shown {
        forecast: Some(Board::new(run, worked).noting(NOTE)),
        counts: Some(Counts::new([(series.clone(), panel.clone())]).ok()?.noting(NOTE)),
        rounds: Some(Rounds::new(rounds, [(series, panel)]).noting(NOTE)),
        reports: None,
    })
}

fn csv(units: usize, last: Month) -> Option<String> {
    let first = last.plus(1 - i32::try_from(MONTHS).ok()?)?;
    let mut csv = format!("year,month,country_id,{SERIES}\n");
    for unit in 0..u16::try_from(units).ok()? {
        for at in 0..MONTHS {
            let month = first.plus(i32::try_from(at).ok()?)?;
            let (number, count) = (FIRST + unit, count(unit, at));
            // Writing to a String cannot fail.
            writeln!(csv, "{},{},{number},{count}", month.year(), month.month())
                .unwrap_or_default();
        }
    }
    Some(csv)
}

fn count(unit: u16, at: usize) -> u64 {
    let (seed, month) = (u64::from(unit), at as u64);
    let chance = random::share(seed, month * 2);
    let size = (random::share(seed, month * 2 + 1) * 4.0).exp();
    let scale = match unit % 4 {
        0 if chance < 0.35 => 1,
        1 if chance < 0.9 => 6,
        3 if at + 1 == MONTHS => 90,
        3 if chance < 0.15 && at > 40 => 2,
        _ => 0,
    };
    (0..).take_while(|step| f64::from(*step) < size).count() as u64 * scale
}

/// Returns a round from the counts up to a month, with what the institutes state: draws of the months that each believes in.
fn round(panel: &Panel, origin: Month, months: i32) -> Option<Given> {
    let units: BTreeSet<AreaId> = panel.histories().map(|history| history.area()).collect();
    let first = origin.plus(1)?;
    let closes = Date::parse(&format!("{first}-28")).ok()?;
    let round = Round {
        name: format!("from-{origin}"),
        series: panel.series().clone(),
        scheme: Scheme::Gw,
        origin,
        months: (first, origin.plus(months)?),
        closes,
        units,
    };
    round.check().ok()?;
    let grid = Grid::new(panel).ok()?;
    let (mut entries, mut submissions) = (Entries::default(), Vec::new());
    for (institute, believed) in INSTITUTES {
        let rows = rows(&grid, &round, believed);
        let form = Form::Draws;
        submissions.push(assemble(institute, &round, form, rows).ok()?);
        let file = Vintage(Hash::of(&[institute.as_bytes(), round.name.as_bytes()]).0);
        let received = Date::parse(&format!("{first}-01")).ok()?;
        let entry = Entry { institute: institute.to_owned(), file, form, received };
        entries.admit(&round, entry).ok()?;
    }
    Some(Given { round, entries, submissions })
}

fn rows(grid: &Grid, round: &Round, believed: usize) -> Vec<StatedRow> {
    let mut rows = Vec::new();
    for (place, area) in grid.areas().enumerate() {
        for month in round.target_months() {
            rows.extend((0..DRAWS).filter_map(|draw| {
                let back = i32::try_from(draw % believed).ok()?;
                let value = grid.count(place, round.origin.plus(-back)?)?;
                Some(StatedRow { area, month, at: draw as f64, value: value as f64 })
            }));
        }
    }
    rows
}
