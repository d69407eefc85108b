//! A reader that hashes what it hands on, so that an input need not be held to be pinned.

use super::{SourceError, SourceFault};
use crate::vintage::Vintage;
use sha2::{Digest as _, Sha256};
use std::io::{self, BufRead, Read};

/// Reads an input, and pins it: returns what `read` made of it, with the hash of all its bytes.
///
/// Bytes that `read` leaves, behind the end of a gzip stream say, count too.
///
/// # Errors
/// Those of `read`; [`SourceFault::Read`] where the rest cannot be read.
pub fn pinned<T>(
    input: &mut dyn BufRead,
    read: impl FnOnce(&mut dyn BufRead) -> Result<T, SourceError>,
) -> Result<(T, Vintage), SourceError> {
    let mut hashing = Hashing { input, hash: Sha256::new() };
    let found = read(&mut hashing)?;
    let vintage = hashing
        .finish()
        .map_err(|error| SourceError { line: 0, fault: SourceFault::Read(error) })?;
    Ok((found, vintage))
}

struct Hashing<'a> {
    input: &'a mut dyn BufRead,
    hash: Sha256,
}

impl Hashing<'_> {
    fn finish(mut self) -> io::Result<Vintage> {
        loop {
            match self.fill_buf() {
                Ok([]) => return Ok(Vintage(self.hash.finalize().into())),
                Ok(rest) => {
                    let len = rest.len();
                    self.consume(len);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = self.input.read(out)?;
        self.hash.update(out.get(..len).unwrap_or_default());
        Ok(len)
    }
}

impl BufRead for Hashing<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, len: usize) {
        // What is in the buffer is there still: filling it again reads nothing.
        if let Ok(chunk) = self.input.fill_buf() {
            self.hash.update(chunk.get(..len).unwrap_or_default());
        }
        self.input.consume(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf abc | sha256sum`
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_hash_is_that_of_all_bytes_however_few_were_read() {
        for wanted in 0..=3 {
            let ((), by_read) = pinned(&mut &b"abc"[..], |input| {
                input.read_exact(&mut vec![0; wanted]).unwrap();
                Ok(())
            })
            .unwrap();
            let ((), by_buffer) = pinned(&mut &b"abc"[..], |input| {
                assert_eq!(input.fill_buf().unwrap(), b"abc");
                input.consume(wanted);
                Ok(())
            })
            .unwrap();
            assert_eq!((by_read.to_string(), by_buffer.to_string()), (ABC.into(), ABC.into()));
        }
    }
}
