//! The picture, as far as records and feeds give one: reports by area and hour, forecasts side by side, what the feeds brought.
//!
//! No index is shown before there are coded events to make it from.

use super::cases::opening_forms;
use super::sight::{Sight, WALK_MAX, terms, time};
use super::watch::is_warning;
use crate::picture::reports::Reports;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use veche_council::view::ProcedureView;
use veche_desk::{
    FeedItem, ForecastRow, Link, PicturePage, ReportRow, Series, SeriesPoint, State, Tone,
};
use veche_ledger::{Hash, Seconds, UnixSeconds, Value};

/// Hours of a line.
const HOURS: u64 = 24;
/// Most feed items on the page.
const ITEMS_MAX: usize = 60;
/// Seconds of an hour.
const HOUR: u64 = 3600;

/// Returns the picture. `feed`: items that came in at this party's node, oldest first.
#[must_use]
pub fn picture(sight: &Sight<'_>, feed: &[Json], given: Option<&Reports>) -> PicturePage {
    let listed = sight.council().listed().filter(|listed| sight.may_list(listed));
    let views = sight.readable(listed.take(WALK_MAX).map(|listed| listed.id));
    PicturePage {
        on: sight.now,
        period: format!("{HOURS} h"),
        formula: "Reports that name a place, and feed items that do, counted by area and by the hour in which this node got them. \
                  These are counts of reports, not an index of tension: that needs coded events, and none are held."
            .to_owned(),
        reports: reports(sight, &views, feed),
        forecasts: forecasts(sight, &views),
        items: feed.iter().rev().take(ITEMS_MAX).map(|item| feed_item(sight, item)).collect(),
        events: given.map(|_| Link::new("/events", "Events that reports tell of, with their words")),
        draft: opening_forms(sight, |kind| sight.act(kind).is_some_and(is_warning)).into_iter().next(),
        ..PicturePage::default()
    }
}

/// An area's reports: when each came, and the last with its page.
#[derive(Default)]
struct Area {
    times: Vec<UnixSeconds>,
    last: Option<(UnixSeconds, String)>,
}

impl Area {
    fn add(&mut self, at: UnixSeconds, href: &str) {
        self.times.push(at);
        if self.last.as_ref().is_none_or(|(last, _)| *last <= at) {
            self.last = Some((at, href.to_owned()));
        }
    }
}

fn reports(sight: &Sight<'_>, views: &[ProcedureView], feed: &[Json]) -> Vec<ReportRow> {
    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    for view in views {
        let terms = terms(&view.terms);
        let place = ["area", "place"].iter().find_map(|name| terms.get(name)?.as_text());
        if let (Some(place), Some(since)) = (place, view.since.as_deref()) {
            areas.entry(place.to_owned()).or_default().add(time(since), &sight.href(view));
        }
    }
    for item in feed {
        if let (Some(place), Some(at)) = (text(item, &["area", "place"]), item_time(item)) {
            areas.entry(place.to_owned()).or_default().add(at, &link_of(item));
        }
    }
    let first_hour = UnixSeconds((sight.now.0 / HOUR + 1).saturating_sub(HOURS) * HOUR);
    let mut rows: Vec<ReportRow> =
        areas.into_iter().map(|(name, area)| report_row(&name, &area, first_hour)).collect();
    let top = rows.iter().flat_map(|row| &row.series.points).filter_map(|point| point.value).max();
    for row in &mut rows {
        row.series.top = Some(top.unwrap_or(1).max(1));
    }
    rows.sort_by_key(|row| (std::cmp::Reverse(row.total), row.link.text.clone()));
    rows
}

fn report_row(name: &str, area: &Area, first_hour: UnixSeconds) -> ReportRow {
    let points = (0..HOURS).map(|hour| {
        let begin = first_hour + Seconds::hours(hour);
        let count = area
            .times
            .iter()
            .filter(|at| **at >= begin && **at < begin + Seconds::hours(1))
            .count();
        let label = begin.to_string().get(11..13).unwrap_or_default().to_owned();
        SeriesPoint { label, value: Some(u8::try_from(count).unwrap_or(u8::MAX)) }
    });
    let (last_at, href) = area.last.clone().unwrap_or_default();
    ReportRow {
        link: Link::new(if href.is_empty() { "#items-title" } else { &href }, name),
        total: area.times.len() as u64,
        last_at,
        series: Series { name: name.to_owned(), points: points.collect(), top: None },
    }
}

/// Returns the forecasts among the procedures: acts that state a probability in percent.
fn forecasts(sight: &Sight<'_>, views: &[ProcedureView]) -> Vec<ForecastRow> {
    let stated: Vec<(&ProcedureView, Value)> = views
        .iter()
        .map(|view| (view, terms(&view.terms)))
        .filter(|(_, terms)| terms.get("probability_percent").is_some())
        .collect();
    let scores = scores(sight, &stated);
    stated.iter().rev().map(|(view, terms)| forecast(sight, view, terms, &scores)).collect()
}

fn forecast(
    sight: &Sight<'_>,
    view: &ProcedureView,
    terms: &Value,
    scores: &BTreeMap<String, Vec<u64>>,
) -> ForecastRow {
    let percent = |name: &str| terms.get(name).and_then(Value::as_size).map(share);
    let text = |name: &str| terms.get(name).and_then(Value::as_text).unwrap_or_default();
    let interval = match (percent("low_percent"), percent("high_percent")) {
        (Some(low), Some(high)) => format!("{low} to {high}"),
        (Some(_) | None, _) => "none given".to_owned(),
    };
    let institute = institute(sight, view, terms);
    let horizon = text("horizon");
    let target = if text("target").is_empty() { &view.title } else { text("target") };
    let track_record = match scores.get(&institute).map(Vec::as_slice) {
        Some(scores) if !scores.is_empty() => {
            let mean = scores.iter().sum::<u64>() / scores.len() as u64;
            format!(
                "Brier {}.{:03} over {}",
                mean / 1_000_000,
                mean % 1_000_000 / 1000,
                scores.len()
            )
        }
        Some(_) | None => "not scored yet".to_owned(),
    };
    ForecastRow {
        institute,
        link: Link::new(&sight.href(view), &format!("{}: {target}, within {horizon}", view.number)),
        probability: percent("probability_percent").unwrap_or_default(),
        interval,
        at: sight.since(view),
        track_record,
    }
}

/// Writes a percentage as a probability: `0.08`.
fn share(percent: u64) -> String {
    format!("{}.{:02}", percent / 100, percent % 100)
}

fn institute(sight: &Sight<'_>, view: &ProcedureView, terms: &Value) -> String {
    let named = terms.get("institute").and_then(Value::as_text).filter(|name| !name.is_empty());
    named.map_or_else(|| sight.name(&view.author), str::to_owned)
}

/// Returns the Brier scores recorded for each institute's forecasts, in millionths.
fn scores(sight: &Sight<'_>, stated: &[(&ProcedureView, Value)]) -> BTreeMap<String, Vec<u64>> {
    let mut scores: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (view, own) in stated {
        let leaves =
            view.units.iter().flat_map(|unit| &unit.steps).filter_map(|step| step.leaf.as_deref());
        let attached = view.attached.iter().map(|attached| attached.record.leaf.as_str());
        for leaf in leaves.chain(attached) {
            let record = Hash::parse(leaf).ok().and_then(|leaf| sight.record(&leaf));
            let said = record.filter(|record| sight.reads(record)).and_then(|record| record.terms);
            let score = said.and_then(|text| terms(&text).get("brier_millionths")?.as_size());
            scores.entry(institute(sight, view, own)).or_default().extend(score);
        }
    }
    scores
}

fn feed_item(sight: &Sight<'_>, item: &Json) -> FeedItem {
    let headline = text(item, &["title", "headline", "text"]).unwrap_or("without a headline");
    let is_copy = item.get("copy_of").is_some();
    let state = match text(item, &["state", "status"]) {
        Some(state) => state,
        None if is_copy => "copy of another item",
        None => "as received",
    };
    let state = State::new(state, Tone::Plain);
    FeedItem {
        link: Link::new(&link_of(item), headline),
        source: text(item, &["source", "from", "channel"]).unwrap_or("source unknown").to_owned(),
        at: item_time(item).unwrap_or(sight.now),
        lang: text(item, &["lang", "language"]).unwrap_or("und").to_owned(),
        state,
    }
}

/// Returns an item's address if it is one of the web; else a place on the page, so that nothing else is ever opened.
fn link_of(item: &Json) -> String {
    let address = text(item, &["url", "link", "href"]).unwrap_or_default();
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    (if is_web { address } else { "#items-title" }).to_owned()
}

fn item_time(item: &Json) -> Option<UnixSeconds> {
    UnixSeconds::parse(text(item, &["at", "time", "published"])?).ok()
}

fn text<'a>(item: &'a Json, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| item.get(name)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn percent_is_written_as_a_probability() {
        assert_eq!(
            (share(8), share(100), share(55)),
            ("0.08".to_owned(), "1.00".to_owned(), "0.55".to_owned())
        );
    }

    #[test]
    fn an_item_never_leads_to_a_script() {
        assert_eq!(link_of(&json!({"url": "javascript:alert(1)"})), "#items-title");
        assert_eq!(link_of(&json!({"url": "https://news.example/1"})), "https://news.example/1");
    }
}
