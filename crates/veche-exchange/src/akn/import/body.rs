//! The body of a document: its numbered units.

use super::super::tree::{Element, Node};
use super::lines::{Lines, one_line};
use super::{Omission, leave};
use std::collections::BTreeMap;

/// Elements that hold what a document is about.
const BODIES: [&str; 6] =
    ["body", "mainBody", "judgmentBody", "debateBody", "amendmentBody", "portionBody"];

/// The hierarchical elements of Akoma Ntoso (group `ANhier` of its schema).
const HIERARCHY: [&str; 28] = [
    "clause",
    "section",
    "part",
    "paragraph",
    "chapter",
    "title",
    "book",
    "tome",
    "article",
    "division",
    "list",
    "point",
    "indent",
    "alinea",
    "rule",
    "subrule",
    "proviso",
    "subsection",
    "subpart",
    "subparagraph",
    "subchapter",
    "subtitle",
    "subdivision",
    "subclause",
    "sublist",
    "level",
    "transitional",
    "hcontainer",
];

/// What stands between the numbers and headings of the units around a paragraph.
const BETWEEN: &str = " · ";

pub(super) fn is_body(element: &Element) -> bool {
    BODIES.iter().any(|name| element.is(name))
}

fn is_hierarchy(element: &Element) -> bool {
    HIERARCHY.iter().any(|name| element.is(name))
}

/// A unit with text.
pub(super) struct Unit {
    /// The units that it is in, itself last.
    path: Vec<Step>,
    /// Its text.
    pub(super) text: String,
    /// Its footnotes.
    pub(super) notes: BTreeMap<String, String>,
    /// Who gave it, if it says so.
    pub(super) given_by: Option<String>,
}

/// Number and heading of a unit.
#[derive(Clone, Default)]
struct Step {
    number: Option<String>,
    heading: Option<String>,
}

impl Unit {
    /// Returns its own heading.
    pub(super) fn heading(&self) -> Option<String> {
        self.path.last().and_then(|step| step.heading.clone())
    }

    /// Returns numbers and headings from the outermost unit to this one.
    pub(super) fn label(&self) -> Option<String> {
        let step = |step: &Step| {
            let parts = [step.number.as_deref(), step.heading.as_deref()];
            let parts = parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty());
            parts.collect::<Vec<&str>>().join(" ")
        };
        let steps: Vec<String> =
            self.path.iter().map(step).filter(|step| !step.is_empty()).collect();
        (!steps.is_empty()).then(|| steps.join(BETWEEN))
    }
}

/// Returns the units' own numbers, if they are whole numbers that ascend, in a document without levels.
pub(super) fn numbers(units: &[Unit]) -> Option<Vec<u32>> {
    let number = |unit: &Unit| match unit.path.as_slice() {
        [Step { number: Some(number), .. }] => {
            number.trim().trim_matches(['(', ')', '[', ']', '.']).parse::<u32>().ok()
        }
        [] | [_, ..] => None,
    };
    let numbers: Vec<u32> = units.iter().map(number).collect::<Option<_>>()?;
    let is_sound = numbers.first().is_some_and(|n| *n > 0)
        && numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a < b);
    is_sound.then_some(numbers)
}

/// Reads a body.
pub(super) struct Body<'o> {
    left_out: &'o mut Vec<Omission>,
    units: Vec<Unit>,
}

impl<'o> Body<'o> {
    pub(super) fn new(left_out: &'o mut Vec<Omission>) -> Self {
        Self { left_out, units: Vec::new() }
    }

    /// Returns the units of a body.
    pub(super) fn read(mut self, body: &Element) -> Vec<Unit> {
        self.walk(body, &[]);
        self.units
    }

    /// Looks for units in what is none itself.
    fn walk(&mut self, element: &Element, path: &[Step]) {
        self.stray_text(element);
        for child in element.elements() {
            if is_hierarchy(child) {
                self.unit(child, path);
            } else if child.is("item") {
                self.item(child, path);
            } else if holds_units(child) {
                self.walk(child, path);
            } else if child.has_text() || child.is("toc") {
                leave(self.left_out, child, "text outside of any numbered unit");
            }
        }
    }

    fn unit(&mut self, element: &Element, path: &[Step]) {
        let mut step = Step::default();
        for child in element.elements() {
            if child.is("num") {
                step.number = Some(one_line(child, self.left_out));
            } else if child.is("heading") {
                step.heading = Some(one_line(child, self.left_out));
            }
        }
        let path: Vec<Step> = path.iter().cloned().chain([step]).collect();
        self.stray_text(element);
        for child in element.elements() {
            if child.is("num") || child.is("heading") {
                continue;
            }
            if child.is("content") || child.is("intro") || child.is("wrapUp") {
                self.emit(element, child, &path);
            } else if is_hierarchy(child) {
                self.unit(child, &path);
            } else if holds_units(child) {
                self.walk(child, &path);
            } else if child.has_text() || child.is("componentRef") {
                leave(self.left_out, child, "no text of the unit that it is in");
            }
        }
    }

    /// A list item is a unit where it has a number and stands in no unit.
    fn item(&mut self, item: &Element, path: &[Step]) {
        let Some(number) = item.child("num") else {
            leave(self.left_out, item, "a list item without a number");
            return;
        };
        let number = Some(one_line(number, self.left_out));
        let heading = item.child("heading").map(|heading| one_line(heading, self.left_out));
        let step = Step { number, heading };
        let path: Vec<Step> = path.iter().cloned().chain([step]).collect();
        self.emit(item, item, &path);
    }

    fn emit(&mut self, unit: &Element, content: &Element, path: &[Step]) {
        let mut lines = Lines::default();
        self.blocks(content, &mut lines);
        if lines.is_empty() {
            return;
        }
        let (text, notes) = lines.end();
        let given_by = unit.ours("givenBy").map(str::to_owned);
        self.units.push(Unit { path: path.to_vec(), text, notes, given_by });
    }

    /// Reads the blocks of a unit, a line each.
    fn blocks(&mut self, content: &Element, lines: &mut Lines) {
        self.stray_text(content);
        for block in content.elements().filter(|e| !e.is("num") && !e.is("heading")) {
            self.block(block, lines);
        }
    }

    /// Reads a list or an item of one: an item's number stands before its first line.
    fn list(&mut self, list: &Element, lines: &mut Lines) {
        let number = list.child("num").map(|number| one_line(number, self.left_out));
        let has_blocks = list.elements().any(|e| !e.is("num") && !e.is("heading") && is_block(e));
        if let Some(number) = number {
            lines.begin();
            lines.add(number.trim());
            let blocks = list.elements().filter(|e| !e.is("num") && !e.is("heading"));
            let mut blocks = blocks.peekable();
            if let Some(first) = blocks.next_if(|e| e.is("p")) {
                lines.add(" ");
                lines.read(first, self.left_out);
            }
            for block in blocks {
                self.block(block, lines);
            }
        } else if has_blocks {
            self.blocks(list, lines);
        } else {
            lines.begin();
            lines.read(list, self.left_out);
        }
    }

    fn block(&mut self, block: &Element, lines: &mut Lines) {
        match block.name.as_str() {
            "p" | "block" | "listIntroduction" | "listWrapUp" => {
                lines.begin();
                lines.read(block, self.left_out);
            }
            "blockList" | "ul" | "ol" | "item" | "li" => self.list(block, lines),
            _ => leave(self.left_out, block, "no running text"),
        }
    }

    /// Text where only elements belong.
    fn stray_text(&mut self, element: &Element) {
        let is_stray = |node: &Node| matches!(node, Node::Text(text) if !text.trim().is_empty());
        if element.children.iter().any(is_stray) {
            leave(self.left_out, element, "text between its elements");
        }
    }
}

fn is_block(element: &Element) -> bool {
    ["p", "block", "blockList", "ul", "ol", "item", "li", "listIntroduction", "listWrapUp"]
        .iter()
        .any(|name| element.is(name))
}

/// Returns whether there is a unit anywhere in an element that is none.
fn holds_units(element: &Element) -> bool {
    let is_unit = |e: &Element| is_hierarchy(e) || (e.is("item") && e.child("num").is_some());
    !element.is("quotedStructure")
        && element.elements().any(|inner| is_unit(inner) || holds_units(inner))
}
