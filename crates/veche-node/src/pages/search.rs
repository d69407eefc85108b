//! Search over what a seat may read: numbers of procedures, words of all that was said, feed items.

use super::sight::{Sight, segment, terms, time};
use crate::node::NodeError;
pub use crate::search::QUERY_LEN_MAX;
use crate::search::{self, Hit, excerpt, excerpt_of};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use veche_council::view::RecordView;
use veche_desk::{Label, Link, SearchHit, SearchPage};

/// Most records on the page.
const HITS_MAX: usize = 50;

/// Returns what was found for `q`. `after`: what was said before this record, from a page before.
///
/// # Errors
/// [`NodeError::Store`] if the index cannot be read.
pub fn search(
    sight: &Sight<'_>,
    q: &str,
    after: Option<&RecordView>,
    feed: &[Json],
) -> Result<SearchPage, NodeError> {
    let asked = q.trim().to_lowercase();
    if asked.is_empty() {
        return Ok(SearchPage { q: q.to_owned(), ..SearchPage::default() });
    }
    let found = search::said(sight.node, &asked, after, HITS_MAX, (sight.party, sight.now))?;
    let last = found.hits.last().filter(|_| found.has_more);
    let older =
        last.map(|hit| format!("/search?q={}&after={}", segment(q.trim()), hit.record.record.leaf));
    let mut hits: Vec<SearchHit> = Vec::new();
    if after.is_none() {
        hits.extend(numbered(sight, q.trim(), &asked));
    }
    hits.extend(found.hits.iter().map(|hit| shown(sight, hit)));
    if after.is_none() {
        hits.extend(items(&asked, feed));
    }
    let mut seen = BTreeSet::new();
    hits.retain(|hit| seen.insert(hit.link.href.clone()));
    Ok(SearchPage { q: q.to_owned(), total: hits.len() as u64, hits, older })
}

/// Returns the procedure of this number.
fn numbered(sight: &Sight<'_>, number: &str, asked: &str) -> Option<SearchHit> {
    let council = sight.council();
    let by_number = |number: &str| council.by_number_for(sight.party, number, sight.now);
    let id = by_number(number).or_else(|| by_number(&number.to_uppercase()))?;
    let view = sight.view(&id)?;
    Some(SearchHit {
        link: sight.link(&view),
        kind: view.kind_title.to_lowercase(),
        by: sight.author(&view.author),
        excerpt: excerpt_of(&terms(&view.terms), asked),
        at: view.since.as_deref().map(time),
        label: sight.label(&view.label),
    })
}

fn shown(sight: &Sight<'_>, hit: &Hit) -> SearchHit {
    let record = &hit.record;
    let (by, title) = (sight.author(&record.author), sight.act_title(&record.kind));
    let (link, kind) = match hit.matter.as_ref().filter(|matter| matter.is_opened) {
        Some(matter) => {
            let name =
                if matter.title.is_empty() { title.clone() } else { sight.name(&matter.title) };
            let href =
                format!("/cases/{}", segment(&matter.handle(sight.node, (sight.party, sight.now))));
            (Link::new(&href, &format!("{} {name}", matter.number)), title.to_lowercase())
        }
        None => {
            let href = format!("/records/{}", record.record.leaf);
            let about = hit.matter.as_ref().map(|matter| format!(", on {}", matter.number));
            (
                Link::new(&href, &format!("{title}{}", about.unwrap_or_default())),
                "record".to_owned(),
            )
        }
    };
    SearchHit {
        link,
        kind,
        by,
        excerpt: hit.excerpt.clone(),
        at: Some(time(record.at.as_deref().unwrap_or(&record.time))),
        label: sight.label(&record.label),
    }
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
            by: String::new(),
            excerpt,
            at: None,
            label: Label::default(),
        })
    };
    feed.iter().filter_map(item).collect()
}
