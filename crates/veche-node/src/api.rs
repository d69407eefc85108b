//! The node's questions and answers, apart from how they travel: `/api/v1` over HTTP, and the checks of exercises.

mod form;
mod objects;
mod openapi;
pub(crate) mod route;

use crate::missing;
use crate::node::{Node, NodeError};
use crate::search;
use crate::store::StoreFault;
pub use openapi::document;
use route::Answer;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use veche_council::certificate;
use veche_council::lists::Listed;
use veche_council::reading::Unread;
use veche_council::view::{DutyView, ProcedureView, RecordView, UnitStatus};
use veche_ledger::{Hash, LeafIndex, Origin, PartyId, Seconds, UnixSeconds};

/// Rows of a list if the asker names no limit.
pub const LIMIT_DEFAULT: usize = 100;

/// Most rows of a list.
pub const LIMIT_MAX: usize = 1000;

/// The longest that clocks of one text's paragraphs run out apart: while the last of them runs, the first is remembered.
const CLOCKS_APART: Seconds = Seconds::hours(30 * 24);

/// What an asker is told when there is no answer: `application/problem+json` (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// What is wrong, in a few words.
    pub title: String,
    /// What is wrong, in a sentence.
    pub detail: String,
    /// The article of the charter that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// The article's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Problem {
    /// Makes a problem of a status.
    #[must_use]
    pub fn new(status: u16, title: &str, detail: String) -> Self {
        Self { status, title: title.to_owned(), detail, article: None, quote: None, hint: None }
    }

    fn not_found(what: &str, name: &str) -> Self {
        Self::new(404, "not found", format!("there is no {what} `{name}` here"))
    }
}

impl From<NodeError> for Problem {
    fn from(error: NodeError) -> Self {
        let status = match &error {
            NodeError::NotKept(_)
            | NodeError::NoOfficer { .. }
            | NodeError::NotASigner { .. }
            | NodeError::OnlyApproved => 403,
            NodeError::Assemble(_) => 404,
            NodeError::Closing(_)
            | NodeError::Outdated(_)
            | NodeError::RestoredTooOld { .. }
            | NodeError::NotHeardYet { .. }
            | NodeError::AsksFirst { .. }
            | NodeError::RecordsFall { .. }
            | NodeError::SaidAlready { .. }
            | NodeError::TwoHistories { .. }
            | NodeError::Forked { .. } => 409,
            NodeError::Store(error) => match error.what {
                StoreFault::DiskFull | StoreFault::NotWritten(_) | StoreFault::NotSynced => 507,
                StoreFault::Missing
                | StoreFault::InUse
                | StoreFault::Damaged(_)
                | StoreFault::TooNew(_)
                | StoreFault::NotRead(_)
                | StoreFault::Exists
                | StoreFault::File(_)
                | StoreFault::Locked
                | StoreFault::NoStoreKey
                | StoreFault::StoreKey(_)
                | StoreFault::OtherStoreKey
                | StoreFault::Unsealed(_)
                | StoreFault::Address(_)
                | StoreFault::NoConnection(_)
                | StoreFault::Lost
                | StoreFault::NotWriter
                | StoreFault::Replica
                | StoreFault::Encoding(_)
                | StoreFault::Writer { .. }
                | StoreFault::Standby
                | StoreFault::UnsafeServer(_)
                | StoreFault::FileAlone(_)
                | StoreFault::Sql(_) => 503,
            },
            NodeError::Keys(_)
            | NodeError::Charter(_)
            | NodeError::OtherCharter { .. }
            | NodeError::Record(_)
            | NodeError::Received(_)
            | NodeError::Signature(_)
            | NodeError::Ingest(_)
            | NodeError::Seal(_)
            | NodeError::Apply(_)
            | NodeError::Keyring(_)
            | NodeError::Name(_)
            | NodeError::Gap { .. }
            | NodeError::Withheld { .. }
            | NodeError::OtherRoot { .. }
            | NodeError::Checkpoint { .. }
            | NodeError::Witness(_)
            | NodeError::OtherLastGood { .. }
            | NodeError::Redaction(_)
            | NodeError::RestedOn
            | NodeError::NoKey { .. }
            | NodeError::Roles(_) => 422,
        };
        Self::new(status, "not done", error.to_string())
    }
}

/// The parameters of a question.
pub type Query = BTreeMap<String, String>;

/// A question to a node that knows its place in the table of [`route`].
pub(crate) struct Question<'a> {
    node: &'a Node,
    /// What the path has in place of its parameters, in their order.
    places: Vec<&'a str>,
    query: &'a Query,
    now: UnixSeconds,
}

impl Question<'_> {
    /// Returns what stands in the path's parameter number `at`. The table gives each path as many as its answer reads.
    fn place(&self, at: usize) -> &str {
        self.places.get(at).copied().unwrap_or_default()
    }
}

/// Answers a question at `now`. `path`: below `/api/v1`, as `/procedures/P-1`.
///
/// # Errors
/// [`Problem`]: 404 for what is not here, 400 for a parameter that the path does not know or of a wrong form.
pub fn get(node: &Node, path: &str, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let missing = || Problem::not_found("page", path);
    let (route, places) = route::find(path).ok_or_else(missing)?;
    match route.answer {
        Answer::Node(answer) => {
            route.knows(query)?;
            answer(&Question { node, places, query, now })
        }
        // These are not a node's to answer.
        Answer::Document | Answer::Peers | Answer::Exercise => Err(missing()),
    }
}

/// Returns whose node keeps a party's log: null where the party runs its own.
fn hosted_by(node: &Node, party: &str) -> Json {
    json!(node.charter().host_of(party).map(ToString::to_string))
}

/// Returns a procedure with whose node keeps its author's log, and those of others who took a position.
fn with_hosts(node: &Node, view: &ProcedureView) -> Json {
    let mut told = json!(view);
    let stated = view.units.iter().flat_map(|unit| unit.positions.keys());
    let hosts: BTreeMap<&String, String> = stated
        .filter_map(|party| Some((party, node.charter().host_of(party)?.to_string())))
        .collect();
    told["hosted_by"] = hosted_by(node, &view.author);
    told["positions_hosted_by"] = json!(hosts);
    told
}

fn limit(query: &Query) -> Result<usize, Problem> {
    let Some(text) = query.get("limit") else { return Ok(LIMIT_DEFAULT) };
    let fault =
        || Problem::new(400, "bad parameter", format!("`limit` is a number from 1 to {LIMIT_MAX}"));
    text.parse().ok().filter(|n| (1..=LIMIT_MAX).contains(n)).ok_or_else(fault)
}

/// Finds a procedure by its number for people or its hash; the number is the one that it has for `reader`.
///
/// # Errors
/// [`Problem`] 404.
pub fn find(node: &Node, reader: &PartyId, name: &str, now: UnixSeconds) -> Result<Hash, Problem> {
    let by_number = node.council().by_number_for(reader, name, now);
    by_number
        .or_else(|| Hash::parse(name).ok())
        .ok_or_else(|| Problem::not_found("procedure", name))
}

/// The API answers with what the node's own party may read, which may be less than the node holds: it may keep the log of a party that
/// reads what its host does not.
fn find_own(node: &Node, name: &str, now: UnixSeconds) -> Result<Hash, Problem> {
    find(node, node.party(), name, now)
}

/// Returns true if the node's party may know of what is listed.
fn is_seen(node: &Node, listed: &Listed<'_>, now: UnixSeconds) -> bool {
    node.council().sees(node.party(), &listed.id, now)
}

fn procedure(asked: &Question<'_>) -> Result<Json, Problem> {
    let (node, name, now) = (asked.node, asked.place(0), asked.now);
    let view = node.council().procedure_for(node.party(), &find_own(node, name, now)?, now);
    let view = view.ok_or_else(|| Problem::not_found("procedure", name))?;
    Ok(with_hosts(node, &view))
}

fn why(node: &Node, name: &str, now: UnixSeconds) -> Result<Json, Problem> {
    Ok(json!(node.council().why_for(node.party(), &find_own(node, name, now)?, now)))
}

fn status(node: &Node, now: UnixSeconds) -> Json {
    let heads: BTreeMap<String, Json> = node
        .heads()
        .map(|h| (h.log.to_string(), json!({"size": h.size, "root": h.root.to_string()})))
        .collect();
    let heard: BTreeMap<String, String> = node
        .council()
        .last_heard()
        .into_iter()
        .map(|(party, at)| (party.to_string(), at.to_string()))
        .collect();
    let ahead: BTreeMap<String, Json> = node
        .clocks_ahead()
        .iter()
        .map(|(log, ahead)| {
            let row = json!({"index": ahead.index, "claimed": ahead.claimed.to_string(),
                "received_at": ahead.received_at.to_string()});
            (log.to_string(), row)
        })
        .collect();
    let forks: Vec<String> = node.forks().keys().map(ToString::to_string).collect();
    let gone_on: Vec<Json> = node
        .store()
        .gone_on()
        .unwrap_or_default()
        .iter()
        .map(|word| json!({"officer": word.officer, "at": word.at.to_string(), "reason": word.reason, "signature": word.signature}))
        .collect();
    json!({
        "party": node.party().to_string(),
        "organisation": node.charter().title,
        "charter": node.charter().hash.to_string(),
        "charter_version": node.charter().version,
        "outdated": node.council().outdated().map(|outdated| outdated.to_string()),
        "now": now.to_string(),
        "records": node.council().len(),
        "digest": node.council().digest().to_string(),
        "logs": heads,
        "last_heard": heard,
        "forks": forks,
        "clocks_ahead": ahead,
        "holds_back": node.holds_back(),
        "gone_on": gone_on,
    })
}

fn charter(node: &Node) -> Json {
    let charter = node.charter();
    let parties: BTreeMap<String, Json> = charter
        .parties
        .iter()
        .map(|(id, party)| {
            (id.to_string(), json!({"name": party.name, "status": party.status.to_string(), "hosted_by": hosted_by(node, id.as_str())}))
        })
        .collect();
    let articles: BTreeMap<String, &String> =
        charter.articles.iter().map(|(id, text)| (id.to_string(), text)).collect();
    let versions: Vec<Json> = node
        .council()
        .charters()
        .map(|in_force| {
            json!({"version": in_force.charter.version, "hash": in_force.charter.hash.to_string(),
                "named": in_force.named.to_string(), "is_current": in_force.is_current,
                "closing": in_force.closing.map(|leaf| leaf.to_string()),
                "amendment": in_force.amendment.map(|leaf| leaf.to_string())})
        })
        .collect();
    let rivals: Vec<String> =
        node.council().rival_charters().iter().map(|charter| charter.hash.to_string()).collect();
    json!({"name": charter.name, "title": charter.title, "hash": charter.hash.to_string(), "version": charter.version,
           "fold": charter.fold, "versions": versions, "rivals": rivals, "parties": parties, "articles": articles})
}

fn logs(node: &Node) -> Json {
    let rows: Vec<Json> = node
        .heads()
        .map(|head| {
            let cosigned: Vec<String> = node.cosignatures(&head.log).keys().map(ToString::to_string).collect();
            json!({"log": head.log.to_string(), "size": head.size, "root": head.root.to_string(), "cosigned_by": cosigned,
                "hosted_by": hosted_by(node, head.log.party())})
        })
        .collect();
    json!(rows)
}

fn records(node: &Node, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let log = query.get("log").map(String::as_str).unwrap_or_default();
    let log = Origin::parse(log)
        .map_err(|error| Problem::new(400, "bad parameter", format!("`log`: {error}")))?;
    let fault = |_| Problem::new(400, "bad parameter", "`from` is a record's number".to_owned());
    let from: u64 = query.get("from").map_or(Ok(0), |text| text.parse().map_err(fault))?;
    let limit = limit(query)? as u64;
    let stored = node.store().entries(&log, from, limit).map_err(NodeError::from)?;
    let count = stored.len() as u64;
    let rows: Vec<Json> = (from..)
        .zip(stored)
        .map(|(index, stored)| {
            let view = node.council().record_at_for(node.party(), &log, index, now);
            let note = String::from_utf8_lossy(&stored.leaf).into_owned();
            match view {
                Some(view) => json!({"index": index, "note": note, "record": view}),
                None => json!({"index": index, "note": note}),
            }
        })
        .collect();
    let next = (count == limit).then(|| from + count);
    Ok(json!({"records": rows, "next": next, "hosted_by": hosted_by(node, log.party())}))
}

fn record(node: &Node, leaf: &str, now: UnixSeconds) -> Result<Json, Problem> {
    let hash = Hash::parse(leaf).map_err(|_| Problem::not_found("record", leaf))?;
    let view = node.council().record_for(node.party(), &hash, now);
    let view = view.ok_or_else(|| Problem::not_found("record", leaf))?;
    let log = Origin::parse(&view.record.log).map_err(|_| Problem::not_found("record", leaf))?;
    let stored = node.store().entries(&log, view.record.index, 1).map_err(NodeError::from)?;
    let note = stored.first().map(|stored| String::from_utf8_lossy(&stored.leaf).into_owned());
    let is_read = node.council().reads_record(node.party(), &hash, now);
    let opening = stored.first().and_then(|stored| stored.opening.as_ref()).filter(|_| is_read);
    let held = opening.map_or(0, Vec::len);
    Ok(
        json!({"record": view, "note": note, "opening_bytes": held, "hosted_by": hosted_by(node, log.party())}),
    )
}

fn readers(node: &Node, leaf: &str, now: UnixSeconds) -> Result<Json, Problem> {
    let missing = || Problem::not_found("record", leaf);
    let hash = Hash::parse(leaf).map_err(|_| missing())?;
    node.council().record_for(node.party(), &hash, now).ok_or_else(missing)?;
    let readers = missing::readers((node, now), node.party(), &hash);
    Ok(json!({"record": hash.to_string(), "readers": missing::told_readers(readers.as_deref())}))
}

/// The records whose content is not the party's to read here, counted by log and why.
fn withheld(node: &Node, now: UnixSeconds) -> Json {
    let counts = node.unread_counts(node.party(), now);
    let row = |((log, why), count): (&(Origin, Unread), &u64)| json!({"log": log.to_string(), "why": missing::word(*why), "records": count});
    json!(counts.iter().map(row).collect::<Vec<_>>())
}

fn why_withheld(node: &Node, place: &[&str; 3], now: UnixSeconds) -> Result<Json, Problem> {
    let [party, epoch, index] = place;
    let log = format!("{}/{party}/{epoch}", node.charter().organisation);
    let log = Origin::parse(&log).map_err(|_| Problem::not_found("log", &log))?;
    let index = index.parse().map_err(|_| Problem::not_found("record", index))?;
    Ok(missing::told(node, &missing::missing((node, now), node.party(), &log, index)))
}

fn cases(node: &Node, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let council = node.council();
    let is_top = |listed: &Listed<'_>| council.is_top_for(node.party(), &listed.id, now);
    let tops = council.listed().rev().filter(|listed| is_seen(node, listed, now) && is_top(listed));
    page(node, tops.map(|listed| listed.id), query, now)
}

/// Returns the procedures of a list, or those that follow in it on the one that the query names as the last seen: newest
/// first, so that what is opened meanwhile moves nothing.
fn page(
    node: &Node,
    ids: impl Iterator<Item = Hash>,
    query: &Query,
    now: UnixSeconds,
) -> Result<Json, Problem> {
    let council = node.council();
    let after = query.get("after").map(|name| find_own(node, name, now)).transpose()?;
    if let Some(after) = after.filter(|after| !council.sees(node.party(), after, now)) {
        return Err(Problem::not_found("procedure", &after.to_string()));
    }
    let mut ids = ids;
    if let Some(after) = after {
        ids.by_ref().find(|id| *id == after);
    }
    let views = ids.filter_map(|id| council.procedure_for(node.party(), &id, now));
    let views = views.take(limit(query)?);
    Ok(json!(views.map(|view| with_hosts(node, &view)).collect::<Vec<_>>()))
}

fn registers(node: &Node, now: UnixSeconds) -> Json {
    let acts = &node.charter().acts;
    let names = acts.values().filter_map(|act| act.register.as_deref());
    let mut counts: BTreeMap<&str, usize> = names.map(|name| (name, 0)).collect();
    for listed in node.council().listed().filter(|listed| is_seen(node, listed, now)) {
        let register = acts.get(listed.kind).and_then(|act| act.register.as_deref());
        if let Some(count) = register.and_then(|name| counts.get_mut(name)) {
            *count += 1;
        }
    }
    json!(counts)
}

fn register(node: &Node, name: &str, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    if !node.charter().acts.values().any(|act| act.register.as_deref() == Some(name)) {
        return Err(Problem::not_found("register", name));
    }
    let acts = &node.charter().acts;
    let is_in = |kind| acts.get(kind).is_some_and(|act| act.register.as_deref() == Some(name));
    let rows = node.council().listed().rev().filter(|listed| is_in(listed.kind));
    page(node, rows.map(|listed| listed.id), query, now)
}

fn duties(node: &Node, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let party = query.get("party").map(|text| PartyId::parse(text)).transpose();
    let party = party.map_err(|error| Problem::new(400, "bad parameter", error.to_string()))?;
    if query.contains_key("met") {
        let all = node.council().all_duties_for(node.party(), now).into_iter();
        let rows =
            all.filter(|duty| party.as_ref().is_none_or(|party| duty.owner == party.as_str()));
        return Ok(json!(rows.map(|duty| duty_with_host(node, &duty)).collect::<Vec<_>>()));
    }
    let after = query.get("after").map(|text| duty_row(text)).transpose()?;
    let (reader, most) = (node.party(), limit(query)?);
    let owed = node.council().owed_for(reader, party.as_ref(), after, now, most);
    Ok(json!(owed.iter().map(|duty| duty_with_host(node, duty)).collect::<Vec<_>>()))
}

/// Returns what was said with the words of `q`, newest first, or what was said before the record `after`, the last one seen. What the
/// node's party may not read is neither in it nor counted.
fn search(node: &Node, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let bad = |detail: String| Problem::new(400, "bad parameter", detail);
    let q = query.get("q").map(|q| q.trim()).unwrap_or_default();
    if !q.chars().any(char::is_alphanumeric) {
        return Err(bad("`q` is the words to look for, and there is none in it".to_owned()));
    }
    if q.chars().count() > search::QUERY_LEN_MAX {
        return Err(bad(format!("`q` has at most {} characters", search::QUERY_LEN_MAX)));
    }
    let council = node.council();
    let reads = |record: &RecordView| {
        let leaf = Hash::parse(&record.record.leaf);
        leaf.is_ok_and(|leaf| council.reads_record(node.party(), &leaf, now))
    };
    let after = query.get("after").map(|leaf| {
        let record = Hash::parse(leaf).ok().and_then(|leaf| node.council().record(&leaf));
        record.filter(&reads).ok_or_else(|| Problem::not_found("record", leaf))
    });
    let found =
        search::said(node, q, after.transpose()?.as_ref(), limit(query)?, (node.party(), now))?;
    let next = found.hits.last().filter(|_| found.has_more).map(|hit| &hit.record.record.leaf);
    let hits: Vec<Json> = found.hits.iter().map(|hit| search_row(node, hit)).collect();
    Ok(json!({"q": q, "hits": hits, "next": next}))
}

fn search_row(node: &Node, hit: &search::Hit) -> Json {
    let (record, matter) = (&hit.record, hit.matter.as_ref());
    json!({
        "record": record.record.leaf, "log": record.record.log, "index": record.record.index,
        "kind": record.kind, "author": record.author, "hosted_by": hosted_by(node, &record.author),
        "label": record.label, "at": record.at, "time": record.time, "ruling": record.ruling,
        "procedure": record.procedure, "number": matter.map(|matter| &matter.number),
        "title": matter.map(|matter| &matter.title),
        "opens": matter.is_some_and(|matter| matter.is_opened),
        "excerpt": hit.excerpt.replace(['\u{2}', '\u{3}'], ""),
    })
}

/// Returns a duty with whose node keeps the log of the party that owes it.
fn duty_with_host(node: &Node, duty: &DutyView) -> Json {
    let mut told = json!(duty);
    told["hosted_by"] = hosted_by(node, &duty.owner);
    told
}

/// Reads the last row seen of a list of duties: its `due`, `procedure` and `owner` with commas between.
fn duty_row(text: &str) -> Result<(UnixSeconds, Hash, PartyId), Problem> {
    let parts: Vec<&str> = text.split(',').collect();
    let row = match parts.as_slice() {
        [due, procedure, owner] => UnixSeconds::parse(due)
            .ok()
            .zip(Hash::parse(procedure).ok())
            .zip(PartyId::parse(owner).ok())
            .map(|((due, procedure), owner)| (due, procedure, owner)),
        _ => None,
    };
    row.ok_or_else(|| {
        let detail = "`after` is `due,procedure,owner` of the last row seen".to_owned();
        Problem::new(400, "bad parameter", detail)
    })
}

/// What somebody who was away should read first: what was opened since, what is owed, where silence would count.
fn missed(node: &Node, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let since = query.get("since").map(String::as_str).unwrap_or_default();
    let since = UnixSeconds::parse(since)
        .map_err(|error| Problem::new(400, "bad parameter", format!("`since`: {error}")))?;
    let (council, party) = (node.council(), node.party());
    let since_text = since.to_string();
    let is_new = |id: &Hash| council.began(id).is_some_and(|began| began >= since);
    let opened: Vec<Json> = council
        .procedures()
        .filter(is_new)
        .filter_map(|id| council.procedure_for(party, &id, now))
        .map(|view| json!({"number": view.number, "kind": view.kind, "title": view.title, "since": view.since, "author": view.author}))
        .collect();
    let asks = |view: &ProcedureView| {
        view.units.iter().any(|unit| {
            unit.status == UnitStatus::Running
                && unit.deadline.is_some()
                && !unit.positions.contains_key(party.as_str())
        }) && view.units.iter().any(|unit| unit.paragraph.is_some())
    };
    let asked: Vec<Json> = with_clocks(node, now)
        .into_iter()
        .filter_map(|id| council.procedure_for(party, &id, now))
        .filter(asks)
        .map(|view| {
            let deadline = view
                .units
                .iter()
                .filter_map(|unit| unit.deadline.as_ref())
                .map(|d| d.at.clone())
                .min();
            json!({"number": view.number, "title": view.title, "deadline": deadline})
        })
        .collect();
    let owed = council.owed_for(party, Some(party), None, now, LIMIT_MAX);
    Ok(json!({"since": since_text, "opened": opened, "owed": owed, "asked": asked}))
}

/// Returns the procedures in which a clock may still run, in order of arrival: of several clocks in one the soonest is
/// kept, so that one that ran out not long ago may stand before others that run.
fn with_clocks(node: &Node, now: UnixSeconds) -> Vec<Hash> {
    let council = node.council();
    let listed = council.clocks(now - CLOCKS_APART).filter_map(|(_, id)| council.listing(&id));
    let by_place: BTreeMap<usize, Hash> = listed.map(|listed| (listed.place, listed.id)).collect();
    by_place.into_values().collect()
}

fn decisions(node: &Node, now: UnixSeconds) -> Json {
    let council = node.council();
    let closed = council.listed().filter(|listed| listed.has_closing);
    let views = closed.filter_map(|listed| council.procedure_for(node.party(), &listed.id, now));
    let decided =
        views.filter(|view| view.units.iter().any(|unit| unit.status == UnitStatus::Decided));
    json!(decided.map(|view| with_hosts(node, &view)).collect::<Vec<_>>())
}

fn next(node: &Node, name: &str, query: &Query, now: UnixSeconds) -> Result<Json, Problem> {
    let party = query.get("party").map_or_else(|| node.party().as_str(), String::as_str);
    let party = PartyId::parse(party)
        .map_err(|error| Problem::new(400, "bad parameter", error.to_string()))?;
    let id = find_own(node, name, now)?;
    Ok(json!(node.council().next_acts_seen(&id, &party, node.party(), now)))
}

fn certificate_of(node: &Node, name: &str, now: UnixSeconds) -> Result<Json, Problem> {
    let id = find_own(node, name, now)?;
    // It holds the contents of all that the decision rests on.
    let is_read = node.council().sees(node.party(), &id, now)
        && !node.council().rests_on_unread(node.party(), &id, now);
    if !is_read {
        return Err(Problem::not_found("certificate", name));
    }
    let bytes = node.certificate(&id)?.to_bytes();
    let verified = certificate::verify(&bytes, Some(node.charter().hash));
    Ok(match verified {
        Ok(verified) => {
            json!({"valid": true, "bytes": bytes.len(), "sha256": Hash::of(&[&bytes]).to_string(),
            "explanation": certificate::explain(&verified)})
        }
        Err(fault) => json!({"valid": false, "bytes": bytes.len(), "fault": fault.to_string()}),
    })
}

/// Returns the raw bytes of a record, for the audit view.
///
/// # Errors
/// [`Problem`] 404.
pub fn note(node: &Node, log: &Origin, index: LeafIndex) -> Result<String, Problem> {
    let stored = node.store().entries(log, index.0, 1).map_err(NodeError::from)?;
    let first =
        stored.first().ok_or_else(|| Problem::not_found("record", &format!("{log}:{index}")))?;
    Ok(String::from_utf8_lossy(&first.leaf).into_owned())
}
