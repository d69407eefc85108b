//! The picture, `/picture`: tension by area, what moved it, forecasts side by side, what the feeds brought.

use crate::html::rendered;
use crate::parts::{EventClass, Form, Level, Link, Series, State, Timeline};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// An event that moved an index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason {
    /// What it is, with its page.
    pub link: Link,
    /// Its class.
    pub class: EventClass,
    /// When it happened.
    pub at: UnixSeconds,
    /// How much it moved the index, in points.
    pub weight: i16,
    /// Its sources.
    pub sources: u64,
    /// Whether it is unconfirmed: shown, and outside the index.
    pub unconfirmed: bool,
}

/// An area, or a pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AreaRow {
    /// Identifies it on its page: letters, digits and `-`.
    pub id: String,
    /// Its name, with its page.
    pub link: Link,
    /// Its class; none without data.
    pub level: Option<Level>,
    /// Its index, 0 to 100; none without data.
    pub index: Option<u8>,
    /// Change since the period before.
    pub change: Option<i16>,
    /// Sources in the period.
    pub sources: u64,
    /// The index by period.
    pub series: Series,
    /// What moved it, strongest first.
    pub reasons: Vec<Reason>,
}

impl AreaRow {
    fn change_text(&self) -> String {
        self.change.as_ref().map_or_else(|| "–".to_owned(), texts::change)
    }
}

/// How many reports an area had: shown where no index over coded events is held.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportRow {
    /// The area, with what was reported last.
    pub link: Link,
    /// Reports in all.
    pub total: u64,
    /// When the last one came.
    pub last_at: UnixSeconds,
    /// Reports by hour.
    pub series: Series,
}

/// A forecast of an institute.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ForecastRow {
    /// Whose.
    pub institute: String,
    /// What is forecast, with its record: `violence in 30 days, Orvessa–Drenn`.
    pub link: Link,
    /// The probability as its author wrote it: `0.08`.
    pub probability: String,
    /// Its interval: `80 %: 0.04 to 0.15`.
    pub interval: String,
    /// Issued when.
    pub at: UnixSeconds,
    /// How good its author has been: `Brier 0.11 over 42; baseline 0.14`.
    pub track_record: String,
}

/// An item of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedItem {
    /// Its headline, with its address.
    pub link: Link,
    /// The source.
    pub source: String,
    /// When it came in.
    pub at: UnixSeconds,
    /// Language tag of the headline: `en`.
    pub lang: String,
    /// What was made of it: `event E-12`, `copy of 11 others`, `unconfirmed`.
    pub state: State,
}

/// The picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PicturePage {
    /// End of the period shown.
    pub on: UnixSeconds,
    /// The period: `week`.
    pub period: String,
    /// The period before and after.
    pub earlier: Option<String>,
    /// The period after.
    pub later: Option<String>,
    /// Where events that reports tell of are listed, if the node was given any.
    pub events: Option<Link>,
    /// The areas, highest index first.
    pub areas: Vec<AreaRow>,
    /// Reports by area, most first: counts, not an index.
    pub reports: Vec<ReportRow>,
    /// How the index is made, in a sentence, with its page.
    pub formula: String,
    /// Where the formula is told in full.
    pub formula_link: Option<Link>,
    /// Events over time.
    pub timeline: Timeline,
    /// Forecasts, side by side and never averaged away.
    pub forecasts: Vec<ForecastRow>,
    /// What the feeds brought, newest first.
    pub items: Vec<FeedItem>,
    /// The form of a warning, filled in from the picture; none where the visitor may not warn.
    pub draft: Option<Form>,
}

#[derive(Template)]
#[template(path = "picture.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a PicturePage,
}

/// Renders the picture.
#[must_use]
pub fn render_picture(shell: &Shell, page: &PicturePage) -> String {
    rendered(&View { shell, page })
}
