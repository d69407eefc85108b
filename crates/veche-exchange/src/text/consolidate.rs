//! A text as it reads after its amendments (`formats/text.md`, section 3).

use super::limit::{AMENDMENTS_MAX, NAME_LEN_MAX, PARAGRAPHS_MAX, one_line};
use super::read::{CHANGE_KEYS, number, optional, paragraph};
use super::{Language, Paragraph, Place, Text, TextError, TextFault};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use veche_ledger::Value;

/// An act that changes paragraphs of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// What it is called: `A-1`.
    pub name: String,
    /// What it changes.
    pub changes: Vec<Change>,
}

/// What an amendment does with one paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which paragraph.
    pub of: Slot,
    /// The amendment whose wording it changes in turn.
    pub over: Option<String>,
    /// What becomes of it.
    pub deed: Deed,
}

/// What becomes of a paragraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It reads as this one.
    Replace(Paragraph),
    /// It comes to be.
    Insert(Paragraph),
    /// It goes.
    Delete,
}

/// A place in a text that is being amended: a paragraph of its own, or one inserted after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The number in the text that is amended; 0: before the first.
    pub n: u32,
    /// 0 for the paragraph itself, 1, 2, .. for those inserted after it.
    pub bis: u32,
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bis {
            0 => write!(f, "{}", self.n),
            1 => write!(f, "{} bis", self.n),
            bis => write!(f, "{} bis {bis}", self.n),
        }
    }
}

/// The text after its amendments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consolidated {
    /// The text, numbered from 1; each paragraph says which amendment gave it.
    pub text: Text,
    /// For each of its paragraphs what it was before.
    pub was: Vec<Slot>,
    /// What is no longer there, with the amendment that deleted it.
    pub deleted: Vec<(Slot, String)>,
}

/// Why amendments do not come together: in which one, and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("amendment `{name}`: {what}")]
pub struct ConsolidateError {
    /// The amendment.
    pub name: String,
    /// What is wrong.
    pub what: Conflict,
}

/// What is wrong with an amendment, or between two.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// A change that cannot be read.
    #[error("{0}")]
    Unreadable(TextError),
    /// The outcome is no sound text.
    #[error("after it the text is not sound: {0}")]
    Unsound(TextError),
    /// `do` says something else.
    #[error("`do` is `replace`, `insert` or `delete`, not `{0}`")]
    NoSuchDeed(String),
    /// An insertion that does not say where.
    #[error("`insert` needs `bis`, 1 or more: `n = {0}, bis = 1` is paragraph {0} bis")]
    InsertWithoutBis(u32),
    /// No such paragraph.
    #[error("there is no paragraph {0}")]
    NoSuchParagraph(Slot),
    /// A paragraph that an earlier one deleted.
    #[error("paragraph {of} was deleted by `{by}`")]
    Deleted {
        /// Which.
        of: Slot,
        /// By which amendment.
        by: String,
    },
    /// A paragraph that an earlier one changed.
    #[error(
        "paragraph {of} was given by `{by}` already: if it is meant to change that wording, say `over = \"{by}\"`"
    )]
    AlreadyChanged {
        /// Which.
        of: Slot,
        /// By which amendment.
        by: String,
    },
    /// `over` names what did not give the paragraph.
    #[error("paragraph {of} was not given by `{over}`")]
    NotOver {
        /// Which.
        of: Slot,
        /// What was named.
        over: String,
    },
    /// A place that is taken.
    #[error("there is a paragraph {0} already: take the next `bis`")]
    Taken(Slot),
    /// One paragraph twice in one amendment.
    #[error("it changes paragraph {0} twice")]
    Twice(Slot),
    /// A paragraph in other languages than the text.
    #[error(
        "paragraph {0} is not in the languages of the text: equally authentic versions are amended together"
    )]
    Languages(Slot),
    /// Two amendments of one name.
    #[error("there are two of this name")]
    SameName,
    /// More than can be consolidated at once.
    #[error("there are more than {0}")]
    TooMany(usize),
    /// Nothing is left.
    #[error("it deletes the last paragraph")]
    NothingLeft,
}

/// Returns the amendments that a file's values hold, in the list `amendments`.
///
/// # Errors
/// [`ConsolidateError`] with the first that is not as `formats/text.md` says.
pub fn read(values: &Value) -> Result<Vec<Amendment>, ConsolidateError> {
    let list = values.get("amendments").and_then(Value::as_list).unwrap_or_default();
    if list.is_empty() || list.len() > AMENDMENTS_MAX {
        let expected = "a list of 1 to 1000 objects with `name` and `changes`";
        let what = TextFault::Form { key: "amendments".to_owned(), expected };
        let what = Conflict::Unreadable(TextError { place: Place::Text, what });
        return Err(ConsolidateError { name: "?".to_owned(), what });
    }
    list.iter().enumerate().map(|(at, value)| amendment(at, value)).collect()
}

fn amendment(at: usize, value: &Value) -> Result<Amendment, ConsolidateError> {
    let unnamed = format!("number {}", at + 1);
    let fault = |name: &str, what| ConsolidateError {
        name: name.to_owned(),
        what: Conflict::Unreadable(TextError { place: Place::Text, what }),
    };
    let name = optional(value, "name").map_err(|what| fault(&unnamed, what))?;
    let name = name.ok_or_else(|| fault(&unnamed, TextFault::Missing("name")))?;
    one_line("name", &name, NAME_LEN_MAX).map_err(|what| fault(&unnamed, what))?;
    let list = value.get("changes").and_then(Value::as_list);
    let list = list.ok_or_else(|| fault(&name, TextFault::Missing("changes")))?;
    of_paragraphs(&name, list)
}

/// Returns the amendment that a record's `paragraphs` are.
///
/// # Errors
/// [`ConsolidateError`] with the first change that is not as `formats/text.md` says.
pub fn of_paragraphs(name: &str, list: &[Value]) -> Result<Amendment, ConsolidateError> {
    let fault = |what| ConsolidateError { name: name.to_owned(), what };
    if list.len() > PARAGRAPHS_MAX {
        return Err(fault(Conflict::TooMany(PARAGRAPHS_MAX)));
    }
    let read = list.iter().enumerate().map(|(at, value)| change(at, value));
    Ok(Amendment { name: name.to_owned(), changes: read.collect::<Result<_, _>>().map_err(fault)? })
}

fn change(at: usize, value: &Value) -> Result<Change, Conflict> {
    let [deed_key, bis_key, over_key] = CHANGE_KEYS;
    let unreadable = |what| Conflict::Unreadable(TextError { place: Place::Item(at + 1), what });
    let n = number(value, "n").map_err(unreadable)?;
    let bis = if value.get(bis_key).is_some() { number(value, bis_key) } else { Ok(0) };
    let of = Slot { n, bis: bis.map_err(unreadable)? };
    let deed = optional(value, deed_key).map_err(unreadable)?;
    let whole = || paragraph(at, value).map(|(_, p)| p).map_err(Conflict::Unreadable);
    let deed = match deed.as_deref().unwrap_or("replace") {
        "replace" => Deed::Replace(whole()?),
        "insert" if of.bis == 0 => return Err(Conflict::InsertWithoutBis(n)),
        "insert" => Deed::Insert(whole()?),
        "delete" => Deed::Delete,
        other => return Err(Conflict::NoSuchDeed(other.chars().take(40).collect())),
    };
    Ok(Change { of, over: optional(value, over_key).map_err(unreadable)?, deed })
}

/// A paragraph while amendments are applied.
struct Standing {
    paragraph: Option<Paragraph>,
    by: Option<String>,
}

/// Returns the text as it reads after all amendments, in their order.
///
/// # Errors
/// [`ConsolidateError`] with the first amendment that conflicts with the text or with an earlier one.
pub fn consolidate(
    base: &Text,
    amendments: &[Amendment],
) -> Result<Consolidated, ConsolidateError> {
    let mut slots: BTreeMap<Slot, Standing> = BTreeMap::new();
    for paragraph in base.paragraphs() {
        let slot = Slot { n: paragraph.number, bis: 0 };
        let by = paragraph.given_by.clone();
        slots.insert(slot, Standing { paragraph: Some(paragraph.clone()), by });
    }
    let mut names = BTreeSet::new();
    for amendment in amendments {
        let fault = |what| ConsolidateError { name: amendment.name.clone(), what };
        if !names.insert(&amendment.name) {
            return Err(fault(Conflict::SameName));
        }
        let mut touched = BTreeSet::new();
        for change in &amendment.changes {
            if !touched.insert(change.of) {
                return Err(fault(Conflict::Twice(change.of)));
            }
            apply(base, &mut slots, &names, amendment, change).map_err(fault)?;
        }
        if slots.values().all(|standing| standing.paragraph.is_none()) {
            return Err(fault(Conflict::NothingLeft));
        }
    }
    let last = amendments.last().map(|a| a.name.clone()).unwrap_or_default();
    numbered(base, slots)
        .map_err(|error| ConsolidateError { name: last, what: Conflict::Unsound(error) })
}

fn apply(
    base: &Text,
    slots: &mut BTreeMap<Slot, Standing>,
    names: &BTreeSet<&String>,
    amendment: &Amendment,
    change: &Change,
) -> Result<(), Conflict> {
    let of = change.of;
    let by = Some(amendment.name.clone());
    let given = match &change.deed {
        Deed::Replace(paragraph) | Deed::Insert(paragraph) => {
            Some(in_languages_of(base, paragraph).ok_or(Conflict::Languages(of))?)
        }
        Deed::Delete => None,
    };
    let standing = match (&change.deed, slots.get_mut(&of)) {
        (Deed::Insert(_), None) => {
            if of.n != 0 && base.paragraph(of.n).is_none() {
                return Err(Conflict::NoSuchParagraph(Slot { bis: 0, ..of }));
            }
            if let Some(over) = &change.over {
                return Err(Conflict::NotOver { of, over: over.clone() });
            }
            slots.insert(of, Standing { paragraph: given, by });
            return Ok(());
        }
        (Deed::Insert(_), Some(_)) => return Err(Conflict::Taken(of)),
        (Deed::Replace(_) | Deed::Delete, None) => return Err(Conflict::NoSuchParagraph(of)),
        (Deed::Replace(_) | Deed::Delete, Some(standing)) => standing,
    };
    may_change(standing, names, change)?;
    *standing = Standing { paragraph: given, by };
    Ok(())
}

/// What an amendment of this series gave is changed only by one that knows it.
fn may_change(
    standing: &Standing,
    names: &BTreeSet<&String>,
    change: &Change,
) -> Result<(), Conflict> {
    let of = change.of;
    let by = standing.by.as_ref().filter(|by| names.contains(by));
    if standing.paragraph.is_none() {
        return Err(Conflict::Deleted { of, by: by.cloned().unwrap_or_default() });
    }
    match (&change.over, by) {
        (None, None) => Ok(()),
        (Some(over), Some(by)) if over == by => Ok(()),
        (None, Some(by)) => Err(Conflict::AlreadyChanged { of, by: by.clone() }),
        (Some(over), _) => {
            // A text that was consolidated before says itself who gave the paragraph.
            if standing.by.as_ref() == Some(over) {
                return Ok(());
            }
            Err(Conflict::NotOver { of, over: over.clone() })
        }
    }
}

fn numbered(base: &Text, slots: BTreeMap<Slot, Standing>) -> Result<Consolidated, TextError> {
    let (mut paragraphs, mut was, mut deleted) = (Vec::new(), Vec::new(), Vec::new());
    let mut number = 0;
    for (slot, Standing { paragraph, by }) in slots {
        let Some(paragraph) = paragraph else {
            deleted.push((slot, by.unwrap_or_default()));
            continue;
        };
        number += 1;
        paragraphs.push(Paragraph { number, given_by: by, ..paragraph });
        was.push(slot);
    }
    let text = Text::new(base.main().clone(), base.titles().clone(), paragraphs)?;
    Ok(Consolidated { text, was, deleted })
}

/// Returns the paragraph if it is in the languages of the text; one that does not say its language is in the text's own.
fn in_languages_of(base: &Text, paragraph: &Paragraph) -> Option<Paragraph> {
    let mut paragraph = paragraph.clone();
    if !paragraph.wordings.contains_key(base.main())
        && let Some(wording) = paragraph.wordings.remove(&Language::undetermined())
    {
        paragraph.wordings.insert(base.main().clone(), wording);
    }
    let first = base.paragraphs().first()?;
    paragraph.wordings.keys().eq(first.wordings.keys()).then_some(paragraph)
}
