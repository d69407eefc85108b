//! A charter as written: TOML values with their places, read by hand so that every fault has its line.

use crate::fault::{FAULTS_MAX, Fault, FaultKind, did_you_mean};
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest charter, in bytes: an organisation of sixty states with two hundred acts takes a fifth of it.
pub(crate) const CHARTER_LEN_MAX: usize = 1024 * 1024;

/// Most characters of a name or text that a message repeats: a name has at most 64.
const SHOWN_MAX: usize = 80;

/// Where something stands: the keys that lead to it.
pub(crate) type Path = Vec<String>;

/// A charter's text, parsed, with the line of each key.
pub(crate) struct CharterText<'t> {
    /// The file as the caller named it.
    pub(crate) file: &'t str,
    /// The whole table.
    pub(crate) root: DeTable<'t>,
    /// Line of each key and list item, by its path.
    lines: BTreeMap<Path, usize>,
}

impl<'t> CharterText<'t> {
    /// Parses TOML.
    pub(crate) fn parse(bytes: &'t [u8], file: &'t str) -> Result<Self, Box<Fault>> {
        let fault = |line, what| {
            Box::new(Fault {
                file: file.to_owned(),
                line,
                table: String::new(),
                entry: String::new(),
                what,
                hint: None,
            })
        };
        if bytes.len() > CHARTER_LEN_MAX {
            return Err(fault(1, FaultKind::TooLong { len: bytes.len(), max: CHARTER_LEN_MAX }));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| fault(1, FaultKind::NotText))?;
        let starts = line_starts(text);
        let root = DeTable::parse(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            fault(line_of(&starts, at), FaultKind::NotToml(e.message().to_owned()))
        })?;
        let root = root.into_inner();
        let mut lines = BTreeMap::new();
        note_lines(&root, &mut Vec::new(), &starts, &mut lines);
        Ok(Self { file, root, lines })
    }

    /// Returns the line of a path, or of the nearest thing around it that has one.
    pub(crate) fn line(&self, path: &[String]) -> usize {
        (0..=path.len())
            .rev()
            .find_map(|n| self.lines.get(path.get(..n).unwrap_or_default()))
            .copied()
            .unwrap_or(1)
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

fn line_of(starts: &[usize], at: usize) -> usize {
    starts.partition_point(|start| *start <= at)
}

fn note_lines(
    table: &DeTable<'_>,
    path: &mut Path,
    starts: &[usize],
    lines: &mut BTreeMap<Path, usize>,
) {
    for (key, value) in table {
        path.push(key.get_ref().to_string());
        lines.insert(path.clone(), line_of(starts, key.span().start));
        note_value_lines(value, path, starts, lines);
        path.pop();
    }
}

fn note_value_lines(
    value: &Spanned<DeValue<'_>>,
    path: &mut Path,
    starts: &[usize],
    lines: &mut BTreeMap<Path, usize>,
) {
    if let Some(table) = value.get_ref().as_table() {
        note_lines(table, path, starts, lines);
    }
    for (index, item) in value.get_ref().as_array().into_iter().flatten().enumerate() {
        path.push(index.to_string());
        lines.insert(path.clone(), line_of(starts, item.span().start));
        note_value_lines(item, path, starts, lines);
        path.pop();
    }
}

/// Collects faults while a charter is read and checked.
pub(crate) struct Findings<'t> {
    text: &'t CharterText<'t>,
    faults: Vec<Fault>,
}

impl<'t> Findings<'t> {
    pub(crate) const fn new(text: &'t CharterText<'t>) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// Notes a fault at a path.
    pub(crate) fn add(&mut self, path: &[String], what: FaultKind, hint: Option<String>) {
        if self.is_full() {
            return;
        }
        let (table, entry) = place(path);
        let fault = Fault {
            file: self.text.file.to_owned(),
            line: self.text.line(path),
            table,
            entry,
            what,
            hint,
        };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Returns true if nothing more is noted: what a hint would cost need not be spent.
    const fn is_full(&self) -> bool {
        self.faults.len() >= FAULTS_MAX
    }

    /// Returns the faults in the order of their lines.
    pub(crate) fn into_sorted(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|f| f.line);
        self.faults
    }
}

/// Returns table and entry as people read them: `machines`, `silence.broken.on.0`.
pub(crate) fn place(path: &[String]) -> (String, String) {
    let Some((table, rest)) = path.split_first() else { return (String::new(), String::new()) };
    let skips_states = table == "machines" && rest.get(1).is_some_and(|k| k == "states");
    let shown: Vec<&str> = rest
        .iter()
        .enumerate()
        .filter(|(index, _)| !(skips_states && *index == 1))
        .map(|(_, key)| brief(key))
        .collect();
    (brief(table).to_owned(), shown.join("."))
}

/// Returns a text, or the beginning of one that is longer than a message bears.
pub(crate) fn brief(text: &str) -> &str {
    text.char_indices().nth(SHOWN_MAX).map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

/// A table of the text that is being read: knows its place, and which of its keys were asked for.
pub(crate) struct Reader<'a, 't> {
    table: &'a DeTable<'t>,
    path: Path,
    known: BTreeSet<&'static str>,
}

impl<'a, 't> Reader<'a, 't> {
    pub(crate) const fn new(table: &'a DeTable<'t>, path: Path) -> Self {
        Self { table, path, known: BTreeSet::new() }
    }

    pub(crate) fn path(&self) -> &[String] {
        &self.path
    }

    /// Returns the path of a key of this table.
    pub(crate) fn at(&self, key: &str) -> Path {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        path
    }

    /// Returns the value of a key, and notes that the language knows the key.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'a DeValue<'t>> {
        self.known.insert(key);
        self.table.get(key).map(Spanned::get_ref)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Faults every key that was not asked for.
    pub(crate) fn finish(self, findings: &mut Findings<'_>) {
        for key in self.table.keys() {
            let key = key.get_ref().as_ref();
            if findings.is_full() {
                return;
            }
            if !self.known.contains(key) {
                let hint = did_you_mean(brief(key), self.known.iter().copied()).or_else(|| {
                    let known: Vec<&str> = self.known.iter().copied().collect();
                    Some(format!("known here: {}", known.join(", ")))
                });
                findings.add(&self.at(key), FaultKind::UnknownKey(brief(key).to_owned()), hint);
            }
        }
    }

    pub(crate) fn text(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<&'a str> {
        let value = self.value(key)?;
        let text = value.as_str();
        if text.is_none() {
            self.wrong(key, "a text", value, findings);
        }
        text
    }

    pub(crate) fn required_text(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Option<&'a str> {
        if !self.has(key) {
            self.known.insert(key);
            findings.add(&self.path, FaultKind::Missing(key), None);
        }
        self.text(key, findings)
    }

    pub(crate) fn flag(&mut self, key: &'static str, findings: &mut Findings<'_>) -> bool {
        let Some(value) = self.value(key) else { return false };
        if value.as_bool().is_none() {
            self.wrong(key, "true or false", value, findings);
        }
        value.as_bool().unwrap_or_default()
    }

    pub(crate) fn number(&mut self, key: &'static str, findings: &mut Findings<'_>) -> Option<u64> {
        let value = self.value(key)?;
        let number = natural(value);
        if number.is_none() {
            self.wrong(key, "a whole number, not negative", value, findings);
        }
        number
    }

    /// Returns a text, or the texts of a list, with the path of each.
    pub(crate) fn texts(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Vec<(Path, &'a str)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        if let Some(text) = value.as_str() {
            return vec![(self.at(key), text)];
        }
        let Some(items) = value.as_array() else {
            self.wrong(key, "a text or a list of texts", value, findings);
            return Vec::new();
        };
        let mut out = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mut path = self.at(key);
            path.push(index.to_string());
            match item.get_ref().as_str() {
                Some(text) => out.push((path, text)),
                None => self.wrong(key, "a list of texts", item.get_ref(), findings),
            }
        }
        out
    }

    /// Returns a reader of the table under a key.
    pub(crate) fn table(&mut self, key: &'static str, findings: &mut Findings<'_>) -> Option<Self> {
        let value = self.value(key)?;
        let table = value.as_table();
        if table.is_none() {
            self.wrong(key, "a table", value, findings);
        }
        Some(Reader::new(table?, self.at(key)))
    }

    /// Returns a reader for each entry of the table of tables under a key.
    pub(crate) fn entries(
        &mut self,
        key: &'static str,
        findings: &mut Findings<'_>,
    ) -> Vec<(&'a str, Self)> {
        let Some(reader) = self.table(key, findings) else { return Vec::new() };
        let mut out = Vec::new();
        for (name, value) in reader.table {
            let name = name.get_ref().as_ref();
            match value.get_ref().as_table() {
                Some(table) => out.push((name, Reader::new(table, reader.at(name)))),
                None => reader.wrong(name, "a table", value.get_ref(), findings),
            }
        }
        out
    }

    /// Returns every key with its value: for tables whose keys are names.
    pub(crate) fn pairs(&self) -> Vec<(&'a str, &'a DeValue<'t>)> {
        self.table.iter().map(|(k, v)| (k.get_ref().as_ref(), v.get_ref())).collect()
    }

    /// Faults the value of a key for its form.
    pub(crate) fn wrong(
        &self,
        key: &str,
        expected: &'static str,
        value: &DeValue<'_>,
        findings: &mut Findings<'_>,
    ) {
        wrong_form(&self.at(key), key, expected, value, findings);
    }
}

/// Faults a value for its form.
pub(crate) fn wrong_form(
    path: &[String],
    key: &str,
    expected: &'static str,
    value: &DeValue<'_>,
    findings: &mut Findings<'_>,
) {
    let found = shown(value);
    findings.add(path, FaultKind::WrongForm { key: key.to_owned(), expected, found }, None);
}

/// Returns a whole number that is not negative.
pub(crate) fn natural(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("`{}`", brief(text)),
        DeValue::Integer(number) => format!("`{}`", number.as_str()),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Float(_) => "a number with a fraction".to_owned(),
        DeValue::Datetime(_) => "a date (write it as a text, in quotes)".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
