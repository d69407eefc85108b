//! Texts made to hurt, and drawn ones: spans stay on character boundaries and inside the document, and cost stays in proportion.

use crate::reading::{MATCHER, Reading};
use proptest::prelude::*;
use veche_coder::casualty::tolls;
use veche_coder::date::{Day, times};
use veche_coder::document::{dateline, fingerprint};
use veche_coder::language::language;
use veche_coder::sentence::{SENTENCE_TOKENS_MAX, quotations};
use veche_coder::text::Span;

/// Takes a document through every stage and checks every span.
fn check(bytes: &[u8]) {
    let reading = Reading::of_bytes(bytes);
    let text = reading.text();
    assert_eq!(text.len(), bytes.len());
    let mut spans: Vec<Span> = reading.tokens.spans().to_vec();
    for pair in reading.tokens.spans().windows(2) {
        assert!(pair[0].end <= pair[1].start && !pair[0].is_empty(), "{pair:?}");
    }
    spans.extend(reading.document.oddities().iter().map(|odd| odd.span));
    let mut token = 0;
    for sentence in &reading.sentences {
        assert_eq!(sentence.first, token);
        assert!(sentence.end - sentence.first <= SENTENCE_TOKENS_MAX);
        token = sentence.end;
        spans.push(sentence.span);
        let published = Day::new(2026, 11, 4).unwrap();
        spans.extend(
            times(text, &reading.tokens, sentence.tokens(), published).iter().map(|when| when.span),
        );
        spans.extend(tolls(text, &reading.tokens, sentence.tokens()).iter().map(|toll| toll.span));
    }
    assert_eq!(token, reading.tokens.len());
    for quotation in quotations(text, &reading.tokens, &reading.sentences) {
        spans
            .extend([Some(quotation.span), quotation.cue, quotation.speaker].into_iter().flatten());
    }
    if let Some(line) = dateline(text, &reading.tokens) {
        spans.extend(
            [Some(line.span), Some(line.place), line.date, line.agency].into_iter().flatten(),
        );
    }
    spans.extend(reading.actors(&MATCHER).iter().map(|actor| actor.span));
    for span in spans {
        assert!(
            text.get(span.from()..span.to()).is_some_and(|part| !part.is_empty()),
            "{span:?} of {} bytes",
            text.len()
        );
        let intact = text.get(span.from()..span.to()).is_some_and(|part| !part.contains('\u{1a}'));
        let same = bytes.get(span.from()..span.to()) == Some(span.of(text).as_bytes());
        assert!(!intact || same, "{span:?} is not what was read");
    }
    language(text);
    fingerprint(&reading.tokens);
}

#[test]
fn a_line_without_end_is_read() {
    check("Minsk said that ".repeat(20_000).as_bytes());
    check("п".repeat(100_000).as_bytes());
}

#[test]
fn a_million_openers_open_nothing() {
    check("«".repeat(1_000_000).as_bytes());
    for opener in ["«", "\"", "(", "“", "'", "[", "„", "“a ", "« ", "\" "] {
        check(opener.repeat(5_000).as_bytes());
    }
}

#[test]
fn anything_repeated_is_read() {
    for part in [
        "\n",
        ".",
        "-",
        "a.",
        "1-",
        "1,",
        "U.",
        "a'",
        "\u{200b}",
        "\u{202e}",
        "\u{301}",
        "й\u{301}",
        "\u{ad}",
        "1 000 ",
        "no ",
        "в ",
        "@a",
        "a://",
        "5 to ",
        "hundred ",
    ] {
        check(part.repeat(2_000).as_bytes());
    }
    check(&vec![0xff; 20_000]);
    check(&vec![0; 20_000]);
}

#[test]
fn words_that_begin_triggers_with_gaps_do_not_multiply() {
    check("bring put take impose hold call give ".repeat(500).as_bytes());
    check("ввести взять провести принять дать ".repeat(500).as_bytes());
}

fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Minsk".to_owned()),
        Just("Belarusian border guards".to_owned()),
        Just("at least 12 people were killed".to_owned()),
        Just("«Мы против», — заявил".to_owned()),
        Just("3 ноября".to_owned()),
        Just("last week".to_owned()),
        Just("\u{202e}".to_owned()),
        Just("от 10 до".to_owned()),
        Just("Mинск".to_owned()),
        Just("don't".to_owned()),
        Just("U.S.".to_owned()),
        Just("\n\n".to_owned()),
        Just("\"".to_owned()),
        Just("MINSK, Nov 3 (A) - ".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("е\u{308}".to_owned()),
        "\\PC{0,6}",
        any::<String>(),
    ];
    proptest::collection::vec(piece, 0..30).prop_map(|all| all.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_of_any_bytes_are_sound(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }

    #[test]
    fn spans_of_any_news_are_sound(text in pieces()) {
        check(text.as_bytes());
    }

    #[test]
    fn spans_of_news_cut_anywhere_are_sound(text in pieces(), cut in any::<prop::sample::Index>()) {
        let bytes = text.as_bytes();
        check(&bytes[..if bytes.is_empty() { 0 } else { cut.index(bytes.len()) }]);
    }
}
