//! The five classes of tension: colour, digit and word, never colour alone.

use crate::html::Html;
use crate::texts;

/// A class of tension, as the charter's edges cut the index (0 to 100).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Class 0.
    #[default]
    Calm,
    /// Class 1.
    Watch,
    /// Class 2.
    Tense,
    /// Class 3.
    Acute,
    /// Class 4.
    Crisis,
}

impl Level {
    /// All classes, lowest first.
    pub const ALL: [Self; 5] = [Self::Calm, Self::Watch, Self::Tense, Self::Acute, Self::Crisis];

    /// Returns the digit, 0 to 4.
    #[must_use]
    pub const fn digit(self) -> u8 {
        self as u8
    }

    /// Returns the word: `tense`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Calm => texts::level::CALM,
            Self::Watch => texts::level::WATCH,
            Self::Tense => texts::level::TENSE,
            Self::Acute => texts::level::ACUTE,
            Self::Crisis => texts::level::CRISIS,
        }
    }

    /// Returns the class that a record names by its word, as [`Level::word`] writes it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    pub(crate) fn chip(&self) -> Html {
        let (digit, word) = (self.digit(), self.word());
        Html::already_escaped(format!("<span class=\"chip t{digit}\"><b>{digit}</b> {word}</span>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_says_its_class_by_digit_and_word() {
        insta::assert_snapshot!(Level::Acute.chip(), @r#"<span class="chip t3"><b>3</b> acute</span>"#);
    }

    #[test]
    fn a_level_is_read_from_its_word() {
        for level in Level::ALL {
            assert_eq!(Level::from_word(level.word()), Some(level));
        }
        assert_eq!(Level::from_word("red"), None);
    }
}
