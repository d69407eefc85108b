//! The logs that a node holds, a line each (`formats/sync.md`, section 2).

use crate::base;
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::json::INT_MAX;
use crate::name::Origin;

/// Most logs in a listing: every state of the world in forty organisations' epochs.
pub const LOGS_MAX: usize = 8192;

/// Longest listing, in bytes.
pub const LISTING_LEN_MAX: usize = LOGS_MAX * 280;

/// Why bytes are not a listing. The fault of whoever sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {0} of the listing is not a log, its size and its root, after a line with a lesser log"
)]
pub struct NotAListing(pub usize);

/// Returns the bytes of a listing; the heads come in the order of their logs.
#[must_use]
pub fn listing_bytes(heads: &[Checkpoint]) -> Vec<u8> {
    let line = |head: &Checkpoint| {
        format!("{} {} {}\n", head.origin, head.size, base::encode(&head.root.0))
    };
    heads.iter().map(line).collect::<String>().into_bytes()
}

/// Parses a listing: each log once, in their order. Nothing in it is signed; it says where to ask.
///
/// # Errors
/// [`NotAListing`] with the number of the line.
pub fn parse_listing(bytes: &[u8]) -> Result<Vec<Checkpoint>, NotAListing> {
    let text = std::str::from_utf8(bytes).map_err(|_| NotAListing(1))?;
    let mut heads: Vec<Checkpoint> = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let head = parse_line(line).ok_or(NotAListing(number))?;
        let is_next = heads.last().is_none_or(|last| last.origin < head.origin);
        if !is_next || heads.len() == LOGS_MAX {
            return Err(NotAListing(number));
        }
        heads.push(head);
    }
    Ok(heads)
}

fn parse_line(line: &str) -> Option<Checkpoint> {
    let mut fields = line.strip_suffix('\n')?.split(' ');
    let (origin, size, root) = (fields.next()?, fields.next()?, fields.next()?);
    let size = base::decimal(size).filter(|size| *size <= INT_MAX.unsigned_abs())?;
    let root = Hash(base::decode_exact(root)?);
    let head = Checkpoint { origin: Origin::parse(origin).ok()?, size, root };
    fields.next().is_none().then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_back_and_another_form_refused() {
        let head = |party: &str, size| Checkpoint {
            origin: Origin::parse(&format!("six-rivers.example/{party}/1")).unwrap(),
            size,
            root: Hash([7; 32]),
        };
        let heads = [head("orvessa", 3), head("talmera", 0)];
        let bytes = listing_bytes(&heads);
        assert_eq!(parse_listing(&bytes), Ok(heads.to_vec()));
        assert_eq!(parse_listing(b""), Ok(Vec::new()));
        let text = String::from_utf8(bytes).unwrap();
        let twice = listing_bytes(&[head("talmera", 3), head("talmera", 3)]);
        assert_eq!(parse_listing(&twice), Err(NotAListing(2)));
        for bad in [text.replace(" 3 ", " 03 "), text.replace(" 3 ", "  "), text.trim_end().into()]
        {
            assert!(parse_listing(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert_eq!(parse_listing(&[0xff]), Err(NotAListing(1)));
    }
}
