//! A rule run over the counts: what the last month brought, and what waits.

use super::Asked;
use super::words;
use crate::answer::{Answer, counted};
use crate::charter;
use crate::failure::{Failure, FailureKind};
use crate::node::open;
use crate::picture::find::{load, named as series_named};
use crate::picture::store::Store;
use crate::picture::tension::named;
use crate::screen;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::alarm::AlarmRule;
use veche_charter::fault::did_you_mean;
use veche_charter::name::AlarmName;
use veche_node::picture::alarms::{MONTHS, left_out, month, reason, record, settings};
use veche_node::picture::words::{Words, in_earnest};
use veche_picture::alarm::{Alarm, Rule, Standing, Watched, watch};
use veche_picture::{Month, Panel, Series};

/// A rule and what running it came to.
pub(super) struct Found {
    /// The charter.
    pub(super) charter: Arc<Charter>,
    /// The rule's name.
    pub(super) name: AlarmName,
    /// The rule in the charter.
    pub(super) of: AlarmRule,
    /// Its settings, for the picture.
    pub(super) rule: Rule,
    /// The counts.
    pub(super) panel: Panel,
    /// The desk after the last month.
    pub(super) watched: Watched,
    /// Words that were left out: where they stand, and why.
    left_out: Vec<(String, String)>,
}

impl Found {
    /// Finds rule, counts and words, and runs the one over the others.
    pub(super) fn of(asked: &Asked) -> Result<Self, Failure> {
        let node = asked.node.as_deref().map(|store| open(store, &[], &[])).transpose()?;
        let charter = match (&asked.charter, &node) {
            (Some(name), _) => Arc::new(charter::load(name)?),
            (None, Some(node)) => Arc::clone(node.charter()),
            (None, None) => {
                return Err(Failure::new(FailureKind::Internal("no charter".to_owned())));
            }
        };
        let (name, of) = rule_of(&charter, asked.rule.as_deref())?;
        let words = node.as_ref().map(|node| Words::of_node(node, &in_earnest(), &name, &of));
        let mut words = words.unwrap_or_default();
        for path in &asked.words {
            words.spoken.push(words::of_file(path, &name)?);
        }
        let panel = panel_of(asked, &of)?;
        let rule = settings(of.settings);
        let months = months(asked, &panel, &name)?;
        let watched = watch(&panel, rule, months, &words.given())
            .map_err(|error| cannot_run(&name, error.to_string()))?;
        let left_out = left_out(words, &watched);
        Ok(Self { charter, name, of, rule, panel, watched, left_out })
    }

    /// Tells what the last month brought.
    pub(super) fn run(self) -> Result<Answer, Failure> {
        let last = &self.watched.last;
        let desk = &self.watched.desk;
        let of = |ids: &[veche_picture::alarm::AlarmId]| -> Vec<&Alarm> {
            desk.alarms().iter().filter(|alarm| ids.contains(&alarm.id)).collect()
        };
        let mut lines = self.head();
        for (what, ids) in
            [("opened", &last.opened), ("seen again", &last.attached), ("closed", &last.closed)]
        {
            lines.push(format!("{what}: {}", ids.len()));
            lines.extend(of(ids).into_iter().map(|alarm| format!("  {}", self.line(alarm))));
        }
        if last.over_budget > 0 {
            lines.push(format!("{} more would have opened, but for the budget", last.over_budget));
        }
        if last.withheld > 0 {
            lines.push(format!("{} would have opened, but the rule is off", last.withheld));
        }
        lines.push(format!("waiting for an analyst: {}", desk.waiting().count()));
        lines.extend(self.tail());
        let told =
            json!({ "rule": self.name.as_str(), "settings": self.rule, "watched": self.watched });
        Ok(Answer::new(lines.join("\n"), told))
    }

    /// Lists alarms with their reasons.
    pub(super) fn list(self, all: bool) -> Result<Answer, Failure> {
        let desk = &self.watched.desk;
        let shown: Vec<&Alarm> = desk
            .alarms()
            .iter()
            .filter(|alarm| all || alarm.closed.is_none() || alarm.disposals.is_empty())
            .collect();
        let mut lines = self.head();
        if shown.is_empty() {
            lines.push("no alarm is open, and none waits".to_owned());
        }
        for alarm in &shown {
            lines.push(String::new());
            lines.push(self.line(alarm));
            lines.extend(reason(&self.panel, alarm).map(|reason| format!("  {reason}")));
            lines.extend(alarm.disposals.iter().map(|said| {
                format!(
                    "  {} by {} in {}: {}",
                    said.verdict.title(),
                    screen::one_line(&said.analyst),
                    month(said.period),
                    screen::one_line(&said.reason)
                )
            }));
        }
        lines.push(String::new());
        lines.extend(self.tail());
        let alarms: Vec<Json> = shown.iter().map(|alarm| self.told(alarm)).collect();
        let told = json!({
            "rule": self.name.as_str(),
            "months": self.watched.months,
            "standing": desk.standing(),
            "last_year": desk.last_year(),
            "alarms": alarms,
            "left_out": self.left_out,
        });
        Ok(Answer::new(lines.join("\n"), told))
    }

    fn head(&self) -> Vec<String> {
        let (first, last) = self.watched.months;
        vec![format!(
            "rule {} of {}: {}, {} to {}",
            self.name, self.charter.title, self.of.series, first, last
        )]
    }

    /// Says how the rule stands, and what was left out.
    fn tail(&self) -> Vec<String> {
        let desk = &self.watched.desk;
        let mut lines = vec![record(desk.last_year())];
        if let Standing::Off { since, quarters } = desk.standing() {
            let told: Vec<String> = quarters
                .iter()
                .map(|(_, tally)| format!("{} of {}", tally.confirmed, tally.disposed))
                .collect();
            lines.push(format!(
                "the rule is OFF since {}: two quarters confirmed {}, and it promises {} %; {} would have opened since; `veche alarm reinstate` puts it on again",
                month(since),
                told.join(" and "),
                f64::from(self.rule.precision_millionths) / 1e4,
                desk.withheld()
            ));
        }
        for (place, why) in &self.left_out {
            lines.push(format!("left out: {place}: {why}"));
        }
        lines
    }

    /// Returns an alarm in a line.
    fn line(&self, alarm: &Alarm) -> String {
        let (unit, _) = &alarm.subject;
        let name = self.panel.get(*unit).map_or_else(|| unit.to_string(), named);
        let state = match (alarm.closed, alarm.verdict()) {
            (Some(closed), None) => format!("closed {}, waits for an analyst", month(closed)),
            (Some(closed), Some(verdict)) => {
                format!("closed {}, {}", month(closed), verdict.title())
            }
            (None, None) => "open, waits for an analyst".to_owned(),
            (None, Some(verdict)) => format!("open, {}", verdict.title()),
        };
        let seen = counted(alarm.sightings.len(), "month");
        format!("{name}, opened {}, seen in {seen}: {state}", month(alarm.opened()))
    }

    fn told(&self, alarm: &Alarm) -> Json {
        let mut told = json!(alarm);
        told["opened"] = json!(month(alarm.opened()));
        told["area"] = json!(alarm.subject.0);
        told["reason"] = json!(reason(&self.panel, alarm));
        told
    }
}

fn rule_of(charter: &Charter, wanted: Option<&str>) -> Result<(AlarmName, AlarmRule), Failure> {
    let names: Vec<&str> = charter.alarms.keys().map(AlarmName::as_str).collect();
    let fault = |what: String, hint: Option<String>| {
        let charter = charter.name.clone();
        Failure::new(FailureKind::AlarmRule { charter, what }).hinting(hint)
    };
    let mut rules = charter.alarms.iter();
    let found = match wanted {
        Some(wanted) => charter.alarms.get_key_value(wanted).ok_or_else(|| {
            let hint = did_you_mean(wanted, names.iter().copied());
            let hint = hint
                .or_else(|| (!names.is_empty()).then(|| format!("it has {}", names.join(", "))));
            fault(format!("no rule of alarms `{wanted}`"), hint)
        }),
        None => match (rules.next(), rules.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(fault(
                "no rule of alarms".to_owned(),
                Some("formats/charter.md tells of the table `[alarms.NAME]`".to_owned()),
            )),
            (Some(_), Some(_)) => Err(fault(
                format!("several rules of alarms: {}", names.join(", ")),
                Some("name one with `--rule`".to_owned()),
            )),
        },
    };
    found.map(|(name, rule)| (name.clone(), rule.clone()))
}

fn panel_of(asked: &Asked, of: &AlarmRule) -> Result<Panel, Failure> {
    let store = Store::open(asked.store.dir())?;
    let series = Series::parse(&of.series)
        .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
    load(&store, &series_named(&store, series)?)
}

/// Returns the months to run: the last that is asked for or known, and from when on.
fn months(asked: &Asked, panel: &Panel, name: &AlarmName) -> Result<(Month, Month), Failure> {
    let known = panel.histories().filter_map(veche_picture::History::last).max();
    let last =
        asked.at.or(known).ok_or_else(|| cannot_run(name, "there are no counts".to_owned()))?;
    if known.is_none_or(|known| last > known) {
        let what = format!("there are no counts of {last}");
        return Err(cannot_run(name, what)
            .hinting(known.map(|known| format!("the last month with data is {known}"))));
    }
    let first = asked.since.or_else(|| last.plus(1 - MONTHS)).unwrap_or(last);
    if first > last {
        return Err(cannot_run(name, format!("{first} lies after {last}")));
    }
    Ok((first, last))
}

fn cannot_run(name: &AlarmName, what: String) -> Failure {
    Failure::new(FailureKind::Alarms { rule: name.to_string(), what })
}
