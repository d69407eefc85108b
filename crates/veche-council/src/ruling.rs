//! Whether the charter lets a record through. A refusal is state: all nodes agree on it, and it names its article.

use crate::council::{Council, is_event};
use crate::entry::REDACTION;
use crate::fact::{Fact, RecordId, Standing};
use crate::ingest::KeysError;
use crate::redaction::RedactionFault;
use crate::sharing::gives;
use crate::version::Version;
use std::fmt;
use veche_charter::act::{FieldValue, Fields};
use veche_charter::amend::AmendError;
use veche_charter::marking::Marking;
use veche_charter::model::Act;
use veche_charter::name::ArticleId;
use veche_charter::statement::{About, Objection, ObjectionKind, Signers, Statement};
use veche_ledger::json::Value;
use veche_ledger::{Hash, Label, PartyId};

/// How a record stands before the charter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// The charter lets it through. What it then does to a procedure is the machine's to say.
    Admitted,
    /// The charter does not let it through; it is kept, and has no effect.
    Refused(Refusal),
    /// What it is about is not held here yet.
    Waiting {
        /// The leaf that is missing.
        missing: Hash,
    },
    /// Its terms are not held here: its label is above this node's, or they were redacted.
    Withheld,
    /// It names a charter that is not in force here: none that there is, or one whose adoption is not proven yet.
    NotInForce {
        /// What it names.
        named: Hash,
    },
    /// It puts forward a charter that only a later program understands.
    Beyond {
        /// The version of the fold that the charter asks for.
        needs: u32,
    },
}

/// Why the charter does not let a record through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The article that says so.
    pub article: Option<ArticleId>,
    /// What is wrong.
    pub why: RefusalKind,
}

/// What is wrong with a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusalKind {
    /// The charter itself is against it.
    Charter(ObjectionKind),
    /// The record names another charter than the matter that it is about.
    OtherCharter {
        /// What it names.
        named: Hash,
        /// What the matter was opened under.
        opened_under: Hash,
    },
    /// It puts forward a charter that cannot be one, or cannot follow on the one in force.
    Amendment(AmendError),
    /// It puts forward a charter whose keys cannot be read.
    AmendmentKeys(KeysError),
    /// The terms are not canonical JSON.
    NotTerms,
    /// The paragraphs cannot each be named.
    Paragraphs,
    /// It is about a record of a group, and its own label is not at least that.
    BelowGroup {
        /// Its label.
        label: Label,
        /// The label of what it is about.
        of: Label,
    },
    /// It releases a record of another party, or ends such a release, and is not decided by anybody.
    NotOriginator {
        /// Whose record it is.
        originator: PartyId,
    },
    /// It ends a release that was decided.
    WasDecided,
    /// It takes back words that it cannot.
    Redaction(RedactionFault),
}

impl Ruling {
    pub(crate) const fn standing(&self) -> Standing {
        match self {
            Self::Admitted => Standing::Admitted,
            Self::Refused(_) => Standing::Refused,
            Self::Waiting { .. } | Self::NotInForce { .. } => Standing::Waiting,
            Self::Withheld | Self::Beyond { .. } => Standing::Withheld,
        }
    }
}

impl fmt::Display for RefusalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Charter(objection) => objection.fmt(f),
            Self::OtherCharter { named, opened_under } => {
                let (named, opened_under) = (named.short(), opened_under.short());
                write!(
                    f,
                    "it names the charter `{named}`, and what it is about was opened under `{opened_under}`"
                )
            }
            Self::Amendment(error) => error.fmt(f),
            Self::AmendmentKeys(error) => write!(f, "the new charter's keys: {error}"),
            Self::Paragraphs => {
                f.write_str("each paragraph needs a text and a number `n`, and the numbers ascend")
            }
            Self::BelowGroup { label, of } => write!(
                f,
                "its label `{label}` does not hold what it is about, which is for `{of}`: name that group too"
            ),
            Self::NotOriginator { originator } => write!(
                f,
                "the record is of `{originator}`, who alone may give it to others or take that back without a decision"
            ),
            Self::WasDecided => {
                f.write_str("the release was decided, and ends by a decision as it began")
            }
            Self::NotTerms => f.write_str("its terms are not canonical JSON"),
            Self::Redaction(fault) => fault.fmt(f),
        }
    }
}

/// What a record's fitness for the charter depends on, apart from the charter: so that a draft can be asked about too.
pub(crate) struct Subject<'a> {
    pub(crate) version: &'a Version,
    pub(crate) party: &'a PartyId,
    pub(crate) act: &'a Act,
    pub(crate) label: &'a Label,
    pub(crate) terms: &'a Value,
    pub(crate) is_drill: bool,
    pub(crate) about: About,
    pub(crate) target: Option<Target<'a>>,
    pub(crate) signers: Signers,
}

/// The record that another is first about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) author: &'a PartyId,
    pub(crate) label: &'a Label,
    pub(crate) is_sealed: bool,
    /// True if it is to be decided: then its author alone says nothing.
    pub(crate) opens: bool,
}

impl Council {
    /// Works out how a record stands. The answer never changes once what it is about is here.
    pub(crate) fn rule_on(&self, id: RecordId) -> Ruling {
        let fact = &self.records[id.at()];
        if let Some(missing) = self.missing_target(fact) {
            return Ruling::Waiting { missing };
        }
        if self.is_withheld(fact) {
            return Ruling::Withheld;
        }
        let kind = self.names.kinds.name(fact.kind);
        let refused = |article: Option<&ArticleId>, why| {
            Ruling::Refused(Refusal { article: article.cloned(), why })
        };
        let named = *self.names.charters.name(fact.charter);
        let Some(version) = self.version_named(&named) else {
            return Ruling::NotInForce { named };
        };
        let version = &self.versions[version.at()];
        if kind.as_str() == REDACTION {
            return match self.redaction_fault(id) {
                _ if fact.terms.is_none() => Ruling::Withheld,
                None => Ruling::Admitted,
                Some(fault) => refused(None, RefusalKind::Redaction(fault)),
            };
        }
        let Some(act) = version.charter.acts.get(kind) else {
            return refused(None, RefusalKind::Charter(ObjectionKind::UnknownKind));
        };
        if let Some(opened_under) = self.other_charter(fact, act) {
            return refused(
                act.article.as_ref(),
                RefusalKind::OtherCharter { named, opened_under },
            );
        }
        if version.is_drill && !fact.is_drill {
            return refused(None, RefusalKind::Charter(ObjectionKind::DrillMixed));
        }
        if fact.terms.is_none() {
            return Ruling::Withheld;
        }
        let Some(terms) = self.terms_of(id) else {
            return refused(act.article.as_ref(), RefusalKind::NotTerms);
        };
        let subject = Subject {
            version,
            party: self.party_of(id),
            act,
            label: self.names.labels.name(fact.label),
            terms: &terms,
            is_drill: fact.is_drill,
            about: self.about(fact.about.first(), gives(act)),
            target: self.target_of(fact.about.first()),
            signers: Signers {
                officers: fact.officers,
                by_node: fact.by_node,
                by_root: fact.by_root,
            },
        };
        match self.refusal(kind, &subject) {
            None => Ruling::Admitted,
            Some(Refusal {
                why: RefusalKind::Amendment(AmendError::NewerFold { needs }), ..
            }) => Ruling::Beyond { needs },
            Some(refusal) => Ruling::Refused(refusal),
        }
    }

    /// Returns the charter that a matter was opened under, if a record that speaks on it names another. What opens a matter of
    /// its own and does nothing to the one that it is about names the charter of its own time.
    fn other_charter(&self, fact: &Fact, act: &Act) -> Option<Hash> {
        if act.opens.is_some() && !is_event(act) {
            return None;
        }
        let opener = self.procedures[fact.acts_on?.at()].opener;
        let opened_under = self.records[opener.at()].charter;
        (opened_under != fact.charter).then(|| *self.names.charters.name(opened_under))
    }

    /// A sealed record that this node cannot open, or one about such a record: nothing can be said of it here.
    fn is_withheld(&self, fact: &Fact) -> bool {
        let target = fact.about.first().and_then(|leaf| self.by_leaf.get(leaf));
        let is_about_withheld =
            target.is_some_and(|id| matches!(self.records[id.at()].standing, Standing::Withheld));
        // A release says nothing of what is in the record: who cannot read that must see the release all the same.
        let releases = || {
            let act = self.charter_named(self.names.charters.name(fact.charter));
            let act = act.and_then(|c| c.acts.get(self.names.kinds.name(fact.kind)));
            act.is_some_and(|act| gives(act) && act.releases.is_some())
        };
        (fact.is_sealed && fact.terms.is_none()) || (is_about_withheld && !releases())
    }

    pub(crate) fn target_of(&self, leaf: Option<&Hash>) -> Option<Target<'_>> {
        let leaf = leaf?;
        let id = match self.spawned.get(leaf) {
            Some(procedure) => self.procedures[procedure.at()].opener,
            None => *self.by_leaf.get(leaf)?,
        };
        let fact = &self.records[id.at()];
        Some(Target {
            author: self.party_of(id),
            label: self.names.labels.name(fact.label),
            is_sealed: fact.is_sealed,
            opens: self.act_of(id).is_some_and(|act| act.opens.is_some()),
        })
    }

    fn missing_target(&self, fact: &Fact) -> Option<Hash> {
        let leaf = fact.about.first()?;
        if self.spawned.contains_key(leaf) {
            return None;
        }
        match self.by_leaf.get(leaf) {
            Some(target) if !matches!(self.records[target.at()].standing, Standing::Waiting) => {
                None
            }
            _ => Some(*leaf),
        }
    }

    /// Returns what a record with this reference is about. `gives`: it releases that, whatever came of it before the charter.
    pub(crate) fn about(&self, leaf: Option<&Hash>, gives: bool) -> About {
        let Some(leaf) = leaf else { return About::Nothing };
        if let Some(procedure) = self.spawned.get(leaf) {
            let procedure = &self.procedures[procedure.at()];
            let opener = &self.records[procedure.opener.at()];
            let kind = procedure
                .spawned
                .as_ref()
                .map_or_else(String::new, |spawned| spawned.kind.to_string());
            return About::Kind { kind, is_drill: opener.is_drill };
        }
        let Some(target) = self.by_leaf.get(leaf).map(|id| &self.records[id.at()]) else {
            return About::Nothing;
        };
        match target.standing {
            Standing::Refused if !gives => About::Refused,
            Standing::Admitted | Standing::Refused | Standing::Waiting | Standing::Withheld => {
                About::Kind {
                    kind: self.names.kinds.name(target.kind).to_string(),
                    is_drill: target.is_drill,
                }
            }
        }
    }

    /// Returns what stands against a record, the first thing found: what the charter has against it, then the charter or the
    /// text that it puts forward.
    pub(crate) fn refusal(
        &self,
        kind: &veche_ledger::Kind,
        subject: &Subject<'_>,
    ) -> Option<Refusal> {
        let statement = Statement {
            party: subject.party,
            kind,
            label: subject.label,
            // Roles are the machine's to ask, at the time of the event.
            roles: None,
            signers: subject.signers,
            about: &subject.about,
            is_drill: subject.is_drill,
            fields: &fields_of(subject.terms),
        };
        if let Some(Objection { article, why }) = subject.version.charter.objection(&statement) {
            return Some(Refusal { article, why: RefusalKind::Charter(why) });
        }
        let is_sound = !subject.act.per_paragraph || has_sound_paragraphs(subject.terms);
        let why = sharing_fault(subject)
            .or_else(|| self.amendment_fault(subject))
            .or_else(|| (!is_sound).then_some(RefusalKind::Paragraphs))?;
        Some(Refusal { article: subject.act.article.clone(), why })
    }

    /// A charter with faults is refused before anybody votes on it.
    fn amendment_fault(&self, subject: &Subject<'_>) -> Option<RefusalKind> {
        if !subject.act.amends {
            return None;
        }
        match self.amended(subject.version, subject.terms) {
            Err(error) => Some(RefusalKind::Amendment(error)),
            Ok(next) => crate::ingest::keyring(&next).err().map(RefusalKind::AmendmentKeys),
        }
    }
}

/// Whoever may not give a record to others, or would say more of a group's record than its label lets out.
fn sharing_fault(subject: &Subject<'_>) -> Option<RefusalKind> {
    let (act, target) = (subject.act, subject.target?);
    let is_theirs = target.author == subject.party;
    let not_originator = || RefusalKind::NotOriginator { originator: target.author.clone() };
    if gives(act) && act.releases.is_some() {
        return (!is_theirs).then(not_originator);
    }
    if gives(act) {
        return match target.opens {
            true => Some(RefusalKind::WasDecided),
            false => (!is_theirs).then(not_originator),
        };
    }
    let has_group = Marking::of(target.label).is_some_and(|marking| marking.group.is_some());
    let is_narrow = has_group || (act.withdraws && target.is_sealed);
    let holds = subject.version.charter.label_at_least(subject.label, target.label);
    (is_narrow && !holds)
        .then(|| RefusalKind::BelowGroup { label: subject.label.clone(), of: target.label.clone() })
}

/// Returns true if the paragraphs are objects with a text and numbers that ascend: each can be named, and only once.
fn has_sound_paragraphs(terms: &Value) -> bool {
    let list = terms.get("paragraphs").and_then(Value::as_list).unwrap_or_default();
    let numbers: Vec<Option<u32>> = list.iter().map(crate::evaluate::paragraph_number).collect();
    let has_text = |paragraph: &Value| paragraph.get("text").and_then(Value::as_text).is_some();
    !list.is_empty()
        && list.len() <= crate::evaluate::PARAGRAPHS_MAX
        && list.iter().all(has_text)
        && numbers.iter().all(Option::is_some)
        && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

/// Returns the fields of terms as the charter checks them.
pub(crate) fn fields_of(terms: &Value) -> Fields<'_> {
    let mut fields = Fields::new();
    for (name, value) in terms.as_map().into_iter().flatten() {
        let value = match value {
            Value::Text(text) => FieldValue::Text(text),
            Value::Bool(flag) => FieldValue::Bool(*flag),
            Value::Int(number) => FieldValue::Int(*number),
            Value::Map(_) => FieldValue::Map,
            Value::List(items) => {
                match items.iter().map(Value::as_text).collect::<Option<Vec<&str>>>() {
                    Some(texts) => FieldValue::Texts(texts),
                    None => FieldValue::List(items.len()),
                }
            }
        };
        fields.insert(name.as_str(), value);
    }
    fields
}
