//! What a node of an exercise is asked and told to do: the same for one in this process and for one in a process of its own.

use crate::api::{self, Problem, Query};
use crate::node::{Appended, Node, NodeError, Statement};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use veche_ledger::commit::{Domain, Opening};
use veche_ledger::json::{Value, parse_canonical};
use veche_ledger::record::{Draft, Record, Signed};
use veche_ledger::{
    Hash, KeyName, Kind, Label, LeafIndex, Origin, PartyId, SigningKey, UnixSeconds,
};

/// A statement as it travels between processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Whose log.
    pub party: String,
    /// The officers who sign.
    pub officers: Vec<String>,
    /// The kind of act.
    pub kind: String,
    /// Its label; left out: the act's own.
    pub label: Option<String>,
    /// Hashes of what it is about.
    pub about: Vec<String>,
    /// True in an exercise.
    pub drill: bool,
    /// The bytes of its terms, canonical JSON.
    pub terms: String,
}

impl From<&Statement> for Said {
    fn from(statement: &Statement) -> Self {
        Self {
            party: statement.party.to_string(),
            officers: statement.officers.clone(),
            kind: statement.kind.to_string(),
            label: statement.label.as_ref().map(ToString::to_string),
            about: statement.about.iter().map(ToString::to_string).collect(),
            drill: statement.drill,
            terms: String::from_utf8_lossy(&statement.terms.to_bytes()).into_owned(),
        }
    }
}

impl Said {
    fn statement(&self) -> Result<Statement, OrderError> {
        let hash = |text: &String| Hash::parse(text).map_err(OrderError::form);
        Ok(Statement {
            party: party(&self.party)?,
            officers: self.officers.clone(),
            kind: Kind::parse(&self.kind).map_err(OrderError::form)?,
            label: self.label.as_deref().map(Label::parse).transpose().map_err(OrderError::form)?,
            about: self.about.iter().map(hash).collect::<Result<_, _>>()?,
            drill: self.drill,
            terms: parse_canonical(self.terms.as_bytes()).map_err(OrderError::form)?,
        })
    }
}

/// What a node is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Say something. Answer: where it came to stand.
    Say {
        /// What.
        said: Said,
        /// What the author's clock says.
        claimed: String,
    },
    /// Log what was cosigned. Answer: whether something was.
    Flush,
    /// Write a first record into each log kept that has none.
    BeginLogs,
    /// Log the digest of the state.
    LogDigest,
    /// Open the next epoch of a party's log, from what is held.
    NewEpoch {
        /// Whose.
        party: String,
    },
    /// Withdraw an officer's key.
    Revoke {
        /// Whose.
        party: String,
        /// The key: its last name part.
        key: String,
        /// How many of the last records it may not have signed.
        doubtful: u64,
    },
    /// Sign again what is suspended.
    Resign {
        /// In whose log.
        party: String,
        /// The officers who sign.
        officers: Vec<String>,
        /// The record.
        about: Vec<String>,
    },
    /// Make a statement as if by a party, signed with a key of nobody, and judge it. Answer: `text`, `valid`, `why`, `opened`.
    Forge {
        /// As if by whom.
        party: String,
        /// What it says.
        text: String,
    },
}

/// What a node is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// A question to its API. Answer: the API's, or a problem.
    Get {
        /// The path below `/api/v1`, with parameters.
        path: String,
    },
    /// When the next clock runs out.
    Due {
        /// After this.
        after: String,
        /// Not later than this.
        until: String,
    },
    /// What has come to its end: hashes, each with its author.
    Closable,
    /// The hash behind a number for people.
    Number {
        /// The number.
        number: String,
    },
    /// What the charter has against a statement. Answer: `why`, `article`.
    Ask {
        /// The statement.
        said: Said,
    },
    /// The digest of its state.
    Digest,
    /// Duties and receipts, counted.
    Tally,
    /// The certificates that can be made: numbers, each with the file's bytes in base64.
    Certificates,
}

/// Duties and receipts at a node, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Duties met in time.
    pub duties_met: usize,
    /// Duties met late.
    pub duties_late: usize,
    /// Duties open and overdue.
    pub duties_overdue: usize,
    /// Receipts that the nodes have logged.
    pub receipts: usize,
}

impl Tally {
    /// Counts at a node.
    #[must_use]
    pub fn of(node: &Node, now: UnixSeconds) -> Self {
        let duties = node.council().all_duties(now);
        let is_met =
            |duty: &&veche_council::view::DutyView| duty.met_at.is_some() && !duty.was_late;
        Self {
            duties_met: duties.iter().filter(is_met).count(),
            duties_late: duties.iter().filter(|duty| duty.was_late).count(),
            duties_overdue: duties.iter().filter(|duty| duty.is_overdue).count(),
            receipts: node.council().receipt_count(),
        }
    }
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The order is none.
    #[error("the order cannot be read: {0}")]
    Form(String),
    /// Nobody holds the log that is to be gone on with.
    #[error("no peer holds `{0}`")]
    NotHeld(Origin),
}

impl OrderError {
    fn form(error: impl std::fmt::Display) -> Self {
        Self::Form(error.to_string())
    }
}

fn party(name: &str) -> Result<PartyId, OrderError> {
    PartyId::parse(name).map_err(OrderError::form)
}

fn instant(text: &str) -> Result<UnixSeconds, OrderError> {
    UnixSeconds::parse(text).map_err(OrderError::form)
}

/// Writes where a record came to stand.
pub(super) fn appended(appended: &Appended) -> Json {
    json!({"log": appended.log.to_string(), "index": appended.index, "leaf": appended.leaf.to_string()})
}

/// Reads what [`appended`] wrote.
pub(super) fn read_appended(answer: &Json) -> Option<Appended> {
    Some(Appended {
        log: Origin::parse(answer.get("log")?.as_str()?).ok()?,
        index: answer.get("index")?.as_u64()?,
        leaf: Hash::parse(answer.get("leaf")?.as_str()?).ok()?,
    })
}

/// Does at a node what it is told.
///
/// # Errors
/// [`OrderError`].
pub fn obey(node: &mut Node, order: &Order, now: UnixSeconds) -> Result<Json, OrderError> {
    match order {
        Order::Say { said, claimed } => {
            let said = node.append_claiming(&said.statement()?, instant(claimed)?, now)?;
            Ok(appended(&said))
        }
        Order::Flush => Ok(json!(node.flush(now)?)),
        Order::BeginLogs => {
            node.begin_logs(now)?;
            Ok(Json::Null)
        }
        Order::LogDigest => Ok(appended(&node.log_digest(now)?)),
        Order::NewEpoch { party: name } => {
            let party = party(name)?;
            let log = node.log_of(&party)?;
            let head = node.heads().find(|head| head.log == log);
            let head = head.ok_or_else(|| OrderError::NotHeld(log))?;
            Ok(appended(&node.open_next_epoch(&party, &head, now)?))
        }
        Order::Revoke { party: name, key, doubtful } => {
            let statement = revocation(node, &party(name)?, key, *doubtful)?;
            Ok(appended(&node.append(&statement, now)?))
        }
        Order::Resign { party: name, officers, about } => {
            let hash = |text: &String| Hash::parse(text).map_err(OrderError::form);
            let about = about.iter().map(hash).collect::<Result<_, _>>()?;
            let statement = Statement {
                party: party(name)?,
                officers: officers.clone(),
                kind: Kind::parse("resigning").map_err(NodeError::from)?,
                label: Some(node.charter().default_label.clone()),
                about,
                drill: true,
                terms: Value::map([("text", Value::text("signed again after the loss of a key"))]),
            };
            Ok(appended(&node.append(&statement, now)?))
        }
        Order::Forge { party: name, text } => Ok(forge(node, &party(name)?, text, now)?),
    }
}

fn revocation(
    node: &Node,
    party: &PartyId,
    key: &str,
    doubtful: u64,
) -> Result<Statement, NodeError> {
    let name = KeyName::parse(&format!("{}/{party}/{key}", node.charter().organisation))?;
    let size = node.size_of(&node.log_of(party)?);
    let terms = Value::map([
        ("key", Value::text(&name)),
        ("last_good_size", Value::int(size.saturating_sub(doubtful)).unwrap_or(Value::Int(0))),
        ("reason", Value::text("lost")),
    ]);
    Ok(Statement {
        party: party.clone(),
        officers: vec!["root".to_owned()],
        kind: Kind::parse("revocation")?,
        label: Some(node.charter().default_label.clone()),
        about: Vec::new(),
        drill: true,
        terms,
    })
}

/// Makes a record as if by a party, signed with a key of nobody, and puts it before the node as a public page would.
fn forge(
    node: &mut Node,
    party: &PartyId,
    text: &str,
    now: UnixSeconds,
) -> Result<Json, NodeError> {
    let statement = Statement {
        party: party.clone(),
        officers: vec!["duty".to_owned()],
        kind: Kind::parse("comment")?,
        label: None,
        about: Vec::new(),
        drill: true,
        terms: Value::map([("text", Value::text(text))]),
    };
    let (draft, opening): (Draft, Opening) = node.prepare(&statement, now)?;
    let stranger = KeyName::parse(&format!("{}/{party}/duty", node.charter().organisation))?;
    let key = SigningKey::from_seed(stranger, &Hash::of(&[b"a stranger's key"]).0);
    let leaf = draft.sign(&[&key])?;
    let log = draft.header().log.clone();
    let record = Record::decode(&log, LeafIndex(node.size_of(&log)), &leaf)?;
    let is_opened = opening.check(Domain::Terms, &record.header().terms).is_ok();
    let verdict = Signed::verify(record, node.keyring());
    let is_valid = verdict.is_ok();
    let why = verdict.err().map_or_else(String::new, |error| error.to_string());
    Ok(json!({"text": text, "valid": is_valid, "why": why, "opened": is_opened}))
}

/// Answers at a node what it is asked.
///
/// # Errors
/// [`Problem`] of the API; status 400 for a question that is none.
pub fn answer(node: &Node, question: &Question, now: UnixSeconds) -> Result<Json, Problem> {
    let form = |error: OrderError| Problem::new(400, "not a question", error.to_string());
    match question {
        Question::Get { path } => {
            let (path, query) = split_query(path);
            api::get(node, &path, &query, now)
        }
        Question::Due { after, until } => {
            let (after, until) = (instant(after).map_err(form)?, instant(until).map_err(form)?);
            let due = node.council().due_by(until, usize::MAX).into_iter();
            let next = due.map(|(at, _)| at).filter(|at| *at > after).min();
            Ok(json!(next.map(|at| at.to_string())))
        }
        Question::Closable => {
            let council = node.council();
            let author = |procedure: Hash| {
                let author = council.procedure(&procedure, now)?.author;
                Some((procedure.to_string(), author))
            };
            Ok(json!(council.closable(now).into_iter().filter_map(author).collect::<Vec<_>>()))
        }
        Question::Number { number } => {
            Ok(json!(node.council().by_number(number).map(|hash| hash.to_string())))
        }
        Question::Ask { said } => {
            let statement = said.statement().map_err(form)?;
            let refusal = crate::ask::ask(node, &statement, now);
            Ok(json!(
                refusal.map(|refusal| json!({"why": refusal.why, "article": refusal.article}))
            ))
        }
        Question::Digest => Ok(json!(node.council().digest().to_string())),
        Question::Tally => Ok(json!(Tally::of(node, now))),
        Question::Certificates => Ok(json!(certificates(node, now))),
    }
}

/// Makes the certificates that can be made: by the procedure's number, in base64.
fn certificates(node: &Node, now: UnixSeconds) -> Vec<(String, String)> {
    let council = node.council();
    let made = |id: Hash| {
        let certificate = node.certificate(&id).ok()?;
        let number = council.procedure(&id, now).map(|view| view.number).unwrap_or_default();
        Some((number, STANDARD.encode(certificate.to_bytes())))
    };
    council.procedures().filter_map(made).collect()
}

/// Splits the parameters off a path.
pub(super) fn split_query(path: &str) -> (String, Query) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query: BTreeMap<String, String> =
        pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    (path.to_owned(), query)
}
