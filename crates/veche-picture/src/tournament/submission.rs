//! What an institute handed in, brought into one form.

use super::round::{NAME_LEN_MAX, Round};
use crate::area::AreaId;
use crate::forecast::distribution::cell_of;
use crate::forecast::draws::DRAWS_MAX;
use crate::forecast::score::CONFLICT_DEATHS;
use crate::forecast::{Component, Distribution, Mixture};
use crate::month::Month;
use crate::source::stated::{Form, StatedRow};
use std::collections::BTreeMap;

/// Fewest draws that are taken: below, not even the middle half is told.
pub const DRAWS_MIN: usize = 10;
/// Draws below which each is widened to a negative binomial of [`WIDENED_SIZE`] around it.
pub const DRAWS_ENOUGH: usize = 200;
/// The size of those: that by which the baseline widens past months.
pub const WIDENED_SIZE: f64 = 2.0;
/// Fewest quantiles that are taken.
pub const LEVELS_MIN: usize = 3;
/// The lowest level is at most this, and the highest at least one less it.
pub const LEVEL_SPAN: f64 = 0.25;
/// Points at which quantiles are read off: each stands for an equal part of the probability.
const POINTS: usize = 2000;

/// What an institute states of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Stated {
    /// A whole distribution of deaths.
    Deaths(Distribution),
    /// The probability of [`CONFLICT_DEATHS`] or more, and nothing else.
    Conflict(f64),
}

impl Stated {
    /// Returns the probability of [`CONFLICT_DEATHS`] or more.
    #[must_use]
    pub fn conflict(&self) -> f64 {
        match self {
            Self::Deaths(deaths) => deaths.at_least(CONFLICT_DEATHS),
            Self::Conflict(probability) => *probability,
        }
    }
}

/// What an institute handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Whose.
    pub institute: String,
    /// As what it came.
    pub form: Form,
    /// By unit and month.
    pub cells: BTreeMap<(AreaId, Month), Stated>,
    /// Cells whose draws were too few, so that each was widened.
    pub widened: usize,
}

/// Why something cannot be taken, and where.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}{what}", .at.map(|(unit, month)| format!("{unit} in {month}: ")).unwrap_or_default())]
pub struct BadSubmission {
    /// The cell, where one is to blame.
    pub at: Option<(AreaId, Month)>,
    /// What is wrong.
    pub what: BadSubmissionKind,
}

/// What is wrong with a submission.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSubmissionKind {
    /// The institute's name.
    #[error("an institute's name is 1 to {NAME_LEN_MAX} bytes in one line")]
    Name,
    /// Nothing.
    #[error("nothing is stated")]
    Empty,
    /// A unit that the round does not ask for.
    #[error("the round has no such unit")]
    Unit,
    /// A month that the round does not ask for.
    #[error("the round asks for {} to {}", .0.0, .0.1)]
    Month((Month, Month)),
    /// The same draw, level or probability stands there again.
    #[error("{0} stands there twice")]
    Twice(String),
    /// Too few draws.
    #[error(
        "{0} draws, and at least {DRAWS_MIN} are needed; under {DRAWS_ENOUGH}, each is widened, and they are never resampled"
    )]
    FewDraws(usize),
    /// Too many draws.
    #[error("{0} draws, and at most {DRAWS_MAX} are taken")]
    ManyDraws(usize),
    /// A level that is none.
    #[error("a quantile's level lies between 0 and 1, not at {0}")]
    Level(f64),
    /// Too few quantiles, or none at one side.
    #[error("at least {LEVELS_MIN} quantiles are needed, the lowest at {LEVEL_SPAN} or below, the highest at {} or above", 1.0 - LEVEL_SPAN)]
    Levels,
    /// A higher level with a lower outcome.
    #[error("the quantiles cross: {} at level {}, and {} at {}", .low.1, .low.0, .high.1, .high.0)]
    Crossing {
        /// The lower level and its outcome.
        low: (f64, f64),
        /// The next.
        high: (f64, f64),
    },
}

/// Brings an institute's rows into one form.
///
/// Draws of at least [`DRAWS_ENOUGH`] stand for themselves, rounded to whole counts. Fewer are each widened to a negative
/// binomial of size [`WIDENED_SIZE`] around it, certainty of nothing around 0: what is near a draw is then possible, and
/// nothing is made up from the draws' waves. Quantiles are joined by straight lines: from no deaths at level 0 to the lowest,
/// and beyond the highest as steep as the last piece.
///
/// # Errors
/// [`BadSubmission`], for the first cell that cannot be taken. Half of a submission is not what its author says, so that one bad
/// cell refuses all.
pub fn assemble(
    institute: &str,
    round: &Round,
    form: Form,
    rows: impl IntoIterator<Item = StatedRow>,
) -> Result<Submission, BadSubmission> {
    let fault = |at, what| BadSubmission { at, what };
    let line = !institute.contains(char::is_control);
    if institute.trim().is_empty() || institute.len() > NAME_LEN_MAX || !line {
        return Err(fault(None, BadSubmissionKind::Name));
    }
    let mut pairs: BTreeMap<(AreaId, Month), Vec<(f64, f64)>> = BTreeMap::new();
    for StatedRow { area, month, at, value } in rows {
        let cell = (area, month);
        if !round.units.contains(&area) {
            return Err(fault(Some(cell), BadSubmissionKind::Unit));
        }
        if !(round.months.0..=round.months.1).contains(&month) {
            return Err(fault(Some(cell), BadSubmissionKind::Month(round.months)));
        }
        pairs.entry(cell).or_default().push((at, value));
    }
    if pairs.is_empty() {
        return Err(fault(None, BadSubmissionKind::Empty));
    }
    let (mut cells, mut widened) = (BTreeMap::new(), 0);
    for (cell, mut pairs) in pairs {
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        widened += usize::from(form == Form::Draws && pairs.len() < DRAWS_ENOUGH);
        let stated = stated(form, &pairs).map_err(|what| fault(Some(cell), what))?;
        cells.insert(cell, stated);
    }
    Ok(Submission { institute: institute.to_owned(), form, cells, widened })
}

/// Brings one cell into the common form; `pairs` ascend by draw or level.
fn stated(form: Form, pairs: &[(f64, f64)]) -> Result<Stated, BadSubmissionKind> {
    let twice =
        pairs.iter().zip(pairs.iter().skip(1)).find(|(one, next)| one.0.total_cmp(&next.0).is_eq());
    if let Some(((at, _), _)) = twice {
        return Err(BadSubmissionKind::Twice(match form {
            Form::Draws => format!("draw {at}"),
            Form::Quantiles => format!("level {at}"),
            Form::Probability => "a probability".to_owned(),
        }));
    }
    match form {
        Form::Draws => draws(pairs).map(Stated::Deaths),
        Form::Quantiles => quantiles(pairs).map(Stated::Deaths),
        Form::Probability => {
            pairs.first().map(|(_, p)| Stated::Conflict(*p)).ok_or(BadSubmissionKind::Empty)
        }
    }
}

fn draws(pairs: &[(f64, f64)]) -> Result<Distribution, BadSubmissionKind> {
    let count = pairs.len();
    if count < DRAWS_MIN {
        return Err(BadSubmissionKind::FewDraws(count));
    }
    if count > DRAWS_MAX {
        return Err(BadSubmissionKind::ManyDraws(count));
    }
    let outcomes = pairs.iter().map(|(_, outcome)| outcome.round());
    if count >= DRAWS_ENOUGH {
        return Ok(of_points(outcomes));
    }
    let wide = outcomes.map(|mean| {
        let component = if mean > 0.0 {
            Component::NegativeBinomial {
                mean: mean.min(crate::forecast::mixture::MEAN_MAX),
                size: WIDENED_SIZE,
            }
        } else {
            Component::Point(0)
        };
        (1.0, component)
    });
    // Every weight is 1 and every mean in range.
    Mixture::new(wide.collect())
        .map(|mixture| mixture.distribution())
        .map_err(|_| BadSubmissionKind::Empty)
}

fn quantiles(pairs: &[(f64, f64)]) -> Result<Distribution, BadSubmissionKind> {
    if let Some((level, _)) = pairs.iter().find(|(level, _)| *level <= 0.0 || *level >= 1.0) {
        return Err(BadSubmissionKind::Level(*level));
    }
    let spans = pairs
        .first()
        .zip(pairs.last())
        .is_some_and(|(low, high)| low.0 <= LEVEL_SPAN && high.0 >= 1.0 - LEVEL_SPAN);
    if pairs.len() < LEVELS_MIN || !spans {
        return Err(BadSubmissionKind::Levels);
    }
    let mut neighbours = pairs.iter().zip(pairs.iter().skip(1));
    if let Some((low, high)) = neighbours.find(|(low, high)| high.1 < low.1) {
        return Err(BadSubmissionKind::Crossing { low: *low, high: *high });
    }
    let points = (0..POINTS).map(|at| {
        let level = (at as f64 + 0.5) / POINTS as f64;
        outcome_at(pairs, level).round()
    });
    Ok(of_points(points))
}

/// Returns the outcome at a level: between two quantiles on the line that joins them.
fn outcome_at(pairs: &[(f64, f64)], level: f64) -> f64 {
    let at = pairs.partition_point(|(known, _)| *known < level);
    let nothing = (0.0, 0.0);
    let low = at.checked_sub(1).and_then(|before| pairs.get(before)).copied().unwrap_or(nothing);
    let (from, to) = match pairs.get(at) {
        Some(high) => (low, *high),
        // Beyond the highest: the last piece goes on.
        None => (
            pairs.len().checked_sub(2).and_then(|one| pairs.get(one)).copied().unwrap_or(nothing),
            low,
        ),
    };
    let slope = (to.1 - from.1) / (to.0 - from.0);
    to.1 + slope * (level - to.0)
}

/// Returns the distribution of equally likely whole counts.
fn of_points(points: impl IntoIterator<Item = f64>) -> Distribution {
    let mut mass: Vec<f64> = Vec::new();
    for point in points {
        let cell = cell_of(whole(point));
        if mass.len() <= cell {
            mass.resize(cell + 1, 0.0);
        }
        if let Some(share) = mass.get_mut(cell) {
            *share += 1.0;
        }
    }
    Distribution::from_mass(mass)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the reader takes whole numbers up to some millions; a line beyond the last quantile stays far below 2^53"
)]
fn whole(point: f64) -> u64 {
    point.max(0.0) as u64
}
