//! One message by one channel, over real sockets and processes.

use super::servers::{MailServer, Mood, WebServer, certificate};
use super::{matter, roster};
use axum::http::header::AUTHORIZATION;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use veche_ledger::Seconds;
use veche_node::reach::channel::{probe, send};
use veche_node::reach::message::{Message, Secret, message};
use veche_node::reach::plan::{Errand, Outcome};
use veche_node::reach::roster::{Channel, Email, Tls, Way, Webhook};

const ROSTER: &str = "desk = \"https://desk.example\"\n[channel.c]\nkind = \"command\"\nlabel = \"COMPACT\"\n\
    command = [\"true\"]\n[person.a]\nofficer = \"duty\"\nby = [{ channel = \"c\" }]\n[[roster]]\npeople = [\"a\"]\n";

fn sent(title: &str) -> Message {
    let (roster, mut matter) = (roster(ROSTER), matter("shots", "COMPACT"));
    matter.title = title.to_owned();
    let errand = Errand { matter: matter.id, person: "a".to_owned(), channel: "c".to_owned() };
    let channel = &roster.channels["c"];
    message(&matter, &errand, "duty@orvessa.example", channel, &roster, &Secret([3; 32]))
}

fn channel(way: Way) -> Channel {
    Channel { label: crate::world::label("COMPACT"), timeout: Seconds(1), way }
}

/// A command that ends by itself, on a machine however busy.
fn patient(way: Way) -> Channel {
    Channel { timeout: Seconds(60), ..channel(way) }
}

fn mail_to(at: SocketAddr) -> Channel {
    channel(Way::Email(Email {
        host: at.ip().to_string(),
        port: at.port(),
        tls: Tls::None,
        from: "veche@orvessa.example".to_owned(),
        login: None,
        ca_file: None,
    }))
}

fn post_to(url: &str) -> Channel {
    channel(Way::Webhook(Webhook { url: url.to_owned(), token_file: None, ca_file: None }))
}

/// Runs a script of the shell over a message.
fn script(script: &str) -> Way {
    Way::Command(["/bin/sh", "-c", script, "hook", "{to}"].map(str::to_owned).to_vec())
}

fn run(text: &str) -> Outcome {
    send(&patient(script(text)), &sent("Shots"))
}

fn word(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Delivered(said) => ("delivered", said),
        Outcome::Later(said) => ("later", said),
        Outcome::Failed(said) => ("failed", said),
    }
}

#[test]
fn a_mail_arrives_as_it_was_written() {
    let server = MailServer::start(Mood::Good);
    let message = sent("Border post 4 fired at · Застава");
    assert_eq!(send(&mail_to(server.at), &message), Outcome::Delivered("250".to_owned()));
    let mail = server.mails.recv().unwrap();
    assert_eq!(mail.to, "duty@orvessa.example");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("Message-ID"), format!("<{}@orvessa.example>", message.key));
    assert!(mail.header("Subject").contains("=?utf-8?"), "{}", mail.text);
    assert!(!mail.header("Date").is_empty());
}

#[test]
fn a_second_attempt_is_known_by_its_name() {
    let server = MailServer::start(Mood::Good);
    for _ in 0..2 {
        assert_eq!(word(&send(&mail_to(server.at), &sent("Shots"))).0, "delivered");
    }
    let ids = [0; 2].map(|_| server.mails.recv().unwrap().header("Message-ID").to_owned());
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_mail_server_in_a_bad_mood_is_tried_again_and_one_that_refuses_is_not() {
    for (mood, expected, said) in [
        (Mood::Busy(9), "later", "421"),
        (Mood::NoSuchUser, "failed", "no such user here"),
        (Mood::HangsUp, "later", ""),
        (Mood::Garbage, "later", ""),
        (Mood::Silent, "later", ""),
        (Mood::Babbles, "later", "too large"),
    ] {
        let server = MailServer::start(mood);
        let outcome = send(&mail_to(server.at), &sent("Shots"));
        let (found, words) = word(&outcome);
        assert_eq!(found, expected, "{mood:?}: {words}");
        assert!(words.contains(said), "{mood:?}: {words}");
        assert!(!words.contains(['\x1b', '\0', '\n']) && words.chars().count() <= 300, "{words:?}");
    }
}

#[test]
fn a_mail_server_that_is_not_there_is_tried_again() {
    let at = MailServer::start(Mood::Good).at;
    let nobody: SocketAddr = (at.ip(), 1).into();
    assert_eq!(word(&send(&mail_to(nobody), &sent("Shots"))).0, "later");
    assert!(probe(&mail_to(nobody)).is_err());
    assert!(probe(&mail_to(at)).is_ok());
}

#[test]
fn a_mail_goes_by_tls_to_whom_the_file_trusts_and_to_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let ((server, pem), (_, other)) = (certificate(), certificate());
    let server = MailServer::start_with(Mood::Good, Some(server));
    let to = |name: &str, pem: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, pem).unwrap();
        let email = Email {
            host: "localhost".to_owned(),
            port: server.at.port(),
            tls: Tls::Implicit,
            from: "veche@orvessa.example".to_owned(),
            login: None,
            ca_file: Some(file),
        };
        send(&channel(Way::Email(email)), &sent("Shots"))
    };
    assert_eq!(to("good.pem", &pem), Outcome::Delivered("250".to_owned()));
    let wrong = to("other.pem", &other);
    assert_eq!(word(&wrong).0, "later", "{wrong:?}");
    assert!(word(&wrong).1.contains("certificate"), "{wrong:?}");
    server.mails.recv().unwrap();
    assert!(server.mails.try_recv().is_err(), "a mail went to a server that nobody vouches for");
}

#[test]
fn a_server_that_offers_no_tls_gets_neither_mail_nor_password() {
    let server = MailServer::start(Mood::Good);
    let mut channel = mail_to(server.at);
    let Way::Email(email) = &mut channel.way else { panic!("it is e-mail") };
    email.tls = Tls::Starttls;
    let outcome = send(&channel, &sent("Shots"));
    assert_ne!(word(&outcome).0, "delivered");
    assert!(server.connections.load(Ordering::SeqCst) > 0 && server.mails.try_recv().is_err());
}

fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_post_carries_the_message_its_name_and_a_token_that_lies_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, "s3cret\n").unwrap();
    let server = WebServer::start(Some(&answer("202 Accepted", "queued")));
    let webhook = Webhook { url: server.url(), token_file: Some(token_file), ca_file: None };
    let message = sent("Shots");
    assert_eq!(
        send(&channel(Way::Webhook(webhook)), &message),
        Outcome::Delivered("202 queued".to_owned())
    );
    let posts = server.posts.lock().unwrap();
    let head = posts[0].head.to_lowercase();
    assert!(head.starts_with("post /page http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("{AUTHORIZATION}: bearer s3cret\r\n")), "{head}");
    assert!(head.contains(&format!("idempotency-key: {}\r\n", message.key)), "{head}");
    let json: serde_json::Value = serde_json::from_str(&posts[0].body).unwrap();
    assert_eq!(json, message.json);
}

#[test]
fn a_web_servers_answer_says_whether_to_try_again() {
    let long = "x".repeat(1_000_000);
    for (bytes, expected) in [
        (answer("200 OK", ""), "delivered"),
        (answer("200 OK", &long), "delivered"),
        (answer("302 Found\r\nlocation: http://127.0.0.1:1/", ""), "failed"),
        (answer("403 Forbidden", "no"), "failed"),
        (answer("429 Too Many Requests", ""), "later"),
        (answer("503 Service Unavailable", ""), "later"),
        (format!("HTTP/1.1 200 OK\r\nx: {long}\r\n\r\n"), "later"),
        ("no HTTP at all\r\n\r\n".to_owned(), "later"),
        (String::new(), "later"),
    ] {
        let server = WebServer::start(Some(&bytes));
        let outcome = send(&post_to(&server.url()), &sent("Shots"));
        let (found, said) = word(&outcome);
        let begin: String = bytes.chars().take(40).collect();
        assert_eq!(found, expected, "{begin}: {said}");
        assert!(said.chars().count() <= 300);
    }
}

#[test]
fn a_web_server_that_never_answers_costs_its_timeout_and_no_more() {
    let server = WebServer::start(None);
    assert_eq!(word(&send(&post_to(&server.url()), &sent("Shots"))).0, "later");
    assert_eq!(server.posts.lock().unwrap().len(), 1);
}

#[test]
fn a_command_gets_the_message_on_its_input_and_the_address_as_an_argument() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("got");
    let outcome =
        run(&format!("cat > {0}; echo \"$1 $VECHE_KEY\" > {0}.args; echo sent", file.display()));
    assert_eq!(outcome, Outcome::Delivered("0 sent".to_owned()));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(json, sent("Shots").json);
    let arguments = std::fs::read_to_string(folder.path().join("got.args")).unwrap();
    assert_eq!(arguments.trim(), format!("duty@orvessa.example {}", sent("Shots").key));
}

#[test]
fn an_address_is_an_argument_and_never_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pwned");
    let argv = ["/bin/echo", "{to}"].map(str::to_owned).to_vec();
    let mut message = sent("Shots");
    message.to = format!("$(touch {0}); touch {0} `touch {0}`", file.display());
    let outcome = send(&patient(Way::Command(argv)), &message);
    assert_eq!(word(&outcome).0, "delivered");
    assert!(!Path::new(&file).exists());
}

#[test]
fn a_commands_end_says_whether_to_try_again() {
    for (text, expected, said) in [
        ("exit 0", "delivered", "0"),
        ("echo busy >&2; exit 75", "later", "exit 75: busy"),
        ("exit 1", "later", "exit 1:"),
        ("echo no such number; exit 67", "failed", "exit 67: no such number"),
        ("kill -9 $$", "later", "it was killed:"),
        ("exec < /dev/null; exit 0", "delivered", "0"),
    ] {
        let outcome = run(text);
        assert_eq!(word(&outcome), (expected, said), "{text}");
    }
    let missing = channel(Way::Command(vec!["/no/such/program".to_owned()]));
    assert_eq!(word(&send(&missing, &sent("Shots"))).0, "later");
    assert!(probe(&missing).is_err());
    assert!(probe(&channel(Way::Command(vec!["sh".to_owned()]))).is_ok());
}

#[test]
fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let pids: PathBuf = folder.path().join("pids");
    let endless = script(&format!("sleep 600 & echo $! > {}; wait", pids.display()));
    let outcome = send(&channel(endless), &sent("Shots"));
    assert_eq!(word(&outcome), ("later", "it took longer than 1 s and was ended"));
    let pid = std::fs::read_to_string(&pids).unwrap();
    // Whoever inherits it may not have taken note of its death yet.
    let is_dead = || {
        let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        state.map_or(true, |state| state.contains(") Z "))
    };
    let begun = std::time::Instant::now();
    while !is_dead() {
        assert!(begun.elapsed().as_secs() < 20, "it lives on");
        std::thread::yield_now();
    }
}

#[test]
fn a_command_that_writes_without_end_fills_no_memory() {
    let outcome = run("head -c 50000000 /dev/zero | tr '\\0' x; exit 0");
    let (found, said) = word(&outcome);
    assert!(found == "delivered" || said.contains("longer than"), "{found} {said}");
    assert!(said.len() <= 300);
}
