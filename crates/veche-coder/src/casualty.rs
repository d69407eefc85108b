//! How many were killed, injured, driven out or held: counts and ranges, as the text gives them.

use crate::text::{Number, Span, number};
use crate::token::{Shape, Tokens};

/// A count of people who came to harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toll {
    /// What befell them.
    pub harm: Harm,
    /// The least that the text says.
    pub low: u64,
    /// The most; none where it sets no end ("at least 12").
    pub high: Option<u64>,
    /// True if the text says that it is not exact ("about 30").
    pub about: bool,
    /// The words, from the count to what befell them or the other way round.
    pub span: Span,
}

/// What befell people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// They died.
    Dead,
    /// They were hurt.
    Injured,
    /// They had to leave.
    Displaced,
    /// They were arrested or held.
    Detained,
    /// Nobody knows where they are.
    Missing,
}

/// How far a count may stand from what befell them, in tokens.
const REACH: usize = 7;

/// In the order of the words.
const EN: [(&str, Harm); 41] = [
    ("arrested", Harm::Detained),
    ("arresting", Harm::Detained),
    ("arrests", Harm::Detained),
    ("captured", Harm::Detained),
    ("dead", Harm::Dead),
    ("deaths", Harm::Dead),
    ("detained", Harm::Detained),
    ("detaining", Harm::Detained),
    ("detentions", Harm::Detained),
    ("die", Harm::Dead),
    ("died", Harm::Dead),
    ("dies", Harm::Dead),
    ("displaced", Harm::Displaced),
    ("displacing", Harm::Displaced),
    ("drowned", Harm::Dead),
    ("evacuated", Harm::Displaced),
    ("executed", Harm::Dead),
    ("fatalities", Harm::Dead),
    ("fled", Harm::Displaced),
    ("homeless", Harm::Displaced),
    ("hospitalised", Harm::Injured),
    ("hospitalized", Harm::Injured),
    ("hurt", Harm::Injured),
    ("injured", Harm::Injured),
    ("injures", Harm::Injured),
    ("injuries", Harm::Injured),
    ("injuring", Harm::Injured),
    ("jailed", Harm::Detained),
    ("kill", Harm::Dead),
    ("killed", Harm::Dead),
    ("killing", Harm::Dead),
    ("kills", Harm::Dead),
    ("lives", Harm::Dead),
    ("missing", Harm::Missing),
    ("perished", Harm::Dead),
    ("shot", Harm::Dead),
    ("toll", Harm::Dead),
    ("uprooted", Harm::Displaced),
    ("wounded", Harm::Injured),
    ("wounding", Harm::Injured),
    ("wounds", Harm::Injured),
];

/// Beginnings of Russian words, each followed by an end of a participle, verb or noun.
const RU: [(&str, Harm); 24] = [
    ("погиб", Harm::Dead),
    ("убит", Harm::Dead),
    ("умер", Harm::Dead),
    ("скончал", Harm::Dead),
    ("жертв", Harm::Dead),
    ("убил", Harm::Dead),
    ("смерт", Harm::Dead),
    ("ранен", Harm::Injured),
    ("пострада", Harm::Injured),
    ("травмирован", Harm::Injured),
    ("ранил", Harm::Injured),
    ("госпитализ", Harm::Injured),
    ("ранени", Harm::Injured),
    ("задерж", Harm::Detained),
    ("арестова", Harm::Detained),
    ("эвакуирова", Harm::Displaced),
    ("переселен", Harm::Displaced),
    ("бежал", Harm::Displaced),
    ("вынужденн", Harm::Displaced),
    ("покинул", Harm::Displaced),
    ("пропал", Harm::Missing),
    ("пленен", Harm::Detained),
    ("травм", Harm::Injured),
    ("расстрелян", Harm::Dead),
];

/// Words behind a number that make it no count of people.
const UNITS: [&str; 51] = [
    "%",
    "percent",
    "per",
    "km",
    "kilometres",
    "kilometers",
    "miles",
    "metres",
    "meters",
    "days",
    "day",
    "hours",
    "hour",
    "minutes",
    "weeks",
    "week",
    "months",
    "month",
    "years",
    "year",
    "dollars",
    "euros",
    "tonnes",
    "tons",
    "houses",
    "homes",
    "buildings",
    "times",
    "a.m.",
    "p.m.",
    "o'clock",
    "tanks",
    "vehicles",
    "drones",
    "дней",
    "дня",
    "лет",
    "года",
    "год",
    "часов",
    "часа",
    "минут",
    "месяцев",
    "процентов",
    "рублей",
    "долларов",
    "километров",
    "км",
    "домов",
    "тонн",
    "градусов",
];

/// Returns the counts in these tokens, one sentence.
pub fn tolls(text: &str, tokens: &Tokens, sentence: std::ops::Range<usize>) -> Vec<Toll> {
    let counts = counts(text, tokens, sentence.clone());
    let mut found: Vec<Toll> = Vec::new();
    for (index, count) in counts.iter().enumerate() {
        let from = index
            .checked_sub(1)
            .and_then(|before| counts.get(before))
            .map_or(sentence.start, |before| before.end);
        let to = counts.get(index + 1).map_or(sentence.end, |next| next.at);
        if let Some(toll) = toll(tokens, count, from, to) {
            found.push(toll);
        }
    }
    if counts.is_empty() {
        found.extend(singular(tokens, sentence));
    }
    found
}

/// A number that may count people, with its hedge: tokens `at..end`.
struct Count {
    at: usize,
    end: usize,
    low: u64,
    high: Option<u64>,
    about: bool,
}

fn counts(text: &str, tokens: &Tokens, sentence: std::ops::Range<usize>) -> Vec<Count> {
    let mut found = Vec::new();
    let mut at = sentence.start;
    while at < sentence.end {
        let Some(number) = number_or_none(text, tokens, at, sentence.end) else {
            at += 1;
            continue;
        };
        let unit = tokens.folded(number.end);
        let money = at > sentence.start && matches!(tokens.folded(at - 1), "$" | "€" | "£");
        let dated = crate::date::month(unit).is_some()
            || (at > sentence.start && crate::date::month(tokens.folded(at - 1)).is_some());
        let aged = unit == "-"
            || (at > sentence.start && matches!(tokens.folded(at - 1), "aged" | "route"));
        if !UNITS.contains(&unit) && !money && !dated && !aged && !is_year(tokens, at, &number) {
            let count = hedged(tokens, at, sentence.start, &number);
            // The first number of a range is part of it.
            if found.last().is_some_and(|last: &Count| last.end > count.at) {
                found.pop();
            }
            found.push(count);
        }
        at = number.end;
    }
    found
}

fn is_year(tokens: &Tokens, at: usize, number: &Number) -> bool {
    let plain =
        tokens.shape(at) == Shape::Number && tokens.folded(at).len() == 4 && number.end == at + 1;
    let cue = at > 0
        && matches!(tokens.folded(at - 1), "in" | "since" | "of" | "from" | "в" | "с" | "до");
    plain
        && (1900..=2100).contains(&number.low)
        && (cue || tokens.folded(number.end).starts_with("год"))
}

/// A number, or a word that says that there was none.
fn number_or_none(text: &str, tokens: &Tokens, at: usize, end: usize) -> Option<Number> {
    let zero = |end| Some(Number { low: 0, high: Some(0), end });
    match tokens.folded(at) {
        "nobody" | "никто" => zero(at + 1),
        "no" if matches!(
            tokens.folded(at + 1),
            "one" | "people" | "casualties" | "civilians" | "injuries" | "deaths" | "fatalities"
        ) =>
        {
            zero(at + 1 + usize::from(tokens.folded(at + 1) == "one"))
        }
        "нет" | "без" => zero(at + 1),
        _ => number(text, tokens, at, end),
    }
}

/// Words before a number, what they make of it, and how many they are.
fn hedged(tokens: &Tokens, at: usize, start: usize, number: &Number) -> Count {
    let before = |back: usize| if at >= start + back { tokens.folded(at - back) } else { "" };
    let exact = Count { at, end: number.end, low: number.low, high: number.high, about: false };
    let least = |words| Count { at: at - words, high: None, ..exact };
    let (low, high, end, about) = (exact.low, exact.high, exact.end, true);
    match (before(3), before(2), before(1)) {
        (_, "at", "least")
        | (_, "не", "менее")
        | (_, "more" | "higher", "than")
        | (_, "не", "меньше") => least(2),
        ("по", "меньшей", "мере") | ("по", "крайней", "мере") => least(3),
        (_, "fewer" | "less", "than") | (_, "не", "более") | (_, "up", "to") => {
            Count { at: at - 2, end, low: 0, high, about }
        }
        ("as", "many", "as") => Count { at: at - 3, end, low: 0, high, about },
        (_, _, "over" | "более" | "свыше" | "больше") => least(1),
        (_, _, "до") => between(tokens, at, start, number).unwrap_or(Count {
            at: at - 1,
            end,
            low: 0,
            high,
            about,
        }),
        (
            _,
            _,
            "about" | "around" | "nearly" | "almost" | "some" | "roughly" | "approximately"
            | "около" | "почти" | "порядка" | "примерно",
        ) => Count { at: at - 1, end, low, high, about },
        (_, _, "and") => between(tokens, at, start, number).unwrap_or(exact),
        _ => exact,
    }
}

/// `between 10 and 15`, `от 10 до 15`: the first number stands two words before.
fn between(tokens: &Tokens, at: usize, start: usize, number: &Number) -> Option<Count> {
    let first = at.checked_sub(3).filter(|first| *first >= start)?;
    matches!(tokens.folded(first), "between" | "от").then_some(())?;
    let low = tokens.folded(first + 1).replace(',', "").parse().ok()?;
    Some(Count { at: first, end: number.end, low, high: number.high, about: false })
}

fn harm(tokens: &Tokens, at: usize) -> Option<Harm> {
    let folded = tokens.folded(at);
    let english = EN.binary_search_by_key(&folded, |(word, _)| *word).ok();
    let english = english.and_then(|at| EN.get(at)).map(|(_, harm)| *harm);
    if english.is_some() || folded.is_ascii() {
        // "death toll" is of the dead, "toll" alone may be of a road.
        return english.filter(|_| folded != "toll" || at > 0 && tokens.folded(at - 1) == "death");
    }
    RU.iter().find(|(front, _)| folded.starts_with(front)).map(|(_, harm)| *harm)
}

fn toll(tokens: &Tokens, count: &Count, from: usize, to: usize) -> Option<Toll> {
    let ends = |at: &usize| {
        matches!(tokens.folded(*at), ";" | "." | "(" | ")" | "\"" | "but" | "while" | "а")
    };
    let behind = (count.end..to.min(count.end + REACH))
        .take_while(|at| !ends(at))
        .find(|at| harm(tokens, *at).is_some());
    let begin = from.max(count.at.saturating_sub(REACH));
    let before =
        (begin..count.at).rev().take_while(|at| !ends(at)).find(|at| harm(tokens, *at).is_some());
    let at = match (before, behind) {
        (Some(before), Some(behind)) => {
            // What stands nearer; of a participle in -ing and a Russian verb before its subject the one before.
            let near = count.at - before <= behind + 1 - count.end;
            if near || tokens.folded(before).ends_with("ing") { before } else { behind }
        }
        (one, other) => one.or(other)?,
    };
    let span =
        if at < count.at { tokens.cover(at, count.end - 1) } else { tokens.cover(count.at, at) };
    Some(Toll {
        harm: harm(tokens, at)?,
        low: count.low,
        high: count.high,
        about: count.about,
        span,
    })
}

/// A single person, told without a number: `a soldier was killed`, `погиб военнослужащий`.
fn singular(tokens: &Tokens, sentence: std::ops::Range<usize>) -> Option<Toll> {
    const RU_ONE: [&str; 12] = [
        "погиб",
        "погибла",
        "ранен",
        "ранена",
        "убит",
        "убита",
        "задержан",
        "задержана",
        "арестован",
        "арестована",
        "скончался",
        "эвакуирован",
    ];
    let at = sentence.clone().find(|at| harm(tokens, *at).is_some())?;
    let word = tokens.folded(at);
    let negated = at > sentence.start && matches!(tokens.folded(at - 1), "не" | "not");
    let begin = at.saturating_sub(5).max(sentence.start);
    let article = (begin..at).find(|at| matches!(tokens.folded(*at), "a" | "an"));
    let was = at > sentence.start && matches!(tokens.folded(at - 1), "was" | "been" | "died");
    let span = match article.filter(|_| was) {
        Some(article) => tokens.cover(article, at),
        None if RU_ONE.contains(&word) => tokens.span(at),
        None => return None,
    };
    (!negated).then_some(Toll {
        harm: harm(tokens, at)?,
        low: 1,
        high: Some(1),
        about: false,
        span,
    })
}
