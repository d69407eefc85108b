//! The form under which a dictionary has a word.

use super::{Penn, Tag};
use crate::english::{self, Form};
use crate::lexicon::{Head, Trigger};
use crate::model::hash;
use crate::model::table::Table;
use crate::model::{Kind, ModelError, Parts};
use hashbrown::HashTable;

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
        let mut small = String::new();
        lowered(form, &mut small);
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

    /// Makes the lemma of a form, which `small` has in small letters.
    fn apply(&self, form: &str, small: &mut String) {
        if self.keeps_case {
            small.clear();
            small.push_str(form);
        }
        let letters = usize::from(self.cut);
        let end = letters.checked_sub(1).map_or(Some(small.len()), |last| {
            small.char_indices().rev().nth(last).map(|(at, _)| at)
        });
        small.truncate(end.unwrap_or(0));
        small.push_str(&self.add);
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

/// Returns the key of a form in small letters.
fn whole(small: &str, penn: Penn) -> u64 {
    hash::key(70, [hash::text(small), u64::from(penn.code())])
}

/// Returns the keys under which the rule of a form in small letters may be, the most special one first: the form, then its endings to
/// the empty one.
pub(crate) fn keys(small: &str, penn: Penn) -> impl Iterator<Item = u64> + use<> {
    let code = u64::from(penn.code());
    let mut endings = [0; ENDING_LEN_MAX + 1];
    let (mut hash, mut count) = (hash::BEGUN, 0);
    let letters = small.chars().rev().map(Some).chain([None]);
    for ((template, ending), letter) in (71..).zip(&mut endings).zip(letters) {
        *ending = hash::key(template, [hash::finished(hash), code]);
        count += 1;
        let bytes = letter.map(u32::from).unwrap_or_default().to_le_bytes();
        hash = bytes.into_iter().fold(hash, hash::with);
    }
    let endings = endings.into_iter().rev().skip(ENDING_LEN_MAX + 1 - count);
    std::iter::once(whole(small, penn)).chain(endings)
}

/// Writes a form in small letters.
pub(crate) fn lowered(form: &str, small: &mut String) {
    small.clear();
    if form.is_ascii() {
        small.push_str(form);
        small.make_ascii_lowercase();
        return;
    }
    small.extend(form.chars().flat_map(char::to_lowercase));
}

/// Rules and exceptions for lemmas: a model of [`Kind::Lemmas`], and the forms of words that are known besides.
#[derive(Debug)]
pub struct Lemmas<'m> {
    rules: Vec<Rule>,
    table: Table<'m>,
    /// A form's key and the number of its rule. It is asked and never listed.
    known: HashTable<(u64, usize)>,
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
        let mut lemmas = Self { rules, table, known: HashTable::new() };
        english::irregular_verbs().for_each(|verb| lemmas.spelt(verb, english::verb));
        english::irregular_nouns().for_each(|noun| lemmas.spelt(noun, english::noun));
        Ok(lemmas)
    }

    /// Takes in the forms of the verbs and nouns of a lexicon, which then come before all that was learnt: `shelled` is `shell`, though
    /// `cancelled` is `cancel`.
    pub fn learn(&mut self, triggers: &[Trigger]) {
        for trigger in triggers {
            match trigger.head {
                Head::Verb => {
                    let verb = trigger.words.split(' ').next().unwrap_or_default();
                    self.spelt(verb, english::verb);
                }
                Head::Noun if !trigger.words.contains(' ') => {
                    self.spelt(&trigger.words, english::noun);
                }
                Head::Noun | Head::Adjective | Head::Phrase => {}
            }
        }
    }

    /// Takes in a word in each of its spellings.
    fn spelt(&mut self, word: &str, forms: fn(&str) -> Vec<(Form, String)>) {
        let mut spellings = vec![word.to_owned()];
        english::spellings(&mut spellings);
        for lemma in spellings {
            for (form, written) in forms(&lemma) {
                for penn in form.penn() {
                    self.enter(&written, *penn, &lemma);
                }
            }
        }
    }

    /// Enters a form, if it is not there: the first word of a lexicon that has it is the more usual one.
    fn enter(&mut self, form: &str, penn: Penn, lemma: &str) {
        let Some(rule) = Rule::between(form, lemma) else { return };
        let key = whole(form, penn);
        if self.known.find(key, |(other, _)| *other == key).is_some() {
            return;
        }
        let at = self.rules.iter().position(|other| *other == rule).unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        });
        self.known.insert_unique(key, (key, at), |(key, _)| *key);
    }

    /// Returns the lemma of a word: `attacked` as a verb is `attack`. Of what no rule knows, the word in small letters.
    pub fn lemma(&self, form: &str, tag: Tag) -> String {
        let mut lemma = String::new();
        self.lemma_into(form, tag, &mut lemma);
        lemma
    }

    /// Writes the lemma of a word over what `lemma` holds.
    pub fn lemma_into(&self, form: &str, tag: Tag, lemma: &mut String) {
        lowered(form, lemma);
        let key = whole(lemma, tag.penn);
        let known = self.known.find(key, |(other, _)| *other == key).map(|(_, at)| *at);
        let found = known.or_else(|| {
            keys(lemma, tag.penn).find_map(|key| self.table.find(key)).map(usize::from)
        });
        if let Some(rule) = found.and_then(|at| self.rules.get(at)) {
            rule.apply(form, lemma);
        }
    }
}

impl Form {
    /// Returns the tags of words in this form.
    pub(crate) const fn penn(self) -> &'static [Penn] {
        match self {
            Self::Base => &[Penn::Vb, Penn::Vbp],
            Self::Third => &[Penn::Vbz],
            Self::Past => &[Penn::Vbd],
            Self::Participle => &[Penn::Vbn],
            Self::Gerund => &[Penn::Vbg],
            Self::Singular => &[Penn::Nn],
            Self::Plural => &[Penn::Nns],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Head, Penn, Tag};
    use crate::english;
    use crate::matcher::Vocabulary;
    use crate::model;
    use crate::tag::Upos;

    #[track_caller]
    fn check(form: &str, penn: Penn, lemma: &str) {
        let upos = if matches!(penn, Penn::Nns | Penn::Nn) { Upos::Noun } else { Upos::Verb };
        let found = model::english().unwrap().lemmas.lemma(form, Tag { upos, penn });
        assert_eq!(found, lemma, "{form}");
    }

    #[test]
    fn a_doubled_letter_belongs_to_the_word_or_to_the_ending() {
        check("shelled", Penn::Vbd, "shell");
        check("Shelling", Penn::Vbg, "shell");
        check("killed", Penn::Vbn, "kill");
        check("expelled", Penn::Vbd, "expel");
        check("cancelled", Penn::Vbn, "cancel");
        check("canceled", Penn::Vbn, "cancel");
        check("banned", Penn::Vbn, "ban");
        check("stripped", Penn::Vbn, "strip");
    }

    #[test]
    fn an_irregular_verb_is_found_behind_its_beginning() {
        check("withdrew", Penn::Vbd, "withdraw");
        check("overran", Penn::Vbd, "overrun");
        check("struck", Penn::Vbn, "strike");
        check("slain", Penn::Vbn, "slay");
    }

    #[test]
    fn a_lemma_keeps_the_spelling_of_the_text() {
        check("mobilised", Penn::Vbd, "mobilise");
        check("mobilized", Penn::Vbd, "mobilize");
    }

    /// Forms that belong to two verbs or nouns of the lexicon: the earlier one has them.
    const SHARED: [(&str, &str); 2] = [("lambasted", "lambaste"), ("lambasting", "lambaste")];

    #[test]
    fn every_form_of_every_verb_of_the_lexicon_leads_back_to_it() {
        let lemmas = model::english().unwrap().lemmas;
        let vocabulary = Vocabulary::shipped().unwrap();
        let verbs = vocabulary.triggers_en.iter().filter(|trigger| trigger.head == Head::Verb);
        let (mut forms, mut lost) = (0, Vec::new());
        for verb in verbs.filter_map(|trigger| trigger.words.split(' ').next()) {
            for (form, written) in english::verb(verb) {
                for penn in form.penn() {
                    forms += 1;
                    let lemma = lemmas.lemma(&written, Tag { upos: Upos::Verb, penn: *penn });
                    if lemma != verb && !SHARED.contains(&(written.as_str(), verb)) {
                        lost.push(format!("{written}: {lemma}, not {verb} ({form:?})"));
                    }
                }
            }
        }
        assert!(forms > 3_000, "{forms} forms");
        assert!(lost.is_empty(), "{}", lost.join("\n"));
    }

    #[test]
    fn no_form_is_made_for_a_noun_as_for_a_verb() {
        assert!(english::noun("shell").iter().all(|(form, _)| *form != Form::Base));
        check("crises", Penn::Nns, "crisis");
    }
}
