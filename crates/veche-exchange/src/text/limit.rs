//! The limits of a text, and the characters that it may hold.

use super::TextFault;

/// Most paragraphs: as many as the fold evaluates one by one.
pub const PARAGRAPHS_MAX: usize = 500;
/// Most languages: the European Union has 24.
pub const LANGUAGES_MAX: usize = 32;
/// Longest paragraph in one language, in bytes: the terms of a record are not longer.
pub const WORDING_LEN_MAX: usize = 64 * 1024;
/// Longest text with all its languages, in bytes: a long treaty in six.
pub const TEXT_LEN_MAX: usize = 1024 * 1024;
/// Longest title or heading, in bytes.
pub const HEADING_LEN_MAX: usize = 1024;
/// Longest footnote, in bytes.
pub const NOTE_LEN_MAX: usize = 8 * 1024;
/// Most footnotes of one paragraph in one language.
pub const NOTES_MAX: usize = 100;
/// Most attachments of a text.
pub const ATTACHMENTS_MAX: usize = 64;
/// Longest name of an attachment or amendment, in bytes.
pub const NAME_LEN_MAX: usize = 200;
/// Longest media type, in bytes: as in a record's annex.
pub const MEDIA_LEN_MAX: usize = 100;
/// Most brackets inside one another: negotiators lose count at 4.
pub const BRACKET_DEPTH_MAX: usize = 16;
/// Most amendments that are consolidated at once.
pub const AMENDMENTS_MAX: usize = 1000;
/// Longest file of a text in JSON or TOML, in bytes.
pub const FILE_LEN_MAX: usize = 4 * 1024 * 1024;

/// Checks what may have several lines.
///
/// # Errors
/// [`TextFault::TooLong`], [`TextFault::Character`].
pub fn lines(what: &'static str, text: &str, max: usize) -> Result<(), TextFault> {
    check(what, text, max, |c| matches!(c, '\n' | '\t'))
}

/// Checks what has one line.
///
/// # Errors
/// [`TextFault::TooLong`], [`TextFault::Character`].
pub fn one_line(what: &'static str, text: &str, max: usize) -> Result<(), TextFault> {
    check(what, text, max, |_| false)
}

fn check(
    what: &'static str,
    text: &str,
    max: usize,
    may_stand: fn(char) -> bool,
) -> Result<(), TextFault> {
    if text.len() > max {
        return Err(TextFault::TooLong { what, max });
    }
    let bad = |c: &char| (c.is_control() && !may_stand(*c)) || matches!(c, '\u{fffe}' | '\u{ffff}');
    match text.chars().find(bad) {
        Some(character) => Err(TextFault::Character { what, character }),
        None => Ok(()),
    }
}
