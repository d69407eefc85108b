//! Texts in terms and files: what is read, what is refused, what is told.

use crate::support::{FLOOD, any_text, read as read_sound, work};
use proptest::prelude::*;
use veche_exchange::text::read::{text, values};
use veche_exchange::text::tally::Tally;
use veche_exchange::text::{Language, write};
use veche_ledger::Value;

#[test]
fn a_text_as_it_was_tabled_before_there_were_other_keys_is_read() {
    let old = r#"{"ref":"P-1","title":"Flood","urgency":"urgent","paragraphs":[
        {"n":1,"text":"Close the quay.","measures":["M-1"]},{"n":2,"text":"Open the spillway [by half].\n"}]}"#;
    let read = text(&values(old.as_bytes()).unwrap()).unwrap();
    assert_eq!(*read.text.main(), Language::undetermined());
    assert_eq!(read.text.title(read.text.main()), Some("Flood"));
    let unread: Vec<String> = read.unread.iter().map(ToString::to_string).collect();
    assert_eq!(unread, ["ref", "urgency", "paragraph 1: measures"]);
    let tally = Tally::of(&read.text);
    assert_eq!((tally.agreed(), tally.open()), (1, 1));
}

/// Reads every text that a script tables, and returns how many there are.
fn tabled(value: &Value) -> usize {
    let below: usize = match value {
        Value::List(list) => list.iter().map(tabled).sum(),
        Value::Map(map) => map.values().map(tabled).sum(),
        Value::Bool(_) | Value::Int(_) | Value::Text(_) => 0,
    };
    let first = value.get("paragraphs").and_then(Value::as_list).and_then(<[Value]>::first);
    // A position names paragraphs by their numbers alone.
    if first.is_none_or(|item| item.get("text").is_none()) {
        return below;
    }
    let read = text(value).unwrap();
    let brackets = read.text.paragraphs().iter().filter(|p| p.is_open()).count();
    assert_eq!(brackets, 0, "{value}");
    below + 1
}

#[test]
fn every_text_of_the_shipped_exercises_is_one() {
    let count = |script: &str| tabled(&values(script.as_bytes()).unwrap());
    assert_eq!(count(include_str!("../../../../exercises/first-hour/exercise.toml")), 1);
    assert_eq!(count(include_str!("../../../../exercises/lantern/exercise.toml")), 6);
}

#[test]
fn a_bracket_in_one_language_makes_the_paragraph_open() {
    let flood = read_sound(FLOOD).text;
    let tally = Tally::of(&flood);
    let rows: Vec<(u32, usize)> = tally.rows.iter().map(|row| (row.number, row.brackets)).collect();
    // Paragraph 5 has a bracket without its partner, in English alone.
    assert_eq!(rows, [(1, 4), (2, 0), (5, 1)]);
    assert_eq!((tally.agreed(), tally.open()), (1, 2));
}

#[track_caller]
fn refuse(paragraphs: &str, expected: &str) {
    let json = format!("{{\"paragraphs\":[{paragraphs}]}}");
    let error = text(&values(json.as_bytes()).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_text_that_is_not_sound_is_refused_where_it_is_not() {
    refuse("", "the text: `paragraphs` is a list of 1 or more objects with `n` and `text`");
    refuse(r#"{"text":"a"}"#, "item 1 of `paragraphs`: `n` is missing");
    refuse(r#"{"n":1}"#, "paragraph 1: `text` is missing");
    refuse(r#"{"n":0,"text":"a"}"#, "paragraph 0: numbers ascend from 1, and this one follows 0");
    refuse(
        r#"{"n":2,"text":"a"},{"n":2,"text":"b"}"#,
        "paragraph 2: numbers ascend from 1, and this one follows 2",
    );
    refuse(r#"{"n":1,"text":3}"#, "paragraph 1: `text` must be a text");
    refuse(
        r#"{"n":1,"text":"a","heading":"b\nc"}"#,
        "paragraph 1, und: `heading` has the character U+000A, which cannot stand there",
    );
    refuse(
        r#"{"n":1,"text":"a\r\nb"}"#,
        "paragraph 1, und: `text` has the character U+000D, which cannot stand there",
    );
    refuse(
        r#"{"n":1,"text":"a","language":"en_GB"}"#,
        "paragraph 1: `en_GB` is no language tag, such as `en` or `pt-BR` (BCP 47)",
    );
    refuse(
        r#"{"n":1,"text":"a","language":"en"},{"n":2,"text":"b"}"#,
        "paragraph 2: it is not in the same languages as the first: equally authentic versions have the same paragraphs",
    );
    refuse(
        r#"{"n":1,"text":"a","versions":{"fr":{"text":"a"}}},{"n":2,"text":"b"}"#,
        "paragraph 2: it is not in the same languages as the first: equally authentic versions have the same paragraphs",
    );
    refuse(
        r#"{"n":1,"text":"a","language":"fr","versions":{"FR":{"text":"a"}}}"#,
        "paragraph 1: `fr` is given twice",
    );
    refuse(r#"{"n":1,"text":"a","versions":{"fr":{}}}"#, "paragraph 1, fr: `text` is missing");
}

#[test]
fn a_footnote_stands_where_it_belongs_once() {
    let sound = r#"{"paragraphs":[{"n":1,"text":"a[^1]","notes":{"1":"b"}}]}"#;
    assert!(text(&values(sound.as_bytes()).unwrap()).is_ok());
    let told = |times| {
        format!(
            "paragraph 1, und: footnote `1` stands {times} times in the text: write `[^1]` where it belongs, once"
        )
    };
    refuse(r#"{"n":1,"text":"a","notes":{"1":"b"}}"#, &told(0));
    refuse(r#"{"n":1,"text":"[^1] [^1]","notes":{"1":"b"}}"#, &told(2));
    refuse(
        r#"{"n":1,"text":"a","notes":{"a b":"b"}}"#,
        "paragraph 1, und: `a b` is no mark of a footnote: 1 to 16 letters and digits",
    );
}

#[test]
fn an_attachment_is_named_by_name_media_type_hash_and_size() {
    let with = |attachment: &str| format!(r#"{{"n":1,"text":"a","attachments":[{attachment}]}}"#);
    let hash = "0".repeat(64);
    refuse(&with("{}"), "paragraph 1: `size` is missing");
    refuse(
        &with(r#"{"name":"a","media":"b/c","hash":"d","size":1}"#),
        "paragraph 1: `hash` must be a SHA-256 of 64 hexadecimal digits",
    );
    let named = |name: &str| {
        with(&format!(r#"{{"name":"{name}","media":"a/b","hash":"{hash}","size":1}}"#))
    };
    refuse(&named("../a"), "paragraph 1: `../a` is no file name: no `/`, no `\\`");
    refuse(&named(".."), "paragraph 1: `..` is no file name: no `/`, no `\\`");
    let media = with(&format!(r#"{{"name":"a","media":"pdf","hash":"{hash}","size":1}}"#));
    refuse(&media, "paragraph 1: `pdf` is no media type, such as `application/pdf`");
}

#[test]
fn limits_are_named() {
    let many: Vec<String> = (1..=501).map(|n| format!(r#"{{"n":{n},"text":""}}"#)).collect();
    refuse(&many.join(","), "the text: it has more than 500 paragraphs");
    let long = format!(r#"{{"n":1,"text":"{}"}}"#, "x".repeat(65_537));
    refuse(&long, "paragraph 1, und: `text` has more than 65536 bytes");
    let deep = format!(r#"{{"n":1,"text":"{}{}"}}"#, "[".repeat(17), "]".repeat(17));
    refuse(&deep, "paragraph 1, und: brackets are nested more than 16 deep");
    let whole: Vec<String> =
        (1..=17).map(|n| format!(r#"{{"n":{n},"text":"{}"}}"#, "x".repeat(65_000))).collect();
    refuse(&whole.join(","), "the text: `text` has more than 1048576 bytes");
}

#[test]
fn a_file_that_holds_no_values_is_refused() {
    let refused = |bytes: &[u8]| values(bytes).unwrap_err().to_string();
    assert_eq!(refused(b"\xff"), "it is not UTF-8: byte 0 is none of it");
    assert!(refused(b"{\"a\":").starts_with("it begins as JSON, and "), "{}", refused(b"{\"a\":"));
    assert!(refused(b"= 1").starts_with("it is no TOML: "));
    assert_eq!(refused(b"a = 1.5"), "`a` is a fraction or a date: write it as text");
    assert_eq!(refused(&vec![b' '; 4 * 1024 * 1024 + 1]), "it has more than 4194304 bytes");
    assert!(
        values(format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()).is_err()
    );
    assert!(values("[".repeat(100_000).as_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_text_is_written_as_it_is_read(text in any_text()) {
        let written = write::values(&text, Some(&work()));
        let read = veche_exchange::text::read::text(&written).unwrap();
        prop_assert_eq!(read.text, text);
        prop_assert!(read.unread.is_empty());
    }
}
