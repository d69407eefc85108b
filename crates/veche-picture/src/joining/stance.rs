//! Whether a report tells an event, denies it, or takes back what was told.

use veche_coder::token::Tokens;

/// How a report stands to what it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Stance {
    /// It tells it.
    #[default]
    Tells,
    /// It reports that somebody denies it.
    Denies,
    /// It takes back what its publisher told before.
    Retracts,
}

/// How many tokens of a document are looked at: the headline and the first sentence.
const LEAD: usize = 32;

/// Beginnings of words, folded, that deny.
const DENIALS: [&str; 14] = [
    "denies",
    "denied",
    "deny",
    "denial",
    "refute",
    "rejects",
    "dismisse",
    "untrue",
    "опроверг",
    "отверга",
    "отверг",
    "отрица",
    "непричастн",
    "опроверж",
];
/// Beginnings of words, folded, that take back whatever stands by them.
const RETRACTIONS: [&str; 2] = ["retract", "дезавуир"];
/// Beginnings of words, folded, that take back a report and say other things of envoys, troops and words.
const WITHDRAWALS: [&str; 5] = ["withdraw", "withdrew", "отозвал", "отзыва", "извин"];
/// Beginnings of words, folded, for a report.
const REPORTS: [&str; 10] = [
    "report",
    "story",
    "article",
    "сообщени",
    "публикаци",
    "материал",
    "новост",
    "заметк",
    "стать",
    "статей",
];
/// How many words lie at most between a withdrawal and the report that is meant.
const REACH: usize = 5;

impl Stance {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Tells, Self::Denies, Self::Retracts];

    /// Returns its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tells => "tells",
            Self::Denies => "denies",
            Self::Retracts => "retracts",
        }
    }

    /// Returns the one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stance| stance.name() == name)
    }

    /// Returns the stance of a document, by words of its beginning.
    #[must_use]
    pub fn of(tokens: &Tokens) -> Self {
        let lead = tokens.len().min(LEAD);
        let begins = |at: usize, beginnings: &[&str]| {
            beginnings.iter().any(|begin| tokens.folded(at).starts_with(begin))
        };
        let has = |beginnings: &[&str]| (0..lead).any(|at| begins(at, beginnings));
        let is_withdrawn = |at: usize| {
            begins(at, &WITHDRAWALS)
                && (at + 1..lead.min(at + 1 + REACH)).any(|next| begins(next, &REPORTS))
        };
        if has(&RETRACTIONS) || (0..lead).any(is_withdrawn) {
            Self::Retracts
        } else if has(&DENIALS) {
            Self::Denies
        } else {
            Self::Tells
        }
    }
}
