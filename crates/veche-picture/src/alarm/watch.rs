//! A rule at work: run over the months of a panel, with what people said of its alarms in between.

use super::desk::{
    Alarm, AlarmId, Changes, Desk, Disposal, Period, Refused, Said, Subject, Verdict,
};
use super::draft::Basis;
use super::replay::ReplayError;
use super::rule::Rule;
use super::unit_month::{Quiet, months_of, recent, tails};
use crate::area::AreaId;
use crate::forecast::ladder::Recent;
use crate::forecast::{Grid, Mixture};
use crate::history::{History, Panel};
use crate::month::Month;
use crate::vintage::Vintage;

/// What somebody said. It names what it is about by unit and month: an alarm's number is that of one desk alone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Word {
    /// The last month that its author had seen.
    pub seen: Month,
    /// Who: a person.
    pub analyst: String,
    /// Why.
    pub reason: String,
    /// What it is about.
    pub on: WordOn,
}

/// What a word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WordOn {
    /// An alarm, and what it was found to be.
    Alarm {
        /// Its unit.
        unit: AreaId,
        /// The month that opened it.
        opened: Month,
        /// The finding.
        verdict: Verdict,
    },
    /// The rule, which is put on again.
    Rule,
}

/// A rule's desk after its months, and which words it could not take.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Watched {
    /// The desk.
    pub desk: Desk,
    /// The first and the last month.
    pub months: (Month, Month),
    /// What the last month changed.
    pub last: Changes,
    /// Words that found nothing here, by their place among those given, and why.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// Why a word changed nothing at this desk. Others may hold other counts, so that is no fault of its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize)]
pub enum LeftOut {
    /// It is from before the first month or after the last.
    #[error("it was said in {seen}, and the months here are {} to {}", .months.0, .months.1)]
    Outside {
        /// When it was said.
        seen: Month,
        /// The months of this desk.
        months: (Month, Month),
    },
    /// No such alarm.
    #[error("no alarm of {unit} opened in {opened} here")]
    NoAlarm {
        /// The unit.
        unit: AreaId,
        /// The month.
        opened: Month,
    },
    /// The desk refused it.
    #[error("{0}")]
    Refused(String),
}

/// How surprising the counts of a panel were, month by month. It takes a moment to work out and does not depend on any rule or word,
/// so that whoever asks often keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surprises {
    asked: (Month, Month),
    periods: Vec<(Month, Period)>,
}

impl Surprises {
    /// Judges the months `first` to `last`, as far as the panel has them: each count as in a [`replay`](super::replay()), by what was
    /// known the month before.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn of(panel: &Panel, (first, last): (Month, Month)) -> Result<Self, ReplayError> {
        let grid = Grid::new(panel)?;
        let histories: Vec<History> = begun(panel).map(|history| history.until(last)).collect();
        let (mut quiet, mut periods) = (Quiet::default(), Vec::new());
        for month in months_of(&histories) {
            let Some(past) = month.plus(-1).and_then(|origin| grid.until(origin)) else { continue };
            if month >= first {
                let subject = |unit: usize| -> Option<Subject> {
                    histories.get(unit).map(|history| (history.area(), history.series().clone()))
                };
                let found = tails(&grid, past, month, &quiet).into_iter();
                let tails = found.filter_map(|one| Some((subject(one.unit)?, one.tail))).collect();
                periods.push((month, Period { number: period_of(month), tails }));
            }
            quiet.learn(&grid, past, month);
        }
        Ok(Self { asked: (first, last), periods })
    }

    /// Runs a rule over the months; each month, then the words said in it, in the order given.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn watch(&self, rule: Rule, words: &[Word]) -> Result<Watched, ReplayError> {
        let mut desk = Desk::new(rule)?;
        let (mut changes, mut left_out) = (Changes::default(), Vec::new());
        for (month, period) in &self.periods {
            changes = desk.apply(&Said::Period(period.clone()))?;
            let now = words.iter().enumerate().filter(|(_, word)| word.seen == *month);
            left_out.extend(now.filter_map(|(at, word)| Some((at, take(&mut desk, word).err()?))));
        }
        let seen = self.periods.first().zip(self.periods.last());
        let months = seen.map_or(self.asked, |(first, last)| (first.0, last.0));
        let is_outside =
            |word: &Word| seen.is_none() || !(months.0..=months.1).contains(&word.seen);
        let outside = words.iter().enumerate().filter(|(_, word)| is_outside(word));
        left_out
            .extend(outside.map(|(at, word)| (at, LeftOut::Outside { seen: word.seen, months })));
        left_out.sort_by_key(|(at, _)| *at);
        Ok(Watched { desk, months, last: changes, left_out })
    }
}

/// Runs a rule over the months `first` to `last` of a panel, as [`Surprises`] does for whoever asks once.
///
/// # Errors
/// [`ReplayError`].
pub fn watch(
    panel: &Panel,
    rule: Rule,
    months: (Month, Month),
    words: &[Word],
) -> Result<Watched, ReplayError> {
    Surprises::of(panel, months)?.watch(rule, words)
}

fn begun(panel: &Panel) -> impl Iterator<Item = &History> {
    panel.histories().filter(|history| history.month_at(0).is_some())
}

fn take(desk: &mut Desk, word: &Word) -> Result<Changes, LeftOut> {
    let period = period_of(word.seen);
    let said = match word.on {
        WordOn::Rule => {
            Said::Reinstated { period, by: word.analyst.clone(), reason: word.reason.clone() }
        }
        WordOn::Alarm { unit, opened, verdict } => {
            let alarm = find(desk, unit, opened).ok_or(LeftOut::NoAlarm { unit, opened })?;
            Said::Disposed(Disposal {
                alarm,
                period,
                analyst: word.analyst.clone(),
                verdict,
                reason: word.reason.clone(),
            })
        }
    };
    desk.apply(&said).map_err(|refused: Refused| LeftOut::Refused(refused.to_string()))
}

/// Returns the alarm of a unit that a month opened: there is one at most, since one is open at a time.
fn find(desk: &Desk, unit: AreaId, opened: Month) -> Option<AlarmId> {
    let opened = period_of(opened);
    let mut alarms = desk.alarms().iter();
    alarms.find(|alarm| alarm.subject.0 == unit && alarm.opened() == opened).map(|alarm| alarm.id)
}

/// Returns the number of a month's period, so that quarters are those of the calendar.
#[must_use]
pub fn period_of(month: Month) -> u32 {
    u32::from(month.id()) - 1
}

/// Returns the month of a period.
#[must_use]
pub fn month_of(period: u32) -> Option<Month> {
    Month::from_id(i64::from(period) + 1).ok()
}

/// What an alarm rests on: the last month seen of it, its count, and the forecast of that month made the month before.
#[derive(Debug, Clone, PartialEq)]
pub struct Grounds {
    /// The unit's name.
    pub name: String,
    /// The month.
    pub month: Month,
    /// Its count.
    pub observed: u64,
    /// The forecast.
    pub forecast: Mixture,
    /// The input that the month's count is from.
    pub vintage: Vintage,
}

impl Grounds {
    /// Returns what an alarm rests on; `None` if the panel is not the one that it was raised from.
    #[must_use]
    pub fn of(panel: &Panel, alarm: &Alarm) -> Option<Self> {
        let month = month_of(alarm.sightings.last()?.period)?;
        let grid = Grid::new(panel).ok()?;
        let unit = grid.areas().position(|area| area == alarm.subject.0)?;
        let history = panel.get(alarm.subject.0)?;
        let cell = history.cells().get(history.place_of(month)?)?;
        let vintage = cell.vintage.or_else(|| cell.events.first().map(|event| event.vintage))?;
        Some(Self {
            name: history.name(),
            month,
            observed: grid.count(unit, month)?,
            forecast: Recent::DEFAULT.mixture(recent(grid.until(month.plus(-1)?)?, unit)?)?,
            vintage,
        })
    }

    /// Returns the same for a draft.
    #[must_use]
    pub fn basis(&self) -> Basis<'_> {
        Basis {
            name: &self.name,
            month: self.month,
            observed: self.observed,
            forecast: &self.forecast,
            vintage: self.vintage,
        }
    }
}
