//! The strict reader: one pass, no second form.

use super::{DEPTH_MAX, INT_MAX, JsonError, JsonFault, Value, is_key, short_escape};
use std::collections::BTreeMap;

/// Parses canonical JSON in one pass.
///
/// # Errors
/// [`JsonError`] at the first byte that the canonical form of no value has there.
pub fn parse_canonical(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut reader = Reader { bytes, at: 0, depth: 0 };
    let value = reader.value()?;
    if reader.at < bytes.len() {
        return Err(reader.error(JsonFault::Trailing));
    }
    Ok(value)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    const fn error(&self, what: JsonFault) -> JsonError {
        JsonError { at: self.at, what }
    }

    fn peek(&self) -> Result<u8, JsonError> {
        self.bytes.get(self.at).copied().ok_or_else(|| self.error(JsonFault::CutShort))
    }

    fn unexpected(&self) -> JsonError {
        self.peek().map_or_else(|cut| cut, |byte| self.error(JsonFault::Unexpected(byte)))
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.peek()? != byte {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, JsonError> {
        for byte in word {
            self.expect(*byte)?;
        }
        Ok(value)
    }

    fn value(&mut self) -> Result<Value, JsonError> {
        match self.peek()? {
            b'{' => self.nested(Self::map),
            b'[' => self.nested(Self::list),
            b'"' => self.text().map(Value::Text),
            b't' => self.word(b"true", Value::Bool(true)),
            b'f' => self.word(b"false", Value::Bool(false)),
            b'n' => Err(self.error(JsonFault::Null)),
            b'-' | b'0'..=b'9' => self.int(),
            _ => Err(self.unexpected()),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Value, JsonError>,
    ) -> Result<Value, JsonError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(JsonFault::TooDeep));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Value, JsonError> {
        let mut list = Vec::new();
        if self.peek()? == b']' {
            self.at += 1;
            return Ok(Value::List(list));
        }
        loop {
            list.push(self.value()?);
            if self.ends_with(b']')? {
                return Ok(Value::List(list));
            }
        }
    }

    fn map(&mut self) -> Result<Value, JsonError> {
        let mut map: BTreeMap<String, Value> = BTreeMap::new();
        if self.peek()? == b'}' {
            self.at += 1;
            return Ok(Value::Map(map));
        }
        loop {
            let key = self.key(map.last_key_value().map(|(key, _)| key.as_str()))?;
            self.expect(b':')?;
            let value = self.value()?;
            map.insert(key, value);
            if self.ends_with(b'}')? {
                return Ok(Value::Map(map));
            }
        }
    }

    /// Reads `,` or the end of a list or object; true at the end.
    fn ends_with(&mut self, end: u8) -> Result<bool, JsonError> {
        let byte = self.peek()?;
        if byte != b',' && byte != end {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(byte == end)
    }

    fn key(&mut self, last: Option<&str>) -> Result<String, JsonError> {
        let start = self.at;
        if self.peek()? != b'"' {
            return Err(self.unexpected());
        }
        let key = self.text()?;
        let fault = if !is_key(&key) {
            Some(JsonFault::Key)
        } else if last == Some(&key) {
            Some(JsonFault::DuplicateKey(key.clone()))
        } else if last.is_some_and(|last| last > key.as_str()) {
            Some(JsonFault::KeyOrder(key.clone()))
        } else {
            None
        };
        fault.map_or(Ok(key), |what| Err(JsonError { at: start, what }))
    }

    fn text(&mut self) -> Result<String, JsonError> {
        self.at += 1;
        let mut text = Vec::new();
        let start = self.at;
        loop {
            let byte = self.peek()?;
            match byte {
                b'"' => {
                    self.at += 1;
                    return String::from_utf8(text)
                        .map_err(|_| JsonError { at: start, what: JsonFault::Utf8 });
                }
                b'\\' => text.push(self.escape()?),
                0x00..=0x1f => return Err(self.unexpected()),
                _ => text.extend_from_slice(self.plain()),
            }
        }
    }

    /// Reads the bytes up to the next quote, escape or control character.
    fn plain(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let len = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0x00..=0x1f));
        let run = rest.get(..len.unwrap_or(rest.len())).unwrap_or_default();
        self.at += run.len();
        run
    }

    /// Reads an escape; only those that the canonical form writes.
    fn escape(&mut self) -> Result<u8, JsonError> {
        let start = self.at;
        let wrong = || JsonError { at: start, what: JsonFault::Escape };
        self.at += 1;
        let letter = self.peek()?;
        self.at += 1;
        if letter != b'u' {
            return (0..=b'\\').find(|b| short_escape(*b) == Some(letter)).ok_or_else(wrong);
        }
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek()?;
            self.at += 1;
            code = code * 16
                + match digit {
                    b'0'..=b'9' => u32::from(digit - b'0'),
                    b'a'..=b'f' => u32::from(digit - b'a') + 10,
                    _ => return Err(wrong()),
                };
        }
        let byte = u8::try_from(code).map_err(|_| wrong())?;
        if byte >= 0x20 || short_escape(byte).is_some() {
            return Err(wrong());
        }
        Ok(byte)
    }

    fn int(&mut self) -> Result<Value, JsonError> {
        let start = self.at;
        let wrong = || JsonError { at: start, what: JsonFault::Integer };
        let is_negative = self.peek()? == b'-';
        self.at += usize::from(is_negative);
        let first_digit = self.at;
        let mut n: i64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.bytes.get(self.at).copied() {
            n = n * 10 + i64::from(digit - b'0');
            if n > INT_MAX {
                return Err(wrong());
            }
            self.at += 1;
        }
        let digits = self.at - first_digit;
        if digits == 0 {
            return Err(self.unexpected());
        }
        let is_padded = digits > 1 && self.bytes.get(first_digit) == Some(&b'0');
        if is_padded || (is_negative && n == 0) {
            return Err(wrong());
        }
        if let Some(b'.' | b'e' | b'E') = self.bytes.get(self.at) {
            return Err(self.error(JsonFault::Float));
        }
        Ok(Value::Int(if is_negative { -n } else { n }))
    }
}
