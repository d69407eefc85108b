//! The logs: one append-only log a party and epoch, who has cosigned it, and its records.

use super::record::{author_time, row_of};
use super::sight::Sight;
use std::collections::BTreeMap;
use veche_council::Head;
use veche_council::entry::DIGEST;
use veche_desk::{
    CheckpointView, ForkView, Link, LogPage, LogRow, LogsPage, Pager, RecordRef, RecordRow, State,
    Tone,
};
use veche_ledger::{Hash, LeafIndex, Origin, Record, UnixSeconds, Value};

/// Records on one page of a log.
pub const PAGE_LEN: u64 = 100;
/// How far back from its head a log is searched for its last record that is no receipt: receipts settle without being
/// cosigned, and a round of them is shorter. Where all these are receipts, nothing of late waits for a cosignature.
const COSIGNED_WITHIN: u64 = 64;

/// Returns a log's address.
#[must_use]
pub fn href(log: &Origin) -> String {
    match log.epoch() {
        1 => format!("/log/{}", log.party()),
        epoch => format!("/log/{}?epoch={epoch}", log.party()),
    }
}

/// Returns the list of logs. `digests`: the digest of each node's fold, where they are known.
#[must_use]
pub fn logs(sight: &Sight<'_>, digests: &BTreeMap<String, Hash>) -> LogsPage {
    let own = sight.council().digest();
    let agree = digests.values().filter(|digest| **digest == own).count();
    let agreement = (!digests.is_empty()).then(|| {
        let tone = if agree == digests.len() { Tone::Good } else { Tone::Care };
        State::new(&format!("the same on {agree} of {} nodes", digests.len()), tone)
    });
    let rows = sight.node.heads().map(|head| row(sight, &head));
    LogsPage { rows: rows.collect(), state_digest: own.to_string(), agreement }
}

fn row(sight: &Sight<'_>, head: &Head) -> LogRow {
    let name = sight.author(head.log.party());
    let text =
        if head.log.epoch() == 1 { name } else { format!("{name}, epoch {}", head.log.epoch()) };
    let witnesses = witnesses(sight, head);
    LogRow {
        link: Link::new(&href(&head.log), &text),
        origin: head.log.to_string(),
        size: head.size,
        root: head.root.to_string(),
        at: last_time(sight, head),
        cosigned: witnesses.map(|names| names.len() as u64),
        quorum: u64::from(sight.charter().witnessing.quorum),
        state: state(sight, &head.log),
    }
}

fn state(sight: &Sight<'_>, log: &Origin) -> State {
    if sight.node.forks().contains_key(log) {
        return State::new("two histories shown", Tone::Bad);
    }
    if sight.node.keyring().log(log).is_some_and(|keys| keys.ended_at().is_some()) {
        return State::new("ended by its next epoch", Tone::Care);
    }
    let is_cut_off = sight.cut_off.iter().any(|party| party.as_str() == log.party());
    if is_cut_off {
        State::new("no contact", Tone::Care)
    } else {
        State::new("in step", Tone::Plain)
    }
}

/// Returns the names of the witnesses that have shown that they hold the last record worth cosigning: by receipts in their own
/// logs, or by the cosignatures that were sent to this node. `None`: the log has had nothing but receipts and digests of late.
fn witnesses(sight: &Sight<'_>, head: &Head) -> Option<Vec<String>> {
    let lowest = head.size.saturating_sub(COSIGNED_WITHIN);
    let mut acts = (lowest..head.size).rev();
    // A digest is for whoever compares it, and is carried along.
    let last = acts
        .find_map(|index| sight.record_at(&head.log, index).filter(|view| view.kind != DIGEST))?;
    let mut names: Vec<String> = sight.names(last.receipts.keys());
    let after = last.record.index + 1;
    for size in after..=head.size {
        let lines = sight.node.store().cosignatures(&head.log, size).unwrap_or_default();
        names.extend(lines.iter().map(|(witness, _)| witness_name(sight, witness)));
    }
    names.sort();
    names.dedup();
    let own = sight.name(head.log.party());
    names.retain(|name| *name != own);
    Some(names)
}

/// Returns the party's name of a witness key: `six-rivers.example/mirez/witness`.
fn witness_name(sight: &Sight<'_>, key: &str) -> String {
    key.split('/').nth(1).map_or_else(|| key.to_owned(), |party| sight.name(party))
}

fn last_time(sight: &Sight<'_>, head: &Head) -> UnixSeconds {
    let index = head.size.saturating_sub(1);
    let stored = sight.node.store().entries(&head.log, index, 1).unwrap_or_default();
    let record = stored
        .first()
        .and_then(|stored| Record::decode(&head.log, LeafIndex(index), &stored.leaf).ok());
    record.map(|record| author_time(&record)).unwrap_or_default()
}

/// Returns one log: its records before number `before`, newest first.
#[must_use]
pub fn log(sight: &Sight<'_>, head: &Head, before: Option<u64>) -> LogPage {
    let end = before.unwrap_or(head.size).min(head.size);
    let start = end.saturating_sub(PAGE_LEN);
    let stored = sight.node.store().entries(&head.log, start, end - start).unwrap_or_default();
    let mut withheld = 0;
    let mut records: Vec<RecordRow> = Vec::new();
    for (index, entry) in (start..).zip(&stored) {
        let Ok(record) = Record::decode(&head.log, LeafIndex(index), &entry.leaf) else { continue };
        let (row, is_withheld) = record_row(sight, &record);
        withheld += u64::from(is_withheld);
        records.push(row);
    }
    records.reverse();
    let page = |end: u64| {
        let address = href(&head.log);
        let mark = if address.contains('?') { '&' } else { '?' };
        format!("{address}{mark}before={end}")
    };
    LogPage {
        log: row(sight, head),
        party: sight.author(head.log.party()),
        witnesses: witnesses(sight, head).unwrap_or_default(),
        fork: sight.node.forks().get(&head.log).and_then(|proof| fork(sight, &head.log, proof)),
        records,
        withheld,
        pager: Pager {
            shown: if end == 0 {
                "no records".to_owned()
            } else {
                format!("records {start} to {} of {}", end - 1, head.size)
            },
            newer: (end < head.size).then(|| page((end + PAGE_LEN).min(head.size))),
            older: (start > 0).then(|| page(start)),
        },
    }
}

/// Returns a record as a row, and whether its content is withheld from the party.
fn record_row(sight: &Sight<'_>, record: &Record) -> (RecordRow, bool) {
    let view = sight.record(&record.leaf());
    if let Some(row) = view.as_ref().and_then(|view| row_of(sight, view)) {
        return (row, view.is_some_and(|view| view.ruling == "withheld"));
    }
    let header = record.header();
    let is_system = view.is_none();
    let kind = sight.act_title(header.kind.as_str());
    let row = RecordRow {
        record: RecordRef {
            title: if is_system {
                format!("{kind}: what this party's node held")
            } else {
                "Sealed".to_owned()
            },
            href: format!("/records/{}", record.leaf()),
            hash: record.leaf().to_string(),
            at: header.time,
        },
        place: format!("{} {}", record.log().party(), record.index().0),
        kind,
        by: sight.author(record.log().party()),
        label: sight.label(header.label.as_str()),
        ruling: State::new(if is_system { "evidence" } else { "withheld" }, Tone::Plain),
        is_new: false,
    };
    (row, !is_system)
}

/// Returns the two histories that a fork proof shows.
fn fork(sight: &Sight<'_>, log: &Origin, proof: &Value) -> Option<ForkView> {
    let map = proof.as_map()?;
    let notes =
        map.values().filter_map(Value::as_text).filter(|text| text.starts_with(log.as_str()));
    let mut sides = notes.filter_map(|note| {
        let mut lines = note.lines().skip(1);
        let size = lines.next()?.parse().ok()?;
        let root = lines.next()?.to_owned();
        Some(CheckpointView {
            key_name: log.to_string(),
            at: None,
            size,
            root,
            seen_from: "the proof".to_owned(),
        })
    });
    let (left, right) = (sides.next()?, sides.next()?);
    let name = sight.name(log.party());
    Some(ForkView {
        left,
        right,
        consequence: format!(
            "{name} signed two histories of its log. This node takes neither further; {name} opens a new epoch with its root key."
        ),
        proof: None,
    })
}
