//! What a node was given of the picture, for its pages and for the command line: counts under the charter's rules of alarms, the
//! rounds of the institutes' tournament, and reports. The fold knows none of it; what people said of it are records.
//!
//! | module | what |
//! |---|---|
//! | [`alarms`] | a rule run over counts, with the words of the node's records in between |
//! | [`words`] | those words |
//! | [`warning`] | an alarm as terms of the act that the charter names |
//! | [`rounds`] | the directory of the tournament's rounds |
//! | [`reports`] | events that reports tell of, as the corrections of the node's records have them |
//! | [`corrections`] | those corrections |
//! | [`handed`] | forecasts that members handed in as records |
//! | [`sample`] | all of it made up, for an exercise |

pub mod alarms;
pub mod corrections;
pub mod handed;
pub mod reports;
pub mod rounds;
pub mod sample;
pub mod warning;
pub mod words;
