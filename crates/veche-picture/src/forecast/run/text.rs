//! A run as it is written: JSON of this shape, checked on the way in.

use super::super::panel::COUNT_MAX;
use super::{LeftOut, MONTHS_MIN, Rule, Run, Unit};
use crate::area::{AreaId, Series};
use crate::month::Month;
use crate::vintage::{Vintage, Widening};

/// What a run's `format` says.
pub const FORMAT: &str = "veche-forecast/1";
/// Longest name of a unit, in bytes: the longest official name of a state fits twice.
const NAME_LEN_MAX: usize = 200;

/// A run as it is written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunText {
    format: String,
    rule: Rule,
    series: Series,
    origin: Month,
    vintages: Vec<Vintage>,
    units: Vec<UnitText>,
    left_out: Vec<LeftOut>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    widening: Option<Widening>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitText {
    area: AreaId,
    name: String,
    counts: Vec<u32>,
    known: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wider: Option<Vec<u32>>,
}

/// Why something is not a [`Run`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARun {
    /// It is of another format or version.
    #[error("its format is `{0}`, and this build reads `{FORMAT}`")]
    Format(String),
    /// It has no unit.
    #[error("it has no unit")]
    Empty,
    /// Its units are not by number, or one is there twice.
    #[error("{0} is not in its place: units stand by number, each once")]
    Order(AreaId),
    /// A unit's name is none.
    #[error("the name of {0} is not 1 to 200 bytes of plain text")]
    Name(AreaId),
    /// A unit has too few counts or too many, or more known ones than it has.
    #[error("{area} has {months} counts, {known} of them known; it takes {MONTHS_MIN} to {most}")]
    Months {
        /// The unit.
        area: AreaId,
        /// How many it has.
        months: usize,
        /// How many it says are known.
        known: usize,
        /// How many the rule takes.
        most: usize,
    },
    /// Counts of a wider kind are not as they must be.
    #[error(
        "the wider counts of {0} are not as many as its own and at least as high, in all units or in none, for a rule that \
         learns"
    )]
    Wider(AreaId),
    /// A count is larger than any month could have.
    #[error("a count of {area} is {count}, and at most {COUNT_MAX} is taken")]
    Huge {
        /// The unit.
        area: AreaId,
        /// The count.
        count: u32,
    },
}

impl TryFrom<RunText> for Run {
    type Error = NotARun;

    fn try_from(text: RunText) -> Result<Self, NotARun> {
        if text.format != FORMAT {
            return Err(NotARun::Format(text.format.chars().take(40).collect()));
        }
        if text.units.is_empty() {
            return Err(NotARun::Empty);
        }
        if let Some(pair) = text.units.windows(2).find(|pair| pair[0].area >= pair[1].area) {
            return Err(NotARun::Order(pair[1].area));
        }
        for out in &text.left_out {
            check_name(out.area, &out.name)?;
        }
        let has_wider = text.units.iter().any(|unit| unit.wider.is_some());
        let odd = text.units.iter().find(|unit| !unit.wider_fits(has_wider, text.rule));
        if let Some(unit) = odd {
            return Err(NotARun::Wider(unit.area));
        }
        let unit = |unit: UnitText| unit.checked(text.rule);
        let units = text.units.into_iter().map(unit).collect::<Result<_, _>>()?;
        let RunText { rule, series, origin, vintages, left_out, widening, .. } = text;
        Ok(Self { rule, series, origin, vintages, units, left_out, widening })
    }
}

impl UnitText {
    /// Returns whether its wider counts are as many as its own and at least as high; none, where there must be none.
    fn wider_fits(&self, has_wider: bool, rule: Rule) -> bool {
        match &self.wider {
            None => !has_wider,
            Some(wider) => {
                let holds = self.counts.iter().zip(wider).all(|(own, wider)| own <= wider);
                rule.learns() && holds && wider.len() == self.counts.len()
            }
        }
    }

    fn checked(self, rule: Rule) -> Result<Unit, NotARun> {
        let Self { area, name, counts, known, wider } = self;
        check_name(area, &name)?;
        let most = rule.months_held();
        if !(MONTHS_MIN..=most).contains(&counts.len()) || known > counts.len() {
            return Err(NotARun::Months { area, months: counts.len(), known, most });
        }
        let all = counts.iter().chain(wider.iter().flatten());
        match all.copied().find(|count| u64::from(*count) > COUNT_MAX) {
            Some(count) => Err(NotARun::Huge { area, count }),
            None => Ok(Unit { area, name, counts, known, wider }),
        }
    }
}

fn check_name(area: AreaId, name: &str) -> Result<(), NotARun> {
    let fits = (1..=NAME_LEN_MAX).contains(&name.len()) && !name.contains(char::is_control);
    if fits { Ok(()) } else { Err(NotARun::Name(area)) }
}

impl From<Run> for RunText {
    fn from(run: Run) -> Self {
        let unit = |unit: Unit| UnitText {
            area: unit.area,
            name: unit.name,
            counts: unit.counts,
            known: unit.known,
            wider: unit.wider,
        };
        Self {
            format: FORMAT.to_owned(),
            rule: run.rule,
            series: run.series,
            origin: run.origin,
            vintages: run.vintages,
            units: run.units.into_iter().map(unit).collect(),
            left_out: run.left_out,
            widening: run.widening,
        }
    }
}
