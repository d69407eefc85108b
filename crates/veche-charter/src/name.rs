//! The names that charters give: one type for each kind of name.

use std::fmt;
use std::sync::Arc;

/// Longest name in a charter, in bytes: it must fit a table cell and an address.
pub const NAME_LEN_MAX: usize = 64;

/// Why a text is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a name: ASCII letters, digits, `-`, `_`, `.`, at most 64")]
pub struct NotAName(pub String);

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses a name.
            ///
            /// # Errors
            /// [`NotAName`] if it is empty, too long, or has another character than letters, digits, `-`, `_`, `.`.
            pub fn parse(text: &str) -> Result<Self, NotAName> {
                let fits = !text.is_empty() && text.len() <= NAME_LEN_MAX;
                if fits && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')) {
                    return Ok(Self(text.into()));
                }
                Err(NotAName(text.chars().take(80).collect()))
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

names! {
    /// A status of a party: `member`, `observer`.
    StatusName,
    /// A tag that parties carry: `psc`, `p5`, `secretariat`.
    Tag,
    /// A weight that parties carry: `pop`.
    WeightName,
    /// An organ: `standing_council`.
    OrganName,
    /// An adoption rule: `csto.consensus`.
    RuleName,
    /// A procedure or ladder: `osce.silence`.
    MachineName,
    /// A state of a machine: `broken`.
    StateName,
    /// What happens to a machine: `position`, `convene`.
    EventName,
    /// A position on a text: `yes`, `no`, `abstain`, `aside`, `amend`, `absent`, and what a charter adds.
    Position,
    /// A role in one procedure: `chair`, `initiator`, `host`.
    RoleName,
    /// A duty: `answer_warning`.
    DutyName,
    /// A standing delegation: `fact_finding`.
    DelegationName,
    /// A rule of alarms: `violence`.
    AlarmName,
    /// A scale of tension: `deaths`.
    ScaleName,
    /// A calendar: `compact`.
    CalendarName,
    /// A family of durations by urgency: `silence`.
    ClassName,
    /// A field of an act's terms: `title`.
    FieldName,
    /// A witness that is no party: `river-institute`.
    OutsideName,
    /// An article of the charter: `7.3`.
    ArticleId,
}

impl Position {
    /// What a missing position counts as in silence.
    #[must_use]
    pub fn yes() -> Self {
        Self("yes".into())
    }

    /// What a missing position counts as at a meeting.
    #[must_use]
    pub fn absent() -> Self {
        Self("absent".into())
    }
}
