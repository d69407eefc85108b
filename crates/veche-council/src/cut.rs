//! A cut: how much of each log is taken into account.

use crate::evidence::LogId;
use veche_ledger::{PartyId, UnixSeconds};

/// How many records of each log count, and with whose eyes they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// Size by log; `None`: all that is held.
    sizes: Option<Vec<u64>>,
    /// Only what this party may read has an effect; `None`: all that is held. Nothing that is decided or certified is ever worked out
    /// with somebody's eyes.
    reader: Option<(PartyId, UnixSeconds)>,
}

impl Cut {
    /// Returns the cut that holds all that is held here.
    pub(crate) const fn everything() -> Self {
        Self { sizes: None, reader: None }
    }

    /// Returns the cut that holds nothing, to be filled by [`Self::set`].
    pub(crate) const fn nothing() -> Self {
        Self { sizes: Some(Vec::new()), reader: None }
    }

    /// Returns the cut of all that is held here and that a party may read at a time: what a node of its own would hold.
    pub(crate) const fn read_by(reader: PartyId, now: UnixSeconds) -> Self {
        Self { sizes: None, reader: Some((reader, now)) }
    }

    /// Returns with whose eyes it is read, and when: some labels end by date.
    pub(crate) const fn reader(&self) -> Option<&(PartyId, UnixSeconds)> {
        self.reader.as_ref()
    }

    pub(crate) fn set(&mut self, log: LogId, size: u64) {
        let sizes = self.sizes.get_or_insert_with(Vec::new);
        if sizes.len() <= log.at() {
            sizes.resize(log.at() + 1, 0);
        }
        sizes[log.at()] = size;
    }

    /// Returns true if the record with this number of this log is inside.
    pub(crate) fn holds(&self, log: LogId, index: u64) -> bool {
        self.sizes
            .as_ref()
            .is_none_or(|sizes| sizes.get(log.at()).is_some_and(|size| index < *size))
    }

    /// Returns the size of a log in a named cut, zero if it is not named; `None` if the cut is everything.
    pub(crate) fn size(&self, log: LogId) -> Option<u64> {
        self.sizes.as_ref().map(|sizes| sizes.get(log.at()).copied().unwrap_or_default())
    }
}
