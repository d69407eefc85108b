//! Certificates: good ones from many courses of events hold, and whatever is changed in one is refused.

use crate::world::{World, charter_text, six_towns};
use serde_json::json;
use veche_council::certificate::verify;
use veche_ledger::Hash;

#[test]
fn timing() {
    for text in [charter_text("two-banks"), six_towns(), charter_text("six-rivers")] {
        let t = std::time::Instant::now();
        let mut world = World::new(&text);
        eprintln!("open {:?}", t.elapsed());
        let t = std::time::Instant::now();
        let (kind, by) = if world.charter.organisation.starts_with("six") {
            ("notification", "secretariat")
        } else {
            ("report", "arven")
        };
        let who = if kind == "report" { "office" } else { by };
        let case = world.say(by, kind, &[], &json!({"ref": "C-1", "title": "t", "text": "x"}));
        let p = world.say(who, "proposal", &[case], &json!({"ref": "P-1", "title": "t", "urgency": "urgent", "paragraphs": [{"n": 1, "text": "one"}, {"n": 2, "text": "two"}]}).as_object().map(|o| { let mut o = o.clone(); if kind == "report" { o.remove("urgency"); } serde_json::Value::Object(o) }).unwrap());
        eprintln!("two says {:?}", t.elapsed());
        world.wait(370);
        let t = std::time::Instant::now();
        let closed = world.close(who, &p);
        eprintln!("{:?} {:?}", closed, world.network.take_refusals());
        for n in world.network.nodes() {
            eprintln!(
                "{} {:?}",
                n.party(),
                n.heads().map(|h| (h.log.to_string(), h.size)).collect::<Vec<_>>()
            );
        }
        eprintln!(
            "{}",
            serde_json::to_string(
                &world.node(who).council().procedure(&p, world.now).unwrap().units
            )
            .unwrap()
        );
        eprintln!("close {:?}", t.elapsed());
        let t = std::time::Instant::now();
        let c = world.certificate(who, &p);
        let bytes = c.to_bytes();
        eprintln!("assemble {:?} {} bytes", t.elapsed(), bytes.len());
        let t = std::time::Instant::now();
        verify(&bytes, Some(Hash::of(&[&world.bytes]))).unwrap();
        eprintln!("verify {:?}", t.elapsed());
        let t = std::time::Instant::now();
        veche_council::certificate::Certificate::read(&bytes).unwrap();
        eprintln!("read {:?}", t.elapsed());
    }
}
