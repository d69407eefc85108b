//! What was found, for the screen and for `docs/proof.md`.

use crate::promises::{ADOPTS, ENDS_OTHERWISE, HELD, NO_OLD_HEAD, NONE_TAKEN_BACK, PROMISES};
use crate::run::{Findings, Form, Looked, Plan};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Between these lines the tables stand in a document.
const BEGIN: &str = "<!-- cargo xtask prove --write: from here -->";
const END: &str = "<!-- cargo xtask prove --write: to here -->";

/// Between these stands what a run with `--whole` found.
const PAIRS_BEGIN: &str = "<!-- cargo xtask prove --whole --write: from here -->";
const PAIRS_END: &str = "<!-- cargo xtask prove --whole --write: to here -->";

/// Returns each broken promise, with the form and the course of events.
pub(crate) fn broken(findings: &Findings) -> Vec<String> {
    let mut all = Vec::new();
    for form in &findings.forms {
        for (name, _) in PROMISES {
            if let Some(story) = form.found.get(name) {
                all.push(format!("{}: {name}: {story}", form.machines.join(", ")));
            }
        }
    }
    all
}

/// Prints what was found; of a charter or machine that was asked for with the worlds of each form.
pub(crate) fn print(findings: &Findings, plan: &Plan) {
    for form in findings.forms.iter().filter(|_| plan.only.is_some()) {
        println!("{}", form.machines.join(", "));
        for looked in &form.looked {
            println!("  {}", line(looked));
        }
        for (name, story) in &form.found {
            println!("  {name}: {story}");
        }
    }
    for story in broken(findings) {
        println!("BROKEN {story}");
    }
    println!("{}", text(findings, plan));
}

fn line(looked: &Looked) -> String {
    let Looked { parties, said, faults, states, depth, is_whole } = looked;
    let whole = if *is_whole { "whole" } else { "to the budget" };
    format!(
        "{parties} parties, {said} statements, {faults} faults: {states} states, depth {depth}, {whole}"
    )
}

/// Puts the tables into a document, in the place of those that stand there.
///
/// # Errors
/// If the file cannot be read or written, or has no place for tables.
pub(crate) fn write(file: &str, findings: &Findings, plan: &Plan) -> std::io::Result<()> {
    let text = std::fs::read_to_string(file)?;
    let (begin, end) = if plan.is_whole { (PAIRS_BEGIN, PAIRS_END) } else { (BEGIN, END) };
    let (Some((before, rest)), true) = (text.split_once(begin), text.contains(end)) else {
        return Err(std::io::Error::other("it has no place for the tables"));
    };
    let after = rest.split_once(end).map_or("", |(_, after)| after);
    let tables = self::text(findings, plan);
    let budget = plan.budget;
    let said = format!("Budget: {budget} states a world.");
    std::fs::write(file, format!("{before}{begin}\n\n{said}\n\n{tables}\n{end}{after}"))
}

/// What is counted for one charter.
#[derive(Default)]
struct Row {
    machines: usize,
    decide: usize,
    /// Forms first seen here.
    forms: usize,
    /// States of three, four and five parties.
    states: [usize; 3],
    /// Deciding machines in whose worlds something is adopted; something else.
    adopt: usize,
    end: usize,
    held: usize,
    taken_back: usize,
    old_head: usize,
}

fn tables(findings: &Findings) -> String {
    let mut text = String::new();
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for form in &findings.forms {
        for (at, machine) in form.machines.iter().enumerate() {
            let charter = machine.split_once('.').map_or(machine.as_str(), |(name, _)| name);
            count(rows.entry(charter).or_default(), form, at == 0);
        }
    }
    text.push_str("| profile | machines | decide | forms first seen | states, 3 parties | 4 | 5 | adopt | end otherwise | held | taken back | old head |\n");
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (name, row) in &rows {
        writeln!(text, "{}", cells(name, row)).expect("a text takes all");
    }
    text.push_str(&bounds(findings));
    let seconds = findings.time.as_secs_f64();
    let states: usize = findings.forms.iter().flat_map(|f| &f.looked).map(|l| l.states).sum();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = states as f64 / seconds.max(0.001);
    writeln!(
        text,
        "\n{} machines in {} forms; {states} states in {seconds:.0} s, {rate:.0} a second; {} promises broken.",
        rows.values().map(|row| row.machines).sum::<usize>(),
        findings.forms.len(),
        broken(findings).len(),
    )
    .expect("a text takes all");
    for (machine, why) in &findings.left_out {
        writeln!(text, "\nLeft out: `{machine}`: {why}.").expect("a text takes all");
    }
    text
}

fn count(row: &mut Row, form: &Form, is_first: bool) {
    let has = |name: &str| usize::from(form.found.contains_key(name));
    row.machines += 1;
    row.decide += usize::from(form.decides);
    row.adopt += has(ADOPTS);
    row.end += has(ENDS_OTHERWISE);
    row.held += has(HELD);
    row.taken_back += has(NONE_TAKEN_BACK);
    row.old_head += has(NO_OLD_HEAD);
    if is_first {
        row.forms += 1;
        for looked in &form.looked {
            row.states[looked.parties.clamp(3, 5) - 3] += looked.states;
        }
    }
}

fn cells(name: &str, row: &Row) -> String {
    let numbers = [
        row.machines,
        row.decide,
        row.forms,
        row.states[0],
        row.states[1],
        row.states[2],
        row.adopt,
        row.end,
        row.held,
        row.taken_back,
        row.old_head,
    ];
    let cells: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("| {name} | {} |", cells.join(" | "))
}

/// What a run with `--whole` found: how many forms were looked at whole with faults in pairs, and which were not.
fn pairs(findings: &Findings) -> String {
    // A few machines have two parties that may have nodes, and no third.
    let whole = |form: &Form, faults: u32| {
        let is_it = |l: &Looked| l.parties <= 3 && (l.said, l.faults) == (1, faults);
        form.looked.iter().any(|looked| looked.is_whole && is_it(looked))
    };
    let mut rows: BTreeMap<&str, [usize; 6]> = BTreeMap::new();
    let mut part: Vec<String> = Vec::new();
    let mut none: Vec<String> = Vec::new();
    for form in &findings.forms {
        let name = &form.machines[0];
        let charter = name.split_once('.').map_or(name.as_str(), |(charter, _)| charter);
        let [forms, two, one, begun, states, largest] = rows.entry(charter).or_default();
        let sizes = || form.looked.iter().map(|looked| looked.states);
        *forms += 1;
        *two += usize::from(whole(form, 2));
        *one += usize::from(!whole(form, 2) && whole(form, 1));
        *begun += usize::from(!form.looked.is_empty());
        *states += sizes().sum::<usize>();
        *largest = sizes().max().unwrap_or_default().max(*largest);
        if form.looked.is_empty() {
            none.push(format!("`{name}`"));
        } else if !whole(form, 2) {
            part.push(format!("`{name}`"));
        }
    }
    let mut text = String::from(
        "| profile | forms first seen | begun | whole with faults in pairs | else whole with one fault | states | largest world |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, [forms, two, one, begun, states, largest]) in &rows {
        writeln!(text, "| {name} | {forms} | {begun} | {two} | {one} | {states} | {largest} |")
            .expect("a text takes all");
    }
    let total = |at: usize| rows.values().map(|row| row[at]).sum::<usize>();
    writeln!(
        text,
        "\nFaults in pairs looked at whole in {} of {} forms; {} states in {:.0} s; {} promises broken.",
        total(1),
        total(0),
        total(4),
        findings.time.as_secs_f64(),
        broken(findings).len()
    )
    .expect("a text takes all");
    for (what, names) in [("Not finished within the budget", part), ("Not begun", none)] {
        if !names.is_empty() {
            writeln!(text, "\n{what}: {}.", names.join(", ")).expect("a text takes all");
        }
    }
    text
}

fn text(findings: &Findings, plan: &Plan) -> String {
    if plan.is_whole { pairs(findings) } else { tables(findings) }
}

/// How many forms were looked at whole in each kind of world.
fn bounds(findings: &Findings) -> String {
    let mut kinds: BTreeMap<(usize, u8, u32), [usize; 4]> = BTreeMap::new();
    for looked in findings.forms.iter().flat_map(|form| &form.looked) {
        let key = (looked.parties, looked.said, looked.faults);
        let [whole, part, states, depth] = kinds.entry(key).or_default();
        *whole += usize::from(looked.is_whole);
        *part += usize::from(!looked.is_whole);
        *states += looked.states;
        *depth = looked.depth.max(*depth);
    }
    let mut text = String::from(
        "\n| parties | statements | faults | forms looked at whole | to the budget | states | depth |\n|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for ((parties, said, faults), [whole, part, states, depth]) in kinds {
        writeln!(text, "| {parties} | {said} | {faults} | {whole} | {part} | {states} | {depth} |")
            .expect("a text takes all");
    }
    text
}
