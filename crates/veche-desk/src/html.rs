//! Text that is already HTML.

use askama::Template;
use askama::filters::HtmlSafe;
use std::fmt::{self, Write as _};

/// HTML made by a template or by code that escaped every text in it; templates print it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Takes text as HTML. The caller has escaped whatever came from outside.
    pub(crate) const fn already_escaped(html: String) -> Self {
        Self(html)
    }

    /// Renders a template.
    pub(crate) fn from_template(template: &impl Template) -> Self {
        Self(rendered(template))
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

/// Text with the five characters that HTML gives a meaning written as entities.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => fmt::Write::write_char(f, other)?,
            }
        }
        Ok(())
    }
}

/// Returns a sentence of this program as HTML, with names, commands and what is typed set apart: what stands between backticks, as code.
///
/// Not for people's own words: what they typed is shown as they typed it.
pub(crate) fn said(sentence: &str) -> Html {
    let mut html = String::new();
    let mut rest = sentence;
    while let Some((before, name, after)) = next_name(rest) {
        // Writing to a String cannot fail.
        write!(html, "{}<code>{}</code>", Escaped(before), Escaped(name)).unwrap_or_default();
        rest = after;
    }
    Html::already_escaped(format!("{html}{}", Escaped(rest)))
}

/// Splits a sentence at its first pair of backticks: what stands before, between and after it.
fn next_name(sentence: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = sentence.split_once('`')?;
    let (name, after) = rest.split_once('`')?;
    Some((before, name, after))
}

/// Returns the text that a template gives.
#[expect(
    clippy::expect_used,
    reason = "a String takes every write, and no Display of this crate fails by itself"
)]
pub(crate) fn rendered(template: &impl Template) -> String {
    template.render().expect("writing to a String cannot fail")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_charter_are_set_apart_and_escaped() {
        assert_eq!(
            said("`silence` becomes <`broken`>").to_string(),
            "<code>silence</code> becomes &lt;<code>broken</code>&gt;"
        );
        assert_eq!(said("one ` alone").to_string(), "one ` alone");
    }

    #[test]
    fn every_character_with_a_meaning_is_escaped() {
        assert_eq!(Escaped("<a b='\"'>&").to_string(), "&lt;a b=&#39;&quot;&#39;&gt;&amp;");
    }
}
