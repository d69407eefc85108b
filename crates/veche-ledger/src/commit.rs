//! Salted commitments: the log holds a hash, the bytes travel apart and can be destroyed (`formats/record.md`, section 4).

use crate::hash::Hash;

/// Longest terms of a record, in bytes: some 20 pages of text. Every node that may read them holds them for good.
pub const TERMS_LEN_MAX: usize = 64 * 1024;

/// Longest terms of a record of kind [`CLOSING`], in bytes. It alone carries others' signatures: sixteen heads, each cosigned by twelve
/// pairs of keys, fit. Without pairs a tenth of it is never needed.
pub const CLOSING_LEN_MAX: usize = 1024 * 1024;

/// The kind of the records that carry cosignatures.
pub const CLOSING: &str = "closing";

/// Longest annex, in bytes: a scanned dossier or a map; a data set is cited by its hash instead.
pub const ANNEX_LEN_MAX: usize = 16 * 1024 * 1024;

/// Bytes of salt: as many as the hash has, so that a short answer (yes, no) cannot be guessed from its commitment.
pub const SALT_LEN: usize = 32;

/// What a commitment is to; bytes of one domain never open a commitment of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The terms of a record: canonical JSON that the fold reads. Redaction may not touch them.
    Terms,
    /// An annex: any bytes, which redaction destroys.
    Annex,
}

/// What a header holds in place of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// The salted hash.
    pub commit: Hash,
    /// Length of the bytes, without salt.
    pub size: u64,
}

/// Salt and bytes: what opens a commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Opening {
    /// Random, used once.
    pub salt: [u8; SALT_LEN],
    /// What was committed to.
    pub bytes: Vec<u8>,
}

/// Why an opening does not open a commitment. The fault of whoever sent the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// Shorter than a salt.
    #[error("an opening has at least 32 bytes of salt: it is cut short")]
    CutShort,
    /// Longer than its domain allows.
    #[error("{len} bytes are more than the {len_max} that are allowed")]
    TooLong {
        /// Bytes without salt.
        len: usize,
        /// Bytes allowed.
        len_max: usize,
    },
    /// Not the length that the header states.
    #[error("the header states {stated} bytes, there are {len}")]
    OtherSize {
        /// As the header states.
        stated: u64,
        /// Bytes without salt.
        len: usize,
    },
    /// The hash is another.
    #[error("the bytes are not those that were committed to")]
    OtherBytes,
}

impl Domain {
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Terms => b"veche/terms/v1\0",
            Self::Annex => b"veche/payload/v1\0",
        }
    }

    /// Returns the most bytes that an opening of this domain may have, without salt.
    #[must_use]
    pub const fn len_max(self) -> usize {
        match self {
            Self::Terms => CLOSING_LEN_MAX,
            Self::Annex => ANNEX_LEN_MAX,
        }
    }
}

impl Opening {
    /// Parses the stored form: salt, then bytes.
    ///
    /// # Errors
    /// [`OpeningError::CutShort`] without a whole salt, [`OpeningError::TooLong`] beyond the domain's limit.
    pub fn from_bytes(domain: Domain, stored: &[u8]) -> Result<Self, OpeningError> {
        let (salt, bytes) = stored.split_first_chunk::<SALT_LEN>().ok_or(OpeningError::CutShort)?;
        if bytes.len() > domain.len_max() {
            return Err(OpeningError::TooLong { len: bytes.len(), len_max: domain.len_max() });
        }
        Ok(Self { salt: *salt, bytes: bytes.to_vec() })
    }

    /// Returns the stored form: salt, then bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.salt.as_slice(), &self.bytes].concat()
    }

    /// Returns the commitment that these bytes open.
    #[must_use]
    pub fn commit(&self, domain: Domain) -> Commitment {
        let commit = Hash::of(&[domain.prefix(), &self.salt, &self.bytes]);
        Commitment { commit, size: self.bytes.len() as u64 }
    }

    /// Checks that this opens `commitment`.
    ///
    /// # Errors
    /// [`OpeningError`] in the order limit, size, hash.
    pub fn check(&self, domain: Domain, commitment: &Commitment) -> Result<(), OpeningError> {
        let (len, len_max) = (self.bytes.len(), domain.len_max());
        if len > len_max {
            return Err(OpeningError::TooLong { len, len_max });
        }
        if len as u64 != commitment.size {
            return Err(OpeningError::OtherSize { stated: commitment.size, len });
        }
        if self.commit(domain).commit != commitment.commit {
            return Err(OpeningError::OtherBytes);
        }
        Ok(())
    }
}

impl std::fmt::Debug for Opening {
    /// Prints the length only: content goes by label, a log file by none.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opening({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening() -> Opening {
        Opening { salt: [3; 32], bytes: b"{\"stance\":\"agree\"}".to_vec() }
    }

    #[test]
    fn an_opening_opens_its_commitment_only() {
        let commitment = opening().commit(Domain::Terms);
        assert_eq!(opening().check(Domain::Terms, &commitment), Ok(()));
        assert_eq!(opening().check(Domain::Annex, &commitment), Err(OpeningError::OtherBytes));
        let mut other = opening();
        other.salt[31] ^= 1;
        assert_eq!(other.check(Domain::Terms, &commitment), Err(OpeningError::OtherBytes));
        other.bytes.push(b'\n');
        let error = OpeningError::OtherSize { stated: 18, len: 19 };
        assert_eq!(other.check(Domain::Terms, &commitment), Err(error));
    }

    #[test]
    fn the_stored_form_is_read_back_and_its_limits_hold() {
        let stored = opening().to_bytes();
        assert_eq!(Opening::from_bytes(Domain::Terms, &stored), Ok(opening()));
        let cut = Opening::from_bytes(Domain::Terms, &stored[..31]);
        assert_eq!(cut, Err(OpeningError::CutShort));
        let long = Opening::from_bytes(Domain::Terms, &vec![0; SALT_LEN + CLOSING_LEN_MAX + 1]);
        let error = OpeningError::TooLong { len: CLOSING_LEN_MAX + 1, len_max: CLOSING_LEN_MAX };
        assert_eq!(long, Err(error));
    }
}
