//! A case that rests on a warning: what its pages say of the warning, and of those who must answer it.

use crate::world::{World, charter_text, id, statement};
use serde_json::json;
use std::collections::BTreeSet;
use veche_desk::{CasePage, Flash, Level, Shell, render_case};
use veche_ledger::Hash;
use veche_node::ask::ask;
use veche_node::pages::shell::{Frame, shell};
use veche_node::pages::{self, Sight};

/// A case of Arven's, a warning that it gives on it, and a text of the office about the warning.
struct Warned {
    world: World,
    case: Hash,
    warning: Hash,
}

fn warned(is_cut_off: bool) -> Warned {
    let mut world = World::new(&charter_text("two-banks"));
    let report = json!({"ref": "C-1", "title": "River at 4.2 m", "text": "Rising."});
    let case = world.say("arven", "report", &[], &report);
    world.cut_off("belm", is_cut_off);
    let terms = json!({"ref": "W-1", "title": "The quay floods", "level": "acute", "horizon": "12h", "statement": "Before 21:00."});
    let warning = world.say("arven", "warning", &[case], &terms);
    Warned { world, case, warning }
}

impl Warned {
    /// Returns the page of a procedure and what surrounds it, as Arven's officer sees both after giving the warning, or another party's.
    fn page(&self, of: &Hash) -> (CasePage, Shell) {
        self.page_at("arven", of)
    }

    fn page_at(&self, party: &str, of: &Hash) -> (CasePage, Shell) {
        let (party, nobody) = (id(party), BTreeSet::new());
        let sight = Sight {
            node: self.world.node(party.as_str()),
            party: &party,
            officer: "duty",
            now: self.world.now,
            is_drill: true,
            cut_off: &nobody,
            contacts: None,
        };
        let view = sight.view(of).unwrap();
        let frame = Frame { done: Some(self.warning), ..Frame::default() };
        (pages::case::case(&sight, &view, &|_| None), shell(&sight, &frame))
    }

    fn owed(&self, of: &Hash) -> Vec<String> {
        self.page(of).0.owed.iter().map(|owed| owed.words(self.world.now)).collect()
    }

    fn flash(&self) -> (bool, String) {
        match self.page(&self.warning).1.flash.unwrap() {
            Flash::Done { text, .. } => (true, text),
            Flash::NotDelivered { text } => (false, text),
            Flash::Refused(refusal) => panic!("{refusal:?}"),
        }
    }
}

#[test]
fn the_pages_of_a_warning_and_of_what_rests_on_it_show_its_level_and_how_far_it_looks() {
    let mut warned = warned(false);
    let text = json!({"ref": "P-1", "title": "Measures", "paragraphs": [{"n": 1, "text": "The quay is closed."}]});
    let proposal = warned.world.say("office", "proposal", &[warned.warning], &text);
    for of in [warned.case, warned.warning, proposal] {
        let (page, shell) = warned.page(&of);
        let shown = page.warnings.iter().map(|w| (w.link.text.as_str(), w.level));
        assert_eq!(shown.collect::<Vec<_>>(), [("W-1 The quay floods", Level::Acute)]);
        let html = render_case(&shell, &page);
        assert!(
            html.contains("12 hours, until <time datetime=\"2027-03-01T21:00:00Z\">"),
            "{html}"
        );
    }
}

#[test]
fn what_the_fold_will_refuse_is_not_offered_before_enough_others_hold_the_warning_either() {
    for is_cut_off in [true, false] {
        let warned = warned(is_cut_off);
        let node = warned.world.node("arven");
        let begun = node.council().procedure(&warned.warning, warned.world.now).unwrap().since;
        assert_eq!(begun.is_none(), is_cut_off);
        let refused = |party: &str| {
            let next = node.council().next_acts(&warned.warning, &id(party), warned.world.now);
            next.into_iter().find(|act| act.kind == "answer").unwrap().refused
        };
        let why = refused("arven").unwrap().why;
        assert!(why.ends_with("that is for member:!initiator"), "{why}");
        assert!(refused("belm").is_none());
        let own = statement("arven", "answer", &[warned.warning], &json!({"stance": "noted"}));
        assert!(ask(node, &own, warned.world.now).is_some());
        let other = statement("belm", "answer", &[warned.warning], &json!({"stance": "noted"}));
        assert!(ask(node, &other, warned.world.now).is_none());
    }
}

#[test]
fn who_must_answer_a_warning_and_has_it_not_is_named_with_the_time_until_when() {
    let mut warned = warned(true);
    let span = "Belm must answer the warning within 1 hour from when 2 other nodes hold it, and does not hold it yet.";
    assert_eq!(warned.owed(&warned.case), [span]);
    assert_eq!(warned.owed(&warned.warning), [span]);
    let elsewhere = warned.page_at("office", &warned.warning).0.owed;
    assert!(elsewhere.iter().all(|owed| owed.lacks) && elsewhere.len() == 1);
    let (is_held, said) = warned.flash();
    assert!(!is_held && said.contains("held by Joint Office") && said.ends_with(span), "{said}");

    warned.world.wait(10);
    warned.world.cut_off("belm", false);
    let until = "Belm must answer the warning by 10:10 UTC.";
    assert_eq!(warned.owed(&warned.case), [until]);
    // Who reads that he has it not would wonder.
    assert!(!warned.page_at("belm", &warned.case).0.owed[0].lacks);
    let (is_held, said) = warned.flash();
    assert!(is_held && said.ends_with(until), "{said}");

    let noted = json!({"stance": "noted"});
    warned.world.say("belm", "answer", &[warned.warning], &noted);
    assert!(warned.owed(&warned.case).is_empty());
}
