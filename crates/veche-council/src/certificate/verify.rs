//! Checking a certificate from its bytes alone: every hash, every signature, then the fold over what is in it.

use super::assemble::statement;
use super::{Certificate, LogPart, ReadError, text};
use crate::closing::{ClosingFault, ClosingTerms, UnitDecision};
use crate::council::{ApplyError, Council};
use crate::entry::{CLOSING, Entry, Head};
use crate::fact::Standing;
use crate::ingest::{self, KeysError};
use crate::version::Enacted;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::amend::Amendment;
use veche_charter::model::Outcome;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::Value;
use veche_ledger::record::{Record, Signed};
use veche_ledger::{
    Cosignature, Hash, Keyring, LeafIndex, NoteSignature, Origin, SignedCheckpoint, tree,
};

/// A certificate that holds, and what it certifies.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The charter's hash: what the reader must know from elsewhere.
    pub charter: Hash,
    /// The version of the charter.
    pub version: u32,
    /// The hash of the charter that the organisation began with, from which this one came by amendments.
    pub genesis: Hash,
    /// The organisation's name for people.
    pub organisation: String,
    /// The text's title.
    pub title: String,
    /// The text's number for people.
    pub number: String,
    /// Each paragraph's number and words; empty if the text is not by paragraph.
    pub paragraphs: Vec<(u32, String)>,
    /// Who tabled it, when.
    pub tabled: (String, Option<veche_ledger::UnixSeconds>),
    /// What was decided on each unit.
    pub decisions: Vec<(Option<u32>, UnitDecision)>,
    /// How many colluding witnesses it withstands: `2q - w - 1` for the log with most witnesses.
    pub withstands: u32,
    /// Names of parties for people.
    pub names: BTreeMap<String, String>,
}

/// Why a certificate does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    /// It is not of the form.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The charter in it is another than the one expected.
    #[error("its charter is `{found}`, expected was `{expected}`")]
    OtherCharter {
        /// The hash of the one in it.
        found: Hash,
        /// The hash expected.
        expected: Hash,
    },
    /// The charter in it is no charter.
    #[error("its charter has {0} faults")]
    Charter(usize),
    /// The charter's keys are not usable.
    #[error("its charter's keys: {0}")]
    Keys(#[from] KeysError),
    /// The charter in it is not shown to be in force.
    #[error("its charter came by an amendment, and that is not proven: {0}")]
    Amendment(String),
    /// The statement is not of its form.
    #[error("its statement is not of its form")]
    Statement,
    /// A log's checkpoint, tree or leaf is false.
    #[error("log `{log}`: {what}")]
    Log {
        /// The log.
        log: Origin,
        /// What is wrong.
        what: String,
    },
    /// A log is there that the cut does not name, or the other way round.
    #[error("log `{0}` is in the cut or in the file, and not in both")]
    LogSet(Origin),
    /// Terms that the result rests on are missing.
    #[error("the terms of record {index} of `{log}` are missing")]
    OpeningMissing {
        /// The log.
        log: Origin,
        /// The record.
        index: u64,
    },
    /// An opening that nothing needs.
    #[error("the opening `{0}` is not needed")]
    OpeningSurplus(Hash),
    /// The fold does not take a record.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The procedure is not in it.
    #[error("the procedure that it is about is not in it, or was refused")]
    NoProcedure,
    /// The closing does not hold.
    #[error("the closing does not hold: {0}")]
    Closing(#[from] ClosingFault),
    /// The charter gives another result.
    #[error("the result that it states is not the one that its charter gives over its records")]
    OtherResult,
}

/// Most amendments between the charter that an organisation began with and that of a certificate.
const AMENDMENTS_MAX: usize = 64;

/// Verifies a certificate. `expected`: a charter's hash, known from elsewhere: of the one that it was decided under, or of one
/// from which that came by amendments. Without it the certificate shows only that it holds under the charter that it brings.
///
/// # Errors
/// The first [`CertificateFault`] found.
pub fn verify(bytes: &[u8], expected: Option<Hash>) -> Result<Verified, CertificateFault> {
    let certificate = Certificate::read(bytes)?;
    let found = Hash::of(&[&certificate.charter]);
    // Without an amendment there is one hash that it can be: told before anything else is looked at.
    if certificate.amendment.is_none()
        && let Some(expected) = expected.filter(|expected| *expected != found)
    {
        return Err(CertificateFault::OtherCharter { found, expected });
    }
    let checked = check(&certificate, AMENDMENTS_MAX)?;
    let is_expected = |expected: &Hash| checked.law.iter().any(|c| c.charter.hash == *expected);
    match expected.filter(|expected| !is_expected(expected)) {
        Some(expected) => Err(CertificateFault::OtherCharter { found, expected }),
        None => Ok(checked.verified),
    }
}

/// The charters from the one that the organisation began with to the one of a certificate, each with what records name to act
/// under it.
type Law = Vec<Enacted>;

/// A certificate that holds, with what an amendment's successor asks of it.
struct Checked {
    verified: Verified,
    law: Law,
    /// The closing's terms.
    closing: Value,
    /// The record that put the text forward, and its terms.
    opener: Hash,
    terms: Value,
    /// True if the act that it does changes the charter.
    amends: bool,
    /// True if it is an exercise's: what it adopts is in force for the exercise alone.
    is_drill: bool,
}

fn check(certificate: &Certificate, depth: usize) -> Result<Checked, CertificateFault> {
    let law = law(certificate, depth)?;
    let terms = certificate.statement.get("closing");
    let closing = terms.and_then(ClosingTerms::parse).ok_or(CertificateFault::Statement)?;
    let opener =
        certificate.statement.get("opener").and_then(|o| o.get("leaf")).and_then(Value::as_text);
    let opener =
        opener.and_then(|text| Hash::parse(text).ok()).ok_or(CertificateFault::Statement)?;
    let mut reading = Reading::new(certificate, law, &closing, opener)?;
    reading.read_logs()?;
    reading.finish()
}

/// Finds the law of a certificate: its charter alone, or after those that the certificate of the amendment has.
fn law(certificate: &Certificate, depth: usize) -> Result<Law, CertificateFault> {
    let charter = Charter::load(&certificate.charter, "charter.toml");
    let charter = charter.map_err(|faults| CertificateFault::Charter(faults.0.len()))?;
    let Some(part) = &certificate.amendment else {
        let named = charter.hash;
        return Ok(vec![Enacted { named, charter: Arc::new(charter), is_drill: false }]);
    };
    let fault = |what: &'static str| CertificateFault::Amendment(what.to_owned());
    let depth = depth.checked_sub(1).ok_or_else(|| fault("there are too many before it"))?;
    let inner = Certificate::read(&part.certificate)
        .map_err(|error| CertificateFault::Amendment(error.to_string()))?;
    let inner =
        check(&inner, depth).map_err(|error| CertificateFault::Amendment(error.to_string()))?;
    let is_adopted =
        inner.amends && inner.verified.decisions.iter().any(|(_, d)| d.outcome == Outcome::Adopted);
    if !is_adopted {
        return Err(fault("it adopted no charter"));
    }
    let mut law = inner.law;
    let before = law.last().ok_or_else(|| fault("it adopted no charter"))?;
    let made = Amendment::read(&inner.terms).and_then(|amendment| amendment.apply(&before.charter));
    if made.map(|made| made.hash) != Ok(charter.hash) {
        return Err(fault("it adopted another charter than the one in this certificate"));
    }
    if !closes(certificate, &part.closing, &inner.closing, &inner.opener) {
        return Err(fault("its closing record is not of the decision that its certificate proves"));
    }
    let (named, is_drill) = (tree::leaf_hash(&part.closing), inner.is_drill);
    law.push(Enacted { named, charter: Arc::new(charter), is_drill });
    Ok(law)
}

/// Returns true if a leaf is a closing record of a decision with these terms. Who signed it does not matter: what it says is
/// proven by the certificate of that decision.
fn closes(certificate: &Certificate, leaf: &[u8], terms: &Value, opener: &Hash) -> bool {
    let Ok(header) = Record::header_of(leaf) else { return false };
    let opening = certificate.openings.get(&header.terms.commit);
    let opening = opening.and_then(|bytes| Opening::from_bytes(Domain::Terms, bytes).ok());
    header.kind.as_str() == CLOSING
        && header.about.first() == Some(opener)
        && opening.is_some_and(|opening| {
            opening.commit(Domain::Terms).commit == header.terms.commit
                && opening.bytes == terms.to_bytes()
        })
}

/// A certificate on its way through the fold.
struct Reading<'a> {
    certificate: &'a Certificate,
    closing: &'a ClosingTerms,
    law: Law,
    keyring: Keyring,
    council: Council,
    opened: BTreeSet<Hash>,
    roots: Roots,
    /// The record that put the text forward, and the heads that it cites.
    opener: Hash,
    cited: Vec<Head>,
}

impl<'a> Reading<'a> {
    fn new(
        certificate: &'a Certificate,
        law: Law,
        closing: &'a ClosingTerms,
        opener: Hash,
    ) -> Result<Self, CertificateFault> {
        let in_cut: BTreeSet<&Origin> = closing.cut.iter().map(|head| &head.log).collect();
        let in_file: BTreeSet<&Origin> = certificate.logs.keys().collect();
        if let Some(log) = in_cut.symmetric_difference(&in_file).next() {
            return Err(CertificateFault::LogSet((*log).clone()));
        }
        let mut keyring = Keyring::new();
        for enacted in &law {
            ingest::add_keys(&mut keyring, &enacted.charter)?;
        }
        let (genesis, later) = law.split_first().ok_or(CertificateFault::Statement)?;
        let council = Council::under(genesis, later);
        let roots = Roots::of(&certificate.logs);
        let mut opened = BTreeSet::new();
        if let Some(part) = &certificate.amendment {
            opened.extend(Record::header_of(&part.closing).ok().map(|header| header.terms.commit));
        }
        let cited = Vec::new();
        Ok(Self { certificate, closing, law, keyring, council, opened, roots, opener, cited })
    }

    /// Reads the logs: epochs first come first, then earlier records, then ranges in the order of what they refer to, which
    /// the fold itself does not need.
    fn read_logs(&mut self) -> Result<(), CertificateFault> {
        for (log, part) in &self.certificate.logs {
            self.open_epoch(log, part)?;
            self.check_tree(log, part)?;
            self.council.begin_log(log, part.before.size())?;
        }
        let certificate = self.certificate;
        let mut entries = Vec::new();
        for (log, part) in &certificate.logs {
            for (index, (leaf, _)) in &part.earlier {
                let entry = self.entry(log, *index, leaf)?;
                entries.push(entry);
            }
        }
        // What an earlier record is about comes before it in time; the fold lets it wait whatever the order.
        for entry in entries {
            self.council.apply_earlier(entry)?;
        }
        for (log, part) in &certificate.logs {
            for (index, leaf) in (part.before.size()..).zip(&part.leaves) {
                let entry = self.entry(log, index, leaf)?;
                ingest::learn(&mut self.keyring, &entry).map_err(|fault| fault_of(log, &fault))?;
                match self.council.apply(entry) {
                    Ok(()) | Err(ApplyError::BadTerms { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.council.settle();
        Ok(())
    }

    /// A log of a later epoch is there from its first record, which carries the root key's statement.
    fn open_epoch(&mut self, log: &Origin, part: &LogPart) -> Result<(), CertificateFault> {
        if log.epoch() <= 1 {
            return Ok(());
        }
        let first = part.leaves.first().filter(|_| part.before.size() == 0);
        let first = first.ok_or_else(|| said(log, "its first record is missing"))?;
        let record =
            Record::decode(log, LeafIndex(0), first).map_err(|error| fault_of(log, &error))?;
        let opening = self
            .opening(&record)
            .ok_or(CertificateFault::OpeningMissing { log: log.clone(), index: 0 })?;
        ingest::open_epoch(&mut self.keyring, log, &opening.bytes)
            .map_err(|fault| fault_of(log, &fault))
    }

    /// Checks a log's checkpoint: signed by its key, the root that its leaves give, the cosignatures that the closing
    /// counts and no others; and the inclusion of earlier records.
    fn check_tree(&self, log: &Origin, part: &LogPart) -> Result<(), CertificateFault> {
        let head = self.closing.cut.iter().find(|head| head.log == *log);
        let head = head.ok_or_else(|| CertificateFault::LogSet(log.clone()))?;
        let keys =
            self.keyring.log(log).ok_or_else(|| said(log, "the charter lists no key for it"))?;
        let signed = SignedCheckpoint::verify(&part.checkpoint, keys.log_key())
            .map_err(|e| fault_of(log, &e))?;
        let checkpoint = signed.checkpoint();
        if (checkpoint.size, checkpoint.root) != (head.size, head.root) {
            return Err(said(log, "its checkpoint is not the one that the cut names"));
        }
        let hashes = part.leaves.iter().map(|leaf| tree::leaf_hash(leaf));
        let after =
            tree::verify_range(&part.before, hashes, head.root).map_err(|e| fault_of(log, &e))?;
        if after.size() != head.size {
            return Err(said(log, "its leaves do not reach the size that the cut names"));
        }
        self.check_cosignatures(log, &signed)?;
        for (index, (leaf, proof)) in &part.earlier {
            let leaf = tree::leaf_hash(leaf);
            tree::verify_inclusion(leaf, *index, head.size, head.root, proof)
                .map_err(|e| fault_of(log, &e))?;
        }
        Ok(())
    }

    /// Each cosignature that the closing counts verifies, and the note carries those and no other line.
    fn check_cosignatures(
        &self,
        log: &Origin,
        signed: &SignedCheckpoint,
    ) -> Result<(), CertificateFault> {
        let keys = self.law.last().map(|last| ingest::witness_keys(&last.charter));
        let keys = keys.unwrap_or_default();
        let evidence = self.closing.heads.iter().find(|head| head.log == *log);
        let counted = evidence.map(|evidence| evidence.cosignatures.as_slice()).unwrap_or_default();
        let other = || said(log, "its checkpoint has other cosignatures than the closing counts");
        let own = self.keyring.log(log).and_then(|keys| signed.note().signature_of(keys.log_key()));
        let mut rest = own
            .and_then(|own| signed.note().signatures().strip_prefix(own.into_lines().as_slice()))
            .ok_or_else(other)?;
        let halves = |stated: &str| stated.split('.').count();
        let lines: usize = counted.iter().map(|stated| halves(&stated.signature)).sum();
        if rest.len() != lines {
            return Err(other());
        }
        for stated in counted {
            let (lines, after) = rest.split_at(halves(&stated.signature));
            rest = after;
            let line = &NoteSignature::of_lines(lines).ok_or_else(other)?;
            let key = keys.iter().map(|(_, key)| key).find(|key| *key.name() == stated.witness);
            let key = key.ok_or_else(|| {
                said(log, "it is cosigned by a key that the charter does not list")
            })?;
            let cosignature = Cosignature::verify(signed.checkpoint(), line, key)
                .map_err(|e| fault_of(log, &e))?;
            let is_stated = cosignature.time() == stated.time
                && line.to_string().ends_with(&format!(" {}", stated.signature));
            if !is_stated {
                return Err(other());
            }
        }
        Ok(())
    }

    fn opening(&self, record: &Record) -> Option<Opening> {
        let bytes = self.certificate.openings.get(&record.header().terms.commit)?;
        Opening::from_bytes(Domain::Terms, bytes).ok()
    }

    fn entry(&mut self, log: &Origin, index: u64, leaf: &[u8]) -> Result<Entry, CertificateFault> {
        let record =
            Record::decode(log, LeafIndex(index), leaf).map_err(|error| fault_of(log, &error))?;
        let signed =
            Signed::verify(record, &self.keyring).map_err(|error| fault_of(log, &error))?;
        let opening = self.opening(signed.record());
        if opening.is_some() {
            self.opened.insert(signed.record().header().terms.commit);
        }
        let mut entry = ingest::entry(&signed, opening.as_ref(), self.council.for_all())
            .map_err(|error| fault_of(log, &error))?;
        let contradicted =
            ingest::check_evidence(&mut entry, &|log, size| self.roots.at(log, size));
        if entry.leaf == self.opener {
            self.cited.clone_from(&entry.seen);
        }
        match contradicted.first() {
            Some(other) => {
                Err(said(log, &format!("record {index} states another root of `{other}`")))
            }
            None => Ok(entry),
        }
    }

    fn finish(self) -> Result<Checked, CertificateFault> {
        let council = &self.council;
        let id = council.procedure_opened_by(&self.opener).ok_or(CertificateFault::NoProcedure)?;
        let charter = Arc::clone(&council.version_of(id).charter);
        if self.law.last().is_none_or(|last| last.charter.hash != charter.hash) {
            return Err(CertificateFault::NoProcedure);
        }
        let ancestors: BTreeSet<(String, u64)> = council
            .ancestors(id)
            .into_iter()
            .map(|id| council.place_of(id))
            .map(|place| (place.log, place.index))
            .collect();
        for (log, part) in &self.certificate.logs {
            for (index, leaf) in (part.before.size()..).zip(&part.leaves) {
                let commit = commitment(log, index, leaf)?;
                let is_needed = council.needs_opening(id, log, index)
                    || ancestors.contains(&(log.to_string(), index));
                if is_needed != self.certificate.openings.contains_key(&commit) {
                    return Err(match self.certificate.openings.contains_key(&commit) {
                        true => CertificateFault::OpeningSurplus(commit),
                        false => CertificateFault::OpeningMissing { log: log.clone(), index },
                    });
                }
            }
            self.check_start(id, log, part)?;
        }
        self.check_ancestors(id, &ancestors)?;
        if let Some(surplus) =
            self.certificate.openings.keys().find(|commit| !self.opened.contains(commit))
        {
            return Err(CertificateFault::OpeningSurplus(*surplus));
        }
        let decided = council.decide(id, &self.closing.cut, &self.closing.heads, Hash([0; 32]))?;
        let stated = statement(council, id, self.closing, &decided);
        let claimed: BTreeSet<_> = self
            .closing
            .results
            .iter()
            .map(|r| (r.paragraph, r.state.clone(), r.binds.clone()))
            .collect();
        let computed: BTreeSet<_> =
            decided.iter().map(|(p, d)| (*p, d.state.clone(), d.binds.clone())).collect();
        let is_same = stated == self.certificate.statement && claimed == computed;
        let is_text = self.certificate.policy == text::policy(&charter)
            && self.certificate.readme == text::readme(&stated, &charter);
        if !is_same || !is_text || self.closing.results.len() != decided.len() {
            return Err(CertificateFault::OtherResult);
        }
        let closing = self.certificate.statement.get("closing").cloned();
        Ok(Checked {
            closing: closing.ok_or(CertificateFault::Statement)?,
            opener: self.opener,
            terms: council.opening_terms(id).ok_or(CertificateFault::NoProcedure)?,
            is_drill: council.records[council.procedures[id.at()].opener.at()].is_drill,
            amends: council.opening_act(id).is_some_and(|act| act.amends),
            verified: text::verified(council, id, decided),
            law: self.law,
        })
    }

    /// The range of each log begins where the opening record's citation ends, or a log of a later epoch at its first record.
    /// The citation must be true: with a size of the future its author would hide what others said until then.
    fn check_start(
        &self,
        id: crate::fact::ProcedureId,
        log: &Origin,
        part: &LogPart,
    ) -> Result<(), CertificateFault> {
        let size = part.before.size() + part.leaves.len() as u64;
        if self.council.first_needed(id, log, size) != part.before.size() {
            return Err(said(
                log,
                "its records do not begin where the opening record's knowledge of it ends",
            ));
        }
        match self.cited.iter().find(|head| head.log == *log) {
            Some(head) if self.roots.at(log, head.size) != Some(head.root) => {
                Err(said(log, "the opening record cites another root of it than it has"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What the opening record is about is in the file with its terms, up to the first record of the matter, and the charter
    /// lets each through; nothing else is there. One whose terms are left out might have been refused.
    fn check_ancestors(
        &self,
        id: crate::fact::ProcedureId,
        places: &BTreeSet<(String, u64)>,
    ) -> Result<(), CertificateFault> {
        let council = &self.council;
        let opener = council.procedures[id.at()].opener;
        let is_whole = |record: &crate::fact::RecordId| {
            let fact = &council.records[record.at()];
            fact.standing == Standing::Admitted
                && fact.about.first().is_none_or(|leaf| council.by_leaf.contains_key(leaf))
        };
        let is_all = council.ancestors(id).iter().chain([&opener]).all(is_whole);
        let mut given = self.certificate.logs.iter().flat_map(|(log, part)| {
            part.earlier.keys().map(move |index| (log.to_string(), *index))
        });
        if is_all && given.all(|place| places.contains(&place)) {
            return Ok(());
        }
        Err(CertificateFault::NoProcedure)
    }
}

fn commitment(log: &Origin, index: u64, leaf: &[u8]) -> Result<Hash, CertificateFault> {
    let record =
        Record::decode(log, LeafIndex(index), leaf).map_err(|error| fault_of(log, &error))?;
    Ok(record.header().terms.commit)
}

fn said(log: &Origin, what: &str) -> CertificateFault {
    CertificateFault::Log { log: log.clone(), what: what.to_owned() }
}

fn fault_of(log: &Origin, error: &dyn std::error::Error) -> CertificateFault {
    said(log, &error.to_string())
}

/// The roots of each log at the sizes that its range covers.
struct Roots {
    by_log: BTreeMap<Origin, (u64, Vec<Hash>)>,
}

impl Roots {
    fn of(logs: &BTreeMap<Origin, LogPart>) -> Self {
        let roots = |part: &LogPart| {
            let mut frontier = part.before.clone();
            let mut roots = vec![frontier.root()];
            for leaf in &part.leaves {
                frontier.append(tree::leaf_hash(leaf));
                roots.push(frontier.root());
            }
            (part.before.size(), roots)
        };
        Self { by_log: logs.iter().map(|(log, part)| (log.clone(), roots(part))).collect() }
    }

    fn at(&self, log: &Origin, size: u64) -> Option<Hash> {
        let (start, roots) = self.by_log.get(log)?;
        roots.get(usize::try_from(size.checked_sub(*start)?).ok()?).copied()
    }
}
