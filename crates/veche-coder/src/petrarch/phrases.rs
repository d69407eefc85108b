//! A tree of dependencies as one of phrases, in brackets: the coder's own parse for rules that want Penn trees.

use crate::document::Document;
use crate::model::Language;
use crate::parse::{Head, Relation};
use crate::tag::{Tag, Upos};
use crate::token::tokens;

/// Longest sentence, in words: phrases are made from within outwards.
const WORDS_MAX: usize = 200;

/// Returns a sentence as a Penn tree, as near as dependencies tell; none if it has no words or more than 200.
///
/// Where phrases divide otherwise than dependencies do the tree is a guess: a modifier behind a noun is a phrase with it, an auxiliary
/// opens a verb phrase around the verb's.
pub fn bracketed(words: &[&str], tags: &[Tag], heads: &[Head]) -> Option<String> {
    let count = words.len();
    if count == 0 || count > WORDS_MAX || tags.len() != count || heads.len() != count {
        return None;
    }
    let mut children = vec![Vec::new(); count];
    let mut roots = Vec::new();
    for (word, head) in heads.iter().enumerate() {
        match head.word.and_then(|head| children.get_mut(head)) {
            Some(siblings) => siblings.push(word),
            None => roots.push(word),
        }
    }
    let maker = Maker { words, tags, heads, children };
    let body: Vec<String> = roots.into_iter().map(|root| maker.clause(root)).collect();
    Some(format!("(ROOT {})", body.join(" ")))
}

/// Returns an English sentence as a Penn tree, by the coder's own parser; none if it cannot be read or is too long.
pub fn parsed(sentence: &str, english: &Language<'_>) -> Option<String> {
    let mut document = Document::read(sentence.as_bytes()).ok()?;
    let tokens = tokens(&mut document);
    let words: Vec<&str> = tokens.words(document.text()).collect();
    let (tags, heads) = english.analyse(&words);
    bracketed(&words, &tags, &heads)
}

struct Maker<'s> {
    words: &'s [&'s str],
    tags: &'s [Tag],
    heads: &'s [Head],
    children: Vec<Vec<usize>>,
}

/// Relations whose word begins a clause of its own.
const CLAUSES: [Relation; 6] = [
    Relation::Ccomp,
    Relation::Advcl,
    Relation::AclRelcl,
    Relation::AdvclRelcl,
    Relation::Csubj,
    Relation::CsubjPass,
];

impl Maker<'_> {
    fn children(&self, at: usize) -> &[usize] {
        self.children.get(at).map_or(&[], Vec::as_slice)
    }

    fn relation(&self, at: usize) -> Relation {
        self.heads.get(at).map_or(Relation::Dep, |head| head.relation)
    }

    fn upos(&self, at: usize) -> Upos {
        self.tags.get(at).map_or(Upos::X, |tag| tag.upos)
    }

    fn leaf(&self, at: usize) -> String {
        let tag = self.tags.get(at).map_or("X", |tag| tag.penn.name());
        let word: String = self
            .words
            .get(at)
            .copied()
            .unwrap_or_default()
            .chars()
            .map(|c| match c {
                '(' => '[',
                ')' => ']',
                c if c.is_whitespace() => '_',
                c => c,
            })
            .collect();
        format!("({tag} {word})")
    }

    fn has(&self, at: usize, relations: &[Relation]) -> bool {
        self.children(at).iter().any(|child| relations.contains(&self.relation(*child)))
    }

    /// Tells whether a word is the head of a clause.
    fn is_clause(&self, at: usize) -> bool {
        let subject = [
            Relation::Nsubj,
            Relation::NsubjPass,
            Relation::NsubjOuter,
            Relation::Csubj,
            Relation::Cop,
        ];
        self.upos(at) == Upos::Verb
            && !matches!(self.relation(at), Relation::Amod | Relation::Compound | Relation::Case)
            || self.has(at, &subject)
    }

    /// Returns a word with all that hangs on it, as the phrase that its relation asks for.
    fn phrase(&self, at: usize) -> String {
        if self.is_clause(at) {
            return self.clause(at);
        }
        if self.children(at).is_empty() && !self.is_nominal(at) {
            return self.leaf(at);
        }
        if self.is_nominal(at) { self.nominal(at) } else { self.other(at) }
    }

    fn is_nominal(&self, at: usize) -> bool {
        let relation = self.relation(at);
        let within = matches!(
            relation,
            Relation::Compound
                | Relation::Flat
                | Relation::FlatName
                | Relation::Nummod
                | Relation::Amod
                | Relation::Det
                | Relation::Fixed
                | Relation::Goeswith
                | Relation::Case
                | Relation::Mark
                | Relation::Advmod
        );
        !within && matches!(self.upos(at), Upos::Noun | Upos::Propn | Upos::Pron | Upos::Num)
    }

    /// A noun phrase; with a preposition before it a phrase of that.
    fn nominal(&self, at: usize) -> String {
        let (mut marks, mut ahead, mut own) = (Vec::new(), Vec::new(), Vec::new());
        let (mut modifiers, mut joined) = (Vec::new(), Vec::new());
        for child in self.with(at) {
            let relation = self.relation(child);
            if child == at {
                own.push(self.leaf(at));
            } else if child < at && matches!(relation, Relation::Case | Relation::Mark) {
                ahead.push(self.leaf(child));
            } else if child < at && own.is_empty() && self.upos(child) == Upos::Punct {
                marks.push(self.leaf(child));
            } else if relation == Relation::Conj && self.relation(at) == Relation::Conj {
                // `A, B and C`: some trees hang C on B; the phrase lists all three. Whoever joins B writes it.
            } else if matches!(relation, Relation::Conj | Relation::Appos) {
                joined.extend(self.conjunct(child));
            } else if child > at && self.upos(child) == Upos::Punct {
                let list = if joined.is_empty() { &mut modifiers } else { &mut joined };
                list.push(self.leaf(child));
            } else if child < at || self.belongs(child) {
                own.push(self.within(child));
            } else {
                modifiers.push(self.phrase(child));
            }
        }
        let mut phrase = format!("(NP {})", own.join(" "));
        if !modifiers.is_empty() {
            phrase = format!("(NP {phrase} {})", modifiers.join(" "));
        }
        if !joined.is_empty() {
            phrase = format!("(NP {phrase} {})", joined.join(" "));
        }
        if !ahead.is_empty() {
            phrase = format!("(PP {} {phrase})", ahead.join(" "));
        }
        marks.push(phrase);
        marks.join(" ")
    }

    /// Returns what stands within a noun phrase: words side by side, unless they are several, a clause, or somebody's.
    fn within(&self, at: usize) -> String {
        if self.has(at, &[Relation::Conj]) {
            return self.nominal(at);
        }
        if self.has(at, &[Relation::Case]) || self.is_clause(at) {
            return self.phrase(at);
        }
        let parts: Vec<String> = self
            .with(at)
            .map(|child| if child == at { self.leaf(at) } else { self.within(child) })
            .collect();
        parts.join(" ")
    }

    /// Tells whether a word behind a noun is a part of its name, or its `'s`.
    fn belongs(&self, at: usize) -> bool {
        let name = [Relation::Flat, Relation::FlatName, Relation::Compound, Relation::Fixed];
        name.contains(&self.relation(at))
            || matches!(self.relation(at), Relation::Case | Relation::Nummod)
    }

    /// Returns a conjunct with the conjunction and comma before it.
    fn conjunct(&self, at: usize) -> Vec<String> {
        let before = self.children(at).iter().filter(|child| self.joins(**child));
        let mut parts: Vec<String> = before.map(|child| self.leaf(*child)).collect();
        parts.push(self.phrase(at));
        if self.is_nominal(at) && self.relation(at) == Relation::Conj && !self.is_clause(at) {
            let further = self
                .children(at)
                .iter()
                .filter(|child| self.relation(**child) == Relation::Conj && **child > at);
            parts.extend(further.flat_map(|child| self.conjunct(*child)));
        }
        parts
    }

    /// Tells whether a word is the conjunction or comma before a conjunct: whoever joins them writes it.
    fn joins(&self, at: usize) -> bool {
        let head = self.heads.get(at).and_then(|head| head.word);
        head.is_some_and(|head| {
            let relation = self.relation(head);
            let conjunct =
                matches!(relation, Relation::Conj | Relation::Appos | Relation::Parataxis);
            let mark = self.relation(at) == Relation::Cc || self.upos(at) == Upos::Punct;
            conjunct && at < head && mark
        })
    }

    /// A phrase of an adjective, an adverb or the like.
    fn other(&self, at: usize) -> String {
        let labels = [(Upos::Adj, "ADJP"), (Upos::Adv, "ADVP"), (Upos::Num, "QP")];
        let label = labels.iter().find(|(upos, _)| *upos == self.upos(at));
        let label = label.map_or("X", |(_, label)| *label);
        let parts: Vec<String> = self
            .with(at)
            .map(|child| if child == at { self.leaf(at) } else { self.phrase(child) })
            .collect();
        format!("({label} {})", parts.join(" "))
    }

    /// Returns a word and those that hang on it, in the order of the text.
    fn with(&self, at: usize) -> impl Iterator<Item = usize> {
        let mut all = self.children(at).to_vec();
        all.retain(|child| !self.joins(*child));
        all.push(at);
        all.sort_unstable();
        all.into_iter()
    }

    /// A clause: what stands before its verb, and the verb phrase, each auxiliary opening one.
    fn clause(&self, at: usize) -> String {
        let (mut before, mut behind, mut marks) = (Vec::new(), Vec::new(), Vec::new());
        let mut verbs: Vec<Vec<String>> = vec![Vec::new()];
        let mut joined = Vec::new();
        let start = self.verb_start(at);
        for child in self.with(at) {
            let relation = self.relation(child);
            let level = verbs.last_mut();
            if child == at {
                level.into_iter().for_each(|level| level.push(self.leaf(at)));
            } else if child < start {
                let mark = relation == Relation::Mark || relation == Relation::Case;
                let list = if mark { &mut marks } else { &mut before };
                list.push(self.phrase(child));
            } else if child < at
                && matches!(
                    relation,
                    Relation::Aux | Relation::AuxPass | Relation::Cop | Relation::Mark
                )
            {
                level.into_iter().for_each(|level| level.push(self.leaf(child)));
                verbs.push(Vec::new());
            } else if relation == Relation::Conj && !self.has_subject(child) {
                joined.extend(self.conjunct(child));
            } else if relation == Relation::Conj || relation == Relation::Parataxis {
                behind.extend(self.conjunct(child));
            } else if self.upos(child) == Upos::Punct && child > at {
                let list =
                    if behind.is_empty() && !self.last(child) { level } else { Some(&mut behind) };
                list.into_iter().for_each(|list| list.push(self.leaf(child)));
            } else {
                level.into_iter().for_each(|level| level.push(self.phrase(child)));
            }
        }
        let nested = verbs.into_iter().rev().fold(String::new(), |inner, mut level| {
            if level.is_empty() {
                return inner;
            }
            level.push(inner);
            labelled("VP", &level)
        });
        joined.insert(0, nested);
        let verb = if joined.len() == 1 { joined.concat() } else { labelled("VP", &joined) };
        self.wrapped(at, &marks, &before, verb, &behind)
    }

    fn last(&self, at: usize) -> bool {
        at + 1 == self.words.len()
    }

    fn has_subject(&self, at: usize) -> bool {
        self.has(at, &[Relation::Nsubj, Relation::NsubjPass, Relation::Csubj, Relation::Expl])
    }

    /// Returns the first word of the verb phrase: behind the subject, or else the first auxiliary, `to` or adverb before the verb.
    fn verb_start(&self, at: usize) -> usize {
        let subject = [
            Relation::Nsubj,
            Relation::NsubjPass,
            Relation::Csubj,
            Relation::Expl,
            Relation::Ccomp,
        ];
        let ahead = || self.children(at).iter().copied().filter(|child| *child < at);
        let behind = ahead().filter(|child| subject.contains(&self.relation(*child))).max();
        if let Some(subject) = behind {
            return subject + 1;
        }
        let inner = |child: &usize| {
            let to = self.tags.get(*child).is_some_and(|tag| tag.penn.name() == "TO");
            let relation = self.relation(*child);
            to || matches!(relation, Relation::Aux | Relation::AuxPass | Relation::Cop)
        };
        ahead().find(inner).unwrap_or(at)
    }

    /// Puts a clause together as its relation asks for.
    fn wrapped(
        &self,
        at: usize,
        marks: &[String],
        before: &[String],
        verb: String,
        behind: &[String],
    ) -> String {
        let relation = self.relation(at);
        let joined = relation == Relation::Conj && !self.has_subject(at);
        if marks.is_empty() && before.is_empty() && behind.is_empty() {
            let bare = joined || relation == Relation::Acl;
            return if bare { verb } else { labelled("S", &[verb]) };
        }
        let clause = labelled("S", &[before, &[verb], behind].concat());
        if CLAUSES.contains(&relation) || !marks.is_empty() {
            labelled("SBAR", &[marks, &[clause]].concat())
        } else {
            clause
        }
    }
}

/// Returns a phrase of these parts; empty ones are left out.
fn labelled(label: &str, parts: &[String]) -> String {
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    format!("({label} {})", parts.join(" "))
}
