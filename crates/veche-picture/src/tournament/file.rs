//! An institute's file: CSV or Parquet, with draws, quantiles or probabilities.

use super::round::Round;
use super::submission::{BadSubmission, Submission, assemble};
use crate::source::{SourceError, packed, stated};

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadFile {
    /// It cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Rows that cannot be taken: half of a file is not what its author says.
    #[error(
        "{skipped} of {rows} rows cannot be taken, and half a file is not what its author says; the first: {first}"
    )]
    Rows {
        /// How many.
        skipped: u64,
        /// Of how many.
        rows: u64,
        /// What is wrong with the first.
        first: String,
    },
    /// What it states is none of what the round asks for.
    #[error(transparent)]
    Submission(#[from] BadSubmission),
}

/// Reads an institute's file; one row that cannot be taken refuses it.
///
/// # Errors
/// [`BadFile`].
pub fn read_file(bytes: &[u8], round: &Round, institute: &str) -> Result<Submission, BadFile> {
    let (form, report, rows) = if packed::is_parquet(bytes) {
        packed::read(bytes.to_vec(), round.scheme)?
    } else {
        let (mut rows, mut input) = (Vec::new(), bytes);
        let read = stated::read(&mut input, round.scheme, &mut |_| {}, &mut |row| rows.push(row))?;
        (read.0, read.1, rows)
    };
    if let Some(problem) = report.examples.first() {
        let (skipped, rows) = (report.skipped(), report.rows);
        return Err(BadFile::Rows { skipped, rows, first: problem.to_string() });
    }
    Ok(assemble(institute, round, form, rows)?)
}
