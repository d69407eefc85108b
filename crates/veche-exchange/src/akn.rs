//! Akoma Ntoso 3.0 (OASIS LegalDocML): texts out and in (`formats/text.md`, section 5).

pub mod export;
pub mod import;
mod tree;

pub use export::export;
pub use import::{ImportError, ImportFault, Imported, LeftOut, import};

/// The namespace of Akoma Ntoso 3.0. Drafts of it continue this name with `/WD17` and the like.
pub const NAMESPACE: &str = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0";
/// The namespace of what Akoma Ntoso has no word for.
pub const OUR_NAMESPACE: &str = "urn:veche:text:1";
/// What a hash is written after (RFC 6920, section 7: for people, in hexadecimal digits).
pub(crate) const HASH_PREFIX: &str = "nih:sha-256;";
