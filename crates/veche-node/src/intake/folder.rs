//! Files of a folder, taken once they are whole: what was the same at two looks. Nothing in the folder is changed or deleted.

use super::store::Look;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

/// Most files of a folder that are looked at.
pub const FILES_MAX: usize = 20_000;

/// Longest file, in bytes.
pub const FILE_LEN_MAX: u64 = 32 * 1024 * 1024;

/// Longest name that is taken, in bytes.
const NAME_LEN_MAX: usize = 200;

/// What a look at a folder found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What is not a file to be taken, and why not; a name is told as it can be shown.
    pub refused: Vec<String>,
    /// Files that may be still written: they are looked at again.
    pub unsettled: Vec<(String, Look)>,
    /// Files that were the same at the last look, and are new.
    pub whole: Vec<(String, Look)>,
}

/// Looks at a folder. `before`: what its files looked like at the last look. Folders below it, and what begins with a dot, are passed over.
///
/// # Errors
/// If it cannot be listed.
pub fn look(folder: &Path, before: &BTreeMap<String, Look>) -> io::Result<Found> {
    let mut found = Found::default();
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") || entry.file_type()?.is_dir() {
            continue;
        }
        count += 1;
        if count > FILES_MAX {
            found
                .refused
                .push(format!("there are more than {FILES_MAX} files: move old ones away"));
            break;
        }
        let shown: String =
            name.to_string_lossy().chars().filter(|c| !c.is_control()).take(60).collect();
        match judged(&entry, name.to_str()) {
            Ok((name, look)) => match before.get(&name) {
                Some(old) if old.is_taken && same(*old, look) => {}
                Some(old) if same(*old, look) => found.whole.push((name, look)),
                Some(_) | None => found.unsettled.push((name, look)),
            },
            Err(why) => found.refused.push(format!("`{shown}`: {why}")),
        }
    }
    found.whole.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    found.refused.sort_unstable();
    Ok(found)
}

fn same(a: Look, b: Look) -> bool {
    (a.len, a.changed) == (b.len, b.changed)
}

/// Returns a file's name and how it looks, or why it is not taken.
fn judged(entry: &fs::DirEntry, name: Option<&str>) -> Result<(String, Look), String> {
    let is_plain = |name: &&str| {
        name.len() <= NAME_LEN_MAX && !name.chars().any(|c| c.is_control() || is_turning(c))
    };
    let name = name.filter(is_plain).ok_or("its name is no plain text, or too long")?;
    // Of the entry itself: a link is not followed.
    let data = entry.metadata().map_err(|error| error.to_string())?;
    if data.is_symlink() {
        return Err("it is a link".to_owned());
    }
    if !data.is_file() {
        return Err("it is no file".to_owned());
    }
    if data.len() > FILE_LEN_MAX {
        return Err(format!("it has more than {FILE_LEN_MAX} bytes"));
    }
    Ok((name.to_owned(), look_of(&data)))
}

/// Signs that turn the direction of text: a name with them is shown as another.
const fn is_turning(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// Returns what a file looks like.
#[must_use]
pub fn look_of(data: &fs::Metadata) -> Look {
    let changed = data.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let since = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let changed = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    Look { len: data.len(), changed, is_taken: false }
}

/// Reads a file that was found whole; `None` if it has changed since, or is another one now.
///
/// # Errors
/// If it cannot be read.
pub fn read(folder: &Path, name: &str, look: Look) -> io::Result<Option<Vec<u8>>> {
    let mut file = open(&folder.join(name))?;
    let is_same = |file: &File| Ok::<_, io::Error>(same(look_of(&file.metadata()?), look));
    if !file.metadata()?.is_file() || !is_same(&file)? {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    (&mut file).take(FILE_LEN_MAX + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 == look.len && is_same(&file)?).then_some(bytes))
}

/// Opens a file itself: what has become a link, or a pipe that nobody writes to, is not waited for.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        options.custom_flags(flags.cast_signed());
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(found: &Found) -> BTreeMap<String, Look> {
        found.unsettled.iter().chain(&found.whole).cloned().collect()
    }

    #[test]
    fn a_file_is_taken_when_two_looks_find_it_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let put = |text: &str| fs::write(folder.path().join("a.txt"), text).unwrap();
        put("half");
        let first = look(folder.path(), &BTreeMap::new()).unwrap();
        assert_eq!((first.whole.len(), first.unsettled.len()), (0, 1));
        put("half and more");
        let second = look(folder.path(), &looked(&first)).unwrap();
        assert_eq!((second.whole.len(), second.unsettled.len()), (0, 1));
        let third = look(folder.path(), &looked(&second)).unwrap();
        let (name, whole) = third.whole[0].clone();
        let read = |look: Look| read(folder.path(), &name, look).unwrap();
        assert_eq!(read(whole).as_deref(), Some(b"half and more".as_slice()));
        assert_eq!(read(Look { len: 4, ..whole }), None);
        let taken = BTreeMap::from([(name.clone(), Look { is_taken: true, ..whole })]);
        assert_eq!(look(folder.path(), &taken).unwrap(), Found::default());
    }

    #[cfg(unix)]
    #[test]
    fn links_and_names_that_deceive_are_refused_and_folders_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("below")).unwrap();
        fs::write(at(".part"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", at("link.txt")).unwrap();
        fs::write(at("a\u{1b}[2J.txt"), "x").unwrap();
        fs::write(at("a\u{202e}txt.exe"), "x").unwrap();
        let found = look(folder.path(), &BTreeMap::new()).unwrap();
        assert!(found.unsettled.is_empty(), "{found:?}");
        assert_eq!(found.refused.len(), 3, "{found:?}");
        assert!(found.refused.iter().all(|line| !line.contains('\u{1b}')));
        // What became a link after it was looked at is not followed either.
        assert!(
            read(folder.path(), "link.txt", Look { len: 1, changed: 1, is_taken: false }).is_err()
        );
    }
}
