//! Files encrypted for one recipient: written as bytes come, read at any place, with one chunk in memory.

use super::volume::BundleFault;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use veche_ledger::age::{self, AgeError, CHUNK_LEN, Contents, Fresh, Identity, Recipient, TAG_LEN};

/// Bytes of a sealed chunk.
const SEALED_LEN: usize = CHUNK_LEN + TAG_LEN;

/// Encrypts what is written to it. Without [`Self::finish`] nobody takes it for whole.
pub(super) struct SealedWriter<W> {
    out: W,
    contents: Contents,
    chunk: Vec<u8>,
    number: u64,
}

impl<W: Write> SealedWriter<W> {
    pub(super) fn begin(mut out: W, recipient: &Recipient, fresh: &Fresh) -> io::Result<Self> {
        let (prefix, contents) = age::begin(recipient, fresh).map_err(io::Error::other)?;
        out.write_all(&prefix)?;
        Ok(Self { out, contents, chunk: Vec::with_capacity(CHUNK_LEN), number: 0 })
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            // A whole chunk is written once it is known that it is not the last.
            if self.chunk.len() == CHUNK_LEN {
                self.write_chunk(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_LEN - self.chunk.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Writes the last chunk and returns what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        Ok(self.out)
    }

    fn write_chunk(&mut self, is_last: bool) -> io::Result<()> {
        self.out.write_all(&self.contents.seal(self.number, is_last, &self.chunk))?;
        self.number += 1;
        self.chunk.clear();
        Ok(())
    }
}

/// Returns the bytes of a file with so many plain bytes.
pub(super) const fn sealed_len(plain: u64) -> u64 {
    let chunks = if plain == 0 { 1 } else { plain.div_ceil(CHUNK_LEN as u64) };
    age::PREFIX_LEN as u64 + plain + chunks * TAG_LEN as u64
}

/// An encrypted file, read at any place.
#[derive(Debug)]
pub(super) struct SealedFile {
    file: BufReader<File>,
    contents: Contents,
    chunks: u64,
    len: u64,
    /// The chunk that was opened last.
    last: Option<(u64, Vec<u8>)>,
}

impl SealedFile {
    pub(super) fn open(path: &Path, identities: &[Identity]) -> Result<Self, BundleFault> {
        let mut file = File::open(path)?;
        let whole = file.metadata()?.len();
        let mut prefix = [0; age::PREFIX_LEN];
        match file.read_exact(&mut prefix) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(BundleFault::NotABundle);
            }
            Err(error) => return Err(error.into()),
        }
        let contents = age::open(&prefix, identities).map_err(|error| match error {
            AgeError::Form => BundleFault::NotABundle,
            AgeError::OtherRecipient => BundleFault::NoKey,
            AgeError::Header | AgeError::WeakRecipient => BundleFault::Damaged,
        })?;
        let sealed = whole - age::PREFIX_LEN as u64;
        let chunks = sealed.div_ceil(SEALED_LEN as u64);
        let len = sealed.checked_sub(chunks * TAG_LEN as u64).filter(|len| *len > 0);
        let len = len.ok_or(BundleFault::Damaged)?;
        Ok(Self { file: BufReader::new(file), contents, chunks, len, last: None })
    }

    /// Returns how many plain bytes there are.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Reads plain bytes from a place on; fewer where a chunk or the file ends.
    pub(super) fn read_some(&mut self, at: u64, room: usize) -> Result<&[u8], BundleFault> {
        let (number, skip) = (at / CHUNK_LEN as u64, at % CHUNK_LEN as u64);
        if self.last.as_ref().is_none_or(|(last, _)| *last != number) {
            let plain = self.open_chunk(number)?;
            self.last = Some((number, plain));
        }
        let chunk = self.last.as_ref().map(|(_, plain)| plain.as_slice()).unwrap_or_default();
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let rest = chunk.get(skip..).unwrap_or_default();
        Ok(&rest[..rest.len().min(room)])
    }

    /// Reads so many plain bytes from a place on.
    pub(super) fn read_exact(&mut self, at: u64, len: usize) -> Result<Vec<u8>, BundleFault> {
        let mut bytes = Vec::with_capacity(len.min(1 << 20));
        while bytes.len() < len {
            let some = self.read_some(at + bytes.len() as u64, len - bytes.len())?;
            if some.is_empty() {
                return Err(BundleFault::Damaged);
            }
            bytes.extend_from_slice(some);
        }
        Ok(bytes)
    }

    fn open_chunk(&mut self, number: u64) -> Result<Vec<u8>, BundleFault> {
        if number >= self.chunks {
            return Ok(Vec::new());
        }
        let at = age::PREFIX_LEN as u64 + number * SEALED_LEN as u64;
        self.file.seek(SeekFrom::Start(at))?;
        let mut sealed = Vec::with_capacity(SEALED_LEN);
        self.file.by_ref().take(SEALED_LEN as u64).read_to_end(&mut sealed)?;
        let plain = self.contents.open(number, number + 1 == self.chunks, &sealed);
        plain.ok_or(BundleFault::Damaged)
    }
}
