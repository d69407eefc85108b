//! Counts under the charter's rules of alarms.

use super::warning;
use super::words::{Counted, Words};
use crate::node::Node;
use std::cell::RefCell;
use std::collections::BTreeMap;
use veche_charter::alarm::{AlarmRule, AlarmSettings};
use veche_charter::model::Charter;
use veche_charter::name::AlarmName;
use veche_council::view::RecordView;
use veche_ledger::Value;
use veche_picture::alarm::draft::{AlarmDraft, draft};
use veche_picture::alarm::replay::ReplayError;
use veche_picture::alarm::watch::{Grounds, month_of};
use veche_picture::alarm::{Alarm, Replayed, Rule, Surprises, Tally, Watched, replay};
use veche_picture::{History, Month, Outcome, Panel, Series};

/// Months that a rule is run over if no first one is named.
pub const MONTHS: i32 = 24;
/// Months that a level's record is replayed over.
pub const REPLAY_MONTHS: i32 = 72;

/// The counts that a node was given, by series, each judged month by month.
#[derive(Debug, Default)]
pub struct Counts {
    series: BTreeMap<Series, Judged>,
    /// What a reader must know of the counts: that they are made up.
    note: Option<String>,
    /// Replays made before: each takes a moment, and depends on nothing but counts and settings.
    replays: RefCell<BTreeMap<(Series, String), Replayed>>,
}

#[derive(Debug)]
struct Judged {
    panel: Panel,
    surprises: Surprises,
}

/// A rule run over counts, with the words of the node's records in between.
#[derive(Debug)]
pub struct RuleRun<'c> {
    /// The counts.
    pub panel: &'c Panel,
    /// The desk after the last month.
    pub watched: Watched,
    /// Words that were left out: where they stand, and why.
    pub left_out: Vec<(String, String)>,
}

/// A warning drafted from an alarm.
#[derive(Debug)]
pub struct Drafted {
    /// The draft.
    pub draft: AlarmDraft,
    /// What it rests on.
    pub grounds: Grounds,
    /// Its terms, of the act that the rule names.
    pub terms: Value,
}

impl Counts {
    /// Judges the counts of some series over the two years up to the last month of each.
    ///
    /// # Errors
    /// [`ReplayError`], for the first series that cannot be judged.
    pub fn new(panels: impl IntoIterator<Item = (Series, Panel)>) -> Result<Self, ReplayError> {
        let mut counts = Self::default();
        for (series, panel) in panels {
            let Some(last) = panel.histories().filter_map(History::last).max() else { continue };
            let first = last.plus(1 - MONTHS).unwrap_or(last);
            let surprises = Surprises::of(&panel, (first, last))?;
            counts.series.insert(series, Judged { panel, surprises });
        }
        Ok(counts)
    }

    /// Returns the same with a note for readers.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self { note: Some(note.to_owned()), ..self }
    }

    /// Returns what a reader must know of the counts.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Runs a rule over its series, with what is said of its alarms; `None` where no counts of the series are here.
    ///
    /// # Errors
    /// [`ReplayError`]: settings that are none.
    pub fn run(
        &self,
        node: &Node,
        counted: &Counted<impl Fn(&RecordView) -> bool>,
        (name, rule): (&AlarmName, &AlarmRule),
    ) -> Option<Result<RuleRun<'_>, ReplayError>> {
        let judged = self.series.get(&Series::parse(&rule.series).ok()?)?;
        let words = Words::of_node(node, counted, name, rule);
        let watched = judged.surprises.watch(settings(rule.settings), &words.given());
        Some(watched.map(|watched| {
            let left_out = left_out(words, &watched);
            RuleRun { panel: &judged.panel, watched, left_out }
        }))
    }

    /// Drafts a warning from an alarm of a run; `None` if the counts or the charter do not bear it.
    #[must_use]
    pub fn draft(
        &self,
        charter: &Charter,
        (name, rule): (&AlarmName, &AlarmRule),
        run: &RuleRun<'_>,
        alarm: &Alarm,
        level: &str,
    ) -> Option<Drafted> {
        let series = Series::parse(&rule.series).ok()?;
        let settings = settings(rule.settings);
        let key = (series, format!("{settings:?} {}", run.watched.months.1));
        let known = self.replays.borrow().get(&key).cloned();
        let replayed = match known {
            Some(replayed) => replayed,
            None => {
                let made = replayed(run.panel, settings, run.watched.months.1).ok()?;
                self.replays.borrow_mut().insert(key, made.clone());
                made
            }
        };
        drafted(
            charter,
            (name, rule),
            run.panel,
            (alarm, run.watched.desk.last_year()),
            &replayed,
            level,
        )
    }
}

/// Replays a rule over the years up to a month.
///
/// # Errors
/// [`ReplayError`].
pub fn replayed(panel: &Panel, settings: Rule, last: Month) -> Result<Replayed, ReplayError> {
    let first = last.plus(1 - REPLAY_MONTHS).unwrap_or(last);
    replay(panel, settings, Outcome::DEFAULT, (first, last))
}

/// Drafts a warning from an alarm; `None` if the counts are not those that it was raised from, or the charter has no such act.
#[must_use]
pub fn drafted(
    charter: &Charter,
    (name, rule): (&AlarmName, &AlarmRule),
    panel: &Panel,
    (alarm, last_year): (&Alarm, Tally),
    replayed: &Replayed,
    level: &str,
) -> Option<Drafted> {
    let act = charter.acts.get(&rule.draft)?;
    let grounds = Grounds::of(panel, alarm)?;
    let draft = draft(alarm, grounds.basis(), Outcome::DEFAULT, replayed, last_year);
    let terms = warning::terms(act, name, &draft, &grounds, level);
    Some(Drafted { draft, grounds, terms })
}

/// Returns where words stand that were left out, and why.
#[must_use]
pub fn left_out(words: Words, watched: &Watched) -> Vec<(String, String)> {
    let Words { spoken, faulty } = words;
    let found_nothing = watched
        .left_out
        .iter()
        .filter_map(|(at, why)| Some((spoken.get(*at)?.place.clone(), why.to_string())));
    let found_nothing: Vec<_> = found_nothing.collect();
    faulty.into_iter().chain(found_nothing).collect()
}

/// Says why an alarm stands, from the last month that was seen of it; `None` if the panel is not the one that it was raised from.
#[must_use]
pub fn reason(panel: &Panel, alarm: &Alarm) -> Option<String> {
    let grounds = Grounds::of(panel, alarm)?;
    let tail = alarm.sightings.last()?.tail;
    let table = grounds.forecast.distribution();
    let deaths = if grounds.observed == 1 { "death" } else { "deaths" };
    Some(format!(
        "{} {deaths} in {}; half of the time at most {:.0} were expected, nine times in ten at most {:.0}; so many or more: {}, {:.1} bits",
        grounds.observed,
        grounds.month,
        table.quantile(0.5),
        table.quantile(0.9),
        tail.one_in(),
        tail.bits()
    ))
}

/// Says what analysts found of the last year's alarms.
#[must_use]
pub fn record(tally: Tally) -> String {
    match tally.precision_millionths() {
        Some(share) => format!(
            "over the last year {} of {} disposed of were confirmed, {:.0} %",
            tally.confirmed,
            tally.disposed,
            f64::from(share) / 1e4
        ),
        None => "over the last year no alarm was disposed of".to_owned(),
    }
}

/// Returns a period as its month.
#[must_use]
pub fn month(period: u32) -> String {
    month_of(period).map_or_else(|| period.to_string(), |month| month.to_string())
}

/// Returns a charter's numbers as the picture takes them.
#[must_use]
pub const fn settings(of: AlarmSettings) -> Rule {
    let AlarmSettings {
        false_discovery_millionths,
        open_millionths,
        close_millionths,
        close_after,
        budget,
        periods_a_year,
        precision_millionths,
        disposals_min,
    } = of;
    Rule {
        false_discovery_millionths,
        open_millionths,
        close_millionths,
        close_after,
        budget,
        periods_a_year,
        precision_millionths,
        disposals_min,
    }
}
