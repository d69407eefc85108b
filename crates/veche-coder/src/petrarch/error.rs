use thiserror::Error;

/// Why a dictionary, or a line of it, cannot be read: the line, and what is wrong there.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {fault}")]
pub struct PetrarchError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What a reader took from a dictionary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read<T> {
    /// What it holds.
    pub entries: T,
    /// What was not taken over, in the order of the file. Dictionaries in use have such lines: they do not keep the others from being read.
    pub refused: Vec<PetrarchError>,
    /// How many lines are not UTF-8 and were read as Latin-1.
    pub latin: usize,
}

/// What is wrong with a dictionary, and what to do about it. The fault is always the file's author's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file is too large.
    #[error("the file has {found} bytes, more than {max}: split it")]
    FileTooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A line is too long.
    #[error("the line has {found} bytes, more than {max}: is a line break missing?")]
    LineTooLong {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// A comment that does not end.
    #[error(
        "the comment that begins here has no `-->`: close it, or restore a file that was cut short"
    )]
    OpenComment,
    /// A bracket that does not close.
    #[error("`{open}` is not closed: close it, or restore a line that was cut short")]
    OpenBracket {
        /// The bracket.
        open: char,
    },
    /// A control character.
    #[error("control character U+{code:04X}: remove it")]
    Control {
        /// Its number.
        code: u32,
    },
    /// A name of no words, or of too many.
    #[error(
        "a name has 1 to {max} words, not {found}: write the words before the `[`, parted by `_`"
    )]
    Words {
        /// Words found.
        found: usize,
        /// Words allowed.
        max: usize,
    },
    /// An entry that no code follows.
    #[error(
        "`{name}` has no code: write one in brackets behind it, or on lines below it that begin with `[`"
    )]
    NoCode {
        /// The entry.
        name: String,
    },
    /// A code or a further name that no entry comes before.
    #[error("this line belongs to an entry above, and there is none: write the entry's name first")]
    NoEntry,
    /// A code of other letters.
    #[error("`{found}` is no code: write 1 to {max} letters, digits and `-+*#?/:`")]
    Code {
        /// What was found.
        found: String,
        /// Letters allowed.
        max: usize,
    },
    /// A date that is none.
    #[error(
        "`{found}` is no day: write YYYYMMDD or YYMMDD behind `<` or `>`, or two of them parted by `-`"
    )]
    Day {
        /// What was found.
        found: String,
    },
    /// An agent's code that does not tell on which side it stands.
    #[error("`{found}` has no `~`: write it where the actor's code goes, `[~GOV]` or `[NGO~]`")]
    NoTilde {
        /// What was found.
        found: String,
    },
    /// A set of words that was not defined above.
    #[error("`{name}` is not defined: define it, or remove what uses it")]
    Unknown {
        /// The set.
        name: String,
    },
    /// Sets of words that contain each other, or too deeply.
    #[error("`{name}` contains itself, or sets nest more than {max} deep: write its words out")]
    Nesting {
        /// The set.
        name: String,
        /// Depth allowed.
        max: usize,
    },
    /// A set that has too many words, all its sets written out.
    #[error("`{name}` stands for more than {max} phrases: split it")]
    Large {
        /// The set.
        name: String,
        /// Phrases allowed.
        max: usize,
    },
    /// A pattern without its verb, or with two.
    #[error("a pattern has one `*`, which stands for the verb, not {found}")]
    Stars {
        /// How many were found.
        found: usize,
    },
    /// A pattern of too many parts.
    #[error("a pattern has at most {max} parts, not {found}: split it")]
    Parts {
        /// Parts found.
        found: usize,
        /// Parts allowed.
        max: usize,
    },
    /// A rule over two verbs.
    #[error(
        "rules that begin with `~` join two verbs and are not taken over: write a pattern instead"
    )]
    Transformation,
    /// A tag of an issue file that is not known.
    #[error(
        "`{found}` is no tag of an issue file: write `<ISSUE CATEGORY=\"NAME\" ..>` or `</ISSUE>`"
    )]
    Tag {
        /// What was found.
        found: String,
    },
}

impl Fault {
    /// Returns the error at a line.
    pub(super) fn at(self, line: usize) -> PetrarchError {
        PetrarchError { line, fault: self }
    }
}
