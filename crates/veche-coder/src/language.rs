//! Which language a text is in: by its letters first, by a trained model where letters alone do not tell.

/// How many letters are looked at.
const LETTERS_MAX: usize = 4000;

/// How many bytes are looked at where a model decides.
const WINDOW_LEN: usize = 1024;

/// A language that the coder knows to tell from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tongue {
    /// English.
    English,
    /// Russian.
    Russian,
    /// Belarusian.
    Belarusian,
    /// Ukrainian.
    Ukrainian,
    /// Armenian.
    Armenian,
    /// Kazakh, in Cyrillic letters.
    Kazakh,
    /// Kyrgyz.
    Kyrgyz,
    /// Tajik.
    Tajik,
    /// Another one, or too few letters to tell.
    Unknown,
}

impl Tongue {
    /// Returns its two-letter code of ISO 639-1, or `und`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::Belarusian => "be",
            Self::Ukrainian => "uk",
            Self::Armenian => "hy",
            Self::Kazakh => "kk",
            Self::Kyrgyz => "ky",
            Self::Tajik => "tg",
            Self::Unknown => "und",
        }
    }
}

#[derive(Default)]
struct Letters {
    latin: usize,
    cyrillic: usize,
    armenian: usize,
    other: usize,
    /// `ў`; `і`; `и`; `ї є ґ`; `ә ұ һ қ ғ`; `ө ү ң`; `ӣ ӯ ҷ ҳ қ ғ`; `ы э ё`; letters of other Cyrillic alphabets.
    short_u: usize,
    dotted_i: usize,
    plain_i: usize,
    ukrainian: usize,
    kazakh: usize,
    turkic: usize,
    tajik: usize,
    russian: usize,
    foreign: usize,
}

/// Returns the language of a text. Looks at a bounded part of it.
pub fn language(text: &str) -> Tongue {
    let letters = count(text);
    let most = letters.latin.max(letters.cyrillic).max(letters.armenian).max(letters.other);
    if most < 3 || most == letters.other {
        Tongue::Unknown
    } else if most == letters.armenian {
        Tongue::Armenian
    } else if most == letters.cyrillic {
        cyrillic(&letters, text)
    } else {
        latin(text)
    }
}

fn count(text: &str) -> Letters {
    let mut letters = Letters::default();
    for c in text.chars().filter(|c| is_letter(*c)).take(LETTERS_MAX) {
        letters.add(c);
    }
    letters
}

fn is_letter(c: char) -> bool {
    // Most are of these two alphabets: the tables of Unicode need not be asked.
    matches!(c, 'a'..='z' | 'A'..='Z' | 'а'..='я' | 'А'..='Я') || !c.is_ascii() && c.is_alphabetic()
}

impl Letters {
    fn add(&mut self, c: char) {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' => self.latin += 1,
            '\u{531}'..='\u{587}' => self.armenian += 1,
            '\u{400}'..='\u{52f}' => {
                self.cyrillic += 1;
                self.add_cyrillic(c);
            }
            _ => self.other += 1,
        }
    }

    fn add_cyrillic(&mut self, c: char) {
        match c {
            'ў' | 'Ў' => self.short_u += 1,
            'і' | 'І' => self.dotted_i += 1,
            'и' | 'И' => self.plain_i += 1,
            'ї' | 'Ї' | 'є' | 'Є' | 'ґ' | 'Ґ' => self.ukrainian += 1,
            'ә' | 'Ә' | 'ұ' | 'Ұ' | 'һ' | 'Һ' => self.kazakh += 1,
            'қ' | 'Қ' | 'ғ' | 'Ғ' => {
                self.kazakh += 1;
                self.tajik += 1;
            }
            'ө' | 'Ө' | 'ү' | 'Ү' | 'ң' | 'Ң' => self.turkic += 1,
            'ӣ' | 'Ӣ' | 'ӯ' | 'Ӯ' | 'ҷ' | 'Ҷ' | 'ҳ' | 'Ҳ' => self.tajik += 2,
            'ы' | 'Ы' | 'э' | 'Э' | 'ё' | 'Ё' => self.russian += 1,
            'ј' | 'Ј' | 'љ' | 'њ' | 'ћ' | 'ђ' | 'џ' | 'ѓ' | 'ќ' | 'ѕ' | 'ӕ' | 'ӡ' | 'ӏ' | 'ҡ'
            | 'ҙ' | 'ӑ' | 'ӗ' => {
                self.foreign += 2;
            }
            _ => {}
        }
    }
}

fn cyrillic(letters: &Letters, text: &str) -> Tongue {
    // A letter in two hundred: a foreign name or two do not make another language.
    let many = |count: usize| count * 200 >= letters.cyrillic && count > 0;
    let most = letters.kazakh.max(letters.turkic).max(letters.tajik);
    if many(letters.foreign) {
        Tongue::Unknown
    } else if many(letters.short_u) {
        // Uzbek in Cyrillic letters has ў too, and қ, ғ, ҳ beside it; Belarusian has і.
        if letters.dotted_i >= letters.tajik { Tongue::Belarusian } else { Tongue::Unknown }
    } else if many(letters.ukrainian) {
        Tongue::Ukrainian
    } else if many(most) {
        central_asian(letters)
    } else if many(letters.dotted_i) {
        // Belarusian writes no и, Ukrainian no ы; Kazakh writes both beside і.
        match (letters.plain_i > 0, letters.russian > 0) {
            (false, _) => Tongue::Belarusian,
            (true, false) => Tongue::Ukrainian,
            (true, true) => Tongue::Kazakh,
        }
    } else {
        russian(letters, text)
    }
}

fn central_asian(letters: &Letters) -> Tongue {
    if letters.tajik > letters.turkic && letters.tajik > letters.kazakh {
        Tongue::Tajik
    } else if letters.kazakh + letters.dotted_i > 0 {
        Tongue::Kazakh
    } else {
        Tongue::Kyrgyz
    }
}

/// Russian or a language with letters of Russian alone, such as Bulgarian; Kyrgyz texts may do without their own letters.
fn russian(letters: &Letters, text: &str) -> Tongue {
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).take(200);
    let frequent =
        ["в", "и", "на", "с", "по", "что", "не", "из", "о", "для", "от", "к", "его", "за", "у"];
    let bulgarian = ["на", "е", "се", "са", "от", "ще", "със", "във", "това", "които", "през"];
    let (own, other) = words.fold((0, 0), |(own, other), word| {
        (
            own + usize::from(frequent.contains(&word)),
            other + usize::from(bulgarian.contains(&word)),
        )
    });
    if letters.russian == 0 && is_ukrainian(text) {
        Tongue::Ukrainian
    } else if letters.russian == 0 && other > own && letters.cyrillic > 60 {
        Tongue::Unknown
    } else {
        Tongue::Russian
    }
}

/// Returns true if a text has small words of Ukrainian that Russian has not: a sentence may do without `і`.
fn is_ukrainian(text: &str) -> bool {
    let own = ["з", "із", "й", "що", "або", "був", "була", "від", "щодо", "під"];
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words.by_ref().take(WORDS_MAX).any(|word| own.contains(&word))
}

/// How many of the words of a text are looked at for those of English alone.
const WORDS_MAX: usize = 60;

/// Returns true if a text has so many small words of English that a model need not be asked: one word in eight, of three kinds, one of
/// them the article. No other language has that article.
fn is_plain_english(text: &str) -> bool {
    const OWN: [&str; 9] = ["the", "of", "and", "that", "were", "said", "with", "from", "been"];
    let (mut words, mut found, mut kinds) = (0, 0, 0_u16);
    let parts = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    for word in parts.take(WORDS_MAX) {
        words += 1;
        if let Some(kind) = OWN.iter().position(|own| *own == word) {
            found += 1;
            kinds |= 1 << kind;
        }
    }
    let foreign = text.chars().any(|c| !c.is_ascii() && c.is_alphabetic());
    !foreign && found * 8 >= words && kinds & 1 != 0 && kinds.count_ones() >= 3
}

fn latin(text: &str) -> Tongue {
    let end = (0..=WINDOW_LEN.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let window = text.get(..end.unwrap_or(0)).unwrap_or_default();
    if is_plain_english(window) {
        return Tongue::English;
    }
    if whichlang::detect_language(window) == whichlang::Lang::Eng {
        Tongue::English
    } else {
        Tongue::Unknown
    }
}
