//! What alarms would have done over past months, each judged by what was known the month before.

use super::desk::{Desk, Period, Refused, Said, Subject};
use super::rule::Rule;
use super::surprise::Tail;
use super::unit_month::{Quiet, Seen, months_of, tails};
use crate::forecast::Grid;
use crate::forecast::panel::GridError;
use crate::history::{Cell, History, Panel};
use crate::month::Month;
use crate::replay::{Outcome, Record};
use std::collections::{BTreeMap, BTreeSet};

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Replayed {
    /// Months replayed, of the world.
    pub months: u32,
    /// Unit-months with a death in the months that the forecast rests on.
    pub with_history: u32,
    /// By level: how often it was reached.
    pub levels: Vec<Level>,
    /// What followed the unit-months at or under the rule's open level, tail alone.
    pub record: Record,
    /// What the whole rule did: false-discovery rate, budget, hysteresis.
    pub desk: DeskReplayed,
}

/// How often a tail was as small as a level, and what followed.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Level {
    /// The level, in millionths.
    pub millionths: u32,
    /// Unit-months with history at or under it.
    pub with_history: u32,
    /// The same among all unit-months: alarms, were there no further rule.
    pub alarms: u32,
    /// What followed them.
    pub record: Record,
    /// The hits of that record, had the surprising month itself not raised the bar:
    /// [`Outcome::reached_over_the_year_before`].
    pub hits_over_the_year_before: u32,
}

/// What a desk did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DeskReplayed {
    /// Alarms opened.
    pub opened: u32,
    /// Those whose outcome is known.
    pub known: u32,
    /// Those that the outcome followed.
    pub hits: u32,
    /// Those that it followed, had the surprising month itself not raised the bar.
    pub hits_over_the_year_before: u32,
    /// Most alarms opened in a month.
    pub opened_max: u32,
    /// Left out for the budget.
    pub over_budget: u32,
}

impl Level {
    /// Returns the share of unit-months with history at or under the level, over the level: 1 if as promised.
    #[must_use]
    pub fn realised_over_nominal(&self, with_history: u32) -> f64 {
        f64::from(self.with_history) / f64::from(with_history.max(1)) * 1e6
            / f64::from(self.millionths)
    }
}

/// Why a replay cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The panel cannot be forecast from.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// The rule is none.
    #[error("the rule cannot be used: {0}")]
    Rule(#[from] super::BadRule),
    /// The desk refused a period.
    #[error(transparent)]
    Desk(#[from] Refused),
}

/// Levels that every replay tells of besides the rule's own: 1 % and 5 %, in millionths.
pub const LEVELS: [u32; 2] = [10_000, 50_000];

/// Replays a rule over the months `first` to `last`, one month ahead, and knows nothing after `last`.
///
/// The forecast is [`Recent::DEFAULT`](crate::forecast::ladder::Recent::DEFAULT). A unit without a death in the months it rests on has no forecast but 0: its
/// count is judged among all such unit-months before, see [`Tail::among`]. Months that are not known or a proxy are left
/// out. Counts are as known now, not as first published.
///
/// # Errors
/// [`ReplayError`].
pub fn replay(
    panel: &Panel,
    rule: Rule,
    outcome: Outcome,
    (first, last): (Month, Month),
) -> Result<Replayed, ReplayError> {
    let grid = Grid::new(panel)?;
    let histories: Vec<History> = panel
        .histories()
        .filter(|history| history.month_at(0).is_some())
        .map(|history| history.until(last))
        .collect();
    let mut replay = Replay::new(&histories, rule, outcome)?;
    let mut quiet = Quiet::default();
    for month in months_of(&histories) {
        let Some(past) = month.plus(-1).and_then(|origin| grid.until(origin)) else { continue };
        if month >= first {
            replay.take(month, &tails(&grid, past, month, &quiet))?;
        }
        quiet.learn(&grid, past, month);
    }
    Ok(replay.replayed)
}

struct Replay<'a> {
    histories: &'a [History],
    outcome: Outcome,
    desk: Desk,
    replayed: Replayed,
}

impl<'a> Replay<'a> {
    fn new(histories: &'a [History], rule: Rule, outcome: Outcome) -> Result<Self, ReplayError> {
        let levels: BTreeSet<u32> =
            LEVELS.into_iter().chain(std::iter::once(rule.open_millionths)).collect();
        let level = |millionths| Level {
            millionths,
            with_history: 0,
            alarms: 0,
            record: Record::default(),
            hits_over_the_year_before: 0,
        };
        let replayed = Replayed {
            months: 0,
            with_history: 0,
            levels: levels.into_iter().map(level).collect(),
            record: Record::default(),
            desk: DeskReplayed::default(),
        };
        Ok(Self { histories, outcome, desk: Desk::new(rule)?, replayed })
    }

    fn take(&mut self, month: Month, seen: &[Seen]) -> Result<(), ReplayError> {
        self.replayed.months += 1;
        for one in seen {
            let reached = self.reached(one.unit, month);
            let doubled = self.doubled(one.unit, month).flatten().is_some();
            self.replayed.with_history += u32::from(one.with_history);
            for level in &mut self.replayed.levels {
                let alarm = one.tail <= level_tail(level.millionths);
                level.alarms += u32::from(alarm);
                level.with_history += u32::from(alarm && one.with_history);
                level.hits_over_the_year_before += u32::from(alarm && doubled);
                if let Some(reached) = reached {
                    level.record.take(alarm, reached);
                }
            }
        }
        let open = self.desk.rule().open_millionths;
        let of_rule = self.replayed.levels.iter().find(|level| level.millionths == open);
        self.replayed.record = of_rule.map(|level| level.record).unwrap_or_default();
        self.take_at_desk(month, seen)
    }

    fn take_at_desk(&mut self, month: Month, seen: &[Seen]) -> Result<(), ReplayError> {
        let subject = |unit: usize| -> Option<Subject> {
            self.histories.get(unit).map(|history| (history.area(), history.series().clone()))
        };
        let tails: Vec<(Subject, Tail)> =
            seen.iter().filter_map(|one| Some((subject(one.unit)?, one.tail))).collect();
        let places: BTreeMap<Subject, usize> =
            seen.iter().filter_map(|one| Some((subject(one.unit)?, one.unit))).collect();
        let number = u32::from(month.id()) - 1;
        let changes = self.desk.apply(&Said::Period(Period { number, tails }))?;
        let opened = u32::try_from(changes.opened.len()).unwrap_or(u32::MAX);
        self.replayed.desk.opened += opened;
        self.replayed.desk.opened_max = self.replayed.desk.opened_max.max(opened);
        self.replayed.desk.over_budget += changes.over_budget;
        let alarms = self.desk.alarms().iter().rev().take(changes.opened.len());
        let units: Vec<usize> =
            alarms.filter_map(|alarm| places.get(&alarm.subject).copied()).collect();
        for unit in units {
            let reached = self.reached(unit, month);
            self.replayed.desk.known += u32::from(reached.is_some());
            self.replayed.desk.hits += u32::from(reached.flatten().is_some());
            let doubled = self.doubled(unit, month).flatten().is_some();
            self.replayed.desk.hits_over_the_year_before += u32::from(doubled);
        }
        Ok(())
    }

    fn reached(&self, unit: usize, month: Month) -> Option<Option<usize>> {
        let (cells, place) = self.place(unit, month)?;
        self.outcome.reached(cells, place)
    }

    fn doubled(&self, unit: usize, month: Month) -> Option<Option<usize>> {
        let (cells, place) = self.place(unit, month)?;
        self.outcome.reached_over_the_year_before(cells, place)
    }

    fn place(&self, unit: usize, month: Month) -> Option<(&'a [Cell], usize)> {
        let history = self.histories.get(unit)?;
        Some((history.cells(), history.place_of(month)?))
    }
}

fn level_tail(millionths: u32) -> Tail {
    Tail::new(u64::from(millionths) * (super::surprise::TAIL_ONE / 1_000_000)).unwrap_or(Tail::ONE)
}
