//! What one node asks of another: the paths of `formats/sync.md`, section 1.

use crate::checkpoint::CHECKPOINT_LIMITS;
use crate::commit::{CLOSING_LEN_MAX, SALT_LEN, TERMS_LEN_MAX};
use crate::name::Origin;
use crate::record::RECORD_LEN_MAX;
use crate::sync::listing::LISTING_LEN_MAX;
use crate::tile::{TileKind, TilePath};
use std::fmt;

/// Something that a node serves, by its path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The logs that it holds, with size and root each.
    Heads,
    /// The latest checkpoint of a log.
    Checkpoint(Origin),
    /// Hashes or entries of a log.
    Tile(Origin, TilePath),
    /// The openings of a bundle's entries, those that the asker may read.
    Openings(Origin, TilePath),
}

/// Why a text is not the path of a resource. The fault of who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no path of a log: heads, or ORIGIN/checkpoint, ORIGIN/tile/.. or ORIGIN/openings/.."
)]
pub struct NotAResource(pub String);

impl Resource {
    /// Parses the one form of a path.
    ///
    /// # Errors
    /// [`NotAResource`] with the text.
    pub fn parse(path: &str) -> Result<Self, NotAResource> {
        let read = Self::read(path).filter(|read| read.to_string() == path);
        read.ok_or_else(|| NotAResource(path.chars().take(200).collect()))
    }

    fn read(path: &str) -> Option<Self> {
        if path == "heads" {
            return Some(Self::Heads);
        }
        // An origin ends with the number of its epoch: the first place where the rest is a resource of a log.
        path.match_indices('/').find_map(|(at, _)| {
            let origin = Origin::parse(&path[..at]).ok().filter(|origin| origin.epoch() > 0)?;
            let rest = &path[at + 1..];
            if rest == "checkpoint" {
                return Some(Self::Checkpoint(origin));
            }
            if let Some(bundle) = rest.strip_prefix("openings/") {
                let bundle = TilePath::parse(&format!("tile/entries/{bundle}")).ok()?;
                return Some(Self::Openings(origin, bundle));
            }
            Some(Self::Tile(origin, TilePath::parse(rest).ok()?))
        })
    }

    /// Returns the log, if it is of one.
    #[must_use]
    pub const fn log(&self) -> Option<&Origin> {
        match self {
            Self::Heads => None,
            Self::Checkpoint(log) | Self::Tile(log, _) | Self::Openings(log, _) => Some(log),
        }
    }

    /// Returns the most bytes that an answer can have: whoever sends more is not read to the end.
    #[must_use]
    pub fn len_max(&self) -> usize {
        match self {
            Self::Heads => LISTING_LEN_MAX,
            Self::Checkpoint(_) => CHECKPOINT_LIMITS.len_max,
            Self::Tile(_, path) => {
                let each = match path.kind() {
                    TileKind::Hashes(_) => 32,
                    TileKind::Entries => 2 + RECORD_LEN_MAX,
                };
                usize::from(path.width()) * each
            }
            Self::Openings(_, path) => {
                // Few of a bundle's records are closings: most of them are far below the limit of the others.
                usize::from(path.width()) * (4 + SALT_LEN + TERMS_LEN_MAX) + 16 * CLOSING_LEN_MAX
            }
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heads => f.write_str("heads"),
            Self::Checkpoint(log) => write!(f, "{log}/checkpoint"),
            Self::Tile(log, path) => write!(f, "{log}/{path}"),
            Self::Openings(log, path) => {
                let path = path.to_string();
                write!(f, "{log}/openings/{}", path.trim_start_matches("tile/entries/"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_one_form() {
        for path in [
            "heads",
            "six-rivers.example/orvessa/1/checkpoint",
            "six-rivers.example/orvessa/12/tile/0/000.p/3",
            "six-rivers.example/orvessa/1/tile/entries/x001/x234/067",
            "six-rivers.example/orvessa/1/openings/000.p/255",
            "six-rivers.example/tile/1/tile/entries/000",
        ] {
            assert_eq!(Resource::parse(path).map(|read| read.to_string()), Ok(path.to_owned()));
        }
        for path in [
            "",
            "/heads",
            "heads/",
            "checkpoint",
            "six-rivers.example/orvessa/checkpoint",
            "six-rivers.example/orvessa/1",
            "six-rivers.example/orvessa/1/",
            "six-rivers.example/orvessa/1/checkpoint/",
            "six-rivers.example/orvessa/1/../../etc/passwd",
            "six-rivers.example/orvessa/1/tile/entries/000.p/0",
            "six-rivers.example/orvessa/1/openings/tile/entries/000",
            "six-rivers.example/orvessa/1/openings/0",
        ] {
            assert_eq!(Resource::parse(path), Err(NotAResource(path.to_owned())), "{path}");
        }
    }
}
