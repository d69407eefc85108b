//! A course of events in words: what the model checker found, for people.

use crate::fold::names_of;
use crate::promises::certified;
use crate::world::{
    BACKUP, CHAIR, Course, Event, FORK, Fault, LATE, PARTITION, SKEW, WITHHELD, Way, World,
};
use stateright::Path;

/// Tells a course of events and its end.
pub(crate) fn tell(course: &Course, path: Path<World, Event>) -> String {
    let last = path.last_state().clone();
    let steps = path.into_vec();
    let first = steps.first().map_or(&last, |(world, _)| world);
    let events: Vec<Event> = steps.iter().filter_map(|(_, event)| *event).collect();
    let faults = faults(first, &events);
    let events: Vec<String> = events.iter().map(|event| words(course, *event)).collect();
    let colluder =
        first.colluder.map(|node| format!(", {} colluding", name(course, usize::from(node))));
    let mut proofs: Vec<String> = Vec::new();
    for one in certified(course, &last, &mut Vec::new()) {
        let binds: Vec<String> = (0..course.setup.parties.len())
            .filter(|party| one.proved.binds & (1 << party) != 0)
            .map(|party| name(course, party))
            .collect();
        let proof =
            format!("`{}` at +{} s binding {}", one.proved.state, one.proved.at, binds.join(" "));
        if !proofs.iter().any(|other| other.starts_with(&proof)) {
            proofs.push(format!(
                "{proof}, by rows {:?} with heads of ticks {:?}",
                one.closing.rows, one.closing.heads
            ));
        }
    }
    let proofs = if proofs.is_empty() {
        String::new()
    } else {
        format!("; certified: {}", proofs.join("; and "))
    };
    let differs = course.fold.difference(&last).map(|both| format!("; orders differ: {both}"));
    let proofs = proofs + &differs.unwrap_or_default();
    format!(
        "{} parties, {}{}: {}; end: {}{proofs}",
        course.setup.nodes,
        names_of(faults),
        colluder.unwrap_or_default(),
        events.join(", "),
        course.fold.describe(&last)
    )
}

/// Returns the faults that a course of events meets: a state keeps only those that still matter.
fn faults(first: &World, events: &[Event]) -> Fault {
    let of_event = |event: &Event| match event {
        Event::CutOff { .. } => PARTITION,
        Event::Says { way: Way::LateFor(_), .. } => LATE,
        Event::Says { way: Way::WithheldFrom(_), .. } => WITHHELD,
        Event::Forks { .. } => FORK,
        Event::Restores { .. } => BACKUP,
        Event::Says { way: Way::Prompt | Way::Undated, .. }
        | Event::Tick
        | Event::Arrives { .. }
        | Event::Heals
        | Event::States { .. } => 0,
    };
    let met = [
        (first.chair_passes, CHAIR),
        (first.colluder.is_some(), SKEW),
        (first.cut_off.is_some(), PARTITION),
        (first.late.iter().any(|late| *late != 0), LATE),
        (first.withheld.iter().any(|withheld| *withheld != 0), WITHHELD),
    ];
    let at_first = met.iter().filter(|(is_met, _)| *is_met).fold(0, |all, (_, fault)| all | fault);
    events.iter().fold(at_first, |all, event| all | of_event(event))
}

fn name(course: &Course, party: usize) -> String {
    course.setup.parties[party].to_string()
}

fn words(course: &Course, event: Event) -> String {
    let party = |at: usize| name(course, at);
    let said = |saying: usize| {
        let saying = &course.setup.sayings[saying];
        let event = saying.event.as_ref().map_or("a reservation", |event| event.as_str());
        match &saying.position {
            Some(position) => format!("`{event}` {position}"),
            None => format!("`{event}`"),
        }
    };
    match event {
        Event::Tick => "time passes".to_owned(),
        Event::Says { party: by, saying, way } => {
            let how = match way {
                Way::Prompt => String::new(),
                Way::LateFor(node) => format!(", late for {}", party(node)),
                Way::WithheldFrom(node) => format!(", withheld from {}", party(node)),
                Way::Undated => ", without the hour".to_owned(),
            };
            format!("{} says {}{how}", party(by), said(saying))
        }
        Event::Arrives { node } => format!("it arrives at {}", party(node)),
        Event::CutOff { node } => format!("{} is cut off", party(node)),
        Event::Heals => "the link heals".to_owned(),
        Event::States { log, rows, stated } => {
            let name = party(log / 2);
            format!("the colluder states that it had {rows} rows of {name}'s log at hour {stated}")
        }
        Event::Forks { party: by, saying, instead, shown_to } => {
            let other = instead.map_or_else(|| "nothing".to_owned(), said);
            format!("{} says {}, but to {} {other}", party(by), said(saying), party(shown_to))
        }
        Event::Restores { party: by } => {
            format!("{} restores a backup and takes back its last statement", party(by))
        }
    }
}
