//! Dictionaries of PETRARCH that the user brings: which file is which, and what was not taken over.

use crate::answer::counted;
use crate::failure::{Failure, FailureKind};
use crate::{file, screen};
use std::path::{Path, PathBuf};
use veche_coder::date::Day;
use veche_coder::matcher::Vocabulary;
use veche_coder::ontology::{Class, Mode};
use veche_coder::petrarch::{
    Actors, Agents, Discards, FILE_LEN_MAX, Front, PetrarchError, Read, actors, agents, discards,
    issues, lexicon, verbs,
};
use veche_ledger::Hash;
use veche_picture::reported::mapping::{self, Mapped};

/// How many lines that were not taken over are told; of the others only their number is.
const TOLD_MAX: usize = 5;

/// What kind of dictionary a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Actors,
    Agents,
    Verbs,
    Discards,
    Issues,
}

/// What a part of a file's name tells, in small letters.
const NAMES: [(&str, Kind); 6] = [
    ("actors", Kind::Actors),
    ("agents", Kind::Agents),
    ("verb", Kind::Verbs),
    ("cameo", Kind::Verbs),
    ("discard", Kind::Discards),
    ("issue", Kind::Issues),
];

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        let text = name.ends_with(".txt");
        NAMES.iter().find(|(part, _)| text && name.contains(part)).map(|(_, kind)| *kind)
    }
}

/// Dictionaries as they are read.
#[derive(Default)]
pub(crate) struct Dictionaries {
    /// What the front end and the lexicon use.
    pub(crate) front: Front,
    actors: Vec<Actors>,
    agents: Vec<Agents>,
    discards: Vec<Discards>,
    issues: usize,
    left: usize,
    /// The hashes of the files, in their order.
    pub(crate) parts: Vec<Hash>,
    verbs_from: Option<PathBuf>,
}

impl Dictionaries {
    /// Reads the dictionaries of a folder, in the order of their names.
    ///
    /// # Errors
    /// [`Failure`]: the folder, a file, no dictionary at all, two of verbs.
    pub(crate) fn of_folder(folder: &Path) -> Result<Self, Failure> {
        let unreadable = |error| Failure::reading(folder, error);
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.sort();
        let mut dictionaries = Self::default();
        let mut any = false;
        for path in paths {
            if let Some(kind) = Kind::of(&path) {
                dictionaries.add(&path, kind)?;
                any = true;
            }
        }
        if any {
            Ok(dictionaries.finish())
        } else {
            Err(failure(format!(
                "`{}` has no dictionary: name them as PETRARCH does, `NAME.actors.txt`, `NAME.agents.txt`, `NAME.verbs.txt`, `NAME.discards.txt`",
                folder.display()
            )))
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// [`Failure`]: the file, or a second one of verbs: their sets of words bear the same names.
    pub(crate) fn add(&mut self, path: &Path, kind: Kind) -> Result<(), Failure> {
        let bytes = file::read(path, FILE_LEN_MAX as u64)?;
        self.parts.push(Hash::of(&[&bytes]));
        match kind {
            Kind::Actors => {
                let read = self.take(path, actors(&bytes))?;
                self.actors.push(read);
            }
            Kind::Agents => {
                let read = self.take(path, agents(&bytes))?;
                self.agents.push(read);
            }
            Kind::Verbs => {
                if let Some(first) = &self.verbs_from {
                    return Err(failure(format!(
                        "`{}` and `{}` are both dictionaries of verbs: leave one in the folder",
                        first.display(),
                        path.display()
                    )));
                }
                self.front.verbs = self.take(path, verbs(&bytes))?;
                self.verbs_from = Some(path.to_owned());
            }
            Kind::Discards => {
                let read = self.take(path, discards(&bytes))?;
                self.discards.push(read);
            }
            Kind::Issues => self.issues += self.take(path, issues(&bytes))?.len(),
        }
        Ok(())
    }

    /// Joins what was read.
    pub(crate) fn finish(mut self) -> Self {
        self.front.actors = Actors::join(std::mem::take(&mut self.actors));
        self.front.agents = Agents::join(std::mem::take(&mut self.agents));
        self.front.discards = Discards::join(std::mem::take(&mut self.discards));
        if self.left > TOLD_MAX {
            screen::note(&format!(
                "not taken over: {} more of the dictionaries' lines",
                self.left - TOLD_MAX
            ));
        }
        self
    }

    /// Tells what of a file was not taken over, and returns the rest.
    fn take<T>(&mut self, path: &Path, read: Result<Read<T>, PetrarchError>) -> Result<T, Failure> {
        let name = path.display();
        let read = read.map_err(|error| failure(format!("`{name}`, {error}")))?;
        for error in &read.refused {
            self.left += 1;
            if self.left <= TOLD_MAX {
                screen::note(&screen::one_line(&format!("not taken over: {name}, {error}")));
            }
        }
        if read.latin > 0 {
            let lines = counted(read.latin, "line");
            screen::note(&screen::one_line(&format!("{name}: {lines} read as Latin-1")));
        }
        Ok(read.entries)
    }

    /// Adds the entries to a lexicon and tells how many they are.
    pub(crate) fn extend(&self, vocabulary: &mut Vocabulary, day: Option<Day>) {
        let added = lexicon::extend(vocabulary, &self.front, day, &meaning);
        screen::note(&format!(
            "petrarch: {} and {} by name, {}, {} that tell of an event; {}",
            counted(added.states, "state"),
            counted(added.bodies, "other actor"),
            counted(added.agents, "agent name"),
            counted(added.triggers, "phrase"),
            counted(self.front.discards.entries.len(), "discard"),
        ));
        screen::note(&format!(
            "petrarch: not used: {} without a code on the day, {} of no known sector, {}: of no event {}, on who does what to whom {}, with too many words {}; {}",
            counted(added.uncoded, "actor"),
            counted(added.unknown, "agent"),
            counted(added.no_event + added.roles + added.large, "pattern"),
            added.no_event,
            added.roles,
            added.large,
            counted(self.issues, "issue"),
        ));
    }
}

/// Returns what a code of CAMEO stands for, by the table that data sets are read with.
fn meaning(code: &str) -> Option<(Class, Option<Mode>)> {
    match mapping::cameo(code)? {
        Mapped::Event(class, mode) => Some((class, mode)),
        Mapped::NoEvent => None,
    }
}

fn failure(what: String) -> Failure {
    Failure::new(FailureKind::Coder(what))
}
