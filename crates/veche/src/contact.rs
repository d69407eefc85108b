//! `veche contact`: the people whom a node tells when something waits, and whether other parties answer.

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::node::{self, node_failure, node_fault, now, open_with, passphrase};
use crate::record;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use veche_charter::Charter;
use veche_ledger::{Hash, PartyId};
use veche_node::contact::{self, CheckAct};
use veche_node::node::Node;
use veche_node::reach::journal::{Journal, JournalFault};
use veche_node::reach::plan::{Acknowledged, By, Outcome, Plan, Progress, Stage};
use veche_node::reach::{Reach, ReachError, Roster, channel, message};
use veche_node::store::is_shared;

/// What can be done about contact.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Show whom the node tells, in which order and by what, and what waits
    #[command(after_help = "Example:\n  veche contact list --store arven.db --reach reach.toml")]
    List(File),
    /// Send a test to each person by each channel
    ///
    /// Exit code 7 if one does not go through.
    #[command(
        after_help = "Example:\n  veche contact test --store arven.db --reach reach.toml --person night"
    )]
    Test {
        #[command(flatten)]
        file: File,
        /// This person alone
        #[arg(long)]
        person: Option<String>,
    },
    /// Say that somebody has seen what waits: nobody else is told of it
    #[command(
        after_help = "Example:\n  veche contact ack 3c49094b --store arven.db --officer duty"
    )]
    Ack {
        /// The matter, as `veche contact list` names it
        matter: String,
        /// The node's store
        #[arg(long)]
        store: PathBuf,
        /// Who has seen it
        #[arg(long)]
        officer: String,
    },
    /// Ask other parties whether somebody answers: a signed record to each
    #[command(
        after_help = "Example:\n  veche contact check --store orvessa.db --to tamrin,lurien --passphrase-file pass.txt"
    )]
    Check {
        #[command(flatten)]
        by: Signer,
        /// Who is asked, with commas between; all others that may read it if none is named
        #[arg(long, value_delimiter = ',')]
        to: Vec<String>,
        /// The act that asks, where the charter has several
        #[arg(long)]
        act: Option<String>,
        /// It belongs to an exercise
        #[arg(long)]
        drill: bool,
    },
    /// Answer a check that was put to this party
    #[command(
        after_help = "Example:\n  veche contact answer CC-1 --store tamrin.db --passphrase-file pass.txt"
    )]
    Answer {
        /// The check: its number or its record's hash
        check: String,
        #[command(flatten)]
        by: Signer,
    },
    /// Show the checks and who has answered in time
    #[command(after_help = "Example:\n  veche contact checks --store orvessa.db")]
    Checks {
        /// The node's store
        #[arg(long)]
        store: PathBuf,
    },
}

/// The file of people, and whose it is.
#[derive(Debug, clap::Args)]
pub(crate) struct File {
    /// The node's store; the node may be running
    #[arg(long)]
    store: PathBuf,
    /// The file of people to tell
    #[arg(long, value_name = "FILE")]
    reach: PathBuf,
}

/// Who signs, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct Signer {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// Who signs
    #[arg(long, default_value = "duty")]
    officer: String,
    /// A file with the node's passphrase
    #[arg(long)]
    passphrase_file: PathBuf,
    /// A file with the officer's own passphrase, if the key has one
    #[arg(long)]
    officer_passphrase_file: Option<PathBuf>,
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the file of people, the journal, the store, the charter's refusal.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        match self {
            Self::List(file) => list(&file),
            Self::Test { file, person } => test(&file, person.as_deref()),
            Self::Ack { matter, store, officer } => acknowledge(&matter, &store, &officer),
            Self::Check { by, to, act, drill } => check(&by, &to, act.as_deref(), drill),
            Self::Answer { check, by } => answer(&check, &by),
            Self::Checks { store } => checks(&store),
        }
    }
}

/// Returns where a node keeps what was told to whom: beside its store, which in a database is in a schema beside it.
fn journal_of(store: &Path) -> PathBuf {
    if is_shared(store) {
        return store.to_owned();
    }
    let mut name = store.as_os_str().to_owned();
    name.push(".reach");
    PathBuf::from(name)
}

/// Reads the file of people for a node that is to tell them, and takes up its journal.
pub(crate) fn open(file: &Path, store: &Path, node: &Node) -> Result<Arc<Reach>, Failure> {
    let roster = read(file, node.charter(), node.party())?;
    let fail = |error: ReachError| Failure::new(FailureKind::Reach(error.to_string()));
    let reach = Reach::open(roster, &journal_of(store), now()).map_err(fail)?;
    reach.keep_context(&node.charter().text, node.party()).map_err(|error| fail(error.into()))?;
    Ok(reach)
}

fn read(file: &Path, charter: &Charter, party: &PartyId) -> Result<Roster, Failure> {
    Roster::load(file, charter, party).map_err(|error| {
        let path = file.to_owned();
        Failure::new(FailureKind::Roster { path, what: error.to_string() })
    })
}

/// Returns the charter and the party of a node as its journal has them.
pub(crate) fn kept_context(store: &Path) -> Option<(Charter, PartyId)> {
    let (text, party) = Journal::open_existing(&journal_of(store)).ok()?.context().ok()??;
    Some((Charter::load(text.as_bytes(), "charter.toml").ok()?, party))
}

/// Returns the charter and the party of a node, of which the journal has a copy while the node has the store.
fn context(store: &Path) -> Result<(Charter, PartyId, Option<Journal>), Failure> {
    let journal = match Journal::open_existing(&journal_of(store)) {
        Ok(journal) => Some(journal),
        Err(error) if matches!(error.what, JournalFault::Missing) => None,
        Err(error) => return Err(journal_failure(error)),
    };
    let known = journal.as_ref().map(Journal::context).transpose().map_err(journal_failure)?;
    let Some((text, party)) = known.flatten() else {
        let node = node::open(store, &[], &[])?;
        return Ok(((**node.charter()).clone(), node.party().clone(), journal));
    };
    let charter = Charter::load(text.as_bytes(), "charter.toml").map_err(node_fault)?;
    Ok((charter, party, journal))
}

fn journal_failure(error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Reach(error.to_string()))
}

fn list(file: &File) -> Result<Answer, Failure> {
    let (charter, party, journal) = context(&file.store)?;
    let roster = read(&file.reach, &charter, &party)?;
    let mut lines = Vec::new();
    for duty in &roster.rosters {
        let only: Vec<String> = duty
            .duties
            .iter()
            .cloned()
            .chain(duty.labels.iter().map(ToString::to_string))
            .collect();
        let only =
            if only.is_empty() { String::new() } else { format!(", for {}", only.join(", ")) };
        lines.push(format!("{}{only}", duty.party));
        for (at, name) in (1..).zip(&duty.people) {
            let Some(person) = roster.people.get(name) else { continue };
            let by: Vec<String> = person
                .by
                .iter()
                .filter_map(|(by, to)| Some((by, to, &roster.channels.get(by)?.label)))
                .map(|(by, to, label)| format!("{by} {to} (up to {label})"))
                .collect();
            lines.push(format!("  {at}. {name}, seat {}: {}", person.officer, by.join("; ")));
        }
    }
    let plan = journal.map(|journal| plan_of(&journal)).transpose()?.unwrap_or_default();
    let open: Vec<_> = plan.all().filter(|(_, progress, _)| !progress.is_over).collect();
    lines.push(String::new());
    lines.push(if open.is_empty() { "nothing waits".to_owned() } else { "waits:".to_owned() });
    let mut rows = Vec::new();
    for (id, progress, _) in open {
        let name: String = id.0.to_string().chars().take(8).collect();
        lines.push(format!("  {name}  {}", progress.title));
        lines.extend(told(progress).into_iter().map(|line| format!("            {line}")));
        rows.push(
            json!({"matter": id.0.to_string(), "title": progress.title, "told": told(progress)}),
        );
    }
    Ok(Answer::new(lines.join("\n"), json!({"party": party.to_string(), "waits": rows})))
}

fn plan_of(journal: &Journal) -> Result<Plan, Failure> {
    let mut plan = Plan::default();
    for fact in journal.facts().map_err(journal_failure)? {
        plan.apply(&fact);
    }
    Ok(plan)
}

/// Says who was told of a matter and what came of it.
fn told(progress: &Progress) -> Vec<String> {
    let mut lines: Vec<String> = progress
        .tries
        .iter()
        .map(|((person, channel), attempt)| {
            let stage = match attempt.stage {
                Stage::Begun => "under way".to_owned(),
                Stage::Delivered => format!("delivered {}", attempt.at),
                Stage::Later(at) => format!("again {at}: {}", attempt.said),
                Stage::Failed => format!(
                    "given up after {}: {}",
                    counted(attempt.count as usize, "attempt"),
                    attempt.said
                ),
            };
            format!("{person} by {channel}: {stage}")
        })
        .collect();
    lines.push(match &progress.acknowledged {
        Some(how) => format!("seen by {} {} ({})", how.who, how.at, how.by.word()),
        None => "nobody has said that it was seen".to_owned(),
    });
    lines
}

fn test(file: &File, only: Option<&str>) -> Result<Answer, Failure> {
    let (charter, party, _) = context(&file.store)?;
    let roster = read(&file.reach, &charter, &party)?;
    if let Some(name) = only.filter(|name| !roster.people.contains_key(*name)) {
        let known: Vec<&str> = roster.people.keys().map(String::as_str).collect();
        let near = veche_charter::fault::nearest(name, known.iter().copied());
        let hint = near.map_or_else(
            || format!("there are: {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        let what = format!("it has no person `{name}`");
        return Err(Failure::new(FailureKind::Roster { path: file.reach.clone(), what })
            .hinting(Some(hint)));
    }
    let (mut lines, mut rows, mut failed) = (Vec::new(), Vec::new(), 0);
    for (name, person) in
        roster.people.iter().filter(|(name, _)| only.is_none_or(|only| only == *name))
    {
        for (by, to) in &person.by {
            let Some(way) = roster.channels.get(by) else { continue };
            let key = format!("test-{}", now().0);
            let sent = channel::send(way, &message::test(to, name, party.as_str(), key));
            let (is_sent, said) = match sent {
                Outcome::Delivered(said) => (true, said),
                Outcome::Later(said) | Outcome::Failed(said) => (false, said),
            };
            failed += usize::from(!is_sent);
            let word = if is_sent { "sent" } else { "not sent" };
            lines.push(format!("{name} by {by}: {word}: {said}"));
            rows.push(json!({"person": name, "channel": by, "sent": is_sent, "said": said}));
        }
    }
    let exit = if failed == 0 { Exit::OK } else { Exit::PEER };
    Ok(Answer::new(lines.join("\n"), Json::Array(rows)).ending(exit))
}

fn acknowledge(matter: &str, store: &Path, officer: &str) -> Result<Answer, Failure> {
    let mut journal = Journal::open_existing(&journal_of(store)).map_err(journal_failure)?;
    let found = journal.find(matter).map_err(journal_failure)?;
    let Some(id) = found else {
        let hint = "`veche contact list` names what waits".to_owned();
        return Err(node_fault(format!(
            "nothing that waits is called `{matter}`, or more than one thing"
        ))
        .hinting(Some(hint)));
    };
    let how = Acknowledged { who: officer.to_owned(), by: By::Command, at: now() };
    let is_first = journal.acknowledge(id, &how).map_err(journal_failure)?;
    let said = if is_first { "nobody else is told of it" } else { "somebody had said so before" };
    let name = id.0.to_string();
    Ok(Answer::new(format!("{matter}: {said}"), json!({"matter": name, "first": is_first})))
}

fn opened(by: &Signer) -> Result<Node, Failure> {
    let words = passphrase(&by.passphrase_file)?;
    let own = by.officer_passphrase_file.as_slice();
    open_with(&by.store, std::slice::from_ref(&by.officer), &words, own)
}

/// Finds the act that asks.
fn act_of(charter: &Charter, named: Option<&str>) -> Result<CheckAct, Failure> {
    let acts = contact::check_acts(charter);
    let names: Vec<&str> = acts.iter().map(|act| act.ask.as_str()).collect();
    let known = format!("those that the charter has: {}", names.join(", "));
    let missing = |what: String| node_fault(what).hinting((!acts.is_empty()).then_some(known));
    match (named, acts.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, []) => {
            Err(missing("the charter has no act with which contact is checked".to_owned()))
        }
        (None, _) => Err(missing(
            "the charter has several acts with which contact is checked: `--act`".to_owned(),
        )),
        (Some(name), acts) => acts
            .iter()
            .find(|act| act.ask.as_str() == name)
            .cloned()
            .ok_or_else(|| missing(format!("`{name}` is no act with which contact is checked"))),
    }
}

fn check(by: &Signer, to: &[String], act: Option<&str>, drill: bool) -> Result<Answer, Failure> {
    let mut node = opened(by)?;
    let charter = Arc::clone(node.charter());
    let act = act_of(&charter, act)?;
    let asked =
        if to.is_empty() { readers(&charter, &act, node.party()) } else { named(&charter, to)? };
    let (mut lines, mut rows) = (Vec::new(), Vec::new());
    for to in asked {
        let statement = contact::ask(&node, &act, &to, &by.officer, drill, now());
        record::ask(&node, &statement)?;
        let appended = node.append(&statement, now()).map_err(node_failure)?;
        lines.push(format!("{to}: asked by record {} of {}", appended.index, appended.log));
        rows.push(json!({"to": to.to_string(), "leaf": appended.leaf.to_string()}));
    }
    Ok(Answer::new(lines.join("\n"), Json::Array(rows)))
}

fn named(charter: &Charter, names: &[String]) -> Result<Vec<PartyId>, Failure> {
    let party = |name: &String| {
        let party = PartyId::parse(name).ok().filter(|party| charter.parties.contains_key(party));
        let near = veche_charter::fault::nearest(name, charter.parties.keys().map(PartyId::as_str));
        let hint = near.map(|near| format!("did you mean `{near}`?"));
        party.ok_or_else(|| node_fault(format!("the charter has no party `{name}`")).hinting(hint))
    };
    names.iter().map(party).collect()
}

/// Returns the other parties that may read a check, and may answer it.
fn readers(charter: &Charter, act: &CheckAct, own: &PartyId) -> Vec<PartyId> {
    let label = charter.acts.get(&act.ask).map(|entry| charter.label_of(entry));
    let readers = label.map(|label| charter.readers(label));
    let others = charter.parties.keys().filter(|party| *party != own);
    let others = others.filter(|party| charter.may(party, &act.answer, None).is_ok());
    others.filter(|party| readers.as_ref().is_some_and(|r| r.includes(party))).cloned().collect()
}

fn answer(check: &str, by: &Signer) -> Result<Answer, Failure> {
    let mut node = opened(by)?;
    let found = node.council().by_number(check).or_else(|| Hash::parse(check).ok());
    let statement = found.and_then(|id| contact::answer(&node, &id, &by.officer, now()));
    let missing = || {
        node_fault(format!(
            "nothing called `{check}` here is a contact check that was put to this party"
        ))
    };
    let statement = statement.ok_or_else(missing)?;
    record::ask(&node, &statement)?;
    let appended = node.append(&statement, now()).map_err(node_failure)?;
    Ok(record::placed(&node, &appended))
}

fn checks(store: &Path) -> Result<Answer, Failure> {
    let node = node::open(store, &[], &[])?;
    let rows = contact::checks(&node, now());
    let line = |row: &contact::CheckRow| {
        let late = if row.is_late { ", late" } else { "" };
        let said = match (&row.answered_at, &row.asked_at) {
            (Some(at), _) => format!("answered {at}{late}"),
            (None, None) => "no quorum of others holds it yet".to_owned(),
            (None, Some(_)) if row.is_late => "not answered in time".to_owned(),
            (None, Some(_)) => "not answered yet".to_owned(),
        };
        format!("{}  {} asks {}: {said}", row.number, row.from, row.to)
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("nobody was asked".to_owned());
    }
    Ok(Answer::new(lines.join("\n"), json!(rows)))
}
