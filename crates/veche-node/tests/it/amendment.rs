//! A charter is changed by a decision under itself, while matters are open.

use crate::world::{World, edited, id, secrets, six_towns, statement};
use serde_json::{Value as Json, json};
use veche_charter::amend::Amendment;
use veche_charter::with_keys;
use veche_council::certificate::verify;
use veche_council::version::Outdated;
use veche_ledger::{Hash, UnixSeconds};
use veche_node::fsck::fsck;
use veche_node::node::{NodeError, Statement};
use veche_node::store::{Durability, Store};

/// What a charter needs so that it can be changed: an act, a vote, a machine and its rule.
const CHANGE: &str = r#"
[acts.charter_change]
fields = { title = "text!", base = "hash!", result = "hash!", edits = "other!" }
opens = "charter_change"
amends = true
number = "CH"
article = "2"

[acts.vote]
about = ["charter_change"]
about_required = true
event = "vote"
position = { field = "position" }
fields = { position = "word! yes|no" }
article = "3"

[rules.all]
quorum = "1/1"
adopt = { none = ["no"] }
binds = "all"
article = "2"

[machines.charter_change]
start = "tabled"
contested = "held"
article = "2"
[machines.charter_change.states.tabled]
clock = "1h"
timeout = { rule = "all", pass = "adopted", fail = "failed" }
on = [{ ev = "vote", pos = ["no"], by = "status:member", to = "failed" }]
[machines.charter_change.states.adopted]
outcome = "adopted"
final = true
[machines.charter_change.states.failed]
outcome = "rejected"
final = true
"#;

/// The members and their six votes.
const TOWNS: [&str; 6] = crate::world::TOWNS;

/// What is said in earnest, not in an exercise.
fn real(party: &str, kind: &str, about: &[Hash], terms: &Json) -> Statement {
    Statement { drill: false, ..statement(party, kind, about, terms) }
}

fn say(world: &mut World, party: &str, kind: &str, about: &[Hash], terms: &Json) -> Hash {
    world.state(&real(party, kind, about, terms)).unwrap().leaf
}

pub(crate) fn world() -> World {
    World::new(&format!("{}{CHANGE}", six_towns()))
}

/// The next version of a charter's text: silence lasts two hours.
fn slower(text: &str, version: u32) -> String {
    let text =
        edited(text, &format!("version = {}\n", version - 1), &format!("version = {version}\n"));
    edited(&text, "span = \"30m\"", "span = \"2h\"")
}

fn change(before: &str, after: &str) -> Json {
    let mut terms = json!({"title": "Silence lasts longer"});
    for (key, value) in Amendment::between(before, after).to_fields() {
        let json = String::from_utf8(value.to_bytes()).unwrap();
        terms[key] = serde_json::from_str(&json).unwrap();
    }
    terms
}

fn text_of(world: &World, party: &str) -> String {
    world.node(party).council().charter().text.to_string()
}

/// A town tables a change of the charter, all vote for it, and its hour runs out; nobody has closed it yet.
fn vote_on(world: &mut World, before: &str, after: &str) -> Hash {
    let tabled = say(world, "belm", "charter_change", &[], &change(before, after));
    world.wait(10);
    for town in TOWNS {
        say(world, town, "vote", &[tabled], &json!({"position": "yes"}));
    }
    world.wait(60);
    world.network.exchange(world.now).unwrap();
    tabled
}

/// The same, and it is closed.
fn adopt(world: &mut World, before: &str, after: &str) -> Hash {
    let tabled = vote_on(world, before, after);
    world.close("arven", &tabled).unwrap();
    tabled
}

/// All towns adopt a next version in an exercise: a remark more.
pub(crate) fn adopt_in_exercise(world: &mut World, version: u32) {
    let charters = world.node("arven").council().charters();
    let before = charters.last().expect("a charter").charter.text.to_string();
    let after =
        edited(&before, &format!("version = {}\n", version - 1), &format!("version = {version}\n"));
    let terms = change(&before, &format!("# version {version}\n{after}"));
    let tabled = world.say("belm", "charter_change", &[], &terms);
    for town in TOWNS {
        world.say(town, "vote", &[tabled], &json!({"position": "yes"}));
    }
    world.wait(60);
    world.network.exchange(world.now).expect("an exchange");
    world.close("arven", &tabled).expect("it is closed");
}

fn table(world: &mut World, title: &str) -> Hash {
    let paragraphs = json!([{"n": 1, "text": title}]);
    say(world, "office", "proposal", &[], &json!({"title": title, "paragraphs": paragraphs}))
}

fn deadline(world: &World, party: &str, matter: &Hash) -> UnixSeconds {
    let view = world.node(party).council().procedure(matter, world.now).unwrap();
    UnixSeconds::parse(&view.units[0].deadline.as_ref().unwrap().at).unwrap()
}

/// A charter changed twice, with a matter opened before and closed after, one under each version, one void, one under a charter
/// that nobody knows, and a member's second epoch in between.
pub(crate) fn changed() -> World {
    let mut world = world();
    let before = text_of(&world, "arven");
    let tabled = vote_on(&mut world, &before, &slower(&before, 2));
    let old = table(&mut world, "tabled before the change");
    world.wait(1);
    world.close("arven", &tabled).expect("it is closed");
    let new = table(&mut world, "tabled after the change");
    let terms = json!({"title": "as before", "paragraphs": [{"n": 1, "text": "as before"}]});
    let genesis = world.charter.hash;
    world.say_under(&real("office", "proposal", &[], &terms), genesis);
    world.say_under(&real("office", "proposal", &[], &terms), Hash([9; 32]));
    world.open_epoch("corin");
    world.wait(30);
    world.network.exchange(world.now).expect("an exchange");
    world.close("belm", &old).expect("it is closed");
    let second = text_of(&world, "arven");
    let third = edited(
        &edited(&second, "version = 2\n", "version = 3\n"),
        "span = \"2h\"",
        "span = \"20m\"",
    );
    adopt(&mut world, &second, &third);
    world.wait(60);
    world.network.exchange(world.now).expect("an exchange");
    world.close("dovar", &new).expect("it is closed");
    table(&mut world, "under the third");
    world
}

#[test]
fn an_open_matter_ends_under_the_text_that_it_began_with_and_a_new_one_begins_under_the_new() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let tabled = vote_on(&mut world, &before, &slower(&before, 2));
    let old = table(&mut world, "tabled before the change");
    world.wait(1);
    world.close("arven", &tabled).unwrap();
    let new = table(&mut world, "tabled after the change");
    for party in TOWNS {
        let charter = world.node(party).council().charter();
        assert!(charter.version == 2 && *charter.text == *slower(&before, 2), "{party}");
        let minutes = |matter| (deadline(&world, party, matter).0 - world.now.0) / 60;
        assert_eq!((minutes(&old), minutes(&new)), (29, 120), "{party}");
    }
    world.wait(30);
    world.network.exchange(world.now).unwrap();
    world.close("corin", &old).unwrap();
    assert!(matches!(world.close("corin", &new), Err(NodeError::Closing(_))));
    world.wait(90);
    world.network.exchange(world.now).unwrap();
    world.close("corin", &new).unwrap();
    let digest = world.node("arven").council().digest();
    assert!(world.network.nodes().all(|node| node.council().digest() == digest));
    assert_eq!(world.state_of("dovar", &old, 0), "adopted");
    assert_eq!(world.state_of("dovar", &new, 0), "adopted");
}

#[test]
fn a_certificate_under_an_amended_charter_proves_how_that_came_into_force() {
    let mut world = world();
    let genesis = world.charter.hash;
    let first = text_of(&world, "arven");
    adopt(&mut world, &first, &slower(&first, 2));
    let second = text_of(&world, "arven");
    let third = edited(
        &edited(&second, "version = 2\n", "version = 3\n"),
        "span = \"2h\"",
        "span = \"20m\"",
    );
    adopt(&mut world, &second, &third);
    let matter = table(&mut world, "under the third");
    world.wait(20);
    world.network.exchange(world.now).unwrap();
    world.close("elsin", &matter).unwrap();
    let bytes = world.certificate("farro", &matter).to_bytes();
    for charter in [&first, &second, &third] {
        let verified = verify(&bytes, Some(Hash::of(&[charter.as_bytes()]))).unwrap();
        assert_eq!((verified.version, verified.genesis), (3, genesis));
    }
    let other = verify(&bytes, Some(Hash([7; 32]))).unwrap_err();
    assert!(other.to_string().starts_with("its charter is `"), "{other}");
}

#[test]
fn a_bad_charter_is_refused_before_anybody_votes_on_it() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let bad = edited(
        &slower(&before, 2),
        "outcome = \"rejected\"\nfinal = true",
        "outcome = \"rejected\"",
    );
    let refused = |world: &mut World, terms: &Json| {
        let leaf = say(world, "belm", "charter_change", &[], terms);
        let record = world.node("corin").council().record(&leaf).unwrap();
        assert!(record.procedure.is_none());
        record.refused.unwrap().why
    };
    let why = refused(&mut world, &change(&before, &bad));
    assert!(why.starts_with("the new charter has faults:\nerror: nothing leaves state"), "{why}");
    let why = refused(&mut world, &change(&bad, &slower(&before, 2)));
    assert!(why.contains("draft it anew"), "{why}");
    let mut terms = change(&before, &slower(&before, 2));
    terms["edits"] = json!([{"at": 1, "inserted": "x", "removed": 1, "more": 1}]);
    let why = refused(&mut world, &terms);
    assert!(why.starts_with("its edits are not of the form"), "{why}");
    assert_eq!(world.node("corin").council().charter().version, 1);
}

#[test]
fn a_change_that_is_not_adopted_changes_nothing() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let tabled =
        say(&mut world, "belm", "charter_change", &[], &change(&before, &slower(&before, 2)));
    say(&mut world, "farro", "vote", &[tabled], &json!({"position": "no"}));
    world.wait(1);
    world.network.exchange(world.now).unwrap();
    world.close("arven", &tabled).unwrap();
    assert_eq!(world.state_of("elsin", &tabled, 0), "failed");
    assert!(world.network.nodes().all(|node| node.council().charter().version == 1));
}

#[test]
fn a_node_that_was_cut_off_judges_what_waited_as_the_others_did() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let tabled = vote_on(&mut world, &before, &slower(&before, 2));
    world.cut_off("farro", true);
    // Every member's head is in the closing, and farro's is from before: the votes are all there.
    let closed = world.close("arven", &tabled);
    if closed.is_err() {
        world.cut_off("farro", false);
        world.close("arven", &tabled).unwrap();
        world.cut_off("farro", true);
    }
    let new = table(&mut world, "said while farro was away");
    world.wait(5);
    // Farro does not know of the change, and tables under the text that it has.
    let unaware =
        world.state(&real("farro", "report", &[], &json!({"title": "Water", "text": "It rises."})));
    let unaware = unaware.unwrap().leaf;
    world.cut_off("farro", false);
    let digest = world.node("arven").council().digest();
    assert!(world.network.nodes().all(|node| node.council().digest() == digest));
    assert_eq!(deadline(&world, "farro", &new), deadline(&world, "arven", &new));
    let view = world.node("belm").council().procedure(&unaware, world.now).unwrap();
    assert!(view.void_since_version.is_none());
}

#[test]
fn who_knew_of_the_change_cannot_open_a_matter_under_the_text_that_it_replaced() {
    let mut world = world();
    let before = text_of(&world, "arven");
    adopt(&mut world, &before, &slower(&before, 2));
    let genesis = world.charter.hash;
    let terms = json!({"title": "as before", "paragraphs": [{"n": 1, "text": "as before"}]});
    let said = real("office", "proposal", &[], &terms);
    let leaf = world.say_under(&said, genesis);
    let view = world.node("belm").council().procedure(&leaf, world.now).unwrap();
    assert_eq!(view.void_since_version, Some(2));
    assert!(view.units.is_empty());
    let record = world.node("belm").council().record(&leaf).unwrap();
    assert!(record.refused.unwrap().why.contains("version 2 had replaced"));
}

#[test]
fn nobody_names_a_charter_before_it_is_in_force() {
    let mut world = world();
    let named = Hash([9; 32]);
    let terms = json!({"title": "early", "paragraphs": [{"n": 1, "text": "early"}]});
    let said = real("office", "proposal", &[], &terms);
    let leaf = world.say_under(&said, named);
    let record = world.node("belm").council().record(&leaf).unwrap();
    assert_eq!((record.ruling.as_str(), record.procedure), ("waiting", None));
    assert!(record.refused.unwrap().why.contains("is not in force here"));
}

#[test]
fn what_an_exercise_adopts_is_in_force_for_the_exercise_alone() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let tabled = world.say("belm", "charter_change", &[], &change(&before, &slower(&before, 2)));
    for town in TOWNS {
        world.say(town, "vote", &[tabled], &json!({"position": "yes"}));
    }
    world.wait(60);
    world.network.exchange(world.now).unwrap();
    world.close("arven", &tabled).unwrap();
    assert!(world.network.nodes().all(|node| node.council().charter().version == 1));
    let paragraphs = json!({"title": "a text", "paragraphs": [{"n": 1, "text": "a text"}]});
    let (in_drill, in_earnest) =
        (world.say("office", "proposal", &[], &paragraphs), table(&mut world, "in earnest"));
    let version = |matter| {
        let view = world.node("belm").council().procedure(matter, world.now).unwrap();
        view.charter_version
    };
    assert_eq!((version(&in_drill), version(&in_earnest)), (Some(2), Some(1)));
    let charters: Vec<Hash> = world.node("belm").council().charters().map(|c| c.named).collect();
    let smuggled = world.say_under(&real("office", "proposal", &[], &paragraphs), charters[1]);
    let record = world.node("belm").council().record(&smuggled).unwrap();
    assert!(record.refused.unwrap().why.contains("do not mix"));
}

#[test]
fn a_node_starts_again_with_the_charters_in_force_from_its_snapshot_and_from_its_logs() {
    let mut world = world();
    let before = text_of(&world, "arven");
    adopt(&mut world, &before, &slower(&before, 2));
    let matter = table(&mut world, "after the change");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.db");
    let open = || Store::open(&path, Durability::Full).unwrap();
    drop(world.node("arven").store().copy_to(open()).unwrap());
    for has_snapshot in [false, true] {
        let mut node = world.open_node(&id("arven"), open(), 1);
        assert_eq!(node.resumed() > 0, has_snapshot);
        assert_eq!(node.council().digest(), world.node("arven").council().digest());
        assert_eq!(node.council().charter().version, 2);
        let view = node.council().procedure(&matter, world.now).unwrap();
        assert_eq!(view.charter_version, Some(2));
        node.save_snapshot().unwrap();
        drop(node);
        let report = fsck(&open()).unwrap();
        assert_eq!(report.fault_count, 0, "{:?}", report.faults);
    }
}

#[test]
fn a_program_that_is_too_old_for_the_charter_keeps_everything_and_decides_nothing() {
    let mut world = world();
    let before = text_of(&world, "arven");
    let after = edited(&before, "version = 1\n", "version = 2\nfold = 2\n");
    let matter = table(&mut world, "before the change");
    let tabled = say(&mut world, "belm", "charter_change", &[], &change(&before, &after));
    assert!(world.node("corin").council().outdated().is_none());
    let record = world.node("corin").council().record(&tabled).unwrap();
    assert!(record.refused.unwrap().why.contains("version 2 of the fold"));
    // A newer node closes it; this one cannot tell whether it was adopted.
    let mut closing =
        real("elsin", "closing", &[tabled], &json!({"cut": [], "heads": [], "results": []}));
    closing.officers = Vec::new();
    closing.label = Some(world.charter.default_label.clone());
    world.state(&closing).unwrap();
    let outdated = Outdated { needs: 2, amendment: tabled };
    assert_eq!(world.node("corin").council().outdated(), Some(outdated));
    world.wait(30);
    world.network.exchange(world.now).unwrap();
    let refused = world.close("corin", &matter).unwrap_err();
    assert!(refused.to_string().contains("decides nothing until it is brought up to date"));
    say(&mut world, "arven", "comment", &[matter], &json!({"text": "it goes on being said"}));
}

/// The next version of a charter's text with a seventh town, and its keys.
fn with_gorse(world: &World, text: &str) -> String {
    let text = edited(text, "version = 1\n", "version = 2\n");
    let gorse = "[parties.gorse]\nname = \"Gorse\"\nstatus = \"member\"\nzone = \"+01:00\"\n\n";
    let text = edited(&text, "[parties.office]", &format!("{gorse}[parties.office]"));
    // Seven towns: six nodes witness each log, and a quorum of four would let one that colludes speak twice.
    let text = edited(&text, "quorum = 4", "quorum = 5");
    let keys = secrets(&world.charter, &id("gorse")).public();
    with_keys(&text, &[(id("gorse"), keys)].into())
}

/// A seventh town joins, and objects to a text.
pub(crate) fn seventh() -> (World, Hash, Hash) {
    let mut world = world();
    let report =
        say(&mut world, "arven", "report", &[], &json!({"title": "Water", "text": "It rises."}));
    let before = text_of(&world, "arven");
    let after = with_gorse(&world, &before);
    adopt(&mut world, &before, &after);
    world.join("gorse");
    let matter = table(&mut world, "with seven");
    world.wait(5);
    say(&mut world, "gorse", "position", &[matter], &json!({"position": "no", "paragraphs": [1]}));
    world.wait(26);
    world.network.exchange(world.now).expect("an exchange");
    world.close("gorse", &matter).expect("it is closed");
    (world, report, matter)
}

#[test]
fn a_party_joins_by_a_change_of_the_charter_reads_what_was_said_and_is_asked() {
    let (world, report, matter) = seventh();
    let gorse = world.node("gorse");
    assert_eq!(gorse.council().charter().version, 2);
    assert!(gorse.council().procedure(&report, world.now).unwrap().terms.contains("It rises."));
    assert!(
        world
            .network
            .nodes()
            .all(|node| node.council().digest() == world.node("arven").council().digest())
    );
    assert_eq!(world.state_of("belm", &matter, 0), "broken");
    let certificate = world.certificate("corin", &matter).to_bytes();
    let verified = verify(&certificate, Some(world.charter.hash)).unwrap();
    assert_eq!(verified.decisions[0].1.positions[&id("gorse")].0.as_str(), "no");
    // From its store, the new town's log included.
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("kept.db"), Durability::Full).unwrap();
    let store = world.node("belm").store().copy_to(store).unwrap();
    let report = fsck(&store).unwrap();
    assert_eq!(report.fault_count, 0, "{:?}", report.faults);
    let again = world.open_node(&id("belm"), store, 1);
    assert_eq!(again.council().digest(), world.node("belm").council().digest());
}
