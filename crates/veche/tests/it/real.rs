//! The real data sets, where they are to be had: `VECHE_SHARED`, or `shared` beside the workspace.

use crate::support::Place;
use std::io::Write as _;
use std::path::PathBuf;

/// Copies files of the data folder to a place; `None`, and a line that says so, where one is absent.
fn with_shared(names: &[&str]) -> Option<Place> {
    let root = std::env::var("VECHE_SHARED").map_or_else(
        |_| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let place = Place::new();
    for name in names {
        let path = root.join("data/forecast").join(name);
        let Ok(bytes) = std::fs::read(&path) else {
            // Past the test harness, which hides what a passing test prints.
            let line = format!("skipped: no shared data at {}\n", path.display());
            std::io::stderr().write_all(line.as_bytes()).unwrap();
            return None;
        };
        place.put(name, bytes);
    }
    Some(place)
}

#[test]
fn the_training_panel_warns_of_the_war_in_ethiopia() {
    let Some(place) = with_shared(&["cm_panel_199001_202212.csv.gz", "countries.csv"]) else {
        return;
    };
    let import = "picture import counts cm_panel_199001_202212.csv.gz --names countries.csv --json";
    let told = place.veche(import).json();
    assert_eq!(
        (&told["kept"], &told["skipped"], &told["names"]),
        (&67_810.into(), &0.into(), &191.into())
    );
    let asked = "--area Ethiopia --at 2020-11";
    let told = place.veche(&format!("picture tension {asked} --json")).json();
    assert_eq!((&told["class"], &told["tension"]["area"]), (&"crisis".into(), &"views:57".into()));
    let sum: u64 = told["tension"]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["contribution"].as_u64().unwrap())
        .sum();
    assert_eq!(sum, 100 * told["tension"]["index"].as_u64().unwrap());
    let told = place.veche(&format!("picture warn {asked} --out w.json --json")).json();
    assert_eq!(told["draft"]["record_used"], "area");
    assert_eq!(told["terms"]["level"], "crisis");
    assert!(!place.get("w.json").is_empty());
    let calm = place.veche("picture warn --area Ethiopia --at 2020-09");
    assert!(
        calm.good().starts_with("no draft: the tension index of Ethiopia (views:57)"),
        "{calm}"
    );
}

#[test]
fn a_month_of_candidate_events_is_too_short_for_an_index() {
    let Some(place) = with_shared(&["ged_candidate_23_0_10.csv.gz"]) else { return };
    let told = place.veche("picture import ucdp ged_candidate_23_0_10.csv.gz --json").json();
    assert_eq!((&told["kept"], &told["skipped"]), (&2391.into(), &0.into()));
    let screen = place.veche("picture tension --area gw:700");
    assert_eq!(screen.code, Some(3), "{screen}");
    assert!(screen.err.contains("29 are needed"), "{screen}");
}
