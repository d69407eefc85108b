//! The fold is a function of the records held: in whatever order they came, from wherever they came.

use crate::world::{World, charter_text, hosted_town, id, label, six_towns, statement, value};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use veche_charter::Charter;
use veche_council::certificate::verify;
use veche_council::closing::ClosingFault;
use veche_council::council::WitnessStatement;
use veche_council::entry::{CLOSING, WITNESS};
use veche_council::ingest::{self, IngestError};
use veche_council::{ApplyError, Council, Entry, Head, Terms};
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::{Record, Signed};
use veche_ledger::{ForkProof, Hash, Keyring, LeafIndex, Origin, UnixSeconds};
use veche_node::exercise::{Game, Script};
use veche_node::node::{Node, NodeError, Offer};
use veche_node::store::Store;

/// Orders tried of each set of logs: a fold of the larger set takes a quarter of a second where nothing is optimised.
const CASES: u32 = 24;

/// What a network wrote, as every node of it folds it.
struct Written {
    charter: Arc<Charter>,
    logs: Vec<Vec<Entry>>,
    now: UnixSeconds,
    digests: BTreeSet<Hash>,
    views: BTreeMap<String, Json>,
}

impl Written {
    fn of(node: &Node, digests: BTreeSet<Hash>, now: UnixSeconds) -> Self {
        let logs = entries(node);
        Self {
            charter: Arc::clone(node.council().genesis()),
            logs,
            now,
            digests,
            views: views(node.council(), now),
        }
    }

    /// The exercise FIRST HOUR, played to its end.
    fn first_hour() -> &'static Self {
        static ONCE: OnceLock<Written> = OnceLock::new();
        ONCE.get_or_init(|| {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            let text =
                std::fs::read_to_string(root.join("exercises/first-hour/exercise.toml")).unwrap();
            let script = Script::parse(&text, "exercise.toml").unwrap();
            let mut game =
                Game::new(script, &charter_text("two-banks"), BTreeMap::new(), None, None).unwrap();
            while game.play_next(&mut || 0).unwrap() {}
            let digests = game.network().digests().into_values().collect();
            Self::of(game.node(&id("belm")).unwrap(), digests, game.now())
        })
    }

    /// A long day of six members: see [`long_day`].
    fn long_day() -> &'static Self {
        static ONCE: OnceLock<Written> = OnceLock::new();
        ONCE.get_or_init(|| {
            let world = long_day();
            let digests = world.network.digests().into_values().collect();
            Self::of(world.node("orvessa"), digests, world.now)
        })
    }

    /// Towns that change their charter, with matters before, across and after it: [`crate::amendment::changed`].
    fn changed_charter() -> &'static Self {
        static ONCE: OnceLock<Written> = OnceLock::new();
        ONCE.get_or_init(|| {
            let world = crate::amendment::changed();
            let digests = world.network.digests().into_values().collect();
            Self::of(world.node("dovar"), digests, world.now)
        })
    }

    fn all() -> [&'static Self; 3] {
        [Self::first_hour(), Self::long_day(), Self::changed_charter()]
    }

    /// Folds the logs in the order in which `order` names them; what it leaves out comes log by log.
    fn fold(&self, order: &[usize], settle_at: &BTreeSet<usize>) -> Council {
        let mut council = Council::new(Arc::clone(&self.charter));
        let mut next = vec![0; self.logs.len()];
        let rest =
            (0..self.logs.len()).flat_map(|log| std::iter::repeat_n(log, self.logs[log].len()));
        for (at, log) in order.iter().copied().chain(rest).enumerate() {
            if let Some(entry) = self.logs[log].get(next[log]) {
                take(&mut council, entry.clone());
                next[log] += 1;
            }
            if settle_at.contains(&at) {
                council.settle();
            }
        }
        council.settle();
        council
    }

    #[track_caller]
    fn check_same(&self, council: &Council) {
        let found = views(council, self.now);
        for (name, view) in &self.views {
            assert_eq!(found.get(name), Some(view), "procedure {name}");
        }
        assert_eq!(found.len(), self.views.len());
        assert_eq!(BTreeSet::from([council.digest()]), self.digests);
    }

    /// Orders in which each log's name comes as often as it has records.
    fn orders(&self) -> impl Strategy<Value = Vec<usize>> + use<> {
        let names =
            (0..self.logs.len()).flat_map(|log| std::iter::repeat_n(log, self.logs[log].len()));
        Just(names.collect::<Vec<usize>>()).prop_shuffle()
    }
}

/// Applies a record as a node does: one whose terms are not of their form is kept.
fn take(council: &mut Council, entry: Entry) {
    match council.apply(entry) {
        Ok(()) | Err(ApplyError::BadTerms { .. }) => {}
        Err(error) => panic!("{error}"),
    }
}

/// Reads every log of a node from its store, from bytes up.
fn entries(node: &Node) -> Vec<Vec<Entry>> {
    let mut keyring = ingest::keyring(node.council().genesis()).unwrap();
    let logs: Vec<Origin> = node.store().logs().unwrap().into_iter().map(|(_, log)| log).collect();
    logs.iter().map(|log| entries_of(node, log, &mut keyring)).collect()
}

fn entries_of(node: &Node, log: &Origin, keyring: &mut Keyring) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (index, stored) in (0..).zip(node.store().entries(log, 0, u64::MAX).unwrap()) {
        let opening =
            stored.opening.map(|bytes| Opening::from_bytes(Domain::Terms, &bytes).unwrap());
        if index == 0 && log.epoch() > 1 {
            ingest::open_epoch(keyring, log, &opening.as_ref().unwrap().bytes).unwrap();
        }
        let record = Record::decode(log, LeafIndex(index), &stored.leaf).unwrap();
        let signed = Signed::verify(record, keyring).unwrap();
        let entry = ingest::entry(&signed, opening.as_ref(), node.council().for_all()).unwrap();
        ingest::learn(keyring, &entry).unwrap();
        entries.push(entry);
    }
    entries
}

/// Returns every procedure as people see it. What is a list in order of arrival is put in order of names.
fn views(council: &Council, now: UnixSeconds) -> BTreeMap<String, Json> {
    let view = |name: Hash| {
        let mut view = serde_json::to_value(council.procedure(&name, now).unwrap()).unwrap();
        for key in ["children", "attached", "closing_faults"] {
            if let Some(list) = view.get_mut(key).and_then(Json::as_array_mut) {
                list.sort_by_key(ToString::to_string);
            }
        }
        (name.to_string(), view)
    };
    council.procedures().map(view).collect()
}

fn no(paragraphs: &[u32]) -> Json {
    json!({"position": "no", "paragraphs": paragraphs, "reason": "not so"})
}

/// Six members for a day: a warning, sealed records of two groups, a text of three paragraphs with an objection, an
/// amendment and a reservation, a member cut off and back, objections in time and late, a lost key with records that wait
/// and one signed again, an act that nobody knows, a decision and what it opened.
fn long_day() -> World {
    let mut world = World::new(&charter_text("six-rivers"));
    let incident =
        json!({"ref": "C-1", "title": "Shots at the ford", "text": "Two wounded.", "wounded": 2});
    let case = world.say("secretariat", "notification", &[], &incident);
    world.say("quorrin", "answer", &[case], &json!({"stance": "noted"}));
    let outage = world.say(
        "halcis",
        "infrastructure_event",
        &[],
        &json!({"ref": "I-1", "operator": "Grid", "effect": "dark"}),
    );
    world.say("quorrin", "sighting", &[outage], &json!({"seen": 3, "of": 9, "outage": true}));
    let lab = world.say(
        "tamrin",
        "lab_report",
        &[],
        &json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"}),
    );
    world.say("tamrin", "health_assessment", &[lab], &json!({"answer": "assess_yes"}));
    world.wait(20);
    let paragraphs = json!([
        {"n": 1, "text": "Observers go to the ford.", "measures": [{"ref": "T-1", "owner": "tamrin", "what": "send six", "due": "2027-03-02T09:00:00Z"}]},
        {"n": 2, "text": "The ford is closed."},
        {"n": 3, "text": "The bridge is guarded."}]);
    let text = json!({"ref": "P-1", "title": "After the shots", "urgency": "urgent", "paragraphs": paragraphs});
    let proposal = world.say("secretariat", "proposal", &[case], &text);
    world.wait(10);
    world.cut_off("mirez", true);
    world.say("lurien", "position", &[proposal], &no(&[2]));
    let amended = json!({"ref": "P-2", "title": "The bridge", "urgency": "urgent", "paragraphs": [{"n": 3, "text": "The bridge is watched."}]});
    world.say("halcis", "amendment", &[proposal], &amended);
    world.say(
        "quorrin",
        "reservation",
        &[proposal],
        &json!({"paragraphs": [1], "text": "Not with our people."}),
    );
    world.say("mirez", "position", &[proposal], &no(&[2, 3]));
    lose_a_key(&mut world, proposal, case);
    world.wait(300);
    world.cut_off("mirez", false);
    world.wait(51);
    let closed = world.close("secretariat", &proposal);
    assert!(closed.is_ok(), "{closed:?}");
    world.wait(9);
    world.say("tamrin", "position", &[proposal], &no(&[1]));
    world.say("orvessa", "decree", &[proposal], &json!({"text": "of a later charter"}));
    let view =
        world.node("lurien").council().procedure(&proposal, world.now).expect("the text is known");
    let states: Vec<&str> = view.units.iter().map(|unit| unit.state.as_str()).collect();
    assert_eq!(states, ["adopted", "broken", "amended"]);
    let commitments = world.node("tamrin").council().register("commitments", 2);
    world.say(
        "tamrin",
        "progress",
        &commitments,
        &json!({"step": "report_done", "evidence": "six went"}),
    );
    world
}

/// Quorrin's duty officer loses a key after two statements; one of them the delegate signs again.
fn lose_a_key(world: &mut World, proposal: Hash, case: Hash) {
    world.say("quorrin", "comment", &[case], &json!({"text": "by the thief"}));
    let doubtful = world.say(
        "quorrin",
        "position",
        &[proposal],
        &json!({"position": "aside", "paragraphs": [1]}),
    );
    world.revoke("quorrin", "duty", 2);
    let mut again = statement("quorrin", "resigning", &[doubtful], &json!({"text": "we meant it"}));
    again.officers = vec!["delegate".to_owned()];
    again.label = Some(world.charter.default_label.clone());
    world.state(&again).expect("it is signed again");
}

#[test]
fn nodes_of_one_network_agree() {
    for written in Written::all() {
        assert_eq!(written.digests.len(), 1, "{:?}", written.digests);
    }
    let written = Written::long_day();
    let kinds: BTreeSet<&str> =
        written.logs.iter().flatten().map(|entry| entry.kind.as_str()).collect();
    for kind in [
        "witness",
        "closing",
        "revocation",
        "resigning",
        "digest",
        "decree",
        "amendment",
        "reservation",
    ] {
        assert!(kinds.contains(kind), "the day has no `{kind}`");
    }
    assert!(
        written.logs.iter().flatten().any(|entry| entry.is_sealed && entry.terms == Terms::Missing)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn any_interleaving_of_the_same_logs_folds_to_the_same_state(order in Written::first_hour().orders()) {
        let written = Written::first_hour();
        written.check_same(&written.fold(&order, &BTreeSet::new()));
    }

    #[test]
    fn any_interleaving_of_a_long_day_folds_to_the_same_state(order in Written::long_day().orders()) {
        let written = Written::long_day();
        written.check_same(&written.fold(&order, &BTreeSet::new()));
    }

    #[test]
    fn any_interleaving_of_a_charter_that_changes_folds_to_the_same_state(
        order in Written::changed_charter().orders(),
        stops in prop::collection::btree_set(0usize..400, 0..20),
    ) {
        let written = Written::changed_charter();
        written.check_same(&written.fold(&order, &stops));
    }

    #[test]
    fn a_fold_looked_at_on_the_way_equals_one_from_the_start(
        order in Written::long_day().orders(),
        stops in prop::collection::btree_set(0usize..400, 1..20),
    ) {
        let written = Written::long_day();
        written.check_same(&written.fold(&order, &stops));
    }

    #[test]
    fn a_fold_of_a_part_and_then_the_rest_equals_the_whole(order in Written::long_day().orders(), half in any::<prop::sample::Index>()) {
        let written = Written::long_day();
        let half = half.index(order.len());
        let mut council = written.fold_part(&order[..half]);
        council.settle();
        let mut resumed = council.clone();
        written.go_on(&mut resumed, &order[half..]);
        resumed.settle();
        written.check_same(&resumed);
        // What was folded before is not touched by what a copy of it took in since.
        prop_assert_eq!(council.digest(), { let mut again = written.fold_part(&order[..half]); again.settle(); again.digest() });
    }

    #[test]
    fn a_record_out_of_its_order_or_twice_is_refused_and_changes_nothing(order in Written::long_day().orders(), skip in 1usize..4) {
        let written = Written::long_day();
        let mut council = written.fold_part(&order[..order.len() / 2]);
        council.settle();
        let before = (council.digest(), council.len(), council.receipt_count());
        for log in &written.logs {
            let held = usize::try_from(council.size_of(&log[0].log)).unwrap();
            let wrong = [held.checked_sub(1), Some(held + skip)].into_iter().flatten();
            for entry in wrong.filter_map(|at| log.get(at)) {
                let refused = council.apply(entry.clone());
                let is_refused = matches!(refused, Err(ApplyError::OutOfOrder { expected, .. }) if expected == held as u64);
                prop_assert!(is_refused, "{refused:?}");
            }
        }
        council.settle();
        prop_assert_eq!(before, (council.digest(), council.len(), council.receipt_count()));
    }

    #[test]
    fn an_authors_clock_decides_nothing(seed in any::<u64>(), order in Written::long_day().orders()) {
        let written = Written::long_day();
        let mut council = Council::new(Arc::clone(&written.charter));
        let mut next = vec![0; written.logs.len()];
        for (at, log) in order.into_iter().enumerate() {
            let mut entry = written.logs[log][next[log]].clone();
            next[log] += 1;
            // From the first second of 1970 to the year 9999, as the author pleases.
            entry.time = UnixSeconds(seed.wrapping_mul(at as u64 + 1) % 253_402_300_799);
            take(&mut council, entry);
        }
        council.settle();
        prop_assert_eq!(BTreeSet::from([council.digest()]), written.digests.clone());
    }
}

impl Written {
    fn fold_part(&self, order: &[usize]) -> Council {
        let mut council = Council::new(Arc::clone(&self.charter));
        self.go_on(&mut council, order);
        council
    }

    fn go_on(&self, council: &mut Council, order: &[usize]) {
        for log in order {
            let at = usize::try_from(council.size_of(&self.logs[*log][0].log)).unwrap();
            take(council, self.logs[*log][at].clone());
        }
    }
}

#[test]
fn an_act_that_nobody_knows_is_kept_and_has_no_effect() {
    let charter = charter_text("two-banks");
    let units = |decrees: usize| {
        let mut world = World::new(&charter);
        let case = world.say("arven", "report", &[], &json!({"title": "t", "text": "x"}));
        let proposal = world.say("office", "proposal", &[case], &text(&["one"]));
        for _ in 0..decrees {
            let leaf = world.say(
                "belm",
                "decree",
                &[proposal],
                &json!({"position": "no", "paragraphs": [1]}),
            );
            let view = world.node("arven").council().record(&leaf).unwrap();
            assert_eq!((view.ruling.as_str(), view.kind.as_str()), ("refused", "decree"));
            assert!(view.refused.unwrap().why.contains("no act of this kind"));
        }
        world.wait(31);
        world.close("office", &proposal).unwrap();
        let view = world.node("belm").council().procedure(&proposal, world.now).unwrap();
        view.units
            .iter()
            .map(|unit| (unit.state.clone(), unit.decision.as_ref().unwrap().binds.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(units(0), units(2));
}

fn text(paragraphs: &[&str]) -> Json {
    let paragraphs: Vec<Json> =
        (1..).zip(paragraphs).map(|(n, text): (u32, _)| json!({"n": n, "text": text})).collect();
    json!({"title": "a text", "paragraphs": paragraphs})
}

#[test]
fn a_statement_dated_ten_years_ahead_counts_from_when_others_held_it() {
    let mut world = World::new(&charter_text("two-banks"));
    let proposal = world.say("office", "proposal", &[], &text(&["one"]));
    world.wait(5);
    let (now, no) = (world.now, statement("belm", "position", &[proposal], &no(&[1])));
    let ahead = UnixSeconds(now.0 + 10 * 366 * 86_400);
    let said = world.node_mut("belm").append_claiming(&no, ahead, now).unwrap();
    world.network.exchange(now).unwrap();
    for node in world.network.nodes() {
        let view = node.council().record(&said.leaf).unwrap();
        assert_eq!((view.at, view.time), (Some(now.to_string()), ahead.to_string()));
    }
    assert_eq!(world.state_of("arven", &proposal, 0), "broken");
}

#[test]
fn a_record_under_a_charter_that_is_not_in_force_has_no_effect() {
    let mut world = World::new(&charter_text("two-banks"));
    let report = statement("arven", "report", &[], &json!({"title": "t", "text": "x"}));
    let leaf = world.say_under(&report, Hash::of(&[b"no charter"]));
    for node in world.network.nodes() {
        let view = node.council().record(&leaf).unwrap();
        assert_eq!(view.ruling, "waiting");
        assert!(view.refused.unwrap().why.contains("which is not in force here"));
        assert_eq!(node.council().procedures().count(), 0);
    }
    assert_eq!(world.network.digests().into_values().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_label_below_the_floor_is_refused() {
    let mut world = World::new(&charter_text("six-rivers"));
    let mut open = text(&["one"]);
    open["urgency"] = "urgent".into();
    let mut proposal = statement("tamrin", "proposal", &[], &open);
    proposal.label = Some(label("PUBLIC"));
    let said = world.state(&proposal).unwrap();
    let view = world.node("lurien").council().record(&said.leaf).unwrap();
    assert!(view.refused.unwrap().why.contains("below `COMPACT`"));
}

/// What a party's node says without telling anyone, and the offer with which it then travels.
pub(crate) fn unsent(
    world: &mut World,
    party: &str,
    kind: &str,
    about: &[Hash],
    terms: &Json,
) -> (Hash, Offer) {
    let (now, statement) = (world.now, statement(party, kind, about, terms));
    let node = world.node_mut(party);
    let said = node.append(&statement, now).unwrap();
    let readers = BTreeSet::from([id("arven"), id("belm"), id("office")]);
    let start = world.node("office").size_of(&said.log);
    (said.leaf, world.node(party).offer(&readers, &said.log, start, now).unwrap().unwrap())
}

#[test]
fn terms_that_do_not_match_their_commitment_are_refused_and_not_cosigned() {
    let mut world = World::new(&charter_text("two-banks"));
    let proposal = world.say("office", "proposal", &[], &text(&["one"]));
    let (_, mut offer) = unsent(&mut world, "belm", "position", &[proposal], &no(&[1]));
    let opening = offer.records.last_mut().unwrap().1.as_mut().unwrap();
    *opening.last_mut().unwrap() ^= 1;
    let before = (world.node("office").size_of(&offer.log), world.network.digests());
    let now = world.now;
    let refused = world.node_mut("office").accept(&offer, now);
    assert!(matches!(refused, Err(NodeError::Ingest(IngestError::Opening(_)))), "{refused:?}");
    assert_eq!(
        before,
        (world.node("office").size_of(&offer.log), {
            world.node_mut("office").settle();
            world.network.digests()
        })
    );
}

#[test]
fn an_objection_whose_terms_were_withheld_at_the_deadline_is_none() {
    let mut world = World::new(&charter_text("two-banks"));
    let proposal = world.say("office", "proposal", &[], &text(&["one"]));
    world.wait(10);
    let (leaf, whole) = unsent(&mut world, "belm", "position", &[proposal], &no(&[1]));
    let mut offer = whole;
    offer.records.last_mut().unwrap().1 = None;
    for other in ["arven", "office"] {
        let now = world.now;
        let refused = world.node_mut(other).accept(&offer, now);
        assert!(matches!(refused, Err(NodeError::Withheld { .. })), "no cosignature: {refused:?}");
        assert!(world.node(other).council().record(&leaf).is_none());
    }
    world.wait(25);
    world.network.exchange(world.now).unwrap();
    let unit =
        world.node("arven").council().procedure(&proposal, world.now).unwrap().units.remove(0);
    assert_eq!(unit.state, "silence", "others held it after the deadline only: it breaks nothing");
    assert_eq!(
        serde_json::to_value(unit.status).unwrap(),
        "contested",
        "and nobody can tell since when it was there"
    );
    let closed = world.close("office", &proposal);
    assert!(matches!(closed, Err(NodeError::Closing(ClosingFault::NothingDecided))), "{closed:?}");
}

#[test]
fn two_histories_of_one_log_make_a_proof_that_anybody_can_check() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "first", "text": "x"}));
    let copy = world.node("belm").store().copy_to(Store::in_memory().unwrap()).unwrap();
    let mut twin = world.open_node(&id("belm"), copy, 1);
    world.say("belm", "report", &[], &json!({"title": "one history", "text": "x"}));
    let log = world.log("belm", 1);
    let other = statement("belm", "report", &[], &json!({"title": "another", "text": "x"}));
    while twin.size_of(&log) < world.node("belm").size_of(&log) {
        twin.append(&other, world.now).unwrap();
    }
    let readers = BTreeSet::from([id("arven")]);
    let start = world.node("arven").size_of(&log) - 1;
    let offer = twin.offer(&readers, &log, start, world.now).unwrap().unwrap();
    let (now, before) = (world.now, world.network.digests());
    let refused = world.node_mut("arven").accept(&offer, now);
    assert!(matches!(refused, Err(NodeError::Forked { .. })), "{refused:?}");
    assert_eq!(before, world.network.digests());
    let node = world.node("arven");
    let proof = ForkProof::from_value(&node.forks()[&log]).unwrap();
    let keys = ingest::keyring(node.charter()).unwrap();
    assert_eq!(proof.verify(keys.log(&log).unwrap().log_key()).unwrap().origin, log);
    let of_another = keys.log(&world.log("arven", 1)).unwrap().log_key();
    assert!(proof.verify(of_another).is_err());
    let said = world.node_mut("arven").log_fork(&log, now).unwrap().unwrap();
    world.network.exchange(now).unwrap();
    assert_eq!(world.node("office").council().record(&said.leaf).unwrap().kind, "fork");
}

#[test]
fn a_node_restored_from_a_backup_says_nothing_before_it_has_caught_up() {
    let mut world = World::new(&charter_text("two-banks"));
    world.say("belm", "report", &[], &json!({"title": "before", "text": "x"}));
    let backup = world.node("belm").store().copy_to(Store::in_memory().unwrap()).unwrap();
    world.wait(60);
    let since = world.say("belm", "report", &[], &json!({"title": "since", "text": "x"}));
    let mut restored = world.open_node(&id("belm"), backup, 1);
    let log = world.log("belm", 1);
    restored.note_peer_size(&log, world.node("arven").size_of(&log));
    let held = restored.size_of(&log);
    let more = statement("belm", "report", &[], &json!({"title": "after", "text": "x"}));
    let refused = restored.append(&more, world.now);
    assert!(matches!(refused, Err(NodeError::RestoredTooOld { .. })), "{refused:?}");
    assert_eq!(restored.size_of(&log), held);
    let _lost = world.network.replace(restored);
    world.network.exchange(world.now).unwrap();
    assert!(world.node("belm").council().record(&since).is_some(), "fetched from its peers");
    world.state(&more).unwrap();
    assert!(world.network.take_refusals().is_empty(), "one history");
    assert_eq!(world.network.digests().into_values().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_node_that_starts_again_folds_what_it_had() {
    let world = long_day();
    let node = world.node("tamrin");
    let copy = node.store().copy_to(Store::in_memory().unwrap()).unwrap();
    let again = world.open_node(&id("tamrin"), copy, 1);
    assert_eq!(again.council().digest(), node.council().digest());
    assert_eq!(views(again.council(), world.now), views(node.council(), world.now));
}

#[test]
fn a_receipt_for_a_log_of_nobody_says_nothing_and_harms_nothing() {
    let mut world = World::new(&charter_text("two-banks"));
    let heads = json!([["two-banks.example/nobody/1", 7, Hash([7; 32]).to_string()]]);
    let terms = json!({"heads": heads, "time": world.now.to_string()});
    let mut receipt = statement("belm", WITNESS, &[], &terms);
    (receipt.officers, receipt.label) = (Vec::new(), Some(label("ACCORD")));
    world.state(&receipt).unwrap();
    let proposal = world.say("office", "proposal", &[], &text(&["one"]));
    world.say("belm", "position", &[proposal], &no(&[1]));
    assert_eq!(world.state_of("arven", &proposal, 0), "broken", "later records of that log count");
    let copy = world.node("arven").store().copy_to(Store::in_memory().unwrap()).unwrap();
    assert_eq!(
        world.open_node(&id("arven"), copy, 1).council().digest(),
        world.node("arven").council().digest()
    );
    assert_eq!(world.network.digests().into_values().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn a_closing_that_names_a_log_twice_decides_nothing() {
    // A second, shorter cut of each log would leave the objection outside.
    let mut world = World::new(&charter_text("two-banks"));
    let proposal = world.say("office", "proposal", &[], &text(&["one"]));
    world.wait(5);
    world.say("belm", "position", &[proposal], &no(&[1]));
    world.wait(30);
    let closed = world.close("office", &proposal).unwrap();
    let closing =
        world.node("office").store().entries(&closed.log, closed.index, 1).unwrap().remove(0);
    let opening = Opening::from_bytes(Domain::Terms, &closing.opening.unwrap()).unwrap();
    let mut terms =
        veche_ledger::parse_canonical(&opening.bytes).unwrap().as_map().unwrap().clone();
    let mut cut = terms["cut"].as_list().unwrap().to_vec();
    cut.extend(cut.clone());
    terms.insert("cut".to_owned(), veche_ledger::Value::List(cut));
    let mut statement = statement("office", CLOSING, &[proposal], &json!({}));
    (statement.officers, statement.label) = (Vec::new(), Some(label("ACCORD")));
    statement.terms = veche_ledger::Value::Map(terms);
    world.state(&statement).unwrap();
    let view = world.node("arven").council().procedure(&proposal, world.now).unwrap();
    assert_eq!(view.closing_faults.len(), 1, "{:?}", view.closing_faults);
    assert!(view.closing_faults[0].contains("form"), "{:?}", view.closing_faults);
}

#[test]
fn what_a_witness_says_is_read_back_as_said() {
    let said = value(
        &json!({"heads": [["two-banks.example/arven/1", 3, Hash([1; 32]).to_string()]], "time": "2027-03-01T09:00:00Z"}),
    );
    let statement = WitnessStatement::parse(&said.to_bytes()).unwrap();
    assert_eq!(
        statement.heads.iter().map(|(log, size)| (log.as_str(), *size)).collect::<Vec<_>>(),
        [("two-banks.example/arven/1", 3)]
    );
}

/// How a member may try to take back what it said.
type TakeBack = fn(&mut World, u64);

#[test]
fn nobody_gets_a_second_result_by_taking_back_what_was_certified() {
    let ways: [(&str, TakeBack); 2] = [
        ("key revoked", |world, before| {
            let doubtful = world.node("belm").size_of(&world.log("belm", 1)) - before;
            world.revoke("belm", "duty", doubtful);
        }),
        ("epoch ended before it", |world, before| {
            let (now, log) = (world.now, world.log("belm", 1));
            let root = world.node("belm").root_at(&log, before).unwrap();
            let head = Head { log, size: before, root };
            world.node_mut("belm").open_next_epoch(&id("belm"), &head, now).unwrap();
            world.network.exchange(now).unwrap();
        }),
    ];
    for (name, take_back) in ways {
        let mut world = World::new(&six_towns());
        let proposal = world.say("office", "proposal", &[], &text(&["one"]));
        world.wait(5);
        let before = world.node("belm").size_of(&world.log("belm", 1));
        world.say("belm", "position", &[proposal], &no(&[1]));
        world.wait(1);
        world.network.exchange(world.now).unwrap();
        world.close("arven", &proposal).unwrap();
        let first = verify(&world.certificate("corin", &proposal).to_bytes(), None).unwrap();
        assert_eq!(first.decisions[0].1.state.as_str(), "broken", "{name}");
        world.wait(1);
        take_back(&mut world, before);
        world.wait(40);
        world.network.exchange(world.now).unwrap();
        for party in ["arven", "belm", "farro"] {
            assert_eq!(world.state_of(party, &proposal, 0), "broken", "{name}");
        }
        // Whoever closes again, over all that is there now, comes to the same or to nothing.
        if let Ok(again) = world.close("belm", &proposal) {
            let results = &crate::receipts::terms_of(&world, &again)["results"];
            assert_eq!(results[0]["state"], "broken", "{name}: {results}");
            let view = world.node("dovar").council().procedure(&proposal, world.now).unwrap();
            assert!(view.closing_faults.is_empty(), "{name}: {:?}", view.closing_faults);
        }
        assert_eq!(
            world.network.digests().into_values().collect::<BTreeSet<_>>().len(),
            1,
            "{name}"
        );
    }
}

#[test]
fn a_member_without_a_node_is_heard_through_its_host_also_when_it_never_said_anything() {
    let mut world = World::new(&hosted_town());
    let quiet = world.say("office", "proposal", &[], &text(&["one"]));
    world.wait(31);
    world.network.exchange(world.now).unwrap();
    world.close("arven", &quiet).unwrap();
    assert_eq!(world.state_of("belm", &quiet, 0), "adopted");
    let certificate = world.node("arven").certificate(&quiet).unwrap().to_bytes();
    let verified = verify(&certificate, Some(world.charter.hash)).unwrap();
    assert!(verified.decisions[0].1.binds.contains(&id("farro")));
    let heard = world.say("office", "proposal", &[], &text(&["two"]));
    world.wait(5);
    world.say("farro", "position", &[heard], &no(&[1]));
    world.wait(1);
    world.network.exchange(world.now).unwrap();
    world.close("belm", &heard).unwrap();
    assert_eq!(world.state_of("corin", &heard, 0), "broken");
}
