//! No file is too large for a repository, and none speaks of the machine it was written on.

use crate::workspace::Workspace;

/// Longest file, in bytes: what a clone on a slow line can bear, and room for the largest model of events. Larger data is fetched or generated.
const FILE_LEN_MAX: u64 = 5 * 1024 * 1024;

/// Roots of somebody's own folders, written in halves so that this file passes its own check.
const OWN_FOLDERS: [&str; 6] = [
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/work", "space/"),
    concat!(r"C:\Us", r"ers\"),
];

/// Words in the name of a host that only one network knows.
const OWN_HOSTS: [&str; 8] = [
    concat!("arti", "factory"),
    concat!("ne", "xus"),
    concat!("mir", "ror"),
    concat!("pro", "xy"),
    concat!(".inter", "nal"),
    concat!(".co", "rp"),
    concat!(".la", "n"),
    concat!(".lo", "cal"),
];

/// Settings that send cargo or pip to a registry of somebody's own.
const OWN_REGISTRIES: [&str; 4] = [
    concat!("replace", "-with"),
    concat!("index", "-url"),
    concat!("[sou", "rce."),
    concat!("[regis", "tries"),
];

/// Where every package of the lock file comes from.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// No file is longer than [`FILE_LEN_MAX`].
pub(crate) fn sizes(workspace: &Workspace) -> Vec<String> {
    let len =
        |file: &String| std::fs::metadata(workspace.root.join(file)).map_or(0, |data| data.len());
    workspace
        .files
        .iter()
        .map(|file| (file, len(file)))
        .filter(|(_, len)| *len > FILE_LEN_MAX)
        .map(|(file, len)| format!("{file} has {len} bytes; at most {FILE_LEN_MAX} are agreed"))
        .collect()
}

/// No file holds a path into somebody's own folders, the name of a host of one network, or a registry of one's own.
pub(crate) fn machine_traces(workspace: &Workspace) -> Vec<String> {
    let mut faults = Vec::new();
    for file in &workspace.files {
        for (i, line) in workspace.read(file).lines().enumerate() {
            if let Some(trace) = trace(file, line) {
                faults.push(format!("{file}:{}: {trace}", i.saturating_add(1)));
            }
        }
    }
    faults
}

fn trace(file: &str, line: &str) -> Option<String> {
    if let Some(folder) = OWN_FOLDERS.iter().find(|folder| starts_a_path(line, folder)) {
        return Some(format!("a path into `{folder}`"));
    }
    if let Some(host) = hosts(line).find(|host| OWN_HOSTS.iter().any(|word| is_own(host, word))) {
        return Some(format!("the host `{host}`"));
    }
    let configures =
        [".toml", ".cfg", ".conf", ".ini", ".npmrc"].iter().any(|end| file.ends_with(end));
    if let Some(word) =
        OWN_REGISTRIES.iter().find(|word| configures && line.trim_start().starts_with(**word))
    {
        return Some(format!("a registry of one's own (`{word}`)"));
    }
    let source = line.strip_prefix("source = ").filter(|_| file.ends_with("Cargo.lock"))?;
    (source.trim_matches('"') != REGISTRY).then(|| format!("a package from {source}"))
}

/// A folder in the middle of a longer path or of an address is somebody else's business.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || ".-_~/}>".contains(c)))
    })
}

fn hosts(line: &str) -> impl Iterator<Item = &str> {
    line.split("://").skip(1).filter_map(|rest| {
        let host =
            rest.split(|c: char| !(c.is_ascii_alphanumeric() || "-.@".contains(c))).next()?;
        host.rsplit('@').next()
    })
}

/// A word with a dot is an ending; names under `.example` are nobody's (RFC 2606).
fn is_own(host: &str, word: &str) -> bool {
    let found = if word.starts_with('.') { host.ends_with(word) } else { host.contains(word) };
    found && !host.ends_with(".example")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, line: &str, expected: Option<&str>) {
        let found = trace(file, line);
        match (&found, expected) {
            (None, None) => {}
            (Some(found), Some(part)) if found.contains(part) => {}
            _ => panic!("{file}: {line}: {found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn a_path_into_own_folders_is_found() {
        check("a.md", concat!("see `/ho", "me/kim/notes`"), Some("a path into"));
        check("a.rs", concat!("\"/ro", "ot/x\""), Some("a path into"));
        check("a.md", concat!("https://treaty.example/ho", "me/index"), None);
        check("a.md", concat!("the folder crates/wo", "rk/x"), None);
    }

    #[test]
    fn a_host_of_one_network_is_found() {
        check("a.md", concat!("http://arti", "factory.treaty/x"), Some("the host"));
        check("a.md", concat!("https://user@build.treaty.inter", "nal:8080/x"), Some("the host"));
        check("a.md", concat!("https://pro", "xy.treaty.example/"), None);
        check("a.md", "https://c2sp.org/tlog-tiles and http://127.0.0.1:8080", None);
    }

    #[test]
    fn a_registry_of_ones_own_is_found() {
        check(".cargo/config.toml", concat!("replace", "-with = \"x\""), Some("a registry"));
        check("docs/a.md", concat!("replace", "-with"), None);
        check("Cargo.lock", "source = \"git+https://git.example/a#1\"", Some("a package from"));
        check("Cargo.lock", &format!("source = \"{REGISTRY}\""), None);
    }
}
