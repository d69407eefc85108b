//! Forecasts, `/forecast`, and one unit's, `/forecast/UNIT`: how likely, why, and how good such forecasts were.

use crate::html::rendered;
use crate::parts::{Fan, Link, ReliabilityChart, Series};
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// What a forecast rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastBasis {
    /// What is counted: `ged_sb`.
    pub series: String,
    /// The last month that was known: `2027-02`.
    pub origin: String,
    /// The rule with its version: `recent/1`.
    pub rule: String,
    /// What the rule does.
    pub said: String,
    /// SHA-256 of the inputs.
    pub inputs: Vec<String>,
    /// What a reader must know of the counts: that they are made up.
    pub note: Option<String>,
}

/// A unit of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastUnit {
    /// Its name, with its page.
    pub link: Link,
    /// Chances of 25 or more in 3, 6 and 12 months: `31 %`.
    pub chances: [String; 3],
    /// Its last months.
    pub series: Series,
    /// The months that weigh most: `2027-01 (40 deaths, 31 %)`.
    pub drivers: Vec<String>,
}

/// How the rule differs from conflictology by a score.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SkillRow {
    /// The score.
    pub score: String,
    /// By how much: `-5.5 %`.
    pub difference: String,
    /// 90 % of resamples between: `-9.8 % to +1.2 %`; empty where there is none.
    pub interval: String,
    /// What that means: better, worse, or perhaps chance.
    pub verdict: String,
}

/// How good past forecasts were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastRecord {
    /// How many past forecasts.
    pub forecasts: u64,
    /// Against conflictology.
    pub skill: Vec<SkillRow>,
    /// Chances given, and how often it happened.
    pub reliability: ReliabilityChart,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastsPage {
    /// What it rests on; none where the node has no forecast.
    pub basis: Option<ForecastBasis>,
    /// Units with a count in the last three years, likeliest first.
    pub units: Vec<ForecastUnit>,
    /// How many more there are.
    pub more: u64,
    /// Units without, for which no skill is proven.
    pub quiet: Vec<Link>,
    /// How many more of these there are.
    pub quiet_more: u64,
    /// How often something began after such quiet, in a sentence.
    pub onsets: String,
    /// Units that are not forecast, and why.
    pub left_out: Vec<(String, String)>,
    /// How good past forecasts were.
    pub record: ForecastRecord,
}

/// A row of chances: for so many months.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChanceRow {
    /// Which months: `2027-03 to 2027-05`.
    pub months: String,
    /// Of 25, 100 and 1000 or more.
    pub chances: [String; 3],
}

/// A part of what weighs, or of what would change: a month or a count, and a share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeightRow {
    /// What: `2027-01`, `100 deaths in 2027-03`.
    pub what: String,
    /// How many were counted; empty where that is no question.
    pub count: String,
    /// Its share, or the chance that it leads to.
    pub share: String,
}

/// One unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastPage {
    /// Its name.
    pub name: String,
    /// Its number: `gw:9001`.
    pub number: String,
    /// What it rests on.
    pub basis: ForecastBasis,
    /// The forecast in words.
    pub sentence: String,
    /// Whether no skill is proven for such units.
    pub is_unproven: bool,
    /// Chances of sums.
    pub chances: Vec<ChanceRow>,
    /// What was counted, and the months ahead.
    pub fan: Fan,
    /// Past forecasts, three months ahead, against what came.
    pub past: Fan,
    /// The months that weigh most.
    pub drivers: Vec<WeightRow>,
    /// What would change it.
    pub changes: Vec<WeightRow>,
    /// How good past forecasts of this unit were.
    pub own: Vec<SkillRow>,
    /// Of all units.
    pub record: ForecastRecord,
}

#[derive(Template)]
#[template(path = "forecasts.html")]
struct ListView<'a> {
    shell: &'a Shell,
    page: &'a ForecastsPage,
}

#[derive(Template)]
#[template(path = "forecast.html")]
struct UnitView<'a> {
    shell: &'a Shell,
    page: &'a ForecastPage,
}

/// Renders the list.
#[must_use]
pub fn render_forecasts(shell: &Shell, page: &ForecastsPage) -> String {
    rendered(&ListView { shell, page })
}

/// Renders one unit.
#[must_use]
pub fn render_forecast(shell: &Shell, page: &ForecastPage) -> String {
    rendered(&UnitView { shell, page })
}
