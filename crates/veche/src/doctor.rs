//! `veche doctor`: what may be wrong with a node, and what to do.

use crate::answer::{Answer, counted};
use crate::contact;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::node::{now, passphrase};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use veche_node::doctor::{Asked, Finding, Level, examine};

/// Look at a node's clock, disk, store, keys, charter, ports, certificates and people, and say what to do
///
/// Exit code 6 if something is at fault; warnings alone end with 0. A node that runs keeps its store to itself: then the rest is looked
/// at.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  veche doctor --store arven.db --passphrase-file pass.txt --reach reach.toml --listen 127.0.0.1:8080"
)]
pub(crate) struct Doctor {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// A file with the node's passphrase, to try its keys with
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// The file of people to tell; each channel is tried, and nobody is told
    #[arg(long, value_name = "FILE")]
    reach: Option<PathBuf>,
    /// An address that the node is to listen on; may be given again
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<SocketAddr>,
    /// A file with certificates; may be given again
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    /// Check each record of the store, as `veche fsck` does
    #[arg(long)]
    thorough: bool,
}

impl Doctor {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] if the passphrase cannot be read.
    pub(crate) fn run(self) -> Result<Answer, Failure> {
        let words = self.passphrase_file.as_deref().map(passphrase).transpose()?;
        let findings = examine(&Asked {
            store: &self.store,
            passphrase: words.as_deref(),
            reach: self.reach.as_deref(),
            context: contact::kept_context(&self.store),
            listen: &self.listen,
            certificates: &self.certificate,
            now: now(),
            is_thorough: self.thorough,
        });
        Ok(told(&findings))
    }
}

fn told(findings: &[Finding]) -> Answer {
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(format!("{:<4}  {}: {}", finding.level.word(), finding.area, finding.what));
        lines.extend(finding.todo.iter().map(|todo| format!("      -> {todo}")));
    }
    let count = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let (faults, warnings) = (count(Level::Fail), count(Level::Warn));
    lines.push(match (faults, warnings) {
        (0, 0) => "nothing is wrong".to_owned(),
        _ => format!("{}, {}", counted(faults, "fault"), counted(warnings, "warning")),
    });
    let exit = if faults > 0 { Exit::FAILED_CHECKS } else { Exit::OK };
    Answer::new(lines.join("\n"), json!(findings)).ending(exit)
}
