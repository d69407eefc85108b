//! The one form of ZIP that a certificate has: stored, no times, files ascending by name. Written and read here, because
//! the bytes must be the same from every version of every library: who rebuilds the file compares bytes.
//!
//! Source: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

use std::collections::BTreeMap;

/// Largest certificate, in bytes: 57 members with a busy week between tabling and closing fit four times over.
pub const CERTIFICATE_LEN_MAX: usize = 64 * 1024 * 1024;

/// Most files in a certificate: charter, statement, policy, read-me, three for each log, one for each opening.
pub const FILES_MAX: usize = 60_000;

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// 1980-01-01, the first date that the format can write.
const DATE: u16 = 0x0021;

/// Why bytes are not such a ZIP.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ZipError {
    /// Larger than any certificate.
    #[error("{0} bytes are more than the {CERTIFICATE_LEN_MAX} that a certificate may have")]
    TooLong(usize),
    /// Cut short, or not a ZIP.
    #[error("the file is cut short or is no ZIP: at byte {0}")]
    CutShort(usize),
    /// Compressed, encrypted, or otherwise not the one form.
    #[error("the file at byte {0} is not stored plainly")]
    NotStored(usize),
    /// A name that is not UTF-8, or comes twice or out of order.
    #[error("the file name at byte {0} is not UTF-8, or out of order")]
    Name(usize),
    /// Too many files.
    #[error("more than {FILES_MAX} files")]
    TooManyFiles,
    /// The bytes are not those that the files inside make.
    #[error("the file is not byte for byte the one that its content makes")]
    NotCanonical,
}

/// Returns the ZIP of the files.
#[must_use]
pub(crate) fn write(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut central = Vec::new();
    for (name, bytes) in files {
        let offset = u32_of(out.len());
        let fields = shared_fields(name, bytes);
        put32(&mut out, LOCAL);
        out.extend_from_slice(&fields);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(bytes);
        put32(&mut central, CENTRAL);
        put16(&mut central, 20);
        central.extend_from_slice(&fields);
        // Comment length, disk number, internal attributes: 2 bytes each; external attributes: 4.
        central.extend_from_slice(&[0; 10]);
        put32(&mut central, offset);
        central.extend_from_slice(name.as_bytes());
    }
    let (start, count) = (u32_of(out.len()), u16::try_from(files.len()).unwrap_or(u16::MAX));
    out.extend_from_slice(&central);
    put32(&mut out, END);
    put32(&mut out, 0);
    put16(&mut out, count);
    put16(&mut out, count);
    put32(&mut out, u32_of(central.len()));
    put32(&mut out, start);
    put16(&mut out, 0);
    out
}

/// Returns the fields that a local and a central header share: version to extra length.
fn shared_fields(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut fields = Vec::with_capacity(26);
    put16(&mut fields, 20);
    // Bit 11: names are UTF-8. Method 0: stored. Time 0.
    put16(&mut fields, 0x0800);
    put16(&mut fields, 0);
    put16(&mut fields, 0);
    put16(&mut fields, DATE);
    put32(&mut fields, crc32(bytes));
    put32(&mut fields, u32_of(bytes.len()));
    put32(&mut fields, u32_of(bytes.len()));
    put16(&mut fields, u16::try_from(name.len()).unwrap_or(u16::MAX));
    put16(&mut fields, 0);
    fields
}

/// Reads the files, and refuses any ZIP that is not byte for byte what [`write`] makes of them.
pub(crate) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, ZipError> {
    if bytes.len() > CERTIFICATE_LEN_MAX {
        return Err(ZipError::TooLong(bytes.len()));
    }
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut at = 0;
    while get32(bytes, at)? == LOCAL {
        if files.len() == FILES_MAX {
            return Err(ZipError::TooManyFiles);
        }
        if get16(bytes, at + 8)? != 0
            || get16(bytes, at + 6)? != 0x0800
            || get16(bytes, at + 28)? != 0
        {
            return Err(ZipError::NotStored(at));
        }
        let (size, name_len) =
            (get32(bytes, at + 18)? as usize, usize::from(get16(bytes, at + 26)?));
        let name_at = at + 30;
        let content_at = name_at + name_len;
        let end = content_at.checked_add(size).ok_or(ZipError::CutShort(at))?;
        let name = bytes.get(name_at..content_at).ok_or(ZipError::CutShort(at))?;
        let content = bytes.get(content_at..end).ok_or(ZipError::CutShort(at))?;
        let name = std::str::from_utf8(name).map_err(|_| ZipError::Name(at))?;
        if files.last_key_value().is_some_and(|(last, _)| last.as_str() >= name) {
            return Err(ZipError::Name(at));
        }
        files.insert(name.to_owned(), content.to_vec());
        at = end;
    }
    if write(&files) == bytes { Ok(files) } else { Err(ZipError::NotCanonical) }
}

/// Returns CRC-32 (ISO 3309) of the bytes.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        let low = usize::from((crc.to_le_bytes()[0]) ^ byte);
        (crc >> 8) ^ CRC_TABLE[low]
    })
}

const CRC_TABLE: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let mut crc = n;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[n as usize] = crc;
        n += 1;
    }
    table
}

fn u32_of(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn put16(out: &mut Vec<u8>, n: u16) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, n: u32) {
    out.extend_from_slice(&n.to_le_bytes());
}

fn get16(bytes: &[u8], at: usize) -> Result<u16, ZipError> {
    let two =
        bytes.get(at..).and_then(|rest| rest.first_chunk::<2>()).ok_or(ZipError::CutShort(at))?;
    Ok(u16::from_le_bytes(*two))
}

fn get32(bytes: &[u8], at: usize) -> Result<u32, ZipError> {
    let four =
        bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(ZipError::CutShort(at))?;
    Ok(u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> BTreeMap<String, Vec<u8>> {
        [("a.txt", "one"), ("b/c.txt", ""), ("b/d.txt", "two")]
            .map(|(n, b)| (n.to_owned(), b.into()))
            .into()
    }

    #[test]
    fn files_are_written_and_read_back() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926, "check value of CRC-32/ISO-HDLC");
        assert_eq!(read(&write(&files())), Ok(files()));
    }

    #[test]
    fn any_changed_byte_is_refused_or_changes_a_file() {
        let zip = write(&files());
        for at in 0..zip.len() {
            let mut changed = zip.clone();
            changed[at] ^= 1;
            assert_ne!(read(&changed), Ok(files()), "byte {at}");
        }
        for end in 0..zip.len() {
            assert!(read(&zip[..end]).is_err(), "cut at {end}");
        }
    }
}
