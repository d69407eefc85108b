//! Whom to tell next, without any wire.

use super::{MORNING, matter, roster};
use proptest::prelude::*;
use std::collections::BTreeMap;
use veche_ledger::{Seconds, UnixSeconds};
use veche_node::reach::Roster;
use veche_node::reach::matter::Matter;
use veche_node::reach::plan::{ATTEMPTS_MAX, Acknowledged, By, Errand, Fact, Outcome, Plan, Stage};

const THREE: &str = r#"
    wait = "2m"
    [channel.mail]
    kind = "email"
    label = "COMPACT"
    server = "mail.orvessa.example:587"
    from = "veche@orvessa.example"
    [channel.text]
    kind = "command"
    label = "PUBLIC"
    command = ["/usr/local/bin/text", "{to}"]
    [person.first]
    officer = "duty"
    by = [{ channel = "mail", to = "first@orvessa.example" }, { channel = "text", to = "+1" }]
    quiet = "22:00-06:00"
    zone = "+02:00"
    [person.second]
    officer = "duty"
    by = [{ channel = "mail", to = "second@orvessa.example" }]
    [person.third]
    officer = "duty"
    by = [{ channel = "text", to = "+3" }]
    [[roster]]
    people = ["first", "second", "third"]
"#;

/// A plan with its roster and the hour; messages that were begun wait for their outcome.
struct Play {
    plan: Plan,
    roster: Roster,
    now: UnixSeconds,
    facts: Vec<Fact>,
    begun: Vec<Errand>,
}

impl Play {
    fn new(text: &str) -> Self {
        Self {
            plan: Plan::default(),
            roster: roster(text),
            now: MORNING,
            facts: Vec::new(),
            begun: Vec::new(),
        }
    }

    fn see(&mut self, matters: &[Matter]) {
        let facts = self.plan.see(matters.to_vec(), self.now);
        self.facts.extend(facts);
    }

    /// Lets time pass, and says which messages go out then: `first:mail`.
    fn after(&mut self, seconds: u64) -> String {
        self.now = self.now + Seconds(seconds);
        let facts = self.plan.step(&self.roster, self.now);
        let begun = facts.iter().filter_map(|fact| match fact {
            Fact::Tried { errand, attempt } if attempt.stage == Stage::Begun => {
                Some(errand.clone())
            }
            Fact::Tried { .. }
            | Fact::Opened { .. }
            | Fact::Asked { .. }
            | Fact::Acknowledged { .. }
            | Fact::Over { .. } => None,
        });
        let begun: Vec<Errand> = begun.collect();
        let names: Vec<String> =
            begun.iter().map(|errand| format!("{}:{}", errand.person, errand.channel)).collect();
        self.begun.extend(begun);
        self.facts.extend(facts);
        names.join(" ")
    }

    /// Tells the plan what became of all messages that were begun.
    fn all(&mut self, outcome: &Outcome) {
        for errand in std::mem::take(&mut self.begun) {
            let fact = self.plan.outcome(&errand, outcome.clone(), self.now);
            self.facts.extend(fact);
        }
    }

    fn delivered(&mut self) {
        self.all(&Outcome::Delivered("250".to_owned()));
    }

    fn acknowledge(&mut self, matter: &Matter) {
        let how = Acknowledged { who: "duty".to_owned(), by: By::Desk, at: self.now };
        let fact = self.plan.acknowledge(matter.id, how);
        self.facts.extend(fact);
    }

    /// Ends the node and starts it again: the plan is what its facts make.
    fn restart(&mut self) {
        let mut plan = Plan::default();
        for fact in &self.facts {
            plan.apply(fact);
        }
        let resumed = plan.resume(self.now);
        self.facts.extend(resumed);
        self.plan = plan;
        self.begun.clear();
    }
}

#[test]
fn the_next_on_the_roster_is_told_when_nobody_acknowledges_in_time() {
    let (mut play, shots) = (Play::new(THREE), matter("Shots", "COMPACT"));
    play.see(&[shots]);
    assert_eq!(play.after(0), "first:mail first:text");
    play.delivered();
    assert_eq!(play.after(119), "");
    assert_eq!(play.after(1), "second:mail");
    play.delivered();
    assert_eq!(play.after(120), "third:text");
    play.delivered();
    assert_eq!(play.plan.queue(&play.roster, play.now).open, 1);
    assert_eq!(play.after(120), "");
    assert_eq!(play.plan.queue(&play.roster, play.now).exhausted, 1);
}

#[test]
fn nobody_is_told_of_what_was_acknowledged_or_answered() {
    let (mut play, shots, flood) =
        (Play::new(THREE), matter("Shots", "COMPACT"), matter("Flood", "COMPACT"));
    play.see(&[shots.clone(), flood]);
    play.after(0);
    play.delivered();
    play.acknowledge(&shots);
    play.see(&[shots]);
    assert_eq!(play.after(3600), "");
    assert_eq!(play.plan.queue(&play.roster, play.now), Default::default());
}

#[test]
fn a_person_whose_channels_are_all_dead_is_not_waited_for() {
    let (mut play, shots) = (Play::new(THREE), matter("Shots", "COMPACT"));
    play.see(&[shots]);
    play.after(0);
    play.all(&Outcome::Failed("550 no such user".to_owned()));
    assert_eq!(play.after(1), "second:mail");
}

#[test]
fn a_message_is_tried_again_after_longer_and_longer_pauses_and_then_given_up() {
    let only = THREE.replace(r#"people = ["first", "second", "third"]"#, r#"people = ["third"]"#);
    let (mut play, shots) = (Play::new(&only), matter("Shots", "COMPACT"));
    play.see(&[shots]);
    let mut tried_at = Vec::new();
    for second in 0..4000 {
        if play.after(u64::from(second > 0)) == "third:text" {
            tried_at.push(second);
            play.all(&Outcome::Later("421".to_owned()));
        }
    }
    assert_eq!(tried_at, [0, 5, 15, 35, 75, 155, 315, 635, 1235]);
    assert_eq!(tried_at.len(), ATTEMPTS_MAX as usize);
    assert_eq!(play.plan.queue(&play.roster, play.now).failed, 1);
}

#[test]
fn a_channel_that_never_says_what_became_of_a_message_does_not_hold_it_for_ever() {
    let (mut play, shots) = (Play::new(THREE), matter("Shots", "COMPACT"));
    play.see(&[shots]);
    assert_eq!(play.after(0), "first:mail first:text");
    let late = play.begun[0].clone();
    play.after(120);
    assert_eq!(play.after(60), "first:mail first:text");
    assert!(play.plan.outcome(&late, Outcome::Delivered(String::new()), play.now).is_some());
    assert_eq!(
        play.after(300),
        "third:text second:mail first:text".split(' ').rev().collect::<Vec<_>>().join(" ")
    );
}

#[test]
fn in_quiet_hours_only_what_is_urgent_comes() {
    let mut routine = matter("Programme", "COMPACT");
    routine.is_urgent = false;
    let mut play = Play::new(THREE);
    // 22:00 at +02:00, eleven hours on.
    play.now = UnixSeconds(MORNING.0 + 11 * 3600);
    play.see(&[routine.clone()]);
    assert_eq!(play.after(0), "");
    assert_eq!(play.after(8 * 3600 - 1), "");
    assert_eq!(play.after(1), "first:mail", "what can wait goes by the first channel alone");
    let mut play = Play::new(THREE);
    play.now = UnixSeconds(MORNING.0 + 11 * 3600);
    play.see(&[routine.clone()]);
    assert_eq!(play.after(0), "");
    routine.is_urgent = true;
    play.see(&[routine]);
    assert_eq!(play.after(3600), "first:mail first:text", "it is due soon now");
}

#[test]
fn what_can_wait_goes_by_the_second_channel_where_the_first_is_dead() {
    let mut routine = matter("Programme", "COMPACT");
    routine.is_urgent = false;
    let mut play = Play::new(THREE);
    play.see(&[routine]);
    assert_eq!(play.after(0), "first:mail");
    play.all(&Outcome::Failed("550".to_owned()));
    assert_eq!(play.after(1), "first:text");
}

#[test]
fn a_flood_of_records_is_no_flood_of_messages() {
    let only = THREE.replace(r#"people = ["first", "second", "third"]"#, r#"people = ["second"]"#);
    let mut play =
        Play::new(&only.replace("wait = \"2m\"", "wait = \"2m\"\n    most_per_hour = 5"));
    let flood: Vec<Matter> = (0..40).map(|n| matter(&format!("Report {n}"), "COMPACT")).collect();
    play.see(&flood);
    assert_eq!(play.after(0).split(' ').count(), 5);
    play.delivered();
    assert_eq!(play.after(3599), "");
    assert_eq!(play.after(1).split(' ').count(), 5);
}

#[test]
fn the_first_roster_that_fits_is_told() {
    let text = THREE.replace(
        "[[roster]]",
        "[[roster]]\n    duties = [\"cyber_notification\"]\n    people = [\"third\"]\n    [[roster]]",
    );
    let mut play = Play::new(&text);
    let mut cyber = matter("Intrusion", "COMPACT");
    cyber.duties.insert("cyber_notification".to_owned());
    play.see(&[cyber]);
    assert_eq!(play.after(0), "third:text");
}

#[derive(Debug, Clone)]
enum Move {
    Wait(u64),
    Deliver,
    Later,
    Fail,
    Acknowledge(usize),
    Gone(usize),
    Restart,
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        4 => (0_u64..400).prop_map(Move::Wait),
        3 => Just(Move::Deliver),
        2 => Just(Move::Later),
        1 => Just(Move::Fail),
        1 => (0_usize..3).prop_map(Move::Acknowledge),
        1 => (0_usize..3).prop_map(Move::Gone),
        2 => Just(Move::Restart),
    ];
    proptest::collection::vec(one, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_a_message_is_delivered_once_and_a_restart_changes_nothing(moves in moves()) {
        let mut play = Play::new(THREE);
        let all: Vec<Matter> = ["A", "B", "C"].iter().map(|name| matter(name, "COMPACT")).collect();
        let mut waiting = all.clone();
        play.see(&waiting);
        for one in moves {
            match one {
                Move::Wait(seconds) => drop(play.after(seconds)),
                Move::Deliver => play.delivered(),
                Move::Later => play.all(&Outcome::Later("421".to_owned())),
                Move::Fail => play.all(&Outcome::Failed("550".to_owned())),
                Move::Acknowledge(at) => play.acknowledge(&all[at]),
                Move::Gone(at) => waiting.retain(|matter| matter.id != all[at].id),
                Move::Restart => play.restart(),
            }
            play.see(&waiting);
            let mut again = Plan::default();
            play.facts.iter().for_each(|fact| again.apply(fact));
            let _none = again.see(waiting.clone(), play.now);
            prop_assert_eq!(&again, &play.plan);
        }
        let mut stages: BTreeMap<&Errand, &Stage> = BTreeMap::new();
        let mut acknowledged = Vec::new();
        for fact in &play.facts {
            match fact {
                Fact::Tried { errand, attempt } => {
                    let before = stages.insert(errand, &attempt.stage);
                    prop_assert!(before != Some(&Stage::Delivered), "{errand:?} after its delivery");
                    let is_late = attempt.stage == Stage::Begun && acknowledged.contains(&errand.matter);
                    prop_assert!(!is_late, "{errand:?} after somebody acknowledged");
                }
                Fact::Acknowledged { matter, .. } => acknowledged.push(*matter),
                Fact::Opened { .. } | Fact::Asked { .. } | Fact::Over { .. } => {}
            }
        }
    }
}
