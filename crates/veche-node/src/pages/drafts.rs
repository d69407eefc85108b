//! What a delegation keeps to itself: for the officers of the node's own party.

use super::Sight;
use super::forms::{LINES, capital, form_id};
use super::registers::value;
use crate::delegation::{Draft, Duty, Instruction, Stage, instructions, list};
use veche_desk::{
    Control, DraftCard, DraftsPage, Form, FormField, InstructionCard, Link, State, Tone, Weight,
};
use veche_ledger::Hash;

/// Where its forms are sent.
pub const PATH: &str = "/drafts";

/// Most drafts and instructions that a page shows: the newest.
const SHOWN_MAX: usize = 200;

/// Returns true if a seat is one of the node's own party: nobody else sees any of it.
#[must_use]
pub fn is_own(sight: &Sight<'_>) -> bool {
    !sight.is_drill && sight.node.party() == sight.party
}

/// Returns the page. What cannot be read from the store is left out; `veche fsck` names it.
#[must_use]
pub fn drafts(sight: &Sight<'_>) -> DraftsPage {
    let drafts = list(sight.node.store(), sight.party).unwrap_or_default();
    let notes = instructions(sight.node.store(), sight.party, None).unwrap_or_default();
    DraftsPage {
        rules: rules(sight),
        drafts: drafts.iter().rev().take(SHOWN_MAX).map(|draft| card(sight, draft)).collect(),
        instructions: notes.iter().rev().take(SHOWN_MAX).map(|note| told(sight, note)).collect(),
    }
}

/// Returns the instructions on a matter.
#[must_use]
pub fn instructions_on(sight: &Sight<'_>, about: &Hash) -> Vec<InstructionCard> {
    if !is_own(sight) {
        return Vec::new();
    }
    let notes = instructions(sight.node.store(), sight.party, Some(about)).unwrap_or_default();
    notes.iter().rev().take(SHOWN_MAX).map(|note| told(sight, note)).collect()
}

/// Returns the form with which the capital instructs on a matter, for an officer who may.
#[must_use]
pub fn instruct_form(sight: &Sight<'_>, about: &str) -> Option<Form> {
    let may = is_own(sight) && sight.node.roles().may(sight.officer, Duty::Instruct);
    may.then(|| Form {
        id: "instruct".to_owned(),
        action: PATH.to_owned(),
        title: "Instruction from the capital".to_owned(),
        hidden: vec![hidden("do", "instruct"), hidden("about", about)],
        fields: vec![text("text", "What it says", "", true)],
        submit: "Keep the instruction".to_owned(),
        note: Some("Kept at this node alone, and seen by its own officers.".to_owned()),
        ..Form::default()
    })
}

fn rules(sight: &Sight<'_>) -> Vec<String> {
    let roles = sight.node.roles();
    let named = [Duty::Draft, Duty::Approve, Duty::Sign, Duty::Instruct].into_iter();
    let named = named.filter(|duty| roles.named(*duty).is_some());
    let mut rules: Vec<String> =
        named.map(|duty| format!("Who may {duty}: {}.", roles.who(duty))).collect();
    if roles.four_eyes {
        rules.push("Nobody approves what he wrote or changed himself.".to_owned());
    }
    if roles.only_approved {
        rules.push("Nothing is signed here but approved drafts.".to_owned());
    }
    rules
}

fn about_link(sight: &Sight<'_>, about: &Hash) -> Link {
    let unknown = || Link::new(&format!("/records/{about}"), &about.short());
    sight.view(about).map_or_else(unknown, |view| sight.link(&view))
}

fn told(sight: &Sight<'_>, note: &Instruction) -> InstructionCard {
    InstructionCard {
        about: about_link(sight, &note.about),
        at: note.at,
        by: note.officer.clone(),
        text: note.text.clone(),
    }
}

fn card(sight: &Sight<'_>, draft: &Draft) -> DraftCard {
    let (content, stage) = (&draft.content, draft.stage());
    let tone = match stage {
        Stage::Approved | Stage::Signed => Tone::Good,
        Stage::ApprovalLost => Tone::Care,
        Stage::Drafted | Stage::Dropped => Tone::Plain,
    };
    let terms = content.terms.as_map().cloned().unwrap_or_default();
    let mut says: Vec<(String, String)> = terms
        .iter()
        .map(|(name, item)| (name.replace('_', " "), value(sight, Some(item))))
        .collect();
    // What is a line wherever it stands, such as the title, is read before what has several.
    says.sort_by_key(|(name, _)| !LINES.contains(&name.as_str()));
    let now = content.hash();
    let steps = draft.steps.iter().map(|step| {
        let is_reason = step.kind.word() == "dropped" && !step.note.is_empty();
        let reason = if is_reason { format!(": {}", step.note) } else { String::new() };
        let other = (step.content != now).then(|| format!(", of {}", step.content.short()));
        let said = format!("{} by {}", step.kind.word(), step.officer);
        (step.at, format!("{said}{}{reason}", other.unwrap_or_default()))
    });
    DraftCard {
        title: format!("{} {}", draft.id, sight.act_title(content.kind.as_str())),
        state: State::new(&stage.to_string(), tone),
        label: sight.label(content.label.as_str()),
        about: content.about.iter().map(|about| about_link(sight, about)).collect(),
        says,
        notes: draft.notes.clone(),
        content: content.hash().to_string(),
        steps: steps.collect(),
        record: draft
            .leaf()
            .map(|leaf| Link::new(&format!("/records/{leaf}"), "The record that it became")),
        acts: acts(sight, draft, stage),
    }
}

fn hidden(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn text(name: &str, label: &str, value: &str, required: bool) -> FormField {
    FormField {
        name: name.to_owned(),
        label: label.to_owned(),
        control: Control::Text,
        required,
        value: value.to_owned(),
        ..FormField::default()
    }
}

/// Returns a form that takes a step of a draft, as the visitor sees it now.
fn step(draft: &Draft, verb: &str, fields: Vec<FormField>, weight: Weight) -> Form {
    let id = draft.id.to_string();
    Form {
        id: form_id(&format!("draft-{id}-{verb}")),
        action: PATH.to_owned(),
        title: format!("{} draft {id}", capital(verb)),
        hidden: vec![
            hidden("do", verb),
            hidden("draft", &id),
            hidden("content", &draft.content.hash().to_string()),
        ],
        fields,
        submit: capital(verb),
        weight,
        ..Form::default()
    }
}

fn acts(sight: &Sight<'_>, draft: &Draft, stage: Stage) -> Vec<Form> {
    if matches!(stage, Stage::Signed | Stage::Dropped) {
        return Vec::new();
    }
    let roles = sight.node.roles();
    let may = |duty| roles.may(sight.officer, duty);
    let is_own = roles.four_eyes && draft.authors().contains(sight.officer);
    let mut forms = Vec::new();
    if stage != Stage::Approved && may(Duty::Approve) && !is_own {
        forms.push(step(draft, "approve", Vec::new(), Weight::Primary));
    }
    if stage == Stage::Approved && may(Duty::Sign) && sight.can_sign() {
        forms.push(step(draft, "sign", Vec::new(), Weight::Grave));
    }
    if may(Duty::Draft) {
        let terms = FormField {
            help: Some("A JSON object with the act's fields.".to_owned()),
            ..text("terms", "What it says", &draft.content.terms.to_string(), true)
        };
        let notes = text("notes", "Notes inside the delegation", &draft.notes, false);
        forms.push(step(draft, "change", vec![terms, notes], Weight::Plain));
        forms.push(step(draft, "drop", vec![text("reason", "Why", "", false)], Weight::Plain));
    }
    forms
}
