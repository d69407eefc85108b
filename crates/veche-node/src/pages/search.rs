//! Search over what a seat may read: numbers of procedures, words of all that was said, feed items.
//!
//! The words come from the store's index; what a seat may not read is passed over one by one, so that no count tells of it.

use super::sight::{Sight, terms, time};
use crate::node::all_text;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use veche_council::view::{ProcedureView, RecordView};
use veche_desk::{Label, Link, SearchHit, SearchPage};
use veche_ledger::Hash;

/// Longest question, in characters: a sentence.
pub const QUERY_LEN_MAX: usize = 200;
/// Most hits on the page.
const HITS_MAX: usize = 50;
/// Records that are asked of the index at once, and how often: most hits may be under labels that the seat does not read.
const BATCH: u64 = 100;
const BATCHES_MAX: usize = 50;
/// Characters of an excerpt on either side of the words.
const AROUND: usize = 60;

/// Returns what was found for `q`.
#[must_use]
pub fn search(sight: &Sight<'_>, q: &str, feed: &[Json]) -> SearchPage {
    let asked = q.trim().to_lowercase();
    if asked.is_empty() {
        return SearchPage { q: q.to_owned(), ..SearchPage::default() };
    }
    let mut hits: Vec<SearchHit> = numbered(sight, q.trim()).into_iter().collect();
    hits.extend(said(sight, &asked, HITS_MAX));
    hits.extend(items(&asked, feed));
    let mut seen = BTreeSet::new();
    hits.retain(|hit| seen.insert(hit.link.href.clone()));
    let total = hits.len() as u64;
    hits.truncate(HITS_MAX);
    SearchPage { q: q.to_owned(), hits, total }
}

/// Returns the procedure of this number.
fn numbered(sight: &Sight<'_>, number: &str) -> Option<SearchHit> {
    let council = sight.council();
    let id = council.by_number(number).or_else(|| council.by_number(&number.to_uppercase()))?;
    let view = sight.view(&id)?;
    let text = all_text(&terms(&view.terms));
    Some(of_procedure(sight, &view, text.chars().take(2 * AROUND).collect()))
}

fn of_procedure(sight: &Sight<'_>, view: &ProcedureView, excerpt: String) -> SearchHit {
    SearchHit {
        link: sight.link(view),
        kind: view.kind_title.to_lowercase(),
        excerpt,
        at: view.since.as_deref().map(time),
        label: sight.label(&view.label),
    }
}

/// Returns what was said with these words and the seat may read, the newest first. What it may not read is passed over: it is
/// neither shown nor counted.
fn said(sight: &Sight<'_>, asked: &str, most: usize) -> Vec<SearchHit> {
    let (mut hits, mut before) = (Vec::new(), i64::MAX);
    for _ in 0..BATCHES_MAX {
        let Ok(found) = sight.node.find_words(asked, before, BATCH) else { break };
        let Some((last, ..)) = found.last() else { break };
        before = *last;
        let records =
            found.iter().filter_map(|(_, log, index)| sight.council().record_at(log, *index));
        hits.extend(records.filter_map(|record| hit(sight, &record, asked)));
        if hits.len() >= most {
            break;
        }
    }
    hits
}

fn hit(sight: &Sight<'_>, record: &RecordView, asked: &str) -> Option<SearchHit> {
    if !sight.reads(&record.label, &record.charter) {
        return None;
    }
    let text = all_text(&terms(record.terms.as_deref()?));
    let around = excerpt(&text, asked)
        .or_else(|| asked.split_whitespace().find_map(|word| excerpt(&text, word)))
        .unwrap_or_else(|| text.chars().take(2 * AROUND).collect());
    if record.procedure.as_ref() == Some(&record.record.leaf) {
        let view = sight.view(&Hash::parse(&record.record.leaf).ok()?)?;
        return Some(of_procedure(sight, &view, around));
    }
    let title = format!("{} of {}", sight.act_title(&record.kind), sight.name(&record.author));
    Some(SearchHit {
        link: Link::new(&format!("/records/{}", record.record.leaf), &title),
        kind: "record".to_owned(),
        excerpt: around,
        at: Some(time(record.at.as_deref().unwrap_or(&record.time))),
        label: sight.label(&record.label),
    })
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
