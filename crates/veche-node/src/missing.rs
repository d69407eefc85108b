//! Why a party does not have the content of a record, and who may read one: as far as that party may know.

use crate::node::Node;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use veche_charter::model::Party;
use veche_council::reading::Unread;
use veche_council::times::host;
use veche_council::{Shown, Visible};
use veche_ledger::{Hash, Label, Origin, PartyId, UnixSeconds};

/// Why a party does not have a record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It has it: the content is here and its to read.
    Here,
    /// The record is here, and its content is not the party's to read, or not here.
    Unread(Unread),
    /// The record has not come: so many of its log are here.
    NotArrived {
        /// Records held of the log; none: nothing of it was ever heard.
        held: u64,
    },
}

/// A record's content that a party asks after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The log.
    pub log: Origin,
    /// The record's number there.
    pub index: u64,
    /// Its leaf, if it is here.
    pub leaf: Option<Hash>,
    /// Its label, if its header says it.
    pub label: Option<Label>,
    /// Why.
    pub why: Why,
    /// Whose node keeps the log.
    pub keeper: PartyId,
    /// When that node was last heard, by what it signed.
    pub heard_at: Option<UnixSeconds>,
}

/// Returns why a party does not have the content of the record with this number of a log.
#[must_use]
pub fn missing(
    (node, now): (&Node, UnixSeconds),
    reader: &PartyId,
    log: &Origin,
    index: u64,
) -> Missing {
    let (council, held) = (node.council(), node.size_of(log));
    let record = council.record_at_for(reader, log, index, now);
    let leaf = record.as_ref().and_then(|record| Hash::parse(&record.record.leaf).ok());
    let why = match leaf {
        _ if index >= held => Why::NotArrived { held },
        Some(leaf) => council.unread(reader, &leaf, now).map_or(Why::Here, Why::Unread),
        // Receipts and the like are for all, and have no content that a label could keep.
        None => Why::Here,
    };
    let label = record.and_then(|record| Label::parse(&record.label).ok());
    let label = label.filter(|_| why != Why::Unread(Unread::Sealed));
    let keeper = keeper(node, log.party());
    let heard_at = council.last_heard().get(&keeper).copied();
    Missing { log: log.clone(), index, leaf, label, why, keeper, heard_at }
}

/// Returns the party whose node keeps a party's log.
fn keeper(node: &Node, party: &str) -> PartyId {
    let known = PartyId::parse(party).ok();
    let entry = known.as_ref().and_then(|party| node.charter().parties.get_key_value(party));
    match (entry, known) {
        (Some((party, entry)), _) => host(party, entry).clone(),
        (None, Some(party)) => party,
        (None, None) => node.party().clone(),
    }
}

impl Missing {
    /// Says why, in sentences for whoever has the watch.
    #[must_use]
    pub fn reason(&self, node: &Node) -> String {
        let author = node.charter().author_name(self.log.party());
        let label = self.label.as_ref().map_or("unknown", Label::as_str);
        match self.why {
            Why::Here => "Its content is here.".to_owned(),
            Why::Unread(Unread::Sealed) => format!(
                "{author} sealed it: for whom it is, what kind of act it is and what it is about are not said to others. Its place in the log, its time and its author are all that can be known."
            ),
            Why::Unread(Unread::Label) => {
                format!("{author} said it under the label {label}, which is for others.")
            }
            Why::Unread(Unread::Group) => {
                format!("{author} said it to a group that you are not in: its label is {label}.")
            }
            Why::Unread(Unread::UnknownLabel) => format!(
                "{author} said it under the label {label}, and that label or its group is not known here: until it is, its author alone reads it."
            ),
            Why::Unread(Unread::Withdrawn) => {
                format!(
                    "{author} said it under the label {label}; it was released to you, and the release was withdrawn before its content was here."
                )
            }
            Why::Unread(Unread::NotGiven) => format!(
                "Its label {label} lets you read it, and the node that gave the record did not give its content."
            ),
            Why::NotArrived { held: 0 } => {
                format!("Nothing of the log {} has come to this node.", self.log)
            }
            Why::NotArrived { held } => {
                format!(
                    "It has not come: of the log {} this node holds {held} records, 0 to {}.",
                    self.log,
                    held - 1
                )
            }
        }
    }

    /// Says what to do, and whom to ask.
    #[must_use]
    pub fn advice(&self, node: &Node) -> Option<String> {
        let author = node.charter().author_name(self.log.party());
        let keeper = node.charter().author_name(self.keeper.as_str());
        let heard = self.heard_at.map_or_else(
            || format!("{keeper}'s node has not been heard yet"),
            |at| format!("{keeper}'s node was last heard at {at}"),
        );
        match self.why {
            Why::Here => None,
            Why::Unread(Unread::Sealed | Unread::Label | Unread::Group | Unread::Withdrawn) => {
                Some(format!(
                    "If you should have it, ask {author} to release it to you: only who said it can."
                ))
            }
            Why::Unread(Unread::UnknownLabel) => Some(format!(
                "Ask {author} which label was meant; what cannot be read can be said again under one that the charter has."
            )),
            Why::Unread(Unread::NotGiven) => Some(format!(
                "Ask {keeper} for it ({heard}). If nobody has it any more, it was destroyed, and {author} can say it again."
            )),
            Why::NotArrived { .. } => Some(format!(
                "{heard}; `veche peer ping` tells whether it answers now. If it does not, call {keeper}."
            )),
        }
    }
}

/// Returns a word for why, the same in lists and for programs.
#[must_use]
pub const fn word(why: Unread) -> &'static str {
    match why {
        Unread::Sealed => "sealed",
        Unread::Label => "label",
        Unread::Group => "group",
        Unread::UnknownLabel => "unknown label",
        Unread::Withdrawn => "withdrawn",
        Unread::NotGiven => "not given",
    }
}

/// Returns why as JSON.
#[must_use]
pub fn told(node: &Node, missing: &Missing) -> Json {
    let word = match missing.why {
        Why::Here => "here",
        Why::Unread(why) => word(why),
        Why::NotArrived { .. } => "not arrived",
    };
    json!({
        "log": missing.log.to_string(), "index": missing.index, "leaf": missing.leaf.map(|leaf| leaf.to_string()),
        "label": missing.label.as_ref().map(Label::as_str), "why": word, "reason": missing.reason(node),
        "advice": missing.advice(node), "kept_by": missing.keeper.to_string(),
        "last_heard": missing.heard_at.map(|at| at.to_string()),
    })
}

/// Somebody who may read a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The party.
    pub party: PartyId,
    /// Why.
    pub why: Shown,
    /// Whose node it reads at.
    pub node: PartyId,
    /// Since when that node has shown that it holds the record and its content; `None`: no receipt of it is here, or it may read the content
    /// only since later than its receipt, which was then of the record alone.
    pub held_at: Option<UnixSeconds>,
}

/// Returns who may read a record: the parties that its label is for, and its author. `None`: the asker may not know, because it is sealed
/// and not for it, or the record is not here.
#[must_use]
pub fn readers(
    (node, now): (&Node, UnixSeconds),
    asker: &PartyId,
    leaf: &Hash,
) -> Option<Vec<Reader>> {
    let council = node.council();
    if council.unread(asker, leaf, now) == Some(Unread::Sealed) {
        return None;
    }
    let record = council.record_for(asker, leaf, now)?;
    let receipts: BTreeMap<&str, UnixSeconds> = record
        .receipts
        .iter()
        .filter_map(|(party, at)| Some((party.as_str(), UnixSeconds::parse(at).ok()?)))
        .collect();
    let author_keeper = keeper(node, &record.author);
    let since = UnixSeconds::parse(&record.time).ok();
    let parties = node.charter().parties.iter();
    let reading = parties.filter_map(|(party, entry)| match council.visible(party, leaf, now)? {
        Visible::Content(why) => Some((party, entry, why)),
        Visible::Header(_) | Visible::Hash(_) => None,
    });
    let row = |(party, entry, why): (&PartyId, &Party, Shown)| {
        let at = host(party, entry);
        // Who keeps the author's log has it since it was said, and gives itself no receipt.
        let own = since.filter(|_| *at == author_keeper);
        let had_content = !matches!(why, Shown::Released { .. } | Shown::Downgraded { .. });
        let shown = receipts.get(at.as_str()).copied().filter(|_| had_content);
        Reader { party: party.clone(), why, node: at.clone(), held_at: own.or(shown) }
    };
    Some(reading.map(row).collect())
}

/// Returns who may read a record as JSON.
#[must_use]
pub fn told_readers(readers: Option<&[Reader]>) -> Json {
    let row = |reader: &Reader| {
        json!({"party": reader.party.to_string(), "why": reader.why.to_string(),
            "at_node_of": reader.node.to_string(), "held_at": reader.held_at.map(|at| at.to_string())})
    };
    json!(readers.map(|readers| readers.iter().map(row).collect::<Vec<_>>()))
}
