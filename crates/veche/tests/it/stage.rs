//! Exercises over a process for each node: what is seen is what is seen in one process, to the last record.
#![cfg(unix)]

use crate::support::{Place, Screen};
use serde_json::Value;

/// Plays an exercise in one process and over processes, and returns both screens with both sheets as programs read them.
fn both(place: &Place, arguments: &str) -> ([Screen; 2], [Value; 2]) {
    let runs = ["", " --processes"].map(|how| format!("exercise run {arguments}{how}"));
    let screens = [0, 1].map(|at| place.veche(&format!("{} --all", runs[at])));
    let sheets = [0, 1].map(|at| place.veche(&format!("{} --json", runs[at])).json());
    (screens, sheets)
}

/// Takes out of a sheet how long the injects took.
fn without_times(mut sheet: Value) -> Value {
    for row in sheet["rows"].as_array_mut().unwrap() {
        row["outcome"].as_object_mut().unwrap().remove("millis").unwrap();
    }
    sheet
}

/// Checks that both ways show the same, and returns the sheet.
#[track_caller]
fn check(place: &Place, arguments: &str) -> Value {
    let (screens, sheets) = both(place, arguments);
    let [here, apart] = screens;
    assert_eq!((here.code, &here.out, &here.err), (apart.code, &apart.out, &apart.err));
    let [here, apart] = sheets.map(without_times);
    assert_eq!(here, apart);
    apart
}
