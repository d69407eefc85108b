//! A way to the end of a matter, found among the acts that the charter allows to somebody.

use crate::row::Row;
use crate::world::World;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::model::{Act, Field, FieldForm, PositionFrom};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, UnixSeconds};

/// Most acts on the way to an end.
const DEPTH_MAX: usize = 6;

/// Plays a row, and goes on from there until the matter that it opened is at an end. A matter with an outcome is closed by a
/// record over a cut, as everywhere.
pub(crate) fn close(row: &Row, charter: &Arc<Charter>) -> Result<(), String> {
    let mut world = World::new(Arc::clone(charter));
    world.play(row, usize::MAX);
    world.speak();
    let mut told = Vec::new();
    for number in &row.matters {
        match close_one(&world, number) {
            Ok(()) => return Ok(()),
            Err(why) => told.push(format!("{number}: {why}")),
        }
    }
    Err(told.join("; "))
}

fn close_one(world: &World, number: &str) -> Result<(), String> {
    let matter = world.council.by_number(number).ok_or("it was not opened")?;
    let mut ahead = VecDeque::from([(world.clone(), 0)]);
    let mut seen = BTreeSet::new();
    while let Some((world, depth)) = ahead.pop_front() {
        if is_closed(&world, &matter) {
            return Ok(());
        }
        if depth == DEPTH_MAX || !seen.insert(mark(&world, &matter)) {
            continue;
        }
        ahead.extend(nexts(&world, &matter).into_iter().map(|next| (next, depth + 1)));
    }
    Err(format!("no way to an end in {DEPTH_MAX} acts, from {} states", seen.len()))
}

/// Returns true if the matter's first unit is in a final state for good: one with an outcome is proven by a closing.
fn is_closed(world: &World, matter: &Hash) -> bool {
    let Some(view) = world.council.procedure(matter, UnixSeconds(world.now)) else { return false };
    let Some(unit) = view.units.first() else { return false };
    let kind = Kind::parse(&view.kind).unwrap();
    let machine = world.charter.acts[&kind].opens.as_ref().expect("it opened the matter");
    let states = &world.charter.machines[machine].states;
    let Some((name, state)) = states.iter().find(|(name, _)| name.as_str() == unit.state) else {
        return false;
    };
    state.is_final
        && (state.outcome.is_none() || world.closed(matter).as_deref() == Ok(name.as_str()))
}

/// What tells two ways apart: the state, and how much has been said in it.
fn mark(world: &World, matter: &Hash) -> (String, usize) {
    let view = world.council.procedure(matter, UnixSeconds(world.now));
    let unit = view.and_then(|view| view.units.into_iter().next());
    unit.map_or_else(Default::default, |unit| (unit.state, unit.positions.len()))
}

/// Returns the worlds after each act that moves or counts in the matter, and after its clock ran out.
fn nexts(world: &World, matter: &Hash) -> Vec<World> {
    let before = mark(world, matter);
    let steps = |world: &World| {
        let view = world.council.procedure(matter, UnixSeconds(world.now));
        view.map_or(0, |view| view.units.iter().map(|unit| unit.steps.len()).sum::<usize>())
    };
    let mut nexts: Vec<World> = Vec::new();
    for party in world.charter.parties.keys() {
        for next in world.council.next_acts(matter, party, UnixSeconds(world.now)) {
            if next.refused.is_some() {
                continue;
            }
            let kind = Kind::parse(&next.kind).unwrap();
            let act = &world.charter.acts[&kind];
            for terms in ways(act, world) {
                let mut after = world.clone();
                after.now += 60;
                after.say(party.as_str(), &next.kind, vec![*matter], terms);
                let has_moved = mark(&after, matter) != before || steps(&after) > steps(world);
                if has_moved {
                    nexts.push(after);
                }
            }
        }
    }
    let view = world.council.procedure(matter, UnixSeconds(world.now));
    let deadline =
        view.and_then(|view| view.units.first()?.deadline.as_ref().map(|d| d.at.clone()));
    if let Some(at) = deadline.and_then(|at| UnixSeconds::parse(&at).ok()) {
        let mut after = world.clone();
        after.now = after.now.max(at.0 + 60);
        nexts.push(after);
    }
    nexts
}

/// Returns terms for an act: with each word that its event or position can be.
fn ways(act: &Act, world: &World) -> Vec<Value> {
    let by_position = match &act.position {
        Some(PositionFrom::Field(field)) => Some(field),
        Some(PositionFrom::Always(_)) | None => None,
    };
    let chosen = act.event_field.as_ref().or(by_position);
    let words: Vec<Option<String>> = match chosen.and_then(|field| act.fields.get(field)) {
        Some(field) if !field.one_of.is_empty() => {
            field.one_of.sorted().iter().cloned().map(Some).collect()
        }
        Some(_) | None => vec![None],
    };
    let terms = words.into_iter().map(|word| {
        let fields =
            act.fields.iter().filter(|(name, field)| field.required || Some(*name) == chosen);
        let fields = fields.map(|(name, field)| {
            let word = word.as_ref().filter(|_| Some(name) == chosen);
            (name.to_string(), word.map_or_else(|| filled(field, world), Value::text))
        });
        Value::Map(fields.collect())
    });
    terms.collect()
}

/// Returns a value of a field's form.
fn filled(field: &Field, world: &World) -> Value {
    let party = || Value::text(world.charter.parties.keys().next().expect("a party"));
    match field.form {
        FieldForm::Text | FieldForm::Other => Value::text("as agreed"),
        FieldForm::Word => {
            Value::text(field.one_of.sorted().first().map_or("word", String::as_str))
        }
        FieldForm::Number => Value::Int(1),
        FieldForm::Flag => Value::Bool(true),
        FieldForm::Time => Value::text(UnixSeconds(world.now + 30 * 86_400)),
        FieldForm::Duration => Value::text("10d"),
        FieldForm::Party => party(),
        FieldForm::Parties => Value::List(vec![party()]),
        FieldForm::Hash => Value::text(Hash([7; 32])),
        FieldForm::Texts => Value::List(vec![Value::text("one")]),
        FieldForm::Paragraphs => {
            Value::List(vec![Value::map([("n", Value::Int(1)), ("text", Value::text("One."))])])
        }
    }
}
