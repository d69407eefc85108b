//! What the charter allows next, and why not: for each kind of act, whether a party could now do it to a procedure.

use crate::council::{Council, is_event};
use crate::cut::Cut;
use crate::evaluate::Unit;
use crate::fact::ProcedureId;
use crate::ruling::Subject;
use crate::sharing::gives;
use crate::version::{Version, VersionId};
use crate::view::{RefusalView, step_refusal};
use serde::Serialize;
use std::collections::BTreeSet;
use veche_charter::machine::{self, Event, Setting, StepKind};
use veche_charter::model::{Act, FieldForm, Machine, PositionFrom, Transition};
use veche_charter::name::{ArticleId, EventName, Position};
use veche_charter::rule::{Roles, fits};
use veche_charter::statement::{About, Signers};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Kind, Label, PartyId, UnixSeconds};

/// An act that a party could do to a procedure, or could not.
#[derive(Debug, Clone, Serialize)]
pub struct NextAct {
    /// The kind of act.
    pub kind: String,
    /// Its name for people.
    pub title: String,
    /// The events that it could bring, if a field chooses: `grant`, `refuse`.
    pub choices: Vec<String>,
    /// Its fields.
    pub fields: Vec<NextField>,
    /// Why not; `None`: it may.
    pub refused: Option<RefusalView>,
    /// The article of the act.
    pub article: Option<String>,
}

/// A field of an act, for a form.
#[derive(Debug, Clone, Serialize)]
pub struct NextField {
    /// Its name.
    pub name: String,
    /// What it holds: text, word, number, flag, time, duration, party, parties, hash, texts, paragraphs, other.
    pub form: String,
    /// True if it must be given.
    pub required: bool,
    /// The words allowed, if they are listed.
    pub one_of: Vec<String>,
}

/// A draft put before the charter: what it would be refused for, if anything.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Whose act.
    pub party: &'a PartyId,
    /// Its kind.
    pub kind: &'a Kind,
    /// Its label.
    pub label: &'a Label,
    /// What it is about.
    pub about: Option<Hash>,
    /// What it says.
    pub terms: &'a Value,
    /// True in an exercise.
    pub is_drill: bool,
    /// How many officers would sign.
    pub officers: u8,
}

impl Council {
    /// Asks the charter about a draft, before anybody signs it: the record's own ruling, then the machine's.
    ///
    /// `None`: nothing stands against it at `now`.
    #[must_use]
    pub fn ask(&self, question: &Question<'_>, now: UnixSeconds) -> Option<RefusalView> {
        let version = self.version_for(question.kind, question.about.as_ref(), question.is_drill);
        let Some(act) = version.charter.acts.get(question.kind) else {
            return Some(plain(format!("the charter has no act `{}`", question.kind)));
        };
        let eyes = &Cut::read_by(question.party.clone(), now);
        let subject = Subject {
            version,
            party: question.party,
            act,
            label: question.label,
            terms: question.terms,
            is_drill: question.is_drill,
            about: self.about_of(question.about.as_ref(), gives(act), eyes),
            target: self.target_of(question.about.as_ref()),
            signers: Signers {
                officers: question.officers,
                by_node: question.officers == 0,
                by_root: false,
            },
        };
        if let Some(refusal) = self.refusal(question.kind, &subject) {
            return Some(RefusalView {
                why: refusal.why.to_string(),
                quote: refusal.article.as_ref().and_then(|article| version.quote(article)),
                article: refusal.article.map(|article| article.to_string()),
            });
        }
        let id = self.seen_procedure(question.about.as_ref()?, eyes)?;
        if !is_event(act) {
            return None;
        }
        let event = crate::evaluate::event_name(act, question.terms)?;
        let position = crate::evaluate::stated_position(act, question.terms);
        let paragraphs = crate::evaluate::paragraph_list(question.terms);
        let asked = self.with_moment(id, question.party, now, |moment| {
            moment.refusal(question.party, &event, position.as_ref(), paragraphs.as_deref())
        });
        asked.unwrap_or_else(|| {
            let roles = self.roles_of(id, now)?;
            self.refusal_in_all_states(id, question.party, &event, position.as_ref(), &roles)
        })
    }

    /// Returns why an event of a party moves a procedure in none of its states: each that knows it is for others. Of one that has not begun
    /// nothing else is known: in which state it will be when the event counts hangs on what comes before. A position may be noted where nothing
    /// moves, and is left to the machine.
    fn refusal_in_all_states(
        &self,
        id: ProcedureId,
        party: &PartyId,
        event: &EventName,
        position: Option<&Position>,
        roles: &Roles,
    ) -> Option<RefusalView> {
        let (machine, version) = (self.machine_of(id)?, self.version_of(id));
        let states = machine.states.values().flat_map(|state| &state.on);
        let known: Vec<&Transition> = states.filter(|t| t.event == *event).collect();
        let first = known.first().filter(|_| position.is_none())?;
        if known.iter().any(|t| fits(&t.by, party, &version.bench, roles)) {
            return None;
        }
        let allowed: BTreeSet<String> = known.iter().map(|t| t.by.to_string()).collect();
        let allowed = allowed.into_iter().collect::<Vec<_>>().join(" or ");
        let article = first.article.as_ref();
        Some(RefusalView {
            why: step_refusal(&machine::Refusal::WrongActor { allowed }),
            quote: article.and_then(|article| version.quote(article)),
            article: article.map(ToString::to_string),
        })
    }

    /// `eyes`: of whoever asks; what he may not know of is to him as what is not there.
    fn about_of(&self, leaf: Option<&Hash>, gives: bool, eyes: &Cut) -> About {
        let Some(leaf) = leaf else { return About::Nothing };
        if self.procedure_named(leaf).is_none() {
            // A group, a release and its end are no procedures.
            let is_held = self.by_leaf.get(leaf).is_some_and(|id| self.is_seen(*id, eyes));
            return if is_held { self.about(Some(leaf), gives) } else { About::Refused };
        }
        let Some(id) = self.seen_procedure(leaf, eyes) else { return About::Refused };
        let procedure = &self.procedures[id.at()];
        let opener = &self.records[procedure.opener.at()];
        let kind = match (&procedure.spawned, self.by_leaf.get(leaf)) {
            (Some(spawned), _) => spawned.kind.to_string(),
            (None, Some(record)) => {
                self.names.kinds.name(self.records[record.at()].kind).to_string()
            }
            (None, None) => self.names.kinds.name(opener.kind).to_string(),
        };
        About::Kind { kind, is_drill: opener.is_drill }
    }

    fn seen_procedure(&self, leaf: &Hash, eyes: &Cut) -> Option<ProcedureId> {
        let id = self.procedure_named(leaf)?;
        // A record that he may not read leads nowhere, though its header may name what it acts on.
        let is_read = self.by_leaf.get(leaf).is_none_or(|record| self.is_read_by(*record, eyes));
        (is_read && self.is_procedure_seen(id, eyes)).then_some(id)
    }

    pub(crate) fn procedure_named(&self, leaf: &Hash) -> Option<ProcedureId> {
        let of_record = || {
            let fact = &self.records[self.by_leaf.get(leaf)?.at()];
            fact.opens.or(fact.acts_on)
        };
        self.procedure_opened_by(leaf).or_else(of_record)
    }

    /// Reads once what a procedure's machine needs to be asked, and hands it to `then`; `None` while it has not begun. `reader`: with
    /// whose eyes, so that no answer tells of a record that he may not read.
    fn with_moment<T>(
        &self,
        id: ProcedureId,
        reader: &PartyId,
        now: UnixSeconds,
        then: impl FnOnce(&Moment<'_>) -> T,
    ) -> Option<T> {
        let cut = Cut::read_by(reader.clone(), now);
        let units = self.units(id, &cut);
        self.with_setting(id, &cut, false, |machine, setting, start, events| {
            then(&Moment { council: self, id, machine, setting, start, events, units: &units, now })
        })
    }

    /// Returns what a party may do next to a procedure, and what not and why: each act that can be about it.
    #[must_use]
    pub fn next_acts(&self, procedure: &Hash, party: &PartyId, now: UnixSeconds) -> Vec<NextAct> {
        self.next_acts_seen(procedure, party, party, now)
    }

    /// As [`Self::next_acts`], as far as another party that asks may know: whether a third one sees the matter is not said.
    #[must_use]
    pub fn next_acts_seen(
        &self,
        procedure: &Hash,
        party: &PartyId,
        reader: &PartyId,
        now: UnixSeconds,
    ) -> Vec<NextAct> {
        let eyes = &Cut::read_by(reader.clone(), now);
        let Some(id) = self.seen_procedure(procedure, eyes) else { return Vec::new() };
        let opened_by = match self.about_of(Some(procedure), false, eyes) {
            About::Kind { kind, .. } => kind,
            About::Nothing | About::Refused => return Vec::new(),
        };
        // What may be about anything is listed where the machine has a use for it: a retraction, where it ends something.
        let is_known = |act: &Act| {
            let machine = self.machine_of(id);
            let known = machine.iter().flat_map(|machine| machine.states.values());
            let mut known = known.flat_map(|state| &state.on);
            act.about.is_empty() && known.any(|t| Some(&t.event) == act.event.as_ref())
        };
        let fits_kind =
            |act: &Act| act.about.iter().any(|kind| kind.as_str() == opened_by) || is_known(act);
        let roles = self.roles_of(id, now);
        let is_drill = self.records[self.procedures[id.at()].opener.at()].is_drill;
        let list = |moment: Option<&Moment<'_>>| {
            let acts = self.acts_on(id).filter(|(_, act)| fits_kind(act));
            acts.map(|(kind, act)| {
                let version = self.version_for(kind, Some(procedure), is_drill);
                self.next_act(version, (kind, act), id, party, roles.as_ref(), moment)
            })
            .collect()
        };
        self.with_moment(id, reader, now, |moment| list(Some(moment))).unwrap_or_else(|| list(None))
    }

    /// Returns the acts that can be about a matter: by the charter under which it was opened those that speak on it, by the
    /// charter of today those that open something of their own.
    fn acts_on(&self, id: ProcedureId) -> impl Iterator<Item = (&Kind, &Act)> {
        let (of_matter, today) = (&self.version_of(id).charter, &self.current().charter);
        let opens = |act: &Act| act.opens.is_some() && !is_event(act);
        let speaking = of_matter.acts.iter().filter(move |(_, act)| !opens(act));
        speaking.chain(today.acts.iter().filter(move |(_, act)| opens(act)))
    }

    /// Returns the version by which a new record of a kind about something is judged.
    fn version_for(&self, kind: &Kind, about: Option<&Hash>, is_drill: bool) -> &Version {
        let named = self.version_named(&self.charter_to_name(kind, about, is_drill));
        &self.versions[named.unwrap_or(VersionId::GENESIS).at()]
    }

    fn next_act(
        &self,
        version: &Version,
        (kind, act): (&Kind, &Act),
        id: ProcedureId,
        party: &PartyId,
        roles: Option<&Roles>,
        moment: Option<&Moment<'_>>,
    ) -> NextAct {
        let choices: Vec<String> = match &act.event_field {
            Some(field) => {
                act.fields.get(field).map(|f| f.one_of.written().to_vec()).unwrap_or_default()
            }
            None => Vec::new(),
        };
        NextAct {
            kind: kind.to_string(),
            title: act.title.clone(),
            fields: act
                .fields
                .iter()
                .map(|(name, field)| next_field(name.as_str(), field))
                .collect(),
            refused: self.next_refusal(version, (kind, act), id, &choices, party, roles, moment),
            choices,
            article: act.article.as_ref().map(ToString::to_string),
        }
    }

    /// Asks for the act without its terms: who, then whether the machine knows any event that it could bring.
    #[expect(
        clippy::too_many_arguments,
        reason = "one act of one party at one moment, spelled out"
    )]
    fn next_refusal(
        &self,
        version: &Version,
        (kind, act): (&Kind, &Act),
        id: ProcedureId,
        choices: &[String],
        party: &PartyId,
        roles: Option<&Roles>,
        moment: Option<&Moment<'_>>,
    ) -> Option<RefusalView> {
        if let Err(denied) = version.charter.may(party, kind, roles) {
            return Some(RefusalView {
                why: denied.to_string(),
                quote: denied.article.as_ref().and_then(|article| version.quote(article)),
                article: denied.article.map(|article| article.to_string()),
            });
        }
        if !is_event(act) {
            return None;
        }
        let events: Vec<EventName> = match &act.event {
            Some(event) => vec![event.clone()],
            None => choices.iter().filter_map(|choice| EventName::parse(choice).ok()).collect(),
        };
        let mut refused = None;
        for event in &events {
            for position in positions(act) {
                refused = match moment {
                    Some(moment) => moment.refusal(party, event, position.as_ref(), None),
                    None => {
                        let position = position.as_ref();
                        self.refusal_in_all_states(id, party, event, position, roles?)
                    }
                };
                refused.as_ref()?;
            }
        }
        refused
    }

    /// Returns the acts that a party may do by themselves: that open something and need not be about anything.
    #[must_use]
    pub fn opening_acts(&self, party: &PartyId) -> Vec<NextAct> {
        let version = self.current();
        let acts = version
            .charter
            .acts
            .iter()
            .filter(|(_, act)| act.opens.is_some() && !act.about_required);
        acts.map(|(kind, act)| NextAct {
            kind: kind.to_string(),
            title: act.title.clone(),
            choices: Vec::new(),
            fields: act
                .fields
                .iter()
                .map(|(name, field)| next_field(name.as_str(), field))
                .collect(),
            refused: version.charter.may(party, kind, None).err().map(|denied| RefusalView {
                why: denied.to_string(),
                quote: denied.article.as_ref().and_then(|article| version.quote(article)),
                article: denied.article.map(|article| article.to_string()),
            }),
            article: act.article.as_ref().map(ToString::to_string),
        })
        .collect()
    }

    /// Returns the parties that a pattern fits in a procedure at a time.
    #[must_use]
    pub fn who(
        &self,
        procedure: &Hash,
        actor: &veche_charter::model::Actor,
        now: UnixSeconds,
    ) -> Vec<PartyId> {
        let id = self.procedure_named(procedure);
        let roles = id.and_then(|id| self.roles_of(id, now)).unwrap_or_default();
        let version = id.map_or_else(|| self.current(), |id| self.version_of(id));
        let parties = version.charter.parties.keys();
        parties.filter(|party| fits(actor, party, &version.bench, &roles)).cloned().collect()
    }
}

/// A procedure as it stands, with what its machine needs to be asked one more thing.
struct Moment<'a> {
    council: &'a Council,
    id: ProcedureId,
    machine: &'a Machine,
    setting: &'a Setting<'a>,
    start: UnixSeconds,
    /// What touched it, with the paragraphs that each is about.
    events: &'a [(Event, Option<Vec<u32>>)],
    units: &'a [Unit],
    now: UnixSeconds,
}

impl Moment<'_> {
    /// Returns what the machine would say to an event now; `None` if one unit at least takes it.
    fn refusal(
        &self,
        party: &PartyId,
        event: &EventName,
        position: Option<&Position>,
        paragraphs: Option<&[u32]>,
    ) -> Option<RefusalView> {
        let asked = Event {
            at: self.now,
            not_before: self.now,
            by: party.clone(),
            event: event.clone(),
            position: position.cloned(),
            reference: u64::MAX,
        };
        let touched =
            |n: Option<u32>| paragraphs.is_none_or(|list| n.is_none_or(|n| list.contains(&n)));
        let mut refusal = None;
        for unit in self.units.iter().filter(|unit| touched(unit.paragraph)) {
            let (why, article) = match &unit.decision {
                Some(decision) => {
                    let why = format!("it is decided: `{}` since {}", decision.state, decision.at);
                    (why, decision.article.clone())
                }
                None => self.unit_refusal(unit, &asked)?,
            };
            refusal = Some(RefusalView {
                why,
                quote: article.as_ref().and_then(|article| self.council.quote_of(self.id, article)),
                article: article.map(|article| article.to_string()),
            });
        }
        refusal
    }

    /// Returns why a unit that is not decided would not take an event, with the article; `None` if it would.
    fn unit_refusal(&self, unit: &Unit, asked: &Event) -> Option<(String, Option<ArticleId>)> {
        // What was said on other paragraphs did not move this one.
        let is_on = |on: &Option<Vec<u32>>| {
            unit.paragraph.is_none_or(|n| on.as_ref().is_none_or(|on| on.contains(&n)))
        };
        let own = self.events.iter().filter(|(_, on)| is_on(on)).map(|(event, _)| event);
        let own = own.filter(|event| unit.suspended.lets_through(event));
        let events: Vec<Event> = own.chain([asked]).cloned().collect();
        let steps = machine::run(self.machine, self.setting, self.start, &events).steps;
        let step = steps.iter().rfind(|step| step.reference == Some(u64::MAX))?;
        let why = match &step.what {
            StepKind::Refused { why } => {
                let at_end = machine::view(self.machine, self.setting, &unit.run, self.now);
                format!("in state `{}`: {}", at_end.state, step_refusal(why))
            }
            StepKind::Late { deadline } => {
                format!("it is too late: the deadline was {deadline}")
            }
            StepKind::Moved { .. }
            | StepKind::TimedOut { .. }
            | StepKind::Recorded
            | StepKind::Counted { .. }
            | StepKind::Contested { .. } => return None,
        };
        Some((why, step.article.clone()))
    }
}

/// Returns the positions that an act could state, `no` last: what is against that one is told if all are refused.
fn positions(act: &Act) -> Vec<Option<Position>> {
    let parsed = |word: &str| Position::parse(word).ok();
    match &act.position {
        None => vec![None],
        Some(PositionFrom::Always(position)) => vec![Some(position.clone())],
        Some(PositionFrom::Field(field)) => {
            let words = act.fields.get(field).map(|field| field.one_of.written());
            let others = words.into_iter().flatten().filter(|word| *word != "no");
            let mut all: Vec<Option<Position>> = others.map(|word| parsed(word)).collect();
            all.push(parsed("no"));
            all
        }
    }
}

fn plain(why: String) -> RefusalView {
    RefusalView { why, article: None, quote: None }
}

fn next_field(name: &str, field: &veche_charter::model::Field) -> NextField {
    let form = match field.form {
        FieldForm::Text => "text",
        FieldForm::Word => "word",
        FieldForm::Number => "number",
        FieldForm::Flag => "flag",
        FieldForm::Time => "time",
        FieldForm::Duration => "duration",
        FieldForm::Party => "party",
        FieldForm::Parties => "parties",
        FieldForm::Hash => "hash",
        FieldForm::Texts => "texts",
        FieldForm::Paragraphs => "paragraphs",
        FieldForm::Other => "other",
    };
    NextField {
        name: name.to_owned(),
        form: form.to_owned(),
        required: field.required,
        one_of: field.one_of.written().to_vec(),
    }
}
