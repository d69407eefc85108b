use crate::reading::Reading;
use veche_coder::date::{Day, Precision, times};

/// Told on Wednesday, 4 November 2026.
#[track_caller]
fn check(text: &str, words: &str, first: &str, last: &str, precision: Precision) {
    let reading = Reading::of(text);
    let published = Day::new(2026, 11, 4).unwrap();
    let found = times(text, &reading.tokens, 0..reading.tokens.len(), published);
    let found: Vec<_> = found
        .iter()
        .map(|when| {
            (when.span.of(text), when.first.to_string(), when.last.to_string(), when.precision)
        })
        .collect();
    assert_eq!(found, [(words, first.to_owned(), last.to_owned(), precision)]);
}

#[track_caller]
fn check_day(text: &str, words: &str, day: &str) {
    check(text, words, day, day, Precision::Day);
}

#[test]
fn days_are_told_against_the_publication() {
    check_day("They met on Wednesday.", "Wednesday", "2026-11-04");
    check_day("They met on Thursday.", "Thursday", "2026-10-29");
    check_day("They will meet on Thursday.", "Thursday", "2026-11-05");
    check_day("They met last Wednesday.", "last Wednesday", "2026-10-28");
    check_day("They meet next Monday.", "next Monday", "2026-11-09");
    check_day("They met yesterday.", "yesterday", "2026-11-03");
    check_day("They met last night.", "last night", "2026-11-03");
    check_day("They met two days ago.", "two days ago", "2026-11-02");
    check_day("Они встретились в понедельник.", "понедельник", "2026-11-02");
    check_day("Они встретятся: встреча состоится в пятницу.", "пятницу", "2026-11-06");
    check_day("Вчера они встретились.", "Вчера", "2026-11-03");
    check_day("Три дня назад они встретились.", "Три дня назад", "2026-11-01");
}

#[test]
fn dates_are_read() {
    check_day("They met on 3 November.", "3 November", "2026-11-03");
    check_day("They met on November 3, 2025.", "November 3, 2025", "2025-11-03");
    check_day("They met on Dec. 30.", "Dec. 30", "2026-12-30");
    check_day("They met on the 3rd of March 2026.", "3rd of March 2026", "2026-03-03");
    check_day("Они встретились 3 ноября 2025 года.", "3 ноября 2025 года", "2025-11-03");
    check_day("Они встретились 29 октября.", "29 октября", "2026-10-29");
    check_day("Signed 2026-10-01 there.", "2026-10-01", "2026-10-01");
    check_day("Подписано 01.10.2026 там.", "01.10.2026", "2026-10-01");
}

#[test]
fn longer_times_have_their_ends() {
    check("It fell last week.", "last week", "2026-10-26", "2026-11-01", Precision::Week);
    check(
        "Это было на прошлой неделе.",
        "прошлой неделе",
        "2026-10-26",
        "2026-11-01",
        Precision::Week,
    );
    check("It fell in September.", "September", "2026-09-01", "2026-09-30", Precision::Month);
    check("Это было в феврале 2024.", "феврале 2024", "2024-02-01", "2024-02-29", Precision::Month);
    check("It fell in 2025.", "2025", "2025-01-01", "2025-12-31", Precision::Year);
    check("Это было в 2025 году.", "2025 году", "2025-01-01", "2025-12-31", Precision::Year);
    check("It fell a year ago.", "a year ago", "2025-01-01", "2025-12-31", Precision::Year);
}

#[test]
fn what_is_no_time_tells_none() {
    for text in [
        "They may march.",
        "Three soldiers fell.",
        "Резолюция 2025 принята.",
        "31 February",
        "the 40 March",
        "He sat.",
    ] {
        let reading = Reading::of(text);
        let found =
            times(text, &reading.tokens, 0..reading.tokens.len(), Day::new(2026, 11, 4).unwrap());
        assert!(found.is_empty(), "{text}: {found:?}");
    }
}

#[test]
fn days_are_those_of_the_calendar() {
    for (day, weekday) in
        [((2026, 11, 4), 2), ((2000, 2, 29), 1), ((1970, 1, 1), 3), ((1900, 3, 1), 3)]
    {
        let found = Day::new(day.0, day.1, day.2).unwrap();
        assert_eq!((found.civil(), found.weekday()), (day, weekday));
    }
    assert_eq!(Day::new(2026, 2, 29), None);
    assert_eq!(Day::new(2026, 12, 31).unwrap().plus(1).to_string(), "2027-01-01");
}
