use super::source::{bracketed, lines};
use super::{Fault, PetrarchError, Phrase, Read};

/// Words that tell what a sentence is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// The line of the entry.
    pub line: usize,
    /// The category in which it stands.
    pub category: String,
    /// The words; a `+` between two of them joins or parts them by a hyphen, a blank or nothing.
    pub words: Phrase,
    /// By word: whether its plural is meant too.
    pub plural: Vec<bool>,
    /// The issue; none if the words tell that the category is not meant.
    pub code: Option<String>,
}

/// Reads a dictionary of issues.
///
/// # Errors
///
/// [`PetrarchError`]: the file is too large, or a comment does not end. Faults of single lines are in the answer.
pub fn issues(bytes: &[u8]) -> Result<Read<Vec<Issue>>, PetrarchError> {
    let lines = lines(bytes)?;
    let mut refused = lines.refused;
    let mut entries = Vec::new();
    let mut category: Option<String> = None;
    for line in &lines.kept {
        let done = match tag(&line.text) {
            Some(Ok(found)) => {
                category = found;
                continue;
            }
            Some(Err(fault)) => Err(fault),
            None => issue(line.number, &line.text, category.as_deref()),
        };
        match done {
            Ok(issue) => entries.push(issue),
            Err(fault) => refused.push(fault.at(line.number)),
        }
    }
    refused.sort_by_key(|error| error.line);
    Ok(Read { entries, refused, latin: lines.latin })
}

/// Reads `<ISSUE CATEGORY="NAME" ..>` or `</ISSUE>`; none if the line is no tag.
fn tag(text: &str) -> Option<Result<Option<String>, Fault>> {
    let inner = text.strip_prefix('<')?;
    let wrong = || Fault::Tag { found: text.to_owned() };
    if inner.trim_end() == "/ISSUE>" {
        return Some(Ok(None));
    }
    let name = inner
        .strip_prefix("ISSUE")
        .and_then(|rest| rest.split_once("CATEGORY=\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    Some(name.map(|(name, _)| Some(name.to_owned())).ok_or_else(wrong))
}

fn issue(line: usize, text: &str, category: Option<&str>) -> Result<Issue, Fault> {
    let category = category.ok_or(Fault::NoEntry)?.to_owned();
    let (words, codes) = bracketed(text)?;
    let (words, code) = match words.strip_prefix('~') {
        Some(words) => (words, None),
        None => {
            let code = codes.first().ok_or_else(|| Fault::NoCode { name: words.to_owned() })?;
            (words, Some((*code).to_owned()))
        }
    };
    let plural = words.split_whitespace().map(|word| word.starts_with("n:")).collect();
    let bare: Vec<&str> =
        words.split_whitespace().map(|word| word.strip_prefix("n:").unwrap_or(word)).collect();
    Ok(Issue { line, category, words: Phrase::parse(&bare.join("_"))?, plural, code })
}
