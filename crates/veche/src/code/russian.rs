//! The model by which Russian is parsed: a file that the program does not carry.

use crate::failure::{Failure, FailureKind};
use crate::file;
use std::path::Path;
use veche_coder::model::RUSSIAN_LEN_MAX;
use veche_coder::russian::Russian;

/// Reads the file.
///
/// # Errors
/// If it cannot be read, or is longer than such a model may be.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    file::read(path, RUSSIAN_LEN_MAX as u64)
}

/// Reads the model from the file's bytes.
///
/// # Errors
/// If it is not the model that the program knows.
pub(crate) fn model(bytes: &[u8]) -> Result<Russian<'_>, Failure> {
    Russian::read(bytes).map_err(|error| Failure::new(FailureKind::Coder(error.to_string())))
}
