//! The shape of a word, as the network knows it: script and capitals, a mark of its own, a number, or something else.

/// Shapes that the network knows. The first stands for no word.
pub(super) const SHAPES: usize = 66;

/// Marks, each with a shape of its own, in the order of the network's list.
const MARKS: &str = "!#$%&()[]\\/*+,.:;<=>?@^_{|}~-‐−‒⁃–—―`\"'«»„“ʼʻ”№…";

const RUSSIAN: usize = 1;
const LATIN: usize = 8;
const FIRST_MARK: usize = 15;
const OTHER_MARKS: usize = 63;
const NUMBER: usize = 64;
const OTHER: usize = 65;

/// How a word is written: places behind the first shape of its script.
const ONE_CAPITAL: usize = 0;
const ONE_SMALL: usize = 1;
const CAPITALS: usize = 2;
const SMALL: usize = 3;
const TITLE: usize = 4;
const TITLES: usize = 5;
const MIXED: usize = 6;

/// Returns the number of a word's shape.
pub(super) fn shape(word: &str) -> usize {
    let mut letters = word.chars();
    let Some(first) = letters.next() else { return OTHER };
    let is_one = letters.next().is_none();
    match first {
        'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' => RUSSIAN + outline(word, is_one),
        // The long s and the sign of Kelvin are Latin letters in the eyes of the expression by which the network was taught.
        'a'..='z' | 'A'..='Z' | 'ſ' | '\u{212A}' => LATIN + outline(word, is_one),
        _ if is_number(word) => NUMBER,
        _ => match MARKS.chars().position(|mark| mark == first) {
            Some(at) if is_one => FIRST_MARK + at,
            Some(_) => OTHER_MARKS,
            None => OTHER,
        },
    }
}

/// Tells whether a word begins with a digit, or with a sign and a digit.
fn is_number(word: &str) -> bool {
    word.strip_prefix(['+', '-']).unwrap_or(word).starts_with(char::is_numeric)
}

fn outline(word: &str, is_one: bool) -> usize {
    if is_one {
        return if is_upper(word) { ONE_CAPITAL } else { ONE_SMALL };
    }
    if is_upper(word) {
        CAPITALS
    } else if is_lower(word) {
        SMALL
    } else if is_title(word) {
        TITLE
    } else if word.split_once('-').is_some_and(|(left, right)| is_title(left) && is_title(right)) {
        TITLES
    } else {
        MIXED
    }
}

/// Tells whether a text has letters with a capital form, all of them capitals.
fn is_upper(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// Tells whether a text has letters with a capital form, none of them a capital.
fn is_lower(text: &str) -> bool {
    text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase)
}

/// Tells whether a text is a capital and small letters behind it.
fn is_title(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(char::is_uppercase) && is_lower(letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_tells_script_and_capitals() {
        let table = [
            ("я", RUSSIAN + ONE_SMALL),
            ("Я", RUSSIAN + ONE_CAPITAL),
            ("ОДКБ", RUSSIAN + CAPITALS),
            ("мир", RUSSIAN + SMALL),
            ("Ереван", RUSSIAN + TITLE),
            ("Нур-Султан", RUSSIAN + TITLES),
            ("СИЗО-6", RUSSIAN + CAPITALS),
            ("МиГ", RUSSIAN + MIXED),
            ("NATO", LATIN + CAPITALS),
            ("2011-2020", NUMBER),
            ("-5", NUMBER),
            ("!", 15),
            ("…", 62),
            ("?!", OTHER_MARKS),
            ("€", OTHER),
            ("", OTHER),
        ];
        for (word, expected) in table {
            assert_eq!(shape(word), expected, "{word}");
        }
    }
}
