//! Signed records in append-only logs: the formats, the tree, the proofs.
//!
//! A party says something by appending a [`Record`] to its log; other parties' nodes mirror the log, check that it only
//! ever grows and cosign its [`Checkpoint`] with a time. Everything here is bytes in, checked types out:
//!
//! ```text
//! bytes -> Record::decode -> Record -> Signed::verify -> Signed      what a party said
//! bytes -> SignedCheckpoint::verify -> Cosignature::verify           how long its log is, since when
//! ```
//!
//! **Invariant:** no I/O, no clock, no randomness; time, keys and random bytes are arguments.
//!
//! **Invariant:** a signature is verified strictly and alone, never in a batch.
//!
//! **Invariant:** received bytes are hashed and verified as received, never written anew first.
//!
//! The formats are in `formats/record.md`, `formats/log.md`, `formats/checkpoint.md`, `formats/sync.md`, `formats/bundle.md`, `formats/store.md`; a module names its section.

pub mod age;
mod base;
pub mod bundle;
pub mod checkpoint;
pub mod commit;
pub mod cosignature;
pub mod evidence;
pub mod fork;
pub mod hash;
pub mod json;
pub mod key;
pub mod keyring;
pub mod keystore;
pub mod lattice;
pub mod name;
pub mod note;
pub mod policy;
pub mod reader;
pub mod record;
pub mod share;
pub mod sync;
pub mod tile;
pub mod time;
pub mod tree;
pub mod vault;
pub mod witness;

pub use checkpoint::{Checkpoint, SignedCheckpoint};
pub use commit::{Commitment, Domain, Opening};
pub use cosignature::Cosignature;
pub use evidence::Evidence;
pub use fork::ForkProof;
pub use hash::Hash;
pub use json::{Value, parse_canonical, parse_human};
pub use key::{CosigningKey, SigningKey, VerifyingKey};
pub use keyring::Keyring;
pub use name::{KeyName, Kind, Label, LeafIndex, Origin, PartyId};
pub use note::{Note, NoteSignature};
pub use policy::Policy;
pub use reader::LogReader;
pub use record::{Draft, Header, Opened, Record, Sealed, Signed};
pub use time::{Seconds, UnixSeconds};
pub use tree::Frontier;
pub use witness::Witness;
