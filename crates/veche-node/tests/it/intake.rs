//! Intake of news over servers of this machine: what a polite reader does, and what hostile sites and files come to.

mod folders;
mod hostile;
mod polite;
mod server;

use server::Site;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use veche_ledger::{Seconds, UnixSeconds};
use veche_node::intake::Intake;
use veche_node::intake::carry::Report;
use veche_node::intake::feed::{Address, Feed, FeedName};
use veche_node::intake::fetch::{Fetcher, Limits};
use veche_node::intake::store::{Kept, Store, Wanted};
use veche_node::intake::visit::Clock;

/// When the tests begin.
const START: &str = "2026-11-23T12:00:00Z";

/// A clock that a test sets: waiting moves it, and takes no time.
#[derive(Clone, Default)]
struct Hands {
    now: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
    /// It is told to end at this wait from now; 0: at none.
    waits_left: Arc<AtomicU64>,
    /// What is done during the next wait, once: a file that goes on being written.
    during: Arc<Mutex<Option<PathBuf>>>,
}

impl Clock for Hands {
    fn now(&self) -> UnixSeconds {
        UnixSeconds(self.now.load(Ordering::SeqCst))
    }

    fn pause(&self, span: Seconds) -> bool {
        if let Some(path) = self.during.lock().unwrap().take() {
            std::fs::write(path, "They met in Minsk, and went on writing.").unwrap();
        }
        self.now.fetch_add(span.0, Ordering::SeqCst);
        if self.waits_left.load(Ordering::SeqCst) > 0
            && self.waits_left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            self.ends.store(true, Ordering::SeqCst);
        }
        !self.ends.load(Ordering::SeqCst)
    }

    fn is_ending(&self) -> bool {
        self.ends.load(Ordering::SeqCst)
    }
}

/// An intake with one feed, `a`.
struct World {
    folder: TempDir,
    intake: Intake,
    hands: Hands,
}

impl World {
    fn of(address: Address, change: impl FnOnce(Feed) -> Feed) -> Self {
        let limits = Limits { timeout: Duration::from_millis(1500), body_len_max: 256 * 1024 };
        Self::within(limits, address, change)
    }

    fn within(limits: Limits, address: Address, change: impl FnOnce(Feed) -> Feed) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("feeds")).unwrap();
        let feed = Feed::new(FeedName::parse("a").unwrap(), address);
        store.add(&change(feed).checked().unwrap()).unwrap();
        let hands = Hands::default();
        let start = UnixSeconds::parse(START).unwrap();
        hands.now.store(start.0, Ordering::SeqCst);
        let intake =
            Intake::with(store, Fetcher::new(limits), Box::new(hands.clone()), Box::new(|| 0));
        Self { folder, intake, hands }
    }

    /// An intake with a feed at a path of a site, which is of this machine.
    fn at(site: &Site, path: &str) -> Self {
        let address = Address::find(&site.url(path)).unwrap();
        Self::of(address, |feed| Feed { may_be_private: true, ..feed })
    }

    /// Adds a feed.
    fn add(&self, name: &str, address: &str) {
        let feed = Feed {
            may_be_private: true,
            ..Feed::new(FeedName::parse(name).unwrap(), Address::find(address).unwrap())
        };
        self.intake.with_store(|store| store.add(&feed)).unwrap();
    }

    /// Looks at the feed `a`.
    fn look(&self) -> Report {
        self.intake.look_at_one("a").unwrap().remove(0)
    }

    fn feed(&self) -> Feed {
        self.intake.with_store(|store| store.feed("a")).unwrap()
    }

    fn items(&self) -> Vec<Kept> {
        let mut items = Vec::new();
        let all = |item| {
            items.push(item);
            true
        };
        self.intake.with_store(|store| store.items(&Wanted::default(), all)).unwrap();
        items
    }

    fn texts(&self) -> Vec<String> {
        self.items().into_iter().map(|item| item.text).collect()
    }

    /// Looks at the feed, which gives nothing, and checks why.
    #[track_caller]
    fn refused(&self, why: &str) {
        let report = self.look();
        let error = report.error().unwrap_or_default();
        assert!(error.contains(why), "{error}");
        assert_eq!((self.items().len(), self.feed().health.failures), (0, 1));
    }
}

/// A feed of items: id and text.
fn rss(items: &[(&str, &str)]) -> String {
    let item = |(id, text): &(&str, &str)| {
        format!(
            "<item><guid>{id}</guid><pubDate>Mon, 23 Nov 2026 08:00:00 GMT</pubDate><description>{text}</description></item>"
        )
    };
    format!("<rss><channel>{}</channel></rss>", items.iter().map(item).collect::<String>())
}
