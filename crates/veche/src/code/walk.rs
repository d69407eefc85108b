//! The files of a folder and of the folders below it.

use crate::failure::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// Most folders inside one another.
const DEPTH_MAX: usize = 32;

/// Returns the files below a folder, in the order of their names. Links are not followed, and what begins with a dot is left out.
///
/// # Errors
/// If a folder cannot be listed.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let failed = |error| Failure::reading(&folder, error);
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.file_type().map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() && depth < DEPTH_MAX {
                open.push((entry.path(), depth + 1));
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}
