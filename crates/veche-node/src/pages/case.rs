//! One matter, or anything that runs a machine, with all that is under it.

use super::decisions;
use super::forms;
use super::owed;
use super::record::{mark_effect, row_of};
use super::sight::{Sight, terms, time, unit_state};
use super::text;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::model::{Duration, FieldForm, Target};
use veche_council::next::NextAct;
use veche_council::outstanding::{Lack, OutstandingView};
use veche_council::view::{PositionView, ProcedureView, RefusalView, UnitStatus, UnitView};
use veche_council::why::Why;
use veche_desk as desk;
use veche_desk::{
    Annotation, CasePage, CaseWarning, ClockView, Commitment, Extension, Horizon, Link, MatrixRow,
    NextOutcome, Owed, ParagraphView, Progress, ProposalView, Receipt, RecordRef, RecordRow,
    Stance, StanceCell, StanceMatrix, State, Step, Tone,
};
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// Most acts that a page offers: more than a person reads through, and each is asked of the charter.
const ACTS_MAX: usize = 40;

/// Most warnings that a page shows: a matter rests on one or a few.
const WARNINGS_MAX: usize = 10;

/// Most rows of who must act: a screen.
const OWED_MAX: usize = 20;

/// Returns the page of a procedure.
#[must_use]
pub fn case(
    sight: &Sight<'_>,
    view: &ProcedureView,
    certificates: &decisions::Certificates<'_>,
) -> CasePage {
    let tree = sight.tree(view);
    let texts: Vec<&ProcedureView> =
        tree.iter().filter(|v| sight.position_act(&v.kind).is_some()).collect();
    let mut proposals: Vec<ProposalView> = texts.iter().map(|text| proposal(sight, text)).collect();
    proposals.reverse();
    CasePage {
        number: view.number.clone(),
        title: sight.name_of(view),
        label: sight.label(&view.label),
        owner: sight.author(&view.author),
        opened_at: sight.since(view),
        state: sight.state(view),
        summary: summary(view),
        calendar: format!("{}/calendar.ics", sight.href(view)),
        steps: steps(&tree),
        warnings: warnings(sight, view, &tree),
        owed: owed(sight, &tree),
        proposals,
        next: next(sight, view, &tree),
        why: texts.iter().rev().flat_map(|text| why(sight, text)).collect(),
        annotations: tree.iter().flat_map(|v| annotations(sight, v)).collect(),
        certificates: texts.iter().filter_map(|text| certificates(text)).collect(),
        commitments: tree
            .iter()
            .filter(|v| v.id != view.id && is_promise(sight, v))
            .map(|v| commitment(sight, v))
            .collect(),
        records: records(sight, &tree),
        withheld: sight.withheld(&tree),
        instructions: Hash::parse(&view.id)
            .map(|id| super::drafts::instructions_on(sight, &id))
            .unwrap_or_default(),
        instruct: super::drafts::instruct_form(sight, &view.id),
    }
}

/// Returns what the opening record says in its longest text.
fn summary(view: &ProcedureView) -> String {
    let terms = terms(&view.terms);
    let map = terms.as_map().cloned().unwrap_or_default();
    let texts = map.values().filter_map(|value| value.as_text()).filter(|text| *text != view.title);
    texts
        .max_by_key(|text| text.len())
        .filter(|text| text.contains(' '))
        .unwrap_or_default()
        .to_owned()
}

/// Returns the way of a matter: the kinds of things opened in it, in order, and its decisions.
fn steps(tree: &[ProcedureView]) -> Vec<Step> {
    let mut kinds: Vec<(&str, Vec<&ProcedureView>)> = Vec::new();
    let mut sorted: Vec<&ProcedureView> = tree.iter().collect();
    sorted.sort_by_key(|view| view.since.clone());
    for view in sorted {
        match kinds.iter_mut().find(|(title, _)| *title == view.kind_title) {
            Some((_, views)) => views.push(view),
            None => kinds.push((&view.kind_title, vec![view])),
        }
    }
    let mut steps: Vec<Step> =
        kinds.into_iter().map(|(title, views)| step(title, &views)).collect();
    let decided: Vec<_> =
        tree.iter().flat_map(|v| &v.units).filter_map(|unit| unit.decision.as_ref()).collect();
    if let Some(first) = decided.iter().min_by_key(|decision| decision.at.clone()) {
        let adopted = decided.iter().filter(|decision| decision.outcome == "adopted").count();
        let progress = if adopted == 0 { Progress::Stopped } else { Progress::Done };
        let note = format!("{adopted} of {} adopted", decided.len());
        let at = time(&first.at);
        let place = steps
            .iter()
            .position(|step| step.at.is_some_and(|other| other >= at))
            .unwrap_or(steps.len());
        steps.insert(
            place,
            Step { name: "decision".to_owned(), progress, at: Some(at), note: Some(note) },
        );
    }
    steps
}

/// Returns the warnings that a matter is, has or rests on: those above it first, then those in it.
fn warnings(sight: &Sight<'_>, view: &ProcedureView, tree: &[ProcedureView]) -> Vec<CaseWarning> {
    let above = sight.above(view);
    let all = above.iter().rev().chain(tree);
    all.filter_map(|view| warning(sight, view)).take(WARNINGS_MAX).collect()
}

fn warning(sight: &Sight<'_>, view: &ProcedureView) -> Option<CaseWarning> {
    let level = super::watch::level_of(sight, view)?;
    let (said, at) = (terms(&view.terms), sight.since(view));
    let fields = sight.act(&view.kind)?.fields.iter();
    let horizons = fields.filter_map(|(name, field)| {
        let text = said.get(name.as_str())?.as_text()?;
        let (span, until) = match field.form {
            FieldForm::Duration => match Duration::parse(text).ok()? {
                Duration::Span(span) => (Some(Duration::Span(span).to_string()), Some(at + span)),
                other @ (Duration::WorkingDays(_) | Duration::Months(_)) => {
                    (Some(other.to_string()), None)
                }
            },
            FieldForm::Time => (None, UnixSeconds::parse(text).ok()),
            FieldForm::Text
            | FieldForm::Word
            | FieldForm::Number
            | FieldForm::Flag
            | FieldForm::Party
            | FieldForm::Parties
            | FieldForm::Hash
            | FieldForm::Texts
            | FieldForm::Paragraphs
            | FieldForm::Other => return None,
        };
        Some(Horizon { name: name.as_str().replace('_', " "), span, until })
    });
    let horizons = horizons.collect();
    Some(CaseWarning { link: sight.link(view), level, at, horizons, state: sight.state(view) })
}

/// Returns who must still act in a matter, what is due first at the top.
fn owed(sight: &Sight<'_>, tree: &[ProcedureView]) -> Vec<Owed> {
    let mut rows: Vec<Owed> = tree.iter().flat_map(|part| owed::rows(sight, part)).collect();
    rows.sort_by_key(|row| row.by.at());
    rows.truncate(OWED_MAX);
    rows
}

fn step(title: &str, views: &[&ProcedureView]) -> Step {
    let open = views.iter().filter(|view| !view.is_over).count();
    let note = (views.len() > 1).then(|| match open {
        0 => format!("{} closed", views.len()),
        open => format!("{open} of {} open", views.len()),
    });
    Step {
        name: title.to_lowercase(),
        progress: if open > 0 { Progress::Current } else { Progress::Done },
        at: views.iter().filter_map(|view| view.since.as_deref()).map(time).min(),
        note,
    }
}

/// Returns a text on which positions are taken.
fn proposal(sight: &Sight<'_>, view: &ProcedureView) -> ProposalView {
    let whys = Hash::parse(&view.id).map(|id| sight.council().why_for(sight.party, &id, sight.now));
    let whys = whys.unwrap_or_default();
    let earlier = text::amended(sight, view);
    let paragraphs = view.units.iter().map(|unit| {
        let why = whys.iter().find(|why| why.paragraph == unit.paragraph);
        let shown = paragraph(sight, view, unit, why);
        ParagraphView { earlier: text::earlier_paragraph(sight, earlier.as_ref(), unit), ..shown }
    });
    ProposalView {
        number: view.number.clone(),
        title: sight.name_of(view),
        by: sight.author(&view.author),
        at: sight.since(view),
        state: sight.state(view),
        href: sight.href(view),
        paragraphs: paragraphs.collect(),
        matrix: matrix(sight, view),
        lineage: lineage(sight, view),
        tally: text::tally(view),
        documents: text::documents(sight, view),
    }
}

fn lineage(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Link> {
    let parent =
        view.parent.as_deref().and_then(|id| Hash::parse(id).ok()).and_then(|id| sight.view(&id));
    let up =
        parent.map(|parent| Link::new(&sight.href(&parent), &format!("about {}", parent.number)));
    let record = Link::new(&format!("/records/{}", view.record.leaf), "its record");
    up.into_iter().chain([record]).collect()
}

/// Returns who a paragraph would bind or binds, its words, state and clock.
fn paragraph(
    sight: &Sight<'_>,
    view: &ProcedureView,
    unit: &UnitView,
    why: Option<&Why>,
) -> ParagraphView {
    let binds =
        unit.decision.as_ref().map(|decision| sight.names(&decision.binds)).unwrap_or_default();
    ParagraphView {
        name: unit_name(unit),
        text: unit.text.clone().unwrap_or_else(|| summary(view)),
        earlier: None,
        state: paragraph_state(sight, unit),
        binds,
        outstanding: why
            .and_then(|why| why.outstanding.as_ref())
            .map(|lacks| outstanding(sight, lacks)),
        clock: clock(sight, view, unit, why),
    }
}

/// Says what a result lacks before it can be certified.
fn outstanding(sight: &Sight<'_>, lacks: &OutstandingView) -> String {
    let whose = sight.names(&lacks.parties).join(", ");
    match lacks.lacks {
        Lack::Text => format!("the text has not reached {whose}, whom it would bind"),
        Lack::Times => format!(
            "what {whose} said or received lies so close to a limit that witnesses who collude could turn the result; without further receipts it stays undecided, and is tabled anew"
        ),
        Lack::Heads => format!("it takes word of the nodes of {whose} that they have said all"),
    }
}

/// Returns what a unit is called.
#[must_use]
pub fn unit_name(unit: &UnitView) -> String {
    unit.paragraph.map_or_else(|| "the text".to_owned(), |n| format!("paragraph {n}"))
}

fn paragraph_state(sight: &Sight<'_>, unit: &UnitView) -> State {
    let state = unit_state(unit);
    let against: Vec<String> = unit
        .positions
        .iter()
        .filter(|(_, p)| p.position == "no")
        .map(|(party, _)| sight.name(party))
        .collect();
    let is_adopted = unit.decision.as_ref().is_some_and(|decision| decision.outcome == "adopted");
    if against.is_empty() || is_adopted {
        return state;
    }
    State::new(&format!("{}: {} objects", state.word, against.join(", ")), Tone::Bad)
}

fn clock(
    sight: &Sight<'_>,
    view: &ProcedureView,
    unit: &UnitView,
    why: Option<&Why>,
) -> Option<ClockView> {
    let deadline = unit.deadline.as_ref()?;
    let article = sight.article(unit.article.as_deref());
    let is_extended = deadline.at != deadline.nominal || !deadline.extended_for.is_empty();
    let waits_for: BTreeSet<&String> =
        deadline.unreached.iter().chain(&deadline.extended_for).collect();
    let extension = (is_extended || !deadline.unreached.is_empty()).then(|| Extension {
        until: time(&deadline.at),
        unreached: sight.names(waits_for.iter().copied()),
        article: article.clone(),
    });
    let contested = "the evidence does not show whether a statement came before the deadline; a ruling is awaited";
    Some(ClockView {
        title: view.machine.clone(),
        started_at: time(&unit.since).min(sight.since(view)),
        started_by: format!("tabled by {}", sight.name(&view.author)),
        deadline: time(&deadline.at),
        running: !deadline.has_passed && unit.status == UnitStatus::Running,
        rule: article,
        stops: stops(sight, view, unit),
        extension,
        could_stop_by_absence: why
            .map(|why| sight.names(&why.stops_by_being_offline))
            .unwrap_or_default(),
        contested: (unit.status == UnitStatus::Contested).then(|| contested.to_owned()),
    })
}

/// Returns what the charter lets end the state before its clock does.
fn stops(sight: &Sight<'_>, view: &ProcedureView, unit: &UnitView) -> Vec<String> {
    let machine = sight.machine(&view.kind);
    let state = machine
        .and_then(|machine| machine.states.iter().find(|(name, _)| name.as_str() == unit.state));
    let Some((name, state)) = state.filter(|_| unit.decision.is_none()) else { return Vec::new() };
    let leaves =
        state.on.iter().filter(|step| !matches!(&step.target, Target::State(to) if to == name));
    leaves
        .map(|step| {
            let positions: Vec<&str> =
                step.positions.iter().map(veche_charter::name::Position::as_str).collect();
            let what = match positions.as_slice() {
                [] => step.event.to_string(),
                positions => format!("{} {}", step.event, positions.join(" or ")),
            };
            let article = step.article.as_ref().or(state.article.as_ref());
            let article = article.map_or_else(String::new, |article| format!(" ({article})"));
            format!("{} by {}{article}", what.replace('_', " "), who(&step.by.to_string()))
        })
        .collect()
}

/// Writes an actor pattern for people.
fn who(pattern: &str) -> String {
    match pattern.split_once(':') {
        Some(("status", statuses)) => format!("any {}", statuses.replace('|', " or ")),
        Some(("tag", tag)) => format!("the {tag}"),
        Some(("party", party)) => party.to_owned(),
        Some(("member", role)) => format!("any member but the {}", role.trim_start_matches('!')),
        _ => match pattern.strip_prefix('!') {
            Some(role) => format!("anyone but the {role}"),
            None if pattern.starts_with("any") => pattern.to_owned(),
            None => format!("the {}", pattern.replace('_', " ")),
        },
    }
}

fn matrix(sight: &Sight<'_>, view: &ProcedureView) -> StanceMatrix {
    let stated = view
        .units
        .iter()
        .flat_map(|unit| unit.positions.keys())
        .filter_map(|id| PartyId::parse(id).ok());
    let mut parties: Vec<PartyId> = sight.members().cloned().collect();
    for party in stated {
        if !parties.contains(&party) {
            parties.push(party);
        }
    }
    let rows = parties.iter().map(|party| {
        let receipt = match view.receipts.get(party.as_str()) {
            _ if view.author == party.as_str() => Receipt::Author,
            Some(Some(at)) => Receipt::At(time(at)),
            Some(None) | None => Receipt::None,
        };
        MatrixRow {
            member: sight.author(party.as_str()),
            is_own: party == sight.party,
            receipt,
            cells: view.units.iter().map(|unit| cell(unit, party, receipt)).collect(),
        }
    });
    StanceMatrix { columns: view.units.iter().map(unit_name).collect(), rows: rows.collect() }
}

fn cell(unit: &UnitView, party: &PartyId, receipt: Receipt) -> StanceCell {
    let Some(position) = unit.positions.get(party.as_str()) else {
        let stance = if receipt == Receipt::None { Stance::NotReached } else { Stance::Silent };
        return StanceCell { stance, ..StanceCell::default() };
    };
    StanceCell {
        stance: stance(position),
        at: Some(time(&position.at)),
        reason: position.reason.clone(),
        would_lift: position.would_lift.clone(),
        evidence: Some(format!("/records/{}", position.leaf)),
    }
}

/// Returns the stance that a position is: the words that the grammar of rules knows.
pub(super) fn stance(position: &PositionView) -> Stance {
    match position.position.as_str() {
        "yes" => Stance::Assent,
        "no" => Stance::Object,
        "abstain" => Stance::Abstain,
        "aside" => Stance::Aside,
        "amend" => Stance::Amend,
        _ => Stance::Silent,
    }
}

/// Returns what could come next: for the page's own procedure all that the charter knows; for those under it what moves them,
/// positions on texts first.
fn next(sight: &Sight<'_>, own: &ProcedureView, tree: &[ProcedureView]) -> Vec<desk::NextAct> {
    let is_text = |view: &ProcedureView| sight.position_act(&view.kind).is_some();
    let open: Vec<&ProcedureView> =
        tree.iter().filter(|view| view.id == own.id || !view.is_over).collect();
    let in_one = open.iter().filter(|view| is_text(view)).count() > 1;
    let (mut positions, mut others, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for view in open {
        let Ok(id) = Hash::parse(&view.id) else { continue };
        for act in sight.council().next_acts(&id, sight.party, sight.now) {
            let Some(entry) = sight.act(&act.kind) else { continue };
            let is_own = view.id == own.id;
            // What only opens something about a part is offered on the part's own page.
            let moves = entry.event.is_some() || entry.event_field.is_some();
            match &act.refused {
                None if is_own || moves => {
                    let list = if entry.position.is_some() { &mut positions } else { &mut others };
                    list.extend(offered(sight, &act, view, in_one));
                }
                Some(refusal) if is_own || (is_text(view) && moves) => {
                    refused.push(not_offered(sight, &act, refusal, view));
                }
                None | Some(_) => {}
            }
        }
    }
    let all = positions.into_iter().chain(others).chain(refused);
    all.take(ACTS_MAX).collect()
}

fn not_offered(
    sight: &Sight<'_>,
    act: &NextAct,
    refusal: &RefusalView,
    view: &ProcedureView,
) -> desk::NextAct {
    let title = format!("{} on {}", act.title, view.number);
    let tried = format!("{}: {title}", sight.name(sight.party.as_str()));
    let refusal = sight.refusal(tried, refusal, Some(&act.kind));
    desk::NextAct { title, outcome: NextOutcome::Refused(refusal) }
}

/// Returns an act's forms: a button for each position, or one form for all of them where there are several texts.
fn offered(
    sight: &Sight<'_>,
    act: &NextAct,
    view: &ProcedureView,
    in_one: bool,
) -> Vec<desk::NextAct> {
    let id = format!("{}-{}", view.number, act.kind);
    let forms = if in_one {
        forms::of_act_in_one(sight, &id, act, Some(view))
    } else {
        forms::of_act(sight, &id, act, Some(view))
    };
    let title = |form: &desk::Form| {
        if forms_of_positions(form) {
            format!("{} on {}", form.submit, view.number)
        } else {
            form.title.clone()
        }
    };
    forms
        .into_iter()
        .map(|form| desk::NextAct { title: title(&form), outcome: NextOutcome::Allowed(form) })
        .collect()
}

fn forms_of_positions(form: &desk::Form) -> bool {
    form.hidden.iter().any(|(name, _)| name.starts_with(forms::FIELD_PREFIX))
}

fn why(sight: &Sight<'_>, view: &ProcedureView) -> Vec<desk::Why> {
    let Ok(id) = Hash::parse(&view.id) else { return Vec::new() };
    let whys = sight.council().why_for(sight.party, &id, sight.now);
    whys.into_iter().map(|why| why_of(sight, view, &why)).collect()
}

fn why_of(sight: &Sight<'_>, view: &ProcedureView, why: &Why) -> desk::Why {
    let unit = why.paragraph.map_or_else(String::new, |n| format!(" paragraph {n}"));
    let verb = if why.is_proven { "is" } else { "would be" };
    let changes = why.changes.iter().map(|change| {
        let said: Vec<String> = change
            .positions
            .iter()
            .map(|(party, word)| format!("{} says {word}", sight.name(party)))
            .collect();
        format!("{}: then `{}`", said.join(" and "), change.result.replace('_', " "))
    });
    desk::Why {
        question: format!("Why {}{unit} {verb} {}", view.number, why.result.replace('_', " ")),
        sentence: why.sentence.clone(),
        articles: why.articles.iter().map(|(number, _)| sight.article(Some(number))).collect(),
        records: why
            .records
            .iter()
            .filter_map(|record| record_ref(sight, &record.leaf, &record.what))
            .collect(),
        would_change: changes.collect(),
    }
}

fn record_ref(sight: &Sight<'_>, leaf: &str, what: &str) -> Option<RecordRef> {
    let record = sight.record(&Hash::parse(leaf).ok()?)?;
    let at = record.at.as_deref().unwrap_or(&record.time);
    Some(RecordRef {
        title: what.to_owned(),
        href: format!("/records/{leaf}"),
        hash: leaf.to_owned(),
        at: time(at),
    })
}

fn annotations(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Annotation> {
    // What opens something of its own has its own place on the page.
    let own = view.attached.iter().filter(|attached| {
        is_readable(sight, &attached.record.leaf) && !opens(sight, &attached.record.leaf)
    });
    let attached = own.map(|attached| Annotation {
        kind: match &attached.refused {
            Some(refused) => {
                format!("{}, no effect: {}", sight.act_title(&attached.kind), refused.why)
            }
            None => sight.act_title(&attached.kind),
        },
        by: sight.author(&attached.author),
        at: sight.time_of(attached.at.as_deref(), &attached.record.leaf),
        about: view.number.clone(),
        text: attached.text.clone(),
        why: None,
        href: format!("/records/{}", attached.record.leaf),
    });
    attached.chain(late(sight, view)).collect()
}

fn opens(sight: &Sight<'_>, leaf: &str) -> bool {
    let record = Hash::parse(leaf).ok().and_then(|leaf| sight.record(&leaf));
    record
        .is_some_and(|record| record.procedure.as_deref() == Some(leaf) && record.refused.is_none())
}

/// Returns statements that came too late or had no effect: kept, and shown as what they are.
fn late(sight: &Sight<'_>, view: &ProcedureView) -> Vec<Annotation> {
    let mut by_leaf: BTreeMap<String, Annotation> = BTreeMap::new();
    for unit in &view.units {
        for step in unit.steps.iter().filter(|step| step.is_refused) {
            let Some(leaf) = step.leaf.as_ref().filter(|leaf| is_readable(sight, leaf)) else {
                continue;
            };
            let record = Hash::parse(leaf).ok().and_then(|leaf| sight.record(&leaf));
            let said = record.and_then(|record| record.terms).map(|text| terms(&text));
            let reason =
                said.as_ref().and_then(|terms| terms.get("reason")?.as_text().map(str::to_owned));
            let annotation = Annotation {
                kind: "no effect, kept as an explanation".to_owned(),
                by: step.by.as_deref().map(|by| sight.author(by)).unwrap_or_default(),
                at: time(&step.at),
                about: format!("{} {}", view.number, unit_name(unit)),
                text: reason.unwrap_or_default(),
                why: Some(step.what.clone()),
                href: format!("/records/{leaf}"),
            };
            by_leaf.entry(leaf.clone()).or_insert(annotation);
        }
    }
    by_leaf.into_values().collect()
}

fn is_readable(sight: &Sight<'_>, leaf: &str) -> bool {
    sight.reads_leaf(leaf)
}

/// Returns true if a procedure is a promise: something that a decision opened, or that has an owner.
fn is_promise(sight: &Sight<'_>, view: &ProcedureView) -> bool {
    sight.act(&view.kind).is_some_and(|act| act.roles.keys().any(|role| role.as_str() == "owner"))
}

fn commitment(sight: &Sight<'_>, view: &ProcedureView) -> Commitment {
    let terms = terms(&view.terms);
    let owner = terms.get("owner").and_then(veche_ledger::Value::as_text).unwrap_or(&view.author);
    Commitment {
        link: sight.link(view),
        owner: sight.author(owner),
        due: due_of(sight, view),
        state: sight.state(view),
    }
}

/// Returns the day by which something was promised, and whether it was kept.
#[must_use]
pub fn due_of(sight: &Sight<'_>, view: &ProcedureView) -> Option<desk::Due> {
    let terms = terms(&view.terms);
    let at = terms.get("due").and_then(veche_ledger::Value::as_text).map(time);
    let running = sight.next_due(view);
    let Some(at) = at else { return running };
    let state = match (view.is_over, at <= sight.now) {
        (true, _) => desk::DueState::Met,
        (false, true) => desk::DueState::Overdue,
        (false, false) => desk::DueState::Open,
    };
    Some(desk::Due { at, state })
}

/// Returns the records of a tree of procedures, newest first: what opened them, what moved them, what is attached.
fn records(sight: &Sight<'_>, tree: &[ProcedureView]) -> Vec<RecordRow> {
    let mut leaves: BTreeSet<String> = BTreeSet::new();
    for view in tree {
        leaves.insert(view.record.leaf.clone());
        leaves.extend(
            view.units.iter().flat_map(|unit| &unit.steps).filter_map(|step| step.leaf.clone()),
        );
        leaves.extend(view.attached.iter().map(|attached| attached.record.leaf.clone()));
        leaves.extend(
            view.units.iter().filter_map(|unit| Some(unit.decision.as_ref()?.closing.clone())),
        );
    }
    let mut rows: Vec<RecordRow> = leaves
        .iter()
        .filter_map(|leaf| row_of(sight, &sight.record(&Hash::parse(leaf).ok()?)?))
        .collect();
    for row in &mut rows {
        tree.iter().for_each(|view| mark_effect(row, view));
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.record.at, row.place.clone())));
    rows
}
