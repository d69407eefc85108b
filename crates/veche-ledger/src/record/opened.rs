//! What a record says, to those who hold the opening of its terms: one view of open and of sealed records.

use crate::commit::{Domain, Opening};
use crate::json::{Value, parse_canonical};
use crate::record::header::{FieldFault, Header, field};
use crate::record::sealed::{SealError, Sealed};

/// A header and the terms behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The header; of a sealed record with the kind, label and subjects that were sealed.
    pub header: Header,
    /// The terms, an object.
    pub terms: Value,
}

impl Opened {
    /// Opens the terms of a record.
    ///
    /// # Errors
    /// [`SealError`] in the order opening, JSON, fields, padding, audience.
    pub fn new(header: &Header, opening: &Opening) -> Result<Self, SealError> {
        if header.is_sealed() {
            let sealed = Sealed::unseal(header, opening)?;
            return Ok(Self { header: sealed.header(header), terms: sealed.terms });
        }
        opening.check(Domain::Terms, &header.terms).map_err(SealError::Opening)?;
        let terms = parse_canonical(&opening.bytes).map_err(SealError::Json)?;
        if terms.as_map().is_none() {
            return Err(SealError::Field(field("terms", FieldFault::Form("an object"))));
        }
        Ok(Self { header: header.clone(), terms })
    }
}
