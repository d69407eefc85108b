//! Alarms: which observed counts nobody had reason to expect, no more of them than a desk can answer.
//!
//! **Invariant:** a desk's state is a fold over periods and what analysts said, in order: the same input gives the same
//! state, to the byte. Probabilities enter it as whole numbers ([`Tail`]), so that no float is ever compared.
//!
//! | step | from | to | module |
//! |---|---|---|---|
//! | be surprised | a forecast made before, and the count | [`Tail`], in bits too | [`surprise`] |
//! | choose | a period's tails over all units | those that pass the false-discovery rate | [`select`] |
//! | limit, open, attach, close | those, and the [`Rule`] | [`Alarm`]s of a [`Desk`] | [`desk`], [`rule`] |
//! | dispose | a named analyst's [`Disposal`] | the rule's [`Tally`]; off, where it earns that | [`desk`], [`standing`] |
//! | replay | a panel, cut at a month | [`Replayed`] | [`replay`](mod@replay) |
//! | run | a panel, what people said, named by unit and month | [`Watched`] | [`watch`](mod@watch) |
//! | draft | an alarm, its forecast, the replay | [`AlarmDraft`](draft::AlarmDraft) | [`draft`] |

pub mod desk;
pub mod draft;
pub mod replay;
pub mod rule;
pub mod select;
pub mod standing;
pub mod surprise;
mod unit_month;
pub mod watch;

pub use desk::{Alarm, AlarmId, Changes, Desk, Disposal, Period, Refused, Said, Sighting, Verdict};
pub use replay::{Replayed, replay};
pub use rule::{BadRule, Rule};
pub use standing::{Standing, Tally};
pub use surprise::Tail;
pub use watch::{LeftOut, Surprises, Watched, Word, WordOn, watch};
