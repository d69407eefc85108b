use super::phrase::Index;
use super::source::{between, bracketed, lines};
use super::{Fault, PetrarchError, Phrase, Read, actors};
use std::collections::BTreeMap;

/// Most names that one line with sets stands for.
const NAMES_MAX: usize = 256;

/// A kind of actor, and where its code goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The line of the entry.
    pub line: usize,
    /// Names: the entry's own, its plural, and with each word of a set.
    pub names: Vec<Phrase>,
    /// The code.
    pub code: String,
    /// True if the code stands before the actor's.
    pub before: bool,
}

/// A dictionary of agents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agents {
    /// The entries, in the order of the file.
    pub entries: Vec<Agent>,
    index: Index,
}

impl Agents {
    /// Joins dictionaries; of two entries with the same name the earlier one holds.
    pub fn join(dictionaries: impl IntoIterator<Item = Self>) -> Self {
        Self::new(dictionaries.into_iter().flat_map(|one| one.entries).collect())
    }

    fn new(entries: Vec<Agent>) -> Self {
        let mut index = Index::default();
        for (number, entry) in entries.iter().enumerate() {
            for name in &entry.names {
                index.add(name.clone(), number);
            }
        }
        Self { entries, index: index.finish() }
    }

    /// Returns the agent named at `from`, and the first word behind the name.
    pub(super) fn find(&self, words: &[&str], from: usize) -> Option<(&Agent, usize)> {
        let (entry, end) = self.index.find(words, from)?;
        Some((self.entries.get(entry)?, end))
    }
}

type Sets = BTreeMap<String, Vec<String>>;

/// Reads a dictionary of agents.
///
/// # Errors
///
/// [`PetrarchError`]: the file is too large, or a comment does not end. Faults of single lines are in the answer.
pub fn agents(bytes: &[u8]) -> Result<Read<Agents>, PetrarchError> {
    let lines = lines(bytes)?;
    let mut refused = lines.refused;
    let mut sets = Sets::new();
    let mut entries = Vec::new();
    for line in &lines.kept {
        if let Some((name, words)) = set(&line.text) {
            sets.insert(name, words);
            continue;
        }
        match entry(line.number, &line.text, &sets) {
            Ok(entry) => entries.push(entry),
            Err(fault) => refused.push(fault.at(line.number)),
        }
    }
    refused.sort_by_key(|error| error.line);
    Ok(Read { entries: Agents::new(entries), refused, latin: lines.latin })
}

/// Reads `!NAME! = WORD, WORD`.
fn set(text: &str) -> Option<(String, Vec<String>)> {
    let (name, words) = text.split_once('=')?;
    let name = name.trim().strip_prefix('!')?.strip_suffix('!')?;
    let words = words.split(',').map(|word| word.trim().to_uppercase());
    Some((name.to_uppercase(), words.filter(|word| !word.is_empty()).collect()))
}

fn entry(line: usize, text: &str, sets: &Sets) -> Result<Agent, Fault> {
    let (before, codes) = bracketed(text)?;
    let (name, plurals) = between(before, '{', '}')?;
    let written = *codes.first().ok_or_else(|| Fault::NoCode { name: name.to_owned() })?;
    let no_tilde = || Fault::NoTilde { found: written.to_owned() };
    let (code, before) = match (written.strip_prefix('~'), written.strip_suffix('~')) {
        (Some(code), None) => (code, false),
        (None, Some(code)) => (code, true),
        _ => return Err(no_tilde()),
    };
    let mut names = Vec::new();
    for name in spelled(name, sets)? {
        let phrase = Phrase::parse(&name)?;
        // Without braces the plural is the regular one; with empty ones there is none.
        if plurals.is_empty() {
            names.push(plural(phrase.clone()));
        }
        names.push(phrase);
    }
    for plural in plurals.iter().filter(|plural| !plural.is_empty()) {
        names.push(Phrase::parse(plural)?);
    }
    Ok(Agent { line, names, code: actors::code(code)?, before })
}

/// Returns a name with each word of the sets in it.
fn spelled(name: &str, sets: &Sets) -> Result<Vec<String>, Fault> {
    let mut done = vec![String::new()];
    for (index, part) in name.split('!').enumerate() {
        let single = [part.to_uppercase()];
        let choices = if index % 2 == 0 {
            single.as_slice()
        } else {
            let known = sets.get(&part.to_uppercase());
            known.ok_or_else(|| Fault::Unknown { name: format!("!{part}!") })?
        };
        done = done
            .iter()
            .flat_map(|begun| choices.iter().map(move |choice| format!("{begun}{choice}")))
            .collect();
        if done.len() > NAMES_MAX {
            return Err(Fault::Large { name: name.to_owned(), max: NAMES_MAX });
        }
    }
    Ok(done)
}

/// Returns the regular plural of a name: of its last word.
fn plural(mut name: Phrase) -> Phrase {
    if let Some(last) = name.words.last_mut() {
        *last = match last.strip_suffix('Y') {
            Some(stem) if !stem.ends_with(['A', 'E', 'I', 'O', 'U']) => format!("{stem}IES"),
            _ if last.ends_with('S') => format!("{last}ES"),
            _ => format!("{last}S"),
        };
    }
    name
}
