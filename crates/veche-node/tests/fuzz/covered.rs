//! Every decoder has a target: the sources are searched for what takes bytes or parses text, and each must stand in `fuzz/decoders.txt`.

use super::seeds::root;
use super::targets::TARGETS;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Crates whose public functions are searched. The desk renders, and the command line's own readers are private to it (`docs/fuzz.md`).
const CRATES: [&str; 7] = [
    "veche-ledger",
    "veche-charter",
    "veche-council",
    "veche-coder",
    "veche-picture",
    "veche-exchange",
    "veche-node",
];

/// How functions that read text are called; what takes bytes is listed whatever its name.
const READS: [&str; 9] =
    ["parse", "read", "load", "decode", "import", "from_", "verify", "open", "claimed"];

/// Returns what is not as it should be: a decoder without a line, a line without a decoder or with a target that there is not, a target
/// that `cargo fuzz` does not know.
pub(crate) fn faults() -> Vec<String> {
    let listed = listed();
    let found = found();
    let names: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    let mut faults = Vec::new();
    let line = |(file, name): &(String, String)| format!("`{name}` of {file}");
    for decoder in found.iter().filter(|decoder| !listed.contains_key(*decoder)) {
        faults
            .push(format!("{} reads, and fuzz/decoders.txt names no target for it", line(decoder)));
    }
    for (decoder, target) in &listed {
        if !found.contains(decoder) {
            faults
                .push(format!("{} is in fuzz/decoders.txt and not in the sources", line(decoder)));
        }
        let is_excused = target.strip_prefix("- ").is_some_and(|why| why.len() > 4);
        if !is_excused && !names.contains(target.as_str()) {
            faults.push(format!("{}: there is no target `{target}`", line(decoder)));
        }
    }
    let manifest =
        std::fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("fuzz/Cargo.toml");
    let bins =
        manifest.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let bins: BTreeSet<&str> = bins.filter(|name| *name != "veche-fuzz").collect();
    if bins != names {
        let differ: Vec<_> = bins.symmetric_difference(&names).collect();
        faults.push(format!("fuzz/Cargo.toml and fuzz/targets.rs differ in {differ:?}"));
    }
    faults
}

/// Returns the lines of the list: file and function, and the target.
fn listed() -> BTreeMap<(String, String), String> {
    let text =
        std::fs::read_to_string(root().join("fuzz/decoders.txt")).expect("fuzz/decoders.txt");
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (file, rest) = line.split_once(' ')?;
        let (name, target) = rest.split_once(' ')?;
        Some(((file.to_owned(), name.to_owned()), target.to_owned()))
    });
    rows.collect()
}

fn found() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for name in CRATES {
        for file in sources(&root().join("crates").join(name).join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source");
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let path = file.strip_prefix(root()).expect("below the root").display().to_string();
            found.extend(readers(text).into_iter().map(|function| (path.clone(), function)));
        }
    }
    found
}

/// Returns the names of the public functions of a source that take bytes or parse text.
fn readers(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in text.match_indices("pub ") {
        let rest = &text[at + 4..];
        let rest = rest.strip_prefix("const ").unwrap_or(rest);
        let Some(rest) = rest.strip_prefix("fn ") else { continue };
        let head = rest.split(['{', ';']).next().unwrap_or_default();
        let name: String =
            head.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let taken = head.split("->").next().unwrap_or_default();
        let takes_bytes = ["[u8]", "Vec<u8>", "BufRead", "[u8; PREFIX_LEN]"]
            .iter()
            .any(|form| taken.contains(form));
        let parses = READS.iter().any(|word| name.starts_with(word))
            && (taken.contains("&str") || taken.contains(" str"));
        if takes_bytes || parses {
            names.push(name);
        }
    }
    names
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files = Vec::new();
    for path in entries {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}
