//! Every mechanism of the profile `csto` walked end to end over the real fold: opened, moved, refused to who may not, left
//! until it is overdue, and closed. `docs/mechanisms.md` names the 46 rows.
//!
//! What opens, moves and is refused is data: the injects of `charters/csto/play`, an inject a row. When nobody does anything
//! more, a duty of the row is overdue, with its owner. How a matter closes is searched for, act by act, among those that the charter allows
//! to somebody. Signatures and logs are left out: they are tested where they are made.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed set-up fails its test"
)]

mod close;
mod row;
mod world;

use row::{Row, base_and_rows};
use std::sync::Arc;
use veche_charter::Charter;
use world::World;

/// Mechanisms that `docs/mechanisms.md` lists.
const ROWS: usize = 46;

fn load(text: &str) -> Arc<Charter> {
    Arc::new(
        Charter::load(text.as_bytes(), "charters/csto/charter.toml")
            .unwrap_or_else(|e| panic!("{e}")),
    )
}

/// Returns why a row's walk fails, if it does: its opening, its moves, what must be refused, what falls overdue.
fn walk(row: &Row, charter: &Arc<Charter>) -> Result<(), String> {
    let mut world = World::new(Arc::clone(charter));
    world.play(row, usize::MAX);
    for number in &row.matters {
        world.state_of(number).ok_or_else(|| format!("{number} was not opened"))?;
    }
    if !row.matters.iter().any(|number| world.has_moved(number)) {
        return Err("nothing that was said in it moves or counts in any of its matters".to_owned());
    }
    for (number, state) in &row.states {
        let found = world.state_of(number).ok_or_else(|| format!("{number} was not opened"))?;
        if found != *state {
            return Err(format!("{number} is `{found}`, not `{state}`"));
        }
    }
    for (name, article) in &row.refused {
        let found = world.refused_by(name).ok_or_else(|| format!("`{name}` was not refused"))?;
        if found != *article {
            return Err(format!("`{name}` is refused by article {found}, not {article}"));
        }
        if !row.articles.contains(article) {
            return Err(format!(
                "`{name}` is refused by article {article}, which is not the row's"
            ));
        }
    }
    overdue(row, charter)
}

/// Opens the matter and lets time pass: somebody by name owes something, and it is late.
fn overdue(row: &Row, charter: &Arc<Charter>) -> Result<(), String> {
    let falls_overdue = |steps: usize| {
        let mut world = World::new(Arc::clone(charter));
        world.play(row, steps);
        !world.overdue(row).is_empty()
    };
    // After fewer steps more is left to do.
    let found = (1..=row.steps.len()).any(falls_overdue);
    if found { Ok(()) } else { Err("nobody in it is overdue with anything".to_owned()) }
}

#[test]
fn each_of_the_46_rows_is_opened_moved_refused_and_falls_overdue() {
    let (base, rows) = base_and_rows();
    assert_eq!(rows.len(), ROWS);
    let charter = load(&row::charter_of(&base, &rows, None));
    let failed: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("row {}: {}", row.number, walk(row, &charter).err()?)))
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn each_of_the_46_rows_is_closed_by_acts_that_somebody_may_do() {
    let (base, rows) = base_and_rows();
    let charter = load(&row::charter_of(&base, &rows, None));
    let failed: Vec<String> = rows
        .iter()
        .filter_map(|row| {
            Some(format!("row {}: {}", row.number, close::close(row, &charter).err()?))
        })
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn without_its_entries_a_row_fails_its_walk_and_no_other_does() {
    let (base, rows) = base_and_rows();
    for cut in &rows {
        let charter = load(&row::charter_of(&base, &rows, Some(cut.number)));
        let failed: Vec<usize> =
            rows.iter().filter(|row| walk(row, &charter).is_err()).map(|row| row.number).collect();
        assert_eq!(failed, [cut.number]);
    }
}
