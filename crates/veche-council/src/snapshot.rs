//! Snapshots: the state written down, so that a node starts in a second and not in minutes.
//!
//! A snapshot is a node's own note to itself, never sent to anyone. It carries its version, the charter's hash and a
//! checksum; one that does not fit is thrown away and the logs are folded again. A fold resumed from a snapshot equals
//! one from the start: `tests/it/fold.rs` of the node.

use crate::council::{Council, Log, Naive, Revocation};
use crate::evaluate::Summary;
use crate::evidence::{Admissions, Claim, Claims, LogEvidence, LogId, Receipt, Receipts};
use crate::fact::{Fact, Interner, ProcedureId, RecordId, Standing};
use crate::owed::{PartyNumber, Unmet};
use crate::procedure::{Procedure, Spawned};
use crate::version::{Version, VersionId};
use std::collections::BTreeSet;
use std::sync::Arc;
use veche_charter::Charter;
use veche_ledger::json::Value;
use veche_ledger::{Hash, KeyName, Kind, Label, Origin, PartyId, UnixSeconds};

/// The version of the form. Another version is folded anew.
pub const SNAPSHOT_VERSION: u32 = 6;

/// Why a snapshot is not used. None of them loses anything: the logs are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Cut short, changed, or not a snapshot.
    #[error("the snapshot is damaged")]
    Damaged,
    /// Of another version of the program.
    #[error("the snapshot has version {0}, this program writes version {SNAPSHOT_VERSION}")]
    OtherVersion(u32),
    /// Made under another charter.
    #[error("the snapshot was made under another charter")]
    OtherCharter,
}

/// Marks a missing number.
const NONE: u32 = u32::MAX;

/// Writes numbers little-endian and byte strings after their length.
#[derive(Default)]
struct Put {
    bytes: Vec<u8>,
}

impl Put {
    fn u8(&mut self, n: u8) {
        self.bytes.push(n);
    }

    fn u16(&mut self, n: u16) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn u32(&mut self, n: u32) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn u64(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    fn count(&mut self, n: usize) {
        self.u32(u32::try_from(n).unwrap_or(NONE));
    }

    fn hash(&mut self, hash: &Hash) {
        self.bytes.extend_from_slice(&hash.0);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.raw(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.count(items.len());
        items.iter().for_each(|item| each(self, item));
    }

    fn id(&mut self, id: Option<u32>) {
        self.u32(id.unwrap_or(NONE));
    }
}

/// Reads what [`Put`] wrote. Every length is checked against what is left.
struct Get<'a> {
    rest: &'a [u8],
}

type Got<T> = Result<T, SnapshotError>;

impl<'a> Get<'a> {
    fn take(&mut self, len: usize) -> Got<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(SnapshotError::Damaged)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Got<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(SnapshotError::Damaged)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Got<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    fn u16(&mut self) -> Got<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Got<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Got<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn hash(&mut self) -> Got<Hash> {
        Ok(Hash(self.array()?))
    }

    fn count(&mut self) -> Got<usize> {
        Ok(self.u32()? as usize)
    }

    fn raw(&mut self) -> Got<&'a [u8]> {
        let len = self.count()?;
        self.take(len)
    }

    fn name<T, E>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Got<T> {
        let text = std::str::from_utf8(self.raw()?).map_err(|_| SnapshotError::Damaged)?;
        parse(text).map_err(|_| SnapshotError::Damaged)
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut Self) -> Got<T>) -> Got<Vec<T>> {
        let count = self.count()?;
        // A false count must not ask for memory that the bytes cannot fill.
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for _ in 0..count {
            items.push(each(self)?);
        }
        Ok(items)
    }

    fn id(&mut self) -> Got<Option<u32>> {
        let id = self.u32()?;
        Ok((id != NONE).then_some(id))
    }
}

impl Council {
    /// Returns the state as bytes. Call [`Self::settle`] before.
    #[must_use]
    pub fn snapshot(&self) -> Vec<u8> {
        let mut put = Put::default();
        put.u32(SNAPSHOT_VERSION);
        put.hash(&self.genesis().hash);
        let later = self.versions.get(1..).unwrap_or_default();
        put.list(later, |put, version| {
            put.text(&version.charter.text);
            put.u16(version.after.unwrap_or(VersionId::GENESIS).0);
            put.u8(u8::from(version.is_drill));
            put.list(&version.closings, |put, id| put.u32(id.0));
        });
        put.list(&self.beyond, |put, id| put.u32(id.0));
        put.list(self.names.kinds.names(), |put, name| put.text(name.as_str()));
        put.list(self.names.labels.names(), |put, name| put.text(name.as_str()));
        put.list(self.names.keys.names(), |put, name| put.text(name.as_str()));
        put.list(self.names.charters.names(), |put, hash| put.hash(hash));
        put.list(&self.logs, put_log);
        put.list(&self.records, put_fact);
        put.list(&self.procedures, put_procedure);
        let waiting: Vec<_> = self.waiting.iter().collect();
        put.list(&waiting, |put, (leaf, ids)| {
            put.hash(leaf);
            put.list(ids, |put, id| put.u32(id.0));
        });
        let resigned: Vec<_> = self.resigned.iter().collect();
        put.list(&resigned, |put, (leaf, ids)| {
            put.hash(leaf);
            put.list(ids, |put, id| put.u32(id.0));
        });
        let numbers: Vec<_> = self.by_number.iter().collect();
        put.list(&numbers, |put, (number, id)| {
            put.text(number);
            put.u32(id.0);
        });
        let sets = [&self.stalled, &self.undecided];
        for set in sets {
            put.list(&set.iter().copied().collect::<Vec<_>>(), |put, id| put.u32(id.0));
        }
        let sum = Hash::of(&[&put.bytes]);
        put.hash(&sum);
        put.bytes
    }

    /// Takes up a state from a snapshot.
    ///
    /// # Errors
    /// [`SnapshotError`]: then fold the logs from the start.
    pub fn resume(charter: Arc<Charter>, snapshot: &[u8]) -> Result<Self, SnapshotError> {
        let (body, sum) = snapshot.split_last_chunk::<32>().ok_or(SnapshotError::Damaged)?;
        if Hash::of(&[body]).0 != *sum {
            return Err(SnapshotError::Damaged);
        }
        let mut get = Get { rest: body };
        let version = get.u32()?;
        if version != SNAPSHOT_VERSION {
            return Err(SnapshotError::OtherVersion(version));
        }
        if get.hash()? != charter.hash {
            return Err(SnapshotError::OtherCharter);
        }
        let mut council = Self::new(charter);
        council.naive = Naive::default();
        let ids = |get: &mut Get<'_>| get.list(|get| Ok(RecordId(get.u32()?)));
        let later = get.list(|get| {
            let text = get.raw()?;
            Ok((text, VersionId(get.u16()?), get.u8()? != 0, ids(get)?))
        })?;
        council.beyond = ids(&mut get)?;
        council.names.kinds = Interner::from_names(get.list(|get| get.name(Kind::parse))?);
        council.names.labels = Interner::from_names(get.list(|get| get.name(Label::parse))?);
        council.names.keys = Interner::from_names(get.list(|get| get.name(KeyName::parse))?);
        council.names.charters = Interner::from_names(get.list(Get::hash)?);
        council.logs = get.list(get_log)?;
        council.records = get.list(get_fact)?;
        council.procedures = get.list(get_procedure)?;
        council.waiting = get.list(|get| Ok((get.hash()?, ids(get)?)))?.into_iter().collect();
        council.resigned = get.list(|get| Ok((get.hash()?, ids(get)?)))?.into_iter().collect();
        let number = |get: &mut Get<'_>| {
            let number: Box<str> = get.name(|text| Ok::<_, SnapshotError>(text.into()))?;
            Ok((number, ProcedureId(get.u32()?)))
        };
        council.by_number = get.list(number)?.into_iter().collect();
        let set = |get: &mut Get<'_>| -> Got<BTreeSet<ProcedureId>> {
            Ok(get.list(|get| Ok(ProcedureId(get.u32()?)))?.into_iter().collect())
        };
        council.stalled = set(&mut get)?;
        council.undecided = set(&mut get)?;
        for (text, after, is_drill, closings) in later {
            council.resume_version(text, after, is_drill, closings)?;
        }
        if !council.is_sound() || !get.rest.is_empty() {
            return Err(SnapshotError::Damaged);
        }
        council.index();
        council.index_sharing();
        council.index_redactions();
        Ok(council)
    }

    /// Puts a later charter into force again, as it was.
    fn resume_version(
        &mut self,
        text: &[u8],
        after: VersionId,
        is_drill: bool,
        closings: Vec<RecordId>,
    ) -> Got<()> {
        let charter = Charter::load(text, "charter.toml").map_err(|_| SnapshotError::Damaged)?;
        let id = u16::try_from(self.versions.len()).map_err(|_| SnapshotError::Damaged)?;
        if after.0 >= id {
            return Err(SnapshotError::Damaged);
        }
        for closing in &closings {
            let fact = self.records.get(closing.at()).ok_or(SnapshotError::Damaged)?;
            self.in_force.insert(fact.leaf, VersionId(id));
        }
        self.owed.add(charter.parties.keys());
        let version = Version::new(Arc::new(charter), Some(after), is_drill);
        self.versions.push(Version { closings, ..version });
        Ok(())
    }

    /// Builds the indexes that follow from the rest.
    fn index(&mut self) {
        let log_id = |at: usize| LogId(u16::try_from(at).unwrap_or(u16::MAX));
        self.by_origin = self
            .logs
            .iter()
            .enumerate()
            .map(|(at, log)| (log.origin.clone(), log_id(at)))
            .collect();
        let record_id = |at: usize| RecordId(u32::try_from(at).unwrap_or(NONE));
        let mut leaves: Vec<(Hash, RecordId)> =
            self.records.iter().enumerate().map(|(at, fact)| (fact.leaf, record_id(at))).collect();
        leaves.sort_unstable();
        self.by_leaf = leaves.into_iter().collect();
        for (at, procedure) in self.procedures.iter().enumerate() {
            let id = ProcedureId(u32::try_from(at).unwrap_or(NONE));
            if let Some(spawned) = &procedure.spawned {
                self.spawned.insert(spawned.id, id);
            }
            if let Some(summary) = &procedure.summary {
                self.deadlines.extend(summary.deadline.map(|deadline| (deadline, id)));
                for unmet in &summary.owed {
                    self.owed.insert(id, unmet);
                }
            }
        }
    }

    /// Returns true if every number in the state names something.
    fn is_sound(&self) -> bool {
        let (records, procedures, logs) =
            (self.records.len(), self.procedures.len(), self.logs.len());
        let record = |id: &RecordId| id.at() < records;
        let procedure = |id: &ProcedureId| id.at() < procedures;
        let facts = self.records.iter().all(|fact| {
            fact.log.at() < logs
                && (fact.kind as usize) < self.names.kinds.names().len()
                && (fact.label as usize) < self.names.labels.names().len()
                && (fact.charter as usize) < self.names.charters.names().len()
                && fact.acts_on.iter().chain(&fact.opens).all(procedure)
        });
        let runs = self.procedures.iter().all(|p| {
            let lists = [&p.events, &p.attached, &p.closings];
            record(&p.opener)
                && p.summary.iter().all(|s| s.owed.iter().all(|unmet| self.owed.knows(unmet.owner)))
                && lists.iter().all(|list| list.iter().all(record))
                && p.children.iter().all(procedure)
                && p.parent.iter().all(procedure)
        });
        let rows = self.logs.iter().all(|log| {
            log.rows.iter().flatten().all(record)
                && log.evidence.by_witness.iter().all(|(id, _)| id.at() < logs)
                && log.claims.rows().all(|(_, claim)| claim.by.at() < logs)
        });
        facts
            && self.beyond.iter().all(record)
            && runs
            && rows
            && self.waiting.values().chain(self.resigned.values()).flatten().all(record)
    }
}

fn put_log(put: &mut Put, log: &Log) {
    put.text(log.origin.as_str());
    put.list(&log.rows, |put, row| put.id(row.map(|id| id.0)));
    put.list(&log.evidence.by_witness, |put, (witness, receipts)| {
        put.u16(witness.0);
        put.list(receipts.rows(), |put, row| {
            put.u64(row.size);
            put.u64(row.time.0);
            put.u32(row.stated_at);
        });
    });
    let claims: Vec<(u64, &Claim)> = log.claims.rows().collect();
    put.list(&claims, |put, (size, claim)| {
        put.u64(*size);
        put.hash(&claim.root);
        put.u16(claim.by.0);
        put.u32(claim.stated_at);
        put.u64(claim.time.map_or(u64::MAX, |time| time.0));
    });
    put.list(log.admissions.rows(), |put, (index, time)| {
        put.u32(*index);
        put.u64(time.0);
    });
    put.list(&log.seen, |put, (cited, heads)| {
        put.u16(cited.0);
        put.list(heads, |put, (index, size)| {
            put.u32(*index);
            put.u64(*size);
        });
    });
    put.list(&log.revocations, |put, revocation| {
        put.text(&revocation.key);
        put.u64(revocation.last_good_size);
        put.u32(revocation.stated_at);
    });
    let (size, by, at) =
        log.ends_at.map_or((u64::MAX, u16::MAX, NONE), |(size, log, at)| (size, log.0, at));
    put.u64(size);
    put.u16(by);
    put.u32(at);
}

fn get_log(get: &mut Get<'_>) -> Got<Log> {
    let origin = get.name(Origin::parse)?;
    let receipt = |get: &mut Get<'_>| {
        Ok(Receipt { size: get.u64()?, time: UnixSeconds(get.u64()?), stated_at: get.u32()? })
    };
    let rows = get.list(|get| Ok(get.id()?.map(RecordId)))?;
    let by_witness =
        get.list(|get| Ok((LogId(get.u16()?), Receipts::from_rows(get.list(receipt)?))))?;
    let claim = |get: &mut Get<'_>| {
        let (size, root, by) = (get.u64()?, get.hash()?, LogId(get.u16()?));
        let (stated_at, time) = (get.u32()?, get.u64()?);
        let time = (time != u64::MAX).then_some(UnixSeconds(time));
        Ok((size, Claim { root, by, stated_at, time }))
    };
    let mut claims = Claims::default();
    get.list(claim)?.into_iter().for_each(|(size, claim)| claims.add(size, claim));
    let admissions = get.list(|get| Ok((get.u32()?, UnixSeconds(get.u64()?))))?;
    let seen =
        get.list(|get| Ok((LogId(get.u16()?), get.list(|get| Ok((get.u32()?, get.u64()?)))?)))?;
    let revocations = get.list(|get| {
        let key = get.name(|text| Ok::<_, SnapshotError>(text.to_owned()))?;
        Ok(Revocation { key, last_good_size: get.u64()?, stated_at: get.u32()? })
    })?;
    let (size, by, at) = (get.u64()?, get.u16()?, get.u32()?);
    Ok(Log {
        party: PartyId::parse(origin.party()).map_err(|_| SnapshotError::Damaged)?,
        origin,
        rows,
        evidence: LogEvidence { by_witness },
        claims,
        admissions: Admissions::from_rows(admissions),
        seen,
        revocations,
        ends_at: (size != u64::MAX).then_some((size, LogId(by), at)),
    })
}

fn put_fact(put: &mut Put, fact: &Fact) {
    put.hash(&fact.leaf);
    match &fact.terms {
        Some(terms) => put.raw(terms),
        None => put.u32(NONE),
    }
    put.list(&fact.about, Put::hash);
    put.list(&fact.seen, |put, (log, size)| {
        put.u16(log.0);
        put.u64(*size);
    });
    put.u64(fact.time.0);
    put.u32(fact.index);
    put.id(fact.acts_on.map(|id| id.0));
    put.id(fact.opens.map(|id| id.0));
    put.u16(fact.log.0);
    [fact.kind, fact.label, fact.signer, fact.charter].into_iter().for_each(|n| put.u32(n));
    put.u8(fact.officers);
    let flags = [fact.by_node, fact.by_root, fact.is_drill, fact.is_sealed];
    put.u8(flags.iter().enumerate().fold(0, |bits, (at, flag)| bits | u8::from(*flag) << at));
    put.u8(match fact.standing {
        Standing::Admitted => 0,
        Standing::Refused => 1,
        Standing::Waiting => 2,
        Standing::Withheld => 3,
    });
}

fn get_fact(get: &mut Get<'_>) -> Got<Fact> {
    let leaf = get.hash()?;
    let len = get.u32()?;
    let terms = if len == NONE { None } else { Some(get.take(len as usize)?.into()) };
    let about = get.list(Get::hash)?.into_boxed_slice();
    let seen = get.list(|get| Ok((LogId(get.u16()?), get.u64()?)))?.into_boxed_slice();
    let (time, index) = (UnixSeconds(get.u64()?), get.u32()?);
    let (acts_on, opens) = (get.id()?.map(ProcedureId), get.id()?.map(ProcedureId));
    let (log, kind, label) = (LogId(get.u16()?), get.u32()?, get.u32()?);
    let (signer, charter, officers, flags) = (get.u32()?, get.u32()?, get.u8()?, get.u8()?);
    let standing = match get.u8()? {
        0 => Standing::Admitted,
        1 => Standing::Refused,
        2 => Standing::Waiting,
        3 => Standing::Withheld,
        _ => return Err(SnapshotError::Damaged),
    };
    let flag = |at: u8| flags >> at & 1 == 1;
    Ok(Fact {
        leaf,
        terms,
        about,
        seen,
        time,
        index,
        acts_on,
        opens,
        log,
        kind,
        label,
        signer,
        charter,
        officers,
        by_node: flag(0),
        by_root: flag(1),
        is_drill: flag(2),
        is_sealed: flag(3),
        standing,
    })
}

fn put_procedure(put: &mut Put, procedure: &Procedure) {
    put.u32(procedure.opener.0);
    put.id(procedure.parent.map(|id| id.0));
    put.u8(u8::from(procedure.spawned.is_some()));
    if let Some(spawned) = &procedure.spawned {
        put.hash(&spawned.id);
        put.text(spawned.kind.as_str());
        put.raw(&spawned.terms.to_bytes());
        put.u64(spawned.at.0);
    }
    for list in [&procedure.events, &procedure.attached, &procedure.closings] {
        put.list(list, |put, id| put.u32(id.0));
    }
    put.list(&procedure.children, |put, id| put.u32(id.0));
    put.u8(u8::from(procedure.summary.is_some()));
    if let Some(summary) = &procedure.summary {
        put.hash(&summary.digest);
        put.u64(summary.deadline.map_or(u64::MAX, |deadline| deadline.0));
        put.list(&summary.owed, |put, unmet| {
            put.u64(unmet.since.0);
            put.u64(unmet.due.0);
            put.u16(unmet.owner.0);
        });
        put.u8(u8::from(summary.is_over));
    }
}

fn get_procedure(get: &mut Get<'_>) -> Got<Procedure> {
    let (opener, parent) = (RecordId(get.u32()?), get.id()?.map(ProcedureId));
    let spawned = match get.u8()? {
        0 => None,
        _ => Some(Spawned {
            id: get.hash()?,
            kind: get.name(Kind::parse)?,
            terms: parse_terms(get.raw()?)?,
            at: UnixSeconds(get.u64()?),
        }),
    };
    let ids = |get: &mut Get<'_>| get.list(|get| Ok(RecordId(get.u32()?)));
    let (events, attached, closings) = (ids(get)?, ids(get)?, ids(get)?);
    let children = get.list(|get| Ok(ProcedureId(get.u32()?)))?;
    let summary = match get.u8()? {
        0 => None,
        _ => {
            let (digest, deadline) = (get.hash()?, get.u64()?);
            let unmet = |get: &mut Get<'_>| {
                let (since, due) = (UnixSeconds(get.u64()?), UnixSeconds(get.u64()?));
                Ok(Unmet { since, due, owner: PartyNumber(get.u16()?) })
            };
            let owed = get.list(unmet)?.into_boxed_slice();
            let deadline = (deadline != u64::MAX).then_some(UnixSeconds(deadline));
            Some(Box::new(Summary { digest, deadline, owed, is_over: get.u8()? == 1 }))
        }
    };
    let mut procedure = Procedure::new(opener, spawned, parent);
    (procedure.events, procedure.attached, procedure.closings) = (events, attached, closings);
    (procedure.children, procedure.summary) = (children, summary);
    Ok(procedure)
}

fn parse_terms(bytes: &[u8]) -> Got<Value> {
    veche_ledger::json::parse_canonical(bytes).map_err(|_| SnapshotError::Damaged)
}
