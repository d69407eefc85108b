//! Links, articles and records as pages name them.

use super::label::Label;
use super::state::State;
use crate::html::{Escaped, Html, said};
use crate::shell::Shell;
use crate::texts;
use askama::Template;
use veche_ledger::UnixSeconds;

/// A link with its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The address: a path of this node, or a whole address.
    pub href: String,
    /// What is shown.
    pub text: String,
}

impl Link {
    /// Returns a link from address and text.
    #[must_use]
    pub fn new(href: &str, text: &str) -> Self {
        Self { href: href.to_owned(), text: text.to_owned() }
    }
}

/// An article of the charter, quoted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Article {
    /// The number: `7.2`.
    pub number: String,
    /// Its words.
    pub text: String,
    /// Where the charter can be read at this article, if a page shows it.
    pub href: Option<String>,
}

impl Article {
    pub(crate) fn quote(&self, shell: &Shell) -> Html {
        let number = format!("{} {}", texts::ARTICLE, self.number);
        let number = self.href.as_ref().map_or_else(
            || Escaped(&number).to_string(),
            |href| link_html(shell, href, &number).to_string(),
        );
        let text = Escaped(&self.text);
        Html::already_escaped(format!(
            "<span class=\"article\"><b>{number}</b> <q>{text}</q></span>"
        ))
    }
}

/// A record that a page rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordRef {
    /// What it is, in words: `Proposal P-1 of the Secretariat`.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its leaf hash, all digits.
    pub hash: String,
    /// Its time.
    pub at: UnixSeconds,
}

impl RecordRef {
    pub(crate) fn line(&self, shell: &Shell) -> Html {
        let href = shell.link(&self.href);
        let link = format!("<a href=\"{}\">{}</a>", Escaped(&href), said(&self.title));
        let (at, hash) = (shell.stamp(&self.at), hash_html(&self.hash));
        Html::already_escaped(format!("{link} <span class=\"muted\">{at}</span> {hash}"))
    }
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordRow {
    /// The record.
    pub record: RecordRef,
    /// Its log and number there: `halcis 812`.
    pub place: String,
    /// The act, in the charter's words: `Position`.
    pub kind: String,
    /// Who signed it.
    pub by: String,
    /// Its label.
    pub label: Label,
    /// Whether the charter let it through: `admitted`, `refused by 7.6`.
    pub ruling: State,
    /// Whether the visitor has not seen it yet.
    pub is_new: bool,
}

impl RecordRow {
    /// Returns true unless the title begins with the kind, which need not be read twice.
    fn says_more_than_its_kind(&self) -> bool {
        !self.record.title.starts_with(&self.kind)
    }
}

#[derive(Template)]
#[template(path = "part/records.html")]
struct Rows<'a> {
    shell: &'a Shell,
    rows: &'a [RecordRow],
    show_place: bool,
}

/// Returns a table of records, with log and number if `show_place`.
pub(crate) fn records_html(shell: &Shell, rows: &[RecordRow], show_place: bool) -> Html {
    Html::from_template(&Rows { shell, rows, show_place })
}

/// Returns a link that keeps the theme that the visitor chose in its address.
pub(crate) fn link_html(shell: &Shell, href: &str, text: &str) -> Html {
    let (href, text) = (shell.link(href), Escaped(text));
    Html::already_escaped(format!("<a href=\"{}\">{text}</a>", Escaped(&href)))
}

/// Digits shown at either end of a shortened hash: `9f2c41…0c71`.
const HEAD_DIGITS: usize = 6;
const TAIL_DIGITS: usize = 4;

/// Returns a hash cut for people, with a button that copies all of it. The button needs a script and appears with it.
pub(crate) fn hash_html(hash: &str) -> Html {
    let count = hash.chars().count();
    let short: String = if count > HEAD_DIGITS + TAIL_DIGITS + 1 {
        let head = hash.chars().take(HEAD_DIGITS);
        head.chain(['…']).chain(hash.chars().skip(count - TAIL_DIGITS)).collect()
    } else {
        hash.to_owned()
    };
    let (hash, short) = (Escaped(hash), Escaped(&short));
    Html::already_escaped(format!(
        "<span class=\"hash\"><code title=\"{hash}\">{short}</code><button type=\"button\" class=\"copy\" data-copy=\"{hash}\" hidden>{}</button></span>",
        texts::COPY
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_short_and_carries_the_whole() {
        insta::assert_snapshot!(hash_html("9f2c41aa00112233445566770c71"), @r#"<span class="hash"><code title="9f2c41aa00112233445566770c71">9f2c41…0c71</code><button type="button" class="copy" data-copy="9f2c41aa00112233445566770c71" hidden>copy</button></span>"#);
    }

    #[test]
    fn an_article_is_quoted_with_its_number() {
        let article = Article {
            number: "7.6".to_owned(),
            text: "What arrives at or after the deadline changes nothing.".to_owned(),
            href: None,
        };
        insta::assert_snapshot!(article.quote(&Shell::default()), @r#"<span class="article"><b>article 7.6</b> <q>What arrives at or after the deadline changes nothing.</q></span>"#);
    }
}
