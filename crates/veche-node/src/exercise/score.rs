//! Checks judged, and the score sheet.

use super::order::Tally;
use super::play::{Game, Outcome};
use super::script::Check;
use super::stage::{Stage, StageError};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::PartyId;

/// The score sheet of an exercise.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreSheet {
    /// The exercise.
    pub name: String,
    /// Each inject.
    pub rows: Vec<ScoreRow>,
    /// Injects whose checks all passed.
    pub passed: usize,
    /// Injects with a check that failed.
    pub failed: usize,
    /// Of those that passed, how many are checked in part only.
    pub partly: usize,
    /// Injects not scored, because a visitor acted.
    pub changed: usize,
    /// Duties met in time.
    pub duties_met: usize,
    /// Duties met late.
    pub duties_late: usize,
    /// Duties open and overdue.
    pub duties_overdue: usize,
    /// Receipts that the nodes have logged.
    pub receipts: usize,
    /// Distinct digests of the nodes' states: 1 if all agree.
    pub distinct_digests: usize,
    /// The digest of each node's state, by its party.
    pub digests: BTreeMap<String, String>,
}

/// One inject on the sheet.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreRow {
    /// Its number.
    pub id: u32,
    /// When.
    pub at: String,
    /// What it says.
    pub content: String,
    /// What must be seen.
    pub expect: String,
    /// Why not all of it is checked; empty: it is.
    pub partly: String,
    /// How it went; `None`: not played yet.
    pub outcome: Option<Outcome>,
}

impl ScoreSheet {
    /// Makes the sheet of an exercise in this process as far as it is played.
    #[must_use]
    pub fn of(game: &Game) -> Self {
        let network = game.network();
        let tally = network.nodes().next().map(|node| Tally::of(node, game.now()));
        let digests = network.digests().into_iter();
        let digests = digests.map(|(party, digest)| (party, digest.to_string())).collect();
        Self::made(game, tally.unwrap_or_default(), digests)
    }

    /// Makes the sheet of an exercise, wherever it is played.
    ///
    /// # Errors
    /// [`StageError`] if a node is gone.
    pub fn over<S: Stage>(game: &Game<S>) -> Result<Self, StageError> {
        Ok(Self::made(game, game.tally()?, game.digests()?))
    }

    fn made<S: Stage>(game: &Game<S>, tally: Tally, digests: BTreeMap<PartyId, String>) -> Self {
        let rows: Vec<ScoreRow> = game
            .script()
            .injects
            .iter()
            .map(|inject| ScoreRow {
                id: inject.id,
                at: game.script().time_of(inject).to_string(),
                content: inject.content.clone(),
                expect: inject.expect.clone(),
                partly: inject.partly.clone(),
                outcome: game.outcomes().iter().find(|outcome| outcome.id == inject.id).cloned(),
            })
            .collect();
        let played = || rows.iter().filter_map(|row| Some((row, row.outcome.as_ref()?)));
        let scored = || played().filter(|(_, outcome)| !outcome.is_changed);
        Self {
            name: game.script().exercise.title.clone(),
            passed: scored().filter(|(_, outcome)| outcome.passed()).count(),
            failed: scored().filter(|(_, outcome)| !outcome.passed()).count(),
            partly: scored()
                .filter(|(row, outcome)| outcome.passed() && !row.partly.is_empty())
                .count(),
            changed: played().filter(|(_, outcome)| outcome.is_changed).count(),
            duties_met: tally.duties_met,
            duties_late: tally.duties_late,
            duties_overdue: tally.duties_overdue,
            receipts: tally.receipts,
            distinct_digests: digests.values().collect::<BTreeSet<_>>().len(),
            digests: digests
                .into_iter()
                .map(|(party, digest)| (party.to_string(), digest))
                .collect(),
            rows,
        }
    }

    /// Returns true if every inject passed and was played.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        self.failed == 0 && self.changed == 0 && self.rows.iter().all(|row| row.outcome.is_some())
    }
}

/// Returns the values that a pointer finds: RFC 6901, and `*` for each item of a list or object.
#[must_use]
pub fn look(value: &Json, pointer: &str) -> Vec<Json> {
    let Some(rest) = pointer.strip_prefix('/') else { return vec![value.clone()] };
    let (key, rest) = match rest.split_once('/') {
        Some((key, rest)) => (key, format!("/{rest}")),
        None => (rest, String::new()),
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    let below: Vec<&Json> = match value {
        Json::Array(items) if key == "*" => items.iter().collect(),
        Json::Object(map) if key == "*" => map.values().collect(),
        Json::Array(items) => select(items, &key),
        Json::Object(map) => map.get(&key).into_iter().collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    };
    below.into_iter().flat_map(|value| look(value, &rest)).collect()
}

/// Picks an item by its number, or with `key=value` those whose field has that text.
fn select<'a>(items: &'a [Json], key: &str) -> Vec<&'a Json> {
    if let Some((field, text)) = key.split_once('=') {
        let has = |item: &&Json| item.get(field).is_some_and(|value| plain(value) == text);
        return items.iter().filter(has).collect();
    }
    key.parse::<usize>().ok().and_then(|at| items.get(at)).into_iter().collect()
}

/// Judges what was found: what was expected, in words, and whether it is there.
#[must_use]
pub fn judge(check: &Check, found: &[Json], fill: &dyn Fn(&str) -> String) -> (String, bool) {
    if let Some(value) = &check.is {
        let text = fill(&toml_text(value));
        return (text.clone(), !found.is_empty() && found.iter().all(|value| plain(value) == text));
    }
    if let Some(value) = &check.is_not {
        let text = fill(&toml_text(value));
        return (
            format!("not {text}"),
            !found.is_empty() && found.iter().all(|value| plain(value) != text),
        );
    }
    if let Some(text) = &check.has {
        let text = fill(text);
        return (format!("has {text}"), found.iter().any(|value| contains(value, &text)));
    }
    if let Some(text) = &check.has_not {
        let text = fill(text);
        return (
            format!("has not {text}"),
            !found.is_empty() && !found.iter().any(|value| contains(value, &text)),
        );
    }
    if let Some(least) = check.at_least {
        let size = size_of(found);
        return (format!("at least {least}"), size.is_some_and(|size| size >= least));
    }
    if let Some(count) = check.count {
        let size = size_of(found);
        // Nothing found is not "none of them": a mistyped pointer finds nothing too.
        return (
            format!("{count} of them"),
            !found.is_empty() && size == i64::try_from(count).ok(),
        );
    }
    let wanted = check.exists.unwrap_or(true);
    let is_there = found.iter().any(|value| !value.is_null());
    ((if wanted { "is there" } else { "is not there" }).to_owned(), is_there == wanted)
}

fn contains(value: &Json, text: &str) -> bool {
    match value {
        Json::String(own) => own.contains(text),
        Json::Array(items) => items.iter().any(|item| contains(item, text)),
        Json::Object(map) => map.iter().any(|(key, item)| key == text || contains(item, text)),
        Json::Null | Json::Bool(_) | Json::Number(_) => plain(value) == text,
    }
}

/// Of one value: its number, or how many items it has; of several: how many.
fn size_of(found: &[Json]) -> Option<i64> {
    match found {
        [Json::Number(number)] => number.as_i64(),
        [Json::Array(items)] => i64::try_from(items.len()).ok(),
        [Json::Object(map)] => i64::try_from(map.len()).ok(),
        many => i64::try_from(many.len()).ok(),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn toml_text(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pointers_find_items_by_number_by_field_and_all() {
        let value = json!({"units": [{"paragraph": 1, "state": "adopted"}, {"paragraph": 2, "state": "broken"}]});
        assert_eq!(look(&value, "/units/1/state"), [json!("broken")]);
        assert_eq!(look(&value, "/units/paragraph=2/state"), [json!("broken")]);
        assert_eq!(look(&value, "/units/*/paragraph"), [json!(1), json!(2)]);
        assert!(look(&value, "/units/7/state").is_empty());
    }

    #[test]
    fn a_check_of_nothing_fails() {
        let check = |text: &str| {
            toml::from_str::<Check>(&format!("clause='x'\nnode='a'\nget='/status'\n{text}"))
                .unwrap()
        };
        let fill = |text: &str| text.to_owned();
        assert!(!judge(&check("is = 'x'"), &[], &fill).1);
        assert!(!judge(&check("has_not = 'x'"), &[], &fill).1);
        assert!(judge(&check("is = 3"), &[json!(3)], &fill).1);
        assert!(judge(&check("has = 'mirez'"), &[json!(["tamrin", "mirez"])], &fill).1);
        assert!(!judge(&check("count = 2"), &[json!([1])], &fill).1);
        assert!(judge(&check("exists = false"), &[], &fill).1);
    }
}
