//! The bytes of an input, unpacked.

use super::{Packing, SourceFault};
use flate2::bufread::MultiGzDecoder;
use std::io::{BufRead, BufReader, Cursor, ErrorKind, Read as _};

/// How many unpacked bytes are held at a time.
const UNPACKED_LEN: usize = 64 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZIP_MAGIC: [u8; 4] = *b"PK\x03\x04";

pub(super) struct Input<'a> {
    pub(super) bytes: Box<dyn BufRead + 'a>,
    pub(super) packing: Packing,
}

impl<'a> Input<'a> {
    pub(super) fn open(raw: &'a mut dyn BufRead) -> Result<Self, SourceFault> {
        let mut head = Vec::with_capacity(ZIP_MAGIC.len());
        let wanted = u64::try_from(ZIP_MAGIC.len()).unwrap_or(u64::MAX);
        (&mut *raw).take(wanted).read_to_end(&mut head).map_err(SourceFault::Read)?;
        if head.is_empty() {
            return Err(SourceFault::Empty);
        }
        if head == ZIP_MAGIC {
            return Err(SourceFault::Zip);
        }
        let gzip = head.starts_with(&GZIP_MAGIC);
        let whole = Cursor::new(head).chain(raw);
        Ok(if gzip {
            let unpacked = BufReader::with_capacity(UNPACKED_LEN, MultiGzDecoder::new(whole));
            Self { bytes: Box::new(unpacked), packing: Packing::Gzip }
        } else {
            Self { bytes: Box::new(whole), packing: Packing::Plain }
        })
    }

    pub(super) fn fault(packing: Packing, rows: u64, error: std::io::Error) -> SourceFault {
        match (packing, error.kind()) {
            (Packing::Gzip, ErrorKind::UnexpectedEof) => SourceFault::CutShort { rows },
            (Packing::Gzip, ErrorKind::InvalidData | ErrorKind::InvalidInput) => {
                SourceFault::Damaged { rows }
            }
            _ => SourceFault::Read(error),
        }
    }
}
