//! A desk's alarms: a fold over periods of tails, and over what analysts said of the alarms.

use super::rule::Rule;
use super::select::false_discovery_cut;
use super::standing::{Standing, Tally, two_below};
use super::surprise::Tail;
use crate::area::{AreaId, Series};
use std::collections::{BTreeMap, BTreeSet};

/// Longest name of an analyst, in bytes.
pub const NAME_LEN_MAX: usize = 200;
/// Longest reason of a disposal, in bytes: a page.
pub const REASON_LEN_MAX: usize = 4000;

/// What alarms are about: one unit, one cause.
pub type Subject = (AreaId, Series);

/// The number of an alarm at its desk, from 1 on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct AlarmId(pub u32);

/// The tails of one period, over all units that have a forecast for it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Period {
    /// The period's number; for months, [`Month::id`](crate::Month::id) less 1, so that quarters are those of the calendar.
    pub number: u32,
    /// How surprising each unit's count was, by cause. A unit that is not here was not observed: that is no quiet.
    pub tails: Vec<(Subject, Tail)>,
}

/// One period in which an alarm's unit was as surprising as an alarm asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sighting {
    /// The period.
    pub period: u32,
    /// How surprising.
    pub tail: Tail,
}

/// What an analyst found an alarm to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Something happens there.
    Confirmed,
    /// Nothing does, so far as one can tell.
    NotConfirmed,
    /// The data are wrong: a duplicate, a new source, a slip of coding.
    DataArtefact,
}

impl Verdict {
    /// Returns the word for it, in records and files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotConfirmed => "not_confirmed",
            Self::DataArtefact => "data_artefact",
        }
    }

    /// Returns the same for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::NotConfirmed => "not confirmed",
            Self::DataArtefact => "an artefact of the data",
        }
    }
}

/// A named analyst's word on an alarm.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Disposal {
    /// Which alarm.
    pub alarm: AlarmId,
    /// In which period it was said.
    pub period: u32,
    /// Who said so.
    pub analyst: String,
    /// What.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// One input of the fold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// A period is over.
    Period(Period),
    /// An analyst disposed of an alarm. A later word replaces an earlier one; both are kept.
    Disposed(Disposal),
    /// Somebody answers for a rule that was off, and it begins anew: no quarter that has ended counts against it.
    Reinstated {
        /// In which period.
        period: u32,
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Alarm {
    /// Its number.
    pub id: AlarmId,
    /// What it is about.
    pub subject: Subject,
    /// The period that opened it, then those that attached to it.
    pub sightings: Vec<Sighting>,
    /// Quiet periods in a row so far.
    pub quiet: u32,
    /// The period that closed it.
    pub closed: Option<u32>,
    /// What analysts said, the last word last.
    pub disposals: Vec<Disposal>,
}

impl Alarm {
    /// Returns what analysts last found it to be; `None` while it waits for one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.disposals.last().map(|disposal| disposal.verdict)
    }

    /// Returns the period that opened it.
    #[must_use]
    pub fn opened(&self) -> u32 {
        self.sightings.first().map_or(0, |sighting| sighting.period)
    }
}

/// What an input changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Changes {
    /// New alarms, the most surprising first.
    pub opened: Vec<AlarmId>,
    /// Open alarms that were seen again.
    pub attached: Vec<AlarmId>,
    /// Alarms that closed.
    pub closed: Vec<AlarmId>,
    /// What would have opened, but for the budget.
    pub over_budget: u32,
    /// What would have opened within the budget, but for the rule's being off.
    pub withheld: u32,
    /// The rule was switched off by its record.
    pub switched_off: bool,
}

/// Why an input was not taken; the state is as before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It lies before what is known.
    #[error(
        "period {period} lies before period {last}, which is the last that was taken; give periods in order"
    )]
    OutOfOrder {
        /// The period given.
        period: u32,
        /// The last one.
        last: u32,
    },
    /// A unit comes twice.
    #[error("`{} {}` has two tails in period {period}; give one", subject.0, subject.1)]
    Twice {
        /// Which.
        subject: Box<Subject>,
        /// When.
        period: u32,
    },
    /// There is no such alarm.
    #[error("there is no alarm {}; this desk has {count}", alarm.0)]
    NoAlarm {
        /// The number given.
        alarm: AlarmId,
        /// How many there are.
        count: u32,
    },
    /// It lacks a name or a reason, or they are too long.
    #[error("`{field}` is 1 to {len_max} bytes of text")]
    Text {
        /// Which.
        field: &'static str,
        /// The limit.
        len_max: usize,
    },
    /// The rule is on.
    #[error("the rule is on; only one that its record switched off is reinstated")]
    NotOff,
}

/// The alarms of one rule.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Desk {
    rule: Rule,
    last: Option<u32>,
    alarms: Vec<Alarm>,
    standing: Standing,
    /// The first quarter that counts for the rule's standing.
    counts_from: u32,
    withheld: u32,
}

impl Desk {
    /// Returns a desk without alarms.
    ///
    /// # Errors
    /// [`BadRule`](super::BadRule).
    pub fn new(rule: Rule) -> Result<Self, super::BadRule> {
        rule.check()?;
        let (standing, alarms) = (Standing::On, Vec::new());
        Ok(Self { rule, last: None, alarms, standing, counts_from: 0, withheld: 0 })
    }

    /// Returns all alarms, in the order of their numbers.
    #[must_use]
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// Returns the alarms that wait for an analyst, closed or not.
    pub fn waiting(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.iter().filter(|alarm| alarm.disposals.is_empty())
    }

    /// Returns the rule.
    #[must_use]
    pub const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Returns whether the rule opens alarms.
    #[must_use]
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns how many alarms the rule would have opened while it was off.
    #[must_use]
    pub const fn withheld(&self) -> u32 {
        self.withheld
    }

    /// Returns what became of the alarms last disposed of in the year up to the last period.
    #[must_use]
    pub fn last_year(&self) -> Tally {
        let last = self.last.unwrap_or_default();
        self.tally(|period| period <= last && last - period < self.rule.periods_a_year)
    }

    /// Takes one input.
    ///
    /// # Errors
    /// [`Refused`]: for a period, one before the last or a unit twice; for a disposal or reinstatement, one before the
    /// last period, an alarm that is not there or a rule that is on, a name or reason that is missing.
    pub fn apply(&mut self, said: &Said) -> Result<Changes, Refused> {
        match said {
            Said::Period(period) => self.take(period),
            Said::Disposed(disposal) => self.dispose(disposal),
            Said::Reinstated { period, by, reason } => self.reinstate(*period, by, reason),
        }
    }

    fn take(&mut self, period: &Period) -> Result<Changes, Refused> {
        let number = period.number;
        if let Some(last) = self.last.filter(|last| *last >= number) {
            return Err(Refused::OutOfOrder { period: number, last });
        }
        let mut seen = BTreeSet::new();
        if let Some((subject, _)) = period.tails.iter().find(|(subject, _)| !seen.insert(subject)) {
            return Err(Refused::Twice { subject: Box::new(subject.clone()), period: number });
        }
        self.last = Some(number);
        let mut changes = Changes { switched_off: self.judge(number), ..Changes::default() };
        let tails: Vec<Tail> = period.tails.iter().map(|(_, tail)| *tail).collect();
        let cut = false_discovery_cut(&tails, self.rule.false_discovery_millionths);
        let is_loud = |tail: Tail| self.rule.opens(tail) && cut.is_some_and(|cut| tail <= cut);
        let mut loud: BTreeMap<&Subject, Tail> = BTreeMap::new();
        loud.extend(period.tails.iter().filter(|at| is_loud(at.1)).map(|at| (&at.0, at.1)));
        self.go_on(period, &mut loud, &mut changes);
        self.open(number, loud, &mut changes);
        Ok(changes)
    }

    /// Attaches to open alarms what is theirs, and closes those that have been quiet long enough.
    fn go_on(
        &mut self,
        period: &Period,
        loud: &mut BTreeMap<&Subject, Tail>,
        changes: &mut Changes,
    ) {
        let tails: BTreeMap<&Subject, Tail> =
            period.tails.iter().map(|(subject, tail)| (subject, *tail)).collect();
        for alarm in self.alarms.iter_mut().filter(|alarm| alarm.closed.is_none()) {
            let Some(tail) = tails.get(&alarm.subject) else { continue };
            if loud.remove(&alarm.subject).is_some() {
                alarm.sightings.push(Sighting { period: period.number, tail: *tail });
                changes.attached.push(alarm.id);
            }
            alarm.quiet = if self.rule.is_quiet(*tail) { alarm.quiet + 1 } else { 0 };
            if alarm.quiet >= self.rule.close_after {
                alarm.closed = Some(period.number);
                changes.closed.push(alarm.id);
            }
        }
    }

    /// Opens alarms within the budget: the smallest tails first, equals by unit and cause.
    fn open(&mut self, number: u32, loud: BTreeMap<&Subject, Tail>, changes: &mut Changes) {
        let mut order: Vec<(Tail, &Subject)> =
            loud.into_iter().map(|(subject, tail)| (tail, subject)).collect();
        order.sort_unstable();
        let budget = usize::try_from(self.rule.budget).unwrap_or(usize::MAX);
        let over = order.split_off(budget.min(order.len()));
        changes.over_budget = count(over.len());
        if self.standing != Standing::On {
            changes.withheld = count(order.len());
            self.withheld = self.withheld.saturating_add(changes.withheld);
            return;
        }
        for (tail, subject) in order {
            let id = AlarmId(count(self.alarms.len()).saturating_add(1));
            self.alarms.push(Alarm {
                id,
                subject: subject.clone(),
                sightings: vec![Sighting { period: number, tail }],
                quiet: 0,
                closed: None,
                disposals: Vec::new(),
            });
            changes.opened.push(id);
        }
    }

    fn dispose(&mut self, disposal: &Disposal) -> Result<Changes, Refused> {
        self.is_in_order(disposal.period)?;
        text("analyst", &disposal.analyst, NAME_LEN_MAX)?;
        text("reason", &disposal.reason, REASON_LEN_MAX)?;
        let count = count(self.alarms.len());
        let alarm = self.alarms.iter_mut().find(|alarm| alarm.id == disposal.alarm);
        let alarm = alarm.ok_or(Refused::NoAlarm { alarm: disposal.alarm, count })?;
        alarm.disposals.push(disposal.clone());
        Ok(Changes::default())
    }

    fn reinstate(&mut self, period: u32, by: &str, reason: &str) -> Result<Changes, Refused> {
        self.is_in_order(period)?;
        text("by", by, NAME_LEN_MAX)?;
        text("reason", reason, REASON_LEN_MAX)?;
        if self.standing == Standing::On {
            return Err(Refused::NotOff);
        }
        self.standing = Standing::On;
        self.counts_from = self.rule.quarter_of(period);
        Ok(Changes::default())
    }

    /// What is said belongs to the last period or a later one: what is past has been judged.
    fn is_in_order(&self, period: u32) -> Result<(), Refused> {
        self.last
            .filter(|last| period < *last)
            .map_or(Ok(()), |last| Err(Refused::OutOfOrder { period, last }))
    }

    /// Switches the rule off if the quarters that ended before a period say so.
    fn judge(&mut self, number: u32) -> bool {
        if self.standing != Standing::On {
            return false;
        }
        let this = self.rule.quarter_of(number);
        let quarters: Vec<(u32, Tally)> = self
            .quarters()
            .into_iter()
            .filter(|(quarter, _)| (self.counts_from..this).contains(quarter))
            .collect();
        let below = two_below(&self.rule, &quarters);
        if let Some(quarters) = below {
            self.standing = Standing::Off { since: number, quarters };
        }
        below.is_some()
    }

    /// Returns what became of the alarms by the quarter of their last disposal.
    #[must_use]
    pub fn quarters(&self) -> BTreeMap<u32, Tally> {
        let mut quarters: BTreeMap<u32, Tally> = BTreeMap::new();
        for disposal in self.alarms.iter().filter_map(|alarm| alarm.disposals.last()) {
            quarters.entry(self.rule.quarter_of(disposal.period)).or_default().add(disposal);
        }
        quarters
    }

    fn tally(&self, counts: impl Fn(u32) -> bool) -> Tally {
        let mut tally = Tally::default();
        let last = self.alarms.iter().filter_map(|alarm| alarm.disposals.last());
        last.filter(|disposal| counts(disposal.period)).for_each(|disposal| tally.add(disposal));
        tally
    }
}

impl Tally {
    fn add(&mut self, disposal: &Disposal) {
        self.disposed += 1;
        self.confirmed += u32::from(disposal.verdict == Verdict::Confirmed);
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn text(field: &'static str, text: &str, len_max: usize) -> Result<(), Refused> {
    if text.trim().is_empty() || text.len() > len_max {
        return Err(Refused::Text { field, len_max });
    }
    Ok(())
}
