//! The library that counts system calls and lets them fail (`calls.c`), and what it wrote down.

use crate::support::Place;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// The disk reports a fault.
    Fault,
    /// The disk is full.
    Full,
    /// A write writes half; other calls are left alone.
    Short,
    /// The process is killed before the call.
    Stop,
}

/// Which call fails.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// The number of the call, from 1.
    pub(super) at: u64,
    pub(super) how: How,
    /// Every call from then on.
    pub(super) is_for_good: bool,
    /// Counts reads, and not what changes something.
    pub(super) counts_reads: bool,
}

impl Rule {
    pub(super) const fn once(at: u64, how: How) -> Self {
        Self { at, how, is_for_good: false, counts_reads: false }
    }
}

/// One line of what the library wrote down.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The number of the last call that was counted.
    pub(super) number: u64,
    pub(super) operation: String,
    pub(super) path: PathBuf,
    pub(super) inode: u64,
    pub(super) a: i64,
    pub(super) b: i64,
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
}

impl Call {
    fn read(line: &str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let [number, operation, path, inode, a, b, old, new] = fields[..] else { panic!("{line}") };
        Self {
            number: number.parse().unwrap(),
            operation: operation.to_owned(),
            path: PathBuf::from(path),
            inode: inode.parse().unwrap(),
            a: a.parse().unwrap(),
            b: b.parse().unwrap(),
            old: bytes(old),
            new: bytes(new),
        }
    }

    /// True for the call that was made to fail.
    pub(super) const fn failed(&self) -> bool {
        self.a == -1
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = if hex == "-" { "" } else { hex };
    let pair = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// What a command does to the files of a place, written down beside it.
pub(super) struct Watch(TempDir);

impl Watch {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Lets a command be watched, and one of its calls fail.
    pub(super) fn over(&self, place: &Place, command: &mut Command, rule: Option<Rule>) {
        let below = place.path().canonicalize().unwrap();
        command
            .current_dir(&below)
            .env("LD_PRELOAD", library())
            .env("VECHE_CALLS_BELOW", &below)
            .env("VECHE_CALLS_JOURNAL", self.journal());
        let Some(rule) = rule else { return };
        let how = match rule.how {
            How::Fault => "eio",
            How::Full => "enospc",
            How::Short => "short",
            How::Stop => "stop",
        };
        command.env("VECHE_CALLS_AT", rule.at.to_string()).env("VECHE_CALLS_HOW", how);
        command.env("VECHE_CALLS_WHICH", if rule.counts_reads { "reads" } else { "writes" });
        if rule.is_for_good {
            command.env("VECHE_CALLS_EVER", "1");
        }
    }

    fn journal(&self) -> PathBuf {
        self.0.path().join("journal")
    }

    /// What was written down, in order.
    pub(super) fn calls(&self) -> Vec<Call> {
        let text = std::fs::read_to_string(self.journal()).unwrap();
        // The last line of a process that was killed is whole: it is one write.
        text.lines().map(Call::read).collect()
    }

    /// Where a file is that was kept before its name was taken from it.
    pub(super) fn kept(&self, process: i64, number: i64) -> PathBuf {
        self.0.path().join(format!("journal.{process}.{number}"))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Compiles the library, once.
fn library() -> &'static Path {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let folder = BUILT.get_or_init(|| tempfile::tempdir().unwrap()).path();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/calls.c");
        let built = folder.join("calls.so");
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"]);
        // The C compiler that SQLite is built with.
        let done = command.arg(&built).arg(source).arg("-ldl").status();
        assert!(done.unwrap().success());
        built
    })
}
