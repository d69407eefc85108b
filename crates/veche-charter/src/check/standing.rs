//! Parties, organs, labels, acts, duties: who can do what, who reads what, who witnesses.

use super::{CHAIR, Check, INITIATOR};
use crate::act::{RESERVED_KINDS, Readers, allows};
use crate::fault::{FaultKind, did_you_mean};
use crate::model::{
    Act, Actor, Charter, DutyOwner, FieldForm, Machine, Outcome, Trigger, Vocabulary,
};
use crate::name::{MachineName, OrganName, RoleName};
use std::collections::BTreeSet;
use veche_ledger::commit::CLOSING_LEN_MAX;
use veche_ledger::{Kind, Label};

/// Bytes of a pair's cosignature in a closing: 3,349 of base64, and its witness's name and time.
const PAIR_COSIGNATURE_LEN: u64 = 3_500;

pub(super) fn check(c: &mut Check<'_, '_, '_>) {
    check_witnessing(c);
    check_closing(c);
    super::outside::check(c);
    for name in c.charter.organs.keys() {
        check_parents(c, name);
    }
    for label in c.charter.labels.keys() {
        check_label(c, label);
        super::sharing::check_label(c, label);
    }
    for (kind, act) in &c.charter.acts {
        check_name_of(c, kind);
        check_who_may(c, kind, act);
        check_labels_of(c, kind, act);
        check_events(c, kind, act);
        check_paragraphs(c, kind, act);
        check_amends(c, kind, act);
        super::sharing::check_act(c, kind, act);
    }
    for (name, duty) in &c.charter.duties {
        let (DutyOwner::Each(owner) | DutyOwner::EachOther(owner)) = &duty.owner;
        if !has_owner(c, owner, &duty.trigger) {
            c.add(&["duties", name.as_str(), "owner"], FaultKind::NoOwner(name.to_string()));
        }
    }
}

/// `2q - w > f` for every log: two quorums of one log share more witnesses than may collude.
fn check_witnessing(c: &mut Check<'_, '_, '_>) {
    let (q, f) =
        (u64::from(c.charter.witnessing.quorum), u64::from(c.charter.witnessing.colluding));
    let logs = c.charter.parties.keys().map(|id| (count(c.charter.witnesses_of(id).len()), id));
    // One message is enough: what is mended for the log with the fewest witnesses is checked for the others then.
    let Some((w, party)) = logs.min() else { return };
    if q > w {
        let what = FaultKind::TooFew {
            what: format!("witnessing the log of `{party}`"),
            need: q,
            have: w,
        };
        c.add(&["witnessing", "quorum"], what);
    }
    let most =
        c.charter.parties.keys().map(|id| (count(c.charter.witnesses_of(id).len()), id)).max();
    if let Some((w, party)) = most.filter(|(w, _)| 2 * q <= w + f) {
        let what = FaultKind::WeakWitnessing {
            party: party.to_string(),
            witnesses: w,
            quorum: q,
            colluding: f,
        };
        let hint = format!("a quorum of {} holds", (w + f) / 2 + 1);
        c.hint(&["witnessing", "quorum"], what, Some(hint));
    }
}

/// A closing states a head of each log, cosigned by its own node and a quorum: under pairs of keys that must fit into its terms.
fn check_closing(c: &mut Check<'_, '_, '_>) {
    let is_pair = |key: &Option<String>| key.as_ref().is_some_and(|key| key.contains(' '));
    if !c.charter.parties.values().any(|party| is_pair(&party.keys.witness)) {
        return;
    }
    let heads = count(c.charter.parties.values().filter(|p| p.keys.log.is_some()).count());
    let each = u64::from(c.charter.witnessing.quorum) + 1;
    let len = heads * each * PAIR_COSIGNATURE_LEN;
    if len > CLOSING_LEN_MAX as u64 {
        let what = FaultKind::ClosingTooLong { heads, each, len };
        let hint = "list an Ed25519 key alone for each `witness`; the other keys may be pairs";
        c.hint(&["witnessing", "quorum"], what, Some(hint.to_owned()));
    }
}

fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

fn check_parents(c: &mut Check<'_, '_, '_>, name: &OrganName) {
    let mut seen = BTreeSet::new();
    let mut next = Some(name);
    while let Some(organ) = next {
        if !seen.insert(organ) {
            return c.add(
                &["organs", name.as_str(), "parent"],
                FaultKind::OrganCycle(name.to_string()),
            );
        }
        next = c.charter.organs.get(organ).and_then(|o| o.parent.as_ref());
    }
}

fn check_label(c: &mut Check<'_, '_, '_>, label: &Label) {
    let Some(entry) = c.charter.labels.get(label) else { return };
    if entry.above.iter().any(|below| c.charter.label_at_least(below, label)) {
        return c
            .add(&["labels", label.as_str(), "above"], FaultKind::LabelCycle(label.to_string()));
    }
    let readers = c.charter.readers(label);
    for below in &entry.above {
        let wider = match (&readers, c.charter.readers(below)) {
            (_, Readers::Everyone) => None,
            (Readers::Everyone, Readers::Only(_)) => Some("the public".to_owned()),
            (Readers::Only(upper), Readers::Only(lower)) => {
                upper.difference(&lower).next().map(|id| format!("`{id}`"))
            }
        };
        if let Some(party) = wider {
            let (upper, lower) = (label.to_string(), below.to_string());
            c.add(
                &["labels", label.as_str(), "above"],
                FaultKind::LabelWidens { upper, lower, party },
            );
        }
    }
}

/// What changes the charter says which text becomes which, and is decided as a whole.
fn check_amends(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    if !act.amends {
        return;
    }
    let has = |name: &str, form: FieldForm| {
        let field = act.fields.iter().find(|(field, _)| field.as_str() == name);
        field.is_some_and(|(_, field)| field.required && field.form == form)
    };
    let machine = act.opens.as_ref().and_then(|machine| c.charter.machines.get(machine));
    let decides = machine
        .is_some_and(|m| m.states.values().any(|state| state.outcome == Some(Outcome::Adopted)));
    let lacks = if !decides {
        "needs `opens`: a machine with a state whose outcome is `adopted`"
    } else if act.per_paragraph {
        "cannot be decided paragraph by paragraph"
    } else if !(has("base", FieldForm::Hash)
        && has("result", FieldForm::Hash)
        && has("edits", FieldForm::Other))
    {
        "needs the fields `base = \"hash!\"`, `result = \"hash!\"` and `edits = \"other!\"`"
    } else {
        return;
    };
    c.add(&["acts", kind.as_str(), "amends"], FaultKind::Amends { act: kind.to_string(), lacks });
}

fn check_name_of(c: &mut Check<'_, '_, '_>, kind: &Kind) {
    if RESERVED_KINDS.contains(&kind.as_str()) {
        let hint = format!("say of what it is one: `vote_{kind}`");
        let what = FaultKind::ReservedKind(kind.to_string());
        c.hint(&["acts", kind.as_str()], what, Some(hint));
    }
}

fn check_who_may(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let allowed = c.charter.parties.iter().filter(|(_, party)| {
        let status = c.charter.statuses.get(&party.status);
        status.is_some_and(|s| allows(&s.may, kind) && !s.may_not.contains(kind))
    });
    let mut allowed = allowed.map(|(id, _)| id);
    let someone = if act.by.is_empty() {
        allowed.next().is_some()
    } else {
        allowed.any(|id| act.by.iter().any(|by| c.may_fit(by).contains(id)))
    };
    if !someone {
        c.add(&["acts", kind.as_str()], FaultKind::NobodyMay(kind.to_string()));
    }
    check_roles_of(c, kind, act);
}

/// Roles are held in a procedure: an act that begins one, or moves none, would be let through whoever does it.
fn check_roles_of(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let moves = act.opens.is_none() && (act.event.is_some() || act.event_field.is_some());
    let asks =
        |by: &&Actor| matches!(by, Actor::Role(_) | Actor::NotRole(_) | Actor::MemberNotRole(_));
    let Some(by) = act.by.iter().find(asks).filter(|_| !moves) else { return };
    let what = FaultKind::RoleWithoutProcedure { act: kind.to_string(), role: by.to_string() };
    let hint = "name a status, a tag or parties; or let a first state wait for an act of who holds the role";
    c.hint(&["acts", kind.as_str(), "by"], what, Some(hint.to_owned()));
}

fn check_labels_of(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let default = act.label_default.as_ref().unwrap_or(&c.charter.default_label);
    if let Some(floor) =
        act.label_floor.as_ref().filter(|floor| !c.charter.label_at_least(default, floor))
    {
        let what =
            format!("its label if none is named, `{default}`, is not at least its floor `{floor}`");
        c.add(&["acts", kind.as_str(), "label"], FaultKind::Contradiction(what));
    }
}

fn check_paragraphs(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let has =
        act.fields.get("paragraphs").is_some_and(|f| f.form == FieldForm::Paragraphs && f.required);
    if act.per_paragraph && !(has && act.opens.is_some()) {
        let what =
            "`per_paragraph` needs `opens` and a field `paragraphs = \"paragraphs!\"`".to_owned();
        c.add(&["acts", kind.as_str(), "per_paragraph"], FaultKind::Contradiction(what));
    }
}

/// Every event that an act may be is known to a machine that the act can be about.
fn check_events(c: &mut Check<'_, '_, '_>, kind: &Kind, act: &Act) {
    let machines = about(c.charter, act);
    let known: BTreeSet<&str> = machines
        .iter()
        .flat_map(|m| m.states.values())
        .flat_map(|s| &s.on)
        .map(|t| t.event.as_str())
        .collect();
    let words =
        act.event_field.as_ref().and_then(|field| act.fields.get(field)).map(|field| &field.one_of);
    if words.is_some_and(Vocabulary::is_empty) {
        let what =
            "`event_field` names a field without a list of words: `word! grant|refuse`".to_owned();
        c.add(&["acts", kind.as_str(), "event_field"], FaultKind::Contradiction(what));
    }
    let events = act
        .event
        .iter()
        .map(|e| e.as_str())
        .chain(words.iter().flat_map(|w| w.written()).map(String::as_str));
    for event in events {
        if !known.contains(event) {
            let key = if act.event.is_some() { "event" } else { "event_field" };
            let what = FaultKind::UnknownEvent { act: kind.to_string(), event: event.to_owned() };
            let hint = did_you_mean(event, known.iter().copied());
            c.hint(&["acts", kind.as_str(), key], what, hint);
        }
    }
}

/// Returns the machines that an act can be about: those opened by the kinds it names, or all.
fn about<'c>(charter: &'c Charter, act: &Act) -> Vec<&'c Machine> {
    if act.about.is_empty() {
        return charter.machines.values().collect();
    }
    let kinds = act.about.iter().filter_map(|kind| charter.acts.get(kind));
    kinds.filter_map(|act| charter.machines.get(act.opens.as_ref()?)).collect()
}

fn has_owner(c: &Check<'_, '_, '_>, owner: &Actor, trigger: &Trigger) -> bool {
    if let Actor::Role(role) = owner {
        return fills(c, trigger, role);
    }
    !c.may_fit(owner).is_empty()
}

/// Returns true if what starts a duty says who holds a role.
fn fills(c: &Check<'_, '_, '_>, trigger: &Trigger, role: &RoleName) -> bool {
    match trigger {
        Trigger::Act(kind) => c.charter.acts.get(kind).is_some_and(|act| act_fills(act, role)),
        Trigger::State(machine, _) => machine_fills(c, machine, role),
    }
}

fn machine_fills(c: &Check<'_, '_, '_>, machine: &MachineName, role: &RoleName) -> bool {
    c.openers(machine).iter().any(|(_, act)| act_fills(act, role))
}

/// Returns true if an act that opens a machine says who holds a role in it.
pub(super) fn act_fills(act: &Act, role: &RoleName) -> bool {
    matches!(role.as_str(), CHAIR | INITIATOR) || act.roles.contains_key(role)
}
