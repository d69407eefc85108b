//! Exercise control, `/exercise`: the script, its clock, and how it went.

use crate::html::rendered;
use crate::parts::{Link, State, Tone};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// What an inject led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// Not yet played.
    #[default]
    Ahead,
    /// As expected.
    Pass,
    /// In part.
    Partly,
    /// Not as expected.
    Fail,
    /// The visitor acted, and the script's expectation no longer applies.
    Changed,
}

/// A step of the script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InjectRow {
    /// Its number in the script.
    pub number: u32,
    /// When it happens.
    pub at: UnixSeconds,
    /// From whom to whom: `Halcis CSIRT → GROUP(cyber)`.
    pub route: String,
    /// What it is, with the page that shows it.
    pub link: Link,
    /// What is expected of the system.
    pub expected: String,
    /// What was observed.
    pub observed: Option<String>,
    /// What it led to.
    pub verdict: Verdict,
}

impl InjectRow {
    fn mark(&self) -> State {
        match self.verdict {
            Verdict::Ahead => State::new(texts::exercise::AHEAD, Tone::Plain),
            Verdict::Pass => State::new(texts::exercise::PASS, Tone::Good),
            Verdict::Partly => State::new(texts::exercise::PARTLY, Tone::Care),
            Verdict::Fail => State::new(texts::exercise::FAIL, Tone::Bad),
            Verdict::Changed => State::new(texts::exercise::CHANGED, Tone::Plain),
        }
    }
}

/// A line of the score sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreRow {
    /// What is measured: `duties met in time`.
    pub measure: String,
    /// What came: `14 of 16`.
    pub result: String,
    /// What is asked for: `all`.
    pub target: String,
    /// Whether it was reached.
    pub state: State,
}

/// Steps by verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Score {
    /// As expected.
    pub pass: u32,
    /// In part.
    pub partly: u32,
    /// Not as expected.
    pub fail: u32,
    /// Changed by the visitor.
    pub changed: u32,
    /// Not yet played.
    pub ahead: u32,
}

/// Exercise control. Its forms post to `/exercise` a value `do`: `start`, `play`, `pause`, `step`, `reset`, `speed` (with
/// `speed`, thousandths of real time) or `jump` (with `to`, an inject's number).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExercisePage {
    /// Its name: `LANTERN`.
    pub name: String,
    /// What it is, in a sentence or two.
    pub about: String,
    /// Whether it has been started.
    pub started: bool,
    /// Whether it plays by itself.
    pub playing: bool,
    /// Speeds to choose from: thousandths of real time and words.
    pub speeds: Vec<(u32, String)>,
    /// The speed chosen.
    pub speed: u32,
    /// Time since its start, as people say it: `T+6 h 20 min`.
    pub elapsed: String,
    /// Number of the inject last played.
    pub current: Option<u32>,
    /// What just happened and what to look at, in one sentence.
    pub sentence: Option<String>,
    /// Where to look at it.
    pub look_at: Vec<Link>,
    /// The script.
    pub injects: Vec<InjectRow>,
    /// Steps by verdict.
    pub score: Score,
    /// The score sheet.
    pub sheet: Vec<ScoreRow>,
}

#[derive(Template)]
#[template(path = "exercise.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a ExercisePage,
}

/// Renders exercise control.
#[must_use]
pub fn render_exercise(shell: &Shell, page: &ExercisePage) -> String {
    rendered(&View { shell, page })
}
