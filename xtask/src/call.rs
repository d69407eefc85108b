//! A command line: shown as a person would type it, and run.

use crate::step::Failure;
use std::fmt;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

/// A program with its arguments and what is added to its environment, run at the root of the workspace.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    env: Vec<(&'static str, String)>,
    words: Vec<String>,
}

/// What a program printed, and whether it succeeded.
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code zero.
    pub(crate) success: bool,
    /// Standard output.
    pub(crate) stdout: Vec<u8>,
    /// Standard error, with replacement characters where it was not UTF-8.
    pub(crate) stderr: String,
}

impl Call {
    /// Returns the call of a command line without quotes, split at its spaces.
    pub(crate) fn new(line: &str) -> Self {
        Self { env: Vec::new(), words: line.split_whitespace().map(str::to_owned).collect() }
    }

    /// Adds a variable to the environment.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// Adds arguments, which may hold spaces.
    pub(crate) fn args<A: AsRef<str>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.words.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    fn command(&self, root: &Path) -> Command {
        let (program, args) =
            self.words.split_first().map_or(("", &[][..]), |(first, rest)| (first, rest));
        let mut command = Command::new(program);
        command
            .args(args)
            .envs(self.env.iter().map(|(name, value)| (*name, value)))
            .current_dir(root)
            .stdin(Stdio::null());
        command
    }

    /// Runs it without showing anything, and returns what it printed whether it succeeded or not.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn output(&self, root: &Path) -> Result<Output, Failure> {
        self.ended(&mut self.command(root))
    }

    fn ended(&self, command: &mut Command) -> Result<Output, Failure> {
        let out = command.output().map_err(|error| self.not_started(&error))?;
        Ok(Output {
            success: out.status.success(),
            stdout: out.stdout,
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        })
    }

    /// Runs it without showing anything, and returns its standard output.
    ///
    /// # Errors
    /// If it cannot be started or fails; the failure shows all that it printed.
    pub(crate) fn quiet(&self, root: &Path) -> Result<Vec<u8>, Failure> {
        self.succeeded(self.output(root)?)
    }

    /// Runs it as [`Call::quiet`] does, with a file as its standard input.
    ///
    /// # Errors
    /// As there, and if the file cannot be opened.
    pub(crate) fn quiet_reading(&self, root: &Path, input: &Path) -> Result<Vec<u8>, Failure> {
        let unread =
            |error| Failure::new(format!("cannot read {}: {error}", input.display()), self);
        let file = File::open(input).map_err(unread)?;
        self.succeeded(self.ended(self.command(root).stdin(file))?)
    }

    fn succeeded(&self, out: Output) -> Result<Vec<u8>, Failure> {
        if out.success {
            return Ok(out.stdout);
        }
        let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), out.stderr);
        Err(Failure::new(said, self))
    }

    /// Runs it with its standard error shown as it comes, and hands each line of its standard output to `line`.
    ///
    /// # Errors
    /// If it cannot be started or read, or fails.
    pub(crate) fn stream(&self, root: &Path, mut line: impl FnMut(&str)) -> Result<(), Failure> {
        let mut child = self
            .command(root)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| self.not_started(&error))?;
        if let Some(stdout) = child.stdout.take() {
            let mut reader = BufReader::new(stdout);
            let mut bytes = Vec::new();
            // Bytes, not `lines()`: a test may print what is no UTF-8.
            while reader.read_until(b'\n', &mut bytes).map_err(|error| Failure::new(error, self))?
                > 0
            {
                line(String::from_utf8_lossy(&bytes).trim_end());
                bytes.clear();
            }
        }
        let status = child.wait().map_err(|error| Failure::new(error, self))?;
        if status.success() {
            Ok(())
        } else {
            Err(Failure::new(format!("it ended with {status}"), self))
        }
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        let program = self.words.first().map_or("", String::as_str);
        Failure::new(format!("cannot start `{program}`: {error}"), self)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            write!(f, "{name}={} ", quoted(value))?;
        }
        let words: Vec<String> = self.words.iter().map(|word| quoted(word)).collect();
        f.write_str(&words.join(" "))
    }
}

/// Returns a word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_reads_as_it_would_be_typed() {
        let call =
            Call::new("cargo doc --no-deps").env("RUSTDOCFLAGS", "-D warnings").args(["it's"]);
        assert_eq!(call.to_string(), r"RUSTDOCFLAGS='-D warnings' cargo doc --no-deps 'it'\''s'");
    }

    #[test]
    fn a_program_that_is_absent_is_named() {
        let failure = Call::new("no-such-program-of-veche --x").output(Path::new(".")).unwrap_err();
        let text = failure.to_string();
        assert!(text.contains("cannot start `no-such-program-of-veche`"), "{text}");
        assert!(text.contains("repeat: no-such-program-of-veche --x"), "{text}");
    }
}
