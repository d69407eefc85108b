//! Groups, releases, downgrades: that each can do what it says, and that none shows what a label seals.

use super::Check;
use crate::fault::FaultKind;
use crate::marking::GROUP_MARK;
use crate::model::{Act, Outcome, Releases};
use crate::name::FieldName;
use veche_ledger::{Kind, Label};

pub(super) fn check_label(c: &mut Check<'_, '_, '_>, label: &Label) {
    let Some(entry) = c.charter.labels.get(label) else { return };
    let path = ["labels", label.as_str()];
    if label.as_str().contains(GROUP_MARK) {
        let what =
            format!("a label with `{GROUP_MARK}` names a group, which only a record can make");
        c.add(&path, FaultKind::Contradiction(what));
    }
    let Some(downgrade) = &entry.downgrade else { return };
    let to = &downgrade.to;
    let what = if to == label || !c.charter.label_at_least(label, to) {
        format!("`downgrade` leads to `{to}`, which does not lie below `{label}`")
    } else if entry.sealed {
        // Who cannot read its header does not know that he may ask for it: a release tells him.
        "a sealed label has no `downgrade`: nobody could tell which of its records are old enough; release them".to_owned()
    } else {
        return;
    };
    c.add(&["labels", label.as_str(), "downgrade"], FaultKind::Contradiction(what));
}

pub(super) fn check_act(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    check_group(c, kind, act);
    let (key, what) = match (&act.releases, act.withdraws) {
        (None, false) => return,
        (Some(_), true) => ("releases", Some("`releases` and `withdraws` exclude each other")),
        (Some(releases), false) => ("releases", release_fault(act, releases)),
        (None, true) => ("withdraws", withdrawal_fault(c, act)),
    };
    let moves = act.event.is_some() || act.event_field.is_some() || act.position.is_some();
    let moves = moves.then_some("an act that releases or withdraws moves no machine");
    let undecided = act.opens.is_some() && !adopts_whole(c, act);
    let undecided = undecided.then_some(
        "it is decided as a whole: its machine needs a state whose outcome is `adopted`, and no `per_paragraph`",
    );
    if let Some(what) = what.or(moves).or(undecided) {
        c.add(&["acts", kind.as_str(), key], FaultKind::Contradiction(what.to_owned()));
    }
}

fn release_fault(act: &Act, releases: &Releases) -> Option<&'static str> {
    let is_required = |field: &FieldName| act.fields.get(field).is_some_and(|field| field.required);
    if releases.parties.is_none() && releases.statuses.is_none() {
        return Some("`releases` needs a field of `parties` or `statuses`: to whom");
    }
    match (&releases.record, &act.opens) {
        (None, None) if !act.about_required => {
            Some("`releases` needs `about_required = true`: which record")
        }
        // Those who cannot read a record do not all know its kind, and must come to the same.
        (None, None) if !act.about.is_empty() => {
            Some("an act that releases what it is about may be about any kind: leave `about` out")
        }
        (None, Some(_)) => {
            Some("what is decided names the record in a field: `record = \"hash!\"`")
        }
        (Some(_), None) => Some("`record` is for what is decided: it needs `opens`"),
        (Some(record), Some(_)) if !is_required(record) => {
            Some("the field that names the record is required")
        }
        (None, None) | (Some(_), Some(_)) => None,
    }
}

fn withdrawal_fault(c: &Check<'_, '_, '_>, act: &Act) -> Option<&'static str> {
    let releases = |kind: &Kind| c.charter.acts.get(kind).is_some_and(|act| act.releases.is_some());
    if !act.about_required {
        return Some("`withdraws` needs `about_required = true`: which release");
    }
    let is_fit = !act.about.is_empty() && act.about.iter().all(releases);
    (!is_fit).then_some("`withdraws` needs `about`: acts that release, and no others")
}

fn check_group(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let Some(group) = &act.makes_group else { return };
    let is_required = act.fields.get(&group.members).is_some_and(|field| field.required);
    let what = if !is_required {
        format!("the members of a group are told: `{} = \"parties!\"`", group.members)
    } else if act.opens.is_some() || act.event.is_some() || act.event_field.is_some() {
        "an act that makes a group opens and moves nothing".to_owned()
    } else {
        return;
    };
    c.add(&["acts", kind.as_str(), "makes_group"], FaultKind::Contradiction(what));
}

fn adopts_whole(c: &Check<'_, '_, '_>, act: &Act) -> bool {
    let machine = act.opens.as_ref().and_then(|name| c.charter.machines.get(name));
    let adopts = machine
        .is_some_and(|m| m.states.values().any(|state| state.outcome == Some(Outcome::Adopted)));
    adopts && !act.per_paragraph
}
