//! Search over the words of what was said: pages, the API and the command line ask here.
//!
//! The words come from the store's index, newest first. What the reader may not read is passed over one by one: it is neither shown
//! nor counted. Nothing is evaluated for a hit, so that fifty of them cost little more than one.

use crate::node::{Node, NodeError, all_text};
use veche_council::view::RecordView;
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// Longest question, in characters: a sentence.
pub const QUERY_LEN_MAX: usize = 200;
/// Records that are asked of the index at first; each time after, twice as many, for most may be under labels that are not read.
const BATCH: u64 = 64;
/// How often the index is asked: so far behind the newest 16,000 matches nothing is looked for.
const BATCHES_MAX: u32 = 8;
/// Characters of an excerpt on either side of the words.
const AROUND: usize = 60;

/// A record in which the words were found.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The record.
    pub record: RecordView,
    /// Text around the words, which stand between U+0002 and U+0003 where they stand as they were asked.
    pub excerpt: String,
    /// The matter that the record opens or acts on.
    pub matter: Option<Matter>,
}

/// A matter by its name for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// Its name.
    pub id: Hash,
    /// Its number: `P-1`.
    pub number: String,
    /// Its title; may be empty.
    pub title: String,
    /// True if the record opened it.
    pub is_opened: bool,
}

impl Matter {
    /// Returns the name by which an address names it: its number, if no other that the reader knows of has the same.
    #[must_use]
    pub fn handle(&self, node: &Node, (reader, now): (&PartyId, UnixSeconds)) -> String {
        let is_own = node.council().by_number_for(reader, &self.number, now) == Some(self.id);
        if is_own { self.number.clone() } else { self.id.to_string() }
    }
}

/// Some of what was found, newest first.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The hits.
    pub hits: Vec<Hit>,
    /// True if there may be older ones: those after the last of these.
    pub has_more: bool,
}

/// Returns what was said with all of these words, each as the beginning of a word: at most `most`, older than the record `after`.
/// `reader`: who reads it, and when.
///
/// # Errors
/// [`NodeError::Store`].
pub fn said(
    node: &Node,
    asked: &str,
    after: Option<&RecordView>,
    most: usize,
    reader: (&PartyId, UnixSeconds),
) -> Result<Found, NodeError> {
    let asked = asked.trim().to_lowercase();
    let mut before = match after {
        Some(record) => node.number_of(&record.record)?.unwrap_or_default(),
        None => i64::MAX,
    };
    let mut found = Found::default();
    for batch in 0..BATCHES_MAX {
        let limit = BATCH << batch;
        let places = node.find_words(&asked, before, limit)?;
        for (number, log, index) in &places {
            before = *number;
            let record = node.council().record_at_for(reader.0, log, *index, reader.1);
            let record = record.filter(|record| reads(node, reader, record));
            let Some(hit) = record.and_then(|record| hit(node, reader, record, &asked)) else {
                continue;
            };
            if found.hits.len() >= most {
                found.has_more = true;
                return Ok(found);
            }
            found.hits.push(hit);
        }
        if (places.len() as u64) < limit {
            return Ok(found);
        }
    }
    found.has_more = true;
    Ok(found)
}

fn reads(node: &Node, (reader, now): (&PartyId, UnixSeconds), record: &RecordView) -> bool {
    let leaf = Hash::parse(&record.record.leaf);
    leaf.is_ok_and(|leaf| node.council().reads_record(reader, &leaf, now))
}

fn hit(
    node: &Node,
    (reader, now): (&PartyId, UnixSeconds),
    record: RecordView,
    asked: &str,
) -> Option<Hit> {
    let terms = parse_canonical(record.terms.as_deref()?.as_bytes()).ok()?;
    let excerpt = excerpt_of(&terms, asked);
    let id = record.procedure.as_deref().and_then(|id| Hash::parse(id).ok());
    // What is said on a matter may be for more eyes than the matter: of it no number and title then.
    let matter = id.filter(|id| node.council().sees(reader, id, now)).and_then(|id| {
        let (number, title) = node.council().number_and_title(&id)?;
        let is_opened = record.record.leaf == id.to_string();
        Some(Matter { id, number, title, is_opened })
    });
    Some(Hit { record, excerpt, matter })
}

/// Returns the text of terms around the words, or around the first of them that stands there, or their beginning.
pub(crate) fn excerpt_of(terms: &Value, asked: &str) -> String {
    let text = all_text(terms);
    excerpt(&text, asked)
        .or_else(|| asked.split_whitespace().find_map(|word| excerpt(&text, word)))
        .unwrap_or_else(|| text.chars().filter(|c| !c.is_control()).take(2 * AROUND).collect())
}

/// Returns the text around the words, which stand between U+0002 and U+0003; `None` if they are not there.
pub(crate) fn excerpt(text: &str, asked: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    let wanted: Vec<char> = asked.chars().collect();
    let is_same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
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
