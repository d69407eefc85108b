//! The reader for what a person writes: any white space, any order of keys; the same values.

use super::{DEPTH_MAX, INT_MAX, JsonError, JsonFault, Value, is_key};
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

/// Parses JSON as a person writes it: white space, keys in any order, every escape.
///
/// # Errors
/// [`JsonError`] for what canonical JSON cannot carry: null, fractions, large integers, a key twice or not printable
/// ASCII, more than [`DEPTH_MAX`] levels; and for what is no JSON. `at` is where the reader stopped.
pub fn parse_human(text: &str) -> Result<Value, JsonError> {
    let fault = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Seed { depth: 0, fault: &fault }.deserialize(&mut reader);
    let read = read.and_then(|value| reader.end().map(|()| value));
    read.map_err(|e| JsonError {
        at: offset(text, e.line(), e.column()),
        what: fault.take().unwrap_or_else(|| reworded(&e)),
    })
}

fn reworded(error: &serde_json::Error) -> JsonFault {
    if error.is_eof() { JsonFault::CutShort } else { JsonFault::NotJson(error.to_string()) }
}

/// Returns the byte offset of a line (from 1) and column (bytes, from 1).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (before + column.saturating_sub(1)).min(text.len())
}

/// Reads one value at a depth. What canonical JSON cannot carry is kept in `fault`, since serde passes on only text.
#[derive(Clone, Copy)]
struct Seed<'f> {
    depth: usize,
    fault: &'f RefCell<Option<JsonFault>>,
}

impl Seed<'_> {
    fn stop<T, E: serde::de::Error>(self, fault: JsonFault) -> Result<T, E> {
        let error = E::custom(&fault);
        let _earlier = self.fault.replace(Some(fault));
        Err(error)
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_MAX {
            return self.stop(JsonFault::TooDeep);
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, whole number, truth value, list or object")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Value, E> {
        if n < -INT_MAX { self.stop(JsonFault::Integer) } else { Ok(Value::Int(n)) }
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Value, E> {
        Value::int(n).map_or_else(|| self.stop(JsonFault::Integer), Ok)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        self.stop(JsonFault::Float)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.stop(JsonFault::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = BTreeMap::new();
        while let Some(key) = pairs.next_key::<String>()? {
            if !is_key(&key) {
                return self.stop(JsonFault::Key);
            }
            if map.contains_key(&key) {
                return self.stop(JsonFault::DuplicateKey(key));
            }
            let value = pairs.next_value_seed(inner)?;
            let _none = map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_writes_has_a_canonical_form() {
        let value = parse_human("{\n \"b\" : [1, true ],\n \"a\":\"\\u0041\\/\"}\n").unwrap();
        assert_eq!(value.to_string(), r#"{"a":"A/","b":[1,true]}"#);
    }

    #[test]
    fn what_canonical_json_cannot_carry_is_refused() {
        for (text, what) in [
            ("{\"a\": null}", JsonFault::Null),
            ("[1.5]", JsonFault::Float),
            ("9007199254740992", JsonFault::Integer),
            ("-9007199254740992", JsonFault::Integer),
            ("{\"a\":1,\"a\":2}", JsonFault::DuplicateKey("a".into())),
            ("{\"é\":1}", JsonFault::Key),
            ("{\"a\":", JsonFault::CutShort),
        ] {
            assert_eq!(parse_human(text).unwrap_err().what, what, "{text}");
        }
        let nested = "[".repeat(33) + &"]".repeat(33);
        assert_eq!(parse_human(&nested).unwrap_err().what, JsonFault::TooDeep);
        assert!(matches!(parse_human("{a:1}").unwrap_err().what, JsonFault::NotJson(_)));
    }
}
