//! Forms of acts: what the charter lets a party do, as fields that a person fills in.
//!
//! A form is sent to `/act` with `kind`, `about` and one value a field, each named `t.` and the field's name; what comes back is
//! read by [`crate::http::form`].

use super::sight::{Sight, terms};
use std::collections::BTreeSet;
use veche_charter::model::{Act, FieldForm, PositionFrom};
use veche_council::next::{NextAct, NextField};
use veche_council::view::{ProcedureView, UnitStatus, paragraphs};
use veche_desk::{Choice, Control, Form, FormField, Weight};

/// What the names of an act's fields begin with in a form, so that none is taken for `kind`, `about` or `back`.
pub const FIELD_PREFIX: &str = "t.";

/// Returns the forms of an act that a party may do to a procedure, or by itself: one for each position that the act can state, else
/// one; none for an officer whose key is locked. `id`: begins the ids of the forms on their page.
#[must_use]
pub fn of_act(
    sight: &Sight<'_>,
    id: &str,
    next: &NextAct,
    about: Option<&ProcedureView>,
) -> Vec<Form> {
    let Some(act) = sight.act(&next.kind).filter(|_| sight.can_sign()) else { return Vec::new() };
    let Some(PositionFrom::Field(field)) = &act.position else {
        return vec![one(sight, id, next, act, about, None)];
    };
    let choices = next
        .fields
        .iter()
        .find(|f| f.name == field.as_str())
        .map(|f| f.one_of.clone())
        .unwrap_or_default();
    if choices.is_empty() {
        return vec![one(sight, id, next, act, about, None)];
    }
    let mut words = choices;
    words.sort_by_key(|word| {
        POSITION_ORDER.iter().position(|known| known == word).unwrap_or(POSITION_ORDER.len())
    });
    words
        .iter()
        .map(|word| {
            one(sight, &format!("{id}-{word}"), next, act, about, Some((field.as_str(), word)))
        })
        .collect()
}

/// The order in which positions are offered; the grammar of rules knows these words.
const POSITION_ORDER: [&str; 4] = ["yes", "no", "aside", "abstain"];

fn one(
    sight: &Sight<'_>,
    id: &str,
    next: &NextAct,
    act: &Act,
    about: Option<&ProcedureView>,
    position: Option<(&str, &String)>,
) -> Form {
    let mut hidden = vec![("kind".to_owned(), next.kind.clone())];
    hidden.extend(about.map(|view| ("about".to_owned(), view.id.clone())));
    hidden.extend(position.map(|(field, word)| (format!("{FIELD_PREFIX}{field}"), word.clone())));
    let is_hidden = |name: &str| position.is_some_and(|(field, _)| field == name);
    let shown = next.fields.iter().filter(|field| !is_hidden(&field.name));
    let mut fields: Vec<FormField> =
        shown.map(|field| form_field(sight, act, field, about)).collect();
    fields.sort_by_key(|field| (!field.required, control_rank(&field.control)));
    let on = about.map_or_else(String::new, |view| format!(" on {}", view.number));
    let (submit, weight) = position
        .map_or_else(|| (next.title.clone(), Weight::Plain), |(_, word)| position_words(word));
    Form {
        id: form_id(id),
        action: String::new(),
        title: format!("{}{on}", next.title),
        hidden,
        fields,
        submit,
        weight,
        note: Some(note(sight, next, act)),
        has_preview: act.fields.values().any(|field| field.form == FieldForm::Paragraphs),
    }
}

/// Returns one form of an act, with the position, if it states one, to be chosen in it.
#[must_use]
pub fn of_act_in_one(
    sight: &Sight<'_>,
    id: &str,
    next: &NextAct,
    about: Option<&ProcedureView>,
) -> Vec<Form> {
    let act = sight.act(&next.kind).filter(|_| sight.can_sign());
    act.map(|act| one(sight, id, next, act, about, None)).into_iter().collect()
}

fn position_words(word: &str) -> (String, Weight) {
    match word {
        "yes" => ("Assent".to_owned(), Weight::Primary),
        "no" => ("Object".to_owned(), Weight::Grave),
        "aside" => ("Stand aside".to_owned(), Weight::Plain),
        "abstain" => ("Abstain".to_owned(), Weight::Plain),
        other => (capital(other), Weight::Plain),
    }
}

/// Says for whom it is signed, by how many, and who reads it.
fn note(sight: &Sight<'_>, next: &NextAct, act: &Act) -> String {
    let kind = veche_ledger::Kind::parse(&next.kind).ok();
    let label = kind
        .map_or_else(String::new, |kind| format!(", label {}", sight.node.default_label(&kind)));
    let article =
        next.article.as_ref().map_or_else(String::new, |article| format!(" Article {article}."));
    let by = match act.signatures {
        0 | 1 => sight.officer.to_owned(),
        n => format!("{n} officers"),
    };
    format!("Signed for {} by {by}{label}.{article}", sight.name(sight.party.as_str()))
}

fn form_field(
    sight: &Sight<'_>,
    act: &Act,
    field: &NextField,
    about: Option<&ProcedureView>,
) -> FormField {
    let form = act
        .fields
        .iter()
        .find(|(name, _)| name.as_str() == field.name)
        .map(|(_, field)| field.form);
    let (control, help, value) = match form {
        Some(FieldForm::Text) if LINES.contains(&field.name.as_str()) => {
            (Control::Line, None, String::new())
        }
        Some(FieldForm::Text) => (Control::Text, None, String::new()),
        Some(FieldForm::Word) if !field.one_of.is_empty() => (
            Control::One(
                field
                    .one_of
                    .iter()
                    .map(|word| Choice::new(word, &word.replace(['_', '-'], " ")))
                    .collect(),
            ),
            None,
            String::new(),
        ),
        Some(FieldForm::Number) => {
            (Control::Number { min: Some(0), max: None }, None, String::new())
        }
        Some(FieldForm::Flag) => (Control::Flag, None, String::new()),
        Some(FieldForm::Time) => (Control::Time, Some("UTC".to_owned()), String::new()),
        Some(FieldForm::Duration) => (Control::Duration, None, String::new()),
        Some(FieldForm::Party) => (Control::One(parties(sight)), None, String::new()),
        Some(FieldForm::Parties) => (Control::Several(parties(sight)), None, String::new()),
        Some(FieldForm::Texts) => (Control::Text, Some("one a line".to_owned()), String::new()),
        Some(FieldForm::Paragraphs) => {
            (Control::Text, Some(PARAGRAPHS_HELP.to_owned()), String::new())
        }
        Some(FieldForm::Other) => other_field(&field.name, about),
        Some(FieldForm::Word | FieldForm::Hash) | None => (Control::Line, None, String::new()),
    };
    FormField {
        name: format!("{FIELD_PREFIX}{}", field.name),
        label: capital(&field.name.replace('_', " ")),
        control,
        required: field.required,
        value,
        help,
        error: None,
    }
}

/// How numbered paragraphs are typed.
const PARAGRAPHS_HELP: &str = "a blank line between paragraphs; `3.` gives a number, `## ` a heading, `[a / b]` what is not agreed, `[^x]` with `[^x]: words` a footnote";

/// Names of texts that are one line long wherever acts use them; other texts get room for several.
pub(super) const LINES: [&str; 9] =
    ["title", "area", "place", "to", "operator", "service", "confidence", "corridor", "window"];

/// A field of no stated form: the numbers of paragraphs, where the procedure has any, else a list.
fn other_field(name: &str, about: Option<&ProcedureView>) -> (Control, Option<String>, String) {
    let list = || (Control::Text, Some("one a line".to_owned()), String::new());
    let Some(view) = about.filter(|_| name == "paragraphs") else { return list() };
    let open: BTreeSet<u32> = open_paragraphs(view).into_iter().collect();
    let texts = paragraphs(&terms(&view.terms));
    let choice = |(n, text): &(u32, String)| {
        let head: String = text.chars().take(PARAGRAPH_HEAD).collect();
        let dots = if text.chars().count() > PARAGRAPH_HEAD { "…" } else { "" };
        Choice::new(&n.to_string(), &format!("paragraph {n}: {head}{dots}"))
    };
    let choices: Vec<Choice> =
        texts.iter().filter(|(n, _)| open.is_empty() || open.contains(n)).map(choice).collect();
    if choices.is_empty() {
        return list();
    }
    let all: Vec<String> = choices.iter().map(|choice| choice.value.clone()).collect();
    (Control::Several(choices), Some("none chosen: all of them".to_owned()), all.join(","))
}

/// Longest head of a paragraph beside its box, in characters: a line of a narrow column.
const PARAGRAPH_HEAD: usize = 48;

/// Returns the paragraphs of a text that are still open.
#[must_use]
pub fn open_paragraphs(view: &ProcedureView) -> Vec<u32> {
    let open = view
        .units
        .iter()
        .filter(|unit| matches!(unit.status, UnitStatus::Running | UnitStatus::Contested));
    open.filter_map(|unit| unit.paragraph).collect()
}

fn parties(sight: &Sight<'_>) -> Vec<Choice> {
    sight
        .charter()
        .parties
        .iter()
        .map(|(id, party)| Choice::new(id.as_str(), &party.name))
        .collect()
}

const fn control_rank(control: &Control) -> u8 {
    match control {
        Control::Line => 0,
        Control::Several(_) => 1,
        Control::Text => 2,
        Control::One(_) => 3,
        Control::Number { .. } | Control::Time | Control::Duration => 4,
        Control::Flag => 5,
    }
}

/// Returns the text with a capital at its start.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Returns a form's id: letters, digits and `-` only.
#[must_use]
pub fn form_id(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect()
}
