//! Noun phrases and their codes.

use super::tree::Tree;
use super::{Actors, Agents, NOBODY};
use crate::date::Day;

/// Words that say nothing of who somebody is, of a name that no dictionary has.
const POSSESSIVE: &str = "POS";

/// A noun phrase: one actor, or several that a conjunction joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) elements: Vec<Element>,
    pub(super) compound: bool,
}

/// One actor of a noun phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Its codes: several if the dictionary gives several, one of nobody if none.
    pub(super) codes: Vec<String>,
    /// Its words.
    pub(super) words: Vec<String>,
}

/// What noun phrases are coded by, on one day.
pub(super) struct Dictionaries<'d> {
    pub(super) actors: &'d Actors,
    pub(super) agents: &'d Agents,
    pub(super) day: Option<Day>,
}

impl Noun {
    /// Tells whether somebody is known by it.
    pub(super) fn coded(&self) -> bool {
        self.elements.iter().any(|element| element.codes.iter().any(|code| code != NOBODY))
    }

    /// Returns the codes of all its actors.
    pub(super) fn codes(&self) -> Vec<&str> {
        self.elements.iter().flat_map(|element| element.codes.iter().map(String::as_str)).collect()
    }
}

/// Most actors of one noun phrase: a phrase of more is no list of actors.
const ELEMENTS_MAX: usize = 64;

/// Words of one actor as a list of leaves.
type Leaves = Vec<usize>;

impl Dictionaries<'_> {
    /// Returns the noun phrase at a node; none if its parts are phrases of their own.
    pub(super) fn noun(&self, tree: &Tree, at: usize) -> Option<Noun> {
        let parts = parts(tree, at)?;
        let elements = parts.iter().map(|leaves| self.element(tree, leaves)).collect();
        Some(Noun { elements, compound: parts.len() > 1 })
    }

    fn element(&self, tree: &Tree, leaves: &[usize]) -> Element {
        let words: Vec<&str> = leaves
            .iter()
            .map(|leaf| tree.node(*leaf))
            .filter(|node| !matches!(node.tag.as_str(), POSSESSIVE | "," | "." | ":" | "``" | "''"))
            .filter_map(|node| node.word.as_deref())
            .collect();
        Element { codes: self.codes(&words), words: words.into_iter().map(str::to_owned).collect() }
    }

    /// Returns the codes of the first actor in these words with all agents, in their order.
    pub(super) fn codes(&self, words: &[&str]) -> Vec<String> {
        let mut actor: Option<(&[String], usize, usize)> = None;
        for from in 0..words.len() {
            if let Some((found, end)) = self.actors.find(words, from) {
                actor = Some((found.codes_on(self.day), from, end));
                break;
            }
        }
        let (codes, from, end) = actor.unwrap_or((&[], words.len(), words.len()));
        let nobody = [NOBODY.to_owned()];
        let codes = if codes.is_empty() { nobody.as_slice() } else { codes };
        let agents = self.agents(words, from..end);
        codes
            .iter()
            .map(|code| {
                agents.iter().fold(code.clone(), |code, agent| joined(code, agent.0, agent.1))
            })
            .collect()
    }

    /// Returns code and side of each agent outside of the actor's name.
    fn agents(&self, words: &[&str], name: std::ops::Range<usize>) -> Vec<(&str, bool)> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            if name.contains(&at) {
                at = name.end;
                continue;
            }
            // An agent does not reach over the name.
            let bound = if at < name.start { name.start } else { words.len() };
            let within = words.get(..bound).unwrap_or_default();
            match self.agents.find(within, at) {
                Some((agent, end)) => {
                    found.push((agent.code.as_str(), agent.before));
                    at = end;
                }
                None => at += 1,
            }
        }
        found
    }
}

/// Adds an agent's code to an actor's unless it is in it already, in steps of three letters.
fn joined(code: String, agent: &str, before: bool) -> String {
    let letters = code.as_bytes();
    let has = (0..letters.len())
        .step_by(3)
        .any(|at| letters.get(at..).is_some_and(|rest| rest.starts_with(agent.as_bytes())));
    match (has, before) {
        (true, _) => code,
        (false, true) => format!("{agent}{code}"),
        (false, false) => format!("{code}{agent}"),
    }
}

/// Returns the words of each actor of a noun phrase; none if it is no phrase by itself.
fn parts(tree: &Tree, at: usize) -> Option<Vec<Leaves>> {
    let children: Vec<usize> = tree
        .node(at)
        .children
        .iter()
        .copied()
        .filter(|child| tree.node(*child).tag != "PRN")
        .collect();
    if let Some(parts) = joined_by_conjunction(tree, &children) {
        return parts;
    }
    let nouns: Vec<usize> =
        children.iter().copied().filter(|child| tree.node(*child).tag == "NP").collect();
    let prepositions = children.iter().filter(|child| tree.node(**child).tag == "PP").count();
    match nouns.as_slice() {
        [] if prepositions == 0 => {
            Some(vec![children.iter().flat_map(|child| tree.leaves(*child)).collect()])
        }
        // `Arnor's minister`; a phrase and words with it.
        [owner] if prepositions == 0 && children.first() == Some(owner) => {
            let owners = parts(tree, *owner)?;
            let rest: Leaves =
                children.iter().skip(1).flat_map(|child| tree.leaves(*child)).collect();
            Some(owners.into_iter().map(|owner| [owner, rest.clone()].concat()).collect())
        }
        [head] if children.first() == Some(head) => with_prepositions(tree, *head, &children),
        _ => None,
    }
}

/// Returns the parts that a conjunction joins; none if there is no conjunction, or if it joins no nouns.
fn joined_by_conjunction(tree: &Tree, children: &[usize]) -> Option<Option<Vec<Leaves>>> {
    if !children.iter().any(|child| tree.node(*child).tag == "CC") {
        return None;
    }
    let groups: Vec<&[usize]> = children
        .split(|child| matches!(tree.node(*child).tag.as_str(), "CC" | "," | ":"))
        .filter(|group| !group.is_empty())
        .collect();
    let named = |group: &&[usize]| {
        group.iter().any(|child| {
            let tag = tree.node(*child).tag.as_str();
            tag == "NP" || tag.starts_with("NN")
        })
    };
    if groups.len() < 2 || !groups.iter().all(named) {
        return Some(Some(vec![children.iter().flat_map(|child| tree.leaves(*child)).collect()]));
    }
    let flat = |group: &[usize]| group.iter().all(|child| tree.node(*child).word.is_some());
    // `Danish media and government`: the adjectives of the first are the others' too.
    let shared: Leaves = match groups.first() {
        Some(first) if groups.iter().all(|group| flat(group)) => {
            first.iter().copied().filter(|leaf| tree.node(*leaf).tag.starts_with("JJ")).collect()
        }
        _ => Vec::new(),
    };
    let mut all = Vec::new();
    for (index, group) in groups.into_iter().enumerate() {
        match group {
            [single] if tree.node(*single).tag == "NP" => match parts(tree, *single) {
                Some(parts) => all.extend(parts),
                None => all.push(tree.leaves(*single)),
            },
            group => {
                let own: Leaves = group.iter().flat_map(|child| tree.leaves(*child)).collect();
                let with = if index == 0 { own } else { [shared.clone(), own].concat() };
                all.push(with);
            }
        }
    }
    Some(Some(all))
}

/// Returns the parts of a phrase with prepositions, each part of it with each part of theirs; none if one of theirs has prepositions of
/// its own.
fn with_prepositions(tree: &Tree, head: usize, children: &[usize]) -> Option<Vec<Leaves>> {
    let mut all = parts(tree, head)?;
    for child in children.iter().skip(1) {
        let node = tree.node(*child);
        if node.tag != "PP" {
            let leaves = tree.leaves(*child);
            all.iter_mut().for_each(|one| one.extend(&leaves));
            continue;
        }
        let simple = node.children.iter().all(|inner| {
            let inner = tree.node(*inner);
            inner.tag != "NP" || inner.children.iter().all(|part| tree.node(*part).tag != "PP")
        });
        if !simple {
            return None;
        }
        let mut further = vec![Vec::new()];
        for inner in &node.children {
            let choices = if tree.node(*inner).tag == "NP" {
                parts(tree, *inner)?
            } else {
                vec![tree.leaves(*inner)]
            };
            further = product(&further, &choices)?;
        }
        all = product(&all, &further)?;
    }
    Some(all)
}

fn product(left: &[Leaves], right: &[Leaves]) -> Option<Vec<Leaves>> {
    let pairs = left.iter().flat_map(|left| right.iter().map(move |right| (left, right)));
    let pairs = pairs.map(|(left, right)| [left.as_slice(), right.as_slice()].concat());
    (left.len().saturating_mul(right.len()) <= ELEMENTS_MAX).then(|| pairs.collect())
}
