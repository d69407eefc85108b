//! Asking the charter about a statement before anybody signs it.

use crate::node::{Node, Statement};
use veche_charter::marking::Marking;
use veche_charter::model::FieldForm;
use veche_council::entry::SYSTEM_KINDS;
use veche_council::next::Question;
use veche_council::view::RefusalView;
use veche_exchange::text::{consolidate, read};
use veche_ledger::{Label, UnixSeconds, Value};

/// Returns what the charter has against a statement at `now`, as the node that would append it sees things, or what is wrong with a
/// text of numbered paragraphs in it: `formats/text.md` says why the fold itself lets such a one stand.
#[must_use]
pub fn ask(node: &Node, statement: &Statement, now: UnixSeconds) -> Option<RefusalView> {
    if SYSTEM_KINDS.contains(&statement.kind.as_str()) {
        return None;
    }
    if let Some(refusal) = unsound(node, statement) {
        return Some(refusal);
    }
    let label = statement.label.clone().unwrap_or_else(|| node.default_label(&statement.kind));
    if let Some(refusal) = unknown_group(node, &label).or_else(|| on_redacted(node, statement)) {
        return Some(refusal);
    }
    let question = Question {
        party: &statement.party,
        kind: &statement.kind,
        label: &label,
        about: statement.about.first().copied(),
        terms: &statement.terms,
        is_drill: statement.drill,
        officers: u8::try_from(statement.officers.len()).unwrap_or(u8::MAX),
    };
    node.council().ask(&question, now)
}

/// What is said to a group that nobody here can find is read by its author alone: that is no mistake to be made unseen.
fn unknown_group(node: &Node, label: &Label) -> Option<RefusalView> {
    let group = Marking::of(label)?.group?;
    if node.council().members_of(&group).is_some() {
        return None;
    }
    let why = format!(
        "no record here makes the group `{group}`: nobody but you could read it; the name of a group is the first 32 digits of its record's hash"
    );
    Some(RefusalView { why, article: None, quote: None })
}

/// A decision's certificate opens what the decision is about: where words of that were taken back, there would be none.
fn on_redacted(node: &Node, statement: &Statement) -> Option<RefusalView> {
    let machine = node.charter().acts.get(&statement.kind)?.opens.as_ref()?;
    let states = &node.charter().machines.get(machine)?.states;
    let about = node.council().record(statement.about.first()?)?;
    let is_decided = states.values().any(|state| state.outcome.is_some());
    let redacted = about.redacted.filter(|_| is_decided)?;
    let why = format!(
        "words of what it is about were taken back at {}, so that no certificate of a decision on it could be made: say that anew, and refer to the new record",
        redacted.time
    );
    Some(RefusalView { why, article: None, quote: None })
}

/// Returns what is wrong with the numbered paragraphs of a statement: as a text, or as amendments of one.
fn unsound(node: &Node, statement: &Statement) -> Option<RefusalView> {
    let act = node.charter().acts.get(&statement.kind)?;
    let mut fields = act.fields.iter();
    fields.find(|(name, field)| {
        name.as_str() == "paragraphs" && field.form == FieldForm::Paragraphs
    })?;
    let list = statement.terms.get("paragraphs")?.as_list()?;
    list.first().filter(|item| item.get("n").is_some())?;
    let amends = |item: &Value| ["do", "bis", "over"].iter().any(|key| item.get(key).is_some());
    let fault = if list.iter().any(amends) {
        consolidate::of_paragraphs("it", list).err()?.to_string()
    } else {
        read::text(&statement.terms).err()?.to_string()
    };
    let why = format!("its text is not sound: {fault}");
    Some(RefusalView { why, article: act.article.as_ref().map(ToString::to_string), quote: None })
}
