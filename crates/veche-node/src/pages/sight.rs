//! What a seat sees: a node's state at a time, read with a party's eyes.

use crate::node::Node;
use crate::peer::Contact;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::model::{Act, Charter, MEMBER, Machine, PositionFrom};
use veche_council::lists::Listed;
use veche_council::view::{ProcedureView, RecordView, RefusalView, UnitStatus, UnitView};
use veche_council::{Council, Visible};
use veche_desk as desk;
use veche_desk::{Article, Link, Tone};
use veche_ledger::{
    Hash, Kind, Label, Origin, PartyId, Record, UnixSeconds, Value, parse_canonical,
};

/// Most procedures that one page walks through: a page is read by a person, and every page has its register's page after it.
pub const WALK_MAX: usize = 2000;

/// Most steps that a page goes up: a text about a warning about a report is two under it.
const DEPTH_MAX: usize = 8;

/// A node's state at a time, for one party's officer.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The node.
    pub node: &'a Node,
    /// The party whose eyes these are.
    pub party: &'a PartyId,
    /// Its officer.
    pub officer: &'a str,
    /// The time.
    pub now: UnixSeconds,
    /// True in an exercise.
    pub is_drill: bool,
    /// Parties whose nodes are known to be cut off.
    pub cut_off: &'a BTreeSet<PartyId>,
    /// What is known of each peer, where the node has a network.
    pub contacts: Option<&'a BTreeMap<PartyId, Contact>>,
}

impl<'a> Sight<'a> {
    /// Returns the fold.
    #[must_use]
    pub const fn council(&self) -> &'a Council {
        self.node.council()
    }

    /// Returns the charter.
    #[must_use]
    pub fn charter(&self) -> &'a Charter {
        self.node.charter()
    }

    /// Returns true if the party may read what a record says.
    #[must_use]
    pub fn reads(&self, record: &RecordView) -> bool {
        self.reads_leaf(&record.record.leaf)
    }

    /// Returns true if the party may read what the record of this hash says.
    #[must_use]
    pub fn reads_leaf(&self, leaf: &str) -> bool {
        let leaf = Hash::parse(leaf).ok();
        let seen = leaf.and_then(|leaf| self.council().visible(self.party, &leaf, self.now));
        seen.is_some_and(|seen| seen.is_content())
    }

    /// Returns true if the party may read a procedure.
    #[must_use]
    pub fn reads_matter(&self, id: &Hash) -> bool {
        let seen = self.council().visible_matter(self.party, id, self.now);
        seen.is_some_and(|seen| seen.is_content())
    }

    /// Returns what the party may see of a record as stored, in the fold or not.
    #[must_use]
    pub fn sees(&self, record: &Record) -> Visible {
        let (council, leaf) = (self.council(), record.leaf());
        council.visible(self.party, &leaf, self.now).unwrap_or_else(|| {
            council.visible_header(self.party, record.log(), record.header(), &leaf, self.now)
        })
    }

    /// Returns true if the party may read what is listed.
    #[must_use]
    pub fn may_list(&self, listed: &Listed<'_>) -> bool {
        self.council().sees(self.party, &listed.id, self.now)
    }

    /// Returns true if all in what is listed is at its end, as far as the party sees it.
    #[must_use]
    pub fn is_over(&self, listed: &Listed<'_>) -> bool {
        self.council().is_over_for(self.party, &listed.id, self.now)
    }

    /// Returns a record as the party may know it: of one that it may not read what its header tells everybody.
    #[must_use]
    pub fn record(&self, leaf: &Hash) -> Option<RecordView> {
        self.council().record_for(self.party, leaf, self.now)
    }

    /// Returns the record with this number of a log, as [`Self::record`]; `None` for receipts.
    #[must_use]
    pub fn record_at(&self, log: &Origin, index: u64) -> Option<RecordView> {
        self.council().record_at_for(self.party, log, index, self.now)
    }

    /// Returns true if what this officer says can be signed here: the key is unlocked.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        self.node.can_sign(self.party, self.officer)
    }

    /// Returns when a procedure was opened: by evidence, and while no quorum of others holds it by its author's clock.
    #[must_use]
    pub fn since(&self, view: &ProcedureView) -> UnixSeconds {
        self.time_of(view.since.as_deref(), &view.id)
    }

    /// Returns a record's time by evidence, if there is one, else by its author's clock.
    #[must_use]
    pub fn time_of(&self, at: Option<&str>, leaf: &str) -> UnixSeconds {
        let claimed = || Some(time(&self.record(&Hash::parse(leaf).ok()?)?.time));
        at.map(time).or_else(claimed).unwrap_or_default()
    }

    /// Returns a procedure, if the party may read it.
    #[must_use]
    pub fn view(&self, id: &Hash) -> Option<ProcedureView> {
        self.council().procedure_for(self.party, id, self.now)
    }

    /// Returns the procedures among these that the party may read.
    #[must_use]
    pub fn readable(&self, ids: impl IntoIterator<Item = Hash>) -> Vec<ProcedureView> {
        ids.into_iter().filter_map(|id| self.view(&id)).collect()
    }

    /// Returns a procedure and all under it that the party may read, parents before children, at most [`WALK_MAX`].
    #[must_use]
    pub fn tree(&self, root: &ProcedureView) -> Vec<ProcedureView> {
        let mut found = vec![root.clone()];
        let mut at = 0;
        while let Some(children) = found.get(at).map(|view| view.children.clone()) {
            found.extend(self.readable(children.iter().filter_map(|id| Hash::parse(id).ok())));
            at += 1;
            if found.len() >= WALK_MAX {
                break;
            }
        }
        found
    }

    /// Returns what a procedure stands under, as far as the party may read it: the nearest first, at most `DEPTH_MAX`.
    #[must_use]
    pub fn above(&self, view: &ProcedureView) -> Vec<ProcedureView> {
        let parent = |of: &ProcedureView| self.view(&Hash::parse(of.parent.as_deref()?).ok()?);
        std::iter::successors(parent(view), parent).take(DEPTH_MAX).collect()
    }

    /// Returns how many records whose headers say that they are about one of these procedures are kept from the party.
    #[must_use]
    pub fn withheld(&self, tree: &[ProcedureView]) -> u64 {
        let ids = tree.iter().filter_map(|view| Hash::parse(&view.id).ok());
        ids.map(|id| self.council().unread_about(self.party, &id, self.now)).sum()
    }

    /// Returns the act that opens a procedure of this kind.
    #[must_use]
    pub fn act(&self, kind: &str) -> Option<&'a Act> {
        self.charter().acts.get(&Kind::parse(kind).ok()?)
    }

    /// Returns the machine that a procedure of this kind runs.
    #[must_use]
    pub fn machine(&self, kind: &str) -> Option<&'a Machine> {
        self.charter().machines.get(self.act(kind)?.opens.as_ref()?)
    }

    /// Returns an act's name for people, or the kind itself for the ledger's own kinds.
    #[must_use]
    pub fn act_title(&self, kind: &str) -> String {
        let own = || super::forms::capital(&kind.replace('_', " "));
        self.act(kind).map_or_else(own, |act| act.title.clone())
    }

    /// Returns the act with which a party takes a position on a text of this kind, and the field that holds it.
    #[must_use]
    pub fn position_act(&self, kind: &str) -> Option<(&'a Kind, &'a Act, &'a str)> {
        self.charter().acts.iter().find_map(|(name, act)| {
            let field = match &act.position {
                Some(PositionFrom::Field(field)) => field.as_str(),
                Some(PositionFrom::Always(_)) | None => return None,
            };
            act.about.iter().any(|about| about.as_str() == kind).then_some((name, act, field))
        })
    }

    /// Returns true if something else can be opened about a procedure of this kind: then it is a matter, and not an entry.
    #[must_use]
    pub fn is_matter(&self, kind: &str) -> bool {
        let mut acts = self.charter().acts.values();
        acts.any(|act| act.opens.is_some() && act.about.iter().any(|about| about.as_str() == kind))
    }

    /// Returns the parties of full standing, in the charter's order.
    pub fn members(&self) -> impl Iterator<Item = &'a PartyId> {
        let parties = self.charter().parties.iter();
        parties.filter(|(_, party)| party.status.as_str() == MEMBER).map(|(id, _)| id)
    }

    /// Returns a party's name for people.
    #[must_use]
    pub fn name(&self, id: &str) -> String {
        let party = PartyId::parse(id).ok().and_then(|id| self.charter().parties.get(&id));
        party.map_or_else(|| id.to_owned(), |party| party.name.clone())
    }

    /// Returns the name of the author of something, with who keeps its log if it runs no node.
    #[must_use]
    pub fn author(&self, id: &str) -> String {
        self.charter().author_name(id)
    }

    /// Returns the names of several.
    #[must_use]
    pub fn names<'b>(&self, ids: impl IntoIterator<Item = &'b String>) -> Vec<String> {
        ids.into_iter().map(|id| self.name(id)).collect()
    }

    /// Returns a label as pages show it.
    #[must_use]
    pub fn label(&self, name: &str) -> desk::Label {
        let entry = Label::parse(name).ok().and_then(|label| self.charter().labels.get(&label));
        let tlp = entry.and_then(|entry| entry.tlp.as_deref()).and_then(desk::Tlp::from_word);
        desk::Label { name: name.to_owned(), tlp }
    }

    /// Returns an article with its words.
    #[must_use]
    pub fn article(&self, number: Option<&str>) -> Article {
        let Some(number) = number else { return Article::default() };
        let mut articles = self.charter().articles.iter();
        let text = articles.find(|(id, _)| id.as_str() == number).map(|(_, text)| text.clone());
        Article { number: number.to_owned(), text: text.unwrap_or_default(), href: None }
    }

    /// Returns a refusal as pages show it. `act`: the kind tried, whose own article stands in where the refusal names none.
    #[must_use]
    pub fn refusal(
        &self,
        tried: String,
        refused: &RefusalView,
        act: Option<&str>,
    ) -> desk::Refusal {
        let own = || self.act(act?)?.article.as_ref().map(ToString::to_string);
        let number = refused.article.clone().or_else(own);
        let mut article = self.article(number.as_deref());
        if let Some(quote) = &refused.quote {
            article.text.clone_from(quote);
        }
        desk::Refusal {
            tried,
            article,
            because: Some(refused.why.clone()),
            ..desk::Refusal::default()
        }
    }

    /// Returns the name by which a page's address names a procedure: its number, if no other has the same.
    #[must_use]
    pub fn handle(&self, view: &ProcedureView) -> String {
        let is_own = self.council().by_number_for(self.party, &view.number, self.now);
        let is_own = is_own.is_some_and(|id| id.to_string() == view.id);
        if is_own { view.number.clone() } else { view.id.clone() }
    }

    /// Returns a procedure's address.
    #[must_use]
    pub fn href(&self, view: &ProcedureView) -> String {
        format!("/cases/{}", segment(&self.handle(view)))
    }

    /// Returns a link to a procedure: number and title.
    #[must_use]
    pub fn link(&self, view: &ProcedureView) -> Link {
        Link::new(&self.href(view), &self.title(view))
    }

    /// Returns a procedure's title: of one that is called after a party, the party's name.
    #[must_use]
    pub fn name_of(&self, view: &ProcedureView) -> String {
        if view.title.is_empty() { view.kind_title.clone() } else { self.name(&view.title) }
    }

    /// Returns a procedure's number and title.
    #[must_use]
    pub fn title(&self, view: &ProcedureView) -> String {
        format!("{} {}", view.number, self.name_of(view))
    }

    /// Returns the state of a procedure in a word: of its one unit, or how many of several are how far.
    #[must_use]
    pub fn state(&self, view: &ProcedureView) -> desk::State {
        let mut words: BTreeMap<String, (usize, Tone)> = BTreeMap::new();
        for unit in &view.units {
            let state = unit_state(unit);
            words.entry(state.word).or_insert((0, state.tone)).0 += 1;
        }
        let worst = words.values().map(|(_, tone)| *tone).max_by_key(|tone| rank(*tone));
        let said: Vec<String> = match words.len() {
            0 | 1 => words.into_keys().collect(),
            _ => words.into_iter().map(|(word, (count, _))| format!("{count} {word}")).collect(),
        };
        desk::State::new(&said.join(", "), worst.unwrap_or_default())
    }

    /// Returns a line on a procedure's clock that runs out next, or ran out and awaits an act: when, and whether it has passed.
    #[must_use]
    pub fn next_due(&self, view: &ProcedureView) -> Option<desk::Due> {
        let open = view.units.iter().filter(|unit| unit.decision.is_none());
        let due = open.filter_map(|unit| {
            let deadline = unit.deadline.as_ref()?;
            let is_open = matches!(unit.status, UnitStatus::Running | UnitStatus::Contested);
            let state = if is_open && !deadline.has_passed {
                desk::DueState::Open
            } else {
                desk::DueState::Overdue
            };
            let is_shown = !matches!(unit.status, UnitStatus::Final | UnitStatus::Decided);
            is_shown.then(|| desk::Due { at: time(&deadline.at), state })
        });
        due.min_by_key(|due| due.at)
    }
}

/// Returns a unit's state in a word: decided states by their outcome, others as the charter names them.
#[must_use]
pub(super) fn unit_state(unit: &UnitView) -> desk::State {
    let tone = match (&unit.decision, unit.status) {
        (Some(decision), _) if decision.outcome == "adopted" => Tone::Good,
        (Some(_), _) => Tone::Care,
        (None, UnitStatus::Contested) => Tone::Bad,
        (None, UnitStatus::EvidenceOutstanding | UnitStatus::Moved) => Tone::Care,
        (None, UnitStatus::Running | UnitStatus::Decided | UnitStatus::Final) => Tone::Plain,
    };
    let word = unit.state_title.replace('_', " ");
    match unit.status {
        UnitStatus::EvidenceOutstanding => {
            desk::State::new(&format!("{word}, evidence outstanding"), tone)
        }
        UnitStatus::Contested => desk::State::new(&format!("{word}, contested"), tone),
        UnitStatus::Running | UnitStatus::Moved | UnitStatus::Decided | UnitStatus::Final => {
            desk::State::new(&word, tone)
        }
    }
}

const fn rank(tone: Tone) -> u8 {
    match tone {
        Tone::Plain => 0,
        Tone::Good => 1,
        Tone::Care => 2,
        Tone::Bad => 3,
    }
}

/// Reads a time that the council wrote.
#[must_use]
pub(super) fn time(text: &str) -> UnixSeconds {
    UnixSeconds::parse(text).unwrap_or_default()
}

/// Reads terms that the council wrote.
#[must_use]
pub(super) fn terms(text: &str) -> Value {
    parse_canonical(text.as_bytes()).unwrap_or_else(|_| Value::Map(BTreeMap::new()))
}

/// Returns a name as one segment of an address: what is no letter, digit, `-`, `_` or `.` as percent and two digits.
#[must_use]
pub fn segment(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").unwrap_or_default();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_an_author_made_up_stays_one_segment() {
        assert_eq!(segment("P-1"), "P-1");
        assert_eq!(segment("../x?y#z"), "..%2Fx%3Fy%23z");
    }
}
