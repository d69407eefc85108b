//! A new member fetches all logs: on loopback, and over a line of 100 Mbit/s and 50 ms, beside `rsync` of the same bytes and a mirror of
//! NATS JetStream of the same records, where they are installed.
//!
//! A node of six parties with signed records serves them as a process of its own, over TLS as in earnest. Another process, this program
//! again, fetches them with what a node fetches with, checks, stores and folds them. The line is a proxy in this process that delays and paces
//! what goes through it.
//!
//! `cargo bench -p veche-node --bench sync [-- RECORDS]`; default 100000.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a benchmark reports to whoever runs it, and stops at what should not be"
)]

mod filled;
mod nats;
mod signed;
#[path = "../../veche-council/benches/world.rs"]
#[expect(dead_code, reason = "the fold's benchmark uses all of it")]
mod world;

use filled::fill;
use signed::Parties;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use veche_ledger::sync::{Resource, Window};
use veche_ledger::{Hash, PartyId};
use veche_node::http::Listening;
use veche_node::node::Node;
use veche_node::peer::{Asked, Directory, Effect, Event, Exchange, Link, Reply, ends};
use veche_node::run::{Around, PeerSetting, run_node, system_time};
use veche_node::store::{Durability, Store};

/// Whose node has everything, and whose fetches it.
const SERVES: &str = "orvessa";
const FETCHES: &str = "tamrin";

/// The line: bits a second, and half of the time to and fro.
const RATE: f64 = 100e6;
const ONE_WAY: Duration = Duration::from_millis(25);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve", path, port] => serve(Path::new(path), port.parse().expect("a port")),
        ["fetch", path, address] => fetch(Path::new(path), address),
        [] => measure(100_000),
        [records] => measure(records.parse().expect("how many records")),
        _ => panic!("one argument: how many records"),
    }
}

fn measure(records: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("full.db");
    fill(&Parties::new(), &path, records);
    let bytes = std::fs::metadata(&path).expect("the store").len() as f64;
    println!("{records} records; the store has {:.1} MB", bytes / 1e6);
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let mut serving = again(&["serve", &path.display().to_string(), &port.to_string()]);
    let direct = format!("127.0.0.1:{port}");
    until_open(&direct);
    println!("on loopback:");
    run(&["fetch", &folder.path().join("near.db").display().to_string(), &direct]);
    let line = line_to(direct.parse().expect("an address"));
    println!("over 100 Mbit/s and 50 ms:");
    run(&["fetch", &folder.path().join("far.db").display().to_string(), &line.to_string()]);
    serving.kill().expect("it ends");
    serving.wait().expect("it ended");
    rsync(folder.path(), records, bytes);
    nats::mirror(folder.path(), &path, line_to);
}

fn again(arguments: &[&str]) -> Child {
    let program = std::env::current_exe().expect("this program's path");
    Command::new(program).args(arguments).stderr(Stdio::null()).spawn().expect("started")
}

fn run(arguments: &[&str]) {
    assert!(again(arguments).wait().expect("it ended").success(), "{arguments:?} failed");
}

fn until_open(address: &str) {
    while std::net::TcpStream::connect(address).is_err() {
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn open(path: &Path, party: &str, durability: Durability) -> Node {
    let parties = Parties::new();
    let party = PartyId::parse(party).expect("a name");
    let secrets = BTreeMap::from([(party.clone(), parties.secrets(&party))]);
    let store = Store::open(path, durability).expect("the store opens");
    let salts = Box::new(|| Hash::of(&[b"no record is written here"]).0);
    Node::open(party, store, &parties.bytes, secrets, salts).expect("the node opens")
}

fn serve(path: &Path, port: u16) {
    let node = open(path, SERVES, Durability::Full);
    let at = Listening::at(SocketAddr::from(([127, 0, 0, 1], 0))).expect("an address");
    let listener = at.for_peers(SocketAddr::from(([127, 0, 0, 1], port))).expect("an address");
    let peers = PeerSetting { addresses: BTreeMap::new(), listener: Some(listener) };
    let around = Around { peers: Some(peers), ..Around::default() };
    run_node(node, &[], around, at).expect("the node runs");
}

/// Fetches everything from a node, and says how long what took.
fn fetch(path: &Path, address: &str) {
    let mut node = open(path, FETCHES, Durability::Full);
    let peer = PartyId::parse(SERVES).expect("a name");
    let directory = Directory::default();
    directory.set(node.open_logs());
    let (log, key) = node.vouching_key().expect("a key");
    let ends = ends(&log, key, &[], &directory, system_time).expect("a certificate");
    let link =
        Arc::new(Link::new(peer.clone(), address.to_owned(), ends.client, directory, system_time));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let begun = Instant::now();
    let (working, received) = runtime.expect("threads").block_on(follow(&mut node, &peer, &link));
    let took = begun.elapsed().as_secs_f64();
    let records = node.council().len() as f64;
    println!(
        "  {records} records in {took:.1} s: {:.0} records/s, {:.2} MB/s as they are; {:.0} % of the time in checking, storing and folding; resident {:.0} MB",
        records / took,
        received as f64 / 1e6 / took,
        working / took * 100.0,
        resident()
    );
}

/// Lets an exchange fetch until nothing is missing. Returns the seconds at work in the node, and the bytes received, unpacked.
async fn follow(node: &mut Node, peer: &PartyId, link: &Arc<Link>) -> (f64, u64) {
    let mut exchange = Exchange::new([peer.clone()], Window::default());
    let heads = link.ask(&Asked::Get(Resource::Heads), "", Vec::new()).await.expect("an answer");
    let listing = heads.into_body().expect("a listing");
    let (mut working, mut received) = (0.0, 0);
    let mut under_way: JoinSet<Event> = JoinSet::new();
    let mut next = Some(Event::Heads { peer: peer.clone(), body: Ok(listing) });
    while let Some(event) = next.take() {
        if let Event::Answer { body: Ok(body), .. } = &event {
            received += body.len() as u64;
        }
        let begun = Instant::now();
        let (effects, done) = exchange.step(node, event, system_time());
        done.expect("the store holds");
        working += begun.elapsed().as_secs_f64();
        for effect in effects {
            // What the other end would be told is not measured here.
            if let Effect::Fetch { id, what, .. } = effect {
                let link = Arc::clone(link);
                under_way.spawn(async move {
                    let reply = link.ask(&Asked::Get(what), "", Vec::new()).await;
                    let body = reply.map_err(|error| error.to_string()).and_then(Reply::into_body);
                    Event::Answer { id, body }
                });
            }
        }
        next = under_way.join_next().await.map(|event| event.expect("no task fails"));
    }
    (working, received)
}

/// Returns the memory of this process, in MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().map_or(0.0, |kb| kb / 1e3)
}

/// Opens a line to an address; returns its own end.
fn line_to(target: SocketAddr) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a thread").block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            tell.send(listener.local_addr().expect("its address")).expect("it is heard");
            // Both ways are paced apart, each shared by all connections.
            let (there, back) = (Arc::default(), Arc::default());
            loop {
                let Ok((near, _)) = listener.accept().await else { return };
                let Ok(far) = TcpStream::connect(target).await else { continue };
                let (near, far) = (near.into_split(), far.into_split());
                tokio::spawn(carry(near.0, far.1, Arc::clone(&there)));
                tokio::spawn(carry(far.0, near.1, Arc::clone(&back)));
            }
        });
    });
    told.recv().expect("the line opens")
}

/// When the line is free again.
type Pace = Arc<Mutex<Option<tokio::time::Instant>>>;

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, pace: Pace) {
    let (put, mut take) = mpsc::channel::<(tokio::time::Instant, Vec<u8>)>(256);
    tokio::spawn(async move {
        while let Some((at, bytes)) = take.recv().await {
            tokio::time::sleep_until(at).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(len @ 1..) = from.read(&mut buffer).await {
        let lasts = Duration::from_secs_f64(len as f64 * 8.0 / RATE);
        let sent = {
            let mut free = pace.lock().await;
            let now = tokio::time::Instant::now();
            let sent = free.unwrap_or(now).max(now) + lasts;
            *free = Some(sent);
            sent
        };
        tokio::time::sleep_until(sent).await;
        if put.send((sent + ONE_WAY, buffer[..len].to_vec())).await.is_err() {
            return;
        }
    }
}

/// Copies the store as a file over the same line, compressed as rsync does it, if rsync is installed.
fn rsync(folder: &Path, records: usize, bytes: f64) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let config = folder.join("rsyncd.conf");
    let text = format!("use chroot = no\n[store]\npath = {}\nread only = yes\n", folder.display());
    std::fs::write(&config, text).expect("its settings");
    let config = format!("--config={}", config.display());
    let port_flag = format!("--port={port}");
    let daemon =
        Command::new("rsync").args(["--daemon", "--no-detach", &config, &port_flag]).spawn();
    let Ok(mut daemon) = daemon else {
        println!("rsync is not installed: no comparison");
        return;
    };
    until_open(&format!("127.0.0.1:{port}"));
    let line = line_to(SocketAddr::from(([127, 0, 0, 1], port)));
    for (what, flags) in [("as it is", "-W"), ("compressed", "-Wz")] {
        let to = folder.join("copy.db");
        let from = format!("rsync://127.0.0.1:{}/store/full.db", line.port());
        let begun = Instant::now();
        let status = Command::new("rsync").args([flags, &from, &to.display().to_string()]).status();
        assert!(status.expect("rsync runs").success(), "rsync failed");
        let took = begun.elapsed().as_secs_f64();
        println!(
            "rsync of the store over the same line, {what}: {took:.1} s, {:.0} records/s, {:.2} MB/s",
            records as f64 / took,
            bytes / 1e6 / took
        );
        std::fs::remove_file(to).expect("the copy goes");
    }
    daemon.kill().expect("it ends");
    daemon.wait().expect("it ended");
}
