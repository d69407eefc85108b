//! The one form of an archive's headers (POSIX ustar; `formats/bundle.md`, section 3).
//!
//! A reader of tar meant for everything has to say no to links, devices, sparse files and three kinds of longer headers, each a way to write
//! outside of where it should or to make small archives large. Here a header is made of a path and a length, and one that came is accepted if it
//! is the one that would have been made.

/// Bytes of a block.
pub const BLOCK_LEN: usize = 512;

const NAME_LEN: usize = 100;
const PREFIX: std::ops::Range<usize> = 345..500;
const SIZE: std::ops::Range<usize> = 124..136;
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Longest member, in bytes: what eleven octal digits can say.
const MEMBER_LEN_MAX: u64 = 0o77_777_777_777;

/// A block.
pub type Block = [u8; BLOCK_LEN];

/// What a header block says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A member follows.
    Member {
        /// Its path.
        path: String,
        /// Its bytes.
        len: u64,
    },
    /// The archive ends: a second block of zeros follows, and nothing else.
    End,
}

/// Returns the header of a member; `None` if its path is too long for the form.
#[must_use]
pub fn header(path: &str, len: u64) -> Option<Block> {
    let (prefix, name) = split(path)?;
    if len > MEMBER_LEN_MAX {
        return None;
    }
    let mut block = [0; BLOCK_LEN];
    put(&mut block, 0, name.as_bytes());
    put(&mut block, 100, b"0000644\x000000000\x000000000\0");
    put(&mut block, SIZE.start, format!("{len:011o}\0").as_bytes());
    put(&mut block, 136, b"00000000000\0");
    put(&mut block, 156, b"0");
    put(&mut block, 257, b"ustar\x0000");
    put(&mut block, 329, b"0000000\x000000000\0");
    put(&mut block, PREFIX.start, prefix.as_bytes());
    put(&mut block, CHECKSUM.start, b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, CHECKSUM.start, format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Reads a header; `None` for one that this page does not make.
#[must_use]
pub fn parse(block: &Block) -> Option<Head> {
    if block.iter().all(|byte| *byte == 0) {
        return Some(Head::End);
    }
    let text = |bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        std::str::from_utf8(&bytes[..end]).ok().map(str::to_owned)
    };
    let (name, prefix) = (text(&block[..NAME_LEN])?, text(&block[PREFIX])?);
    let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
    let len = u64::from_str_radix(&text(&block[SIZE])?, 8).ok()?;
    (header(&path, len)? == *block).then_some(Head::Member { path, len })
}

/// Returns the bytes that a member takes up, its header and padding with it.
#[must_use]
pub const fn room(len: u64) -> u64 {
    BLOCK_LEN as u64 + len.next_multiple_of(BLOCK_LEN as u64)
}

/// Splits a path in what stands in `prefix` and `name`.
fn split(path: &str) -> Option<(&str, &str)> {
    let is_plain = !path.is_empty() && path.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_plain {
        return None;
    }
    if path.len() <= NAME_LEN {
        return Some(("", path));
    }
    let fits =
        |at: usize| at <= PREFIX.len() && at > 0 && (1..=NAME_LEN).contains(&(path.len() - at - 1));
    let at = path.match_indices('/').map(|(at, _)| at).rfind(|at| fits(*at))?;
    Some((&path[..at], &path[at + 1..]))
}

fn put(block: &mut Block, at: usize, bytes: &[u8]) {
    for (to, from) in block.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back() {
        let long = format!("{}/{}", "a".repeat(150), "b".repeat(100));
        for (path, len) in [("heads", 0), (long.as_str(), 7), ("a/b", MEMBER_LEN_MAX)] {
            let block = header(path, len).unwrap();
            assert_eq!(parse(&block), Some(Head::Member { path: path.to_owned(), len }));
        }
        assert_eq!(parse(&[0; BLOCK_LEN]), Some(Head::End));
        for path in ["", "a b", "a\0b", "ä", &"a".repeat(101), &format!("{}/b", "a".repeat(200))] {
            assert_eq!(header(path, 0), None, "{path}");
        }
        assert_eq!(header("a", MEMBER_LEN_MAX + 1), None);
    }

    #[test]
    fn a_header_with_any_bit_changed_is_refused_also_with_the_checksum_set_right() {
        let block = header("heads", 5).unwrap();
        for at in 0..BLOCK_LEN {
            for bit in 0..8 {
                let mut bad = block;
                bad[at] ^= 1 << bit;
                let read = parse(&bad);
                assert_ne!(read, Some(Head::Member { path: "heads".to_owned(), len: 5 }), "{at}");
                if CHECKSUM.contains(&at) {
                    continue;
                }
                put(&mut bad, CHECKSUM.start, b"        ");
                let sum: u32 = bad.iter().map(|byte| u32::from(*byte)).sum();
                put(&mut bad, CHECKSUM.start, format!("{sum:06o}\0 ").as_bytes());
                // Another name or length is another member; anything else is none.
                let is_other = at < 5 || SIZE.contains(&at) || at == 5 || PREFIX.contains(&at);
                assert!(parse(&bad).is_none() || is_other, "{at}");
            }
        }
    }

    #[test]
    fn links_directories_sparse_files_and_longer_headers_are_refused() {
        for kind in *b"\x001234567gxLKSDMVN" {
            let mut bad = header("heads", 5).unwrap();
            bad[156] = kind;
            put(&mut bad, CHECKSUM.start, b"        ");
            let sum: u32 = bad.iter().map(|byte| u32::from(*byte)).sum();
            put(&mut bad, CHECKSUM.start, format!("{sum:06o}\0 ").as_bytes());
            assert_eq!(parse(&bad), None, "{kind}");
        }
    }
}
