//! Search results, `/search?q=`.

use crate::html::rendered;
use crate::parts::{Label, Link};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A place where the words were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchHit {
    /// What it is, with its page.
    pub link: Link,
    /// What kind of thing: `case`, `record`, `feed item`.
    pub kind: String,
    /// Who said it, with who keeps its log if it runs no node; empty if nobody here did.
    pub by: String,
    /// Text around the words: plain, the words between U+0002 and U+0003 as a full-text index can mark them.
    pub excerpt: String,
    /// Its time.
    pub at: Option<UnixSeconds>,
    /// Its label.
    pub label: Label,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchPage {
    /// What was asked.
    pub q: String,
    /// What was found: what has this number, then what was said, newest first.
    pub hits: Vec<SearchHit>,
    /// How many are shown.
    pub total: u64,
    /// The address of older ones, if there may be some.
    pub older: Option<String>,
}

/// Starts a word that was found.
const FOUND_START: char = '\u{2}';
/// Ends it.
const FOUND_END: char = '\u{3}';

impl SearchHit {
    /// Returns runs of the excerpt and whether each was found.
    fn runs(&self) -> Vec<(bool, &str)> {
        let pieces = self.excerpt.split(FOUND_START).enumerate();
        pieces
            .flat_map(|(at, piece)| match piece.split_once(FOUND_END) {
                Some((found, rest)) if at > 0 => [(true, found), (false, rest)],
                _ => [(false, piece), (false, "")],
            })
            .filter(|(_, run)| !run.is_empty())
            .collect()
    }
}

#[derive(Template)]
#[template(path = "search.html")]
struct View<'a> {
    shell: &'a Shell,
    page: &'a SearchPage,
}

/// Renders what a search found.
#[must_use]
pub fn render_search(shell: &Shell, page: &SearchPage) -> String {
    rendered(&View { shell, page })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_were_found_are_told_apart() {
        let excerpt = "shots at \u{2}Vael\u{3} Pass".to_owned();
        let hit = SearchHit { excerpt, ..SearchHit::default() };
        assert_eq!(hit.runs(), [(false, "shots at "), (true, "Vael"), (false, " Pass")]);
    }
}
