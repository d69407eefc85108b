//! How the program ends: one code a class, so that a script can tell who must act.

use std::process::ExitCode;

/// An exit code with its name and meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit {
    /// The code.
    pub(crate) code: u8,
    /// The class, as in the JSON of an error.
    pub(crate) name: &'static str,
    /// What it means, for the help.
    says: &'static str,
}

impl Exit {
    /// Done as asked.
    pub(crate) const OK: Self = Self::new(0, "ok", "done as asked");
    /// A fault of this program.
    pub(crate) const INTERNAL: Self = Self::new(1, "internal", "a fault of this program");
    /// The arguments make no sense. The code is clap's own.
    pub(crate) const USAGE: Self = Self::new(2, "usage", "the arguments make no sense");
    /// What was named is not there, or cannot be read.
    pub(crate) const NOT_FOUND: Self =
        Self::new(3, "not_found", "what was named is not there or cannot be read");
    /// The charter does not allow it.
    pub(crate) const REFUSED: Self = Self::new(4, "refused", "the charter does not allow it");
    /// A certificate, store, record or data set is not what it should be.
    pub(crate) const INVALID: Self =
        Self::new(5, "invalid", "a certificate, store, record or data set is not valid");
    /// Checks ran, and some failed.
    pub(crate) const FAILED_CHECKS: Self =
        Self::new(6, "failed_checks", "checks ran and some failed");
    /// Another node cannot be reached, or misbehaves.
    pub(crate) const PEER: Self = Self::new(7, "peer", "a peer or the network failed");
    /// A store is in use, or something cannot be written.
    pub(crate) const STORE: Self =
        Self::new(8, "store", "the store is in use, full or cannot be written");

    /// Every code there is, ascending.
    pub(crate) const ALL: [Self; 9] = [
        Self::OK,
        Self::INTERNAL,
        Self::USAGE,
        Self::NOT_FOUND,
        Self::REFUSED,
        Self::INVALID,
        Self::FAILED_CHECKS,
        Self::PEER,
        Self::STORE,
    ];

    const fn new(code: u8, name: &'static str, says: &'static str) -> Self {
        Self { code, name, says }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code)
    }
}

/// Returns the table of exit codes, for the help.
pub(crate) fn help() -> String {
    let rows: Vec<String> =
        Exit::ALL.iter().map(|exit| format!("  {}  {}", exit.code, exit.says)).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_code_and_a_name_of_its_own() {
        for (code, exit) in (0..).zip(Exit::ALL) {
            assert_eq!(exit.code, code, "{}", exit.name);
            assert_eq!(Exit::ALL.iter().filter(|other| other.name == exit.name).count(), 1);
        }
    }
}
