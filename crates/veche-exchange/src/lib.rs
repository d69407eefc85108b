//! To and from the world's formats: texts under negotiation, and what other programs write them in; news as feeds and pages ([`news`]).
//!
//! A [`Text`] is what a proposal puts before members: numbered paragraphs with brackets, footnotes, attachments and
//! equally authentic language versions (`formats/text.md`). From there:
//!
//! ```text
//! terms, JSON, TOML -> text::read -> Text -> text::diff, text::tally, text::consolidate
//!                                    Text -> akn::export -> Akoma Ntoso 3.0 -> akn::import -> Text, and what was left out
//!                                    Text -> markdown, html
//! ```
//!
//! ```
//! use veche_exchange::text::{Work, read, tally::Tally};
//! use veche_exchange::akn;
//!
//! let values = read::values(br#"{"paragraphs":[{"n":1,"text":"The quay is closed [at once / at noon]."}]}"#)?;
//! let text = read::text(&values)?.text;
//! assert_eq!(Tally::of(&text).open(), 1);
//! let work = Work::new("six-rivers", "P-1", "2026-11-22", "Office of the Six Rivers")?;
//! let document = akn::export(&text, &work);
//! assert_eq!(akn::import(document.as_bytes())?.text, text);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Invariant:** no I/O, no clock, no randomness. Nothing that a document names is fetched.
//!
//! **Invariant:** a [`Text`] has passed every check of its format, so that an export cannot fail half-way.
//!
//! **Invariant:** what a reader does not take over it lists, with its place. Nothing is left out in silence.
//!
//! **Invariant:** XML and HTML are written by one writer, [`markup`], which escapes whatever it is given.

pub mod akn;
pub mod html;
pub mod ical;
pub mod markdown;
pub mod markup;
pub mod news;
pub mod text;

pub use text::Text;
