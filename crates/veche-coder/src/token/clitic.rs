//! English words written together that are two: `don't`, `Minsk's`, `cannot`.

/// What is parted from the word before it, after either apostrophe.
const AFTER_APOSTROPHE: [&str; 7] = ["s", "m", "d", "ll", "re", "ve", "t"];

/// Whole words, folded, and where they are cut.
const WHOLE: [(&str, usize); 21] = [
    ("alot", 1),
    ("cannot", 3),
    ("havent", 4),
    ("gonna", 3),
    ("gotta", 3),
    ("wanna", 3),
    ("gimme", 3),
    ("lemme", 3),
    ("dont", 2),
    ("doesnt", 4),
    ("didnt", 3),
    ("isnt", 2),
    ("cant", 2),
    ("wont", 2),
    ("couldnt", 5),
    ("wouldnt", 5),
    ("im", 1),
    ("ive", 1),
    ("youre", 3),
    ("thats", 4),
    ("theres", 5),
];

/// Returns where the second of two words begins, if this word is two.
pub(super) fn cut(word: &str) -> Option<usize> {
    let apostrophe = word.char_indices().rev().find(|(_, c)| is_apostrophe(*c));
    let Some((at, c)) = apostrophe else {
        return WHOLE
            .iter()
            .find(|(whole, _)| word.eq_ignore_ascii_case(whole))
            .map(|(_, cut)| *cut);
    };
    let behind = word.get(at + c.len_utf8()..).unwrap_or_default();
    let known = AFTER_APOSTROPHE.iter().any(|clitic| behind.eq_ignore_ascii_case(clitic));
    if !known || at == 0 {
        return None;
    }
    if !behind.eq_ignore_ascii_case("t") {
        return Some(at);
    }
    // "n't": the n belongs to what is parted, and something stands before it.
    let n = word.get(..at).filter(|front| front.ends_with(['n', 'N']) && front.len() > 1);
    n.map(|front| front.len() - 1)
}

/// Returns true if this clitic may follow an apostrophe that begins a token, as in `"Izvestia"'s`.
pub(super) fn is_clitic(behind: &str) -> bool {
    matches!(behind, "s" | "S" | "m" | "d" | "ll" | "re" | "ve")
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '`')
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(word: &str, parts: &[&str]) {
        let found = match super::cut(word) {
            Some(at) => vec![&word[..at], &word[at..]],
            None => vec![word],
        };
        assert_eq!(found, parts);
    }

    #[test]
    fn a_clitic_is_a_word() {
        check("Minsk's", &["Minsk", "'s"]);
        check("Minsk’s", &["Minsk", "’s"]);
        check("don't", &["do", "n't"]);
        check("CAN’T", &["CA", "N’T"]);
        check("cannot", &["can", "not"]);
        check("they've", &["they", "'ve"]);
    }

    #[test]
    fn a_name_with_an_apostrophe_is_one_word() {
        check("O'Brien", &["O'Brien"]);
        check("d'Ivoire", &["d'Ivoire"]);
        check("n't", &["n't"]);
        check("rock'n'roll", &["rock'n'roll"]);
    }
}
