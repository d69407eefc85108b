//! Models of events that a user made.

use crate::failure::Failure;
use crate::file;
use std::path::Path;

/// The files of a folder of models, of English and of Russian.
const FILES: [&str; 2] = ["english-events.bin", "russian-events.bin"];
/// Longest model, in bytes: some times what the program's own have.
const MODEL_LEN_MAX: u64 = 64 * 1024 * 1024;

/// Reads the bytes of both models.
pub(super) fn read(folder: &Path) -> Result<[Vec<u8>; 2], Failure> {
    let [english, russian] = FILES.map(|name| file::read(&folder.join(name), MODEL_LEN_MAX));
    Ok([english?, russian?])
}
