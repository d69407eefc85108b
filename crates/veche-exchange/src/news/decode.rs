//! Bytes of a feed or page as text.
//!
//! A byte order mark decides, then whether the bytes are UTF-8, then what the server or the document names. What fits none of these is
//! refused: text with marks in place of its letters is no text.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// How many bytes at the beginning are looked through for the name of an encoding: browsers look at as many.
const FRONT_LEN: usize = 1024;

/// Of how many characters one may be unreadable: a cut letter spoils no page, another encoding spoils each.
const READABLE_PER_BROKEN: usize = 200;

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// An encoding that is not known.
    #[error("it is written in `{0}`, which is not read: convert it to UTF-8")]
    Unknown(String),
    /// No encoding is named, and the bytes are not UTF-8.
    #[error("it is not UTF-8 and names no other encoding")]
    Unnamed,
    /// Too much of it cannot be read in the encoding that it names.
    #[error("it says that it is written in `{0}`, and is not")]
    Other(&'static str),
}

/// Returns the text of a feed or page. `named`: the encoding that the server named, if it did.
///
/// # Errors
/// [`NotText`].
pub fn decode<'b>(bytes: &'b [u8], named: Option<&str>) -> Result<Cow<'b, str>, NotText> {
    if let Some((encoding, len)) = Encoding::for_bom(bytes) {
        return whole(encoding, bytes.get(len..).unwrap_or_default());
    }
    let own = own_name(bytes);
    let label = named.map(str::to_owned).or(own);
    let known = label.as_deref().map(|label| (label, Encoding::for_label(label.as_bytes())));
    if let Ok(text) = str::from_utf8(bytes) {
        // Where letters of other encodings are plain bytes (ISO-2022-JP), what is named decides; a name of UTF-16 contradicts itself.
        let encoding = known.and_then(|(_, encoding)| encoding);
        let shifts = encoding
            .filter(|own| !own.is_ascii_compatible() && *own != UTF_16LE && *own != UTF_16BE);
        return shifts.map_or(Ok(Cow::Borrowed(text)), |encoding| whole(encoding, bytes));
    }
    match known {
        Some((_, Some(encoding))) => whole(encoding, bytes),
        Some((label, None)) => Err(NotText::Unknown(label.chars().take(40).collect())),
        None => whole(encoding_rs::UTF_8, bytes).map_err(|_| NotText::Unnamed),
    }
}

fn whole<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Result<Cow<'b, str>, NotText> {
    let (text, has_broken) = encoding.decode_without_bom_handling(bytes);
    if has_broken {
        let broken = text.chars().filter(|c| *c == '\u{fffd}').count();
        if broken * READABLE_PER_BROKEN > text.chars().count().max(READABLE_PER_BROKEN) {
            return Err(NotText::Other(encoding.name()));
        }
    }
    Ok(text)
}

/// Returns the encoding that a document names at its beginning: `encoding="..."` of XML, `charset=...` of HTML.
fn own_name(bytes: &[u8]) -> Option<String> {
    let front = bytes.get(..bytes.len().min(FRONT_LEN))?;
    let front = String::from_utf8_lossy(front).to_ascii_lowercase();
    let declared =
        front.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let named = declared
        .and_then(|declared| declared.split_once("encoding"))
        .and_then(|(_, named)| named.trim_start().strip_prefix('='))
        .or_else(|| front.split_once("charset=").map(|(_, named)| named))?;
    name_of(named)
}

/// Returns the encoding that a server names: the `charset` of a `Content-Type`.
#[must_use]
pub fn named_by_server(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    name_of(lower.split_once("charset=")?.1)
}

fn name_of(named: &str) -> Option<String> {
    let named = named.trim_start().trim_start_matches(['"', '\'']);
    let end = named.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c));
    let named = named.get(..end.unwrap_or(named.len()))?;
    (!named.is_empty()).then(|| named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], named: Option<&str>, expected: Result<&str, &str>) {
        let found = decode(bytes, named).map_err(|fault| fault.to_string());
        assert_eq!(found.as_deref().map_err(String::as_str), expected);
    }

    #[test]
    fn what_names_its_encoding_is_read_in_it() {
        let minsk = b"<?xml version='1.0' encoding='windows-1251'?><t>\xcc\xe8\xed\xf1\xea</t>";
        check(minsk, None, Ok("<?xml version='1.0' encoding='windows-1251'?><t>Минск</t>"));
        check(b"<meta charset=koi8-r>\xed\xc9\xce\xd3\xcb", None, Ok("<meta charset=koi8-r>Минск"));
        check(b"\xcc\xe8\xed\xf1\xea", Some("cp1251"), Ok("Минск"));
        check(b"\xff\xfe\x1c\x04\x38\x04", None, Ok("Ми"));
        check(b"\xef\xbb\xbfMinsk", Some("windows-1251"), Ok("Minsk"));
    }

    #[test]
    fn what_is_utf_8_is_read_as_such_whatever_it_is_called() {
        check("Минск".as_bytes(), Some("windows-1251"), Ok("Минск"));
        check("Минск".as_bytes(), Some("utf-16"), Ok("Минск"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_and_a_broken_byte_is_not() {
        check(b"\xcc\xe8\xed\xf1\xea", None, Err("it is not UTF-8 and names no other encoding"));
        check(
            b"\xcc\xe8\xed\xf1\xea",
            Some("x-own"),
            Err("it is written in `x-own`, which is not read: convert it to UTF-8"),
        );
        check(
            b"\xcc\xe8\xed\xf1\xea",
            Some("utf-8"),
            Err("it says that it is written in `UTF-8`, and is not"),
        );
        let one = [b"a".repeat(1000), vec![0xCC]].concat();
        assert!(decode(&one, None).is_ok_and(|text| text.ends_with('\u{fffd}')));
    }

    #[test]
    fn a_server_names_an_encoding_in_the_type_of_what_it_sends() {
        let named = |text| named_by_server(text);
        assert_eq!(named("text/html; Charset=\"Windows-1251\"").as_deref(), Some("windows-1251"));
        assert_eq!(named("text/html"), None);
    }
}
