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
/// Beginnings of words, folded, that take back.
const RETRACTIONS: [&str; 5] = ["retract", "отозвал", "отзыва", "дезавуир", "извин"];

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
        let has = |beginnings: &[&str]| {
            (0..tokens.len().min(LEAD))
                .any(|at| beginnings.iter().any(|begin| tokens.folded(at).starts_with(begin)))
        };
        if has(&RETRACTIONS) {
            Self::Retracts
        } else if has(&DENIALS) {
            Self::Denies
        } else {
            Self::Tells
        }
    }
}
