//! The view of a word by which it is compared: composed, in small letters, one kind of dash and apostrophe, nothing hidden.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Returns true for characters that show nothing: soft hyphen, zero-width characters, marks of writing direction.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
    )
}

/// Writes the folded form of a word into `out`, which is emptied first.
///
/// Small letters, NFC, `ё` as `е`, every apostrophe as `'` and every dash as `-`, hidden characters left out. A word that mixes
/// Latin with Cyrillic letters is written in the script of most of its letters where a letter has a twin there, so that a
/// look-alike spelling is still found.
pub fn fold(word: &str, out: &mut String) {
    out.clear();
    push_fold(word, out);
}

/// Writes the folded form of a word behind what `out` has.
pub(crate) fn push_fold(word: &str, out: &mut String) {
    let start = out.len();
    if word.is_ascii() {
        out.push_str(word);
        if let Some(own) = out.get_mut(start..) {
            own.make_ascii_lowercase();
        }
        return;
    }
    for c in word.chars().filter(|c| !is_hidden(*c)) {
        push_folded(c, out);
    }
    let own = out.get(start..).unwrap_or_default();
    if own.chars().any(is_mark) {
        let composed = ComposingNormalizerBorrowed::new_nfc().normalize(own).replace('ё', "е");
        out.truncate(start);
        out.push_str(&composed);
    }
    let own = out.get(start..).unwrap_or_default();
    if is_mixed(own) {
        let unmixed = unmixed(own);
        out.truncate(start);
        out.push_str(&unmixed);
    }
}

fn push_folded(c: char, out: &mut String) {
    match c {
        'а'..='я' => out.push(c),
        'ё' | 'Ё' => out.push('е'),
        '’' | '‘' | 'ʼ' | '`' | '´' | '′' => out.push('\''),
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => out.push('-'),
        _ => out.extend(c.to_lowercase()),
    }
}

/// Returns true for combining marks of the common blocks: the word may have to be composed.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}

/// Returns true if the word has letters of both Latin and Cyrillic.
pub(crate) fn is_mixed(word: &str) -> bool {
    !word.is_ascii()
        && word.chars().any(|c| c.is_ascii_alphabetic())
        && word.chars().any(is_cyrillic)
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

/// Small Latin letters and the Cyrillic ones that look the same.
const TWINS: [(char, char); 11] = [
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('i', 'і'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
];

fn unmixed(word: &str) -> String {
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
    let twin = |c: char| {
        let found = TWINS.iter().find(|(a, b)| if latin > cyrillic { *b == c } else { *a == c });
        found.map_or(c, |(a, b)| if latin > cyrillic { *a } else { *b })
    };
    word.chars().map(twin).collect()
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(word: &str, folded: &str) {
        let mut out = String::new();
        super::fold(word, &mut out);
        assert_eq!(out, folded);
    }

    #[test]
    fn words_that_look_alike_are_compared_alike() {
        check("Minsk", "minsk");
        check("МИНСК", "минск");
        check("ВОЙНЁ", "войне");
        check("Co\u{302}te", "côte");
        check("Cote d’Ivoire", "cote d'ivoire");
        check("ми\u{ad}ни\u{200b}стр", "министр");
        check("й", "й");
        check("и\u{306}", "й");
    }

    #[test]
    fn letters_of_the_other_script_are_read_as_their_twins() {
        check("Мoсква", "москва"); // a Latin o
        check("Moscоw", "moscow"); // a Cyrillic о
        check("Белaрусь", "беларусь");
    }
}
