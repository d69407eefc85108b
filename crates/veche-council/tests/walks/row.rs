//! A row of the page of mechanisms: its section of the charter, and its inject in the play.

use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// How a row's section of the charter begins, with its number after it.
const SECTION: &str = "# row ";

/// Something said in a row.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) kind: String,
    pub(crate) by: String,
    pub(crate) about: Vec<String>,
    pub(crate) terms: Value,
    /// Its name in the play, for what must be refused.
    pub(crate) name: Option<String>,
    /// Seconds from the play's start; none: right after the step before.
    pub(crate) at: Option<u64>,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) number: usize,
    pub(crate) text: String,
    pub(crate) articles: BTreeSet<String>,
    pub(crate) duties: BTreeSet<String>,
    pub(crate) steps: Vec<Step>,
    /// Numbers of the matters that it opens.
    pub(crate) matters: Vec<String>,
    /// Numbers of matters, with the state that each comes to.
    pub(crate) states: Vec<(String, String)>,
    /// Names of statements, with the article that refuses each.
    pub(crate) refused: Vec<(String, String)>,
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Returns the part of the charter that all rows stand on, and the rows.
pub(crate) fn base_and_rows() -> (String, Vec<Row>) {
    let text = read("charters/csto/charter.toml");
    let play: Table = read("charters/csto/play/exercise.toml").parse().unwrap();
    let injects = play["inject"].as_array().unwrap();
    let boundary = format!("\n{SECTION}");
    let mut parts = text.split(&boundary);
    let base = parts.next().unwrap().to_owned();
    let rows = parts.map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap();
        let number: usize = part[..digits].parse().unwrap();
        let of_row = |inject: &&Value| inject["id"].as_integer() == i64::try_from(number).ok();
        let inject = injects.iter().find(of_row).unwrap_or_else(|| panic!("no inject {number}"));
        row(number, &format!("{SECTION}{part}\n"), inject)
    });
    (base, rows.collect())
}

/// Returns the charter's text, without one row if one is named.
pub(crate) fn charter_of(base: &str, rows: &[Row], without: Option<usize>) -> String {
    let kept = rows.iter().filter(|row| Some(row.number) != without);
    let kept: Vec<&str> = kept.map(|row| row.text.as_str()).collect();
    format!("{base}\n{}", kept.join("\n"))
}

fn row(number: usize, text: &str, inject: &Value) -> Row {
    let section: Table = text.parse().unwrap();
    let names = |table: &str| {
        let entries = section.get(table).and_then(Value::as_table);
        entries.into_iter().flat_map(Table::keys).cloned().collect()
    };
    let list = |key: &str| inject.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let (mut states, mut refused) = (Vec::new(), Vec::new());
    for check in list("check") {
        let (get, is) = (text_of(&check, "get").unwrap(), text_of(&check, "is"));
        if let (Some(number), Some(state)) = (get.strip_prefix("/procedures/"), &is) {
            states.push((number.to_owned(), state.clone()));
        }
        let name = get.strip_prefix("/records/{").and_then(|name| name.strip_suffix('}'));
        if let (Some(name), Some(article)) = (name, &is) {
            refused.push((name.to_owned(), article.clone()));
        }
    }
    assert!(!refused.is_empty(), "in the inject of row {number} nothing is refused");
    let steps: Vec<Step> = list("do").iter().map(step).collect();
    let matters: Vec<String> =
        steps.iter().filter_map(|step| text_of(&step.terms, "ref")).collect();
    assert!(!matters.is_empty(), "the inject of row {number} opens nothing");
    Row {
        number,
        text: text.to_owned(),
        articles: names("articles"),
        duties: names("duties"),
        steps,
        matters,
        states,
        refused,
    }
}

fn step(said: &Value) -> Step {
    let about = said.get("about").and_then(Value::as_array).cloned().unwrap_or_default();
    Step {
        kind: text_of(said, "say").unwrap(),
        by: text_of(said, "as").unwrap(),
        about: about.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        terms: said.get("terms").cloned().unwrap_or_else(|| Value::Table(Table::new())),
        name: text_of(said, "name"),
        at: text_of(said, "at").map(|at| seconds(&at)),
    }
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

/// Reads `hours:minutes` or `hours:minutes:seconds`.
pub(crate) fn seconds(text: &str) -> u64 {
    let parts: Vec<u64> = text.split(':').map(|part| part.parse().unwrap()).collect();
    parts.iter().zip([3600, 60, 1]).map(|(part, unit)| part * unit).sum()
}
