//! How many tests passed and failed, read from what the runners print.

use std::fmt;

/// Tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds the tests of another tally.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
    }

    /// Reads a result line of `cargo test`: `test result: ok. 12 passed; 1 failed; ..`.
    pub(crate) fn of_cargo(line: &str) -> Option<Self> {
        let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
        let mut parts = counts.split("; ");
        let passed = count_before(parts.next()?, "passed")?;
        let failed = count_before(parts.next()?, "failed")?;
        Some(Self { passed, failed })
    }

    /// Reads a line `N passed, N failed` that stands alone.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let (passed, failed) = line.trim().split_once(", ")?;
        Some(Self {
            passed: count_before(passed, "passed")?,
            failed: count_before(failed, "failed")?,
        })
    }

    /// Reads what Python's unittest prints at its end: `Ran 7 tests in 0.1s`, then `OK` or `FAILED (failures=1, errors=2)`.
    ///
    /// Skipped tests count as neither; an unexpected success counts as failed.
    pub(crate) fn of_unittest(text: &str) -> Option<Self> {
        let ran = text.lines().rev().find_map(|line| line.strip_prefix("Ran "))?;
        let ran: u64 = ran.split(' ').next()?.parse().ok()?;
        let verdict =
            text.lines().rev().find(|line| line.starts_with("OK") || line.starts_with("FAILED"))?;
        let of = |key: &str| {
            let words = verdict.split(['(', ')', ',']).map(str::trim);
            words.filter_map(|word| word.strip_prefix(key)?.parse::<u64>().ok()).sum::<u64>()
        };
        let failed = of("failures=")
            .saturating_add(of("errors="))
            .saturating_add(of("unexpected successes="));
        Some(Self { passed: ran.saturating_sub(failed).saturating_sub(of("skipped=")), failed })
    }
}

/// Reads `12` from `12 passed`.
fn count_before(text: &str, word: &str) -> Option<u64> {
    text.strip_suffix(word)?.strip_suffix(' ')?.parse().ok()
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(read: Option<Tally>, expected: Option<(u64, u64)>) {
        assert_eq!(read.map(|tally| (tally.passed, tally.failed)), expected);
    }

    #[test]
    fn a_result_line_of_cargo_test_is_counted() {
        check(
            Tally::of_cargo(
                "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            ),
            Some((12, 0)),
        );
        check(
            Tally::of_cargo(
                "test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            ),
            Some((11, 2)),
        );
        check(Tally::of_cargo("test tally::a_result_line ... ok"), None);
        check(Tally::of_cargo("test result: the treaty"), None);
    }

    #[test]
    fn a_closing_line_stands_alone() {
        check(Tally::of_line("212 passed, 0 failed"), Some((212, 0)));
        check(Tally::of_line("212 passed, 0 failed, 1 late"), None);
        check(Tally::of_line("vectors: 212 passed, 0 failed"), None);
    }

    #[test]
    fn the_end_of_unittest_is_counted() {
        check(Tally::of_unittest("....\n-----\nRan 4 tests in 0.101s\n\nOK\n"), Some((4, 0)));
        check(Tally::of_unittest("Ran 1 test in 0.101s\n\nOK (skipped=1)\n"), Some((0, 0)));
        check(
            Tally::of_unittest("Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"),
            Some((5, 3)),
        );
        check(Tally::of_unittest("Traceback: no such folder"), None);
    }
}
