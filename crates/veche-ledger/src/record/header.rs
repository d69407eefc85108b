//! The header: the one line of a record's text, checked field by field.

use crate::checkpoint::Checkpoint;
use crate::commit::{ANNEX_LEN_MAX, CLOSING, CLOSING_LEN_MAX, Commitment, TERMS_LEN_MAX};
use crate::hash::Hash;
use crate::json::{self, Value};
use crate::name::{Kind, Label, Origin};
use crate::record::RecordFault;
use crate::time::UnixSeconds;
use std::collections::BTreeMap;

/// Most records that one record is about: an act refers to a case, a text, a few paragraphs.
pub const ABOUT_MAX: usize = 16;

/// Most annexes of one record.
pub const ANNEXES_MAX: usize = 16;

/// Most heads of other logs that one record cites: every party of the largest organisation, some with two logs. Long names
/// reach the length of a record before that.
pub const SEEN_MAX: usize = 256;

/// Longest media type, in bytes: the registered ones are shorter.
pub const MEDIA_LEN_MAX: usize = 100;

/// The version of the record format that this build reads and writes.
pub const VERSION: u64 = 1;

/// Kind and label of a record that hides both (`formats/record.md`, section 5).
pub const SEALED: &str = "sealed";

/// What a record says about itself, to everyone who may hold the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Leaf hashes of the records that this one is about, at most [`ABOUT_MAX`].
    pub about: Vec<Hash>,
    /// Documents that belong to it, at most [`ANNEXES_MAX`].
    pub annex: Vec<Annex>,
    /// Sealed records only: a hash of the label that tells nothing without the opening.
    pub audience: Option<Hash>,
    /// The charter version under which the author acts.
    pub charter: Hash,
    /// Whether this belongs to an exercise.
    pub drill: bool,
    /// What kind of act it is; the charter knows which there are.
    pub kind: Kind,
    /// Who may read its terms and annexes.
    pub label: Label,
    /// The log that it stands in.
    pub log: Origin,
    /// Heads of other logs that the author knew, ascending by origin, none twice, at most [`SEEN_MAX`].
    pub seen: Vec<Checkpoint>,
    /// The commitment to what is said.
    pub terms: Commitment,
    /// The author's clock. Proves nothing.
    pub time: UnixSeconds,
}

/// A document that belongs to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annex {
    /// The commitment to its bytes.
    pub content: Commitment,
    /// Its media type, at most [`MEDIA_LEN_MAX`] printable ASCII characters: `application/pdf`.
    pub media: String,
}

/// What is wrong with a field of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldFault {
    /// It must be there.
    #[error("is missing")]
    Missing,
    /// This version has no such field.
    #[error("is not known")]
    Unknown,
    /// It is there where it must not be, or empty where it must be left out.
    #[error("must be left out here")]
    Surplus,
    /// It has another form.
    #[error("is not {0}")]
    Form(&'static str),
    /// The list is longer than its limit.
    #[error("has more than {0} entries")]
    TooMany(usize),
    /// `seen` is not ascending by origin, or names one twice.
    #[error("is not ascending by origin, each once")]
    Order,
    /// A payload is larger than its limit, in bytes.
    #[error("states more than {0} bytes")]
    TooLarge(usize),
}

impl Header {
    /// Returns the header as the JSON object of a record's text.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut map = BTreeMap::new();
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        if !self.about.is_empty() {
            put("about", hashes(&self.about));
        }
        if !self.annex.is_empty() {
            put("annex", annexes(&self.annex));
        }
        if let Some(audience) = &self.audience {
            put("audience", Value::text(audience));
        }
        put("charter", Value::text(self.charter));
        if self.drill {
            put("drill", Value::Bool(true));
        }
        put("kind", Value::text(&self.kind));
        put("label", Value::text(&self.label));
        put("log", Value::text(&self.log));
        if !self.seen.is_empty() {
            put("seen", Value::List(self.seen.iter().map(head).collect()));
        }
        let terms = [("commit", Value::text(self.terms.commit)), ("size", size(self.terms.size))];
        put("terms", Value::map(terms));
        put("time", Value::text(self.time));
        put("v", size(VERSION));
        Value::Map(map)
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`RecordFault::NodeTooOld`] for a version that this build does not know, before anything else; then
    /// [`RecordFault::Field`] for the first field that is wrong, unknown ones last.
    pub fn from_value(value: Value) -> Result<Self, RecordFault> {
        let Value::Map(map) = value else {
            return Err(field("v", FieldFault::Missing));
        };
        let mut fields = Fields(map);
        fields.version()?;
        let header = Self {
            about: fields
                .optional("about", |name, v| read_hashes(name, v, true))?
                .unwrap_or_default(),
            annex: fields.optional("annex", read_annexes)?.unwrap_or_default(),
            audience: fields.optional("audience", read_hash)?,
            charter: fields.required("charter", read_hash)?,
            drill: fields.optional("drill", read_drill)?.unwrap_or_default(),
            kind: fields.required("kind", read_kind)?,
            label: fields.required("label", read_label)?,
            log: fields.required("log", read_origin)?,
            seen: fields.optional("seen", read_seen)?.unwrap_or_default(),
            terms: fields.required("terms", read_terms)?,
            time: fields.required("time", read_time)?,
        };
        fields.end()?;
        header.check_size()?;
        header.check_sealing()?;
        Ok(header)
    }

    /// Returns whether kind, label and subject are hidden in the terms.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.kind.as_str() == SEALED
    }

    fn check_size(&self) -> Result<(), RecordFault> {
        let is_closing = self.kind.as_str() == CLOSING;
        let len_max = if is_closing { CLOSING_LEN_MAX } else { TERMS_LEN_MAX };
        if self.terms.size > len_max as u64 {
            return Err(field("terms", FieldFault::TooLarge(len_max)));
        }
        Ok(())
    }

    fn check_sealing(&self) -> Result<(), RecordFault> {
        let is_sealed = self.is_sealed();
        if is_sealed != (self.label.as_str() == SEALED) {
            return Err(field("label", FieldFault::Form("`sealed` together with the kind")));
        }
        if is_sealed && self.audience.is_none() {
            return Err(field("audience", FieldFault::Missing));
        }
        let surplus = [
            ("about", is_sealed && !self.about.is_empty()),
            ("annex", is_sealed && !self.annex.is_empty()),
            ("audience", !is_sealed && self.audience.is_some()),
        ];
        match surplus.iter().find(|(_, is_surplus)| *is_surplus) {
            Some((name, _)) => Err(field(name, FieldFault::Surplus)),
            None => Ok(()),
        }
    }
}

/// The fields of an object, taken out one by one so that what is left over is unknown.
pub(crate) struct Fields(pub(crate) BTreeMap<String, Value>);

impl Fields {
    fn version(&mut self) -> Result<(), RecordFault> {
        let v = self.required("v", |name, v| {
            v.as_size().ok_or_else(|| field(name, FieldFault::Form("a version number")))
        })?;
        match v {
            VERSION => Ok(()),
            0 => Err(field("v", FieldFault::Form("a version number"))),
            newer => Err(RecordFault::NodeTooOld(newer)),
        }
    }

    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'static str, Value) -> Result<T, RecordFault>,
    ) -> Result<Option<T>, RecordFault> {
        self.0.remove(name).map(|value| read(name, value)).transpose()
    }

    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'static str, Value) -> Result<T, RecordFault>,
    ) -> Result<T, RecordFault> {
        self.optional(name, read)?.ok_or_else(|| field(name, FieldFault::Missing))
    }

    pub(crate) fn end(self) -> Result<(), RecordFault> {
        match self.0.into_keys().next() {
            Some(name) => Err(RecordFault::Field { name, what: FieldFault::Unknown }),
            None => Ok(()),
        }
    }
}

pub(crate) fn field(name: &str, what: FieldFault) -> RecordFault {
    RecordFault::Field { name: name.to_owned(), what }
}

pub(crate) fn hashes(hashes: &[Hash]) -> Value {
    Value::List(hashes.iter().map(Value::text).collect())
}

pub(crate) fn annexes(annexes: &[Annex]) -> Value {
    let annex = |annex: &Annex| {
        Value::map([
            ("commit", Value::text(annex.content.commit)),
            ("media", Value::text(&annex.media)),
            ("size", size(annex.content.size)),
        ])
    };
    Value::List(annexes.iter().map(annex).collect())
}

fn head(head: &Checkpoint) -> Value {
    Value::List(vec![Value::text(&head.origin), size(head.size), Value::text(head.root)])
}

/// Returns a size as JSON. One beyond 2^53 - 1 is written as that, and then refused by the reader that follows.
fn size(n: u64) -> Value {
    Value::int(n).unwrap_or(Value::Int(json::INT_MAX))
}

fn is_text<T>(
    name: &'static str,
    value: &Value,
    form: &'static str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, RecordFault> {
    value.as_text().and_then(read).ok_or_else(|| field(name, FieldFault::Form(form)))
}

fn read_hash(name: &'static str, value: Value) -> Result<Hash, RecordFault> {
    is_text(name, &value, "64 lower-case hexadecimal digits", |text| Hash::parse(text).ok())
}

pub(crate) fn read_kind(name: &'static str, value: Value) -> Result<Kind, RecordFault> {
    is_text(name, &value, "a record kind", |text| Kind::parse(text).ok())
}

pub(crate) fn read_label(name: &'static str, value: Value) -> Result<Label, RecordFault> {
    is_text(name, &value, "a label", |text| Label::parse(text).ok())
}

fn read_origin(name: &'static str, value: Value) -> Result<Origin, RecordFault> {
    is_text(name, &value, "a log's origin", |text| Origin::parse(text).ok())
}

fn read_time(name: &'static str, value: Value) -> Result<UnixSeconds, RecordFault> {
    is_text(name, &value, "a time like 2026-11-22T05:42:10Z", |text| UnixSeconds::parse(text).ok())
}

fn read_drill(name: &'static str, value: Value) -> Result<bool, RecordFault> {
    match value.as_bool() {
        Some(true) => Ok(true),
        Some(false) => Err(field(name, FieldFault::Surplus)),
        None => Err(field(name, FieldFault::Form("`true`"))),
    }
}

/// Reads a list, refusing one that is too long, or empty where it must be left out.
fn read_list(
    name: &'static str,
    value: Value,
    max: usize,
    is_left_out_empty: bool,
) -> Result<Vec<Value>, RecordFault> {
    match value {
        Value::List(list) if list.is_empty() && is_left_out_empty => {
            Err(field(name, FieldFault::Surplus))
        }
        Value::List(list) if list.len() > max => Err(field(name, FieldFault::TooMany(max))),
        Value::List(list) => Ok(list),
        Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Map(_) => {
            Err(field(name, FieldFault::Form("a list")))
        }
    }
}

pub(crate) fn read_hashes(
    name: &'static str,
    value: Value,
    is_left_out_empty: bool,
) -> Result<Vec<Hash>, RecordFault> {
    let list = read_list(name, value, ABOUT_MAX, is_left_out_empty)?;
    list.into_iter().map(|value| read_hash(name, value)).collect()
}

pub(crate) fn read_annexes(name: &'static str, value: Value) -> Result<Vec<Annex>, RecordFault> {
    let list = read_list(name, value, ANNEXES_MAX, true)?;
    list.iter().map(|value| read_annex(name, value)).collect()
}

fn read_annex(name: &'static str, value: &Value) -> Result<Annex, RecordFault> {
    let form = || field(name, FieldFault::Form("a list of `commit`, `media`, `size`"));
    let map = value.as_map().filter(|map| map.len() == 3).ok_or_else(form)?;
    let is_media = |text: &&str| {
        (1..=MEDIA_LEN_MAX).contains(&text.len()) && text.bytes().all(|b| matches!(b, 0x20..=0x7e))
    };
    let media = value.get("media").and_then(Value::as_text).filter(is_media).ok_or_else(form)?;
    let content = commitment(map).ok_or_else(form)?;
    if content.size > ANNEX_LEN_MAX as u64 {
        return Err(field(name, FieldFault::TooLarge(ANNEX_LEN_MAX)));
    }
    Ok(Annex { content, media: media.to_owned() })
}

fn read_terms(name: &'static str, value: Value) -> Result<Commitment, RecordFault> {
    let map = value.as_map().filter(|map| map.len() == 2);
    map.and_then(commitment).ok_or_else(|| field(name, FieldFault::Form("`commit` and `size`")))
}

fn commitment(map: &BTreeMap<String, Value>) -> Option<Commitment> {
    let commit = Hash::parse(map.get("commit")?.as_text()?).ok()?;
    Some(Commitment { commit, size: map.get("size")?.as_size()? })
}

fn read_seen(name: &'static str, value: Value) -> Result<Vec<Checkpoint>, RecordFault> {
    let mut seen: Vec<Checkpoint> = Vec::new();
    for value in read_list(name, value, SEEN_MAX, true)? {
        let head = read_head(&value)
            .ok_or_else(|| field(name, FieldFault::Form("a list of [origin, size, root]")))?;
        if seen.last().is_some_and(|last| last.origin >= head.origin) {
            return Err(field(name, FieldFault::Order));
        }
        seen.push(head);
    }
    Ok(seen)
}

fn read_head(value: &Value) -> Option<Checkpoint> {
    let [origin, size, root] = value.as_list()? else { return None };
    Some(Checkpoint {
        origin: Origin::parse(origin.as_text()?).ok()?,
        size: size.as_size()?,
        root: Hash::parse(root.as_text()?).ok()?,
    })
}
