//! No test file lies where nothing compiles it: packages have `autotests = false`, so cargo itself does not look.

use crate::workspace::Workspace;

/// Each package's `tests` folder holds the one binary `it`, and each file of it is a module of its parent.
pub(crate) fn none_forgotten(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for (package, folder) in workspace.members() {
        let tests = format!("{folder}/tests/");
        let files: Vec<&str> = workspace
            .files
            .iter()
            .filter_map(|file| file.strip_prefix(&tests))
            .filter(|file| file.ends_with(".rs"))
            .collect();
        let declared = package.targets.iter().any(|(kind, name)| kind == "test" && name == "it");
        if !files.is_empty() && !declared {
            faults.push(format!(
                "{folder}/Cargo.toml has no `[[test]]` named `it`: {tests} is never compiled"
            ));
        }
        for file in files {
            match parents(file) {
                None => {
                    faults.push(format!("{tests}{file} is outside tests/it: nothing compiles it"));
                }
                Some((stem, parents)) => {
                    let named = parents.iter().any(|parent| {
                        declares(&workspace.read(&format!("{tests}{parent}")), &stem)
                    });
                    if !parents.is_empty() && !named {
                        faults.push(format!(
                            "{tests}{file}: no `mod {stem};` in {}",
                            parents.join(" or ")
                        ));
                    }
                }
            }
        }
    }
    faults
}

/// Returns a test file's module name and the files that may declare it, from the folder `tests`.
///
/// The root has no parents; `None` is a file that is not under `it/`.
fn parents(file: &str) -> Option<(String, Vec<String>)> {
    let path = file.strip_prefix("it/")?.strip_suffix(".rs")?;
    if path == "main" {
        return Some((path.to_owned(), Vec::new()));
    }
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(match path.rsplit_once('/') {
        None => (path.to_owned(), vec!["it/main.rs".to_owned()]),
        Some((parent, stem)) => {
            (stem.to_owned(), vec![format!("it/{parent}.rs"), format!("it/{parent}/mod.rs")])
        }
    })
}

fn declares(text: &str, module: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        let line = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
        line.strip_prefix("mod ")
            .and_then(|rest| rest.strip_prefix(module))
            .is_some_and(|rest| rest.starts_with(';'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_in_its_parent() {
        assert_eq!(parents("it/silence.rs"), Some(("silence".into(), vec!["it/main.rs".into()])));
        let under = Some(("make".into(), vec!["it/vectors.rs".into(), "it/vectors/mod.rs".into()]));
        assert_eq!(parents("it/vectors/make.rs"), under);
        assert_eq!(
            parents("it/vectors/mod.rs"),
            Some(("vectors".into(), vec!["it/main.rs".into()]))
        );
        assert_eq!(parents("it/main.rs"), Some(("main".into(), vec![])));
        assert_eq!(parents("silence.rs"), None);
    }

    #[test]
    fn a_comment_or_a_longer_name_declares_nothing() {
        assert!(declares("mod a;\n  pub(crate) mod silence;\n", "silence"));
        assert!(!declares("// mod silence;\nmod silence_late;\nmod silence {}\n", "silence"));
    }
}
