//! The state of a matter in a word, with a glyph where it is good, needs care or is bad.

use crate::html::{Escaped, Html};

/// How a state is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Needs an eye on it.
    Care,
    /// Wrong, late, refused or broken.
    Bad,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Care => "care",
            Self::Bad => "bad",
        }
    }

    const fn glyph(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "✓",
            Self::Care => "◆",
            Self::Bad => "▲",
        }
    }
}

/// A state in the charter's word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The word: `silence`, `overdue`, `granted`.
    pub word: String,
    /// How it is meant.
    pub tone: Tone,
}

impl State {
    /// Returns a state from its word and tone.
    #[must_use]
    pub fn new(word: &str, tone: Tone) -> Self {
        Self { word: word.to_owned(), tone }
    }

    pub(crate) fn mark(&self) -> Html {
        let (class, word) = (self.tone.class(), Escaped(&self.word));
        let glyph = match self.tone.glyph() {
            "" => String::new(),
            glyph => format!("<span class=\"glyph\" aria-hidden=\"true\">{glyph}</span>"),
        };
        Html::already_escaped(format!("<span class=\"state {class}\">{glyph}{word}</span>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overdue_state_has_word_glyph_and_colour() {
        insta::assert_snapshot!(State::new("overdue", Tone::Bad).mark(), @r#"<span class="state bad"><span class="glyph" aria-hidden="true">▲</span>overdue</span>"#);
        insta::assert_snapshot!(State::new("open", Tone::Plain).mark(), @r#"<span class="state plain">open</span>"#);
    }
}
