//! Feeds, reports and items as people and programs read them.

use super::of_store;
use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::screen;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use veche_ledger::UnixSeconds;
use veche_node::intake::carry::{Checked, Report};
use veche_node::intake::feed::Feed;
use veche_node::intake::plan::Outcome;
use veche_node::intake::read::{DateFlag, hex};
use veche_node::intake::store::{Kept, Store, StoreError, Wanted};

/// Most characters of a title in a list.
const TITLE_LEN_MAX: usize = 70;

/// Most documents that `check` shows, and most faults.
const CHECKED_MAX: usize = 10;

/// Returns a time to the minute.
fn minute(at: UnixSeconds) -> String {
    let text = at.to_string();
    format!("{} {}", text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default())
}

/// Returns how a feed stands, in a word.
fn state(feed: &Feed) -> &'static str {
    match (&feed.health, feed.is_enabled) {
        (_, false) => "off",
        (health, true) if health.failures > 0 => "failing",
        (health, true) if health.tried_at.is_none() => "new",
        (health, true) if !health.error.is_empty() => "in part",
        (_, true) => "good",
    }
}

/// Returns the feeds as a table, with what is wrong below each.
pub(super) fn table(feeds: &[Feed], now: UnixSeconds) -> String {
    if feeds.is_empty() {
        return "no feed; `veche feed add` adds one".to_owned();
    }
    let head = ["name", "state", "every", "last good", "due", "new", "items", "label", "address"];
    let mut rows = vec![head.map(str::to_owned)];
    for feed in feeds {
        let health = &feed.health;
        let due = match (feed.is_enabled, health.due_at <= now) {
            (false, _) => "-".to_owned(),
            (true, true) => "now".to_owned(),
            (true, false) => format!("in {}", health.due_at.since(now)),
        };
        rows.push([
            feed.name.to_string(),
            state(feed).to_owned(),
            feed.every.to_string(),
            health.good_at.map_or_else(|| "never".to_owned(), minute),
            due,
            health.new.to_string(),
            health.total.to_string(),
            if feed.label.is_empty() { "-".to_owned() } else { feed.label.clone() },
            screen::one_line(&feed.address.to_string()),
        ]);
    }
    let mut lines = aligned(&rows);
    // What is wrong stands below its row; the head is the first line.
    for (at, feed) in feeds.iter().enumerate().rev() {
        let health = &feed.health;
        if !health.error.is_empty() {
            let times = match health.failures {
                0 => String::new(),
                count => format!("{} in a row; ", counted(count as usize, "failure")),
            };
            lines.insert(at + 2, format!("  {times}{}", screen::one_line(&health.error)));
        }
    }
    lines.join("\n")
}

/// Returns rows with their columns below each other; the last one is as long as it is.
fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Returns a feed for programs.
pub(super) fn feed_json(feed: &Feed) -> Value {
    let health = &feed.health;
    let time = |at: Option<UnixSeconds>| at.map(|at| at.to_string());
    json!({
        "name": feed.name.as_str(),
        "address": feed.address.to_string(),
        "kind": feed.address.kind(),
        "language": feed.language,
        "publisher": feed.publisher,
        "licence": feed.licence,
        "label": feed.label,
        "every_seconds": feed.every.0,
        "pages": feed.has_pages,
        "private_network": feed.may_be_private,
        "enabled": feed.is_enabled,
        "state": state(feed),
        "tried": time(health.tried_at),
        "good": time(health.good_at),
        "due": health.due_at.to_string(),
        "error": health.error,
        "failures": health.failures,
        "new": health.new,
        "items": health.total,
    })
}

/// Returns what came of a look at a feed, in a line; what was passed over, in a line each.
pub(super) fn report(report: &Report) -> String {
    let name = &report.feed;
    let mut said = match &report.outcome {
        Outcome::Bad { error, .. } | Outcome::Gone { error } => {
            return format!("{name}: not read: {}", screen::one_line(error));
        }
        Outcome::Good { .. } if report.is_unchanged => format!("{name}: unchanged"),
        Outcome::Good { .. } => {
            format!(
                "{name}: {} new, {} changed, {} known",
                report.new, report.changed, report.known
            )
        }
    };
    if report.flagged > 0 {
        said = format!("{said}; {} without a good date", report.flagged);
    }
    if report.pages != (0, 0) {
        said =
            format!("{said}; {} read, {} not", counted_u64(report.pages.0, "page"), report.pages.1);
    }
    if let Outcome::Good { error, .. } = &report.outcome
        && !error.is_empty()
        && report.passed_over.is_empty()
    {
        said = format!("{said}\n  {}", screen::one_line(error));
    }
    for fault in report.passed_over.iter().take(CHECKED_MAX) {
        said = format!("{said}\n  passed over: {}", screen::one_line(fault));
    }
    let more = report.passed_over.len().saturating_sub(CHECKED_MAX);
    if more > 0 {
        said = format!("{said}\n  and {more} more");
    }
    said
}

fn counted_u64(number: u64, noun: &str) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), noun)
}

/// Returns what came of a look at a feed, for programs.
pub(super) fn report_json(report: &Report) -> Value {
    json!({
        "feed": report.feed.as_str(),
        "read": matches!(report.outcome, Outcome::Good { .. }),
        "error": report.error(),
        "unchanged": report.is_unchanged,
        "new": report.new,
        "changed": report.changed,
        "known": report.known,
        "wrong_dates": report.flagged,
        "pages": report.pages.0,
        "pages_not_read": report.pages.1,
        "passed_over": report.passed_over,
    })
}

/// Returns what a feed would give.
pub(super) fn checked(feed: &Feed, checked: &Checked) -> Answer {
    let mut lines = Vec::new();
    match &checked.robots {
        None => {}
        Some(Ok(true)) => lines.push("robots.txt: lets programs read it".to_owned()),
        Some(Ok(false)) => lines.push("robots.txt: asks programs to leave it alone".to_owned()),
        Some(Err(fault)) => lines.push(format!("robots.txt: {}", screen::one_line(fault))),
    }
    if let Some(pause) = checked.pause {
        lines.push(format!("robots.txt: asks for {pause} between two requests"));
    }
    let robots = checked.robots.as_ref().map(|verdict| verdict.as_ref().ok());
    let mut json = json!({ "feed": feed.name.as_str(), "robots_allow": robots });
    let drafts = match &checked.drafts {
        Ok(drafts) if !drafts.drafts.is_empty() => drafts,
        Ok(drafts) => {
            let fault = drafts.fault.clone().unwrap_or_else(|| "it has no items".to_owned());
            return nothing(lines, json, &fault);
        }
        Err(fault) => return nothing(lines, json, fault),
    };
    let title = screen::one_line(&drafts.title);
    let count = counted(drafts.drafts.len(), "item");
    lines.push(if title.is_empty() { count } else { format!("{count} of \"{title}\"") });
    for draft in drafts.drafts.iter().take(CHECKED_MAX) {
        let flag = draft.flag.map_or(String::new(), |flag| format!(" ({})", flag.word()));
        let said = draft.title.as_deref().unwrap_or(&draft.text);
        lines.push(format!("  {}{flag}  {}", draft.published, short(said)));
    }
    let more = drafts.drafts.len().saturating_sub(CHECKED_MAX);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    let faults = drafts.passed_over.iter().chain(&drafts.fault);
    lines.extend(
        faults
            .clone()
            .take(CHECKED_MAX)
            .map(|fault| format!("  passed over: {}", screen::one_line(fault))),
    );
    json["items"] = drafts.drafts.len().into();
    json["wrong_dates"] = drafts.drafts.iter().filter(|draft| draft.flag.is_some()).count().into();
    json["passed_over"] = faults.cloned().collect::<Vec<_>>().into();
    Answer::new(lines.join("\n"), json)
}

fn nothing(mut lines: Vec<String>, mut json: Value, fault: &str) -> Answer {
    lines.push(format!("nothing would be taken: {}", screen::one_line(fault)));
    json["items"] = 0.into();
    json["error"] = fault.into();
    Answer::new(lines.join("\n"), json).ending(Exit::PEER)
}

fn short(text: &str) -> String {
    let line = screen::one_line(text);
    let front: String = line.chars().take(TITLE_LEN_MAX).collect();
    if front.len() < line.len() { format!("{front}..") } else { front }
}

/// Lists items.
pub(super) fn items(store: &Store, wanted: &Wanted) -> Result<Answer, Failure> {
    let mut kept = Vec::new();
    let read = store.items(wanted, |item| {
        kept.push(item);
        true
    });
    read.map_err(of_store)?;
    let lines: Vec<String> = kept.iter().map(item_line).collect();
    let rows: Vec<Value> = kept.iter().map(item_json).collect();
    let text = if lines.is_empty() { "no items".to_owned() } else { lines.join("\n") };
    Ok(Answer::new(text, json!({ "items": rows })))
}

fn item_line(item: &Kept) -> String {
    let mut said = format!("{}  {}  ", item.published, item.feed);
    if item.version > 1 {
        said = format!("{said}(version {}) ", item.version);
    }
    if let Some(flag) = item.flag {
        said = format!("{said}({}) ", flag.word());
    }
    said.push_str(&short(item.title.as_deref().unwrap_or(&item.text)));
    if item.carriers.is_empty() { said } else { format!("{said}  + {}", item.carriers.join(", ")) }
}

fn item_json(item: &Kept) -> Value {
    json!({
        "number": item.id,
        "feed": item.feed,
        "id": item.document(),
        "version": item.version,
        "fetched": item.seen.to_string(),
        "date": item.published.to_string(),
        "date_flag": item.flag.map(DateFlag::word),
        "title": item.title,
        "link": item.link,
        "sha256": hex(&item.body),
        "page_sha256": item.page.as_deref().map(hex),
        "carriers": item.carriers,
    })
}

/// Writes items as `veche code` reads documents, one a line. Returns false if nobody reads on.
pub(super) fn stream(store: &Store, wanted: &Wanted) -> Result<bool, Failure> {
    let feeds = store.feeds().map_err(of_store)?;
    let publishers: BTreeMap<&str, &str> = feeds
        .iter()
        .filter(|feed| !feed.publisher.is_empty())
        .map(|feed| (feed.name.as_str(), feed.publisher.as_str()))
        .collect();
    let mut written = Ok(true);
    let read: Result<(), StoreError> = store.items(wanted, |item| {
        let source = publishers.get(item.feed.as_str()).copied().unwrap_or(&item.feed);
        let line = json!({
            "id": item.document(),
            "date": item.published.to_string(),
            "title": item.title,
            "text": item.text,
            "source": source,
            "carriers": item.carriers,
        });
        written = screen::stream(&line.to_string());
        matches!(written, Ok(true))
    });
    read.map_err(of_store)?;
    written
}
