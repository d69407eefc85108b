//! The command line of veche: nouns and verbs, `veche charter check FILE`.
//!
//! Only this crate and `veche-node` touch files, clocks and terminals. A verb returns an [`answer::Answer`] or a
//! [`failure::Failure`]; [`screen`] alone writes, results to standard output and errors to standard error.
//!
//! A new noun is a module with a `clap` subcommand and its `run`, and a line in [`cli::Command`].

mod alarm;
mod answer;
mod backup;
mod bench;
mod bundle;
mod calendar;
mod certificate;
mod charter;
mod cli;
mod code;
mod completions;
mod contact;
mod demo;
mod doctor;
mod draft;
mod events;
mod exercise;
mod exit;
mod failure;
mod feed;
mod file;
mod forecast;
mod fsck;
mod invitation;
mod key;
mod log;
mod logging;
mod manual;
mod node;
mod peer;
mod picture;
mod pkcs11;
mod progress;
mod record;
mod screen;
mod search;
mod signer;
mod text;
mod tournament;
mod witness;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return screen::refuse(&error).into(),
    };
    let json = cli.json;
    node::unlock_with(cli.unlock);
    let Some(command) = cli.command else {
        return match demo::Demo::default().run() {
            Ok(()) => exit::Exit::OK,
            Err(failure) => screen::fail(&failure, json),
        }
        .into();
    };
    match command.run(json) {
        Ok(answer) => screen::show(&answer, json),
        Err(failure) => screen::fail(&failure, json),
    }
    .into()
}
