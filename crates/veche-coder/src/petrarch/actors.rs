use super::phrase::Index;
use super::source::{bracketed, lines};
use super::{Fault, PetrarchError, Phrase, Read};
use crate::date::Day;

/// Most letters of a code.
pub(super) const CODE_LEN_MAX: usize = 24;

/// The years of two digits before this one are of this century.
const PIVOT: i32 = 30;

/// Somebody with names and codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The line at which the entry begins.
    pub line: usize,
    /// Names; the first is the entry's own.
    pub names: Vec<Phrase>,
    /// Codes in the order of the file.
    pub codes: Vec<Dated>,
}

/// A code, and from when until when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The code; of several that hold together, each.
    pub codes: Vec<String>,
    /// The first day, if the code is bound to one.
    pub since: Option<Day>,
    /// The last day, if it is bound to one.
    pub until: Option<Day>,
}

/// A dictionary of actors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actors {
    /// The entries, in the order of the file.
    pub entries: Vec<Actor>,
    index: Index,
}

impl Actor {
    /// Returns the codes on this day: the first that is bound to a time which holds it, else the one bound to none. Empty if there is none.
    pub fn codes_on(&self, day: Option<Day>) -> &[String] {
        let holds = |code: &&Dated| {
            let bound = code.since.is_some() || code.until.is_some();
            bound
                && day.is_some_and(|day| {
                    code.since.is_none_or(|since| since <= day)
                        && code.until.is_none_or(|until| day <= until)
                })
        };
        let free = |code: &&Dated| code.since.is_none() && code.until.is_none();
        let chosen = self.codes.iter().find(holds).or_else(|| self.codes.iter().find(free));
        chosen.map_or(&[], |code| &code.codes)
    }
}

impl Actors {
    /// Joins dictionaries; of two entries with the same name the earlier one holds.
    pub fn join(dictionaries: impl IntoIterator<Item = Self>) -> Self {
        Self::new(dictionaries.into_iter().flat_map(|one| one.entries).collect())
    }

    fn new(entries: Vec<Actor>) -> Self {
        let mut index = Index::default();
        for (number, entry) in entries.iter().enumerate() {
            for name in &entry.names {
                index.add(name.clone(), number);
            }
        }
        Self { entries, index: index.finish() }
    }

    /// Returns the actor named at `from`, and the first word behind the name.
    pub(super) fn find(&self, words: &[&str], from: usize) -> Option<(&Actor, usize)> {
        let (entry, end) = self.index.find(words, from)?;
        Some((self.entries.get(entry)?, end))
    }
}

/// Reads a dictionary of actors.
///
/// # Errors
///
/// [`PetrarchError`]: the file is too large, or a comment does not end. Faults of single lines are in the answer.
pub fn actors(bytes: &[u8]) -> Result<Read<Actors>, PetrarchError> {
    let lines = lines(bytes)?;
    let mut refused = lines.refused;
    let mut entries: Vec<Actor> = Vec::new();
    // After a line that cannot be read, what belongs to it is no part of the entry before it.
    let mut open = false;
    for line in &lines.kept {
        let further = line.text.starts_with(['+', '[']);
        let entry = further.then(|| entries.last_mut().filter(|_| open)).flatten();
        let done = match entry {
            Some(entry) => extend(entry, &line.text),
            None if further => Err(Fault::NoEntry),
            None => begin(line.number, &line.text).map(|entry| {
                entries.push(entry);
                open = true;
            }),
        };
        if let Err(fault) = done {
            open &= further;
            refused.push(fault.at(line.number));
        }
    }
    entries.retain(|entry| {
        let coded = !entry.codes.is_empty();
        if !coded {
            let name = entry.names.first().map_or(String::new(), Phrase::written);
            refused.push(Fault::NoCode { name }.at(entry.line));
        }
        coded
    });
    refused.sort_by_key(|error| error.line);
    Ok(Read { entries: Actors::new(entries), refused, latin: lines.latin })
}

fn begin(line: usize, text: &str) -> Result<Actor, Fault> {
    let (name, codes) = bracketed(text)?;
    let codes = codes.into_iter().map(dated).collect::<Result<_, _>>()?;
    Ok(Actor { line, names: vec![Phrase::parse(name)?], codes })
}

/// Reads a line that begins with `+` or `[`: more names, more codes.
fn extend(entry: &mut Actor, text: &str) -> Result<(), Fault> {
    let (name, codes) = bracketed(text)?;
    let codes: Vec<Dated> = codes.into_iter().map(dated).collect::<Result<_, _>>()?;
    if let Some(name) = name.strip_prefix('+') {
        entry.names.push(Phrase::parse(name)?);
    }
    entry.codes.extend(codes);
    Ok(())
}

fn dated(text: &str) -> Result<Dated, Fault> {
    let cut = text.find(|c: char| c.is_whitespace() || c == '<' || c == '>').unwrap_or(text.len());
    let (code, bounds) = text.split_at(cut);
    let codes = code.split('/').map(self::code).collect::<Result<_, _>>()?;
    let bounds: String = bounds.split_whitespace().collect();
    let (since, until) = match bounds.chars().next() {
        None => (None, None),
        Some('<') => (None, Some(day(bounds.get(1..).unwrap_or_default())?.plus(-1))),
        Some('>') => (Some(day(bounds.get(1..).unwrap_or_default())?), None),
        Some(_) => {
            let (first, last) =
                bounds.split_once('-').ok_or_else(|| Fault::Day { found: bounds.clone() })?;
            (Some(day(first)?), Some(day(last)?))
        }
    };
    Ok(Dated { codes, since, until })
}

/// Reads a code.
pub(super) fn code(text: &str) -> Result<String, Fault> {
    let fits = (1..=CODE_LEN_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+*#?:".contains(&byte));
    if fits {
        Ok(text.to_uppercase())
    } else {
        Err(Fault::Code { found: text.to_owned(), max: CODE_LEN_MAX })
    }
}

fn day(text: &str) -> Result<Day, Fault> {
    let wrong = || Fault::Day { found: text.to_owned() };
    let number: u32 = text.parse().map_err(|_| wrong())?;
    let (year, rest) = ((number / 10_000).cast_signed(), number % 10_000);
    let year = match text.len() {
        8 => year,
        6 if year < PIVOT => year + 2000,
        6 => year + 1900,
        _ => return Err(wrong()),
    };
    Day::new(year, rest / 100, rest % 100).ok_or_else(wrong)
}
