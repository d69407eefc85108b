//! Bundles: what a courier carries between two nodes that no line joins (`formats/bundle.md`).
//!
//! | module | what |
//! |---|---|
//! | `sealed` | encrypted files, written as they come and read at any place |
//! | `export` | what goes into a bundle for a node, and its volumes |
//! | `volume` | a volume as read: nothing in it is believed before all of it was looked at |
//! | `import` | a bundle as a peer of which one fetches |

mod export;
mod import;
mod sealed;
mod volume;

pub use export::{ExportError, Exported, Since, export, keep_recipient, known_recipient};
pub use import::{ClosedMatter, ImportError, Imported, LogTaken, held_by, import, look_into};
pub use volume::{BundleFault, Volume, VolumeError};

use veche_ledger::{Checkpoint, PartyId, UnixSeconds};

use crate::store::{Store, StoreError};
use veche_ledger::sync::{listing_bytes, parse_listing};

/// The setting under which a store keeps the recipient note of a party's node.
fn recipient_key(party: &PartyId) -> String {
    format!("bundle recipient {party}")
}

/// The setting under which a store keeps what the last bundle of a party's node showed that it held, and when.
fn seen_key(party: &PartyId) -> String {
    format!("bundle seen {party}")
}

/// The setting under which a store keeps what the last bundle for a party's node went up to.
fn sent_key(party: &PartyId) -> String {
    format!("bundle sent {party}")
}

/// Keeps what a party's node was seen to hold, unless something later is known.
fn keep_seen(
    store: &Store,
    party: &PartyId,
    made: UnixSeconds,
    heads: &[Checkpoint],
) -> Result<(), StoreError> {
    if seen(store, party)?.is_none_or(|(known, _)| known < made) {
        let text = [format!("{made}\n").into_bytes(), listing_bytes(heads)].concat();
        store.set_meta(&seen_key(party), &text)?;
    }
    Ok(())
}

/// Returns what a party's node was last seen to hold, and when.
fn seen(
    store: &Store,
    party: &PartyId,
) -> Result<Option<(UnixSeconds, Vec<Checkpoint>)>, StoreError> {
    let Some(bytes) = store.meta(&seen_key(party))? else { return Ok(None) };
    let read = || {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let made = UnixSeconds::parse(std::str::from_utf8(bytes.get(..end)?).ok()?).ok()?;
        Some((made, parse_listing(bytes.get(end + 1..)?).ok()?))
    };
    // What cannot be read costs a longer bundle.
    Ok(read())
}
