//! What a seat may read, as a calendar: deadlines and duties as tasks, times that openers name as events.

use super::sight::{Sight, WALK_MAX, terms, time};
use veche_charter::model::FieldForm;
use veche_council::view::{DutyView, ProcedureView, UnitStatus, UnitView};
use veche_desk::Tlp;
use veche_exchange::ical::{Entry, Form, Status, write};
use veche_ledger::UnixSeconds;

/// Its media type.
pub const MEDIA: &str = "text/calendar; charset=utf-8";

/// Returns the calendar of all that the seat may read: of the newest matters, at most [`WALK_MAX`].
#[must_use]
pub fn all(sight: &Sight<'_>) -> String {
    // What may not be read is passed over before it counts, so that the limit tells nothing of it.
    let readable = sight.council().listed().rev().filter(|listed| sight.may_list(listed));
    let views: Vec<ProcedureView> =
        readable.take(WALK_MAX).filter_map(|listed| sight.view(&listed.id)).collect();
    written(sight, &sight.charter().title, &views)
}

/// Returns the calendar of one matter and what is under it.
#[must_use]
pub fn of_case(sight: &Sight<'_>, view: &ProcedureView) -> String {
    written(sight, &sight.title(view), &sight.tree(view).0)
}

fn written(sight: &Sight<'_>, name: &str, views: &[ProcedureView]) -> String {
    let entries: Vec<Entry> = views.iter().flat_map(|view| entries(sight, view)).collect();
    write(name, &entries)
}

fn entries(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Entry> {
    let mut out = meetings(sight, view);
    out.extend(view.units.iter().filter_map(|unit| deadline(sight, view, unit)));
    out.extend(view.duties.iter().map(|duty| due(sight, view, duty)));
    out
}

/// Returns an entry on a matter. `what`: which of its entries, the same in every export.
fn entry(sight: &Sight<'_>, view: &ProcedureView, what: &str, at: UnixSeconds) -> Entry {
    Entry {
        form: Form::Task,
        uid: format!("{}-{what}@{}", view.id, sight.charter().name),
        sequence: 0,
        changed: sight.since(view),
        at,
        summary: sight.title(view),
        category: view.register.clone(),
        url: None,
        is_public: sight.label(&view.label).tlp == Some(Tlp::Clear),
        status: Status::Open,
    }
}

/// Returns the times that the opening terms name.
fn meetings(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Entry> {
    let Some(act) = sight.act(&view.kind) else { return Vec::new() };
    let terms = terms(&view.terms);
    let times = act.fields.iter().filter(|(_, field)| field.form == FieldForm::Time);
    let events = times.filter_map(|(name, _)| {
        let at = UnixSeconds::parse(terms.get(name.as_str())?.as_text()?).ok()?;
        let name = name.as_str();
        let decided = || view.units.iter().filter_map(|unit| unit.decision.as_ref());
        let is_off = decided().count() > 0 && decided().all(|d| d.outcome != "adopted");
        let status = if is_off { Status::Cancelled } else { Status::Open };
        let last = decided().map(|d| time(&d.at)).max();
        let mut event = entry(sight, view, &format!("at-{name}"), at);
        event.form = Form::Event;
        event.summary = format!("{}: {}", event.summary, name.replace('_', " "));
        event.sequence = u64::from(last.is_some());
        event.changed = last.unwrap_or(event.changed);
        event.status = status;
        Some(event)
    });
    events.collect()
}

/// Returns a unit's clock: of a decided one, done.
fn deadline(sight: &Sight<'_>, view: &ProcedureView, unit: &UnitView) -> Option<Entry> {
    let clock = unit.deadline.as_ref()?;
    let place = unit.paragraph.map_or_else(String::new, |n| format!(", paragraph {n}"));
    let what = unit.paragraph.map_or_else(|| "clock".to_owned(), |n| format!("clock-{n}"));
    let mut task = entry(sight, view, &what, time(&clock.at));
    task.summary = format!("{}{place}: {}", task.summary, unit.state_title.replace('_', " "));
    task.sequence = unit.steps.len() as u64;
    let steps = unit.steps.iter().map(|step| time(&step.at));
    task.changed = steps.max().unwrap_or_default().max(task.changed);
    task.status = match (&unit.decision, unit.status) {
        (Some(decision), _) => Status::Done(time(&decision.at)),
        (None, UnitStatus::Final | UnitStatus::Decided) => Status::Cancelled,
        (
            None,
            UnitStatus::Running
            | UnitStatus::Moved
            | UnitStatus::EvidenceOutstanding
            | UnitStatus::Contested,
        ) => Status::Open,
    };
    Some(task)
}

fn due(sight: &Sight<'_>, view: &ProcedureView, duty: &DutyView) -> Entry {
    let what = format!("{}-{}-{}", duty.duty, duty.owner, duty.since);
    let mut task = entry(sight, view, &what, time(&duty.due));
    task.summary = format!("{}: {} ({})", view.number, duty.title, sight.name(&duty.owner));
    let met = duty.met_at.as_deref().map(time);
    task.sequence = u64::from(met.is_some());
    task.changed = met.unwrap_or_else(|| time(&duty.since));
    task.status = met.map_or(Status::Open, Status::Done);
    task
}
