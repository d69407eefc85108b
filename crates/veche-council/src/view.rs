//! What is the case at a time: the state as people and programs read it. Here, and only here, "overdue" is said.

use crate::council::Council;
use crate::cut::Cut;
use crate::duty::Owed;
use crate::evaluate::{Unit, paragraph, paragraph_list, paragraph_number};
use crate::fact::{ProcedureId, RecordId, Standing};
use crate::redaction::RedactionView;
use crate::ruling::Ruling;
use serde::Serialize;
use std::collections::BTreeMap;
use veche_charter::machine::{self, Deadline, Refusal as StepRefusal, Step, StepKind};
use veche_charter::model::{Actor, DutyOwner, Outcome};
use veche_charter::name::ArticleId;
use veche_ledger::json::Value;
use veche_ledger::{Hash, PartyId, UnixSeconds};

/// A procedure as it stands at a time.
#[derive(Debug, Clone, Serialize)]
pub struct ProcedureView {
    /// Its name: a leaf hash, or the hash of what a decision opened.
    pub id: String,
    /// Its number for people: the author's `ref`, or the short hash.
    pub number: String,
    /// The kind of act that opened it.
    pub kind: String,
    /// That kind's name for people.
    pub kind_title: String,
    /// Its register.
    pub register: Option<String>,
    /// Its title, or the first text that its author gave.
    pub title: String,
    /// What its opener names as its charter: the hash of the one that the organisation began with, or the record that closed an
    /// amendment.
    pub charter: String,
    /// The version of that charter; `None` if it is not in force here.
    pub charter_version: Option<u32>,
    /// The version that had replaced it, as its author knew when he opened it: then it is void.
    pub void_since_version: Option<u32>,
    /// The opening terms, as canonical JSON.
    pub terms: String,
    /// Who may read it.
    pub label: String,
    /// True in an exercise.
    pub is_drill: bool,
    /// Whose act opened it.
    pub author: String,
    /// The opening record's log and number.
    pub record: RecordPlace,
    /// When it began, as the evidence proves it.
    pub since: Option<String>,
    /// The procedure above it.
    pub parent: Option<String>,
    /// The matter that it belongs to: the topmost procedure.
    pub case: String,
    /// The procedures under it, by name.
    pub children: Vec<String>,
    /// The machine's name for people.
    pub machine: String,
    /// Its units: one, or one for each paragraph.
    pub units: Vec<UnitView>,
    /// Who had the opening record since when; `None`: not reached, as far as is known.
    pub receipts: BTreeMap<String, Option<String>>,
    /// Annotations, comments, corrections, and what was refused.
    pub attached: Vec<AttachedView>,
    /// Duties that it started.
    pub duties: Vec<DutyView>,
    /// What was sealed and what was opened, if the procedure is such a one.
    pub declaration: Option<DeclarationView>,
    /// Parties that must act in a role on what they asked for themselves.
    pub conflicts: Vec<ConflictView>,
    /// Closing records that prove nothing, and why.
    pub closing_faults: Vec<String>,
    /// True if everything in it is at its end.
    pub is_over: bool,
}

/// A sealed declaration and its opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeclarationView {
    /// The hash that was published.
    pub committed: String,
    /// The hash of what was opened; `None`: not opened yet.
    pub computed: Option<String>,
    /// True if both are the same.
    pub matches: bool,
}

/// A conflict of roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConflictView {
    /// Who.
    pub party: String,
    /// In which roles.
    pub roles: Vec<String>,
    /// In one sentence.
    pub text: String,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordPlace {
    /// Its log.
    pub log: String,
    /// Its number there.
    pub index: u64,
    /// Its leaf hash.
    pub leaf: String,
}

/// How a unit stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitStatus {
    /// Its clock runs, or it waits for an act.
    Running,
    /// Its clock ran out; the state that follows needs no proof.
    Moved,
    /// Its clock ran out; the result needs a closing record.
    EvidenceOutstanding,
    /// A statement may or may not have come in time: held until a ruling.
    Contested,
    /// Decided and proven.
    Decided,
    /// Nothing follows.
    Final,
}

/// One unit of a procedure at a time.
#[derive(Debug, Clone, Serialize)]
pub struct UnitView {
    /// The paragraph.
    pub paragraph: Option<u32>,
    /// Its text.
    pub text: Option<String>,
    /// How it stands.
    pub status: UnitStatus,
    /// The state at the asked time.
    pub state: String,
    /// The state's name for people.
    pub state_title: String,
    /// Since when.
    pub since: String,
    /// The clock that runs, or ran.
    pub deadline: Option<DeadlineView>,
    /// Who takes which position.
    pub positions: BTreeMap<String, PositionView>,
    /// What was decided.
    pub decision: Option<DecisionView>,
    /// What happened, in order.
    pub steps: Vec<StepView>,
    /// The article that rules the state.
    pub article: Option<String>,
}

/// A clock.
#[derive(Debug, Clone, Serialize)]
pub struct DeadlineView {
    /// When it runs out.
    pub at: String,
    /// When it would have, had everybody been reached.
    pub nominal: String,
    /// True if that time has passed.
    pub has_passed: bool,
    /// For whom it was extended.
    pub extended_for: Vec<String>,
    /// Whom the text has not reached.
    pub unreached: Vec<String>,
    /// Whose absence is waived.
    pub waived: Vec<String>,
    /// True if an unreached party blocks.
    pub blocks: bool,
}

/// A party's position.
#[derive(Debug, Clone, Serialize)]
pub struct PositionView {
    /// The position.
    pub position: String,
    /// Since when others held it.
    pub at: String,
    /// Its record.
    pub leaf: String,
    /// The reason that its author gives.
    pub reason: Option<String>,
    /// What would lift it, if its author says.
    pub would_lift: Option<String>,
}

/// A decision on one unit.
#[derive(Debug, Clone, Serialize)]
pub struct DecisionView {
    /// adopted, rejected, lapsed.
    pub outcome: String,
    /// When it took effect.
    pub at: String,
    /// Whom it binds.
    pub binds: Vec<String>,
    /// Whose absence was waived.
    pub waived: Vec<String>,
    /// Why, in one sentence.
    pub reason: String,
    /// The article.
    pub article: Option<String>,
    /// The closing record.
    pub closing: String,
}

/// One step of a machine.
#[derive(Debug, Clone, Serialize)]
pub struct StepView {
    /// When.
    pub at: String,
    /// What happened, in one sentence.
    pub what: String,
    /// The record that did it.
    pub leaf: Option<String>,
    /// Whose record.
    pub by: Option<String>,
    /// True if the record had no effect.
    pub is_refused: bool,
    /// The article.
    pub article: Option<String>,
}

/// A record about a procedure that does not move its machine.
#[derive(Debug, Clone, Serialize)]
pub struct AttachedView {
    /// The record.
    pub record: RecordPlace,
    /// Its kind.
    pub kind: String,
    /// Whose it is.
    pub author: String,
    /// Since when others held it.
    pub at: Option<String>,
    /// What it says.
    pub text: String,
    /// True if it replaces what it is about.
    pub supersedes: bool,
    /// True if it is published with the decision.
    pub is_annotation: bool,
    /// Why it has no effect, if it has none.
    pub refused: Option<RefusalView>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalView {
    /// Why.
    pub why: String,
    /// The article.
    pub article: Option<String>,
    /// Its words.
    pub quote: Option<String>,
}

/// A duty at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DutyView {
    /// The procedure that started it.
    pub procedure: String,
    /// That procedure's number.
    pub number: String,
    /// The duty.
    pub duty: String,
    /// Its name for people.
    pub title: String,
    /// The kind of act that meets it.
    pub act: String,
    /// Who owes it.
    pub owner: String,
    /// Since when.
    pub since: String,
    /// By when.
    pub due: String,
    /// When it was met.
    pub met_at: Option<String>,
    /// The record that met it.
    pub met_by: Option<String>,
    /// True if it is not met and its time has passed.
    pub is_overdue: bool,
    /// True if it was met after its time.
    pub was_late: bool,
    /// The article.
    pub article: Option<String>,
}

/// A record as the fold sees it.
#[derive(Debug, Clone, Serialize)]
pub struct RecordView {
    /// Where it stands.
    pub record: RecordPlace,
    /// Its kind.
    pub kind: String,
    /// Its label.
    pub label: String,
    /// What it names as its charter.
    pub charter: String,
    /// The version of that charter; `None` if it is not in force here.
    pub charter_version: Option<u32>,
    /// Whose it is.
    pub author: String,
    /// The key that signed first.
    pub signer: String,
    /// Its author's clock.
    pub time: String,
    /// When a quorum held it; `None`: not yet.
    pub at: Option<String>,
    /// Before when it cannot have been made.
    pub not_before: Option<String>,
    /// Who held it since when.
    pub receipts: BTreeMap<String, String>,
    /// What it is about.
    pub about: Vec<String>,
    /// Its terms, if they are held.
    pub terms: Option<String>,
    /// admitted, refused, waiting, withheld, quarantined.
    pub ruling: String,
    /// Why it has no effect.
    pub refused: Option<RefusalView>,
    /// The procedure that it opens or acts on.
    pub procedure: Option<String>,
    /// Which of its words its author took back, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redacted: Option<RedactionView>,
    /// True in an exercise.
    pub is_drill: bool,
}

impl Council {
    /// Returns the procedure of this name: a leaf hash or the hash of something spawned.
    #[must_use]
    pub fn procedure(&self, name: &Hash, now: UnixSeconds) -> Option<ProcedureView> {
        Some(self.procedure_view(self.procedure_opened_by(name)?, &Cut::everything(), now))
    }

    /// Returns every procedure's name, in order of arrival here.
    pub fn procedures(&self) -> impl Iterator<Item = Hash> {
        (0..self.procedures.len())
            .map(|at| self.name_of(ProcedureId(u32::try_from(at).unwrap_or(u32::MAX))))
    }

    /// Returns the procedures that are in a register, newest first, at most `limit`, without views of their runs.
    #[must_use]
    pub fn register(&self, register: &str, limit: usize) -> Vec<Hash> {
        let is_in = |id: &ProcedureId| {
            self.opening_act(*id).is_some_and(|act| act.register.as_deref() == Some(register))
        };
        self.ids().rev().filter(is_in).take(limit).map(|id| self.name_of(id)).collect()
    }

    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = ProcedureId> {
        (0..self.procedures.len()).map(|at| ProcedureId(u32::try_from(at).unwrap_or(u32::MAX)))
    }

    /// Returns the procedures whose clocks run out at or before `until`, soonest first, at most `limit`.
    #[must_use]
    pub fn due_by(&self, until: UnixSeconds, limit: usize) -> Vec<(UnixSeconds, Hash)> {
        let due = self.deadlines.iter().take_while(|(at, _)| *at <= until).take(limit);
        due.map(|(at, id)| (*at, self.name_of(*id))).collect()
    }

    /// Returns duties that nobody has met yet, soonest first: those of one party, or of all; at least `limit` if there are
    /// so many.
    #[must_use]
    pub fn owed(&self, party: Option<&PartyId>, now: UnixSeconds, limit: usize) -> Vec<DutyView> {
        self.owed_after(party, None, now, limit)
    }

    /// Returns such duties beyond a row that was given before: when it is due, in which procedure, who owes it. The row itself
    /// may have been met since.
    #[must_use]
    pub fn owed_after(
        &self,
        party: Option<&PartyId>,
        after: Option<(UnixSeconds, Hash, PartyId)>,
        now: UnixSeconds,
        limit: usize,
    ) -> Vec<DutyView> {
        self.owed_rows(party, &Cut::everything(), after, now, limit)
    }

    /// As [`Self::owed_after`], over a cut: of what a party may read where that is whose eyes it has.
    pub(crate) fn owed_rows(
        &self,
        party: Option<&PartyId>,
        cut: &Cut,
        after: Option<(UnixSeconds, Hash, PartyId)>,
        now: UnixSeconds,
        limit: usize,
    ) -> Vec<DutyView> {
        let after = after
            .and_then(|(due, name, owner)| Some((due, self.procedure_opened_by(&name)?, owner)));
        let is_beyond = |row: &(UnixSeconds, ProcedureId, &PartyId)| {
            after.as_ref().is_none_or(|(due, id, owner)| *row > (*due, *id, owner))
        };
        // A procedure in which many owe something is evaluated once for all its rows.
        let mut open: BTreeMap<ProcedureId, Vec<DutyView>> = BTreeMap::new();
        let rows = self.owed.rows(party, now).filter(is_beyond);
        // What may not be read is passed over before it counts, so that the limit tells nothing of it.
        let rows = rows.filter(|(_, id, _)| self.is_procedure_seen(*id, cut)).take(limit);
        let views = rows.flat_map(|(due, id, owner)| {
            let views = open.entry(id).or_insert_with(|| self.duty_views(id, cut, now));
            let (owner, due) = (owner.as_str(), due.to_string());
            let is_row = |d: &&DutyView| d.met_by.is_none() && d.owner == owner && d.due == due;
            views.iter().filter(is_row).cloned().collect::<Vec<_>>()
        });
        views.collect()
    }

    /// Returns every duty of every procedure, met or not.
    #[must_use]
    pub fn all_duties(&self, now: UnixSeconds) -> Vec<DutyView> {
        self.ids().flat_map(|id| self.duty_views(id, &Cut::everything(), now)).collect()
    }

    /// Returns a record by its leaf hash.
    #[must_use]
    pub fn record(&self, leaf: &Hash) -> Option<RecordView> {
        Some(self.record_view(*self.by_leaf.get(leaf)?))
    }

    /// Returns the record with this number of a log; `None` for receipts, which have no effect of their own.
    #[must_use]
    pub fn record_at(&self, log: &veche_ledger::Origin, index: u64) -> Option<RecordView> {
        let log = &self.logs[self.by_origin.get(log)?.at()];
        Some(self.record_view((*log.rows.get(usize::try_from(index).ok()?)?)?))
    }

    /// Returns when each other party's node was last heard: the latest time that its receipts state.
    #[must_use]
    pub fn last_heard(&self) -> BTreeMap<PartyId, UnixSeconds> {
        let mut heard = BTreeMap::new();
        for log in &self.logs {
            if let Some(time) = log.admissions.between(0, u64::MAX) {
                let latest: &mut UnixSeconds = heard.entry(log.party.clone()).or_default();
                *latest = time.max(*latest);
            }
        }
        heard
    }

    /// `cut`: all that is held, or that of it which a party may read.
    pub(crate) fn procedure_view(
        &self,
        id: ProcedureId,
        cut: &Cut,
        now: UnixSeconds,
    ) -> ProcedureView {
        let procedure = &self.procedures[id.at()];
        let opener = &self.records[procedure.opener.at()];
        let act = self.opening_act(id);
        let terms = self.opening_terms(id);
        let units = self.units(id, cut);
        let owed = self.duties_of(id, &units, cut);
        let start = self.start(id, cut);
        let kind = match &procedure.spawned {
            Some(spawned) => spawned.kind.to_string(),
            None => self.names.kinds.name(opener.kind).to_string(),
        };
        ProcedureView {
            id: self.name_of(id).to_string(),
            number: self.number_of(id),
            kind,
            kind_title: act.map_or_else(String::new, |act| act.title.clone()),
            register: act.and_then(|act| act.register.clone()),
            title: terms.as_ref().map_or_else(String::new, title_of),
            charter: self.names.charters.name(opener.charter).to_string(),
            charter_version: self.charter_version(procedure.opener),
            void_since_version: self
                .superseded_by(id)
                .map(|later| self.versions[later.at()].charter.version),
            terms: terms
                .as_ref()
                .map_or_else(String::new, |t| String::from_utf8_lossy(&t.to_bytes()).into_owned()),
            label: self.names.labels.name(opener.label).to_string(),
            is_drill: opener.is_drill,
            author: self.party_of(procedure.opener).to_string(),
            record: self.place_of(procedure.opener),
            since: start.map(|start| start.to_string()),
            parent: self.parent_seen(id, cut).map(|parent| self.name_of(parent).to_string()),
            case: self.name_of(self.case_of(id, cut)).to_string(),
            children: procedure
                .children
                .iter()
                .filter(|child| {
                    self.is_procedure_seen(**child, cut)
                        && self.parent_seen(**child, cut) == Some(id)
                })
                .map(|child| self.name_of(*child).to_string())
                .collect(),
            machine: self.machine_of(id).map_or_else(String::new, |machine| machine.title.clone()),
            units: self.unit_views(id, cut, &units, terms.as_ref(), now),
            receipts: self.receipt_view(id, start, cut),
            attached: self.attached_views(id, cut),
            conflicts: self.conflicts(id, &owed),
            duties: self.duties_as_views(id, owed, now),
            declaration: terms.as_ref().and_then(|terms| self.declaration(id, cut, terms)),
            closing_faults: self.closing_faults(id),
            is_over: self.is_over_seen(id, cut, &units),
        }
    }

    /// Compares a published hash with what was opened: SHA-256 of `veche/declaration/v1`, a zero byte, the salt and the
    /// text. For any procedure whose opening terms have a `commit`.
    fn declaration(&self, id: ProcedureId, cut: &Cut, terms: &Value) -> Option<DeclarationView> {
        let committed = terms.get("commit")?.as_text()?.to_owned();
        let seen =
            self.procedures[id.at()].events.iter().filter(|event| self.is_seen(**event, cut));
        let mut opened = seen.filter_map(|event| {
            let terms = self.terms_of(*event)?;
            let salt = Hash::parse(terms.get("salt")?.as_text()?).ok()?;
            let text = terms.get("opening")?.as_text()?.to_owned();
            Some(Hash::of(&[b"veche/declaration/v1\0", &salt.0, text.as_bytes()]).to_string())
        });
        let computed = opened.next_back();
        Some(DeclarationView {
            matches: computed.as_ref() == Some(&committed),
            computed,
            committed,
        })
    }

    /// Returns who owes something in a role, as its chair, in a matter that he opened himself.
    fn conflicts(&self, id: ProcedureId, owed: &[Owed]) -> Vec<ConflictView> {
        let author = self.party_of(self.procedures[id.at()].opener);
        let conflict = |owed: &Owed| {
            let duty = self.version_of(id).charter.duties.get(&owed.duty)?;
            let DutyOwner::Each(Actor::Role(role)) = &duty.owner else { return None };
            if owed.owner != *author || role.as_str() == "initiator" {
                return None;
            }
            let text = format!(
                "{} asked for it and must, as {role}, {}",
                self.party_name(author),
                duty.title
            );
            Some(ConflictView {
                party: author.to_string(),
                roles: vec!["initiator".to_owned(), role.to_string()],
                text,
            })
        };
        owed.iter().filter_map(conflict).collect()
    }

    /// Returns the topmost procedure above one.
    pub(crate) fn case_of(&self, mut id: ProcedureId, cut: &Cut) -> ProcedureId {
        while let Some(parent) = self.parent_seen(id, cut) {
            id = parent;
        }
        id
    }

    /// Returns a procedure's number for people: the `ref` that its author gave, or the short form of its name.
    #[must_use]
    pub(crate) fn number_of(&self, id: ProcedureId) -> String {
        let terms = self.opening_terms(id);
        let given = terms.as_ref().and_then(|terms| terms.get("ref")).and_then(Value::as_text);
        given.map_or_else(|| self.name_of(id).short(), str::to_owned)
    }

    fn receipt_view(
        &self,
        id: ProcedureId,
        start: Option<UnixSeconds>,
        cut: &Cut,
    ) -> BTreeMap<String, Option<String>> {
        let receipts = self.opening_receipts(id, start.unwrap_or_default(), cut);
        let opener = self.procedures[id.at()].opener;
        let parties = self.version_of(id).charter.parties.keys();
        let entitled = parties.filter(|party| self.is_for(party, opener));
        let row =
            |party: &PartyId| (party.to_string(), receipts.get(party).map(ToString::to_string));
        entitled.map(row).collect()
    }

    fn unit_views(
        &self,
        id: ProcedureId,
        cut: &Cut,
        units: &[Unit],
        terms: Option<&Value>,
        now: UnixSeconds,
    ) -> Vec<UnitView> {
        let runs = self.with_setting(id, cut, false, |machine, setting, _, _| {
            units.iter().map(|unit| machine::view(machine, setting, &unit.run, now)).collect()
        });
        let runs: Vec<machine::Run> = runs.unwrap_or_default();
        let views = units.iter().zip(&runs);
        views.map(|(unit, run)| self.unit_view(id, unit, run, terms, now)).collect()
    }

    /// `run`: the unit's as it stands at `now`.
    fn unit_view(
        &self,
        id: ProcedureId,
        unit: &Unit,
        run: &machine::Run,
        terms: Option<&Value>,
        now: UnixSeconds,
    ) -> UnitView {
        let machine = self.machine_of(id);
        let shown = unit.decision.as_ref().map_or(&run.state, |decision| &decision.state);
        let state = machine.and_then(|machine| machine.states.get(shown));
        let source = unit.paragraph.and_then(|number| paragraph(terms?, number));
        let status = unit_status(unit, run, state);
        UnitView {
            paragraph: unit.paragraph,
            text: source.and_then(|p| p.get("text")).and_then(Value::as_text).map(str::to_owned),
            status,
            state: shown.to_string(),
            state_title: state.map_or_else(|| shown.to_string(), |state| state.title.clone()),
            since: unit.decision.as_ref().map_or(run.since, |decision| decision.at).to_string(),
            deadline: unit.run.deadline.as_ref().map(|deadline| deadline_view(deadline, now)),
            positions: self.position_views(unit),
            decision: unit.decision.as_ref().map(|decision| DecisionView {
                outcome: outcome_word(decision.outcome).to_owned(),
                at: decision.at.to_string(),
                binds: names(&decision.binds),
                waived: names(&decision.waived),
                reason: decision.reason.clone(),
                article: decision.article.as_ref().map(ToString::to_string),
                closing: decision.closing.to_string(),
            }),
            steps: run.steps.iter().map(|step| self.step_view(step)).collect(),
            article: state
                .and_then(|s| s.article.clone())
                .or_else(|| machine?.article.clone())
                .map(|a| a.to_string()),
        }
    }

    fn position_views(&self, unit: &Unit) -> BTreeMap<String, PositionView> {
        let view = |(party, stated): (&PartyId, &machine::Stated)| {
            let id = RecordId(u32::try_from(stated.reference).unwrap_or(u32::MAX));
            let terms = self.terms_of(id);
            let text = |key: &str| terms.as_ref()?.get(key)?.as_text().map(str::to_owned);
            let position = PositionView {
                position: stated.position.to_string(),
                at: stated.at.to_string(),
                leaf: self.records[id.at()].leaf.to_string(),
                reason: text("reason"),
                would_lift: text("would_lift"),
            };
            (party.to_string(), position)
        };
        unit.run.positions.iter().map(view).collect()
    }

    fn step_view(&self, step: &Step) -> StepView {
        let id = step.reference.and_then(|r| u32::try_from(r).ok()).map(RecordId);
        StepView {
            at: step.at.to_string(),
            what: self.step_sentence(step),
            leaf: id.map(|id| self.records[id.at()].leaf.to_string()),
            by: id.map(|id| self.party_of(id).to_string()),
            is_refused: matches!(step.what, StepKind::Refused { .. } | StepKind::Late { .. }),
            article: step.article.as_ref().map(ToString::to_string),
        }
    }

    pub(crate) fn step_sentence(&self, step: &Step) -> String {
        let id = step.reference.and_then(|r| u32::try_from(r).ok()).map(RecordId);
        let who = id.map_or_else(String::new, |id| self.party_name(self.party_of(id)));
        let act = id
            .and_then(|id| self.act_of(id))
            .map_or_else(String::new, |act| act.title.to_lowercase());
        match &step.what {
            StepKind::Moved { from, to, verdict } if from == to => {
                let said =
                    verdict.as_ref().map_or_else(String::new, |(_, v)| format!(": {}", v.reason));
                format!("{who}: {act}; it stays `{to}`{said}")
            }
            StepKind::Moved { from, to, verdict } => {
                let said =
                    verdict.as_ref().map_or_else(String::new, |(_, v)| format!(": {}", v.reason));
                format!("{who}: {act}; `{from}` becomes `{to}`{said}")
            }
            StepKind::TimedOut { from, to, blocked_by, verdict, .. } => {
                let said =
                    verdict.as_ref().map_or_else(String::new, |(_, v)| format!(": {}", v.reason));
                let blocked: Vec<String> =
                    blocked_by.iter().map(|party| self.party_name(party)).collect();
                if blocked.is_empty() {
                    return format!("time ran out; `{from}` becomes `{to}`{said}");
                }
                format!(
                    "time ran out and the text had not reached {}; `{from}` becomes `{to}`",
                    blocked.join(", ")
                )
            }
            StepKind::Recorded => format!("{who}: {act}, noted"),
            StepKind::Counted { have, need } => format!("{who}: {act}, {have} of {need}"),
            StepKind::Late { deadline } => {
                format!("{who}: {act}, too late: the deadline was {deadline}")
            }
            StepKind::Contested { deadline } => {
                format!(
                    "{who}: {act}; the evidence does not show whether it came before {deadline}"
                )
            }
            StepKind::Refused { why } => format!("{who}: {act}, no effect: {}", step_refusal(why)),
        }
    }

    pub(crate) fn party_name(&self, party: &PartyId) -> String {
        let mut named = self.versions.iter().rev().filter_map(|v| v.charter.parties.get(party));
        named.next().map_or_else(|| party.to_string(), |entry| entry.name.clone())
    }

    fn attached_views(&self, id: ProcedureId, cut: &Cut) -> Vec<AttachedView> {
        let mut attached: Vec<(Option<UnixSeconds>, AttachedView)> = self.procedures[id.at()]
            .attached
            .iter()
            .filter(|record| self.is_seen(**record, cut))
            .map(|record| {
                let at = self.interval(*record, cut).map(|interval| interval.at);
                let act = self.act_of(*record);
                let fact = &self.records[record.at()];
                let view = AttachedView {
                    record: self.place_of(*record),
                    kind: self.names.kinds.name(fact.kind).to_string(),
                    author: self.party_of(*record).to_string(),
                    at: at.map(|at| at.to_string()),
                    text: self.terms_of(*record).as_ref().map_or_else(String::new, title_of),
                    supersedes: act.is_some_and(|act| act.supersedes),
                    is_annotation: act.is_some_and(|act| act.annotates.is_some()),
                    refused: self.refusal_view(*record),
                };
                (at, view)
            })
            .collect();
        attached.sort_by(|(a, x), (b, y)| {
            (a, &x.record.log, x.record.index).cmp(&(b, &y.record.log, y.record.index))
        });
        attached.into_iter().map(|(_, view)| view).collect()
    }

    pub(crate) fn refusal_view(&self, id: RecordId) -> Option<RefusalView> {
        if let Some(key) = self.quarantine(id, &Cut::everything()) {
            return Some(RefusalView {
                why: format!("its key `{key}` was lost; it waits to be signed again"),
                article: None,
                quote: None,
            });
        }
        let plain = |why: String| Some(RefusalView { why, article: None, quote: None });
        if let Some(later) = self.records[id.at()].opens.and_then(|id| self.superseded_by(id)) {
            let later = self.versions[later.at()].charter.version;
            return plain(format!(
                "its author opened it under a charter that version {later} had replaced, and had the record that did so"
            ));
        }
        match self.rule_on(id) {
            Ruling::NotInForce { named } => plain(format!(
                "it names the charter `{}`, which is not in force here: it waits until that is proven",
                named.short()
            )),
            Ruling::Beyond { needs } => plain(format!(
                "it puts forward a charter for version {needs} of the fold: this program must be brought up to date to judge it"
            )),
            Ruling::Refused(refusal) => Some(RefusalView {
                why: refusal.why.to_string(),
                quote: refusal.article.as_ref().and_then(|article| self.version(id).quote(article)),
                article: refusal.article.map(|article| article.to_string()),
            }),
            Ruling::Admitted | Ruling::Waiting { .. } | Ruling::Withheld => None,
        }
    }

    /// Returns an article's words under the charter of a procedure.
    pub(crate) fn quote_of(&self, id: ProcedureId, article: &ArticleId) -> Option<String> {
        self.version_of(id).quote(article)
    }

    pub(crate) fn duty_views(&self, id: ProcedureId, cut: &Cut, now: UnixSeconds) -> Vec<DutyView> {
        let owed = self.duties_of(id, &self.runs(id, cut), cut);
        self.duties_as_views(id, owed, now)
    }

    fn duties_as_views(&self, id: ProcedureId, owed: Vec<Owed>, now: UnixSeconds) -> Vec<DutyView> {
        let number = self.number_of(id);
        let name = self.name_of(id).to_string();
        owed.into_iter()
            .filter(|owed| owed.since <= now)
            .map(|owed| {
                let duty = self.version_of(id).charter.duties.get(&owed.duty);
                DutyView {
                    procedure: name.clone(),
                    number: number.clone(),
                    title: duty.map_or_else(String::new, |duty| duty.title.clone()),
                    act: duty.map_or_else(String::new, |duty| duty.act.to_string()),
                    duty: owed.duty.to_string(),
                    owner: owed.owner.to_string(),
                    since: owed.since.to_string(),
                    due: owed.due.to_string(),
                    is_overdue: owed.met_by.is_none() && owed.due <= now,
                    was_late: owed.met_by.as_ref().is_some_and(|(_, at)| *at >= owed.due),
                    met_at: owed.met_by.as_ref().map(|(_, at)| at.to_string()),
                    met_by: owed.met_by.as_ref().map(|(leaf, _)| leaf.to_string()),
                    article: owed.article.map(|article| article.to_string()),
                }
            })
            .collect()
    }

    fn closing_faults(&self, id: ProcedureId) -> Vec<String> {
        let closings = self.procedures[id.at()].closings.iter();
        closings
            .filter_map(|closing| {
                self.check_closing(id, *closing).err().map(|fault| fault.to_string())
            })
            .collect()
    }

    fn charter_version(&self, id: RecordId) -> Option<u32> {
        let named = self.names.charters.name(self.records[id.at()].charter);
        self.charter_named(named).map(|charter| charter.version)
    }

    pub(crate) fn place_of(&self, id: RecordId) -> RecordPlace {
        let fact = &self.records[id.at()];
        RecordPlace {
            log: self.logs[fact.log.at()].origin.to_string(),
            index: u64::from(fact.index),
            leaf: fact.leaf.to_string(),
        }
    }

    pub(crate) fn record_view(&self, id: RecordId) -> RecordView {
        let fact = &self.records[id.at()];
        let cut = Cut::everything();
        let interval = self.interval(id, &cut);
        let quarantined = self.quarantine(id, &cut).is_some();
        let ruling = match fact.standing {
            Standing::Admitted if quarantined => "quarantined",
            Standing::Admitted => "admitted",
            Standing::Refused => "refused",
            Standing::Waiting => "waiting",
            Standing::Withheld => "withheld",
        };
        RecordView {
            record: self.place_of(id),
            kind: self.names.kinds.name(fact.kind).to_string(),
            label: self.names.labels.name(fact.label).to_string(),
            charter: self.names.charters.name(fact.charter).to_string(),
            charter_version: self.charter_version(id),
            author: self.party_of(id).to_string(),
            signer: self
                .names
                .keys
                .names()
                .get(fact.signer as usize)
                .map_or_else(String::new, ToString::to_string),
            time: fact.time.to_string(),
            at: interval.map(|interval| interval.at.to_string()),
            not_before: interval.map(|interval| interval.not_before.to_string()),
            receipts: self
                .receipts(id, &cut)
                .into_iter()
                .map(|(p, t)| (p.to_string(), t.to_string()))
                .collect(),
            about: fact.about.iter().map(ToString::to_string).collect(),
            terms: fact.terms.as_ref().map(|terms| String::from_utf8_lossy(terms).into_owned()),
            ruling: ruling.to_owned(),
            refused: self.refusal_view(id),
            procedure: fact
                .opens
                .or(fact.acts_on)
                .map(|procedure| self.name_of(procedure).to_string()),
            redacted: self.redaction_view(id),
            is_drill: fact.is_drill,
        }
    }
}

fn unit_status(
    unit: &Unit,
    run: &machine::Run,
    state: Option<&veche_charter::model::State>,
) -> UnitStatus {
    let moved = run.steps.len() > unit.run.steps.len() || run.state != unit.run.state;
    match state {
        _ if unit.decision.is_some() => UnitStatus::Decided,
        _ if run.contested.is_some() => UnitStatus::Contested,
        Some(state) if state.outcome.is_some() => UnitStatus::EvidenceOutstanding,
        Some(state) if state.is_final => UnitStatus::Final,
        _ if moved => UnitStatus::Moved,
        _ => UnitStatus::Running,
    }
}

fn deadline_view(deadline: &Deadline, now: UnixSeconds) -> DeadlineView {
    DeadlineView {
        at: deadline.at.to_string(),
        nominal: deadline.nominal.to_string(),
        has_passed: deadline.at <= now,
        extended_for: names(&deadline.extended_for),
        unreached: names(&deadline.unreached),
        waived: names(&deadline.waived),
        blocks: deadline.blocks,
    }
}

pub(crate) fn names<'a>(parties: impl IntoIterator<Item = &'a PartyId>) -> Vec<String> {
    parties.into_iter().map(ToString::to_string).collect()
}

/// Returns the word for an outcome, as records and pages write it.
#[must_use]
pub const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Adopted => "adopted",
        Outcome::Rejected => "rejected",
        Outcome::Lapsed => "lapsed",
    }
}

pub(crate) fn step_refusal(why: &StepRefusal) -> String {
    match why {
        StepRefusal::WrongActor { allowed } => format!("that is for {allowed}"),
        StepRefusal::NoSuchEvent { accepts } if accepts.is_empty() => {
            "nothing can be done in this state".to_owned()
        }
        StepRefusal::NoSuchEvent { accepts } => {
            let accepts: Vec<&str> =
                accepts.iter().map(veche_charter::name::EventName::as_str).collect();
            format!("this state knows only: {}", accepts.join(", "))
        }
        StepRefusal::Final => "the procedure is at its end".to_owned(),
    }
}

/// Returns what to call a record: its title, or the first of the texts that acts usually carry.
pub(crate) fn title_of(terms: &Value) -> String {
    let keys = [
        "title",
        "what",
        "text",
        "reason",
        "service",
        "summary",
        "subject",
        "target",
        "statement",
        "operator",
    ];
    let text = keys.iter().find_map(|key| terms.get(key)?.as_text());
    text.or_else(|| terms.as_map()?.values().find_map(Value::as_text))
        .unwrap_or_default()
        .to_owned()
}

/// Returns the numbers and texts of a proposal's paragraphs.
#[must_use]
pub fn paragraphs(terms: &Value) -> Vec<(u32, String)> {
    let list = terms.get("paragraphs").and_then(Value::as_list).unwrap_or_default();
    let row = |p: &Value| Some((paragraph_number(p)?, p.get("text")?.as_text()?.to_owned()));
    list.iter().filter_map(row).collect()
}

/// Returns the paragraphs that a position names; `None`: all.
#[must_use]
pub fn position_paragraphs(terms: &Value) -> Option<Vec<u32>> {
    paragraph_list(terms)
}
