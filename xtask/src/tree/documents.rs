//! The documents at the door say what is there.

use crate::workspace::Workspace;

/// The code map, by which a reader finds the room for a question.
const ARCHITECTURE: &str = "docs/architecture.md";

/// CHANGELOG.md has a section for what is not released yet, with at least one line in it.
pub(crate) fn changelog(workspace: &Workspace) -> Vec<String> {
    let text = workspace.read("CHANGELOG.md");
    if says_what_is_unreleased(&text) {
        Vec::new()
    } else {
        vec![
            "CHANGELOG.md has no `## [Unreleased]` with an entry: say there what users will notice"
                .to_owned(),
        ]
    }
}

fn says_what_is_unreleased(text: &str) -> bool {
    text.lines()
        .skip_while(|line| !line.starts_with("## [Unreleased]"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .any(|line| line.starts_with("- "))
}

/// The code map names every crate, with an invariant under its heading, and every page of `formats/`.
pub(crate) fn architecture(workspace: &Workspace) -> Vec<String> {
    let text = workspace.read(ARCHITECTURE);
    let mut faults: Vec<String> = workspace
        .files
        .iter()
        .filter(|file| file.starts_with("formats/") && file.ends_with(".md"))
        .filter(|file| !text.contains(file.as_str()))
        .map(|file| format!("{ARCHITECTURE} does not name {file}"))
        .collect();
    for (package, _) in workspace.members() {
        if !states_an_invariant(&text, &package.name) {
            faults.push(format!(
                "{ARCHITECTURE} has no heading with `{}` and a line **Architecture invariant** under it",
                package.name
            ));
        }
    }
    faults
}

fn states_an_invariant(text: &str, name: &str) -> bool {
    let heading = |line: &&str| line.starts_with('#') && line.contains(&format!("`{name}`"));
    text.lines()
        .skip_while(|line| !heading(line))
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .any(|line| line.contains("**Architecture invariant"))
}

/// Each link of a Markdown page to a file of this repository leads to one.
pub(crate) fn links(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for file in workspace.files.iter().filter(|file| file.ends_with(".md")) {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let text = workspace.read(file);
        for target in targets(&text) {
            if !workspace.root.join(folder).join(target).exists() {
                faults.push(format!("{file} links to `{target}`, which is not there"));
            }
        }
    }
    faults
}

/// Returns the paths in `](path)`, without addresses and places within a page, outside blocks of code.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("```")
        .step_by(2)
        .flat_map(|prose| prose.split("](").skip(1))
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| {
            !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreleased_section_has_an_entry() {
        assert!(says_what_is_unreleased("# Log\n\n## [Unreleased]\n\n### Added\n- a\n"));
        assert!(!says_what_is_unreleased("# Log\n\n## [Unreleased]\n\n## [0.1.0]\n- a\n"));
        assert!(!says_what_is_unreleased("# Log\n- a\n"));
    }

    #[test]
    fn an_invariant_stands_under_its_own_heading() {
        let text = "### `veche-ledger`\n\n**Architecture invariant:** pure.\n\n### `veche-desk`\n\nPages.\n";
        assert!(states_an_invariant(text, "veche-ledger"));
        assert!(!states_an_invariant(text, "veche-desk"));
        assert!(!states_an_invariant(text, "veche"));
    }

    #[test]
    fn links_to_files_are_read() {
        let text = "[a](docs/a.md#part) [b](https://c2sp.org/x) [c](#here)\n```\n[d](no)\n```\n[e](../e.md)";
        assert_eq!(targets(text).collect::<Vec<_>>(), ["docs/a.md", "../e.md"]);
    }
}
