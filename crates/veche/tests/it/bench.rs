//! `veche bench forecast`.

use crate::support::Place;
use std::fmt::Write as _;

const PANEL: &str = "cm_panel_199001_202212.csv.gz";
const ACTUALS: &str = "challenge_actuals_cm.csv.gz";
/// January 2010, where a small panel begins.
const FIRST: usize = 361;
/// January 2018, where the first window begins.
const SCORED: usize = 457;

/// Three countries over twelve years: at war, with some deaths, at peace.
fn counts() -> Vec<(u16, Vec<u32>)> {
    let war = (0..144).map(|month| 400 + month * 37 % 90).collect();
    let some = (0..144).map(|month| if month % 5 == 0 { month % 9 } else { 0 }).collect();
    vec![(1, war), (2, some), (3, vec![0; 144])]
}

/// The history; violence of other kinds kills two more in each month.
fn panel() -> String {
    let mut csv = "month_id,country_id,ged_sb,all_best\n".to_owned();
    for (area, counts) in counts() {
        for (at, count) in counts.iter().enumerate() {
            writeln!(csv, "{},{area},{count},{}", at + FIRST, count + 2).unwrap();
        }
    }
    csv
}

/// What happened in the windows, told as if each month were so many later.
fn actuals(shift: usize) -> String {
    let mut csv = "month_id,country_id,outcome\n".to_owned();
    for (area, counts) in counts() {
        for (at, count) in counts.iter().enumerate().filter(|(at, _)| at + FIRST >= SCORED) {
            writeln!(csv, "{},{area},{count}", at + FIRST + shift).unwrap();
        }
    }
    csv
}

fn with_data() -> Place {
    let place = Place::new();
    place.put(PANEL, panel());
    place.put(ACTUALS, actuals(0));
    place
}

#[test]
fn a_document_gets_the_tables_between_its_markers() {
    let place = with_data();
    let (begin, end) =
        ("<!-- begin: veche bench forecast -->", "<!-- end: veche bench forecast -->");
    place.put("doc.md", format!("# Before\n{begin}\nold\n{end}\nafter\n"));
    let screen = place.veche("bench forecast --data . --write doc.md");
    assert_eq!(screen.code, Some(0), "{screen}");
    assert!(screen.err.starts_with("window 2018 (1 of 4)\n"), "{screen}");
    let tables = &screen.out;
    let written = String::from_utf8(place.get("doc.md")).unwrap();
    assert_eq!(written, format!("# Before\n{begin}\n\n{}\n\n{end}\nafter\n", tables.trim_end()));
    // Six models and the pool, on four windows and over all; the window of the release is not among them.
    assert_eq!(tables.matches("| L4 pooled | 20").count(), 4);
    assert!(tables.contains("| L4 pooled | mean |"), "{tables}");
    assert!(!tables.contains("| 2022 |"), "{tables}");
    // Who is certain of nothing covers no month with deaths.
    let zero = tables.lines().find(|line| line.starts_with("| L0 zero | 2018 |")).unwrap();
    assert!(zero.ends_with("| 0.000 |"), "{zero}");
}

#[test]
fn a_release_needs_the_outcomes_of_its_year() {
    let screen = with_data().veche("bench forecast --data . --release");
    assert!(screen.err.contains("2022 cannot be scored"), "{screen}");
    assert_eq!(screen.code, Some(5));
}

#[test]
fn a_calendar_that_is_off_is_told_with_its_months() {
    let place = with_data();
    place.put(ACTUALS, actuals(9));
    let screen = place.veche("bench forecast --data .");
    assert!(screen.err.contains("the panel's months are 9 too early"), "{screen}");
    assert_eq!(screen.code, Some(5));
}

#[test]
fn files_that_are_missing_or_cut_are_named() {
    let place = Place::new();
    let screen = place.veche("bench forecast --data .");
    assert!(screen.err.contains(PANEL) && screen.code == Some(3), "{screen}");
    place.put(PANEL, panel().replace(",all_best", ",every"));
    let screen = place.veche("bench forecast --data .");
    assert!(screen.err.contains("all_best") && screen.err.contains(PANEL), "{screen}");
    place.put(PANEL, panel());
    place.put(ACTUALS, actuals(0).replace("457,1,", "457,1,-"));
    let screen = place.veche("bench forecast --data .");
    assert!(screen.err.contains("line 2") && screen.err.contains(ACTUALS), "{screen}");
    assert_eq!(screen.code, Some(5));
    place.put("doc.md", "no markers");
    let screen = place.veche("bench forecast --data . --write doc.md");
    assert!(screen.err.contains("it lacks the markers"), "{screen}");
}
