//! The files of a folder and of the folders below it.

use crate::failure::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// Most folders inside one another.
const DEPTH_MAX: usize = 32;

/// Returns the files below a folder, in the order of their names, and what keeps folders below it from being listed. Links are not followed, and
/// what begins with a dot is left out.
///
/// # Errors
/// If the folder itself cannot be listed.
pub(super) fn files(folder: &Path) -> Result<(Vec<PathBuf>, Vec<Failure>), Failure> {
    let (mut files, mut faults) = (Vec::new(), Vec::new());
    let mut below = listed(folder, 0, &mut files)?;
    while let Some((folder, depth)) = below.pop() {
        match listed(&folder, depth, &mut files) {
            Ok(more) => below.extend(more),
            // One folder that cannot be listed does not keep the others from being read.
            Err(failure) => faults.push(failure.at(folder.display().to_string())),
        }
    }
    files.sort_unstable();
    Ok((files, faults))
}

/// Adds the files of one folder, and returns the folders in it that are to be listed.
fn listed(
    folder: &Path,
    depth: usize,
    files: &mut Vec<PathBuf>,
) -> Result<Vec<(PathBuf, usize)>, Failure> {
    let failed = |error| Failure::reading(folder, error);
    let mut below = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.file_type().map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth < DEPTH_MAX {
            below.push((entry.path(), depth + 1));
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(below)
}
