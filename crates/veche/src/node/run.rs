//! `veche node run`: the desk and API of a party's own node.

use super::{open, passphrase};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::screen;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use veche_node::http::{Listening, ServeError};
use veche_node::node::NodeError;
use veche_node::pages::forecast::Board;
use veche_node::run::{RunError, SeatLink, run_node, seat_links};

/// What a node is shown with.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// The node's store
    #[arg(long)]
    store: PathBuf,
    /// The address to listen on; anything but this machine's own is open to the network, without TLS
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// The port; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Officers who sign here, with commas between; the party's other officers read
    #[arg(long, value_delimiter = ',', requires = "passphrase_file")]
    officers: Vec<String>,
    /// A run of forecasts to show, as `veche forecast run` wrote it
    #[arg(long, value_name = "DIR")]
    forecast: Option<PathBuf>,
    /// A file with the passphrase; without it, all keys stay locked and the node is read only
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
}

impl Run {
    /// Shows the node until Ctrl-C or SIGTERM.
    ///
    /// # Errors
    /// [`Failure`]: the address, the store, the passphrase, an officer; a snapshot that cannot be saved at the end.
    pub(crate) fn run(self, json: bool) -> Result<Answer, Failure> {
        let at = Listening::at(SocketAddr::new(self.listen, self.port)).map_err(serve_failure)?;
        let words = self.passphrase_file.as_deref().map(passphrase).transpose()?;
        let node = open(&self.store, &self.officers, &words.unwrap_or_default())?;
        let run = self.forecast.as_deref().map(crate::forecast::load::run).transpose()?;
        let links = seat_links(&node, &self.officers)
            .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
        if !self.listen.is_loopback() {
            screen::note(&open_to_the_network(at.address()));
        }
        announce(&links, at.address(), json)?;
        run_node(node, &links, run.map(|(run, worked)| Board::new(run, worked)), at)
            .map_err(|error| run_failure(&self, error))?;
        Ok(Answer::new("", Value::Null))
    }
}

/// Tells the links: the first seat's on standard output, the others' on standard error; all of them at once where JSON is asked for.
fn announce(links: &[SeatLink], at: SocketAddr, json: bool) -> Result<(), Failure> {
    let Some((first, others)) = links.split_first() else {
        return Err(Failure::new(FailureKind::Node(
            "the charter lists no officer of this node's party, so that nobody could sign in"
                .to_owned(),
        )));
    };
    if json {
        let rows: Vec<Value> = links.iter().map(|link| row(link, at)).collect();
        return screen::announce(&json!({"url": first.url(at), "links": rows}).to_string());
    }
    for link in others {
        screen::note(&format!("{}{}: {}", link.visit, reads(link), link.url(at)));
    }
    screen::note(&format!(
        "{}{}: the link on standard output; each works once",
        first.visit,
        reads(first)
    ));
    screen::announce(&first.url(at))
}

fn row(link: &SeatLink, at: SocketAddr) -> Value {
    json!({"seat": link.visit.to_string(), "can_sign": link.can_sign, "url": link.url(at)})
}

const fn reads(link: &SeatLink) -> &'static str {
    if link.can_sign { "" } else { " (reads only: its key is locked)" }
}

fn open_to_the_network(at: SocketAddr) -> String {
    format!(
        "warning: {at} can be reached from the network, and there is no TLS yet: links, sessions and all \
         that is read go in the clear\n  hint:  listen on 127.0.0.1 and put a TLS proxy or an SSH tunnel in front"
    )
}

fn serve_failure(error: ServeError) -> Failure {
    match error {
        ServeError::Bind { address, error } => {
            let is_taken = error.kind() == std::io::ErrorKind::AddrInUse;
            let hint = is_taken.then(|| {
                "another program listens there; `--port 0` takes any free port".to_owned()
            });
            Failure::new(FailureKind::Listen { address, source: error }).hinting(hint)
        }
        ServeError::Runtime(_) | ServeError::Ended(_) => {
            Failure::new(FailureKind::Internal(error.to_string()))
        }
    }
}

fn run_failure(run: &Run, error: RunError) -> Failure {
    match error {
        RunError::Serve(error) => serve_failure(error),
        RunError::Snapshot(error) => {
            let hint = "the next start reads every record, and takes longer";
            let what = if let NodeError::Store(error) = &error {
                error.what.to_string()
            } else {
                error.to_string()
            };
            Failure::new(FailureKind::Snapshot { path: run.store.clone(), what })
                .hinting(Some(hint.to_owned()))
        }
    }
}
