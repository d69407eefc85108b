//! A node at work whose disk fails it, at every call in turn: what it acknowledged is there, and it acknowledges nothing that it cannot
//! know to be on the disk.

use super::calls::{all, rules};
use super::power::{self, Survives};
use super::shim::{How, Rule, Watch};
use super::{DUTY, Extent, check_held, leaves, whole};
use crate::browser::{Answer, Browser};
use crate::running::{Running, STORE, with_node};
use crate::support::{Place, Screen};
use std::process::Command;

const LOG: &str = "two-banks.example/arven/1";

/// Records that are said in one run.
const SAID: usize = 4;

/// What came of one run of the node.
struct Outcome {
    /// What was acknowledged.
    acknowledged: Vec<String>,
    /// The status of each answer, in order; none where the node was gone.
    statuses: Vec<Option<u16>>,
    /// What refusals said.
    bodies: String,
    /// What the desk and the API answered at the end, if anybody answered.
    read: Option<(Answer, Answer)>,
    screen: Screen,
}

fn command(place: &Place) -> Command {
    place.command(&format!("node run --store {STORE} {DUTY}"))
}

/// Runs a node under a rule, says a few things, ends it.
fn run(place: &Place, watch: &Watch, rule: Option<Rule>) -> Outcome {
    let mut command = command(place);
    watch.over(place, &mut command, rule);
    let running = Running::started(command, watch.path().join("errors"));
    let (mut acknowledged, mut statuses) = (Vec::new(), Vec::new());
    let (mut bodies, mut read) = (String::new(), None);
    if let Some(mut browser) = Some(&running.line)
        .filter(|line| !line.is_empty())
        .and_then(|line| Browser::try_sign_in(line))
    {
        for n in 0..SAID {
            let text = format!("River at 4.{n} m");
            let answer = browser.try_post("/act", &[("kind", "comment"), ("t.text", &text)]);
            statuses.push(answer.as_ref().map(|answer| answer.status));
            let Some(answer) = answer else { break };
            acknowledged.extend(answer.leaf());
            bodies.push_str(if answer.status == 303 { "" } else { &answer.body });
        }
        read = browser.try_get("/").zip(browser.try_get("/api/v1/records"));
    }
    // One that has ended already takes the signal as well, until it is waited for.
    Outcome { acknowledged, statuses, bodies, read, screen: running.end("TERM") }
}

/// How many calls a run makes where none fails: those that read, or those that change something.
fn calls(counts_reads: bool) -> u64 {
    let (place, watch) = (with_node(), Watch::new());
    let rule = Rule { counts_reads, ..Rule::once(0, How::Fault) };
    let outcome = run(&place, &watch, Some(rule));
    assert_eq!(outcome.acknowledged.len(), SAID, "{}", outcome.screen);
    watch.calls().last().unwrap().number
}

/// The numbers of the calls by which a run syncs a file, where none fails.
fn syncs() -> Vec<u64> {
    let (place, watch) = (with_node(), Watch::new());
    run(&place, &watch, None);
    watch.calls().iter().filter(|call| call.operation == "sync").map(|call| call.number).collect()
}

/// What is left after a run is whole, holds what was acknowledged, and can go on.
#[track_caller]
fn check_left(place: &Place, outcome: &Outcome, case: &str) {
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        whole(place, STORE);
        let held = leaves(&place.path().join(STORE), LOG);
        check_held(
            &held,
            &outcome.acknowledged,
            outcome.statuses.len() - outcome.acknowledged.len(),
        );
        place.veche("record say --store arven.db --kind report --terms report.json --passphrase-file pass.txt").good();
    }));
    assert!(caught.is_ok(), "{case}: {:?}\n{}", outcome.statuses, outcome.screen);
}

fn check(rule: Rule) {
    let (place, watch) = (with_node(), Watch::new());
    let outcome = run(&place, &watch, Some(rule));
    let failed = watch.calls().into_iter().find(super::shim::Call::failed);
    let Some(failed) = failed else {
        // Later than all that this run did: it went as it should.
        return check_left(&place, &outcome, "no call failed");
    };
    let case = format!("{rule:?}: {} {}", failed.operation, failed.path.display());
    assert!(!outcome.screen.err.contains("panicked"), "{case}\n{}", outcome.screen);
    if rule.how != How::Stop {
        assert!(
            matches!(outcome.screen.code, Some(0 | 3 | 5 | 7 | 8)),
            "{case}\n{}",
            outcome.screen
        );
    }
    for status in outcome.statuses.iter().flatten() {
        assert!(
            [303, 503, 507].contains(status),
            "{case}: {:?} {}",
            outcome.statuses,
            outcome.bodies
        );
    }
    check_left(&place, &outcome, &case);
}

#[test]
fn a_node_at_work_survives_the_failure_of_any_call() {
    let (writes, reads) = (calls(false), calls(true));
    let cases = rules(writes, reads);
    println!("{} cases of {writes} calls that write and {reads} that read", cases.len());
    all(&cases, |rule| check(*rule));
}

#[test]
fn a_power_cut_takes_nothing_that_a_node_at_work_acknowledged() {
    let writes = calls(false);
    let ways = |at| [(at, Survives::Nothing), (at, Survives::Some(at))];
    let cases: Vec<(u64, Survives)> =
        (1..=writes).flat_map(ways).step_by(Extent::asked().one_of()).collect();
    println!("{} power cuts", cases.len());
    all(&cases, |(at, survives)| {
        let (place, watch) = (with_node(), Watch::new());
        let outcome = run(&place, &watch, Some(Rule::once(*at, How::Stop)));
        power::cut(place.path(), &watch, survives);
        check_left(&place, &outcome, &format!("cut before call {at}"));
    });
}

/// What the kernel could not write it may forget: the next sync succeeds, and says nothing of what is lost ("fsyncgate"). Nothing that
/// came after a failed one can be acknowledged before all is read from the disk again.
#[test]
fn after_a_sync_that_failed_a_node_acknowledges_nothing_before_it_is_started_again() {
    let mut met = 0;
    for at in syncs() {
        let (place, watch) = (with_node(), Watch::new());
        let outcome = run(&place, &watch, Some(Rule::once(at, How::Fault)));
        // Before the desk is there, or after it is gone, nothing is acknowledged.
        let refused = outcome.statuses.iter().position(|status| *status != Some(303));
        let Some(refused) = refused else { continue };
        met += 1;
        for status in &outcome.statuses[refused..] {
            assert_eq!(*status, Some(507), "{at}: {:?} {}", outcome.statuses, outcome.bodies);
        }
        assert!(outcome.bodies.contains("start the node again"), "{}", outcome.bodies);
        // A page says what it is worth; a program, which cannot read that, gets nothing of what may be lost.
        let (page, api) = outcome.read.as_ref().unwrap();
        assert!(page.body.contains("may be lost when the node is started again"), "{}", page.body);
        let lost = format!("River at 4.{refused} m");
        assert!(api.status == 507 || !api.body.contains(&lost), "{} {}", api.status, api.body);
        check_left(&place, &outcome, "a sync failed");
    }
    assert!(met > 1, "{met} syncs of records");
}

/// A node that is killed between writing a record and syncing it finds the record when it starts. What it then shows to others must not be
/// lost with the power, or it says another record in its place.
#[test]
fn what_a_node_shows_after_a_kill_outlives_a_power_cut() {
    let mut met = 0;
    for at in syncs() {
        let (place, watch) = (with_node(), Watch::new());
        let outcome = run(&place, &watch, Some(Rule::once(at, How::Stop)));
        if outcome.statuses.is_empty() {
            continue;
        }
        let mut command = command(&place);
        watch.over(&place, &mut command, None);
        let running = Running::started(command, watch.path().join("errors"));
        let mut browser = running.signed_in();
        let shown = crate::peers::status(&mut browser)["logs"][LOG]["size"].as_u64().unwrap_or(0);
        running.kill();
        power::cut(place.path(), &watch, &Survives::Nothing);
        let held = leaves(&place.path().join(STORE), LOG).len() as u64;
        assert!(held >= shown, "{at}: {shown} records were shown, {held} are left");
        met += u64::from(shown > outcome.acknowledged.len() as u64);
    }
    assert!(met > 0, "no kill left a record that was written and not synced");
}
