//! Sealed records: kind, label and subject are in the terms; the header shows a padded size (`formats/record.md`, section 5).

use crate::commit::{Domain, Opening, OpeningError, SALT_LEN, TERMS_LEN_MAX};
use crate::hash::Hash;
use crate::json::{JsonError, Value, parse_canonical};
use crate::name::{Kind, Label};
use crate::record::RecordFault;
use crate::record::header::{
    self, Annex, FieldFault, Fields, Header, SEALED, field, read_annexes, read_hashes, read_kind,
    read_label,
};
use std::collections::BTreeMap;

/// What a sealed record says, to those who hold the opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// As [`Header::about`].
    pub about: Vec<Hash>,
    /// As [`Header::annex`].
    pub annex: Vec<Annex>,
    /// The kind of act; not `sealed`.
    pub kind: Kind,
    /// Who may read it; not `sealed`.
    pub label: Label,
    /// The terms of the act, an object.
    pub terms: Value,
}

/// Why a record cannot be sealed, unsealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The header is of an open record.
    #[error("the record is not sealed")]
    NotSealed,
    /// The opening is not that of the header. The fault of whoever sent it.
    #[error("the opening does not belong to the record")]
    Opening(#[source] OpeningError),
    /// The terms are not canonical JSON. The author's fault, as are all that follow.
    #[error("the terms are not canonical JSON")]
    Json(#[source] JsonError),
    /// The terms are no object, or a field of sealed terms is wrong.
    #[error("the terms are of another form")]
    Field(#[source] RecordFault),
    /// The header's audience is not that of the sealed label: it was to reach others than its label says.
    #[error("the audience in the header is not that of the label `{0}`")]
    OtherAudience(Label),
    /// The padding is not zeros, or the length is no Padmé length, and so tells more than it should.
    #[error("the padding is wrong: {0} bytes")]
    Padding(usize),
    /// Longer than terms may be.
    #[error("{0} bytes are more than the 65536 of a record's terms")]
    TooLong(usize),
}

/// Returns the audience of a label under a salt.
#[must_use]
pub fn audience(salt: &[u8; SALT_LEN], label: &Label) -> Hash {
    Hash::of(&[b"veche/audience/v1\0", salt, label.as_str().as_bytes()])
}

/// Returns whether a length is a Padmé length: it tells log2 of log2 of itself, at most 12 % above what it pads.
///
/// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4.
#[must_use]
pub const fn is_padme(len: usize) -> bool {
    len & padme_mask(len) == 0
}

const fn padme_mask(len: usize) -> usize {
    let Some(exponent) = len.checked_ilog2() else { return 0 };
    let Some(log) = exponent.checked_ilog2() else { return 0 };
    (1 << (exponent - (log + 1))) - 1
}

/// Returns the smallest Padmé length that is at least `len`.
const fn padded_len(len: usize) -> usize {
    let mask = padme_mask(len);
    (len + mask) & !mask
}

impl Sealed {
    /// Returns the opening of the sealed terms, and the audience that goes into the header.
    ///
    /// The header then has kind and label `sealed`, this audience, and `opening.commit(Domain::Terms)` as its terms.
    ///
    /// # Errors
    /// [`SealError::Field`] for what the receiver would refuse, [`SealError::TooLong`] beyond 64 KiB.
    pub fn seal(&self, salt: [u8; SALT_LEN]) -> Result<(Opening, Hash), SealError> {
        let bare = self.to_value(0).to_bytes().len();
        let pad = padded_len(bare) - bare;
        let bytes = self.to_value(pad).to_bytes();
        if bytes.len() > TERMS_LEN_MAX {
            return Err(SealError::TooLong(bytes.len()));
        }
        if read(&bytes)? != *self {
            return Err(SealError::Field(field("terms", FieldFault::Form("canonical JSON"))));
        }
        Ok((Opening { salt, bytes }, audience(&salt, &self.label)))
    }

    /// Opens the sealed terms of a record.
    ///
    /// # Errors
    /// [`SealError`] in the order seal, opening, JSON, fields, padding, audience.
    pub fn unseal(header: &Header, opening: &Opening) -> Result<Self, SealError> {
        let Some(stated) = header.audience.filter(|_| header.is_sealed()) else {
            return Err(SealError::NotSealed);
        };
        opening.check(Domain::Terms, &header.terms).map_err(SealError::Opening)?;
        let sealed = read(&opening.bytes)?;
        if audience(&opening.salt, &sealed.label) != stated {
            return Err(SealError::OtherAudience(sealed.label));
        }
        Ok(sealed)
    }

    /// Returns the header as those see it who hold the opening.
    #[must_use]
    pub fn header(&self, outer: &Header) -> Header {
        Header {
            about: self.about.clone(),
            annex: self.annex.clone(),
            kind: self.kind.clone(),
            label: self.label.clone(),
            ..outer.clone()
        }
    }

    fn to_value(&self, pad: usize) -> Value {
        let mut map = BTreeMap::from([
            ("about".to_owned(), header::hashes(&self.about)),
            ("kind".to_owned(), Value::text(&self.kind)),
            ("label".to_owned(), Value::text(&self.label)),
            ("pad".to_owned(), Value::Text("0".repeat(pad))),
            ("terms".to_owned(), self.terms.clone()),
        ]);
        if !self.annex.is_empty() {
            let _none = map.insert("annex".to_owned(), header::annexes(&self.annex));
        }
        Value::Map(map)
    }
}

fn read(bytes: &[u8]) -> Result<Sealed, SealError> {
    let value = parse_canonical(bytes).map_err(SealError::Json)?;
    let (sealed, pad) = read_fields(value).map_err(SealError::Field)?;
    if !is_padme(bytes.len()) || pad.bytes().any(|b| b != b'0') {
        return Err(SealError::Padding(bytes.len()));
    }
    Ok(sealed)
}

fn read_fields(value: Value) -> Result<(Sealed, String), RecordFault> {
    let Value::Map(map) = value else {
        return Err(field("terms", FieldFault::Missing));
    };
    let mut fields = Fields(map);
    let sealed = Sealed {
        about: fields.required("about", |name, v| read_hashes(name, v, false))?,
        annex: fields.optional("annex", read_annexes)?.unwrap_or_default(),
        kind: fields.required("kind", read_kind)?,
        label: fields.required("label", read_label)?,
        terms: fields.required("terms", |name, v| match v {
            Value::Map(_) => Ok(v),
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::List(_) => {
                Err(field(name, FieldFault::Form("an object")))
            }
        })?,
    };
    let pad = fields.required("pad", |name, v| match v {
        Value::Text(pad) => Ok(pad),
        Value::Bool(_) | Value::Int(_) | Value::List(_) | Value::Map(_) => {
            Err(field(name, FieldFault::Form("zeros")))
        }
    })?;
    fields.end()?;
    for (name, text) in [("kind", sealed.kind.as_str()), ("label", sealed.label.as_str())] {
        if text == SEALED {
            return Err(field(name, FieldFault::Form("the name of what is sealed")));
        }
    }
    Ok((sealed, pad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padded_lengths_are_those_of_the_paper() {
        // L = 9 pads to 10 and 10 to itself, as in the paper's figure 3; powers of two stay.
        for (len, padded) in [(1, 1), (2, 2), (8, 8), (9, 10), (10, 10), (65_536, 65_536)] {
            assert_eq!(padded_len(len), padded, "{len}");
        }
        for len in 1..5000 {
            let padded = padded_len(len);
            assert!(is_padme(padded) && padded * 100 <= len * 112, "{len} -> {padded}");
            assert!((len..padded).all(|shorter| !is_padme(shorter)), "{len} -> {padded}");
        }
    }
}
