//! Contact checks under the shipped charters, none of whose acts is known by name.

use crate::world::{World, charter_text, id};
use veche_charter::Charter;
use veche_node::contact::{answer, ask, check_acts, checks};

#[test]
fn each_charter_that_has_a_contact_check_has_one() {
    for (name, expected) in [
        ("six-rivers", "contact_check to contact_answer"),
        ("csto", "contact_check to contact_answer"),
        ("cis", "contact_check to contact_answer"),
        ("asean", "contact_check to contact_answer"),
        ("au", "contact_check to contact_answer"),
        ("ecowas", "contact_check to contact_answer"),
        ("two-banks", ""),
        ("nato", ""),
    ] {
        let charter = Charter::load(charter_text(name).as_bytes(), "charter.toml").unwrap();
        let found: Vec<String> = check_acts(&charter)
            .iter()
            .map(|act| format!("{} {} {}", act.ask, act.to, act.answer))
            .collect();
        assert_eq!(found.join("; "), expected, "{name}");
    }
}

#[test]
fn a_check_is_answered_in_time_late_or_not() {
    let mut world = World::new(&charter_text("six-rivers"));
    let act = check_acts(&world.charter).remove(0);
    let mut asked = Vec::new();
    for capital in ["tamrin", "lurien", "halcis"] {
        let statement = ask(world.node("orvessa"), &act, &id(capital), "duty", true, world.now);
        asked.push(world.state(&statement).unwrap().leaf);
    }
    let reply = |world: &mut World, capital: &str, check| {
        let statement = answer(world.node(capital), check, "duty", world.now).unwrap();
        world.state(&statement).unwrap();
    };
    world.wait(9);
    reply(&mut world, "tamrin", &asked[0]);
    world.wait(5);
    // What cites nothing from after the deadline may have come in time: Lurien has seen that it passed.
    let late = ask(world.node("orvessa"), &act, &id("quorrin"), "duty", true, world.now);
    world.state(&late).unwrap();
    world.wait(1);
    reply(&mut world, "lurien", &asked[1]);
    let rows = checks(world.node("mirez"), world.now);
    let told: Vec<(&str, bool, bool)> =
        rows.iter().map(|row| (row.to.as_str(), row.answered_at.is_some(), row.is_late)).collect();
    assert_eq!(
        told,
        [
            ("quorrin", false, false),
            ("halcis", false, true),
            ("lurien", true, true),
            ("tamrin", true, false)
        ]
    );
    assert!(rows.iter().all(|row| row.from == "orvessa" && row.asked_at.is_some()));
    assert!(
        answer(world.node("tamrin"), &veche_ledger::Hash::of(&[b"x"]), "duty", world.now).is_none()
    );
}
