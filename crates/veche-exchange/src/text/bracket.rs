//! Square brackets: what is not agreed, with alternatives, and the places of footnotes.

use super::TextFault;
use super::limit::BRACKET_DEPTH_MAX;
use std::ops::Range;

/// What separates alternatives.
const OR: &str = " / ";

/// What stands in square brackets in a wording. Ranges are bytes of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Pairs, in the order of their opening.
    pub pairs: Vec<Pair>,
    /// Brackets without their partner, ascending.
    pub loose: Vec<usize>,
    /// The places of footnotes, ascending.
    pub notes: Vec<NotePlace>,
}

/// An opening bracket and its partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// From the opening bracket to after the closing one.
    pub range: Range<usize>,
    /// How many pairs are around it.
    pub depth: usize,
    /// What may stand in its place, without the brackets; one if there are no alternatives.
    pub alternatives: Vec<Range<usize>>,
}

/// Where a footnote stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotePlace {
    /// `[^MARK]`.
    pub range: Range<usize>,
    /// Its mark.
    pub mark: String,
}

impl Found {
    /// Returns how many brackets are to be settled: pairs, and those without a partner.
    #[must_use]
    pub fn open(&self) -> usize {
        self.pairs.len() + self.loose.len()
    }
}

/// Returns true if a footnote may have this mark.
#[must_use]
pub fn is_mark(mark: &str) -> bool {
    (1..=16).contains(&mark.len()) && mark.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A bracket that is open while the text is read.
struct Opened {
    at: usize,
    alternatives: Vec<Range<usize>>,
    from: usize,
}

/// Finds brackets and footnotes in time linear in the text. `is_note`: whether there is a footnote with a mark.
#[must_use]
pub fn find(text: &str, is_note: impl Fn(&str) -> bool) -> Found {
    let (mut found, mut stack) = (Found::default(), Vec::<Opened>::new());
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.find(['[', ']', ' ']) else { break };
        at += next;
        let here = text.get(at..).unwrap_or_default();
        if let Some(mark) = note(here, &is_note) {
            let range = at..at + mark.len() + 3;
            at = range.end;
            found.notes.push(NotePlace { range, mark: mark.to_owned() });
            continue;
        }
        if here.starts_with('[') {
            stack.push(Opened { at, alternatives: Vec::new(), from: at + 1 });
        } else if here.starts_with(']') {
            close(&mut found, &mut stack, at);
        } else if here.starts_with(OR) {
            if let Some(open) = stack.last_mut() {
                open.alternatives.push(open.from..at);
                // The space after the stroke may be the one before the next.
                open.from = at + OR.len();
            }
            at += OR.len() - 2;
        }
        at += 1;
    }
    found.loose.extend(stack.iter().map(|open| open.at));
    found.loose.sort_unstable();
    found.pairs.sort_by_key(|pair| pair.range.start);
    set_depths(&mut found.pairs);
    found
}

/// Returns the mark of the footnote that stands at the beginning.
fn note<'t>(here: &'t str, is_note: &impl Fn(&str) -> bool) -> Option<&'t str> {
    let rest = here.strip_prefix("[^")?;
    let end = rest.bytes().take(17).position(|b| b == b']')?;
    rest.get(..end).filter(|mark| is_mark(mark) && is_note(mark))
}

fn close(found: &mut Found, stack: &mut Vec<Opened>, at: usize) {
    match stack.pop() {
        None => found.loose.push(at),
        Some(mut open) => {
            open.alternatives.push(open.from.min(at)..at);
            let (range, alternatives) = (open.at..at + 1, open.alternatives);
            found.pairs.push(Pair { range, depth: 0, alternatives });
        }
    }
}

/// Pairs are in the order of their opening; a bracket without its partner is around nothing.
fn set_depths(pairs: &mut [Pair]) {
    let mut around: Vec<usize> = Vec::new();
    for pair in pairs {
        while around.last().is_some_and(|end| *end <= pair.range.start) {
            around.pop();
        }
        pair.depth = around.len();
        around.push(pair.range.end);
    }
}

/// Checks that brackets are nested no deeper than they may be.
///
/// # Errors
/// [`TextFault::BracketDepth`].
pub fn check_depth(text: &str) -> Result<(), TextFault> {
    let deepest = find(text, |_| false).pairs.iter().map(|pair| pair.depth + 1).max().unwrap_or(0);
    if deepest > BRACKET_DEPTH_MAX {
        return Err(TextFault::BracketDepth(BRACKET_DEPTH_MAX));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes pairs as `depth:alternative|alternative`, then loose brackets as `!at`, then footnotes as `^mark`.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = find(text, |mark| mark == "a");
        let mut out: Vec<String> = Vec::new();
        for pair in &found.pairs {
            let texts: Vec<&str> = pair.alternatives.iter().map(|r| &text[r.clone()]).collect();
            out.push(format!("{}:{}", pair.depth, texts.join("|")));
        }
        out.extend(found.loose.iter().map(|at| format!("!{at}")));
        out.extend(found.notes.iter().map(|note| format!("^{}", note.mark)));
        assert_eq!(out, expected, "{text}");
    }

    #[test]
    fn alternatives_are_those_directly_inside_a_pair() {
        check("no brackets / at all", &[]);
        check("[A]", &["0:A"]);
        check("[A / B / C] and [D]", &["0:A|B|C", "0:D"]);
        check("[A [b / c] / D]", &["0:A [b / c]|D", "1:b|c"]);
        check("[]", &["0:"]);
        check("[и / или]", &["0:и|или"]);
        check("[1/2]", &["0:1/2"]);
        check("[ /  / ]", &["0:||"]);
    }

    #[test]
    fn a_bracket_without_its_partner_is_told() {
        check("A]", &["!1"]);
        check("[A", &["!0"]);
        check("[[A]", &["0:A", "!0"]);
        check("]A[", &["!0", "!2"]);
    }

    #[test]
    fn a_footnote_is_no_bracket_and_an_unknown_one_is() {
        check("A.[^a] [B[^a]]", &["0:B[^a]", "^a", "^a"]);
        check("[^b]", &["0:^b"]);
    }

    #[test]
    fn nesting_stops_at_its_limit() {
        let nested = |n: usize| ["[".repeat(n), "]".repeat(n)].concat();
        assert_eq!(check_depth(&nested(BRACKET_DEPTH_MAX)), Ok(()));
        let refused = check_depth(&nested(BRACKET_DEPTH_MAX + 1));
        assert_eq!(refused, Err(TextFault::BracketDepth(BRACKET_DEPTH_MAX)));
    }
}
