//! Corrections with the sentences that they are about: what a training learns from.

use super::correction::Correction;
use super::mention::{Mention, Part};
use super::reference::{Reference, References};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns corrections as lines of a file, in the order in which they became known, each with the sentences of the mentions that it names
/// and that are here.
#[must_use]
pub fn lines(corrections: &[Correction], mentions: &[&Mention]) -> Vec<Value> {
    let references = References::of(mentions.iter().copied());
    let mut ordered: Vec<&Correction> = corrections.iter().collect();
    ordered.sort_by(|one, other| one.order().cmp(&other.order()));
    let line = |correction: &Correction| {
        let found: BTreeSet<usize> =
            correction.mentions.iter().flat_map(|name| references.find(name)).collect();
        let told = found.into_iter().filter_map(|at| mentions.get(at));
        let mut line = correction.to_json();
        line["sentences"] =
            told.filter_map(|mention| sentence(mention, &references)).collect::<Vec<_>>().into();
        line
    };
    ordered.into_iter().map(line).collect()
}

/// Returns a mention's sentence with what the coder found in it; none if the line did not have it.
fn sentence(mention: &Mention, references: &References) -> Option<Value> {
    let own = Reference::of(mention)?;
    let words = |part: Part| {
        let (_, (start, end)) = mention.words.iter().find(|(other, _)| *other == part)?;
        let within = |at: u64| usize::try_from(at.checked_sub(mention.sentence.0)?).ok();
        mention.text.get(within(*start)?..within(*end)?)
    };
    let text = |part: Part| words(part).unwrap_or_default();
    let beside = references.beside(&own).iter().map(|(other, _)| other);
    let beside: Vec<String> =
        beside.filter(|other| **other != own).map(ToString::to_string).collect();
    Some(json!({
        "mention": own.to_string(),
        "language": mention.language,
        "text": mention.text,
        "type": mention.class.name(),
        "mode": mention.mode.map_or("", |mode| mode.name()),
        "aux": mention.aux,
        "trigger": text(Part::Trigger),
        "actor": text(Part::Actor),
        "recipient": text(Part::Recipient),
        "attribution": text(Part::Attribution),
        "beside": beside,
    }))
}
