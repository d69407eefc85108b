use thiserror::Error;

/// Why a file of the lexicon cannot be read: the line, and what is wrong there.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line}: {fault}")]
pub struct LexiconError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a file of the lexicon, and what to do about it. The fault is always the file's author's.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The file is too large.
    #[error("the file has {found} bytes, more than {max}: split it or remove what is no entry")]
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
    /// Bytes that are not UTF-8.
    #[error("byte {at} of the file is not UTF-8: save the file as UTF-8")]
    NotUtf8 {
        /// The first such byte, from 0.
        at: usize,
    },
    /// A mark at the beginning that some editors write.
    #[error("the file begins with a byte order mark: save it as UTF-8 without one")]
    ByteOrderMark,
    /// A control character, for instance a carriage return.
    #[error("control character U+{code:04X}: remove it; lines end with a line feed alone")]
    Control {
        /// Its number.
        code: u32,
    },
    /// The file has no header or another one.
    #[error("the header is not the one of this table: write `{expected}`, parted by tabs")]
    Header {
        /// The columns, parted by blanks.
        expected: String,
    },
    /// The file ends within a line.
    #[error(
        "the last line has no line feed, so the file may be cut short: restore it, or end the line"
    )]
    CutShort,
    /// A line with too few or too many cells.
    #[error("{found} columns, not {expected}: part all {expected} by tabs, empty ones too")]
    Columns {
        /// Cells found.
        found: usize,
        /// Cells that the header names.
        expected: usize,
    },
    /// Blanks at an end of a cell or doubled.
    #[error("column `{column}` has blanks at its ends or doubled: remove them")]
    Blanks {
        /// The column.
        column: &'static str,
    },
    /// A cell that must not be empty.
    #[error("column `{column}` is empty: fill it in, or remove the line")]
    Empty {
        /// The column.
        column: &'static str,
    },
    /// A word of a closed list that is not in it.
    #[error("column `{column}` has `{found}`: write one of {known}")]
    Unknown {
        /// The column.
        column: &'static str,
        /// What it holds.
        found: String,
        /// What it may hold.
        known: String,
    },
    /// A word that mixes scripts or is in the other language's.
    #[error(
        "column `{column}`: `{word}` has a letter of another script than {script}: type the word anew"
    )]
    Script {
        /// The column.
        column: &'static str,
        /// The word.
        word: String,
        /// The script expected.
        script: &'static str,
    },
    /// A capital where lemmas are written small.
    #[error("column `{column}`: `{found}` has a capital: write lemmas in small letters")]
    Capital {
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
    },
    /// A code that is not as long or not of the letters that it should be.
    #[error(
        "column `{column}` has `{found}`: write a code of capitals and digits, 2 to 12 of them"
    )]
    Code {
        /// The column.
        column: &'static str,
        /// What it holds.
        found: String,
    },
    /// A gap mark at an end of the words, or two in a row.
    #[error("`{found}`: a gap `..` stands between two words, never at an end or beside another")]
    Gap {
        /// The words.
        found: String,
    },
    /// The same entry twice.
    #[error("`{key}` was entered at line {first} already: remove one, or merge them")]
    Duplicate {
        /// What names the entry.
        key: String,
        /// The line of the first.
        first: usize,
    },
    /// A header without entries.
    #[error("the table has no entry: the file may be cut short")]
    NoEntries,
}
