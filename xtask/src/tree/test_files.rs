//! No test file lies where nothing compiles it: packages have `autotests = false`, so cargo itself does not look.

use crate::workspace::{Package, Workspace};

/// Each folder in a package's `tests` is a declared binary, and each file of it a module of its parent.
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
        for file in files {
            if let Some(fault) = forgotten(workspace, package, &tests, file) {
                faults.push(fault);
            }
        }
    }
    faults
}

fn forgotten(workspace: &Workspace, package: &Package, tests: &str, file: &str) -> Option<String> {
    let Some((binary, path)) = file.split_once('/') else {
        return Some(format!(
            "{tests}{file} is in no folder of a test binary: nothing compiles it"
        ));
    };
    if !package.targets.iter().any(|(kind, name)| kind == "test" && name == binary) {
        return Some(format!(
            "{tests}{file}: `{}` has no `[[test]]` named `{binary}`",
            package.name
        ));
    }
    let (stem, parents) = parents(path)?;
    let named =
        |parent: &String| declares(&workspace.read(&format!("{tests}{binary}/{parent}")), &stem);
    let forgotten = !parents.iter().any(named);
    forgotten.then(|| format!("{tests}{file}: no `mod {stem};` in {}", parents.join(" or ")))
}

/// Returns a test file's module name and the files that may declare it, from the binary's folder; the root has none.
fn parents(file: &str) -> Option<(String, Vec<String>)> {
    let path = file.strip_suffix(".rs").filter(|path| *path != "main")?;
    let path = path.strip_suffix("/mod").unwrap_or(path);
    Some(match path.rsplit_once('/') {
        None => (path.to_owned(), vec!["main.rs".to_owned()]),
        Some((parent, stem)) => {
            (stem.to_owned(), vec![format!("{parent}.rs"), format!("{parent}/mod.rs")])
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
        assert_eq!(parents("silence.rs"), Some(("silence".into(), vec!["main.rs".into()])));
        let under = Some(("make".into(), vec!["vectors.rs".into(), "vectors/mod.rs".into()]));
        assert_eq!(parents("vectors/make.rs"), under);
        assert_eq!(parents("vectors/mod.rs"), Some(("vectors".into(), vec!["main.rs".into()])));
        assert_eq!(parents("main.rs"), None);
    }

    #[test]
    fn a_file_outside_a_declared_binary_is_forgotten() {
        let workspace = Workspace::for_tests(&[]);
        let declared =
            Package { targets: vec![("test".into(), "it".into())], ..Package::default() };
        let forgotten = |file| forgotten(&workspace, &declared, "crates/veche/tests/", file);
        assert!(forgotten("silence.rs").is_some_and(|fault| fault.contains("in no folder")));
        assert!(forgotten("models/main.rs").is_some_and(|fault| fault.contains("named `models`")));
        assert!(
            forgotten("it/silence.rs").is_some_and(|fault| fault.contains("no `mod silence;`"))
        );
        assert_eq!(forgotten("it/main.rs"), None);
    }

    #[test]
    fn a_comment_or_a_longer_name_declares_nothing() {
        assert!(declares("mod a;\n  pub(crate) mod silence;\n", "silence"));
        assert!(!declares("// mod silence;\nmod silence_late;\nmod silence {}\n", "silence"));
    }
}
