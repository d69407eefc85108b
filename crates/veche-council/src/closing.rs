//! Closing: a procedure's result over a named cut, with the evidence that nothing is missing from it.
//!
//! The naive rule, "the deadline passed and I saw no objection", adopts over a timely objection that is still on its way.
//! A closing record therefore names a cut, and for each party that was entitled to object carries the head of its log,
//! cosigned after the deadline by its own node ("this is all I have said") and by `q` witnesses ("and we hold it").
//! Every node recomputes the result over that cut; no two can differ.

use crate::certificate::Decisions;
use crate::council::{Council, Log};
use crate::cut::Cut;
use crate::entry::Head;
use crate::evaluate::{Unit, paragraph_list};
use crate::evidence::LogId;
use crate::fact::{ProcedureId, RecordId, Standing};
use crate::held::Over;
use crate::times::{host, witnesses};
use crate::withdrawal::Suspended;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::machine::{self, Run};
use veche_charter::model::{MEMBER, Machine, Outcome};
use veche_charter::name::{ArticleId, Position, StateName};
use veche_ledger::json::Value;
use veche_ledger::{Hash, KeyName, Origin, PartyId, UnixSeconds};

/// What a closing record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingTerms {
    /// Size and root of each log that counts, ascending by log.
    pub cut: Vec<Head>,
    /// For each log of a party entitled to object: who signed its head, and when. Ascending by log.
    pub heads: Vec<HeadEvidence>,
    /// The result for each unit that it decides, ascending by paragraph.
    pub results: Vec<UnitResult>,
}

/// The cosignatures on one head of the cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadEvidence {
    /// The log.
    pub log: Origin,
    /// Its own node's cosignature and those of exactly `q` witnesses, ascending by time, then name.
    pub cosignatures: Vec<HeadCosignature>,
}

/// One cosignature on a head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadCosignature {
    /// When, by the witness's clock.
    pub time: UnixSeconds,
    /// The witness's key.
    pub witness: KeyName,
    /// The signature (C2SP cosignature/v1) in base64.
    pub signature: String,
}

/// The result for one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitResult {
    /// The paragraph; `None` if the procedure is not by paragraph.
    pub paragraph: Option<u32>,
    /// The state reached.
    pub state: StateName,
    /// Whom it binds.
    pub binds: BTreeSet<PartyId>,
}

/// What was decided on one unit, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitDecision {
    /// What it means for the text.
    pub outcome: Outcome,
    /// The state reached.
    pub state: StateName,
    /// When it took effect: the deadline, or the step that ended it.
    pub at: UnixSeconds,
    /// Whom it binds.
    pub binds: BTreeSet<PartyId>,
    /// Parties whose silence counted, or who were left out, though the text had not reached them.
    pub waived: BTreeSet<PartyId>,
    /// The positions that counted, with the record of each that was stated.
    pub positions: BTreeMap<PartyId, (Position, Option<Hash>)>,
    /// Why, in one sentence.
    pub reason: String,
    /// The article that decides.
    pub article: Option<ArticleId>,
    /// The closing record that proves it.
    pub closing: Hash,
}

/// Why a closing record proves nothing. Its author misbehaved, except for `Stalled`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClosingFault {
    /// Its terms are not of their form, or a cosignature or root in it is false.
    #[error("its terms are not of the form of a closing, or a signature or root in them is false")]
    BadTerms,
    /// A log of the cut has not arrived up to there.
    #[error("the log `{log}` is needed up to {size}, and {held} are held")]
    Stalled {
        /// The log.
        log: Origin,
        /// The size that the cut names.
        size: u64,
        /// The size held.
        held: u64,
    },
    /// The cut does not hold the record that it closes.
    #[error("its cut does not hold the record that it closes")]
    OpenerOutside,
    /// A witness inside the cut holds more of a log than the cut does: something is kept back.
    #[error("a witness in the cut holds `{log}` up to {witnessed}, the cut only up to {size}")]
    CutNotClosed {
        /// The log.
        log: Origin,
        /// The size that a witness states.
        witnessed: u64,
        /// The size in the cut.
        size: u64,
    },
    /// A new epoch ended a log, and the cut leaves out what many held of it: it may have counted before.
    #[error(
        "a new epoch ended `{log}`, and the cut leaves out what its witnesses held of it above {size}"
    )]
    EpochHides {
        /// The log.
        log: Origin,
        /// The size in the cut.
        size: u64,
    },
    /// A head is older than the state that it would prove.
    #[error(
        "a head in it is from {head}, and the state was reached at {since}: what its log said since, or in that second, may not be in it"
    )]
    HeadTooOld {
        /// The earliest time on any head.
        head: UnixSeconds,
        /// When the state was entered.
        since: UnixSeconds,
    },
    /// An entitled party's head is missing.
    #[error("the head of `{party}` after the deadline is missing")]
    HeadMissing {
        /// The party.
        party: PartyId,
    },
    /// A head has not exactly the cosignatures that it needs.
    #[error(
        "the head of `{log}` needs its own node's cosignature and those of {quorum} witnesses, each after the deadline"
    )]
    HeadNotCosigned {
        /// The log.
        log: Origin,
        /// How many witnesses it takes.
        quorum: u32,
    },
    /// Too few witnesses of a log have a head, and neither has the log: a statement in it may be missing unseen.
    #[error(
        "neither `{party}` nor enough witnesses of its log have a head: a statement of it may be kept back"
    )]
    WitnessesMissing {
        /// The log's party.
        party: PartyId,
    },
    /// Witnesses that collude could still state times that give another result.
    #[error(
        "by what witnesses that collude may yet state of the times of {}, it could come out otherwise: it stays undecided",
        list(parties)
    )]
    Held {
        /// Whose words, or receipts of the text.
        parties: BTreeSet<PartyId>,
    },
    /// The result would bind a party of which nothing shows that it had the text.
    #[error(
        "it would bind `{party}`, and no receipt in its cut shows that the text has reached its node"
    )]
    Unheard {
        /// The party.
        party: PartyId,
    },
    /// Nothing is decided yet over this cut.
    #[error("nothing is decided yet over its cut")]
    NothingDecided,
    /// The result is not the one that the charter gives over its cut.
    #[error("its results are not those that the charter gives over its cut")]
    ResultsDiffer,
}

impl ClosingTerms {
    /// Reads the terms of a closing record. Each list ascends strictly: a log that is named twice would have two cuts.
    #[must_use]
    pub fn parse(terms: &Value) -> Option<Self> {
        let list = |key: &str| terms.get(key)?.as_list();
        let terms = Self {
            cut: list("cut")?.iter().map(parse_head).collect::<Option<_>>()?,
            heads: list("heads")?.iter().map(parse_evidence).collect::<Option<_>>()?,
            results: list("results")?.iter().map(parse_result).collect::<Option<_>>()?,
        };
        let ascends = terms.cut.is_sorted_by(|a, b| a.log < b.log)
            && terms.heads.is_sorted_by(|a, b| a.log < b.log)
            && terms.results.is_sorted_by(|a, b| a.paragraph < b.paragraph);
        ascends.then_some(terms)
    }

    /// Returns the terms as a value, the form that [`Self::parse`] reads.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let size = |n: u64| Value::int(n).unwrap_or(Value::Int(0));
        let cut = |head: &Head| {
            Value::List(vec![Value::text(&head.log), size(head.size), Value::text(head.root)])
        };
        let line = |c: &HeadCosignature| {
            Value::List(vec![
                Value::text(&c.witness),
                Value::text(c.time),
                Value::text(&c.signature),
            ])
        };
        let head = |head: &HeadEvidence| {
            Value::List(vec![
                Value::text(&head.log),
                Value::List(head.cosignatures.iter().map(line).collect()),
            ])
        };
        let result = |result: &UnitResult| {
            let binds = result.binds.iter().map(Value::text).collect();
            let mut map = BTreeMap::from([
                ("binds".to_owned(), Value::List(binds)),
                ("state".to_owned(), Value::text(&result.state)),
            ]);
            if let Some(number) = result.paragraph {
                map.insert("paragraph".to_owned(), size(u64::from(number)));
            }
            Value::Map(map)
        };
        Value::map([
            ("cut", Value::List(self.cut.iter().map(cut).collect())),
            ("heads", Value::List(self.heads.iter().map(head).collect())),
            ("results", Value::List(self.results.iter().map(result).collect())),
        ])
    }

    /// Returns the earliest time on any head: up to then everybody has spoken for himself.
    fn proven_until(&self) -> UnixSeconds {
        let times = self
            .heads
            .iter()
            .flat_map(|head| &head.cosignatures)
            .map(|cosignature| cosignature.time);
        times.min().unwrap_or_default()
    }
}

pub(crate) fn parse_head(head: &Value) -> Option<Head> {
    let [log, size, root] = head.as_list()? else { return None };
    let (log, root) = (Origin::parse(log.as_text()?).ok()?, Hash::parse(root.as_text()?).ok()?);
    Some(Head { log, size: size.as_size()?, root })
}

fn parse_evidence(head: &Value) -> Option<HeadEvidence> {
    let [log, lines] = head.as_list()? else { return None };
    let cosignatures = lines.as_list()?.iter().map(|line| {
        let [witness, time, signature] = line.as_list()? else { return None };
        Some(HeadCosignature {
            witness: KeyName::parse(witness.as_text()?).ok()?,
            time: UnixSeconds::parse(time.as_text()?).ok()?,
            signature: signature.as_text()?.to_owned(),
        })
    });
    Some(HeadEvidence {
        log: Origin::parse(log.as_text()?).ok()?,
        cosignatures: cosignatures.collect::<Option<_>>()?,
    })
}

fn parse_result(result: &Value) -> Option<UnitResult> {
    let paragraph = match result.get("paragraph") {
        Some(number) => Some(u32::try_from(number.as_size()?).ok()?),
        None => None,
    };
    let binds =
        result.get("binds")?.as_list()?.iter().map(|party| PartyId::parse(party.as_text()?).ok());
    Some(UnitResult {
        paragraph,
        state: StateName::parse(result.get("state")?.as_text()?).ok()?,
        binds: binds.collect::<Option<_>>()?,
    })
}

impl Council {
    /// Returns the terms of a closing record over a cut with these heads.
    ///
    /// # Errors
    /// The first [`ClosingFault`] found; [`ClosingFault::NothingDecided`] also for an unknown procedure.
    pub fn prepare_closing(
        &self,
        procedure: &Hash,
        cut: Vec<Head>,
        heads: Vec<HeadEvidence>,
    ) -> Result<ClosingTerms, ClosingFault> {
        let id = self.procedure_opened_by(procedure).ok_or(ClosingFault::NothingDecided)?;
        let decided = self.decide(id, &cut, &heads, Hash([0; 32]))?;
        let result = |(paragraph, decision): (Option<u32>, UnitDecision)| UnitResult {
            paragraph,
            state: decision.state,
            binds: decision.binds,
        };
        Ok(ClosingTerms { cut, heads, results: decided.into_iter().map(result).collect() })
    }

    /// Returns the decision on each unit that a valid closing record proves. Of several the one proven earliest is named;
    /// they cannot differ in their result.
    pub(crate) fn decisions(&self, id: ProcedureId) -> BTreeMap<Option<u32>, UnitDecision> {
        let mut valid: Vec<(UnixSeconds, RecordId, Decisions)> = Vec::new();
        for closing in &self.procedures[id.at()].closings {
            if let Ok((until, decisions)) = self.check_closing(id, *closing) {
                valid.push((until, *closing, decisions));
            }
        }
        valid.sort_by(|(a, x, _), (b, y, _)| (a, self.origin_of(*x)).cmp(&(b, self.origin_of(*y))));
        let mut decided = BTreeMap::new();
        for (_, _, decisions) in valid {
            for (paragraph, decision) in decisions {
                decided.entry(paragraph).or_insert(decision);
            }
        }
        decided
    }

    pub(crate) fn origin_of(&self, id: RecordId) -> (&Origin, u32) {
        (&self.logs[self.records[id.at()].log.at()].origin, self.records[id.at()].index)
    }

    pub(crate) fn has_stalled_closing(&self, id: ProcedureId) -> bool {
        let stalled = |closing: &RecordId| {
            matches!(self.check_closing(id, *closing), Err(ClosingFault::Stalled { .. }))
        };
        self.procedures[id.at()].closings.iter().any(stalled)
    }

    /// Recomputes what a closing record claims.
    pub(crate) fn check_closing(
        &self,
        id: ProcedureId,
        closing: RecordId,
    ) -> Result<(UnixSeconds, Decisions), ClosingFault> {
        let terms = self
            .terms_of(closing)
            .as_ref()
            .and_then(ClosingTerms::parse)
            .ok_or(ClosingFault::BadTerms)?;
        let decided = self.decide(id, &terms.cut, &terms.heads, self.records[closing.at()].leaf)?;
        let claimed: BTreeMap<_, _> =
            terms.results.iter().map(|r| (r.paragraph, (&r.state, &r.binds))).collect();
        let computed: BTreeMap<_, _> =
            decided.iter().map(|(p, d)| (*p, (&d.state, &d.binds))).collect();
        if self.naive.trusts_author_clock {
            return Ok((terms.proven_until(), decided));
        }
        if claimed != computed || terms.results.len() != decided.len() {
            return Err(ClosingFault::ResultsDiffer);
        }
        Ok((terms.proven_until(), decided))
    }

    /// Works out what is decided over a cut with these heads.
    ///
    /// # Errors
    /// The first [`ClosingFault`] found: cut not held, opener outside, cut not closed, heads missing or not cosigned,
    /// nothing decided.
    pub(crate) fn decide(
        &self,
        id: ProcedureId,
        heads: &[Head],
        evidence: &[HeadEvidence],
        closing: Hash,
    ) -> Result<Vec<(Option<u32>, UnitDecision)>, ClosingFault> {
        let cut =
            if self.naive.trusts_author_clock { Cut::everything() } else { self.cut_of(heads)? };
        let opener = &self.records[self.procedures[id.at()].opener.at()];
        if !cut.holds(opener.log, u64::from(opener.index)) {
            return Err(ClosingFault::OpenerOutside);
        }
        let cosigned = self.check_heads(&self.version_of(id).charter, evidence, &cut)?;
        let headed: BTreeSet<PartyId> = cosigned.keys().cloned().collect();
        self.check_closed(id, &cut, &headed)?;
        self.check_unheard(id, &headed)?;
        let times = evidence.iter().flat_map(|head| &head.cosignatures).map(|line| line.time);
        let until = times.min().ok_or(ClosingFault::NothingDecided)?;
        let machine = self.machine_of(id).ok_or(ClosingFault::NothingDecided)?;
        let mut decided = Vec::new();
        let mut lacks = None;
        let opener = self.procedures[id.at()].opener;
        for unit in self.runs(id, &cut).into_iter().filter(|unit| !unit.suspended.holds(opener)) {
            let end = self.with_setting(id, &cut, false, |machine, setting, _, _| {
                machine::view(machine, setting, &unit.run, until)
            });
            let Some(end) = end else { continue };
            // What ended it was held at that second: whoever signs his head within it may say more within it, and what
            // others said then may stand before it. A clock's end is not so: what is held at that second is late.
            let is_old = if end.is_by_clock() { until < end.since } else { until <= end.since };
            if is_old && !self.naive.takes_old_heads && !self.naive.trusts_author_clock {
                let fault = ClosingFault::HeadTooOld { head: until, since: end.since };
                lacks = lacks.or(Some(fault));
                continue;
            }
            match self.unit_decision(id, machine, &unit, end.clone(), &cut, &cosigned, closing) {
                Ok(None) => {}
                // Another unit may need fewer heads: this one is left for a later closing.
                Err(fault) => lacks = lacks.or(Some(fault)),
                Ok(Some(decision)) => {
                    let over = Over { id, cut: &cut, headed: &headed, until };
                    let parties = self.held_on(&over, &unit, &end, &decision.binds);
                    if parties.is_empty() {
                        decided.push((unit.paragraph, decision));
                    } else {
                        lacks = lacks.or(Some(ClosingFault::Held { parties }));
                    }
                }
            }
        }
        if decided.is_empty() {
            return Err(lacks.unwrap_or(ClosingFault::NothingDecided));
        }
        Ok(decided)
    }

    /// Checks that no statement of consequence can be outside the cut: of a party whose head is not in the closing, as many
    /// witnesses have said all that they held that one of them is honest and names it.
    fn check_unheard(
        &self,
        id: ProcedureId,
        headed: &BTreeSet<PartyId>,
    ) -> Result<(), ClosingFault> {
        let opener = &self.records[self.procedures[id.at()].opener.at()];
        let label = self.names.labels.name(opener.label);
        let version = self.version_of(id);
        let is_open = |party: &&PartyId| {
            !headed.contains(*party) && self.sure_receipts(version, party, label, headed) == 0
        };
        match version.charter.parties.keys().find(is_open) {
            Some(party)
                if !self.naive.trusts_author_clock && !self.naive.certifies_what_may_turn =>
            {
                Err(ClosingFault::WitnessesMissing { party: party.clone() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Turns the heads of a cut into sizes of logs held here.
    fn cut_of(&self, heads: &[Head]) -> Result<Cut, ClosingFault> {
        let mut cut = Cut::nothing();
        for head in heads {
            let held = self.size_of(&head.log);
            let Some(log) = self.by_origin.get(&head.log) else {
                return Err(ClosingFault::Stalled { log: head.log.clone(), size: head.size, held });
            };
            if head.size > held {
                return Err(ClosingFault::Stalled { log: head.log.clone(), size: head.size, held });
            }
            cut.set(*log, head.size);
        }
        Ok(cut)
    }

    /// Checks that no witness inside the cut states that it holds more than the cut does. Of a log that a new epoch ended,
    /// what stands must be there; beyond it witnesses may have seen different histories, and only so few of them may have
    /// seen more than the cut shows that no statement out there can ever have counted.
    fn check_closed(
        &self,
        procedure: ProcedureId,
        cut: &Cut,
        headed: &BTreeSet<PartyId>,
    ) -> Result<(), ClosingFault> {
        let version = self.version_of(procedure);
        let label = &version.charter.default_label;
        for (at, log) in self.logs.iter().enumerate() {
            if !self.is_of_law(procedure, &log.party) {
                continue;
            }
            let id = LogId(u16::try_from(at).unwrap_or(u16::MAX));
            let size = cut.size(id).unwrap_or(u64::MAX);
            let standing = self.ended_at(log, cut);
            let mut beyond = BTreeSet::new();
            for (witness, receipts) in &log.evidence.by_witness {
                let by = &self.logs[witness.at()];
                let end = self.ended_at(by, cut).unwrap_or(u64::MAX);
                let limit = cut.size(*witness).unwrap_or(u64::MAX).min(end);
                // What is claimed of more than is held here tells of more, too.
                let claimed = log.claims.largest_stated_below(*witness, limit);
                let stated = receipts.largest_stated_below(limit).max(claimed);
                let witnessed = stated.min(standing.unwrap_or(u64::MAX));
                if witnessed > size {
                    let log = log.origin.clone();
                    return Err(ClosingFault::CutNotClosed { log, witnessed, size });
                }
                if stated > size && version.audience.witnesses(&log.party).contains(&by.party) {
                    beyond.insert(&by.party);
                }
            }
            if standing.is_none() || self.naive.lets_epochs_hide {
                continue;
            }
            let sure = self.sure_receipts(version, &log.party, label, headed);
            if sure == 0 {
                return Err(ClosingFault::WitnessesMissing { party: log.party.clone() });
            }
            if beyond.len() >= sure {
                return Err(ClosingFault::EpochHides { log: log.origin.clone(), size });
            }
        }
        Ok(())
    }

    /// Returns the size up to which a log stands, if a new epoch inside the cut has ended it.
    pub(crate) fn ended_at(&self, log: &Log, cut: &Cut) -> Option<u64> {
        let (size, by, index) = log.ends_at?;
        cut.holds(by, u64::from(index)).then_some(size)
    }

    /// Checks each head's cosignatures and returns the earliest time on it, by party: its own node's, and exactly `q`
    /// witnesses'. Exactly, so that a certificate with one more or one less is another file. The head of a log that has
    /// ended says nothing about what its party says now.
    fn check_heads(
        &self,
        charter: &Charter,
        evidence: &[HeadEvidence],
        cut: &Cut,
    ) -> Result<BTreeMap<PartyId, UnixSeconds>, ClosingFault> {
        let quorum = charter.witnessing.quorum;
        let mut cosigned = BTreeMap::new();
        for head in evidence {
            let fault = || ClosingFault::HeadNotCosigned { log: head.log.clone(), quorum };
            let owner = PartyId::parse(head.log.party()).map_err(|_| fault())?;
            let signers: Vec<PartyId> =
                head.cosignatures.iter().filter_map(|c| party_of_key(&c.witness)).collect();
            let distinct: BTreeSet<&PartyId> = signers.iter().collect();
            let others = distinct.iter().filter(|party| witnesses(charter, party, &owner)).count();
            // The node that keeps the log speaks for it: of a hosted party, its host's.
            let keeper = charter.parties.get(&owner).map_or(&owner, |entry| host(&owner, entry));
            let is_sorted = head.cosignatures.is_sorted();
            let is_exact = distinct.len() == head.cosignatures.len() && others == quorum as usize;
            if !is_sorted || !is_exact || !distinct.contains(keeper) || distinct.len() != others + 1
            {
                return Err(fault());
            }
            // A head outside the cut is one that nobody has checked.
            let log = self.by_origin.get(&head.log).ok_or_else(fault)?;
            if cut.size(*log) == Some(0) {
                return Err(fault());
            }
            let earliest = head.cosignatures.iter().map(|c| c.time).min().unwrap_or_default();
            if self.ended_at(&self.logs[log.at()], cut).is_none() {
                cosigned.insert(owner, earliest);
            }
        }
        Ok(cosigned)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one evaluation, each of its own type"
    )]
    fn unit_decision(
        &self,
        id: ProcedureId,
        machine: &Machine,
        unit: &Unit,
        end: Run,
        cut: &Cut,
        cosigned: &BTreeMap<PartyId, UnixSeconds>,
        closing: Hash,
    ) -> Result<Option<UnitDecision>, ClosingFault> {
        let Some(state) = machine.states.get(&end.state) else { return Ok(None) };
        let Some(outcome) = state.outcome else { return Ok(None) };
        if end.contested.is_some() {
            return Ok(None);
        }
        let waived =
            unit.run.deadline.as_ref().map(|deadline| deadline.waived.clone()).unwrap_or_default();
        let eligible = self.eligible(id, &end);
        for party in eligible.difference(&waived) {
            let earliest = cosigned
                .get(party)
                .ok_or_else(|| ClosingFault::HeadMissing { party: party.clone() })?;
            if *earliest < end.since {
                return Err(ClosingFault::HeadMissing { party: party.clone() });
            }
        }
        let binds = self.binds(id, unit, outcome, &end, cut);
        let unheard = self.unheard(id, &end, &binds, &waived, cut).next();
        if let Some(party) = unheard {
            return Err(ClosingFault::Unheard { party });
        }
        Ok(Some(UnitDecision {
            outcome,
            state: end.state.clone(),
            at: end.since,
            binds,
            waived,
            positions: self.counted(&end),
            reason: self.reason(&end),
            article: state.article.clone().or_else(|| machine.article.clone()),
            closing,
        }))
    }

    /// Returns the parties that a result would bind though nothing in the cut shows that they had the text. A clock's silence asks for
    /// that itself; a vote at a meeting does not, and binds those who were not there.
    pub(crate) fn unheard(
        &self,
        id: ProcedureId,
        end: &Run,
        binds: &BTreeSet<PartyId>,
        waived: &BTreeSet<PartyId>,
        cut: &Cut,
    ) -> impl Iterator<Item = PartyId> {
        let asks_nobody = end.verdict.as_ref().is_some_and(|verdict| verdict.binds_unheard)
            || self.naive.binds_unheard
            || self.naive.trusts_author_clock;
        let receipts = self.opening_receipts(id, end.since, cut);
        let mut unheard = if asks_nobody { BTreeSet::new() } else { binds.clone() };
        unheard.retain(|party| {
            !receipts.contains_key(party)
                && !end.positions.contains_key(party)
                && !waived.contains(party)
        });
        unheard.into_iter()
    }

    /// Returns who was entitled to a say: the rule's eligible, or every member.
    pub(crate) fn eligible(&self, id: ProcedureId, run: &Run) -> BTreeSet<PartyId> {
        match &run.verdict {
            Some(verdict) => verdict.eligible.clone(),
            None => self.members(id),
        }
    }

    /// Returns the parties of status `member` under the charter of a procedure.
    pub(crate) fn members(&self, id: ProcedureId) -> BTreeSet<PartyId> {
        let is_member =
            |(_, party): &(&PartyId, &veche_charter::model::Party)| party.status.as_str() == MEMBER;
        self.version_of(id)
            .charter
            .parties
            .iter()
            .filter(is_member)
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Returns whom an adopted unit binds: whom the rule says, without those whose reservation takes them out.
    pub(crate) fn binds(
        &self,
        id: ProcedureId,
        unit: &Unit,
        outcome: Outcome,
        run: &Run,
        cut: &Cut,
    ) -> BTreeSet<PartyId> {
        self.bound(id, cut, unit.paragraph, outcome, run, &unit.suspended, &|record| {
            self.interval(record, cut).map(|interval| interval.at)
        })
    }

    /// As [`Self::binds`], with the times of reservations as given. One made once the decision stands comes too late: else
    /// a second closing would bind others than the first.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one evaluation, each of its own type"
    )]
    pub(crate) fn bound(
        &self,
        id: ProcedureId,
        cut: &Cut,
        paragraph: Option<u32>,
        outcome: Outcome,
        run: &Run,
        suspended: &Suspended,
        time_of: &dyn Fn(RecordId) -> Option<UnixSeconds>,
    ) -> BTreeSet<PartyId> {
        if outcome != Outcome::Adopted {
            return BTreeSet::new();
        }
        let mut bound = match &run.verdict {
            Some(verdict) => verdict.bound.clone(),
            None => self.members(id),
        };
        for record in &self.procedures[id.at()].attached {
            let fact = &self.records[record.at()];
            let takes_out = self
                .act_of(*record)
                .and_then(|act| act.annotates)
                .is_some_and(|a| a.changes_binding);
            if !takes_out
                || fact.charter != self.records[self.procedures[id.at()].opener.at()].charter
                || !cut.holds(fact.log, u64::from(fact.index))
                || !self.is_seen(*record, cut)
                || fact.standing != Standing::Admitted
                || suspended.holds(*record)
                || !self.reaches(id, fact)
            {
                continue;
            }
            let touched = self.terms_of(*record).as_ref().and_then(paragraph_list);
            let touches = paragraph.is_none()
                || touched.is_none_or(|list| paragraph.is_some_and(|n| list.contains(&n)));
            if touches && time_of(*record).is_some_and(|at| at < run.since) {
                bound.remove(self.party_of(*record));
            }
        }
        bound
    }

    /// Returns each party's position as it counted, with the record that states it.
    fn counted(&self, run: &Run) -> BTreeMap<PartyId, (Position, Option<Hash>)> {
        let leaf = |reference: &u64| {
            let id = usize::try_from(*reference).unwrap_or(usize::MAX);
            self.records.get(id).map(|fact| fact.leaf)
        };
        let mut counted: BTreeMap<PartyId, (Position, Option<Hash>)> = run
            .positions
            .iter()
            .map(|(party, stated)| {
                (party.clone(), (stated.position.clone(), leaf(&stated.reference)))
            })
            .collect();
        if let Some(verdict) = &run.verdict {
            for (party, position) in &verdict.counted {
                counted.entry(party.clone()).or_insert_with(|| (position.clone(), None));
            }
        }
        counted
    }

    fn reason(&self, run: &Run) -> String {
        if let Some(verdict) = &run.verdict {
            return verdict.reason.clone();
        }
        // What came after the end changed nothing: it is no reason.
        let deciding = run.steps.iter().rfind(|step| crate::why::matters(&step.what));
        deciding.map_or_else(String::new, |step| self.step_sentence(step))
    }
}

fn list(parties: &BTreeSet<PartyId>) -> String {
    let quoted: Vec<String> = parties.iter().map(|party| format!("`{party}`")).collect();
    quoted.join(", ")
}

/// Returns the party in a key's name: `organisation/party/role`.
pub(crate) fn party_of_key(key: &KeyName) -> Option<PartyId> {
    PartyId::parse(key.as_str().split('/').nth(1)?).ok()
}
