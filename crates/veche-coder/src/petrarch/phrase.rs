use super::Fault;

/// Most words of a name or phrase.
const WORDS_MAX: usize = 24;

/// Words in capitals, as dictionaries write them: `_` ties a word to the next one, between words that a blank parts others may stand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase {
    /// The words.
    pub words: Vec<String>,
    /// By word but the last: whether the next one follows at once.
    pub tied: Vec<bool>,
}

impl Phrase {
    /// Reads a phrase. An underscore at an end ties nothing: it forbids stems in the dictionaries of an older coder.
    ///
    /// # Errors
    ///
    /// [`Fault::Words`]: no words, or more than 24.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut words = Vec::new();
        let mut tied = Vec::new();
        for part in text.split_whitespace() {
            let within = part.split('_').filter(|word| !word.is_empty());
            for (index, word) in within.enumerate() {
                if !words.is_empty() {
                    tied.push(index > 0);
                }
                words.push(word.to_uppercase());
            }
        }
        let found = words.len();
        if (1..=WORDS_MAX).contains(&found) {
            Ok(Self { words, tied })
        } else {
            Err(Fault::Words { found, max: WORDS_MAX })
        }
    }

    /// Returns the first word behind the phrase if it stands at `from`.
    pub(super) fn at(&self, words: &[&str], from: usize) -> Option<usize> {
        let mut place = from;
        for (index, word) in self.words.iter().enumerate() {
            let rest = words.get(place..)?;
            let tied = index == 0 || self.tied.get(index - 1).copied().unwrap_or(true);
            let skipped = if tied {
                (rest.first() == Some(&word.as_str())).then_some(0)?
            } else {
                rest.iter().position(|found| found == word)?
            };
            place += skipped + 1;
        }
        Some(place)
    }

    /// Returns the words, joined by blanks.
    pub fn joined(&self) -> String {
        self.words.join(" ")
    }

    /// Returns the words as a dictionary writes them.
    pub fn written(&self) -> String {
        let mut out = String::new();
        for (index, word) in self.words.iter().enumerate() {
            if index > 0 {
                out.push(if self.tied.get(index - 1) == Some(&false) { ' ' } else { '_' });
            }
            out.push_str(word);
        }
        out
    }
}

/// Which phrase stands at a place: by first word, the longest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    by_first: std::collections::BTreeMap<String, Vec<(Phrase, usize)>>,
}

impl Index {
    /// Adds a phrase that stands for an entry.
    pub(super) fn add(&mut self, phrase: Phrase, entry: usize) {
        if let Some(first) = phrase.words.first() {
            self.by_first.entry(first.clone()).or_default().push((phrase, entry));
        }
    }

    /// Puts the longest phrases first; of those that are as long, the earlier ones of the file.
    pub(super) fn finish(mut self) -> Self {
        for list in self.by_first.values_mut() {
            list.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.words.len()));
        }
        self
    }

    /// Returns the entry whose phrase stands at `from`, and the first word behind it.
    pub(super) fn find(&self, words: &[&str], from: usize) -> Option<(usize, usize)> {
        let list = self.by_first.get(*words.get(from)?)?;
        list.iter().find_map(|(phrase, entry)| Some((*entry, phrase.at(words, from)?)))
    }
}
