//! The list of decisions, with their certificates.

use super::case::unit_name;
use super::forms::form_id;
use super::sight::{Sight, time};
use veche_council::view::{DecisionView, ProcedureView, UnitView};
use veche_desk::{Certificate, DecisionRow, DecisionsPage, Link, State, Tone};

/// Gives a decided procedure's certificate as pages name it, if the node can make it.
pub type Certificates<'a> = dyn Fn(&ProcedureView) -> Option<Certificate> + 'a;

/// Returns how a certificate is named, from its procedure and the SHA-256 of its bytes.
#[must_use]
pub fn certificate(sight: &Sight<'_>, view: &ProcedureView, hash: &str) -> Certificate {
    let file = format!("{}.decision.zip", sight.handle(view));
    let genesis = sight.charter().hash;
    Certificate {
        title: sight.title(view),
        href: format!("/certificates/{}", super::sight::segment(&file)),
        hash: hash.to_owned(),
        verify_command: format!("veche certificate verify {file} --charter {genesis}"),
    }
}

/// Returns the decisions, newest first.
#[must_use]
pub fn decisions(sight: &Sight<'_>, certificates: &Certificates<'_>) -> DecisionsPage {
    let closed = sight.council().listed().filter(|listed| listed.has_closing);
    let views = sight.readable(closed.map(|listed| listed.id));
    let mut rows: Vec<DecisionRow> = Vec::new();
    for view in &views {
        let decided: Vec<(&UnitView, &DecisionView)> =
            view.units.iter().filter_map(|unit| Some((unit, unit.decision.as_ref()?))).collect();
        if decided.is_empty() {
            continue;
        }
        let file = certificates(view);
        rows.extend(
            decided
                .into_iter()
                .map(|(unit, decision)| row(sight, view, unit, decision, file.clone())),
        );
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.at), row.id.clone()));
    DecisionsPage { rows, genesis_hash: sight.charter().hash.to_string() }
}

fn row(
    sight: &Sight<'_>,
    view: &ProcedureView,
    unit: &UnitView,
    decision: &DecisionView,
    file: Option<Certificate>,
) -> DecisionRow {
    let is_adopted = decision.outcome == "adopted";
    let tone = if is_adopted { Tone::Good } else { Tone::Care };
    let link = Link::new(&sight.href(view), &format!("{}, {}", sight.title(view), unit_name(unit)));
    let annotations = view
        .attached
        .iter()
        .filter(|attached| attached.is_annotation && attached.refused.is_none());
    let attached = annotations.map(|attached| {
        let title =
            format!("{} of {}", sight.act_title(&attached.kind), sight.author(&attached.author));
        Link::new(&format!("/records/{}", attached.record.leaf), &title)
    });
    DecisionRow {
        id: form_id(&format!("{}-{}", view.number, unit.paragraph.unwrap_or_default())),
        link,
        by: sight.author(&view.author),
        text: unit.text.clone().unwrap_or_default(),
        state: State::new(&decision.outcome, tone),
        because: decision.reason.clone(),
        at: time(&decision.at),
        binds: if is_adopted { sight.names(&decision.binds) } else { Vec::new() },
        not_bound: if is_adopted { not_bound(sight, unit, decision) } else { Vec::new() },
        attached: attached.collect(),
        certificate: file,
        label: sight.label(&view.label),
    }
}

/// Returns the members that a decision does not bind, each with the position that it took.
fn not_bound(sight: &Sight<'_>, unit: &UnitView, decision: &DecisionView) -> Vec<String> {
    let others =
        sight.members().filter(|party| !decision.binds.iter().any(|bound| bound == party.as_str()));
    others
        .map(|party| {
            let name = sight.author(party.as_str());
            match unit.positions.get(party.as_str()) {
                Some(position) => format!("{name} ({})", position.position),
                None => name,
            }
        })
        .collect()
}
