//! `veche picture tension`: the index of an area in a month, with its reasons and sources.

use super::Asked;
use super::find::Found;
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use serde_json::json;
use std::collections::BTreeSet;
use veche_picture::tension::{Class, NoData, Parts, Reason, WINDOW_MONTHS};
use veche_picture::{Bands, History, Month, Reading, Tension, Vintage, tension};

/// Tells the index.
pub(crate) fn run(asked: &Asked) -> Result<Answer, Failure> {
    let found = Found::of(asked)?;
    let history = found.history()?;
    let known = match tension(history, found.at) {
        Reading::Known(known) => known,
        Reading::NoData(why) => return Err(no_index(history, why)),
    };
    let class = Bands::DEFAULT.class_of(known.index);
    let sources = sources(history, known.month);
    let told = json!({
        "name": history.name(),
        "class": class,
        "tension": known,
        "sources": sources,
        "as_of": asked.as_of,
    });
    let mut lines = vec![text(history, &known, class, &sources)];
    lines.extend(asked.as_of.map(|day| format!("as known on {day}, whatever became known later")));
    Ok(Answer::new(lines.join("\n"), told))
}

/// Returns the failure that there is no index, with the months that there are.
pub(crate) fn no_index(history: &History, why: NoData) -> Failure {
    let hint = match (history.month_at(0), history.last()) {
        (Some(first), Some(last)) => Some(format!("the data are from {first} to {last}")),
        _ => None,
    };
    let area = named(history);
    Failure::new(FailureKind::NoIndex { area, why }).hinting(hint)
}

/// Returns name and number, or the number alone, in one line: names come from data sets.
pub(crate) fn named(history: &History) -> String {
    let (name, area) = (screen::one_line(&history.name()), history.area().to_string());
    if name == area { area } else { format!("{name} ({area})") }
}

/// Returns the word of a class.
pub(crate) const fn word(class: Class) -> &'static str {
    match class {
        Class::Calm => "calm",
        Class::Watch => "watch",
        Class::Tense => "tense",
        Class::Acute => "acute",
        Class::Crisis => "crisis",
    }
}

/// Returns hundredths of a point as points.
pub(crate) fn points(hundredths: u32) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Returns a table of reasons, a line each: what, how many deaths, how many points.
pub(crate) fn reasons(reasons: &[Reason]) -> String {
    let titles: Vec<String> = reasons.iter().map(title).collect();
    let width = titles.iter().map(String::len).max().unwrap_or_default();
    let line = |(reason, title): (&Reason, &String)| {
        format!(
            "  {title:width$}  {:>8} deaths  {:>6} points",
            reason.count,
            points(reason.contribution)
        )
    };
    reasons.iter().zip(&titles).map(line).collect::<Vec<_>>().join("\n")
}

fn title(reason: &Reason) -> String {
    // The evidence of a draft has the same words; it borrows nothing but the reason.
    veche_picture::warn::Evidence { reason: *reason, vintages: Vec::new() }.title()
}

fn text(history: &History, known: &Tension, class: Class, sources: &BTreeSet<Vintage>) -> String {
    let Parts { level, surprise, change } = known.parts;
    let mut lines = vec![format!(
        "{}, {}, {}: {} of 100, {}",
        named(history),
        known.series,
        known.month,
        known.index,
        word(class)
    )];
    lines.push(format!(
        "  level {}, surprise {}, change {}",
        points(level),
        points(surprise),
        points(change)
    ));
    if known.reasons.is_empty() {
        lines.push("no reasons: nothing was counted in the last three months".to_owned());
    } else {
        lines.push("reasons:".to_owned());
        lines.push(reasons(&known.reasons));
    }
    lines.push(format!("formula: {}, against {} earlier windows", known.formula, known.reference));
    lines.push("sources of the three months (SHA-256 of the files imported):".to_owned());
    lines.extend(sources.iter().map(|source| format!("  {source}")));
    if sources.is_empty() {
        lines.push("  none".to_owned());
    }
    lines.join("\n")
}

/// Returns the inputs that the last three months are from, also those in which nothing was counted.
fn sources(history: &History, at: Month) -> BTreeSet<Vintage> {
    let end = history.place_of(at).map_or(0, |place| place + 1);
    let window = history.cells().get(end.saturating_sub(WINDOW_MONTHS)..end).unwrap_or_default();
    let events = window.iter().flat_map(|cell| &cell.events).map(|event| event.vintage);
    let rest = window.iter().flat_map(|cell| cell.vintage.iter().chain(&cell.others));
    rest.copied().chain(events).collect()
}
