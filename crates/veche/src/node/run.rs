//! `veche node run`: the desk and API of a party's own node.

use super::{node_failure, node_fault, now, open, open_standby, over, passphrase};
use crate::answer::Answer;
use crate::failure::{Failure, FailureKind};
use crate::picture::find::{all_series, load};
use crate::picture::store::Store;
use crate::tournament::Rounds;
use crate::{contact, file, logging, screen};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use veche_ledger::PartyId;
use veche_node::http::{Listening, ServeError, Shown};
use veche_node::intake::carry::SystemClock;
use veche_node::intake::{self, Intake};
use veche_node::metrics::Operations;
use veche_node::node::{Node, NodeError};
use veche_node::pages::forecast::Board;
use veche_node::picture::alarms::Counts;
use veche_node::picture::rounds as shown;
use veche_node::run::{
    Around, BackupSetting, PeerSetting, RunError, SeatLink, Standby, Taking, run_node, seat_links,
    stand_by,
};
use veche_picture::{Panel, Series};

/// Hours from one copy of the store to the next: four a day, as the watch changes.
const BACKUP_EVERY_HOURS: NonZeroU32 = NonZeroU32::MIN.saturating_add(5);

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
    /// Where other parties' nodes connect to this one, ADDRESS:PORT; both ends show certificates that the charter's keys vouch for
    #[arg(long, value_name = "ADDRESS:PORT", requires = "passphrase_file")]
    peer_listen: Option<SocketAddr>,
    /// A peer's address besides those that `veche peer add` noted, for this run: PARTY=HOST:PORT
    #[arg(long = "peer", value_name = "PARTY=HOST:PORT", requires = "passphrase_file")]
    peers: Vec<String>,
    /// Officers who sign here, with commas between; the party's other officers read
    #[arg(long, value_delimiter = ',', requires = "passphrase_file")]
    officers: Vec<String>,
    /// A run of forecasts to show, as `veche forecast run` wrote it
    #[arg(long, value_name = "DIR")]
    forecast: Option<PathBuf>,
    /// The tables of `veche picture import`: the charter's rules of alarms are run over them, and rounds judged by them
    #[arg(long, value_name = "DIR")]
    picture: Option<PathBuf>,
    /// The rounds of `veche tournament open`, with the files that institutes handed in
    #[arg(long, value_name = "DIR", requires = "picture")]
    rounds: Option<PathBuf>,
    /// Reports to show as events: a file that `veche code` wrote, one of `veche events`, or a folder of them (with `publishers.tsv`)
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// The feeds of `veche feed add`: they are looked at while the node runs. Nothing of them enters a log by itself
    #[arg(long, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// A file of people to tell when something waits: `docs/operations.md`. What was told to whom is kept beside the store
    #[arg(long, value_name = "FILE")]
    reach: Option<PathBuf>,
    /// An address for `/metrics`, `/healthz` and `/readyz` alone, for whoever watches the node
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// A file for the links, as JSON and for its owner alone, in place of standard output and standard error
    #[arg(long, value_name = "FILE")]
    links: Option<PathBuf>,
    /// How lines about what happens are written to standard error
    #[arg(long, value_name = "FORM", default_value = "text")]
    log: logging::Form,
    /// A folder for copies of the store that the node makes of itself while it runs, the first at once; private keys are not in them
    #[arg(long, value_name = "DIR")]
    backup_to: Option<PathBuf>,
    /// Hours from one copy to the next
    #[arg(long, value_name = "HOURS", default_value_t = BACKUP_EVERY_HOURS, requires = "backup_to")]
    backup_every: NonZeroU32,
    /// Keep so many copies, the latest; without it all are kept
    #[arg(long, value_name = "COUNT", requires = "backup_to")]
    backup_keep: Option<NonZeroUsize>,
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
        logging::begin(self.log);
        let at = Listening::at(SocketAddr::new(self.listen, self.port)).map_err(serve_failure)?;
        let words = self.passphrase_file.as_deref().map(passphrase).transpose()?;
        let words = words.unwrap_or_default();
        let (node, at) = match open(&self.store, &self.officers, &words) {
            Ok(node) => (node, at),
            Err(failure) if failure.is_of_other_writer() => {
                match self.stand_by(at, &words, json)? {
                    Some(taken) => taken,
                    // It was told to end.
                    None => return Ok(Answer::new("", Value::Null)),
                }
            }
            Err(failure) => return Err(failure),
        };
        let shown = self.shown(&node)?;
        if !self.listen.is_loopback() {
            screen::note(&open_to_the_network(at.address()));
        }
        let operations = self.operations()?;
        let reach = self.reach.as_deref().map(|file| contact::open(file, &self.store, &node));
        let around = Around {
            peers: self.peer_setting(&node, &at)?,
            shown,
            reach: reach.transpose()?,
            operations,
            intake: self.intake()?,
            backups: self.backups()?,
        };
        let links = self.links_of(&node, at.address(), json)?;
        run_node(node, &links, around, at).map_err(|error| run_failure(&self, error))?;
        Ok(Answer::new("", Value::Null))
    }
}

impl Run {
    /// Shows the node while another machine writes; once that one has ended, returns it opened to write, and its address taken anew.
    fn stand_by(
        &self,
        at: Listening,
        words: &[u8],
        json: bool,
    ) -> Result<Option<(Node, Listening)>, Failure> {
        let address = at.address();
        let node = open_standby(&self.store, words)?;
        let links = self.links_of(&node, address, json)?;
        let (store, unlocking) = (self.store.clone(), words.to_vec());
        let reopen =
            move || open_standby(&store, &unlocking).map_err(|failure| failure.what.to_string());
        let standby = Standby {
            store: self.store.clone(),
            reopen: Box::new(reopen),
            shown: self.shown(&node)?,
            operations: self.operations()?,
        };
        if let Some((who, _)) = node.store().writer().map_err(Failure::of_store)? {
            screen::note(&format!("this node stands by: {who} writes"));
        }
        let free = stand_by(node, &links, standby, at).map_err(|error| run_failure(self, error))?;
        let Some(free) = free else { return Ok(None) };
        screen::note("the other machine has ended, and this node takes over: its links are new");
        let mut node = over(free, &self.store, &self.officers, words, (words, BTreeMap::new()))?;
        node.watch_own_logs(now()).map_err(node_failure)?;
        Ok(Some((node, Listening::at(address).map_err(serve_failure)?)))
    }

    /// Makes the links of all seats and tells them.
    fn links_of(&self, node: &Node, at: SocketAddr, json: bool) -> Result<Vec<SeatLink>, Failure> {
        let links = seat_links(node, &self.officers)
            .map_err(|error| Failure::new(FailureKind::Internal(error.to_string())))?;
        match &self.links {
            Some(file) => write_links(file, &links, at)?,
            None => announce(&links, at, json)?,
        }
        Ok(links)
    }

    /// Takes the address for whoever watches the node.
    fn operations(&self) -> Result<Option<Operations>, Failure> {
        let operations = self.metrics.map(Operations::at).transpose().map_err(serve_failure)?;
        if let Some(at) = operations.as_ref().and_then(Operations::address) {
            screen::note(&format!("numbers for whoever watches: http://{at}/metrics"));
        }
        Ok(operations)
    }

    /// Returns where copies of the store go. A folder that is not there is told now and not hours later.
    fn backups(&self) -> Result<Option<BackupSetting>, Failure> {
        let Some(folder) = self.backup_to.clone() else { return Ok(None) };
        std::fs::read_dir(&folder).map_err(|error| Failure::reading(&folder, error))?;
        let every = Duration::from_secs(u64::from(self.backup_every.get()) * 3600);
        Ok(Some(BackupSetting { folder, every, keep: self.backup_keep }))
    }

    /// Opens the store of feeds, if the node looks at any.
    fn intake(&self) -> Result<Option<Taking>, Failure> {
        let Some(folder) = &self.feeds else { return Ok(None) };
        let feeds = intake::store::Store::open_existing(folder).map_err(crate::feed::of_store)?;
        let clock = SystemClock::default();
        let intake = Arc::new(Intake::new(feeds, clock.clone()));
        Ok(Some(Taking { intake, clock }))
    }

    /// Reads what is shown of the picture: a run of forecasts, the counts that the charter's rules of alarms ask for, rounds, reports.
    fn shown(&self, node: &Node) -> Result<Shown, Failure> {
        let run = self.forecast.as_deref().map(crate::forecast::load::run).transpose()?;
        let forecast = run.map(|(run, worked)| Board::new(run, worked));
        let reports = self.events.as_deref().map(crate::events::reports).transpose()?;
        let Some(dir) = &self.picture else {
            return Ok(Shown { forecast, reports, ..Shown::default() });
        };
        let store = Store::open(dir)?;
        let given = self.rounds.as_deref().map(|dir| Rounds::open(dir)?.all()).transpose()?;
        let load_all = |wanted: BTreeSet<Series>| -> Result<Vec<(Series, Panel)>, Failure> {
            wanted.into_iter().map(|series| Ok((series.clone(), load(&store, &series)?))).collect()
        };
        let held = all_series(&store)?;
        let rules = node.charter().alarms.values();
        let ruled = rules.filter_map(|rule| Series::parse(&rule.series).ok());
        let counts = load_all(ruled.filter(|series| held.contains(series)).collect())?;
        let unjudged = |error: String| {
            let rule = "of the charter".to_owned();
            Failure::new(FailureKind::Alarms { rule, what: error })
        };
        let counts = Counts::new(counts).map_err(|error| unjudged(error.to_string()))?;
        let rounds = given.map(|given| {
            let series = given.iter().map(|given| given.round.series.clone());
            let truth = load_all(series.filter(|series| held.contains(series)).collect())?;
            Ok::<_, Failure>(shown::Rounds::new(given, truth))
        });
        Ok(Shown { forecast, counts: Some(counts), rounds: rounds.transpose()?, reports })
    }

    /// Returns how the node keeps up with its peers; `None` where there are none, or where its log key is locked.
    fn peer_setting(&self, node: &Node, at: &Listening) -> Result<Option<PeerSetting>, Failure> {
        let known = node.store().peers().map_err(Failure::of_store)?;
        let mut addresses: BTreeMap<PartyId, String> = BTreeMap::new();
        for (party, address) in known {
            addresses.insert(PartyId::parse(&party).map_err(node_fault)?, address);
        }
        for named in &self.peers {
            let (party, address) = named.split_once('=').ok_or_else(|| {
                let hint = "write `--peer belm=belm.example:7443`".to_owned();
                node_fault(format!("`{named}` names no peer")).hinting(Some(hint))
            })?;
            let party = PartyId::parse(party).map_err(node_fault)?;
            if !node.charter().parties.contains_key(&party) {
                return Err(node_fault(format!("the charter has no party `{party}`")));
            }
            addresses.insert(party, crate::peer::address(address)?);
        }
        if self.passphrase_file.is_none() || (addresses.is_empty() && self.peer_listen.is_none()) {
            return Ok(None);
        }
        let listener = self.peer_listen.map(|address| at.for_peers(address)).transpose();
        let listener = listener.map_err(serve_failure)?;
        if let Some(address) = listener.as_ref().and_then(|listener| listener.local_addr().ok()) {
            screen::note(&format!("peers connect to {address}"));
        }
        Ok(Some(PeerSetting { addresses, listener }))
    }
}

/// Writes the links to a file that its owner alone may read: each signs somebody in, and a service's output is read by many.
fn write_links(path: &Path, links: &[SeatLink], at: SocketAddr) -> Result<(), Failure> {
    file::write_private(path, format!("{}\n", links_as_json(links, at)).as_bytes())
}

fn links_as_json(links: &[SeatLink], at: SocketAddr) -> Value {
    let rows: Vec<Value> = links.iter().map(|link| row(link, at)).collect();
    json!({"url": links.first().map(|first| first.url(at)), "links": rows})
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
        return screen::announce(&links_as_json(links, at).to_string());
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
                "another program listens there, perhaps this very node: choose another port, also for `--peer-listen`".to_owned()
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
        RunError::Begin(error) | RunError::Lost(error) => node_failure(error),
        RunError::Locked | RunError::Identity(_) => node_fault(error),
    }
}
