//! Courses of events that end in a decision, each with its certificate.

use crate::world::{
    World, charter_text, edited, hosted_town, label, six_towns, statement, with_pairs,
};
use serde_json::{Value as Json, json};
use std::sync::OnceLock;
use veche_charter::Charter;
use veche_council::certificate::Certificate;
use veche_ledger::{Hash, Seconds};

/// A certificate that holds, and what it says.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) charter: Charter,
    pub(crate) certificate: Certificate,
    /// The state of each unit that it decides.
    pub(crate) states: Vec<&'static str>,
}

/// Returns all scenes, played once.
pub(crate) fn scenes() -> &'static [Scene] {
    static ONCE: OnceLock<Vec<Scene>> = OnceLock::new();
    ONCE.get_or_init(|| {
        [two_banks(), towns_in_time(), towns_unreached(), towns_keys(), six_rivers(), amended()]
            .into_iter()
            .flatten()
            .collect()
    })
}

/// Returns courses of events under charters that list pairs of keys for everybody.
pub(crate) fn pairs() -> &'static [Scene] {
    static ONCE: OnceLock<Vec<Scene>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let banks = with_pairs(&charter_text("two-banks"));
        let mixed = banks_of("pairs-mixed", &banks, &["adopted", "broken"], |world, p| {
            world.say("belm", "position", &[p], &says("no", &[2]));
        });
        // The log of one goes on in a second epoch: its root key's statement has two lines, too.
        let epoch = banks_of("pairs-epoch", &banks, &["adopted"], |world, _| {
            world.open_epoch("belm");
        });
        // Its closing has more than the 65,536 bytes to which the terms of other records are held.
        let six = towns("pairs-six", &with_pairs(&six_towns()), &["adopted"], |world, _| {
            world.wait(21);
        });
        vec![mixed, epoch, six]
    })
}

fn scene(
    name: &'static str,
    world: World,
    by: &str,
    procedure: Hash,
    states: &[&'static str],
) -> Scene {
    let certificate = world.certificate(by, &procedure);
    Scene { name, charter: world.charter, certificate, states: states.to_vec() }
}

pub(crate) fn text(paragraphs: &[&str]) -> Json {
    let paragraphs: Vec<Json> =
        (1..).zip(paragraphs).map(|(n, text): (u32, _)| json!({"n": n, "text": text})).collect();
    json!({"ref": "P-1", "title": "a text", "paragraphs": paragraphs})
}

pub(crate) fn says(position: &str, paragraphs: &[u32]) -> Json {
    json!({"position": position, "paragraphs": paragraphs})
}

fn report() -> Json {
    json!({"ref": "C-1", "title": "the river rises", "text": "by 10 cm an hour"})
}

/// Two members and their office: a case, a text on it, `then` until the deadline, and the closing.
fn banks(
    name: &'static str,
    states: &[&'static str],
    then: impl FnOnce(&mut World, Hash),
) -> Scene {
    banks_of(name, &charter_text("two-banks"), states, then)
}

fn banks_of(
    name: &'static str,
    charter: &str,
    states: &[&'static str],
    then: impl FnOnce(&mut World, Hash),
) -> Scene {
    let mut world = World::new(charter);
    let case = world.say("arven", "report", &[], &report());
    let proposal =
        world.say("office", "proposal", &[case], &text(&["one", "two"][..states.len().min(2)]));
    world.wait(10);
    then(&mut world, proposal);
    world.wait(21);
    world.close("office", &proposal).expect("it is closed");
    scene(name, world, "belm", proposal, states)
}

fn two_banks() -> Vec<Scene> {
    let say = |who: &'static str, position: &'static str, paragraphs: &'static [u32]| {
        move |world: &mut World, p: Hash| {
            world.say(who, "position", &[p], &says(position, paragraphs));
        }
    };
    vec![
        banks("two-adopted", &["adopted", "adopted"], |_, _| {}),
        banks("two-one-paragraph", &["adopted"], say("arven", "yes", &[1])),
        banks("two-broken", &["broken", "broken"], say("belm", "no", &[1, 2])),
        banks("two-mixed", &["adopted", "broken"], say("belm", "no", &[2])),
        banks("two-aside", &["adopted", "adopted"], say("arven", "aside", &[1])),
        banks("two-chatter", &["adopted", "adopted"], |world, p| {
            world.say("belm", "comment", &[p], &json!({"text": "we read it"}));
            world.say("belm", "report", &[], &json!({"title": "another matter", "text": "x"}));
            world.say("arven", "decree", &[p], &json!({"text": "of a later charter"}));
        }),
        two_late(),
        two_alone(),
    ]
}

/// An objection after the closing, and a second closing over the larger cut.
fn two_late() -> Scene {
    let mut world = World::new(&charter_text("two-banks"));
    let case = world.say("belm", "report", &[], &report());
    let warned = json!({"ref": "W-1", "title": "the quay floods", "level": "acute", "horizon": "12h", "statement": "before 21:00"});
    let warning = world.say("belm", "warning", &[case], &warned);
    let proposal = world.say("office", "proposal", &[warning], &text(&["one"]));
    world.wait(31);
    world.network.exchange(world.now).expect("an exchange");
    world.say("arven", "comment", &[case], &json!({"text": "nobody objected"}));
    world.wait(1);
    world.say("belm", "position", &[proposal], &says("no", &[1]));
    world.close("arven", &proposal).expect("it is closed");
    scene("two-late", world, "arven", proposal, &["adopted"])
}

/// A text about nothing, closed before its deadline because it is broken already.
fn two_alone() -> Scene {
    let mut world = World::new(&charter_text("two-banks"));
    let proposal = world.say("office", "proposal", &[], &text(&["one", "two"]));
    world.wait(5);
    world.say("arven", "position", &[proposal], &says("no", &[2]));
    world.wait(5);
    world.close("belm", &proposal).expect("one paragraph is decided");
    scene("two-early", world, "office", proposal, &["broken"])
}

/// Six towns under a charter: a text on a case, `then`, and the closing by the first town.
fn towns(
    name: &'static str,
    charter: &str,
    states: &[&'static str],
    then: impl FnOnce(&mut World, Hash),
) -> Scene {
    let mut world = World::new(charter);
    let case = world.say("corin", "report", &[], &report());
    let proposal = world.say("office", "proposal", &[case], &text(&["one", "two"][..states.len()]));
    world.wait(10);
    then(&mut world, proposal);
    let closed = world.close("arven", &proposal);
    assert!(closed.is_ok(), "{name}: {closed:?}");
    scene(name, world, "dovar", proposal, states)
}

fn towns_in_time() -> Vec<Scene> {
    let charter = six_towns();
    vec![
        towns("six-adopted", &charter, &["adopted"], |world, _| world.wait(21)),
        towns("six-broken", &charter, &["adopted", "broken"], |world, p| {
            world.say("elsin", "position", &[p], &says("no", &[2]));
            world.say("farro", "position", &[p], &says("no", &[2]));
            world.wait(21);
        }),
        towns("six-amended", &charter, &["adopted", "broken"], |world, p| {
            let other =
                json!({"title": "another two", "paragraphs": [{"n": 2, "text": "half of two"}]});
            world.say("belm", "amendment", &[p], &other);
            world.wait(21);
        }),
        towns("six-reserved", &charter, &["adopted", "adopted"], |world, p| {
            world.say(
                "dovar",
                "reservation",
                &[p],
                &json!({"paragraphs": [1], "text": "not with our men"}),
            );
            world.say("farro", "reservation", &[p], &json!({"text": "with neither"}));
            world.wait(21);
        }),
        towns("six-aside", &charter, &["adopted"], |world, p| {
            world.say("dovar", "position", &[p], &says("aside", &[1]));
            world.say("dovar", "position", &[p], &says("yes", &[1]));
            world.say("belm", "position", &[p], &says("aside", &[1]));
            world.wait(21);
        }),
        amendment_of_its_own(&charter),
    ]
}

/// The certificate of an amendment: its ancestors are the text and the case.
fn amendment_of_its_own(charter: &str) -> Scene {
    let mut world = World::new(charter);
    let case = world.say("corin", "report", &[], &report());
    let proposal = world.say("office", "proposal", &[case], &text(&["one", "two"]));
    world.wait(10);
    let other = json!({"title": "another two", "paragraphs": [{"n": 2, "text": "half of two"}]});
    let amendment = world.say("belm", "amendment", &[proposal], &other);
    world.wait(31);
    world.close("elsin", &amendment).expect("it is closed");
    scene("six-amendment", world, "arven", amendment, &["adopted"])
}

/// One town does not hear the text: for 40 minutes, or for good.
fn cut_off(name: &'static str, charter: &str, state: &'static str, minutes: u64) -> Scene {
    let mut world = World::new(charter);
    let case = world.say("corin", "report", &[], &report());
    world.cut_off("farro", true);
    let proposal = world.say("office", "proposal", &[case], &text(&["one"]));
    world.wait(minutes);
    if minutes < 120 || state == "blocked" {
        world.cut_off("farro", false);
    }
    if minutes < 120 {
        world.wait(60);
    }
    let closed = world.close("arven", &proposal);
    assert!(closed.is_ok(), "{name}: {closed:?}");
    scene(name, world, "belm", proposal, &[state])
}

const EXTEND: &str = "unreached = { after = \"10m\", then = \"extend\", max = \"1h\", finally = \"block\", to = \"blocked\" }";
const BLOCKED: &str =
    "[machines.silence.states.blocked]\noutcome = \"lapsed\"\nfinal = true\narticle = \"4\"\n";

fn towns_unreached() -> Vec<Scene> {
    let charter = six_towns();
    let waives = |unreached: &str| edited(&edited(&charter, EXTEND, unreached), BLOCKED, "");
    let counts = waives(
        "unreached = { after = \"10m\", then = \"extend\", max = \"1h\", finally = \"counts\" }",
    );
    let exclude = waives("unreached = { after = \"10m\", then = \"exclude\" }");
    vec![
        cut_off("six-extended", &charter, "adopted", 40),
        cut_off("six-blocked", &charter, "blocked", 120),
        cut_off("six-counts", &counts, "adopted", 120),
        cut_off("six-exclude", &exclude, "adopted", 121),
        waived_and_aside(&counts),
        waived_and_broken(&counts),
    ]
}

/// One town is not heard, another stands aside.
fn waived_and_aside(charter: &str) -> Scene {
    let mut world = World::new(charter);
    world.cut_off("farro", true);
    let proposal = world.say("office", "proposal", &[], &text(&["one", "two"]));
    world.wait(10);
    world.say("dovar", "position", &[proposal], &says("aside", &[1]));
    world.wait(120);
    world.close("arven", &proposal).expect("it is closed");
    scene("six-counts-aside", world, "belm", proposal, &["adopted", "adopted"])
}

/// One town is not heard and its silence counts for the first paragraph; the second is broken, which takes every head, and
/// is left to a later closing.
fn waived_and_broken(charter: &str) -> Scene {
    let mut world = World::new(charter);
    world.cut_off("farro", true);
    let proposal = world.say("office", "proposal", &[], &text(&["one", "two"]));
    world.wait(10);
    world.say("dovar", "position", &[proposal], &says("no", &[2]));
    world.wait(120);
    world.close("arven", &proposal).expect("one paragraph is decided");
    scene("six-counts-broken", world, "belm", proposal, &["adopted"])
}

fn towns_keys() -> Vec<Scene> {
    let charter = six_towns();
    vec![
        towns("six-revoked", &charter, &["adopted"], |world, p| {
            world.say("elsin", "position", &[p], &says("aside", &[1]));
            world.revoke("elsin", "duty", 1);
            world.wait(21);
        }),
        // The objection broke silence before anybody heard that its key was lost.
        towns("six-revoked-too-late", &charter, &["broken"], |world, p| {
            world.say("elsin", "position", &[p], &says("no", &[1]));
            world.wait(1);
            world.revoke("elsin", "duty", 1);
            world.wait(21);
        }),
        towns("six-signed-again", &charter, &["broken"], |world, p| {
            world.say("belm", "position", &[p], &says("no", &[1]));
            let doubtful = world.say("elsin", "position", &[p], &says("aside", &[1]));
            world.revoke("elsin", "duty", 1);
            let mut again =
                statement("elsin", "resigning", &[doubtful], &json!({"text": "we meant it"}));
            (again.officers, again.label) = (vec!["delegate".to_owned()], Some(label("ACCORD")));
            world.state(&again).expect("it is signed again");
            world.wait(21);
        }),
        towns("six-epoch", &charter, &["adopted", "broken"], |world, p| {
            world.open_epoch("belm");
            world.say("belm", "position", &[p], &says("no", &[2]));
            world.wait(21);
        }),
        towns("six-hosted", &hosted_town(), &["broken"], |world, p| {
            world.say("farro", "position", &[p], &says("no", &[1]));
            world.wait(21);
        }),
        towns("six-before-epoch", &charter, &["broken"], |world, p| {
            world.say("belm", "position", &[p], &says("no", &[1]));
            world.wait(1);
            world.open_epoch("belm");
            world.wait(21);
        }),
    ]
}

/// The Six Rivers Compact itself, with sealed records in between.
fn six_rivers() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for (name, who, states) in
        [("rivers-adopted", None, ["adopted"]), ("rivers-broken", Some("mirez"), ["broken"])]
    {
        let mut world = World::new(&charter_text("six-rivers"));
        let case = world.say(
            "secretariat",
            "notification",
            &[],
            &json!({"ref": "C-1", "title": "shots", "text": "at the ford"}),
        );
        let mut urgent = text(&["one"]);
        urgent["urgency"] = "urgent".into();
        let proposal = world.say("tamrin", "proposal", &[case], &urgent);
        world.say(
            "halcis",
            "infrastructure_event",
            &[],
            &json!({"operator": "Grid", "effect": "dark"}),
        );
        if let Some(who) = who {
            world.say(who, "position", &[proposal], &json!({"position": "no", "reason": "not so"}));
        }
        world.now = world.now + Seconds::hours(6);
        world.close("orvessa", &proposal).expect("it is closed");
        scenes.push(scene(name, world, "quorrin", proposal, &states));
    }
    scenes
}

/// A text on a case that was opened before the charter was changed, tabled after it, under the third version.
fn amended() -> Vec<Scene> {
    let mut world = crate::amendment::world();
    let case = world.say("arven", "report", &[], &report());
    for version in [2, 3] {
        crate::amendment::adopt_in_exercise(&mut world, version);
    }
    let proposal = world.say("office", "proposal", &[case], &text(&["one", "two"]));
    world.wait(10);
    world.say("belm", "position", &[proposal], &says("no", &[2]));
    world.wait(21);
    world.network.exchange(world.now).expect("an exchange");
    world.close("dovar", &proposal).expect("it is closed");
    let (seven, _, matter) = crate::amendment::seventh();
    vec![
        scene("amended-seventh", seven, "corin", matter, &["broken"]),
        scene("amended-twice", world, "farro", proposal, &["adopted", "broken"]),
    ]
}
