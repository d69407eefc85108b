//! The form under which a dictionary has a word.

use super::{Penn, Tag};
use crate::model::hash;
use crate::model::table::Table;
use crate::model::{Kind, ModelError, Parts};

/// Longest ending that a rule asks for, in letters.
const ENDING_LEN_MAX: usize = 6;

/// How a form becomes its lemma: so many letters fewer at its end, and others in their place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    /// Capitals stay.
    pub(crate) keeps_case: bool,
    /// Letters to take off.
    pub(crate) cut: u8,
    /// Letters to put there.
    pub(crate) add: String,
}

impl Rule {
    /// Returns the rule by which `form` becomes `lemma`: the one that cuts least, small letters first.
    pub(crate) fn between(form: &str, lemma: &str) -> Option<Self> {
        let small = form.to_lowercase();
        let shared = |form: &str| {
            form.chars()
                .zip(lemma.chars())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a.len_utf8())
                .sum()
        };
        let of = |form: &str, keeps_case| {
            let shared: usize = shared(form);
            let cut = u8::try_from(form.get(shared..)?.chars().count()).ok()?;
            Some(Self { keeps_case, cut, add: lemma.get(shared..)?.to_owned() })
        };
        let (small, kept) = (of(&small, false)?, of(form, true)?);
        Some(if kept.cut < small.cut { kept } else { small })
    }

    /// Returns the lemma of a form.
    pub(crate) fn apply(&self, form: &str) -> String {
        let form = if self.keeps_case { form.to_owned() } else { form.to_lowercase() };
        let len = form.chars().count().saturating_sub(usize::from(self.cut));
        form.chars().take(len).chain(self.add.chars()).collect()
    }

    /// Appends the rule's bytes: whether case is kept, letters to cut, bytes to add and how many.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend([
            u8::from(self.keeps_case),
            self.cut,
            u8::try_from(self.add.len()).unwrap_or(0),
        ]);
        out.extend(self.add.bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let ([keeps_case, cut, len], rest) = bytes.split_first_chunk::<3>()?;
        let (add, rest) = rest.split_at_checked(usize::from(*len))?;
        *bytes = rest;
        let add = str::from_utf8(add).ok()?.to_owned();
        Some(Self { keeps_case: *keeps_case == 1, cut: *cut, add })
    }
}

/// Returns the keys under which a form's rule may be, the most special one first: the form, then its endings to the empty one.
pub(crate) fn keys(form: &str, penn: Penn) -> impl Iterator<Item = u64> {
    let small = form.to_lowercase();
    let penn = u64::from(penn.code());
    let letters: Vec<usize> = small.char_indices().map(|(at, _)| at).collect();
    let whole = hash::key(70, [hash::text(&small), penn]);
    let longest = letters.len().min(ENDING_LEN_MAX);
    let endings = (0..=longest).rev().map(move |len| {
        let at = letters.len().checked_sub(len).and_then(|at| letters.get(at)).copied();
        let ending = small.get(at.unwrap_or(small.len())..).unwrap_or_default();
        hash::key(71 + len as u64, [hash::text(ending), penn])
    });
    std::iter::once(whole).chain(endings)
}

/// Rules and exceptions for lemmas: a model of [`Kind::Lemmas`].
#[derive(Debug)]
pub struct Lemmas<'m> {
    rules: Vec<Rule>,
    table: Table<'m>,
}

impl<'m> Lemmas<'m> {
    /// Reads a model.
    ///
    /// # Errors
    /// If the bytes are no such model of this version, or not as they were written.
    pub fn read(bytes: &'m [u8]) -> Result<Self, ModelError> {
        let Parts { parts: [mut written, table], .. } = Parts::read(Kind::Lemmas, bytes)?;
        let mut rules = Vec::new();
        while !written.is_empty() {
            let rule = Rule::read(&mut written).ok_or(Kind::Lemmas.malformed("list of rules"))?;
            rules.push(rule);
        }
        let known = |value: u16| usize::from(value) < rules.len();
        let table = Table::read(table).filter(|table| table.all(known));
        let table = table.ok_or(Kind::Lemmas.malformed("table"))?;
        Ok(Self { rules, table })
    }

    /// Returns the lemma of a word: `attacked` as a verb is `attack`. Of what no rule knows, the word in small letters.
    pub fn lemma(&self, form: &str, tag: Tag) -> String {
        let found = keys(form, tag.penn).find_map(|key| self.table.find(key));
        let rule = found.and_then(|(_, at)| self.rules.get(usize::from(at)));
        rule.map_or_else(|| form.to_lowercase(), |rule| rule.apply(form))
    }
}
