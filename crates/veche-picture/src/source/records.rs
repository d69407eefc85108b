//! CSV records of bounded length, one at a time.
//!
//! The csv engine grows its record without end, so a file of one line, or with one stray quote, would fill memory or
//! swallow the rows after it. Here a record is first cut out of the input by its lines: as many as it takes to close
//! its quotes, within limits. Where that fails, only the first line is given up and reading goes on at the next.

use super::input::Input;
use super::report::{Packing, RowFault, RowProblem};
use super::{SourceError, SourceFault};
use std::io::BufRead;

/// Longest record, in bytes: the longest of UCDP has some kilobytes.
pub const RECORD_LEN_MAX: usize = 256 * 1024;
/// Most lines that one record may span: headlines have a few; more is a stray quote.
pub const RECORD_LINES_MAX: usize = 64;
/// Most columns: UCDP GED has 49.
pub const COLUMNS_MAX: usize = 512;

/// What may stand between columns, the right one first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const UTF8_BOM: [u8; 3] = [0xef, 0xbb, 0xbf];

/// One record's fields, as bytes.
#[derive(Default)]
pub(super) struct Fields {
    /// The line that the record begins in.
    pub(super) line: u64,
    /// Room for the longest record so far: written over, never cleared, since clearing costs more than reading.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// How many fields the record has.
    len: usize,
}

impl Fields {
    pub(super) fn get(&self, column: usize) -> &[u8] {
        let ends = self.ends.get(..self.len).unwrap_or_default();
        let start = match column.checked_sub(1) {
            Some(before) => ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        ends.get(column).and_then(|end| self.bytes.get(start..*end)).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

pub(super) enum Step {
    Record,
    Broken(RowProblem),
    End,
}

/// Where a line ends in the buffer, or why there is none.
enum Line {
    EndsAt(usize),
    TooLong,
    Missing,
}

/// Where in a record's quoting a byte stands.
///
/// The csv engine takes a quote anywhere, so two stray ones with rows between them read as one sound row. Here a quote
/// opens a field at its start, closes it at its end, or stands doubled inside; elsewhere it is a fault.
#[derive(Clone, Copy)]
enum Quotes {
    FieldStart,
    Plain,
    Inside,
    /// After a quote inside: the field's end, unless another quote follows.
    Closed,
}

impl Quotes {
    /// Returns the state after a line; `None` for a quote where none may be.
    fn after(self, line: &[u8], delimiter: u8) -> Option<Self> {
        if memchr::memchr(b'"', line).is_none() {
            return Some(match self {
                Self::Inside => Self::Inside,
                Self::FieldStart | Self::Plain | Self::Closed => Self::Plain,
            });
        }
        line.iter().try_fold(self, |state, byte| state.next(*byte, delimiter))
    }

    const fn next(self, byte: u8, delimiter: u8) -> Option<Self> {
        match (self, byte) {
            (Self::FieldStart | Self::Closed, b'"') => Some(Self::Inside),
            (Self::Plain, b'"') => None,
            (Self::Inside, b'"') => Some(Self::Closed),
            (Self::Inside, _) => Some(Self::Inside),
            (_, b'\r' | b'\n') => Some(Self::FieldStart),
            (_, byte) if byte == delimiter => Some(Self::FieldStart),
            (Self::Closed, _) => None,
            (Self::FieldStart | Self::Plain, _) => Some(Self::Plain),
        }
    }
}

pub(super) struct Records<'a> {
    input: Box<dyn BufRead + 'a>,
    packing: Packing,
    core: csv_core::Reader,
    delimiter: u8,
    /// Quotes are letters like others.
    is_bare: bool,
    columns: Vec<String>,
    /// Whole lines, from `start` on not yet handed out.
    buffer: Vec<u8>,
    start: usize,
    /// The number of the line at `start`.
    line: u64,
    /// A line over the limit was thrown away right after the buffer's end.
    long_line_follows: bool,
    bytes_read: u64,
    rows: u64,
}

impl<'a> Records<'a> {
    /// Opens the input and reads its header.
    pub(super) fn open(raw: &'a mut dyn BufRead) -> Result<Self, SourceError> {
        let mut records = Self::unread(raw)?;
        records.read_header()?;
        Ok(records)
    }

    /// Opens an input of lines with tabs, in which a quote is a letter like others. `columns`: their names, where the input has no
    /// header of its own.
    pub(super) fn open_tabbed(
        raw: &'a mut dyn BufRead,
        columns: Option<&[&str]>,
    ) -> Result<Self, SourceError> {
        let mut records = Self::unread(raw)?;
        records.is_bare = true;
        let Some(columns) = columns else {
            records.read_header()?;
            return Ok(records);
        };
        match records.line_from(0)? {
            Line::EndsAt(end) => records.inspect_first_line(end)?,
            // Told as a row that is too long.
            Line::TooLong => records.use_delimiter(b'\t'),
            Line::Missing => return Err(records.fail(SourceFault::Empty)),
        }
        records.columns = columns.iter().map(|name| name.to_ascii_lowercase()).collect();
        Ok(records)
    }

    fn unread(raw: &'a mut dyn BufRead) -> Result<Self, SourceError> {
        let input = Input::open(raw).map_err(|fault| SourceError { line: 1, fault })?;
        Ok(Self {
            input: input.bytes,
            packing: input.packing,
            core: csv_core::Reader::new(),
            delimiter: b',',
            is_bare: false,
            columns: Vec::new(),
            buffer: Vec::new(),
            start: 0,
            line: 1,
            long_line_follows: false,
            bytes_read: 0,
            rows: 0,
        })
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) const fn packing(&self) -> Packing {
        self.packing
    }

    pub(super) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    pub(super) const fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Rows read so far, broken ones among them.
    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) const fn fail(&self, fault: SourceFault) -> SourceError {
        SourceError { line: self.line, fault }
    }

    fn read_header(&mut self) -> Result<(), SourceError> {
        match self.line_from(0)? {
            Line::EndsAt(end) => self.inspect_first_line(end)?,
            Line::TooLong => return Err(self.fail(SourceFault::LongHeader)),
            Line::Missing => return Err(self.fail(SourceFault::Empty)),
        }
        let mut fields = Fields::default();
        match self.next_record(&mut fields)? {
            Step::Record => {}
            Step::Broken(_) => return Err(self.fail(SourceFault::LongHeader)),
            Step::End => return Err(self.fail(SourceFault::Empty)),
        }
        self.columns = (0..fields.len())
            .map(|i| String::from_utf8_lossy(fields.get(i)).trim().to_ascii_lowercase())
            .collect();
        Ok(())
    }

    /// Skips a byte order mark, refuses UTF-16, and finds what stands between columns.
    fn inspect_first_line(&mut self, end: usize) -> Result<(), SourceError> {
        let line = self.buffer.get(..end).unwrap_or_default();
        if line.starts_with(&[0xff, 0xfe]) || line.starts_with(&[0xfe, 0xff]) || line.contains(&0) {
            return Err(self.fail(SourceFault::Utf16));
        }
        let count = |wanted: u8| memchr::memchr_iter(wanted, line).count();
        // `max_by_key` keeps the last of equals: reversed, the right delimiter wins a draw.
        let likeliest = DELIMITERS.into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',');
        let marked = line.starts_with(&UTF8_BOM);
        self.use_delimiter(if self.is_bare { b'\t' } else { likeliest });
        if marked {
            self.start = UTF8_BOM.len();
        }
        Ok(())
    }

    fn use_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
        let mut builder = csv_core::ReaderBuilder::new();
        self.core = builder.delimiter(delimiter).quoting(!self.is_bare).build();
    }

    /// Reads the next record of as many fields as the header, or says what is wrong with it.
    pub(super) fn next(&mut self, fields: &mut Fields) -> Result<Step, SourceError> {
        let step = self.next_record(fields)?;
        if !matches!(step, Step::End) {
            self.rows += 1;
        }
        Ok(step)
    }

    fn next_record(&mut self, fields: &mut Fields) -> Result<Step, SourceError> {
        loop {
            self.forget_used();
            let first = match self.line_from(self.start)? {
                Line::EndsAt(end) => end,
                Line::Missing => return Ok(Step::End),
                Line::TooLong => {
                    self.long_line_follows = false;
                    let found = format!("more than {RECORD_LEN_MAX} bytes");
                    let problem = RowProblem::new(self.line, RowFault::TooLong, &found);
                    self.line += 1;
                    return Ok(Step::Broken(problem));
                }
            };
            let end = match self.closed_end(first)? {
                Ok(end) => end,
                Err(fault) => return Ok(Step::Broken(self.give_up(first, fault, ""))),
            };
            fields.line = self.line;
            let Some(used) = self.split(end, fields) else {
                let found = format!("more than {COLUMNS_MAX}");
                return Ok(Step::Broken(self.give_up(first, RowFault::FieldCount, &found)));
            };
            let wanted = self.columns.len();
            if fields.len() == 0 {
                self.advance(end); // Blank lines.
            } else if wanted != 0 && fields.len() != wanted && !self.has_empty_ends(fields) {
                let found = format!("{} where the header has {wanted}", fields.len());
                return Ok(Step::Broken(self.give_up(first, RowFault::FieldCount, &found)));
            } else {
                self.advance(used);
                return Ok(Step::Record);
            }
        }
    }

    /// Returns whether a record with tabs has more fields than the header, all of them empty: some data sets end their lines so.
    fn has_empty_ends(&self, fields: &Fields) -> bool {
        let wanted = self.columns.len();
        self.is_bare
            && fields.len() > wanted
            && (wanted..fields.len()).all(|at| fields.get(at).is_empty())
    }

    /// Skips the first line of a broken record; what follows it may be sound.
    fn give_up(&mut self, first: usize, fault: RowFault, found: &str) -> RowProblem {
        let problem = RowProblem::new(self.line, fault, found);
        self.advance(first);
        problem
    }

    fn advance(&mut self, to: usize) {
        let used = self.buffer.get(self.start..to).unwrap_or_default();
        let lines = memchr::memchr_iter(b'\n', used).count();
        self.line += u64::try_from(lines).unwrap_or(u64::MAX);
        self.start = to;
    }

    fn forget_used(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > RECORD_LEN_MAX {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
    }

    /// Returns where the record from `start` on ends, its quotes all sound and closed.
    fn closed_end(&mut self, first: usize) -> Result<Result<usize, RowFault>, SourceError> {
        if self.is_bare {
            return Ok(Ok(first));
        }
        let (mut from, mut end, mut quotes) = (self.start, first, Quotes::FieldStart);
        for _ in 0..RECORD_LINES_MAX {
            let line = self.buffer.get(from..end).unwrap_or_default();
            match quotes.after(line, self.delimiter) {
                // In a later line, the record's open quote met one of another row.
                None if from == self.start => return Ok(Err(RowFault::StrayQuote)),
                None => break,
                Some(Quotes::Inside) => quotes = Quotes::Inside,
                Some(Quotes::FieldStart | Quotes::Plain | Quotes::Closed) => return Ok(Ok(end)),
            }
            if end - self.start > RECORD_LEN_MAX {
                break;
            }
            from = end;
            end = match self.line_from(from)? {
                Line::EndsAt(end) => end,
                Line::TooLong | Line::Missing => break,
            };
        }
        Ok(Err(RowFault::OpenQuote))
    }

    /// Splits one record off the lines up to `end`; returns where it stops, `None` if it has too many columns.
    fn split(&mut self, end: usize, fields: &mut Fields) -> Option<usize> {
        let lines = self.buffer.get(self.start..end).unwrap_or_default();
        if fields.bytes.len() <= lines.len() {
            fields.bytes.resize(lines.len() + 1, 0);
        }
        fields.ends.resize(COLUMNS_MAX, 0);
        fields.len = 0;
        self.core.reset();
        let (mut used, mut written, mut ended) = (0, 0, 0);
        loop {
            let input = lines.get(used..).unwrap_or_default();
            let output = fields.bytes.get_mut(written..).unwrap_or_default();
            let ends = fields.ends.get_mut(ended..).unwrap_or_default();
            let (result, nin, nout, nend) = self.core.read_record(input, output, ends);
            used += nin;
            written += nout;
            ended += nend;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull
                | csv_core::ReadRecordResult::OutputEndsFull => return None,
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => break,
            }
        }
        fields.len = ended;
        let rest = lines.get(used..).unwrap_or_default();
        let only_line_end = rest.iter().all(|b| matches!(b, b'\r' | b'\n'));
        Some(if only_line_end { end } else { self.start + used })
    }

    /// Returns where the line that starts at `from` ends, reading it if it is not in the buffer yet.
    fn line_from(&mut self, from: usize) -> Result<Line, SourceError> {
        if let Some(at) = memchr::memchr(b'\n', self.buffer.get(from..).unwrap_or_default()) {
            return Ok(Line::EndsAt(from + at + 1));
        }
        if from < self.buffer.len() {
            return Ok(Line::EndsAt(self.buffer.len())); // The last line, without a line end.
        }
        if self.long_line_follows {
            return Ok(Line::TooLong);
        }
        self.fetch_line(from)
    }

    fn fetch_line(&mut self, from: usize) -> Result<Line, SourceError> {
        loop {
            let (packing, rows, line) = (self.packing, self.rows, self.line);
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(SourceError { line, fault: Input::fault(packing, rows, error) });
                }
            };
            if chunk.is_empty() {
                return Ok(match (self.long_line_follows, self.buffer.len()) {
                    (true, _) => Line::TooLong,
                    (false, len) if len > from => Line::EndsAt(len),
                    (false, _) => Line::Missing,
                });
            }
            let newline = memchr::memchr(b'\n', chunk);
            let used = newline.map_or(chunk.len(), |at| at + 1);
            if !self.long_line_follows {
                self.buffer.extend_from_slice(chunk.get(..used).unwrap_or_default());
            }
            self.input.consume(used);
            self.bytes_read =
                self.bytes_read.saturating_add(u64::try_from(used).unwrap_or(u64::MAX));
            if self.buffer.len() - from > RECORD_LEN_MAX {
                self.buffer.truncate(from);
                self.long_line_follows = true;
            }
            match (newline, self.long_line_follows) {
                (Some(_), true) => return Ok(Line::TooLong),
                (Some(_), false) => return Ok(Line::EndsAt(self.buffer.len())),
                (None, _) => {}
            }
        }
    }
}
