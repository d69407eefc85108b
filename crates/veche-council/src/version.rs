//! Versions of the charter. A matter is judged to its end by the version under which it was opened.
//!
//! The first version is the genesis charter. The next ones are made by the organisation: an act that amends the charter
//! opens a matter like any other, and once a closing record proves that it was adopted, its text is in force. From then on
//! a new matter names that closing record where others name the genesis charter's hash: a hash of what exists already, so
//! that nobody can name a version before it was adopted. What is said on an open matter names what its opener named.
//!
//! Which versions are in force follows from the closings held, and so from the records held. Two successors of one version
//! can both be adopted, if members vote for both; each matter still has one law, and [`Council::rival_charters`] says so.

use crate::council::Council;
use crate::fact::{ProcedureId, RecordId};
use crate::times::Audience;
use std::cmp::Reverse;
use std::sync::Arc;
use veche_charter::Charter;
use veche_charter::amend::{AmendError, Amendment};
use veche_charter::model::{FOLD_VERSION, Outcome};
use veche_charter::name::ArticleId;
use veche_charter::rule::Bench;
use veche_ledger::{Hash, Kind, Origin, PartyId, VerifyingKey};

/// Most versions that one fold keeps: each is a charter in memory.
pub const VERSIONS_MAX: usize = 1_000;

/// A version's number inside one fold. Depends on the order of arrival: never part of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VersionId(pub(crate) u16);

impl VersionId {
    pub(crate) const GENESIS: Self = Self(0);

    pub(crate) const fn at(self) -> usize {
        self.0 as usize
    }
}

/// A charter in force, with what is worked out from it once.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) charter: Arc<Charter>,
    pub(crate) bench: Bench,
    pub(crate) audience: Audience,
    /// The key of each party's node as witness.
    pub(crate) witness_keys: Vec<(PartyId, VerifyingKey)>,
    /// The version that it replaced; none for the genesis charter.
    pub(crate) after: Option<VersionId>,
    /// True if an exercise adopted it: then it is in force for the exercise alone.
    pub(crate) is_drill: bool,
    /// Closing records that prove its adoption.
    pub(crate) closings: Vec<RecordId>,
}

impl Version {
    pub(crate) fn genesis(charter: Arc<Charter>) -> Self {
        Self::new(charter, None, false)
    }

    pub(crate) fn new(charter: Arc<Charter>, after: Option<VersionId>, is_drill: bool) -> Self {
        Self {
            bench: charter.bench(),
            audience: Audience::of(&charter),
            witness_keys: crate::ingest::witness_keys(&charter),
            charter,
            after,
            is_drill,
            closings: Vec::new(),
        }
    }

    /// Returns an article's words.
    pub(crate) fn quote(&self, article: &ArticleId) -> Option<String> {
        self.charter.articles.get(article).cloned()
    }
}

/// A charter in force with what records name to act under it.
#[derive(Debug, Clone)]
pub(crate) struct Enacted {
    pub(crate) named: Hash,
    pub(crate) charter: Arc<Charter>,
    /// True if an exercise adopted it.
    pub(crate) is_drill: bool,
}

/// An amendment was adopted that is written for a later program: this one may keep and pass on records, and decide nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the organisation's charter now asks for version {needs} of the fold, and this program has {FOLD_VERSION}: it keeps and passes on records, and decides nothing until it is brought up to date"
)]
pub struct Outdated {
    /// The version of the fold that the charter asks for.
    pub needs: u32,
    /// The record that puts that charter forward.
    pub amendment: Hash,
}

/// A charter in force, as people and programs ask for it.
#[derive(Debug, Clone, Copy)]
pub struct InForce<'a> {
    /// The charter.
    pub charter: &'a Arc<Charter>,
    /// What a record names to act under it: the genesis charter's hash, or a closing record's leaf.
    pub named: Hash,
    /// The closing record that put it into force; none for the genesis charter.
    pub closing: Option<Hash>,
    /// The record that put it forward.
    pub amendment: Option<Hash>,
    /// True if new matters are opened under it.
    pub is_current: bool,
}

impl Council {
    /// Opens an empty state under charters that are in force already, the first of them the genesis charter, each with what
    /// records name to act under it.
    pub(crate) fn under(genesis: &Enacted, later: &[Enacted]) -> Self {
        let mut council = Self::new(Arc::clone(&genesis.charter));
        for (at, enacted) in later.iter().enumerate() {
            let id = |at: usize| VersionId(u16::try_from(at).unwrap_or(u16::MAX));
            let version =
                Version::new(Arc::clone(&enacted.charter), Some(id(at)), enacted.is_drill);
            council.owed.add(version.charter.parties.keys());
            council.versions.push(version);
            council.in_force.insert(enacted.named, id(at + 1));
        }
        council
    }

    /// Returns the charter under which a new matter is opened: of those in force the one with most predecessors.
    #[must_use]
    pub fn charter(&self) -> &Arc<Charter> {
        &self.current().charter
    }

    /// Returns the charter under which a new matter of an exercise is opened, or one in earnest.
    #[must_use]
    pub fn charter_for(&self, is_drill: bool) -> &Arc<Charter> {
        &self.versions[self.current_id(is_drill).at()].charter
    }

    /// Returns the charter that the organisation began with.
    #[must_use]
    pub fn genesis(&self) -> &Arc<Charter> {
        &self.versions[VersionId::GENESIS.at()].charter
    }

    pub(crate) fn current(&self) -> &Version {
        &self.versions[self.current_id(false).at()]
    }

    /// `in_drill`: as an exercise sees it, with what it adopted itself.
    fn current_id(&self, in_drill: bool) -> VersionId {
        let ids = (0..self.versions.len()).filter_map(|at| u16::try_from(at).ok().map(VersionId));
        let ids = ids.filter(|id| in_drill || !self.versions[id.at()].is_drill);
        let rank = |id: &VersionId| (self.depth(*id), Reverse(self.versions[id.at()].charter.hash));
        ids.max_by_key(rank).unwrap_or(VersionId::GENESIS)
    }

    fn depth(&self, mut id: VersionId) -> usize {
        let mut depth = 0;
        while let Some(before) = self.versions[id.at()].after {
            id = before;
            depth += 1;
        }
        depth
    }

    /// Returns the version that records name so: by the genesis charter's hash, or by a closing record.
    pub(crate) fn version_named(&self, named: &Hash) -> Option<VersionId> {
        self.in_force.get(named).copied()
    }

    /// Returns the version that a record was made under; the genesis charter for a record that names none in force, which
    /// has no effect.
    pub(crate) fn version(&self, id: RecordId) -> &Version {
        let named = self.names.charters.name(self.records[id.at()].charter);
        let version = self.version_named(named).unwrap_or(VersionId::GENESIS);
        &self.versions[version.at()]
    }

    /// Returns the version under which a procedure was opened.
    pub(crate) fn version_of(&self, id: ProcedureId) -> &Version {
        self.version(self.procedures[id.at()].opener)
    }

    /// Returns the first charter in which a party stands.
    pub(crate) fn brought_by(&self, party: &PartyId) -> Option<&Version> {
        let ids = (0..self.versions.len()).filter_map(|at| u16::try_from(at).ok().map(VersionId));
        let with = ids.filter(|id| self.versions[id.at()].charter.parties.contains_key(party));
        let first = with.min_by_key(|id| (self.depth(*id), self.versions[id.at()].charter.hash));
        first.map(|id| &self.versions[id.at()])
    }

    /// Returns the charter that records of this name were made under, if it is in force.
    #[must_use]
    pub fn charter_named(&self, named: &Hash) -> Option<&Arc<Charter>> {
        Some(&self.versions[self.version_named(named)?.at()].charter)
    }

    /// Returns the charter under which a procedure was opened.
    #[must_use]
    pub fn charter_of(&self, procedure: &Hash) -> Option<&Arc<Charter>> {
        Some(&self.version_of(self.procedure_opened_by(procedure)?).charter)
    }

    /// Returns true if a log's party stands in the charter under which a procedure was opened, or in one from which that came:
    /// the logs that a closing of it is over. Others came later, and say nothing that it rests on.
    #[must_use]
    pub fn concerns(&self, procedure: &Hash, log: &Origin) -> bool {
        let id = self.procedure_opened_by(procedure);
        id.is_some_and(|id| {
            PartyId::parse(log.party()).is_ok_and(|party| self.is_of_law(id, &party))
        })
    }

    pub(crate) fn is_of_law(&self, id: ProcedureId, party: &PartyId) -> bool {
        let mut version = self.version_of(id);
        loop {
            if version.charter.parties.contains_key(party) {
                return true;
            }
            let Some(before) = version.after else { return false };
            version = &self.versions[before.at()];
        }
    }

    /// Returns what a new record of a kind about something must name as its charter: what speaks on a matter, what the
    /// matter's opener named; what opens a matter of its own, the charter in force.
    #[must_use]
    pub fn charter_to_name(&self, kind: &Kind, about: Option<&Hash>, is_drill: bool) -> Hash {
        let current = self.current_id(is_drill);
        let matter = about.and_then(|leaf| self.procedure_named(leaf)).map(|id| {
            let opener = self.procedures[id.at()].opener;
            *self.names.charters.name(self.records[opener.at()].charter)
        });
        let act = self.versions[current.at()].charter.acts.get(kind);
        let opens = act.is_some_and(|act| act.opens.is_some() && !crate::council::is_event(act));
        matter.filter(|_| !opens).unwrap_or_else(|| self.name_of_version(current))
    }

    /// Returns what records name to act under a version: of several closings that prove its adoption the one of the least
    /// log and number, so that all who hold the same records name the same.
    pub(crate) fn name_of_version(&self, id: VersionId) -> Hash {
        let version = &self.versions[id.at()];
        let closings = version.closings.iter().min_by_key(|closing| self.origin_of(**closing));
        closings.map_or(version.charter.hash, |closing| self.records[closing.at()].leaf)
    }

    /// Returns all charters in force, the genesis charter first.
    pub fn charters(&self) -> impl Iterator<Item = InForce<'_>> {
        let current = self.current_id(false);
        (0_u16..).map(VersionId).zip(&self.versions).map(move |(id, version)| {
            let closing = version.closings.iter().min_by_key(|closing| self.origin_of(**closing));
            let amended = closing.and_then(|closing| self.records[closing.at()].about.first());
            InForce {
                charter: &version.charter,
                named: self.name_of_version(id),
                closing: closing.map(|closing| self.records[closing.at()].leaf),
                amendment: amended.copied(),
                is_current: id == current,
            }
        })
    }

    /// Returns the charters that replace a version which another one replaces too. Members voted for both: until they adopt one
    /// text in place of the two, new matters are opened under [`Self::charter`], and the others stay as they are.
    #[must_use]
    pub fn rival_charters(&self) -> Vec<&Arc<Charter>> {
        let rivals = self.versions.iter().filter(|version| {
            let same = self
                .versions
                .iter()
                .filter(|other| other.after == version.after && other.is_drill == version.is_drill);
            version.after.is_some() && same.count() > 1
        });
        rivals.map(|version| &version.charter).collect()
    }

    /// Returns the text that an amending record would put into force.
    ///
    /// # Errors
    /// Why it makes no charter; [`AmendError::NewerFold`] if this program cannot say.
    pub(crate) fn amended(
        &self,
        version: &Version,
        terms: &veche_ledger::json::Value,
    ) -> Result<Charter, AmendError> {
        Amendment::read(terms)?.apply(&version.charter)
    }

    /// Puts the text of an adopted amendment into force, for each closing record that proves its adoption; lets in what
    /// waited for one of them, and judges again what was opened under the text that it replaces.
    pub(crate) fn enact(&mut self, id: ProcedureId) {
        let is_amendment = self.opening_act(id).is_some_and(|act| act.amends)
            && self.procedures[id.at()].spawned.is_none();
        if !is_amendment {
            return;
        }
        for closing in self.procedures[id.at()].closings.clone() {
            let leaf = self.records[closing.at()].leaf;
            if self.in_force.contains_key(&leaf) || !self.adopts(id, closing) {
                continue;
            }
            let Some(version) = self.version_made_by(id) else { continue };
            self.versions[version.at()].closings.push(closing);
            self.in_force.insert(leaf, version);
            for waiting in self.waiting.remove(&leaf).unwrap_or_default() {
                self.link(waiting);
            }
            self.mark_superseded(version, closing);
        }
    }

    pub(crate) fn adopts(&self, id: ProcedureId, closing: RecordId) -> bool {
        self.check_closing(id, closing).is_ok_and(|(_, decisions)| {
            decisions.iter().any(|(_, decision)| decision.outcome == Outcome::Adopted)
        })
    }

    /// Finds the version that an amendment makes, or adds it.
    fn version_made_by(&mut self, id: ProcedureId) -> Option<VersionId> {
        let after = self.version_named(
            self.names.charters.name(self.records[self.procedures[id.at()].opener.at()].charter),
        )?;
        let next = self.amended(self.version_of(id), &self.opening_terms(id)?).ok()?;
        let is_drill = self.records[self.procedures[id.at()].opener.at()].is_drill;
        let known = self.versions.iter().position(|version| {
            version.after == Some(after)
                && version.is_drill == is_drill
                && version.charter.hash == next.hash
        });
        if let Some(at) = known {
            return u16::try_from(at).ok().map(VersionId);
        }
        if self.versions.len() >= VERSIONS_MAX {
            return None;
        }
        let added = VersionId(u16::try_from(self.versions.len()).ok()?);
        self.owed.add(next.parties.keys());
        self.versions.push(Version::new(Arc::new(next), Some(after), is_drill));
        Some(added)
    }

    /// Marks what was opened under the replaced version by somebody who knew better.
    fn mark_superseded(&mut self, by: VersionId, closing: RecordId) {
        let Some(replaced) = self.versions[by.at()].after else { return };
        let ids =
            (0..self.procedures.len()).filter_map(|at| u32::try_from(at).ok()).map(ProcedureId);
        let knew: Vec<ProcedureId> = ids
            .filter(|id| {
                let opener = self.procedures[id.at()].opener;
                let named = self.names.charters.name(self.records[opener.at()].charter);
                self.version_named(named) == Some(replaced) && self.knew_of(opener, closing)
            })
            .collect();
        for id in knew {
            self.mark(id);
        }
    }

    /// Returns true if an opening record's author had, by his own citation, the other record.
    fn knew_of(&self, opener: RecordId, other: RecordId) -> bool {
        let other = &self.records[other.at()];
        self.floor(opener, other.log) > u64::from(other.index)
    }

    /// Returns the version that had replaced the one under which a procedure was opened, as its author knew: then the
    /// procedure is void. Who does not show that he knew is judged by the text that he names.
    pub(crate) fn superseded_by(&self, id: ProcedureId) -> Option<VersionId> {
        if self.versions.len() == 1 || self.procedures[id.at()].spawned.is_some() {
            return None;
        }
        let opener = self.procedures[id.at()].opener;
        let named =
            self.version_named(self.names.charters.name(self.records[opener.at()].charter))?;
        let is_drill = self.records[opener.at()].is_drill;
        let later = (0_u16..).map(VersionId).zip(&self.versions);
        let mut later = later
            .filter(|(_, version)| version.after == Some(named) && (is_drill || !version.is_drill));
        let knew = later.find(|(_, version)| {
            version.closings.iter().any(|closing| self.knew_of(opener, *closing))
        });
        knew.map(|(id, _)| id)
    }

    /// Returns the amendment, closed by somebody, that only a later program understands. While there is one, nothing may be
    /// decided here.
    #[must_use]
    pub fn outdated(&self) -> Option<Outdated> {
        let found = self.beyond.iter().filter(|id| {
            let leaf = self.records[id.at()].leaf;
            let waiting = self.waiting.get(&leaf).into_iter().flatten();
            let mut kinds = waiting.map(|id| self.names.kinds.name(self.records[id.at()].kind));
            kinds.any(|kind| kind.as_str() == crate::entry::CLOSING)
        });
        let first = found.min_by_key(|id| self.origin_of(**id))?;
        let terms = self.terms_of(*first)?;
        match self.amended(self.version(*first), &terms) {
            Err(AmendError::NewerFold { needs }) => {
                Some(Outdated { needs, amendment: self.records[first.at()].leaf })
            }
            Ok(_) | Err(_) => None,
        }
    }
}
