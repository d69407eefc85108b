//! From a text to Markdown (CommonMark, with the footnotes that most readers know).

use crate::text::bracket::find;
use crate::text::diff::{Change, Diff, Row, RowKind};
use crate::text::tally::Tally;
use crate::text::{Language, Paragraph, Text, Wording};

/// Characters that mean something in Markdown wherever they stand.
const SPECIAL: &str = "\\`*_{}[]<>#|~!&";

/// Returns the text as Markdown, its languages below each other in each paragraph.
#[must_use]
pub fn export(text: &Text) -> String {
    let mut out = String::new();
    for language in text.languages() {
        if let Some(title) = text.title(language) {
            push(&mut out, &["# ", &escaped(title), "\n\n"]);
        }
    }
    let tally = Tally::of(text);
    let counts = format!("{} agreed, {} open", tally.agreed(), tally.open());
    push(&mut out, &["Paragraphs: ", &counts, ".\n"]);
    let languages = text.languages();
    for paragraph in text.paragraphs() {
        for language in &languages {
            if let Some(wording) = paragraph.wordings.get(*language) {
                let tag = (languages.len() > 1).then_some(*language);
                write_wording(&mut out, paragraph, wording, tag);
            }
        }
        write_rest(&mut out, paragraph);
    }
    out
}

fn push(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
}

fn write_wording(
    out: &mut String,
    paragraph: &Paragraph,
    wording: &Wording,
    language: Option<&Language>,
) {
    let number = paragraph.number.to_string();
    push(out, &["\n## ", &number]);
    if let Some(heading) = &wording.heading {
        push(out, &[" ", &escaped(heading)]);
    }
    if let Some(language) = language {
        push(out, &[" (", language.as_str(), ")"]);
    }
    // Footnotes of one name would be one: paragraph and language make them distinct.
    let of = |mark: &str| match language {
        Some(language) => format!("[^{number}-{language}-{mark}]"),
        None => format!("[^{number}-{mark}]"),
    };
    push(out, &["\n\n"]);
    let places = find(&wording.text, |mark| wording.notes.contains_key(mark)).notes;
    let mut from = 0;
    let mut written = String::new();
    for place in places {
        written.push_str(&escaped(wording.text.get(from..place.range.start).unwrap_or_default()));
        written.push_str(&of(&place.mark));
        from = place.range.end;
    }
    written.push_str(&escaped(wording.text.get(from..).unwrap_or_default()));
    push(out, &[&lines(&written), "\n"]);
    for (mark, note) in &wording.notes {
        let note = escaped(note).replace('\n', " ");
        push(out, &["\n", &of(mark), ": ", note.trim(), "\n"]);
    }
}

fn write_rest(out: &mut String, paragraph: &Paragraph) {
    for attachment in &paragraph.attachments {
        let (size, hash) = (attachment.size.to_string(), attachment.hash.to_string());
        let (name, media) = (escaped(&attachment.name), escaped(&attachment.media));
        push(out, &["\n- ", &name, ", ", &media, ", ", &size, " bytes, SHA-256 `", &hash, "`\n"]);
    }
    if let Some(given_by) = &paragraph.given_by {
        push(out, &["\nAs given by ", &escaped(given_by), ".\n"]);
    }
}

/// Keeps line ends: a backslash before each is a hard one. An empty line would end the paragraph.
fn lines(text: &str) -> String {
    let mut out = Vec::new();
    for line in text.split('\n') {
        out.push(guarded(line));
    }
    out.join("\\\n")
}

/// Keeps a line from being a list, a quotation, code or a rule.
fn guarded(line: &str) -> String {
    let trimmed = line.trim_start();
    if trimmed.is_empty() {
        return "&nbsp;".to_owned();
    }
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = trimmed.split_at(digits);
    match rest.chars().next() {
        Some('.' | ')') if digits > 0 => format!("{number}\\{rest}"),
        Some('-' | '+' | '=' | ':') if digits == 0 => format!("\\{rest}"),
        Some(_) | None => trimmed.to_owned(),
    }
}

/// Escapes what means something in Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c if SPECIAL.contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Returns a comparison as Markdown, with `<del>` and `<ins>`.
#[must_use]
pub fn diff(diff: &Diff) -> String {
    let mut out = String::new();
    for changes in diff.titles.values() {
        push(&mut out, &["# ", &marked(changes), "\n\n"]);
    }
    let kinds = [RowKind::Unchanged, RowKind::Changed, RowKind::Added, RowKind::Removed];
    let counts = kinds.map(|kind| format!("{} {}", diff.count(kind), kind.word()));
    push(&mut out, &["Paragraphs: ", &counts.join(", "), ".\n"]);
    for row in &diff.rows {
        write_row(&mut out, row);
    }
    out
}

fn write_row(out: &mut String, row: &Row) {
    push(out, &["\n## ", &numbers(row), ", ", row.kind.word(), "\n"]);
    for (language, wording) in &row.wordings {
        if row.wordings.len() > 1 {
            push(out, &["\n*", language.as_str(), "*\n"]);
        }
        if !wording.heading.is_empty() {
            push(out, &["\n**", &marked(&wording.heading), "**\n"]);
        }
        push(out, &["\n", &lines(&marked(&wording.text)), "\n"]);
        for (mark, note) in &wording.notes {
            push(out, &["\nFootnote ", mark, ": ", &marked(note).replace('\n', " "), "\n"]);
        }
    }
    for attachment in &row.attachments {
        push(out, &["\n- ", &marked(std::slice::from_ref(attachment)), "\n"]);
    }
}

/// Returns a row's number, or the old and the new one.
#[must_use]
pub fn numbers(row: &Row) -> String {
    match (row.old, row.new) {
        (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
        (_, Some(number)) | (Some(number), None) => number.to_string(),
        (None, None) => String::new(),
    }
}

fn marked(changes: &[Change]) -> String {
    let one = |change: &Change| match change {
        Change::Same(text) => escaped(text),
        Change::Removed(text) => format!("<del>{}</del>", escaped(text)),
        Change::Added(text) => format!("<ins>{}</ins>", escaped(text)),
    };
    changes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_says_is_no_markdown() {
        assert_eq!(
            escaped("<b> [A / B](x) *y* & `z`"),
            "&lt;b\\> \\[A / B\\](x) \\*y\\* &amp; \\`z\\`"
        );
        assert_eq!(
            lines("1. one\n- two\n\n   code\n3) four\n2 five"),
            "1\\. one\\\n\\- two\\\n&nbsp;\\\ncode\\\n3\\) four\\\n2 five"
        );
    }
}
