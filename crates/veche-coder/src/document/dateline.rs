//! The line in front of a report that says where and when it was filed: `MINSK, Nov 3 (Agency) -`, `МИНСК, 3 ноября. /Агентство/.`

use crate::text::Span;
use crate::token::{Gap, Shape, Tokens};

/// How many tokens a dateline may have.
const DATELINE_TOKENS_MAX: usize = 24;

/// A dateline, as it stands. The report begins behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dateline {
    /// All of it, with the mark that ends it.
    pub span: Span,
    /// The place.
    pub place: Span,
    /// The day, if it is named.
    pub date: Option<Span>,
    /// The agency, without its brackets.
    pub agency: Option<Span>,
    /// The first token of the report.
    pub body: usize,
}

/// Returns the dateline at the beginning of a document, or none.
pub fn dateline(text: &str, tokens: &Tokens) -> Option<Dateline> {
    dateline_at(text, tokens, 0)
}

/// Returns the dateline that begins at this token.
fn dateline_at(text: &str, tokens: &Tokens, first: usize) -> Option<Dateline> {
    let limit = (first + DATELINE_TOKENS_MAX).min(tokens.len());
    let word = |at: usize| if at < limit { tokens.word(text, at) } else { "" };
    let place_end = place_end(tokens, text, first, limit)?;
    let mut at = place_end;
    let mut date = None;
    let mut agency = None;
    // Region or state after the place: `OSH, Kyrgyzstan, Nov 3`.
    while word(at) == "," {
        let end = part_end(text, tokens, at + 1, limit);
        if end == at + 1 {
            return None;
        }
        if (at + 1..end).any(|at| crate::date::month(tokens.folded(at)).is_some()) {
            date = Some(tokens.cover(at + 1, end - 1));
        } else if (at + 1..end)
            .any(|at| !tokens.shape(at).is_capital() && tokens.shape(at) != Shape::Mark)
        {
            return None;
        }
        at = end;
    }
    if word(at) == "." && matches!(word(at + 1), "/" | "(" | "—" | "–" | "-") {
        at += 1;
    }
    if matches!(word(at), "(" | "/") {
        let close = if word(at) == "(" { ")" } else { "/" };
        let end = (at + 1..limit).find(|end| word(*end) == close)?;
        agency = (end > at + 1).then(|| tokens.cover(at + 1, end - 1));
        at = end + 1;
    }
    let dashed = matches!(word(at), "-" | "--" | "–" | "—");
    // Without a dash it takes an agency and a date: `МИНСК, 3 ноября. /ТАСС/.`
    let stopped = word(at) == "." && agency.is_some() && date.is_some();
    let blank = tokens.gap(at + 1) != Gap::None && at + 1 < tokens.len();
    ((dashed || stopped)
        && blank
        && (dashed_fits(text, tokens, first, place_end) || date.is_some() || agency.is_some()))
    .then(|| Dateline {
        span: tokens.cover(first, at),
        place: tokens.cover(first, place_end - 1),
        date,
        agency,
        body: at + 1,
    })
}

/// A place alone before a dash is a dateline if it is in capitals: `MINSK - ..`.
fn dashed_fits(text: &str, tokens: &Tokens, first: usize, end: usize) -> bool {
    (first..end).all(|at| {
        tokens.shape(at) == Shape::Capitals
            || !tokens.word(text, at).starts_with(char::is_alphabetic)
    })
}

/// Returns the token behind a place of one to five words with capitals.
fn place_end(tokens: &Tokens, text: &str, first: usize, limit: usize) -> Option<usize> {
    let part =
        |at: usize| tokens.shape(at).is_capital() || (at > first && tokens.word(text, at) == "-");
    let end = (first..limit).find(|at| !part(*at))?;
    // `NEW YORK - ..`: the last hyphen is no part of the name.
    let end = if end > first && tokens.word(text, end - 1) == "-" { end - 1 } else { end };
    (end > first && end - first <= 5).then_some(end)
}

/// Returns the token behind the part of a dateline that begins here.
fn part_end(text: &str, tokens: &Tokens, from: usize, limit: usize) -> usize {
    let ends = |at: &usize| {
        matches!(tokens.word(text, *at), "," | "(" | "/" | "-" | "--" | "–" | "—" | ".")
    };
    (from..limit).find(ends).unwrap_or(limit)
}
