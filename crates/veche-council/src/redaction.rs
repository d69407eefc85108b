//! Words that their author takes back: what is blotted out of a record, what is left of it, and what stands in place of its content
//! (`formats/record.md`, section 8).
//!
//! Terms are one commitment, and the fold needs some of them. So a redaction repeats the terms with a mark where words were: the *rest*. Who
//! holds the content compares, and goes on with the rest; who does not has it from the redaction, which its author signed.
//!
//! **Invariant:** the fold of a record with its content and of one with the rest differ in no state: only fields that no rule reads are blotted out.

use crate::council::Council;
use crate::entry::REDACTION;
use crate::fact::{RecordId, Standing};
use crate::ingest::IngestError;
use std::collections::BTreeMap;
use std::fmt;
use veche_charter::model::{Act, FieldForm};
use veche_ledger::commit::{Domain, Opening, OpeningError};
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::record::{Record, Signed};
use veche_ledger::sync::OPENING_LEN_MAX;
use veche_ledger::{Hash, Keyring, Kind, LeafIndex, Origin, UnixSeconds};

/// What stands where words were.
pub const MARK: &str = "[redacted]";

/// Longest reason, in bytes.
pub const REASON_LEN_MAX: usize = 1000;

/// The first 32 bytes of what stands in place of a content: SHA-256 of this.
const TAG_OF: &[u8] = b"veche/redacted/v1";

/// What is wrong with a redaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RedactionFault {
    /// Its terms have not the fields of one.
    Form,
    /// The record is not here, or stands in another log or behind it.
    NotBefore,
    /// It is none of the charter's acts.
    NoAct,
    /// It travels sealed.
    Sealed,
    /// It moves a matter, makes a group, or puts forward a text: what it says is what counts.
    Counts,
    /// Another label than that of the record.
    OtherLabel,
    /// No officer signed it.
    NoOfficer,
    /// The field has a meaning for the charter, or none of this name holds words.
    Field(String),
    /// The rest is not the record's terms with marks in these fields.
    OtherRest,
    /// What would stand in place of the content is too long.
    TooLong,
}

impl fmt::Display for RedactionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("it does not say which record, fields, reason and rest"),
            Self::NotBefore => {
                f.write_str("the record is not here, or not before it in its own log: only who said a thing takes words of it back, in the same log")
            }
            Self::NoAct => f.write_str("the record is no act of its charter"),
            Self::Sealed => f.write_str("the record travels sealed: its words cannot be taken back one by one"),
            Self::Counts => f.write_str(
                "it moves a matter, gives somebody to read, or is itself decided: what it says is what counts, and stays"
            ),
            Self::OtherLabel => f.write_str("its label is not that of the record"),
            Self::NoOfficer => f.write_str("no officer signed it"),
            Self::Field(name) => write!(f, "field `{name}` holds no words that can be taken back"),
            Self::OtherRest => f.write_str("what it leaves is not what the record says elsewhere"),
            Self::TooLong => f.write_str("record and reason are too long together"),
        }
    }
}

/// What a redaction says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionTerms {
    /// The record's leaf.
    pub record: Hash,
    /// The fields whose words are taken back.
    pub fields: Vec<String>,
    /// Why: whoever reads the record reads it.
    pub reason: String,
    /// What is left of the terms.
    pub rest: Value,
}

impl RedactionTerms {
    /// Reads a redaction's terms; `None` if they are of another form.
    #[must_use]
    pub fn read(terms: &Value) -> Option<Self> {
        let fields = terms.get("fields")?.as_list().filter(|fields| !fields.is_empty())?;
        let fields = fields.iter().map(|field| field.as_text().map(str::to_owned));
        let reason = terms.get("reason")?.as_text()?;
        let rest = terms.get("rest").filter(|rest| rest.as_map().is_some())?;
        let is_whole = terms.as_map()?.len() == 4 && reason.len() <= REASON_LEN_MAX;
        is_whole.then_some(Self {
            record: Hash::parse(terms.get("record")?.as_text()?).ok()?,
            fields: fields.collect::<Option<_>>()?,
            reason: reason.to_owned(),
            rest: rest.clone(),
        })
    }

    /// Returns the terms.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::map([
            ("fields", Value::List(self.fields.iter().map(Value::text).collect())),
            ("reason", self.reason.as_str().into()),
            ("record", Value::text(self.record)),
            ("rest", self.rest.clone()),
        ])
    }
}

/// What stands in place of a content whose words were taken back: the redaction itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The redaction's number in the log of the record.
    pub index: u64,
    /// Its bytes.
    pub leaf: Vec<u8>,
    /// The opening of its terms.
    pub opening: Opening,
}

impl Redacted {
    /// Returns the bytes that are stored and sent in place of an opening.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let len = u32::try_from(self.leaf.len()).unwrap_or(u32::MAX);
        [
            &tag()[..],
            &self.index.to_be_bytes(),
            &len.to_be_bytes(),
            &self.leaf,
            &self.opening.to_bytes(),
        ]
        .concat()
    }

    /// Returns what the redaction says, after comparing it with the record that it stands at.
    ///
    /// # Errors
    /// [`IngestError::Redacted`] if it is of another record, of another label, or no redaction.
    pub fn check(&self, log: &Origin, target: &Record) -> Result<RedactionTerms, IngestError> {
        let record = self.record(log)?;
        let (header, of) = (record.header(), target.header());
        self.opening.check(Domain::Terms, &header.terms).map_err(IngestError::from)?;
        let terms = parse_canonical(&self.opening.bytes).ok();
        let terms = terms.as_ref().and_then(RedactionTerms::read).ok_or(IngestError::Redacted)?;
        let is_its = terms.record == target.leaf()
            && self.index > target.index().0
            && header.kind.as_str() == REDACTION
            && header.label == of.label
            && !of.is_sealed();
        if is_its { Ok(terms) } else { Err(IngestError::Redacted) }
    }

    /// Returns the redaction with its signatures checked. Where it stands in the log is shown by the log alone.
    ///
    /// # Errors
    /// [`IngestError::Redacted`] if it is no record of this log, or nobody of it signed it.
    pub fn verify(&self, log: &Origin, keyring: &Keyring) -> Result<Signed, IngestError> {
        Signed::verify(self.record(log)?, keyring).map_err(|_| IngestError::Redacted)
    }

    fn record(&self, log: &Origin) -> Result<Record, IngestError> {
        Record::decode(log, LeafIndex(self.index), &self.leaf).map_err(|_| IngestError::Redacted)
    }
}

fn tag() -> [u8; 32] {
    Hash::of(&[TAG_OF]).0
}

/// What is held of a record's terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What its header commits to.
    Opening(Opening),
    /// What is left after words were taken back.
    Redacted(Redacted),
}

impl Content {
    /// Reads what is stored, or was sent.
    ///
    /// # Errors
    /// [`OpeningError`]: it is cut short or too long.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpeningError> {
        let Some(rest) = bytes.strip_prefix(&tag()) else {
            return Opening::from_bytes(Domain::Terms, bytes).map(Self::Opening);
        };
        let cut = OpeningError::CutShort;
        let (index, rest) = rest.split_first_chunk::<8>().ok_or(cut)?;
        let (len, rest) = rest.split_first_chunk::<4>().ok_or(cut)?;
        let len = usize::try_from(u32::from_be_bytes(*len)).unwrap_or(usize::MAX);
        let (leaf, opening) = rest.split_at_checked(len).ok_or(cut)?;
        let opening = Opening::from_bytes(Domain::Terms, opening)?;
        let index = u64::from_be_bytes(*index);
        Ok(Self::Redacted(Redacted { index, leaf: leaf.to_vec(), opening }))
    }

    /// Returns the bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Opening(opening) => opening.to_bytes(),
            Self::Redacted(redacted) => redacted.to_bytes(),
        }
    }

    /// Returns the opening of what the header commits to; `None` after words were taken back.
    #[must_use]
    pub const fn opening(&self) -> Option<&Opening> {
        match self {
            Self::Opening(opening) => Some(opening),
            Self::Redacted(_) => None,
        }
    }
}

/// Whose words were taken back, when and why, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RedactionView {
    /// The redaction's leaf.
    pub record: String,
    /// The key that signed it first.
    pub signer: String,
    /// Its author's clock.
    pub time: String,
    /// The fields.
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Returns terms with marks in some fields.
fn blotted(terms: &Value, fields: &[String]) -> Option<Value> {
    let mut map = terms.as_map()?.clone();
    for field in fields {
        let held = map.get_mut(field.as_str())?;
        *held = match held {
            Value::List(_) => Value::List(vec![MARK.into()]),
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Map(_) => MARK.into(),
        };
    }
    Some(Value::Map(map))
}

/// Returns true if what an act says moves something: a false rest of it could be given to those who were not there.
fn counts(act: &Act) -> bool {
    let has_paragraphs = act.fields.values().any(|field| field.form == FieldForm::Paragraphs);
    crate::council::is_event(act)
        || act.position.is_some()
        || act.annotates.is_some()
        || act.supersedes
        || act.per_paragraph
        || has_paragraphs
        || act.amends
        || act.makes_group.is_some()
        || act.releases.is_some()
        || act.withdraws
}

/// Returns true if a field of an act holds words for people, and no rule reads it.
fn is_wordy(act: &Act, name: &str) -> bool {
    let form = act.fields.iter().find(|(field, _)| field.as_str() == name);
    let holds_words = form.is_some_and(|(_, field)| {
        matches!(field.form, FieldForm::Text | FieldForm::Texts | FieldForm::Other)
            && field.one_of.is_empty()
    });
    let named = |field: &veche_charter::name::FieldName| field.as_str() == name;
    let is_read = name == NUMBER
        || act.roles.values().any(named)
        || act.downgrade.as_ref().is_some_and(|downgrade| named(&downgrade.at));
    holds_words && !is_read
}

/// The field with a matter's number for people.
const NUMBER: &str = "ref";

impl Council {
    /// Works out whether a redaction has effect. Once it has, the answer stays: what it leaves is then what the record says.
    pub(crate) fn redaction_fault(&self, id: RecordId) -> Option<RedactionFault> {
        let Some(said) = self.terms_of(id).as_ref().and_then(RedactionTerms::read) else {
            return Some(RedactionFault::Form);
        };
        let fact = &self.records[id.at()];
        let target = self.by_leaf.get(&said.record).copied();
        let Some(target) = target.filter(|target| {
            let of = &self.records[target.at()];
            of.log == fact.log && of.index < fact.index
        }) else {
            return Some(RedactionFault::NotBefore);
        };
        if fact.standing == Standing::Admitted && self.redacted.contains_key(&target) {
            return None;
        }
        if fact.officers == 0 {
            return Some(RedactionFault::NoOfficer);
        }
        if self.records[target.at()].label != fact.label || fact.is_sealed {
            return Some(RedactionFault::OtherLabel);
        }
        self.rest_fault(target, &said)
    }

    fn rest_fault(&self, target: RecordId, said: &RedactionTerms) -> Option<RedactionFault> {
        if let Some(fault) = self.fields_fault(target, &said.fields) {
            return Some(fault);
        }
        let expected = match self.terms_of(target) {
            Some(held) => blotted(&held, &said.fields),
            // Who does not hold the content takes the author's word for what is left of it.
            None => blotted(&said.rest, &said.fields),
        };
        (expected.as_ref() != Some(&said.rest)).then_some(RedactionFault::OtherRest)
    }

    fn fields_fault(&self, target: RecordId, fields: &[String]) -> Option<RedactionFault> {
        if self.records[target.at()].is_sealed {
            return Some(RedactionFault::Sealed);
        }
        let Some(act) = self.act_of(target) else { return Some(RedactionFault::NoAct) };
        if counts(act) {
            return Some(RedactionFault::Counts);
        }
        let other = fields.iter().find(|field| !is_wordy(act, field));
        other.map(|field| RedactionFault::Field(field.clone()))
    }

    /// Lets a redaction that has effect take it: what the record says from now on is the rest.
    pub(crate) fn redact(&mut self, by: RecordId) {
        let Some(said) = self.terms_of(by).as_ref().and_then(RedactionTerms::read) else { return };
        let Some(target) = self.by_leaf.get(&said.record).copied() else { return };
        let rest = said.rest.to_bytes().into_boxed_slice();
        self.redacted.insert(target, by);
        if self.records[target.at()].terms.is_some() {
            self.records[target.at()].terms = Some(rest);
        } else {
            self.give_terms(target, rest);
        }
        self.mark_record(target);
    }

    /// Builds the index anew from a state.
    pub(crate) fn index_redactions(&mut self) {
        let ids = (0..self.records.len()).filter_map(|at| u32::try_from(at).ok()).map(RecordId);
        let is_one = |id: &RecordId| {
            let fact = &self.records[id.at()];
            fact.standing == Standing::Admitted
                && self.names.kinds.name(fact.kind).as_str() == REDACTION
        };
        let found = ids.filter(is_one).filter_map(|id| {
            let said = RedactionTerms::read(self.terms_of(id).as_ref()?)?;
            Some((*self.by_leaf.get(&said.record)?, id))
        });
        self.redacted = found.collect::<BTreeMap<_, _>>();
    }

    /// Returns the redaction of the record with this number of a log: its own number there.
    #[must_use]
    pub fn redacted_at(&self, log: &Origin, index: u64) -> Option<u64> {
        if self.redacted.is_empty() {
            return None;
        }
        let log = &self.logs[self.by_origin.get(log)?.at()];
        let id = (*log.rows.get(usize::try_from(index).ok()?)?)?;
        let by = self.redacted.get(&id)?;
        Some(u64::from(self.records[by.at()].index))
    }

    /// Returns true if words of a record may be taken back by its kind and charter: what comes with a redaction in place of its content is
    /// believed then. `None`: the charter is not known here.
    #[must_use]
    pub fn may_be_redacted(&self, charter: &Hash, kind: &Kind) -> Option<bool> {
        let acts = &self.charter_named(charter)?.acts;
        Some(acts.get(kind).is_some_and(|act| !counts(act)))
    }

    /// Returns true if a matter that can come to an outcome rests on a record: it was opened by it, or somewhere above it stands it.
    #[must_use]
    pub fn is_rested_on(&self, record: &Hash) -> bool {
        let can_end = |id: &crate::fact::ProcedureId| {
            let act = self.opening_act(*id);
            let machine = act.and_then(|act| act.opens.as_ref());
            let machine = machine.and_then(|name| self.version_of(*id).charter.machines.get(name));
            machine.is_some_and(|m| m.states.values().any(|state| state.outcome.is_some()))
        };
        self.ids().filter(can_end).any(|id| self.rests_above(id, record))
    }

    fn rests_above(&self, id: crate::fact::ProcedureId, record: &Hash) -> bool {
        let mut at = Some(self.procedures[id.at()].opener);
        // Each step leads to a record that the one before names by its hash, so that this ends.
        while let Some(id) = at {
            let fact = &self.records[id.at()];
            if fact.leaf == *record {
                return true;
            }
            at = fact.about.first().and_then(|leaf| self.by_leaf.get(leaf)).copied();
        }
        false
    }

    /// Returns all records whose words were taken back: log, number, and the number of the redaction there.
    pub fn redactions(&self) -> impl Iterator<Item = (&Origin, u64, u64)> {
        self.redacted.iter().map(|(target, by)| {
            let fact = &self.records[target.at()];
            let index = u64::from(self.records[by.at()].index);
            (&self.logs[fact.log.at()].origin, u64::from(fact.index), index)
        })
    }

    pub(crate) fn redaction_view(&self, target: RecordId) -> Option<RedactionView> {
        let by = *self.redacted.get(&target)?;
        let said = RedactionTerms::read(self.terms_of(by).as_ref()?)?;
        let fact = &self.records[by.at()];
        let signer = self.names.keys.names().get(fact.signer as usize);
        Some(RedactionView {
            record: fact.leaf.to_string(),
            signer: signer.map_or_else(String::new, ToString::to_string),
            time: fact.time.to_string(),
            fields: said.fields,
            reason: said.reason,
        })
    }

    /// Returns what an officer says to take words of a record back: all fields that hold words, or those named.
    ///
    /// # Errors
    /// [`RedactionFault`]: what every node would find against it.
    pub fn redaction_of(
        &self,
        record: &Hash,
        fields: &[String],
        reason: &str,
    ) -> Result<RedactionTerms, RedactionFault> {
        let target = *self.by_leaf.get(record).ok_or(RedactionFault::NotBefore)?;
        let held = self.terms_of(target).ok_or(RedactionFault::OtherRest)?;
        let act = self.act_of(target).ok_or(RedactionFault::NoAct)?;
        let all = || {
            let names = held.as_map().into_iter().flat_map(BTreeMap::keys);
            names.filter(|name| is_wordy(act, name)).cloned().collect::<Vec<String>>()
        };
        let fields = if fields.is_empty() { all() } else { fields.to_vec() };
        if let Some(fault) = self.fields_fault(target, &fields) {
            return Err(fault);
        }
        let rest = blotted(&held, &fields).filter(|_| !fields.is_empty());
        let rest = rest.ok_or_else(|| RedactionFault::Field(fields.join(", ")))?;
        if reason.len() > REASON_LEN_MAX {
            return Err(RedactionFault::TooLong);
        }
        let said = RedactionTerms { record: *record, fields, reason: reason.to_owned(), rest };
        // Room for the header and signatures of the redaction beside its terms.
        let len = said.to_value().to_bytes().len();
        if len + HEADER_ROOM > OPENING_LEN_MAX { Err(RedactionFault::TooLong) } else { Ok(said) }
    }
}

/// Room that is kept for a redaction's header and signatures, in bytes.
const HEADER_ROOM: usize = 16 * 1024;

/// Returns when enough witnesses held a record: the latest of the first `quorum` receipts.
#[must_use]
pub fn held_at(receipts: &BTreeMap<String, String>, quorum: usize) -> Option<UnixSeconds> {
    let mut times: Vec<UnixSeconds> =
        receipts.values().filter_map(|at| UnixSeconds::parse(at).ok()).collect();
    times.sort_unstable();
    times.get(quorum.checked_sub(1)?).copied()
}
