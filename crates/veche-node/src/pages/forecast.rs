//! Forecasts from a run that the node was given: no record, and nothing that the fold knows.

use veche_desk::{
    ChanceRow, Fan, FanBand, FanMonth, ForecastBasis, ForecastPage, ForecastRecord, ForecastUnit,
    ForecastsPage, Link, ReliabilityChart, ReliabilityPoint, Series, SeriesPoint, SkillRow,
    WeightRow,
};
use veche_picture::forecast::explain::{Driver, Explanation, percent, times};
use veche_picture::forecast::run::{HORIZONS, Reasons, Run, Unit};
use veche_picture::forecast::score::calibration::Reliability;
use veche_picture::forecast::score::compare::Difference;
use veche_picture::forecast::sums::SPANS;
use veche_picture::forecast::track::{Judged, means};
use veche_picture::forecast::worked::Worked;
use veche_picture::{AreaId, Month};

/// Units that the list names; the others are in the run's table.
const UNITS_MAX: usize = 40;
/// Quiet units that the list names.
const QUIET_MAX: usize = 60;
/// Months of the past that charts show.
const PAST_MONTHS: usize = 24;
/// Drivers that the list names.
const DRIVERS_MAX: usize = 3;

/// A run with what its rule was worth before, which takes a moment to work out.
#[derive(Debug, Clone)]
pub struct Board {
    run: Run,
    worked: Worked,
    /// What a reader must know of the counts.
    note: Option<String>,
}

impl Board {
    /// Returns the board of a run with what follows from it.
    #[must_use]
    pub const fn new(run: Run, worked: Worked) -> Self {
        Self { run, worked, note: None }
    }

    /// Returns the same with what a reader must know of the counts.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }
}

/// Returns the list; without a board, the page that says how one is made.
#[must_use]
pub fn forecasts(board: Option<&Board>) -> ForecastsPage {
    let Some(board) = board else { return ForecastsPage::default() };
    let units = board.run.units();
    let mut told: Vec<(&Unit, Explanation)> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| !unit.is_quiet())
        .map(|(at, unit)| (unit, Explanation::of(&board.run, at, &board.worked)))
        .collect();
    told.sort_by(|a, b| b.1.chances[0][0].total_cmp(&a.1.chances[0][0]));
    let quiet: Vec<&Unit> = units.iter().filter(|unit| unit.is_quiet()).collect();
    let left = board.run.left_out().iter();
    ForecastsPage {
        basis: Some(basis(board)),
        more: told.len().saturating_sub(UNITS_MAX) as u64,
        units: told.iter().take(UNITS_MAX).map(|(unit, why)| row(board, unit, why)).collect(),
        quiet: quiet.iter().take(QUIET_MAX).map(|unit| link(unit)).collect(),
        quiet_more: quiet.len().saturating_sub(QUIET_MAX) as u64,
        onsets: onsets(board),
        left_out: left.map(|left| (left.name.clone(), left.why.to_string())).collect(),
        record: record(board),
    }
}

/// Returns a unit's page; `None` if the board has no such unit.
#[must_use]
pub fn forecast(board: Option<&Board>, number: &str) -> Option<ForecastPage> {
    let board = board?;
    let area = AreaId::parse(number).ok()?;
    let at = board.run.units().iter().position(|unit| unit.area() == area)?;
    let unit = board.run.units().get(at)?;
    let judged = board.worked.record().units.get(at).map(Vec::as_slice).unwrap_or_default();
    let why = Explanation::of(&board.run, at, &board.worked);
    let chance = |(span, chances): (&usize, &[f64; 3])| {
        let last = board.run.ahead(*span).unwrap_or(why.soon.0);
        let months = format!("{} to {}", why.soon.0.said(), last.said());
        ChanceRow { months, chances: chances.map(percent) }
    };
    let change = |change: &veche_picture::forecast::explain::Change| WeightRow {
        what: format!("{} deaths in {}", change.count, why.soon.0.said()),
        count: String::new(),
        share: percent(change.chance),
    };
    let driver = |driver: &Driver| WeightRow {
        what: driver.month.said(),
        count: driver.count.to_string(),
        share: percent(driver.share),
    };
    Some(ForecastPage {
        name: unit.name().to_owned(),
        number: unit.area().to_string(),
        basis: basis(board),
        sentence: why.sentence(),
        is_unproven: why.is_unproven,
        chances: SPANS.iter().zip(&why.chances).map(chance).collect(),
        fan: fan(board, unit, at),
        past: past(unit, judged),
        drivers: why.drivers.iter().map(driver).chain(pushes(&why)).collect(),
        changes: why.changes.iter().map(change).collect(),
        own: own_skill(judged),
        record: record(board),
    })
}

/// Returns what moved the trees, where trees forecast: by what each family of figures multiplied the odds.
fn pushes(why: &Explanation) -> Vec<WeightRow> {
    let families = why.reasons.iter().flat_map(Reasons::families);
    let row = |(family, log_odds): (&str, f64)| WeightRow {
        what: family.to_owned(),
        count: String::new(),
        share: times(log_odds),
    };
    families.map(row).collect()
}

fn link(unit: &Unit) -> Link {
    Link::new(&format!("/forecast/{}", unit.area()), unit.name())
}

fn basis(board: &Board) -> ForecastBasis {
    ForecastBasis {
        series: board.run.series().to_string(),
        origin: board.run.origin().said(),
        rule: board.run.rule().to_string(),
        said: board.run.rule().said().to_owned(),
        inputs: board.run.vintages().iter().map(ToString::to_string).collect(),
        note: board.note.clone(),
    }
}

fn row(board: &Board, unit: &Unit, why: &Explanation) -> ForecastUnit {
    let drivers = why.drivers.iter().take(DRIVERS_MAX);
    let months = drivers
        .map(|one| format!("{} ({} deaths, {})", one.month.said(), one.count, percent(one.share)));
    let pushes = why.reasons.iter().flat_map(Reasons::families).take(DRIVERS_MAX);
    let pushes = pushes.map(|(family, log_odds)| format!("{family} ({})", times(log_odds)));
    ForecastUnit {
        link: link(unit),
        chances: why.chances.map(|row| percent(row[0])),
        series: line(board, unit),
        drivers: months.chain(pushes).collect(),
    }
}

/// Returns the last months as a line, on a scale of logarithms: what is drawn is at most a hundred high.
fn line(board: &Board, unit: &Unit) -> Series {
    let months = months(board, unit);
    let highest = months.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    let height = |count: u32| {
        let share = f64::from(count).ln_1p() / f64::from(highest).ln_1p();
        (0..100u8).find(|step| f64::from(*step) >= share * 100.0).unwrap_or(100)
    };
    let points = months.into_iter().map(|(month, count)| SeriesPoint {
        label: format!("{month}: {count} deaths, drawn at"),
        value: Some(height(count)),
    });
    Series { name: unit.name().to_owned(), points: points.collect(), top: None }
}

/// Returns the last months with their counts, oldest first.
fn months(board: &Board, unit: &Unit) -> Vec<(Month, u32)> {
    let last = unit.counts().iter().rev().take(PAST_MONTHS).enumerate();
    let mut months: Vec<_> = last
        .filter_map(|(ago, count)| {
            Some((board.run.origin().plus(-i32::try_from(ago).ok()?)?, *count))
        })
        .collect();
    months.reverse();
    months
}

fn fan(board: &Board, unit: &Unit, at: usize) -> Fan {
    let said = board.worked.ahead(&board.run, at);
    let band = |ahead| FanBand {
        low: said.quantile(ahead, 0.05),
        inner: Some((said.quantile(ahead, 0.25), said.quantile(ahead, 0.75))),
        middle: said.quantile(ahead, 0.5),
        high: said.quantile(ahead, 0.95),
    };
    let counted = months(board, unit).into_iter().map(|(month, count)| FanMonth {
        label: month.to_string(),
        came: Some(count.into()),
        band: None,
    });
    let ahead = (1..=HORIZONS).filter_map(|months| Some((months, board.run.ahead(months)?)));
    let ahead = ahead.map(|(months, month)| FanMonth {
        label: month.to_string(),
        came: None,
        band: Some(band(months)),
    });
    let name = format!("{}, deaths by month", unit.name());
    Fan { name, months: counted.chain(ahead).collect() }
}

fn past(unit: &Unit, judged: &[Judged]) -> Fan {
    let month = |one: &Judged| FanMonth {
        label: one.month.to_string(),
        came: Some(one.came.into()),
        band: Some(FanBand { low: one.low, inner: None, middle: one.middle, high: one.high }),
    };
    let name = format!("{}, forecast three months before and what came", unit.name());
    Fan { name, months: judged.iter().map(month).collect() }
}

fn record(board: &Board) -> ForecastRecord {
    let skill = &board.worked.record().skill;
    let rows = [
        ("ignorance (bits)", skill.ignorance),
        ("log-CRPS", skill.crps_log),
        ("CRPS (deaths)", skill.crps),
    ];
    ForecastRecord {
        forecasts: board.worked.record().means.map_or(0, |means| means.forecasts as u64),
        skill: rows.iter().filter_map(|(name, found)| Some(skill_row(name, (*found)?))).collect(),
        reliability: chart(&board.worked.record().reliability),
    }
}

/// Returns the diagram of what was said and what happened.
pub(super) fn chart(lines: &[Reliability]) -> ReliabilityChart {
    let thousandths = |share: f64| {
        u16::try_from((0..1000).take_while(|step| f64::from(*step) + 0.5 < share * 1000.0).count())
            .unwrap_or(1000)
    };
    let points = lines.iter().filter(|line| line.forecasts > 0).map(|line| ReliabilityPoint {
        said: thousandths(line.said),
        happened: thousandths(line.happened),
        forecasts: line.forecasts,
    });
    ReliabilityChart { points: points.collect() }
}

fn skill_row(score: &str, difference: Difference) -> SkillRow {
    SkillRow {
        score: score.to_owned(),
        difference: signed(difference.share),
        interval: interval(difference),
        verdict: verdict(difference).to_owned(),
    }
}

/// Says between what a difference lies.
pub(super) fn interval(Difference { low, high, .. }: Difference) -> String {
    format!("{} to {}", signed(low), signed(high))
}

/// Says what a difference means.
pub(super) const fn verdict(Difference { low, high, .. }: Difference) -> &'static str {
    match (high < 0.0, low > 0.0) {
        (true, _) => "better",
        (_, true) => "worse",
        (false, false) => "perhaps chance",
    }
}

/// Writes a difference: `-5.5 %`.
pub(super) fn signed(share: f64) -> String {
    format!("{:+.1} %", share * 100.0)
}

/// Returns the skill for a unit: its months hang together, so that no interval is told.
fn own_skill(judged: &[Judged]) -> Vec<SkillRow> {
    let Some(means) = means(judged) else { return Vec::new() };
    let rows = [
        ("ignorance (bits)", means.ours.ignorance, means.base.ignorance),
        ("log-CRPS", means.ours.crps_log, means.base.crps_log),
        ("CRPS (deaths)", means.ours.crps, means.base.crps),
    ];
    let row = |(score, ours, base): &(&str, f64, f64)| SkillRow {
        score: (*score).to_owned(),
        difference: if *base > 0.0 { signed(ours / base - 1.0) } else { "–".to_owned() },
        interval: "too few months to say".to_owned(),
        verdict: format!("{ours:.3} against {base:.3}"),
    };
    rows.iter().map(row).collect()
}

fn onsets(board: &Board) -> String {
    let found = board.worked.record().onsets;
    format!(
        "Nothing was counted in these for three years. In these data {} months followed on as long a quiet: {} of them had a \
         death, {} had 25 or more. Which unit comes next, nothing here can tell.",
        found.months, found.any, found.conflict
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sample::made_up;

    fn board() -> Board {
        let names = ["Norland", "Sudra", "Westmark", "Eastmark"].map(str::to_owned);
        made_up(&names, Month::parse("2027-02").unwrap()).unwrap().forecast.unwrap()
    }

    #[test]
    fn a_sample_has_units_of_each_kind_and_says_that_it_is_made_up() {
        let page = forecasts(Some(&board()));
        assert_eq!((page.units.len(), page.quiet.len(), page.record.forecasts), (3, 1, 96));
        assert_eq!(page.units[0].link.text, "Sudra");
        assert!(page.basis.unwrap().note.unwrap().contains("made up"));
        assert!(page.record.reliability.points.len() > 1);
    }

    #[test]
    fn a_page_joins_what_was_counted_to_the_months_ahead() {
        let board = board();
        let page = forecast(Some(&board), "gw:9002").unwrap();
        assert_eq!((page.fan.months.len(), page.past.months.len()), (24 + 14, 24));
        assert_eq!(page.fan.months[24].label, "2027-03");
        assert!(page.fan.months[24].came.is_none() && page.fan.months[23].band.is_none());
        assert_eq!((page.chances.len(), page.own.len(), page.changes.len()), (3, 3, 3));
        assert!(forecast(Some(&board), "gw:9003").unwrap().is_unproven);
        assert_eq!(forecast(Some(&board), "gw:1"), None);
        assert_eq!(forecast(None, "gw:9002"), None);
    }
}
