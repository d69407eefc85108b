//! An exercise as data: who takes part, what happens when, and what must then be seen where.
//!
//! Format: `formats/exercise.md`.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use veche_ledger::{Seconds, UnixSeconds};

/// Most injects of a script.
pub const INJECTS_MAX: usize = 10_000;

/// What is wrong with a script, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct ScriptError {
    /// The file.
    pub file: String,
    /// What is wrong: for a fault of form with line and column.
    pub what: String,
}

/// A script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// What it is.
    pub exercise: About,
    /// What happens, in order.
    #[serde(rename = "inject", default)]
    pub injects: Vec<Inject>,
}

/// Files beside the script that the coder reads feeds with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoderFiles {
    /// The states that it makes up, in the columns of the lexicon's table of nations.
    pub nations: String,
    /// Its places (`formats/places.md`).
    pub places: String,
    /// How far its sources are trusted: a publisher, a tab and a letter from A to F a line.
    pub sources: String,
}

/// What an exercise is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Short name, the folder's.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// The charter: the folder's name under `charters/`.
    pub charter: String,
    /// T: the instant that inject times count from.
    pub start: String,
    /// What its keys and salts are made from. Public: exercise keys protect nothing.
    pub seed: String,
    /// Parties that run a node.
    pub nodes: Vec<String>,
    /// Further officers by party.
    #[serde(default)]
    pub officers: BTreeMap<String, Vec<String>>,
    /// Parties whose logs open a second epoch in the exercise.
    #[serde(default)]
    pub second_epochs: Vec<String>,
    /// Whether every key is a pair, ML-DSA-44 beside Ed25519.
    #[serde(default)]
    pub pairs: bool,
    /// Names for the coder that reads its feeds; without them feed items are kept and not read.
    #[serde(default)]
    pub coder: Option<CoderFiles>,
    /// The inject up to which the demonstration plays at full speed.
    #[serde(default)]
    pub demo_from: Option<u32>,
    /// The time to which its clock then runs, if that is later: `10:50`.
    #[serde(default)]
    pub demo_at: Option<String>,
    /// Injects at which the demonstration stops for a sentence.
    #[serde(default)]
    pub demo_steps: Vec<u32>,
}

/// One inject of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inject {
    /// Its number.
    pub id: u32,
    /// When: `-24:00`, `00:12`, `+90d` from T.
    pub at: String,
    /// Whose, for people.
    pub from: String,
    /// To whom or under which label, for people.
    #[serde(default)]
    pub to: String,
    /// Its kind, for people.
    pub kind: String,
    /// What it says, for people.
    pub content: String,
    /// What must be seen, for people.
    pub expect: String,
    /// One sentence for the demonstration.
    #[serde(default)]
    pub sentence: String,
    /// Why not all of it is checked yet; empty: it is.
    #[serde(default)]
    pub partly: String,
    /// What is done.
    #[serde(rename = "do", default)]
    pub steps: Vec<Step>,
    /// What must then be seen.
    #[serde(rename = "check", default)]
    pub checks: Vec<Check>,
}

/// Something that is done. Exactly one of the verbs is given.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// An act of the charter is said.
    pub say: Option<String>,
    /// When, if before the inject: the clock runs to it first. Not before the inject above.
    pub at: Option<String>,
    /// By which party.
    #[serde(rename = "as")]
    pub party: Option<String>,
    /// By which officers; default `duty`.
    #[serde(default)]
    pub by: Vec<String>,
    /// Name of the record for later steps.
    pub name: Option<String>,
    /// What it is about: names of records, numbers of procedures.
    #[serde(default)]
    pub about: Vec<String>,
    /// Its label, if not the act's own.
    pub label: Option<String>,
    /// What it says. `{NAME}` in a text stands for the hash behind a name, `{T+06:00}` for a time.
    pub terms: Option<toml::Table>,
    /// True if it is known to be refused by the charter and is said all the same.
    #[serde(default)]
    pub anyway: bool,
    /// What the author's clock says, if it says something else than the hour: `T+10:59`.
    pub claims: Option<String>,
    /// False for what was said before the exercise and is no drill.
    pub drill: Option<bool>,
    /// A party's node is cut off from all others.
    pub cut_off: Option<String>,
    /// A party's node is joined again.
    pub join: Option<String>,
    /// A party's node is kept as it is now, as a backup.
    pub back_up: Option<String>,
    /// A party's node is put back to its backup and goes on, with its restore guard switched off.
    pub restore: Option<String>,
    /// A party's node is killed in the midst of what it does, and started again from its store.
    pub kill: Option<String>,
    /// A party's log goes on in a new epoch, signed by its root key, from what its peers hold.
    pub new_epoch: Option<String>,
    /// A key is withdrawn: its last name part; `as` is its party, `by` must be `root`.
    pub revoke: Option<String>,
    /// For `revoke`: how many of the party's last records the key may not have signed.
    #[serde(default)]
    pub doubtful: u64,
    /// A suspended record, by name, is signed again.
    pub resign: Option<String>,
    /// A statement with a signature that no listed key made is offered as if by `as`.
    pub forge: Option<String>,
    /// Each node logs the digest of its state.
    #[serde(default)]
    pub digests: bool,
    /// Feed items arrive at the node of `as`: the file's name beside the script.
    pub feed: Option<String>,
}

/// Something that must be seen: a question to a node's API, and what the answer must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The clause of the expectation that it stands for.
    pub clause: String,
    /// At which party's node; `*`: at each.
    pub node: String,
    /// The path below `/api/v1`, with parameters: `/procedures/P-1`. Names in braces as in terms.
    pub get: String,
    /// Where in the answer: a JSON pointer (RFC 6901). `/*/` looks at each item of a list and takes those that have the rest.
    #[serde(default)]
    pub at: String,
    /// It equals this.
    pub is: Option<toml::Value>,
    /// It is another than this.
    pub is_not: Option<toml::Value>,
    /// Its text, or one of its items, contains this.
    pub has: Option<String>,
    /// Its text contains this nowhere.
    pub has_not: Option<String>,
    /// It is a number of at least this, or a list or object with at least so many items.
    pub at_least: Option<i64>,
    /// It is a list or object with so many items.
    pub count: Option<usize>,
    /// It is there, or is not.
    pub exists: Option<bool>,
}

impl Script {
    /// Reads a script and checks what can be checked without playing it: numbers, times, verbs, names before use.
    ///
    /// # Errors
    /// [`ScriptError`] for the first fault.
    pub fn parse(text: &str, file: &str) -> Result<Self, ScriptError> {
        let fail = |what: String| ScriptError { file: file.to_owned(), what };
        let script: Self = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        script.check().map_err(fail)?;
        Ok(script)
    }

    fn check(&self) -> Result<(), String> {
        UnixSeconds::parse(&self.exercise.start)
            .map_err(|error| format!("exercise.start: {error}"))?;
        if self.injects.len() > INJECTS_MAX {
            return Err(format!("more than {INJECTS_MAX} injects"));
        }
        let mut seen = BTreeSet::new();
        let mut names = BTreeSet::new();
        let mut last = 0;
        for inject in &self.injects {
            let here = |what: String| format!("inject {}: {what}", inject.id);
            if !seen.insert(inject.id) {
                return Err(here("its number comes twice".to_owned()));
            }
            let at = offset(&inject.at).ok_or_else(|| {
                here(format!("`at` is `{}`; write `-24:00`, `00:12`, `+90d`", inject.at))
            })?;
            if at < last && inject.id > 1 {
                return Err(here("it comes before the one above it".to_owned()));
            }
            last = at;
            for step in &inject.steps {
                if let Some(text) =
                    step.at.as_ref().filter(|text| offset(text).is_none_or(|step| step > at))
                {
                    return Err(here(format!(
                        "a step's `at` is `{text}`; write a time not after the inject's own"
                    )));
                }
                step.check(&names).map_err(here)?;
                names.extend(step.name.clone());
                names.extend(step.number());
            }
            for check in &inject.checks {
                check.check().map_err(here)?;
            }
        }
        Ok(())
    }

    /// Returns the instant of an inject.
    #[must_use]
    pub fn time_of(&self, inject: &Inject) -> UnixSeconds {
        let start = UnixSeconds::parse(&self.exercise.start).unwrap_or_default();
        shift(start, offset(&inject.at).unwrap_or_default())
    }

    /// Returns the instant that `T+06:00` names.
    #[must_use]
    pub fn instant(&self, text: &str) -> Option<UnixSeconds> {
        let start = UnixSeconds::parse(&self.exercise.start).ok()?;
        Some(shift(start, offset(text.strip_prefix('T')?.trim_start_matches('+'))?))
    }
}

impl Step {
    fn verbs(&self) -> usize {
        let given = [
            self.say.is_some(),
            self.cut_off.is_some(),
            self.join.is_some(),
            self.back_up.is_some(),
            self.restore.is_some(),
            self.kill.is_some(),
            self.new_epoch.is_some(),
            self.revoke.is_some(),
            self.resign.is_some(),
            self.forge.is_some(),
            self.digests,
            self.feed.is_some(),
        ];
        given.into_iter().filter(|is_given| *is_given).count()
    }

    /// Returns the number for people that the step gives to what it opens.
    pub(crate) fn number(&self) -> Option<String> {
        self.terms.as_ref()?.get("ref")?.as_str().map(str::to_owned)
    }

    fn check(&self, names: &BTreeSet<String>) -> Result<(), String> {
        if self.verbs() != 1 {
            return Err("a step has exactly one verb: say, cut_off, join, back_up, restore, kill, new_epoch, revoke, resign, forge, digests, feed".to_owned());
        }
        let needs_party = self.say.is_some()
            || self.revoke.is_some()
            || self.forge.is_some()
            || self.feed.is_some();
        if needs_party && self.party.is_none() {
            return Err("it does not say `as` whom".to_owned());
        }
        let is_number =
            |name: &str| name.split_once('-').is_some_and(|(_, n)| n.parse::<u32>().is_ok());
        match self.about.iter().find(|name| !names.contains(*name) && !is_number(name)) {
            Some(name) => Err(format!("`{name}` is not the name of an earlier step")),
            None => Ok(()),
        }
    }
}

impl Check {
    fn check(&self) -> Result<(), String> {
        let given = [
            self.is.is_some(),
            self.is_not.is_some(),
            self.has.is_some(),
            self.has_not.is_some(),
            self.at_least.is_some(),
            self.count.is_some(),
            self.exists.is_some(),
        ];
        if given.into_iter().filter(|is_given| *is_given).count() == 1 {
            return Ok(());
        }
        Err(format!(
            "check `{}` has exactly one of is, is_not, has, has_not, at_least, count, exists",
            self.clause
        ))
    }
}

/// Reads `-24:00`, `00:12`, `71:59:30`, `+90d` as seconds.
#[must_use]
pub fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim_start_matches('+')),
    };
    let number = |text: &str| text.parse::<u32>().ok().map(i64::from);
    if let Some(days) = rest.strip_suffix('d') {
        return Some(sign * number(days)? * 86_400);
    }
    let mut parts = rest.split(':');
    let (hours, minutes) = (number(parts.next()?)?, number(parts.next()?)?);
    let seconds = parts.next().map_or(Some(0), number)?;
    (parts.next().is_none() && minutes < 60 && seconds < 60)
        .then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

fn shift(start: UnixSeconds, by: i64) -> UnixSeconds {
    let span = Seconds(by.unsigned_abs());
    if by < 0 { start - span } else { start + span }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_the_start() {
        assert_eq!(offset("-24:00"), Some(-86_400));
        assert_eq!(offset("00:12"), Some(720));
        assert_eq!(offset("+90d"), Some(7_776_000));
        assert_eq!(offset("00:61"), None);
        assert_eq!(offset("noon"), None);
    }

    #[test]
    fn a_fault_names_the_inject() {
        let head = "[exercise]\nname='x'\ntitle='x'\ncharter='x'\nstart='2027-03-01T00:00:00Z'\nseed='x'\nnodes=[]\n";
        let inject = "[[inject]]\nid=3\nat='00:00'\nfrom=''\nkind=''\ncontent=''\nexpect=''\n";
        let step = "[[inject.do]]\nsay='position'\nas='a'\nabout=['nobody-said-this']\n";
        let error = Script::parse(&format!("{head}{inject}{step}"), "e.toml").unwrap_err();
        assert_eq!(
            error.to_string(),
            "e.toml: inject 3: `nobody-said-this` is not the name of an earlier step"
        );
        let error = Script::parse(&format!("{head}{inject}colour='red'\n"), "e.toml").unwrap_err();
        assert!(error.to_string().contains("unknown field `colour`"), "{error}");
    }
}
