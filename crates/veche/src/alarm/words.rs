//! What analysts said: from a node's records, and from files of terms.

use crate::failure::{Failure, FailureKind};
use crate::file;
use std::path::Path;
use veche_charter::alarm::AlarmRule;
use veche_charter::name::AlarmName;
use veche_council::view::RecordView;
use veche_ledger::{Value, parse_canonical};
use veche_node::node::Node;
use veche_picture::alarm::{Verdict, Word, WordOn};
use veche_picture::{AreaId, Month};

/// Longest file of terms, in bytes: more than a record's terms may have, so that its reader says so itself.
const TERMS_FILE_LEN_MAX: u64 = 128 * 1024;

/// A word, and where it was said.
pub(super) struct Spoken {
    /// The word.
    pub(super) word: Word,
    /// For people: a record, or a file.
    pub(super) place: String,
}

/// The words of a rule, and what looks like one and is none: where, and what is wrong with it.
#[derive(Default)]
pub(super) struct Words {
    /// In the order in which they count.
    pub(super) spoken: Vec<Spoken>,
    /// Left out.
    pub(super) faulty: Vec<(String, String)>,
}

impl Words {
    /// Reads the words that a node holds, in the order of the times that are proved of them; what is not proved yet comes last.
    ///
    /// A record that the charter does not let through says nothing, and one of an exercise nothing of the real world.
    pub(super) fn of_node(node: &Node, name: &AlarmName, rule: &AlarmRule) -> Self {
        let records = node.heads().flat_map(|head| {
            (0..head.size).filter_map(move |index| node.council().record_at(&head.log, index))
        });
        let says = |view: &RecordView| {
            let kind = view.kind.as_str();
            kind == rule.disposal.as_str() || kind == rule.reinstatement.as_str()
        };
        let mut views: Vec<RecordView> = records
            .filter(|view| says(view) && view.ruling == "admitted" && !view.is_drill)
            .collect();
        views.sort_by_key(|view| {
            let time = view.at.clone().unwrap_or_else(|| view.time.clone());
            (view.at.is_none(), time, view.record.log.clone(), view.record.index)
        });
        let mut words = Self::default();
        for view in views {
            let place = format!("record {} of {}", view.record.index, view.record.log);
            let terms = view.terms.as_ref().and_then(|text| parse_canonical(text.as_bytes()).ok());
            let Some(terms) = terms else { continue };
            let is_disposal = view.kind == rule.disposal.as_str();
            words.take(place, word(&terms, name, is_disposal));
        }
        words
    }

    /// Reads a file of terms: with a finding it disposes of an alarm, without it reinstates the rule.
    pub(super) fn add_file(&mut self, path: &Path, name: &AlarmName) -> Result<(), Failure> {
        let bytes = file::read(path, TERMS_FILE_LEN_MAX)?;
        let fault = |what: String| Failure::new(FailureKind::Words { path: path.to_owned(), what });
        let text = std::str::from_utf8(&bytes).map_err(|error| fault(error.to_string()))?;
        let terms = veche_ledger::parse_human(text).map_err(|error| fault(error.to_string()))?;
        let is_disposal = terms.get("verdict").is_some();
        let place = format!("`{}`, not signed", path.display());
        match word(&terms, name, is_disposal) {
            Ok(Some(word)) => self.spoken.push(Spoken { word, place }),
            Ok(None) => return Err(fault(format!("it is not of rule `{name}`"))),
            Err(what) => return Err(fault(what)),
        }
        Ok(())
    }

    fn take(&mut self, place: String, found: Result<Option<Word>, String>) {
        match found {
            Ok(Some(word)) => self.spoken.push(Spoken { word, place }),
            Ok(None) => {}
            Err(what) => self.faulty.push((place, what)),
        }
    }
}

/// Reads a word; `None` if it is of another rule.
fn word(terms: &Value, rule: &AlarmName, is_disposal: bool) -> Result<Option<Word>, String> {
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
