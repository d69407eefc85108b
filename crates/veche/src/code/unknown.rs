//! Names of parties that nothing knows: a list for a person, who puts them into a table of nations or a charter, or leaves them.
//!
//! Persons are no actors of their own: a name that is known to be a person's is not put on the list.

use crate::failure::Failure;
use crate::{file, screen};
use std::collections::BTreeMap;
use std::path::Path;
use veche_coder::actor::Body;
use veche_coder::event::{Basis, Participant};
use veche_coder::russian::NameKind;

/// Most names that are kept apart; what comes later is counted with nothing.
const NAMES_MAX: usize = 100_000;

/// Longest name, in bytes: a longer one is a heading.
const NAME_LEN_MAX: usize = 120;

/// How often each name was party to an event, and where first.
#[derive(Default)]
pub(super) struct Unknown {
    names: BTreeMap<String, (u64, String)>,
}

impl Unknown {
    /// Takes down a party if its words are a name, with a capital, and do not tell by themselves whose it is.
    pub(super) fn meet(&mut self, text: &str, party: &Participant, document: &str) {
        let name = screen::one_line(party.span.of(text));
        let named = party.basis == Basis::Named && !matches!(party.body, Body::Unknown);
        let is_name = name.starts_with(char::is_uppercase) && name.len() <= NAME_LEN_MAX;
        let is_person = party.name == Some(NameKind::Person);
        if named || !is_name || is_person || !party.sectors.is_empty() {
            return;
        }
        if let Some((count, _)) = self.names.get_mut(&name) {
            *count += 1;
        } else if self.names.len() < NAMES_MAX {
            self.names.insert(name, (1, screen::one_line(document)));
        }
    }

    /// Writes the names into a file, the most frequent first: name, times, the first document.
    ///
    /// # Errors
    /// [`Failure`]: the file.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut rows: Vec<_> = self.names.iter().collect();
        rows.sort_by_key(|(name, (count, _))| (std::cmp::Reverse(*count), *name));
        let mut table = String::from("name\ttimes\tdocument\n");
        for (name, (count, document)) in rows {
            let cells = [name, &count.to_string(), document].map(|cell| cell.replace('\t', " "));
            table.push_str(&cells.join("\t"));
            table.push('\n');
        }
        file::write(path, table.as_bytes())
    }
}
