//! Events that reports tell of, `/events`, and one with the words that made it, `/events/ID`.

use crate::html::{Html, rendered};
use crate::pages::log::Pager;
use crate::parts::{Choice, EventClass, Form, Link, Marked, Spot, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// What is asked for, as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// The types that there are, in words.
    pub kinds: Vec<Choice>,
    /// The states that there are.
    pub states: Vec<Choice>,
    /// The type; empty for all.
    pub kind: String,
    /// The state; empty for all.
    pub state: String,
    /// The first day.
    pub from: String,
    /// The last.
    pub to: String,
    /// A state, a body or a place.
    pub unit: String,
    /// The least confidence, in per cent.
    pub confidence: String,
}

/// An event in the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventRow {
    /// Its type in words, with its page.
    pub link: Link,
    /// Its class.
    pub class: EventClass,
    /// The day, or the days between which it happened.
    pub day: String,
    /// Who acts.
    pub who: String,
    /// Who is acted upon.
    pub whom: String,
    /// Where.
    pub place: String,
    /// Independent sources and carriers: `2 / 5`.
    pub sources: String,
    /// In per cent.
    pub confidence: String,
    /// Told, denied or taken back.
    pub state: State,
    /// What an analyst found of it.
    pub review: Option<State>,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventsPage {
    /// What a reader must know: that the reports are made up.
    pub note: Option<String>,
    /// Whether the node was given reports.
    pub is_given: bool,
    /// What is asked for.
    pub filter: EventFilter,
    /// The events.
    pub rows: Vec<EventRow>,
    /// What is shown, and what lies around it.
    pub pager: Pager,
    /// Corrections that find nothing here, and events that cannot be shown: where they stand, and why.
    pub left_out: Vec<(String, String)>,
}

/// A report's telling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventMention {
    /// The document's title or name.
    pub document: String,
    /// Who published it, and when.
    pub from: String,
    /// What it was read as, and how surely.
    pub read_as: String,
    /// Whether it tells, denies or takes back.
    pub stance: Option<State>,
    /// The sentence with its words; none where the file does not have it.
    pub sentence: Option<Marked>,
    /// What decided: features, and their weights.
    pub why: Vec<(String, String)>,
}

/// A publisher's report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventSource {
    /// Who published it.
    pub publisher: String,
    /// When.
    pub published: String,
    /// The document, with its address if it is one.
    pub document: Link,
    /// The likeliest reading of it, in per cent.
    pub likely: String,
}

/// A kind of harm: the range that reports hold to, and all that was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventToll {
    /// `dead`.
    pub what: String,
    /// `12 to 15`.
    pub range: String,
    /// When and by whom what was said, and what took its place.
    pub said: Vec<(String, String, Option<String>)>,
}

/// A word of an analyst.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventWord {
    /// What was found.
    pub found: String,
    /// Who says so, for whom, when.
    pub by: String,
    /// Why.
    pub reason: String,
    /// What is said to be otherwise.
    pub fields: Vec<(String, String)>,
    /// Whether it counts.
    pub stands: bool,
    /// Its record.
    pub record: Option<Link>,
}

/// The head of an event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventCard {
    /// Its id.
    pub id: String,
    /// Its type in words, who and whom.
    pub title: String,
    /// Its class.
    pub class: EventClass,
    /// Told, denied or taken back, and what analysts found.
    pub states: Vec<State>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventPage {
    /// What a reader must know.
    pub note: Option<String>,
    /// Its head.
    pub card: EventCard,
    /// True if another event was asked for, which is told together with this one.
    pub is_another: bool,
    /// Its fields.
    pub facts: Vec<(String, String)>,
    /// Where it happened, if the degrees are known.
    pub spot: Option<Spot>,
    /// What each report says.
    pub mentions: Vec<EventMention>,
    /// Reports that are not shown: there are too many.
    pub more: usize,
    /// Who published them.
    pub sources: Vec<EventSource>,
    /// Who came to harm.
    pub tolls: Vec<EventToll>,
    /// What analysts said.
    pub said: Vec<EventWord>,
    /// What the visitor may say.
    pub acts: Vec<Form>,
    /// Why there is nothing.
    pub why_not: Option<String>,
}

impl EventPage {
    fn legend() -> Html {
        Marked::legend()
    }
}

#[derive(Template)]
#[template(path = "events.html")]
struct ListView<'a> {
    shell: &'a Shell,
    page: &'a EventsPage,
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventView<'a> {
    shell: &'a Shell,
    page: &'a EventPage,
}

/// Renders the list.
#[must_use]
pub fn render_events(shell: &Shell, page: &EventsPage) -> String {
    rendered(&ListView { shell, page })
}

/// Renders an event.
#[must_use]
pub fn render_event(shell: &Shell, page: &EventPage) -> String {
    rendered(&EventView { shell, page })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::WordPart;

    #[test]
    fn what_reports_and_people_wrote_is_shown_as_written_and_does_nothing() {
        let bad = "<script>alert(1)</script>\"'>".to_owned();
        let sentence = Marked::new(&bad, &bad, &[(WordPart::Actor, 0, 8), (WordPart::Date, 4, 12)]);
        let mention = EventMention {
            document: bad.clone(),
            sentence: Some(sentence),
            why: vec![(bad.clone(), bad.clone())],
            ..EventMention::default()
        };
        let page = EventPage {
            card: EventCard { title: bad.clone(), id: bad.clone(), ..EventCard::default() },
            mentions: vec![mention],
            sources: vec![EventSource { publisher: bad.clone(), ..EventSource::default() }],
            said: vec![EventWord { by: bad.clone(), reason: bad.clone(), ..EventWord::default() }],
            ..EventPage::default()
        };
        let html = render_event(&Shell::default(), &page);
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.matches("alert(1)").count() >= 6, "{html}");
        let row = EventRow { who: bad.clone(), place: bad, ..EventRow::default() };
        let page = EventsPage { is_given: true, rows: vec![row], ..EventsPage::default() };
        assert!(!render_events(&Shell::default(), &page).contains("<script>alert"));
    }
}
