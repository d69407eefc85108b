//! Search over what a seat may read: numbers and texts of procedures, records, feed items.
//!
//! A scan without an index: good for an exercise's thousands of records, not for a million.

use super::sight::{Sight, WALK_MAX, terms, time};
use serde_json::Value as Json;
use veche_desk::{Label, Link, SearchHit, SearchPage};
use veche_ledger::Value;

/// Longest question, in characters: a sentence.
pub const QUERY_LEN_MAX: usize = 200;
/// Most hits on the page.
const HITS_MAX: usize = 50;
/// Records of each log that are looked through, newest first.
const RECORDS_WITHIN: u64 = 2000;
/// Characters of an excerpt on either side of the words.
const AROUND: usize = 60;

/// Returns what was found for `q`.
#[must_use]
pub fn search(sight: &Sight<'_>, q: &str, feed: &[Json]) -> SearchPage {
    let asked = q.trim().to_lowercase();
    if asked.is_empty() {
        return SearchPage { q: q.to_owned(), ..SearchPage::default() };
    }
    let mut hits = procedures(sight, &asked);
    hits.extend(records(sight, &asked));
    hits.extend(items(&asked, feed));
    let total = hits.len() as u64;
    hits.truncate(HITS_MAX);
    SearchPage { q: q.to_owned(), hits, total }
}

fn procedures(sight: &Sight<'_>, asked: &str) -> Vec<SearchHit> {
    let (views, _) = sight.readable(sight.council().procedures().take(WALK_MAX));
    let mut hits: Vec<(bool, SearchHit)> = Vec::new();
    for view in &views {
        let is_number = view.number.to_lowercase() == *asked;
        let text = all_text(&terms(&view.terms));
        let Some(excerpt) = excerpt(&text, asked)
            .or_else(|| is_number.then(|| text.chars().take(2 * AROUND).collect()))
        else {
            continue;
        };
        let hit = SearchHit {
            link: sight.link(view),
            kind: view.kind_title.to_lowercase(),
            excerpt,
            at: view.since.as_deref().map(time),
            label: sight.label(&view.label),
        };
        hits.push((is_number, hit));
    }
    hits.sort_by_key(|(is_number, hit)| (!is_number, std::cmp::Reverse(hit.at)));
    hits.into_iter().map(|(_, hit)| hit).collect()
}

/// Returns records that open nothing: those that do are found as what they open.
fn records(sight: &Sight<'_>, asked: &str) -> Vec<SearchHit> {
    let mut hits = Vec::new();
    for head in sight.node.heads() {
        let lowest = head.size.saturating_sub(RECORDS_WITHIN);
        for record in (lowest..head.size)
            .rev()
            .filter_map(|index| sight.council().record_at(&head.log, index))
        {
            if record.procedure.as_ref() == Some(&record.record.leaf)
                || !sight.reads(&record.label, &record.charter)
            {
                continue;
            }
            let text =
                record.terms.as_deref().map(|text| all_text(&terms(text))).unwrap_or_default();
            let Some(excerpt) = excerpt(&text, asked) else { continue };
            let title =
                format!("{} of {}", sight.act_title(&record.kind), sight.name(&record.author));
            hits.push(SearchHit {
                link: Link::new(&format!("/records/{}", record.record.leaf), &title),
                kind: "record".to_owned(),
                excerpt,
                at: Some(time(record.at.as_deref().unwrap_or(&record.time))),
                label: sight.label(&record.label),
            });
        }
    }
    hits
}

fn items(asked: &str, feed: &[Json]) -> Vec<SearchHit> {
    // An item is no record and bears no label.
    let item = |item: &Json| {
        let text: Vec<&str> = item.as_object()?.values().filter_map(Json::as_str).collect();
        let excerpt = excerpt(&text.join(" · "), asked)?;
        let title =
            ["title", "headline", "text"].iter().find_map(|name| item.get(name)?.as_str())?;
        Some(SearchHit {
            link: Link::new("/picture#items-title", title),
            kind: "feed item".to_owned(),
            excerpt,
            at: None,
            label: Label::default(),
        })
    };
    feed.iter().filter_map(item).collect()
}

/// Joins all texts of terms.
fn all_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(_) | Value::Bool(_) => String::new(),
        Value::List(items) => join(items.iter()),
        Value::Map(map) => join(map.values()),
    }
}

fn join<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let texts: Vec<String> = values.map(all_text).filter(|text| !text.is_empty()).collect();
    texts.join(" · ")
}

/// Returns the text around the words, which stand between U+0002 and U+0003; `None` if they are not there.
fn excerpt(text: &str, asked: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let wanted: Vec<char> = asked.chars().collect();
    let is_same = |a: char, b: char| a.to_lowercase().eq(b.to_lowercase());
    let starts = |window: &[char]| window.iter().zip(&wanted).all(|(a, b)| is_same(*a, *b));
    let at = chars.windows(wanted.len().max(1)).position(starts)?;
    let end = at + wanted.len();
    let (from, to) = (at.saturating_sub(AROUND), (end + AROUND).min(chars.len()));
    let part =
        |from: usize, to: usize| chars.get(from..to).unwrap_or_default().iter().collect::<String>();
    Some(format!("{}\u{2}{}\u{3}{}", part(from, at), part(at, end), part(end, to)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_marked_in_any_case_and_script() {
        assert_eq!(
            excerpt("the River rises", "river"),
            Some("the \u{2}River\u{3} rises".to_owned())
        );
        assert_eq!(excerpt("Река поднялась", "река"), Some("\u{2}Река\u{3} поднялась".to_owned()));
        assert_eq!(excerpt("short", "a longer question"), None);
    }
}
