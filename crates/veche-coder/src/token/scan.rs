//! The walk over a text that finds where tokens begin and end. Linear: it looks back at nothing and ahead a bounded way.

use super::clitic::{cut, is_apostrophe, is_clitic};
use super::tables::{DOMAINS, PREFIXES, is_abbreviation};
use super::{Gap, Shape, Tokens};
use crate::document::BROKEN;
use crate::text::{Span, fold, is_hidden, is_mixed};

/// Longest token, in bytes: what is longer is cut, so that no stage sees more at once.
const TOKEN_LEN_MAX: usize = 512;

/// How far an address is looked for, in bytes.
const ADDRESS_LEN_MAX: usize = 2048;

/// Longest part of an address before its `://` or `@`, in bytes.
const SCHEME_LEN_MAX: usize = 64;

struct Scan<'t> {
    text: &'t str,
    at: usize,
    gap: Gap,
    folded: String,
    tokens: Tokens,
    mixed: Vec<Span>,
}

/// Returns the tokens of a text, and the words that mix Latin with Cyrillic.
pub(super) fn scan(text: &str) -> (Tokens, Vec<Span>) {
    let mut scan = Scan {
        text,
        at: 0,
        gap: Gap::Paragraph,
        folded: String::new(),
        tokens: Tokens::with_room(text.len()),
        mixed: Vec::new(),
    };
    while let Some(c) = scan.char_at(scan.at) {
        if is_blank(c) {
            scan.blank(c);
        } else if let Some(end) = scan.address_end() {
            scan.push(end, Shape::Address);
        } else if is_word(c) {
            scan.word();
        } else {
            scan.mark(c);
        }
    }
    (scan.tokens, scan.mixed)
}

fn is_blank(c: char) -> bool {
    !is_plain(c) && is_rare_blank(c)
}

/// Returns true for the letters of nearly all text: those of English and Russian. The tables of Unicode need not be asked.
const fn is_plain(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')
}

fn is_rare_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == BROKEN || is_hidden(c)
}

fn is_word(c: char) -> bool {
    is_plain(c)
        || c.is_ascii_digit()
        || c == '_'
        || (!c.is_ascii() && (c.is_alphanumeric() || is_hidden(c) || is_combining(c)))
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}')
}

/// Marks that stand together as one token when they are repeated.
fn is_run(c: char) -> bool {
    matches!(c, '*' | '$' | '~' | '+' | '#' | '<' | '>' | '\'' | '`' | '|')
}

impl<'t> Scan<'t> {
    fn char_at(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.text.get(at..)?.chars().next(),
        }
    }

    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or_default()
    }

    fn blank(&mut self, c: char) {
        self.at += c.len_utf8();
        let seen = match c {
            '\u{2029}' => Gap::Paragraph,
            '\n' | '\u{2028}' if self.gap >= Gap::Line => Gap::Paragraph,
            '\n' | '\u{2028}' => Gap::Line,
            _ if is_hidden(c) => self.gap,
            _ => Gap::Blank,
        };
        self.gap = self.gap.max(seen);
    }

    fn push(&mut self, end: usize, shape: Shape) {
        let span = Span::new(self.at, end);
        self.tokens.push(span, shape, self.gap, span.of(self.text));
        self.gap = Gap::None;
        self.at = end;
    }

    /// Returns where an address ends that begins here: `https://..`, `www...`, `name@host`.
    fn address_end(&self) -> Option<usize> {
        let rest = self.text.as_bytes().get(self.at..)?;
        if !rest.first()?.is_ascii_alphanumeric() || self.gap == Gap::None && self.inside_word() {
            return None;
        }
        let window = rest.get(..ADDRESS_LEN_MAX.min(rest.len()))?;
        let ends = |b: &u8| b.is_ascii_whitespace() || b"<>\"()[]".contains(b) || !b.is_ascii();
        let part = |b: &u8| b.is_ascii_alphanumeric() || b"+-._".contains(b);
        let scheme = window.iter().take(SCHEME_LEN_MAX).take_while(|b| part(b)).count();
        let tail = window.get(scheme..)?;
        let is_address = tail.starts_with(b"://")
            || (tail.starts_with(b"@") && tail.get(1).is_some_and(u8::is_ascii_alphanumeric))
            || window.get(..4).is_some_and(|front| front.eq_ignore_ascii_case(b"www."));
        if !is_address {
            return None;
        }
        let len = window.iter().position(ends).unwrap_or(window.len());
        let trailing =
            window.get(..len)?.iter().rev().take_while(|b| b".,;:!?'*".contains(b)).count();
        (len > trailing).then_some(self.at + len - trailing)
    }

    fn inside_word(&self) -> bool {
        let last = self.tokens.spans().last();
        last.is_some_and(|span| span.of(self.text).ends_with(char::is_alphanumeric))
    }

    fn mark(&mut self, c: char) {
        let next = self.at + c.len_utf8();
        let end = match self.emoticon_end() {
            Some(end) => end,
            None if is_apostrophe(c) => self.apostrophe_end(c, next),
            None if c == '.' && self.rest(self.at).starts_with("...") => self.run_end(|c| c == '.'),
            None if matches!(c, '.' | '!' | '?') => self.run_end(|c| matches!(c, '.' | '!' | '?')),
            None if matches!(c, '-' | '=') => self.run_end(|c| matches!(c, '-' | '=')),
            None if is_run(c) => self.run_end(|other| other == c),
            None => next,
        };
        self.push(end, Shape::Mark);
    }

    fn run_end(&self, belongs: impl Fn(char) -> bool) -> usize {
        let rest = self.rest(self.at);
        let len = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        self.at + len.min(TOKEN_LEN_MAX)
    }

    fn emoticon_end(&self) -> Option<usize> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let fits = |face: &&&str| {
            let behind = rest.get(face.len());
            rest.starts_with(face.as_bytes()) && behind.is_none_or(|b| !b.is_ascii_alphanumeric())
        };
        [":-)", ":-(", ";-)", ":)", ":(", ";)", "=)", ":D", ":P"]
            .iter()
            .find(fits)
            .map(|face| self.at + face.len())
    }

    /// Returns where a token ends that begins with an apostrophe: a clitic, a year cut short, two for a quotation mark, or one.
    fn apostrophe_end(&self, c: char, next: usize) -> usize {
        let rest = self.rest(next);
        if rest.starts_with(c) {
            return next + c.len_utf8();
        }
        let letters = rest.bytes().take(3).take_while(u8::is_ascii_alphabetic).count();
        let behind = rest.get(..letters).unwrap_or_default();
        if self.gap == Gap::None && is_clitic(behind) {
            return next + letters;
        }
        // '90s, '04
        let digits = rest.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let ends =
            !rest.get(digits..).unwrap_or_default().starts_with(|c: char| c.is_ascii_digit());
        if digits == 2 && ends {
            let plural = usize::from(rest.get(2..).is_some_and(|rest| rest.starts_with('s')));
            return next + 2 + plural;
        }
        next
    }

    fn word(&mut self) {
        let mut end = self.word_end();
        let whole = self.text.get(self.at..end).unwrap_or_default();
        if let Some(tail) = unit(whole) {
            end -= tail;
        }
        let whole = self.text.get(self.at..end).unwrap_or_default();
        if is_mixed(whole) {
            self.mixed.push(Span::new(self.at, end));
        }
        if let Some(front) = cut(whole) {
            let first = whole.get(..front).unwrap_or_default();
            self.push(self.at + first.len(), shape(first));
            self.push(end, Shape::Small);
            return;
        }
        let stop = self.keeps_stop(whole, end);
        self.push(end + usize::from(stop), shape(whole));
    }

    fn word_end(&self) -> usize {
        let mut end = self.at;
        let mut part = self.at;
        while let Some(c) = self.char_at(end) {
            let inside = is_word(c) || self.joins(c, end, part);
            if !inside || end - self.at >= TOKEN_LEN_MAX {
                break;
            }
            end += c.len_utf8();
            if !is_word(c) {
                part = end;
            }
        }
        end
    }

    /// Returns true if this mark does not end the word: `part` is where the part of the word before it began.
    fn joins(&self, c: char, at: usize, part: usize) -> bool {
        let (Some(before), Some(after)) =
            (self.text.get(part..at), self.char_at(at + c.len_utf8()))
        else {
            return false;
        };
        let last = before.chars().next_back();
        let digits = last.is_some_and(|c| c.is_numeric()) && after.is_numeric();
        let letters = last.is_some_and(char::is_alphabetic) && after.is_alphabetic();
        match c {
            '.' => digits || (after.is_alphabetic() && self.dotted(before, at)),
            ',' | ':' => digits,
            '/' => digits,
            '&' => letters && before.len() <= 3 && after.is_uppercase(),
            '-' | '‐' | '‑' => self.hyphen_joins(before, after, at + c.len_utf8(), digits),
            _ => {
                is_apostrophe(c)
                    && c != '`'
                    && (letters || last.is_some_and(char::is_numeric) && after == 's')
            }
        }
    }

    /// Returns true if a full stop between letters is inside a word: `U.S.`, `a.m.`, `Izvestia.ru`.
    fn dotted(&self, before: &str, at: usize) -> bool {
        if before.chars().count() == 1 {
            // `т.е.` too, but not a sentence that ends with an initial: what follows must be one letter and a stop.
            let mut behind = self.rest(at + 1).chars();
            return behind.next().is_some() && behind.next().is_none_or(|c| !c.is_alphanumeric());
        }
        let rest = self.rest(at + 1);
        let len = rest.bytes().take(8).take_while(u8::is_ascii_alphabetic).count();
        let ends = rest.get(len..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        let known = |end: &str| DOMAINS.iter().any(|domain| end.eq_ignore_ascii_case(domain));
        ends && rest.get(..len).is_some_and(known)
    }

    fn hyphen_joins(&self, before: &str, after: char, next: usize, digits: bool) -> bool {
        if digits {
            return self.is_dated(next);
        }
        let Some(first) = before.chars().next() else { return false };
        if !first.is_ascii() && first.is_alphabetic() {
            return after.is_alphabetic() || after.is_numeric();
        }
        // `90-летний`
        if first.is_numeric() && !after.is_ascii() && after.is_alphabetic() {
            return true;
        }
        let small = before.len() <= 7 && {
            let lower = before.to_ascii_lowercase();
            PREFIXES.contains(&lower.as_str())
        };
        small && after.is_alphabetic()
    }

    /// Returns true if a hyphen between digits stands in a telephone number or a date, which have two or more.
    fn is_dated(&self, next: usize) -> bool {
        let hyphens = |text: &str| text.bytes().filter(|byte| *byte == b'-').count();
        let digits = |c: char| c.is_ascii_digit() || c == '-';
        let behind = self.rest(next);
        let len = behind.bytes().take(24).take_while(|b| digits(char::from(*b))).count();
        let ahead = behind.get(..len).unwrap_or_default();
        let whole = self.text.get(self.at..next).unwrap_or_default();
        let local = whole.len() == 4 && ahead.len() == 4;
        (local || hyphens(whole) + hyphens(ahead) >= 2) && !ahead.contains("--")
    }

    /// Returns true if the full stop behind the word belongs to it.
    fn keeps_stop(&mut self, word: &str, end: usize) -> bool {
        if self.text.as_bytes().get(end) != Some(&b'.')
            || self.text.as_bytes().get(end + 1).is_some_and(|b| b"._".contains(b))
        {
            return false;
        }
        let mut chars = word.chars();
        let first = chars.next();
        let single = chars.next().is_none();
        if single {
            let initial = first.is_some_and(|c| c.is_uppercase() && c != 'I');
            let short = first.is_some_and(|c| "гвдпстxvp".contains(c));
            return initial || short && self.rest(end + 1).starts_with([' ', '\u{a0}', ',']);
        }
        if word.contains('.') && !word.contains(|c: char| c.is_ascii_digit()) {
            return word.split('.').all(|part| part.chars().count() <= 2);
        }
        fold(word, &mut self.folded);
        if matches!(self.folded.as_str(), "no" | "nos" | "art" | "sec" | "ст" | "п") {
            let behind = self.rest(end + 1).trim_start_matches([' ', '\u{a0}']);
            return behind.starts_with(|c: char| c.is_ascii_digit());
        }
        if self.folded == "etc" {
            return !self.rest(end + 1).starts_with('\n') && !self.rest(end + 1).is_empty();
        }
        is_abbreviation(&self.folded)
    }
}

/// Returns true for the small ones of the letters of [`is_plain`].
const fn is_small(c: char) -> bool {
    matches!(c, 'a'..='z' | 'а'..='я' | 'ё')
}

/// Returns the bytes of a unit written onto a number: `10am`, `5km`.
fn unit(word: &str) -> Option<usize> {
    let letters = word.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    let (number, unit) = word.split_at_checked(word.len() - letters)?;
    let numeric = number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|b| b.is_ascii_digit() || b".,:".contains(&b));
    let known =
        ["am", "pm", "AM", "PM", "km", "kg", "mm", "cm", "mph", "ft", "lb", "lbs", "GB", "MB"];
    (numeric && known.contains(&unit)).then_some(letters)
}

fn shape(word: &str) -> Shape {
    let mut plain = word.chars();
    if let Some(first) = plain.next().filter(|c| is_plain(*c))
        && let Some(second) = plain.next()
        && is_plain(second)
        && (is_small(first) || is_small(second))
    {
        return if is_small(first) { Shape::Small } else { Shape::Capital };
    }
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    let Some(first) = word.chars().find(|c| !is_hidden(*c)) else { return Shape::Mark };
    if first.is_numeric() {
        return Shape::Number;
    }
    if !first.is_uppercase() {
        return if letters.next().is_some() { Shape::Small } else { Shape::Mark };
    }
    let many = letters.clone().nth(1).is_some();
    if many && letters.all(char::is_uppercase) { Shape::Capitals } else { Shape::Capital }
}
