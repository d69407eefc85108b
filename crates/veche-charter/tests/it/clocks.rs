//! Clocks, receipts, rulings: what the small charter does with a changed clock.

use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::machine::{Event, Facts, Run, Setting, StepKind, run, view};
use veche_charter::name::{EventName, Position, RoleName};
use veche_charter::rule::Roles;
use veche_ledger::{PartyId, Seconds, UnixSeconds};

const SMALL: &str = include_str!("small.toml");
const CLOCK: &str = "clock = { class = \"silence\" }";
const START: &str = "start = \"open\"";
/// What is contested stays so: the small procedure has no outcome, and nobody may rule in it.
const HELD: &str = "start = \"open\"\ncontested = \"held\"";
const ALL: [&str; 5] = ["ada", "ben", "cid", "dot", "eve"];

/// The small charter's silence procedure, given a clock, receipts and objections in hours.
struct Given<'a> {
    start: &'a str,
    clock: &'a str,
    receipts: &'a [(&'a str, u64)],
    events: Vec<Event>,
    closed_through: Option<u64>,
}

fn party(id: &str) -> PartyId {
    PartyId::parse(id).unwrap()
}

fn at(hours: u64) -> UnixSeconds {
    UnixSeconds(1_800_000_000) + Seconds::hours(hours)
}

fn objection(by: &str, not_before: u64, hour: u64) -> Event {
    event(by, "position", Some("no"), not_before, hour)
}

fn event(by: &str, name: &str, position: Option<&str>, not_before: u64, hour: u64) -> Event {
    Event {
        at: at(hour),
        not_before: at(not_before),
        by: party(by),
        event: EventName::parse(name).unwrap(),
        position: position.map(|p| Position::parse(p).unwrap()),
        reference: hour,
    }
}

impl Given<'_> {
    /// Runs the procedure, and shows it at an hour.
    fn seen(&self, hour: Option<u64>) -> Run {
        let text = SMALL.replace(CLOCK, self.clock).replace(START, self.start);
        let charter = match Charter::load(text.as_bytes(), "small.toml") {
            Ok(charter) => charter,
            Err(faults) => panic!("{faults}"),
        };
        let receipts: BTreeMap<PartyId, UnixSeconds> =
            self.receipts.iter().map(|(id, h)| (party(id), at(*h))).collect();
        let roles =
            |_| Roles::from([(RoleName::parse("chair").unwrap(), BTreeSet::from([party("ada")]))]);
        let bench = charter.bench();
        let setting = Setting {
            charter: &charter,
            bench: &bench,
            roles: &roles,
            calendar: &charter.calendars[&charter.calendar],
            facts: &Facts { urgency: Some("urgent".to_owned()), ..Facts::default() },
            receipts: &receipts,
            closed_through: self.closed_through.map(at),
        };
        let machine = &charter.machines["silence"];
        let ran = run(machine, &setting, at(0), &self.events);
        hour.map_or_else(|| ran.clone(), |hour| view(machine, &setting, &ran, at(hour)))
    }
}

fn given<'a>(clock: &'a str, receipts: &'a [(&'a str, u64)]) -> Given<'a> {
    Given { start: HELD, clock, receipts, events: Vec::new(), closed_through: None }
}

#[test]
fn state_holds_a_deadline_and_not_its_passing() {
    let run = given(CLOCK, &[]).seen(None);
    assert_eq!((run.state.as_str(), run.deadline.unwrap().at, run.steps.len()), ("open", at(6), 0));
}

#[test]
fn evidence_closed_through_the_deadline_lets_the_clock_run_out() {
    let mut before = given(CLOCK, &[]);
    before.closed_through = Some(5);
    assert_eq!(before.seen(None).state.as_str(), "open");
    before.closed_through = Some(6);
    assert_eq!(before.seen(None).state.as_str(), "adopted");
}

#[test]
fn a_clock_from_the_last_receipt_waits_for_it() {
    let clock = r#"clock = { class = "silence", start = "last_receipt", unreached = { after = "6h", max = "12h", finally = "counts" } }"#;
    let receipts = [("ada", 0), ("ben", 0), ("cid", 0), ("dot", 0), ("eve", 4)];
    let deadline = given(clock, &receipts).seen(None).deadline.unwrap();
    assert_eq!((deadline.at, deadline.unreached.len()), (at(10), 0));
    let deadline = given(clock, &receipts[..4]).seen(None).deadline.unwrap();
    assert_eq!((deadline.at, deadline.waived), (at(18), BTreeSet::from([party("eve")])));
    assert!(!deadline.blocks);
}

#[test]
fn with_own_receipts_each_party_has_its_own_deadline() {
    let clock = r#"clock = { class = "silence", start = "own_receipt", unreached = { after = "6h", max = "12h", to = "broken" } }"#;
    let receipts = [("ada", 0), ("ben", 0), ("cid", 0), ("dot", 0), ("eve", 4)];
    let mut late = given(clock, &receipts);
    late.events = vec![objection("ada", 7, 7)];
    let run = late.seen(Some(9));
    assert_eq!(run.state.as_str(), "open");
    assert_eq!(run.steps[0].what, StepKind::Late { deadline: at(6) });
    late.events = vec![objection("eve", 9, 9)];
    assert_eq!(late.seen(None).state.as_str(), "broken");
}

#[test]
fn a_party_that_is_excluded_is_not_bound() {
    let clock = r#"clock = { class = "silence", unreached = { after = "1h", then = "exclude" } }"#;
    let receipts = [("ada", 0), ("ben", 0), ("cid", 5), ("dot", 6)];
    let run = given(clock, &receipts).seen(Some(6));
    let bound = run.verdict.unwrap().bound;
    assert_eq!((run.state.as_str(), bound), ("adopted", ["ada", "ben", "cid"].map(party).into()));
}

#[test]
fn a_party_whose_silence_counts_is_bound_though_not_reached() {
    let clock = r#"clock = { class = "silence", unreached = { after = "1h", then = "counts" } }"#;
    let waiting = given(clock, &[]).seen(None).deadline.unwrap();
    assert_eq!((waiting.at, waiting.waived), (at(6), ALL.map(party).into()));
    assert_eq!(given(clock, &[]).seen(Some(6)).verdict.unwrap().bound, ALL.map(party).into());
}

#[test]
fn a_party_not_reached_blocks_at_once_where_the_charter_says_so() {
    let clock = r#"clock = { class = "silence", unreached = { after = "1h", then = "block", to = "broken" } }"#;
    let receipts = [("ada", 0), ("ben", 0), ("cid", 0), ("dot", 0)];
    let run = given(clock, &receipts).seen(Some(6));
    assert_eq!(run.state.as_str(), "broken");
    let StepKind::TimedOut { blocked_by, .. } = &run.steps[0].what else {
        panic!("{:?}", run.steps)
    };
    assert_eq!(blocked_by, &BTreeSet::from([party("eve")]));
}

#[test]
fn a_ruling_settles_what_is_contested_and_nothing_else_does() {
    let ruled = format!("{CLOCK}\non = [{{ ev = \"ruling\", by = \"chair\", to = \"broken\" }}, ");
    let text = SMALL.replace(CLOCK, "").replace("on = [", &ruled);
    let charter = Charter::load(text.as_bytes(), "ruled").unwrap();
    let roles =
        |_| Roles::from([(RoleName::parse("chair").unwrap(), BTreeSet::from([party("ada")]))]);
    let setting = Setting {
        charter: &charter,
        bench: &charter.bench(),
        roles: &roles,
        calendar: &charter.calendars[&charter.calendar],
        facts: &Facts { urgency: Some("urgent".to_owned()), ..Facts::default() },
        receipts: &BTreeMap::new(),
        closed_through: None,
    };
    let machine = &charter.machines["silence"];
    let mut events =
        vec![objection("eve", 5, 8), objection("dot", 9, 9), event("ben", "ruling", None, 10, 10)];
    let held = run(machine, &setting, at(0), &events);
    assert_eq!(held.contested.as_ref().map(|c| c.by.as_str()), Some("eve"));
    assert_eq!(held.steps[1].what, StepKind::Late { deadline: at(6) });
    assert!(matches!(held.steps[2].what, StepKind::Refused { .. }), "{:?}", held.steps[2]);
    assert_eq!(view(machine, &setting, &held, at(500)).state.as_str(), "open");
    events.push(event("ada", "ruling", None, 11, 11));
    let ruled = run(machine, &setting, at(0), &events);
    assert_eq!((ruled.state.as_str(), ruled.contested), ("broken", None));
}

#[test]
fn a_run_seen_later_equals_one_that_evidence_carried_there() {
    let clock = r#"clock = { class = "silence", unreached = { after = "1h", then = "exclude" } }"#;
    let receipts = [("ada", 0), ("ben", 0)];
    let seen = given(clock, &receipts).seen(Some(6));
    let carried = Given { closed_through: Some(6), ..given(clock, &receipts) }.seen(None);
    assert_eq!(format!("{seen:?}"), format!("{carried:?}"));
}

#[test]
fn a_late_yes_does_not_settle_an_objection_that_may_have_come_in_time() {
    let mut given = given(CLOCK, &[]);
    // The yes is held an hour before the objection is, and is certainly late; the objection may have come before 6.
    given.events = vec![event("ben", "position", Some("yes"), 7, 7), objection("cid", 5, 8)];
    let run = given.seen(Some(9));
    let contest = run.contested.expect("the objection is contested");
    assert_eq!((run.state.as_str(), contest.by.as_str()), ("open", "cid"));
}

#[test]
fn a_register_in_which_nobody_may_rule_gives_the_benefit_of_the_doubt() {
    let mut given = given(CLOCK, &[]);
    given.events = vec![objection("cid", 5, 8)];
    assert_eq!(given.seen(Some(9)).contested.map(|c| c.by), Some(party("cid")));
    given.start = START;
    let run = given.seen(Some(9));
    assert_eq!((run.state.as_str(), run.since, run.contested), ("broken", at(8), None));
}
