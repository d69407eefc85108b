//! Intake of news: feeds, files and folders that a node looks at, politely, and what it has taken from them.
//!
//! | module | what |
//! |---|---|
//! | [`feed`] | a feed as the operator names it, and its health |
//! | [`plan`] | when a feed is due again, and whose turn it is at a host; no I/O, no clock |
//! | [`store`] | feeds, items, bytes as fetched: one file, `formats/intake.md` |
//! | [`fetch`] | one request: limits, packing, no private addresses |
//! | [`visit`] | an address with all that politeness asks: robots, turns, redirects |
//! | [`folder`] | files of a folder, once they are whole |
//! | [`read`] | from bytes to documents, with their dates judged |
//! | [`carry`] | plan, visits and store together |
//!
//! **Invariant:** nothing of an item enters a log by itself: nothing here knows the node.
//!
//! **Invariant:** an address is asked for only after its site's `robots.txt` let it, and one request a host at a time.

pub mod carry;
pub mod feed;
pub mod fetch;
pub mod folder;
pub mod plan;
pub mod read;
pub mod store;
pub mod visit;

pub use carry::{Intake, Running};
