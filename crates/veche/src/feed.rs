//! `veche feed`: the feeds, files and folders from which a node takes news, and what it took.

mod shown;

use crate::answer::{Answer, counted};
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind};
use crate::{charter, file, node, screen};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use veche_exchange::news::opml::{self, Listed};
use veche_exchange::news::time;
use veche_ledger::{Label, Seconds, UnixSeconds};
use veche_node::intake::Intake;
use veche_node::intake::carry::{Report, SystemClock};
use veche_node::intake::feed::{Address, Feed, FeedName, NotAFeed};
use veche_node::intake::plan::Outcome;
use veche_node::intake::store::{Store, StoreError, Wanted};

/// Longest list of feeds that is imported, in bytes.
const OPML_LEN_MAX: u64 = 8 * 1024 * 1024;

/// How many items are listed unless more are asked for.
const LISTED: u32 = 50;

/// What can be done with feeds.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Add a feed at an address of the web, a file, or a folder whose new files are taken
    ///
    /// Nothing is fetched yet: `veche feed check NAME` tells what it would give. The site's robots.txt is honoured, one request a host is made at
    /// a time, and no address of this machine or of a private network is asked unless `--private-network` says so.
    #[command(
        after_help = "Examples:\n  veche feed add https://example.org/rss --name example --licence CC-BY-4.0 --every 30m\n  veche feed add /srv/inbox --name inbox"
    )]
    Add {
        /// The address: http, https, a file, a folder
        #[arg(value_name = "URL|FILE|FOLDER")]
        address: String,
        /// Its name: small letters, digits and `-`; by default made from the address
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        words: Words,
        #[command(flatten)]
        place: Place,
    },
    /// Show the feeds and how they have fared
    #[command(after_help = "Example:\n  veche feed list")]
    List(Place),
    /// Fetch a feed once and show what would be taken; nothing is kept
    ///
    /// Exit code 7 if it gives nothing.
    #[command(after_help = "Example:\n  veche feed check example")]
    Check {
        #[command(flatten)]
        one: One,
    },
    /// Look at a feed no more; what was taken from it stays
    #[command(after_help = "Example:\n  veche feed disable example")]
    Disable(One),
    /// Look at a feed again, from now on
    #[command(after_help = "Example:\n  veche feed enable example")]
    Enable(One),
    /// Take a feed off the list; what was taken from it stays
    #[command(after_help = "Example:\n  veche feed remove example")]
    Remove(One),
    /// Add the feeds of a list (OPML) that are not there yet
    #[command(after_help = "Example:\n  veche feed import feeds.opml --label CLEAR")]
    Import {
        /// The list; `-` for standard input
        #[arg(value_name = "OPML")]
        file: PathBuf,
        #[command(flatten)]
        words: Words,
        #[command(flatten)]
        place: Place,
    },
    /// Write the feeds of the web as a list (OPML)
    #[command(after_help = "Example:\n  veche feed export > feeds.opml")]
    Export(Place),
    /// Look at the feeds that are due and take what is new
    ///
    /// `veche node run --feeds DIR` does the same beside a node. Exit code 7 if a feed could not be read.
    #[command(
        after_help = "Examples:\n  veche feed run\n  veche feed run --watch\n  veche feed run --code | veche code -"
    )]
    Run {
        /// This feed alone, due or not
        name: Option<String>,
        /// Go on until Ctrl-C or SIGTERM; what was taken before is kept
        #[arg(long, conflicts_with = "name")]
        watch: bool,
        /// Write what is new for `veche code -`, one document a line; the rest goes to standard error
        #[arg(long)]
        code: bool,
        #[command(flatten)]
        place: Place,
    },
    /// List what was taken: the latest version of each item, what several feeds carry once
    #[command(
        after_help = "Examples:\n  veche feed items --feed example\n  veche feed items --since 2026-11-23 --code | veche code -"
    )]
    Items {
        /// Of this feed alone
        #[arg(long)]
        feed: Option<String>,
        /// Fetched on this day or later, or at this time: 2026-11-23, 2026-11-23T08:00:00Z
        #[arg(long, value_parser = moment, value_name = "TIME")]
        since: Option<UnixSeconds>,
        /// At most so many; by default 50, and with `--code` all
        #[arg(long, value_name = "N")]
        most: Option<u32>,
        /// Write them for `veche code -`, one document a line
        #[arg(long)]
        code: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// Where feeds are kept.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The folder of feeds and of what was taken
    #[arg(long, value_name = "DIR", default_value = "feeds")]
    feeds: PathBuf,
}

/// A feed that is there.
#[derive(Debug, clap::Args)]
pub(crate) struct One {
    /// Its name
    name: String,
    #[command(flatten)]
    place: Place,
}

/// What an operator knows of a feed.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    /// Who publishes it
    #[arg(long, default_value = "", hide_default_value = true)]
    publisher: String,
    /// Under what terms it may be used
    #[arg(long, default_value = "", hide_default_value = true)]
    licence: String,
    /// Its language: en, ru
    #[arg(long, default_value = "", hide_default_value = true)]
    language: String,
    /// Who may read what comes from it: one of the charter's labels if `--charter` is given, or else a word
    #[arg(long, default_value = "", hide_default_value = true)]
    label: String,
    /// The charter whose labels there are: a file, or the name of a shipped one
    #[arg(long, requires = "label")]
    charter: Option<String>,
    /// How often it is looked at: 90s, 15m, 2h, 1d
    #[arg(long, value_parser = span, default_value = "15m", value_name = "SPAN")]
    every: Seconds,
    /// Read the page that an item links to, where the item has only its beginning
    #[arg(long)]
    pages: bool,
    /// It may be at an address of this machine or of a private network
    #[arg(long)]
    private_network: bool,
}

/// Reads a span: `15m`.
fn span(text: &str) -> Result<Seconds, String> {
    let units = [("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];
    let read = || {
        let (unit, seconds) = units.iter().find(|(unit, _)| text.ends_with(unit))?;
        let number: u64 = text.strip_suffix(unit)?.parse().ok()?;
        number.checked_mul(*seconds).map(Seconds)
    };
    read().ok_or_else(|| format!("`{text}` is no span: write 90s, 15m, 2h or 1d"))
}

/// Reads a day or a time.
fn moment(text: &str) -> Result<UnixSeconds, String> {
    let told = time::read(text);
    told.map(|told| told.at).ok_or_else(|| format!("`{text}` is no day: write it as 2026-11-23"))
}

impl Verb {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`]: the store of feeds, an address, a list.
    pub(crate) fn run(self, json: bool) -> Result<Answer, Failure> {
        match self {
            Self::Add { address, name, words, place } => add(&address, name, words, &place.feeds),
            Self::List(place) => list(&place.feeds),
            Self::Check { one } => check(&one),
            Self::Disable(one) => switched(&one, false),
            Self::Enable(one) => switched(&one, true),
            Self::Remove(one) => {
                open(&one.place.feeds)?.remove(&one.name).map_err(of_store)?;
                let said = format!("{} is off the list; what was taken from it stays", one.name);
                Ok(Answer::new(said, json!({ "removed": one.name })))
            }
            Self::Import { file, words, place } => import(&file, &words, &place.feeds),
            Self::Export(place) => export(&place.feeds),
            Self::Run { name, watch, code, place } => {
                run(&place.feeds, name.as_deref(), watch, code, json)
            }
            Self::Items { feed, since, most, code, place } => {
                let most = most.or((!code).then_some(LISTED));
                let since = since.unwrap_or_default();
                let wanted = Wanted { feed, since, most, ..Wanted::default() };
                let store = open(&place.feeds)?;
                if !code {
                    return shown::items(&store, &wanted);
                }
                shown::stream(&store, &wanted).map(|_| Answer::new("", Value::Null))
            }
        }
    }
}

fn open(folder: &Path) -> Result<Store, Failure> {
    Store::open_existing(folder).map_err(of_store)
}

pub(crate) fn of_store(error: StoreError) -> Failure {
    Failure::new(FailureKind::Feeds(Box::new(error)))
}

fn not_a_feed(error: NotAFeed) -> Failure {
    Failure::new(FailureKind::Feed(error.to_string()))
}

impl Words {
    /// Returns a feed with what the operator knows of it.
    fn of(&self, name: FeedName, address: Address) -> Result<Feed, Failure> {
        let feed = Feed {
            language: self.language.clone(),
            publisher: self.publisher.clone(),
            licence: self.licence.clone(),
            label: self.label()?,
            every: self.every,
            has_pages: self.pages,
            may_be_private: self.private_network,
            ..Feed::new(name, address)
        };
        feed.checked().map_err(not_a_feed)
    }

    fn label(&self) -> Result<String, Failure> {
        let Some(name) = &self.charter else { return Ok(self.label.clone()) };
        let charter = charter::load(name)?;
        let known =
            Label::parse(&self.label).is_ok_and(|label| charter.labels.contains_key(&label));
        if known {
            return Ok(self.label.clone());
        }
        let labels: Vec<String> = charter.labels.keys().map(ToString::to_string).collect();
        let what = format!("charter `{name}` has no label `{}`", self.label);
        let hint = format!("its labels are {}", labels.join(", "));
        Err(Failure::new(FailureKind::Feed(what)).hinting(Some(hint)))
    }
}

fn add(
    address: &str,
    name: Option<String>,
    words: Words,
    folder: &Path,
) -> Result<Answer, Failure> {
    let address = Address::find(address).map_err(not_a_feed)?;
    let name = match name {
        Some(name) => FeedName::parse(&name).map_err(not_a_feed)?,
        None => address.name().ok_or_else(|| {
            let what = format!("no name can be made from `{address}`");
            Failure::new(FailureKind::Feed(what))
                .hinting(Some("give one: `--name wire`".to_owned()))
        })?,
    };
    let feed = words.of(name, address)?;
    Store::open(folder).and_then(|store| store.add(&feed)).map_err(of_store)?;
    let Feed { name, address, every, .. } = &feed;
    let said = format!(
        "{name}: {address}, every {every}; `veche feed check {name}` tells what it would give"
    );
    Ok(Answer::new(said, shown::feed_json(&feed)))
}

fn list(folder: &Path) -> Result<Answer, Failure> {
    let feeds = open(folder)?.feeds().map_err(of_store)?;
    let rows: Vec<Value> = feeds.iter().map(shown::feed_json).collect();
    Ok(Answer::new(shown::table(&feeds, node::now()), json!({ "feeds": rows })))
}

fn check(one: &One) -> Result<Answer, Failure> {
    let store = open(&one.place.feeds)?;
    let feed = store.feed(&one.name).map_err(of_store)?;
    let intake = Intake::new(store, SystemClock::default());
    Ok(shown::checked(&feed, &intake.check(&feed)))
}

fn switched(one: &One, is_enabled: bool) -> Result<Answer, Failure> {
    open(&one.place.feeds)?.enable(&one.name, is_enabled).map_err(of_store)?;
    let what = if is_enabled { "is looked at from now on" } else { "is looked at no more" };
    let said = format!("{} {what}", one.name);
    Ok(Answer::new(said, json!({ "feed": one.name, "enabled": is_enabled })))
}

fn import(path: &Path, words: &Words, folder: &Path) -> Result<Answer, Failure> {
    let bytes = file::read_input(path, OPML_LEN_MAX)?;
    let unusable = |what: String| FailureKind::FeedList { path: path.to_owned(), what };
    let listed = opml::read(&bytes).map_err(|error| Failure::new(unusable(error.to_string())))?;
    let store = Store::open(folder).map_err(of_store)?;
    let held = store.feeds().map_err(of_store)?;
    let mut names: Vec<String> = held.iter().map(|feed| feed.name.to_string()).collect();
    let mut addresses: Vec<String> = held.iter().map(|feed| feed.address.to_string()).collect();
    let (mut added, mut known, mut faults) = (Vec::new(), 0, Vec::new());
    for Listed { title, address, language } in listed {
        let found = match Address::find(&address) {
            Ok(found @ Address::Web(_)) => found,
            Ok(Address::File(_) | Address::Folder(_)) | Err(_) => {
                faults.push(format!("`{}` is no address of the web", screen::one_line(&address)));
                continue;
            }
        };
        if addresses.contains(&found.to_string()) {
            known += 1;
            continue;
        }
        let Some(name) = free_name(&title, &found, &names) else {
            faults.push(format!("no name can be made for `{}`", screen::one_line(&address)));
            continue;
        };
        let mut feed = words.of(name, found)?;
        if feed.language.is_empty() && language.len() <= 20 {
            feed.language = language;
        }
        let feed = feed.checked().map_err(not_a_feed)?;
        store.add(&feed).map_err(of_store)?;
        names.push(feed.name.to_string());
        addresses.push(feed.address.to_string());
        added.push(feed.name.to_string());
    }
    let mut said = format!("{} added, {known} known", counted(added.len(), "feed"));
    for fault in &faults {
        said = format!("{said}\npassed over: {fault}");
    }
    let exit = if faults.is_empty() { Exit::OK } else { Exit::INVALID };
    let json = json!({ "added": added, "known": known, "passed_over": faults });
    Ok(Answer::new(said, json).ending(exit))
}

/// Returns a name for a feed of a list that no other has: from its title, or else its address, with a number behind it if need be.
fn free_name(title: &str, address: &Address, taken: &[String]) -> Option<FeedName> {
    let base = FeedName::made_from(title).or_else(|| address.name())?;
    let numbered = (2..1000).filter_map(|number| {
        let front: String = base.as_str().chars().take(34).collect();
        FeedName::parse(&format!("{front}-{number}")).ok()
    });
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|name| !taken.iter().any(|own| own == name.as_str()))
}

fn export(folder: &Path) -> Result<Answer, Failure> {
    let feeds = open(folder)?.feeds().map_err(of_store)?;
    let listed: Vec<Listed> = feeds
        .iter()
        .filter(|feed| matches!(feed.address, Address::Web(_)))
        .map(|feed| Listed {
            title: feed.name.to_string(),
            address: feed.address.to_string(),
            language: feed.language.clone(),
        })
        .collect();
    if listed.len() < feeds.len() {
        let left = counted(feeds.len() - listed.len(), "feed");
        screen::note(&format!("{left} of files and folders left out: they are of this machine"));
    }
    let document = opml::write("Feeds of veche", &listed);
    let json = json!({ "opml": document.as_str(), "feeds": listed.len() });
    Ok(Answer::document(&document, json))
}

fn run(
    folder: &Path,
    name: Option<&str>,
    watch: bool,
    code: bool,
    json: bool,
) -> Result<Answer, Failure> {
    let store = open(folder)?;
    let mut after = store.last_item().map_err(of_store)?;
    let clock = SystemClock::default();
    let unheard = |error: std::io::Error| Failure::new(FailureKind::Internal(error.to_string()));
    clock.end_at_signals().map_err(unheard)?;
    let intake = Intake::new(store, clock);
    let mut all: Vec<Report> = Vec::new();
    loop {
        let reports = match name {
            Some(name) => intake.look_at_one(name),
            None => intake.look_at_due(),
        };
        // What was taken is written even where a look failed.
        let goes_on = !code || intake.with_store(|store| write_new(store, &mut after))?;
        let reports = reports.map_err(of_store)?;
        for report in &reports {
            match (code || json, watch) {
                (true, _) => screen::note(&shown::report(report)),
                (false, true) => screen::announce(&shown::report(report))?,
                (false, false) => {}
            }
        }
        if !watch {
            all.extend(reports);
            break;
        }
        if !goes_on || !intake.pause() {
            return Ok(Answer::new("", Value::Null));
        }
    }
    Ok(ran(name, &all, code))
}

/// Writes what came after an item for `veche code -`, and moves that on to the last one. Returns false if nobody reads on.
fn write_new(store: &Store, after: &mut i64) -> Result<bool, Failure> {
    // Found first: what another program takes meanwhile is written the next time.
    let last = store.last_item().map_err(of_store)?;
    let wanted = Wanted { after: *after, up_to: Some(last), ..Wanted::default() };
    *after = last;
    shown::stream(store, &wanted)
}

fn ran(name: Option<&str>, reports: &[Report], code: bool) -> Answer {
    let is_bad = |report: &Report| !matches!(report.outcome, Outcome::Good { .. });
    let exit = if reports.iter().any(is_bad) { Exit::PEER } else { Exit::OK };
    if code {
        return Answer::new("", Value::Null).ending(exit);
    }
    let lines: Vec<String> = reports.iter().map(shown::report).collect();
    let text = match (lines.is_empty(), name) {
        (false, _) => lines.join("\n"),
        (true, None) => "no feed is due".to_owned(),
        (true, Some(name)) => {
            format!("{name}: not looked at: another program is at it, or this one was told to end")
        }
    };
    let rows: Vec<Value> = reports.iter().map(shown::report_json).collect();
    Answer::new(text, json!({ "looked_at": rows })).ending(exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        assert_eq!(span("15m"), Ok(Seconds(900)));
        assert_eq!(span("1d"), Ok(Seconds(86_400)));
        for bad in ["15", "m", "", "1w", "-1m", "99999999999999999999d"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn feeds_of_one_title_have_names_of_their_own() {
        let address = Address::find("https://example.org/rss").unwrap();
        let name = |title: &str, taken: &[&str]| {
            let taken: Vec<String> = taken.iter().map(|name| (*name).to_owned()).collect();
            free_name(title, &address, &taken).unwrap().to_string()
        };
        assert_eq!(name("Wire", &[]), "wire");
        assert_eq!(name("Wire", &["wire", "wire-2"]), "wire-3");
        assert_eq!(name("Волна", &[]), "example-org");
    }
}
