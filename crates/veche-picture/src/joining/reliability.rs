//! How far publishers are trusted: a list that an organisation keeps, in the six grades of the Admiralty code.

use std::collections::BTreeMap;

/// Longest list, in bytes.
pub const LIST_LEN_MAX: usize = 4 * 1024 * 1024;

/// How far a publisher is trusted. Source: NATO AJP-2.1, "reliability of the source", A to F.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Reliability {
    /// Completely reliable.
    A,
    /// Usually reliable.
    B,
    /// Fairly reliable.
    C,
    /// Not usually reliable.
    D,
    /// Unreliable.
    E,
    /// Cannot be judged: whoever is on no list.
    #[default]
    F,
}

/// The grades with their letters, and what a report of each counts for, in millionths. Ours: the code gives no numbers.
const GRADES: [(Reliability, &str, u32); 6] = [
    (Reliability::A, "A", 950_000),
    (Reliability::B, "B", 850_000),
    (Reliability::C, "C", 700_000),
    (Reliability::D, "D", 300_000),
    (Reliability::E, "E", 100_000),
    (Reliability::F, "F", 600_000),
];

impl Reliability {
    /// Returns the grade of this letter.
    #[must_use]
    pub fn parse(letter: &str) -> Option<Self> {
        GRADES.into_iter().find(|(_, known, _)| *known == letter).map(|(grade, ..)| grade)
    }

    /// Returns its letter.
    #[must_use]
    pub fn letter(self) -> &'static str {
        GRADES.into_iter().find(|(grade, ..)| *grade == self).map_or("F", |(_, letter, _)| letter)
    }

    /// Returns what a report of such a publisher counts for, in millionths.
    #[must_use]
    pub fn weight(self) -> u32 {
        GRADES.into_iter().find(|(grade, ..)| *grade == self).map_or(0, |(.., weight)| weight)
    }

    /// Returns whether it is low: what only such publishers tell is kept, and stays outside counts.
    #[must_use]
    pub const fn is_low(self) -> bool {
        matches!(self, Self::D | Self::E)
    }
}

/// How far each publisher is trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reliabilities(BTreeMap<String, Reliability>);

/// What is wrong with a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ListError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: &'static str,
}

impl Reliabilities {
    /// Reads a list: a publisher, a tab and a letter from A to F a line; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// [`ListError`], the first that there is.
    pub fn read(bytes: &[u8]) -> Result<Self, ListError> {
        let fail = |line, fault| Err(ListError { line, fault });
        if bytes.len() > LIST_LEN_MAX {
            return fail(1, "the list has more than 4 MiB: leave out whom nobody reads");
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return fail(1, "the list is not UTF-8: save it as UTF-8");
        };
        let mut list = BTreeMap::new();
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let Some((publisher, letter)) = text.split_once('\t') else {
                return fail(
                    line,
                    "there is no tab: write the publisher, a tab and a letter from A to F",
                );
            };
            let Some(grade) = Reliability::parse(letter.trim()) else {
                return fail(line, "the grade is none of A, B, C, D, E and F");
            };
            if list.insert(publisher.trim().to_owned(), grade).is_some() {
                return fail(line, "the publisher stands in the list twice: remove one line");
            }
        }
        Ok(Self(list))
    }

    /// Returns how far a publisher is trusted.
    #[must_use]
    pub fn of(&self, publisher: &str) -> Reliability {
        self.0.get(publisher).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_whoever_is_not_on_it_cannot_be_judged() {
        let list = Reliabilities::read("# ours\nNorthern Wire\tB\nVael Pass Live\tE\n".as_bytes())
            .unwrap();
        assert_eq!(list.of("Northern Wire"), Reliability::B);
        assert!(list.of("Vael Pass Live").is_low() && !list.of("Nobody").is_low());
        assert!(Reliability::A.weight() > Reliability::F.weight());
    }

    #[track_caller]
    fn check(list: &[u8], line: usize, says: &str) {
        let error = Reliabilities::read(list).unwrap_err();
        assert_eq!(error.line, line);
        assert!(error.fault.contains(says), "{error}");
    }

    #[test]
    fn a_list_that_cannot_be_read_is_refused_with_its_line() {
        check(b"a\tB\nb", 2, "no tab");
        check(b"a\tG", 1, "none of A");
        check(b"a\tB\na\tC", 2, "twice");
        check(b"\xff\tB", 1, "not UTF-8");
    }
}
