//! The file of people: what is wrong with one, and what a message of it may say.

use super::{matter, roster, six_rivers};
use crate::world::id;
use std::path::Path;
use veche_node::reach::Roster;
use veche_node::reach::message::{ABOVE, Secret, message};
use veche_node::reach::plan::Errand;
use veche_node::reach::roster::{Channel, Way};

const GOOD: &str = r#"desk = "https://desk.orvessa.example/"
[channel.mail]
kind = "email"
label = "COMPACT"
server = "mail.orvessa.example:587"
from = "veche@orvessa.example"
[person.first]
officer = "duty"
by = [{ channel = "mail", to = "first@orvessa.example" }]
quiet = "22:00-06:00"
[[roster]]
people = ["first"]
"#;

/// Reads a roster with one part replaced, and says what is wrong with it.
#[track_caller]
fn check(from: &str, to: &str, expected: &str) {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replace(from, to);
    let found = Roster::read(&text, Path::new("/etc"), six_rivers(), &id("orvessa"));
    let said = found.map_or_else(|error| error.to_string(), |_| "good".to_owned());
    assert!(said.contains(expected), "{said}");
}

#[test]
fn what_is_wrong_with_a_roster_is_said_with_its_place() {
    check("", "", "good");
    check(
        "label = \"COMPACT\"",
        "label = \"COMPCT\"",
        "`channel.mail.label` names `COMPCT`, and the charter has no such label; did you mean `COMPACT`?",
    );
    check(
        "server = \"mail.orvessa.example:587\"\n",
        "",
        "channel `mail`: an e-mail channel needs `server = \"host:port\"`",
    );
    check(
        "from =",
        "tls = \"none\"\nfrom =",
        "channel `mail`: `tls = \"none\"` is for a server on this machine only",
    );
    check(
        "from =",
        "url = \"https://a.example\"\nfrom =",
        "channel `mail`: `url` does not belong to its kind",
    );
    check("from =", "timeout = \"1h\"\nfrom =", "channel `mail`: `timeout` is at most 120 s");
    check(
        "from =",
        "timeout = \"soon\"\nfrom =",
        "`channel.mail.timeout` is `soon`: write a number",
    );
    check(
        "from =",
        "user = \"u\"\nfrom =",
        "channel `mail`: `user` and `password_file` go together",
    );
    check(
        "channel = \"mail\"",
        "channel = \"mail2\"",
        "`person.first.by` names `mail2`, and there is no such channel; did you mean `mail`?",
    );
    check(
        ", to = \"first@orvessa.example\"",
        "",
        "person `first` has no address for channel `mail`",
    );
    check("22:00-06:00", "22-6", "person `first`: quiet hours are `22:00-06:00`");
    check("people = [\"first\"]", "people = []", "a roster lists nobody");
    check(
        "people = [\"first\"]",
        "people = [\"firs\"]",
        "`roster.people` names `firs`, and there is no such person; did you mean `first`?",
    );
    check("people =", "duties = [\"answer_warning2\"]\npeople =", "did you mean `answer_warning`?");
    check(
        "people =",
        "party = \"orvesa\"\npeople =",
        "and the charter has no such party; did you mean `orvessa`?",
    );
    check("[[roster]]\npeople = [\"first\"]\n", "", "no `[[roster]]` says who is told");
    check("desk =", "dekk =", "unknown field `dekk`");
}

#[test]
fn a_webhook_without_tls_leads_to_this_machine_alone() {
    for (url, is_good) in [
        ("https://page.example/x", true),
        ("http://127.0.0.1:9/x", true),
        ("http://localhost/", true),
        ("http://page.example/x", false),
        ("http://localhost.evil.example/", false),
        ("http://127.0.0.1@evil.example/", false),
        ("ftp://127.0.0.1/", false),
    ] {
        let text = format!(
            "[channel.w]\nkind = \"webhook\"\nlabel = \"PUBLIC\"\nurl = \"{url}\"\n[person.a]\nofficer = \"duty\"\n\
             by = [{{ channel = \"w\" }}]\n[[roster]]\npeople = [\"a\"]\n"
        );
        let found = Roster::read(&text, Path::new("/etc"), six_rivers(), &id("orvessa"));
        assert_eq!(found.is_ok(), is_good, "{url}");
    }
}

/// Every label of a matter with every label of a channel: the content goes where the charter says that the channel's is at least
/// the matter's, and nothing of it goes anywhere else.
#[test]
fn a_message_above_its_channels_label_says_nothing_but_that_something_waits() {
    let (charter, roster, secret) = (six_rivers(), roster(GOOD), Secret([7; 32]));
    let (mut covered, mut above) = (0, 0);
    for level in charter.labels.keys() {
        let mut shots = matter("Zanzibar shots", level.as_str());
        shots.is_drill = true;
        for carrier in charter.labels.keys() {
            let channel = Channel {
                label: carrier.clone(),
                timeout: veche_ledger::Seconds(1),
                way: Way::Command(vec!["true".to_owned()]),
            };
            let errand =
                Errand { matter: shots.id, person: "first".to_owned(), channel: "mail".to_owned() };
            let sent = message(&shots, &errand, "to", &channel, &roster, &secret);
            let bytes = format!("{}\n{}\n{}", sent.subject, sent.text, sent.json);
            if charter.label_at_least(carrier, level) {
                covered += 1;
                assert!(bytes.contains("Zanzibar") && bytes.contains("EXERCISE"), "{bytes}");
                continue;
            }
            above += 1;
            assert!(sent.text.starts_with(ABOVE), "{}", sent.text);
            let told = ["Zanzibar", "C-1", "Notification", "note by noon", "orvessa/", "EXERCISE"];
            for part in
                told.into_iter().chain([&*shots.procedure.to_string(), &*shots.id.0.to_string()])
            {
                assert!(!bytes.contains(part), "{level} by {carrier} tells `{part}`: {bytes}");
            }
            assert!(!bytes.contains(&format!("[{level}]")), "{bytes}");
        }
    }
    assert!(covered > 5 && above > 5, "{covered} {above}");
}

#[test]
fn messages_above_the_label_differ_in_nothing_but_their_link_and_name() {
    let (roster, secret) = (roster(GOOD), Secret([7; 32]));
    let channel =
        Channel { label: crate::world::label("PUBLIC"), ..roster.channels["mail"].clone() };
    let text = |name: &str| {
        let matter = matter(name, "COMPACT");
        let errand =
            Errand { matter: matter.id, person: "first".to_owned(), channel: "mail".to_owned() };
        let sent = message(&matter, &errand, "to", &channel, &roster, &secret);
        let secrets = [secret.token(&errand), secret.key(&errand)];
        let bytes = format!("{}\n{}\n{}", sent.subject, sent.text, sent.json);
        secrets.iter().fold(bytes, |bytes, secret| bytes.replace(secret, "SECRET"))
    };
    assert_eq!(text("Shots"), text("A programme of forty pages"));
}

#[test]
fn a_title_makes_no_second_line_of_a_subject() {
    let (roster, secret) = (roster(GOOD), Secret([7; 32]));
    let mut shots = matter("x", "COMPACT");
    shots.title = format!("C-1\r\nBcc: thief@evil.example\r\n{}", "y".repeat(5000));
    let errand =
        Errand { matter: shots.id, person: "first".to_owned(), channel: "mail".to_owned() };
    let sent = message(&shots, &errand, "to", &roster.channels["mail"], &roster, &secret);
    assert!(!sent.subject.contains(['\r', '\n']) && sent.subject.len() <= 160, "{}", sent.subject);
}

#[test]
fn the_example_of_the_documentation_is_a_roster() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let found = roster(example);
    let cyber = ["cyber_notification".to_owned()].into();
    let people = |duties| found.people_for(&id("orvessa"), duties, &crate::world::label("COMPACT"));
    assert_eq!(people(&cyber), ["deputy", "watch"]);
    assert_eq!(people(&Default::default()), ["watch", "deputy"]);
    assert_eq!(found.channels["mail"].secrets(), [Path::new("/etc/veche/mail.password")]);
}
