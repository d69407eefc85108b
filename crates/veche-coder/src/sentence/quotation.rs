//! Quotations: what stands between quotation marks, and the words beside them that tell whose they are.

use super::{Sentence, is_dash};
use crate::text::Span;
use crate::token::{Gap, Tokens};

/// Longest quotation, in tokens; an opener without its end before that opens nothing.
const QUOTATION_TOKENS_MAX: usize = 400;

/// Fewest tokens: less is a name or a word in quotation marks, not speech.
const QUOTATION_TOKENS_MIN: usize = 3;

/// How far from its ends the word is looked for that tells who speaks, in tokens.
const CUE_TOKENS_MAX: usize = 12;

/// Words in quotation marks that somebody said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotation {
    /// From the opening mark to the closing one.
    pub span: Span,
    /// The word that tells that it was said: "said", "заявил".
    pub cue: Option<Span>,
    /// Who said it, as it stands.
    pub speaker: Option<Span>,
}

const SPEECH: [&str; 62] = [
    "said",
    "says",
    "told",
    "tells",
    "added",
    "stated",
    "declared",
    "announced",
    "stressed",
    "noted",
    "warned",
    "insisted",
    "claimed",
    "explained",
    "replied",
    "wrote",
    "reported",
    "argued",
    "concluded",
    "recalled",
    "remarked",
    "emphasised",
    "emphasized",
    "commented",
    "quoted",
    "сказал",
    "сказала",
    "сказали",
    "заявил",
    "заявила",
    "заявили",
    "заявило",
    "сообщил",
    "сообщила",
    "сообщили",
    "сообщило",
    "отметил",
    "отметила",
    "отметили",
    "подчеркнул",
    "подчеркнула",
    "подчеркнули",
    "добавил",
    "добавила",
    "добавили",
    "пояснил",
    "пояснила",
    "пояснили",
    "уточнил",
    "уточнила",
    "уточнили",
    "рассказал",
    "рассказала",
    "объявил",
    "объявила",
    "предупредил",
    "предупредила",
    "напомнил",
    "напомнила",
    "ответил",
    "говорится",
    "написал",
];

/// Returns true for a word form by which speech is reported.
pub(super) fn is_speech(word: &str) -> bool {
    SPEECH.contains(&word)
}

/// Returns the quotations of a document. They do not overlap: what is quoted within one belongs to it.
pub fn quotations(text: &str, tokens: &Tokens, sentences: &[Sentence]) -> Vec<Quotation> {
    let mut found: Vec<Quotation> = Vec::new();
    let mut open: Option<(usize, Mark)> = None;
    for token in 0..tokens.len() {
        let word = tokens.word(text, token);
        if open.is_some_and(|(first, _)| {
            token - first > QUOTATION_TOKENS_MAX || tokens.gap(token) == Gap::Paragraph
        }) {
            open = None;
        }
        match open {
            None => open = Mark::opening(word, opens(tokens, token)).map(|mark| (token, mark)),
            Some((first, mark)) if mark.closed_by(word) => {
                open = None;
                if token - first > QUOTATION_TOKENS_MIN {
                    found.push(quotation(text, tokens, sentences, first, token));
                }
            }
            Some(_) => {}
        }
    }
    found
}

/// Returns true if a straight mark here may open: a blank stands before it, and none behind it.
fn opens(tokens: &Tokens, token: usize) -> bool {
    tokens.gap(token) != Gap::None || token == 0
}

#[derive(Clone, Copy)]
enum Mark {
    Angled,
    Curly,
    Low,
    Straight,
    Doubled,
}

impl Mark {
    fn opening(word: &str, may_be_straight: bool) -> Option<Self> {
        match word {
            "«" => Some(Self::Angled),
            "“" => Some(Self::Curly),
            "„" => Some(Self::Low),
            "\"" if may_be_straight => Some(Self::Straight),
            "``" | "''" if may_be_straight => Some(Self::Doubled),
            _ => None,
        }
    }

    fn closed_by(self, word: &str) -> bool {
        match self {
            Self::Angled => word == "»",
            Self::Curly => word == "”",
            Self::Low => matches!(word, "“" | "”"),
            Self::Straight => word == "\"",
            Self::Doubled => word == "''",
        }
    }
}

fn quotation(
    text: &str,
    tokens: &Tokens,
    sentences: &[Sentence],
    first: usize,
    last: usize,
) -> Quotation {
    let sentence_of = |token: usize| {
        let at = sentences.partition_point(|sentence| sentence.end <= token);
        sentences.get(at).copied()
    };
    let end = sentence_of(last).map_or(last + 1, |sentence| sentence.end);
    let start = sentence_of(first).map_or(first, |sentence| sentence.first);
    let (cue, speaker) = cue_behind(text, tokens, last + 1, end.min(last + 1 + CUE_TOKENS_MAX))
        .or_else(|| {
            cue_before(text, tokens, start.max(first.saturating_sub(CUE_TOKENS_MAX)), first)
        })
        .unzip();
    Quotation { span: tokens.cover(first, last), cue, speaker: speaker.flatten() }
}

/// Finds the cue behind a quotation: `", said X`, `", X said`, `», — заявил X`.
fn cue_behind(text: &str, tokens: &Tokens, from: usize, to: usize) -> Option<(Span, Option<Span>)> {
    let cue = (from..to).find(|at| is_speech(tokens.word(text, *at)))?;
    let begin = (from..cue).find(|at| !is_mark(tokens.word(text, *at)));
    let speaker = match begin {
        Some(begin) => Some(tokens.cover(begin, cue - 1)),
        None => party(text, tokens, cue + 1, to),
    };
    Some((tokens.span(cue), speaker))
}

/// Finds the cue before a quotation: `X said: "`.
fn cue_before(text: &str, tokens: &Tokens, from: usize, to: usize) -> Option<(Span, Option<Span>)> {
    let cue = (from..to).rev().find(|at| is_speech(tokens.word(text, *at)))?;
    let begin = (from..cue).rev().take_while(|at| !is_mark(tokens.word(text, *at))).last();
    Some((tokens.span(cue), begin.map(|begin| tokens.cover(begin, cue - 1))))
}

/// Returns the words from here to the next mark or word of time and place: whoever spoke.
fn party(text: &str, tokens: &Tokens, from: usize, to: usize) -> Option<Span> {
    let ends = |at: usize| {
        let word = tokens.word(text, at);
        is_mark(word)
            || matches!(
                word,
                "on" | "in" | "at" | "during" | "after" | "when" | "в" | "на" | "по" | "во"
            )
    };
    let end = (from..to).find(|at| ends(*at)).unwrap_or(to);
    (end > from).then(|| tokens.cover(from, end - 1))
}

fn is_mark(word: &str) -> bool {
    is_dash(word) || !word.starts_with(char::is_alphanumeric)
}
