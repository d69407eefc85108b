//! Sentences, also those inside quotations, and who is quoted.
//!
//! Works on tokens, so that an abbreviation has been judged before, and cost and memory grow with their number alone. The crate
//! `sentencex` was turned down: it leaves a quotation of several sentences in one piece, holds a paragraph whole, and brings the
//! dependencies of its command line with it.

mod quotation;

pub use quotation::{Quotation, quotations};

use crate::text::Span;
use crate::token::{Gap, Shape, Tokens};

/// Longest sentence, in tokens: the longest in edited news has about 120. What is longer is cut, at a comma if one is near.
pub const SENTENCE_TOKENS_MAX: usize = 300;

/// Longest line, in bytes, that a capital behind a single line break ends: a headline, not a paragraph that was wrapped.
const HEADLINE_LEN_MAX: usize = 50;

/// A sentence: some tokens of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its bytes.
    pub span: Span,
    /// Its first token.
    pub first: usize,
    /// The first token behind it.
    pub end: usize,
}

impl Sentence {
    /// Returns the indices of its tokens.
    pub fn tokens(self) -> std::ops::Range<usize> {
        self.first..self.end
    }
}

/// Returns the sentences of a document. Every token is in exactly one.
pub fn sentences(text: &str, tokens: &Tokens) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut first = 0;
    let mut line = 0;
    for token in 0..tokens.len() {
        let next = token + 1;
        if tokens.gap(token) >= Gap::Line {
            line = tokens.span(token).from();
        }
        let length = next - first;
        let ends = next == tokens.len()
            || ends_line(text, tokens, token, line)
            || ends_sentence(text, tokens, token)
            || length >= SENTENCE_TOKENS_MAX
            || (length > SENTENCE_TOKENS_MAX * 3 / 4 && is_pause(tokens.word(text, token)));
        if ends {
            found.push(Sentence { span: tokens.cover(first, token), first, end: next });
            first = next;
        }
    }
    found
}

fn is_pause(word: &str) -> bool {
    matches!(word, "," | ";" | ":" | "—" | "–" | ")" | "\"" | "»" | "”")
}

/// Returns true if the line break behind this token ends a sentence.
fn ends_line(text: &str, tokens: &Tokens, token: usize, line: usize) -> bool {
    match tokens.gap(token + 1) {
        Gap::None | Gap::Blank => false,
        Gap::Paragraph => true,
        Gap::Line => {
            let next = tokens.word(text, token + 1);
            let begins = starts_big(next) || matches!(next, "-" | "–" | "—" | "•" | "*");
            let word = tokens.word(text, token);
            let short = tokens.span(token).to() - line <= HEADLINE_LEN_MAX;
            begins && (short || is_final(word)) && !matches!(word, "," | ";" | "-")
        }
    }
}

fn starts_big(word: &str) -> bool {
    word.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || is_opener(c) || c == '"')
}

fn is_opener(c: char) -> bool {
    matches!(c, '«' | '“' | '„' | '(' | '[' | '‘' | '‹')
}

fn is_closer(word: &str) -> bool {
    matches!(word, "\"" | "»" | "”" | "“" | "'" | "''" | "’" | ")" | "]" | "›")
}

fn is_final(word: &str) -> bool {
    matches!(word.chars().next_back(), Some('.' | '!' | '?' | '…' | '։' | '。' | '؟'))
}

/// Returns true if a sentence ends behind this token: a stop, perhaps with what it closes, and something that may begin one.
fn ends_sentence(text: &str, tokens: &Tokens, token: usize) -> bool {
    let closes = |at: usize| tokens.gap(at) == Gap::None && is_closer(tokens.word(text, at));
    // What closes a quotation belongs to the sentence before it.
    if closes(token + 1)
        && (token + 2 >= tokens.len() || tokens.gap(token + 2) != Gap::None || closes(token + 2))
    {
        return false;
    }
    let mut stop = token;
    let mut closed = 0;
    while stop > 0 && closed < 3 && closes(stop) {
        stop -= 1;
        closed += 1;
    }
    let word = tokens.word(text, stop);
    if !is_final(word) {
        return false;
    }
    let next = tokens.word(text, token + 1);
    if tokens.gap(token + 1) == Gap::None
        && !next.starts_with(|c: char| is_opener(c) || c.is_uppercase())
    {
        return false;
    }
    if tokens.shape(stop) != Shape::Mark {
        return closed == 0 && abbreviation_ends(text, tokens, stop);
    }
    if closed > 0 && is_dash(next) {
        return false;
    }
    let begins = starts_big(next) || (is_dash(next) && starts_big(tokens.word(text, token + 2)));
    begins
        && !(closed > 0 && attributes(text, tokens, token + 1))
        && !(word == "..." && tokens.shape(token + 1) == Shape::Number)
}

fn is_dash(word: &str) -> bool {
    matches!(word, "-" | "--" | "–" | "—")
}

/// Returns true if the words behind a quotation tell who spoke: `"We agree!" Minsk said`.
fn attributes(text: &str, tokens: &Tokens, from: usize) -> bool {
    (from..from + 4)
        .take_while(|at| !is_final(tokens.word(text, *at)))
        .any(|at| quotation::is_speech(tokens.word(text, at)))
        && tokens.shape(from) != Shape::Mark
}

/// Words that begin a sentence and hardly ever follow an abbreviation within one.
const BEGINNERS: [&str; 58] = [
    "The",
    "A",
    "An",
    "He",
    "She",
    "It",
    "They",
    "We",
    "I",
    "In",
    "On",
    "At",
    "But",
    "And",
    "This",
    "That",
    "These",
    "Those",
    "There",
    "His",
    "Her",
    "Its",
    "Their",
    "Our",
    "If",
    "When",
    "While",
    "After",
    "Before",
    "Since",
    "As",
    "For",
    "By",
    "Both",
    "Earlier",
    "Later",
    "Meanwhile",
    "No",
    "Он",
    "Она",
    "Они",
    "Это",
    "Эти",
    "В",
    "Во",
    "На",
    "По",
    "Но",
    "И",
    "А",
    "Как",
    "При",
    "После",
    "Ранее",
    "Также",
    "Кроме",
    "Однако",
    "Мы",
];

/// Abbreviations behind which a sentence may end.
const MAY_END: [&str; 30] = [
    "Inc.",
    "Corp.",
    "Co.",
    "Ltd.",
    "Jr.",
    "Sr.",
    "etc.",
    "a.m.",
    "p.m.",
    "U.S.",
    "U.N.",
    "U.K.",
    "E.U.",
    "D.C.",
    "г.",
    "гг.",
    "др.",
    "т.д.",
    "т.п.",
    "пр.",
    "чел.",
    "руб.",
    "млн.",
    "млрд.",
    "тыс.",
    "Bros.",
    "al.",
    "Ave.",
    "St.",
    "в.",
];

fn abbreviation_ends(text: &str, tokens: &Tokens, token: usize) -> bool {
    let next = tokens.word(text, token + 1);
    let quoted = next.starts_with(|c: char| is_opener(c) || c == '"')
        && tokens.shape(token + 2).is_capital();
    MAY_END.contains(&tokens.word(text, token)) && (quoted || BEGINNERS.contains(&next))
}
