//! Scores, boards, the pool and who says otherwise.

use super::store::Rounds;
use crate::answer::{Answer, counted};
use crate::failure::{Failure, FailureKind};
use crate::picture::find::{load, named};
use crate::picture::store::Store;
use crate::screen;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use veche_node::picture::rounds::tracks as of_board;
use veche_picture::forecast::Grid;
use veche_picture::tournament::{
    Board, Measure, Pool, Round, Scored, Standing, Submission, Track, baseline, pool,
    score as scored,
};
use veche_picture::{Panel, Series};

/// Most lines of dissent that are shown.
const DISSENT_SHOWN: usize = 10;

/// A round with what its submissions came to.
struct Judged {
    round: Round,
    submissions: Vec<Submission>,
    baseline: Scored,
    scored: Vec<Scored>,
}

impl Judged {
    fn of(rounds: &Rounds, round: Round, grid: &Grid) -> Result<Self, Failure> {
        let submissions = rounds.submissions(&round)?;
        let yardstick = scored(&baseline(&round, grid), grid);
        let each = submissions.iter().map(|one| scored(one, grid)).collect();
        Ok(Self { round, submissions, baseline: yardstick, scored: each })
    }

    fn parts(&self) -> (&Round, &Scored, &[Scored]) {
        (&self.round, &self.baseline, &self.scored)
    }
}

fn truth(store: &Path, series: &Series) -> Result<(Panel, Grid), Failure> {
    let store = Store::open(store)?;
    let panel = load(&store, &named(&store, series.clone())?)?;
    let grid = Grid::new(&panel)
        .map_err(|error| Failure::new(FailureKind::Tournament(format!("cannot score: {error}"))))?;
    Ok((panel, grid))
}

/// Scores one round.
pub(super) fn score(rounds: &Rounds, name: &str, store: &Path) -> Result<Answer, Failure> {
    let round = rounds.round(name)?;
    let (panel, grid) = truth(store, &round.series)?;
    let judged = Judged::of(rounds, round, &grid)?;
    let (cells, known) = (judged.round.cells(), judged.baseline.cells.len());
    let mut lines = vec![format!(
        "round {name}: {} handed in; {known} of {cells} cells are known",
        counted(judged.submissions.len(), "forecast")
    )];
    let boards: Vec<Board> =
        Measure::ALL.into_iter().map(|measure| Board::of(measure, &[judged.parts()])).collect();
    for board in boards.iter().filter(|board| !board.standings.is_empty() && known > 0) {
        lines.push(String::new());
        lines.extend(table(board));
    }
    let tracks = tracks(rounds, &judged.round, &grid)?;
    let pooled = pool(&judged.submissions, &tracks);
    lines.push(String::new());
    lines.extend(pool_lines(&pooled, &judged, &grid));
    let dissent = pooled.dissent(&judged.submissions);
    lines.push(format!(
        "says otherwise than the pool by 0.2 or more: {}",
        counted(dissent.len(), "cell")
    ));
    lines.extend(dissent.iter().take(DISSENT_SHOWN).map(|one| {
        let unit =
            panel.get(one.unit).map_or_else(|| one.unit.to_string(), veche_picture::History::name);
        format!(
            "  {}: {} in {}, {:.2} against {:.2} of 25 deaths or more",
            screen::one_line(&one.institute),
            screen::one_line(&unit),
            one.month,
            one.stated,
            one.pooled
        )
    }));
    let told = json!({
        "round": name,
        "cells": cells,
        "known": known,
        "boards": boards,
        "weights": pooled.weights,
        "dissent": dissent,
    });
    Ok(Answer::new(lines.join("\n"), told))
}

/// Says how the pool weighs, and how it did itself.
fn pool_lines(pooled: &Pool, judged: &Judged, grid: &Grid) -> Vec<String> {
    let weights: Vec<String> = pooled
        .weights
        .iter()
        .map(|(institute, weight)| format!("{} {weight:.2}", screen::one_line(institute)))
        .collect();
    let mut lines = vec![format!(
        "pool: {}",
        if weights.is_empty() { "nobody".to_owned() } else { weights.join(", ") }
    )];
    let of_pool = scored(&pooled.as_submission(), grid);
    let board = Board::of(Measure::CrpsLog, &[(&judged.round, &judged.baseline, &[of_pool])]);
    lines.extend(board.standings.iter().map(|one| format!("  {}", line(one))));
    lines
}

/// Returns how good each institute was in the rounds that were over when this one began: a pool does not know the future.
fn tracks(rounds: &Rounds, round: &Round, grid: &Grid) -> Result<BTreeMap<String, Track>, Failure> {
    let mut over = Vec::new();
    for name in rounds.names()? {
        let other = rounds.round(&name)?;
        if other.series == round.series && other.months.1 <= round.origin {
            over.push(Judged::of(rounds, other, grid)?);
        }
    }
    let parts: Vec<_> = over.iter().map(Judged::parts).collect();
    Ok(of_board(&Board::of(Measure::CrpsLog, &parts)))
}

/// Shows the board over all rounds of each series.
pub(super) fn board(
    rounds: &Rounds,
    measure: Measure,
    series: Option<Series>,
    store: &Path,
) -> Result<Answer, Failure> {
    let mut by_series: BTreeMap<Series, Vec<Round>> = BTreeMap::new();
    for name in rounds.names()? {
        let round = rounds.round(&name)?;
        if series.as_ref().is_none_or(|series| *series == round.series) {
            by_series.entry(round.series.clone()).or_default().push(round);
        }
    }
    let (mut lines, mut told) = (Vec::new(), Vec::new());
    for (series, of_series) in by_series {
        let (_, grid) = truth(store, &series)?;
        let judged: Vec<Judged> = of_series
            .into_iter()
            .map(|round| Judged::of(rounds, round, &grid))
            .collect::<Result<_, _>>()?;
        let parts: Vec<_> = judged.iter().map(Judged::parts).collect();
        let board = Board::of(measure, &parts);
        lines.push(format!("{series}, {}", counted(judged.len(), "round")));
        lines.extend(table(&board));
        told.push(json!({ "series": series, "rounds": judged.len(), "board": board }));
    }
    if lines.is_empty() {
        lines.push("there is no round".to_owned());
    }
    Ok(Answer::new(lines.join("\n"), json!({ "boards": told })))
}

fn table(board: &Board) -> Vec<String> {
    let mut lines = vec![format!(
        "{}, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew",
        board.measure.title()
    )];
    lines.extend((1..).zip(&board.standings).map(|(rank, one)| format!("  {rank}. {}", line(one))));
    lines
}

fn line(one: &Standing) -> String {
    let against = one.difference.map_or_else(
        || "no comparison".to_owned(),
        |d| format!("{:+.1} % ({:+.1} to {:+.1})", 100.0 * d.share, 100.0 * d.low, 100.0 * d.high),
    );
    format!(
        "{}: {:.4}, baseline {:.4}: {against}; {} cells, {:.0} % of those known",
        screen::one_line(&one.institute),
        one.mean,
        one.baseline,
        one.cells,
        100.0 * one.coverage
    )
}
