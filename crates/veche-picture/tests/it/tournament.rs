//! Institutes' forecasts: what is taken, how it is judged, what all say together.

use crate::support::{WANTED, panel_csv, silent, vintage};
use std::collections::BTreeMap;
use veche_picture::date::Date;
use veche_picture::forecast::score::compare::Difference;
use veche_picture::forecast::{Grid, Scores};
use veche_picture::source::stated::{self, Form, StatedRow};
use veche_picture::tournament::score::BASELINE;
use veche_picture::tournament::submission::{DRAWS_ENOUGH, DRAWS_MIN};
use veche_picture::tournament::{
    Admitted, BadRound, Board, Entries, Entry, Measure, Pool, Round, Scored, Stated, Submission,
    Track, assemble, baseline, pool, score,
};
use veche_picture::{AreaId, Month, Panel, Scheme, Series, import_counts};

fn month(text: &str) -> Month {
    Month::parse(text).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn unit(number: u16) -> AreaId {
    AreaId::new(Scheme::Views, number)
}

/// Three units, from the counts up to December 2013, for January to March 2014.
fn round() -> Round {
    Round {
        name: "2014-q1".to_owned(),
        series: Series::parse("deaths").unwrap(),
        scheme: Scheme::Views,
        origin: month("2013-12"),
        months: (month("2014-01"), month("2014-03")),
        closes: date("2014-01-20"),
        units: [1, 2, 3].map(unit).into(),
    }
}

/// Reads rows below a header as a submission.
fn read(csv: &str) -> Result<Submission, String> {
    let mut rows = Vec::new();
    let mut bytes = csv.as_bytes();
    let read = stated::read(&mut bytes, Scheme::Views, &mut silent, &mut |row| rows.push(row));
    let (form, report) = read.map_err(|error| error.to_string())?;
    if let Some(problem) = report.examples.first() {
        return Err(format!("{} of {} rows: {problem}", report.skipped(), report.rows));
    }
    assemble("Lab", &round(), form, rows).map_err(|error| error.to_string())
}

/// Draws of unit 1 in January 2014 (`month_id` 409).
fn draws(outcomes: impl IntoIterator<Item = f64>) -> String {
    let rows = (0..).zip(outcomes).map(|(draw, outcome)| format!("409,1,{draw},{outcome}\n"));
    "month_id,country_id,draw,outcome\n".to_owned() + &rows.collect::<String>()
}

fn quantiles(pairs: &[(f64, f64)]) -> String {
    let rows = pairs.iter().map(|(level, outcome)| format!("409,1,{level},{outcome}\n"));
    "month_id,country_id,quantile,outcome\n".to_owned() + &rows.collect::<String>()
}

fn cell(submission: &Submission) -> &Stated {
    &submission.cells[&(unit(1), month("2014-01"))]
}

#[track_caller]
fn at_least(submission: &Submission, count: u64, wanted: f64) {
    let found = match cell(submission) {
        Stated::Deaths(deaths) => deaths.at_least(count),
        // A bare probability is no answer: it equals nothing.
        Stated::Conflict(_) => f64::NAN,
    };
    assert!((found - wanted).abs() < 0.005, "{found}, not {wanted}");
}

#[test]
fn draws_stand_for_themselves_and_too_few_are_widened() {
    // A fourth of 400 draws has 30 deaths, the rest none.
    let many = read(&draws((0..400).map(|at| if at % 4 == 0 { 30.0 } else { 0.0 }))).unwrap();
    assert_eq!((many.form, many.widened), (Form::Draws, 0));
    at_least(&many, 30, 0.25);
    at_least(&many, 31, 0.0);
    // Of twelve the same share: each is a negative binomial of mean 30 and size 2, so that 60 is possible.
    let few = read(&draws((0..12).map(|at| if at % 4 == 0 { 30.0 } else { 0.0 }))).unwrap();
    assert_eq!(few.widened, 1);
    // scipy: nbinom.sf(59, 2, 2 / 32) = 0.10442; nbinom.sf(0, 2, 2 / 32) = 0.99609.
    at_least(&few, 60, 0.25 * 0.10442);
    at_least(&few, 1, 0.25 * 0.99609);
    // A half is rounded to a whole count, and nothing is below none.
    let halves = read(&draws(vec![0.4; DRAWS_ENOUGH])).unwrap();
    at_least(&halves, 1, 0.0);
}

#[test]
fn quantiles_are_joined_by_lines() {
    let stated = read(&quantiles(&[(0.25, 0.0), (0.5, 10.0), (0.75, 30.0)])).unwrap();
    at_least(&stated, 1, 0.75 - 0.25 * 0.5 / 10.0);
    at_least(&stated, 10, 0.5 + 0.25 * 0.5 / 10.0);
    at_least(&stated, 20, 0.375 + 0.25 * 0.5 / 20.0);
    // Beyond the highest, as steep as the last piece: 50 at level 1.
    at_least(&stated, 40, 0.125 + 0.25 * 0.5 / 20.0);
    at_least(&stated, 51, 0.0);
}

#[test]
fn a_probability_is_scored_by_brier_alone() {
    let stated = read("month_id,country_id,probability\n409,1,0.2\n409,2,0\n409,3,1\n").unwrap();
    assert_eq!(cell(&stated), &Stated::Conflict(0.2));
    let panel = panel(&[(1, 30), (2, 30), (3, 30)]);
    let scored = score(&stated, &Grid::new(&panel).unwrap());
    let briers: Vec<f64> = scored.cells.iter().map(|cell| cell.conflict).collect();
    for (found, wanted) in briers.iter().zip([0.64, 1.0, 0.0]) {
        assert!((found - wanted).abs() < 1e-12, "{briers:?}");
    }
    assert!(scored.cells.iter().all(|cell| cell.deaths.is_none()));
}

#[test]
fn what_no_institute_can_mean_is_refused_with_its_place() {
    let good = |tail: &str| format!("month_id,country_id,probability\n409,1,0.2\n{tail}");
    for (csv, message) in [
        ("".to_owned(), "cannot read the input at line 1: it is empty"),
        (
            good("409,2,NaN\n"),
            "1 of 2 rows: line 3: column `probability`: not a number of this column's kind: `NaN`",
        ),
        (good("409,2,inf\n"), "1 of 2 rows: line 3: column `probability`: out of range: `inf`"),
        (good("409,2,-0.1\n"), "1 of 2 rows: line 3: column `probability`: out of range: `-0.1`"),
        (good("409,2,1.1\n"), "1 of 2 rows: line 3: column `probability`: out of range: `1.1`"),
        (good("409,2,\n"), "1 of 2 rows: line 3: column `probability`: no value"),
        (good("409,9,0.1\n"), "views:9 in 2014-01: the round has no such unit"),
        // Month ids off by nine.
        (good("400,1,0.1\n"), "views:1 in 2013-04: the round asks for 2014-01 to 2014-03"),
        (good("409,1,0.2\n"), "views:1 in 2014-01: a probability stands there twice"),
        (
            draws(vec![1.0; DRAWS_MIN - 1]),
            "views:1 in 2014-01: 9 draws, and at least 10 are needed; under 200, each is widened, and they are never resampled",
        ),
        (draws(vec![1.0; 10]) + "409,1,3,2\n", "views:1 in 2014-01: draw 3 stands there twice"),
        (
            draws(vec![1.0; 10]) + "409,1,11,1e300\n",
            "1 of 11 rows: line 12: column `outcome`: out of range: `1e300`",
        ),
        (
            draws(vec![1.0; 10]) + "409,1,-1,1\n",
            "1 of 11 rows: line 12: column `draw`: out of range: `-1`",
        ),
        (
            quantiles(&[(0.1, 1.0), (0.5, 8.0), (0.9, 7.0)]),
            "views:1 in 2014-01: the quantiles cross: 8 at level 0.5, and 7 at 0.9",
        ),
        (
            quantiles(&[(0.0, 0.0), (0.5, 1.0), (0.9, 7.0)]),
            "views:1 in 2014-01: a quantile's level lies between 0 and 1, not at 0",
        ),
        (
            quantiles(&[(0.4, 0.0), (0.5, 1.0), (0.9, 7.0)]),
            "views:1 in 2014-01: at least 3 quantiles are needed, the lowest at 0.25 or below, the highest at 0.75 or above",
        ),
        (
            quantiles(&[(0.1, 0.0), (0.9, 7.0)]),
            "views:1 in 2014-01: at least 3 quantiles are needed, the lowest at 0.25 or below, the highest at 0.75 or above",
        ),
        (
            "month_id,country_id,draw,quantile,outcome\n".to_owned(),
            "cannot read the input at line 2: the columns `draw`, `quantile` exclude each other: a file has draws, quantiles or probabilities",
        ),
        (
            "month_id,country_id,outcome\n".to_owned(),
            "cannot read the input at line 2: no column `draw`; found `month_id`, `country_id`, `outcome`",
        ),
    ] {
        assert_eq!(read(&csv).unwrap_err(), message);
    }
    let rows = || [StatedRow { area: unit(1), month: month("2014-01"), at: 0.0, value: 0.5 }];
    for name in ["", "  ", "two\nlines", &"x".repeat(81)] {
        assert!(assemble(name, &round(), Form::Probability, rows()).is_err(), "{name:?}");
    }
    assert!(assemble("Lab", &round(), Form::Probability, []).is_err());
}

#[test]
fn a_round_that_cannot_be_held_is_refused() {
    assert_eq!(round().check(), Ok(()));
    let late = Round { closes: date("2014-02-01"), ..round() };
    let (closes, first) = ("2014-02-01".to_owned(), month("2014-01"));
    assert_eq!(late.check(), Err(BadRound::ClosesLate { closes, first }));
    let early = Round { closes: date("2013-12-31"), ..round() };
    assert!(matches!(early.check(), Err(BadRound::ClosesEarly { .. })));
    for months in [("2013-12", "2014-03"), ("2014-03", "2014-01"), ("2014-01", "2017-01")] {
        let months = (month(months.0), month(months.1));
        assert!(matches!(Round { months, ..round() }.check(), Err(BadRound::Months { .. })));
    }
    assert_eq!(Round { units: [].into(), ..round() }.check(), Err(BadRound::NoUnit));
    for name in ["", "..", "a/b", ".hidden"] {
        assert_eq!(
            Round { name: name.to_owned(), ..round() }.check(),
            Err(BadRound::Name),
            "{name}"
        );
    }
}

#[test]
fn a_later_word_replaces_an_earlier_one_in_sight_and_none_comes_after_the_closing() {
    let entry = |file, day: &str| Entry {
        institute: "Lab".to_owned(),
        file: vintage(file),
        form: Form::Draws,
        received: date(day),
    };
    let mut entries = Entries::default();
    assert_eq!(entries.admit(&round(), entry(1, "2014-01-05")), Ok(Admitted::First));
    assert_eq!(entries.admit(&round(), entry(1, "2014-01-06")), Ok(Admitted::Same));
    // The closing day itself is in time.
    let earlier = vintage(1);
    assert_eq!(entries.admit(&round(), entry(2, "2014-01-20")), Ok(Admitted::Replaces { earlier }));
    let before = entries.clone();
    let late = entries.admit(&round(), entry(3, "2014-01-21")).unwrap_err();
    assert_eq!(late.to_string(), "the round closed on 2014-01-20, and this came on 2014-01-21");
    assert_eq!(entries, before);
    let files: Vec<_> = entries.all().iter().map(|entry| entry.file).collect();
    assert_eq!(files, [vintage(1), vintage(2)]);
    assert_eq!(entries.standing().map(|entry| entry.file).collect::<Vec<_>>(), [vintage(2)]);
}

/// A panel whose units had 5 deaths a month for four years, and then so many in each month of 2014.
fn panel(units: &[(u16, u32)]) -> Panel {
    let counts = |last: u32| [vec![5; 48], vec![last; 3]].concat();
    let csv =
        panel_csv(&units.iter().map(|(unit, last)| (*unit, counts(*last))).collect::<Vec<_>>());
    let (series, imported) =
        import_counts(None, &mut csv.as_bytes(), WANTED, vintage(1), &mut silent).unwrap();
    Panel::from_counts(&imported.table, &series)
}

/// An institute that is sure of one count everywhere.
fn sure(institute: &str, count: f64) -> Submission {
    let rows = round().units.into_iter().flat_map(|area| {
        round().target_months().flat_map(move |month| {
            (0..DRAWS_ENOUGH).map(move |at| StatedRow { area, month, at: at as f64, value: count })
        })
    });
    assemble(institute, &round(), Form::Draws, rows).unwrap()
}

fn board(measure: Measure, submissions: &[Submission], grid: &Grid) -> Board {
    let scored: Vec<Scored> = submissions.iter().map(|one| score(one, grid)).collect();
    Board::of(measure, &[(&round(), &score(&baseline(&round(), grid), grid), &scored)])
}

#[test]
fn who_said_what_came_stands_above_who_did_not() {
    let panel = panel(&[(1, 30), (2, 30), (3, 30)]);
    let grid = Grid::new(&panel).unwrap();
    let submissions = [sure("Wrong", 0.0), sure("Right", 30.0)];
    let board = board(Measure::Crps, &submissions, &grid);
    let lines: Vec<_> =
        board.standings.iter().map(|one| (one.institute.as_str(), one.cells, one.mean)).collect();
    assert_eq!(lines, [("Right", 9, 0.0), ("Wrong", 9, 30.0)]);
    let right = board.standings[0].difference.unwrap();
    assert!((right.share + 1.0).abs() < 1e-12 && right.high <= right.share + 1e-12, "{right:?}");
    // The baseline sees nothing after its origin: five deaths a month, widened.
    let of_baseline = score(&baseline(&round(), &grid), &grid);
    assert_eq!((of_baseline.institute.as_str(), of_baseline.cells.len()), (BASELINE, 9));
    let later = self::panel(&[(1, 99), (2, 99), (3, 99)]);
    assert_eq!(baseline(&round(), &Grid::new(&later).unwrap()), baseline(&round(), &grid));
}

#[test]
fn an_interval_over_countries_does_not_divide_by_the_quiet_ones() {
    // One country carries the baseline's whole score; a draw without it would have nothing to divide by.
    let panel = panel(&[(1, 5000), (2, 5), (3, 5)]);
    let grid = Grid::new(&panel).unwrap();
    let board = board(Measure::Crps, &[sure("Lab", 400.0)], &grid);
    let Difference { share, low, high } = board.standings[0].difference.unwrap();
    assert!(low <= share && share <= high && high < 1.0, "{board:?}");
}

#[test]
fn a_part_of_the_cells_is_shown_as_a_part_and_compared_on_it() {
    let panel = panel(&[(1, 5), (2, 30), (3, 30)]);
    let grid = Grid::new(&panel).unwrap();
    let mut part = sure("Part", 5.0);
    part.cells.retain(|(area, _), _| *area == unit(1));
    let board = board(Measure::CrpsLog, &[part, sure("Whole", 5.0)], &grid);
    let line = |name: &str| board.standings.iter().find(|one| one.institute == name).unwrap();
    assert!((line("Part").coverage - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!((line("Part").cells, line("Whole").cells), (3, 9));
    assert!(line("Part").baseline < line("Whole").baseline, "{board:?}");
}

#[test]
fn cells_that_are_not_known_yet_are_not_scored() {
    let short = panel_csv(&[(1, vec![5; 49]), (2, vec![5; 48]), (3, vec![5; 51])]);
    let (series, imported) =
        import_counts(None, &mut short.as_bytes(), WANTED, vintage(1), &mut silent).unwrap();
    let grid = Grid::new(&Panel::from_counts(&imported.table, &series)).unwrap();
    assert_eq!(score(&sure("Lab", 5.0), &grid).cells.len(), 4);
}

#[test]
fn the_pool_weighs_by_track_record_above_a_floor() {
    let three = [sure("A", 0.0), sure("B", 30.0), sure("C", 60.0)];
    let equal = pool(&three, &BTreeMap::new());
    assert!(equal.weights.values().all(|weight| (weight - 1.0 / 3.0).abs() < 1e-12));
    let track = |cells, ratio| Track { cells, ratio };
    let tracks = BTreeMap::from([
        ("A".to_owned(), track(1000, 0.5)),
        // Beyond all measure, and yet it keeps half of an equal part.
        ("B".to_owned(), track(1000, f64::INFINITY)),
        // Too short a record counts as the baseline.
        ("C".to_owned(), track(99, 0.01)),
    ]);
    let Pool { weights, deaths, conflict } = pool(&three, &tracks);
    let merits = 2.0 + 0.25 + 1.0;
    for (name, merit) in [("A", 2.0), ("B", 0.25), ("C", 1.0)] {
        let wanted = 0.5 / 3.0 + 0.5 * merit / merits;
        assert!((weights[name] - wanted).abs() < 1e-12, "{name}: {weights:?}");
    }
    assert!(weights["B"] >= 0.5 / 3.0);
    let first = (unit(1), month("2014-01"));
    assert!((conflict[&first] - weights["B"] - weights["C"]).abs() < 1e-9);
    assert!((deaths[&first].at_least(31) - weights["C"]).abs() < 1e-9);
}

#[test]
fn who_says_otherwise_than_the_pool_is_shown() {
    let mut shy = sure("Shy", 0.0);
    shy.cells.insert((unit(2), month("2014-02")), Stated::Conflict(0.95));
    let all = [sure("A", 0.0), sure("B", 0.0), sure("C", 0.0), sure("D", 0.0), shy];
    let pooled = pool(&all, &BTreeMap::new());
    let dissent = pooled.dissent(&all);
    let found: Vec<_> =
        dissent.iter().map(|one| (one.institute.as_str(), one.unit, one.month)).collect();
    assert_eq!(found, [("Shy", unit(2), month("2014-02"))]);
    assert!((dissent[0].pooled - 0.19).abs() < 1e-9 && (dissent[0].stated - 0.95).abs() < 1e-9);
    // A bare probability has no part in the pool of deaths.
    assert!(pooled.deaths[&(unit(2), month("2014-02"))].at_least(1) < 1e-12);
}

#[test]
fn all_forms_of_one_belief_have_one_score() {
    let panel = panel(&[(1, 12), (2, 5), (3, 5)]);
    let grid = Grid::new(&panel).unwrap();
    let even = (0..2000).map(|at| f64::from(at % 40));
    let by_draws = read(&draws(even)).unwrap();
    let by_quantiles = read(&quantiles(&[(0.025, 0.5), (0.5, 19.5), (0.975, 38.5)])).unwrap();
    let of = |one: &Submission| -> Scores { score(one, &grid).cells[0].deaths.unwrap() };
    let (one, other) = (of(&by_draws), of(&by_quantiles));
    assert!((one.crps - other.crps).abs() < 0.05, "{one:?} {other:?}");
    assert!((one.brier - other.brier).abs() < 0.01, "{one:?} {other:?}");
}
