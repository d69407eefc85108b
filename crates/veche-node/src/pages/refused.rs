//! The page of an act that the charter refused: which article, who could, what may be done instead.

use super::forms;
use super::sight::{Sight, time};
use crate::ask::ask;
use crate::node::Statement;
use veche_council::view::RefusalView;
use veche_desk::{Form, Link, RefusedPage};
use veche_ledger::{Hash, PartyId, Value};

/// Returns the page of a refused statement.
#[must_use]
pub fn refused(
    sight: &Sight<'_>,
    statement: &Statement,
    refusal: &RefusalView,
    back: &str,
) -> RefusedPage {
    let act = sight.act_title(statement.kind.as_str());
    let about = statement.about.first();
    let view = about.and_then(|leaf| sight.view(leaf));
    let on = view.as_ref().map_or_else(String::new, |view| format!(" on {}", view.number));
    let tried = format!("{act} of {}{on}", sight.name(statement.party.as_str()));
    let mut shown = sight.refusal(tried, refusal, Some(statement.kind.as_str()));
    shown.who_could = who_could(sight, statement);
    shown.would_be_valid = would_be_valid(sight, statement);
    RefusedPage {
        refusal: shown,
        back: Link::new(back, view.as_ref().map_or("the page before", |view| &view.number)),
        instead: instead(sight, statement, about),
    }
}

/// Returns the parties that could say the same now.
fn who_could(sight: &Sight<'_>, statement: &Statement) -> Vec<String> {
    let others = sight.charter().parties.keys().filter(|party| **party != statement.party);
    let could = others.filter(|party| {
        let theirs = Statement { party: (*party).clone(), ..statement.clone() };
        ask(sight.node, &theirs, sight.now).is_none()
    });
    could.map(|party| sight.name(party.as_str())).collect()
}

/// Returns what would have made it valid: asked of the same evaluator, so that nothing is promised that would be refused again.
fn would_be_valid(sight: &Sight<'_>, statement: &Statement) -> Vec<String> {
    let mut ways = Vec::new();
    let opened =
        statement.about.first().and_then(|leaf| sight.view(leaf)).and_then(|view| view.since);
    let earlier = opened.as_deref().map(time).filter(|opened| *opened < sight.now);
    if let Some(opened) = earlier.filter(|opened| ask(sight.node, statement, *opened).is_none()) {
        ways.push(format!("the same in time: it would have counted at {opened}"));
    }
    for n in 2..=OFFICERS_MAX {
        let officers: Vec<String> = (0..n).map(|at| format!("officer-{at}")).collect();
        if statement.officers.len() < n
            && ask(sight.node, &Statement { officers, ..statement.clone() }, sight.now).is_none()
        {
            ways.push(format!("the signatures of {n} officers"));
            break;
        }
    }
    ways
}

/// Most signatures that a release is tried with.
const OFFICERS_MAX: usize = 3;

/// Returns what the party may do instead: acts on the same matter whose texts can say the same.
fn instead(sight: &Sight<'_>, statement: &Statement, about: Option<&Hash>) -> Vec<Form> {
    let said = statement.terms.as_map().into_iter().flatten();
    let said = said
        // The number that the form gave it is not what somebody said.
        .filter(|(name, _)| name.as_str() != "ref")
        .filter_map(|(_, value)| value.as_text())
        .max_by_key(|text| text.len())
        .unwrap_or_default();
    let Some(kind) = comment_kind(sight, &statement.party) else { return Vec::new() };
    let label = sight.node.default_label(&kind);
    let terms = Value::map([("text", Value::text(said))]);
    let comment = Statement {
        kind: kind.clone(),
        label: Some(label),
        about: about.copied().into_iter().collect(),
        terms,
        ..statement.clone()
    };
    if ask(sight.node, &comment, sight.now).is_some() {
        return Vec::new();
    }
    let title = sight.act_title(kind.as_str());
    let mut hidden = vec![("kind".to_owned(), kind.to_string())];
    hidden.extend(about.map(|leaf| ("about".to_owned(), leaf.to_string())));
    let form = Form {
        id: "instead".to_owned(),
        title: format!("Keep it as: {}", title.to_lowercase()),
        hidden,
        fields: vec![veche_desk::FormField {
            name: format!("{}text", forms::FIELD_PREFIX),
            label: "Text".to_owned(),
            control: veche_desk::Control::Text,
            required: true,
            value: said.to_owned(),
            ..veche_desk::FormField::default()
        }],
        submit: format!("Keep it as a {}", title.to_lowercase()),
        ..Form::default()
    };
    vec![form]
}

/// Returns the act that says a text about anything and changes nothing, if the charter has one and the party may do it.
pub(super) fn comment_kind(sight: &Sight<'_>, party: &PartyId) -> Option<veche_ledger::Kind> {
    let mut acts = sight.charter().acts.iter().filter(|(kind, act)| {
        let is_plain = act.opens.is_none()
            && act.event.is_none()
            && act.event_field.is_none()
            && act.about.is_empty();
        let required: Vec<&str> = act
            .fields
            .iter()
            .filter(|(_, field)| field.required)
            .map(|(name, _)| name.as_str())
            .collect();
        is_plain
            && !act.about_required
            && act.annotates.is_none()
            && !act.supersedes
            && required == ["text"]
            && sight.charter().may(party, kind, None).is_ok()
    });
    acts.next().map(|(kind, _)| kind.clone())
}
