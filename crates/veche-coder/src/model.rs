//! Model files: a header with version and hash, and parts that are used where they lie.
//!
//! ```text
//! bytes 0..16    "veche model" and five zero bytes
//! bytes 16..20   version of the format
//! bytes 20..24   kind: 1 tags, 2 arcs, 3 relations, 4 lemmas, 5 Russian, 6 events, 7 clusters
//! bytes 24..32   length of the body
//! bytes 32..64   SHA-256 of the body
//! body           count of classes, their codes, zeroes up to 64 bytes; then each part: its length (8 bytes), 56 zero bytes,
//!                its bytes, zeroes up to 64
//! ```
//!
//! The parts of a model of Russian are, in their order: words, the places of their vectors' pieces, the pieces; numbers of the morphology,
//! its tags; numbers of the syntax, its relations; numbers of the network of names, its tags. Numbers are of 32 bits, floating, in the order
//! in which `russian.rs` reads them; tags and relations are lines of text.
//!
//! Numbers are little-endian. All parts begin at a multiple of 64 bytes, so that a bucket of a table is one line of the
//! processor's cache if the file itself begins at one.
//!
//! **Invariant:** a model that was read has been walked through: each row lies inside its part and names classes that exist.

mod english;
mod error;
pub(crate) mod hash;
pub(crate) mod table;

pub use english::{Analysis, Language, english};
pub use error::{ModelError, ModelFault};

use sha2::{Digest, Sha256};
use std::fmt;

/// Version of the format that is written and read.
pub const VERSION: u32 = 2;

/// Longest model of one kind, in bytes: four times what a part has today.
pub const MODEL_LEN_MAX: usize = 16 * 1024 * 1024;

/// Longest model of Russian, in bytes: all its parts are in one file.
pub const RUSSIAN_LEN_MAX: usize = 40 * 1024 * 1024;

/// Most classes of a model: a class is one byte, and 128 sums fit the stack.
pub(crate) const CLASSES_MAX: usize = 128;

const MAGIC: [u8; 16] = *b"veche model\0\0\0\0\0";
const HEADER_LEN: usize = 64;
const ALIGNMENT: usize = 64;

/// What a model is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Parts of speech.
    Tags,
    /// Who hangs on whom.
    Arcs,
    /// By what relation.
    Relations,
    /// Forms of the dictionary.
    Lemmas,
    /// All of Russian, by imported networks.
    Russian,
    /// Events and their roles.
    Events,
    /// Words of like use.
    Clusters,
}

impl Kind {
    const fn code(self) -> u32 {
        match self {
            Self::Tags => 1,
            Self::Arcs => 2,
            Self::Relations => 3,
            Self::Lemmas => 4,
            Self::Russian => 5,
            Self::Events => 6,
            Self::Clusters => 7,
        }
    }

    /// Returns how long such a model may be, in bytes.
    const fn len_max(self) -> usize {
        match self {
            Self::Tags
            | Self::Arcs
            | Self::Relations
            | Self::Lemmas
            | Self::Events
            | Self::Clusters => MODEL_LEN_MAX,
            Self::Russian => RUSSIAN_LEN_MAX,
        }
    }

    /// Returns an error of this kind of model.
    pub(crate) const fn fails(self, fault: ModelFault) -> ModelError {
        ModelError { kind: self, fault }
    }

    /// Returns the error that one part is not what such a model has.
    pub(crate) const fn malformed(self, part: &'static str) -> ModelError {
        self.fails(ModelFault::Malformed { part })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tags => "tags",
            Self::Arcs => "arcs",
            Self::Relations => "relations",
            Self::Lemmas => "lemmas",
            Self::Russian => "Russian",
            Self::Events => "events",
            Self::Clusters => "clusters",
        })
    }
}

/// A model's classes and parts, as they lie in the file.
#[derive(Debug)]
pub(crate) struct Parts<'m, const N: usize> {
    /// Two bytes a class; what they mean is the kind's.
    pub(crate) classes: &'m [[u8; 2]],
    /// The parts in their order.
    pub(crate) parts: [&'m [u8]; N],
}

impl<'m, const N: usize> Parts<'m, N> {
    /// Reads header and directory, and checks the hash.
    pub(crate) fn read(kind: Kind, bytes: &'m [u8]) -> Result<Self, ModelError> {
        let body = body(kind, bytes).map_err(|fault| kind.fails(fault))?;
        Self::of_body(body).ok_or(kind.malformed("directory"))
    }

    /// Reads a model of which one alone is taken: that whose body has this SHA-256, in hexadecimal digits. Another one, such as that of an
    /// earlier version with fewer parts, is told by its hash before anybody looks at its parts.
    pub(crate) fn read_expected(
        kind: Kind,
        bytes: &'m [u8],
        sha256: &str,
    ) -> Result<Self, ModelError> {
        let body = body(kind, bytes).map_err(|fault| kind.fails(fault))?;
        let found = body_hash(bytes);
        if found != sha256 {
            return Err(kind.fails(ModelFault::NotExpected { found }));
        }
        Self::of_body(body).ok_or(kind.malformed("directory"))
    }

    fn of_body(body: &'m [u8]) -> Option<Self> {
        let (&count, rest) = body.split_first()?;
        let classes_len = usize::from(count).checked_mul(2)?;
        let (classes, _) = rest.get(..classes_len)?.as_chunks();
        let mut rest = body.get(aligned(classes_len + 1)..)?;
        let mut parts = [&body[..0]; N];
        for part in &mut parts {
            let (len, behind) = rest.split_first_chunk::<8>()?;
            let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
            let behind = behind.get(ALIGNMENT - 8..)?;
            *part = behind.get(..len)?;
            rest = behind.get(aligned(len)..)?;
        }
        (rest.is_empty() && usize::from(count) <= CLASSES_MAX).then_some(Self { classes, parts })
    }
}

fn body(kind: Kind, bytes: &[u8]) -> Result<&[u8], ModelFault> {
    let found = bytes.len();
    let max = kind.len_max();
    if found > max {
        return Err(ModelFault::TooLong { found, max });
    }
    let Some((header, body)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return Err(ModelFault::NoHeader { found });
    };
    let (magic, rest) = take::<16>(header);
    let (version, rest) = take::<4>(rest);
    let (code, rest) = take::<4>(rest);
    let (told, hash) = take::<8>(rest);
    let (version, code) = (u32::from_le_bytes(version), u32::from_le_bytes(code));
    if magic != MAGIC {
        return Err(ModelFault::NotAModel);
    }
    if version != VERSION {
        return Err(ModelFault::Version { found: version, known: VERSION });
    }
    if code != kind.code() {
        return Err(ModelFault::OtherKind { found: code });
    }
    let told = u64::from_le_bytes(told);
    if usize::try_from(told) != Ok(body.len()) {
        return Err(ModelFault::Length { told, found: body.len() });
    }
    if Sha256::digest(body).as_slice() != hash {
        return Err(ModelFault::Hash);
    }
    Ok(body)
}

/// Returns the hash of a model's body as its header tells it, in hexadecimal digits.
fn body_hash(bytes: &[u8]) -> String {
    let told = bytes.get(32..HEADER_LEN).unwrap_or_default();
    told.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the first `N` bytes, zeroes if there are fewer, and the rest.
fn take<const N: usize>(bytes: &[u8]) -> ([u8; N], &[u8]) {
    bytes.split_first_chunk::<N>().map_or(([0; N], bytes), |(first, rest)| (*first, rest))
}

/// Returns the next multiple of [`ALIGNMENT`].
const fn aligned(len: usize) -> usize {
    len.next_multiple_of(ALIGNMENT)
}

/// Writes a model file.
pub(crate) fn write(kind: Kind, classes: &[[u8; 2]], parts: &[&[u8]]) -> Vec<u8> {
    let mut body = vec![u8::try_from(classes.len()).unwrap_or(u8::MAX)];
    body.extend(classes.as_flattened());
    body.resize(aligned(body.len()), 0);
    for part in parts {
        body.extend((part.len() as u64).to_le_bytes());
        body.resize(aligned(body.len()), 0);
        body.extend(*part);
        body.resize(aligned(body.len()), 0);
    }
    let mut file = MAGIC.to_vec();
    file.extend(VERSION.to_le_bytes());
    file.extend(kind.code().to_le_bytes());
    file.extend((body.len() as u64).to_le_bytes());
    file.extend(Sha256::digest(&body));
    file.extend(body);
    file
}
