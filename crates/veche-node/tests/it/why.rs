//! What `why` says would change a result is done, in a network that starts anew, and changes it; no part of it does.

use crate::world::{TOWNS, World, edited, six_towns};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use veche_council::why::Why;
use veche_ledger::Hash;

/// Minutes of silence in the charter of these tests.
const SILENCE: u64 = 30;

/// Who says what on which paragraphs, and how many minutes after tabling.
type Said = (u64, &'static str, &'static str, &'static [u32]);

/// A course of events: statements on a text of two paragraphs, and whether it is closed before anybody asks why.
#[derive(Clone, Copy)]
struct Course {
    said: &'static [Said],
    is_closed: bool,
}

impl Course {
    /// Plays it to a minute after the deadline, with some positions on a paragraph in place of those taken.
    fn play(
        &self,
        paragraph: u32,
        changed: &BTreeMap<String, String>,
        changed_at: u64,
    ) -> (World, Hash) {
        let mut world = World::new(&six_towns());
        let proposal = table(&mut world);
        let mut all: Vec<(u64, String, String, Vec<u32>)> = Vec::new();
        for (minute, party, position, paragraphs) in self.said {
            let is_changed = |n: &u32| *n == paragraph && changed.contains_key(*party);
            let kept: Vec<u32> = paragraphs.iter().copied().filter(|n| !is_changed(n)).collect();
            if !kept.is_empty() {
                all.push((*minute, (*party).to_owned(), (*position).to_owned(), kept));
            }
        }
        all.extend(changed.iter().map(|(party, position)| {
            (changed_at, party.clone(), position.clone(), vec![paragraph])
        }));
        all.sort();
        let mut minutes = 0;
        for (minute, party, position, paragraphs) in all {
            world.wait(minute - minutes);
            minutes = minute;
            world.say(
                &party,
                "position",
                &[proposal],
                &json!({"position": position, "paragraphs": paragraphs}),
            );
        }
        world.wait(SILENCE + 1 - minutes);
        (world, proposal)
    }

    /// Checks every change that `why` names for every paragraph. Returns how many there were.
    #[track_caller]
    fn check(&self) -> usize {
        let (mut world, proposal) = self.play(0, &BTreeMap::new(), 0);
        if self.is_closed {
            world.close("arven", &proposal).expect("it is closed");
        }
        let answers = world.node("dovar").council().why(&proposal, world.now);
        let view = world
            .node("dovar")
            .council()
            .procedure(&proposal, world.now)
            .expect("the text is known");
        let mut count = 0;
        for (why, unit) in answers.iter().zip(&view.units) {
            // What is decided is asked about at its decision, anything else as it stands now.
            let decided = unit.decision.as_ref().map(|decision| decision.at.clone());
            count += self.check_unit(why, decided.as_deref());
        }
        count
    }

    #[track_caller]
    fn check_unit(&self, why: &Why, decided: Option<&str>) -> usize {
        let paragraph = why.paragraph.expect("by paragraph");
        let last = decided.map_or(SILENCE, |at| minute_of(at).min(SILENCE)) - 1;
        let result = |changed: &BTreeMap<String, String>| {
            let (mut world, proposal) = self.play(paragraph, changed, last);
            if let Some(at) = decided {
                world.now = veche_ledger::UnixSeconds::parse(at).expect("a time");
            }
            let unit = usize::try_from(paragraph).expect("a small number") - 1;
            world.state_of("belm", &proposal, unit)
        };
        assert_eq!(result(&BTreeMap::new()), why.result, "unchanged");
        for change in &why.changes {
            assert_eq!(result(&change.positions), change.result, "{change:?}");
            assert_ne!(change.result, why.result);
            for part in proper_parts(&change.positions) {
                assert_eq!(result(&part), why.result, "{part:?} of {change:?}");
            }
        }
        why.changes.len()
    }
}

fn table(world: &mut World) -> Hash {
    let paragraphs = json!([{"n": 1, "text": "one"}, {"n": 2, "text": "two"}]);
    world.say(
        "office",
        "proposal",
        &[],
        &json!({"ref": "P-1", "title": "a text", "paragraphs": paragraphs}),
    )
}

/// The scene begins at 09:00.
fn minute_of(time: &str) -> u64 {
    time[14..16].parse::<u64>().expect("minutes")
}

/// Returns every part of a change but none and the whole.
fn proper_parts(change: &BTreeMap<String, String>) -> Vec<BTreeMap<String, String>> {
    let all: Vec<(&String, &String)> = change.iter().collect();
    (1..(1u32 << all.len()) - 1)
        .map(|bits| {
            let is_in = |at: usize| bits >> at & 1 == 1;
            all.iter()
                .enumerate()
                .filter(|(at, _)| is_in(*at))
                .map(|(_, (a, b))| ((*a).clone(), (*b).clone()))
                .collect()
        })
        .collect()
}

#[test]
fn any_member_alone_could_have_stopped_what_nobody_objected_to() {
    for is_closed in [false, true] {
        assert_eq!(
            Course { said: &[], is_closed }.check(),
            12,
            "each of six on each of two paragraphs"
        );
    }
}

#[test]
fn one_objector_alone_could_have_let_it_pass() {
    let said: &[Said] = &[(3, "corin", "yes", &[1]), (10, "elsin", "no", &[2])];
    for is_closed in [false, true] {
        assert_eq!(Course { said, is_closed }.check(), 7);
    }
}

#[test]
fn of_three_objectors_all_must_give_way_and_no_two_suffice() {
    let said: &[Said] =
        &[(10, "elsin", "no", &[1, 2]), (10, "farro", "no", &[2]), (20, "belm", "no", &[2])];
    let course = Course { said, is_closed: false };
    assert!(course.check() >= 2);
    let (world, proposal) = course.play(0, &BTreeMap::new(), 0);
    let why = world.node("arven").council().why(&proposal, world.now);
    let named: BTreeSet<&str> = why[1].changes[0].positions.keys().map(String::as_str).collect();
    assert_eq!(named, BTreeSet::from(["belm", "elsin", "farro"]));
    assert_eq!(why[1].changes[0].result, "adopted");
}

#[test]
fn one_who_stands_aside_changes_nothing_by_agreeing() {
    let said: &[Said] = &[(5, "dovar", "aside", &[1, 2]), (6, "farro", "no", &[1])];
    assert!(Course { said, is_closed: true }.check() >= 1);
    assert!(Course { said, is_closed: false }.check() >= 1);
}

/// Tables a text, cuts parties off from then on, and returns whether anybody holds it adopted after all periods are over.
fn is_adopted_without(charter: &str, before: &[&str], after: &[&str]) -> bool {
    let mut world = World::new(charter);
    before.iter().for_each(|party| world.cut_off(party, true));
    let proposal = table(&mut world);
    after.iter().for_each(|party| world.cut_off(party, true));
    world.wait(3 * 60);
    for closer in TOWNS {
        let closed = world.close(closer, &proposal);
        drop(closed);
    }
    world.network.nodes().any(|node| {
        let view = node.council().procedure(&proposal, world.now);
        let units = view.map(|view| view.units).unwrap_or_default();
        units.iter().any(|unit| {
            unit.decision.as_ref().is_some_and(|decision| decision.outcome == "adopted")
        })
    })
}

/// Who is named at tabling time.
fn named_at_tabling(charter: &str, before: &[&str]) -> BTreeSet<String> {
    let mut world = World::new(charter);
    before.iter().for_each(|party| world.cut_off(party, true));
    let proposal = table(&mut world);
    let why = world.node("arven").council().why(&proposal, world.now);
    why.into_iter().flat_map(|why| why.stops_by_being_offline).collect()
}

#[test]
fn who_is_named_stops_the_text_by_being_offline_and_who_is_not_does_not() {
    let charter = six_towns();
    let named = named_at_tabling(&charter, &[]);
    assert_eq!(named, TOWNS.iter().map(|town| (*town).to_owned()).collect());
    for party in &named {
        assert!(
            !is_adopted_without(&charter, &[], &[party]),
            "{party} is named, and cut off it stops nothing"
        );
    }
    assert!(is_adopted_without(&charter, &[], &["office"]), "the office is not named");
    assert!(is_adopted_without(&charter, &[], &[]));
}

#[test]
fn who_was_never_reached_and_is_waived_is_not_named() {
    let extend = "unreached = { after = \"10m\", then = \"extend\", max = \"1h\", finally = \"block\", to = \"blocked\" }";
    let counts = edited(
        &six_towns(),
        extend,
        "unreached = { after = \"10m\", then = \"extend\", max = \"1h\", finally = \"counts\" }",
    );
    let blocked =
        "[machines.silence.states.blocked]\noutcome = \"lapsed\"\nfinal = true\narticle = \"4\"\n";
    let counts = edited(&counts, blocked, "");
    let named = named_at_tabling(&counts, &["farro"]);
    assert!(!named.contains("farro"), "{named:?}");
    assert!(is_adopted_without(&counts, &["farro"], &[]));
    for party in named {
        assert!(!is_adopted_without(&counts, &["farro"], &[&party]), "{party}");
    }
    // Where the charter blocks instead, it is named, and stops it.
    assert!(named_at_tabling(&six_towns(), &["farro"]).contains("farro"));
    assert!(!is_adopted_without(&six_towns(), &["farro"], &[]));
}

#[test]
fn the_reason_of_a_decision_is_the_step_that_decided() {
    let course =
        Course { said: &[(10, "elsin", "no", &[2]), (12, "farro", "no", &[2])], is_closed: true };
    let (mut world, proposal) = course.play(0, &BTreeMap::new(), 0);
    world.close("arven", &proposal).expect("it is closed");
    let view: Json =
        serde_json::to_value(world.node("belm").council().procedure(&proposal, world.now))
            .expect("a view");
    let reason = view["units"][1]["decision"]["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("becomes `broken`"), "{reason}");
}
