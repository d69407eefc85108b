//! What nodes ask one another, by method and path (`formats/sync.md`, sections 1 and 5).

use std::fmt;
use veche_ledger::sync::listing::LISTING_LEN_MAX;
use veche_ledger::sync::{NotAResource, PUSH_LEN_MAX, Resource};
use veche_ledger::witness::REQUEST_LEN_MAX;
use veche_ledger::{NoteSignature, Origin};

/// Longest line of a cosignature, in bytes: that of a pair of keys.
const LINE_LEN_MAX: usize = 4096;

/// Longest answer that is no resource, in bytes: a line a head, or a sentence.
pub(super) const ANSWER_LEN_MAX: usize = 8 * 1024 * 1024;

/// The status of an answer that says what has changed (RFC 3229).
pub(super) const CHANGES: u16 = 226;

/// How something is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// To be told.
    Get,
    /// To take something.
    Post,
}

/// What is asked of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Something that it serves.
    Get(Resource),
    /// To take the last records of a log.
    Push(Origin),
    /// To cosign those heads of a listing that it holds just so.
    Cosign,
    /// To take a cosignature on a log that it keeps.
    Cosignature(Origin),
    /// To cosign a checkpoint (c2sp.org/tlog-witness).
    AddCheckpoint(Origin),
}

impl Asked {
    /// Reads a method and a path without its first slash.
    ///
    /// # Errors
    /// [`NotAResource`].
    pub fn parse(method: Method, path: &str) -> Result<Self, NotAResource> {
        if method == Method::Get {
            return Resource::parse(path).map(Self::Get);
        }
        if path == "heads/cosign" {
            return Ok(Self::Cosign);
        }
        let of_log = path.rsplit_once('/').and_then(|(log, what)| {
            let log = Origin::parse(log).ok().filter(|log| log.epoch() > 0)?;
            match what {
                "push" => Some(Self::Push(log)),
                "cosignature" => Some(Self::Cosignature(log)),
                "add-checkpoint" => Some(Self::AddCheckpoint(log)),
                _ => None,
            }
        });
        of_log.ok_or_else(|| NotAResource(path.chars().take(200).collect()))
    }

    /// Returns the method.
    #[must_use]
    pub const fn method(&self) -> Method {
        match self {
            Self::Get(_) => Method::Get,
            Self::Push(_) | Self::Cosign | Self::Cosignature(_) | Self::AddCheckpoint(_) => {
                Method::Post
            }
        }
    }

    /// Returns the most bytes that may come with the question.
    #[must_use]
    pub const fn body_len_max(&self) -> usize {
        match self {
            Self::Get(_) => 0,
            Self::Push(_) => PUSH_LEN_MAX,
            Self::Cosign => LISTING_LEN_MAX,
            Self::Cosignature(_) => LINE_LEN_MAX,
            Self::AddCheckpoint(_) => REQUEST_LEN_MAX,
        }
    }

    /// Returns the most bytes that an answer may have.
    #[must_use]
    pub fn answer_len_max(&self) -> usize {
        match self {
            Self::Get(resource) => resource.len_max(),
            Self::Push(_) | Self::Cosign | Self::Cosignature(_) | Self::AddCheckpoint(_) => {
                ANSWER_LEN_MAX
            }
        }
    }
}

impl fmt::Display for Asked {
    /// Writes the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get(resource) => resource.fmt(f),
            Self::Push(log) => write!(f, "{log}/push"),
            Self::Cosign => f.write_str("heads/cosign"),
            Self::Cosignature(log) => write!(f, "{log}/cosignature"),
            Self::AddCheckpoint(log) => write!(f, "{log}/add-checkpoint"),
        }
    }
}

/// What a node answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// As in HTTP.
    pub status: u16,
    /// What was asked for, or a sentence that says why not.
    pub body: Vec<u8>,
}

impl Reply {
    /// Makes the answer to what could be done.
    #[must_use]
    pub const fn ok(body: Vec<u8>) -> Self {
        Self { status: 200, body }
    }

    /// Makes the answer to what could not.
    #[must_use]
    pub fn refused(status: u16, why: impl fmt::Display) -> Self {
        Self { status, body: format!("{why}\n").into_bytes() }
    }

    /// Returns the body of what could be done, or why it could not.
    ///
    /// # Errors
    /// The sentence.
    pub fn into_body(self) -> Result<Vec<u8>, String> {
        if self.status == 200 {
            return Ok(self.body);
        }
        let said: String = String::from_utf8_lossy(&self.body).trim().chars().take(500).collect();
        Err(format!("{}: {said}", self.status))
    }
}

/// Writes cosignatures on heads: a line each, the log first.
pub(crate) fn cosignature_lines<'a>(
    given: impl IntoIterator<Item = (&'a Origin, &'a NoteSignature)>,
) -> Vec<u8> {
    given.into_iter().map(|(log, line)| format!("{log} {line}\n")).collect::<String>().into_bytes()
}

/// Reads what [`cosignature_lines`] wrote; lines of another form are left out: each counts for itself.
pub(crate) fn parse_cosignature_lines(bytes: &[u8]) -> Vec<(Origin, NoteSignature)> {
    let text = String::from_utf8_lossy(bytes);
    let read = |line: &str| {
        let (log, signature) = line.split_once(' ')?;
        Some((Origin::parse(log).ok()?, NoteSignature::parse(signature)?))
    };
    text.lines().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_question_has_one_path() {
        for path in [
            "heads/cosign",
            "six-rivers.example/orvessa/1/push",
            "six-rivers.example/orvessa/1/cosignature",
            "six-rivers.example/orvessa/1/add-checkpoint",
        ] {
            let asked = Asked::parse(Method::Post, path).unwrap();
            assert_eq!((asked.to_string().as_str(), asked.method()), (path, Method::Post));
            assert!(Asked::parse(Method::Get, path).is_err());
        }
        assert!(Asked::parse(Method::Get, "heads").is_ok());
        for path in ["heads", "push", "six-rivers.example/orvessa/push", "x/y/1/../push", ""] {
            assert!(Asked::parse(Method::Post, path).is_err(), "{path}");
        }
    }
}
