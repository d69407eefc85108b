//! From news text to coded events. So far: the words by which an event and its actors are known.
//!
//! ```text
//! lexicon/*.tsv -> lexicon::triggers, agents, nations, organisations, offices -> typed entries, or the line and what to do
//! ```
//!
//! ```
//! use veche_coder::lexicon::{self, Language};
//!
//! let file = "words\thead\ttype\tmode\tactor\trecipient\tstrength\tnote\nshell\tverb\tASSAULT\theavy-weapons\t\t\tstrong\t\n";
//! let triggers = lexicon::triggers(file.as_bytes(), Language::English)?;
//! assert_eq!(triggers[0].class.name(), "ASSAULT");
//! # Ok::<(), lexicon::LexiconError>(())
//! ```
//!
//! **Invariant:** no I/O, no clock, no randomness. The caller brings the bytes of each file.
//!
//! **Invariant:** an entry has passed every check of its format (`formats/lexicon.md`): nothing behind the reader asks again
//! whether a type, a mode or a sector exists.

pub mod lexicon;
pub mod model;
pub mod ontology;
pub mod parse;
pub mod tag;
pub mod train;
