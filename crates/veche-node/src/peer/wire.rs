//! Bodies on the wire: compressed where that pays, and never unpacked beyond what was asked for.

use std::io::Read as _;

/// The name of the compression in headers (RFC 8878).
pub(super) const ENCODING: &str = "zstd";

/// The name of the headers by which an answer is asked for as what has changed, and is said to be (RFC 3229).
pub(super) const TAKES: &str = "a-im";
/// As [`TAKES`], of the answer.
pub(super) const GIVEN: &str = "im";

/// How changes are told: lines in place of others (`formats/sync.md`, section 2).
pub(super) const LINES: &str = "veche-lines";

/// The level: the fastest that zstd names; records are text and shrink to a third even so.
const LEVEL: i32 = 1;

/// Shortest body that is compressed, in bytes: a packet is sent either way.
const LEN_MIN: usize = 1024;

/// Why a body cannot be unpacked. The fault of whoever sent it.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackError {
    /// It is not what it says.
    #[error("the body is not compressed as it says: {0}")]
    Form(std::io::Error),
    /// It is longer than what was asked for.
    #[error("the body unpacks to more than {0} bytes")]
    TooLong(usize),
}

/// Compresses a body; `None` where it does not pay.
pub(super) fn pack(body: &[u8]) -> Option<Vec<u8>> {
    if body.len() < LEN_MIN {
        return None;
    }
    let packed = zstd::bulk::compress(body, LEVEL).ok()?;
    (packed.len() < body.len()).then_some(packed)
}

/// Unpacks a body, at most `len_max` bytes of it.
pub(super) fn unpack(packed: &[u8], len_max: usize) -> Result<Vec<u8>, UnpackError> {
    let mut body = Vec::new();
    let decoder = zstd::stream::read::Decoder::with_buffer(packed).map_err(UnpackError::Form)?;
    let limit = u64::try_from(len_max).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(limit).read_to_end(&mut body).map_err(UnpackError::Form)?;
    if body.len() > len_max { Err(UnpackError::TooLong(len_max)) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_unpacked_to_its_limit_and_not_beyond() {
        let body = vec![7; 1_000_000];
        let packed = pack(&body).unwrap();
        assert!(packed.len() < 1_000, "{}", packed.len());
        assert_eq!(unpack(&packed, 1_000_000).unwrap(), body);
        assert!(matches!(unpack(&packed, 999_999), Err(UnpackError::TooLong(999_999))));
        assert!(matches!(
            unpack(&packed[..packed.len() / 2], 2_000_000),
            Err(UnpackError::Form(_))
        ));
        assert!(matches!(unpack(b"no such thing", 100), Err(UnpackError::Form(_))));
        assert_eq!(pack(b"short"), None);
    }
}
