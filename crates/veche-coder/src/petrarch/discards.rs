use super::phrase::Index;
use super::source::lines;
use super::{PetrarchError, Phrase, Read};

/// Words that tell that a text is about something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discard {
    /// The line of the entry.
    pub line: usize,
    /// The words.
    pub words: Phrase,
    /// True if the whole story is discarded, false if the sentence.
    pub story: bool,
}

/// A dictionary of discards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discards {
    /// The entries, in the order of the file.
    pub entries: Vec<Discard>,
    index: Index,
}

impl Discards {
    /// Joins dictionaries.
    pub fn join(dictionaries: impl IntoIterator<Item = Self>) -> Self {
        Self::new(dictionaries.into_iter().flat_map(|one| one.entries).collect())
    }

    fn new(entries: Vec<Discard>) -> Self {
        let mut index = Index::default();
        for (number, entry) in entries.iter().enumerate() {
            index.add(entry.words.clone(), number);
        }
        Self { entries, index: index.finish() }
    }

    /// Returns the discard that stands in these words, one of a story before one of a sentence.
    ///
    /// The words are a text's in capitals.
    pub fn find(&self, words: &[&str]) -> Option<&Discard> {
        let found = (0..words.len()).filter_map(|from| self.index.find(words, from));
        let found = found.filter_map(|(entry, _)| self.entries.get(entry));
        found.max_by_key(|discard| discard.story)
    }
}

/// Reads a dictionary of discards: words a line, `+` before them if the whole story is meant. The words stand side by side.
///
/// # Errors
///
/// [`PetrarchError`]: the file is too large, or a comment does not end. Faults of single lines are in the answer.
pub fn discards(bytes: &[u8]) -> Result<Read<Discards>, PetrarchError> {
    let lines = lines(bytes)?;
    let mut refused = lines.refused;
    let mut entries: Vec<Discard> = Vec::new();
    for line in &lines.kept {
        let (words, story) =
            line.text.strip_prefix('+').map_or((&*line.text, false), |words| (words, true));
        let words = words.split_whitespace().collect::<Vec<_>>().join("_");
        match Phrase::parse(&words) {
            Ok(words) => entries.push(Discard { line: line.number, words, story }),
            Err(fault) => refused.push(fault.at(line.number)),
        }
    }
    refused.sort_by_key(|error| error.line);
    Ok(Read { entries: Discards::new(entries), refused, latin: lines.latin })
}
