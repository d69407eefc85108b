use super::{Fault, actors};

/// Most parts of a pattern.
const PARTS_MAX: usize = 48;

/// What is coded for whom: `[032]`, `[032:033]` for both directions, `[:173]` for the other alone, `[---]` for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code {
    /// From source to target.
    pub forth: Option<String>,
    /// From target to source.
    pub back: Option<String>,
}

/// Words around a verb, and what they make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The line of the pattern.
    pub line: usize,
    /// What stands before the verb, the nearest first.
    pub before: Vec<Step>,
    /// What stands behind it, the nearest first.
    pub behind: Vec<Step>,
    /// What it codes.
    pub code: Code,
}

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What stands there.
    pub piece: Piece,
    /// True if nothing stands between it and the part that is nearer to the verb.
    pub tied: bool,
}

/// What a part of a pattern stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A word.
    Word(String),
    /// Any phrase of a set.
    Set(String),
    /// `$`: the source.
    Source,
    /// `+`: the target.
    Target,
    /// `^`: somebody who is neither.
    Skip,
    /// `%`: several who are source and target of each other.
    Compound,
}

impl Code {
    /// Reads what stands in the brackets.
    ///
    /// # Errors
    ///
    /// [`Fault::Code`]: other letters.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let one = |text: &str| match text {
            "" | super::NOBODY => Ok(None),
            text => actors::code(text).map(Some),
        };
        match text.split_once(':') {
            Some((forth, back)) => Ok(Self { forth: one(forth.trim())?, back: one(back.trim())? }),
            None => Ok(Self { forth: one(text)?, back: None }),
        }
    }

    /// Tells whether nothing is coded.
    pub fn is_null(&self) -> bool {
        self.forth.is_none() && self.back.is_none()
    }
}

impl Pattern {
    /// Returns of how many parts it is, the verb apart.
    pub fn parts(&self) -> usize {
        self.before.len() + self.behind.len()
    }
}

/// One part as it is read, and whether it is tied to the one before it.
enum Read {
    Verb,
    Piece(Piece),
}

/// Reads what stands between `-` and the code of a pattern.
pub(super) fn pattern(line: usize, text: &str, code: Code) -> Result<Pattern, Fault> {
    let mut parts = Vec::new();
    // Brackets mark noun and prepositional phrases in newer dictionaries; here they part words, as blanks do.
    for group in text.split(|c: char| c.is_whitespace() || "(){}|".contains(c)) {
        for (index, word) in group.split('_').filter(|word| !word.is_empty()).enumerate() {
            let part = match word {
                "*" => Read::Verb,
                "$" => Read::Piece(Piece::Source),
                "+" => Read::Piece(Piece::Target),
                "^" => Read::Piece(Piece::Skip),
                "%" => Read::Piece(Piece::Compound),
                word => Read::Piece(word.strip_prefix('&').map_or_else(
                    || Piece::Word(word.to_uppercase()),
                    |set| Piece::Set(set.to_uppercase()),
                )),
            };
            parts.push((part, index > 0));
        }
    }
    if parts.len() > PARTS_MAX {
        return Err(Fault::Parts { found: parts.len(), max: PARTS_MAX });
    }
    let stars = parts.iter().filter(|(part, _)| matches!(part, Read::Verb)).count();
    if stars != 1 {
        return Err(Fault::Stars { found: stars });
    }
    let mut pattern = Pattern { line, before: Vec::new(), behind: Vec::new(), code };
    let mut passed = false;
    let mut ties = parts.iter().skip(1).map(|(_, tied)| *tied).collect::<Vec<_>>().into_iter();
    for (part, tied) in parts {
        let tied_to_next = ties.next().unwrap_or(false);
        match part {
            Read::Verb => passed = true,
            Read::Piece(piece) if passed => pattern.behind.push(Step { piece, tied }),
            Read::Piece(piece) => pattern.before.push(Step { piece, tied: tied_to_next }),
        }
    }
    pattern.before.reverse();
    Ok(pattern)
}
