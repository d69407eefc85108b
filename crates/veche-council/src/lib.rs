//! The fold: from a charter and the records of its parties to cases, decisions, duties, registers and clocks.
//!
//! ```text
//! Entry ── apply ──> facts by log ── settle ──> procedures ── view(now) ──> pages, API, command line
//!                    receipts by log             closing ──> decisions ──> certificate
//! ```
//!
//! **Invariant:** no I/O, no clock, no randomness: state is a function of the charter and the set of records held.
//!
//! **Invariant:** state holds deadlines, never their passing; only [`view`] takes the time and says "overdue".
//!
//! **Invariant:** no `match` on the name of a register or of an act of the charter: a register is an act, a machine and a
//! view. The kinds in [`entry::SYSTEM_KINDS`] are the ledger's own.
//!
//! **Invariant:** nothing that depends on the order of arrival reaches a digest.

pub mod certificate;
pub mod closing;
pub mod council;
mod cut;
pub mod digest;
pub mod duty;
pub mod entry;
pub mod evaluate;
mod evidence;
mod fact;
mod held;
pub mod ingest;
mod late;
pub mod lists;
pub mod next;
pub mod outstanding;
mod owed;
mod procedure;
pub mod reading;
pub mod redaction;
pub mod ruling;
mod sharing;
pub mod snapshot;
pub mod times;
pub mod version;
pub mod view;
pub mod visible;
pub mod why;
mod withdrawal;

pub use council::{ApplyError, Council, WitnessStatement};
pub use entry::{Entry, Head, Signer, SignerRole, Terms};
pub use ruling::{Refusal, RefusalKind, Ruling};
pub use visible::{Hidden, Marked, Shown, Visible};
