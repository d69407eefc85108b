use crate::reading::Reading;
use veche_coder::document::OddityKind;
use veche_coder::token::Shape;

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(Reading::of(text).words(), expected);
}

#[test]
fn english_is_cut_as_in_ewt() {
    check(
        "Minsk's well-known envoy can't say.",
        &["Minsk", "'s", "well", "-", "known", "envoy", "ca", "n't", "say", "."],
    );
    check(
        "Mr. Smith left the U.S. at 10:30 a.m.",
        &["Mr.", "Smith", "left", "the", "U.S.", "at", "10:30", "a.m."],
    );
    check("It cost $1,200.50, or 5%.", &["It", "cost", "$", "1,200.50", ",", "or", "5", "%", "."]);
    check(
        "The co-operation and non-aggression pact",
        &["The", "co-operation", "and", "non-aggression", "pact"],
    );
    check(
        "(see https://example.org/a?b=1, page 2)",
        &["(", "see", "https://example.org/a?b=1", ",", "page", "2", ")"],
    );
    check("write to press@example.org.", &["write", "to", "press@example.org", "."]);
    check("Wait... what?!", &["Wait", "...", "what", "?!"]);
    check("the parents’ O’Brien", &["the", "parents", "’", "O’Brien"]);
    check(
        "on 3/11/2026 or 2026-11-03, 10am",
        &["on", "3/11/2026", "or", "2026-11-03", ",", "10", "am"],
    );
}

#[test]
fn russian_keeps_its_hyphens() {
    check(
        "Премьер-министр из-за дождя не прилетел.",
        &["Премьер-министр", "из-за", "дождя", "не", "прилетел", "."],
    );
    check(
        "«Мы против», — заявил МИД.",
        &["«", "Мы", "против", "»", ",", "—", "заявил", "МИД", "."],
    );
    check("в 2026 г. 90-летний А. Петров", &["в", "2026", "г.", "90-летний", "А.", "Петров"]);
}

#[test]
fn shapes_are_told() {
    let reading = Reading::of("Minsk UN talks 12 — www.example.org");
    let shapes: Vec<Shape> =
        (0..reading.tokens.len()).map(|token| reading.tokens.shape(token)).collect();
    let expected =
        [Shape::Capital, Shape::Capitals, Shape::Small, Shape::Number, Shape::Mark, Shape::Address];
    assert_eq!(shapes, expected);
}

#[test]
fn a_word_of_two_scripts_is_listed_and_compared_as_one() {
    let reading = Reading::of("Mинск заявил"); // a Latin M
    assert_eq!(reading.tokens.folded(0), "минск");
    let [oddity] = reading.document.oddities() else { panic!("one oddity") };
    assert_eq!((oddity.kind, oddity.span.of(reading.text())), (OddityKind::MixedScript, "Mинск"));
}
