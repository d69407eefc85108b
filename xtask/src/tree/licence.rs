//! Every crate that is built comes under a licence that the project may pass on.

use crate::workspace::Workspace;

/// Licences that may be in the binary or in what builds it. `deny.toml` holds the same list.
const ALLOWED: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Each package's SPDX expression can be met by [`ALLOWED`] licences alone.
pub(crate) fn all_allowed(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for package in workspace.packages.values() {
        let name = format!("`{} {}`", package.name, package.version);
        match package.license.as_deref().map(|text| (text, allowed(text))) {
            Some((_, Some(true))) => {}
            Some((text, Some(false))) => {
                faults.push(format!("{name} comes under `{text}`, which is not on the list"));
            }
            Some((text, None)) => {
                faults.push(format!("{name}: cannot read the expression `{text}`"));
            }
            None => faults.push(format!("{name} names no licence")),
        }
    }
    faults
}

/// Returns whether an SPDX expression can be met, or `None` if it is not of the form (SPDX 2.3, annex D).
///
/// `/` is read as `OR`: so older packages wrote it.
fn allowed(expression: &str) -> Option<bool> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = Words { rest: spaced.split_whitespace().collect() };
    let met = words.either()?;
    words.rest.is_empty().then_some(met)
}

/// The words of an expression not yet read.
struct Words<'e> {
    rest: Vec<&'e str>,
}

impl Words<'_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.rest.first() == Some(&word);
        if found {
            self.rest.remove(0);
        }
        found
    }

    fn either(&mut self) -> Option<bool> {
        let mut met = self.both()?;
        while self.take("OR") {
            // Not `||` with the call behind it: the rest must be read too.
            met |= self.both()?;
        }
        Some(met)
    }

    fn both(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.either()?;
            return self.take(")").then_some(met);
        }
        let mut licence = self.name()?;
        if self.take("WITH") {
            licence = format!("{licence} WITH {}", self.name()?);
        }
        Some(ALLOWED.contains(&licence.as_str()))
    }

    fn name(&mut self) -> Option<String> {
        let word =
            self.rest.first().filter(|word| !["OR", "AND", "WITH", "(", ")"].contains(word))?;
        let name = (*word).to_owned();
        self.rest.remove(0);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: Option<bool>) {
        assert_eq!(allowed(expression), expected, "{expression}");
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        check("MIT", Some(true));
        check("MIT OR Apache-2.0 OR LGPL-2.1-or-later", Some(true));
        check("Unlicense/MIT", Some(true));
        check("GPL-3.0-only OR AGPL-3.0-only", Some(false));
    }

    #[test]
    fn all_parts_of_a_conjunction_must_be_allowed() {
        check("(MIT OR Apache-2.0) AND Unicode-3.0", Some(true));
        check("(MIT OR Apache-2.0) AND GPL-3.0-only", Some(false));
        check("MIT AND GPL-3.0-only OR Zlib", Some(true));
        check("GPL-3.0-only OR MIT AND Zlib", Some(true));
    }

    #[test]
    fn an_exception_is_part_of_its_licence() {
        check("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", Some(true));
        check("GPL-2.0-only WITH Classpath-exception-2.0", Some(false));
    }

    #[test]
    fn what_is_no_expression_is_not_guessed_at() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "MIT Apache-2.0", "OR MIT", "MIT WITH"] {
            check(text, None);
        }
    }

    #[test]
    fn deny_toml_allows_the_same() {
        let deny = include_str!("../../../deny.toml");
        let plain = ALLOWED.iter().filter(|licence| !licence.contains(" WITH "));
        for licence in plain {
            assert!(deny.contains(&format!("\"{licence}\"")), "deny.toml lacks {licence}");
        }
        let listed = deny.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
        assert_eq!(listed.matches('"').count() / 2, ALLOWED.len());
    }
}
