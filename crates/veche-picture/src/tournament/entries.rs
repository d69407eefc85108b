//! What came in for a round, in the order in which it came: nothing is taken back, and nothing comes late.

use super::round::Round;
use crate::date::Date;
use crate::source::stated::Form;
use crate::vintage::Vintage;

/// A submission that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose.
    pub institute: String,
    /// SHA-256 of its file.
    pub file: Vintage,
    /// As what it came.
    pub form: Form,
    /// The day on which it came in.
    pub received: Date,
}

/// What came of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admitted {
    /// It is the institute's first.
    First,
    /// It stands in the place of an earlier one, which stays on the list.
    Replaces {
        /// SHA-256 of the earlier file.
        earlier: Vintage,
    },
    /// The same file stands already.
    Same,
}

/// Something came after the closing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the round closed on {closes}, and this came on {received}")]
pub struct Late {
    /// The last day.
    pub closes: String,
    /// When it came.
    pub received: String,
}

/// The entries of a round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entries {
    list: Vec<Entry>,
}

impl Entries {
    /// Takes an entry.
    ///
    /// # Errors
    /// [`Late`]: then the list is as before.
    pub fn admit(&mut self, round: &Round, entry: Entry) -> Result<Admitted, Late> {
        if entry.received > round.closes {
            let (closes, received) = (round.closes.to_string(), entry.received.to_string());
            return Err(Late { closes, received });
        }
        let admitted = match self.standing_of(&entry.institute) {
            Some(standing) if standing.file == entry.file => return Ok(Admitted::Same),
            Some(standing) => Admitted::Replaces { earlier: standing.file },
            None => Admitted::First,
        };
        self.list.push(entry);
        Ok(admitted)
    }

    /// Returns all entries, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> &[Entry] {
        &self.list
    }

    /// Returns the entry of an institute that counts: its last.
    #[must_use]
    pub fn standing_of(&self, institute: &str) -> Option<&Entry> {
        self.list.iter().rev().find(|entry| entry.institute == institute)
    }

    /// Returns the entries that count, one an institute.
    pub fn standing(&self) -> impl Iterator<Item = &Entry> {
        let counts = |entry: &&Entry| self.standing_of(&entry.institute) == Some(*entry);
        self.list.iter().filter(counts)
    }
}
