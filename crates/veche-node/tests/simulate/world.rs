//! A world: its nodes, the messages on their way, the clock.

use crate::fault::{Lie, Memory, Weather, rubbish};
use crate::promise;
use crate::random::Random;
use crate::talk;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use veche_charter::{Charter, with_keys};
use veche_ledger::sync::{Resource, Window};
use veche_ledger::{Hash, Label, Origin, PartyId, UnixSeconds};
use veche_node::keys::exercise_keys;
use veche_node::node::{Node, NodeError};
use veche_node::peer::{Asked, Effect, Event, Exchange, Reply};
use veche_node::store::Store;

/// The charter that worlds begin with.
const CHARTER: &str = include_str!("../../../../charters/two-banks/charter.toml");

/// Labels that not everybody reads: whose header is sealed, and whose header is not.
const LABELS: &str = "
[labels.\"GROUP(first)\"]
above = [\"ACCORD\"]
readers = { parties = [\"arven\", \"belm\"] }
sealed = true

[labels.\"GROUP(office)\"]
above = [\"ACCORD\"]
readers = { parties = [\"belm\", \"office\"] }
";

/// Towns beside the first two.
const TOWNS: [&str; 4] = ["cindra", "dolm", "esk", "farn"];

/// When a world begins.
const BEGIN: u64 = 1_800_000_000;

/// How long an answer is waited for, in milliseconds, before it counts as lost.
const PATIENCE: u64 = 60_000;

/// How long receipts gather in a world where they are logged at once, in milliseconds.
const RECEIPTS_GATHER: u64 = 20;

/// Where the lives of a liar's other face begin: far from those of the first.
const TWIN_LIFE: u32 = 1_000_000;

/// Steps after all has healed within which honest nodes must agree.
const HEALING_MAX: u64 = 60_000;

/// What can be taken from the nodes of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defence {
    /// Comparing histories.
    ForkCheck,
    /// Hearing the others after a restore.
    RestoreGuard,
}

/// What is about to happen.
#[derive(Debug)]
pub(crate) enum Happening {
    Tick(usize),
    Poll {
        host: usize,
        peer: usize,
    },
    Question {
        from: usize,
        to: usize,
        asked: Asked,
        body: Vec<u8>,
        answer: Answered,
    },
    Answer {
        host: usize,
        life: u32,
        answer: Answered,
        reply: Result<Reply, String>,
    },
    Start(usize),
    /// Receipts that have gathered are logged.
    Receipts {
        host: usize,
        life: u32,
    },
}

/// What an answer is for.
#[derive(Debug, Clone)]
pub(crate) enum Answered {
    Heads { peer: PartyId },
    Fetch { id: veche_ledger::sync::QuestionId },
    Send { peer: PartyId, asked: Asked },
    Nothing,
}

/// A place with a node, a clock and a disk of its own.
pub(crate) struct Host {
    pub(crate) party: PartyId,
    pub(crate) node: Option<Node>,
    pub(crate) exchange: Exchange,
    store: Option<Store>,
    /// A copy of its store as it was once.
    backup: Option<Store>,
    /// Seconds that its clock is ahead.
    skew: i64,
    /// Counts starts: what was asked in an earlier life is answered to nobody.
    life: u32,
    cut_until: u64,
    disk_until: u64,
    /// True while receipts gather.
    is_gathering: bool,
    memory: Memory,
}

impl Host {
    fn new(party: PartyId, store: Store, skew: i64) -> Self {
        Self {
            party,
            node: None,
            exchange: Exchange::default(),
            store: Some(store),
            backup: None,
            skew,
            life: 0,
            cut_until: 0,
            disk_until: 0,
            is_gathering: false,
            memory: Memory::default(),
        }
    }
}

/// What a run looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) worlds: u64,
    pub(crate) steps: u64,
    pub(crate) said: u64,
    pub(crate) lost: u64,
    pub(crate) crashes: u64,
    /// Falls after which the node came back from a backup.
    pub(crate) restores: u64,
    /// Tries to say something before all others were heard after one.
    pub(crate) held_back: u64,
    pub(crate) refused: u64,
    pub(crate) decided: u64,
    /// Worlds in which honest nodes held two histories of one log.
    pub(crate) forks_met: u64,
    /// Records that prove one, held by all.
    pub(crate) forks_proved: u64,
    pub(crate) contents: u64,
}

impl Tally {
    pub(crate) const fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.steps += other.steps;
        self.said += other.said;
        self.lost += other.lost;
        self.crashes += other.crashes;
        self.restores += other.restores;
        self.held_back += other.held_back;
        self.refused += other.refused;
        self.decided += other.decided;
        self.forks_met += other.forks_met;
        self.forks_proved += other.forks_proved;
        self.contents += other.contents;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} worlds, {} steps: {} records said, {} messages lost, {} crashes, {} returns from a backup with {} statements held back, {} answers not taken, {} certificates verified, \
             {} forks met and {} records that prove one, {} contents looked at on their way out",
            self.worlds,
            self.steps,
            self.said,
            self.lost,
            self.crashes,
            self.restores,
            self.held_back,
            self.refused,
            self.decided,
            self.forks_met,
            self.forks_proved,
            self.contents
        )
    }
}

/// A world.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) hosts: Vec<Host>,
    pub(crate) charter: Charter,
    pub(crate) bytes: Vec<u8>,
    pub(crate) liar: Option<usize>,
    /// The other face of a member that shows two histories: a place of its own, under the same name.
    twin: Option<usize>,
    /// A defence that all nodes lack: to see that it is missed.
    without: Option<Defence>,
    /// Who loses its disk, once it has.
    lossy: Option<usize>,
    pub(crate) weather: Weather,
    /// What was acknowledged: the log, the number, the leaf.
    pub(crate) acknowledged: Vec<(usize, Origin, u64, Hash)>,
    pub(crate) tally: Tally,
    random: Random,
    now: u64,
    tick: u64,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    waiting: BTreeMap<u64, Happening>,
    events: u64,
    trace: Hash,
    pub(crate) texts: Vec<Hash>,
    /// The label of each record that was said, by its leaf.
    pub(crate) labels: BTreeMap<Hash, Label>,
    is_healing: bool,
}

impl World {
    /// Lets a world run for so many steps, heals it, and asks that every promise holds. Returns what it saw, and the trace.
    pub(crate) fn run(seed: u64, steps: u64, without: Option<Defence>) -> (Tally, Hash) {
        let mut world = Self::new(seed, without);
        for _ in 0..steps {
            world.step();
        }
        world.heal();
        let mut quiet = 0;
        for step in 0.. {
            let before = world.state();
            for _ in 0..40 * world.hosts.len() {
                world.step();
            }
            quiet = if world.state() == before && promise::agree(&world).is_ok() {
                quiet + 1
            } else {
                0
            };
            if quiet == 3 {
                break;
            }
            let done = step * 40 * world.hosts.len() as u64;
            assert!(
                done < HEALING_MAX,
                "seed {seed}: {}",
                promise::agree(&world).err().unwrap_or_default()
            );
        }
        promise::check(&mut world);
        world.tally.worlds = 1;
        (world.tally, world.trace)
    }

    fn new(seed: u64, without: Option<Defence>) -> Self {
        let mut random = Random::new(seed);
        let count = 3 + random.index(5);
        let (charter, bytes) = charter_of(count);
        let weather = Weather::draw(&mut random, count);
        let tick = *random.pick(&[1_000, 15_000, 120_000, 3_600_000]);
        let parties: Vec<PartyId> = charter.parties.keys().cloned().collect();
        let liar = weather.lie.map(|_| random.index(count));
        let mut world = Self {
            seed,
            hosts: Vec::new(),
            charter,
            bytes,
            liar,
            twin: None,
            without,
            lossy: None,
            weather,
            acknowledged: Vec::new(),
            tally: Tally::default(),
            random,
            now: BEGIN * 1000,
            tick,
            queue: BinaryHeap::new(),
            waiting: BTreeMap::new(),
            events: 0,
            trace: Hash([0; 32]),
            texts: Vec::new(),
            labels: BTreeMap::new(),
            is_healing: false,
        };
        for party in &parties {
            let store = Store::in_memory().expect("a store");
            let skew = i64::try_from(world.random.below(600)).expect("a skew") - 300;
            let host = Host::new(party.clone(), store, skew);
            world.hosts.push(host);
        }
        for host in 0..count {
            world.start(host);
            world.schedule(world.random.clone().below(world.tick), Happening::Tick(host));
            for peer in (0..count).filter(|peer| *peer != host) {
                let at = world.random.below(world.tick);
                world.schedule(at, Happening::Poll { host, peer });
            }
        }
        world
    }

    /// Opens a node over its store: at first, and after each fall.
    fn start(&mut self, at: usize) {
        let peers: Vec<PartyId> = self.hosts.iter().map(|host| host.party.clone()).collect();
        let host = &mut self.hosts[at];
        let Some(store) = host.store.take() else { return };
        host.life += 1;
        host.is_gathering = false;
        let mut node = open(&self.charter, &self.bytes, &host.party, store, host.life);
        host.exchange =
            Exchange::new(peers.into_iter().filter(|peer| *peer != host.party), Window::default());
        node.set_fork_check(self.without != Some(Defence::ForkCheck));
        node.set_restore_guard(self.without != Some(Defence::RestoreGuard));
        let now = clock(self.now, host.skew);
        // A disk that is full is told of and tried again.
        let _begun = node.begin_logs(now);
        host.node = Some(node);
    }

    fn schedule(&mut self, after: u64, happening: Happening) {
        let event = self.events;
        self.events += 1;
        self.queue.push(Reverse((self.now + after, event)));
        self.waiting.insert(event, happening);
    }

    /// Lets the next thing happen.
    fn step(&mut self) {
        let Some(Reverse((at, event))) = self.queue.pop() else { return };
        let Some(happening) = self.waiting.remove(&event) else { return };
        self.now = at;
        self.tally.steps += 1;
        self.trace =
            Hash::of(&[&self.trace.0, &at.to_be_bytes(), format!("{happening:?}").as_bytes()]);
        match happening {
            Happening::Tick(host) => self.on_tick(host),
            Happening::Poll { host, peer } => self.on_poll(host, peer),
            Happening::Question { from, to, asked, body, answer } => {
                self.on_question(from, to, &asked, &body, answer);
            }
            Happening::Answer { host, life, answer, reply } => {
                self.on_answer(host, life, answer, reply);
            }
            Happening::Start(host) => self.start(host),
            Happening::Receipts { host, life } if self.hosts[host].life == life => {
                self.hosts[host].is_gathering = false;
                self.tell(host, Event::Receipts);
            }
            Happening::Receipts { .. } => {}
        }
    }

    fn on_tick(&mut self, host: usize) {
        let jitter = self.random.below(self.tick / 10 + 1);
        self.schedule(self.tick + jitter, Happening::Tick(host));
        self.weather_at(host);
        if self.hosts[host].node.is_none() {
            return;
        }
        if !self.is_healing && self.random.permille(self.weather.speech) {
            self.say(host);
        }
        self.tell(host, Event::Tick);
    }

    /// What the weather does to a host in a tick.
    fn weather_at(&mut self, at: usize) {
        let lifted = self.hosts[at].disk_until != 0 && self.now >= self.hosts[at].disk_until;
        if lifted {
            self.hosts[at].disk_until = 0;
            self.limit_disk(at, None);
        }
        if self.is_healing {
            return;
        }
        if self.random.permille(self.weather.crash) && self.hosts[at].node.is_some() {
            self.fall(at);
        }
        self.backup_at(at);
        if self.random.permille(self.weather.cut) {
            let ticks = 1 + self.random.below(60);
            self.hosts[at].cut_until = self.now + ticks * self.tick;
        }
        if self.random.permille(self.weather.disk_full) {
            let pages = u32::try_from(self.random.below(4)).expect("pages");
            self.hosts[at].disk_until = self.now + self.tick * (1 + self.random.below(20));
            self.limit_disk(at, Some(pages));
        }
        if self.random.permille(self.weather.clock_jump) {
            self.hosts[at].skew = i64::try_from(self.random.below(14_400)).expect("a skew") - 7_200;
        }
        if self.liar == Some(at)
            && self.weather.lie == Some(Lie::Flood)
            && self.random.permille(300)
        {
            self.flood(at);
        }
        let is_forking = self.liar == Some(at) && self.weather.lie == Some(Lie::Fork);
        if is_forking && self.twin.is_none() && self.tally.steps > 500 {
            self.split(at);
        }
    }

    fn limit_disk(&self, at: usize, pages: Option<u32>) {
        let host = &self.hosts[at];
        let store = host.node.as_ref().map(Node::store).or(host.store.as_ref());
        store.expect("a store").limit_growth(pages).expect("a limit");
    }

    /// Now and then a backup is made of a store, or a disk is lost and the store comes back from its backup.
    fn backup_at(&mut self, at: usize) {
        let restore = self.weather.restore;
        if restore == 0 {
            return;
        }
        let host = &mut self.hosts[at];
        if self.random.permille(restore * 3)
            && let Some(node) = &host.node
        {
            host.backup = Some(copy(node.store()));
        }
        // One place loses its disk, once or more often: what only two knew who both lost theirs, nobody can know.
        let may_lose = self.lossy.is_none_or(|lossy| lossy == at);
        if self.random.permille(restore) && may_lose && host.node.is_some() && host.backup.is_some()
        {
            self.lossy = Some(at);
            self.lose_disk(at);
        }
    }

    /// What was said since the backup is with some other, or gone: then it is promised no longer. Whoever restores takes longer than a message travels.
    fn lose_disk(&mut self, at: usize) {
        let backup = self.hosts[at].backup.as_ref().expect("a backup");
        let restored = copy(backup);
        restored.mark_restored(clock(self.now, self.hosts[at].skew)).expect("a mark");
        self.hosts[at].node = None;
        self.hosts[at].store = Some(restored);
        self.hosts[at].disk_until = 0;
        self.tally.restores += 1;
        let hosts = &self.hosts;
        let is_held = |log: &Origin, index: u64| {
            let mut stores = hosts
                .iter()
                .filter_map(|host| host.node.as_ref().map(Node::store).or(host.store.as_ref()));
            stores.any(|store| !store.entries(log, index, 1).expect("a store").is_empty())
        };
        self.acknowledged.retain(|(_, log, index, _)| is_held(log, *index));
        let after = 2 * PATIENCE + self.random.below(10 * self.tick);
        self.schedule(after, Happening::Start(at));
    }

    /// A node falls over: what it had in mind is gone, what it stored is not.
    fn fall(&mut self, at: usize) {
        let host = &mut self.hosts[at];
        host.store = host.node.take().map(Node::into_store);
        self.tally.crashes += 1;
        let after = 1 + self.random.below(10 * self.tick);
        self.schedule(after, Happening::Start(at));
    }

    /// A member begins to show two histories: one to each half of the others.
    fn split(&mut self, at: usize) {
        let Some(node) = self.hosts[at].node.take() else { return };
        let store = node.into_store();
        let mut twin = Host::new(self.hosts[at].party.clone(), copy(&store), self.hosts[at].skew);
        self.hosts[at].store = Some(store);
        // Its salts are others from here on, and so are its records.
        twin.life = TWIN_LIFE;
        let face = self.hosts.len();
        self.hosts.push(twin);
        self.twin = Some(face);
        self.start(at);
        self.start(face);
        self.schedule(self.tick, Happening::Tick(face));
        for peer in (0..face).filter(|peer| *peer != at) {
            self.schedule(self.tick, Happening::Poll { host: face, peer });
        }
    }

    /// Returns the face that a host shows another: a liar with two histories shows one to each half of the others.
    fn face_for(&self, host: usize, other: usize) -> usize {
        match (self.liar, self.twin) {
            (Some(liar), Some(twin)) if host == liar || host == twin => {
                if other % 2 == 1 {
                    twin
                } else {
                    liar
                }
            }
            _ => host,
        }
    }

    /// Returns true once the liar shows two histories.
    pub(crate) const fn has_two_faces(&self) -> bool {
        self.twin.is_some()
    }

    /// Returns true for the liar and for its other face.
    pub(crate) fn lies(&self, host: usize) -> bool {
        self.liar == Some(host) || self.twin == Some(host)
    }

    fn flood(&mut self, from: usize) {
        let logs: Vec<Origin> = self.hosts[from]
            .node
            .as_ref()
            .map(|node| node.heads().map(|head| head.log).collect())
            .unwrap_or_default();
        if logs.is_empty() {
            return;
        }
        for _ in 0..5 {
            let (log, to) = (self.random.pick(&logs).clone(), self.random.index(self.hosts.len()));
            let asked = match self.random.below(4) {
                0 => Asked::Push(log),
                1 => Asked::Cosign,
                2 => Asked::Cosignature(log),
                _ => Asked::AddCheckpoint(log),
            };
            let like = self.hosts[from].node.as_ref().and_then(|node| match &asked {
                Asked::Push(log) | Asked::AddCheckpoint(log) => node.checkpoint_note(log),
                Asked::Get(_) | Asked::Cosign | Asked::Cosignature(_) => None,
            });
            let body = rubbish(&mut self.random, like.as_deref());
            if to != from {
                self.send(from, to, asked, body, Answered::Nothing);
            }
        }
    }

    fn say(&mut self, at: usize) {
        let number = self.tally.said;
        let party = self.hosts[at].party.clone();
        let said = talk::draw(&mut self.random, &self.charter, &party, &self.texts, number);
        let now = clock(self.now, self.hosts[at].skew);
        let Some(node) = self.hosts[at].node.as_mut() else { return };
        match node.append(&said, now) {
            Ok(appended) => {
                self.tally.said += 1;
                let label = said.label.clone().unwrap_or_else(|| node.default_label(&said.kind));
                self.labels.insert(appended.leaf, label);
                if said.kind.as_str() == "proposal" {
                    self.texts.push(appended.leaf);
                }
                self.acknowledged.push((at, appended.log, appended.index, appended.leaf));
            }
            Err(NodeError::Store(_)) => {}
            Err(error) if error.is_catching_up() => self.tally.held_back += 1,
            Err(error) => {
                panic!("seed {}: `{party}` cannot say `{}`: {error}", self.seed, said.kind)
            }
        }
        self.tell(at, Event::News);
    }

    fn on_poll(&mut self, host: usize, peer: usize) {
        if self.hosts[host].party == self.hosts[peer].party {
            return;
        }
        let again = self.tick * 2 + self.random.below(self.tick);
        self.schedule(again, Happening::Poll { host, peer });
        if self.hosts[host].node.is_some() && self.face_for(host, peer) == host {
            let answer = Answered::Heads { peer: self.hosts[peer].party.clone() };
            self.send(host, peer, Asked::Get(Resource::Heads), Vec::new(), answer);
        }
    }

    /// Tells a host what happened, and sends what follows.
    fn tell(&mut self, at: usize, event: Event) {
        let now = clock(self.now, self.hosts[at].skew);
        let Host { node: Some(node), exchange, .. } = &mut self.hosts[at] else { return };
        // Its own disk may be full: then it says so, and goes on.
        let is_log = matches!(event, Event::Receipts);
        let (effects, done) = exchange.step(node, event, now);
        if let Err(error) = &done {
            assert!(matches!(error, NodeError::Store(_)), "seed {}: {error}", self.seed);
        }
        let has_receipts = node.has_receipts() && !is_log;
        self.gather_receipts(at, has_receipts);
        for effect in effects {
            let (peer, asked, body, answer) = match effect {
                Effect::Fetch { peer, id, what } => {
                    (peer, Asked::Get(what), Vec::new(), Answered::Fetch { id })
                }
                Effect::Send { peer, asked, body } => {
                    let answer = Answered::Send { peer: peer.clone(), asked: asked.clone() };
                    (peer, asked, body, answer)
                }
            };
            let to = self.hosts.iter().position(|host| host.party == peer).expect("a peer");
            self.send(at, to, asked, body, answer);
        }
    }

    /// As nodes at work do, in every second world: in the others a tick logs receipts, as where many gather.
    fn gather_receipts(&mut self, at: usize, has_receipts: bool) {
        let host = &mut self.hosts[at];
        if !has_receipts || self.seed.is_multiple_of(2) || host.is_gathering {
            return;
        }
        host.is_gathering = true;
        let life = host.life;
        self.schedule(RECEIPTS_GATHER, Happening::Receipts { host: at, life });
    }

    fn is_cut(&self, a: usize, b: usize) -> bool {
        let is_cut = |host: usize| self.now < self.hosts[host].cut_until;
        !self.is_healing && (is_cut(a) || is_cut(b))
    }

    fn delay(&mut self) -> u64 {
        1 + self.random.below(self.weather.delay)
    }

    fn send(&mut self, from: usize, to: usize, asked: Asked, body: Vec<u8>, answer: Answered) {
        let to = self.face_for(to, from);
        if self.face_for(from, to) != from {
            // This face is not shown there.
            self.lose(from, answer);
            return;
        }
        if let Asked::Push(log) = &asked
            && !self.lies(from)
        {
            self.tally.contents += promise::no_leak_in_push(self, from, to, log, &body);
        }
        let is_lost = !self.is_healing && self.random.permille(self.weather.lost);
        if is_lost || self.is_cut(from, to) {
            self.lose(from, answer);
            return;
        }
        let times = if self.random.permille(self.weather.repeated) { 2 } else { 1 };
        for time in 0..times {
            let after = self.delay();
            let answer = if time == 0 { answer.clone() } else { Answered::Nothing };
            let (asked, body) = (asked.clone(), body.clone());
            self.schedule(after, Happening::Question { from, to, asked, body, answer });
        }
    }

    /// Whoever waits for an answer is told after a while that none comes.
    fn lose(&mut self, host: usize, answer: Answered) {
        self.tally.lost += 1;
        let life = self.hosts[host].life;
        let reply = Err("no answer".to_owned());
        self.schedule(PATIENCE, Happening::Answer { host, life, answer, reply });
    }

    fn on_question(
        &mut self,
        from: usize,
        to: usize,
        asked: &Asked,
        body: &[u8],
        answer: Answered,
    ) {
        let peer = self.hosts[from].party.clone();
        let now = clock(self.now, self.hosts[to].skew);
        let host = &mut self.hosts[to];
        let Some(node) = host.node.as_mut() else {
            self.lose(from, answer);
            return;
        };
        let is_too_long = body.len() > asked.body_len_max();
        let reply = if is_too_long {
            Reply::refused(413, "too long")
        } else {
            host.exchange.receive(node, &peer, asked, body, now)
        };
        assert_ne!(
            reply.status,
            500,
            "seed {}: {}",
            self.seed,
            String::from_utf8_lossy(&reply.body)
        );
        if !self.lies(to) {
            self.tally.contents += promise::no_leak(self, to, from, asked, &reply);
        }
        let reply = self.spoiled(to, asked, reply);
        self.tell(to, Event::News);
        let life = self.hosts[from].life;
        let is_lost = !self.is_healing && self.random.permille(self.weather.lost);
        if is_lost || self.is_cut(from, to) {
            self.lose(from, answer);
            return;
        }
        let after = self.delay();
        let reply = if reply.body.len() > asked.answer_len_max() {
            Err("the answer is too long".to_owned())
        } else {
            Ok(reply)
        };
        self.schedule(after, Happening::Answer { host: from, life, answer, reply });
    }

    fn spoiled(&mut self, at: usize, asked: &Asked, reply: Reply) -> Reply {
        match self.weather.lie.filter(|_| self.lies(at)) {
            Some(lie) => self.hosts[at].memory.spoil(lie, &mut self.random, asked, reply),
            None => reply,
        }
    }

    fn on_answer(
        &mut self,
        host: usize,
        life: u32,
        answer: Answered,
        reply: Result<Reply, String>,
    ) {
        if self.hosts[host].life != life || self.hosts[host].node.is_none() {
            return;
        }
        if reply.as_ref().is_ok_and(|reply| reply.status != 200) {
            self.tally.refused += 1;
        }
        let event = match answer {
            Answered::Heads { peer } => {
                Event::Heads { peer, body: reply.and_then(Reply::into_body) }
            }
            Answered::Fetch { id } => Event::Answer { id, body: reply.and_then(Reply::into_body) },
            Answered::Send { peer, asked } => Event::Sent { peer, asked, reply },
            Answered::Nothing => return,
        };
        self.tell(host, event);
    }

    /// All that was broken is mended: from here on honest nodes must come to agree.
    fn heal(&mut self) {
        self.is_healing = true;
        // Long enough a tick for what is open to come to its deadlines.
        self.tick = 60_000;
        self.weather.delay = 50;
        for at in 0..self.hosts.len() {
            self.hosts[at].disk_until = 0;
            self.limit_disk(at, None);
            self.start(at);
        }
        // Ticks that were far away come now.
        for host in 0..self.hosts.len() {
            self.schedule(1, Happening::Tick(host));
            for peer in (0..self.hosts.len()).filter(|peer| *peer != host) {
                self.schedule(2, Happening::Poll { host, peer });
            }
        }
    }

    fn state(&self) -> Vec<(Origin, u64)> {
        let honest = self.honest().filter_map(|host| host.node.as_ref());
        honest.flat_map(|node| node.heads().map(|head| (head.log, head.size))).collect()
    }

    /// Returns the hosts that do not lie.
    pub(crate) fn honest(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().enumerate().filter(|(at, _)| !self.lies(*at)).map(|(_, host)| host)
    }
}

fn clock(now: u64, skew: i64) -> UnixSeconds {
    UnixSeconds((now / 1000).saturating_add_signed(skew))
}

fn copy(store: &Store) -> Store {
    store.copy_to(Store::in_memory().expect("a store")).expect("a copy")
}

fn open(charter: &Charter, bytes: &[u8], party: &PartyId, store: Store, life: u32) -> Node {
    let secrets = exercise_keys("simulation", charter, party, &[], 1).expect("keys");
    let (mut counter, name) = (0_u64, party.to_string());
    let salts = Box::new(move || {
        counter += 1;
        Hash::of(&[name.as_bytes(), &life.to_be_bytes(), &counter.to_be_bytes()]).0
    });
    let kept = BTreeMap::from([(party.clone(), secrets)]);
    Node::open(party.clone(), store, bytes, kept, salts).expect("the node opens")
}

/// Returns the charter of a world of so many nodes: towns and their office.
fn charter_of(count: usize) -> (Charter, Vec<u8>) {
    let mut text = CHARTER.to_owned();
    let towns = &TOWNS[..count - 3];
    let more: String = towns
        .iter()
        .map(|town| format!("[parties.{town}]\nname = \"{town}\"\nstatus = \"member\"\n\n"))
        .collect();
    text = text.replace("[parties.office]", &format!("{more}[parties.office]"));
    // w others witness: two quorums share an honest one.
    let quorum = count / 2 + 1;
    text = text.replace("quorum = 2", &format!("quorum = {quorum}"));
    text = text.replace("[acts.report]", &format!("{LABELS}\n[acts.report]"));
    let checked = Charter::load(text.as_bytes(), "charter.toml");
    let checked = checked.unwrap_or_else(|faults| panic!("{faults}"));
    let keys: BTreeMap<PartyId, _> = checked
        .parties
        .keys()
        .map(|party| {
            let secrets = exercise_keys("simulation", &checked, party, &[], 1).expect("keys");
            (party.clone(), secrets.public())
        })
        .collect();
    let bytes = with_keys(&text, &keys).into_bytes();
    let charter = Charter::load(&bytes, "charter.toml").expect("the charter with its keys is one");
    (charter, bytes)
}
