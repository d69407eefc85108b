//! The registers: each is an act, a machine and this view.

use super::case::due_of;
use super::cases::opening_forms;
use super::forms;
use super::sight::{Sight, terms, time};
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::model::{Act, FieldForm};
use veche_council::lists::Listed;
use veche_council::view::ProcedureView;
use veche_desk::{Form, Link, RegisterCard, RegisterPage, RegisterRow, RegistersPage};
use veche_ledger::{Hash, Kind, UnixSeconds, Value};

/// Most entries on a register's page.
const ROWS_MAX: usize = 200;
/// Most entries that carry the forms of what may be done with them: each is asked of the charter.
const ROWS_WITH_ACTS: usize = 30;
/// Most columns of a register's own.
const COLUMNS_MAX: usize = 4;

/// Returns the index of registers.
#[must_use]
pub fn index(sight: &Sight<'_>) -> RegistersPage {
    let counts = counts(sight);
    let cards = names(sight).into_iter().map(|name| {
        let count = counts.get(name).copied().unwrap_or_default();
        RegisterCard {
            link: Link::new(&format!("/registers/{}", super::sight::segment(name)), &title(name)),
            about: about(sight, name),
            entries: count.entries,
            open: count.open,
            overdue: count.overdue,
        }
    });
    RegistersPage { cards: cards.collect() }
}

/// How many entries a register has that the party may read.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    entries: u64,
    open: u64,
    overdue: u64,
}

/// Counts all registers in one pass over what is kept of each procedure: none is evaluated.
fn counts<'a>(sight: &Sight<'a>) -> BTreeMap<&'a str, Count> {
    let council = sight.council();
    let clocks: BTreeSet<Hash> = council
        .clocks(UnixSeconds(0))
        .take_while(|(at, _)| *at <= sight.now)
        .map(|(_, id)| id)
        .collect();
    let owed: BTreeSet<Hash> = council
        .unmet(sight.now)
        .take_while(|(due, _, _)| *due <= sight.now)
        .map(|(_, id, _)| id)
        .collect();
    let acts = &sight.charter().acts;
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for listed in council.listed().filter(|listed| sight.may_list(listed)) {
        let Some(act) = acts.get(listed.kind) else { continue };
        let Some(register) = &act.register else { continue };
        let count = counts.entry(register).or_default();
        count.entries += 1;
        let is_over = sight.is_over(&listed);
        count.open += u64::from(!is_over);
        let is_late = !is_over
            && match promised_for(sight, act, &listed) {
                Some(at) => at <= sight.now,
                None => clocks.contains(&listed.id),
            };
        count.overdue += u64::from(is_late || owed.contains(&listed.id));
    }
    counts
}

/// Returns the day by which something was promised, if its act has such a field.
fn promised_for(sight: &Sight<'_>, act: &Act, listed: &Listed<'_>) -> Option<UnixSeconds> {
    act.fields.iter().find(|(name, _)| name.as_str() == "due")?;
    sight.council().opening_field(&listed.id, "due")?.as_text().map(time)
}

/// Returns one register, if the charter has it.
#[must_use]
pub fn register(sight: &Sight<'_>, name: &str) -> Option<RegisterPage> {
    let acts = acts(sight, name);
    if acts.is_empty() {
        return None;
    }
    let columns = columns(&acts);
    // What may not be read is passed over before it counts, so that the limit tells nothing of it.
    let is_in = |kind: &Kind| {
        sight.charter().acts.get(kind).is_some_and(|act| act.register.as_deref() == Some(name))
    };
    let listed = sight.council().listed().rev().filter(|listed| is_in(listed.kind));
    let seen = listed.filter(|listed| sight.may_list(listed)).take(ROWS_MAX);
    let views = sight.readable(seen.map(|listed| listed.id));
    let rows =
        views.iter().enumerate().map(|(at, view)| row(sight, view, &columns, at < ROWS_WITH_ACTS));
    Some(RegisterPage {
        title: title(name),
        about: about(sight, name),
        columns: columns.iter().map(|column| forms::capital(&column.replace('_', " "))).collect(),
        rows: rows.collect(),
        selections: Vec::new(),
        add_forms: opening_forms(sight, |kind| {
            sight.act(kind).is_some_and(|act| act.register.as_deref() == Some(name))
        }),
    })
}

/// Returns the names of the charter's registers.
#[must_use]
pub fn names<'a>(sight: &Sight<'a>) -> BTreeSet<&'a str> {
    sight.charter().acts.values().filter_map(|act| act.register.as_deref()).collect()
}

fn acts<'a>(sight: &Sight<'a>, name: &str) -> Vec<&'a Act> {
    sight.charter().acts.values().filter(|act| act.register.as_deref() == Some(name)).collect()
}

fn title(name: &str) -> String {
    forms::capital(&name.replace('_', " "))
}

fn about(sight: &Sight<'_>, name: &str) -> String {
    let acts = acts(sight, name);
    let titles: Vec<&str> = acts.iter().map(|act| act.title.as_str()).collect();
    let article = acts.iter().find_map(|act| act.article.as_ref());
    let quoted = article.map_or_else(String::new, |article| {
        let text = sight.article(Some(article.as_str())).text;
        format!(". Article {article}: {text}")
    });
    format!("{}{quoted}", titles.join(", "))
}

/// Returns the fields that make columns: short ones that the act requires.
fn columns(acts: &[&Act]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for act in acts {
        for (name, field) in &act.fields {
            let is_short = match field.form {
                FieldForm::Word
                | FieldForm::Number
                | FieldForm::Duration
                | FieldForm::Party
                | FieldForm::Time => true,
                FieldForm::Text
                | FieldForm::Flag
                | FieldForm::Parties
                | FieldForm::Hash
                | FieldForm::Texts
                | FieldForm::Paragraphs
                | FieldForm::Other => false,
            };
            // The owner and the day due have columns of their own.
            let is_elsewhere = ["owner", "due"].contains(&name.as_str());
            if is_short && !is_elsewhere && !columns.iter().any(|column| column == name.as_str()) {
                columns.push(name.to_string());
            }
        }
    }
    columns.truncate(COLUMNS_MAX);
    columns
}

fn row(
    sight: &Sight<'_>,
    view: &ProcedureView,
    columns: &[String],
    with_acts: bool,
) -> RegisterRow {
    let terms = terms(&view.terms);
    let owner = terms.get("owner").and_then(Value::as_text).unwrap_or(&view.author);
    let parent =
        view.parent.as_deref().and_then(|id| Hash::parse(id).ok()).and_then(|id| sight.view(&id));
    let mut links: Vec<Link> =
        parent.iter().map(|parent| Link::new(&sight.href(parent), &parent.number)).collect();
    links.push(Link::new(&format!("/records/{}", view.record.leaf), "record"));
    RegisterRow {
        number: view.number.clone(),
        link: Link::new(&sight.href(view), &sight.name_of(view)),
        owner: sight.author(owner),
        state: sight.state(view),
        since: sight.since(view),
        due: due_of(sight, view),
        values: columns.iter().map(|column| value(sight, terms.get(column))).collect(),
        links,
        label: sight.label(&view.label),
        acts: if with_acts && !view.is_over { row_forms(sight, view) } else { Vec::new() },
    }
}

fn row_forms(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Form> {
    let Ok(id) = Hash::parse(&view.id) else { return Vec::new() };
    let acts = sight.council().next_acts(&id, sight.party, sight.now);
    // What opens another procedure about this one is offered on its own page.
    let moves = acts.iter().filter(|act| {
        act.refused.is_none() && sight.act(&act.kind).is_some_and(|act| act.opens.is_none())
    });
    moves
        .flat_map(|act| {
            forms::of_act(sight, &format!("{}-{}", view.number, act.kind), act, Some(view))
        })
        .collect()
}

/// Writes a value of terms for people.
#[must_use]
pub fn value(sight: &Sight<'_>, value: Option<&Value>) -> String {
    match value {
        None => "–".to_owned(),
        Some(Value::Text(text)) => sight.name(text),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Bool(flag)) => (if *flag { "yes" } else { "no" }).to_owned(),
        Some(Value::List(items)) => {
            let items: Vec<String> =
                items.iter().map(|item| self::value(sight, Some(item))).collect();
            items.join("\n")
        }
        Some(Value::Map(map)) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, item)| format!("{key}: {}", self::value(sight, Some(item))))
                .collect();
            pairs.join("; ")
        }
    }
}
