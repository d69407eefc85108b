//! The picture over synthetic and real inputs.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a failed set-up fails its test")]

mod alarms;
mod coded;
mod corrections;
mod faults;
mod forecast;
mod imports;
mod joining;
mod real;
mod reported;
mod runs;
mod scales;
mod sums;
mod support;
mod tables;
mod tournament;
mod units;
mod vintages;
mod warnings;
