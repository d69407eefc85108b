//! The egress guard: looks at the bytes that are about to leave, and lets no content go to a node that its label keeps it from.
//!
//! It shares nothing with the code that chose the bytes but the charter and the records: it reads the label anew from the record, the readers
//! anew from the charter's table, and groups and releases anew from what records say. What it stops is a fault of this program, told loudly, and
//! not sent.

use crate::node::Node;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use veche_charter::Charter;
use veche_charter::act::Readers;
use veche_charter::model::{Act, MakesGroup, Releases};
use veche_charter::name::FieldName;
use veche_council::lists::Admitted;
use veche_council::redaction::Content;
use veche_council::visible::GROUPS_WALKED_MAX;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::record::{Record, Sealed};
use veche_ledger::sync::{Push, Resource, parse_openings};
use veche_ledger::tile::TILE_WIDTH;
use veche_ledger::{
    Checkpoint, Hash, Header, Label, LeafIndex, Origin, PartyId, SignedCheckpoint, UnixSeconds,
    Value, parse_canonical,
};

/// Content that was about to leave for somebody whom its label keeps it from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "stopped before it left: the content of record {index} of `{log}`, label `{label}`, for the node of {readers}; this is a fault of \
     the program, report it"
)]
pub struct Leak {
    /// The log.
    pub log: Origin,
    /// The record.
    pub index: u64,
    /// Its label, as far as it can be read.
    pub label: String,
    /// For whom.
    pub readers: String,
}

/// Looks at the openings of a bundle on their way out.
///
/// # Errors
/// [`Leak`].
pub fn check_openings(
    node: &Node,
    to: &BTreeSet<PartyId>,
    what: &Resource,
    body: &[u8],
    now: UnixSeconds,
) -> Result<(), Leak> {
    let Resource::Openings(log, path) = what else { return Ok(()) };
    let start = path.index() * TILE_WIDTH;
    let leaves = node.store().entries(log, start, u64::from(path.width())).unwrap_or_default();
    // What cannot be looked through does not leave.
    let openings = parse_openings(body, path.width()).map_err(|_| unreadable(log, start, to))?;
    let watch = Watch { node, to, now, given: OnceCell::new() };
    for (at, opening) in openings.into_iter().enumerate() {
        let index = start + at as u64;
        if let Some(opening) = opening {
            // A content without its record here says nothing of whom it is for.
            let entry = leaves.get(at).ok_or_else(|| unreadable(log, index, to))?;
            watch.check(log, index, &entry.leaf, opening)?;
        }
    }
    Ok(())
}

/// Looks at a push on its way out.
///
/// # Errors
/// [`Leak`].
pub fn check_push(
    node: &Node,
    to: &BTreeSet<PartyId>,
    log: &Origin,
    body: &[u8],
    now: UnixSeconds,
) -> Result<(), Leak> {
    let push = Push::parse(body).map_err(|_| unreadable(log, 0, to))?;
    let size =
        SignedCheckpoint::claimed(&push.checkpoint).map_or(0, |Checkpoint { size, .. }| size);
    let start = size.saturating_sub(push.records.len() as u64);
    let watch = Watch { node, to, now, given: OnceCell::new() };
    for (index, (leaf, opening)) in (start..).zip(&push.records) {
        if let Some(opening) = opening {
            watch.check(log, index, leaf, opening)?;
        }
    }
    Ok(())
}

fn unreadable(log: &Origin, index: u64, to: &BTreeSet<PartyId>) -> Leak {
    let readers = to.iter().map(PartyId::as_str).collect::<Vec<_>>().join(", ");
    Leak { log: log.clone(), index, label: "not readable".to_owned(), readers }
}

/// A look at one message.
struct Watch<'a> {
    node: &'a Node,
    to: &'a BTreeSet<PartyId>,
    now: UnixSeconds,
    /// What records say of groups and releases: read once a message, and only if some content needs it.
    given: OnceCell<Given<'a>>,
}

/// Records that make groups, release, or withdraw a release.
#[derive(Default)]
struct Given<'a> {
    groups: BTreeMap<String, Group>,
    releases: Vec<(Admitted<'a>, &'a Act, &'a Releases)>,
    withdrawals: Vec<(Admitted<'a>, &'a Act)>,
}

/// What a record that makes a group says.
struct Group {
    members: BTreeSet<String>,
    includes: Vec<String>,
}

impl<'a> Watch<'a> {
    fn check(&self, log: &Origin, index: u64, leaf: &[u8], opening: &[u8]) -> Result<(), Leak> {
        let leak =
            |label: &str| Leak { label: label.to_owned(), ..unreadable(log, index, self.to) };
        let record =
            Record::decode(log, LeafIndex(index), leaf).map_err(|_| leak("not readable"))?;
        let header = record.header();
        let is_redacted = self.node.council().redacted_at(log, index).is_some();
        if is_redacted && !matches!(Content::from_bytes(opening), Ok(Content::Redacted(_))) {
            return Err(leak("redacted"));
        }
        let opened = Opening::from_bytes(Domain::Terms, opening).ok();
        let label = if header.is_sealed() {
            let sealed = opened.as_ref().and_then(|opened| Sealed::unseal(header, opened).ok());
            sealed.ok_or_else(|| leak("sealed"))?.label
        } else {
            header.label.clone()
        };
        let is_labelled = |party: &PartyId| {
            party.as_str() == log.party()
                || self.is_labelled(party, header, &label, opened.as_ref())
        };
        // What the label lets out is let out without a look at the releases, which are in all that was ever said.
        let is_let_out = self.to.iter().any(is_labelled)
            || self.to.iter().any(|party| self.is_released(party, &record.leaf()));
        if is_let_out { Ok(()) } else { Err(leak(label.as_str())) }
    }

    /// Reads the label as the table has it: its base, its group, and what it is read as by now.
    fn is_labelled(
        &self,
        party: &PartyId,
        header: &Header,
        label: &Label,
        opened: Option<&Opening>,
    ) -> bool {
        let (base, group) = match label.as_str().split_once("+group(") {
            None => (label.clone(), None),
            Some((base, rest)) => match (Label::parse(base), rest.strip_suffix(')')) {
                (Ok(base), Some(group)) if group.len() == 32 => (base, Some(group)),
                _ => return false,
            },
        };
        let council = self.node.council();
        let named = council.charter_named(&header.charter);
        let reads_as = |label: &Label| match named {
            // Who joined later reads by the text that brought him.
            Some(charter) if charter.parties.contains_key(party) => reads(charter, party, label),
            Some(_) => council.charters().any(|version| reads(version.charter, party, label)),
            // A text that is not in force here yet: its author alone sends it on, by the first text.
            None => {
                council.charters().next().is_some_and(|first| reads(first.charter, party, label))
            }
        };
        let is_in_group = || group.is_none_or(|group| self.is_in_group(party, group));
        if reads_as(&base) {
            return is_in_group();
        }
        let Some(charter) = named.filter(|_| !header.is_sealed()) else { return false };
        let mut lower = lower_labels(charter, &base, header.time, self.now);
        lower.extend(lower_by_day(charter, header, opened, self.now));
        lower.iter().any(reads_as) && is_in_group()
    }

    fn given(&self) -> &Given<'a> {
        self.given.get_or_init(|| read_given(self.node))
    }

    /// Walks from the one group whose hash begins so to those in it, each once, and no more of them than may add anybody.
    fn is_in_group(&self, party: &PartyId, begins: &str) -> bool {
        let groups = &self.given().groups;
        let mut meant = groups.keys().filter(|leaf| leaf.starts_with(begins));
        let (Some(first), None) = (meant.next(), meant.next()) else { return false };
        let (mut seen, mut next) = (BTreeSet::from([first.as_str()]), vec![first.as_str()]);
        let mut left = GROUPS_WALKED_MAX;
        while let Some(leaf) = next.pop() {
            let Some(group) = groups.get(leaf) else { continue };
            if left == 0 {
                return false;
            }
            left -= 1;
            if group.members.contains(party.as_str()) {
                return true;
            }
            next.extend(
                group.includes.iter().map(String::as_str).filter(|leaf| seen.insert(*leaf)),
            );
        }
        false
    }

    fn is_released(&self, party: &PartyId, leaf: &Hash) -> bool {
        self.given().releases.iter().any(|(release, act, releases)| {
            let is_about = released(release, releases) == Some(*leaf) || release.leaf == *leaf;
            is_about
                && self.has_effect(release, act)
                && self.is_named(party, release, releases)
                && !self
                    .given()
                    .withdrawals
                    .iter()
                    .any(|(end, act)| end.about == Some(release.leaf) && self.has_effect(end, act))
        })
    }

    /// What opens a machine has effect once it was adopted.
    fn has_effect(&self, record: &Admitted<'_>, act: &Act) -> bool {
        act.opens.is_none()
            || self.node.council().procedure(&record.leaf, self.now).is_some_and(|view| {
                let decisions = view.units.iter().filter_map(|unit| unit.decision.as_ref());
                decisions.into_iter().any(|decision| decision.outcome == "adopted")
            })
    }

    fn is_named(&self, party: &PartyId, release: &Admitted<'_>, releases: &Releases) -> bool {
        let Some(terms) = release.terms.and_then(|terms| parse_canonical(terms).ok()) else {
            return false;
        };
        let mut charters = self.node.council().charters();
        let status = |name: &str| {
            charters.any(|version| {
                version
                    .charter
                    .parties
                    .get(party)
                    .is_some_and(|entry| entry.status.as_str() == name)
            })
        };
        texts(&terms, releases.parties.as_ref()).any(|name| name == party.as_str())
            || texts(&terms, releases.statuses.as_ref()).any(status)
    }
}

/// Returns the record that a release names: what it is about, or what is in its field.
fn released(release: &Admitted<'_>, releases: &Releases) -> Option<Hash> {
    let Some(field) = &releases.record else { return release.about };
    let terms = parse_canonical(release.terms?).ok()?;
    Hash::parse(terms.get(field.as_str())?.as_text()?).ok()
}

fn read_given(node: &Node) -> Given<'_> {
    let council = node.council();
    let mut given = Given::default();
    for record in council.admitted() {
        let charter = council.charter_named(record.charter);
        let Some(act) = charter.and_then(|charter| charter.acts.get(record.kind)) else { continue };
        if let Some(group) = &act.makes_group {
            given
                .groups
                .extend(read_group(&record, group).map(|group| (record.leaf.to_string(), group)));
        }
        if let Some(releases) = &act.releases {
            given.releases.push((record, act, releases));
        }
        if act.withdraws {
            given.withdrawals.push((record, act));
        }
    }
    given
}

fn read_group(record: &Admitted<'_>, fields: &MakesGroup) -> Option<Group> {
    let terms = parse_canonical(record.terms?).ok()?;
    let owned = |field| texts(&terms, field).map(str::to_owned);
    Some(Group {
        members: owned(Some(&fields.members)).collect(),
        includes: owned(fields.includes.as_ref()).collect(),
    })
}

/// Returns the labels that a label's records are read as by now, by its span.
fn lower_labels(
    charter: &Charter,
    base: &Label,
    made: UnixSeconds,
    now: UnixSeconds,
) -> Vec<Label> {
    let mut lower = Vec::new();
    let mut next = charter.labels.get(base);
    while let Some(step) = next.and_then(|entry| entry.downgrade.as_ref()) {
        let calendar = charter.calendars.get(&charter.calendar);
        if lower.contains(&step.to) || calendar.is_none_or(|c| c.add(made, step.after) > now) {
            break;
        }
        lower.push(step.to.clone());
        next = charter.labels.get(&step.to);
    }
    lower
}

/// Returns the label that a record is read as from the day on that its author set.
fn lower_by_day(
    charter: &Charter,
    header: &Header,
    opened: Option<&Opening>,
    now: UnixSeconds,
) -> Option<Label> {
    let step = charter.acts.get(&header.kind)?.downgrade.as_ref()?;
    let terms = parse_canonical(&opened?.bytes).ok()?;
    let day = UnixSeconds::parse(terms.get(step.at.as_str())?.as_text()?).ok()?;
    (day <= now).then(|| step.to.clone())
}

fn texts<'t>(terms: &'t Value, field: Option<&FieldName>) -> impl Iterator<Item = &'t str> {
    let list = field.and_then(|field| terms.get(field.as_str())?.as_list());
    list.unwrap_or_default().iter().filter_map(Value::as_text)
}

fn reads(charter: &Charter, party: &PartyId, label: &Label) -> bool {
    charter.parties.contains_key(party)
        && match charter.readers(label) {
            Readers::Everyone => true,
            Readers::Only(readers) => readers.contains(party),
        }
}
