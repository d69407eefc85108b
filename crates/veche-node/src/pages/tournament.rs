//! The institutes' tournament: rounds, boards, and a distribution to be drawn.

use super::alarms::{act_form, counted, filled, next_act};
use super::forecast::{chart, interval, signed, verdict};
use super::sight::Sight;
use crate::picture::handed::{day_of, handed_in, kinds, terms};
use crate::picture::rounds::{From, Rounds, Seen};
use std::collections::BTreeMap;
use veche_desk::{
    BoardRow, BoardView, CalibrationView, DissentRow, DrawPage, DrawnMonth, Fan, FanBand, FanMonth,
    HandedRow, Link, RoundPage, RoundRow, State, Tone, TournamentPage, Weight,
};
use veche_ledger::Value;
use veche_picture::tournament::{
    Board, Calibration, Measure, Round, Standing, Stated, Submission, read_file,
};
use veche_picture::{AreaId, History, Month, Series};

/// Differences that a round lists.
const DISSENT_MAX: usize = 20;
/// Months of the past that a chart shows.
const PAST_MONTHS: usize = 24;
/// The levels at which a distribution is drawn: the parameter, the level, and how people say it.
pub const LEVELS: [(&str, f64, &str); 5] = [
    ("q05", 0.05, "5 %"),
    ("q25", 0.25, "25 %"),
    ("q50", 0.5, "half"),
    ("q75", 0.75, "75 %"),
    ("q95", 0.95, "95 %"),
];

/// Returns the tournament; `None` of rounds is the page that says how one begins.
#[must_use]
pub fn tournament(sight: &Sight<'_>, rounds: Option<&Rounds>) -> TournamentPage {
    let Some(rounds) = rounds else { return TournamentPage::default() };
    let seen = all(sight, rounds);
    let mut series: Vec<&Series> = seen.iter().map(|seen| &seen.round.series).collect();
    series.sort();
    series.dedup();
    let mut boards = Vec::new();
    for series in series {
        let of: Vec<Seen<'_>> =
            all(sight, rounds).into_iter().filter(|seen| seen.round.series == *series).collect();
        boards.extend(Measure::ALL.into_iter().filter_map(|measure| {
            let board = rounds.board(measure, &of);
            (!board.standings.is_empty()).then(|| board_view(&board, &format!("{series}: ")))
        }));
    }
    TournamentPage {
        note: rounds.note().map(str::to_owned),
        rounds: seen.iter().rev().map(|seen| round_row(sight, rounds, seen)).collect(),
        boards,
    }
}

fn all<'r>(sight: &Sight<'_>, rounds: &'r Rounds) -> Vec<Seen<'r>> {
    let names = rounds.rounds().map(|round| round.name.as_str());
    names.filter_map(|name| rounds.seen(sight.node, &counted(sight), name)).collect()
}

fn round_row(sight: &Sight<'_>, rounds: &Rounds, seen: &Seen<'_>) -> RoundRow {
    let round = seen.round;
    RoundRow {
        link: Link::new(&format!("/tournament/{}", round.name), &round.name),
        about: format!("{}, from the end of {}", round.series, round.origin),
        months: format!("{} to {}", round.months.0, round.months.1),
        closes: round.closes.to_string(),
        state: state(sight, rounds, round),
        handed_in: seen.counting.len() as u64,
    }
}

fn is_open(sight: &Sight<'_>, round: &Round) -> bool {
    day_of(sight.now).is_ok_and(|today| today <= round.closes)
}

fn state(sight: &Sight<'_>, rounds: &Rounds, round: &Round) -> State {
    let known = rounds
        .truth(&round.series)
        .and_then(|(panel, _)| panel.histories().filter_map(History::last).max());
    if is_open(sight, round) {
        State::new("open", Tone::Care)
    } else if known.is_some_and(|known| known >= round.months.1) {
        State::new("over", Tone::Plain)
    } else {
        State::new("closed, not all is known", Tone::Plain)
    }
}

fn board_view(board: &Board, of: &str) -> BoardView {
    BoardView {
        title: format!("{of}{}", board.measure.title()),
        rows: board.standings.iter().map(board_row).collect(),
    }
}

fn board_row(one: &Standing) -> BoardRow {
    let cells = format!("{}, {:.0} % of those known", one.cells, 100.0 * one.coverage);
    let (difference, interval, verdict) = match one.difference {
        Some(found) => (signed(found.share), interval(found), verdict(found).to_owned()),
        None => ("–".to_owned(), "–".to_owned(), "no comparison".to_owned()),
    };
    BoardRow {
        institute: one.institute.clone(),
        mean: format!("{:.4}", one.mean),
        baseline: format!("{:.4}", one.baseline),
        difference,
        interval,
        verdict,
        cells,
    }
}

/// Returns a round's page; `None` if there is none of that name.
#[must_use]
pub fn round(sight: &Sight<'_>, rounds: Option<&Rounds>, name: &str) -> Option<RoundPage> {
    let rounds = rounds?;
    let seen = rounds.seen(sight.node, &counted(sight), name)?;
    let pooled = rounds.pool(&seen, &all(sight, rounds));
    let record = |leaf| Link::new(&format!("/records/{leaf}"), "record");
    let handed = seen.counting.iter().map(|one| HandedRow {
        institute: one.submission.institute.clone(),
        received: one.received.to_string(),
        form: one.submission.form.word().to_owned(),
        cells: format!("{} of {}", one.submission.cells.len(), seen.round.cells()),
        weight: pooled
            .weights
            .get(&one.submission.institute)
            .map_or_else(String::new, |weight| format!("{weight:.2}")),
        record: match one.from {
            From::File => None,
            From::Record(leaf) => Some(record(leaf)),
        },
    });
    let names = Names { rounds, round: seen.round };
    // Who has not said yet what he expects is not shown what others do: he would repeat it.
    let dissent =
        if is_open(sight, seen.round) { Vec::new() } else { pooled.dissent(&seen.submissions()) };
    let dissent = dissent.iter().take(DISSENT_MAX).map(|one| DissentRow {
        institute: one.institute.clone(),
        unit: names.of(one.unit),
        month: one.month.to_string(),
        stated: format!("{:.2}", one.stated),
        pooled: format!("{:.2}", one.pooled),
    });
    let judged = rounds.judged(&seen);
    let known = judged.as_ref().map_or(0, |(baseline, _)| baseline.cells.len());
    let boards = Measure::ALL.into_iter().filter_map(|measure| {
        let board = rounds.board(measure, std::slice::from_ref(&seen));
        (!board.standings.is_empty() && known > 0).then(|| board_view(&board, ""))
    });
    Some(RoundPage {
        note: rounds.note().map(str::to_owned),
        round: round_row(sight, rounds, &seen),
        handed_in: handed.collect(),
        waiting: seen
            .waiting
            .iter()
            .map(|one| (record(one.leaf), one.submission.institute.clone()))
            .collect(),
        faulty: seen.faulty.iter().map(|(leaf, why)| (record(*leaf), why.clone())).collect(),
        known: format!("{known} of {} cells are known.", seen.round.cells()),
        boards: boards.collect(),
        dissent: dissent.collect(),
        units: names.links(),
    })
}

/// The names of a round's units.
struct Names<'r> {
    rounds: &'r Rounds,
    round: &'r Round,
}

impl Names<'_> {
    fn history(&self, unit: AreaId) -> Option<&History> {
        self.rounds.truth(&self.round.series)?.0.get(unit)
    }

    fn of(&self, unit: AreaId) -> String {
        self.history(unit).map_or_else(|| unit.to_string(), History::name)
    }

    fn links(&self) -> Vec<Link> {
        let link = |unit: &AreaId| {
            Link::new(&format!("/tournament/{}/{unit}", self.round.name), &self.of(*unit))
        };
        let mut links: Vec<Link> = self.round.units.iter().map(link).collect();
        links.sort_by(|a, b| a.text.cmp(&b.text));
        links
    }
}

/// What a visitor drew: for whom, and by level the outcomes of the months in their order.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    /// The institute or expert.
    pub institute: String,
    /// The outcomes, as typed.
    pub outcomes: BTreeMap<String, Vec<String>>,
}

impl Drawing {
    fn at(&self, level: &str, month: usize) -> &str {
        self.outcomes.get(level).and_then(|all| all.get(month)).map_or("", String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.outcomes.values().flatten().all(|text| text.trim().is_empty())
    }

    /// Returns the rows of a month: level and outcome; none where it was left empty.
    fn rows(&self, month: usize) -> Result<Vec<(f64, u64)>, String> {
        let mut rows: Vec<(f64, u64)> = Vec::new();
        let mut empty = 0;
        for (name, level, said) in LEVELS {
            let text = self.at(name, month).trim();
            if text.is_empty() {
                empty += 1;
                continue;
            }
            let outcome: u64 = text
                .parse()
                .map_err(|_| format!("{said}: “{text}” is no whole number of deaths"))?;
            if let Some((_, before)) = rows.last().filter(|(_, before)| *before > outcome) {
                return Err(format!("{said}: {outcome} is less than {before} at the level before"));
            }
            rows.push((level, outcome));
        }
        if empty > 0 && empty < LEVELS.len() {
            return Err("fill in all five, or none".to_owned());
        }
        Ok(rows)
    }
}

/// What was drawn, as a file.
struct Drawn {
    months: Vec<DrawnMonth>,
    /// The file's rows for this unit.
    rows: Vec<String>,
    /// What it states, if nothing is wrong with it.
    submission: Option<Submission>,
    error: Option<String>,
}

/// The header of a file of what is drawn.
const HEADER: &str = "country_id,month_id,quantile,outcome";

fn drawn(round: &Round, unit: AreaId, drawing: &Drawing) -> Drawn {
    let (mut months, mut rows, mut is_wrong) = (Vec::new(), Vec::new(), false);
    for (at, month) in round.target_months().enumerate() {
        let found = drawing.rows(at);
        let line = |(level, outcome): &(f64, u64)| {
            format!("{},{},{level},{outcome}", unit.number(), month.id())
        };
        rows.extend(found.iter().flatten().map(line));
        is_wrong |= found.is_err();
        months.push(DrawnMonth {
            month: month.to_string(),
            values: LEVELS.iter().map(|(name, ..)| drawing.at(name, at).to_owned()).collect(),
            chance: String::new(),
            error: found.err(),
        });
    }
    let mut drawn = Drawn { months, rows, submission: None, error: None };
    if drawing.is_empty() || is_wrong {
        return drawn;
    }
    let file = format!("{HEADER}\n{}", drawn.rows.join("\n"));
    match read_file(file.as_bytes(), round, &drawing.institute) {
        Ok(submission) => drawn.submission = Some(submission),
        Err(error) => drawn.error = Some(error.to_string()),
    }
    for (month, at) in drawn.months.iter_mut().zip(round.target_months()) {
        let stated = drawn.submission.as_ref().and_then(|one| one.cells.get(&(unit, at)));
        month.chance = stated
            .map(|stated| veche_picture::forecast::explain::percent(stated.conflict()))
            .unwrap_or_default();
    }
    drawn
}

/// Returns a unit of a round to be drawn; `None` if there is none.
#[must_use]
pub fn draw(
    sight: &Sight<'_>,
    rounds: Option<&Rounds>,
    name: &str,
    unit: &str,
    drawing: &Drawing,
) -> Option<DrawPage> {
    let rounds = rounds?;
    let seen = rounds.seen(sight.node, &counted(sight), name)?;
    let unit = AreaId::parse(unit).ok().filter(|unit| seen.round.units.contains(unit))?;
    let names = Names { rounds, round: seen.round };
    let drawn = drawn(seen.round, unit, drawing);
    let (sign, why_not) = signing(sight, &seen, unit, &drawn);
    let institute = drawing.institute.trim();
    let calibration = if institute.is_empty() {
        Calibration::default()
    } else {
        rounds.calibration(&all(sight, rounds), &seen.round.series, institute)
    };
    Some(DrawPage {
        note: rounds.note().map(str::to_owned),
        round: Link::new(&format!("/tournament/{}", seen.round.name), &seen.round.name),
        unit: names.of(unit),
        path: format!("/tournament/{}/{unit}", seen.round.name),
        institute: drawing.institute.clone(),
        levels: LEVELS
            .iter()
            .map(|(name, _, said)| ((*name).to_owned(), (*said).to_owned()))
            .collect(),
        fan: fan(&names, unit, drawn.submission.as_ref()),
        months: drawn.months,
        error: drawn.error,
        sign,
        why_not,
        calibration: (calibration.chances > 0).then(|| calibration_view(&calibration)),
    })
}

/// Returns the form that hands in what was drawn, together with what the same name said of other units before; or why there is none.
fn signing(
    sight: &Sight<'_>,
    seen: &Seen<'_>,
    unit: AreaId,
    drawn: &Drawn,
) -> (Option<veche_desk::Form>, Option<String>) {
    let why = |text: &str| (None, Some(text.to_owned()));
    let round = seen.round;
    if !is_open(sight, round) {
        return why("The round is closed: what is said now counts for nothing.");
    }
    let Some(submission) = &drawn.submission else {
        return why("Fill in a month and look at it first.");
    };
    let Some((kind, _)) = kinds(sight.charter()).next() else {
        return why("The charter has no act in which a forecast is handed in.");
    };
    let earlier = handed_in(sight.node, &counted(sight), round).0;
    let mut own = earlier.iter().filter(|one| one.submission.institute == submission.institute);
    let kept = own.next_back().map(|one| others(&one.content, unit)).unwrap_or_default();
    let mut rows = kept;
    rows.extend(drawn.rows.iter().cloned());
    // A form gives a text back without blanks at its end.
    let file = format!("{HEADER}\n{}", rows.join("\n"));
    let whole = match read_file(file.as_bytes(), round, &submission.institute) {
        Ok(whole) => whole,
        Err(error) => {
            return why(&format!("It cannot be joined to what was handed in before: {error}."));
        }
    };
    let terms = terms(round, &whole, file.as_bytes());
    if terms.get("content").is_none() {
        return why(
            "It no longer fits into a record: hand in a file with `veche tournament submit`.",
        );
    }
    let values: Vec<(&str, String)> = terms
        .as_map()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    let Some(form) = act_form(sight, "hand-in", kind) else {
        let refused = next_act(sight, kind).and_then(|act| act.refused);
        return why(
            &refused.map_or_else(|| "This seat signs nothing here.".to_owned(), |why| why.why)
        );
    };
    let mut form = filled(form, &values, true);
    form.weight = Weight::Primary;
    let cells = whole.cells.len();
    form.note = Some(format!(
        "With what was handed in before, {cells} of {} months of units, for “{}”. {}",
        round.cells(),
        whole.institute,
        form.note.unwrap_or_default()
    ));
    (Some(form), None)
}

fn text(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns the rows of a file that are of other units; a file of another form has none that could be kept.
fn others(content: &str, unit: AreaId) -> Vec<String> {
    let mut lines = content.lines();
    if lines.next() != Some(HEADER) {
        return Vec::new();
    }
    let own = format!("{},", unit.number());
    lines.filter(|line| !line.is_empty() && !line.starts_with(&own)).map(str::to_owned).collect()
}

fn fan(names: &Names<'_>, unit: AreaId, submission: Option<&Submission>) -> Fan {
    let mut months = Vec::new();
    if let Some((panel, grid)) = names.rounds.truth(&names.round.series)
        && let Some(place) = grid.areas().position(|area| area == unit)
        && panel.get(unit).is_some()
    {
        let past = (0..PAST_MONTHS).rev().filter_map(|ago| {
            let month = names.round.origin.plus(-i32::try_from(ago).ok()?)?;
            Some(FanMonth {
                label: month.to_string(),
                came: Some(grid.count(place, month)?),
                band: None,
            })
        });
        months.extend(past);
    }
    let ahead = names.round.target_months().map(|month: Month| FanMonth {
        label: month.to_string(),
        came: None,
        band: submission.and_then(|one| band(one.cells.get(&(unit, month))?)),
    });
    months.extend(ahead);
    Fan { name: format!("{}, deaths by month", names.of(unit)), months }
}

fn band(stated: &Stated) -> Option<FanBand> {
    let Stated::Deaths(deaths) = stated else { return None };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, which is what is wanted of a count"
    )]
    let at = |level: f64| deaths.quantile(level) as u64;
    Some(FanBand {
        low: at(0.05),
        inner: Some((at(0.25), at(0.75))),
        middle: at(0.5),
        high: at(0.95),
    })
}

fn calibration_view(found: &Calibration) -> CalibrationView {
    let mut said = Vec::new();
    if found.cells > 0 {
        let share = |within: usize| 100.0 * within as f64 / found.cells as f64;
        said.push(format!(
            "Of {} months with a distribution, {:.0} % came between its 25 % and 75 %, and {:.0} % between its 5 % and 95 %: for counts, \
             half and nine tenths or more are as it should be.",
            found.cells,
            share(found.within_half),
            share(found.within_nine_tenths)
        ));
    }
    said.push(format!("{} chances of 25 deaths or more in a month can be judged.", found.chances));
    CalibrationView { said, reliability: chart(&found.reliability) }
}
