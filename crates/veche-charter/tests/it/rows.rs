//! The profile `csto` keeps its mechanisms apart: one section of its charter for each of the 46 rows of `docs/mechanisms.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use toml::Table;
use veche_charter::Charter;
use veche_ledger::{Kind, PartyId};

/// Mechanisms that `docs/mechanisms.md` lists.
const ROWS: usize = 46;

/// How a row's section of the charter begins, with its number after it.
const SECTION: &str = "# row ";

/// The profile's charter as text: what all rows stand on, then the rows.
struct Sections {
    base: String,
    rows: Vec<Row>,
}

struct Row {
    number: usize,
    text: String,
}

impl Row {
    /// Returns the names that the section gives to entries of a table.
    fn names(&self, table: &str) -> BTreeSet<String> {
        let section: Table = self.text.parse().unwrap();
        let entries = section.get(table).and_then(toml::Value::as_table);
        entries.into_iter().flat_map(Table::keys).cloned().collect()
    }

    /// Returns the registers in which the row is seen.
    fn registers(&self) -> BTreeSet<String> {
        let section: Table = self.text.parse().unwrap();
        let acts = section.get("acts").and_then(toml::Value::as_table).unwrap();
        let named = acts.values().filter_map(|act| act.get("register")?.as_str());
        named.map(str::to_owned).collect()
    }
}

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

fn sections() -> Sections {
    let text = read("charters/csto/charter.toml");
    let boundary = format!("\n{SECTION}");
    let mut parts = text.split(&boundary);
    let base = parts.next().unwrap().to_owned();
    let rows = parts.map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap();
        let number = part.get(..digits).unwrap().parse().unwrap();
        Row { number, text: format!("{SECTION}{part}\n") }
    });
    Sections { base, rows: rows.collect() }
}

impl Sections {
    fn without(&self, number: usize) -> String {
        let kept = self.rows.iter().filter(|row| row.number != number);
        let rows: Vec<&str> = kept.map(|row| row.text.as_str()).collect();
        format!("{}\n{}", self.base, rows.join("\n"))
    }

    fn whole(&self) -> Charter {
        load(&self.without(0))
    }
}

fn load(text: &str) -> Charter {
    Charter::load(text.as_bytes(), "charters/csto/charter.toml").unwrap_or_else(|e| panic!("{e}"))
}

fn told<K: ToString, V: Debug>(table: &BTreeMap<K, V>) -> BTreeMap<String, String> {
    table.iter().map(|(name, entry)| (name.to_string(), format!("{entry:?}"))).collect()
}

/// Returns the entries of every table that rows may have, as text.
fn entries(charter: &Charter) -> Vec<(&'static str, BTreeMap<String, String>)> {
    vec![
        ("articles", told(&charter.articles)),
        ("labels", told(&charter.labels)),
        ("acts", told(&charter.acts)),
        ("rules", told(&charter.rules)),
        ("machines", told(&charter.machines)),
        ("duties", told(&charter.duties)),
        ("delegations", told(&charter.delegations)),
    ]
}

#[test]
fn each_of_the_46_rows_has_articles_acts_a_machine_and_a_register() {
    let sections = sections();
    let numbers: Vec<usize> = sections.rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
    for row in &sections.rows {
        for table in ["articles", "acts", "machines"] {
            assert!(!row.names(table).is_empty(), "row {} has no {table}", row.number);
        }
        assert!(!row.registers().is_empty(), "row {} is seen in no register", row.number);
    }
}

#[test]
fn without_a_row_the_charter_loads_and_lacks_that_row_alone() {
    let sections = sections();
    let whole = entries(&sections.whole());
    for row in &sections.rows {
        let cut = entries(&load(&sections.without(row.number)));
        for ((table, whole), (_, cut)) in whole.iter().zip(&cut) {
            let gone = row.names(table);
            let mut rest = whole.clone();
            rest.retain(|name, _| !gone.contains(name));
            assert_eq!(&rest, cut, "row {}: {table}", row.number);
        }
    }
}

#[test]
fn every_act_says_who_may_do_it() {
    let charter = sections().whole();
    let open = charter.acts.iter().filter(|(_, act)| act.by.is_empty());
    assert_eq!(open.map(|(kind, _)| kind.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn in_each_row_a_wrong_party_is_refused_with_the_rows_own_article() {
    let sections = sections();
    let charter = sections.whole();
    let parties: Vec<&PartyId> = charter.parties.keys().collect();
    for row in &sections.rows {
        let articles = row.names("articles");
        let refused = row.names("acts").into_iter().any(|kind| {
            let kind = Kind::parse(&kind).unwrap();
            parties.iter().any(|party| {
                let denied = charter.may(party, &kind, None).err();
                let article = denied.and_then(|denied| denied.article);
                article.is_some_and(|article| articles.contains(article.as_str()))
            })
        });
        assert!(refused, "row {}: whoever tries may do everything", row.number);
    }
}

#[test]
fn the_page_of_mechanisms_names_what_each_row_has() {
    let page = read("docs/mechanisms.md");
    for row in sections().rows {
        let title = format!("\n### {}. ", row.number);
        let section = page.split(&title).nth(1).unwrap_or_else(|| panic!("no row {}", row.number));
        let section = section.split("\n## ").next().unwrap().split("\n### ").next().unwrap();
        let mut missing = Vec::new();
        for table in ["acts", "machines", "duties", "labels"] {
            let names = row.names(table).into_iter();
            missing.extend(names.filter(|name| !section.contains(&format!("`{name}`"))));
        }
        let registers = row.registers().into_iter().map(|name| format!("/registers/{name}`"));
        missing.extend(registers.filter(|register| !section.contains(register.as_str())));
        assert!(missing.is_empty(), "row {} leaves out {}", row.number, missing.join(", "));
    }
}
