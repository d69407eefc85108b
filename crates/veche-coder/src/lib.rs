//! From news text to coded events: the words by which an event and its actors are known, the stages from bytes to sentences in
//! which they have been found, English and Russian words tagged and parsed, and the models that join them into events.
//!
//! ```text
//! lexicon/*.tsv -> lexicon::triggers, agents, nations, organisations, offices -> typed entries, or the line and what to do
//!
//! bytes -> document::Document -> token::tokens -> sentence::sentences, quotations; document::dateline, fingerprint; language::language
//!       -> matcher::Matcher::find -> filter::signs -> actor::actors, place::places, date::times, casualty::tolls
//!
//! words of a sentence -> model::english().analyse_in -> tag::Tag, parse::Head a word; tag::Lemmas
//!                        russian::Russian::analyse_in -> russian::Word a word; cluster::Clusters: words of like use
//!
//! all of these -> event::Coder::code -> event::CodedEvent: type, mode, contexts, actor, recipient, place, day, with spans and a probability
//! ```
//!
//! ```
//! use veche_coder::actor::actors;
//! use veche_coder::document::Document;
//! use veche_coder::matcher::{Matcher, Matches, Vocabulary};
//! use veche_coder::sentence::sentences;
//! use veche_coder::token::tokens;
//!
//! let vocabulary = Vocabulary::shipped()?;
//! let matcher = Matcher::new(&vocabulary, &[], None);
//! let mut document = Document::read("Belarusian border guards shelled a ford.".as_bytes())?;
//! let tokens = tokens(&mut document);
//! let text = document.text();
//! let sentence = sentences(text, &tokens)[0];
//! let mut found = Matches::default();
//! matcher.find(text, &tokens, sentence.tokens(), &mut found);
//! assert!(matcher.may_tell(&vocabulary, &found, 0..found.len()));
//! let actors = actors(text, &tokens, sentence.tokens(), &matcher, &found, 0..found.len());
//! assert_eq!(actors[0].span.of(text), "Belarusian border guards");
//! assert_eq!(actors[0].code(&vocabulary, &[]), "BLRCOP");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** no I/O, no clock, no randomness. The caller brings the bytes of each file.
//!
//! **Invariant:** an entry has passed every check of its format (`formats/lexicon.md`): nothing behind the reader asks again
//! whether a type, a mode or a sector exists.
//!
//! **Invariant:** a span is bytes of the input, on character boundaries; no stage moves one.

pub mod actor;
pub mod casualty;
pub mod cluster;
pub mod date;
pub mod document;
mod english;
pub mod event;
pub mod filter;
pub mod identity;
pub mod language;
pub mod lexicon;
pub mod matcher;
pub mod model;
pub mod ontology;
pub mod parse;
pub mod petrarch;
pub mod place;
pub mod russian;
pub mod sentence;
pub mod tag;
pub mod text;
pub mod token;
pub mod train;
