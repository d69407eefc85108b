//! People whom a node tells, at the command line and beside a node that runs.
#![cfg(unix)]

use crate::running::{BOTH, Running, STORE, TWO_BANKS, made_under, with_node};
use crate::support::{Place, Screen};
use std::time::{Duration, Instant};

/// A file of people, whose two channels are a file and a program that fails.
const PEOPLE: &str = r#"
desk = "https://desk.arven.example"
[channel.file]
kind = "command"
label = "ACCORD"
command = ["/bin/sh", "-c", "cat >> told"]
[channel.pager]
kind = "command"
label = "PUBLIC"
command = ["/bin/sh", "-c", "echo no such number; exit 67"]
[person.day]
officer = "duty"
by = [{ channel = "file" }]
[person.night]
officer = "delegate"
by = [{ channel = "pager", to = "+1" }]
[[roster]]
people = ["day", "night"]
"#;

const LIST: &str = "contact list --store arven.db --reach reach.toml";

fn with_people(people: &str) -> Place {
    let place = with_node();
    place.put("reach.toml", people);
    place
}

/// Looks again and again until a screen is as it should be.
fn until(place: &Place, arguments: &str, is_so: impl Fn(&Screen) -> bool) -> Screen {
    let begun = Instant::now();
    loop {
        let screen = place.veche(arguments);
        if is_so(&screen) {
            return screen;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {screen}");
    }
}

#[test]
fn a_running_node_tells_its_people_and_takes_their_word_at_the_command_line() {
    let place = with_people(PEOPLE);
    let running = Running::start(
        &place,
        &format!("{BOTH} --reach reach.toml --metrics 127.0.0.1:0 --log json"),
    );
    let mut duty = running.signed_in();
    let report = [("kind", "report"), ("t.title", "River at 4.2 m"), ("t.text", "Rising.")];
    let report = duty.post("/act", &report).leaf().unwrap();
    let warning = [
        ("kind", "warning"),
        ("about", report.as_str()),
        ("t.title", "Flood at the quay"),
        ("t.level", "acute"),
        ("t.horizon", "7d"),
        ("t.statement", "The quay floods by Sunday."),
    ];
    let said = duty.post("/act", &warning);
    assert!(said.leaf().is_some(), "{}", said.body);
    // While the node has its store to itself, its journal says what it told.
    let listed = until(&place, LIST, |screen| screen.out.contains("day by file: delivered"));
    assert!(listed.out.contains("Flood at the quay"), "{listed}");
    assert!(listed.out.contains("1. day, seat duty: file  (up to ACCORD)"), "{listed}");
    assert!(listed.out.contains("nobody has said that it was seen"), "{listed}");
    let told = String::from_utf8(place.get("told")).unwrap();
    assert!(told.contains("said in the name of Arven"), "{told}");
    assert!(told.contains("https://desk.arven.example/reached?token="), "{told}");

    let line = listed.out.lines().find(|line| line.contains("Flood at the quay")).unwrap();
    let name = line.split_whitespace().next().unwrap();
    let ack = format!("contact ack {name} --store arven.db --officer delegate");
    assert_eq!(place.veche(&ack).good(), format!("{name}: nobody else is told of it\n"));
    assert_eq!(place.veche(&ack).good(), format!("{name}: somebody had said so before\n"));
    assert!(place.veche(LIST).out.contains("seen by delegate"), "{}", place.veche(LIST));

    let errors = running.errors();
    let at = errors.split("http://").nth(1).and_then(|rest| rest.split("/metrics").next()).unwrap();
    let (mut watcher, _) = crate::browser::Browser::at(&format!("http://{at}/"));
    let numbers = watcher.get("/metrics").body;
    assert!(numbers.contains("veche_reach_delivered_total 1\n"), "{numbers}");
    assert!(
        numbers.contains("veche_log_records{log=\"two-banks.example/arven/1\"} 2\n"),
        "{numbers}"
    );
    assert_eq!(running.end("TERM").code, Some(0));
    assert_eq!(std::fs::read_to_string(place.path().join("told")).unwrap(), told, "told once");
}

#[test]
fn links_go_to_a_file_of_ones_own_and_nowhere_else() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = with_node();
    place.put("links.json", "what was here before");
    let mut command = place.command(&format!(
        "node run --store {STORE} {BOTH} --links links.json --metrics 127.0.0.1:0"
    ));
    let errors = std::fs::File::create(place.path().join("errors.txt")).unwrap();
    let mut child = command.stdout(std::process::Stdio::piped()).stderr(errors).spawn().unwrap();
    let links = || serde_json::from_slice::<serde_json::Value>(&place.get("links.json"));
    let begun = Instant::now();
    while links().is_err() {
        assert!(begun.elapsed() < Duration::from_secs(30), "no links");
    }
    let told = links().unwrap();
    assert_eq!(told["links"].as_array().unwrap().len(), 2, "{told}");
    let mode = std::fs::metadata(place.path().join("links.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    crate::running::signed_in(told["url"].as_str().unwrap());
    let ended = std::process::Command::new("kill").arg(child.id().to_string()).status();
    assert!(ended.unwrap().success() && child.wait().unwrap().success());
    let mut out = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut out).unwrap();
    let errors = String::from_utf8(place.get("errors.txt")).unwrap();
    assert!(out.is_empty() && !errors.contains("token"), "{out} {errors}");
}

#[test]
fn a_test_says_of_each_channel_what_came_of_it() {
    let place = with_people(PEOPLE);
    insta::assert_snapshot!(place.veche("contact test --store arven.db --reach reach.toml"), @r"
    day by file: sent: 0
    night by pager: not sent: exit 67: no such number
    [exit 7]
    ");
    insta::assert_snapshot!(place.veche("contact test --store arven.db --reach reach.toml --person dya"), @r"
    [standard error]
    error: cannot use `reach.toml` as a file of people to tell: it has no person `dya`
      hint:  there are: day, night
    [exit 5]
    ");
    let told: serde_json::Value = serde_json::from_slice(&place.get("told")).unwrap();
    assert_eq!((&told["is_test"], &told["acknowledge"]), (&true.into(), &serde_json::Value::Null));
}

#[test]
fn a_file_of_people_with_a_fault_starts_no_node() {
    let place = with_people(&PEOPLE.replace("label = \"PUBLIC\"", "label = \"PUBLIC2\""));
    insta::assert_snapshot!(place.veche(&format!("node run --store {STORE} --reach reach.toml")), @r"
    [standard error]
    error: cannot use `reach.toml` as a file of people to tell: `channel.pager.label` names `PUBLIC2`, and the charter has no such label; did you mean `PUBLIC`?
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche("contact ack 12ab --store arven.db --officer duty"), @r"
    [standard error]
    error: cannot use journal `arven.db.reach`: it does not exist: `veche node run --reach FILE` makes it
    [exit 8]
    ");
}

/// Two towns that check whether the other answers.
fn with_checks() -> String {
    format!(
        "{TWO_BANKS}\n[acts.call]\ntitle = \"Call\"\nfields = {{ whom = \"party!\" }}\nroles = {{ called = \"whom\" }}\nopens = \"call\"\n\
         number = \"CC\"\n\n[acts.here]\ntitle = \"Here\"\nabout = [\"call\"]\nabout_required = true\nevent = \"reply\"\n\
         fields = {{ post = \"text!\" }}\n\n[machines.call]\ntitle = \"Call\"\nstart = \"open\"\n[machines.call.states.open]\nclock = \"10m\"\n\
         timeout = \"silent\"\non = [{{ ev = \"reply\", by = \"called\", to = \"done\" }}]\n[machines.call.states.done]\nfinal = true\n\
         [machines.call.states.silent]\non = [{{ ev = \"reply\", by = \"called\", to = \"done\" }}]\n"
    )
}

#[test]
fn a_check_is_a_signed_record_under_whatever_name_the_charter_gives_it() {
    let place = made_under(&with_checks());
    let check = "contact check --store arven.db --passphrase-file pass.txt --to belm";
    insta::assert_snapshot!(place.veche(check), @r"
    belm: asked by record 0 of two-banks.example/arven/1
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("contact checks --store arven.db"), @r"
    CC-1  arven asks belm: no quorum of others holds it yet
    [exit 0]
    ");
    insta::assert_snapshot!(place.veche("contact answer CC-1 --store arven.db --passphrase-file pass.txt"), @r"
    [standard error]
    error: nothing called `CC-1` here is a contact check that was put to this party
    [exit 5]
    ");
    insta::assert_snapshot!(place.veche(&check.replace("belm", "bellm")), @r"
    [standard error]
    error: the charter has no party `bellm`
      hint:  did you mean `belm`?
    [exit 5]
    ");
    let none = with_node();
    insta::assert_snapshot!(none.veche(check), @r"
    [standard error]
    error: the charter has no act with which contact is checked
    [exit 5]
    ");
}

#[test]
fn the_doctor_says_what_to_do_and_ends_with_a_code() {
    let place = with_people(PEOPLE);
    let well = "doctor --store arven.db --passphrase-file pass.txt --reach reach.toml";
    let screen = place.veche(well);
    assert_eq!(screen.code, Some(0), "{screen}");
    for line in [
        "ok    clock: ",
        "ok    keys: `duty` opens, and is the one that the charter lists",
        "ok    channel: file: ",
    ] {
        assert!(screen.out.contains(line), "{screen}");
    }
    let missing = place.veche("doctor --store none.db");
    assert_eq!(missing.code, Some(6), "{missing}");
    assert!(missing.out.contains("fail  store: it does not exist\n      -> "), "{missing}");
    let json = place.veche(&format!("--json {well}")).json();
    assert!(json.as_array().unwrap().iter().all(|finding| finding["level"] != "fail"), "{json}");
    let running = Running::start(&place, &format!("{BOTH} --reach reach.toml"));
    let beside = place.veche(well);
    assert_eq!(beside.code, Some(0), "{beside}");
    assert!(beside.out.contains("warn  store: a node has it open"), "{beside}");
    assert!(beside.out.contains("ok    channel: file: "), "{beside}");
    running.end("TERM");
}
