//! What can be typed: the nouns.

use crate::answer::Answer;
use crate::failure::Failure;
use crate::{
    alarm, backup, bench, bundle, calendar, certificate, charter, code, completions, contact, demo,
    doctor, draft, events, exercise, exit, feed, forecast, fsck, key, log, manual, node, peer,
    picture, record, search, text, tournament, witness,
};

/// Widest help, in columns: the same screen everywhere, and readable on a wide one.
const HELP_WIDTH_MAX: usize = 100;

/// Collective early warning and crisis response.
#[derive(Debug, clap::Parser)]
#[command(
    name = "veche",
    version,
    max_term_width = HELP_WIDTH_MAX,
    after_help = exit::help()
)]
pub(crate) struct Cli {
    /// Write the result as JSON to standard output, errors as one JSON object to standard error
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// A file with the passphrase of a sealed store, for what only reads it (`veche node seal`)
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) unlock: Option<std::path::PathBuf>,
    /// The noun; without one, the demonstration.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// The nouns; each is a module with its verbs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// An organisation's rules as data: check, explain, test
    #[command(subcommand)]
    Charter(charter::Verb),
    /// Events and counts: import, tension, warning drafts
    #[command(subcommand)]
    Picture(picture::Verb),
    /// A charter's rule of alarms over the counts: run, list, dispose, reinstate, draft
    #[command(subcommand)]
    Alarm(alarm::Verb),
    /// Forecasts of the months ahead: run, explain, score, compare, calibration
    #[command(subcommand)]
    Forecast(forecast::Verb),
    /// Files that prove a decision: verify, explain, show
    #[command(subcommand)]
    Certificate(certificate::Verb),
    /// Scripted exercises over real nodes: list, check, run
    #[command(subcommand)]
    Exercise(exercise::Verb),
    /// A party's own node: keys, genesis charter, store, desk and API
    #[command(subcommand)]
    Node(node::Verb),
    /// The other parties' nodes: add, remove, list, ping
    #[command(subcommand)]
    Peer(peer::Verb),
    /// People: whom the node tells, and whether other parties answer
    #[command(subcommand)]
    Contact(contact::Verb),
    /// Saying something: at the node, or prepared there, signed elsewhere and handed in
    #[command(subcommand)]
    Record(record::Verb),
    /// Texts under negotiation: show, compare, consolidate, export, import
    #[command(subcommand)]
    Text(text::Verb),
    /// Meetings, deadlines and duties as iCalendar: export, check
    #[command(subcommand)]
    Calendar(calendar::Verb),
    /// Inside a delegation: drafts, approvals and instructions, which never leave the node
    #[command(subcommand)]
    Draft(draft::Verb),
    /// Institutes' forecasts: open a round, hand in, score alike, show the board
    #[command(subcommand)]
    Tournament(tournament::Verb),
    /// Find what was said, by its words
    Search(search::Search),
    /// Code news text into events: who did what to whom, with the words that say so
    Code(code::Code),
    /// News that a node takes in: add, list, check, import, run, items
    #[command(subcommand)]
    Feed(feed::Verb),
    /// Events that reports tell of: join mentions, import data sets, show, count
    #[command(subcommand)]
    Events(events::Verb),
    /// Claims of the documentation, computed anew
    #[command(subcommand)]
    Bench(bench::Verb),
    /// A party's keys through their life: list, make, renew, withdraw, sign anew, split, join
    #[command(subcommand)]
    Key(key::Verb),
    /// Copies of a node's store: make, verify, restore, alone
    #[command(subcommand)]
    Backup(backup::Verb),
    /// What a courier carries between nodes that no line joins: recipient, export, import, show
    #[command(subcommand)]
    Bundle(bundle::Verb),
    /// Logs that anybody can check and follow: export, verify, follow
    #[command(subcommand)]
    Log(log::Verb),
    /// Witnesses that are no parties: make one, run it, have a published log cosigned
    #[command(subcommand)]
    Witness(witness::Verb),
    /// Check a node's store from its raw bytes up
    Fsck(fsck::Fsck),
    /// What may be wrong with a node, and what to do
    Doctor(doctor::Doctor),
    /// Show an exercise in a browser; what `veche` does without a word
    Demo(demo::Demo),
    /// Words that a shell completes with the tabulator key
    Completions(completions::Completions),
    /// The manual, as pages that `man` shows
    Manual(manual::Manual),
}

impl Command {
    /// Does what was asked. `json`: what is told before the end is told as JSON.
    ///
    /// # Errors
    /// The verb's.
    pub(crate) fn run(self, json: bool) -> Result<Answer, Failure> {
        match self {
            Self::Charter(verb) => verb.run(),
            Self::Picture(verb) => verb.run(),
            Self::Alarm(verb) => verb.run(),
            Self::Forecast(verb) => verb.run(),
            Self::Certificate(verb) => verb.run(),
            Self::Exercise(verb) => verb.run(),
            Self::Node(verb) => verb.run(json),
            Self::Peer(verb) => verb.run(),
            Self::Contact(verb) => verb.run(),
            Self::Record(verb) => verb.run(),
            Self::Text(verb) => verb.run(),
            Self::Calendar(verb) => verb.run(),
            Self::Draft(verb) => verb.run(),
            Self::Tournament(verb) => verb.run(),
            Self::Search(search) => search.run(),
            Self::Code(code) => code.run(),
            Self::Feed(verb) => verb.run(json),
            Self::Events(verb) => verb.run(),
            Self::Bench(verb) => verb.run(),
            Self::Key(verb) => verb.run(),
            Self::Backup(verb) => verb.run(),
            Self::Bundle(verb) => verb.run(),
            Self::Log(verb) => verb.run(),
            Self::Witness(verb) => verb.run(json),
            Self::Fsck(fsck) => fsck.run(),
            Self::Doctor(doctor) => doctor.run(),
            Self::Demo(demo) => demo.run().map(|()| Answer::new("", serde_json::Value::Null)),
            Self::Completions(completions) => Ok(completions.run()),
            Self::Manual(manual) => manual.run(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_contradict_one_another_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_has_an_example() {
        check(&Cli::command(), "veche");
    }

    #[track_caller]
    fn check(command: &clap::Command, called: &str) {
        for below in command.get_subcommands() {
            check(below, &format!("{called} {}", below.get_name()));
        }
        if command.get_subcommands().next().is_none() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(called), "no example of `{called}`");
        }
    }
}
