//! A tournament of institutes: who handed in what before the closing, how good it was, and what all of them together say.
//!
//! **Invariant:** no I/O, no clock: the day on which something came in is an argument. The same rounds, files and truth give the
//! same board to the last bit.
//!
//! **Invariant:** all are judged alike. Draws, quantiles and probabilities become one form when they are read; what an
//! institute did not state of a cell is not filled in for it.
//!
//! | step | from | to | module |
//! |---|---|---|---|
//! | open | series, origin, months, units, closing day | [`Round`] | [`round`] |
//! | read | an institute's file, or its rows | [`Submission`], or why not | [`file`](mod@file), [`submission`] |
//! | take | a submission's file and day | [`Entries`]: standing, replaced; refused when late | [`entries`] |
//! | score | submissions, and what happened | [`Scored`] cells, a [`Board`] against the baseline | [`score`](mod@score), [`board`] |
//! | pool | submissions, by track record with a floor | [`Pool`], and who [`Dissent`]s from it | [`pool`](mod@pool) |
//! | look back | an institute's submissions, and what happened | its [`Calibration`] | [`calibration`](mod@calibration) |

pub mod board;
pub mod calibration;
pub mod entries;
pub mod file;
pub mod pool;
pub mod round;
pub mod score;
pub mod submission;

pub use board::{Board, Measure, Standing};
pub use calibration::{Calibration, calibration};
pub use entries::{Admitted, Entries, Entry, Late};
pub use file::{BadFile, read_file};
pub use pool::{Dissent, Pool, Track, pool};
pub use round::{BadRound, Round};
pub use score::{Scored, ScoredCell, baseline, score};
pub use submission::{BadSubmission, Stated, Submission, assemble};
