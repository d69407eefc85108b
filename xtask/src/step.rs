//! Steps of a chore: named, timed, stopped at the first that fails.

use crate::tally::Tally;
use crate::workspace::Workspace;
use std::fmt;
use std::time::Instant;

/// Most lines of a failure that are shown: more would push the first, which tell most, off the screen.
const LINES_SHOWN: usize = 60;

/// What a step does; it returns the tests that it counted.
type Run<'a> = dyn Fn(&Workspace) -> Result<Tally, Failure> + 'a;

/// One thing that is run, with the name that its lines carry.
pub(crate) struct Step<'a> {
    /// Two or three words.
    pub(crate) name: &'static str,
    /// Does it.
    pub(crate) run: Box<Run<'a>>,
}

impl<'a> Step<'a> {
    /// Returns a step.
    pub(crate) fn new(
        name: &'static str,
        run: impl Fn(&Workspace) -> Result<Tally, Failure> + 'a,
    ) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Why a step failed, and the command that repeats it alone.
#[derive(Debug)]
pub(crate) struct Failure {
    said: String,
    repeat: String,
    tally: Tally,
}

impl Failure {
    /// Returns a failure with what was said, and the command that shows it again.
    pub(crate) fn new(said: impl fmt::Display, repeat: impl fmt::Display) -> Self {
        Self { said: said.to_string(), repeat: repeat.to_string(), tally: Tally::default() }
    }

    /// Adds the tests counted before it failed.
    pub(crate) fn with_tally(mut self, tally: Tally) -> Self {
        self.tally = tally;
        self
    }

    /// Returns the tests to count: a failure that no test accounts for is one failed.
    pub(crate) fn tally(&self) -> Tally {
        Tally { passed: self.tally.passed, failed: self.tally.failed.max(1) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Indented, so that a count in a program's output is never taken for the closing line.
        let said = self.said.trim_end();
        for line in said.lines().take(LINES_SHOWN) {
            writeln!(f, "    {line}")?;
        }
        match said.lines().count().saturating_sub(LINES_SHOWN) {
            0 => {}
            more => writeln!(f, "    .. and {more} lines more")?,
        }
        write!(f, "  repeat: {}", self.repeat)
    }
}

/// Runs steps in order up to the first that fails, prints each with its time, and returns whether all passed.
///
/// Without `closing`, the last line is not the count of tests.
pub(crate) fn run_all(workspace: &Workspace, steps: &[Step<'_>], closing: bool) -> bool {
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut success = true;
    for (i, step) in steps.iter().enumerate() {
        let title = format!("[{}/{}] {}", i.saturating_add(1), steps.len(), step.name);
        println!("{title}");
        let began = Instant::now();
        let result = (step.run)(workspace);
        let seconds = began.elapsed().as_secs_f64();
        match result {
            Ok(counted) => {
                let tests = if counted == Tally::default() {
                    String::new()
                } else {
                    format!(" ({counted})")
                };
                println!("{title}: passed in {seconds:.1} s{tests}");
                tally.add(counted);
            }
            Err(failure) => {
                println!("{failure}\n{title}: FAILED after {seconds:.1} s");
                tally.add(failure.tally());
                success = false;
                break;
            }
        }
    }
    println!("in all {:.0} s", start.elapsed().as_secs_f64());
    if closing {
        println!("{tally}");
    }
    success
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_no_test_counts_as_one() {
        assert_eq!(Failure::new("late", "cargo fmt").tally(), Tally { passed: 0, failed: 1 });
        let tally = Tally { passed: 7, failed: 2 };
        assert_eq!(Failure::new("late", "cargo test").with_tally(tally).tally(), tally);
    }

    #[test]
    fn a_failure_shows_what_was_said_and_the_command() {
        let failure = Failure::new("one\n3 passed, 0 failed\n", "cargo fmt --check");
        assert_eq!(
            failure.to_string(),
            "    one\n    3 passed, 0 failed\n  repeat: cargo fmt --check"
        );
    }

    #[test]
    fn a_long_failure_is_cut_and_says_so() {
        let text = Failure::new("line\n".repeat(LINES_SHOWN + 7), "again").to_string();
        assert_eq!(text.lines().count(), LINES_SHOWN + 2);
        assert!(text.contains(".. and 7 lines more"), "{text}");
    }

    #[test]
    fn nothing_runs_after_a_failure() {
        let workspace = Workspace::for_tests(&[]);
        let ran = std::cell::Cell::new(0);
        let pass = |_: &Workspace| {
            ran.set(ran.get() + 1);
            Ok(Tally::default())
        };
        let steps = [
            Step::new("first", pass),
            Step::new("second", |_| Err(Failure::new("no", "again"))),
            Step::new("third", pass),
        ];
        assert!(!run_all(&workspace, &steps, false));
        assert_eq!(ran.get(), 1);
    }
}
