//! Bytes to rows of cells: what all the tables have in common.

use super::script::Language;
use super::{FILE_LEN_MAX, Fault, LINE_LEN_MAX, LexiconError};
use crate::ontology::{Class, Mode, Sector};
use std::collections::BTreeMap;

/// One line of a table, with as many cells as the table has columns.
pub(super) struct Row<'a> {
    line: usize,
    columns: &'static [&'static str],
    cells: Vec<&'a str>,
}

/// Reads the rows under the header, each by `entry`; no two of them may give the same key.
pub(super) fn read<T>(
    bytes: &[u8],
    columns: &'static [&'static str],
    entry: impl Fn(&Row<'_>) -> Result<(Vec<String>, T), LexiconError>,
) -> Result<Vec<T>, LexiconError> {
    let text = text(bytes)?;
    let mut lines = lines(text)?.into_iter();
    let header = lines.next().ok_or_else(|| at(1, header_fault(columns)))?;
    if !header.1.split('\t').eq(columns.iter().copied()) {
        return Err(at(header.0, header_fault(columns)));
    }
    let mut keys = BTreeMap::new();
    let mut entries = Vec::new();
    for (line, content) in lines {
        let row = Row::new(line, columns, content)?;
        let (names, value) = entry(&row)?;
        for key in names {
            if let Some(first) = keys.insert(key.clone(), line) {
                return Err(at(line, Fault::Duplicate { key, first }));
            }
        }
        entries.push(value);
    }
    if entries.is_empty() { Err(at(header.0, Fault::NoEntries)) } else { Ok(entries) }
}

fn at(line: usize, fault: Fault) -> LexiconError {
    LexiconError { line, fault }
}

fn header_fault(columns: &[&str]) -> Fault {
    Fault::Header { expected: columns.join(" ") }
}

fn text(bytes: &[u8]) -> Result<&str, LexiconError> {
    if bytes.len() > FILE_LEN_MAX {
        return Err(at(1, Fault::FileTooLong { found: bytes.len(), max: FILE_LEN_MAX }));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let good = error.valid_up_to();
        let breaks = bytes.iter().take(good).filter(|byte| **byte == b'\n').count();
        at(breaks + 1, Fault::NotUtf8 { at: good })
    })?;
    if text.starts_with('\u{feff}') { Err(at(1, Fault::ByteOrderMark)) } else { Ok(text) }
}

/// Lines that are neither comments nor empty, each with its number.
fn lines(text: &str) -> Result<Vec<(usize, &str)>, LexiconError> {
    let mut kept = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let number = index + 1;
        let Some(line) = line.strip_suffix('\n') else { return Err(at(number, Fault::CutShort)) };
        if line.len() > LINE_LEN_MAX {
            return Err(at(number, Fault::LineTooLong { found: line.len(), max: LINE_LEN_MAX }));
        }
        if let Some(control) = line.chars().find(|c| c.is_control() && *c != '\t') {
            return Err(at(number, Fault::Control { code: control.into() }));
        }
        if !line.is_empty() && !line.starts_with('#') {
            kept.push((number, line));
        }
    }
    Ok(kept)
}

impl<'a> Row<'a> {
    fn new(
        line: usize,
        columns: &'static [&'static str],
        content: &'a str,
    ) -> Result<Self, LexiconError> {
        let cells: Vec<&str> = content.split('\t').collect();
        if cells.len() != columns.len() {
            return Err(at(line, Fault::Columns { found: cells.len(), expected: columns.len() }));
        }
        let row = Self { line, columns, cells };
        match columns.iter().find(|column| untidy(row.cell(column))) {
            Some(column) => Err(row.fault(Fault::Blanks { column })),
            None => Ok(row),
        }
    }

    /// Returns a fault of this line.
    pub(super) fn fault(&self, fault: Fault) -> LexiconError {
        at(self.line, fault)
    }

    /// Returns a cell as it stands; a column that the table lacks is empty.
    pub(super) fn cell(&self, column: &str) -> &'a str {
        let index = self.columns.iter().position(|known| *known == column);
        index.and_then(|index| self.cells.get(index)).copied().unwrap_or_default()
    }

    /// Returns a cell that must be filled.
    pub(super) fn filled(&self, column: &'static str) -> Result<&'a str, LexiconError> {
        match self.cell(column) {
            "" => Err(self.fault(Fault::Empty { column })),
            cell => Ok(cell),
        }
    }

    /// Returns a cell of words of this language; it may be empty.
    pub(super) fn words(
        &self,
        column: &'static str,
        language: Language,
    ) -> Result<String, LexiconError> {
        let cell = self.cell(column);
        match language.stray_word(cell) {
            Some(word) => Err(self.fault(Fault::Script {
                column,
                word: word.to_owned(),
                script: language.script(),
            })),
            None => Ok(cell.to_owned()),
        }
    }

    /// Returns a filled cell of words of this language in small letters.
    pub(super) fn lemmas(
        &self,
        column: &'static str,
        language: Language,
    ) -> Result<String, LexiconError> {
        let found = self.filled(column)?;
        if found.chars().any(char::is_uppercase) {
            return Err(self.fault(Fault::Capital { column, found: found.to_owned() }));
        }
        self.words(column, language)
    }

    /// Returns the values of a cell that are parted by `|`; none if it is empty.
    pub(super) fn list(
        &self,
        column: &'static str,
        language: Language,
    ) -> Result<Vec<String>, LexiconError> {
        let words = self.words(column, language)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let values: Vec<String> = words.split('|').map(str::to_owned).collect();
        match values.iter().find(|value| untidy(value) || value.is_empty()) {
            Some(_) => Err(self.fault(Fault::Blanks { column })),
            None => Ok(values),
        }
    }

    /// Returns a code: 2 to 12 capitals and digits.
    pub(super) fn code(&self, column: &'static str) -> Result<String, LexiconError> {
        let found = self.filled(column)?.to_owned();
        let fits = (2..=12).contains(&found.len());
        if fits && found.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            Ok(found)
        } else {
            Err(self.fault(Fault::Code { column, found }))
        }
    }

    /// Returns the sector in column `sector`.
    pub(super) fn sector(&self) -> Result<Sector, LexiconError> {
        let code = self.filled("sector")?;
        Sector::parse(code).ok_or_else(|| self.unknown("sector", Sector::codes()))
    }

    /// Returns the mode in column `mode`, one of those of a class; none if the cell is empty.
    pub(super) fn mode(&self, class: Class) -> Result<Option<Mode>, LexiconError> {
        match self.cell("mode") {
            "" => Ok(None),
            name => class.mode(name).map(Some).ok_or_else(|| {
                let known = match class.modes() {
                    [] => format!("nothing, for {} has no modes", class.name()),
                    modes => modes.join(", "),
                };
                self.unknown("mode", known)
            }),
        }
    }

    /// Returns the fault of a cell that is not on its list.
    pub(super) fn unknown(&self, column: &'static str, known: String) -> LexiconError {
        let found = self.cell(column).to_owned();
        self.fault(Fault::Unknown { column, found, known })
    }

    /// Returns what a cell stands for in a closed list of names and values.
    pub(super) fn choice<T: Copy>(
        &self,
        column: &'static str,
        choices: &[(&str, T)],
    ) -> Result<T, LexiconError> {
        let cell = self.cell(column);
        let chosen = choices.iter().find(|(name, _)| *name == cell);
        chosen.map(|(_, value)| *value).ok_or_else(|| {
            let names: Vec<&str> = choices
                .iter()
                .map(|(name, _)| if name.is_empty() { "nothing" } else { *name })
                .collect();
            self.unknown(column, names.join(", "))
        })
    }
}

fn untidy(cell: &str) -> bool {
    cell.trim() != cell || cell.contains("  ")
}
