//! A tree as a line: words, noun phrases with codes, verb phrases, commas.

use super::front::Commas;
use super::nouns::{Dictionaries, Noun};
use super::tree::Tree;

/// One thing of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A word: a leaf of the tree.
    Word(usize),
    /// A noun phrase begins.
    Enter(usize),
    /// It ends.
    Leave(usize),
    /// A verb phrase begins.
    VerbPhrase(usize),
    /// It ends.
    EndVerbPhrase(usize),
    /// A clause begins.
    Clause,
    /// A comma outside of noun phrases.
    Comma,
}

/// A sentence as a line.
pub(super) struct Clause<'t> {
    pub(super) tree: &'t Tree,
    pub(super) items: Vec<Item>,
    pub(super) nouns: Vec<Noun>,
}

/// Labels of clauses and verb phrases: what holds one is no mere noun phrase.
fn clausal(tag: &str) -> bool {
    matches!(tag, "S" | "SBAR" | "SINV" | "SQ" | "SBARQ" | "VP")
}

impl<'t> Clause<'t> {
    pub(super) fn new(tree: &'t Tree, dictionaries: &Dictionaries<'_>) -> Self {
        let mut clause = Self { tree, items: Vec::new(), nouns: Vec::new() };
        clause.add(0, false, dictionaries);
        clause
    }

    pub(super) fn word(&self, leaf: usize) -> &'t str {
        self.tree.node(leaf).word.as_deref().unwrap_or_default()
    }

    fn add(&mut self, at: usize, within_noun: bool, dictionaries: &Dictionaries<'_>) {
        let node = self.tree.node(at);
        match node.tag.as_str() {
            "NP" => return self.add_noun(at, dictionaries),
            "," if !within_noun => self.items.push(Item::Comma),
            "," | "." | ":" | "``" | "''" | "POS" => {}
            "VP" => self.items.push(Item::VerbPhrase(at)),
            tag if clausal(tag) => self.items.push(Item::Clause),
            _ if node.word.is_some() => self.items.push(Item::Word(at)),
            _ => {}
        }
        let within_noun = within_noun && !clausal(&node.tag);
        for child in &node.children {
            self.add(*child, within_noun, dictionaries);
        }
        if node.tag == "VP" {
            self.items.push(Item::EndVerbPhrase(at));
        }
    }

    fn add_noun(&mut self, at: usize, dictionaries: &Dictionaries<'_>) {
        let tree = self.tree;
        let node = tree.node(at);
        if !tree.holds(at, clausal)
            && let Some(noun) = dictionaries.noun(tree, at)
        {
            let number = self.nouns.len();
            self.nouns.push(noun);
            self.items.push(Item::Enter(number));
            for leaf in tree.leaves(at) {
                let tag = tree.node(leaf).tag.as_str();
                if !matches!(tag, "," | "." | ":" | "``" | "''" | "POS") {
                    self.items.push(Item::Word(leaf));
                }
            }
            self.items.push(Item::Leave(number));
            return;
        }
        // Of a larger phrase each part is one of its own; words outside of any are words.
        for child in &node.children {
            self.add(*child, true, dictionaries);
        }
    }

    /// Leaves out clauses between commas that are as short as the options say; phrases that they leave open stay as they are.
    pub(super) fn leave_out(&mut self, commas: &Commas) {
        let at: Vec<usize> = self
            .items
            .iter()
            .enumerate()
            .filter(|(_, item)| **item == Item::Comma)
            .map(|(at, _)| at)
            .collect();
        let (Some(&first), Some(&last)) = (at.first(), at.last()) else { return };
        let end = self.items.len();
        let words = |from: usize, to: usize| {
            let items = self.items.get(from..to).unwrap_or_default();
            items.iter().filter(|item| matches!(item, Item::Word(_))).count()
        };
        let mut out = vec![false; end];
        let mut mark = |from: usize, to: usize| {
            out.get_mut(from..to).unwrap_or_default().iter_mut().for_each(|out| *out = true);
        };
        if commas.initial.holds(words(0, first)) {
            mark(0, first + 1);
        }
        for pair in at.windows(2) {
            if let &[from, to] = pair
                && commas.within.holds(words(from, to))
            {
                mark(from, to + 1);
            }
        }
        if commas.last.holds(words(last, end)) {
            mark(last, end);
        }
        let mut out = out.into_iter();
        self.items.retain(|item| {
            let out = out.next().unwrap_or(false);
            let kept = matches!(item, Item::VerbPhrase(_) | Item::EndVerbPhrase(_) | Item::Clause);
            kept || !out
        });
    }
}
