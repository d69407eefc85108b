use crate::reading::Reading;
use veche_coder::document::{DOCUMENT_LEN_MAX, Document, OddityKind, dateline, fingerprint};

#[test]
fn bytes_that_are_not_utf_8_are_passed_over_and_nothing_moves() {
    let bytes = b"Minsk \xff\xfe said \xd0\xbc\xd0";
    let reading = Reading::of_bytes(bytes);
    assert_eq!(reading.text().len(), bytes.len());
    assert_eq!(reading.words(), ["Minsk", "said", "м"]);
    let odd: Vec<_> = reading
        .document
        .oddities()
        .iter()
        .map(|odd| (odd.span.start, odd.span.end, odd.kind))
        .collect();
    assert_eq!(odd.first(), Some(&(6, 7, OddityKind::Broken)));
    assert_eq!(odd.last(), Some(&(16, 17, OddityKind::Broken)));
    let said = reading.tokens.span(1);
    assert_eq!(bytes.get(said.from()..said.to()), Some(b"said".as_slice()));
}

#[test]
fn what_shows_nothing_is_listed() {
    let document = Document::read("Min\u{200b}sk \u{202e}dias".as_bytes()).unwrap();
    let kinds: Vec<_> = document.oddities().iter().map(|odd| odd.kind).collect();
    assert_eq!(kinds, [OddityKind::Hidden, OddityKind::Direction]);
}

#[test]
fn a_document_that_is_too_long_is_refused() {
    let error = Document::read(&vec![b' '; DOCUMENT_LEN_MAX + 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the document has 67108865 bytes, more than 67108864: split it, or leave out what is no text"
    );
}

#[track_caller]
fn check_dateline(text: &str, expected: Option<(&str, &str, &str, &str)>) {
    let reading = Reading::of(text);
    let found = dateline(text, &reading.tokens);
    let show = |span: Option<veche_coder::text::Span>| span.map_or("", |span| span.of(text));
    let found = found.map(|line| {
        (
            line.place.of(text),
            show(line.date),
            show(line.agency),
            reading.tokens.word(text, line.body),
        )
    });
    assert_eq!(found, expected);
}

#[test]
fn datelines_are_cut_off() {
    check_dateline(
        "MINSK, Nov 3 (Agency) - The council met.",
        Some(("MINSK", "Nov 3", "Agency", "The")),
    );
    check_dateline(
        "МИНСК, 3 ноября. /Агентство/. Совет собрался.",
        Some(("МИНСК", "3 ноября", "Агентство", "Совет")),
    );
    check_dateline(
        "YEREVAN, 23 November (News) – Talks began.",
        Some(("YEREVAN", "23 November", "News", "Talks")),
    );
    check_dateline(
        "OSH, Kyrgyzstan, November 3 -- Guards fired.",
        Some(("OSH", "November 3", "", "Guards")),
    );
    check_dateline("BISHKEK — Guards fired.", Some(("BISHKEK", "", "", "Guards")));
}

#[test]
fn what_only_looks_like_a_dateline_is_text() {
    check_dateline("Minsk said on Wednesday - as before - that it agreed.", None);
    check_dateline("Belarus, Russia and Armenia met.", None);
    check_dateline("Armenia - a member - objected.", None);
    check_dateline("", None);
}

#[test]
fn copies_are_near_and_other_reports_are_not() {
    let report = "Border guards of both countries exchanged fire near the village on Wednesday, and two men were wounded, the ministry said. \
        Talks on a new crossing are to begin next week, when a commission meets in the capital for the first time since spring.";
    let copy = format!("MINSK, Nov 3 (Agency) - {report}");
    let edited = report.replace("two men were wounded", "three men were wounded");
    let other = "The parliament adopted a budget for the coming year on Thursday after a debate of nine hours, and the opposition left the hall \
        before the vote. The minister of finance promised to lower a tax on bread that farmers and bakers had opposed for months.";
    let print = |text: &str| fingerprint(&Reading::of(text).tokens);
    assert!(print(report).is_near(&print(&copy)));
    assert!(print(report).is_near(&print(&edited)));
    assert!(print(report).is_near(&print(&report.to_uppercase())));
    assert!(!print(report).is_near(&print(other)));
    assert!(!print("Talks began.").is_near(&print("Talks began.")), "too short to tell");
}

/// The values of `formats/fingerprint.md`.
#[test]
fn a_fingerprint_is_for_ever() {
    let found = fingerprint(&Reading::of("Minsk and Yerevan signed a treaty.").tokens);
    assert_eq!(
        (found.simhash, found.minhash[0], found.shingles),
        (868_515_301_838_033_052, 2_145_373_087_978_306_984, 4)
    );
}
