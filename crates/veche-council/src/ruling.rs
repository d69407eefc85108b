//! Whether the charter lets a record through. A refusal is state: all nodes agree on it, and it names its article.

use crate::council::{Council, is_event};
use crate::fact::{Fact, RecordId, Standing};
use crate::ingest::KeysError;
use crate::version::Version;
use std::fmt;
use veche_charter::act::{Delegated, Denied, FieldValue, Fields, TermsFault};
use veche_charter::amend::AmendError;
use veche_charter::model::{Act, Signature};
use veche_charter::name::ArticleId;
use veche_charter::rule::Roles;
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
    /// The charter has no such kind of act.
    UnknownKind,
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
    /// The author's status or role does not allow the act.
    Denied(Denied),
    /// No such label.
    UnknownLabel {
        /// The label.
        label: Label,
    },
    /// The label is below the lowest that the act may carry.
    LabelTooLow {
        /// The label given.
        label: Label,
        /// The lowest allowed.
        floor: Label,
    },
    /// The terms do not fit the act.
    Terms(Vec<TermsFault>),
    /// The terms are not canonical JSON.
    NotTerms,
    /// The paragraphs cannot each be named.
    Paragraphs,
    /// Signed by another kind of key than the act needs.
    WrongSignature {
        /// What it needs.
        needs: Signature,
    },
    /// Too few officers signed.
    TooFewSignatures {
        /// How many did.
        have: u8,
        /// How many must.
        need: u32,
    },
    /// It is about nothing, and must be.
    AboutNothing,
    /// It is about a record of a kind that it cannot be about.
    AboutKind {
        /// The kind that it is about.
        kind: String,
        /// The kinds that it may be about.
        allowed: String,
    },
    /// It is about a record that was itself refused.
    AboutRefused,
    /// It belongs to an exercise and its matter does not, or the other way round.
    DrillMixed,
    /// The standing delegation does not reach so far, and no decision stands behind the act.
    OutsideDelegation {
        /// What is outside.
        why: String,
    },
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
            Self::UnknownKind => f.write_str("the charter has no act of this kind"),
            Self::OtherCharter { named, opened_under } => {
                let (named, opened_under) = (named.short(), opened_under.short());
                write!(
                    f,
                    "it names the charter `{named}`, and what it is about was opened under `{opened_under}`"
                )
            }
            Self::Amendment(error) => error.fmt(f),
            Self::AmendmentKeys(error) => write!(f, "the new charter's keys: {error}"),
            Self::Denied(denied) => denied.fmt(f),
            Self::UnknownLabel { label } => write!(f, "the charter has no label `{label}`"),
            Self::LabelTooLow { label, floor } => {
                write!(
                    f,
                    "its label `{label}` is below `{floor}`, the lowest that this act may carry"
                )
            }
            Self::Terms(faults) => {
                let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
                f.write_str(&said.join("; "))
            }
            Self::Paragraphs => {
                f.write_str("each paragraph needs a text and a number `n`, and the numbers ascend")
            }
            Self::NotTerms => f.write_str("its terms are not canonical JSON"),
            Self::WrongSignature { needs } => f.write_str(match needs {
                Signature::Officer => "an officer's signature is needed",
                Signature::Node => "the node's signature is needed",
                Signature::Root => "the party's root key must sign",
            }),
            Self::TooFewSignatures { have, need } => {
                write!(f, "{need} officers must sign, {have} did")
            }
            Self::AboutNothing => f.write_str("it does not say what it is about"),
            Self::AboutKind { kind, allowed } => {
                write!(f, "it is about a `{kind}`, and may be about: {allowed}")
            }
            Self::AboutRefused => f.write_str("what it is about was itself refused"),
            Self::DrillMixed => {
                f.write_str("an exercise's records and those of the real world do not mix")
            }
            Self::OutsideDelegation { why } => f.write_str(why),
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
    pub(crate) officers: u8,
    pub(crate) by_node: bool,
    pub(crate) by_root: bool,
}

/// What a record is about, as far as its ruling needs it.
pub(crate) enum About {
    Nothing,
    Refused,
    Kind { kind: String, is_drill: bool },
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
        let Some(act) = version.charter.acts.get(kind) else {
            return refused(None, RefusalKind::UnknownKind);
        };
        if let Some(opened_under) = self.other_charter(fact, act) {
            return refused(
                act.article.as_ref(),
                RefusalKind::OtherCharter { named, opened_under },
            );
        }
        if version.is_drill && !fact.is_drill {
            return refused(None, RefusalKind::DrillMixed);
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
            about: self.about(fact),
            officers: fact.officers,
            by_node: fact.by_node,
            by_root: fact.by_root,
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
        (fact.is_sealed && fact.terms.is_none()) || is_about_withheld
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

    fn about(&self, fact: &Fact) -> About {
        let Some(leaf) = fact.about.first() else { return About::Nothing };
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
            Standing::Refused => About::Refused,
            Standing::Admitted | Standing::Waiting | Standing::Withheld => About::Kind {
                kind: self.names.kinds.name(target.kind).to_string(),
                is_drill: target.is_drill,
            },
        }
    }

    /// Returns what the charter has against a record, the first thing found: who, label, signature, what about, terms,
    /// delegation.
    pub(crate) fn refusal(
        &self,
        kind: &veche_ledger::Kind,
        subject: &Subject<'_>,
    ) -> Option<Refusal> {
        let act = subject.act;
        let refuse =
            |article: &Option<ArticleId>, why| Some(Refusal { article: article.clone(), why });
        if let Err(denied) = subject.version.charter.may(subject.party, kind, None) {
            return refuse(&denied.article.clone(), RefusalKind::Denied(denied));
        }
        if !subject.version.charter.labels.contains_key(subject.label) {
            return refuse(
                &act.article,
                RefusalKind::UnknownLabel { label: subject.label.clone() },
            );
        }
        if let Some(floor) = &act.label_floor
            && !subject.version.charter.label_at_least(subject.label, floor)
        {
            let (label, floor) = (subject.label.clone(), floor.clone());
            return refuse(&act.article, RefusalKind::LabelTooLow { label, floor });
        }
        signature_fault(subject)
            .or_else(|| about_fault(subject))
            .or_else(|| self.terms_fault(subject))
            .or_else(|| self.delegation_fault(kind, subject))
            .map(|(article, why)| Refusal { article: article.or_else(|| act.article.clone()), why })
    }

    fn terms_fault(&self, subject: &Subject<'_>) -> Option<(Option<ArticleId>, RefusalKind)> {
        let mut fields = fields_of(subject.terms);
        if subject.act.opens.is_some() {
            // What opens a procedure may carry its number for people.
            if matches!(fields.get("ref"), Some(FieldValue::Text(_))) {
                fields.remove("ref");
            }
        }
        let faults = subject.version.charter.check_terms(subject.act, &fields);
        if !faults.is_empty() {
            return Some((None, RefusalKind::Terms(faults)));
        }
        if let Some(why) = self.amendment_fault(subject) {
            return Some((None, why));
        }
        let is_sound = !subject.act.per_paragraph || has_sound_paragraphs(subject.terms);
        (!is_sound).then_some((None, RefusalKind::Paragraphs))
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

    fn delegation_fault(
        &self,
        kind: &veche_ledger::Kind,
        subject: &Subject<'_>,
    ) -> Option<(Option<ArticleId>, RefusalKind)> {
        if subject.version.charter.delegations.is_empty() {
            return None;
        }
        match subject.version.charter.delegated(
            subject.party,
            kind,
            &fields_of(subject.terms),
            &Roles::new(),
        ) {
            Delegated::NotNeeded | Delegated::Within(_) => None,
            Delegated::Beyond { article, why } => {
                Some((article, RefusalKind::OutsideDelegation { why }))
            }
        }
    }
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

fn signature_fault(subject: &Subject<'_>) -> Option<(Option<ArticleId>, RefusalKind)> {
    let needs = subject.act.signature;
    let is_signed = match needs {
        Signature::Officer => subject.officers > 0,
        Signature::Node => subject.by_node || subject.officers > 0,
        Signature::Root => subject.by_root,
    };
    if !is_signed {
        return Some((None, RefusalKind::WrongSignature { needs }));
    }
    let need = subject.act.signatures;
    (needs == Signature::Officer && u32::from(subject.officers) < need)
        .then_some((None, RefusalKind::TooFewSignatures { have: subject.officers, need }))
}

fn about_fault(subject: &Subject<'_>) -> Option<(Option<ArticleId>, RefusalKind)> {
    let act = subject.act;
    match &subject.about {
        About::Nothing if act.about_required => Some((None, RefusalKind::AboutNothing)),
        About::Nothing => None,
        About::Refused => Some((None, RefusalKind::AboutRefused)),
        About::Kind { kind, is_drill } => {
            if *is_drill != subject.is_drill {
                return Some((None, RefusalKind::DrillMixed));
            }
            if act.about.is_empty() || act.about.iter().any(|allowed| allowed.as_str() == kind) {
                return None;
            }
            let allowed: Vec<String> = act.about.iter().map(|kind| format!("`{kind}`")).collect();
            let why = RefusalKind::AboutKind { kind: kind.clone(), allowed: allowed.join(", ") };
            Some((None, why))
        }
    }
}
