//! What the judges said, as a table, a list with lines, and cases.

use crate::judge::Fate;
use crate::operators::Mutant;
use crate::runner::Shipped;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table};

/// How many mutants of a charter met which fate.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row {
    all: usize,
    checker: usize,
    case: usize,
    vector: usize,
    same: usize,
    equal: usize,
    alike: usize,
    survived: usize,
}

impl Row {
    pub(crate) const fn count(&mut self, fate: &Fate) {
        self.all += 1;
        let of = match fate {
            Fate::Checker => &mut self.checker,
            Fate::Case => &mut self.case,
            Fate::Vector => &mut self.vector,
            Fate::Same => &mut self.same,
            Fate::Equal(_) => &mut self.equal,
            Fate::Alike => &mut self.alike,
            Fate::Survives(_) => &mut self.survived,
        };
        *of += 1;
    }

    const fn numbers(&self) -> [usize; 8] {
        [
            self.all,
            self.checker,
            self.case,
            self.vector,
            self.same,
            self.equal,
            self.alike,
            self.survived,
        ]
    }
}

/// A charter's mutants, judged.
pub(crate) struct Judged {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) row: Row,
    pub(crate) survivors: Vec<(Mutant, Table)>,
    /// The same by table of the charter.
    pub(crate) tables: BTreeMap<String, Row>,
    pub(crate) alike: Vec<Mutant>,
    /// How many mutants say the same, by the argument for it.
    pub(crate) equal: BTreeMap<&'static str, usize>,
}

const HEAD: &str = "\
| profile | mutants | checker | case | vector | same | equal | alike | survived |
|---|---|---|---|---|---|---|---|---|
";

const BEGIN: &str = "<!-- mutants: begin -->\n";
const END: &str = "<!-- mutants: end -->\n";

/// Prints the table and the survivors; a survivor is a failure.
pub(crate) fn report(judged: &[Judged], write: Option<&str>) -> ExitCode {
    let table = table(judged);
    print!("{table}");
    for one in judged {
        let line = |mutant: &Mutant| line_of(&one.text, &mutant.path);
        for (mutant, case) in &one.survivors {
            println!("survived: {}\n  by: {}", place(one, mutant, line(mutant)), inline(case));
        }
        for mutant in &one.alike {
            println!("alike:    {}", place(one, mutant, line(mutant)));
        }
    }
    if let Some(file) = write {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let (before, rest) = text.split_once(BEGIN).unwrap_or((&text, ""));
        let after = rest.split_once(END).map_or("", |(_, after)| after);
        std::fs::write(file, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    }
    let survived = judged.iter().any(|one| !one.survivors.is_empty());
    if survived { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Prints a sample's sums; a survivor is a failure.
pub(crate) fn sample(judged: &[Judged]) -> ExitCode {
    let survivors: usize = judged.iter().map(|one| one.survivors.len()).sum();
    let killed: usize =
        judged.iter().map(|one| one.row.checker + one.row.case + one.row.vector).sum();
    if survivors > 0 || killed == 0 {
        let code = report(judged, None);
        println!("error: {survivors} mutants of the sample survived, {killed} did not");
        println!(
            "  hint:  add a case for each, or `cargo xtask mutate --cases` and read what it adds"
        );
        return if survivors > 0 { code } else { ExitCode::FAILURE };
    }
    println!("mutants: {killed} of a sample were noticed, none survived");
    ExitCode::SUCCESS
}

fn table(judged: &[Judged]) -> String {
    let mut out = HEAD.to_owned();
    let mut sums = [0; 8];
    for one in judged {
        let numbers = one.row.numbers();
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum += number;
        }
        line(&mut out, &one.name, numbers);
    }
    line(&mut out, "all", sums);
    out.push('\n');
    out.push_str(&HEAD.replace("profile", "table"));
    for (table, numbers) in by_table(judged) {
        line(&mut out, &table, numbers);
    }
    let mut equal = BTreeMap::<&str, usize>::new();
    for (why, number) in judged.iter().flat_map(|one| &one.equal) {
        *equal.entry(why).or_default() += number;
    }
    out.push_str("\n| equal, because | mutants |\n|---|---|\n");
    for (why, number) in equal {
        writeln!(out, "| {why} | {number} |").unwrap();
    }
    out
}

/// Returns the sums over all charters, by table.
fn by_table(judged: &[Judged]) -> BTreeMap<String, [usize; 8]> {
    let mut sums = BTreeMap::<String, [usize; 8]>::new();
    for (table, row) in judged.iter().flat_map(|one| &one.tables) {
        let sum = sums.entry(table.clone()).or_default();
        for (sum, number) in sum.iter_mut().zip(row.numbers()) {
            *sum += number;
        }
    }
    sums
}

fn line(out: &mut String, name: &str, numbers: [usize; 8]) {
    let cells: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    writeln!(out, "| {name} | {} |", cells.join(" | ")).unwrap();
}

fn place(one: &Judged, mutant: &Mutant, line: usize) -> String {
    format!("charters/{}/charter.toml:{line}: {}: {}", one.name, mutant.path.join("."), mutant.what)
}

/// Returns the line of a path, or of the nearest thing around it.
fn line_of(text: &str, path: &[String]) -> usize {
    let root = DeTable::parse(text).unwrap();
    let mut at = root.span().start;
    let mut table = Some(root.get_ref());
    let mut list: Option<&[Spanned<DeValue<'_>>]> = None;
    for step in path {
        let value = if let Some(items) = list {
            step.parse::<usize>().ok().and_then(|n| items.get(n))
        } else {
            let found = table.and_then(|t| t.iter().find(|(key, _)| key.get_ref() == step));
            at = found.map_or(at, |(key, _)| key.span().start);
            found.map(|(_, value)| value)
        };
        let Some(value) = value else { break };
        if list.is_some() {
            at = value.span().start;
        }
        table = value.get_ref().as_table();
        list = value.get_ref().as_array().map(|items| &**items);
    }
    text[..at].matches('\n').count() + 1
}

fn inline(case: &Table) -> String {
    toml::Value::Table(case.clone()).to_string()
}

const CASES_HEAD: &str = "\
# Cases that `cargo xtask mutate --cases` found: each tells the charter from a mutant that no other case told from it.
# The name says which mutant. What is expected is what the charter gives: read it before you commit it.
";

/// The order in which a case is written.
const KEYS: [&str; 23] = [
    "name",
    "rule",
    "machine",
    "act",
    "after",
    "organ",
    "log",
    "by",
    "label",
    "about",
    "drill",
    "signed",
    "officers",
    "terms",
    "urgency",
    "roles",
    "start",
    "times",
    "durations",
    "receipts",
    "given",
    "when",
    "now",
];

impl Shipped {
    /// Returns true if the charter has cases that mutants left.
    pub(crate) fn has_found(&self) -> bool {
        self.cases().any(|(file, _)| file.ends_with("/found.toml"))
    }
}

/// Adds the inputs that tell survivors from their charter to `cases/found.toml`.
pub(crate) fn write_cases(one: &Judged) {
    if one.survivors.is_empty() {
        return;
    }
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../charters");
    let file = format!("{root}/{}/cases/found.toml", one.name);
    let mut text = std::fs::read_to_string(&file).unwrap_or_else(|_| CASES_HEAD.to_owned());
    for (_, case) in &one.survivors {
        text.push_str("\n[[case]]\n");
        for key in KEYS.into_iter().chain(["then"]) {
            if let Some(value) = case.get(key) {
                writeln!(text, "{key} = {value}").unwrap();
            }
        }
    }
    std::fs::write(file, text).unwrap();
}
