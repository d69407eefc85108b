//! The only place that writes to a terminal: answers to standard output, errors to standard error.

use crate::answer::Answer;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use serde_json::{Value, json};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

/// Shows an answer and returns how the program ends.
pub(crate) fn show(answer: &Answer, json: bool) -> Exit {
    if answer.text.is_empty() && answer.json.is_null() {
        return answer.exit;
    }
    let text = match (json, answer.is_document && !io::stdout().is_terminal()) {
        (true, _) => answer.json.to_string(),
        (false, true) => answer.text.clone(),
        (false, false) => plain(&answer.text),
    };
    put(&text, answer.exit, json)
}

/// Shows what went wrong and returns how the program ends.
pub(crate) fn fail(failure: &Failure, json: bool) -> Exit {
    let text = if json { failure.to_json().to_string() } else { plain(&failure.to_text()) };
    complain(&text);
    failure.what.exit()
}

/// Shows what the argument parser says, which may be the help that was asked for.
pub(crate) fn refuse(error: &clap::Error) -> Exit {
    // The arguments were not understood, so this cannot come from them as parsed.
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() {
        return put(error.to_string().trim_end(), Exit::OK, json);
    }
    if json {
        complain(&usage_json(&error.to_string()).to_string());
    } else {
        // In colour on a terminal; where standard error is closed there is nobody to tell.
        let _unheard = error.print();
    }
    Exit::USAGE
}

/// Returns what the argument parser says, for programs: its first paragraph, and its tip as the hint.
fn usage_json(text: &str) -> Value {
    let said: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let said = said.join(" ");
    let message = said.strip_prefix("error: ").unwrap_or(&said);
    let exit = Exit::USAGE;
    let mut told = json!({ "exit": exit.code, "class": exit.name, "message": message });
    if let Some(tip) = text.lines().find_map(|line| line.trim_start().strip_prefix("tip: ")) {
        told["hint"] = json!(tip);
    }
    json!({ "error": told })
}

/// Writes lines to standard output. A reader that has gone away, as `head` does, has had what it wanted.
fn put(text: &str, exit: Exit, json: bool) -> Exit {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit,
        Err(error) => fail(&Failure::new(FailureKind::Output(error)), json),
    }
}

/// Tells a line before the program ends, as an address that somebody waits for.
///
/// # Errors
/// [`FailureKind::Output`].
pub(crate) fn announce(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{}", plain(line)).and_then(|()| out.flush());
    written.map_err(|error| Failure::new(FailureKind::Output(error)))
}

/// Tells one of many results while the others are being found. Returns false if the reader has gone away and wants no more.
///
/// # Errors
/// [`FailureKind::Output`].
pub(crate) fn stream(line: &str) -> Result<bool, Failure> {
    match writeln!(io::stdout().lock(), "{}", plain(line)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::new(FailureKind::Output(error))),
    }
}

/// Tells something beside the result while the program goes on.
pub(crate) fn note(text: &str) {
    complain(&plain(text));
}

/// Writes lines to standard error; where that is closed there is nobody to tell.
fn complain(text: &str) {
    let _unheard = writeln!(io::stderr().lock(), "{text}");
}

/// Returns the text with all that steers a terminal replaced: texts come from other parties' files.
///
/// Line ends stay. What turns the direction of writing goes too, since it can make a line read as another.
pub(crate) fn plain(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns the text as one line: line ends are replaced as well.
pub(crate) fn one_line(text: &str) -> String {
    plain(text).replace('\n', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_arguments_lack_is_told_to_programs_too() {
        let told =
            usage_json("error: these are missing:\n  <FILE>\n\n  tip: see below\n\nUsage: ..");
        let error = &told["error"];
        assert_eq!(
            (&error["message"], &error["hint"], &error["exit"]),
            (&"these are missing: <FILE>".into(), &"see below".into(), &2.into())
        );
    }

    #[test]
    fn a_text_from_elsewhere_cannot_steer_the_terminal() {
        assert_eq!(
            plain("a\u{1b}[2Jb\r\tc\nd\u{202e}e"),
            "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\nd\u{fffd}e"
        );
        assert_eq!(one_line("x\nvalid: y"), "x\u{fffd}valid: y");
        assert_eq!(plain("Ωδ 诗 é"), "Ωδ 诗 é");
    }
}
