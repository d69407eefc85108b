//! What a report has in common with others on the same event, across languages: its names, numbers and word stems.

use std::collections::BTreeSet;
use veche_coder::text::number;
use veche_coder::token::{Gap, Shape, Tokens};

/// How many tokens of a document are looked at: the headline and the first paragraphs. Further down reports recall older events.
const LEAD: usize = 90;
/// Most keys of a kind.
pub(super) const KEYS_MAX: usize = 64;
/// Consonants of a name that are kept: endings and suffixes differ between cases and languages.
const NAME_LEN: usize = 5;
/// Letters of a stem.
const STEM_LEN: usize = 5;
/// Numbers that say little: one and two stand everywhere, and years in every report of a year.
const NUMBERS: std::ops::Range<u64> = 3..1900;

/// Names, numbers and stems of the beginning of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keys {
    /// The consonants of each name in Latin letters: "Ostrel" and "Остреле" are both `astrl`.
    pub names: BTreeSet<String>,
    /// Numbers in digits or words.
    pub numbers: BTreeSet<u64>,
    /// The first letters of long words, in the script of the text.
    pub stems: BTreeSet<String>,
}

impl Keys {
    /// Returns the keys of a document.
    #[must_use]
    pub fn of(text: &str, tokens: &Tokens) -> Self {
        let mut keys = Self::default();
        let end = tokens.len().min(LEAD);
        for at in 0..end {
            if let Some(number) = number(text, tokens, at, end)
                && NUMBERS.contains(&number.low)
                && keys.numbers.len() < KEYS_MAX
            {
                keys.numbers.insert(number.low);
            }
            let (shape, word) = (tokens.shape(at), tokens.folded(at));
            if !shape.is_word() || keys.names.len().max(keys.stems.len()) >= KEYS_MAX {
                continue;
            }
            if shape.is_capital() && (!begins(text, tokens, at) || shape == Shape::Capitals) {
                let name = skeleton(word);
                if name.len() >= 2 && !CALENDAR.contains(&word) {
                    keys.names.insert(name);
                }
            } else if word.chars().nth(STEM_LEN - 1).is_some() {
                keys.stems.insert(word.chars().take(STEM_LEN).collect());
            }
        }
        keys
    }
}

impl Keys {
    /// Takes away the names that a publisher has itself: in its own reports they say nothing.
    pub fn forget(&mut self, publisher: &str) {
        for word in publisher.split(|c: char| !c.is_alphanumeric()) {
            self.names.remove(&skeleton(&word.to_lowercase()));
        }
    }
}

/// English days and months: they have capitals and are no names.
const CALENDAR: [&str; 19] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Returns whether a token begins a sentence, where every word has a capital.
fn begins(text: &str, tokens: &Tokens, at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    tokens.gap(at) >= Gap::Line
        || tokens.shape(before) == Shape::Mark
            && tokens.word(text, before).ends_with(['.', '!', '?', ':', '"', '«', '“', '—', '-'])
}

/// Endings of Russian nouns and adjectives, longest first.
const ENDINGS: [&str; 33] = [
    "ами", "ями", "ого", "его", "ому", "ему", "ыми", "ими", "ах", "ях", "ов", "ев", "ом", "ем",
    "ой", "ей", "ую", "юю", "ый", "ий", "ая", "яя", "ое", "ее", "ые", "ие", "ым", "им", "а", "я",
    "у", "ю", "е",
];
/// Endings of one letter that are vowels go with all vowels.
const STEM_LETTERS_MIN: usize = 4;

/// Returns the consonants of a name in Latin letters, a vowel at its beginning as `a`, doubled ones once.
pub fn skeleton(folded: &str) -> String {
    let mut letters: Vec<char> = folded.chars().collect();
    for ending in ENDINGS {
        let len = ending.chars().count();
        if folded.ends_with(ending) && letters.len() >= STEM_LETTERS_MIN + len {
            letters.truncate(letters.len() - len);
            break;
        }
    }
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() && out.len() < NAME_LEN {
        let (sound, used) = sound(&letters, at);
        if !(sound.is_empty() || sound == "a" && !out.is_empty() || out.ends_with(sound)) {
            out.push_str(sound);
        }
        at += used;
    }
    out
}

/// Returns the sound that begins at a letter, as one Latin letter or nothing, and how many letters write it.
fn sound(letters: &[char], at: usize) -> (&'static str, usize) {
    let (letter, next) = (letters.get(at).copied(), letters.get(at + 1).copied());
    let pair = match (letter, next) {
        (Some('s' | 'c'), Some('h')) | (Some('t'), Some('s')) => Some("s"),
        (Some('z'), Some('h')) => Some("s"),
        (Some('p'), Some('h')) => Some("f"),
        (Some('k' | 'g'), Some('h')) => Some(""),
        (Some('c'), Some('k')) | (Some('q'), Some('u')) => Some("k"),
        (Some('c'), Some('e' | 'i' | 'y')) => Some("s"),
        _ => None,
    };
    if let Some(sound) = pair {
        return (sound, if matches!(next, Some('e' | 'i' | 'y')) { 1 } else { 2 });
    }
    let sound = match letter {
        Some('b' | 'б') => "b",
        Some('v' | 'w' | 'в') => "v",
        Some('g' | 'г' | 'ґ') => "g",
        Some('d' | 'д') => "d",
        Some('s' | 'z' | 'з' | 'с' | 'ж' | 'ш' | 'щ' | 'ц' | 'ч') => "s",
        Some('k' | 'c' | 'q' | 'x' | 'к') => "k",
        Some('l' | 'л') => "l",
        Some('m' | 'м') => "m",
        Some('n' | 'н') => "n",
        Some('p' | 'п') => "p",
        Some('r' | 'р') => "r",
        Some('t' | 'т') => "t",
        Some('f' | 'ф') => "f",
        Some('h' | 'х' | 'ъ' | 'ь' | '\'' | '-') | None => "",
        Some('j') => "s",
        Some(_) => "a",
    };
    (sound, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use veche_coder::document::Document;
    use veche_coder::token::tokens;

    #[track_caller]
    fn check(english: &str, russian: &[&str]) {
        let wanted = skeleton(english);
        for form in russian {
            assert_eq!(skeleton(form), wanted, "{form}");
        }
    }

    #[test]
    fn a_name_is_the_same_in_both_scripts_and_in_its_cases() {
        check("ostrel", &["острел", "остреле", "острела", "острелом"]);
        check("kerrin", &["керрин", "керрина", "керрине"]);
        check("yerevan", &["ереван", "ереване"]);
        check("kazakhstan", &["казахстан", "казахстана"]);
        check("halcis", &["халцис"]);
        check("minsk", &["минск", "минске"]);
        assert_ne!(skeleton("ostrel"), skeleton("kerrin"));
    }

    #[test]
    fn names_and_numbers_are_found_in_text() {
        let mut document =
            Document::read("Shells hit Ostrel, nine dead in 2027. Ostrel mourns.".as_bytes())
                .unwrap();
        let tokens = tokens(&mut document);
        let keys = Keys::of(document.text(), &tokens);
        assert_eq!(keys.names.iter().collect::<Vec<_>>(), ["astrl"]);
        assert_eq!(keys.numbers.iter().collect::<Vec<_>>(), [&9]);
        assert!(keys.stems.contains("shell"));
    }
}
