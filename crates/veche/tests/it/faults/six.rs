//! Six nodes as processes over lines that fail: cut for a while in two, both sides go on; mended, all hold the same, and whatever was
//! acknowledged is everywhere, with receipts.
#![expect(clippy::print_stdout, reason = "whoever runs it sees what was met, and what is skipped")]

use super::line::{FAIR, Line, Weather};
use super::{Random, asks_first};
use crate::browser::Browser;
use crate::peers::{status, wait_for};
use crate::running::{Running, TWO_BANKS, signed_in};
use crate::support::Place;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const PARTIES: [&str; 6] = ["arven", "belm", "corva", "dorna", "esk", "office"];

/// Those on one side of the cut.
const ONE_SIDE: [usize; 3] = [0, 1, 2];

/// Who must have receipted a record, besides its author: the charter's quorum in this world.
const QUORUM: usize = 4;

/// Six parties with keys and stores, made as operators do.
fn made() -> Place {
    let place = Place::new();
    let towns = PARTIES[2..5].iter();
    let more: String = towns
        .map(|town| format!("[parties.{town}]\nname = \"{town}\"\nstatus = \"member\"\n\n"))
        .collect();
    let charter = TWO_BANKS.replace("[parties.office]", &format!("{more}[parties.office]"));
    place.put("charter.toml", charter.replace("quorum = 2", &format!("quorum = {QUORUM}")));
    place.put("pass.txt", "one two three four\n");
    let mut genesis = "node genesis charter.toml --out genesis.toml".to_owned();
    for party in PARTIES {
        let keys = format!(
            "node keys --organisation two-banks.example --party {party} --officers duty --folder keys-{party} \
             --passphrase-file pass.txt"
        );
        place.put(&format!("{party}.toml"), place.veche(&keys).good());
        genesis = format!("{genesis} --keys {party}.toml");
    }
    place.veche(&genesis).good();
    for party in PARTIES {
        let init = format!(
            "node init --charter genesis.toml --party {party} --keys keys-{party} --store {party}.db"
        );
        place.veche(&init).good();
    }
    place
}

/// What lies between the nodes.
trait Net {
    /// Runs a party's node; the second is where its desk is reached.
    fn start(&mut self, place: &Place, party: usize) -> (Running, Browser);
    /// Cuts the net in two.
    fn part(&mut self);
    /// Mends the cut; the weather stays bad.
    fn mend(&mut self);
    /// Lets everything through.
    fn clear(&mut self);
}

fn run(party: usize, more: &str) -> String {
    let party = PARTIES[party];
    format!("node run --store {party}.db --officers duty --passphrase-file pass.txt {more}")
}

/// Lines in this process, one from each node to each.
struct Lines {
    ports: Vec<u16>,
    lines: BTreeMap<(usize, usize), Line>,
}

impl Lines {
    fn new() -> Self {
        let free: Vec<TcpListener> =
            PARTIES.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = free.iter().map(|free| free.local_addr().unwrap().port()).collect();
        let pairs = (0..6).flat_map(|from| (0..6).map(move |to| (from, to)));
        let line =
            |(from, to): (usize, usize)| ((from, to), Line::to(ports[to], (from * 6 + to) as u64));
        let lines = pairs.filter(|(from, to)| from != to).map(line).collect();
        Self { ports, lines }
    }

    fn bad(from: usize, to: usize) -> Weather {
        // Each way something else, and back not the same as there.
        let slow = Weather::Slow { delay: 40, jitter: 30, rate: 50_000 };
        let all =
            [slow, Weather::Dribble, Weather::Reset(6000), Weather::Doubled, Weather::Silent, FAIR];
        all[(from + 2 * to) % all.len()]
    }
}

impl Net for Lines {
    fn start(&mut self, place: &Place, party: usize) -> (Running, Browser) {
        let mut more = format!("--peer-listen 127.0.0.1:{}", self.ports[party]);
        for ((from, to), line) in &self.lines {
            if *from == party {
                more = format!("{more} --peer {}=127.0.0.1:{}", PARTIES[*to], line.port);
            }
        }
        let errors = format!("{}.err", PARTIES[party]);
        let running = Running::named(place, place.command(&run(party, &more)), &errors);
        let browser = running.signed_in();
        (running, browser)
    }

    fn part(&mut self) {
        for ((from, to), line) in &self.lines {
            let is_across = ONE_SIDE.contains(from) != ONE_SIDE.contains(to);
            line.set(if is_across { Weather::Cut } else { FAIR });
        }
    }

    fn mend(&mut self) {
        let met = self.lines.values().filter(|line| line.met() > 0).count();
        println!("somebody came to the cut on {met} of 18 lines");
        // A peer that cannot be reached is tried again after a quarter of a minute at most, and a cut need not last so long.
        assert!(met > 3, "somebody came to the cut on {met} of 18 lines");
        for ((from, to), line) in &self.lines {
            line.set(Self::bad(*from, *to));
        }
    }

    fn clear(&mut self) {
        let met = self.lines.values().filter(|line| line.met() > 0).count();
        println!("bad weather met somebody on {met} of {} lines", self.lines.len());
        assert!(met > self.lines.len() / 2);
        self.lines.values().for_each(|line| line.set(FAIR));
    }
}

/// Network namespaces, and packets that `packets.py` carries between them.
struct Packets {
    child: Child,
    say: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
    name: String,
    ports: Vec<u16>,
}

/// Losses and delays of the packets, as `tc netem loss 5% delay 50ms 20ms reorder 10% duplicate 2%` has them.
const WEATHER: &str = "weather 0.05 0.05 0.02 0.1 0.02";

impl Packets {
    /// Makes the namespaces; or says why this machine does not let it.
    fn new() -> Result<Self, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/faults/packets.py");
        let name = format!("veche-{}", std::process::id());
        let mut command = Command::new("python3");
        command.args([script, &name, "6", "2027"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("python3: {error}"))?;
        let hear = BufReader::new(child.stdout.take().unwrap());
        let say = child.stdin.take();
        let mut packets = Self { child, say, hear, name, ports: Vec::new() };
        let said = packets.line();
        let Some(ports) = said.strip_prefix("ready ") else { return Err(said) };
        packets.ports = ports.split(' ').map(|port| port.parse().unwrap()).collect();
        packets.tell(WEATHER);
        Ok(packets)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn tell(&mut self, what: &str) -> String {
        writeln!(self.say.as_mut().unwrap(), "{what}").unwrap();
        let said = self.line();
        assert!(said.starts_with("ok "), "{what}: {said}");
        said
    }
}

impl Drop for Packets {
    fn drop(&mut self) {
        // Its input ends, and it takes the namespaces away.
        self.say = None;
        let _ended = self.child.wait();
    }
}

impl Net for Packets {
    fn start(&mut self, place: &Place, party: usize) -> (Running, Browser) {
        let mut more = format!("--port 8080 --peer-listen 10.77.0.{}:7443", party + 1);
        for (other, name) in PARTIES.iter().enumerate().filter(|(other, _)| *other != party) {
            more = format!("{more} --peer {name}=10.77.0.{}:7443", other + 1);
        }
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &format!("{}-{party}", self.name)]);
        command.arg(env!("CARGO_BIN_EXE_veche")).args(run(party, &more).split_whitespace());
        command.current_dir(place.path()).stdin(Stdio::null());
        let running = Running::named(place, command, &format!("{}.err", PARTIES[party]));
        let link = running.line.replace(":8080/", &format!(":{}/", self.ports[party]));
        (running, signed_in(&link))
    }

    fn part(&mut self) {
        let side: Vec<String> = ONE_SIDE.iter().map(ToString::to_string).collect();
        self.tell(&format!("part {}", side.join(",")));
    }

    fn mend(&mut self) {
        let said = self.tell("heal");
        let counts: Vec<u64> = said.split(' ').skip(1).map(|n| n.parse().unwrap()).collect();
        println!("packets so far, lost, cut off: {counts:?}");
        assert!(counts[1] > 0 && counts[2] > 0, "no packet was lost, or none was cut off: {said}");
    }

    fn clear(&mut self) {
        self.tell("weather 0 0 0 0 0");
    }
}

/// Says something at a node, which acknowledges it.
fn say(desk: &mut Browser, text: &str) -> String {
    loop {
        let said = desk.post("/act", &[("kind", "comment"), ("t.text", text)]);
        match said.leaf() {
            Some(leaf) => return leaf,
            None if asks_first(&said.body) => std::thread::sleep(Duration::from_millis(100)),
            None => panic!("{}", said.body),
        }
    }
}

fn record(desk: &mut Browser, leaf: &str) -> Option<serde_json::Value> {
    let answer = desk.get(&format!("/api/v1/records/{leaf}"));
    (answer.status == 200).then(|| answer.json())
}

fn hold(desks: &mut [Browser], said: &[String]) -> bool {
    desks.iter_mut().all(|desk| said.iter().all(|leaf| record(desk, leaf).is_some()))
}

/// What a node holds of all logs, and its state.
fn held(desk: &mut Browser) -> (serde_json::Value, serde_json::Value) {
    let status = status(desk);
    (status["logs"].clone(), status["digest"].clone())
}

/// Six nodes live through it all.
fn play(net: &mut dyn Net) {
    let place = made();
    let (mut nodes, mut desks) = (Vec::new(), Vec::new());
    for party in 0..PARTIES.len() {
        let (running, desk) = net.start(&place, party);
        nodes.push(running);
        desks.push(desk);
    }
    let mut said: Vec<String> = desks.iter_mut().map(|desk| say(desk, "Before the cut.")).collect();
    wait_for("all hold what was said before the cut", || hold(&mut desks, &said));
    net.part();
    let (mut one, mut other) = (Vec::new(), Vec::new());
    let mut random = Random(6);
    for (party, desk) in desks.iter_mut().enumerate() {
        let side = if ONE_SIDE.contains(&party) { &mut one } else { &mut other };
        for n in 0..=random.below(4) {
            side.push(say(desk, &format!("During the cut, {n}.")));
        }
    }
    let (here, there) = desks.split_at_mut(3);
    wait_for("each side holds what it said", || hold(here, &one) && hold(there, &other));
    std::thread::sleep(Duration::from_millis(500));
    let crossed = one.iter().any(|leaf| record(&mut there[0], leaf).is_some());
    assert!(!crossed, "something passed the cut");
    net.mend();
    said.extend(one.into_iter().chain(other));
    wait_for("all hold what either side said", || hold(&mut desks, &said));
    net.clear();
    // What was receipted is logged with the next act.
    said.extend(desks.iter_mut().map(|desk| say(desk, "After the cut.")).collect::<Vec<_>>());
    wait_for("all hold everything", || hold(&mut desks, &said));
    wait_for("all hold the same, and their state is the same", || {
        let first = held(&mut desks[0]);
        desks.iter_mut().all(|desk| held(desk) == first)
    });
    let old = &said[..said.len() - PARTIES.len()];
    for (desk, party) in desks.iter_mut().zip(PARTIES) {
        for leaf in old {
            let receipts = record(desk, leaf).unwrap()["record"]["receipts"].clone();
            let count = receipts.as_object().unwrap().len();
            assert!(count >= QUORUM, "{party} holds {count} receipts of {leaf}: {receipts}");
        }
        assert_eq!(status(desk)["forks"], serde_json::json!([]), "{party}");
    }
    for (node, party) in nodes.into_iter().zip(PARTIES) {
        let ended = node.end("TERM");
        assert_eq!(ended.code, Some(0), "{party}: {ended}");
        let whole = place.veche(&format!("fsck {party}.db"));
        assert!(whole.good().ends_with("the store is whole\n"), "{party}: {whole}");
    }
}

#[test]
fn six_nodes_agree_after_a_cut_over_lines_that_break() {
    play(&mut Lines::new());
}

#[test]
fn six_nodes_agree_after_a_cut_over_a_network_that_loses_packets() {
    match Packets::new() {
        Ok(mut packets) => play(&mut packets),
        Err(why) => {
            println!(
                "skipped: no network namespaces here ({why}); the lines that break are tested"
            );
        }
    }
}
