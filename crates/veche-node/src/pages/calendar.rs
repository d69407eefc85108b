//! What a seat may read, as a calendar: deadlines and duties as tasks, times that openers name as events.

use super::sight::{Sight, WALK_MAX, terms, time};
use std::collections::BTreeMap;
use veche_charter::model::{ClockStart, FieldForm, Machine};
use veche_council::view::{DutyView, ProcedureView, UnitStatus, UnitView};
use veche_desk::Tlp;
use veche_exchange::ical::{Entry, Form, Status, write};
use veche_ledger::UnixSeconds;

/// Its media type.
pub const MEDIA: &str = "text/calendar; charset=utf-8";

/// Returns the calendar of all that the seat may read: of the newest matters, at most [`WALK_MAX`]. `address`: the node's, such as
/// `http://127.0.0.1:8080`; then each entry names its page.
#[must_use]
pub fn all(sight: &Sight<'_>, address: Option<&str>) -> String {
    // What may not be read is passed over before it counts, so that the limit tells nothing of it.
    let readable = sight.council().listed().rev().filter(|listed| sight.may_list(listed));
    let views: Vec<ProcedureView> =
        readable.take(WALK_MAX).filter_map(|listed| sight.view(&listed.id)).collect();
    Writer { sight, address }.written(&sight.charter().title, &views)
}

/// Returns the calendar of one matter and what is under it. `address`: as for [`all`].
#[must_use]
pub fn of_case(sight: &Sight<'_>, view: &ProcedureView, address: Option<&str>) -> String {
    Writer { sight, address }.written(&sight.title(view), &sight.tree(view))
}

/// What entries are made with.
#[derive(Clone, Copy)]
struct Writer<'a> {
    sight: &'a Sight<'a>,
    address: Option<&'a str>,
}

impl Writer<'_> {
    fn written(self, name: &str, views: &[ProcedureView]) -> String {
        let entries: Vec<Entry> = views.iter().flat_map(|view| self.entries(view)).collect();
        write(name, &entries)
    }

    fn entries(self, view: &ProcedureView) -> Vec<Entry> {
        let mut out = self.meetings(view);
        out.extend(view.units.iter().filter_map(|unit| self.deadline(view, unit)));
        let mut nth: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut duties: Vec<&DutyView> = view.duties.iter().collect();
        duties.sort_by_key(|duty| &duty.since);
        for duty in duties {
            let n = nth.entry((&duty.duty, &duty.owner)).or_default();
            *n += 1;
            out.push(self.due(view, duty, *n));
        }
        out
    }

    /// Returns an entry on a matter. `what`: which of its entries, the same in every export.
    fn entry(self, view: &ProcedureView, what: &str, at: UnixSeconds) -> Entry {
        let sight = self.sight;
        Entry {
            form: Form::Task,
            uid: format!("{}-{what}@{}", view.id, sight.charter().name),
            sequence: 0,
            changed: sight.since(view),
            at,
            summary: sight.title(view),
            category: view.register.clone(),
            url: self.address.map(|address| format!("{address}{}", sight.href(view))),
            is_public: sight.label(&view.label).tlp == Some(Tlp::Clear),
            status: Status::Open,
        }
    }

    /// Returns the times that the opening terms name.
    fn meetings(self, view: &ProcedureView) -> Vec<Entry> {
        let Some(act) = self.sight.act(&view.kind) else { return Vec::new() };
        let terms = terms(&view.terms);
        let times = act.fields.iter().filter(|(_, field)| field.form == FieldForm::Time);
        let events = times.filter_map(|(name, _)| {
            let at = UnixSeconds::parse(terms.get(name.as_str())?.as_text()?).ok()?;
            let name = name.as_str();
            let decided = || view.units.iter().filter_map(|unit| unit.decision.as_ref());
            let is_off = decided().count() > 0 && decided().all(|d| d.outcome != "adopted");
            let status = if is_off { Status::Cancelled } else { Status::Open };
            let last = decided().map(|d| time(&d.at)).max();
            let mut event = self.entry(view, &format!("at-{name}"), at);
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
    fn deadline(self, view: &ProcedureView, unit: &UnitView) -> Option<Entry> {
        let clock = unit.deadline.as_ref()?;
        let place = unit.paragraph.map_or_else(String::new, |n| format!(", paragraph {n}"));
        let what = unit.paragraph.map_or_else(|| "clock".to_owned(), |n| format!("clock-{n}"));
        let mut task = self.entry(view, &what, time(&clock.at));
        task.summary = format!("{}{place}: {}", task.summary, unit.state_title.replace('_', " "));
        // Each step may set the clock anew, and so may each receipt where the clock waits for whom the text has not reached. Both only
        // grow in number, whatever the clock does.
        let waits = self.sight.machine(&view.kind).is_some_and(waits_for_receipts);
        let receipts: Vec<UnixSeconds> =
            view.receipts.values().flatten().filter(|_| waits).map(|at| time(at)).collect();
        let steps = unit.steps.iter().map(|step| time(&step.at));
        task.sequence = (unit.steps.len() + receipts.len()) as u64;
        task.changed = steps.chain(receipts).max().unwrap_or_default().max(task.changed);
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
        task.sequence += u64::from(unit.decision.is_some());
        Some(task)
    }

    /// `nth`: of the times that the party owes this in the matter, from 1.
    fn due(self, view: &ProcedureView, duty: &DutyView, nth: usize) -> Entry {
        let what = format!("{}-{}-{nth}", duty.duty, duty.owner);
        let mut task = self.entry(view, &what, time(&duty.due));
        task.summary =
            format!("{}: {} ({})", view.number, duty.title, self.sight.name(&duty.owner));
        let met = duty.met_at.as_deref().map(time);
        task.sequence = u64::from(met.is_some());
        task.changed = met.unwrap_or_else(|| time(&duty.since));
        task.status = met.map_or(Status::Open, Status::Done);
        task
    }
}

/// Returns true if when a clock of the machine runs out depends on who has received the text.
fn waits_for_receipts(machine: &Machine) -> bool {
    let mut clocks = machine.states.values().filter_map(|state| state.clock.as_ref());
    clocks.any(|clock| clock.unreached.is_some() || clock.start != ClockStart::Tabled)
}
