//! Groups, releases, days of downgrade: who gets what, when, and in whatever order the records come.

use crate::world::{World, charter_text, edited, id, label, statement};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::act::Readers;
use veche_charter::marking::GroupId;
use veche_council::{Hidden, Shown, Visible};
use veche_ledger::sync::{Resource, Window, listing_bytes, parse_openings};
use veche_ledger::{Hash, Origin, PartyId, UnixSeconds};
use veche_node::node::{Appended, Node, Statement};
use veche_node::peer::{Asked, Effect, Event, Exchange, guard};
use veche_node::store::Store;

const AUTHOR: &str = "tamrin";

fn six_rivers() -> World {
    World::new(&charter_text("six-rivers"))
}

fn group(world: &mut World, by: &str, members: &[&str], includes: &[Hash]) -> Hash {
    let includes: Vec<String> = includes.iter().map(ToString::to_string).collect();
    world.say(by, "group", &[], &json!({"name": "watch", "members": members, "includes": includes}))
}

fn comment(by: &str, under: &str, about: &[Hash]) -> Statement {
    let mut said = statement(by, "comment", about, &json!({"text": "the bridge is watched"}));
    said.label = Some(label(under));
    said
}

fn of_group(base: &str, group: &Hash) -> String {
    format!("{base}+group({})", GroupId::of(group))
}

fn release(world: &mut World, by: &str, record: Hash, to: &[&str]) -> Hash {
    world.say(by, "release", &[record], &json!({"parties": to, "reason": "it was asked for"}))
}

fn sees(node: &Node, party: &str, leaf: &Hash, now: UnixSeconds) -> Visible {
    node.council().visible(&id(party), leaf, now).unwrap()
}

fn holds(node: &Node, leaf: &Hash) -> bool {
    node.council().record(leaf).is_some_and(|record| record.terms.is_some())
}

/// What a node gives of one record to one party's node.
fn given(node: &Node, said: &Appended, to: &str, now: UnixSeconds) -> bool {
    let readers = BTreeSet::from([id(to)]);
    let offer = node.offer(&readers, &said.log, said.index, now).unwrap().unwrap();
    offer.records[0].1.is_some()
}

#[track_caller]
fn refusal(world: &World, leaf: &Hash) -> String {
    refusal_at(world, AUTHOR, leaf)
}

#[track_caller]
fn refusal_at(world: &World, at: &str, leaf: &Hash) -> String {
    let view = world.node(at).council().record(leaf).unwrap();
    view.refused.map(|refused| refused.why).unwrap_or(view.ruling)
}

#[test]
fn every_label_with_and_without_a_group_reaches_its_parties_and_no_others() {
    let mut world = six_rivers();
    let members = ["halcis", "quorrin", "lurien", "ilmara"];
    let watch = group(&mut world, AUTHOR, &members, &[]);
    let bases: Vec<String> = world.charter.labels.keys().map(ToString::to_string).collect();
    let parties: Vec<PartyId> = world.charter.parties.keys().cloned().collect();
    let mut answers = BTreeMap::new();
    for base in &bases {
        for has_group in [false, true] {
            let under = if has_group { of_group(base, &watch) } else { base.clone() };
            let said = world.state(&comment(AUTHOR, &under, &[])).unwrap();
            let readers = world.charter.readers(&label(base));
            for party in &parties {
                let reads_base = match &readers {
                    Readers::Everyone => true,
                    Readers::Only(readers) => readers.contains(party),
                };
                let is_in = !has_group || members.contains(&party.as_str());
                let may = party.as_str() == AUTHOR || (reads_base && is_in);
                let node = world.node(AUTHOR);
                let seen = sees(node, party.as_str(), &said.leaf, world.now);
                assert_eq!(seen.is_content(), may, "{party} of {under}: {seen:?}");
                assert_eq!(
                    given(node, &said, party.as_str(), world.now),
                    may,
                    "{party} of {under}"
                );
                *answers.entry((has_group, may)).or_insert(0) += 1;
            }
            for node in world.network.nodes() {
                let kept: Vec<PartyId> = node.kept().cloned().collect();
                let mut here = kept.iter();
                let may = here.any(|party| {
                    sees(world.node(AUTHOR), party.as_str(), &said.leaf, world.now).is_content()
                });
                assert_eq!(holds(node, &said.leaf), may, "{} of {under}", node.party());
            }
        }
    }
    assert_eq!(answers.len(), 4, "each answer is given: {answers:?}");
}

#[test]
fn a_group_is_narrower_than_its_label_and_its_header_stays() {
    let mut world = six_rivers();
    let watch = group(&mut world, AUTHOR, &["halcis"], &[]);
    let under = of_group("COMPACT", &watch);
    let said = world.state(&comment(AUTHOR, &under, &[])).unwrap().leaf;
    let node = world.node(AUTHOR);
    let name = GroupId::of(&watch);
    assert_eq!(sees(node, AUTHOR, &said, world.now), Visible::Content(Shown::Own));
    assert_eq!(sees(node, "halcis", &said, world.now), Visible::Content(Shown::Group(name)));
    assert_eq!(sees(node, "quorrin", &said, world.now), Visible::Header(Hidden::NotInGroup(name)));
    assert_eq!(sees(node, "ilmara", &said, world.now), Visible::Header(Hidden::Label));
    assert_eq!(refusal(&world, &said), "admitted");
    // Sealed, others see that there is something.
    let under = of_group("GROUP(health)", &watch);
    let sealed = world.state(&comment(AUTHOR, &under, &[])).unwrap().leaf;
    let lurien = world.node("lurien");
    assert_eq!(sees(lurien, "lurien", &sealed, world.now), Visible::Hash(Hidden::Sealed));
}

#[test]
fn groups_in_groups_count_to_their_depth_and_a_changed_group_is_another() {
    let mut world = six_rivers();
    let mut inner = group(&mut world, "quorrin", &["quorrin"], &[]);
    let first = inner;
    for _ in 0..14 {
        inner = group(&mut world, AUTHOR, &["halcis"], &[inner]);
    }
    let node = |world: &World, outer: &Hash| {
        world.node(AUTHOR).council().members_of(&GroupId::of(outer)).unwrap()
    };
    assert!(node(&world, &inner).contains(&id("quorrin")), "fifteen deep");
    for _ in 0..3 {
        inner = group(&mut world, AUTHOR, &["halcis"], &[inner]);
    }
    assert_eq!(node(&world, &inner), BTreeSet::from([id("halcis")]), "eighteen deep");
    let terms = json!({"name": "watch", "members": ["mirez"]});
    let changed = world.say("quorrin", "group", &[first], &terms);
    assert_eq!(node(&world, &first), BTreeSet::from([id("quorrin")]), "the old one stays");
    assert_eq!(node(&world, &changed), BTreeSet::from([id("mirez")]));
}

#[test]
fn a_group_of_a_thousand_layers_or_of_thousands_of_names_harms_nothing() {
    let mut world = six_rivers();
    let now = world.now;
    let mut inner = Vec::new();
    for _ in 0..1000 {
        let includes: Vec<String> = inner.iter().map(Hash::to_string).collect();
        let terms = json!({"name": "n", "members": ["halcis"], "includes": includes});
        let said = world.node_mut(AUTHOR).append(&statement(AUTHOR, "group", &[], &terms), now);
        inner = vec![said.unwrap().leaf];
    }
    let members = |world: &World, leaf: &Hash| {
        world.node(AUTHOR).council().members_of(&GroupId::of(leaf)).unwrap()
    };
    assert_eq!(members(&world, &inner[0]), BTreeSet::from([id("halcis")]));
    let many = vec!["halcis"; 6000];
    let terms = json!({"name": "n", "members": many});
    let said =
        world.node_mut(AUTHOR).append(&statement(AUTHOR, "group", &[], &terms), now).unwrap();
    assert_eq!(members(&world, &said.leaf), BTreeSet::from([id("halcis")]));
    // More do not fit into a record.
    let terms = json!({"name": "n", "members": vec!["halcis"; 10_000]});
    let said = world.node_mut(AUTHOR).append(&statement(AUTHOR, "group", &[], &terms), now);
    assert!(said.is_err());
}

#[test]
fn an_unknown_label_and_a_group_nobody_made_leave_the_content_to_its_author() {
    let mut world = six_rivers();
    let nobody = of_group("COMPACT", &Hash::of(&[b"no record"]));
    for under in ["NOWHERE", nobody.as_str(), "COMPACT+group(12)", "COMPACT+group("] {
        let said = world.state(&comment(AUTHOR, under, &[])).unwrap();
        for party in world.charter.parties.keys() {
            let seen = sees(world.node(AUTHOR), party.as_str(), &said.leaf, world.now);
            assert_eq!(seen.is_content(), party.as_str() == AUTHOR, "{party} of {under}");
        }
        for node in world.network.nodes() {
            let is_own = node.party().as_str() == AUTHOR;
            assert_eq!(holds(node, &said.leaf), is_own, "{} of {under}", node.party());
        }
    }
    // Missing is the charter's default, which is not public.
    let plain = statement(AUTHOR, "comment", &[], &json!({"text": "no label named"}));
    let said = world.state(&plain).unwrap().leaf;
    let view = world.node(AUTHOR).council().record(&said).unwrap();
    assert_eq!(view.label, world.charter.default_label.as_str());
    assert!(!sees(world.node(AUTHOR), "pell-union", &said, world.now).is_content());
}

#[test]
fn a_release_gives_a_record_to_whom_it_names_and_its_end_gives_no_more() {
    let mut world = six_rivers();
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let said = world.state(&statement(AUTHOR, "lab_report", &[], &report)).unwrap();
    let outsider = world.network.nodes().map(Node::party).find(|party| {
        !sees(world.node(AUTHOR), party.as_str(), &said.leaf, world.now).is_content()
    });
    let outsider = outsider.unwrap().to_string();
    let before = world.network.digests();
    assert!(!holds(world.node(&outsider), &said.leaf));
    let by = release(&mut world, AUTHOR, said.leaf, &[&outsider, "pell-union"]);
    let now = world.now;
    for party in [outsider.as_str(), "pell-union"] {
        let seen = sees(world.node(AUTHOR), party, &said.leaf, now);
        assert_eq!(seen, Visible::Content(Shown::Released { by }), "{party}");
        assert!(given(world.node(AUTHOR), &said, party, now), "{party}");
        // Pell Union reads the release too, though its label is above it.
        assert!(sees(world.node(AUTHOR), party, &by, now).is_content(), "{party}");
    }
    assert!(holds(world.node(&outsider), &said.leaf), "it came late");
    // The guard comes to the same by itself.
    let readers = BTreeSet::from([id(&outsider)]);
    let node = world.node(AUTHOR);
    let width = u16::try_from(node.signed_size_of(&said.log)).unwrap();
    let path = veche_ledger::tile::TilePath::new(veche_ledger::tile::TileKind::Entries, 0, width);
    let what = Resource::Openings(said.log.clone(), path.unwrap());
    let body = node.serve(&readers, &what, now).unwrap().unwrap();
    guard::check_openings(node, &readers, &what, &body, now).unwrap();
    let end = json!({"reason": "over"});
    let ended = world.say(AUTHOR, "release_ended", &[by], &end);
    let seen = sees(world.node(AUTHOR), &outsider, &said.leaf, now);
    assert_eq!(seen, Visible::Hash(Hidden::Withdrawn { by: ended }));
    assert!(!given(world.node(AUTHOR), &said, &outsider, now));
    assert!(guard::check_openings(world.node(AUTHOR), &readers, &what, &body, now).is_err());
    let digests = world.network.digests();
    assert!(digests.values().all(|digest| digest == &digests[&id(AUTHOR)]), "one state");
    assert_ne!(before, digests, "the release is in the logs");
}

#[test]
fn only_the_author_releases_and_a_release_is_no_release_of_what_it_is_about() {
    let mut world = six_rivers();
    let watch = group(&mut world, AUTHOR, &["halcis"], &[]);
    let said = world.state(&comment(AUTHOR, &of_group("COMPACT", &watch), &[])).unwrap().leaf;
    // Halcis reads it, and may give it to nobody.
    let stolen = release(&mut world, "halcis", said, &["quorrin"]);
    assert!(refusal(&world, &stolen).contains("who alone may give it to others"));
    assert!(!sees(world.node(AUTHOR), "quorrin", &said, world.now).is_content());
    let good = release(&mut world, AUTHOR, said, &["mirez"]);
    let again = release(&mut world, AUTHOR, good, &["quorrin"]);
    assert_eq!(refusal(&world, &again), "admitted");
    assert!(sees(world.node(AUTHOR), "quorrin", &good, world.now).is_content());
    assert!(!sees(world.node(AUTHOR), "quorrin", &said, world.now).is_content());
    let ended = world.say("quorrin", "release_ended", &[good], &json!({"reason": "no"}));
    assert!(refusal(&world, &ended).contains("who alone may give it to others"));
    assert!(sees(world.node(AUTHOR), "mirez", &said, world.now).is_content());
    // What is about a group's record names the group.
    let about = world.state(&comment("halcis", "COMPACT", &[said])).unwrap().leaf;
    assert!(refusal(&world, &about).contains("name that group too"));
    let about =
        world.state(&comment("halcis", &of_group("COMPACT", &watch), &[said])).unwrap().leaf;
    assert_eq!(refusal_at(&world, "halcis", &about), "admitted");
}

#[test]
fn an_objection_under_a_groups_label_is_refused_and_stops_nothing() {
    let mut world = six_rivers();
    let watch = group(&mut world, AUTHOR, &["halcis", "quorrin"], &[]);
    let text = json!({"title": "Watch", "urgency": "urgent", "paragraphs": [{"n": 1, "text": "The bridge is watched."}]});
    let proposal = world.say("lurien", "proposal", &[], &text);
    let mut no = statement(
        "halcis",
        "position",
        &[proposal],
        &json!({"position": "no", "reason": "unclear"}),
    );
    no.label = Some(label(&of_group("COMPACT", &watch)));
    let said = world.state(&no).unwrap().leaf;
    // Who is outside the group holds none of it; who holds it comes to the same by the label alone.
    assert_eq!(refusal(&world, &said), "withheld");
    assert!(
        refusal_at(&world, "quorrin", &said).contains("nothing is decided under a group's label")
    );
    assert_eq!(world.state_of("lurien", &proposal, 0), "silence");
    no.label = None;
    world.state(&no).unwrap();
    assert_eq!(world.state_of("lurien", &proposal, 0), "broken");
}

/// All logs of a world, whole, as one of its nodes gives them to another party's.
fn feed(from: &Node, to: &mut Node, logs: &[Origin], now: UnixSeconds) {
    let readers: BTreeSet<PartyId> = to.kept().cloned().collect();
    for log in logs {
        let start = to.size_of(log);
        let Some(offer) = from.offer(&readers, log, start, now).unwrap() else { continue };
        to.accept(&offer, now).unwrap();
    }
    to.settle();
}

fn repair(from: &Node, to: &mut Node, now: UnixSeconds) -> u64 {
    let readers: BTreeSet<PartyId> = to.kept().cloned().collect();
    let mut taken = 0;
    for (log, path) in to.lacking(now).into_keys() {
        let what = Resource::Openings(log.clone(), path);
        let body = from.serve(&readers, &what, now).unwrap().unwrap();
        let openings = parse_openings(&body, path.width()).unwrap();
        taken += to.take_openings(&log, path, &openings, now).unwrap();
    }
    taken
}

/// A charter in which a release may be decided, without anybody's silence counting before six hours.
fn with_decided_releases() -> String {
    let text = charter_text("six-rivers");
    let act = "[acts.release_decided]
title = \"Release of a record by decision\"
fields = { title = \"text!\", record = \"hash!\", parties = \"parties\", statuses = \"texts\", urgency = \"word urgent|routine\" }
opens = \"silence\"
releases = { record = \"record\", parties = \"parties\", statuses = \"statuses\" }

[acts.release_ended]";
    let text = edited(&text, "[acts.release_ended]", act);
    edited(
        &text,
        "about = [\"proposal\", \"amendment\", \"charter_change\"]\nabout_required = true\nevent = \"position\"",
        "about = [\"proposal\", \"amendment\", \"charter_change\", \"release_decided\"]\nabout_required = true\nevent = \"position\"",
    )
}

#[test]
fn a_release_that_is_to_be_decided_gives_nothing_before_it_is_adopted() {
    let mut world = World::new(&with_decided_releases());
    let said = world.state(&comment(AUTHOR, "COMPACT", &[])).unwrap();
    let terms = json!({"title": "Union", "record": said.leaf.to_string(), "statuses": ["observer"], "urgency": "urgent"});
    let proposal = world.say("lurien", "release_decided", &[], &terms);
    let union = |world: &World| sees(world.node(AUTHOR), "pell-union", &said.leaf, world.now);
    assert_eq!(union(&world), Visible::Header(Hidden::Label));
    world.wait(6 * 60 + 1);
    world.network.exchange(world.now).unwrap();
    assert!(!union(&world).is_content(), "the deadline has passed, and nobody has proven it");
    world.close("lurien", &proposal).unwrap();
    assert_eq!(union(&world), Visible::Content(Shown::Released { by: proposal }));
    assert!(
        holds(world.node("halcis"), &said.leaf),
        "Halcis keeps the Union's log, and reads it itself"
    );
    let by = world.say(AUTHOR, "release_ended", &[proposal], &json!({"reason": "no"}));
    assert!(!refusal(&world, &by).is_empty() && union(&world).is_content(), "it was decided");
}

#[test]
fn in_whatever_order_groups_releases_and_records_come_the_state_is_one() {
    let mut world = six_rivers();
    let watch = group(&mut world, "quorrin", &["halcis", "lurien", AUTHOR], &[]);
    let in_group = world.state(&comment(AUTHOR, &of_group("COMPACT", &watch), &[])).unwrap().leaf;
    let under = of_group("GROUP(health)", &watch);
    let sealed = world.state(&comment(AUTHOR, &under, &[])).unwrap().leaf;
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let matter = world.say(AUTHOR, "lab_report", &[], &report);
    let mut about = statement("halcis", "comment", &[matter], &json!({"text": "seen"}));
    about.label = Some(label("GROUP(health)"));
    let about = world.state(&about).unwrap().leaf;
    release(&mut world, AUTHOR, matter, &["orvessa"]);
    release(&mut world, "halcis", about, &["orvessa"]);
    let now = world.now;
    let mut logs: Vec<Origin> = world.node(AUTHOR).heads().map(|head| head.log).collect();
    let wanted = world.node(AUTHOR).council().digest();
    for party in ["halcis", "orvessa", "lurien"] {
        for turn in 0..logs.len() {
            logs.rotate_left(1);
            let party = id(party);
            // From a member outside, who cannot send along what it may not read itself; then from one who can.
            let mut twin = world.open_node(&party, Store::in_memory().unwrap(), 1);
            let order: Vec<Origin> =
                if turn % 2 == 0 { logs.clone() } else { logs.iter().rev().cloned().collect() };
            feed(world.node(party.as_str()), &mut twin, &order, now);
            repair(world.node(AUTHOR), &mut twin, now);
            assert_eq!(twin.council().digest(), wanted, "{party} in turn {turn}");
            for leaf in [in_group, sealed, matter, about] {
                let (own, first) = (
                    twin.council().record(&leaf),
                    world.node(party.as_str()).council().record(&leaf),
                );
                let (own, first) = (own.unwrap(), first.unwrap());
                assert_eq!(
                    (own.ruling, own.terms, own.procedure),
                    (first.ruling, first.terms, first.procedure),
                    "{party}, turn {turn}, {leaf}"
                );
            }
        }
    }
    assert!(holds(world.node("orvessa"), &matter) && holds(world.node("orvessa"), &about));
}

#[test]
fn a_content_that_comes_late_gives_the_state_of_one_who_had_it_at_once_and_stays_after_a_restart() {
    let mut world = six_rivers();
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let matter = world.say(AUTHOR, "lab_report", &[], &report);
    let orvessa = id("orvessa");
    assert!(!holds(world.node("orvessa"), &matter), "Orvessa is outside the group");
    assert!(world.node("orvessa").council().procedure(&matter, world.now).is_none());
    release(&mut world, AUTHOR, matter, &["orvessa"]);
    let now = world.now;
    assert!(
        world.node("orvessa").council().procedure(&matter, now).is_some(),
        "it is a matter now"
    );
    assert!(world.node("orvessa").lacking(now).is_empty());
    world.node_mut("orvessa").save_snapshot().unwrap();
    let digest = world.node("orvessa").council().digest();
    let stand_in = world.open_node(&orvessa, Store::in_memory().unwrap(), 9);
    let store = world.network.replace(stand_in).unwrap().into_store();
    let again = world.open_node(&orvessa, store, 2);
    assert_eq!(again.council().digest(), digest);
    assert!(holds(&again, &matter));
    assert!(again.council().visible(&orvessa, &matter, now).unwrap().is_content());
}

#[test]
fn what_partners_read_is_public_when_its_years_are_over_and_not_a_second_before() {
    let mut world = six_rivers();
    let said = world.state(&comment(AUTHOR, "COMPACT+partners", &[])).unwrap();
    let digest = world.node(AUTHOR).council().digest();
    let node = world.node(AUTHOR);
    let made = UnixSeconds::parse(&node.council().record(&said.leaf).unwrap().time).unwrap();
    let day = UnixSeconds::parse("2032-03-01T09:00:00Z").unwrap();
    assert_eq!(made, UnixSeconds::parse("2027-03-01T09:00:00Z").unwrap());
    let to = label("PUBLIC");
    for (at, may) in [(UnixSeconds(day.0 - 1), false), (day, true)] {
        let seen = sees(node, "pell-union", &said.leaf, at);
        let expected = if may {
            Visible::Content(Shown::Downgraded { to: to.clone() })
        } else {
            Visible::Header(Hidden::Label)
        };
        assert_eq!(seen, expected);
        assert_eq!(given(node, &said, "pell-union", at), may);
    }
    assert_eq!(node.council().digest(), digest);
}

#[test]
fn an_author_sets_the_day_on_which_a_record_is_read_as_a_lower_label() {
    let own = "fields = { text = \"text!\", until = \"time\" }\ndowngrade = { at = \"until\", to = \"PUBLIC\" }";
    let text = charter_text("six-rivers");
    let at = text.find("[acts.comment]").unwrap();
    let act = &text[at..at + text[at + 1..].find("[acts.").unwrap() + 1];
    let with_day = act.replace("fields = { text = \"text!\" }", own);
    assert_ne!(act, with_day);
    let mut world = World::new(&edited(&text, act, &with_day));
    let mut said = statement(
        AUTHOR,
        "comment",
        &[],
        &json!({"text": "embargo", "until": "2027-04-01T00:00:00Z"}),
    );
    said.label = Some(label("COMPACT"));
    let said = world.state(&said).unwrap().leaf;
    let node = world.node(AUTHOR);
    let day = UnixSeconds::parse("2027-04-01T00:00:00Z").unwrap();
    assert!(!sees(node, "pell-union", &said, UnixSeconds(day.0 - 1)).is_content());
    assert!(sees(node, "pell-union", &said, day).is_content());
}

/// Two nodes that talk as over a network: what one asks for, the other answers, until neither has anything to say.
fn talk(world: &mut World, a: &str, b: &str, exchanges: &mut BTreeMap<PartyId, Exchange>) -> u64 {
    let (a, b) = (id(a), id(b));
    let (mut asked_late, now) = (0, world.now);
    for (own, other) in [(&a, &b), (&b, &a)] {
        let listing = listing_bytes(&world.node(other.as_str()).signed_heads());
        let mut events = vec![Event::Heads { peer: other.clone(), body: Ok(listing) }, Event::Tick];
        while let Some(event) = events.pop() {
            let mut exchange = exchanges.remove(own).unwrap();
            let (effects, done) = exchange.step(world.node_mut(own.as_str()), event, now);
            done.unwrap();
            exchanges.insert(own.clone(), exchange);
            for effect in effects {
                let (peer, asked, body, fetch) = match effect {
                    Effect::Fetch { peer, id, what } => {
                        (peer, Asked::Get(what), Vec::new(), Some(id))
                    }
                    Effect::Send { peer, asked, body } => (peer, asked, body, None),
                };
                asked_late += u64::from(
                    fetch.is_none() && matches!(asked, Asked::Get(Resource::Openings(..))),
                );
                let mut theirs = exchanges.remove(&peer).unwrap();
                let reply = theirs.receive(world.node_mut(peer.as_str()), own, &asked, &body, now);
                exchanges.insert(peer.clone(), theirs);
                events.push(match fetch {
                    Some(id) => Event::Answer {
                        id,
                        body: if reply.status == 200 {
                            Ok(reply.body)
                        } else {
                            Err("no".to_owned())
                        },
                    },
                    None => Event::Sent { peer, asked, reply: Ok(reply) },
                });
            }
        }
    }
    asked_late
}

#[test]
fn a_released_record_is_asked_for_again_over_the_network_a_bounded_number_of_times() {
    let mut world = six_rivers();
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let matter = world.say(AUTHOR, "lab_report", &[], &report);
    let window = || Window::default();
    let mut exchanges = BTreeMap::from([
        (id(AUTHOR), Exchange::new([id("orvessa")], window())),
        (id("orvessa"), Exchange::new([id(AUTHOR)], window())),
    ]);
    assert_eq!(talk(&mut world, AUTHOR, "orvessa", &mut exchanges), 0, "nothing is missing");
    // Said without the network of this process: it travels by the exchange alone.
    let terms = json!({"parties": ["orvessa"], "reason": "it was asked for"});
    let said = statement(AUTHOR, "release", &[matter], &terms);
    let now = world.now;
    world.node_mut(AUTHOR).append(&said, now).unwrap();
    let mut asked = 0;
    for _ in 0..20 {
        asked += talk(&mut world, AUTHOR, "orvessa", &mut exchanges);
        world.wait(1);
    }
    assert!(holds(world.node("orvessa"), &matter), "it came");
    assert_eq!(asked, 1, "one question was enough");
}

#[test]
fn openings_of_another_record_cut_short_or_not_asked_for_are_not_taken() {
    let mut world = six_rivers();
    let report = json!({"ref": "H-1", "text": "six cases", "cases": 6, "agent": "unknown"});
    let said = world.state(&statement(AUTHOR, "lab_report", &[], &report)).unwrap();
    let now = world.now;
    let own = world.node(AUTHOR).store().entries(&said.log, said.index, 1).unwrap().remove(0);
    let opening = own.opening.unwrap();
    let path = veche_ledger::tile::TilePath::new(
        veche_ledger::tile::TileKind::Entries,
        0,
        u16::try_from(said.index + 1).unwrap(),
    )
    .unwrap();
    let width = usize::from(path.width());
    let mut other = opening.clone();
    *other.last_mut().unwrap() ^= 1;
    let orvessa = world.node_mut("orvessa");
    for (bytes, is_fault) in [
        (&opening[..], false),
        (&other[..], true),
        (&opening[..opening.len() - 1], true),
        (&[][..], true),
    ] {
        let mut openings = vec![None; width];
        openings[width - 1] = Some(bytes);
        let taken = orvessa.take_openings(&said.log, path, &openings, now);
        assert_eq!(taken.is_err(), is_fault, "{taken:?}");
        assert!(!holds(orvessa, &said.leaf), "its label keeps it out");
    }
    assert_eq!(orvessa.overshared().len(), 1, "the one that was whole is told");
}

#[test]
fn what_the_ledger_says_of_itself_to_some_has_no_effect_for_anybody() {
    // Halcis reads it, the others do not; the group seals it.
    let restricted = "\n[labels.RESTRICTED]\nabove = [\"COMPACT\"]\nreaders = { tags = [\"cyber\"] }\ntlp = \"TLP:AMBER\"\n";
    let mut world = World::new(&format!("{}{restricted}", charter_text("six-rivers")));
    for under in ["RESTRICTED", "GROUP(cyber)", "PUBLIC"] {
        let terms =
            json!({"key": "six-rivers.example/halcis/duty", "last_good_size": 0, "reason": "lost"});
        let mut revocation = statement("halcis", "revocation", &[], &terms);
        revocation.officers = vec!["root".to_owned()];
        revocation.label = Some(label(under));
        world.state(&revocation).unwrap();
    }
    let leaf = world.say("halcis", "comment", &[], &json!({"text": "the bridge is watched"}));
    let log = world.log("halcis", 1);
    let digests: BTreeSet<Hash> = ["halcis", "tamrin", "quorrin"]
        .map(|party| {
            let node = world.node(party);
            assert_eq!(refusal_at(&world, party, &leaf), "admitted", "{party}");
            assert!(node.council().revocations(&log).is_empty(), "{party}");
            node.council().digest()
        })
        .into();
    assert_eq!(digests.len(), 1);
    world.revoke("halcis", "duty", 0);
    assert_eq!(
        world.node("tamrin").council().revocations(&log).len(),
        1,
        "under the default label"
    );
}
