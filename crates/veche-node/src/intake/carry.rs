//! Plan, visits and store together: looks at feeds that are due, and keeps what is new.

use super::feed::{Address, Feed, FeedName, Seal};
use super::fetch::{Fetcher, Got, Limits};
use super::folder;
use super::plan::{self, Outcome, Turns, WHOLE};
use super::read::{self, Draft, Drafts};
use super::store::{Became, Look, Said, Store, StoreError};
use super::visit::{Clock, VisitFault, Visited, Visitor, host_of, lock};
use crate::http::Stop;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use url::Url;
use veche_exchange::news::feed::TEXT_LEN_MAX;
use veche_exchange::news::{decode, page};
use veche_ledger::{Seconds, UnixSeconds};

/// Hosts that are asked at the same time.
const WORKERS: usize = 4;

/// Most pages that are read after one look at a feed, and for how long: a host that asks for long pauses keeps no other feed waiting. Of further
/// items what the feed says is kept.
const PAGES_MAX: u64 = 50;
const PAGES_FOR: Seconds = Seconds(600);

/// Longest page that is read, in bytes: what is longer is no news.
const PAGE_LEN_MAX: u64 = 2 * 1024 * 1024;

/// Pause between the two looks at a folder that has new files.
const SETTLING: Seconds = Seconds(2);

/// How often it is looked which feeds are due: a feed that was just added is found so soon.
const LOOK_EVERY: Seconds = Seconds(15);

/// For so long the end of a program waits for what is under way; what is cut off then is fetched again.
const END_WAIT: Duration = Duration::from_secs(3);

/// How a program ends that was told to at once: as shells have it of SIGINT.
const INTERRUPTED: i32 = 130;

/// Longest word on what was wrong, in characters.
const ERROR_LEN_MAX: usize = 300;

/// What came of a look at a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The feed.
    pub feed: FeedName,
    /// What became of it.
    pub outcome: Outcome,
    /// Documents that are new.
    pub new: u64,
    /// Further versions of documents that are known.
    pub changed: u64,
    /// Documents that are known as they are.
    pub known: u64,
    /// Of the first two, those whose date is flagged.
    pub flagged: u64,
    /// Pages that were read, and those that could not be.
    pub pages: (u64, u64),
    /// What was passed over, and why.
    pub passed_over: Vec<String>,
    /// True if the site said that nothing has changed.
    pub is_unchanged: bool,
    seal: Seal,
    /// True if nothing is missing that may be there the next time.
    is_whole: bool,
    /// When the first page was asked for.
    pages_since: Option<UnixSeconds>,
}

/// What a feed would give, with nothing kept.
#[derive(Debug)]
pub struct Checked {
    /// What was read, or why nothing was.
    pub drafts: Result<Drafts, String>,
    /// What the site's `robots.txt` says of the address; `None` for files and folders.
    pub robots: Option<Result<bool, String>>,
    /// The pause that the site asks for between two requests.
    pub pause: Option<Seconds>,
}

/// The intake of a node: its feeds, and what looks at them.
pub struct Intake {
    store: Mutex<Store>,
    fetcher: Fetcher,
    turns: Mutex<Turns>,
    clock: Box<dyn Clock>,
    /// A number from 0 to [`WHOLE`], random.
    chance: Box<dyn Fn() -> u32 + Send + Sync>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The clock of the system. It ends waiting when it is told to.
#[derive(Debug, Clone, Default)]
pub struct SystemClock {
    ending: Arc<(Mutex<bool>, Condvar)>,
}

impl SystemClock {
    /// Ends all waiting at Ctrl-C or SIGTERM, so that feeds under way are due again at once. A second one ends the program.
    ///
    /// # Errors
    /// If the system lets no signal be heard.
    pub fn end_at_signals(&self) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let first = {
            let _within = runtime.enter();
            Stop::listen()?
        };
        let clock = self.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                first.heard().await;
                clock.end();
                if let Ok(second) = Stop::listen() {
                    second.heard().await;
                    std::process::exit(INTERRUPTED);
                }
            });
        });
        Ok(())
    }

    /// Ends all waiting, now and later.
    pub fn end(&self) {
        *lock(&self.ending.0) = true;
        self.ending.1.notify_all();
    }
}

impl Clock for SystemClock {
    fn now(&self) -> UnixSeconds {
        crate::run::system_time()
    }

    fn pause(&self, span: Seconds) -> bool {
        let until = Instant::now() + Duration::from_secs(span.0);
        let mut is_ending = lock(&self.ending.0);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if *is_ending || left.is_zero() {
                return !*is_ending;
            }
            let waited = self.ending.1.wait_timeout(is_ending, left);
            is_ending = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    fn is_ending(&self) -> bool {
        *lock(&self.ending.0)
    }
}

/// A chance by the system's randomness; a system without any has no jitter.
fn system_chance() -> u32 {
    let bytes = crate::keyfile::random::<4>().unwrap_or_default();
    u32::from_le_bytes(bytes) % (WHOLE + 1)
}

/// The thread at work; it ends when this is told to.
#[derive(Debug)]
pub struct Running {
    clock: SystemClock,
    thread: JoinHandle<()>,
}

impl Running {
    /// Ends the work. A request that is under way is not waited for long: what it brings is fetched again.
    pub fn end(self) {
        self.clock.end();
        let until = Instant::now() + END_WAIT;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        if self.thread.is_finished() {
            self.thread.join().unwrap_or_default();
        }
    }
}

impl Intake {
    /// Makes an intake over a store of feeds, with the system's clock, network and randomness.
    #[must_use]
    pub fn new(store: Store, clock: SystemClock) -> Self {
        let fetcher = Fetcher::new(Limits::default());
        Self::with(store, fetcher, Box::new(clock), Box::new(system_chance))
    }

    /// Makes an intake of parts: for tests, which have a clock of their own.
    #[must_use]
    pub fn with(
        store: Store,
        fetcher: Fetcher,
        clock: Box<dyn Clock>,
        chance: Box<dyn Fn() -> u32 + Send + Sync>,
    ) -> Self {
        let turns = Mutex::default();
        Self { store: Mutex::new(store), fetcher, turns, clock, chance }
    }

    /// Works with the store.
    pub fn with_store<T>(&self, work: impl FnOnce(&Store) -> T) -> T {
        work(&lock(&self.store))
    }

    /// Looks at feeds that are due on a thread of its own until it is told to end.
    #[must_use]
    pub fn start(self: &Arc<Self>, clock: SystemClock) -> Running {
        let own = Arc::clone(self);
        let thread = std::thread::spawn(move || {
            loop {
                match own.look_at_due() {
                    Ok(reports) => reports.iter().for_each(tell),
                    Err(error) => tracing::error!(%error, "feeds are not looked at"),
                }
                if !own.clock.pause(LOOK_EVERY) {
                    return;
                }
            }
        });
        Running { clock, thread }
    }

    /// Waits until it is time to look again; returns false if the program is to end.
    pub fn pause(&self) -> bool {
        self.clock.pause(LOOK_EVERY)
    }

    /// Looks at each feed that is due.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn look_at_due(&self) -> Result<Vec<Report>, StoreError> {
        let feeds = lock(&self.store).feeds()?;
        let due = plan::due(&feeds, self.clock.now()).into_iter().cloned().collect();
        self.look_at(due)
    }

    /// Looks at a feed, due or not; at none if another program is at it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn look_at_one(&self, name: &str) -> Result<Vec<Report>, StoreError> {
        let feed = lock(&self.store).feed(name)?;
        self.look_at(vec![feed])
    }

    /// Looks at feeds, those of one host one after the other, several hosts at a time.
    fn look_at(&self, feeds: Vec<Feed>) -> Result<Vec<Report>, StoreError> {
        let mut by_host: BTreeMap<String, Vec<Feed>> = BTreeMap::new();
        for feed in feeds {
            let host = match &feed.address {
                Address::Web(url) => host_of(url),
                Address::File(_) | Address::Folder(_) => String::new(),
            };
            by_host.entry(host).or_default().push(feed);
        }
        let workers = by_host.len().min(WORKERS);
        let queue: Mutex<VecDeque<Vec<Feed>>> = Mutex::new(by_host.into_values().collect());
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(feeds) = next_of(&queue) {
                        for feed in feeds {
                            if self.clock.is_ending() {
                                return;
                            }
                            let looked = self.look_and_keep(&feed);
                            lock(&done).push(looked);
                        }
                    }
                });
            }
        });
        let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut reports: Vec<Report> =
            done.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        reports.sort_by(|a, b| a.feed.cmp(&b.feed));
        Ok(reports)
    }

    /// Looks at a feed and keeps how it fared; `None` if another program does, or this one ends.
    fn look_and_keep(&self, feed: &Feed) -> Result<Option<Report>, StoreError> {
        if !lock(&self.store).claim(feed, self.clock.now())? {
            return Ok(None);
        }
        let looked = self.look(feed);
        let name = feed.name.as_str();
        let report = match looked {
            Ok(report) => report,
            Err(VisitFault::Store(error)) => return Err(error),
            Err(VisitFault::Ending) => {
                lock(&self.store).release(name)?;
                return Ok(None);
            }
            Err(fault) => failed(feed, &fault),
        };
        let mut health = plan::after(feed, &report.outcome, self.clock.now(), (self.chance)());
        // What was not read whole is asked for anew.
        health.seal = if report.is_whole { report.seal.clone() } else { Seal::default() };
        if matches!(report.outcome, Outcome::Bad { .. } | Outcome::Gone { .. }) {
            health.seal = feed.health.seal.clone();
        }
        health.error = tidy(&health.error);
        let is_gone = matches!(report.outcome, Outcome::Gone { .. });
        lock(&self.store).keep_health(name, &health, is_gone)?;
        Ok(Some(report))
    }

    fn visitor(&self) -> Visitor<'_> {
        Visitor {
            fetcher: &self.fetcher,
            turns: &self.turns,
            store: &self.store,
            clock: self.clock.as_ref(),
            len_max: u64::MAX,
        }
    }

    fn look(&self, feed: &Feed) -> Result<Report, VisitFault> {
        match &feed.address {
            Address::Web(url) => self.look_at_site(feed, url),
            Address::File(path) => self.look_at_file(feed, path),
            Address::Folder(path) => self.look_at_folder(feed, path),
        }
    }

    fn look_at_site(&self, feed: &Feed, url: &Url) -> Result<Report, VisitFault> {
        let Visited { got, url } =
            self.visitor().visit(url, &feed.health.seal, feed.may_be_private)?;
        if got.status == 304 {
            let mut report = Report::of(feed);
            report.is_unchanged = true;
            report.seal = feed.health.seal.clone();
            return Ok(report);
        }
        let drafts = read::feed(&got.body, &got.content_type, Some(&url), self.clock.now());
        let report = Report { seal: got.seal, ..Report::of(feed) };
        self.take(feed, report, &got.body, drafts)
    }

    fn look_at_file(&self, feed: &Feed, path: &Path) -> Result<Report, VisitFault> {
        let unreadable = |error: std::io::Error| bad(feed, format!("it cannot be read: {error}"));
        let data = match std::fs::metadata(path) {
            Ok(data) => data,
            Err(error) => return Ok(unreadable(error)),
        };
        let look = folder::look_of(&data);
        let tag = format!("{} {}", look.len, look.changed);
        let report = Report { seal: Seal { tag, ..Seal::default() }, ..Report::of(feed) };
        if report.seal == feed.health.seal {
            return Ok(Report { is_unchanged: true, ..report });
        }
        let (Some(parent), Some(name)) =
            (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Ok(bad(feed, "its name is no plain text".to_owned()));
        };
        match folder::read(parent, name, look) {
            Ok(Some(bytes)) => {
                let drafts = read::file(name, &bytes, self.clock.now());
                self.take(feed, report, &bytes, drafts)
            }
            Ok(None) => Ok(bad(feed, "it changed while it was read, or is too long".to_owned())),
            Err(error) => Ok(unreadable(error)),
        }
    }

    /// Takes the whole files of a folder: what is the same at this look and at the one before, which may be of two seconds ago.
    fn look_at_folder(&self, feed: &Feed, path: &Path) -> Result<Report, VisitFault> {
        let unlisted = |error: std::io::Error| bad(feed, format!("it cannot be listed: {error}"));
        let mut report = Report::of(feed);
        let mut found = match self.found(feed, path)? {
            Ok(found) => found,
            Err(error) => return Ok(unlisted(error)),
        };
        if !found.unsettled.is_empty() {
            if !self.clock.pause(SETTLING) {
                return Err(VisitFault::Ending);
            }
            found = match self.found(feed, path)? {
                Ok(found) => found,
                Err(error) => return Ok(unlisted(error)),
            };
        }
        for (name, look) in found.whole {
            match folder::read(path, &name, look) {
                Ok(Some(bytes)) => {
                    let drafts = read::file_of_folder(&name, &bytes, self.clock.now());
                    report = self.take_file(feed, report, &name, look, &bytes, drafts)?;
                }
                // It is being written again: looked at next time.
                Ok(None) => {}
                Err(error) => report.passed_over.push(format!("`{name}`: {error}")),
            }
        }
        report.passed_over.extend(found.refused);
        let error = report.all_passed_over();
        report.outcome = Outcome::Good { new: report.new + report.changed, error };
        Ok(report)
    }

    /// Looks at a folder and keeps how its new files look.
    fn found(
        &self,
        feed: &Feed,
        path: &Path,
    ) -> Result<Result<folder::Found, std::io::Error>, StoreError> {
        let store = lock(&self.store);
        let found = match folder::look(path, &store.looks(feed.name.as_str())?) {
            Ok(found) => found,
            Err(error) => return Ok(Err(error)),
        };
        store.together(|store| {
            let mut looks = found.unsettled.iter();
            looks.try_for_each(|(name, look)| store.keep_look(feed.name.as_str(), name, *look))
        })?;
        Ok(Ok(found))
    }

    fn take_file(
        &self,
        feed: &Feed,
        mut report: Report,
        name: &str,
        look: Look,
        bytes: &[u8],
        drafts: Drafts,
    ) -> Result<Report, VisitFault> {
        let passed = drafts.passed_over.iter().chain(&drafts.fault);
        report.passed_over.extend(passed.map(|fault| format!("`{name}`: {fault}")));
        let drafts = Drafts { passed_over: Vec::new(), fault: None, ..drafts };
        let report = self.take(feed, report, bytes, drafts)?;
        let look = Look { is_taken: true, ..look };
        lock(&self.store).keep_look(feed.name.as_str(), name, look)?;
        Ok(report)
    }

    /// Keeps what is new of what was read, with the pages of new items if the feed has them.
    fn take(
        &self,
        feed: &Feed,
        mut report: Report,
        bytes: &[u8],
        drafts: Drafts,
    ) -> Result<Report, VisitFault> {
        report.passed_over.extend(drafts.passed_over);
        if let (Some(fault), true) = (&drafts.fault, drafts.drafts.is_empty()) {
            report.outcome = Outcome::Bad { error: fault.clone(), after: None };
            return Ok(report);
        }
        let mut taking = Taking { feed, bytes, body: None, wanted: Vec::new() };
        let mut keys = BTreeSet::new();
        for said in drafts.drafts {
            if !keys.insert(said.key.clone()) {
                report.known += 1;
                continue;
            }
            let became = lock(&self.store).standing(feed.name.as_str(), &said)?;
            if became == Became::Known {
                report.known += 1;
                continue;
            }
            let (draft, page) = self.with_page(feed, &said, &mut report)?;
            taking.wanted.push(Wanted { became, said, draft, page });
            // Pages are long: none is held while the next one is read.
            if feed.has_pages {
                self.keep(&mut taking, &mut report)?;
            }
        }
        self.keep(&mut taking, &mut report)?;
        report.is_whole &= drafts.fault.is_none();
        let error = drafts.fault.unwrap_or_else(|| report.all_passed_over());
        report.outcome = Outcome::Good { new: report.new + report.changed, error };
        Ok(report)
    }

    /// Keeps what was read so far, as one.
    fn keep(&self, taking: &mut Taking<'_>, report: &mut Report) -> Result<(), StoreError> {
        let (now, name) = (self.clock.now(), taking.feed.name.as_str());
        if taking.wanted.is_empty() {
            return Ok(());
        }
        lock(&self.store).together(|store| {
            for wanted in taking.wanted.drain(..) {
                let became = keep_one(store, name, &mut taking.body, taking.bytes, &wanted, now)?;
                match became {
                    Became::New => report.new += 1,
                    Became::Changed => report.changed += 1,
                    Became::Waiting | Became::Known => report.known += 1,
                }
                let is_kept = matches!(became, Became::New | Became::Changed);
                report.flagged += u64::from(is_kept && wanted.said.flag.is_some());
            }
            Ok(())
        })
    }

    /// Reads the page that an item links to, if its feed has pages: its text counts where it is longer than the item's own, and not too long.
    fn with_page(
        &self,
        feed: &Feed,
        said: &Draft,
        report: &mut Report,
    ) -> Result<(Draft, Page), VisitFault> {
        let mut draft = said.clone();
        let now = self.clock.now();
        let asked = report.pages.0 + report.pages.1;
        let is_late = report.pages_since.is_some_and(|begun| now.since(begun) >= PAGES_FOR);
        let may_ask = feed.has_pages && asked < PAGES_MAX && !is_late;
        let Some(link) = Url::parse(&said.link).ok().filter(|_| may_ask) else {
            return Ok((draft, Page::Unasked));
        };
        report.pages_since.get_or_insert(now);
        // A feed of a private network leads to no other machine of it.
        let is_own = matches!(&feed.address, Address::Web(url) if host_of(url) == host_of(&link));
        let may_be_private = feed.may_be_private && is_own;
        let visitor = Visitor { len_max: PAGE_LEN_MAX, ..self.visitor() };
        let (fault, page) = match visitor.visit(&link, &Seal::default(), may_be_private) {
            Ok(Visited { got, .. }) => match page_text(&got) {
                Ok(text) => {
                    report.pages.0 += 1;
                    if text.len() > draft.text.len() {
                        draft.text = text;
                    }
                    return Ok((draft, Page::Read(got.body)));
                }
                Err(fault) => (fault, Page::Lost),
            },
            Err(fault @ (VisitFault::Ending | VisitFault::Store(_))) => return Err(fault),
            Err(fault) => {
                let page = if fault.may_pass() { Page::Waits } else { Page::Lost };
                (fault.to_string(), page)
            }
        };
        report.pages.1 += 1;
        // What is asked again needs the feed as a whole again.
        report.is_whole &= !matches!(page, Page::Waits);
        report.passed_over.push(format!("page of `{}`: {fault}", said.key));
        Ok((draft, page))
    }

    /// Finds out what a feed would give. Nothing of it is kept, and it stays due when it was.
    #[must_use]
    pub fn check(&self, feed: &Feed) -> Checked {
        let now = self.clock.now();
        let Address::Web(url) = &feed.address else {
            let drafts = self.check_on_disk(&feed.address);
            return Checked { drafts, robots: None, pause: None };
        };
        let robots = self.visitor().robots(url, feed.may_be_private);
        let pause = robots.as_ref().ok().and_then(|robots| robots.delay_seconds).map(Seconds);
        let path =
            url.query().map_or_else(|| url.path().to_owned(), |q| format!("{}?{q}", url.path()));
        let verdict = robots.map(|robots| robots.allows(&path)).map_err(|fault| fault.to_string());
        let drafts = self
            .visitor()
            .visit(url, &Seal::default(), feed.may_be_private)
            .map(|Visited { got, url }| read::feed(&got.body, &got.content_type, Some(&url), now))
            .map_err(|fault| tidy(&fault.to_string()));
        Checked { drafts, robots: Some(verdict), pause }
    }

    fn check_on_disk(&self, address: &Address) -> Result<Drafts, String> {
        let now = self.clock.now();
        match address {
            Address::Web(_) => Err("it is no file".to_owned()),
            Address::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
                Ok(read::file(&path.to_string_lossy(), &bytes, now))
            }
            Address::Folder(path) => {
                let found =
                    folder::look(path, &BTreeMap::new()).map_err(|error| error.to_string())?;
                let mut all = Drafts { passed_over: found.refused, ..Drafts::default() };
                for (name, look) in found.unsettled {
                    let read =
                        folder::read(path, &name, look).map_err(|error| error.to_string())?;
                    let Some(bytes) = read else { continue };
                    let one = read::file_of_folder(&name, &bytes, now);
                    all.drafts.extend(one.drafts);
                    let faults = one.passed_over.iter().chain(&one.fault);
                    all.passed_over.extend(faults.map(|fault| format!("`{name}`: {fault}")));
                }
                Ok(all)
            }
        }
    }
}

/// What is being taken of what a feed sent.
struct Taking<'a> {
    feed: &'a Feed,
    bytes: &'a [u8],
    /// The hash of the bytes, once they are kept.
    body: Option<[u8; 32]>,
    wanted: Vec<Wanted>,
}

/// A document to be kept.
struct Wanted {
    became: Became,
    /// As its feed says it.
    said: Draft,
    /// The same, or with the text of its page.
    draft: Draft,
    page: Page,
}

/// What came of the page that an item links to.
enum Page {
    /// It was not asked for.
    Unasked,
    /// These are its bytes.
    Read(Vec<u8>),
    /// It cannot be read, now or later.
    Lost,
    /// It cannot be read now.
    Waits,
}

/// Keeps a document, and returns what became of it.
fn keep_one(
    store: &Store,
    feed: &str,
    body: &mut Option<[u8; 32]>,
    bytes: &[u8],
    wanted: &Wanted,
    now: UnixSeconds,
) -> Result<Became, StoreError> {
    let Wanted { became, said, draft, page } = wanted;
    match (became, page) {
        (Became::Waiting, Page::Unasked | Page::Waits) => return Ok(Became::Known),
        (Became::Waiting, Page::Lost) => {
            store.settle(feed, said)?;
            return Ok(Became::Known);
        }
        (Became::Waiting, Page::Read(_)) if draft.text == said.text => {
            store.settle(feed, said)?;
            return Ok(Became::Known);
        }
        (Became::New | Became::Changed | Became::Waiting | Became::Known, _) => {}
    }
    let body_hash = match *body {
        Some(hash) => hash,
        None => *body.insert(store.keep_body(bytes)?),
    };
    let (hash, page) = match page {
        Page::Read(page) => (Said::whole(said), Some(store.keep_body(page)?)),
        Page::Waits => (Said::waiting(said), None),
        Page::Unasked | Page::Lost => (Said::whole(said), None),
    };
    let page = page.as_ref().map(<[u8; 32]>::as_slice);
    let is_kept = store.keep(feed, hash, draft, now, &body_hash, page)?;
    Ok(match became {
        _ if !is_kept => Became::Known,
        Became::New => Became::New,
        Became::Changed | Became::Waiting | Became::Known => Became::Changed,
    })
}

/// Returns the text of a page, if it can be read and is no longer than an item's may be.
fn page_text(got: &Got) -> Result<String, String> {
    let named = decode::named_by_server(&got.content_type);
    let page = page::read(&got.body, named.as_deref()).map_err(|fault| fault.to_string())?;
    if page.text.len() > TEXT_LEN_MAX {
        return Err(format!("its text has more than {TEXT_LEN_MAX} bytes"));
    }
    Ok(page.text)
}

fn next_of(queue: &Mutex<VecDeque<Vec<Feed>>>) -> Option<Vec<Feed>> {
    lock(queue).pop_front()
}

impl Report {
    fn of(feed: &Feed) -> Self {
        Self {
            feed: feed.name.clone(),
            outcome: Outcome::Good { new: 0, error: String::new() },
            new: 0,
            changed: 0,
            known: 0,
            flagged: 0,
            pages: (0, 0),
            passed_over: Vec::new(),
            is_unchanged: false,
            seal: Seal::default(),
            is_whole: true,
            pages_since: None,
        }
    }

    /// Returns in a line what was passed over; empty if nothing was.
    fn all_passed_over(&self) -> String {
        let count = self.passed_over.len();
        let first = self.passed_over.first();
        first.map_or_else(String::new, |first| format!("{count} passed over: {first}"))
    }

    /// Returns what was wrong, if something was.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        let (Outcome::Good { error, .. } | Outcome::Bad { error, .. } | Outcome::Gone { error }) =
            &self.outcome;
        (!error.is_empty()).then_some(error)
    }
}

fn bad(feed: &Feed, error: String) -> Report {
    Report { outcome: Outcome::Bad { error, after: None }, ..Report::of(feed) }
}

fn failed(feed: &Feed, fault: &VisitFault) -> Report {
    let error = tidy(&fault.to_string());
    let outcome = if matches!(fault, VisitFault::Status(410, _)) {
        Outcome::Gone { error: format!("{error}: it is gone for good, and looked at no more") }
    } else {
        Outcome::Bad { error, after: fault.after() }
    };
    Report { outcome, ..Report::of(feed) }
}

/// Returns what a stranger's program may have had its word in, as one short line that moves no terminal.
fn tidy(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(ERROR_LEN_MAX).collect()
}

fn tell(report: &Report) {
    let Report { feed, new, changed, .. } = report;
    let feed = feed.as_str();
    match report.error() {
        Some(error) => tracing::warn!(feed, error, "a feed was not read, or not whole"),
        None if new + changed > 0 => tracing::info!(feed, new, changed, "a feed brought something"),
        None => {}
    }
}
