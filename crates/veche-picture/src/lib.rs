//! The picture: event and count tables, tension, and warning drafts with a replayed false-alarm rate.
//!
//! **Invariant:** no I/O beyond the readers that the caller passes, no clock, no randomness, no printing. The same
//! inputs in the same order give the same bytes. Nothing here writes a record: a [`Draft`] is a proposal to a person.
//!
//! **Invariant:** an area carries its coding scheme ([`AreaId`]). UCDP numbers countries after Gleditsch and Ward,
//! VIEWS by its own list, and the same number means different states in the two.
//!
//! | step | from | to | module |
//! |---|---|---|---|
//! | read events | UCDP GED or Candidate CSV, plain or gzip | [`Event`] rows, a [`Report`] | [`source::ucdp`] |
//! | read incidents | ACLED CSV, plain or gzip | [`Incident`] rows, a [`Report`] | [`source::acled`] |
//! | read counts | a country-month panel CSV | [`Count`] rows, a [`Report`] | [`source::counts`] |
//! | join | mentions that `veche code` tells | [`Joined`](joining::Joined) events | [`joining`] |
//! | keep | rows of one input (its [`Vintage`]) | [`EventTable`], [`IncidentTable`], [`CountTable`], Parquet bytes | [`table`] |
//! | all three | input and the table so far | new table bytes | [`import`] |
//! | list | inputs, since when they are known | a [`Catalogue`](vintage::Catalogue) | [`vintage`](mod@vintage) |
//! | pin | counts as they became known | a [`Shelf`](vintage::Shelf), [`Rewrite`](vintage::Rewrite)s, [`Revisions`](vintage::Revisions) | [`vintage`](mod@vintage) |
//! | follow one area | a table | [`History`], a [`Panel`] of them | [`history`] |
//! | index | a history and a month | [`Reading`]: [`Tension`] with its reasons | [`tension`](mod@tension) |
//! | replay | a panel | [`Record`]: alarms, hits, misses, lead time | [`replay`] |
//! | forecast | a panel, cut at a month | [`Distribution`](forecast::Distribution) of the months ahead, and its scores | [`forecast`] |
//! | forecast units | events, incidents or counts | weeks of pairs and sectors, months of cells | [`units`] |
//! | alarm | forecasts, and what came | [`Desk`](alarm::Desk) of alarms, [`AlarmDraft`](alarm::draft::AlarmDraft) | [`alarm`] |
//! | hold a tournament | what institutes hand in, and what came | [`Board`](tournament::Board), [`Pool`](tournament::Pool) | [`tournament`] |
//! | warn | a panel, an area, a threshold | [`Drafted`]: a [`Draft`], or why there is none | [`warn`] |
//!
//! The seams for later work: another index replaces [`tension::tension`], a forecast replaces the statement in
//! [`warn`]; both keep the replay, which sees nothing but a [`History`] cut at a month.

pub mod alarm;
pub mod area;
pub mod cell;
pub mod coded;
pub mod count;
pub mod date;
pub mod event;
pub mod forecast;
pub mod history;
pub mod import;
pub mod incident;
pub mod joining;
pub mod month;
pub mod progress;
pub mod replay;
pub mod reported;
pub mod source;
pub mod table;
pub mod tension;
pub mod tournament;
pub mod units;
pub mod vintage;
pub mod warn;
pub mod week;

pub use area::{AreaId, Scheme, Series};
pub use cell::CellId;
pub use count::Count;
pub use date::Date;
pub use event::{Event, EventId, Violence};
pub use history::{History, Panel};
pub use import::{Imported, import_counts, import_events};
pub use incident::{Incident, IncidentId};
pub use month::Month;
pub use progress::{Progress, Stage};
pub use replay::{Outcome, Record};
pub use reported::ReportedEvent;
pub use source::{Report, SourceError};
pub use table::{CountTable, EventTable, IncidentTable, Merged, TableError};
pub use tension::{Bands, Class, Reading, Tension, tension};
pub use vintage::Vintage;
pub use warn::{Draft, Drafted, Policy, draft};
pub use week::Week;
