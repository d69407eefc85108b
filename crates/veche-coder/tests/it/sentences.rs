use crate::reading::Reading;
use veche_coder::sentence::{SENTENCE_TOKENS_MAX, quotations};

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let reading = Reading::of(text);
    let found: Vec<&str> =
        reading.sentences.iter().map(|sentence| sentence.span.of(text)).collect();
    assert_eq!(found, expected);
}

#[test]
fn sentences_end_at_their_stops() {
    check("Talks began. They went on! Who left?", &["Talks began.", "They went on!", "Who left?"]);
    check(
        "Mr. Smith of the U.S. Army met Gen. Jones. He left.",
        &["Mr. Smith of the U.S. Army met Gen. Jones.", "He left."],
    );
    check("He left the U.S. The army stayed.", &["He left the U.S.", "The army stayed."]);
    check(
        "Встреча прошла в г. Минске. Её вёл И. И. Петров. Всё.",
        &["Встреча прошла в г. Минске.", "Её вёл И. И. Петров.", "Всё."],
    );
    check("Погибли 5 чел. В больнице ещё трое.", &["Погибли 5 чел.", "В больнице ещё трое."]);
    check("It grew 3.5 per cent. Prices fell.", &["It grew 3.5 per cent.", "Prices fell."]);
}

#[test]
fn quotations_of_several_sentences_are_split_inside() {
    check(
        "\"We will stay. They must leave,\" the envoy said. Nobody answered.",
        &["\"We will stay.", "They must leave,\" the envoy said.", "Nobody answered."],
    );
    check(
        "\"We agree!\" Minsk said. \"Good.\" He left.",
        &["\"We agree!\" Minsk said.", "\"Good.\"", "He left."],
    );
    check(
        "«Мы останемся. Они уйдут», — заявил посол. Всё.",
        &["«Мы останемся.", "Они уйдут», — заявил посол.", "Всё."],
    );
    check("«Хватит!» — сказал он.", &["«Хватит!» — сказал он."]);
}

#[test]
fn a_headline_and_a_paragraph_are_sentences_and_a_wrapped_line_is_none() {
    check("Talks in Minsk\n\nThe council met.", &["Talks in Minsk", "The council met."]);
    check("Talks in Minsk\nThe council met.", &["Talks in Minsk", "The council met."]);
    check(
        "The council of ministers met on Wednesday in the capital\nMinsk and agreed.",
        &["The council of ministers met on Wednesday in the capital\nMinsk and agreed."],
    );
}

#[test]
fn a_text_without_stops_is_cut() {
    let reading = Reading::of(&"word ".repeat(10 * SENTENCE_TOKENS_MAX));
    assert_eq!(reading.sentences.len(), 10);
}

#[track_caller]
fn check_quotation(text: &str, quoted: &str, cue: &str, speaker: &str) {
    let reading = Reading::of(text);
    let found = quotations(text, &reading.tokens, &reading.sentences);
    assert_eq!(found.len(), 1, "{found:?}");
    let found = found[0];
    let show = |span: Option<veche_coder::text::Span>| span.map_or("", |span| span.of(text));
    assert_eq!((found.span.of(text), show(found.cue), show(found.speaker)), (quoted, cue, speaker));
}

#[test]
fn a_quotation_has_its_speaker() {
    check_quotation(
        "\"We will not sign it,\" the foreign minister said on Monday.",
        "\"We will not sign it,\"",
        "said",
        "the foreign minister",
    );
    check_quotation(
        "“We will not sign it,” said the envoy of Minsk.",
        "“We will not sign it,”",
        "said",
        "the envoy of Minsk",
    );
    check_quotation(
        "«Мы не подпишем это», — заявил глава МИД Армении.",
        "«Мы не подпишем это»",
        "заявил",
        "глава МИД Армении",
    );
    check_quotation(
        "The minister told reporters: \"We will not sign it.\"",
        "\"We will not sign it.\"",
        "told",
        "The minister",
    );
    check_quotation(
        "They shouted \"down with the tax\" in the square.",
        "\"down with the tax\"",
        "",
        "",
    );
}

#[test]
fn a_name_in_quotation_marks_is_no_quotation() {
    let text = "The party \"Unity\" and «Наш дом» met.";
    let reading = Reading::of(text);
    assert!(quotations(text, &reading.tokens, &reading.sentences).is_empty());
}
