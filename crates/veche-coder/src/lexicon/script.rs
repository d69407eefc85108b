//! Which letters a word may have: a Latin `a` inside a Cyrillic word is never found in a text.

/// A language in which the lexicon has words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// English, in Latin letters.
    English,
    /// Russian, in Cyrillic letters.
    Russian,
}

impl Language {
    /// Returns the name of its script.
    pub fn script(self) -> &'static str {
        match self {
            Self::English => "Latin",
            Self::Russian => "Cyrillic",
        }
    }

    /// Returns the first word with a letter of another script.
    pub(super) fn stray_word(self, words: &str) -> Option<&str> {
        let own = |letter: char| !letter.is_alphabetic() || self.has(letter);
        words.split([' ', '|']).find(|word| !word.chars().all(own))
    }

    fn has(self, letter: char) -> bool {
        match self {
            // Basic Latin, Latin-1, Latin Extended-A and -B: `Côte d'Ivoire`, `Türkiye`; and the modifier apostrophe.
            Self::English => {
                letter.is_ascii() || ('\u{c0}'..='\u{24f}').contains(&letter) || letter == '\u{2bc}'
            }
            Self::Russian => {
                ('а'..='я').contains(&letter)
                    || ('А'..='Я').contains(&letter)
                    || "ёЁ".contains(letter)
            }
        }
    }
}
