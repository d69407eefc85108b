//! iCalendar (RFC 5545): what a matter has in time, written for calendar programs, and events of a file read.
//!
//! What is written is a fixed set of properties, all in UTC. The reader names the line of each fault, and refuses a time
//! whose zone it does not know.
//!
//! Libraries were weighed in November 2026, by what they do with a calendar that is cut short, names month 13, a zone that is none or
//! no zone, or has its UID never or twice. `icalendar` 0.17 (MIT/Apache-2.0) refuses the first and takes the rest; its builder lets
//! an address with a line break begin a property of its own, and stamps with a clock. `calcard` 0.3 (the same licences) takes all of them, for it is made
//! to be lenient; `calico` 0.5 is young, and `ical` 0.11 states no licence that a registry knows. A file that people hand in is to be
//! judged by its line, and the writer is a hundred lines: so this code stays. Recurrence or other zones would be a reason for `calcard`.

mod read;
mod write;

pub use read::{IcalError, IcalFault, ReadEvent, read};
pub use write::write;

use veche_ledger::UnixSeconds;

/// Longest line that is written, in bytes without its end (RFC 5545, 3.1).
pub const LINE_LEN_MAX: usize = 75;
/// Longest file that is read, in bytes.
pub const FILE_LEN_MAX: usize = 8 * 1024 * 1024;
/// Longest value that is read, in bytes after unfolding.
pub const VALUE_LEN_MAX: usize = 64 * 1024;
/// Most events that are read.
pub const EVENTS_MAX: usize = 20_000;

/// What an entry is in a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Something that takes place: a VEVENT.
    Event,
    /// Something that is due: a VTODO.
    Task,
}

/// How an entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is ahead, or waits for somebody.
    Open,
    /// It was done at this time.
    Done(UnixSeconds),
    /// It is off.
    Cancelled,
}

/// One entry of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub form: Form,
    /// Its name, the same in every export.
    pub uid: String,
    /// How often it has changed.
    pub sequence: u64,
    /// When it changed last.
    pub changed: UnixSeconds,
    /// When it takes place, or is due.
    pub at: UnixSeconds,
    /// Its title.
    pub summary: String,
    /// Its register.
    pub category: Option<String>,
    /// The address of its page.
    pub url: Option<String>,
    /// True if everybody may read it.
    pub is_public: bool,
    /// How it stands.
    pub status: Status,
}
