//! When it was: `on Wednesday`, `last week`, `3 November`, `в среду`, `вчера`, against the day of publication.

mod day;

pub use day::Day;

use crate::text::{Number, Span, number};
use crate::token::{Shape, Tokens};

/// A time in a text: from the first day to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// The words that tell it.
    pub span: Span,
    /// The first token.
    pub token: usize,
    /// The first day.
    pub first: Day,
    /// The last day, the same for a day.
    pub last: Day,
    /// How exactly the words tell it.
    pub precision: Precision,
}

/// How exactly a time is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// To the day.
    Day,
    /// To the week.
    Week,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

const MONTHS: [(&str, u32); 35] = [
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
    ("jan", 1),
    ("feb", 2),
    ("mar", 3),
    ("apr", 4),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sept", 9),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("январ", 1),
    ("феврал", 2),
    ("март", 3),
    ("апрел", 4),
    ("июн", 6),
    ("июл", 7),
    ("август", 8),
    ("сентябр", 9),
    ("октябр", 10),
    ("ноябр", 11),
    ("декабр", 12),
    ("dec", 12),
];

const WEEKDAYS: [(&str, u32); 21] = [
    ("monday", 0),
    ("tuesday", 1),
    ("wednesday", 2),
    ("thursday", 3),
    ("friday", 4),
    ("saturday", 5),
    ("sunday", 6),
    ("понедельник", 0),
    ("вторник", 1),
    ("среду", 2),
    ("среда", 2),
    ("четверг", 3),
    ("пятницу", 4),
    ("пятница", 4),
    ("субботу", 5),
    ("суббота", 5),
    ("воскресенье", 6),
    ("понедельника", 0),
    ("вторника", 1),
    ("четверга", 3),
    ("пятницы", 4),
];

/// Words that make what is told lie ahead.
const AHEAD: [&str; 20] = [
    "will",
    "shall",
    "plans",
    "scheduled",
    "expected",
    "due",
    "would",
    "intends",
    "состоится",
    "состоятся",
    "пройдет",
    "пройдут",
    "будет",
    "будут",
    "планирует",
    "планируют",
    "намерен",
    "намерены",
    "ожидается",
    "предстоит",
];

/// Returns the month of this folded word.
pub fn month(folded: &str) -> Option<u32> {
    let bare = folded.strip_suffix('.').unwrap_or(folded);
    if matches!(bare, "мая" | "май" | "мае") {
        return Some(5);
    }
    let fits = |(name, _): &&(&str, u32)| match bare.strip_prefix(name) {
        Some("") => name.is_ascii() || !name.ends_with(['р', 'л', 'н']),
        Some(end) => !name.is_ascii() && matches!(end, "ь" | "я" | "е" | "ю" | "а" | "у"),
        None => false,
    };
    MONTHS.iter().find(fits).map(|(_, month)| *month)
}

/// Returns the times that these tokens, one sentence, tell.
pub fn times(
    text: &str,
    tokens: &Tokens,
    sentence: std::ops::Range<usize>,
    published: Day,
) -> Vec<When> {
    let ahead = sentence.clone().any(|at| AHEAD.contains(&tokens.folded(at)));
    let reader = Reader { text, tokens, end: sentence.end, published, ahead };
    let mut found = Vec::new();
    let mut at = sentence.start;
    while at < sentence.end {
        match reader.time(at) {
            Some((end, first, last, precision)) => {
                found.push(When {
                    span: tokens.cover(at, end - 1),
                    token: at,
                    first,
                    last,
                    precision,
                });
                at = end;
            }
            None => at += 1,
        }
    }
    found
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    end: usize,
    published: Day,
    ahead: bool,
}

type Found = (usize, Day, Day, Precision);

fn on(end: usize, day: Day) -> Found {
    (end, day, day, Precision::Day)
}

impl Reader<'_> {
    fn word(&self, at: usize) -> &str {
        if at < self.end { self.tokens.folded(at) } else { "" }
    }

    fn time(&self, at: usize) -> Option<Found> {
        let shape = self.tokens.shape(at);
        if shape == Shape::Mark || shape == Shape::Address {
            return None;
        }
        self.single(at)
            .or_else(|| self.written(at))
            .or_else(|| self.of_month(at))
            .or_else(|| self.weekday(at))
            .or_else(|| self.beside(at))
            .or_else(|| self.ago(at))
            .or_else(|| self.month_or_year(at))
    }

    fn single(&self, at: usize) -> Option<Found> {
        let days = match self.word(at) {
            "today" | "tonight" | "сегодня" => 0,
            "yesterday" | "вчера" | "накануне" => -1,
            "tomorrow" | "завтра" => 1,
            "позавчера" => -2,
            "послезавтра" => 2,
            "last" if self.word(at + 1) == "night" => {
                return Some(on(at + 2, self.published.plus(-1)));
            }
            "this" if matches!(self.word(at + 1), "morning" | "afternoon" | "evening") => {
                return Some(on(at + 2, self.published));
            }
            _ => return None,
        };
        Some(on(at + 1, self.published.plus(days)))
    }

    /// `2026-11-03`, `03.11.2026`.
    fn written(&self, at: usize) -> Option<Found> {
        let word = self.tokens.word(self.text, at);
        let mark = if word.contains('-') { '-' } else { '.' };
        let parts: Vec<u32> =
            word.split(mark).map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let [a, b, c] = parts.as_slice() else { return None };
        let (year, day) = if mark == '-' { (*a, *c) } else { (*c, *a) };
        (year >= 1000).then_some(())?;
        Some(on(at + 1, Day::new(year.cast_signed(), *b, day)?))
    }

    fn day_number(&self, at: usize) -> Option<u32> {
        let word = self.word(at);
        // `1st`, `2d`, `3rd`, `4th`.
        let bare = word.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
        bare.parse().ok().filter(|day| (1..=31).contains(day) && bare.len() <= 2)
    }

    fn year(&self, at: usize) -> Option<i32> {
        let word = self.word(at);
        word.parse().ok().filter(|year| (1900..=2100).contains(year) && word.len() == 4)
    }

    /// `3 November 2026`, `3rd of November`, `November 3, 2026`, `3 ноября 2026 года`.
    fn of_month(&self, at: usize) -> Option<Found> {
        let (month, day, end) = if let Some(day) = self.day_number(at) {
            let of = at + 1 + usize::from(self.word(at + 1) == "of");
            (month(self.word(of))?, day, of + 1)
        } else {
            (self.named_month(at)?, self.day_number(at + 1)?, at + 2)
        };
        let comma = end + usize::from(self.word(end) == ",");
        match self.year(comma) {
            Some(year) => {
                let end =
                    comma + 1 + usize::from(matches!(self.word(comma + 1), "года" | "г." | "г"));
                Some(on(end, Day::new(year, month, day)?))
            }
            None => Some(on(end, self.nearest(month, day)?)),
        }
    }

    fn named_month(&self, at: usize) -> Option<u32> {
        // "may" and "march" are words too; a month has a capital in English.
        let english = self.word(at).is_ascii();
        month(self.word(at)).filter(|_| !english || self.tokens.shape(at).is_capital())
    }

    /// Returns the day of this name that lies nearest to the publication.
    fn nearest(&self, month: u32, day: u32) -> Option<Day> {
        let (year, ..) = self.published.civil();
        let years = [year, year - 1, year + 1];
        years
            .iter()
            .filter_map(|year| Day::new(*year, month, day))
            .min_by_key(|day| day.distance(self.published))
    }

    fn weekday(&self, at: usize) -> Option<Found> {
        let (side, word) = match self.word(at) {
            "last" | "прошлый" | "прошлую" | "прошлое" | "минувший" | "минувшую" => {
                (-1, at + 1)
            }
            "next" | "следующий" | "следующую" | "следующее" => {
                (1, at + 1)
            }
            _ => (0, at),
        };
        let name = self.word(word);
        let weekday = WEEKDAYS.iter().find(|(day, _)| *day == name).map(|(_, weekday)| *weekday)?;
        if name.is_ascii() && !self.tokens.shape(word).is_capital() {
            return None;
        }
        let back = (self.published.weekday() + 7 - weekday) % 7;
        let back = back.cast_signed();
        let days = match side {
            -1 if back == 0 => -7,
            1 if back == 0 => 7,
            1 => 7 - back,
            0 if self.ahead && back > 0 => 7 - back,
            _ => -back,
        };
        Some(on(word + 1, self.published.plus(days)))
    }

    /// `last week`, `this month`, `на прошлой неделе`, `в следующем году`.
    fn beside(&self, at: usize) -> Option<Found> {
        let side = match self.word(at) {
            "last" | "past" | "прошлой" | "прошлом" | "минувшей" | "прошлую" => {
                -1
            }
            "this" | "этой" | "этом" | "текущем" | "нынешнем" => 0,
            "next" | "coming" | "следующей" | "следующем" | "будущем" | "будущей" => {
                1
            }
            _ => return None,
        };
        self.unit(at + 1, side)
    }

    fn unit(&self, at: usize, side: i32) -> Option<Found> {
        let (year, ..) = self.published.civil();
        let monday = self.published.plus(-self.published.weekday().cast_signed());
        match self.word(at) {
            "week" | "weeks" | "неделе" | "неделю" | "недели" | "недель" => {
                let first = monday.plus(7 * side);
                Some((at + 1, first, first.plus(6), Precision::Week))
            }
            "weekend" | "выходные" => {
                let first = monday.plus(5 + 7 * side);
                Some((at + 1, first, first.plus(1), Precision::Week))
            }
            "month" | "months" | "месяце" | "месяц" | "месяца" | "месяцев" =>
            {
                let (first, last) = self.published.month(side);
                Some((at + 1, first, last, Precision::Month))
            }
            "year" | "years" | "году" | "год" | "года" | "лет" => {
                let (first, last) = Day::year((year + side).clamp(1, 9999));
                Some((at + 1, first, last, Precision::Year))
            }
            "day" | "days" | "день" | "дня" | "дней" => {
                Some(on(at + 1, self.published.plus(side)))
            }
            _ => None,
        }
    }

    /// `two days ago`, `неделю назад`, `три года назад`.
    fn ago(&self, at: usize) -> Option<Found> {
        let (count, unit) = match number(self.text, self.tokens, at, self.end) {
            Some(Number { low, high: Some(_), end }) => {
                (i32::try_from(low).ok().filter(|n| *n <= 2000)?, end)
            }
            Some(_) => return None,
            None => (1, at + usize::from(matches!(self.word(at), "a" | "an"))),
        };
        let (end, first, last, precision) = self.unit(unit, -count)?;
        matches!(self.word(end), "ago" | "назад" | "earlier").then_some((
            end + 1,
            first,
            last,
            precision,
        ))
    }

    /// `in November 2025`, `в ноябре`, `in 2025`, `в 2025 году`.
    fn month_or_year(&self, at: usize) -> Option<Found> {
        if let Some(month) = self.named_month(at) {
            let before = if at > 0 { self.tokens.folded(at - 1) } else { "" };
            let year = self.year(at + 1);
            let day =
                year.map_or_else(|| self.nearest(month, 15), |year| Day::new(year, month, 15))?;
            let cue = year.is_some()
                || matches!(
                    before,
                    "in" | "since"
                        | "of"
                        | "last"
                        | "early"
                        | "late"
                        | "mid"
                        | "в"
                        | "с"
                        | "до"
                        | "by"
                );
            let (first, last) = day.month(0);
            let end = at + 1 + usize::from(year.is_some());
            return cue.then_some((end, first, last, Precision::Month));
        }
        let year = self.year(at)?;
        let before = if at > 0 { self.tokens.folded(at - 1) } else { "" };
        let behind = self.word(at + 1);
        let cue = matches!(before, "in" | "since" | "of" | "by" | "from" | "until")
            || matches!(behind, "году" | "года" | "год" | "г.");
        let (first, last) = Day::year(year);
        cue.then(|| {
            (
                at + 1 + usize::from(matches!(behind, "году" | "года" | "год" | "г.")),
                first,
                last,
                Precision::Year,
            )
        })
    }
}
