//! Machines and duties.

use super::rules::mode;
use super::tables::read_max;
use super::words::{actor, actor_at, duration_at, join, name, names, required_name, text_name};
use super::{article, small_number};
use crate::fault::{FaultKind, did_you_mean};
use crate::model::{
    Actor, Clock, ClockSpan, ClockStart, Duration, Duty, DutyOwner, Finally, Machine, Outcome,
    Spawns, State, Target, Transition, Trigger, Unreached, UnreachedThen,
};
use crate::name::{
    CalendarName, ClassName, DutyName, EventName, FieldName, MachineName, Position, RuleName,
    StateName,
};
use crate::text::{Findings, Reader, wrong_form};
use std::collections::BTreeMap;
use veche_ledger::Kind;

pub(super) fn read_machines(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<MachineName, Machine> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("machines", f) {
        let id = name(r.path(), key, "a machine", &MachineName::parse, f);
        let title = r.text("title", f).unwrap_or(key).to_owned();
        let start = required_name(&mut r, "start", "a state", &StateName::parse, f);
        let states = read_states(&mut r, f);
        let article = article(&mut r, f);
        let basis = r.text("basis", f).map(str::to_owned);
        let contested = text_name(&mut r, "contested", "`held`", &contested, f);
        r.finish(f);
        if let (Some(id), Some(start)) = (id, start) {
            let leaves_contested = contested.is_some();
            out.insert(id, Machine { title, start, states, article, basis, leaves_contested });
        }
    }
    out
}

fn contested(text: &str) -> Result<(), String> {
    if text == "held" { Ok(()) } else { Err("`held`".to_owned()) }
}

fn read_states(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> BTreeMap<StateName, State> {
    let mut out = BTreeMap::new();
    for (key, mut s) in r.entries("states", f) {
        let id = name(s.path(), key, "a state", &StateName::parse, f);
        let state = State {
            title: s.text("title", f).map_or_else(|| key.replace('_', " "), str::to_owned),
            clock: read_clock(&mut s, f),
            timeout: read_timeout(&mut s, f),
            fresh: s.flag("fresh", f),
            is_final: s.flag("final", f),
            outcome: text_name(&mut s, "outcome", "an outcome", &outcome, f),
            on: read_transitions(&mut s, f),
            spawns: s.table("spawns", f).and_then(|t| read_spawns(t, f)),
            article: article(&mut s, f),
        };
        s.finish(f);
        out.extend(id.map(|id| (id, state)));
    }
    out
}

fn one_of<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let all: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
    Err(did_you_mean(text, words.iter().map(|(word, _)| *word))
        .unwrap_or_else(|| format!("one of {}", all.join(", "))))
}

fn outcome(text: &str) -> Result<Outcome, String> {
    one_of(
        text,
        &[
            ("adopted", Outcome::Adopted),
            ("rejected", Outcome::Rejected),
            ("lapsed", Outcome::Lapsed),
        ],
    )
}

fn clock_start(text: &str) -> Result<ClockStart, String> {
    one_of(
        text,
        &[
            ("tabled", ClockStart::Tabled),
            ("last_receipt", ClockStart::LastReceipt),
            ("own_receipt", ClockStart::OwnReceipt),
        ],
    )
}

fn read_clock(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Clock> {
    if r.value("clock")?.as_table().is_none() {
        let span = ClockSpan::Fixed(duration_at(r, "clock", f)?);
        return Some(Clock { span, start: ClockStart::Tabled, unreached: None, calendar: None });
    }
    let mut t = r.table("clock", f)?;
    let span = read_span(&mut t, f);
    let start =
        text_name(&mut t, "start", "a start", &clock_start, f).unwrap_or(ClockStart::Tabled);
    let unreached = t.table("unreached", f).and_then(|u| read_unreached(u, f));
    let calendar = text_name(&mut t, "calendar", "a calendar", &CalendarName::parse, f);
    t.finish(f);
    Some(Clock { span: span?, start, unreached, calendar })
}

/// Reads exactly one of `span`, `class`, `field`.
fn read_span(t: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<ClockSpan> {
    let fixed = duration_at(t, "span", f);
    let class = text_name(t, "class", "a class", &ClassName::parse, f);
    let field = text_name(t, "field", "a field", &FieldName::parse, f);
    let max = read_max(t, f);
    if max.is_some() && field.is_none() {
        let what = "`max` limits a `field` and stands only beside it".to_owned();
        f.add(&t.at("max"), FaultKind::Contradiction(what), None);
    }
    match (fixed, class, field) {
        (Some(span), None, None) => Some(ClockSpan::Fixed(span)),
        (None, Some(class), None) => Some(ClockSpan::Class(class)),
        (None, None, Some(field)) => Some(ClockSpan::Field { field, max }),
        _ => {
            let what = "a clock has exactly one of `span`, `class`, `field`".to_owned();
            f.add(t.path(), FaultKind::Contradiction(what), None);
            None
        }
    }
}

fn read_unreached(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Unreached> {
    let then = |t: &str| {
        one_of(
            t,
            &[
                ("extend", UnreachedThen::Extend),
                ("block", UnreachedThen::Block),
                ("counts", UnreachedThen::Counts),
                ("exclude", UnreachedThen::Exclude),
            ],
        )
    };
    let finally = |t: &str| {
        one_of(
            t,
            &[
                ("block", Finally::Block),
                ("counts", Finally::Counts),
                ("exclude", Finally::Exclude),
            ],
        )
    };
    let after = required_name(&mut r, "after", "a duration", &Duration::parse, f);
    let then =
        text_name(&mut r, "then", "what happens first", &then, f).unwrap_or(UnreachedThen::Extend);
    let max = read_max(&mut r, f);
    let finally = text_name(&mut r, "finally", "what happens in the end", &finally, f)
        .unwrap_or(Finally::Block);
    let blocked_to = text_name(&mut r, "to", "a state", &StateName::parse, f);
    if (then == UnreachedThen::Extend) != max.is_some() {
        let what =
            "`then = \"extend\"` and `max` go together: how long is the clock extended at most?"
                .to_owned();
        f.add(r.path(), FaultKind::Contradiction(what), None);
    }
    r.finish(f);
    Some(Unreached { after: after?, then, max, finally, blocked_to })
}

fn read_timeout(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Target> {
    if r.value("timeout")?.as_table().is_none() {
        return text_name(r, "timeout", "a state or a rule", &StateName::parse, f)
            .map(Target::State);
    }
    let mut t = r.table("timeout", f)?;
    let rule = required_name(&mut t, "rule", "a rule", &RuleName::parse, f);
    let pass = required_name(&mut t, "pass", "a state", &StateName::parse, f);
    let fail = required_name(&mut t, "fail", "a state", &StateName::parse, f);
    let no_quorum = text_name(&mut t, "no_quorum", "a state", &StateName::parse, f);
    let mode = text_name(&mut t, "mode", "a mode", &mode, f);
    t.finish(f);
    Some(Target::Rule { rule: rule?, pass: pass?, fail: fail?, no_quorum, mode })
}

fn read_transitions(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Vec<Transition> {
    let Some(value) = r.value("on") else { return Vec::new() };
    let Some(items) = value.as_array() else {
        r.wrong("on", "a list of transitions", value, f);
        return Vec::new();
    };
    let mut out = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let path = join(&r.at("on"), &index.to_string());
        match item.get_ref().as_table() {
            Some(table) => out.extend(read_transition(Reader::new(table, path), f)),
            None => wrong_form(&path, "on", "a list of transitions", item.get_ref(), f),
        }
    }
    out
}

fn read_transition(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Transition> {
    let event = required_name(&mut r, "ev", "an event", &EventName::parse, f);
    let by = if r.has("by") { actor_at(&mut r, "by", f) } else { Some(Actor::AnyMember) };
    let need = small_number(&mut r, "need", f).unwrap_or(1);
    if need == 0 {
        f.add(&r.at("need"), FaultKind::Contradiction("`need` is at least 1".to_owned()), None);
    }
    let positions = names(&mut r, "pos", "a position", &Position::parse, f);
    let target = read_target(&mut r, f);
    let article = article(&mut r, f);
    r.finish(f);
    Some(Transition { event: event?, by: by?, need, positions, target: target?, article })
}

fn read_target(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Target> {
    let to = required_name(r, "to", "a state", &StateName::parse, f)?;
    let rule = text_name(r, "rule", "a rule", &RuleName::parse, f);
    let fail = text_name(r, "fail", "a state", &StateName::parse, f);
    let no_quorum = text_name(r, "no_quorum", "a state", &StateName::parse, f);
    let mode = text_name(r, "mode", "a mode", &mode, f);
    match (rule, fail) {
        (Some(rule), Some(fail)) => Some(Target::Rule { rule, pass: to, fail, no_quorum, mode }),
        (None, None) if no_quorum.is_none() && mode.is_none() => Some(Target::State(to)),
        _ => {
            let what = "`rule` and `fail` go together; `no_quorum` and `mode` need both".to_owned();
            f.add(r.path(), FaultKind::Contradiction(what), None);
            None
        }
    }
}

fn read_spawns(mut r: Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Spawns> {
    let each = required_name(&mut r, "each", "a field", &FieldName::parse, f);
    let opens = required_name(&mut r, "opens", "a kind", &Kind::parse, f);
    r.finish(f);
    Some(Spawns { each: each?, opens: opens? })
}

pub(super) fn read_duties(
    root: &mut Reader<'_, '_>,
    f: &mut Findings<'_>,
) -> BTreeMap<DutyName, Duty> {
    let mut out = BTreeMap::new();
    for (key, mut r) in root.entries("duties", f) {
        let id = name(r.path(), key, "a duty", &DutyName::parse, f);
        let duty = read_duty(key, &mut r, f);
        r.finish(f);
        out.extend(id.zip(duty));
    }
    out
}

fn read_duty(key: &str, r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Duty> {
    let title = r.text("title", f).unwrap_or(key).to_owned();
    let owner = required_name(r, "owner", "an owner", &owner, f);
    let act = required_name(r, "act", "a kind", &Kind::parse, f);
    let trigger = read_trigger(r, f);
    let within = read_within(r, f);
    let every = duration_at(r, "every", f);
    let article = article(r, f);
    Some(Duty {
        title,
        owner: owner?,
        act: act?,
        trigger: trigger?,
        within: within?,
        every,
        article,
    })
}

fn owner(text: &str) -> Result<DutyOwner, String> {
    match text.split_once(':') {
        Some(("each", rest)) => actor(rest).map(DutyOwner::Each),
        Some(("each_other", rest)) => actor(rest).map(DutyOwner::EachOther),
        _ => Err("`each:ACTOR` or `each_other:ACTOR`, the second without the trigger's author"
            .to_owned()),
    }
}

fn read_trigger(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<Trigger> {
    if !r.has("trigger") {
        f.add(r.path(), FaultKind::Missing("trigger"), None);
    }
    let mut t = r.table("trigger", f)?;
    let act = text_name(&mut t, "act", "a kind", &Kind::parse, f).map(Trigger::Act);
    let state = text_name(&mut t, "state", "`machine.state`", &state_of, f);
    let path = t.path().to_vec();
    t.finish(f);
    match (act, state) {
        (Some(trigger), None) | (None, Some(trigger)) => Some(trigger),
        _ => {
            let what = "a trigger is an `act` or a `state`".to_owned();
            f.add(&path, FaultKind::Contradiction(what), None);
            None
        }
    }
}

/// Reads `machine.state`. A machine's name may have points; a state's after the last one has none.
fn state_of(text: &str) -> Result<Trigger, String> {
    let (machine, state) = text.rsplit_once('.').ok_or("write `machine.state`")?;
    let machine = MachineName::parse(machine).map_err(|e| e.to_string())?;
    let state = StateName::parse(state).map_err(|e| e.to_string())?;
    Ok(Trigger::State(machine, state))
}

fn read_within(r: &mut Reader<'_, '_>, f: &mut Findings<'_>) -> Option<ClockSpan> {
    if !r.has("within") {
        f.add(r.path(), FaultKind::Missing("within"), None);
    }
    if r.value("within")?.as_table().is_none() {
        return duration_at(r, "within", f).map(ClockSpan::Fixed);
    }
    let mut t = r.table("within", f)?;
    let span = read_span(&mut t, f);
    t.finish(f);
    span
}
