//! By what a coder is known: a hash of the models and tables that it codes with.
//!
//! Two lines with one hash were made by the same models and words; whoever compares figures of two years can tell whether the coder changed
//! between them. Bars of probability and days of publication are no part of it.

use crate::event::signal;
use crate::matcher::{self, CharterName};
use crate::ontology::Sector;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::LazyLock;

/// The list of the shipped models with their hashes; CI holds it against their bytes (`cargo xtask train`).
const MANIFEST: &str = include_str!("../models/manifest.tsv");
/// Bytes of the hash that are shown: enough to tell coders apart, and nobody has a reason to forge one.
const SHOWN_LEN: usize = 8;

static SHIPPED: LazyLock<Identity> = LazyLock::new(|| {
    let models = MANIFEST.lines().filter(|line| line.starts_with("model\t"));
    let tables = matcher::TABLES.iter().chain(&signal::TABLES).copied();
    let parts = models.map(str::as_bytes).chain(tables);
    parts.fold(Identity([0; 32]), Identity::with)
});

/// By what a coder is known. Shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity([u8; 32]);

impl Identity {
    /// Returns that of the models and tables that the program carries.
    #[must_use]
    pub fn shipped() -> Self {
        *SHIPPED
    }

    /// Returns that of a coder that has a part more: a table, a model, a list of names. The order of parts counts.
    #[must_use]
    pub fn with(self, part: &[u8]) -> Self {
        let part: [u8; 32] = Sha256::digest(part).into();
        Self(Sha256::digest([self.0, part].concat()).into())
    }

    /// Returns that of a coder that knows a charter's names besides.
    #[must_use]
    pub fn with_names(self, names: &[CharterName]) -> Self {
        names.iter().fold(self, |held, name| {
            let sector = name.sector.map_or("", Sector::code);
            held.with(format!("{}\t{sector}\t{}", name.code, name.names.join("|")).as_bytes())
        })
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(SHOWN_LEN).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_part_or_another_order_is_another_coder() {
        let shipped = Identity::shipped();
        let all = [
            shipped,
            shipped.with(b"a"),
            shipped.with(b"ab"),
            shipped.with(b"a").with(b"b"),
            shipped.with(b"b").with(b"a"),
        ];
        let shown: std::collections::BTreeSet<String> =
            all.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), all.len());
        assert!(shown.iter().all(|hash| hash.len() == 16));
    }
}
