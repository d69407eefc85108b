//! Calendars by the command line: written from a store, checked from a file.
#![cfg(unix)]

use crate::running::{STORE, with_node};
use crate::support::{Place, Screen};

fn with_commitment() -> Place {
    let place = with_node();
    place.put(
        "terms.json",
        r#"{"owner": "arven", "what": "Pumps; at the quay, all of them", "due": "2026-12-01T09:00:00Z"}"#,
    );
    let say = "--kind commitment --terms terms.json --passphrase-file pass.txt";
    place.veche(&format!("record say --store {STORE} {say}")).good();
    place
}

fn export(place: &Place, arguments: &str) -> Screen {
    place.veche(&format!("calendar export --store {STORE} {arguments}"))
}

#[test]
fn what_is_exported_is_whole_the_same_twice_and_names_its_page() {
    let place = with_commitment();
    let said = export(&place, "--address https://desk.arven.example/ --out a.ics");
    assert_eq!(said.good(), "a.ics: 1 entry\n");
    export(&place, "--address https://desk.arven.example --out b.ics").good();
    assert_eq!(place.get("a.ics"), place.get("b.ics"), "no clock is in it");
    let whole = String::from_utf8(place.get("a.ics")).unwrap().replace("\r\n ", "");
    assert!(whole.contains("\r\nURL:https://desk.arven.example/cases/"), "{whole}");
    assert!(!export(&place, "").good().contains("URL:"), "no address, no pages");

    let checked = place.veche("--json calendar check a.ics").json();
    assert_eq!((&checked["events"], &checked["tasks"]), (&1.into(), &0.into()));
    let entry = &checked["entries"][0];
    assert_eq!(entry["at"], "2026-12-01T09:00:00Z");
    assert!(entry["summary"].as_str().unwrap().ends_with("Pumps; at the quay, all of them: due"));
    let leaf = entry["uid"].as_str().unwrap().split('-').next().unwrap();
    let one = export(&place, &format!("--case {leaf}"));
    assert!(one.good().contains("BEGIN:VEVENT"), "{one}");
}

#[test]
fn a_matter_that_is_not_here_and_an_address_that_is_none_are_refused() {
    let place = with_commitment();
    insta::assert_snapshot!(export(&place, "--case C-9"), @r"
    [standard error]
    error: nothing is called `C-9` here
    [exit 5]
    ");
    insta::assert_snapshot!(export(&place, "--address desk.example"), @r"
    [standard error]
    error: invalid value 'desk.example' for '--address <ADDRESS>': an address is such as https://desk.arven.example, without a path

    For more information, try '--help'.
    [exit 2]
    ");
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line_and_what_to_do() {
    let place = Place::new();
    let begin = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n";
    let end = "END:VEVENT\r\nEND:VCALENDAR\r\n";
    place.put("cut.ics", begin);
    place.put("zone.ics", format!("{begin}DTSTART;TZID=Mars/Olympus:20261201T090000\r\n{end}"));
    place.put("latin.ics", b"BEGIN:VCALENDAR\r\nX-NAME:\xe9\r\nEND:VCALENDAR\r\n");
    place.put("not.ics", "{\"title\": \"River\"}");
    place.put("long.ics", vec![b'a'; 9 * 1024 * 1024]);
    place.put(
        "tricky.ics",
        format!("{begin}DTSTART:20261201T090000Z\r\nSUMMARY:a\\n\u{202e}\u{9b}31mb\r\n{end}"),
    );
    let screens: Vec<String> = ["cut", "zone", "latin", "not", "long", "tricky", "none"]
        .map(|name| place.veche(&format!("calendar check {name}.ics")).to_string())
        .to_vec();
    insta::assert_snapshot!(screens.join("\n"), @r"
    [standard error]
    error: cannot use `cut.ics` as a calendar: the file ends inside VEVENT: it was cut short
      where: line 3
      hint:  export or fetch it again, whole
    [exit 5]
    [standard error]
    error: cannot use `zone.ics` as a calendar: zone `Mars/Olympus` is not known; only UTC is read
      where: line 4
      hint:  export with times in UTC
    [exit 5]
    [standard error]
    error: cannot use `latin.ics` as a calendar: the file is not UTF-8
      where: line 2
      hint:  save it as UTF-8
    [exit 5]
    [standard error]
    error: cannot use `not.ics` as a calendar: a calendar begins with BEGIN:VCALENDAR
      where: line 1
      hint:  name a file that a calendar program exported as iCalendar, `.ics`
    [exit 5]
    [standard error]
    error: cannot read `long.ics`: it has more than 8388608 bytes
    [exit 5]
    [standard error]
    error: cannot use `tricky.ics` as a calendar: there is a control character U+009B, which no text of a calendar may hold
      where: line 5
      hint:  take the character out; a line break in a text is written `\n`
    [exit 5]
    [standard error]
    error: cannot read `none.ics`: it does not exist
    [exit 3]
    ");
}
