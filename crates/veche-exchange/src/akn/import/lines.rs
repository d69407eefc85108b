//! Running text of a document: lines, with the footnotes at their places.

use super::super::tree::{Element, Node};
use super::{Omission, leave};
use crate::text::bracket::is_mark;
use std::collections::{BTreeMap, BTreeSet};

/// Elements within running text that are no running text themselves.
const NOT_INLINE: [&str; 11] = [
    "quotedStructure",
    "embeddedStructure",
    "table",
    "foreign",
    "img",
    "subFlow",
    "del",
    "noteRef",
    "popup",
    "toc",
    "math",
];

/// Lines that are being read.
#[derive(Default)]
pub(super) struct Lines {
    lines: Vec<Vec<Piece>>,
    notes: Vec<(Option<String>, String)>,
}

enum Piece {
    /// As written; a run of white space with a line end in it is one `\n`.
    Text(String),
    /// The place of a footnote.
    Note(usize),
}

impl Lines {
    /// Begins a line.
    pub(super) fn begin(&mut self) {
        self.lines.push(Vec::new());
    }

    /// Adds text that was not in the document's line: the number of an item.
    pub(super) fn add(&mut self, text: &str) {
        self.push(text);
    }

    /// Returns whether there is no line.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Reads what is in an element as running text.
    pub(super) fn read(&mut self, element: &Element, left_out: &mut Vec<Omission>) {
        for node in &element.children {
            match node {
                Node::Text(text) => self.push(&layout(text)),
                Node::Element(inner) if inner.is("br") => self.begin(),
                Node::Element(inner) if inner.is("eol") => self.push("\n"),
                Node::Element(inner) if inner.is("authorialNote") => self.note(inner, left_out),
                Node::Element(inner) if NOT_INLINE.contains(&inner.name.as_str()) => {
                    leave(left_out, inner, "no running text");
                }
                Node::Element(inner) => self.read(inner, left_out),
            }
        }
    }

    fn push(&mut self, text: &str) {
        if self.lines.is_empty() {
            self.begin();
        }
        let Some(line) = self.lines.last_mut() else { return };
        match line.last_mut() {
            Some(Piece::Text(run)) => run.push_str(text),
            Some(Piece::Note(_)) | None => line.push(Piece::Text(text.to_owned())),
        }
    }

    fn note(&mut self, note: &Element, left_out: &mut Vec<Omission>) {
        let mut inner = Self::default();
        for block in note.elements() {
            inner.begin();
            inner.read(block, left_out);
        }
        if inner.is_empty() {
            inner.read(note, left_out);
        }
        let (text, within) = inner.end();
        // A footnote of a footnote has no place of its own: its words follow those of the other.
        let all = within.into_values().fold(text, |text, more| format!("{text}\n{more}"));
        if self.lines.is_empty() {
            self.begin();
        }
        let place = Piece::Note(self.notes.len());
        self.notes.push((note.attribute("marker").map(str::to_owned), all));
        if let Some(line) = self.lines.last_mut() {
            line.push(place);
        }
    }

    /// Returns the text with the footnotes by mark: their own marks, unless those are none or mean something else.
    pub(super) fn end(self) -> (String, BTreeMap<String, String>) {
        let literal: Vec<&str> = self.lines.iter().flatten().filter_map(Piece::text).collect();
        let literal = literal.concat();
        // What looks like the place of a footnote and is none.
        let mut taken: BTreeSet<&str> = literal
            .split("[^")
            .skip(1)
            .filter_map(|rest| rest.split_once(']').map(|(mark, _)| mark))
            .collect();
        let mut marks: Vec<Option<&str>> = Vec::new();
        for (marker, _) in &self.notes {
            let marker = marker.as_deref().filter(|mark| is_mark(mark));
            marks.push(marker.filter(|mark| taken.insert(mark)));
        }
        let fresh: Vec<String> = (1u32..)
            .map(|number| number.to_string())
            .filter(|mark| !taken.contains(mark.as_str()))
            .take(marks.len())
            .collect();
        let mut fresh = fresh.into_iter();
        let marks: Vec<String> = marks
            .into_iter()
            .map(|mark| mark.map(str::to_owned).or_else(|| fresh.next()).unwrap_or_default())
            .collect();
        let notes = self.notes.iter().map(|(_, note)| note.clone());
        let notes = marks.iter().cloned().zip(notes).collect();
        let lines: Vec<String> = self.lines.iter().map(|line| written(line, &marks)).collect();
        (lines.join("\n"), notes)
    }
}

impl Piece {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Note(_) => None,
        }
    }
}

fn written(line: &[Piece], marks: &[String]) -> String {
    let mut out = String::new();
    for piece in line {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Note(at) => {
                let mark = marks.get(*at).map(String::as_str).unwrap_or_default();
                out.extend(["[^", mark, "]"]);
            }
        }
    }
    out.trim_matches('\n').replace('\n', " ")
}

/// Makes one `\n` of each run of white space that has a line end in it.
fn layout(text: &str) -> String {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_space) {
        let (before, run) = rest.split_at(start);
        out.push_str(before);
        let end = run.find(|c| !is_space(c)).unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        out.push_str(if run.contains(['\n', '\r']) { "\n" } else { run });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns all text in an element in one line: a title or a number. Footnotes and pictures are no part of one.
pub(super) fn one_line(element: &Element, left_out: &mut Vec<Omission>) -> String {
    let mut lines = Lines::default();
    lines.read(element, left_out);
    lines.notes.clear();
    for line in &mut lines.lines {
        line.retain(|piece| piece.text().is_some());
    }
    leave_notes(element, left_out);
    lines.end().0.replace('\n', " ")
}

fn leave_notes(element: &Element, left_out: &mut Vec<Omission>) {
    for inner in element.elements() {
        if inner.is("authorialNote") {
            leave(left_out, inner, "a footnote in a title or a number");
        } else if !NOT_INLINE.contains(&inner.name.as_str()) {
            leave_notes(inner, left_out);
        }
    }
}
