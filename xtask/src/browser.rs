//! The demonstration as a visitor sees it: played in a headless Chromium, page by page.

use crate::debian;
use crate::python;
use crate::step::Failure;
use crate::tally::Tally;
use crate::workspace::Workspace;
use std::path::PathBuf;

/// What a Chromium may be called. It is the system's: one that a tool downloads for itself has no updates.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Looks at every page and plays the demonstration to its end.
///
/// # Errors
/// If there is no Chromium and none can be installed, or if something on a page is not as it should be.
pub(crate) fn look(workspace: &Workspace) -> Result<Tally, Failure> {
    let chromium = found().map_or_else(|| install(workspace), Ok)?;
    let call = python::script(workspace, "xtask/browser/run.py").args([
        "--veche",
        &workspace.built("veche"),
        "--chromium",
        &chromium.to_string_lossy(),
        "--shots",
        &workspace.target.join("browser").to_string_lossy(),
    ]);
    let mut tally = None;
    let ended = call.stream(&workspace.root, |line| {
        tally = Tally::of_line(line).or(tally);
        if !line.starts_with("ok ") {
            println!("    {line}");
        }
    });
    let tally = tally.unwrap_or_default();
    match ended {
        Ok(()) if tally.passed > 0 => Ok(tally),
        Ok(()) => Err(Failure::new("no page was looked at", &call)),
        Err(failure) => Err(failure.with_tally(tally)),
    }
}

/// Returns the first Chromium on the path.
fn found() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    first(&folders, &NAMES)
}

/// Returns the first of these programs that a folder holds.
fn first(folders: &[PathBuf], names: &[&str]) -> Option<PathBuf> {
    let mut paths = names.iter().flat_map(|name| folders.iter().map(move |at| at.join(name)));
    paths.find(|path| path.is_file())
}

/// Installs Debian's Chromium where this user may; says what and why.
fn install(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let by_hand = debian::by_hand("chromium");
    if !debian::may_install(workspace) {
        let said = "there is no Chromium, which shows the pages to the browser tests, and this user cannot install one";
        return Err(Failure::new(said, by_hand));
    }
    debian::install(workspace, "chromium", "it shows the pages to the browser tests")?;
    found().ok_or_else(|| Failure::new("Chromium was installed and is not on the path", by_hand))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_first_name_that_is_there_is_taken() {
        let folders = [PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from("no-such-folder")];
        let found = first(&folders, &["no-such-program", "Cargo.toml"]);
        assert_eq!(found, Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")));
        assert_eq!(first(&folders, &["no-such-program"]), None);
    }
}
