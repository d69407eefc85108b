//! The same records as messages of a NATS JetStream, mirrored by a second server over a line: what a broker needs for the same bytes.
//!
//! A stream in a file at one server, its mirror in a file at another, connected as a leaf. What is measured is a copy: nothing is checked,
//! nobody's signature is looked at, and nothing of it is folded.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use veche_node::store::{Durability, Store};

/// How long two servers may take to begin and to find one another.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a stream is asked to be: in a file, without bounds.
const STREAM: &str = r#""storage":"file","retention":"limits","discard":"old","num_replicas":1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_consumers":-1"#;

/// A connection to a server, in its protocol of lines.
struct Client {
    write: TcpStream,
    read: BufReader<TcpStream>,
    /// Where its answers come in: two servers that are joined share names.
    inbox: String,
}

impl Client {
    fn to(port: u16) -> Self {
        let write = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
        let read = BufReader::new(write.try_clone().expect("a second handle"));
        let inbox = format!("_INBOX.{}", write.local_addr().expect("its address").port());
        let hello = format!("CONNECT {{\"verbose\":false}}\r\nSUB {inbox} 1\r\nPING\r\n");
        let mut client = Self { write, read, inbox };
        client.write.write_all(hello.as_bytes()).expect("sent");
        client.until("PONG");
        client
    }

    /// Reads to a line that begins so, and answers on the way whether it is still here.
    fn until(&mut self, word: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.read.read_line(&mut line).expect("a line") > 0, "the server went away");
            assert!(!line.starts_with("-ERR"), "{line}");
            if line.starts_with("PING") {
                self.write.write_all(b"PONG\r\n").expect("sent");
            } else if line.starts_with(word) {
                return line;
            }
        }
    }

    fn ask(&mut self, subject: &str, body: &str) -> serde_json::Value {
        let question = format!("PUB {subject} {} {}\r\n{body}\r\n", self.inbox, body.len());
        self.write.write_all(question.as_bytes()).expect("sent");
        let head = self.until("MSG");
        let len: usize = head.split_whitespace().last().expect("a length").parse().expect("one");
        let mut answer = vec![0; len + 2];
        self.read.read_exact(&mut answer).expect("an answer");
        let answer: serde_json::Value = serde_json::from_slice(&answer[..len]).expect("JSON");
        assert!(answer.get("error").is_none(), "{subject}: {answer}");
        answer
    }

    fn messages(&mut self, domain: &str, stream: &str) -> u64 {
        let told = self.ask(&format!("$JS.{domain}.API.STREAM.INFO.{stream}"), "");
        told["state"]["messages"].as_u64().unwrap_or_else(|| panic!("no count: {told}"))
    }

    /// Waits until a stream has so many messages.
    fn until_messages(&mut self, domain: &str, stream: &str, count: u64) {
        while self.messages(domain, stream) < count {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn free_port() -> u16 {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    free.local_addr().expect("its address").port()
}

/// Starts a server; one that has the setting syncs each message, as a node does each transaction. `None` if it is not installed.
fn server(folder: &Path, name: &str, more: &str, port: u16) -> Option<(Child, bool)> {
    for sync in ["sync_interval: always", ""] {
        let config = folder.join(format!("{name}.conf"));
        let store = folder.join(name);
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: {name}\njetstream {{\n store_dir: \"{}\"\n domain: {name}\n {sync}\n}}\n{more}\n",
            store.display()
        );
        std::fs::write(&config, text).expect("its settings");
        let mut command = Command::new("nats-server");
        command.arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if child.try_wait().expect("its state").is_some() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some((child, !sync.is_empty()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ended = child.kill();
        child.wait().expect("it ended");
    }
    panic!("nats-server does not begin: see its settings in {}", folder.display());
}

/// Puts the records of a store into a stream and lets another server mirror it over a line. `line_to`: opens one to an address.
pub(crate) fn mirror(folder: &Path, store: &Path, line_to: impl Fn(SocketAddr) -> SocketAddr) {
    let (hub_port, leaf_port, edge_port) = (free_port(), free_port(), free_port());
    let leaves = format!("leafnodes {{ listen: \"127.0.0.1:{leaf_port}\" }}");
    let Some((mut hub, syncs)) = server(folder, "hub", &leaves, hub_port) else {
        println!("nats-server is not installed: no comparison");
        return;
    };
    let mut at_hub = Client::to(hub_port);
    let create = "$JS.hub.API.STREAM.CREATE.LOG";
    at_hub.ask(create, &format!("{{\"name\":\"LOG\",\"subjects\":[\"log\"],{STREAM}}}"));
    let (records, bytes) = publish(&mut at_hub, store);
    at_hub.until_messages("hub", "LOG", records);
    let line = line_to(SocketAddr::from(([127, 0, 0, 1], leaf_port)));
    let remote = format!("leafnodes {{ remotes [ {{ url: \"nats://{line}\" }} ] }}");
    let (mut edge, _) = server(folder, "edge", &remote, edge_port).expect("it is installed");
    until_joined(hub_port);
    let mut at_edge = Client::to(edge_port);
    let begun = Instant::now();
    let source = r#""mirror":{"name":"LOG","external":{"api":"$JS.hub.API"}}"#;
    let create = "$JS.edge.API.STREAM.CREATE.COPY";
    at_edge.ask(create, &format!("{{\"name\":\"COPY\",{STREAM},{source}}}"));
    at_edge.until_messages("edge", "COPY", records);
    let took = begun.elapsed().as_secs_f64();
    println!(
        "NATS JetStream, mirror of a file stream over the same line, {}: {took:.1} s, {:.0} records/s, {:.2} MB/s",
        if syncs {
            "each message synced"
        } else {
            "synced every two minutes (this version knows no other)"
        },
        records as f64 / took,
        bytes as f64 / 1e6 / took
    );
    for server in [&mut edge, &mut hub] {
        server.kill().expect("it ends");
        server.wait().expect("it ended");
    }
}

/// Publishes each record with its content, as a peer is given it. Returns how many, and their bytes.
fn publish(client: &mut Client, store: &Path) -> (u64, u64) {
    let store = Store::open_existing(store, Durability::Exercise).expect("the store opens");
    let (mut records, mut bytes) = (0, 0);
    for (_, log) in store.logs().expect("its logs") {
        let mut start = 0;
        loop {
            let batch = store.entries(&log, start, 1000).expect("records");
            if batch.is_empty() {
                break;
            }
            for entry in &batch {
                let body = [&entry.leaf[..], entry.opening.as_deref().unwrap_or_default()].concat();
                let head = format!("PUB log {}\r\n", body.len());
                client.write.write_all(&[head.as_bytes(), &body, b"\r\n"].concat()).expect("sent");
                bytes += body.len() as u64;
            }
            start += batch.len() as u64;
            records += batch.len() as u64;
        }
    }
    (records, bytes)
}

/// Waits until the other server has found its way: the hub then knows an account with a leaf.
fn until_joined(hub_port: u16) {
    let begun = Instant::now();
    let mut client = Client::to(hub_port);
    // A leaf hears what it asks for: until it is there nobody answers for its domain.
    loop {
        let question = format!("PUB $JS.edge.API.INFO {} 0\r\n\r\nPING\r\n", client.inbox);
        client.write.write_all(question.as_bytes()).expect("sent");
        let mut line = String::new();
        while !line.starts_with("PONG") && !line.starts_with("MSG") {
            line.clear();
            client.read.read_line(&mut line).expect("a line");
        }
        if line.starts_with("MSG") {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "the two servers do not find one another");
        std::thread::sleep(Duration::from_millis(200));
    }
}
