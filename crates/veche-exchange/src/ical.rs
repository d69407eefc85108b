//! iCalendar (RFC 5545): what a matter has in time, written for calendar programs, and events of a file read.
//!
//! What is written is a fixed set of properties, all in UTC. The reader names the line of each fault, and refuses a time
//! whose zone it does not know. No library has been weighed against this code yet.

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
