//! Acts and delegations.

use super::words::{actor, actor_at, field, join, name, names, required_name, text_name};
use super::{article, small_number};
use crate::fault::{FaultKind, did_you_mean};
use crate::model::{
    Act, Actor, Annotates, Delegation, DowngradeAt, Field, MakesGroup, PositionFrom, Releases,
    Signature,
};
use crate::name::{
    DelegationName, EventName, FieldName, MachineName, OrganName, Position, RoleName,
};
use crate::text::{Findings, Reader};
use std::collections::BTreeMap;
use veche_ledger::{Kind, Label};

pub(super) fn read_acts(root: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<Kind, Act> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("acts", f) {
        let id = name(r.path(), key, "a kind", &Kind::parse, f);
        let act = read_act(key, &mut r, f);
        r.finish(f);
        out.extend(id.map(|id| (id, act)));
    }
    out
}

fn read_act(key: &str, r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Act {
    let (label_floor, label_default) = read_label(r, f);
    let by: Vec<Actor> = r
        .texts("by", f)
        .into_iter()
        .filter_map(|(path, text)| name(&path, text, "an actor", &actor, f))
        .collect();
    let act = Act {
        title: r.text("title", f).unwrap_or(key).to_owned(),
        by,
        organ: text_name(r, "organ", "an organ", &OrganName::parse, f),
        label_floor,
        label_default,
        signature: text_name(r, "signature", "a signature", &signature, f)
            .unwrap_or(Signature::Officer),
        signatures: small_number(r, "signatures", f).unwrap_or(1).max(1),
        fields: read_fields(r, f),
        about: names(r, "about", "a kind", &Kind::parse, f),
        about_required: r.flag("about_required", f),
        opens: text_name(r, "opens", "a machine", &MachineName::parse, f),
        per_paragraph: r.flag("per_paragraph", f),
        roles: read_roles(r, f),
        event: text_name(r, "event", "an event", &EventName::parse, f),
        position: read_position(r, f),
        event_field: text_name(r, "event_field", "a field", &FieldName::parse, f),
        annotates: r.table("annotates", f).map(|t| read_annotates(t, f)),
        supersedes: r.flag("supersedes", f),
        amends: r.flag("amends", f),
        makes_group: r.table("makes_group", f).and_then(|t| read_makes_group(t, f)),
        releases: r.table("releases", f).map(|t| read_releases(t, f)),
        withdraws: r.flag("withdraws", f),
        downgrade: r.table("downgrade", f).and_then(|t| read_downgrade(t, f)),
        register: r.text("register", f).map(str::to_owned),
        number: r.text("number", f).map(str::to_owned),
        article: article(r, f),
    };
    if act.event.is_some() && act.event_field.is_some() {
        let what = "`event` and `event_field` exclude each other".to_owned();
        f.add(&r.at("event_field"), FaultKind::Contradiction(what), None);
    }
    act
}

fn signature(text: &str) -> Result<Signature, String> {
    match text {
        "officer" => Ok(Signature::Officer),
        "node" => Ok(Signature::Node),
        "root" => Ok(Signature::Root),
        _ => Err(did_you_mean(text, ["officer", "node", "root"])
            .unwrap_or_else(|| "`officer`, `node` or `root`".to_owned())),
    }
}

fn read_label(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> (Option<Label>, Option<Label>) {
    let Some(mut t) = r.table("label", f) else { return (None, None) };
    let floor = text_name(&mut t, "floor", "a label", &Label::parse, f);
    let default = text_name(&mut t, "default", "a label", &Label::parse, f);
    t.finish(f);
    (floor, default)
}

fn read_fields(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<FieldName, Field> {
    let mut out = BTreeMap::new();
    let Some(t) = r.table("fields", f) else { return out };
    for (key, value) in t.pairs() {
        let path = join(t.path(), key);
        let Some(text) = value.as_str() else {
            t.wrong(key, "a form", value, f);
            continue;
        };
        let id = name(&path, key, "a field", &FieldName::parse, f);
        let form = name(&path, text, "a form", &field, f);
        out.extend(id.zip(form));
    }
    out
}

fn read_roles(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<RoleName, FieldName> {
    let mut out = BTreeMap::new();
    let Some(t) = r.table("roles", f) else { return out };
    for (key, value) in t.pairs() {
        let path = join(t.path(), key);
        let Some(text) = value.as_str() else {
            t.wrong(key, "a field", value, f);
            continue;
        };
        let role = name(&path, key, "a role", &RoleName::parse, f);
        let field = name(&path, text, "a field", &FieldName::parse, f);
        out.extend(role.zip(field));
    }
    out
}

fn read_position(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<PositionFrom> {
    if r.value("position")?.as_table().is_none() {
        return text_name(r, "position", "a position or a field", &Position::parse, f)
            .map(PositionFrom::Always);
    }
    let mut t = r.table("position", f)?;
    let field = required_name(&mut t, "field", "a field", &FieldName::parse, f);
    t.finish(f);
    field.map(PositionFrom::Field)
}

fn read_makes_group(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<MakesGroup> {
    let members = required_name(&mut r, "members", "a field", &FieldName::parse, f);
    let includes = text_name(&mut r, "includes", "a field", &FieldName::parse, f);
    r.finish(f);
    members.map(|members| MakesGroup { members, includes })
}

fn read_releases(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Releases {
    let record = text_name(&mut r, "record", "a field", &FieldName::parse, f);
    let parties = text_name(&mut r, "parties", "a field", &FieldName::parse, f);
    let statuses = text_name(&mut r, "statuses", "a field", &FieldName::parse, f);
    r.finish(f);
    Releases { record, parties, statuses }
}

fn read_downgrade(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<DowngradeAt> {
    let at = required_name(&mut r, "at", "a field", &FieldName::parse, f);
    let to = required_name(&mut r, "to", "a label", &Label::parse, f);
    r.finish(f);
    at.zip(to).map(|(at, to)| DowngradeAt { at, to })
}

fn read_annotates(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Annotates {
    let annotates = Annotates { changes_binding: r.flag("changes_binding", f) };
    r.finish(f);
    annotates
}

pub(super) fn read_delegations(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<DelegationName, Delegation> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("delegations", f) {
        let id = name(r.path(), key, "a delegation", &DelegationName::parse, f);
        let title = r.text("title", f).unwrap_or(key).to_owned();
        if !r.has("to") {
            f.add(r.path(), FaultKind::Missing("to"), None);
        }
        let to = actor_at(&mut r, "to", f);
        let act = required_name(&mut r, "act", "a kind", &Kind::parse, f);
        let limits = r.table("limits", f).map(|t| read_limits(&t, f)).unwrap_or_default();
        let article = article(&mut r, f);
        r.finish(f);
        if let (Some(id), Some(to), Some(act)) = (id, to, act) {
            out.insert(id, Delegation { title, to, act, limits, article });
        }
    }
    out
}

fn read_limits(r: &Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<FieldName, i64> {
    let mut out = BTreeMap::new();
    for (key, value) in r.pairs() {
        let id = name(&r.at(key), key, "a field", &FieldName::parse, f);
        let number = crate::text::natural(value).and_then(|n| i64::try_from(n).ok());
        if number.is_none() {
            r.wrong(key, "a whole number, not negative", value, f);
        }
        out.extend(id.zip(number));
    }
    out
}
