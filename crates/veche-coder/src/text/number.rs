//! Numbers as texts write them: `1,200`, `twenty-five`, `двумстам`, `dozens`, `10-15`.

use crate::token::{Shape, Tokens};

/// A number in a text: exact where `low` and `high` are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The least that it can be.
    pub low: u64,
    /// The most; none where the text gives no end, as `dozens`.
    pub high: Option<u64>,
    /// The first token behind it.
    pub end: usize,
}

/// Largest number that is read: more people than there are cannot be hurt.
const NUMBER_MAX: u64 = 10_000_000_000;

const EN: [(&str, u64); 30] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("zero", 0),
    ("dozen", 12),
    ("couple", 2),
];

/// Beginnings of Russian numbers and the ends that each may have.
const RU: [(&str, &[&str], u64); 40] = [
    ("од", &["ин", "на", "но", "ного", "ной", "ному", "ну", "ним"], 1),
    ("дв", &["а", "е", "ух", "ум", "умя", "ое", "оих"], 2),
    ("тр", &["и", "ех", "ем", "емя", "ое", "оих"], 3),
    ("четыр", &["е", "ех", "ем", "ьмя"], 4),
    ("четвер", &["о", "ых"], 4),
    ("пят", &["ь", "и", "ью", "еро", "ерых"], 5),
    ("шест", &["ь", "и", "ью", "еро", "ерых"], 6),
    ("сем", &["ь", "и", "ью", "еро", "ерых"], 7),
    ("восем", &["ь", "ью"], 8),
    ("восьм", &["и", "еро"], 8),
    ("девят", &["ь", "и", "ью"], 9),
    ("десят", &["ь", "и", "ью", "еро"], 10),
    ("одиннадцат", &["ь", "и", "ью"], 11),
    ("двенадцат", &["ь", "и", "ью"], 12),
    ("тринадцат", &["ь", "и", "ью"], 13),
    ("четырнадцат", &["ь", "и", "ью"], 14),
    ("пятнадцат", &["ь", "и", "ью"], 15),
    ("шестнадцат", &["ь", "и", "ью"], 16),
    ("семнадцат", &["ь", "и", "ью"], 17),
    ("восемнадцат", &["ь", "и", "ью"], 18),
    ("девятнадцат", &["ь", "и", "ью"], 19),
    ("двадцат", &["ь", "и", "ью"], 20),
    ("тридцат", &["ь", "и", "ью"], 30),
    ("сорок", &["", "а"], 40),
    ("пятьдесят", &[""], 50),
    ("пятидесят", &["и"], 50),
    ("шестьдесят", &[""], 60),
    ("шестидесят", &["и"], 60),
    ("семьдесят", &[""], 70),
    ("семидесят", &["и"], 70),
    ("восемьдесят", &[""], 80),
    ("девяност", &["о", "а"], 90),
    ("ст", &["о", "а"], 100),
    ("двест", &["и"], 200),
    ("двухсот", &[""], 200),
    ("трист", &["а"], 300),
    ("четырест", &["а"], 400),
    ("пятьсот", &[""], 500),
    ("шестьсот", &[""], 600),
    ("дюжин", &["а", "у"], 12),
];

/// Words for a number that nobody counted, and the least that each means.
const VAGUE: [(&str, u64); 17] = [
    ("several", 2),
    ("dozens", 24),
    ("scores", 40),
    ("hundreds", 200),
    ("thousands", 2000),
    ("millions", 2_000_000),
    ("несколько", 2),
    ("нескольких", 2),
    ("десятки", 20),
    ("десятков", 20),
    ("десятками", 20),
    ("сотни", 200),
    ("сотен", 200),
    ("тысячи", 2000),
    ("миллионы", 2_000_000),
    ("дюжины", 24),
    ("десяткам", 20),
];

/// Returns the number that begins at this token.
pub fn number(text: &str, tokens: &Tokens, at: usize, end: usize) -> Option<Number> {
    let first = counted(text, tokens, at, end).or_else(|| vague(tokens, at))?;
    let range = ["-", "–", "—", "to"].contains(&tokens.folded(first.end));
    let Some(low) = first.high.filter(|_| range && first.end + 1 < end) else { return Some(first) };
    match counted(text, tokens, first.end + 1, end) {
        Some(Number { high: Some(high), end, .. }) if high > low => {
            // "2 to 3 thousand"
            let scaled =
                if low < 1000 && high >= 1000 && high % 1000 == 0 { low * 1000 } else { low };
            Some(Number { low: scaled, high: Some(high), end })
        }
        _ => Some(first),
    }
}

fn vague(tokens: &Tokens, at: usize) -> Option<Number> {
    let (_, low) = VAGUE.iter().find(|(word, _)| *word == tokens.folded(at))?;
    // "dozens of thousands"
    let of = if tokens.folded(at + 1) == "of" { at + 2 } else { at + 1 };
    match scale(tokens.folded(of)).filter(|_| of < tokens.len()) {
        Some(by) => Some(Number { low: low * by, high: None, end: of + 1 }),
        None => Some(Number { low: *low, high: None, end: at + 1 }),
    }
}

fn counted(text: &str, tokens: &Tokens, at: usize, end: usize) -> Option<Number> {
    let (first, next) = match tokens.shape(at) {
        Shape::Number => grouped(text, tokens, at, end)?,
        Shape::Small | Shape::Capital => (word(tokens.folded(at))?, at + 1),
        Shape::Capitals | Shape::Address | Shape::Mark => return None,
    };
    let mut total = 0;
    let (mut group, mut next) = (first, next);
    while next < end && total + group < NUMBER_MAX {
        if let Some(by) = scale(tokens.folded(next)) {
            (total, group) = if by < 1000 { (total, group * by) } else { (total + group * by, 0) };
            next += 1;
        } else if let Some((more, behind)) =
            below(tokens, next).filter(|(more, _)| *more < lowest(total, group))
        {
            group += more;
            next = behind;
        } else {
            break;
        }
    }
    let value = total + group;
    (value <= NUMBER_MAX).then_some(Number { low: value, high: Some(value), end: next })
}

/// Reads digits, also `12 500`: groups of three behind a blank.
fn grouped(text: &str, tokens: &Tokens, at: usize, end: usize) -> Option<(u64, usize)> {
    let mut value = digits(tokens.word(text, at))?;
    let mut next = at + 1;
    let three = |at: usize| tokens.shape(at) == Shape::Number && tokens.word(text, at).len() == 3;
    while next < end && value < NUMBER_MAX && three(next) && tokens.word(text, next - 1).len() <= 3
    {
        value = value * 1000 + digits(tokens.word(text, next))?;
        next += 1;
    }
    Some((value, next))
}

/// Returns the number word here, behind an `and` or a hyphen too, and the token behind it.
fn below(tokens: &Tokens, at: usize) -> Option<(u64, usize)> {
    let joined = matches!(tokens.folded(at), "-" | "and");
    let at = at + usize::from(joined);
    (tokens.shape(at) == Shape::Small)
        .then(|| word(tokens.folded(at)))?
        .map(|value| (value, at + 1))
}

/// Returns below what a word can be added: 10 to twenty, 100 to two hundred, 1000 to a group behind thousands.
fn lowest(total: u64, group: u64) -> u64 {
    match group {
        0 if total > 0 => 1000,
        0..20 => 1,
        _ if group.is_multiple_of(100) => 100,
        _ if group.is_multiple_of(10) => 10,
        _ => 1,
    }
}

fn digits(word: &str) -> Option<u64> {
    let bare: String = word.chars().filter(|c| !matches!(c, ',' | '\u{a0}')).collect();
    bare.parse().ok().filter(|value| *value <= NUMBER_MAX)
}

fn word(folded: &str) -> Option<u64> {
    let english = EN.iter().find(|(word, _)| *word == folded).map(|(_, value)| *value);
    if english.is_some() || folded.is_ascii() {
        return english;
    }
    let fits = |(front, ends, _): &&(&str, &[&str], u64)| {
        folded.strip_prefix(front).is_some_and(|end| ends.contains(&end))
    };
    RU.iter().find(fits).map(|(.., value)| *value)
}

fn scale(folded: &str) -> Option<u64> {
    match folded {
        "hundred" => Some(100),
        "dozen" => Some(12),
        "thousand" | "тысяча" | "тысячи" | "тысяч" | "тысячам" | "тыс." | "тыс" => {
            Some(1000)
        }
        "million" | "миллион" | "миллиона" | "миллионов" | "млн" | "млн." => {
            Some(1_000_000)
        }
        _ => None,
    }
}
