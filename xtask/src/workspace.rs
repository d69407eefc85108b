//! The workspace as cargo and git see it.

use crate::call::Call;
use crate::step::Failure;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The root, the packages of the lock file with their edges, and the files that git tracks or would.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// Folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    /// All packages by cargo's id.
    pub(crate) packages: BTreeMap<String, Package>,
    /// Files under version control and new ones that are not ignored, from the root, ascending.
    pub(crate) files: Vec<String>,
}

/// A package of this workspace, or one that it depends on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence as an SPDX expression.
    pub(crate) license: Option<String>,
    /// Of this workspace: its folder, from the root.
    pub(crate) folder: Option<String>,
    /// It runs inside the compiler only.
    pub(crate) proc_macro: bool,
    /// Its targets: kind and name.
    pub(crate) targets: Vec<(String, String)>,
    /// Ids of what it uses, and whether it does so in the program itself (not only in tests or build scripts).
    pub(crate) uses: Vec<(String, bool)>,
}

impl Workspace {
    /// Asks cargo and git.
    ///
    /// # Errors
    /// If either cannot be started, fails, or answers in another form.
    pub(crate) fn load() -> Result<Self, Failure> {
        let metadata = Call::new("cargo metadata --format-version 1");
        let answer = metadata.quiet(Path::new("."))?;
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|error| Failure::new(error, &metadata))?;
        let root = PathBuf::from(text(&answer, "workspace_root"));
        let mut packages: BTreeMap<String, Package> = list(&answer, "packages")
            .map(|value| (text(value, "id"), package(value, &root)))
            .collect();
        for node in list(answer.get("resolve").unwrap_or(&Value::Null), "nodes") {
            if let Some(package) = packages.get_mut(&text(node, "id")) {
                package.uses = list(node, "deps").map(edge).collect();
            }
        }
        let files = files(&root)?;
        Ok(Self { target: PathBuf::from(text(&answer, "target_directory")), root, packages, files })
    }

    /// Returns the packages of this workspace with their folders.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&Package, &str)> {
        self.packages.values().filter_map(|package| Some((package, package.folder.as_deref()?)))
    }

    /// Returns the path of a program as `cargo build` leaves it, from the root where it lies under it.
    pub(crate) fn built(&self, program: &str) -> String {
        let path =
            self.target.join("debug").join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
        path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().into_owned()
    }

    /// Returns a file's text, with replacement characters where it is not UTF-8; empty if it cannot be read.
    pub(crate) fn read(&self, file: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.root.join(file)).unwrap_or_default())
            .into_owned()
    }
}

fn package(value: &Value, root: &Path) -> Package {
    let manifest = PathBuf::from(text(value, "manifest_path"));
    let own = value.get("source").is_none_or(Value::is_null);
    let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok());
    let targets: Vec<(String, String)> = list(value, "targets")
        .flat_map(|target| list(target, "kind").map(|kind| (plain(kind), text(target, "name"))))
        .collect();
    Package {
        name: text(value, "name"),
        version: text(value, "version"),
        license: value.get("license").and_then(Value::as_str).map(str::to_owned),
        folder: folder.filter(|_| own).map(|folder| folder.to_string_lossy().into_owned()),
        proc_macro: targets.iter().any(|(kind, _)| kind == "proc-macro"),
        targets,
        uses: Vec::new(),
    }
}

/// A dependency may be there for several reasons; one of them being the program is enough.
fn edge(value: &Value) -> (String, bool) {
    let normal = list(value, "dep_kinds").any(|kind| kind.get("kind").is_none_or(Value::is_null));
    (text(value, "pkg"), normal)
}

fn files(root: &Path) -> Result<Vec<String>, Failure> {
    let call = Call::new("git ls-files -z --cached --others --exclude-standard");
    let answer = call.quiet(root)?;
    let mut files: Vec<String> = String::from_utf8_lossy(&answer)
        .split('\0')
        .filter(|file| !file.is_empty() && root.join(file).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).map(plain).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
impl Workspace {
    /// Returns a workspace of own packages named with what each uses; a name without `veche` comes from outside.
    pub(crate) fn for_tests(packages: &[(&str, &[&str])]) -> Self {
        let package = |(name, uses): &(&str, &[&str])| {
            let package = Package {
                name: (*name).to_owned(),
                version: "1.0.0".to_owned(),
                license: Some("MIT OR Apache-2.0".to_owned()),
                folder: name.starts_with("veche").then(|| format!("crates/{name}")),
                uses: uses.iter().map(|used| ((*used).to_owned(), true)).collect(),
                ..Package::default()
            };
            ((*name).to_owned(), package)
        };
        Self {
            root: PathBuf::from("."),
            target: PathBuf::from("target"),
            packages: packages.iter().map(package).collect(),
            files: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edge_for_tests_alone_is_not_of_the_program() {
        let read = |text: &str| edge(&serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"pkg":"a","dep_kinds":[{"kind":"dev"}]}"#), ("a".to_owned(), false));
        assert_eq!(
            read(r#"{"pkg":"a","dep_kinds":[{"kind":"build"},{"kind":null}]}"#),
            ("a".to_owned(), true)
        );
    }
}
