//! `veche completions`: a script for the reader's shell.

use crate::answer::Answer;
use crate::cli::Cli;
use clap::CommandFactory as _;
use clap_complete::Shell;
use serde_json::json;

/// Write a script by which a shell completes the words of veche
///
/// Where it goes is the shell's to say; the examples hold for most systems. A new shell knows it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    veche completions bash > ~/.local/share/bash-completion/completions/veche\n  \
    veche completions zsh > ~/.zfunc/_veche\n  \
    veche completions fish > ~/.config/fish/completions/veche.fish")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Does what was asked.
    pub(crate) fn run(self) -> Answer {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "veche", &mut script);
        let script = String::from_utf8_lossy(&script);
        let json = json!({ "shell": self.shell.to_string(), "script": script });
        Answer::document(&script, json)
    }
}
