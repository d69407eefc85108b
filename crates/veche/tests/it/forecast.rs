//! `veche forecast`: runs, their reasons, their scores, and inputs that are not as they should be.

use crate::support::{Place, Screen, panel_csv};

/// A war, a skirmish and peace, over six years from January 2010.
fn panel() -> String {
    let war = (0..72).map(|month| 400 + month * 37 % 90).collect();
    let some = (0..72).map(|month| if month % 5 == 0 { month % 9 * 6 } else { 0 }).collect();
    panel_csv(&[(1, war), (2, some), (3, vec![0; 72])])
}

const NAMES: &str = "country_id,name\n1,Norland\n2,Sudra\n3,Westmark\n";

fn with_run() -> Place {
    let place = Place::new();
    place.put("counts.csv", panel());
    place.put("names.csv", NAMES);
    place.veche("forecast run counts.csv --names names.csv --origin 2014-12 --out run").good();
    place
}

#[test]
fn a_run_is_told_and_written() {
    let place = with_run();
    let screen =
        place.veche("forecast run counts.csv --names names.csv --origin 2014-12 --out run");
    insta::assert_snapshot!(screen.good());
    let table = String::from_utf8(place.get("run/forecast.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 3 * 17);
    let book = String::from_utf8(place.get("run/CODEBOOK.md")).unwrap();
    assert!(book.starts_with("# Forecast of `ged_sb` from the end of December 2014\n"), "{book}");
    place.veche("forecast run counts.csv --out run --format parquet").good();
    assert!(place.get("run/forecast.parquet").starts_with(b"PAR1"));
    place.veche("forecast run counts.csv --out run --format json").good();
    let table: serde_json::Value = serde_json::from_slice(&place.get("run/forecast.json")).unwrap();
    assert_eq!(table[0]["target"], "month");
}

#[test]
fn the_same_counts_give_the_same_run_from_a_file_and_from_a_store() {
    let place = with_run();
    place.veche("picture import counts counts.csv --names names.csv --store store").good();
    place.veche("forecast run --store store --origin 2014-12 --out stored").good();
    assert_eq!(place.get("stored/run.json"), place.get("run/run.json"));
    assert_eq!(place.get("stored/forecast.csv"), place.get("run/forecast.csv"));
}

#[test]
fn a_unit_is_explained_by_name_or_number() {
    let place = with_run();
    let screen = place.veche("forecast explain run Sudra");
    insta::assert_snapshot!(screen.good());
    assert_eq!(place.veche("forecast explain run/run.json views:2").good(), screen.good());
    let quiet = place.veche("forecast explain run westmark --json").json();
    assert!(quiet["sentence"].as_str().unwrap().starts_with("No skill proven"), "{quiet}");
    let unknown = place.veche("forecast explain run Sudre");
    assert!(unknown.err.contains("did you mean `Sudra`?"), "{unknown}");
    assert_eq!(unknown.code, Some(3));
}

#[test]
fn a_run_is_scored_against_what_came_and_only_by_the_same_data() {
    let place = with_run();
    let told = place.veche("forecast score run --truth counts.csv --json").json();
    assert_eq!((&told["verdict"]["cells"], &told["verdict"]["units"]), (&36.into(), &3.into()));
    let late: String = panel()
        .lines()
        .map(|line| match line.split_once(',') {
            Some((id, rest)) if id != "month_id" => {
                format!("{},{rest}\n", id.parse::<u32>().unwrap() + 9)
            }
            _ => format!("{line}\n"),
        })
        .collect();
    place.put("late.csv", late);
    let screen = place.veche("forecast score run --truth late.csv");
    assert!(screen.err.contains("its months are 9 too late"), "{screen}");
    assert_eq!(screen.code, Some(5));
    place.put("short.csv", panel_csv(&[(1, vec![400; 1])]));
    let screen = place.veche("forecast score run --truth short.csv");
    assert!(screen.err.contains("no count of the run's units after 2014-12"), "{screen}");
}

#[test]
fn two_runs_are_compared_and_calibrated() {
    let place = with_run();
    place.veche("forecast run counts.csv --origin 2014-12 --rule conflictology --out base").good();
    let told = place.veche("forecast compare run base --json").json();
    assert_eq!(told["past"]["forecasts"], 72);
    let same = place.veche("forecast compare run run");
    assert!(same.good().contains("0 units differ") && same.out.contains("+0.0 %"), "{same}");
    let told = place.veche("forecast calibration run base --json").json();
    assert_eq!(told["forecasts"], 144);
}

#[test]
fn trees_forecast_without_deaths_of_other_kinds_and_say_so() {
    let place = with_run();
    let told = place.veche("forecast run counts.csv --names names.csv --model l4 --out trees");
    assert!(told.out.contains("learnt without deaths in violence of all kinds"), "{told}");
    assert_eq!((told.code, told.err.as_str()), (Some(0), "pooled/1 learns from 3 units\n"));
    let why = place.veche("forecast explain trees Sudra");
    assert!(why.good().contains("What drives it: the last three years"), "{why}");
    let screen = place.veche("forecast run counts.csv --model l4 --wider all --out bad");
    assert!(screen.err.contains("`all`") && !place.path().join("bad").exists(), "{screen}");
    let told = place.veche("forecast run counts.csv --wider ged_sb --out run");
    assert!(told.good().contains("`ged_sb` is not used: recent/1 learns nothing"), "{told}");
}

#[test]
fn what_was_kept_beside_a_run_is_made_anew_where_it_does_not_fit() {
    let place = with_run();
    let first = place.veche("forecast explain run Sudra");
    let kept = String::from_utf8(place.get("run/worked.json")).unwrap();
    place.put("run/worked.json", kept.replace("\"came\":0", "\"came\":9"));
    let again = place.veche("forecast explain run Sudra");
    assert_eq!((again.code, again.out.as_str()), (Some(0), first.good()));
    assert!(again.err.contains("worked.json` is not used: its second line is not"), "{again}");
    std::fs::remove_file(place.path().join("run/worked.json")).unwrap();
    let without = place.veche("forecast explain run Sudra");
    assert_eq!((without.good(), without.err.as_str()), (first.good(), ""));
}

#[track_caller]
fn refused(place: &Place, arguments: &str, wanted: &str) -> Screen {
    let screen = place.veche(&format!("forecast run {arguments} --out bad"));
    assert!(screen.err.contains(wanted), "{screen}");
    assert!(!place.path().join("bad").exists(), "something was written");
    screen
}

#[test]
fn what_cannot_be_forecast_from_is_told_with_its_place_and_nothing_is_written() {
    let place = with_run();
    let check = |content: &str, wanted: &str| {
        place.put("bad.csv", content);
        assert_eq!(refused(&place, "bad.csv", wanted).code, Some(5));
    };
    let good = panel();
    check(&good.replacen(",400", ",-400", 1), "line 2: column `ged_sb`: out of range: `-400`");
    check(&good.replacen(",400", ",NaN", 1), "line 2: column `ged_sb`: not a number");
    check(&good.replacen(",400", ",9000000", 1), "out of range");
    check(&format!("{good}432,3,5\n"), "two rows are of views:3 in 2015-12: 0 and 5");
    check(&good.replace("420,2,0\n", ""), "none of that month");
    check(&panel_csv(&[(1, vec![1; 11])]), "it has 11 months, and 12 are needed");
    check("", "it is empty");
    let screen = refused(&place, "counts.csv --origin 2016-03", "after the last count");
    assert!(screen.err.contains("hint:  `--origin 2015-12` is the latest"), "{screen}");
    let screen = place.veche("forecast explain nowhere views:1");
    assert!(screen.err.contains("makes a run") && screen.code == Some(3), "{screen}");
    place.put("run/run.json", "{\"format\":\"veche-forecast/9\"}");
    assert_eq!(place.veche("forecast explain run views:1").code, Some(5));
}
