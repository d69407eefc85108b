//! The institutes' tournament: `/tournament`, a round, `/tournament/ROUND`, and a unit of it to be drawn, `/tournament/ROUND/UNIT`.

use crate::html::rendered;
use crate::parts::{Fan, Form, Link, ReliabilityChart, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// A round of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundRow {
    /// Its name, with its page.
    pub link: Link,
    /// What is counted, and from where: `ged_sb, from the end of 2027-01`.
    pub about: String,
    /// The months that are forecast.
    pub months: String,
    /// The last day on which a forecast is taken.
    pub closes: String,
    /// Open, closed, over.
    pub state: State,
    /// How many institutes count.
    pub handed_in: u64,
}

/// A line of a board.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoardRow {
    /// Whose.
    pub institute: String,
    /// Its mean score.
    pub mean: String,
    /// The baseline's over the same cells.
    pub baseline: String,
    /// The difference: `-5.5 %`.
    pub difference: String,
    /// 90 % of resamples between.
    pub interval: String,
    /// Better, worse, or perhaps chance.
    pub verdict: String,
    /// Its cells, and their share of those known.
    pub cells: String,
}

/// A board: the best first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BoardView {
    /// What it is made by, and of which series.
    pub title: String,
    /// Its lines.
    pub rows: Vec<BoardRow>,
}

/// The tournament.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TournamentPage {
    /// What a reader must know of the counts: that they are made up.
    pub note: Option<String>,
    /// Its rounds, newest first.
    pub rounds: Vec<RoundRow>,
    /// Boards over all rounds of a series.
    pub boards: Vec<BoardView>,
}

/// What an institute handed in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandedRow {
    /// Whose.
    pub institute: String,
    /// The day by which it came.
    pub received: String,
    /// Draws, quantiles, probability.
    pub form: String,
    /// How many cells it states.
    pub cells: String,
    /// Its share of the pool.
    pub weight: String,
    /// The record, if it came as one.
    pub record: Option<Link>,
}

/// An institute that says otherwise than the pool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DissentRow {
    /// Whose.
    pub institute: String,
    /// Where.
    pub unit: String,
    /// When.
    pub month: String,
    /// Its chance of 25 deaths or more.
    pub stated: String,
    /// The pool's.
    pub pooled: String,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundPage {
    /// What a reader must know of the counts.
    pub note: Option<String>,
    /// The round.
    pub round: RoundRow,
    /// What counts.
    pub handed_in: Vec<HandedRow>,
    /// Records that no quorum of witnesses has been seen to hold yet: they do not count yet.
    pub waiting: Vec<(Link, String)>,
    /// Records that look like a forecast and are none.
    pub faulty: Vec<(Link, String)>,
    /// How many cells are known, of how many.
    pub known: String,
    /// Boards of the round.
    pub boards: Vec<BoardView>,
    /// Who says otherwise.
    pub dissent: Vec<DissentRow>,
    /// Its units, each to be drawn.
    pub units: Vec<Link>,
}

/// A month of a unit, to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawnMonth {
    /// The month: `2027-03`.
    pub month: String,
    /// The outcomes at the levels, as typed.
    pub values: Vec<String>,
    /// The chance of 25 deaths or more that follows; empty where nothing is drawn.
    pub chance: String,
    /// What is wrong with them.
    pub error: Option<String>,
}

/// How far an institute's word was borne out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CalibrationView {
    /// In sentences.
    pub said: Vec<String>,
    /// Chances given, and how often it happened.
    pub reliability: ReliabilityChart,
}

/// A unit of a round, to be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DrawPage {
    /// What a reader must know of the counts.
    pub note: Option<String>,
    /// The round.
    pub round: Link,
    /// The unit.
    pub unit: String,
    /// The address of the page, without a query.
    pub path: String,
    /// For whom it is drawn, as typed.
    pub institute: String,
    /// Names of the levels, with the parameter of each: `("q05", "5 %")`.
    pub levels: Vec<(String, String)>,
    /// The months.
    pub months: Vec<DrawnMonth>,
    /// What was counted, and what is drawn.
    pub fan: Fan,
    /// What is wrong with the whole.
    pub error: Option<String>,
    /// The form that signs it.
    pub sign: Option<Form>,
    /// Why it cannot be signed.
    pub why_not: Option<String>,
    /// How far earlier words were borne out; none where nothing is known of any.
    pub calibration: Option<CalibrationView>,
}

#[derive(Template)]
#[template(path = "tournament.html")]
struct TournamentView<'a> {
    shell: &'a Shell,
    page: &'a TournamentPage,
}

#[derive(Template)]
#[template(path = "round.html")]
struct RoundView<'a> {
    shell: &'a Shell,
    page: &'a RoundPage,
}

#[derive(Template)]
#[template(path = "draw.html")]
struct DrawView<'a> {
    shell: &'a Shell,
    page: &'a DrawPage,
}

/// Renders the tournament.
#[must_use]
pub fn render_tournament(shell: &Shell, page: &TournamentPage) -> String {
    rendered(&TournamentView { shell, page })
}

/// Renders a round.
#[must_use]
pub fn render_round(shell: &Shell, page: &RoundPage) -> String {
    rendered(&RoundView { shell, page })
}

/// Renders a unit to be drawn.
#[must_use]
pub fn render_draw(shell: &Shell, page: &DrawPage) -> String {
    rendered(&DrawView { shell, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: &str = "<script>alert(1)</script>\"'>";

    #[test]
    fn names_of_institutes_do_nothing() {
        let row = BoardRow { institute: BAD.to_owned(), ..BoardRow::default() };
        let board = BoardView { title: BAD.to_owned(), rows: vec![row] };
        let handed_in = HandedRow { institute: BAD.to_owned(), ..HandedRow::default() };
        let dissent =
            DissentRow { institute: BAD.to_owned(), unit: BAD.to_owned(), ..DissentRow::default() };
        let page = RoundPage {
            handed_in: vec![handed_in],
            boards: vec![board],
            dissent: vec![dissent],
            ..RoundPage::default()
        };
        let html = render_round(&Shell::default(), &page);
        assert!(!html.contains("<script>alert"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 5, "{html}");
    }

    #[test]
    fn what_was_typed_comes_back_as_typed() {
        let month = DrawnMonth {
            values: vec![BAD.to_owned()],
            error: Some(BAD.to_owned()),
            ..DrawnMonth::default()
        };
        let page = DrawPage {
            institute: BAD.to_owned(),
            levels: vec![("q05".to_owned(), "5 %".to_owned())],
            months: vec![month],
            ..DrawPage::default()
        };
        let html = render_draw(&Shell::default(), &page);
        assert!(!html.contains("<script>alert"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 3, "{html}");
    }
}
