//! What changed between two versions of a text: which paragraphs, and in them which words.

use super::{Attachment, Language, Paragraph, Text, Wording};
use similar::{Algorithm, DiffOp};
use std::collections::{BTreeMap, BTreeSet};

/// Most words, spaces and marks of one side that are compared one by one; longer ones are shown whole. The time grows with
/// the square: two paragraphs of 2,000 words with nothing in common take some tens of milliseconds.
const TOKENS_MAX: usize = 4_000;

/// Share of words in common, in hundredths, from which a paragraph with another number is the same one, moved.
const MOVED_FROM: usize = 50;

/// Share of words in common, in hundredths, from which a paragraph with the same number is the same one, rewritten.
const REWRITTEN_FROM: usize = 20;

/// How much the same number counts beside the share of words, in hundredths.
const SAME_NUMBER: usize = 25;

/// A run of text in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// In both versions.
    Same(String),
    /// In the old version only.
    Removed(String),
    /// In the new version only.
    Added(String),
}

/// The difference between two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The titles, by language.
    pub titles: BTreeMap<Language, Vec<Change>>,
    /// The paragraphs in the order of the new text, a removed one after what it followed.
    pub rows: Vec<Row>,
}

/// A paragraph in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What happened to it.
    pub kind: RowKind,
    /// Its number in the old text.
    pub old: Option<u32>,
    /// Its number in the new text; another than `old` if it moved.
    pub new: Option<u32>,
    /// Its wordings in all languages of either text.
    pub wordings: BTreeMap<Language, WordingDiff>,
    /// Its attachments, a line each.
    pub attachments: Vec<Change>,
}

/// What happened to a paragraph's wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// Nothing; it may have another number.
    Unchanged,
    /// It reads otherwise.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

/// A wording in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordingDiff {
    /// Its heading.
    pub heading: Vec<Change>,
    /// Its text.
    pub text: Vec<Change>,
    /// Its footnotes, by mark.
    pub notes: BTreeMap<String, Vec<Change>>,
}

impl Row {
    /// Returns true if it has another number than before.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.old.is_some() && self.new.is_some() && self.old != self.new
    }
}

impl RowKind {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

impl Diff {
    /// Compares two texts.
    #[must_use]
    pub fn of(old: &Text, new: &Text) -> Self {
        let languages: BTreeSet<&Language> =
            old.titles().keys().chain(new.titles().keys()).collect();
        let title =
            |text: &Text, language: &Language| text.title(language).unwrap_or_default().to_owned();
        let titles = languages.into_iter().map(|language| {
            (language.clone(), words(&title(old, language), &title(new, language)))
        });
        let partner = pair(old.paragraphs(), new.paragraphs());
        Self { titles: titles.collect(), rows: rows(old.paragraphs(), new.paragraphs(), &partner) }
    }

    /// Returns how many paragraphs are of a kind.
    #[must_use]
    pub fn count(&self, kind: RowKind) -> usize {
        self.rows.iter().filter(|row| row.kind == kind).count()
    }
}

/// Puts removed paragraphs where they were: after the nearest paragraph before them that is still there.
fn rows(old: &[Paragraph], new: &[Paragraph], partner: &[Option<usize>]) -> Vec<Row> {
    let kept: BTreeMap<usize, usize> =
        partner.iter().enumerate().filter_map(|(at, from)| Some(((*from)?, at))).collect();
    let mut removed_after: BTreeMap<Option<usize>, Vec<&Paragraph>> = BTreeMap::new();
    let mut last = None;
    for (at, paragraph) in old.iter().enumerate() {
        match kept.get(&at) {
            Some(now) => last = Some(*now),
            None => removed_after.entry(last).or_default().push(paragraph),
        }
    }
    let gone = |after: Option<usize>| {
        let list = removed_after.get(&after).map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|paragraph| row(Some(paragraph), None)).collect::<Vec<Row>>()
    };
    let mut rows = gone(None);
    for (at, paragraph) in new.iter().enumerate() {
        let before = partner.get(at).copied().flatten().and_then(|from| old.get(from));
        rows.push(row(before, Some(paragraph)));
        rows.extend(gone(Some(at)));
    }
    rows
}

/// Returns for each new paragraph the place of the old one that it was.
///
/// The same wording comes first, with the same number and then with any; then what has most in common.
fn pair(old: &[Paragraph], new: &[Paragraph]) -> Vec<Option<usize>> {
    let mut partner = vec![None; new.len()];
    let mut free: BTreeSet<usize> = (0..old.len()).collect();
    for needs_number in [true, false] {
        for (slot, paragraph) in partner.iter_mut().zip(new) {
            let is_it = |from: &usize| {
                let is_numbered = |o: &Paragraph| !needs_number || o.number == paragraph.number;
                old.get(*from).is_some_and(|o| is_numbered(o) && same(o, paragraph))
            };
            if slot.is_none() {
                *slot = free.iter().copied().find(is_it);
                slot.map(|from| free.remove(&from));
            }
        }
    }
    for (from, at) in likely(old, new, &free, &partner) {
        if let Some(slot) = partner.get_mut(at).filter(|slot| slot.is_none())
            && free.remove(&from)
        {
            *slot = Some(from);
        }
    }
    partner
}

/// Returns which of the paragraphs that are left may be the same, by what they have in common, the most first.
fn likely(
    old: &[Paragraph],
    new: &[Paragraph],
    free: &BTreeSet<usize>,
    partner: &[Option<usize>],
) -> Vec<(usize, usize)> {
    let (bags_old, bags_new) = bags(old, new);
    let old: Vec<_> = old.iter().zip(&bags_old).enumerate().collect();
    let mut found = Vec::new();
    for (at, ((paragraph, words), slot)) in new.iter().zip(&bags_new).zip(partner).enumerate() {
        let left = old.iter().filter(|(from, _)| slot.is_none() && free.contains(from));
        for (from, (before, bag)) in left {
            let share = share(bag, words);
            let is_numbered = before.number == paragraph.number;
            if share >= MOVED_FROM || (is_numbered && share >= REWRITTEN_FROM) {
                let score = share + if is_numbered { SAME_NUMBER } else { 0 };
                found.push((score, *from, at));
            }
        }
    }
    found.sort_by_key(|(score, from, at)| (std::cmp::Reverse(*score), *at, *from));
    found.into_iter().map(|(_, from, at)| (from, at)).collect()
}

fn same(old: &Paragraph, new: &Paragraph) -> bool {
    old.wordings == new.wordings && old.attachments == new.attachments
}

/// Returns the words of each paragraph as sorted numbers, one word one number in both texts.
fn bags(old: &[Paragraph], new: &[Paragraph]) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut bag = |paragraph| {
        let mut words: Vec<u32> = Vec::new();
        for word in all_words(paragraph) {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            words.push(*known.entry(word).or_insert(next));
        }
        words.sort_unstable();
        words
    };
    (old.iter().map(&mut bag).collect(), new.iter().map(&mut bag).collect())
}

fn all_words(paragraph: &Paragraph) -> impl Iterator<Item = &str> {
    let texts = paragraph.wordings.values().flat_map(|wording| {
        [wording.heading.as_deref().unwrap_or_default(), wording.text.as_str()]
    });
    texts.flat_map(tokens).filter(|token| token.chars().all(char::is_alphanumeric))
}

/// Returns the share of words in common, in hundredths of both sides: twice what is in both over all (Dice 1945).
fn share(old: &[u32], new: &[u32]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0usize);
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, common) = (i + 1, j + 1, common + 1),
        }
    }
    (200 * common).checked_div(old.len() + new.len()).unwrap_or(0)
}

fn row(old: Option<&Paragraph>, new: Option<&Paragraph>) -> Row {
    let kind = match (old, new) {
        (Some(old), Some(new)) if same(old, new) => RowKind::Unchanged,
        (Some(_), Some(_)) => RowKind::Changed,
        (Some(_), None) => RowKind::Removed,
        (None, _) => RowKind::Added,
    };
    let both = [old, new];
    let languages: BTreeSet<&Language> =
        both.iter().flatten().flat_map(|paragraph| paragraph.wordings.keys()).collect();
    let empty = Wording::default();
    let side = |paragraph: Option<&'_ Paragraph>, language: &Language| {
        paragraph.and_then(|p| p.wordings.get(language)).cloned().unwrap_or_else(|| empty.clone())
    };
    let wordings = languages
        .into_iter()
        .map(|language| (language.clone(), wording(&side(old, language), &side(new, language))));
    Row {
        kind,
        old: old.map(|paragraph| paragraph.number),
        new: new.map(|paragraph| paragraph.number),
        wordings: wordings.collect(),
        attachments: attachments(
            old.map_or(&[], |p| p.attachments.as_slice()),
            new.map_or(&[], |p| p.attachments.as_slice()),
        ),
    }
}

fn wording(old: &Wording, new: &Wording) -> WordingDiff {
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let marks: BTreeSet<&String> = old.notes.keys().chain(new.notes.keys()).collect();
    let notes = marks
        .into_iter()
        .map(|mark| (mark.clone(), words(&text(old.notes.get(mark)), &text(new.notes.get(mark)))));
    WordingDiff {
        heading: words(&text(old.heading.as_ref()), &text(new.heading.as_ref())),
        text: words(&old.text, &new.text),
        notes: notes.collect(),
    }
}

fn attachments(old: &[Attachment], new: &[Attachment]) -> Vec<Change> {
    let line = |a: &Attachment| format!("{} ({}, {} bytes, {})", a.name, a.media, a.size, a.hash);
    let gone = old.iter().filter(|a| !new.contains(a)).map(|a| Change::Removed(line(a)));
    let here = new
        .iter()
        .map(|a| if old.contains(a) { Change::Same(line(a)) } else { Change::Added(line(a)) });
    gone.chain(here).collect()
}

/// Returns the runs that lead from `old` to `new`, a removal before the addition in its place.
///
/// The `Same` and `Removed` runs joined give `old`, the `Same` and `Added` runs joined give `new`, to the character.
/// Words are the unit; a space between two changed words counts as changed, so that a phrase stays in one piece.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<Change> {
    let (a, b): (Vec<&str>, Vec<&str>) = (tokens(old).collect(), tokens(new).collect());
    let mut out = Runs::default();
    if a.len() > TOKENS_MAX || b.len() > TOKENS_MAX {
        if old == new {
            out.same(old);
        } else {
            out.removed.push_str(old);
            out.added.push_str(new);
        }
        return out.end();
    }
    let joined = |tokens: &[&str], from: usize, len: usize| -> String {
        tokens.iter().skip(from).take(len).copied().collect()
    };
    let (ids_a, ids_b) = numbered(&a, &b);
    let ops = similar::capture_diff_slices(Algorithm::Myers, &ids_a, &ids_b);
    for (at, op) in ops.iter().enumerate() {
        match *op {
            DiffOp::Equal { old_index, len, .. } => {
                let text = joined(&a, old_index, len);
                let goes_on = at > 0 && at + 1 < ops.len();
                if goes_on && text.chars().all(char::is_whitespace) {
                    out.removed.push_str(&text);
                    out.added.push_str(&text);
                } else {
                    out.same(&text);
                }
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                out.removed.push_str(&joined(&a, old_index, old_len));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                out.added.push_str(&joined(&b, new_index, new_len));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                out.removed.push_str(&joined(&a, old_index, old_len));
                out.added.push_str(&joined(&b, new_index, new_len));
            }
        }
    }
    out.end()
}

/// Returns a number for each token, one token one number in both: numbers are compared faster.
fn numbered<'t>(a: &[&'t str], b: &[&'t str]) -> (Vec<usize>, Vec<usize>) {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut number = |token: &&'t str| {
        let next = known.len();
        *known.entry(*token).or_insert(next)
    };
    (a.iter().map(&mut number).collect(), b.iter().map(&mut number).collect())
}

/// Splits a text into words, runs of white space and single marks; joined they are the text.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = match kind(first) {
            2 => first.len_utf8(),
            same => rest.find(|c| kind(c) != same).unwrap_or(rest.len()),
        };
        let (token, left) = rest.split_at(end);
        rest = left;
        Some(token)
    })
}

/// Runs that are put together, with the change that is going on.
#[derive(Default)]
struct Runs {
    done: Vec<Change>,
    removed: String,
    added: String,
}

impl Runs {
    fn same(&mut self, text: &str) {
        self.flush();
        match self.done.last_mut() {
            Some(Change::Same(run)) => run.push_str(text),
            Some(Change::Removed(_) | Change::Added(_)) | None => {
                self.done.push(Change::Same(text.to_owned()));
            }
        }
    }

    fn flush(&mut self) {
        let (removed, added) = (std::mem::take(&mut self.removed), std::mem::take(&mut self.added));
        self.done.extend((!removed.is_empty()).then_some(Change::Removed(removed)));
        self.done.extend((!added.is_empty()).then_some(Change::Added(added)));
    }

    fn end(mut self) -> Vec<Change> {
        self.flush();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a comparison as `same [-removed-] {+added+}`.
    fn written(changes: &[Change]) -> String {
        let one = |change: &Change| match change {
            Change::Same(t) => t.clone(),
            Change::Removed(t) => format!("[-{t}-]"),
            Change::Added(t) => format!("{{+{t}+}}"),
        };
        changes.iter().map(one).collect()
    }

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        assert_eq!(written(&words(old, new)), expected);
    }

    #[test]
    fn one_word_that_an_amendment_replaced_is_the_only_change() {
        check(
            "condemns the attack at border post 4.",
            "condemns the incident at border post 4.",
            "condemns the [-attack-]{+incident+} at border post 4.",
        );
    }

    #[test]
    fn words_added_or_struck_at_either_end_are_found() {
        check("two generators", "two generators and water", "two generators{+ and water+}");
        check("at once two", "two", "[-at once -]two");
        check("", "new", "{+new+}");
        check("old", "", "[-old-]");
        check("", "", "");
        check("same", "same", "same");
    }

    #[test]
    fn a_replaced_phrase_stays_in_one_piece() {
        check(
            "by armed men today",
            "by unknown persons today",
            "by [-armed men-]{+unknown persons+} today",
        );
    }

    #[test]
    fn punctuation_and_other_scripts_are_compared_as_written() {
        check("Вече, сегодня", "Вече; сегодня", "Вече[-,-]{+;+} сегодня");
    }

    #[test]
    fn texts_too_long_to_compare_are_shown_whole() {
        let (old, new) = (vec!["old"; 5000].join(" "), vec!["new"; 5000].join(" "));
        assert_eq!(words(&old, &new), [Change::Removed(old.clone()), Change::Added(new)]);
        assert_eq!(words(&old, &old), [Change::Same(old.clone())]);
    }
}
