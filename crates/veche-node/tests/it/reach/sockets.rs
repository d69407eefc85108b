//! From what waits to somebody's acknowledgement: plan, journal, threads and channels together.

use super::servers::{Mail, MailServer, Mood};
use super::{MORNING, matter, six_rivers};
use crate::world::{World, charter_text, id};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use veche_ledger::UnixSeconds;
use veche_node::reach::driver::Source;
use veche_node::reach::journal::Journal;
use veche_node::reach::matter::{Matter, waiting};
use veche_node::reach::plan::{Acknowledged, By};
use veche_node::reach::{Answer, Reach, Roster};

/// How long something that must come may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// What waits and the hour, as a test says.
#[derive(Clone)]
struct Told {
    matters: Arc<Mutex<Option<Vec<Matter>>>>,
    now: Arc<AtomicU64>,
}

impl Told {
    fn new(matters: Vec<Matter>) -> Self {
        Self {
            matters: Arc::new(Mutex::new(Some(matters))),
            now: Arc::new(AtomicU64::new(MORNING.0)),
        }
    }

    fn wait(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> UnixSeconds {
        UnixSeconds(self.now.load(Ordering::SeqCst))
    }
}

impl Source for Told {
    fn waiting(&mut self, _: &Roster) -> Option<Vec<Matter>> {
        self.matters.lock().unwrap().take()
    }

    fn now(&self) -> UnixSeconds {
        Self::now(self)
    }
}

fn roster(mail: &MailServer, party: &str) -> Roster {
    let text = format!(
        "desk = \"https://desk.example\"\n[channel.mail]\nkind = \"email\"\nlabel = \"COMPACT\"\nserver = \"{}\"\ntls = \"none\"\n\
         timeout = \"2s\"\nfrom = \"veche@{party}.example\"\n\
         [person.first]\nofficer = \"duty\"\nby = [{{ channel = \"mail\", to = \"first@{party}.example\" }}]\n\
         [person.second]\nofficer = \"duty\"\nby = [{{ channel = \"mail\", to = \"second@{party}.example\" }}]\n\
         [[roster]]\npeople = [\"first\", \"second\"]\n",
        mail.at
    );
    Roster::read(&text, Path::new("/etc"), six_rivers(), &id(party)).expect("a roster")
}

fn next(server: &MailServer) -> Mail {
    server.mails.recv_timeout(PATIENCE).expect("a mail in time")
}

/// Looks again and again until something is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::yield_now();
    }
}

fn token(mail: &Mail) -> String {
    let text = mail.text.replace("=\n", "").replace("=3D", "=");
    let (_, rest) = text.split_once("reached?token=").expect("a link");
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[test]
fn the_next_is_told_over_a_real_socket_and_the_links_of_both_lead_to_one_acknowledgement() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start(Mood::Good));
    let told = Told::new(vec![matter("Shots", "COMPACT")]);
    let reach =
        Reach::open(roster(&server, "orvessa"), &folder.path().join("reach.db"), told.now())
            .unwrap();
    let running = reach.start(Box::new(told.clone()));
    let first = next(&server);
    assert_eq!(first.to, "first@orvessa.example");
    until("delivered", || reach.counts().0 == 1);
    told.wait(120);
    let second = next(&server);
    assert_eq!(second.to, "second@orvessa.example");
    let (one, other) = (token(&first), token(&second));
    assert_ne!(one, other);
    assert_eq!(reach.look_at(&other), Answer::Open { person: "second".to_owned() });
    assert_eq!(
        reach.look_at(&other),
        Answer::Open { person: "second".to_owned() },
        "looking uses nothing up"
    );
    assert_eq!(reach.use_link(&other, told.now()), Answer::Open { person: "second".to_owned() });
    let before = Acknowledged { who: "second".to_owned(), by: By::Link, at: told.now() };
    assert_eq!(reach.use_link(&one, told.now()), Answer::Before(before));
    assert_eq!(reach.look_at("0".repeat(64).as_str()), Answer::Unknown);
    running.end();
}

#[test]
fn a_restart_in_the_middle_tells_nobody_twice_and_goes_on_where_it_was() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start(Mood::Good));
    let journal = folder.path().join("reach.db");
    let told = Told::new(vec![matter("Shots", "COMPACT")]);
    let start = || Reach::open(roster(&server, "orvessa"), &journal, told.now()).unwrap();
    let reach = start();
    let running = reach.start(Box::new(told.clone()));
    let first = next(&server);
    until("kept", || reach.counts().0 == 1);
    running.end();
    drop(reach);

    *told.matters.lock().unwrap() = Some(vec![matter("Shots", "COMPACT")]);
    told.wait(60);
    let reach = start();
    let running = reach.start(Box::new(told.clone()));
    until("taken up", || reach.queue(told.now()).open == 1);
    told.wait(60);
    let second = next(&server);
    assert_eq!(second.to, "second@orvessa.example", "the first is not told twice");
    // The link of a message that was sent before the restart is as good as ever.
    assert_eq!(
        reach.use_link(&token(&first), told.now()),
        Answer::Open { person: "first".to_owned() }
    );
    running.end();
    drop(reach);

    *told.matters.lock().unwrap() = Some(vec![matter("Shots", "COMPACT")]);
    let reach = start();
    let running = reach.start(Box::new(told.clone()));
    until("taken up", || told.matters.lock().unwrap().is_none());
    told.wait(3600);
    running.end();
    assert_eq!(reach.queue(told.now()), Default::default());
    assert!(server.mails.try_recv().is_err());
}

#[test]
fn a_mail_server_that_is_down_is_tried_until_it_is_up() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start(Mood::Busy(2)));
    let told = Told::new(vec![matter("Shots", "COMPACT")]);
    let reach =
        Reach::open(roster(&server, "orvessa"), &folder.path().join("reach.db"), told.now())
            .unwrap();
    let running = reach.start(Box::new(told.clone()));
    until("busy once", || reach.counts() == (0, 1));
    until("tried again later", || reach.queue(told.now()).retrying == 1);
    told.wait(5);
    until("busy twice", || reach.counts() == (0, 2));
    told.wait(10);
    assert_eq!(next(&server).to, "first@orvessa.example");
    until("delivered", || reach.counts() == (1, 2));
    running.end();
}

#[test]
fn an_acknowledgement_from_the_command_line_ends_it_while_the_node_runs() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start(Mood::Good));
    let journal = folder.path().join("reach.db");
    let shots = matter("Shots", "COMPACT");
    let told = Told::new(vec![shots.clone()]);
    let reach = Reach::open(roster(&server, "orvessa"), &journal, told.now()).unwrap();
    let running = reach.start(Box::new(told.clone()));
    next(&server);
    let mut outside = Journal::open_existing(&journal).unwrap();
    let found = outside.find(&shots.id.0.to_string()[..8]).unwrap().unwrap();
    let how = Acknowledged { who: "duty".to_owned(), by: By::Command, at: told.now() };
    assert!(outside.acknowledge(found, &how).unwrap());
    assert!(!outside.acknowledge(found, &how).unwrap(), "once");
    until("acknowledged", || reach.queue(told.now()).open == 0);
    told.wait(3600);
    running.end();
    assert!(server.mails.try_recv().is_err());
}

#[test]
fn what_an_officer_opens_at_the_desk_is_acknowledged_and_a_strangers_look_is_not() {
    let (folder, server) = (tempfile::tempdir().unwrap(), MailServer::start(Mood::Good));
    let shots = matter("Shots", "COMPACT");
    let told = Told::new(vec![shots.clone()]);
    let reach =
        Reach::open(roster(&server, "orvessa"), &folder.path().join("reach.db"), told.now())
            .unwrap();
    let running = reach.start(Box::new(told.clone()));
    next(&server);
    reach.opened(&id("tamrin"), "duty", &shots.procedure, told.now());
    assert_eq!(reach.queue(told.now()).open, 1);
    reach.opened(&id("orvessa"), "duty", &shots.procedure, told.now());
    assert_eq!(reach.queue(told.now()).open, 0);
    running.end();
}

#[test]
fn a_journal_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reach.db");
    Journal::open(&path, [1; 32]).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    let again = Journal::open(&path, [2; 32]).unwrap();
    assert_eq!(again.secret().unwrap().0, [1; 32], "links go on to lead to what they led to");
    std::fs::write(&path, "no journal").unwrap();
    assert!(Journal::open_existing(&path).is_err());
}

/// Inject 5 of LANTERN: Orvessa says that a border post was fired at, and the six capitals' duty officers are told, each by its own
/// node and mail server.
#[test]
fn six_duty_officers_are_told_of_shots_at_a_border_post() {
    let capitals = ["orvessa", "tamrin", "lurien", "halcis", "mirez", "quorrin"];
    let mut world = World::new(&charter_text("six-rivers"));
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let terms = json!({"ref": "C-1", "title": "Border post 4 fired at", "text": "Two are wounded.", "place": "Vael Pass",
        "wounded": 2, "dead": 0});
    let leaf = world.say("orvessa", "notification", &[], &terms);
    let mut running = Vec::new();
    for capital in capitals {
        let server = MailServer::start(Mood::Good);
        let roster = roster(&server, capital);
        let found = waiting(world.node(capital), &id(capital), &roster, world.now);
        assert_eq!(found.len(), 1, "{capital}: {found:?}");
        assert!(found[0].is_urgent && found[0].is_drill, "{found:?}");
        assert_eq!(found[0].procedure, leaf);
        let told = Told::new(found);
        let reach = Reach::open(roster, &folder.path().join(capital), told.now()).unwrap();
        running.push((capital, server, reach.start(Box::new(told)), reach));
    }
    for (capital, server, _, reach) in &running {
        let mail = next(server);
        assert_eq!(mail.to, format!("first@{capital}.example"));
        assert!(mail.text.contains("Border post 4 fired at"), "{}", mail.text);
        until("delivered", || reach.counts() == (1, 0));
    }
    println!("six duty officers told in {} ms", begun.elapsed().as_millis());
    running.into_iter().for_each(|(_, _, running, _)| running.end());

    // Who takes note is told no more; the others still owe it.
    world.say("tamrin", "answer", &[leaf], &json!({"stance": "noted"}));
    for (capital, expected) in [("tamrin", 0), ("lurien", 1)] {
        let server = MailServer::start(Mood::Good);
        let found =
            waiting(world.node(capital), &id(capital), &roster(&server, capital), world.now);
        assert_eq!(found.len(), expected, "{capital}: {found:?}");
    }
}

/// A capital that is cut off from all others when it says something, or hears it from one alone: no quorum has witnessed the time,
/// no duty has begun by evidence, and its people are told all the same.
#[test]
fn a_node_that_is_cut_off_tells_its_own_people_all_the_same() {
    let mut world = World::new(&charter_text("six-rivers"));
    world.cut_off("orvessa", true);
    let terms = json!({"title": "Shots", "text": "Two are wounded.", "place": "Vael Pass", "wounded": 2, "dead": 0});
    let statement = crate::world::statement("orvessa", "notification", &[], &terms);
    let now = world.now;
    world.node_mut("orvessa").append(&statement, now).unwrap();
    world.node_mut("orvessa").settle();
    let server = MailServer::start(Mood::Good);
    let found = waiting(world.node("orvessa"), &id("orvessa"), &roster(&server, "orvessa"), now);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_contact_check_waits_for_whom_it_asks_and_no_longer_once_answered() {
    let mut world = World::new(&charter_text("six-rivers"));
    let check = world.say("orvessa", "contact_check", &[], &json!({"to": "lurien"}));
    let server = MailServer::start(Mood::Good);
    let of = |world: &World, capital: &str| {
        waiting(world.node(capital), &id(capital), &roster(&server, capital), world.now)
    };
    let found = of(&world, "lurien");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].is_urgent && found[0].due.is_some());
    assert!(of(&world, "tamrin").is_empty());
    world.say("lurien", "contact_answer", &[check], &json!({"officer": "duty"}));
    assert!(of(&world, "lurien").is_empty());
}
