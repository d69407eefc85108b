//! `veche forecast units`: weeks of pairs and sectors, months of cells, from a store and from files.

use crate::support::Place;
use std::fmt::Write as _;

/// Two years of clashes of one pair each Wednesday, and of another in the first weeks alone.
fn with_incidents() -> Place {
    let place = Place::new();
    let mut csv = "event_id_cnty,event_date,time_precision,event_type,sub_event_type,actor1,actor2,iso,country,admin1,location,\
                   latitude,longitude,geo_precision,source,fatalities\n"
        .to_owned();
    let first = veche_picture::Date::parse("2022-01-05").unwrap().unix_days();
    for week in 0..104 {
        let day = veche_picture::Date::from_unix_days(first + 7 * week).unwrap();
        writeln!(
            csv,
            "NOR{week},{day},1,Battles,Armed clash,Reds,Army,901,Norland,,Port,10.1,20.1,1,Daily,3"
        )
        .unwrap();
        if week < 10 {
            writeln!(csv, "OLD{week},{day},1,Battles,Armed clash,Greens,Army,901,Norland,,Hill,12.1,20.1,1,Daily,1")
                .unwrap();
        }
    }
    place.put("acled.csv", csv);
    place.veche("picture import acled acled.csv --known 2024-02-10").good();
    place
}

#[test]
fn pairs_of_a_store_are_forecast_by_week_and_no_skill_is_claimed() {
    let place = with_incidents();
    insta::assert_snapshot!(place.veche("forecast units --store veche-picture --of pair-week --out out"), @r"
    2 units over 102 weeks to the end of 2023-W51, by weekly/1: 8 weeks ahead
    no skill is claimed: the rule's constants are declared, not fitted
      1 of them quiet, listed in onset.csv: no skill proven
      not counted: 0 without a week, 0 of no unit, 3 outside the time covered
    written to `out`: forecast.csv, onset.csv, units.json, CODEBOOK.md
    [exit 0]
    ");
    let table = String::from_utf8(place.get("out/forecast.csv")).unwrap();
    assert_eq!(table.lines().count(), 1 + 2 * 8);
    // One clash a week, each week: the mean stays one.
    assert!(table.contains("\"Army | Reds\",2023-W51,2023-W52,1,1.0000,"), "{table}");
    let onset = String::from_utf8(place.get("out/onset.csv")).unwrap();
    let wanted = "unit,weeks_quiet,counted_before,note\n\"Army | Greens\",93,9,no skill proven\n";
    assert_eq!(onset, wanted);
    let about: serde_json::Value = serde_json::from_slice(&place.get("out/units.json")).unwrap();
    assert_eq!((&about["rule"], &about["skill"]), (&"weekly/1".into(), &"none claimed".into()));
    assert_eq!(about["inputs"].as_array().unwrap().len(), 1);
}

#[test]
fn sectors_are_told_by_their_cells_and_needed() {
    let place = with_incidents();
    let line = "forecast units --store veche-picture --of sector-week --out out";
    insta::assert_snapshot!(place.veche(line), @r"
    [standard error]
    error: cannot forecast from `the store`: a sector is known by its cells
      hint:  give `--sectors FILE`, CSV with `sector` and `cell`
    [exit 5]
    ");
    let cell = veche_picture::CellId::at(10.1, 20.1).unwrap().number();
    place.put("sectors.csv", format!("sector,cell\nNorth,{cell}\n"));
    let told = place.veche(&format!("{line} --sectors sectors.csv --json")).json();
    assert_eq!((&told["units"], &told["left_out"]["of_no_unit"]), (&1.into(), &10.into()));
}

#[test]
fn cells_are_forecast_from_a_store_and_from_a_file() {
    let place = with_incidents();
    let told =
        place.veche("forecast units --store veche-picture --of cell-month --out grid --json");
    // The cell with deaths in the last twelve months, and the eight around it.
    assert_eq!(told.json()["units"], 9);
    let mut csv = "cell,year,month,count\n".to_owned();
    for month in 1..=12 {
        writeln!(csv, "7,2023,{month},{}", month % 3).unwrap();
    }
    place.put("cells.csv", &csv);
    place.veche("forecast units cells.csv --of cell-month --out one").good();
    let table = String::from_utf8(place.get("one/forecast.csv")).unwrap();
    assert_eq!(
        table.lines().nth(1),
        Some("7,-89.75,-176.75,2023-12,1.0000,0,0,1,2,2,0.666667,0.000000,0.000000")
    );
    place.put("gap.csv", csv.replace("7,2023,5,2\n", ""));
    insta::assert_snapshot!(place.veche("forecast units gap.csv --of cell-month --out two"), @r"
    [standard error]
    error: cannot forecast from `gap.csv`: cell:7 has no row of 2023-05; give the month a row, with 0 if nothing happened
    [exit 5]
    ");
}
