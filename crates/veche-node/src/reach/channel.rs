//! The ways to a person: each takes a message and says what became of it, within its time.

mod command;
mod email;
mod webhook;

use super::message::Message;
use super::plan::Outcome;
use super::roster::{Channel, Way};
use std::path::Path;
use std::time::Duration;

/// Most of what a channel says that is kept, in characters.
const SAID_LEN_MAX: usize = 300;
/// Longest password or token file, in bytes.
const SECRET_LEN_MAX: u64 = 4096;
/// Longest file of trusted certificates, in bytes: a system's own bundle fits.
const CA_LEN_MAX: u64 = 4 * 1024 * 1024;

/// Sends a message by a channel.
#[must_use]
pub fn send(channel: &Channel, message: &Message) -> Outcome {
    let timeout = Duration::from_secs(channel.timeout.0);
    let outcome = match &channel.way {
        Way::Email(email) => email::send(email, timeout, message),
        Way::Webhook(webhook) => webhook::send(webhook, timeout, message),
        Way::Command(argv) => command::send(argv, timeout, message),
    };
    match outcome {
        Outcome::Delivered(said) => Outcome::Delivered(tidy(&said)),
        Outcome::Later(said) => Outcome::Later(tidy(&said)),
        Outcome::Failed(said) => Outcome::Failed(tidy(&said)),
    }
}

/// Tries whether a channel would take a message, without sending one.
///
/// # Errors
/// What is in the way, in words.
pub fn probe(channel: &Channel) -> Result<String, String> {
    let timeout = Duration::from_secs(channel.timeout.0);
    let found = match &channel.way {
        Way::Email(email) => email::probe(email, timeout),
        Way::Webhook(webhook) => webhook::probe(webhook, timeout),
        Way::Command(argv) => command::probe(argv),
    };
    found.map(|said| tidy(&said)).map_err(|said| tidy(&said))
}

/// Returns what a stranger's program said, as one short line that moves no terminal.
fn tidy(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = plain.take(SAID_LEN_MAX).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads a secret that lies in a file: it is in no message, and in no list of processes.
fn secret(path: &Path) -> Result<String, String> {
    let text = read(path, SECRET_LEN_MAX)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read(path: &Path, most: u64) -> Result<String, String> {
    let fault = |error: std::io::Error| format!("`{}` cannot be read: {error}", path.display());
    if std::fs::metadata(path).map_err(fault)?.len() > most {
        return Err(format!("`{}` is longer than {most} bytes", path.display()));
    }
    std::fs::read_to_string(path).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_is_one_short_line() {
        assert_eq!(tidy("550 \x1b[2Jno\r\n such  user\0"), "550 [2Jno such user");
        assert_eq!(tidy(&"x".repeat(5000)).len(), SAID_LEN_MAX);
    }
}
