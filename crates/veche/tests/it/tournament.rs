//! `veche tournament`: from a round to a board.
#![cfg(unix)]

use crate::running::{BOTH, Running, STORE, TWO_BANKS, made_under, with_node};
use crate::support::{NAMES, Place, panel_csv};
use std::fmt::Write as _;

/// Two units with counts up to February 2014, and a round from December 2013 on.
fn with_round() -> Place {
    let place = Place::new();
    import(&place);
    place.veche("tournament open q1 --origin 2013-12 --closes 2014-01-20").good();
    place
}

fn import(place: &Place) {
    let calm = |last: &[u32]| [vec![1; 48], last.to_vec()].concat();
    place.put("panel.csv", panel_csv(&[(1, calm(&[40, 30])), (2, calm(&[1, 0]))]));
    place.put("names.csv", NAMES);
    place.veche("picture import counts panel.csv --names names.csv").good();
}

/// 200 draws of each cell, all of one count.
fn sure(counts: &[(u16, u32)]) -> String {
    let mut csv = "month_id,country_id,draw,outcome\n".to_owned();
    for month in 409..412 {
        for (unit, count) in counts {
            for draw in 0..200 {
                writeln!(csv, "{month},{unit},{draw},{count}").unwrap();
            }
        }
    }
    csv
}

fn submit(place: &Place, file: &str, institute: &str, on: &str) -> String {
    place
        .veche(&format!("tournament submit {file} --round q1 --institute {institute} --on {on}"))
        .to_string()
}

#[test]
fn a_round_goes_from_opening_to_the_board() {
    let place = with_round();
    place.put("war.csv", sure(&[(1, 35), (2, 1)]));
    place.put("peace.csv", sure(&[(1, 0), (2, 0)]));
    place.put("shy.csv", "month_id,country_id,probability\n409,1,0.9\n409,2,0\n");
    let came = [
        submit(&place, "peace.csv", "Dove", "2014-01-10"),
        submit(&place, "peace.csv", "Hawk", "2014-01-10"),
        submit(&place, "war.csv", "Hawk", "2014-01-20"),
        submit(&place, "shy.csv", "Shy", "2014-01-11"),
        submit(&place, "peace.csv", "Hawk", "2014-01-21"),
    ];
    insta::assert_snapshot!(came.join("\n"), @r"
    Dove for round q1: a3954bdb046eb8a8d1bdd21cbe72bb502ecce25a16cc20e3364f03b61fd150b1 as draws, 6 of 6 cells, received 2014-01-10
    taken
    [exit 0]
    Hawk for round q1: a3954bdb046eb8a8d1bdd21cbe72bb502ecce25a16cc20e3364f03b61fd150b1 as draws, 6 of 6 cells, received 2014-01-10
    taken
    [exit 0]
    Hawk for round q1: 4bb8a5055b521746b00c1bca8fd78bc854cf6ce01f81b5e6908d35998b7d53f3 as draws, 6 of 6 cells, received 2014-01-20
    taken; it stands in the place of a3954bdb046eb8a8d1bdd21cbe72bb502ecce25a16cc20e3364f03b61fd150b1, which stays on the list
    [exit 0]
    Shy for round q1: 70570eddcd448688fcad67e1caa76ae522b1dc0aac52a44d1e949e91cf94ec79 as probability, 2 of 6 cells, received 2014-01-11
    taken
    [exit 0]
    [standard error]
    error: cannot take this for round `q1`: the round closed on 2014-01-20, and this came on 2014-01-21
    [exit 4]
    ");
    insta::assert_snapshot!(place.veche("tournament score q1"), @r"
    round q1: 3 forecasts handed in; 4 of 6 cells are known

    CRPS, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew
      1. Hawk: 2.7500, baseline 16.8628: -83.7 % (-168.4 to +1.0); 4 cells, 100 % of those known
      2. Dove: 17.7500, baseline 16.8628: +5.3 % (+1.0 to +9.5); 4 cells, 100 % of those known

    log-CRPS, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew
      1. Hawk: 0.2432, baseline 1.4758: -83.5 % (-176.5 to +9.5); 4 cells, 100 % of those known
      2. Dove: 1.9602, baseline 1.4758: +32.8 % (+9.5 to +56.2); 4 cells, 100 % of those known

    IGN, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew
      1. Hawk: 2.5061, baseline 5.5820: -55.1 % (-178.6 to +68.4); 4 cells, 100 % of those known
      2. Dove: 7.4898, baseline 5.5820: +34.2 % (+0.0 to +68.4); 4 cells, 100 % of those known

    Brier, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew
      1. Hawk: 0.0000, baseline 0.5000: -100.0 % (-200.0 to +0.0); 4 cells, 100 % of those known
      2. Shy: 0.0050, baseline 0.5000: -99.0 % (-198.0 to +0.0); 2 cells, 50 % of those known
      3. Dove: 0.5000, baseline 0.5000: +0.0 % (+0.0 to +0.0); 4 cells, 100 % of those known

    pool: Dove 0.33, Hawk 0.33, Shy 0.33
      pool: 0.5671, baseline 1.4758: -61.6 % (-120.9 to -2.3); 4 cells, 100 % of those known
    says otherwise than the pool by 0.2 or more: 7 cells
      Dove: Norland in 2014-01, 0.00 against 0.63 of 25 deaths or more
      Dove: Norland in 2014-02, 0.00 against 0.50 of 25 deaths or more
      Dove: Norland in 2014-03, 0.00 against 0.50 of 25 deaths or more
      Hawk: Norland in 2014-02, 1.00 against 0.50 of 25 deaths or more
      Hawk: Norland in 2014-03, 1.00 against 0.50 of 25 deaths or more
      Hawk: Norland in 2014-01, 1.00 against 0.63 of 25 deaths or more
      Shy: Norland in 2014-01, 0.90 against 0.63 of 25 deaths or more
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("tournament board --measure brier"), @r"
    ged_sb, 1 round
    Brier, lower is better; against the baseline on the same cells, with 5 % and 95 % over countries drawn anew
      1. Hawk: 0.0000, baseline 0.5000: -100.0 % (-200.0 to +0.0); 4 cells, 100 % of those known
      2. Shy: 0.0050, baseline 0.5000: -99.0 % (-198.0 to +0.0); 2 cells, 50 % of those known
      3. Dove: 0.5000, baseline 0.5000: +0.0 % (+0.0 to +0.0); 4 cells, 100 % of those known
    [exit 0]
    ");
    // What was replaced is kept, and every file stands by its hash.
    let list: serde_json::Value =
        serde_json::from_slice(&place.get("veche-tournament/q1/entries.json")).unwrap();
    assert_eq!(list["entries"].as_array().map(Vec::len), Some(4), "{list}");
}

#[test]
fn what_cannot_be_taken_is_refused_and_changes_nothing() {
    let place = with_round();
    place.put("good.csv", sure(&[(1, 1), (2, 1)]));
    place.put("nan.csv", "month_id,country_id,probability\n409,1,0.5\n409,2,NaN\n");
    place.put("unit.csv", "month_id,country_id,probability\n409,3,0.5\n");
    place.put(
        "cross.csv",
        "month_id,country_id,quantile,outcome\n409,1,0.1,3\n409,1,0.5,2\n409,1,0.9,9\n",
    );
    place.put("few.csv", "month_id,country_id,draw,outcome\n409,1,0,3\n");
    let came = ["nan.csv", "unit.csv", "cross.csv", "few.csv", "panel.csv"]
        .map(|file| submit(&place, file, "Lab", "2014-01-10"));
    insta::assert_snapshot!(came.join("\n"), @r"
    [standard error]
    error: cannot use `nan.csv`: 1 of 2 rows cannot be taken, and half a file is not what its author says; the first: line 3: column `probability`: not a number of this column's kind: `NaN`
    [exit 5]
    [standard error]
    error: cannot use `unit.csv`: views:3 in 2014-01: the round has no such unit
    [exit 5]
    [standard error]
    error: cannot use `cross.csv`: views:1 in 2014-01: the quantiles cross: 3 at level 0.1, and 2 at 0.5
    [exit 5]
    [standard error]
    error: cannot use `few.csv`: views:1 in 2014-01: 1 draws, and at least 10 are needed; under 200, each is widened, and they are never resampled
    [exit 5]
    [standard error]
    error: cannot use `panel.csv`: cannot read the input at line 2: no column `draw`; found `month_id`, `country_id`, `ged_sb`
    [exit 5]
    ");
    let others = [
        "tournament score q2",
        "tournament score ../q1",
        "tournament open q1 --origin 2013-12 --closes 2014-01-20",
        "tournament open q2 --origin 2013-12 --closes 2014-02-01",
        "tournament open ../q2 --origin 2013-12 --closes 2014-01-20",
        "tournament open q2 --origin 2014-03 --closes 2014-04-20",
        "tournament score q1 --rounds nowhere",
        // Today is after the closing.
        "tournament submit good.csv --round q1 --institute Lab",
    ]
    .map(|arguments| place.veche(arguments).to_string());
    let today = others[7].split(" came on ").next().unwrap().to_owned();
    insta::assert_snapshot!([&others[..7], &[today]].concat().join("\n"), @r"
    [standard error]
    error: there is no round `q2`
      hint:  did you mean `q1`?
    [exit 3]
    [standard error]
    error: there is no round `../q1`
      hint:  there are q1
    [exit 3]
    [standard error]
    error: cannot use `veche-tournament/q1/round.json`: the round is there already, and is never changed
    [exit 5]
    [standard error]
    error: cannot open round `q2`: the last day to hand in, 2014-02-01, lies after 2014-01, the first month that is forecast
    [exit 5]
    [standard error]
    error: cannot open round `../q2`: a round's name is 1 to 80 letters, digits, `-`, `_`, `.`, and begins with a letter or digit
    [exit 5]
    [standard error]
    error: cannot open round `q2`: no unit has a count in 2014-03
    [exit 5]
    [standard error]
    error: cannot read `nowhere`: it does not exist
      hint:  `veche tournament open` makes the first round
    [exit 3]
    [standard error]
    error: cannot take this for round `q1`: the round closed on 2014-01-20, and this
    ");
    assert!(!place.path().join("veche-tournament/q1/entries.json").exists());
    assert!(!place.path().join("q2").exists());
}

#[test]
fn a_file_that_was_changed_later_is_found_out() {
    let place = with_round();
    place.put("war.csv", sure(&[(1, 35), (2, 1)]));
    submit(&place, "war.csv", "Hawk", "2014-01-20");
    let list: serde_json::Value =
        serde_json::from_slice(&place.get("veche-tournament/q1/entries.json")).unwrap();
    let file = format!("veche-tournament/q1/{}.csv", list["entries"][0]["file"].as_str().unwrap());
    place.put(&file, sure(&[(1, 40), (2, 1)]));
    let found = place.veche("tournament score q1");
    assert_eq!(found.code, Some(5), "{found}");
    assert!(found.err.ends_with("its bytes have another hash than its name\n"), "{found}");
}

/// The act in which a member signs what its institute hands in.
const ACT: &str = r#"
[acts.submission]
title = "Forecast of an institute"
fields = { institute = "text!", target = "text!", series = "text!", origin = "text!", form = "word! draws|quantiles|probability", rows = "number!", file = "hash!", content = "text" }
opens = "matter"
register = "submissions"
number = "IN"
"#;

#[test]
fn a_submission_is_signed_with_its_file_in_it_and_counts_once_a_quorum_held_it() {
    let place = made_under(&format!("{TWO_BANKS}{ACT}"));
    import(&place);
    place.veche("tournament open q1 --origin 2013-12 --closes 2014-01-20").good();
    place.put("shy.csv", "month_id,country_id,probability\n409,1,0.9\n409,2,0\n");
    let submit =
        "tournament submit shy.csv --round q1 --institute Shy --on 2014-01-10 --out terms.json";
    place.veche(submit).good();
    let terms: serde_json::Value = serde_json::from_slice(&place.get("terms.json")).unwrap();
    assert_eq!((&terms["rows"], &terms["form"]), (&2.into(), &"probability".into()));
    assert_eq!(terms["content"].as_str().map(str::as_bytes), Some(&*place.get("shy.csv")));
    let say = format!(
        "record say --store {STORE} --kind submission --terms terms.json --passphrase-file pass.txt"
    );
    let said = place.veche(&format!("{say} --json")).json();
    let leaf = said["leaf"].as_str().unwrap();
    // Nobody else has held it: its time is not proved, and its author's clock closes no round.
    let taken =
        place.veche(&format!("tournament submit --round q1 --node {STORE} --record {leaf}"));
    assert_eq!(taken.code, Some(5), "{taken}");
    assert!(taken.err.contains("no quorum of witnesses has been seen to hold it yet"), "{taken}");
    // A file over a record's limit is signed by its hash alone.
    place.put("war.csv", sure(&[(1, 35), (2, 1)]) + &"\n".repeat(70_000));
    let submit =
        "tournament submit war.csv --round q1 --institute War --on 2014-01-10 --out large.json";
    place.veche(submit).good();
    let terms: serde_json::Value = serde_json::from_slice(&place.get("large.json")).unwrap();
    assert!(terms["content"].is_null() && terms["file"].is_string(), "{terms}");
}

#[test]
fn a_run_is_handed_in_as_its_quantiles() {
    let place = with_round();
    let run = "forecast run --store veche-picture --origin 2013-12 --out run";
    place.veche(run).good();
    let submit = "forecast submit run --round q1 --institute Desk --on 2014-01-10";
    let came = place.veche(&format!("{submit} --out terms.json"));
    assert!(came.good().starts_with("Desk for round q1: "), "{came}");
    assert!(came.good().contains(" as quantiles, 6 of 6 cells, received 2014-01-10"), "{came}");
    let score = place.veche("--json tournament score q1").json();
    assert_eq!(score["boards"][1]["standings"][0]["institute"], "Desk", "{score}");
    // The baseline is the same rule, told whole and not by its quantiles.
    let share = score["boards"][1]["standings"][0]["difference"]["share"].as_f64().unwrap();
    assert!(share.abs() < 0.05, "{share}");
    let terms: serde_json::Value = serde_json::from_slice(&place.get("terms.json")).unwrap();
    assert_eq!((&terms["form"], &terms["rows"]), (&"quantiles".into(), &126.into()));
    place.veche("forecast run --store veche-picture --origin 2013-11 --out earlier").good();
    let other = place.veche("forecast submit earlier --round q1 --institute Desk --on 2014-01-10");
    insta::assert_snapshot!(other, @r"
    [standard error]
    error: cannot use `earlier` as a run: it is from the end of 2013-11, and round `q1` from that of 2013-12
      hint:  `veche forecast run --origin` takes the month
    [exit 5]
    ");
    let late = place.veche("forecast submit run --round q1 --institute Desk --on 2014-01-21");
    assert_eq!(late.code, Some(4), "{late}");
}

#[test]
fn a_node_shows_alarms_and_rounds_over_its_tables() {
    let place = with_node();
    import(&place);
    place.veche("tournament open q1 --origin 2013-12 --closes 2014-01-20").good();
    place.put("war.csv", sure(&[(1, 35), (2, 1)]));
    submit(&place, "war.csv", "Hawk", "2014-01-20");
    let shown = "--picture veche-picture --rounds veche-tournament";
    let running = Running::start(&place, &format!("{BOTH} {shown}"));
    let mut browser = running.signed_in();
    let round = browser.get("/tournament/q1");
    assert!(
        round.body.contains("Hawk") && round.body.contains("4 of 6 cells are known"),
        "{round:?}"
    );
    // The charter of the two banks has no rule of alarms.
    let alarms = browser.get("/alarms");
    assert!(alarms.body.contains("no rule of alarms"), "{alarms:?}");
    drop(running);
    let missing = place.veche(&format!("node run --store {STORE} --picture nowhere"));
    insta::assert_snapshot!(missing, @r"
    [standard error]
    error: cannot read `nowhere`: it does not exist
      hint:  `veche picture import counts FILE` or `veche picture import ucdp FILE` fills it
    [exit 3]
    ");
}
