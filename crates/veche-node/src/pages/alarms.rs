//! Alarms: the charter's rules over the counts that the node was given, with what the records say of them.

use super::forms::{capital, form_id, of_act_in_one};
use super::sight::Sight;
use crate::picture::alarms::{Counts, Drafted, RuleRun, month, reason, record};
use crate::picture::warning::{confidence_text, false_alarms};
use crate::picture::words::Counted;
use veche_charter::alarm::AlarmRule;
use veche_charter::name::AlarmName;
use veche_council::next::NextAct;
use veche_council::view::RecordView;
use veche_desk::{
    AlarmCard, AlarmPage, AlarmRuleView, AlarmWord, AlarmsPage, Control, Form, Link, State, Tone,
    Weight,
};
use veche_ledger::{Kind, Value};
use veche_picture::alarm::{Alarm, Changes, Rule, Standing};
use veche_picture::{AreaId, Month};

/// Closed alarms that a rule's section lists: the newest.
const EARLIER_MAX: usize = 60;
/// The level that a drafted warning begins with: an alarm has none of its own.
const LEVEL: &str = "watch";

/// Returns which records count for a seat: those that it may read, of the exercise or in earnest.
pub(super) fn counted<'s>(sight: &'s Sight<'_>) -> Counted<impl Fn(&RecordView) -> bool + 's> {
    Counted { drill: sight.is_drill, reads: |view: &RecordView| sight.reads(view) }
}

/// Returns all rules of the charter, each run over its counts.
#[must_use]
pub fn alarms(sight: &Sight<'_>, counts: Option<&Counts>) -> AlarmsPage {
    let rules = sight.charter().alarms.iter();
    AlarmsPage {
        note: counts.and_then(Counts::note).map(str::to_owned),
        rules: rules.map(|(name, rule)| section(sight, counts, (name, rule))).collect(),
    }
}

/// Returns the alarms that wait for an analyst, over all rules.
#[must_use]
pub fn waiting(sight: &Sight<'_>, counts: Option<&Counts>) -> usize {
    let Some(counts) = counts else { return 0 };
    let runs = sight
        .charter()
        .alarms
        .iter()
        .filter_map(|named| counts.run(sight.node, &counted(sight), named)?.ok());
    runs.map(|run| run.watched.desk.waiting().count()).sum()
}

fn section(
    sight: &Sight<'_>,
    counts: Option<&Counts>,
    named: (&AlarmName, &AlarmRule),
) -> AlarmRuleView {
    let (name, rule) = named;
    let mut view = AlarmRuleView {
        title: rule.title.clone(),
        article: rule
            .article
            .as_ref()
            .map_or_else(String::new, |article| format!("Article {article}.")),
        series: rule.series.clone(),
        ..AlarmRuleView::default()
    };
    let Some(run) = counts.and_then(|counts| counts.run(sight.node, &counted(sight), named)) else {
        return view;
    };
    let run = match run {
        Ok(run) => run,
        Err(error) => {
            view.off = Some(format!("The rule cannot be run: {error}."));
            return view;
        }
    };
    let desk = &run.watched.desk;
    let (first, last) = run.watched.months;
    view.months = format!("{first} to {last}");
    view.settings = settings(desk.rule());
    view.record = capital(&record(desk.last_year()));
    view.last = changes(&run.watched.last, last);
    view.off = off(&run);
    if view.off.is_some() {
        let fixed = [("rule", name.to_string()), ("seen", last.to_string())];
        let id = format!("again-{name}");
        view.reinstate = word_form(sight, &id, &rule.reinstatement, &fixed).into_iter().collect();
    }
    let cards = |of: &mut dyn Iterator<Item = &Alarm>| -> Vec<AlarmCard> {
        of.map(|alarm| card(sight, &run, named, alarm)).collect()
    };
    view.waiting = cards(&mut desk.waiting());
    let judged = || desk.alarms().iter().filter(|alarm| !alarm.disposals.is_empty());
    view.open = cards(&mut judged().filter(|alarm| alarm.closed.is_none()));
    let closed = judged().rev().filter(|alarm| alarm.closed.is_some());
    view.earlier = cards(&mut closed.take(EARLIER_MAX));
    view.left_out = run.left_out;
    view
}

fn settings(rule: &Rule) -> String {
    let share = |millionths: u32| f64::from(millionths) / 1e4;
    let fdr = if rule.false_discovery_millionths < 1_000_000 {
        format!(
            "; of a month's alarms at most {} % may be chance (Benjamini and Hochberg)",
            share(rule.false_discovery_millionths)
        )
    } else {
        String::new()
    };
    format!(
        "An alarm opens at a probability of {} % or less of so many deaths, at most {} a month{fdr}; it closes after {} quiet months. The \
         rule rests when two quarters confirm less than {} %.",
        share(rule.open_millionths),
        rule.budget,
        rule.close_after,
        share(rule.precision_millionths)
    )
}

fn changes(last: &Changes, month: Month) -> Vec<(String, u64)> {
    let told = [
        ("opened", last.opened.len()),
        ("seen again", last.attached.len()),
        ("closed", last.closed.len()),
        ("more, but for the budget", last.over_budget as usize),
        ("more, but the rule is off", last.withheld as usize),
    ];
    let told = told.into_iter().filter(|(what, count)| *count > 0 || !what.starts_with("more"));
    told.map(|(what, count)| (format!("{month}: {what}"), count as u64)).collect()
}

fn off(run: &RuleRun<'_>) -> Option<String> {
    let desk = &run.watched.desk;
    let Standing::Off { since, quarters } = desk.standing() else { return None };
    let told: Vec<String> = quarters
        .iter()
        .map(|(_, tally)| format!("{} of {}", tally.confirmed, tally.disposed))
        .collect();
    Some(format!(
        "The rule is off since {}: two quarters confirmed {}. {} alarms would have opened since.",
        month(since),
        told.join(" and "),
        desk.withheld()
    ))
}

fn name_of(run: &RuleRun<'_>, unit: AreaId) -> String {
    run.panel.get(unit).map_or_else(|| unit.to_string(), veche_picture::History::name)
}

fn card(
    sight: &Sight<'_>,
    run: &RuleRun<'_>,
    (name, rule): (&AlarmName, &AlarmRule),
    alarm: &Alarm,
) -> AlarmCard {
    let unit = alarm.subject.0;
    let (opened, seen) = (month(alarm.opened()), run.watched.months.1);
    let fixed = [
        ("rule", name.to_string()),
        ("unit", unit.to_string()),
        ("opened", opened.clone()),
        ("seen", seen.to_string()),
    ];
    let id = form_id(&format!("word-{name}-{unit}-{opened}"));
    let draft = format!("/alarms/{name}/{unit}/{opened}");
    AlarmCard {
        unit: Link::new(&format!("/forecast/{unit}"), &name_of(run, unit)),
        state: state(alarm),
        seen: match alarm.sightings.len() {
            1 => "seen in 1 month".to_owned(),
            months => format!("seen in {months} months"),
        },
        reason: reason(run.panel, alarm).map(|reason| capital(&reason)).unwrap_or_default(),
        said: alarm
            .disposals
            .iter()
            .map(|said| AlarmWord {
                found: capital(said.verdict.title()),
                by: said.analyst.clone(),
                seen: month(said.period),
                reason: said.reason.clone(),
            })
            .collect(),
        draft: Some(Link::new(&draft, "Draft a warning")),
        acts: word_form(sight, &id, &rule.disposal, &fixed).into_iter().collect(),
        opened,
    }
}

fn state(alarm: &Alarm) -> State {
    match (alarm.closed, alarm.verdict()) {
        (None, None) => State::new("open, waits for an analyst", Tone::Bad),
        (Some(closed), None) => {
            State::new(&format!("closed {}, waits for an analyst", month(closed)), Tone::Care)
        }
        (None, Some(verdict)) => State::new(&format!("open, {}", verdict.title()), Tone::Care),
        (Some(closed), Some(verdict)) => {
            State::new(&format!("closed {}, {}", month(closed), verdict.title()), Tone::Plain)
        }
    }
}

/// Returns the form of a word, with what it is about filled in and out of sight; none where the party may not say it.
fn word_form(sight: &Sight<'_>, id: &str, kind: &Kind, fixed: &[(&str, String)]) -> Option<Form> {
    let form = act_form(sight, id, kind)?;
    let mut form = filled(form, fixed, true);
    for field in &mut form.fields {
        if field.name.ends_with(".analyst") {
            field.control = Control::Line;
            field.help = Some("the name of the person who looked".to_owned());
        }
    }
    Some(form)
}

/// Returns the form of an act that a party may do by itself.
pub(super) fn act_form(sight: &Sight<'_>, id: &str, kind: &Kind) -> Option<Form> {
    let next = next_act(sight, kind)?;
    next.refused.is_none().then(|| of_act_in_one(sight, id, &next, None))?.into_iter().next()
}

/// Returns an act that a party may do by itself, with why it may not.
pub(super) fn next_act(sight: &Sight<'_>, kind: &Kind) -> Option<NextAct> {
    let all = sight.council().opening_acts(sight.party);
    all.into_iter().find(|next| next.kind == kind.as_str())
}

/// Returns a form with fields filled in; out of sight, if `hidden`.
pub(super) fn filled(mut form: Form, values: &[(&str, String)], hidden: bool) -> Form {
    for (name, value) in values {
        let name = format!("{}{name}", super::forms::FIELD_PREFIX);
        let Some(at) = form.fields.iter().position(|field| field.name == name) else { continue };
        if hidden {
            form.fields.remove(at);
            form.hidden.push((name, value.clone()));
        } else if let Some(field) = form.fields.get_mut(at) {
            field.value.clone_from(value);
        }
    }
    form
}

/// Returns the warning that an alarm may become; `None` if there is no such alarm here.
#[must_use]
pub fn draft(
    sight: &Sight<'_>,
    counts: Option<&Counts>,
    rule: &str,
    unit: &str,
    opened: &str,
) -> Option<AlarmPage> {
    let counts = counts?;
    let named = sight.charter().alarms.iter().find(|(name, _)| name.as_str() == rule)?;
    let run = counts.run(sight.node, &counted(sight), named)?.ok()?;
    let unit = AreaId::parse(unit).ok()?;
    let mut alarms = run.watched.desk.alarms().iter();
    let alarm = alarms.find(|alarm| alarm.subject.0 == unit && month(alarm.opened()) == opened)?;
    let made = counts.draft(sight.charter(), named, &run, alarm, LEVEL)?;
    let kind = &named.1.draft;
    let act = next_act(sight, kind);
    let refused = act.as_ref().and_then(|act| act.refused.as_ref()).map(|why| why.why.clone());
    let form = act_form(sight, "warning", kind).map(|form| {
        let mut form = filled(form, &values(&made), false);
        form.weight = Weight::Primary;
        form
    });
    let over = made.draft.horizon.0 <= run.watched.months.1;
    let duties = sight.charter().duties_started_by(kind);
    let why_not = match (&form, refused) {
        (Some(_), _) => None,
        (None, Some(why)) => Some(why),
        (None, None) => Some("This seat signs nothing here.".to_owned()),
    };
    let mut facts = vec![
        ("Horizon".to_owned(), format!("{} to {}", made.draft.horizon.0, made.draft.horizon.1)),
        ("Confidence".to_owned(), confidence_text(&made.draft)),
        ("False alarms".to_owned(), false_alarms(&made.draft)),
    ];
    if over {
        let known = run.watched.months.1;
        facts.push((
            "Note".to_owned(),
            format!("Counts are known up to {known}: of the months warned of, some are over."),
        ));
    }
    Some(AlarmPage {
        note: counts.note().map(str::to_owned),
        alarm: AlarmCard { draft: None, ..card(sight, &run, named, alarm) },
        statement: made.draft.statement.clone(),
        facts,
        reasons: made.draft.reasons.iter().map(|reason| capital(reason)).collect(),
        duties: duties
            .map(|(_, duty)| {
                format!("{}, by “{}”.", duty.title, sight.act_title(duty.act.as_str()))
            })
            .collect(),
        form,
        why_not,
    })
}

/// Returns a draft's terms as the fields of a form show them: a list or a map by lines.
fn values(made: &Drafted) -> Vec<(&str, String)> {
    let terms = made.terms.as_map().into_iter().flatten();
    terms.map(|(name, value)| (name.as_str(), lines(value).join("\n"))).collect()
}

fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::Map(fields) => fields
            .iter()
            .flat_map(|(name, value)| {
                lines(value).into_iter().map(move |line| format!("{name}: {line}"))
            })
            .collect(),
        Value::List(items) => items.iter().flat_map(lines).collect(),
        Value::Text(text) => vec![text.clone()],
        other @ (Value::Bool(_) | Value::Int(_)) => vec![other.to_string()],
    }
}
