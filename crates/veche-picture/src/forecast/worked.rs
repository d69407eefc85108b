//! What follows from a run and takes a while: how good its rule was before, and what a rule that learns says.
//!
//! It can be made anew from the run at any time, and is kept beside it to save that time: [`Worked::text`] and
//! [`Worked::read`], `formats/forecast-run.md`. A text that does not fit the run, or was made by another version of this
//! program, is not read.

mod text;

pub use text::{FORMAT, Unfit};

use super::ahead::{Ahead, Said};
use super::explain::{Change, WHAT_IF};
use super::ladder::features::{Known, world};
use super::mixture::Mixture;
use super::run::{HORIZONS, Learnt, Reasons, Run};
use super::score::CONFLICT_DEATHS;
use super::sums::SPANS;
use super::track::Record;

/// What follows from a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Worked {
    record: Record,
    /// By unit, where the rule learns; else none.
    told: Vec<Told>,
}

/// What a rule that learns says of a unit.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    /// By month ahead.
    said: Vec<Said>,
    /// By count of [`WHAT_IF`]: the chance of conflict in the three months after the next.
    changes: Vec<f64>,
    reasons: Option<Reasons>,
}

impl Worked {
    /// Works out what follows from a run. `each` is told how many units are done.
    ///
    /// Trees take a minute for the countries of the world; the other rules, some seconds.
    #[must_use]
    pub fn of(run: &Run, each: &mut dyn FnMut(usize)) -> Self {
        Self { told: told(run), record: Record::of(run, each) }
    }

    /// Returns how good the rule was before.
    #[must_use]
    pub const fn record(&self) -> &Record {
        &self.record
    }

    /// Returns what is forecast of the unit at that place in the run that this was worked out from.
    #[must_use]
    pub fn ahead(&self, run: &Run, at: usize) -> Ahead {
        let of = |unit: &super::run::Unit| match self.told.get(at) {
            Some(told) => {
                let counts: Vec<f64> = unit.counts().iter().copied().map(f64::from).collect();
                Ahead::each(&counts, &told.said)
            }
            None => run.month_of(unit).map(Ahead::same),
        };
        // A unit has twelve counts or more, all within what a mixture takes: this is never the other.
        run.units().get(at).and_then(of).unwrap_or_else(|| Ahead::same(Mixture::certain(0)))
    }

    /// Returns what would change the chance of the unit at that place.
    #[must_use]
    pub fn changes(&self, run: &Run, at: usize) -> Vec<Change> {
        if let Some(told) = self.told.get(at) {
            let pairs = WHAT_IF.into_iter().zip(&told.changes);
            return pairs.map(|(count, chance)| Change { count, chance: *chance }).collect();
        }
        let change = |count: u32| {
            let mut counts = run.units().get(at)?.counts().to_vec();
            counts.push(count);
            let ahead = Ahead::same(run.rule().mixture(&counts)?);
            Some(Change { count, chance: ahead.chance_soon(CONFLICT_DEATHS) })
        };
        WHAT_IF.into_iter().filter_map(change).collect()
    }

    /// Returns what moved the trees for the unit at that place, where trees forecast.
    #[must_use]
    pub fn reasons(&self, at: usize) -> Option<&Reasons> {
        self.told.get(at)?.reasons.as_ref()
    }
}

/// Returns what a rule that learns says of each unit; nothing for others.
fn told(run: &Run) -> Vec<Told> {
    let grid = run.grid();
    let Some(past) = grid.until(run.origin()) else { return Vec::new() };
    let Some(learnt) = Learnt::learn(run.rule(), past) else { return Vec::new() };
    let world = world(past, 0);
    let of = |unit: usize| {
        let known = Known::at(past, unit, 0, world);
        let said = learnt.said(known, run.origin(), HORIZONS)?;
        let changes = WHAT_IF.iter().map(|count| change(run, &learnt, known, *count));
        let changes = changes.collect::<Option<Vec<f64>>>()?;
        Some(Told { said, changes, reasons: learnt.reasons(known, run.origin()) })
    };
    (0..past.len()).map_while(of).collect()
}

/// Returns the chance for the three months after the next, if so many are counted in that, and as much of other kinds as in
/// the last.
fn change(run: &Run, learnt: &Learnt, known: Known<'_>, count: u32) -> Option<f64> {
    let next = f64::from(count);
    let counts = [known.counts, &[next]].concat();
    let wider = known.wider.map(|wider| {
        let last = wider.last().zip(known.counts.last());
        let other = last.map_or(0.0, |(wider, own)| wider - own);
        [wider, &[next + other]].concat()
    });
    let known = Known { counts: &counts, wider: wider.as_deref(), ..known };
    let ahead = learnt.ahead(known, run.ahead(1)?, SPANS[0])?;
    Some(ahead.chance_soon(CONFLICT_DEATHS))
}
