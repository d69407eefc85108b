//! What a conductor and a node's process say to each other, a JSON object a line (`formats/exercise.md`, section 8).

use super::cast::Cast;
use super::order::{Order, Question};
use crate::api::Problem;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read as _, Write};
use std::path::PathBuf;

/// Longest line, in bytes: the certificates of a year's decisions fit.
pub const LINE_LEN_MAX: u64 = 256 * 1024 * 1024;

/// The first line to a process: what it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// What its node is opened with.
    pub cast: Cast,
    /// The file of its store: made if it is not there.
    pub store: PathBuf,
    /// The exercise's time.
    pub now: String,
}

/// A line to a process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The exercise's time.
    pub now: String,
    /// What to do.
    #[serde(rename = "do")]
    pub what: What,
}

/// What a process is told to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// Take note of the time.
    Clock,
    /// Something that the node does alone. Answer: the order's.
    Order(Order),
    /// Something that the node knows. Answer: the question's, or a problem.
    Ask(Question),
    /// Learn where the peers are: party and `HOST:PORT`.
    Peers(BTreeMap<String, String>),
    /// Cut the line to these peers.
    Cut(Vec<String>),
    /// Mend the line to these peers.
    Join(Vec<String>),
    /// Carry to a peer what it lacks. Answer: `has_carried`, `has_more`, `refusals`.
    Carry(String),
    /// Fetch from a peer what is lacked here.
    Fetch(String),
    /// Close a procedure over the heads of all in reach. Answer: `closed` or `why`, and `refusals`.
    Close(String),
    /// Copy the store into a new file.
    BackUp(PathBuf),
}

/// A process's answer, a line each.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Said {
    /// It is done; what there is to say.
    Done(Json),
    /// It was not done.
    NotDone {
        /// Why.
        what: String,
        /// True if the exercise cannot go on.
        is_fatal: bool,
    },
    /// A question has no answer.
    Problem(Problem),
}

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not end within [`LINE_LEN_MAX`], or the stream ends in it.
    #[error("a line is cut short, or longer than {LINE_LEN_MAX} bytes")]
    Length,
    /// It is not what was expected.
    #[error("a line cannot be read: {0}")]
    Form(#[from] serde_json::Error),
}

/// Reads a line; `None` at the end of the stream.
///
/// # Errors
/// [`LineError`].
pub fn read<T: DeserializeOwned>(from: &mut impl BufRead) -> Result<Option<T>, LineError> {
    read_within(from, LINE_LEN_MAX)
}

fn read_within<T: DeserializeOwned>(
    from: &mut impl BufRead,
    len_max: u64,
) -> Result<Option<T>, LineError> {
    let mut line = Vec::new();
    from.take(len_max).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(serde_json::from_slice(&line)?)),
        Some(_) => Err(LineError::Length),
    }
}

/// Writes a line.
///
/// # Errors
/// [`LineError`].
pub fn write(to: &mut impl Write, what: &impl Serialize) -> Result<(), LineError> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)?;
    Ok(to.flush()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], len_max: u64, expected: &str) {
        let read = read_within::<Line>(&mut &bytes[..], len_max);
        let shown = match read {
            Ok(line) => format!("{line:?}"),
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{shown}");
    }

    const GOOD: &[u8] = b"{\"now\":\"2027-03-01T09:00:00Z\",\"do\":{\"carry\":\"belm\"}}\n";

    #[test]
    fn a_line_is_read_whole_or_not_at_all() {
        check(GOOD, 1000, "Carry(\"belm\")");
        check(b"", 1000, "None");
        for len in 1..GOOD.len() {
            check(&GOOD[..len], 1000, "cut short");
        }
        check(GOOD, 20, "cut short");
        check(b"\n", 1000, "cannot be read");
        check(b"\xff\xfe\n", 1000, "cannot be read");
        check(b"{\"now\":\"x\",\"do\":{\"shout\":\"belm\"}}\n", 1000, "unknown variant `shout`");
        check(b"{\"now\":\"x\",\"do\":\"clock\",\"more\":1}\n", 1000, "unknown field `more`");
    }
}
