//! What analysts said of alarms: read from a node's records.

use crate::node::Node;
use veche_charter::alarm::AlarmRule;
use veche_charter::name::AlarmName;
use veche_council::view::RecordView;
use veche_ledger::{Kind, Value, parse_canonical};
use veche_picture::alarm::{Verdict, Word, WordOn};
use veche_picture::{AreaId, Month};

/// A word, and where it was said.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// The word.
    pub word: Word,
    /// For people: a record, or a file.
    pub place: String,
}

/// The words of a rule, and what looks like one and is none: where, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// In the order in which they count.
    pub spoken: Vec<Spoken>,
    /// Left out.
    pub faulty: Vec<(String, String)>,
}

/// Which records count.
#[derive(Debug, Clone, Copy)]
pub struct Counted<F> {
    /// Those of an exercise, or those in earnest: neither says anything of the other.
    pub drill: bool,
    /// Whether whoever asks may read a record.
    pub reads: F,
}

impl<F: Fn(&RecordView) -> bool> Counted<F> {
    /// Returns the records of some kinds that the charter let through, in the order of the times that are proved of them; what is
    /// not proved yet comes last.
    pub fn records(&self, node: &Node, kinds: &[&Kind]) -> Vec<RecordView> {
        let council = node.council();
        let opens =
            |kind: &&Kind| node.charter().acts.get(*kind).is_some_and(|act| act.opens.is_some());
        // What opens a procedure is found among those; a walk over all records is for charters where it does not.
        let found: Vec<RecordView> = if kinds.iter().all(opens) {
            let listed = council.listed().filter(|listed| kinds.contains(&listed.kind));
            listed.filter_map(|listed| council.record(&listed.id)).collect()
        } else {
            let all = node.heads().flat_map(|head| {
                (0..head.size).filter_map(move |index| council.record_at(&head.log, index))
            });
            all.filter(|view| kinds.iter().any(|kind| kind.as_str() == view.kind)).collect()
        };
        let counts = |view: &RecordView| {
            view.ruling == "admitted" && view.is_drill == self.drill && (self.reads)(view)
        };
        let mut views: Vec<RecordView> = found.into_iter().filter(counts).collect();
        views.sort_by_key(|view| {
            let time = view.at.clone().unwrap_or_else(|| view.time.clone());
            (view.at.is_none(), time, view.record.log.clone(), view.record.index)
        });
        views
    }
}

/// Returns the records in earnest that a node holds, whoever may read them: its operator asks.
#[must_use]
pub fn in_earnest() -> Counted<impl Fn(&RecordView) -> bool> {
    Counted { drill: false, reads: |_: &RecordView| true }
}

impl Words {
    /// Reads the words that a node holds.
    pub fn of_node(
        node: &Node,
        counted: &Counted<impl Fn(&RecordView) -> bool>,
        name: &AlarmName,
        rule: &AlarmRule,
    ) -> Self {
        let mut words = Self::default();
        for view in counted.records(node, &[&rule.disposal, &rule.reinstatement]) {
            let place = format!("record {} of {}", view.record.index, view.record.log);
            let terms = view.terms.as_ref().and_then(|text| parse_canonical(text.as_bytes()).ok());
            let Some(terms) = terms else { continue };
            let is_disposal = view.kind == rule.disposal.as_str();
            words.take(place, word(&terms, name, is_disposal));
        }
        words
    }

    fn take(&mut self, place: String, found: Result<Option<Word>, String>) {
        match found {
            Ok(Some(word)) => self.spoken.push(Spoken { word, place }),
            Ok(None) => {}
            Err(what) => self.faulty.push((place, what)),
        }
    }

    /// Returns the words alone.
    #[must_use]
    pub fn given(&self) -> Vec<Word> {
        self.spoken.iter().map(|spoken| spoken.word.clone()).collect()
    }
}

/// Reads the terms of a word; `None` if it is of another rule.
///
/// # Errors
/// What is missing or cannot be read, for people.
pub fn word(terms: &Value, rule: &AlarmName, is_disposal: bool) -> Result<Option<Word>, String> {
    let text = |field: &str| {
        let text = terms.get(field).and_then(Value::as_text);
        text.ok_or_else(|| format!("`{field}` is missing"))
    };
    let month =
        |field: &str| Month::parse(text(field)?).map_err(|error| format!("`{field}`: {error}"));
    if text("rule")? != rule.as_str() {
        return Ok(None);
    }
    let on = if is_disposal {
        let unit = AreaId::parse(text("unit")?).map_err(|error| format!("`unit`: {error}"))?;
        WordOn::Alarm { unit, opened: month("opened")?, verdict: verdict(text("verdict")?)? }
    } else {
        WordOn::Rule
    };
    Ok(Some(Word {
        seen: month("seen")?,
        analyst: text("analyst")?.to_owned(),
        reason: text("reason")?.to_owned(),
        on,
    }))
}

fn verdict(word: &str) -> Result<Verdict, String> {
    let all = [Verdict::Confirmed, Verdict::NotConfirmed, Verdict::DataArtefact];
    let known = all.into_iter().find(|verdict| verdict.word() == word);
    known.ok_or_else(|| format!("`verdict`: there is no finding `{word}`"))
}
