//! `veche picture vintages` and `--as-of`: what was known on a day stays what was known on it.

use crate::support::{Place, events_csv, panel_csv};

/// A panel up to a month: war in area 1 from its 65th month on, the last month told at a half of what it comes to.
fn panel(months: usize) -> String {
    let mut war = vec![0; months];
    war.iter_mut().skip(64).for_each(|count| *count = 40);
    war[months - 1] = 20;
    panel_csv(&[(1, war), (2, vec![0; months])])
}

/// The month and day since when the panel of so many months from January 2010 on is known.
fn known(months: usize) -> String {
    format!("{}-{:02}-28", 2010 + (months - 1) / 12, (months - 1) % 12 + 1)
}

fn import(place: &Place, months: usize) -> String {
    let name = format!("{months}.csv");
    place.put(&name, panel(months));
    let line = format!(
        "picture import counts {name} --known {} --source Made --licence CC0",
        known(months)
    );
    place.veche(&line).good().to_owned()
}

fn with(months: impl Iterator<Item = usize>) -> Place {
    let place = Place::new();
    months.for_each(|months| drop(import(&place, months)));
    place
}

#[test]
fn every_import_is_listed_with_what_it_rewrote() {
    let place = with(65..68);
    insta::assert_snapshot!(place.veche("picture vintages"), @r"
    counts-ged_sb: 3 vintages
      2015-05-28  41d5d486f4a2  2010-01 to 2015-05       130 rows
                  Made; CC0
      2015-06-28  0d98363d4ef7  2010-01 to 2015-06       132 rows  rewrites 1, leaves out 0
                  Made; CC0
      2015-07-28  650f0dc59ee9  2010-01 to 2015-07       134 rows  rewrites 1, leaves out 0
                  Made; CC0
    how counts are revised is not learnt: 3 vintages, and 6 are needed
    [exit 0]
    ");
    let told = place.veche("picture vintages --json --as-of 2015-06-28").json();
    assert_eq!(told["tables"][0]["vintages"].as_array().unwrap().len(), 2);
    let refused = place.veche("picture vintages --as-of 2015-05-27");
    assert_eq!(refused.code, Some(3), "{refused}");
}

#[test]
fn what_was_known_on_a_day_is_told_as_it_was_told_then() {
    let place = with(65..66);
    let then = place.veche("picture tension --area views:1").good().to_owned();
    import(&place, 66);
    import(&place, 67);
    let replayed = place.veche("picture tension --area views:1 --as-of 2015-06-27");
    let added = "as known on 2015-06-27, whatever became known later\n";
    assert_eq!(replayed.good().strip_suffix(added), Some(then.as_str()));
    assert_ne!(place.veche("picture tension --area views:1").good(), then);
    let warned =
        place.veche("picture warn --area views:1 --as-of 2015-06-27 --threshold 30 --json");
    assert_eq!(warned.json()["terms"]["evidence"]["as_of"], "2015-06-27");
    insta::assert_snapshot!(place.veche("picture tension --area views:1 --as-of 2015-05-27"), @r"
    [standard error]
    error: nothing of `counts-ged_sb` was known on 2015-05-27 in store `veche-picture`
      hint:  its first vintage is known since 2015-05-28
    [exit 3]
    ");
}

#[test]
fn a_vintage_that_is_imported_late_takes_its_place_among_the_others() {
    let in_turn = with(65..68);
    let late = with([65, 67, 66].into_iter());
    let tension = "picture tension --area views:1 --json";
    assert_eq!(in_turn.veche(tension).json()["tension"], late.veche(tension).json()["tension"]);
    let table = "veche-picture/counts-ged_sb.parquet";
    assert_eq!(in_turn.get(table), late.get(table));
    // Importing all of it again changes no byte.
    let before = (late.get(table), late.get("veche-picture/vintages.json"));
    import(&late, 66);
    assert_eq!((late.get(table), late.get("veche-picture/vintages.json")), before);
}

#[test]
fn bytes_that_are_listed_are_not_listed_again_since_another_day() {
    let place = with(65..66);
    insta::assert_snapshot!(place.veche("picture import counts 65.csv --known 2015-06-01"), @r"
    [standard error]
    error: cannot use the vintages of `veche-picture`: these bytes are in the catalogue already, as known since 2015-05-28; since 2015-06-01 was given now
    [exit 5]
    ");
    // A calendar that is off by nine months ends after the day on which it is known.
    let off = panel(65).replace("\n4", "\n9");
    place.put("off.csv", off);
    insta::assert_snapshot!(place.veche("picture import counts off.csv --known 2015-05-28"), @r"
    [standard error]
    error: cannot use the vintages of `veche-picture`: the input is known since 2015-05-28 and has a row of 2057-01, which is later: is its calendar right?
    [exit 5]
    ");
}

#[test]
fn a_table_from_before_vintages_were_kept_is_not_replayed() {
    let place = with(65..66);
    std::fs::remove_file(place.path().join("veche-picture/vintages.json")).unwrap();
    let refused = place.veche("picture tension --area views:1 --as-of 2015-06-27");
    assert!(refused.err.contains("has rows of an input that is not listed"), "{refused}");
    // The table itself is read as before, and importing the file again lists it.
    place.veche("picture tension --area views:1").good();
    import(&place, 65);
    place.veche("picture tension --area views:1 --as-of 2015-06-27").good();
}

#[test]
fn events_are_replayed_too() {
    let place = Place::new();
    place.put("old.csv", events_csv(&[20, 5]));
    place.put("new.csv", events_csv(&[20, 9]));
    place.veche("picture import ucdp old.csv --known 2023-11-20").good();
    place.veche("picture import ucdp new.csv --known 2023-12-20").good();
    insta::assert_snapshot!(place.veche("picture vintages"), @r"
    events: 2 vintages
      2023-11-20  9ac044edafab  2023-10 to 2023-10         2 rows
                  UCDP; CC BY 4.0
      2023-12-20  65e1759b1fd1  2023-10 to 2023-10         2 rows  rewrites 1, leaves out 0
                  UCDP; CC BY 4.0
    [exit 0]
    ");
}

#[test]
fn a_forecast_from_a_store_names_its_vintages_and_how_far_they_widen_it() {
    let place = with(65..67);
    let few = place.veche("forecast run --store veche-picture --out few");
    assert!(few.good().contains("the latest months are not widened: 2 vintages, and 6 are needed"));
    for months in 67..85 {
        import(&place, months);
    }
    let screen = place.veche("forecast run --store veche-picture --out run");
    let told = screen.good();
    assert!(told.contains("the latest months are widened by what 20 releases taught:"), "{told}");
    assert!(told.contains("age  0 months: x 1."), "{told}");
    let widened = place.veche("forecast explain run views:1 --json").json();
    // The same months from a file, of which nothing is known but what it says now.
    place.veche("forecast run 84.csv --out plain").good();
    let plain = place.veche("forecast explain plain views:1 --json").json();
    assert_ne!(widened, plain);
    let replayed = place.veche("forecast run --store veche-picture --as-of 2015-06-30 --out then");
    assert!(replayed.good().contains("as known on 2015-06-30"), "{replayed}");
    let then =
        place.veche("forecast run --store veche-picture --as-of 2015-06-30 --out then --json");
    assert_eq!(then.json()["origin"], "2015-06");
}
