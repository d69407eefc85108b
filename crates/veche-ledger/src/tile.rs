//! Tiles: the files in which a log is published (c2sp.org/tlog-tiles; `formats/log.md`, section 3).

use crate::base;
use crate::hash::Hash;
use crate::tree::node_hash;
use std::fmt;

/// Hashes of a full tile, and entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// Levels of tree that one level of tiles spans.
pub const TILE_HEIGHT: u32 = 8;

/// Highest level of tiles: 2^64 leaves need no more.
pub const TILE_LEVEL_MAX: u8 = 7;

/// Longest entry of a bundle, in bytes: its length is written in two.
pub const ENTRY_LEN_MAX: usize = 65_535;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TileKind {
    /// Hashes of a level of tiles, 0 to [`TILE_LEVEL_MAX`].
    Hashes(u8),
    /// Entries.
    Entries,
}

/// The path of a tile or entry bundle within its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TilePath {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// Why a text is not the path of a tile. The fault of who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not the path of a tile: tile/LEVEL/INDEX or tile/entries/INDEX, at the edge with .p/WIDTH"
)]
pub struct NotATile(pub String);

/// Why bytes are not a tile or entry bundle. The fault of whoever served them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// A tile of hashes is not 32 bytes for each.
    #[error("a tile of {width} hashes has {len} bytes")]
    Length {
        /// Hashes or entries by its path.
        width: u16,
        /// Bytes received.
        len: usize,
    },
    /// A bundle ends inside an entry.
    #[error("the bundle is cut short in entry {0}")]
    CutShort(u16),
    /// Bytes follow the last entry.
    #[error("{0} bytes follow the last entry of the bundle")]
    Trailing(usize),
    /// An entry is too long to be written.
    #[error("an entry of {0} bytes is more than a bundle can hold")]
    TooLong(usize),
}

impl TilePath {
    /// Makes the path of tile `index` of a kind with its first `width` hashes or entries.
    ///
    /// `None` for a width of 0 or above 256, a level above 7, or an index beyond 2^56.
    #[must_use]
    pub fn new(kind: TileKind, index: u64, width: u16) -> Option<Self> {
        let is_level = match kind {
            TileKind::Hashes(level) => level <= TILE_LEVEL_MAX,
            TileKind::Entries => true,
        };
        let is_width = (1..=TILE_WIDTH).contains(&u64::from(width));
        (is_level && is_width && index < 1 << 56).then_some(Self { kind, index, width })
    }

    /// Parses the one form of a path.
    ///
    /// # Errors
    /// [`NotATile`] with the text.
    pub fn parse(path: &str) -> Result<Self, NotATile> {
        let parsed = Self::read(path).filter(|parsed| parsed.to_string() == path);
        parsed.ok_or_else(|| NotATile(path.chars().take(120).collect()))
    }

    fn read(path: &str) -> Option<Self> {
        let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(u8::try_from(base::decimal(level)?).ok()?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, u16::try_from(base::decimal(width)?).ok()?),
            None => (rest, 256),
        };
        let mut n: u64 = 0;
        for group in index.split('/') {
            let digits: u64 = group.trim_start_matches('x').parse().ok()?;
            n = n.checked_mul(1000)?.checked_add(digits)?;
        }
        Self::new(kind, n, width)
    }

    /// Returns what the path names.
    #[must_use]
    pub const fn kind(&self) -> TileKind {
        self.kind
    }

    /// Returns the tile's index in its level.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// Returns how many hashes or entries it has, 1 to 256.
    #[must_use]
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Returns whether it can never grow.
    #[must_use]
    pub fn is_full(&self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes(level) => write!(f, "tile/{level}")?,
            TileKind::Entries => f.write_str("tile/entries")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (below, group) in groups.iter().enumerate().rev() {
            write!(f, "/{}{group:03}", if below == 0 { "" } else { "x" })?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Returns the tiles and bundles that exist at `new` leaves and did not at `old`, lower levels first.
#[must_use]
pub fn tiles_between(old: u64, new: u64) -> Vec<TilePath> {
    let mut paths = Vec::new();
    for kind in (0..=TILE_LEVEL_MAX).map(TileKind::Hashes).chain([TileKind::Entries]) {
        let shift = match kind {
            TileKind::Hashes(level) => u32::from(level) * TILE_HEIGHT,
            TileKind::Entries => 0,
        };
        let (had, has) = (old >> shift, new >> shift);
        let mut at = had;
        while at < has {
            let tile = at / TILE_WIDTH;
            let end = has.min((tile + 1).saturating_mul(TILE_WIDTH));
            let width = u16::try_from(end - tile * TILE_WIDTH).unwrap_or(256);
            paths.extend(TilePath::new(kind, tile, width));
            at = end;
        }
    }
    paths
}

/// Returns the bytes of a tile of hashes.
#[must_use]
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Parses a tile of `width` hashes.
///
/// # Errors
/// [`TileError::Length`].
pub fn parse_tile(bytes: &[u8], width: u16) -> Result<Vec<Hash>, TileError> {
    if bytes.len() != usize::from(width) * 32 {
        return Err(TileError::Length { width, len: bytes.len() });
    }
    let (hashes, _) = bytes.as_chunks::<32>();
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// Returns the bytes of an entry bundle.
///
/// # Errors
/// [`TileError::TooLong`] for an entry above 65,535 bytes.
pub fn bundle_bytes<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let len = u16::try_from(entry.len()).map_err(|_| TileError::TooLong(entry.len()))?;
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Parses an entry bundle of `width` entries.
///
/// # Errors
/// [`TileError::CutShort`], [`TileError::Trailing`].
pub fn parse_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, TileError> {
    let (mut entries, mut rest) = (Vec::new(), bytes);
    for number in 0..width {
        let cut = TileError::CutShort(number);
        let (len, after) = rest.split_first_chunk::<2>().ok_or(cut)?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (entry, after) = after.split_at_checked(len).ok_or(cut)?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() { Ok(entries) } else { Err(TileError::Trailing(rest.len())) }
}

/// Returns the node at a level and index of the tree from the tiles of hashes, which `tile` reads by level and index.
///
/// `None` if the tile is not there or not wide enough.
pub fn node_from_tiles(
    level: u32,
    index: u64,
    tile: impl FnOnce(u8, u64) -> Option<Vec<Hash>>,
) -> Option<Hash> {
    let (tile_level, height) = (u8::try_from(level / TILE_HEIGHT).ok()?, level % TILE_HEIGHT);
    let first = index.checked_mul(1 << height)?;
    let hashes = tile(tile_level, first / TILE_WIDTH)?;
    let from = usize::try_from(first % TILE_WIDTH).ok()?;
    let mut row = hashes.get(from..from + (1 << height))?.to_vec();
    while row.len() > 1 {
        let (pairs, _) = row.as_chunks::<2>();
        row = pairs.iter().map(|[left, right]| node_hash(*left, *right)).collect();
    }
    row.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        for path in
            ["tile/0/000", "tile/7/001.p/255", "tile/entries/x001/x234/067", "tile/1/x001/000"]
        {
            assert_eq!(TilePath::parse(path).unwrap().to_string(), path);
        }
        for path in [
            "tile/00/000",
            "tile/8/000",
            "tile/0/0",
            "tile/0/1000",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/",
            "tile/data/000",
            "tile/0/+01",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "/tile/0/000",
        ] {
            assert_eq!(TilePath::parse(path), Err(NotATile(path.into())));
        }
    }

    #[test]
    fn growing_a_log_writes_the_tiles_that_changed() {
        let paths = |old, new| -> Vec<String> {
            tiles_between(old, new).iter().map(ToString::to_string).collect()
        };
        assert_eq!(paths(0, 3), ["tile/0/000.p/3", "tile/entries/000.p/3"]);
        assert_eq!(
            paths(255, 257),
            [
                "tile/0/000",
                "tile/0/001.p/1",
                "tile/1/000.p/1",
                "tile/entries/000",
                "tile/entries/001.p/1"
            ]
        );
        assert!(paths(300, 300).is_empty());
    }

    #[test]
    fn a_bundle_is_read_back_and_its_damage_noticed() {
        let entries: [&[u8]; 3] = [b"one", b"", b"three"];
        let bytes = bundle_bytes(entries).unwrap();
        assert_eq!(parse_bundle(&bytes, 3).unwrap(), entries);
        assert_eq!(parse_bundle(&bytes, 2), Err(TileError::Trailing(7)));
        assert_eq!(parse_bundle(&bytes, 4), Err(TileError::CutShort(3)));
        assert_eq!(parse_bundle(&bytes[..11], 3), Err(TileError::CutShort(2)));
        assert_eq!(bundle_bytes([vec![0; 65_536].as_slice()]), Err(TileError::TooLong(65_536)));
        assert_eq!(parse_tile(&[0; 33], 1), Err(TileError::Length { width: 1, len: 33 }));
    }
}
