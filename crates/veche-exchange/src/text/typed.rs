//! A text as a person types it: Markdown with numbered paragraphs, headings and footnotes, as `formats/text.md` says.

use super::limit::{PARAGRAPHS_MAX, TEXT_LEN_MAX};
use std::collections::BTreeMap;
use veche_ledger::Value;

/// What is wrong with a typed text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct TypedError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: TypedFault,
}

/// What is wrong with a typed text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypedFault {
    /// More than a text may have.
    #[error("the text has more than {PARAGRAPHS_MAX} paragraphs or {TEXT_LEN_MAX} bytes")]
    TooLong,
    /// A title.
    #[error("`# ..` is a title, which has a field of its own; a heading of a paragraph is `## ..`")]
    Title,
    /// Nothing under a heading.
    #[error("there is no paragraph under this heading")]
    Empty,
    /// A footnote of nothing.
    #[error("a footnote stands behind the paragraph that names it")]
    NoteOfNothing,
    /// A footnote twice.
    #[error("the footnote `{0}` is there twice")]
    NoteTwice(String),
}

/// Returns the paragraphs of a typed text as a record's terms hold them. Whether they are a sound text is not asked here.
///
/// # Errors
/// [`TypedError`] for the first line that cannot be understood.
pub fn paragraphs(source: &str) -> Result<Vec<Value>, TypedError> {
    let fail = |line, what| TypedError { line, what };
    if source.len() > TEXT_LEN_MAX {
        return Err(fail(1, TypedFault::TooLong));
    }
    let mut reader = Reader::default();
    for (at, line) in (1..).zip(source.lines()) {
        reader.take(at, line.trim()).map_err(|what| fail(at, what))?;
        if reader.done.len() > PARAGRAPHS_MAX {
            return Err(fail(at, TypedFault::TooLong));
        }
    }
    match reader.headed {
        Some(at) => Err(fail(at, TypedFault::Empty)),
        None => Ok(reader.done.into_iter().map(Typed::value).collect()),
    }
}

#[derive(Default)]
struct Typed {
    number: u32,
    heading: Option<String>,
    lines: Vec<String>,
    notes: BTreeMap<String, String>,
}

impl Typed {
    fn value(self) -> Value {
        let mut map = BTreeMap::from([
            ("n".to_owned(), Value::Int(i64::from(self.number))),
            ("text".to_owned(), Value::Text(self.lines.join("\n"))),
        ]);
        map.extend(self.heading.map(|heading| ("heading".to_owned(), Value::Text(heading))));
        if !self.notes.is_empty() {
            let notes = self.notes.into_iter().map(|(mark, note)| (mark, Value::Text(note)));
            map.insert("notes".to_owned(), Value::Map(notes.collect()));
        }
        Value::Map(map)
    }
}

#[derive(Default)]
struct Reader {
    done: Vec<Typed>,
    /// True after a blank line: then a new paragraph begins, unless it stands under a heading.
    is_apart: bool,
    /// The line of a heading that waits for its words.
    headed: Option<usize>,
    /// True while the last paragraph has a heading: blank lines do not end it.
    is_under_heading: bool,
}

impl Reader {
    fn take(&mut self, at: usize, line: &str) -> Result<(), TypedFault> {
        if line.is_empty() {
            self.is_apart = true;
            return Ok(());
        }
        if line.starts_with("# ") {
            return Err(TypedFault::Title);
        }
        if let Some(heading) = line.strip_prefix("##") {
            return self.head(at, heading.trim_start_matches('#').trim());
        }
        if let Some((mark, note)) = note(line) {
            let last = self.done.last_mut().filter(|_| self.headed.is_none());
            let notes = &mut last.ok_or(TypedFault::NoteOfNothing)?.notes;
            return match notes.insert(mark.clone(), plain(note)) {
                None => Ok(()),
                Some(_) => Err(TypedFault::NoteTwice(mark)),
            };
        }
        self.words(line);
        Ok(())
    }

    fn head(&mut self, at: usize, heading: &str) -> Result<(), TypedFault> {
        if self.headed.is_some() {
            return Err(TypedFault::Empty);
        }
        let (number, heading) = match numbered(heading) {
            Some((number, rest)) => (Some(number), rest),
            None => (None, heading),
        };
        self.begin(number);
        if let Some(last) = self.done.last_mut() {
            last.heading = (!heading.is_empty()).then(|| plain(heading));
        }
        (self.headed, self.is_under_heading) = (Some(at), true);
        Ok(())
    }

    fn words(&mut self, line: &str) {
        let number = numbered(line).filter(|_| self.headed.is_none());
        let goes_on = self.headed.is_some() || self.is_under_heading || !self.is_apart;
        let line = match number {
            Some((number, rest)) => {
                self.begin(Some(number));
                rest
            }
            None if self.done.is_empty() || !goes_on => {
                self.begin(None);
                line
            }
            None => line,
        };
        if let Some(last) = self.done.last_mut() {
            last.lines.push(plain(line.strip_suffix('\\').unwrap_or(line)));
        }
        (self.headed, self.is_apart) = (None, false);
    }

    fn begin(&mut self, number: Option<u32>) {
        let next = self.done.last().map_or(1, |last| last.number.saturating_add(1));
        self.done.push(Typed { number: number.unwrap_or(next), ..Typed::default() });
        self.is_under_heading = false;
    }
}

/// Reads `3. words`, `3) words`, `3: words`, and `3` alone or before a heading's words.
fn numbered(line: &str) -> Option<(u32, &str)> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let number = line.get(..digits)?.parse().ok()?;
    let rest = line.get(digits..)?;
    let rest = rest.strip_prefix(['.', ')', ':'])?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| (number, rest.trim_start()))
}

/// Reads `[^MARK]: words`.
fn note(line: &str) -> Option<(String, &str)> {
    let (mark, words) = line.strip_prefix("[^")?.split_once("]:")?;
    let is_mark = !mark.is_empty() && mark.bytes().all(|b| b.is_ascii_alphanumeric());
    is_mark.then(|| (mark.to_owned(), words.trim()))
}

/// Returns a line without Markdown's escapes.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => out.extend(chars.next()),
            Some(_) | None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        let list = paragraphs(source).map(Value::List).map_err(|error| error.to_string());
        assert_eq!(list.map_or_else(|error| error, |list| list.to_string()), expected);
    }

    #[test]
    fn blank_lines_numbers_and_headings_begin_paragraphs() {
        check(
            "Close the quay\r\nat once.\n\n3: Open the spillway.\n\nAnd again.",
            r#"[{"n":1,"text":"Close the quay\nat once."},{"n":3,"text":"Open the spillway."},{"n":4,"text":"And again."}]"#,
        );
        check("1. One.\n2. Two.", r#"[{"n":1,"text":"One."},{"n":2,"text":"Two."}]"#);
        check(
            "## 2. The quay\n\nIs closed [at once / in two hours].[^a]\n\nFor all.\n\n[^a]: Article 4.2.\n\n## Spillway\nOpens.",
            r#"[{"heading":"The quay","n":2,"notes":{"a":"Article 4.2."},"text":"Is closed [at once / in two hours].[^a]\nFor all."},{"heading":"Spillway","n":3,"text":"Opens."}]"#,
        );
        check("", "[]");
        check(
            "2027 was wet.\n\n\\3. stays.",
            r#"[{"n":1,"text":"2027 was wet."},{"n":2,"text":"\\3. stays."}]"#,
        );
        check(r"\[a\] \* b", r#"[{"n":1,"text":"[a] * b"}]"#);
    }

    #[test]
    fn what_cannot_be_understood_is_told_with_its_line() {
        check(
            "One.\n\n# Title",
            "line 3: `# ..` is a title, which has a field of its own; a heading of a paragraph is `## ..`",
        );
        check("[^a]: note", "line 1: a footnote stands behind the paragraph that names it");
        check("## A\n\n## B\nx", "line 3: there is no paragraph under this heading");
        check("x\n\n## B\n", "line 3: there is no paragraph under this heading");
        check("x[^a]\n[^a]: 1\n[^a]: 2", "line 3: the footnote `a` is there twice");
        check(
            &"x\n\n".repeat(501),
            "line 1001: the text has more than 500 paragraphs or 1048576 bytes",
        );
    }
}
