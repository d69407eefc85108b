//! From a text to HTML for print: one file, no script, nothing from elsewhere.

use crate::markdown::numbers;
use crate::markup::Markup;
use crate::text::bracket::{Found, find};
use crate::text::diff::{Change, Diff, Row, RowKind};
use crate::text::tally::Tally;
use crate::text::{Language, Paragraph, Text, Wording, Work};
use std::collections::BTreeSet;

/// What a page may do: show its own style, and nothing else.
pub const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("print.css");

/// Returns the text as a page, its languages side by side.
#[must_use]
pub fn export(text: &Text, work: Option<&Work>) -> String {
    let title = text.title(text.main()).unwrap_or("A text without a title");
    let mut page = begin(title, text.main());
    for language in text.languages() {
        if let Some(title) = text.title(language) {
            page.line().element("h1", &spoken(language), title);
        }
    }
    if let Some(work) = work {
        let lead = [work.organisation(), work.number(), work.date(), work.author()].join(" · ");
        page.line().element("p", &[("class", "lead")], &lead);
    }
    let tally = Tally::of(text);
    let counts = format!("Paragraphs: {} agreed, {} open.", tally.agreed(), tally.open());
    page.line().element("p", &[("class", "lead")], &counts);
    for paragraph in text.paragraphs() {
        section(&mut page, text, paragraph);
    }
    page.close_line().close_line();
    page.end()
}

fn begin(title: &str, language: &Language) -> Markup {
    let mut page = Markup::new("<!DOCTYPE html>\n");
    page.open("html", &[("lang", tag(language))]).line().open("head", &[]);
    page.line().empty("meta", &[("charset", "utf-8")]);
    page.line().empty("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)]);
    let width = [("name", "viewport"), ("content", "width=device-width, initial-scale=1")];
    page.line().empty("meta", &width).line().element("title", &[], title);
    page.line().open("style", &[]).fixed(STYLE).close().close_line();
    page.line().open("body", &[]);
    page
}

/// The direction is the text's own: what stands beside it is not turned around.
fn spoken(language: &Language) -> [(&'static str, &str); 2] {
    [("lang", tag(language)), ("dir", "auto")]
}

/// Returns what HTML calls a language: nothing, if it is not known.
fn tag(language: &Language) -> &str {
    if *language == Language::undetermined() { "" } else { language.as_str() }
}

fn section(page: &mut Markup, text: &Text, paragraph: &Paragraph) {
    let id = format!("para-{}", paragraph.number);
    page.line().open("section", &[("id", &id)]).line().open("div", &[("class", "columns")]);
    let languages = text.languages();
    for language in &languages {
        let Some(wording) = paragraph.wordings.get(*language) else { continue };
        page.line().open("div", &spoken(language));
        if languages.len() > 1 {
            page.line().element("p", &[("class", "lang")], language.as_str());
        }
        write_wording(page, paragraph.number, wording);
        page.close_line();
    }
    page.close_line();
    for attachment in &paragraph.attachments {
        let (name, media) = (&attachment.name, &attachment.media);
        let line =
            format!("{name}, {media}, {} bytes, SHA-256 {}", attachment.size, attachment.hash);
        page.line().element("p", &[("class", "note")], &line);
    }
    if let Some(given_by) = &paragraph.given_by {
        page.line().element("p", &[("class", "note by")], &format!("As given by {given_by}."));
    }
    page.close_line();
}

fn write_wording(page: &mut Markup, number: u32, wording: &Wording) {
    page.line().open("h2", &[]).text(&number.to_string());
    if let Some(heading) = &wording.heading {
        page.text(" ");
        bracketed(page, heading, &find(heading, |_| false));
    }
    page.close().line().open("p", &[]);
    bracketed(page, &wording.text, &find(&wording.text, |mark| wording.notes.contains_key(mark)));
    page.close();
    for (mark, note) in &wording.notes {
        page.line().open("p", &[("class", "note")]).element("sup", &[], mark);
        page.text(" ").text(note).close();
    }
}

/// Writes a text with what is in brackets marked, and the marks of footnotes above the line.
fn bracketed(page: &mut Markup, text: &str, found: &Found) {
    let opening: BTreeSet<usize> = found.pairs.iter().map(|pair| pair.range.start).collect();
    let closing: BTreeSet<usize> = found.pairs.iter().map(|pair| pair.range.end).collect();
    let mut notes = found.notes.iter().peekable();
    let mut skip_to = 0;
    for (at, c) in text.char_indices() {
        if closing.contains(&at) {
            page.close();
        }
        if let Some(note) = notes.next_if(|note| note.range.start == at) {
            page.element("sup", &[], &note.mark);
            skip_to = note.range.end;
        }
        if at < skip_to {
            continue;
        }
        let mut buffer = [0; 4];
        let c: &str = c.encode_utf8(&mut buffer);
        if opening.contains(&at) {
            page.open("mark", &[]);
        }
        if found.loose.binary_search(&at).is_ok() {
            page.element("mark", &[("class", "loose")], c);
        } else {
            page.text(c);
        }
    }
    if closing.contains(&text.len()) {
        page.close();
    }
}

/// Returns a comparison as a page.
#[must_use]
pub fn diff(diff: &Diff, language: &Language) -> String {
    let mut page = begin("What changed", language);
    for (language, changes) in &diff.titles {
        page.line().open("h1", &spoken(language));
        marked(&mut page, changes);
        page.close();
    }
    let kinds = [RowKind::Unchanged, RowKind::Changed, RowKind::Added, RowKind::Removed];
    let counts = kinds.map(|kind| format!("{} {}", diff.count(kind), kind.word()));
    let lead = format!("Paragraphs: {}.", counts.join(", "));
    page.line().element("p", &[("class", "lead")], &lead);
    for row in &diff.rows {
        write_row(&mut page, row);
    }
    page.close_line().close_line();
    page.end()
}

fn write_row(page: &mut Markup, row: &Row) {
    page.line().open("section", &[]);
    page.line().element("h2", &[], &format!("{}, {}", numbers(row), row.kind.word()));
    page.line().open("div", &[("class", "columns")]);
    for (language, wording) in &row.wordings {
        page.line().open("div", &spoken(language));
        if row.wordings.len() > 1 {
            page.line().element("p", &[("class", "lang")], language.as_str());
        }
        if !wording.heading.is_empty() {
            page.line().open("p", &[]).open("strong", &[]);
            marked(page, &wording.heading);
            page.close().close();
        }
        page.line().open("p", &[]);
        marked(page, &wording.text);
        page.close();
        for (mark, note) in &wording.notes {
            page.line().open("p", &[("class", "note")]).element("sup", &[], mark).text(" ");
            marked(page, note);
            page.close();
        }
        page.close_line();
    }
    page.close_line();
    for attachment in &row.attachments {
        page.line().open("p", &[("class", "note")]);
        marked(page, std::slice::from_ref(attachment));
        page.close();
    }
    page.close_line();
}

fn marked(page: &mut Markup, changes: &[Change]) {
    for change in changes {
        match change {
            Change::Same(text) => page.text(text),
            Change::Removed(text) => page.element("del", &[], text),
            Change::Added(text) => page.element("ins", &[], text),
        };
    }
}
