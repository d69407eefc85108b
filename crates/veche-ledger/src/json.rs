//! Canonical JSON: the subset of RFC 8785 in which a value has exactly one form (`formats/record.md`, section 2).

use std::collections::BTreeMap;
use std::fmt;

mod human;
mod parse;

pub use human::parse_human;
pub use parse::parse_canonical;

/// Most arrays and objects inside one another: records need 4; more is an attack on the stack.
pub const DEPTH_MAX: usize = 32;

/// Largest integer, 2^53 - 1: beyond it readers that hold numbers as doubles disagree (RFC 8785, appendix D).
pub const INT_MAX: i64 = 9_007_199_254_740_991;

/// A value that canonical JSON can carry: no null, no fractions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An integer from `-INT_MAX` to `INT_MAX`; [`to_bytes`](Self::to_bytes) writes any other as the nearer of these.
    Int(i64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object. Keys: printable ASCII without `"` and `\`, not empty; the readers refuse any other.
    Map(BTreeMap<String, Self>),
}

/// Why bytes are not JSON of the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {at}")]
pub struct JsonError {
    /// The offset of the first byte that cannot stand where it is, from 0.
    pub at: usize,
    /// What is wrong there.
    pub what: JsonFault,
}

/// What is wrong with JSON. All are the fault of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// The input ends inside a value.
    #[error("the text is cut short")]
    CutShort,
    /// Something follows the value.
    #[error("something follows the value")]
    Trailing,
    /// A byte that cannot stand here, white space among them.
    #[error("unexpected byte {0:#04x}")]
    Unexpected(u8),
    /// `null` has no place: leave the key out.
    #[error("`null` is not allowed: leave the key out")]
    Null,
    /// A fraction or an exponent.
    #[error("only whole numbers are allowed: write a fraction as text or in smaller units")]
    Float,
    /// An integer beyond 2^53 - 1, or written with a leading zero or as `-0`.
    #[error("an integer is at most 2^53 - 1 either way, without leading zeros")]
    Integer,
    /// A key that is empty or has a character other than printable ASCII without `"` and `\`.
    #[error("a key is printable ASCII without quote and backslash, and not empty")]
    Key,
    /// A key that stands twice in its object.
    #[error("the key `{0}` stands twice")]
    DuplicateKey(String),
    /// A key that is less than the one before it.
    #[error("the key `{0}` is not in order")]
    KeyOrder(String),
    /// An escape other than the one form of its character.
    #[error("an escape that is not the one form of its character")]
    Escape,
    /// A string that is not UTF-8.
    #[error("a string that is not UTF-8")]
    Utf8,
    /// Nested deeper than [`DEPTH_MAX`].
    #[error("nested more than 32 deep")]
    TooDeep,
    /// Not JSON at all (only from [`parse_human`]), with the parser's words.
    #[error("not JSON: {0}")]
    NotJson(String),
}

impl Value {
    /// Returns the value as canonical JSON, UTF-8, without a line end.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// Returns the integer, or `None` beyond 2^53 - 1.
    #[must_use]
    pub fn int(n: u64) -> Option<Self> {
        i64::try_from(n).ok().filter(|n| *n <= INT_MAX).map(Self::Int)
    }

    /// Returns a text value.
    #[must_use]
    pub fn text(text: impl fmt::Display) -> Self {
        Self::Text(text.to_string())
    }

    /// Returns an object of these pairs; of two with one key the later counts.
    #[must_use]
    pub fn map<const N: usize>(pairs: [(&str, Self); N]) -> Self {
        Self::Map(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// Returns what an object has at `key`; `None` for no such key and for values that are no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// Returns the truth value, if it is one.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Int(_) | Self::Text(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(_) | Self::Int(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the integer, if it is one.
    #[must_use]
    pub const fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the integer, if it is one and not negative.
    #[must_use]
    pub fn as_size(&self) -> Option<u64> {
        self.as_int().and_then(|n| u64::try_from(n).ok())
    }

    /// Returns the elements, if it is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            Self::Bool(_) | Self::Int(_) | Self::Text(_) | Self::Map(_) => None,
        }
    }

    /// Returns the object, if it is one.
    #[must_use]
    pub const fn as_map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(map) => Some(map),
            Self::Bool(_) | Self::Int(_) | Self::Text(_) | Self::List(_) => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Value {
    /// Writes the canonical form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(n) => write!(f, "{}", (*n).clamp(-INT_MAX, INT_MAX)),
            Self::Text(text) => write_text(f, text),
            Self::List(list) => {
                f.write_str("[")?;
                for (i, value) in list.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
            Self::Map(map) => {
                f.write_str("{")?;
                for (i, (key, value)) in map.iter().enumerate() {
                    f.write_str(if i == 0 { "" } else { "," })?;
                    write_text(f, key)?;
                    f.write_str(":")?;
                    value.fmt(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    let mut plain_from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        f.write_str(text.get(plain_from..at).unwrap_or_default())?;
        plain_from = at + 1;
        match short_escape(byte) {
            Some(letter) => write!(f, "\\{}", char::from(letter))?,
            None => write!(f, "\\u{byte:04x}")?,
        }
    }
    f.write_str(text.get(plain_from..).unwrap_or_default())?;
    f.write_str("\"")
}

/// Returns the letter of the two-character escape that RFC 8785 section 3.2.2.2 gives to a byte, if it has one.
const fn short_escape(byte: u8) -> Option<u8> {
    match byte {
        b'"' | b'\\' => Some(byte),
        0x08 => Some(b'b'),
        0x09 => Some(b't'),
        0x0a => Some(b'n'),
        0x0c => Some(b'f'),
        0x0d => Some(b'r'),
        _ => None,
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| matches!(b, 0x20..=0x7e) && b != b'"' && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[&str]) {
        for text in cases {
            let value = parse_canonical(text.as_bytes()).unwrap();
            assert_eq!(value.to_string(), *text);
        }
    }

    #[track_caller]
    fn refuse(cases: &[(&str, usize, JsonFault)]) {
        for (text, at, what) in cases {
            let error = JsonError { at: *at, what: what.clone() };
            assert_eq!(parse_canonical(text.as_bytes()), Err(error), "{text}");
        }
    }

    #[test]
    fn the_one_form_is_read_and_written_back() {
        check(&[
            "{}",
            "[]",
            "true",
            "0",
            "-1",
            "9007199254740991",
            "-9007199254740991",
            r#"{"a":[1,[],{}],"b":{"c":"д"}}"#,
            r#""\b\t\n\f\r\"\\\u0000\u001f""#,
            "\"\u{7f}\u{2028}/😀\"",
        ]);
    }

    #[test]
    fn any_other_form_is_refused_where_it_stands() {
        use JsonFault as F;
        refuse(&[
            ("", 0, F::CutShort),
            ("{\"a\":1", 6, F::CutShort),
            ("\"a", 2, F::CutShort),
            ("tru", 3, F::CutShort),
            (" 1", 0, F::Unexpected(b' ')),
            ("[1, 2]", 3, F::Unexpected(b' ')),
            ("[1,]", 3, F::Unexpected(b']')),
            ("1 ", 1, F::Trailing),
            ("null", 0, F::Null),
            ("1.0", 1, F::Float),
            ("1e3", 1, F::Float),
            ("01", 0, F::Integer),
            ("-0", 0, F::Integer),
            ("9007199254740992", 0, F::Integer),
            ("99999999999999999999999", 0, F::Integer),
            (r#"{"b":1,"a":2}"#, 7, F::KeyOrder("a".into())),
            (r#"{"a":1,"a":2}"#, 7, F::DuplicateKey("a".into())),
            (r#"{"":1}"#, 1, F::Key),
            (r#"{"é":1}"#, 1, F::Key),
            (r#""\/""#, 1, F::Escape),
            (r#""\u0041""#, 1, F::Escape),
            (r#""\u001F""#, 1, F::Escape),
            (r#""\u000a""#, 1, F::Escape),
            ("\"\n\"", 1, F::Unexpected(b'\n')),
        ]);
        assert_eq!(parse_canonical(b"\"\xff\"").unwrap_err().what, F::Utf8);
    }

    #[test]
    fn nesting_stops_at_its_limit() {
        let nested = |n: usize| [vec![b'['; n], vec![b']'; n]].concat();
        assert!(parse_canonical(&nested(DEPTH_MAX)).is_ok());
        let error = parse_canonical(&nested(DEPTH_MAX + 1)).unwrap_err();
        assert_eq!(error, JsonError { at: DEPTH_MAX, what: JsonFault::TooDeep });
    }
}
