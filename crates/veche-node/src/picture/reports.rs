//! Events that reports tell of: mentions joined as the corrections of the node's records have them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use veche_ledger::Hash;
use veche_picture::ReportedEvent;
use veche_picture::joining::{
    Correction, JoinError, Joiner, Mention, Reference, Reliabilities, id_of,
};

/// The reports that a node was given.
#[derive(Debug, Default)]
pub struct Reports {
    joiner: Joiner,
    trusted: Reliabilities,
    /// Events that others coded: nothing is joined to them.
    kept: Vec<ReportedEvent>,
    note: Option<String>,
    /// What was made last, by the corrections that it was made with: joining takes a moment, and a page is asked for again and again.
    made: RefCell<Option<(Hash, Arc<Told>)>>,
}

/// The events as corrections leave them.
#[derive(Debug, Default)]
pub struct Told {
    /// The last first.
    pub events: Vec<ReportedEvent>,
    /// Corrections that name no report that is here.
    pub left_out: Vec<Correction>,
    /// Events that cannot be shown, and why.
    pub unshown: Vec<(String, String)>,
    /// Places of events, by their ids.
    by_id: BTreeMap<String, usize>,
    /// Places of events, by the ids that they would have if they began with another of their mentions.
    by_mention: BTreeMap<String, usize>,
    /// Mentions of each event, by what corrections call them; empty for an event that cannot be corrected.
    references: Vec<Vec<String>>,
}

impl Reports {
    /// Returns one that trusts publishers as a list says.
    #[must_use]
    pub fn trusting(trusted: Reliabilities) -> Self {
        Self { trusted, ..Self::default() }
    }

    /// Adds a mention.
    ///
    /// # Errors
    /// [`JoinError`]: there are too many.
    pub fn add(&mut self, mention: Mention) -> Result<(), JoinError> {
        self.made.replace(None);
        self.joiner.add(mention).map(|_| ())
    }

    /// Adds an event that was kept: a data set's, or one whose mentions are not at hand.
    pub fn keep(&mut self, event: ReportedEvent) {
        self.made.replace(None);
        self.kept.push(event);
    }

    /// Returns the same with a note for readers.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Returns what a reader must know of the reports.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.joiner.is_empty() && self.kept.is_empty()
    }

    /// Returns the mentions, ascending by id.
    pub fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.joiner.mentions()
    }

    /// Returns the events as corrections leave them.
    pub fn told(&self, corrections: &[Correction]) -> Arc<Told> {
        let mut all = String::new();
        for correction in corrections {
            // Writing to a String cannot fail.
            writeln!(all, "{}", correction.to_json()).unwrap_or_default();
        }
        let key = Hash::of(&[all.as_bytes()]);
        if let Some((of, told)) = &*self.made.borrow()
            && *of == key
        {
            return Arc::clone(told);
        }
        let told = Arc::new(self.tell(corrections));
        self.made.replace(Some((key, Arc::clone(&told))));
        told
    }

    fn tell(&self, corrections: &[Correction]) -> Told {
        let of: BTreeMap<&str, &Mention> =
            self.joiner.mentions().map(|mention| (mention.id.as_str(), mention)).collect();
        let (joined, left_out) = self.joiner.corrected(&self.trusted, corrections);
        let (mut rows, mut unshown) = (Vec::<(ReportedEvent, Vec<&str>)>::new(), Vec::new());
        for event in &joined {
            match ReportedEvent::of(event, &of) {
                Some(row) => rows.push((row, event.mentions.iter().map(String::as_str).collect())),
                None => unshown.push((
                    format!("event {} of {} reports", event.id, event.mentions.len()),
                    format!("its day, {}, lies before 1980 or after 2199", event.first),
                )),
            }
        }
        let own: BTreeSet<String> = rows.iter().map(|(row, _)| row.event.clone()).collect();
        let kept = self.kept.iter().filter(|event| !own.contains(&event.event));
        rows.extend(kept.map(|event| (event.clone(), Vec::new())));
        rows.sort_by(|(one, _), (other, _)| {
            (other.first, &other.event).cmp(&(one.first, &one.event))
        });
        let mut told = Told { left_out, unshown, ..Told::default() };
        for (at, (row, mentions)) in rows.into_iter().enumerate() {
            let references: Option<Vec<String>> =
                mentions.iter().map(|id| Some(Reference::of(of.get(id)?)?.to_string())).collect();
            told.references.push(references.unwrap_or_default());
            told.by_mention.extend(mentions.iter().map(|id| (id_of(id), at)));
            told.by_id.insert(row.event.clone(), at);
            told.events.push(row);
        }
        told
    }
}

impl Told {
    /// Returns the place of an event: that of this id, or the one that has the mention by which it was called before.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).or_else(|| self.by_mention.get(id)).copied()
    }

    /// Returns what corrections call the mentions of an event; empty if it cannot be corrected.
    #[must_use]
    pub fn references(&self, at: usize) -> &[String] {
        self.references.get(at).map_or(&[], Vec::as_slice)
    }
}
