//! Golden files: written by committed generators, and the same each time.

use crate::call::Call;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::collections::BTreeMap;
use std::path::Path;

/// A generator that prints its file.
struct Printer {
    example: &'static str,
    reads: &'static str,
    writes: &'static str,
}

/// The example that writes its whole folder by itself.
const VECTORS: &str = "format_vectors";

/// Where [`VECTORS`] writes.
const VECTORS_FOLDER: &str = "formats/vectors";

const PRINTERS: [Printer; 1] = [Printer {
    example: "conform_import",
    reads: "charters/conform/procedures.json",
    writes: "charters/conform/charter.toml",
}];

/// What to do about a difference.
const REPEAT: &str = "cargo xtask golden && git diff formats charters";

/// Returns the build of the generators alone.
pub(crate) fn build() -> Call {
    Call::new("cargo build -p veche-ledger -p veche-charter --examples")
}

/// Writes the golden files with the generators as built.
///
/// # Errors
/// If a generator fails, or a file cannot be written.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    generator(workspace, VECTORS).quiet(&workspace.root)?;
    for printer in &PRINTERS {
        let input = workspace.root.join(printer.reads);
        let text = generator(workspace, printer.example).quiet_reading(&workspace.root, &input)?;
        let path = workspace.root.join(printer.writes);
        let written = std::fs::write(path, text);
        written.map_err(|error| {
            Failure::new(format!("cannot write {}: {error}", printer.writes), REPEAT)
        })?;
    }
    Ok(())
}

/// Writes the golden files, which must be byte for byte what they were.
///
/// # Errors
/// If a generator fails, or a file was not what the generators write.
pub(crate) fn compare(workspace: &Workspace) -> Result<Tally, Failure> {
    let before = contents(workspace);
    write(workspace)?;
    let after = contents(workspace);
    let differing = differing(&before, &after);
    if differing.is_empty() {
        Ok(Tally::default())
    } else {
        let said = format!(
            "written anew, these differ: {}\ncommit them if the change of bytes is meant, and say so in CHANGELOG.md",
            differing.join(", ")
        );
        Err(Failure::new(said, REPEAT))
    }
}

fn generator(workspace: &Workspace, example: &str) -> Call {
    Call::new("").args([workspace.built(&format!("examples/{example}"))])
}

fn contents(workspace: &Workspace) -> BTreeMap<String, Vec<u8>> {
    let folder =
        std::fs::read_dir(workspace.root.join(VECTORS_FOLDER)).into_iter().flatten().flatten();
    let vectors =
        folder.map(|entry| format!("{VECTORS_FOLDER}/{}", entry.file_name().to_string_lossy()));
    let printed = PRINTERS.iter().map(|printer| printer.writes.to_owned());
    let read = |file: String| {
        Some((file.clone(), std::fs::read(Path::new(&workspace.root).join(file)).ok()?))
    };
    vectors.chain(printed).filter_map(read).collect()
}

fn differing(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    after
        .iter()
        .filter(|(file, bytes)| before.get(*file) != Some(bytes))
        .map(|(file, _)| file.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_and_a_new_file_differ() {
        let files = |list: &[(&str, &str)]| {
            list.iter().map(|(file, text)| ((*file).to_owned(), text.as_bytes().to_vec())).collect()
        };
        let before = files(&[("a", "1"), ("b", "2")]);
        assert_eq!(differing(&before, &files(&[("a", "1"), ("b", "3"), ("c", "4")])), ["b", "c"]);
        assert!(differing(&before, &before).is_empty());
    }
}
