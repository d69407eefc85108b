//! A draft: what is to be said, and how far it is. How far follows from its steps alone.

use super::fault::DraftFault;
use crate::node::Statement;
use std::collections::BTreeSet;
use veche_ledger::commit::TERMS_LEN_MAX;
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Label, PartyId, UnixSeconds, parse_canonical};

/// Longest notes of a draft and longest instruction, in bytes: a brief of several pages.
pub const NOTES_LEN_MAX: usize = 16 * 1024;

/// Longest reason for dropping a draft, in bytes.
pub const REASON_LEN_MAX: usize = 1024;

/// What is to be said: exactly what an approval names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The kind of act.
    pub kind: Kind,
    /// What it is about.
    pub about: Vec<Hash>,
    /// Its label, spelled out.
    pub label: Label,
    /// True in an exercise.
    pub drill: bool,
    /// What it says.
    pub terms: Value,
}

impl Content {
    /// Returns its bytes: canonical JSON.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let about = self.about.iter().map(Value::text).collect();
        let value = Value::map([
            ("about", Value::List(about)),
            ("drill", Value::Bool(self.drill)),
            ("kind", Value::text(&self.kind)),
            ("label", Value::text(&self.label)),
            ("terms", self.terms.clone()),
        ]);
        value.to_bytes()
    }

    /// Returns the hash by which an approval names it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&[b"veche/draft/v1\0", &self.to_bytes()])
    }

    /// Reads its bytes.
    ///
    /// # Errors
    /// [`DraftFault::Damaged`]: they are written by this program alone.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DraftFault> {
        let damaged = |what: &str| DraftFault::Damaged(format!("its content: {what}"));
        let value = parse_canonical(bytes).map_err(|error| damaged(&error.to_string()))?;
        let text = |key: &str| value.get(key).and_then(Value::as_text).unwrap_or_default();
        let about = value.get("about").and_then(Value::as_list).ok_or_else(|| damaged("about"))?;
        let about = about.iter().map(|item| Hash::parse(item.as_text().unwrap_or_default()));
        Ok(Self {
            kind: Kind::parse(text("kind")).map_err(|_| damaged("kind"))?,
            about: about.collect::<Result<_, _>>().map_err(|_| damaged("about"))?,
            label: Label::parse(text("label")).map_err(|_| damaged("label"))?,
            drill: value.get("drill") == Some(&Value::Bool(true)),
            terms: value.get("terms").cloned().ok_or_else(|| damaged("terms"))?,
        })
    }

    /// Checks what can be checked of it without the charter.
    ///
    /// # Errors
    /// [`DraftFault::TooLong`].
    pub fn check(&self) -> Result<(), DraftFault> {
        let len = self.terms.to_bytes().len();
        if len > TERMS_LEN_MAX {
            return Err(DraftFault::TooLong { what: "text", len, len_max: TERMS_LEN_MAX });
        }
        Ok(())
    }

    /// Returns it as a statement of a party, signed by officers.
    #[must_use]
    pub fn statement(&self, party: &PartyId, officers: &[String]) -> Statement {
        Statement {
            party: party.clone(),
            officers: officers.to_vec(),
            kind: self.kind.clone(),
            label: Some(self.label.clone()),
            about: self.about.clone(),
            drill: self.drill,
            terms: self.terms.clone(),
        }
    }
}

/// What was done with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Written.
    Written,
    /// Its content or its notes were changed.
    Changed,
    /// Approved as it then stood.
    Approved,
    /// Signed and appended.
    Signed,
    /// Given up.
    Dropped,
}

impl StepKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Written, Self::Changed, Self::Approved, Self::Signed, Self::Dropped];

    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Changed => "changed",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Dropped => "dropped",
        }
    }

    /// Reads its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// One step of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When, by this node's clock.
    pub at: UnixSeconds,
    /// By which officer.
    pub officer: String,
    /// What.
    pub kind: StepKind,
    /// The content as it then stood.
    pub content: Hash,
    /// The record that it became, or why it was dropped.
    pub note: String,
}

/// How far a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Written, and not approved as it stands.
    Drafted,
    /// It was approved, and then changed.
    ApprovalLost,
    /// Approved as it stands.
    Approved,
    /// Signed and appended.
    Signed,
    /// Given up.
    Dropped,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drafted => "drafted",
            Self::ApprovalLost => "changed after its approval",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Dropped => "dropped",
        })
    }
}

/// A draft as this node keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its number at this node.
    pub id: u64,
    /// For which party.
    pub party: PartyId,
    /// What is to be said.
    pub content: Content,
    /// What is said about it inside the delegation.
    pub notes: String,
    /// What was done with it, in order.
    pub steps: Vec<Step>,
}

impl Draft {
    /// Returns how far it is. An approval counts for the content that it names, and for nothing written after it.
    #[must_use]
    pub fn stage(&self) -> Stage {
        let is = self.content.hash();
        let was_approved = self.steps.iter().any(|step| step.kind == StepKind::Approved);
        match self.steps.last() {
            Some(step) => match step.kind {
                StepKind::Approved if step.content == is => Stage::Approved,
                StepKind::Signed => Stage::Signed,
                StepKind::Dropped => Stage::Dropped,
                StepKind::Written | StepKind::Changed | StepKind::Approved if was_approved => {
                    Stage::ApprovalLost
                }
                StepKind::Written | StepKind::Changed | StepKind::Approved => Stage::Drafted,
            },
            None => Stage::Drafted,
        }
    }

    /// Returns who wrote it or a part of it.
    #[must_use]
    pub fn authors(&self) -> BTreeSet<&str> {
        let by = |step: &&Step| matches!(step.kind, StepKind::Written | StepKind::Changed);
        self.steps.iter().filter(by).map(|step| step.officer.as_str()).collect()
    }

    /// Returns the record that it became, if it is signed and that is known.
    #[must_use]
    pub fn leaf(&self) -> Option<Hash> {
        let signed = self.steps.iter().rev().find(|step| step.kind == StepKind::Signed)?;
        Hash::parse(&signed.note).ok()
    }

    /// Returns what is wrong with what the store has of it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let Some((first, rest)) = self.steps.split_first() else {
            return Some("nobody wrote it".to_owned());
        };
        if first.kind != StepKind::Written || rest.iter().any(|step| step.kind == StepKind::Written)
        {
            return Some("its steps do not begin with its writing".to_owned());
        }
        let ends = |step: &Step| matches!(step.kind, StepKind::Signed | StepKind::Dropped);
        if self.steps.iter().rev().skip(1).any(ends) {
            return Some("it was signed or dropped, and then something more was done".to_owned());
        }
        let is = self.content.hash();
        let last = self.steps.last().filter(|step| step.content != is);
        if last.is_some() {
            return Some("its content is not the one that its last step names".to_owned());
        }
        let is_bare = self.steps.iter().any(|step| step.kind == StepKind::Signed);
        (is_bare && self.leaf().is_none()).then(|| {
            "its signing was cut short: see in the log whether its record is there".to_owned()
        })
    }
}

/// An instruction from the capital on a matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Its number at this node.
    pub id: u64,
    /// For which party.
    pub party: PartyId,
    /// On which matter.
    pub about: Hash,
    /// When, by this node's clock.
    pub at: UnixSeconds,
    /// By which officer.
    pub officer: String,
    /// What it says.
    pub text: String,
}

/// Checks a text that a person wrote: not too long, nothing in it that steers a terminal.
///
/// # Errors
/// [`DraftFault::TooLong`], [`DraftFault::Control`].
pub fn checked_text(what: &'static str, text: &str, len_max: usize) -> Result<(), DraftFault> {
    if text.len() > len_max {
        return Err(DraftFault::TooLong { what, len: text.len(), len_max });
    }
    // Marks that turn the direction of writing could make an instruction read as its contrary.
    let steers = |c: &char| {
        (c.is_control() && !['\n', '\t'].contains(c))
            || ('\u{202a}'..='\u{202e}').contains(c)
            || ('\u{2066}'..='\u{2069}').contains(c)
    };
    match text.chars().find(steers) {
        Some(c) => Err(DraftFault::Control { what, code: u32::from(c) }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Content {
        Content {
            kind: Kind::parse("report").unwrap(),
            about: vec![Hash::of(&[b"x"])],
            label: Label::parse("PACT").unwrap(),
            drill: false,
            terms: Value::map([("text", Value::text(text))]),
        }
    }

    fn draft(steps: &[(StepKind, &str)], now: &str) -> Draft {
        let steps = steps.iter().map(|(kind, text)| Step {
            at: UnixSeconds(0),
            officer: "duty".to_owned(),
            kind: *kind,
            content: content(text).hash(),
            note: String::new(),
        });
        let party = PartyId::parse("arven").unwrap();
        Draft { id: 1, party, content: content(now), notes: String::new(), steps: steps.collect() }
    }

    #[test]
    fn how_far_a_draft_is_follows_from_its_steps() {
        use StepKind::{Approved, Changed, Dropped, Signed, Written};
        let check = |steps: &[(StepKind, &str)], now: &str, expected: Stage| {
            assert_eq!(draft(steps, now).stage(), expected, "{steps:?}");
        };
        check(&[(Written, "a")], "a", Stage::Drafted);
        check(&[(Written, "a"), (Approved, "a")], "a", Stage::Approved);
        check(&[(Written, "a"), (Approved, "a"), (Changed, "b")], "b", Stage::ApprovalLost);
        // Changed there and back, it is approved anew or not at all.
        let back = [(Written, "a"), (Approved, "a"), (Changed, "b"), (Changed, "a")];
        check(&back, "a", Stage::ApprovalLost);
        // A content that was put into the store by hand has no approval.
        check(&[(Written, "a"), (Approved, "a")], "b", Stage::ApprovalLost);
        check(&[(Written, "a"), (Approved, "a"), (Signed, "a")], "a", Stage::Signed);
        check(&[(Written, "a"), (Dropped, "a")], "a", Stage::Dropped);
    }

    #[test]
    fn every_part_of_the_content_is_in_its_hash_and_comes_back_from_its_bytes() {
        let one = content("a");
        let others = [
            Content { kind: Kind::parse("position").unwrap(), ..one.clone() },
            Content { about: Vec::new(), ..one.clone() },
            Content { label: Label::parse("PUBLIC").unwrap(), ..one.clone() },
            Content { drill: true, ..one.clone() },
            content("b"),
        ];
        for other in others {
            assert_ne!(other.hash(), one.hash());
            assert_eq!(Content::from_bytes(&other.to_bytes()).unwrap(), other);
        }
        for wrong in ["", "{}", "[1]", "{\"kind\":\"x\"}"] {
            assert!(Content::from_bytes(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_changed_behind_the_steps_is_a_fault() {
        use StepKind::{Approved, Changed, Dropped, Signed, Written};
        assert_eq!(draft(&[(Written, "a"), (Approved, "a")], "a").fault(), None);
        for (steps, now) in [
            (&[][..], "a"),
            (&[(Approved, "a")], "a"),
            (&[(Written, "a"), (Approved, "a")], "b"),
            (&[(Written, "a"), (Dropped, "a"), (Changed, "b")], "b"),
            (&[(Written, "a"), (Approved, "a"), (Signed, "a")], "a"),
        ] {
            assert!(draft(steps, now).fault().is_some(), "{steps:?}");
        }
    }

    #[test]
    fn a_text_that_steers_the_reader_is_refused() {
        assert!(checked_text("text", "Line one.\n\tLine <b>two</b>.", 100).is_ok());
        for wrong in ["\u{1b}[2J", "a\rb", "\u{202e}on", "nul\0"] {
            assert!(matches!(checked_text("text", wrong, 100), Err(DraftFault::Control { .. })));
        }
        assert!(matches!(checked_text("text", "aaaa", 3), Err(DraftFault::TooLong { .. })));
    }
}
