//! Calendars as written, and what a reader refuses.

use proptest::prelude::*;
use veche_exchange::ical::{
    Entry, FILE_LEN_MAX, Form, IcalFault, LINE_LEN_MAX, ReadEvent, Status, read, write,
};
use veche_ledger::UnixSeconds;

fn time(text: &str) -> UnixSeconds {
    UnixSeconds::parse(text).unwrap()
}

fn meeting(summary: &str) -> Entry {
    Entry {
        form: Form::Event,
        uid: "ab12@six-rivers".to_owned(),
        sequence: 2,
        changed: time("2026-11-22T10:00:00Z"),
        at: time("2026-12-01T09:30:00Z"),
        summary: summary.to_owned(),
        category: Some("meetings".to_owned()),
        url: Some("https://node.example/cases/M-1".to_owned()),
        is_public: false,
        status: Status::Open,
    }
}

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[track_caller]
fn check(file: &[u8], line: usize, what: &IcalFault) {
    let error = read(file).unwrap_err();
    assert_eq!((error.line, &error.what), (line, what), "{error}");
}

#[test]
fn a_meeting_and_what_is_done_and_off_are_written_in_utc() {
    let done = Status::Done(time("2026-11-30T08:00:00Z"));
    let task = Entry { form: Form::Task, status: done, is_public: true, ..meeting("Report") };
    let off = Entry { status: Status::Cancelled, ..meeting("Session") };
    let file = write("Six Rivers", &[meeting("Session; of, all"), task, off]);
    for line in [
        "DTSTART:20261201T093000Z\r\n",
        "DTSTAMP:20261122T100000Z\r\n",
        "SUMMARY:Session\\; of\\, all\r\n",
        "SEQUENCE:2\r\nDTSTART",
        "CLASS:CONFIDENTIAL\r\nCATEGORIES:meetings\r\nURL:https://node.example/cases/M-1\r\nSTATUS:CONFIRMED",
        "SEQUENCE:2\r\nDUE:20261201T093000Z\r\nSUMMARY:Report\r\nCLASS:PUBLIC\r\n",
        "STATUS:COMPLETED\r\nCOMPLETED:20261130T080000Z\r\nEND:VTODO",
        "STATUS:CANCELLED\r\nEND:VEVENT",
    ] {
        assert!(file.contains(line), "no {line:?} in {file}");
    }
    let back = read(file.as_bytes()).unwrap();
    let cancelled: Vec<bool> = back.iter().map(|e| e.is_cancelled).collect();
    assert_eq!(cancelled, [false, false, true]);
    let forms: Vec<(Form, u64)> = back.iter().map(|e| (e.form, e.sequence)).collect();
    assert_eq!(forms, [(Form::Event, 2), (Form::Task, 2), (Form::Event, 2)]);
    assert_eq!(back[1].at, Some(time("2026-12-01T09:30:00Z")));
}

#[test]
fn a_title_begins_no_line_of_its_own() {
    let file = write("x", &[meeting("a\r\nEND:VEVENT\rBEGIN:VEVENT\nUID:b\u{0}\u{202e}c\u{85}d")]);
    assert_eq!(file.matches("\r\nBEGIN:VEVENT").count(), 1);
    let events = read(file.as_bytes()).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].summary, "a\nEND:VEVENT\nBEGIN:VEVENT\nUID:bc\nd");
}

#[test]
fn a_folded_line_is_read_whole_and_a_day_is_a_day() {
    let file = event("SUMMARY:Se\r\n ss\n\tion\r\nDTSTART;VALUE=DATE:20261201");
    let start = time("2026-12-01T00:00:00Z");
    let summary = "Session".to_owned();
    let read_event = ReadEvent {
        form: Form::Event,
        uid: "a".to_owned(),
        at: Some(start),
        is_day: true,
        summary,
        sequence: 0,
        is_cancelled: false,
    };
    assert_eq!(read(file.as_bytes()).unwrap(), [read_event]);
    let named = event("DTSTART;TZID=\"Etc/UTC\":20261201T000000");
    assert_eq!(read(named.as_bytes()).unwrap()[0].at, Some(start));
}

#[test]
fn each_fault_is_told_with_its_line() {
    let zone = IcalFault::Zone("Europe/Nowhere".to_owned());
    check(event("DTSTART;TZID=Europe/Nowhere:20261201T090000").as_bytes(), 4, &zone);
    check(event("DTSTART:20261201T090000").as_bytes(), 4, &IcalFault::NoZone);
    let not = |text: &str| IcalFault::NotATime(text.to_owned());
    check(event("DTSTART:20261301T090000Z").as_bytes(), 4, &not("20261301T090000Z"));
    check(event("DTSTART:2026-12-01").as_bytes(), 4, &not("2026-12-01"));
    check(event("SUMMARY:x").as_bytes(), 5, &IcalFault::Missing("DTSTART"));
    check(event("UID:b").as_bytes(), 4, &IcalFault::Twice("UID"));
    check(event("SEQUENCE:-1").as_bytes(), 4, &IcalFault::NotACount("-1".to_owned()));
    let task = "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:a\nDUE:soon\nEND:VTODO\nEND:VCALENDAR\n";
    check(task.as_bytes(), 4, &not("soon"));
    check(event("SUMMARY:cut\r\nhere").as_bytes(), 5, &IcalFault::NotAProperty);
    check(event("SUMMARY:a\0b").as_bytes(), 4, &IcalFault::Control(0));
    check(event("SUMMARY:a\rb").as_bytes(), 4, &IcalFault::Control(13));
    check(b" BEGIN:VCALENDAR", 1, &IcalFault::Folding);
    check(b"", 1, &IcalFault::NotACalendar);
    check(b"UID:a\r\n", 1, &IcalFault::NotACalendar);
    check(b"BEGIN:VCALENDAR\nEND:VEVENT\n", 2, &IcalFault::Unbalanced("VEVENT".to_owned()));
    check(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n", 2, &IcalFault::CutShort("VEVENT".to_owned()));
    check(b"BEGIN:VCALENDAR\nEND:VCALENDAR\nUID:a\n", 3, &IcalFault::Behind);
    check(b"BEGIN:VCALENDAR\nX:\xff\n", 2, &IcalFault::Encoding);
    let long = vec![b'a'; FILE_LEN_MAX + 1];
    check(&long, 1, &IcalFault::TooLong(long.len()));
    let value = format!("BEGIN:VCALENDAR\nX:{}\n", "a".repeat(70_000));
    check(value.as_bytes(), 2, &IcalFault::ValueTooLong);
}

proptest! {
    #[test]
    fn whatever_a_title_holds_lines_are_short_and_one_event_comes_back(title in any::<String>()) {
        let file = write(&title, &[meeting(&title)]);
        prop_assert!(file.split("\r\n").all(|line| line.len() <= LINE_LEN_MAX));
        let events = read(file.as_bytes()).unwrap();
        prop_assert_eq!(events.len(), 1);
        prop_assert_eq!(&events[0].uid, "ab12@six-rivers");
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in any::<Vec<u8>>()) {
        let mut file = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n".to_vec();
        file.extend(bytes);
        prop_assert!(read(&file).is_err());
    }
}
