//! Entries as a VCALENDAR.

use super::{Entry, Form, LINE_LEN_MAX, Status};
use veche_ledger::UnixSeconds;

/// Writes a calendar. The same entries give the same bytes, and no text of an entry can begin a line of its own.
#[must_use]
pub fn write(name: &str, entries: &[Entry]) -> String {
    let mut out = Lines::default();
    out.raw("BEGIN", "VCALENDAR");
    out.raw("VERSION", "2.0");
    out.raw("PRODID", "-//veche//veche//EN");
    out.text("NAME", name);
    out.text("X-WR-CALNAME", name);
    for entry in entries {
        write_entry(&mut out, entry);
    }
    out.raw("END", "VCALENDAR");
    out.0
}

fn write_entry(out: &mut Lines, entry: &Entry) {
    let (component, time) = match entry.form {
        Form::Event => ("VEVENT", "DTSTART"),
        Form::Task => ("VTODO", "DUE"),
    };
    out.raw("BEGIN", component);
    out.text("UID", &entry.uid);
    // There is no METHOD, so that this is when the entry was last revised (3.8.7.2), and no clock is needed.
    out.raw("DTSTAMP", &utc(entry.changed));
    out.raw("LAST-MODIFIED", &utc(entry.changed));
    out.raw("SEQUENCE", &entry.sequence.to_string());
    out.raw(time, &utc(entry.at));
    out.text("SUMMARY", &entry.summary);
    out.raw("CLASS", if entry.is_public { "PUBLIC" } else { "CONFIDENTIAL" });
    if let Some(category) = &entry.category {
        out.text("CATEGORIES", category);
    }
    if let Some(url) = &entry.url {
        out.raw("URL", &url.replace(|c: char| c.is_control() || c.is_whitespace(), ""));
    }
    out.raw("STATUS", status_word(entry));
    if let (Form::Task, Status::Done(at)) = (entry.form, entry.status) {
        out.raw("COMPLETED", &utc(at));
    }
    out.raw("END", component);
}

const fn status_word(entry: &Entry) -> &'static str {
    match (entry.form, entry.status) {
        (_, Status::Cancelled) => "CANCELLED",
        (Form::Event, Status::Open | Status::Done(_)) => "CONFIRMED",
        (Form::Task, Status::Open) => "NEEDS-ACTION",
        (Form::Task, Status::Done(_)) => "COMPLETED",
    }
}

/// Returns a time in UTC as `20261122T100000Z`.
fn utc(time: UnixSeconds) -> String {
    time.to_string().replace(['-', ':'], "")
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &escaped(value));
    }

    /// Writes a line, folded between characters.
    fn raw(&mut self, name: &str, value: &str) {
        let mut length = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            if length + c.len_utf8() > LINE_LEN_MAX {
                self.0.push_str("\r\n ");
                length = 1;
            }
            self.0.push(c);
            length += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}

/// Returns a text with what has a meaning in the format escaped, without controls and marks of direction.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push_str("\\n"),
            '\t' => out.push(' '),
            c if c.is_control() || is_direction(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Returns true for a mark that changes the order in which text is shown.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
