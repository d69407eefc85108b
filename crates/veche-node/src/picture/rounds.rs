//! The rounds of the institutes' tournament that a node was given, with the counts that they are judged by.

use super::handed::{HandedIn, handed_in};
use super::words::Counted;
use crate::node::Node;
use std::collections::BTreeMap;
use veche_council::view::RecordView;
use veche_ledger::Hash;
use veche_picture::forecast::Grid;
use veche_picture::tournament::{
    Board, Calibration, Entries, Measure, Pool, Round, Scored, Standing, Submission, Track,
    baseline, calibration, pool, score,
};
use veche_picture::{Date, Panel, Series};

/// A round with the files that were handed in for it.
#[derive(Debug, Clone)]
pub struct Given {
    /// The round.
    pub round: Round,
    /// What came in as files.
    pub entries: Entries,
    /// Those of them that count.
    pub submissions: Vec<Submission>,
}

/// Rounds and truth.
#[derive(Debug, Default)]
pub struct Rounds {
    given: Vec<Given>,
    truth: BTreeMap<Series, (Panel, Grid)>,
    /// What a reader must know of them: that they are made up.
    note: Option<String>,
}

/// Where a submission is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// A file that the keeper of the tournament took.
    File,
    /// A record.
    Record(Hash),
}

/// A submission that counts in a round.
#[derive(Debug, Clone)]
pub struct Counting {
    /// The submission.
    pub submission: Submission,
    /// When it came.
    pub received: Date,
    /// Where it is from.
    pub from: From,
}

/// A round as a seat sees it.
#[derive(Debug)]
pub struct Seen<'r> {
    /// The round.
    pub round: &'r Round,
    /// What counts, one an institute, by name.
    pub counting: Vec<Counting>,
    /// What records hand in that no quorum has been seen to hold yet.
    pub waiting: Vec<HandedIn>,
    /// Records that look like a forecast and are none, and why.
    pub faulty: Vec<(Hash, String)>,
}

impl Seen<'_> {
    /// Returns the submissions that count.
    #[must_use]
    pub fn submissions(&self) -> Vec<Submission> {
        self.counting.iter().map(|one| one.submission.clone()).collect()
    }
}

impl Rounds {
    /// Returns rounds with what they are judged by; a series without counts is judged later.
    #[must_use]
    pub fn new(given: Vec<Given>, panels: impl IntoIterator<Item = (Series, Panel)>) -> Self {
        let truth = panels.into_iter().filter_map(|(series, panel)| {
            let grid = Grid::new(&panel).ok()?;
            Some((series, (panel, grid)))
        });
        Self { given, truth: truth.collect(), note: None }
    }

    /// Returns the same with a note for readers.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Returns what a reader must know of them.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns the rounds, in the order of their closing.
    pub fn rounds(&self) -> impl Iterator<Item = &Round> {
        let mut rounds: Vec<&Round> = self.given.iter().map(|given| &given.round).collect();
        rounds.sort_by_key(|round| (round.closes, &round.name));
        rounds.into_iter()
    }

    /// Returns the counts of a series.
    #[must_use]
    pub fn truth(&self, series: &Series) -> Option<&(Panel, Grid)> {
        self.truth.get(series)
    }

    /// Returns a round as a seat sees it; `None` if there is none of that name.
    pub fn seen(
        &self,
        node: &Node,
        counted: &Counted<impl Fn(&RecordView) -> bool>,
        name: &str,
    ) -> Option<Seen<'_>> {
        let given = self.given.iter().find(|given| given.round.name == name)?;
        let (handed, faulty) = handed_in(node, counted, &given.round);
        let mut counting: BTreeMap<String, Counting> = BTreeMap::new();
        for submission in &given.submissions {
            let entry = given.entries.standing_of(&submission.institute)?;
            let (submission, received) = (submission.clone(), entry.received);
            let institute = submission.institute.clone();
            counting.insert(institute, Counting { submission, received, from: From::File });
        }
        let mut waiting = Vec::new();
        for one in handed {
            let Some(received) = one.received else {
                waiting.push(one);
                continue;
            };
            let institute = one.submission.institute.clone();
            // A record of the same day stands in the place of a file: its time is proved.
            if counting.get(&institute).is_none_or(|other| other.received <= received) {
                let (submission, from) = (one.submission, From::Record(one.leaf));
                counting.insert(institute, Counting { submission, received, from });
            }
        }
        let counting = counting.into_values().collect();
        Some(Seen { round: &given.round, counting, waiting, faulty })
    }

    /// Returns a round's submissions and baseline, scored as far as it is known what came; `None` where no counts are here.
    #[must_use]
    pub fn judged(&self, seen: &Seen<'_>) -> Option<(Scored, Vec<Scored>)> {
        let (_, grid) = self.truth.get(&seen.round.series)?;
        let yardstick = score(&baseline(seen.round, grid), grid);
        let each = seen.counting.iter().map(|one| score(&one.submission, grid)).collect();
        Some((yardstick, each))
    }

    /// Returns the board of rounds of one series.
    #[must_use]
    pub fn board(&self, measure: Measure, rounds: &[Seen<'_>]) -> Board {
        let judged: Vec<(&Round, (Scored, Vec<Scored>))> =
            rounds.iter().filter_map(|seen| Some((seen.round, self.judged(seen)?))).collect();
        let parts: Vec<(&Round, &Scored, &[Scored])> =
            judged.iter().map(|(round, (base, each))| (*round, base, each.as_slice())).collect();
        Board::of(measure, &parts)
    }

    /// Returns what all say together in a round: weighed by how good each was in the rounds that were over when it began. A pool does
    /// not know the future.
    pub fn pool(&self, seen: &Seen<'_>, others: &[Seen<'_>]) -> Pool {
        let (series, origin) = (&seen.round.series, seen.round.origin);
        let is_over =
            |other: &&Seen<'_>| other.round.series == *series && other.round.months.1 <= origin;
        let over: Vec<(&Round, (Scored, Vec<Scored>))> = others
            .iter()
            .filter(is_over)
            .filter_map(|other| Some((other.round, self.judged(other)?)))
            .collect();
        let parts: Vec<(&Round, &Scored, &[Scored])> =
            over.iter().map(|(round, (base, each))| (*round, base, each.as_slice())).collect();
        pool(&seen.submissions(), &tracks(&Board::of(Measure::CrpsLog, &parts)))
    }

    /// Returns how far an institute's word on a series was borne out over rounds.
    #[must_use]
    pub fn calibration(
        &self,
        rounds: &[Seen<'_>],
        series: &Series,
        institute: &str,
    ) -> Calibration {
        let Some((_, grid)) = self.truth.get(series) else { return Calibration::default() };
        let of_series = rounds.iter().filter(|seen| seen.round.series == *series);
        let stated = of_series.flat_map(|seen| &seen.counting).map(|one| &one.submission);
        calibration(stated.filter(|submission| submission.institute == institute), grid)
    }
}

/// Returns the track record of each institute of a board.
#[must_use]
pub fn tracks(board: &Board) -> BTreeMap<String, Track> {
    let track = |one: &Standing| {
        let ratio = one.difference.map_or(1.0, |difference| 1.0 + difference.share);
        (one.institute.clone(), Track { cells: one.cells, ratio })
    };
    board.standings.iter().map(track).collect()
}
