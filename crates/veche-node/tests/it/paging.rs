//! Lists of the API, read page by page: what was seen last is the cursor, so that what comes meanwhile moves nothing.

use crate::world::{World, charter_text, statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use veche_node::api::{self, Query};

const OFFICE: &str = "office";

/// A world in which Belm has made five reports, each of which the other town owes no answer, and three warnings.
fn busy() -> World {
    let mut world = World::new(&charter_text("two-banks"));
    for number in 1..=5 {
        let report = json!({"ref": format!("C-{number}"), "title": "River", "text": "Rising."});
        say(&mut world, "report", &report);
    }
    for number in 1..=3 {
        let warning = json!({
            "ref": format!("W-{number}"), "title": "Flood", "level": "acute", "horizon": "6h", "statement": "Tonight.",
        });
        say(&mut world, "warning", &warning);
    }
    world
}

fn say(world: &mut World, kind: &str, terms: &Value) {
    let now = world.now;
    world.node_mut("belm").append(&statement("belm", kind, &[], terms), now).unwrap();
    world.network.exchange(now).unwrap();
}

fn asked(world: &World, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, u16> {
    let query: Query = query
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect::<BTreeMap<_, _>>();
    let rows = api::get(world.node(OFFICE), path, &query, world.now);
    rows.map(|rows| rows.as_array().unwrap().clone()).map_err(|problem| problem.status)
}

/// Reads a list in pages of two and returns the numbers in the order in which they came.
fn paged(world: &World, path: &str, cursor: impl Fn(&Value) -> String) -> Vec<String> {
    let (mut seen, mut last) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(last.as_deref().map(|last| ("after", last)));
        let rows = asked(world, path, &query).unwrap();
        let Some(end) = rows.last() else { return seen };
        last = Some(cursor(end));
        seen.extend(rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()));
    }
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_pages_of_a_list_give_each_entry_once_newest_first() {
    let world = busy();
    let all = ["W-3", "W-2", "W-1", "C-5", "C-4", "C-3", "C-2", "C-1"];
    assert_eq!(paged(&world, "/cases", id), all);
    assert_eq!(paged(&world, "/registers/cases", id), all[3..]);
}

#[test]
fn the_pages_of_duties_give_each_row_once() {
    let world = busy();
    let row = |row: &Value| {
        let word = |key: &str| row[key].as_str().unwrap().to_owned();
        format!("{},{},{}", word("due"), word("procedure"), word("owner"))
    };
    let mut seen = paged(&world, "/duties", row);
    seen.sort();
    assert_eq!(seen, ["W-1", "W-2", "W-3"]);
}

#[test]
fn a_cursor_that_names_nothing_is_refused() {
    let world = busy();
    assert_eq!(asked(&world, "/cases", &[("after", "C-99")]), Err(404));
    assert_eq!(asked(&world, "/registers/cases", &[("after", &"0".repeat(64))]), Err(404));
    assert_eq!(asked(&world, "/duties", &[("after", "yesterday")]), Err(400));
}
