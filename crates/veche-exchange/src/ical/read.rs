//! Events and tasks of a file, each fault with its line.

use super::{EVENTS_MAX, FILE_LEN_MAX, Form, VALUE_LEN_MAX};
use veche_ledger::UnixSeconds;

/// An event or a task as a file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEvent {
    /// Which of the two.
    pub form: Form,
    /// Its name.
    pub uid: String,
    /// When an event begins, or a task is due; of a whole day its first second in UTC. Every event has it; a task may be due at
    /// no time.
    pub at: Option<UnixSeconds>,
    /// True if it is a whole day.
    pub is_day: bool,
    /// Its title, empty if it has none.
    pub summary: String,
    /// How often it has changed.
    pub sequence: u64,
    /// True if it is off.
    pub is_cancelled: bool,
}

/// What is wrong with a calendar, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct IcalError {
    /// The line, from 1; of a folded one its first.
    pub line: usize,
    /// What is wrong.
    pub what: IcalFault,
}

/// What is wrong with a calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IcalFault {
    /// Too many bytes.
    #[error("the file has {0} bytes, and at most {FILE_LEN_MAX} are read")]
    TooLong(usize),
    /// Another encoding.
    #[error("the file is not UTF-8")]
    Encoding,
    /// A value beyond the limit.
    #[error("the value is longer than {VALUE_LEN_MAX} bytes")]
    ValueTooLong,
    /// A control character.
    #[error("there is a control character U+{0:04X}, which no text of a calendar may hold")]
    Control(u32),
    /// A continuation of nothing.
    #[error("the first line begins with a space, as if it continued another")]
    Folding,
    /// No property.
    #[error("this is no `NAME:value`")]
    NotAProperty,
    /// Not a calendar.
    #[error("a calendar begins with BEGIN:VCALENDAR")]
    NotACalendar,
    /// Ends do not match.
    #[error("END:{0} ends nothing that is open here")]
    Unbalanced(String),
    /// Cut short.
    #[error("the file ends inside {0}: it was cut short")]
    CutShort(String),
    /// Text behind the end.
    #[error("there is more behind END:VCALENDAR")]
    Behind,
    /// A property is missing.
    #[error("what ends here has no {0}")]
    Missing(&'static str),
    /// A property twice.
    #[error("there is {0} twice")]
    Twice(&'static str),
    /// Not a time.
    #[error("`{0}` is no time such as 20261122T100000Z")]
    NotATime(String),
    /// A zone that is not read.
    #[error("zone `{0}` is not known; only UTC is read")]
    Zone(String),
    /// No zone.
    #[error("the time names no zone, so that it is another one at each place")]
    NoZone,
    /// Not a number.
    #[error("`{0}` is no count of changes")]
    NotACount(String),
    /// Too many.
    #[error("there are more than {EVENTS_MAX} events and tasks")]
    TooMany,
}

impl IcalFault {
    /// Returns what to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLong(_) | Self::TooMany | Self::ValueTooLong => "export a shorter period",
            Self::Encoding => "save it as UTF-8",
            Self::Control(_) => "take the character out; a line break in a text is written `\\n`",
            Self::Folding | Self::NotAProperty => {
                "a line that goes on begins its next line with one space, and every other is `NAME:value`"
            }
            Self::NotACalendar => {
                "name a file that a calendar program exported as iCalendar, `.ics`"
            }
            Self::Unbalanced(_) | Self::CutShort(_) => "export or fetch it again, whole",
            Self::Behind => "put each calendar into a file of its own",
            Self::Missing(_) => "RFC 5545, 3.6 says what must stand there; export it again",
            Self::Twice(_) => "RFC 5545, 3.6 lets it stand once; take one of the two out",
            Self::NotATime(_) => "a time is 20261122T100000Z, a day 20261122",
            Self::Zone(_) => "export with times in UTC",
            Self::NoZone => "add `Z` for UTC",
            Self::NotACount(_) => "SEQUENCE is a whole number from 0",
        }
    }
}

/// Reads the events and tasks of a calendar. Other components are passed over.
///
/// # Errors
/// [`IcalError`], with the line, for the first thing that is wrong.
pub fn read(bytes: &[u8]) -> Result<Vec<ReadEvent>, IcalError> {
    let at = |line, what| IcalError { line, what };
    if bytes.len() > FILE_LEN_MAX {
        return Err(at(1, IcalFault::TooLong(bytes.len())));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        at(1 + before.iter().filter(|b| **b == b'\n').count(), IcalFault::Encoding)
    })?;
    let mut reader = Reader::default();
    let lines = unfolded(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut last = 1;
    for (line, content) in &lines {
        last = *line;
        reader.take(content).map_err(|what| at(*line, what))?;
    }
    match reader.open.pop() {
        Some(name) => Err(at(last, IcalFault::CutShort(name))),
        None if reader.is_over => Ok(reader.events),
        None => Err(at(1, IcalFault::NotACalendar)),
    }
}

/// Returns the lines with what continues each, and their numbers.
fn unfolded(text: &str) -> Result<Vec<(usize, String)>, IcalError> {
    let mut out: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        let at = |what| IcalError { line: number, what };
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(c) = line.chars().find(|c| c.is_control() && *c != '\t') {
            return Err(at(IcalFault::Control(u32::from(c))));
        }
        if let Some(rest) = line.strip_prefix([' ', '\t']) {
            let (_, begun) = out.last_mut().ok_or_else(|| at(IcalFault::Folding))?;
            begun.push_str(rest);
        } else if !line.is_empty() {
            out.push((number, line.to_owned()));
        }
        if out.last().is_some_and(|(_, line)| line.len() > VALUE_LEN_MAX) {
            return Err(at(IcalFault::ValueTooLong));
        }
    }
    Ok(out)
}

#[derive(Default)]
struct Reader {
    open: Vec<String>,
    is_over: bool,
    events: Vec<ReadEvent>,
    event: Parts,
}

#[derive(Default)]
struct Parts {
    uid: Option<String>,
    start: Option<(UnixSeconds, bool)>,
    due: Option<(UnixSeconds, bool)>,
    summary: Option<String>,
    sequence: Option<u64>,
    is_cancelled: bool,
}

/// Returns what a component of this name is read as.
fn form_of(component: &str) -> Option<Form> {
    match component {
        "VEVENT" => Some(Form::Event),
        "VTODO" => Some(Form::Task),
        _ => None,
    }
}

impl Reader {
    fn take(&mut self, line: &str) -> Result<(), IcalFault> {
        if self.is_over {
            return Err(IcalFault::Behind);
        }
        let none =
            if self.open.is_empty() { IcalFault::NotACalendar } else { IcalFault::NotAProperty };
        let property = Property::parse(line).ok_or(none)?;
        let component = property.value.to_ascii_uppercase();
        if self.open.is_empty() && (property.name != "BEGIN" || component != "VCALENDAR") {
            return Err(IcalFault::NotACalendar);
        }
        match property.name.as_str() {
            "BEGIN" => {
                if form_of(&component).is_some() {
                    self.event = Parts::default();
                }
                self.open.push(component);
                Ok(())
            }
            "END" => self.end(&component),
            _ if self.open.last().is_some_and(|open| form_of(open).is_some()) => {
                self.event.take(&property)
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, component: &str) -> Result<(), IcalFault> {
        if self.open.pop_if(|open| open == component).is_none() {
            return Err(IcalFault::Unbalanced(component.to_owned()));
        }
        if let Some(form) = form_of(component) {
            if self.events.len() >= EVENTS_MAX {
                return Err(IcalFault::TooMany);
            }
            self.events.push(std::mem::take(&mut self.event).whole(form)?);
        }
        self.is_over = self.open.is_empty();
        Ok(())
    }
}

impl Parts {
    fn take(&mut self, property: &Property<'_>) -> Result<(), IcalFault> {
        match property.name.as_str() {
            "UID" => once(&mut self.uid, "UID", plain(property.value)),
            "SUMMARY" => once(&mut self.summary, "SUMMARY", plain(property.value)),
            "DTSTART" => once(&mut self.start, "DTSTART", property.time()?),
            "DUE" => once(&mut self.due, "DUE", property.time()?),
            "SEQUENCE" => once(&mut self.sequence, "SEQUENCE", property.count()?),
            "STATUS" => {
                self.is_cancelled = property.value.eq_ignore_ascii_case("CANCELLED");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn whole(self, form: Form) -> Result<ReadEvent, IcalFault> {
        let at = match form {
            Form::Event => Some(self.start.ok_or(IcalFault::Missing("DTSTART"))?),
            Form::Task => self.due.or(self.start),
        };
        Ok(ReadEvent {
            form,
            uid: self.uid.ok_or(IcalFault::Missing("UID"))?,
            at: at.map(|(at, _)| at),
            is_day: at.is_some_and(|(_, is_day)| is_day),
            summary: self.summary.unwrap_or_default(),
            sequence: self.sequence.unwrap_or_default(),
            is_cancelled: self.is_cancelled,
        })
    }
}

fn once<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<(), IcalFault> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(IcalFault::Twice(name)),
    }
}

/// One line: a name, the zone among its parameters, a value.
struct Property<'a> {
    name: String,
    zone: Option<String>,
    value: &'a str,
}

impl<'a> Property<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut is_quoted = false;
        let colon = line.find(|c| {
            is_quoted ^= c == '"';
            c == ':' && !is_quoted
        })?;
        let (head, value) = (line.get(..colon)?, line.get(colon + 1..)?);
        let mut parts = head.split(';');
        let name = parts.next()?.to_ascii_uppercase();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(is_name) {
            return None;
        }
        let mut zones = parts.filter_map(|part| part.split_once('='));
        let zone = zones.find(|(name, _)| name.eq_ignore_ascii_case("TZID"));
        Some(Self { name, zone: zone.map(|(_, zone)| zone.trim_matches('"').to_owned()), value })
    }

    fn count(&self) -> Result<u64, IcalFault> {
        let fault = || IcalFault::NotACount(self.value.chars().take(40).collect());
        self.value.parse().map_err(|_| fault())
    }

    /// Returns the time, and whether it is a whole day.
    fn time(&self) -> Result<(UnixSeconds, bool), IcalFault> {
        let is_utc = |zone: &String| ["UTC", "Etc/UTC"].contains(&zone.as_str());
        if let Some(zone) = self.zone.as_ref().filter(|zone| !is_utc(zone)) {
            return Err(IcalFault::Zone(zone.clone()));
        }
        let fault = || IcalFault::NotATime(self.value.chars().take(40).collect());
        let (date, clock) = self.value.split_once('T').unwrap_or((self.value, ""));
        let is_day = clock.is_empty() && !self.value.contains('T');
        let bare = clock.strip_suffix('Z');
        if !is_day && bare.is_none() && self.zone.is_none() {
            return Err(IcalFault::NoZone);
        }
        let clock = if is_day { "000000" } else { bare.unwrap_or(clock) };
        let is_number =
            |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(date, 8) || !is_number(clock, 6) {
            return Err(fault());
        }
        let (year, day) = date.split_at(4);
        let (month, day) = day.split_at(2);
        let (hour, rest) = clock.split_at(2);
        let (minute, second) = rest.split_at(2);
        let text = format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z");
        UnixSeconds::parse(&text).map(|time| (time, is_day)).map_err(|_| fault())
    }
}

/// Returns a text without its escapes.
fn plain(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
