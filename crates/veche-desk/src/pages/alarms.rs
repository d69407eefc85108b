//! Alarms, `/alarms`, and the warning that one may become, `/alarms/RULE/UNIT/MONTH`: counts that nobody had reason to expect.

use crate::html::rendered;
use crate::parts::{Form, Link, State};
use crate::shell::Shell;
use crate::texts;
use askama::Template;

/// What a person said of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmWord {
    /// What it was found to be.
    pub found: String,
    /// By whom.
    pub by: String,
    /// The last month that was known then.
    pub seen: String,
    /// Why.
    pub reason: String,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmCard {
    /// Its unit, with the unit's forecast.
    pub unit: Link,
    /// Open or closed, waiting or found to be something.
    pub state: State,
    /// The month that opened it.
    pub opened: String,
    /// In how many months it was seen.
    pub seen: String,
    /// What was counted, what was expected, and how unlikely that is.
    pub reason: String,
    /// What was said of it, the last word last.
    pub said: Vec<AlarmWord>,
    /// The warning that it may become.
    pub draft: Option<Link>,
    /// What the visitor may say of it.
    pub acts: Vec<Form>,
}

/// A charter's rule, run over its counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmRuleView {
    /// Its name for people.
    pub title: String,
    /// Where the charter says so.
    pub article: String,
    /// What is counted: `ged_sb`.
    pub series: String,
    /// The months that it was run over; empty where no counts of the series are here.
    pub months: String,
    /// Its numbers, in a sentence.
    pub settings: String,
    /// What analysts found of its alarms over the last year.
    pub record: String,
    /// Why it is off.
    pub off: Option<String>,
    /// What puts it on again.
    pub reinstate: Vec<Form>,
    /// What the last month brought: `opened`, 2.
    pub last: Vec<(String, u64)>,
    /// Alarms that wait for an analyst.
    pub waiting: Vec<AlarmCard>,
    /// Alarms that are open and were judged.
    pub open: Vec<AlarmCard>,
    /// Alarms that are closed and were judged, newest first.
    pub earlier: Vec<AlarmCard>,
    /// Words that found nothing here: where they stand, and why.
    pub left_out: Vec<(String, String)>,
}

/// All rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmsPage {
    /// What a reader must know of the counts: that they are made up.
    pub note: Option<String>,
    /// The charter's rules.
    pub rules: Vec<AlarmRuleView>,
}

/// A warning drafted from an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlarmPage {
    /// What a reader must know of the counts.
    pub note: Option<String>,
    /// The alarm.
    pub alarm: AlarmCard,
    /// The warning in two sentences.
    pub statement: String,
    /// Horizon, confidence, false alarms.
    pub facts: Vec<(String, String)>,
    /// Why.
    pub reasons: Vec<String>,
    /// What is owed once it is signed.
    pub duties: Vec<String>,
    /// The form that signs it.
    pub form: Option<Form>,
    /// Why there is none.
    pub why_not: Option<String>,
}

#[derive(Template)]
#[template(path = "alarms.html")]
struct ListView<'a> {
    shell: &'a Shell,
    page: &'a AlarmsPage,
}

#[derive(Template)]
#[template(path = "alarm.html")]
struct AlarmView<'a> {
    shell: &'a Shell,
    page: &'a AlarmPage,
}

/// Renders the list.
#[must_use]
pub fn render_alarms(shell: &Shell, page: &AlarmsPage) -> String {
    rendered(&ListView { shell, page })
}

/// Renders a drafted warning.
#[must_use]
pub fn render_alarm(shell: &Shell, page: &AlarmPage) -> String {
    rendered(&AlarmView { shell, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_shown_as_written_and_does_nothing() {
        let bad = "<script>alert(1)</script>\"'>".to_owned();
        let word = AlarmWord { by: bad.clone(), reason: bad.clone(), ..AlarmWord::default() };
        let card = AlarmCard { reason: bad.clone(), said: vec![word], ..AlarmCard::default() };
        let rule = AlarmRuleView {
            title: bad.clone(),
            months: "2014-01".to_owned(),
            earlier: vec![card],
            left_out: vec![(bad.clone(), bad)],
            ..AlarmRuleView::default()
        };
        let page = AlarmsPage { rules: vec![rule], ..AlarmsPage::default() };
        let html = render_alarms(&Shell::default(), &page);
        assert!(!html.contains("<script>alert"), "{html}");
        assert_eq!(html.matches("alert(1)").count(), 6, "{html}");
    }
}
