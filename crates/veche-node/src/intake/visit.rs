//! An address with all that politeness asks: what its site lets programs read, whose turn it is, where it leads on.

use super::feed::Seal;
use super::fetch::{AGENT, FetchFault, Fetcher, Got};
use super::plan::{Turn, Turns};
use super::store::{Store, StoreError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;
use veche_exchange::news::robots::{LEN_MAX, Robots};
use veche_ledger::{Seconds, UnixSeconds};

/// Redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// Pause between two requests to a host that asks for none, in seconds.
const PAUSE: Seconds = Seconds(1);

/// For so long what `robots.txt` said is believed (RFC 9309, 2.4).
const ROBOTS_FOR: Seconds = Seconds(86_400);

/// Longest wait for a turn at a host; what takes longer is left for another time.
const TURN_WAIT_MAX: Seconds = Seconds(300);

/// The hour, and waiting. A test has its own.
pub trait Clock: Send + Sync {
    /// Returns the hour.
    fn now(&self) -> UnixSeconds;
    /// Waits; returns false if it was told to end meanwhile.
    fn pause(&self, span: Seconds) -> bool;
    /// Returns true once it was told to end: nothing more is begun.
    fn is_ending(&self) -> bool;
}

/// Why an address was not read.
#[derive(Debug, thiserror::Error)]
pub enum VisitFault {
    /// The site asks programs to leave it alone.
    #[error("its site's robots.txt asks programs to leave `{0}` alone")]
    Robots(String),
    /// What the site lets programs read cannot be found out.
    #[error("its site's robots.txt cannot be read, and till then nothing of it is: {0}")]
    NoRobots(String, Option<Seconds>),
    /// It leads to another host.
    #[error("it leads to another host, `{0}`: add that address if it is meant")]
    Elsewhere(String),
    /// It leads from a protected address to an open one.
    #[error("it leads from https to http: `{0}`")]
    Open(String),
    /// It leads on and on.
    #[error("it leads on more than {REDIRECTS_MAX} times")]
    Redirects,
    /// It leads to something that is no address.
    #[error("it leads to `{0}`, which is no address")]
    NoAddress(String),
    /// Another status than 200.
    #[error("it answers with status {0}")]
    Status(u16, Option<Seconds>),
    /// The host rests.
    #[error("its host asked to be left alone")]
    Rests(Seconds),
    /// No answer.
    #[error(transparent)]
    Fetch(#[from] FetchFault),
    /// The program ends.
    #[error("the program ends")]
    Ending,
    /// The store of feeds.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl VisitFault {
    /// Returns how long the site asks to be left alone.
    #[must_use]
    pub const fn after(&self) -> Option<Seconds> {
        match self {
            Self::NoRobots(_, after) | Self::Status(_, after) => *after,
            Self::Rests(after) => Some(*after),
            Self::Robots(_)
            | Self::Elsewhere(_)
            | Self::Open(_)
            | Self::Redirects
            | Self::NoAddress(_)
            | Self::Fetch(_)
            | Self::Ending
            | Self::Store(_) => None,
        }
    }

    /// Returns true if the same may be read at another time: the network or the site is not up to it now.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Status(status, _) => matches!(status, 408 | 425 | 429 | 500..),
            Self::NoRobots(..) | Self::Rests(_) | Self::Fetch(FetchFault::Network(_)) => true,
            Self::Robots(_)
            | Self::Elsewhere(_)
            | Self::Open(_)
            | Self::Redirects
            | Self::NoAddress(_)
            | Self::Fetch(_)
            | Self::Ending
            | Self::Store(_) => false,
        }
    }
}

/// What visits are made with.
pub struct Visitor<'a> {
    /// Who asks.
    pub fetcher: &'a Fetcher,
    /// Whose turn it is.
    pub turns: &'a Mutex<Turns>,
    /// Where it is kept what sites let programs read.
    pub store: &'a Mutex<Store>,
    /// The hour.
    pub clock: &'a dyn Clock,
    /// Longest body, in bytes, where the fetcher reads longer ones.
    pub len_max: u64,
}

impl std::fmt::Debug for Visitor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visitor").finish_non_exhaustive()
    }
}

/// What a visit brought.
#[derive(Debug)]
pub struct Visited {
    /// The answer: of status 200 or 304.
    pub got: Got,
    /// Where it was found in the end.
    pub url: Url,
}

impl Visitor<'_> {
    /// Reads an address. `seal`: of what was fetched before.
    ///
    /// # Errors
    /// [`VisitFault`].
    pub fn visit(
        &self,
        url: &Url,
        seal: &Seal,
        may_be_private: bool,
    ) -> Result<Visited, VisitFault> {
        let mut url = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let robots = self.robots(&url, may_be_private)?;
            let path = path_of(&url);
            if !robots.allows(&path) {
                return Err(VisitFault::Robots(path));
            }
            let pause = robots.delay_seconds.map_or(PAUSE, |asked| Seconds(asked.max(PAUSE.0)));
            let got = self.ask(&url, seal, may_be_private, pause)?;
            match got.status {
                200 | 304 => return Ok(Visited { got, url }),
                301 | 302 | 303 | 307 | 308 => url = next(&url, &got)?,
                status => return Err(VisitFault::Status(status, got.retry_after)),
            }
        }
        Err(VisitFault::Redirects)
    }

    /// Returns what a site lets this program read, asked once a day.
    ///
    /// # Errors
    /// [`VisitFault`] if that cannot be found out.
    pub fn robots(&self, url: &Url, may_be_private: bool) -> Result<Robots, VisitFault> {
        let origin = format!("{}://{}", url.scheme(), host_of(url));
        let now = self.clock.now();
        let since = UnixSeconds(now.0.saturating_sub(ROBOTS_FOR.0));
        if let Some(known) = lock(self.store).robots(&origin, since)? {
            return Ok(Robots::read(&known, AGENT));
        }
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        at.set_fragment(None);
        let body = self.robots_at(&at, may_be_private)?;
        lock(self.store).keep_robots(&origin, now, &body)?;
        Ok(Robots::read(&body, AGENT))
    }

    /// Asks for `robots.txt`. Where there is none, all is allowed; where it cannot be told, nothing is (RFC 9309, 2.3.1).
    /// They may stand at another host, which is then asked as the public network is: it is not the one that the operator named.
    fn robots_at(&self, first: &Url, may_be_private: bool) -> Result<Vec<u8>, VisitFault> {
        let untold = |fault: VisitFault| VisitFault::NoRobots(fault.to_string(), None);
        let (mut at, mut is_own) = (first.clone(), true);
        for _ in 0..=REDIRECTS_MAX {
            let asked = self.ask(&at, &Seal::default(), may_be_private && is_own, PAUSE);
            let got = match asked {
                Ok(got) => got,
                Err(fault @ VisitFault::Fetch(FetchFault::Network(_))) => {
                    return Err(untold(fault));
                }
                Err(fault @ VisitFault::Fetch(_)) if !is_own => return Err(untold(fault)),
                Err(fault) => return Err(fault),
            };
            match got.status {
                200 => {
                    let len = got.body.len().min(LEN_MAX);
                    return Ok(got.body.get(..len).unwrap_or_default().to_vec());
                }
                301 | 302 | 303 | 307 | 308 => {
                    let to = anywhere(&at, &got).map_err(untold)?;
                    // Once elsewhere, it stays so: whoever was led to is not trusted to lead back.
                    is_own = is_own && next(&at, &got).is_ok();
                    at = to;
                }
                status @ (429 | 500..) => {
                    let said = format!("it answers with status {status}");
                    return Err(VisitFault::NoRobots(said, got.retry_after));
                }
                _ => return Ok(Vec::new()),
            }
        }
        Err(untold(VisitFault::Redirects))
    }

    /// Asks for an address when it is its host's turn.
    fn ask(
        &self,
        url: &Url,
        seal: &Seal,
        may_be_private: bool,
        pause: Seconds,
    ) -> Result<Got, VisitFault> {
        let host = host_of(url);
        self.wait_for_turn(&host)?;
        let answer = self.fetcher.get(url, seal, may_be_private, self.len_max, self.clock.now());
        let asked = match &answer {
            Ok(Got { status: 429 | 503, retry_after, .. }) => *retry_after,
            Ok(_) | Err(_) => None,
        };
        let pause = asked.map_or(pause, |asked| Seconds(asked.0.clamp(pause.0, ROBOTS_FOR.0)));
        lock(self.turns).end(&host, self.clock.now(), pause);
        Ok(answer?)
    }

    fn wait_for_turn(&self, host: &str) -> Result<(), VisitFault> {
        let begun = self.clock.now();
        loop {
            if self.clock.is_ending() {
                return Err(VisitFault::Ending);
            }
            let now = self.clock.now();
            let turn = lock(self.turns).ask(host, now);
            let wait = match turn {
                Turn::Now => return Ok(()),
                Turn::At(at) => at.since(now),
                Turn::Busy => Seconds(1),
            };
            if now.since(begun).0 + wait.0 > TURN_WAIT_MAX.0 {
                return Err(VisitFault::Rests(wait));
            }
            if !self.clock.pause(wait) {
                return Err(VisitFault::Ending);
            }
        }
    }
}

/// Returns a lock; what was kept under it is whole at every step, so that a thread that broke off breaks nothing.
pub(super) fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a host with its port, which is what has its turn.
#[must_use]
pub fn host_of(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

fn path_of(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Returns where an answer leads, on whatever host, but not from a protected address to an open one.
fn anywhere(from: &Url, got: &Got) -> Result<Url, VisitFault> {
    let to = target(from, got)?;
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(VisitFault::Open(shown(got)));
    }
    Ok(to)
}

fn target(from: &Url, got: &Got) -> Result<Url, VisitFault> {
    let to = from.join(got.location.as_deref().unwrap_or_default()).ok();
    let to = to.filter(|to| matches!(to.scheme(), "http" | "https"));
    to.ok_or_else(|| VisitFault::NoAddress(shown(got)))
}

fn shown(got: &Got) -> String {
    got.location.iter().flat_map(|location| location.chars()).take(200).collect()
}

/// Returns where an answer leads: on the same host alone, and not from a protected address to an open one.
fn next(from: &Url, got: &Got) -> Result<Url, VisitFault> {
    let to = target(from, got)?;
    let is_upgrade = from.scheme() == "http" && to.scheme() == "https";
    let same_port = from.port_or_known_default() == to.port_or_known_default()
        || (is_upgrade && from.port().is_none() && to.port().is_none());
    if from.host() != to.host() || (!same_port && from.scheme() == to.scheme()) {
        return Err(VisitFault::Elsewhere(to.as_str().chars().take(200).collect()));
    }
    if from.scheme() == "https" && to.scheme() == "http" {
        return Err(VisitFault::Open(shown(got)));
    }
    if same_port { Ok(to) } else { Err(VisitFault::Elsewhere(shown(got))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_leads_on_at_its_own_host_alone() {
        let leads = |from: &str, to: &str| {
            let got = Got { location: Some(to.to_owned()), ..Got::default() };
            next(&Url::parse(from).unwrap(), &got)
                .map_or_else(|fault| fault.to_string(), |url| url.to_string())
        };
        let own = "http://a.example/feed";
        assert_eq!(leads(own, "/new?x=1"), "http://a.example/new?x=1");
        assert_eq!(leads(own, "https://a.example/feed"), "https://a.example/feed");
        for elsewhere in [
            "http://b.example/",
            "//b.example/",
            "http://a.example:81/",
            "https://a.example.b.example/",
        ] {
            assert!(leads(own, elsewhere).contains("another host"), "{elsewhere}");
        }
        assert!(leads("https://a.example/", "http://a.example/").contains("from https to http"));
        for bad in ["", "javascript:x", "ftp://a.example/", "http://"] {
            let said = leads("http://a.example/", bad);
            assert!(bad.is_empty() || said.contains("no address"), "{bad}: {said}");
        }
    }
}
